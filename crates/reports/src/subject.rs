//! Of whom, where and when a row speaks, and the association that its attribution shows.

use ledger::{CustomerId, Mechanism, Month, Name, PartnerId, Refusal, Role};

use super::attribution::Attribution;
use super::columns::{Columns, LOCATION, PARTNER, Place};
use super::context::Context;
use super::error::ReportError;
use super::kind::Kind;
use super::maps::{Domain, State};
use super::output::Output;
use super::row::Row;
use super::sightings::{Sighting, Sightings, stand_in_subscription};
use super::summary::{Skip, Unmapped};

/// The names of the attribution's column in all reports.
const ATTRIBUTION: &[&str] =
    &["PartnerAttributionType", "PartnerAttachType", "PartnerAssociationType", "AssociationType"];

/// Where the columns stand that say of whom a row speaks, and how it is attributed.
pub(super) struct SubjectPlaces {
    partner: Option<Place>,
    location: Option<Place>,
    customer: Place,
    month: Place,
    attribution: Option<Place>,
    admin_type: Option<Place>,
    sales_channel: Option<Place>,
}

/// Of whom, where and when a row speaks.
pub(super) struct Subject {
    pub(super) partner: PartnerId,
    pub(super) location: Option<Name>,
    pub(super) customer: CustomerId,
    pub(super) month: Month,
}

/// How a row attributes the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attributed {
    /// By a mechanism, in a role where it has roles.
    By(Mechanism, Option<Role>),
    /// By what is no association.
    ByNone,
    /// By a word that nobody knows.
    ByUnknown,
    /// The row does not say.
    Unsaid,
}

/// What an association is limited to: as little as the row allows.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// One product.
    Product(&'a Name),
    /// One subscription.
    Subscription(&'a Name),
    /// One product of a subscription: without it, figures that have no subscription would be covered whatever their
    /// product.
    ProductOf(&'a Name, &'a Name),
}

impl<'a> Scope<'a> {
    /// A product, of a subscription if there is one.
    pub(super) fn of(product: &'a Name, subscription: Option<&'a Name>) -> Self {
        subscription.map_or(Self::Product(product), |subscription| Self::ProductOf(product, subscription))
    }
}

impl SubjectPlaces {
    pub(super) fn new(columns: &mut Columns) -> Self {
        Self::by(columns, &["Month"])
    }

    /// The places in a report whose months have other names.
    pub(super) fn by(columns: &mut Columns, month: &'static [&'static str]) -> Self {
        Self {
            partner: columns.optional(PARTNER),
            location: columns.optional(LOCATION),
            customer: columns.needed(&["CustomerTenantId"]),
            month: columns.needed(month),
            attribution: columns.optional(ATTRIBUTION),
            admin_type: columns.optional(&["AdminType"]),
            sales_channel: columns.optional(&["SalesChannel"]),
        }
    }

    /// How a row attributes the partner.
    pub(super) fn attribution(
        &self,
        row: &Row<'_>,
        domain: Domain,
        context: &Context<'_>,
        output: &mut Output<'_>,
    ) -> Result<Attributed, Refusal> {
        let Some(text) = row.optional_text(self.attribution)? else { return Ok(Attributed::Unsaid) };
        let admin_type = row.optional_text(self.admin_type)?;
        let sales_channel = row.optional_text(self.sales_channel)?;
        match context.maps.attribution(domain, text, admin_type, sales_channel) {
            Attribution::By(mechanism, role) => return Ok(Attributed::By(mechanism, role)),
            Attribution::ReaderLink => output.summary.skip(Skip::ReaderLink),
            Attribution::NoMechanism => output.summary.skip(Skip::NoMechanism),
            Attribution::Unknown => {
                output.summary.unmapped(Unmapped::Attribution, text);
                return Ok(Attributed::ByUnknown);
            }
        }
        Ok(Attributed::ByNone)
    }

    /// Refuses a report that names no global account when nothing else does either.
    pub(super) fn check_partner(&self, kind: Kind, context: &Context<'_>) -> Result<(), ReportError> {
        let is_told = self.partner.is_some() || context.tells_partners();
        if is_told { Ok(()) } else { Err(ReportError::PartnerNeeded { kind }) }
    }
}

impl Subject {
    /// Reads it; `None` without a customer, as in the rows of registered deals.
    pub(super) fn read(row: &Row<'_>, places: &SubjectPlaces, context: &Context<'_>) -> Result<Option<Self>, Refusal> {
        let Some(customer) = row.customer(places.customer)? else { return Ok(None) };
        Ok(Some(Self {
            partner: row.partner(places.partner, places.location, context)?,
            location: row.location(places.location)?,
            customer,
            month: row.needed(places.month, row.month(places.month)?)?,
        }))
    }

    /// Notes the association that a row's attribution shows, once in each scope. A row that shows one and does not say
    /// which, or by a word that nobody knows, spares those of the customer: they may be what it shows.
    ///
    /// A partner of record is always one of a subscription: where the scope is a product, a stand-in takes its place.
    pub(super) fn see<'s>(
        &self,
        row: &Row<'_>,
        by: Attributed,
        scopes: impl IntoIterator<Item = Scope<'s>>,
        sightings: &mut Sightings,
    ) {
        let (mechanism, role) = match by {
            Attributed::By(mechanism, role) => (mechanism, role),
            Attributed::ByNone => return sightings.tell(),
            Attributed::ByUnknown => {
                sightings.tell();
                return sightings.spare(&self.partner, self.customer);
            }
            Attributed::Unsaid => return,
        };
        sightings.tell();
        let mut scopes = scopes.into_iter().peekable();
        if scopes.peek().is_none() {
            sightings.spare(&self.partner, self.customer);
        }
        let account = self.location.as_ref().map_or(self.partner.as_str(), Name::as_str);
        for scope in scopes {
            let (workload, subscription) = match scope {
                Scope::Product(product) => (Some(product), None),
                Scope::Subscription(subscription) => (None, Some(subscription)),
                Scope::ProductOf(product, subscription) => (Some(product), Some(subscription)),
            };
            let needs_one = matches!(mechanism, Mechanism::Dpor | Mechanism::Tpor) && subscription.is_none();
            let stand_in = needs_one.then(|| stand_in_subscription(account, self.customer)).flatten();
            sightings.add(&Sighting {
                line: row.line(),
                partner: &self.partner,
                location: self.location.as_ref(),
                customer: self.customer,
                mechanism,
                role,
                workload,
                subscription: subscription.or(stand_in.as_ref()),
                claim: None,
                since: None,
                month: self.month,
            });
        }
    }
}

/// Whether the subscription or the customer of a row is active. A blank state is active, and one that nobody knows: a
/// customer is not given up because of a new word.
pub(super) fn is_active(
    row: &Row<'_>,
    place: Option<Place>,
    context: &Context<'_>,
    output: &mut Output<'_>,
) -> Result<bool, Refusal> {
    let Some(text) = row.optional_text(place)? else { return Ok(true) };
    let state = context.maps.state(text);
    if state.is_none() {
        output.summary.unmapped(Unmapped::State, text);
    }
    Ok(state != Some(State::Inactive))
}
