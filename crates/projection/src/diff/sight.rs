//! The scores on the way: what a step does not change is not computed again.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use ledger::{Area, AssociationId, CustomerId, Entry, Fact, Month, Segment, Timestamp};

use super::topic::Topic;
use crate::association::{Associations, is_settled};
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
    lifetimes: Lifetimes,
    standing: Vec<Standing>,
}

/// When associations begin and end, each once that is asked.
#[derive(Default)]
struct Lifetimes {
    /// The times and places of the facts, ascending.
    facts: OnceCell<Vec<(Timestamp, u64)>>,
    /// The associations that are not settled.
    unsettled: OnceCell<BTreeSet<AssociationId>>,
    /// Whether a churn is limited to areas.
    by_area: OnceCell<bool>,
}

impl Lifetimes {
    fn facts(&self, history: &History) -> &[(Timestamp, u64)] {
        self.facts.get_or_init(|| {
            let mut facts: Vec<(Timestamp, u64)> = history.association_facts().collect();
            facts.sort_unstable();
            facts
        })
    }

    fn are_settled(&self, history: &History) -> bool {
        let unsettled = || history.associations(Cut::END).filter(|(_, steps)| !is_settled(steps.clone()));
        self.unsettled.get_or_init(|| unsettled().map(|(id, _)| id).collect()).is_empty()
    }

    fn by_area(&self, history: &History) -> bool {
        *self.by_area.get_or_init(|| history.limits_churns())
    }

    /// Takes in that more is known.
    fn learn(&mut self, history: &History, news: &CoverNews) {
        self.facts.take();
        if !news.churned.is_empty() {
            self.by_area.take();
        }
        if let Some(unsettled) = self.unsettled.get_mut() {
            for association in &news.associations {
                if is_settled(history.steps_of(*association, Cut::END)) {
                    unsettled.remove(association);
                } else {
                    unsettled.insert(*association);
                }
            }
        }
    }
}

/// What more is known about associations.
#[derive(Default)]
pub(super) struct CoverNews {
    /// The associations that something became known of.
    pub(super) associations: BTreeSet<AssociationId>,
    /// The customers of whose leaving something became known.
    pub(super) churned: BTreeSet<CustomerId>,
}

impl CoverNews {
    /// What entries tell.
    pub(super) fn of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut news = Self::default();
        for entry in entries {
            if let Fact::CustomerChurned { customer, .. } = &entry.event.fact {
                news.churned.insert(*customer);
            } else if let Topic::Association(association) = Topic::of(entry) {
                news.associations.insert(association);
            }
        }
        news
    }

    fn is_empty(&self) -> bool {
        self.associations.is_empty() && self.churned.is_empty()
    }

    /// The customers whose reports may be covered otherwise.
    fn customers(&self, history: &History) -> BTreeSet<CustomerId> {
        let associated = self.associations.iter().flat_map(|association| history.customers_of(*association));
        associated.chain(self.churned.iter().copied()).collect()
    }
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
            lifetimes: Lifetimes::default(),
            standing: Vec::new(),
        }
    }

    /// Takes in that another rulebook holds, or another history is known of people.
    pub(super) fn change_rules(&mut self, place: Waypoint<'_>) {
        self.holders = Holders::of(place.history, place.rulebook, &place.standpoint);
        // What mechanisms are called is up to the rulebook.
        self.standing.clear();
        self.usage = Usage::default();
        self.forget_all();
    }

    /// Takes in that another class of a customer is seen.
    pub(super) fn classify(&mut self, customer: CustomerId, segment: Option<Segment>) {
        self.classified.extend(self.usage.classify(customer, segment));
    }

    /// Takes in that other reports about some customers are known of a month.
    pub(super) fn forget_reports(&mut self, month: Month, customers: &BTreeSet<CustomerId>) {
        self.kept.forget_reports(month, customers);
    }

    /// Takes in that more is known about associations, which changes what covers the months from one on, if anything.
    pub(super) fn learn_of_cover(
        &mut self,
        (history, rulebook): (&History, &Rulebook),
        news: &CoverNews,
        changed_from: Option<Month>,
    ) {
        if news.is_empty() {
            return;
        }
        let customers = news.customers(history);
        self.lifetimes.learn(history, news);
        for Standing { area, cut, associations } in &mut self.standing {
            associations.stand_again((history, rulebook), (*area, *cut), (&customers, &news.associations));
        }
        if let Some(month) = changed_from {
            self.usage.forget_customers(&customers);
            self.kept.forget_associations(month, Some(&customers));
        }
    }

    /// Takes in that a fact became true which changes what covers months that were seen before.
    pub(super) fn cover_otherwise(&mut self, place: Waypoint<'_>, news: &CoverNews) {
        if self.lifetimes.are_settled(place.history) {
            let customers = news.customers(place.history);
            self.usage.forget_customers(&customers);
            self.kept.forget_associations(place.standpoint.measured, Some(&customers));
        } else {
            self.usage = Usage::default();
            self.forget_all();
        }
    }

    /// Takes in that anything may be other than it was.
    pub(super) fn forget_all(&mut self) {
        self.kept = Memory { by_area: self.kept.by_area, ..Memory::default() };
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
            self.usage.forget_sums();
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
            self.kept.forget_associations(month, None);
        }
        let by_area = self.lifetimes.by_area(place.history);
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
        let end = Timestamp::end_of(measured.last_day());
        if cut.shows(end, u64::MAX) {
            return false;
        }
        let facts = self.lifetimes.facts(place.history);
        let next = facts.get(facts.partition_point(|(at, seq)| cut.shows(*at, *seq)));
        next.is_some_and(|(at, _)| *at <= end)
    }

    /// The place of the associations as they stand.
    fn stand(&mut self, place: Waypoint<'_>, area: Area) -> usize {
        let by_area = self.lifetimes.by_area(place.history);
        let are_settled = self.lifetimes.are_settled(place.history);
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
