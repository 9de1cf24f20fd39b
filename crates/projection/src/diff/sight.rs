//! The scores on the way: what a step does not change is not computed again.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use ledger::{Area, CustomerId, Segment};

use crate::association::Associations;
use crate::history::History;
use crate::memory::Memory;
use crate::metrics::holders::Holders;
use crate::metrics::skilling::People;
use crate::question::Question;
use crate::rulebook::Rulebook;
use crate::score::answer::AreaScore;
use crate::score::usage::Usage;
use crate::score::{Ground, score_on};
use crate::standpoint::Standpoint;

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
pub(super) struct Sight {
    pub(super) holders: Holders,
    usage: Usage,
    /// The areas about whose track the classes of customers may decide otherwise.
    classified: BTreeSet<Area>,
}

impl Sight {
    /// Begins with nothing but who holds what.
    pub(super) fn from(place: Waypoint<'_>) -> Self {
        let holders = Holders::of(place.history, place.rulebook, &place.standpoint);
        Self { holders, usage: Usage::default(), classified: BTreeSet::new() }
    }

    /// Takes in that other rules hold about certifications.
    pub(super) fn change_rules(&mut self, place: Waypoint<'_>) {
        self.holders = Holders::of(place.history, place.rulebook, &place.standpoint);
    }

    /// Takes in that another class of a customer is seen.
    pub(super) fn classify(&mut self, customer: CustomerId, segment: Option<Segment>) {
        self.classified.extend(self.usage.classify(customer, segment));
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
        let by_area = LazyCell::new(|| place.history.limits_churns());
        let kept = LazyCell::new(|| Memory { by_area: *by_area, ..Memory::default() });
        let mut standing: Option<Associations<'_>> = None;
        for area in areas {
            let is_known = self.usage.knows(area);
            if is_known && !changed.contains(&area) {
                continue;
            }
            if !is_known && (*by_area || standing.is_none()) {
                let cut = place.standpoint.cut;
                standing = Some(Associations::stand(place.history, place.rulebook, Some(area), cut));
            }
            self.holders.compute(area);
            let nothing = Associations::default();
            let ground = Ground {
                history: place.history,
                rulebook: place.rulebook,
                // What is known of usage is not read again.
                associations: standing.as_ref().filter(|_| !is_known).unwrap_or(&nothing),
                people: People::Counted(&self.holders),
                kept: (!is_known).then(|| &*kept),
                usage: Some(&self.usage),
            };
            on_score(score_on(&ground, area, question, place.standpoint));
        }
    }
}
