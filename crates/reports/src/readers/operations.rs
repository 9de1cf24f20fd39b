//! What webhook events and audit records say of the relationship of a reseller: one operation each, at an instant.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledger::{Code, CustomerId, Date, Fact, PartnerId, Refusal, Role, Timestamp, When};

use super::reader::Report;
use crate::changes::relations::Relations;
use crate::changes::relations::relation::{Begin, End, Relation};
use crate::context::Context;
use crate::error::ReportError;
use crate::file::documents::Documents;
use crate::kind::Kind;
use crate::maps::Effect;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::as_of::NewestPeriod;
use crate::provenance::rule::Rule;
use crate::rows::members::{self, Members};
use crate::summary::{Skip, UnmappedText};

/// Why a relationship ended.
const ENDED: &str = "the relationship was removed";

/// Reads the records of a file. `name_of` gives the operation of one that was done, `about` what it is about; `None` counts
/// as a record that names no customer.
pub(super) fn read(
    report: &mut Report<'_, '_>,
    name_of: impl for<'a> Fn(Members<'a>, &mut Output<'_>) -> Result<Option<Cow<'a, str>>, Refusal>,
    about: impl Fn(Members<'_>, &Context<'_>, &mut Output<'_>) -> Result<Option<Operation>, Refusal>,
) -> Result<(), ReportError> {
    let Report { kind, input, context, output, .. } = report;
    let mut documents = Documents::open(input)?;
    let mut operations = Operations::default();
    documents.each(output, |line, object, output| {
        let record = Members::of(object);
        let Some(name) = name_of(record, output)? else { return Ok(()) };
        let Some(effect) = operations.effect(&name, context, output) else { return Ok(()) };
        match about(record, context, output)? {
            Some(operation) => operations.add(line, effect, operation),
            None => output.summary.skip(Skip::NoCustomerNamed),
        }
        Ok(())
    })?;
    operations.hand_over(*kind, &documents.sha256(), context, output);
    Ok(())
}

/// The operations of a file.
#[derive(Default)]
struct Operations {
    relations: Relations,
    churns: BTreeMap<(PartnerId, CustomerId, Timestamp), u64>,
    newest: Option<Date>,
    /// Operations that prove nothing, with the number of their records.
    passed: BTreeMap<String, u64>,
}

/// What an operation that proves something is about.
pub(super) struct Operation {
    pub(super) partner: PartnerId,
    pub(super) customer: CustomerId,
    pub(super) at: Timestamp,
}

impl Operations {
    /// What an operation means; `None` when it proves nothing, which is counted.
    fn effect(&mut self, name: &str, context: &Context<'_>, output: &mut Output<'_>) -> Option<(Effect, Role)> {
        match context.maps.operation(name) {
            Some((Effect::None, _)) => *self.passed.entry(name.to_owned()).or_default() += 1,
            None => output.summary.unmapped(UnmappedText::Operation, name),
            effect => return effect,
        }
        None
    }

    fn add(&mut self, line: u64, (effect, role): (Effect, Role), operation: Operation) {
        let Operation { partner, customer, at } = operation;
        self.newest = self.newest.max(Some(at.date()));
        let relation = Relation::reseller(customer);
        match effect {
            Effect::CspAccepted | Effect::OrderPlaced => {
                let is_order = effect == Effect::OrderPlaced;
                let begin = Begin {
                    line,
                    location: None,
                    role: Some(role),
                    at,
                    rule: if is_order { Rule::OrderPlaced } else { Rule::RelationshipAccepted },
                };
                self.relations.begin(&partner, &relation, begin);
            }
            Effect::CspEnded => {
                let end = End { line, at, rule: Rule::RelationshipEnded, reason: ENDED, is_implied: false };
                self.relations.end(&partner, &relation, end);
            }
            Effect::CustomerChurned => {
                self.churns.entry((partner, customer, at)).or_insert(line);
            }
            Effect::None => {}
        }
    }

    /// Hands over what the operations change.
    fn hand_over(self, kind: Kind, sha256: &str, context: &Context<'_>, output: &mut Output<'_>) {
        for (name, count) in self.passed {
            let reason = context.maps.reason(&name).unwrap_or("proves nothing").to_owned();
            *output.summary.remarks.entry((reason, name)).or_default() += count;
        }
        let origin = Origin::new(kind, context.file_name, sha256, context.as_of(self.newest.map(NewestPeriod::Day)));
        self.relations.hand_over(context, &origin, output);
        for ((partner, customer, at), line) in self.churns {
            let known =
                (context.known)(&partner).ask(|facts| facts.churns(customer).is_some_and(|all| all.contains(&at)));
            if known {
                continue;
            }
            let (fact, rule) = (Fact::CustomerChurned { customer, areas: None, reason: None }, Rule::RelationshipEnded);
            output.event(line, rule, origin.event(&partner, When::At(at), fact, (line, 0), rule));
        }
    }
}

/// What to do about an id of which no global account is known: it may be another partner's.
pub(super) const IF_OURS: &str = "if the id is one of yours, name its global account with --partner, or map it with --map; \
                                  else the line is another partner's";

/// The partner of a record: the account of its tenant by the mappings, else that of the command.
pub(super) fn partner_of(
    tenant: Option<&str>,
    member: &str,
    context: &Context<'_>,
    output: &mut Output<'_>,
) -> Result<PartnerId, Refusal> {
    let account = tenant.and_then(|tenant| context.account_of(tenant));
    if let Some(partner) = account.or_else(|| context.partner.clone()) {
        return Ok(partner);
    }
    let refusal = match tenant {
        Some(tenant) => {
            output.summary.unmapped(UnmappedText::Account, tenant);
            members::refused(member, tenant, "belongs to no account that is known")
        }
        None => Refusal::new(Code::MissingField, format!("`{member}` names no partner")),
    };
    Err(refusal.with_hint(IF_OURS))
}
