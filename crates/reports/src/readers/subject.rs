//! Of whom, where and when a row speaks, and the association that its attribution shows.

use ledger::{Mechanism, Name, Refusal, UsageMetric};

use super::months::MonthlyFile;
use super::product::Product;
use crate::changes::figures::FigureRow;
use crate::changes::sightings::{Sighting, stand_in_subscription};
use crate::changes::subject::Subject;
use crate::formats::{LOCATION, PARTNER};
use crate::maps::{Attribution, Domain, State};
use crate::rows::columns::{Column, Columns};
use crate::rows::exact::Exact;
use crate::rows::row::Row;
use crate::summary::{Skip, UnmappedText};

/// The names of the attribution's column in all reports.
const ATTRIBUTION: &[&str] =
    &["PartnerAttributionType", "PartnerAttachType", "PartnerAssociationType", "AssociationType"];

/// Where the columns stand that say of whom a row speaks, and how it is attributed.
pub(super) struct SubjectLayout {
    partner: Option<Column>,
    location: Option<Column>,
    customer: Column,
    customer_name: Option<Column>,
    month: Column,
    attribution: Option<Column>,
    admin_type: Option<Column>,
    sales_channel: Option<Column>,
}

/// What an association is limited to: a product, a subscription, or a product of a subscription. It covers as little as
/// the row allows. Limited to a subscription alone, it would cover figures that have none, whatever their product.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    product: Option<&'a Name>,
    subscription: Option<&'a Name>,
}

impl<'a> Scope<'a> {
    /// A product, of a subscription if there is one.
    pub(super) fn of(product: &'a Name, subscription: Option<&'a Name>) -> Self {
        Self { product: Some(product), subscription }
    }

    /// What a row tells of the two; `None` when it tells neither.
    pub(super) fn of_row(product: Option<&'a Product>, subscription: Option<&'a Name>) -> Option<Self> {
        let product = product.map(|product| &product.name);
        product.or(subscription).map(|_| Self { product, subscription })
    }
}

impl SubjectLayout {
    /// Finds them; `month` has the names of the column of months.
    pub(super) fn new(columns: &mut Columns, month: &'static [&'static str]) -> Self {
        Self {
            partner: columns.optional(PARTNER),
            location: columns.optional(LOCATION),
            customer: columns.needed(&["CustomerTenantId"]),
            customer_name: columns.customer_name(),
            month: columns.needed(month),
            attribution: columns.optional(ATTRIBUTION),
            admin_type: columns.optional(&["AdminType"]),
            sales_channel: columns.optional(&["SalesChannel"]),
        }
    }
}

impl Subject {
    /// What a row says of a figure of a product; nothing where the value is refused.
    pub(super) fn figure<'k>(
        &'k self,
        row: &Row<'_>,
        metric: UsageMetric,
        product: &'k Product,
        subscription: Option<&'k Name>,
        value: &Result<Option<Exact>, Refusal>,
    ) -> FigureRow<'k> {
        let (Product { name, reported, .. }, value) = (product, value.as_ref().ok().copied().flatten());
        let (line, reported) = (row.line, reported.as_ref());
        FigureRow { line, subject: self, product: name, reported, metric, subscription, value }
    }
}

impl MonthlyFile<'_, '_> {
    /// Of whom, where and when a row speaks; `None` without a customer, as in the rows of registered deals, which is
    /// counted.
    pub(super) fn subject(&mut self, row: &Row<'_>, places: &SubjectLayout) -> Result<Option<Subject>, Refusal> {
        let Some(customer) = row.customer(places.customer)? else {
            self.output.summary.skip(Skip::NoCustomer);
            return Ok(None);
        };
        let partner = row.partner(places.partner, places.location, self.context)?;
        let location = row.location(places.location)?;
        let month = row.needed(places.month, row.month(places.month)?)?;
        self.sightings.cover(&partner, month);
        row.tell_name(customer, places.customer_name, self.context);
        Ok(Some(Subject { partner, location, customer, month }))
    }

    /// How a row attributes the partner, if it says so; what shows no association is counted.
    pub(super) fn attribution(
        &mut self,
        row: &Row<'_>,
        places: &SubjectLayout,
        domain: Domain,
    ) -> Result<Option<Attribution>, Refusal> {
        let Some(text) = row.optional_text(places.attribution)? else { return Ok(None) };
        let admin_type = row.optional_text(places.admin_type)?;
        let sales_channel = row.optional_text(places.sales_channel)?;
        let attribution = self.context.maps.attribution(domain, text, admin_type, sales_channel);
        match attribution {
            Attribution::By(..) => {}
            Attribution::ReaderLink => self.output.summary.skip(Skip::ReaderLink),
            Attribution::NoMechanism => self.output.summary.skip(Skip::NoMechanism),
            Attribution::Unknown => self.output.summary.unmapped(UnmappedText::Attribution, text),
        }
        Ok(Some(attribution))
    }

    /// Notes the association that a row's attribution shows, once in each scope. A row that shows one and does not say
    /// which, or by a word that nobody knows, spares those of the customer: they may be what it shows.
    ///
    /// A partner of record is always one of a subscription: where the scope is a product, a stand-in takes its place.
    pub(super) fn see<'s>(
        &mut self,
        row: &Row<'_>,
        places: &SubjectLayout,
        subject: &Subject,
        domain: Domain,
        scopes: impl IntoIterator<Item = Scope<'s>>,
    ) -> Result<(), Refusal> {
        let Some(attribution) = self.attribution(row, places, domain)? else { return Ok(()) };
        let mut scopes = scopes.into_iter().peekable();
        self.sightings.tell();
        let is_unsure = match attribution {
            Attribution::By(..) => scopes.peek().is_none(),
            Attribution::ReaderLink | Attribution::NoMechanism => false,
            Attribution::Unknown => true,
        };
        if is_unsure {
            self.sightings.spare(&subject.partner, subject.customer);
        }
        let Attribution::By(mechanism, role) = attribution else { return Ok(()) };
        let account = subject.location.as_ref().map_or(subject.partner.as_str(), Name::as_str);
        for Scope { product, subscription } in scopes {
            let needs_one = matches!(mechanism, Mechanism::Dpor | Mechanism::Tpor) && subscription.is_none();
            let stand_in = needs_one.then(|| stand_in_subscription(account, subject.customer)).flatten();
            self.sightings.add(&Sighting {
                line: row.line,
                subject,
                mechanism,
                role,
                workload: product,
                subscription: subscription.or(stand_in.as_ref()),
                claim: None,
                since: None,
            });
        }
        Ok(())
    }

    /// Whether the subscription or the customer of a row is active. A blank state is active, and one that nobody knows:
    /// a customer is not given up because of a new word.
    pub(super) fn is_active(&mut self, row: &Row<'_>, place: Option<Column>) -> Result<bool, Refusal> {
        let Some(text) = row.optional_text(place)? else { return Ok(true) };
        let state = self.context.maps.state(text);
        if state.is_none() {
            self.output.summary.unmapped(UnmappedText::State, text);
        }
        Ok(state != Some(State::Inactive))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::ops::ControlFlow;

    use crate::{Context, Kind, read};

    fn names(kind: Kind, text: &str) -> Vec<String> {
        let told = RefCell::new(Vec::new());
        let context = Context {
            partner: Some(ledger::PartnerId::new("6034453").unwrap()),
            downloaded: ledger::parse_date("2025-03-06").ok(),
            customer_name: &|customer, name| told.borrow_mut().push(format!("{customer} {name}")),
            principal: &|_| ledger::Name::new("u1").ok(),
            ..Context::of_file("file")
        };
        read(kind, text.as_bytes(), &context, &mut |_| ControlFlow::Continue(())).unwrap();
        told.into_inner()
    }

    const ID: &str = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";

    #[test]
    fn every_report_that_names_customers_tells_their_names() {
        let links = format!(
            r#"[{{"tenantId":"{ID}","tenantDisplayName":"Relecloud","objectId":"{ID}","partnerAdminLink":"/x/6034453","partnerId":"6034453"}}]"#
        );
        let records = format!(
            r#"{{"items":[{{"customerId":"{ID}","customerName":"Relecloud","operationType":"add_customer","operationDate":"2025-03-01T00:00:00Z","operationStatus":"succeeded","partnerId":null}}]}}"#
        );
        let claims = format!(
            "CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,Date\n\
             {ID},Relecloud,Teams,1,2,2025-02-01\n"
        );
        for (kind, text) in [(Kind::Pal, links), (Kind::AuditRecords, records), (Kind::CporM365Usage, claims)] {
            assert_eq!(names(kind, &text), [format!("{ID} Relecloud")], "{kind}");
        }
    }

    #[test]
    fn the_company_goes_before_the_tenant_and_a_second_column_of_names_refuses_nothing() {
        for (columns, cells) in
            [("CustomerTenantName,CustomerName", "Tenant,Relecloud"), ("CustomerName,customername", "Relecloud,Other")]
        {
            let header = format!("CustomerTenantId,{columns},WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,Date");
            let told = names(Kind::CporM365Usage, &format!("{header}\n{ID},{cells},Teams,1,2,2025-02-01\n"));
            assert_eq!(told, [format!("{ID} Relecloud")], "{columns}");
        }
    }
}
