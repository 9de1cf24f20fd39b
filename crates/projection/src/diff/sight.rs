//! The scores on the way: what a step does not change is not computed again.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use ledger::{Area, CustomerId, Month, Segment, Timestamp};

use crate::association::{Associations, are_settled};
use crate::history::History;
use crate::memory::Memory;
use crate::metrics::holders::Holders;
use crate::metrics::skilling::People;
use crate::question::Question;
use crate::rulebook::Rulebook;
use crate::score::answer::AreaScore;
use crate::score::usage::Usage;
use crate::score::{Ground, score_on};
use crate::standpoint::{Cut, Standpoint};

/// Where the way has come to.
#[derive(Clone, Copy)]
pub(super) struct Waypoint<'h> {
    pub(super) history: &'h History,
    pub(super) rulebook: &'h Rulebook,
    pub(super) standpoint: Standpoint,
}

/// What a step may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// What customers use, and what covers it: everything that is computed from these.
    Usage,
    /// The people who hold certifications, and the classes of customers, as [`Sight`] was told of them.
    PeopleAndClasses,
}

/// What was computed for the steps before.
///
/// What is kept by month holds from step to step as long as the facts up to the end of that month were all seen, and
/// nothing else was learnt about them: whoever takes a step that changes them says so.
pub(super) struct Sight {
    pub(super) holders: Holders,
    usage: Usage,
    /// The areas about whose track the classes of customers may decide otherwise.
    classified: BTreeSet<Area>,
    kept: Memory,
    /// A month, and where the facts ended that were seen when something was kept by it, though others were to come that
    /// begin or end associations before its end.
    open: Option<(Month, Cut)>,
    lifetimes: OnceCell<Lifetimes>,
    standing: Vec<Standing>,
}

/// When associations begin and end.
struct Lifetimes {
    /// The times and places of the facts, ascending.
    facts: Vec<(Timestamp, u64)>,
    /// As [`are_settled`] says.
    are_settled: bool,
    /// Whether a churn is limited to areas.
    by_area: bool,
}

/// The associations as they stand before a cut, for an area or for all.
struct Standing {
    area: Option<Area>,
    cut: Cut,
    associations: Associations<'static>,
}

impl Sight {
    /// Begins with nothing but who holds what.
    pub(super) fn from(place: Waypoint<'_>) -> Self {
        Self {
            holders: Holders::of(place.history, place.rulebook, &place.standpoint),
            usage: Usage::default(),
            classified: BTreeSet::new(),
            kept: Memory::default(),
            open: None,
            lifetimes: OnceCell::new(),
            standing: Vec::new(),
        }
    }

    /// Takes in that another rulebook holds, or another history is known of people.
    pub(super) fn change_rules(&mut self, place: Waypoint<'_>) {
        self.holders = Holders::of(place.history, place.rulebook, &place.standpoint);
        // What mechanisms are called is up to the rulebook.
        self.standing.clear();
        self.forget_all();
    }

    /// Takes in that another class of a customer is seen.
    pub(super) fn classify(&mut self, customer: CustomerId, segment: Option<Segment>) {
        self.classified.extend(self.usage.classify(customer, segment));
    }

    /// Takes in that other reports of a month are known.
    pub(super) fn forget_reports(&mut self, month: Month) {
        self.kept.forget_reports(month);
    }

    /// Takes in that more is known about associations, which changes what covers the months from one on, if anything.
    pub(super) fn learn_of_associations(&mut self, changed_from: Option<Month>) {
        self.lifetimes = OnceCell::new();
        self.standing.clear();
        if let Some(month) = changed_from {
            self.kept.forget_associations(month);
        }
    }

    /// Takes in that a fact about an association became true which changes what covers months that were seen before.
    pub(super) fn cover_otherwise(&mut self, place: Waypoint<'_>) {
        self.usage = Usage::default();
        let measured = place.standpoint.measured;
        if self.lifetimes(place.history).are_settled {
            self.kept.forget_associations(measured);
        } else {
            self.forget_all();
        }
    }

    /// Takes in that anything may be other than it was.
    pub(super) fn forget_all(&mut self) {
        self.kept = Memory { by_area: self.kept.by_area, ..Memory::default() };
    }

    fn lifetimes(&self, history: &History) -> &Lifetimes {
        self.lifetimes.get_or_init(|| {
            let mut facts: Vec<(Timestamp, u64)> = history.association_facts().collect();
            facts.sort_unstable();
            Lifetimes { facts, are_settled: are_settled(history), by_area: history.limits_churns() }
        })
    }

    /// The scores of the areas whose score may be another, each handed over.
    pub(super) fn each_score(
        &mut self,
        place: Waypoint<'_>,
        reach: Reach,
        question: Question,
        areas: impl Iterator<Item = Area>,
        on_score: &mut dyn FnMut(AreaScore),
    ) {
        let mut changed = self.holders.changed();
        changed.append(&mut self.classified);
        if reach == Reach::Usage {
            self.usage = Usage::default();
        }
        let mut is_prepared = false;
        let nothing = Associations::default();
        for area in areas {
            let is_known = self.usage.knows(area);
            if is_known && !changed.contains(&area) {
                continue;
            }
            if !is_known && !std::mem::replace(&mut is_prepared, true) {
                self.prepare(place);
            }
            let associations = if is_known { None } else { Some(self.stand(place, area)) };
            self.holders.compute(area);
            let ground = Ground {
                history: place.history,
                rulebook: place.rulebook,
                // What is known of usage is not read again.
                associations: associations.and_then(|nth| self.standing.get(nth)).map_or(&nothing, Standing::all),
                people: People::Counted(&self.holders),
                kept: associations.map(|_| &self.kept),
                usage: Some(&self.usage),
            };
            on_score(score_on(&ground, area, question, place.standpoint));
        }
    }

    /// Forgets what does not hold at a place, before something is computed there.
    fn prepare(&mut self, place: Waypoint<'_>) {
        let Standpoint { measured, cut, .. } = place.standpoint;
        if let Some((month, _)) = self.open.take_if(|(_, seen)| *seen != cut) {
            self.kept.forget_associations(month);
        }
        let Lifetimes { by_area, .. } = *self.lifetimes(place.history);
        if by_area != self.kept.by_area {
            self.kept = Memory { by_area, ..Memory::default() };
        }
        if self.is_open(place) {
            self.open = Some((measured, cut));
        }
    }

    /// Whether facts that begin or end associations before the end of the measured month were not seen yet.
    fn is_open(&self, place: Waypoint<'_>) -> bool {
        let Standpoint { measured, cut, .. } = place.standpoint;
        let facts = &self.lifetimes(place.history).facts;
        let next = facts.get(facts.partition_point(|(at, seq)| cut.shows(*at, *seq)));
        next.is_some_and(|(at, _)| *at <= Timestamp::end_of(measured.last_day()))
    }

    /// The place of the associations as they stand.
    fn stand(&mut self, place: Waypoint<'_>, area: Area) -> usize {
        let Lifetimes { are_settled, by_area, .. } = *self.lifetimes(place.history);
        // What stands at the end of time is, up to the measured month, what stands at the cut.
        let cut = if are_settled && !self.is_open(place) { Cut::END } else { place.standpoint.cut };
        let area = Some(area).filter(|_| by_area);
        let found = self.standing.iter().position(|standing| (standing.area, standing.cut) == (area, cut));
        found.unwrap_or_else(|| {
            self.standing.retain(|standing| standing.cut == Cut::END || standing.cut == cut);
            let stand = Associations::stand(place.history, place.rulebook, area, cut);
            self.standing.push(Standing { area, cut, associations: stand.into_owned() });
            self.standing.len() - 1
        })
    }
}

impl Standing {
    fn all(&self) -> &Associations<'_> {
        &self.associations
    }
}
