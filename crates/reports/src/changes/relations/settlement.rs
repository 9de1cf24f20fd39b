//! The runs that all known instants of an association make, and what the ledger lacks of them.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{AssociationId, Month, PartnerId, Role, Timestamp};

use super::relation::{Begin, Relation};
use crate::facts::PartnerFacts;
use crate::facts::lives::KnownLife;
use crate::facts::run::after_churn;
use crate::output::ids::association_id;

/// What the ledger knows of an association.
pub(super) struct KnownRelation {
    /// The associations that records or people told, and that are limited to nothing.
    own: Vec<KnownLife>,
    /// Those of the same customer and mechanism that other reports show.
    others: Vec<KnownLife>,
    /// The instants at which it ended in any role.
    pub(super) ends: BTreeSet<Timestamp>,
    /// The instants at which the customer churned, which end everything.
    churns: BTreeSet<Timestamp>,
    /// The ids of first runs by role.
    ids: BTreeMap<Option<Role>, AssociationId>,
    /// The own associations that name the linked identity in clear. They get no further acceptance, which would name
    /// the identity again or contradict them.
    in_clear: BTreeSet<AssociationId>,
}

/// What is to be recorded of an association in one role.
#[derive(Default)]
pub(super) struct Settlement<'b> {
    pub(super) begins: Vec<(AssociationId, Timestamp, Option<&'b Begin>)>,
    pub(super) ends: Vec<(AssociationId, Timestamp)>,
}

/// A span of time in which the association is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    start: Timestamp,
    end: Option<Timestamp>,
}

impl KnownRelation {
    /// `in_clear` is the same association as entries have it that name the linked identity in clear.
    pub(super) fn new(
        partner: &PartnerId,
        relation: &Relation,
        in_clear: Option<&Relation>,
        lives: Vec<KnownLife>,
        facts: &PartnerFacts,
    ) -> Self {
        let is_own = |life: &KnownLife| {
            let is_unlimited = life.terms.workload.is_none() && life.terms.subscription.is_none();
            let is_told = life.kinds.iter().any(|kind| relation.is_told_by(*kind));
            is_told || (life.kinds.is_empty() && is_unlimited)
        };
        let (own, others): (Vec<_>, Vec<_>) = lives.into_iter().partition(is_own);
        let ids: BTreeMap<_, _> = relation.roles().into_iter().map(|role| (role, relation.id(partner, role))).collect();
        let mut ends: BTreeSet<Timestamp> = own.iter().flat_map(|life| life.ends.iter().copied()).collect();
        ends.extend(ids.values().flat_map(|id| facts.ends(*id)));
        let of_ids = |of: &Relation| of.roles().into_iter().map(|role| of.id(partner, role)).collect::<Vec<_>>();
        ends.extend(in_clear.map(of_ids).into_iter().flatten().flat_map(|id| facts.ends(id)));
        let churns = facts.churns(relation.customer).cloned().unwrap_or_default();
        let names_in_clear =
            |life: &&KnownLife| relation.principal.is_some() && life.terms.principal != relation.principal;
        let in_clear = own.iter().filter(names_in_clear).map(|life| life.id).collect();
        Self { own, others, ends, churns, ids, in_clear }
    }

    /// The roles in which it was accepted.
    pub(super) fn roles(&self) -> impl Iterator<Item = Option<Role>> + '_ {
        self.own.iter().map(|life| life.terms.role)
    }

    /// The id under which an end is recorded of which no begin is known.
    pub(super) fn first_id(&self) -> AssociationId {
        let direct = self.ids.get(&Some(Role::DirectBill));
        direct.or_else(|| self.ids.values().next()).copied().expect("an association has an id in each role")
    }

    /// The associations that other reports show and that are in force when the relationship ends.
    pub(super) fn ended_elsewhere<E>(&self, told: &BTreeMap<Timestamp, E>) -> Vec<(AssociationId, Timestamp)> {
        let end_of = |life: &KnownLife| {
            let start = *life.begins.first()?;
            let (end, _) = told.range(start..).next()?;
            self.end(life, start).is_none_or(|known| known > *end).then_some((life.id, *end))
        };
        self.others.iter().filter_map(end_of).collect()
    }

    /// When an association ends that starts then.
    fn end(&self, life: &KnownLife, start: Timestamp) -> Option<Timestamp> {
        life.ends.range(start..).chain(self.churns.range(start..)).min().copied()
    }

    /// An id that no run has: that of the first run, else one with the start in it.
    fn new_id(&self, role: Option<Role>, start: Timestamp, used: &mut BTreeSet<AssociationId>) -> AssociationId {
        let base = self.ids.get(&role).copied().unwrap_or_else(|| self.first_id());
        let mut id = base;
        let mut count = 0;
        while used.contains(&id) {
            count += 1;
            id = association_id(&["return", &base.to_string(), &start.to_string(), &count.to_string()]);
        }
        used.insert(id);
        id
    }
}

impl<'b> Settlement<'b> {
    /// Settles the begins of a role, in the order of their instants, with all ends.
    pub(super) fn new(
        known: &KnownRelation,
        role: Option<Role>,
        told: &[&'b Begin],
        ends: &BTreeSet<Timestamp>,
    ) -> Self {
        let lives: Vec<&KnownLife> = known.own.iter().filter(|life| life.terms.role == role).collect();
        let mut begins: BTreeMap<Timestamp, Option<&'b Begin>> = BTreeMap::new();
        begins.extend(lives.iter().flat_map(|life| life.begins.iter().map(|at| (*at, None))));
        for begin in told {
            begins.entry(after_churn(begin.at, &known.churns)).or_insert(Some(begin));
        }
        let mut settled = Self::default();
        let mut used: BTreeSet<AssociationId> = known.own.iter().map(|life| life.id).collect();
        for run in runs(begins.keys(), ends, &known.churns) {
            let is_inside = |at: &Timestamp| run.start <= *at && run.end.is_none_or(|end| *at < end);
            let inside: Vec<&KnownLife> =
                lives.iter().copied().filter(|life| life.begins.first().is_some_and(is_inside)).collect();
            let own = inside.iter().copied().filter(|life| !known.in_clear.contains(&life.id));
            let own = own.min_by_key(|life| (life.begins.first(), life.id));
            let id = own.map_or_else(|| known.new_id(role, run.start, &mut used), |life| life.id);
            let has_begun = settled.begin(id, &inside, run, &begins);
            let is_churn = run.end.is_some_and(|end| known.churns.contains(&end) && !ends.contains(&end));
            let Some(end) = run.end.filter(|_| !is_churn) else { continue };
            if own.is_none() && has_begun {
                settled.ends.push((id, end));
            }
            for life in inside {
                let start = if life.id == id { Some(run.start) } else { life.begins.first().copied() };
                let known_end = start.and_then(|start| known.end(life, start));
                if known_end.is_none_or(|known| known > end) {
                    settled.ends.push((life.id, end));
                }
            }
        }
        settled
    }

    /// Notes the begins of a run that are to be recorded: its start, where the ledger has a later one or none, and what
    /// a record states or shows inside it. Returns whether there are any.
    fn begin(
        &mut self,
        id: AssociationId,
        inside: &[&KnownLife],
        run: Stretch,
        begins: &BTreeMap<Timestamp, Option<&'b Begin>>,
    ) -> bool {
        let before = self.begins.len();
        let mut last_month = None;
        for (at, told) in begins.range(run.start..).take_while(|(at, _)| run.end.is_none_or(|end| **at < end)) {
            let month = Month::of(at.date());
            let is_start = *at == run.start;
            let is_kept = is_start || told.is_none_or(|begin| begin.is_stated() || last_month != Some(month));
            if !is_kept {
                continue;
            }
            last_month = Some(month);
            let is_known = inside.iter().any(|life| life.begins.contains(at));
            let is_needed = if is_start { !is_known } else { told.is_some() };
            if is_needed {
                self.begins.push((id, *at, *told));
            }
        }
        self.begins.len() > before
    }
}

/// The runs that begins and ends make. What begins at the instant of an end is a run of its own.
fn runs<'a>(
    begins: impl Iterator<Item = &'a Timestamp>,
    ends: &BTreeSet<Timestamp>,
    churns: &BTreeSet<Timestamp>,
) -> Vec<Stretch> {
    let mut runs: Vec<Stretch> = Vec::new();
    for start in begins.copied() {
        if runs.last().is_some_and(|run| run.end.is_none_or(|end| start < end)) {
            continue;
        }
        let after = start.next().unwrap_or(start);
        let end = ends.range(after..).chain(churns.range(after..)).min().copied();
        runs.push(Stretch { start, end });
    }
    runs
}
