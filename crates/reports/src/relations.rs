//! Associations that records tell by instants: it began here, it was there, it ended.
//!
//! All instants of an association, those of the ledger and those of the file, make its runs: a run goes from the first
//! begin to the first end after it. What the file changes in the ledger follows from the runs, so they do not depend on
//! the order of imports. For that the ledger keeps every begin that a record states, also while the association is in
//! force, of those that were merely seen the first of a month, and ends of which no begin is known yet.
//!
//! The relationship of a reseller is told by webhooks and by audit records alike, and so one association. Its end ends
//! what other reports show of it too (see [`EndedByRecords`]).

mod ended;
mod settled;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    AssociationId, AssociationTerms, CustomerId, Event, EventId, Fact, Mechanism, Name, PartnerId, Remark, Role,
    Timestamp, When,
};

use super::Kind;
use super::context::Context;
use super::facts::KnownLife;
use super::identifier;
use super::ids::association_id;
use super::origin::Origin;
use super::output::Output;
use super::rule::{Rule, Sureness};
pub(super) use ended::{EndedByRecords, cut};
use settled::{Known, Settled};

/// What tells an association from every other of the partner, beside its role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Relation {
    pub(super) customer: CustomerId,
    pub(super) mechanism: Mechanism,
    /// The linked identity of a partner admin link, by its pseudonym.
    pub(super) principal: Option<Name>,
}

/// A begin that a record tells.
#[derive(Clone, Debug)]
pub(super) struct Begin {
    pub(super) line: u64,
    pub(super) location: Option<Name>,
    pub(super) role: Option<Role>,
    pub(super) at: Timestamp,
    pub(super) rule: Rule,
}

/// An end that a record tells.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) line: u64,
    pub(super) at: Timestamp,
    pub(super) rule: Rule,
    pub(super) reason: &'static str,
    /// Whether it follows from what is known of others, and need not be kept where it ends nothing.
    pub(super) is_implied: bool,
}

/// What a file tells of associations.
#[derive(Default)]
pub(super) struct Relations {
    partners: BTreeMap<PartnerId, BTreeMap<Relation, Marks>>,
    /// The linked identities by their pseudonyms: entries of earlier versions have them in clear.
    identities: BTreeMap<Name, Name>,
}

/// What a file tells of one.
#[derive(Default)]
struct Marks {
    begins: Vec<Begin>,
    ends: Vec<End>,
}

impl Relations {
    pub(super) fn begin(&mut self, partner: &PartnerId, relation: &Relation, begin: Begin) {
        self.marks(partner, relation).begins.push(begin);
    }

    pub(super) fn end(&mut self, partner: &PartnerId, relation: &Relation, end: End) {
        self.marks(partner, relation).ends.push(end);
    }

    fn marks(&mut self, partner: &PartnerId, relation: &Relation) -> &mut Marks {
        self.partners.entry(partner.clone()).or_default().entry(relation.clone()).or_default()
    }

    /// Notes whose pseudonym it is.
    pub(super) fn name(&mut self, principal: &Name, identity: Name) {
        self.identities.entry(principal.clone()).or_insert(identity);
    }

    /// The partners of the file.
    pub(super) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.keys()
    }

    /// The begins of the file, by partner and association.
    pub(super) fn begins(&self) -> impl Iterator<Item = (&PartnerId, &Relation, &Begin)> {
        self.partners.iter().flat_map(|(partner, relations)| {
            relations
                .iter()
                .flat_map(move |(relation, marks)| marks.begins.iter().map(move |begin| (partner, relation, begin)))
        })
    }

    /// Hands over what the file changes, by partner and association.
    pub(super) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        for (partner, relations) in self.partners {
            let facts = context.facts(&partner);
            let mut lives: BTreeMap<Relation, Vec<KnownLife>> = BTreeMap::new();
            let mechanisms: BTreeSet<Mechanism> = relations.keys().map(|relation| relation.mechanism).collect();
            facts.ask(|facts| {
                for life in facts.lives().filter(|life| life.terms.mechanism.is_some_and(|of| mechanisms.contains(&of)))
                {
                    let relation = Relation::of(&life.terms, context).filter(|of| relations.contains_key(of));
                    if let Some(relation) = relation {
                        lives.entry(relation).or_default().push(life);
                    }
                }
            });
            for (relation, marks) in relations {
                let lives = lives.remove(&relation).unwrap_or_default();
                let identity =
                    relation.principal.as_ref().and_then(|principal| self.identities.get(principal)).cloned();
                let in_clear = identity.map(|identity| Relation { principal: Some(identity), ..relation.clone() });
                let known = facts.ask(|facts| Known::new(&partner, &relation, in_clear.as_ref(), lives, facts));
                let mut to = Destination { partner: &partner, relation: &relation, origin, output };
                marks.hand_over(&known, &mut to);
            }
        }
    }
}

impl Relation {
    /// The relationship of a reseller.
    pub(super) fn reseller(customer: CustomerId) -> Self {
        Self { customer, mechanism: Mechanism::Csp, principal: None }
    }

    /// A partner admin link.
    pub(super) fn link(customer: CustomerId, principal: Name) -> Self {
        Self { customer, mechanism: Mechanism::Pal, principal: Some(principal) }
    }

    /// The association that terms are about; `None` when a linked identity can have no pseudonym.
    pub(super) fn of(terms: &AssociationTerms, context: &Context<'_>) -> Option<Self> {
        let mechanism = terms.mechanism?;
        let principal = match terms.principal.as_ref().filter(|_| mechanism == Mechanism::Pal) {
            Some(recorded) => {
                // In clear it is spelled as a report spelled it.
                let identity = identifier::guid_or_text(recorded.as_str()).ok().and_then(|id| Name::new(&id).ok());
                Some((context.principal)(identity.as_ref().unwrap_or(recorded))?)
            }
            None => None,
        };
        Some(Self { customer: terms.customer?, mechanism, principal })
    }

    /// Whether records of this kind tell it.
    fn is_told_by(&self, kind: Kind) -> bool {
        match self.mechanism {
            Mechanism::Pal => kind == Kind::Pal,
            Mechanism::Csp => matches!(kind, Kind::Webhooks | Kind::AuditRecords),
            Mechanism::Cpor | Mechanism::Dpor | Mechanism::Tpor => false,
        }
    }

    /// The id of its first run in a role.
    fn id(&self, partner: &PartnerId, role: Option<Role>) -> AssociationId {
        association_id(&[
            "record",
            partner.as_str(),
            &self.customer.to_string(),
            self.mechanism.name(),
            role.map_or("", Role::name),
            self.principal.as_ref().map_or("", Name::as_str),
        ])
    }

    /// The roles that it may have.
    fn roles(&self) -> Vec<Option<Role>> {
        match self.mechanism.roles() {
            [] => vec![None],
            roles => roles.iter().copied().map(Some).collect(),
        }
    }
}

impl Marks {
    fn hand_over(mut self, known: &Known, to: &mut Destination<'_, '_>) {
        self.begins.sort_by_key(|begin| (begin.at, begin.line));
        self.ends.sort_by_key(|end| (end.is_implied, end.at, end.line));
        let mut told: BTreeMap<Timestamp, &End> = BTreeMap::new();
        for end in &self.ends {
            told.entry(end.at).or_insert(end);
        }
        let mut ends = known.ends.clone();
        ends.extend(told.keys());
        let mut has_ended: BTreeSet<Timestamp> = BTreeSet::new();
        let mut changed = false;
        let mut roles: Vec<Option<Role>> = self.begins.iter().map(|begin| begin.role).collect();
        roles.extend(known.roles());
        roles.sort_unstable();
        roles.dedup();
        for role in roles {
            let begins: Vec<&Begin> = self.begins.iter().filter(|begin| begin.role == role).collect();
            let settled = Settled::new(known, role, &begins, &ends);
            for (id, at, begin) in &settled.begins {
                to.begin(*id, role, *at, *begin);
                changed = true;
            }
            for (id, at) in &settled.ends {
                to.end(*id, *at, told.get(at).copied());
                has_ended.insert(*at);
            }
        }
        changed |= !has_ended.is_empty();
        for (id, at) in known.ended_elsewhere(&told) {
            to.end(id, at, told.get(&at).copied());
            changed = true;
        }
        for (at, end) in &told {
            if !end.is_implied && !has_ended.contains(at) && !known.ends.contains(at) {
                to.end(known.first_id(), *at, Some(end));
                changed = true;
            }
        }
        to.output.summary.known_associations += u64::from(!changed);
    }
}

/// Where what is told of an association goes.
struct Destination<'a, 'o> {
    partner: &'a PartnerId,
    relation: &'a Relation,
    origin: &'a Origin,
    output: &'a mut Output<'o>,
}

impl Destination<'_, '_> {
    /// Hands a begin over: one of the file, or one that the ledger knows as part of a run that the file parts.
    fn begin(&mut self, association: AssociationId, role: Option<Role>, at: Timestamp, told: Option<&Begin>) {
        let (line, by) = told.map_or((0, self.rule()), |told| (told.line, told.rule));
        let fact = Fact::AssociationAccepted(AssociationTerms {
            association,
            customer: Some(self.relation.customer),
            mechanism: Some(self.relation.mechanism),
            role,
            workload: None,
            subscription: None,
            principal: self.relation.principal.clone(),
        });
        self.event(line, by, (fact, at), told.and_then(|told| told.location.clone()));
    }

    /// Hands an end over: one of the file, or one that the ledger knows of another run.
    fn end(&mut self, association: AssociationId, at: Timestamp, end: Option<&End>) {
        let ended = if self.relation.mechanism == Mechanism::Pal { Rule::LinkEnded } else { Rule::RelationshipEnded };
        let (line, rule) = end.map_or((0, ended), |end| (end.line, end.rule));
        let reason = end.and_then(|end| Remark::new(end.reason).ok());
        self.event(line, rule, (Fact::AssociationRevoked { association, by: None, reason }, at), None);
    }

    fn rule(&self) -> Rule {
        if self.relation.mechanism == Mechanism::Pal { Rule::LinkUpdated } else { Rule::RelationshipAccepted }
    }

    fn event(&mut self, line: u64, rule: Rule, (fact, at): (Fact, Timestamp), location: Option<Name>) {
        let event = Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(self.partner.clone()),
            location,
            when: When::At(at),
            fact,
            note: None,
            source: self.origin.source((line > 0).then_some(line), 0, rule),
        };
        self.output.event(line, rule, event);
    }
}

impl Begin {
    /// Whether the record says that it began then, and not that it was there.
    fn is_stated(&self) -> bool {
        self.rule.sureness() == Sureness::Stated
    }
}

#[cfg(test)]
mod tests;
