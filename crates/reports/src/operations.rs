//! What webhook events and audit records say of the relationship of a reseller: one operation each, at an instant.

use std::collections::BTreeMap;

use ledger::{Code, CustomerId, Date, Event, EventId, Fact, PartnerId, Refusal, Role, Timestamp, When};

use super::as_of::Newest;
use super::context::Context;
use super::kind::Kind;
use super::maps::Effect;
use super::members;
use super::origin::Origin;
use super::output::Output;
use super::relations::{Begin, End, Relation, Relations};
use super::rule::Rule;
use super::summary::Unmapped;

/// Why a relationship ended.
const ENDED: &str = "the relationship was removed";

/// The operations of a file.
pub(super) struct Operations {
    kind: Kind,
    relations: Relations,
    churns: BTreeMap<(PartnerId, CustomerId, Timestamp), u64>,
    newest: Option<Date>,
    /// Operations that prove nothing, with the number of their records.
    passed: BTreeMap<String, u64>,
}

/// An operation that proves something.
pub(super) struct Operation {
    pub(super) line: u64,
    pub(super) effect: Effect,
    pub(super) partner: PartnerId,
    pub(super) customer: CustomerId,
    pub(super) at: Timestamp,
}

impl Operations {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, relations: Relations::default(), churns: BTreeMap::new(), newest: None, passed: BTreeMap::new() }
    }

    /// What an operation means; `None` when it proves nothing, which is counted.
    pub(super) fn effect(&mut self, name: &str, context: &Context<'_>, output: &mut Output<'_>) -> Option<Effect> {
        match context.maps.operation(name) {
            Some(Effect::None) => *self.passed.entry(name.to_owned()).or_default() += 1,
            None => output.summary.unmapped(Unmapped::Operation, name),
            effect => return effect,
        }
        None
    }

    /// Notes what an operation says.
    pub(super) fn add(&mut self, operation: Operation) {
        let Operation { line, effect, partner, customer, at } = operation;
        self.newest = self.newest.max(Some(at.date()));
        let relation = Relation::reseller(customer);
        let begin = |role, rule| Begin { line, location: None, role: Some(role), at, rule };
        match effect {
            Effect::CspAccepted(role) => {
                self.relations.begin(&partner, &relation, begin(role, Rule::RelationshipAccepted));
            }
            // An order does not say in which role it was placed; an indirect reseller places none itself.
            Effect::OrderPlaced => {
                self.relations.begin(&partner, &relation, begin(Role::DirectBill, Rule::OrderPlaced));
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
    pub(super) fn hand_over(self, sha256: &str, context: &Context<'_>, output: &mut Output<'_>) {
        for (name, count) in self.passed {
            let reason = context.maps.reason(&name).unwrap_or("proves nothing").to_owned();
            *output.summary.remarks.entry((reason, name)).or_default() += count;
        }
        let origin = Origin::new(self.kind, context.file_name, sha256, context.as_of(self.newest.map(Newest::Day)));
        self.relations.hand_over(context, &origin, output);
        for ((partner, customer, at), line) in self.churns {
            let known =
                context.facts(&partner).ask(|facts| facts.churns(customer).is_some_and(|all| all.contains(&at)));
            if known {
                continue;
            }
            let event = Event {
                id: EventId(uuid::Uuid::nil()),
                partner: Some(partner),
                location: None,
                when: When::At(at),
                fact: Fact::CustomerChurned { customer, areas: None, reason: None },
                note: None,
                source: origin.source(Some(line), 0, Rule::RelationshipEnded),
            };
            output.event(line, Rule::RelationshipEnded, event);
        }
    }
}

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
            output.summary.unmapped(Unmapped::Account, tenant);
            members::refused(member, tenant, "belongs to no account that is known")
        }
        None => Refusal::new(Code::MissingField, format!("`{member}` names no partner")),
    };
    Err(refusal.with_hint("name the global account with --partner, or map it with --map"))
}
