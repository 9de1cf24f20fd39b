//! Associations that records tell by instants: it began here, it was there, it ended.
//!
//! All instants of an association, those of the ledger and those of the file, make its runs: a run goes from the first
//! begin to the first end after it. What the file changes in the ledger follows from the runs, so they do not depend on
//! the order of imports. For that the ledger keeps every begin that a record states, even while the association is in
//! force. Of begins that were merely seen it keeps the first of each month. It also keeps ends of which no begin is
//! known yet.
//!
//! Webhooks and audit records both tell the relationship of a reseller, which is one association. Its end also ends
//! what other reports show of it (see [`recorded_ends`]).

pub(crate) mod recorded_ends;
pub(crate) mod relation;
mod settlement;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{AssociationId, AssociationTerms, Event, Fact, Mechanism, Name, PartnerId, Remark, Role, Timestamp, When};

use crate::context::Context;
use crate::facts::lives::KnownLife;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::rule::Rule;
use relation::{Begin, End, Relation};
use settlement::{KnownRelation, Settlement};

/// What a file tells of associations.
#[derive(Default)]
pub(crate) struct Relations {
    partners: BTreeMap<PartnerId, BTreeMap<Relation, Marks>>,
    /// The linked identities by their pseudonyms: entries of earlier versions have them in clear.
    identities: BTreeMap<Name, Name>,
}

/// What a file tells of one association.
#[derive(Default)]
struct Marks {
    begins: Vec<Begin>,
    ends: Vec<End>,
}

impl Relations {
    pub(crate) fn begin(&mut self, partner: &PartnerId, relation: &Relation, begin: Begin) {
        self.marks(partner, relation).begins.push(begin);
    }

    pub(crate) fn end(&mut self, partner: &PartnerId, relation: &Relation, end: End) {
        self.marks(partner, relation).ends.push(end);
    }

    fn marks(&mut self, partner: &PartnerId, relation: &Relation) -> &mut Marks {
        self.partners.entry(partner.clone()).or_default().entry(relation.clone()).or_default()
    }

    /// Notes the identity behind a pseudonym.
    pub(crate) fn name(&mut self, principal: &Name, identity: Name) {
        self.identities.entry(principal.clone()).or_insert(identity);
    }

    /// The partners of the file.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.partners.keys()
    }

    /// The begins of the file, by partner and association.
    pub(crate) fn begins(&self) -> impl Iterator<Item = (&PartnerId, &Relation, &Begin)> {
        self.partners.iter().flat_map(|(partner, relations)| {
            relations
                .iter()
                .flat_map(move |(relation, marks)| marks.begins.iter().map(move |begin| (partner, relation, begin)))
        })
    }

    /// Hands over what the file changes, by partner and association.
    pub(crate) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        for (partner, relations) in self.partners {
            let facts = (context.known)(&partner);
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
                let known = facts.ask(|facts| KnownRelation::new(&partner, &relation, in_clear.as_ref(), lives, facts));
                let mut to = RelationDestination { partner: &partner, relation: &relation, origin, output };
                marks.hand_over(&known, &mut to);
            }
        }
    }
}

impl Marks {
    fn hand_over(mut self, known: &KnownRelation, to: &mut RelationDestination<'_, '_>) {
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
            let settled = Settlement::new(known, role, &begins, &ends);
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

/// Where the changes of an association go.
struct RelationDestination<'a, 'o> {
    partner: &'a PartnerId,
    relation: &'a Relation,
    origin: &'a Origin,
    output: &'a mut Output<'o>,
}

impl RelationDestination<'_, '_> {
    /// Hands a begin over: one of the file, or one that the ledger knows as part of a run that the file parts.
    fn begin(&mut self, association: AssociationId, role: Option<Role>, at: Timestamp, told: Option<&Begin>) {
        let is_link = self.relation.mechanism == Mechanism::Pal;
        let known = if is_link { Rule::LinkUpdated } else { Rule::RelationshipAccepted };
        let (line, by) = told.map_or((0, known), |told| (told.line, told.rule));
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

    fn event(&mut self, line: u64, rule: Rule, (fact, at): (Fact, Timestamp), location: Option<Name>) {
        let event = self.origin.event(self.partner, When::At(at), fact, (line, 0), rule);
        self.output.event(line, rule, Event { location, ..event });
    }
}

#[cfg(test)]
mod tests;
