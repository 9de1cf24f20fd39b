//! Partner admin links: objects of the service, alone or in lists, as its command line prints them, and attestations.
//!
//! A link is one of an identity in a customer's tenant, to one location account. `updatedTime` is when it was set;
//! `createdTime` survives deletion and change of partner, and is not read. An attestation has no times: its links were
//! there on the day of the download. An identity has one link, so one that names another partner ends that of the
//! former. PowerShell prints links without a time: they were there on the day of the download too, or gone. Names and
//! addresses of users are not read, and the identity enters an event under a pseudonym alone (R6).

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerId, Date, Mechanism, Name, PartnerId, Refusal, Timestamp};
use serde_json::{Map, Value};

use super::operations::partner_of;
use super::reader::{Reader, Report};
use crate::changes::relations::Relations;
use crate::changes::relations::relation::{Begin, End, Relation};
use crate::context::Context;
use crate::error::ReportError;
use crate::file::documents::Documents;
use crate::formats::{DateColumns, Form, Format};
use crate::kind::Kind;
use crate::maps::{Attribution, Domain};
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::as_of::NewestPeriod;
use crate::provenance::rule::Rule;
use crate::rows::identifier;
use crate::rows::members::{Members, missing};
use crate::summary::Skip;

/// The reader of partner admin links.
pub(super) static READER: Reader = Reader {
    help: "Partner admin links, as the service or an attestation gives them",
    format: Format { days: &["updatedTime"], ..Format::of(Kind::Pal, FORMS) },
    read,
};

/// What tells such files from others.
const FORMS: &[Form] = &[
    Form::of(
        &[&["properties.partnerId"], &["properties.objectId", "properties.tenantId"]],
        DateColumns::Instant(&["properties.updatedTime", "properties.updatedTime.value"]),
    ),
    Form::of(
        &[&["partnerId"], &["objectId"], &["tenantId"], &["updatedTime", "createdTime", "state"]],
        DateColumns::Instant(&["updatedTime", "updatedTime.value"]),
    ),
    Form::of(&[&["partnerAdminLink"], &["objectId"], &["tenantId"]], DateColumns::None),
];

/// Why a link ended.
const DELETED: &str = "the link was deleted";
const GONE: &str = "no longer in the attestation";

/// Reads partner admin links.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, formats, input, context, output } = report;
    let context = *context;
    let mut documents = Documents::open_any(*kind, *formats, input)?;
    let mut links = FileLinks {
        attested_on: context.as_of(None),
        relations: Relations::default(),
        newest: None,
        attested: BTreeMap::new(),
    };
    documents.each(output, |line, object, output| links.take(line, object, context, output))?;
    if context.told_day(None).is_none() && output.is_whole(context) && !links.attested.is_empty() {
        return Err(ReportError::DayNeeded);
    }
    let as_of = context.as_of(links.newest.map(NewestPeriod::Day));
    let origin = Origin::of_persons(*kind, context, &documents.sha256(), as_of);
    links.settle(context, output).hand_over(context, &origin, output);
    Ok(())
}

/// The links of a file.
struct FileLinks {
    /// The day of attestations.
    attested_on: Date,
    relations: Relations,
    newest: Option<Date>,
    /// The linked identities that attestations list, by tenant.
    attested: BTreeMap<CustomerId, BTreeSet<Name>>,
}

impl FileLinks {
    fn take(
        &mut self,
        line: u64,
        object: &Map<String, Value>,
        context: &Context<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Refusal> {
        let object = Members::of(object);
        let object = object.inside("properties").unwrap_or(object);
        let customer = object.customer("tenantId")?.ok_or_else(|| missing("tenantId"))?;
        if let Ok(Some(name)) = object.text("tenantDisplayName") {
            (context.customer_name)(customer, &name);
        }
        let identity = object.identity("objectId")?;
        let Some(principal) = (context.principal)(&identity) else {
            output.summary.skip(Skip::NoPerson);
            return Ok(());
        };
        self.relations.name(&principal, identity);
        let has_time = object.inside("updatedTime").is_some() || object.text("updatedTime")?.is_some();
        let is_attested = !has_time && (object.has("partnerAdminLink") || object.has("assignments"));
        if is_attested {
            let linked = self.attested.entry(customer).or_default();
            let Some(location) = location_of(object)? else {
                output.summary.skip(Skip::NoLink);
                return Ok(());
            };
            linked.insert(principal.clone());
            if holds_no_eligible_role(object, context)? {
                output.summary.skip(Skip::ReaderLink);
                return Ok(());
            }
            let partner = partner_of(Some(location.as_str()), "partnerId", context, output)?;
            self.see(line, &partner, location, &Relation::link(customer, principal));
            return Ok(());
        }
        let location = object.account("partnerId")?;
        let state = object.text("state")?;
        let is_deleted = match state.as_deref() {
            None => false,
            Some(state) if state.eq_ignore_ascii_case("active") => false,
            Some(state) if state.eq_ignore_ascii_case("deleted") => true,
            Some(state) => {
                output.summary.remark("an unknown state of a partner admin link, skipped", state);
                return Ok(());
            }
        };
        let relation = Relation::link(customer, principal);
        // PowerShell prints the state without its time: that of the day of the download.
        if !has_time && state.is_some() {
            let partner = partner_of(Some(location.as_str()), "partnerId", context, output)?;
            if is_deleted {
                self.relations.end(&partner, &relation, End { line, ..self.implied_end(Rule::LinkEnded, DELETED) });
            } else {
                self.see(line, &partner, location, &relation);
            }
            return Ok(());
        }
        let at = object.instant("updatedTime", context.notation.dates)?;
        let partner = partner_of(Some(location.as_str()), "partnerId", context, output)?;
        self.newest = self.newest.max(Some(at.date()));
        if is_deleted {
            self.relations.end(
                &partner,
                &relation,
                End { line, at, rule: Rule::LinkEnded, reason: DELETED, is_implied: false },
            );
        } else {
            let begin = Begin { line, location: Some(location), role: None, at, rule: Rule::LinkUpdated };
            self.relations.begin(&partner, &relation, begin);
        }
        Ok(())
    }

    /// Notes a link that was there on the day of the download.
    fn see(&mut self, line: u64, partner: &PartnerId, location: Name, relation: &Relation) {
        let at = Timestamp::start_of(self.attested_on);
        let begin = Begin { line, location: Some(location), role: None, at, rule: Rule::LinkAttested };
        self.newest = self.newest.max(Some(self.attested_on));
        self.relations.begin(partner, relation, begin);
    }

    /// An end on the day of the download.
    fn implied_end(&self, rule: Rule, reason: &'static str) -> End {
        End { line: 0, at: Timestamp::start_of(self.attested_on), rule, reason, is_implied: true }
    }

    /// Adds the ends that follow: of links that name another partner now, and of those that an attestation lacks.
    fn settle(mut self, context: &Context<'_>, output: &Output<'_>) -> Relations {
        let mut partners: BTreeSet<PartnerId> = self.relations.partners().cloned().collect();
        partners.extend(context.partner.clone());
        partners.extend(context.maps.partners().cloned());
        let mut all: BTreeMap<PartnerId, BTreeMap<Relation, BTreeSet<Timestamp>>> =
            partners.into_iter().map(|partner| (partner.clone(), known_links(&partner, context))).collect();
        if output.is_whole(context) {
            for (partner, links) in &all {
                let gone: Vec<&Relation> = links.keys().filter(|relation| self.is_gone(relation)).collect();
                for relation in gone {
                    let end = self.implied_end(Rule::AttributionGone, GONE);
                    self.relations.end(partner, relation, end);
                }
            }
        }
        let told = self.relations.begins();
        let told: Vec<(PartnerId, Relation, Timestamp, u64)> =
            told.map(|(partner, relation, begin)| (partner.clone(), relation.clone(), begin.at, begin.line)).collect();
        for (partner, relation, at, _) in &told {
            all.entry(partner.clone()).or_default().entry(relation.clone()).or_default().insert(*at);
        }
        for (partner, relation, at, line) in &told {
            for (other, links) in all.iter().filter(|(other, _)| *other != partner) {
                let Some(begins) = links.get(relation) else { continue };
                self.relations.end(other, relation, moved(*line, *at));
                for at in begins {
                    self.relations.end(partner, relation, moved(0, *at));
                }
            }
        }
        self.relations
    }

    /// Whether an attestation covers the tenant of a link and does not list it.
    fn is_gone(&self, relation: &Relation) -> bool {
        let principal = relation.principal.as_ref();
        self.attested.get(&relation.customer).is_some_and(|linked| !principal.is_some_and(|one| linked.contains(one)))
    }
}

/// The end of a link that names another partner since.
fn moved(line: u64, at: Timestamp) -> End {
    End { line, at, rule: Rule::LinkEnded, reason: "the link names another partner", is_implied: true }
}

/// When the links of a partner that this kind of file told began.
fn known_links(partner: &PartnerId, context: &Context<'_>) -> BTreeMap<Relation, BTreeSet<Timestamp>> {
    let mut links: BTreeMap<Relation, BTreeSet<Timestamp>> = BTreeMap::new();
    (context.known)(partner).ask(|facts| {
        for life in facts.lives().filter(|life| life.kinds.contains(&Kind::Pal)) {
            if let Some(relation) = Relation::of(&life.terms, context).filter(|of| of.mechanism == Mechanism::Pal) {
                links.entry(relation).or_default().extend(life.begins);
            }
        }
    });
    links
}

/// The location account of an attested link, by its id or its address; `None` without a link.
fn location_of(link: Members<'_>) -> Result<Option<Name>, Refusal> {
    if link.text("partnerId")?.is_some() {
        return link.account("partnerId").map(Some);
    }
    let address = link.text("partnerAdminLink")?;
    Ok(address.and_then(|address| Name::new(&identifier::account(address.rsplit('/').next()?).ok()?).ok()))
}

/// Whether an identity holds roles, and none under which a link is eligible.
fn holds_no_eligible_role(link: Members<'_>, context: &Context<'_>) -> Result<bool, Refusal> {
    let assignments = link.list("assignments").unwrap_or_default();
    for assignment in &assignments {
        let role = assignment.text("roleName")?;
        let attribution = context.maps.attribution(Domain::Azure, "PAL", role.as_deref(), None);
        if attribution != Attribution::ReaderLink {
            return Ok(false);
        }
    }
    Ok(!assignments.is_empty())
}

#[cfg(test)]
mod tests;
