//! The facts about one partner, as they were known at an instant.
//!
//! ```text
//! entries up to K ──► History ──► Standing associations, reports, links as of D ──► score
//! ```
//!
//! Folding keeps every fact with its seq. What was retracted is known by its seq as well, and passed over whenever
//! facts are read, so that a retracted event leaves no trace but its own record (P4).

mod carry;
mod entries;
mod facts;
mod figures;
mod occurrences;
mod pack;
mod packed_rows;
mod retractions;
mod state_bytes;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Area, AssociationId, AssociationTerms, By, CustomerId, Date, Entry, Event, Fact, Fold, Mechanism, Month, Name,
    PersonId, Remark, Segment, ShownMetrics, ShownPoints, Timestamp, UsageMetric, When,
};
use serde::{Deserialize, Serialize};

pub use self::carry::Carry;
use self::carry::Carrying;
use self::entries::Entries;
pub(crate) use self::facts::DatedFact;
use self::facts::Facts;
use self::figures::Figures;
pub(crate) use self::figures::{FigureKey, Report};
pub(crate) use self::occurrences::Occurrence;
pub use self::retractions::retracted;
use crate::rulebook::Family;
use crate::same_as::SameAs;
use crate::standpoint::Cut;

/// The facts about one partner.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Entries,
    associations: BTreeMap<AssociationId, Facts<AssociationStep>>,
    churns: BTreeMap<CustomerId, Facts<Option<Vec<Area>>>>,
    classes: BTreeMap<CustomerId, Facts<Segment>>,
    figures: Figures,
    people: BTreeMap<PersonId, Facts<Link>>,
    earned: BTreeMap<PersonId, Facts<Achievement>>,
    /// The steps of what may be partner admin links that name the partner's own account as the location.
    own_account: BTreeSet<u64>,
    enrolments: BTreeMap<Area, Facts<Enrolment>>,
    published: BTreeMap<Area, Facts<Published>>,
    ahead: BTreeSet<u64>,
    /// Whether figures are carried; no state has it.
    carrying: Option<Carrying>,
}

/// A certification that a person holds who is not linked to the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Achievement {
    /// The code.
    pub(crate) certification: Name,
    /// When it was earned.
    pub(crate) earned_on: Date,
    /// Its last day, if that was said.
    pub(crate) expires_on: Option<Date>,
    /// The persons who may be the same.
    pub(crate) same_as: Vec<SameAs>,
}

/// The designation of an area was bought or renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolment {
    /// Its last day.
    pub(crate) anniversary: Date,
    /// The track that it holds, if any.
    pub(crate) track: Option<Segment>,
}

/// What the programme itself showed of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The points of the area.
    pub points: ShownPoints,
    /// Those of its metrics, if they were shown.
    pub metrics: Option<ShownMetrics>,
}

/// A step in the life of an association.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AssociationStep {
    /// It was asked for.
    Requested(AssociationTerms),
    /// It came into force.
    Accepted(AssociationTerms),
    /// It was declined.
    Declined(Option<By>),
    /// It was ended.
    Revoked(Option<By>),
}

/// A step in the life of a person's certifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Link {
    /// A certification was linked.
    Linked {
        /// The code.
        certification: Name,
        /// When it was earned, if that was said.
        earned_on: Option<Date>,
        /// Its last day, if that was said.
        expires_on: Option<Date>,
        /// The persons who may be the same.
        same_as: Vec<SameAs>,
    },
    /// A certification, or all, were unlinked.
    Unlinked {
        /// The code.
        certification: Option<Name>,
    },
}

impl Link {
    /// The step that a fact with a note is, and whose.
    pub(crate) fn of<'f>(fact: &'f Fact, note: Option<&Remark>) -> Option<(&'f PersonId, Self)> {
        if let Fact::CertificationLinked { person, certification, earned_on, expires_on } = fact {
            let (certification, earned_on, expires_on) = (certification.clone(), *earned_on, *expires_on);
            return Some((person, Self::Linked { certification, earned_on, expires_on, same_as: same_as(note) }));
        }
        let Fact::CertificationUnlinked { person, certification, .. } = fact else { return None };
        Some((person, Self::Unlinked { certification: certification.clone() }))
    }
}

/// The persons who may be the same, as a note says.
fn same_as(note: Option<&Remark>) -> Vec<SameAs> {
    note.into_iter().flat_map(|note| SameAs::of_note(note.as_str())).collect()
}

impl History {
    /// Folds a partner's entries.
    pub fn fold<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut history = Self::default();
        history.extend(entries);
        history
    }

    /// Folds further entries of the same partner: the same as if all had been folded at once (P2).
    ///
    /// They may come in any order, except that what is retracted comes before its retraction.
    pub fn extend<'e>(&mut self, entries: impl IntoIterator<Item = &'e Entry>) {
        for entry in entries {
            self.push(entry);
        }
    }

    fn push(&mut self, entry: &Entry) {
        let Entry { seq, recorded_at, event } = entry;
        let seq = *seq;
        self.entries.push(seq, event.id);
        if let Some(carrying) = &mut self.carrying {
            carrying.learn();
        }
        match event.when {
            When::In(month) => {
                if let Fact::UsageReported(usage) = &event.fact {
                    self.figures.push(seq, month, usage);
                }
            }
            When::At(at) => {
                if at > *recorded_at {
                    self.ahead.insert(seq);
                }
                self.push_dated(seq, at, event);
            }
        }
    }

    fn push_dated(&mut self, seq: u64, at: Timestamp, event: &Event) {
        if let Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) = &event.fact
            && terms.mechanism.is_none_or(|mechanism| mechanism == Mechanism::Pal)
            && let (Some(location), Some(partner)) = (&event.location, &event.partner)
            && location.as_str() == partner.as_str()
        {
            self.own_account.insert(seq);
        }
        let mut step = |association: AssociationId, fact| {
            self.associations.entry(association).or_default().insert(DatedFact { at, seq, fact });
        };
        match &event.fact {
            Fact::AssociationRequested(terms) => step(terms.association, AssociationStep::Requested(terms.clone())),
            Fact::AssociationAccepted(terms) => step(terms.association, AssociationStep::Accepted(terms.clone())),
            Fact::AssociationDeclined { association, by, .. } => step(*association, AssociationStep::Declined(*by)),
            Fact::AssociationRevoked { association, by, .. } => step(*association, AssociationStep::Revoked(*by)),
            Fact::CustomerChurned { customer, areas, .. } => {
                self.churns.entry(*customer).or_default().insert(DatedFact { at, seq, fact: areas.clone() });
            }
            Fact::CustomerClassified { customer, segment } => {
                self.classes.entry(*customer).or_default().insert(DatedFact { at, seq, fact: *segment });
            }
            Fact::CertificationLinked { .. } | Fact::CertificationUnlinked { .. } => {
                if let Some((person, fact)) = Link::of(&event.fact, event.note.as_ref()) {
                    self.people.entry(person.clone()).or_default().insert(DatedFact { at, seq, fact });
                }
            }
            Fact::CertificationEarned { person, certification, earned_on, expires_on } => {
                let (certification, earned_on, expires_on) = (certification.clone(), *earned_on, *expires_on);
                let fact = Achievement { certification, earned_on, expires_on, same_as: same_as(event.note.as_ref()) };
                self.earned.entry(person.clone()).or_default().insert(DatedFact { at, seq, fact });
            }
            Fact::DesignationEnrolled { area, anniversary, track } => {
                let fact = Enrolment { anniversary: *anniversary, track: *track };
                self.enrolments.entry(*area).or_default().insert(DatedFact { at, seq, fact });
            }
            Fact::ScorePublished { area, points, metrics } => {
                let fact = Published { points: points.clone(), metrics: metrics.clone() };
                self.published.entry(*area).or_default().insert(DatedFact { at, seq, fact });
            }
            Fact::EventRetracted { event: target, .. } => {
                self.entries.retract(seq, *target);
            }
            Fact::UsageReported(_) | Fact::RulebookAdopted { .. } | Fact::KeyRotated(_) => {}
        }
    }

    /// How many entries were folded.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.entries.count()
    }

    /// Whether an entry was folded.
    #[must_use]
    pub fn has(&self, seq: u64) -> bool {
        self.entries.has(seq)
    }

    /// Whether an event was retracted.
    #[must_use]
    pub fn is_retracted(&self, seq: u64) -> bool {
        self.entries.retracted().contains(seq)
    }

    /// Facts before a cut, without what is retracted.
    fn live<'h, T: 'h>(
        &'h self,
        facts: impl Iterator<Item = &'h DatedFact<T>> + Clone,
        cut: Cut,
    ) -> impl Iterator<Item = &'h DatedFact<T>> + Clone {
        facts.take_while(move |fact| cut.shows(fact.at, fact.seq)).filter(move |fact| !self.is_retracted(fact.seq))
    }

    /// The associations with the steps before a cut, in the order of (`effective_at`, seq).
    pub(crate) fn associations(
        &self,
        cut: Cut,
    ) -> impl Iterator<Item = (AssociationId, impl Iterator<Item = &DatedFact<AssociationStep>> + Clone)> {
        self.associations.iter().map(move |(id, steps)| (*id, self.live(steps.iter(), cut)))
    }

    /// The steps of an association before a cut.
    pub(crate) fn steps_of(
        &self,
        association: AssociationId,
        cut: Cut,
    ) -> impl Iterator<Item = &DatedFact<AssociationStep>> + Clone {
        self.associations.get(&association).into_iter().flat_map(move |steps| self.live(steps.iter(), cut))
    }

    /// Whether a step of what may be a partner admin link names the partner's own account as the location.
    pub(crate) fn names_own_account(&self, seq: u64) -> bool {
        self.own_account.contains(&seq)
    }

    /// The certifications before a cut of persons who are not linked, by person and in the order of (`effective_at`, seq).
    pub(crate) fn earned(&self, cut: Cut) -> impl Iterator<Item = (&PersonId, &DatedFact<Achievement>)> {
        self.earned.iter().flat_map(move |(person, all)| self.live(all.iter(), cut).map(move |fact| (person, fact)))
    }

    /// The enrolments of an area before a cut, in the order of (`effective_at`, seq).
    pub(crate) fn enrolments(&self, area: Area, cut: Cut) -> impl Iterator<Item = &DatedFact<Enrolment>> {
        self.enrolments.get(&area).into_iter().flat_map(move |all| self.live(all.iter(), cut))
    }

    /// Whether there ever was an enrolment.
    pub(crate) fn has_enrolments(&self) -> bool {
        !self.enrolments.is_empty()
    }

    /// The days on which a track begins to be held, or no longer is.
    pub(crate) fn enrolment_days(&self) -> impl Iterator<Item = Date> {
        let holding = self.enrolments.iter().filter(|(area, _)| Family::of(**area).holds_track());
        let enrolments = holding.flat_map(|(_, all)| self.live(all.iter(), Cut::END));
        let with_track = enrolments.filter(|enrolled| enrolled.fact.track.is_some());
        with_track.flat_map(|held| [Some(held.at.date()), held.fact.anniversary.succ_opt()]).flatten()
    }

    /// What the programme showed of an area, each with its time and its seq, in this order.
    pub fn published(&self, area: Area) -> impl Iterator<Item = (Timestamp, u64, &Published)> {
        let all = self.published.get(&area).into_iter().flat_map(|all| self.live(all.iter(), Cut::END));
        all.map(|shown| (shown.at, shown.seq, &shown.fact))
    }

    /// The links and unlinks of a person before a cut.
    pub(crate) fn links_of(&self, person: &PersonId, cut: Cut) -> impl Iterator<Item = &DatedFact<Link>> {
        self.people.get(person).into_iter().flat_map(move |links| self.live(links.iter(), cut))
    }

    /// The customer of an association, by the first of its steps that names one, in force or not.
    pub(crate) fn customer_of(&self, association: AssociationId) -> Option<CustomerId> {
        self.associations.get(&association)?.iter().find_map(|step| match &step.fact {
            AssociationStep::Requested(terms) | AssociationStep::Accepted(terms) => terms.customer,
            AssociationStep::Declined(_) | AssociationStep::Revoked(_) => None,
        })
    }

    /// The customers of an association, by all of its steps: retracted ones and those of later days, too.
    pub(crate) fn customers_of(&self, association: AssociationId) -> BTreeSet<CustomerId> {
        let steps = self.associations.get(&association).into_iter().flat_map(Facts::iter);
        let customer = |step: &DatedFact<AssociationStep>| match &step.fact {
            AssociationStep::Requested(terms) | AssociationStep::Accepted(terms) => terms.customer,
            AssociationStep::Declined(_) | AssociationStep::Revoked(_) => None,
        };
        steps.filter_map(customer).collect()
    }

    /// The times and places of the facts that begin or end associations, churns included.
    pub(crate) fn association_facts(&self) -> impl Iterator<Item = (Timestamp, u64)> {
        let steps = self.associations.values().flat_map(Facts::iter).map(|step| (step.at, step.seq));
        let churns = self.churns.values().flat_map(Facts::iter).map(|churn| (churn.at, churn.seq));
        steps.chain(churns).filter(|(_, seq)| !self.is_retracted(*seq))
    }

    /// Every customer that churned, with its churns.
    pub(crate) fn all_churns(&self) -> impl Iterator<Item = (CustomerId, &DatedFact<Option<Vec<Area>>>)> {
        self.churns.keys().flat_map(|customer| self.churns_of(*customer))
    }

    /// The churns of a customer, each with the customer.
    pub(crate) fn churns_of(
        &self,
        customer: CustomerId,
    ) -> impl Iterator<Item = (CustomerId, &DatedFact<Option<Vec<Area>>>)> {
        let churns = self.churns.get(&customer).into_iter().flat_map(Facts::iter);
        churns.filter(|churn| !self.is_retracted(churn.seq)).map(move |churn| (customer, churn))
    }

    /// Whether a churn is limited to areas, so that what stands depends on the area.
    pub(crate) fn limits_churns(&self) -> bool {
        self.all_churns().any(|(_, churn)| churn.fact.is_some())
    }

    /// The newest segment of a customer before a cut.
    pub(crate) fn segment(&self, customer: CustomerId, cut: Cut) -> Option<Segment> {
        let before = self.classes.get(&customer)?.iter().rev().skip_while(|class| !cut.shows(class.at, class.seq));
        before.into_iter().find(|class| !self.is_retracted(class.seq)).map(|class| class.fact)
    }

    /// The times and places of all classifications, in the order of (`effective_at`, seq).
    pub(crate) fn class_times(&self) -> Vec<(Timestamp, u64)> {
        let facts = self.classes.values().flat_map(Facts::iter).filter(|class| !self.is_retracted(class.seq));
        let mut times: Vec<(Timestamp, u64)> = facts.map(|class| (class.at, class.seq)).collect();
        times.sort_unstable();
        times
    }

    /// The newest report of every figure of a metric in a month, in the order of figures.
    pub(crate) fn reports(&self, metric: UsageMetric, month: Month) -> impl Iterator<Item = Report<'_>> {
        self.newest_reports(metric, month, None)
    }

    /// The newest reports of a metric about a customer in a month.
    pub(crate) fn reports_of(
        &self,
        metric: UsageMetric,
        month: Month,
        customer: CustomerId,
    ) -> impl Iterator<Item = Report<'_>> {
        self.newest_reports(metric, month, Some(customer))
    }

    /// Whether a figure was ever reported, retracted or not.
    pub(crate) fn has_report(&self, metric: UsageMetric, month: Month, key: &FigureKey) -> bool {
        self.figures.of(metric, month).is_some_and(|figures| figures.has(key))
    }

    /// Every metric and month that was ever reported.
    pub(crate) fn reported(&self) -> impl Iterator<Item = (UsageMetric, Month)> {
        self.figures.months()
    }

    /// The customers with a report of any figure, each perhaps more than once.
    pub(crate) fn customers_with_usage(&self) -> impl Iterator<Item = CustomerId> {
        self.reported().flat_map(|(metric, month)| self.reports(metric, month).map(|report| report.customer))
    }

    /// The people with the links and unlinks before a cut, in the order of (`effective_at`, seq).
    pub(crate) fn people(
        &self,
        cut: Cut,
    ) -> impl Iterator<Item = (&PersonId, impl Iterator<Item = &DatedFact<Link>> + Clone)> {
        self.people.iter().map(move |(person, links)| (person, self.live(links.iter(), cut)))
    }

    /// The events whose fact lay in the future when they were recorded.
    pub(crate) fn dated_ahead(&self) -> impl Iterator<Item = u64> {
        self.ahead.iter().copied().filter(|seq| !self.is_retracted(*seq))
    }
}

impl Fold for History {
    const FORM: u32 = pack::FORM;

    fn push(&mut self, entry: &Entry) {
        self.extend([entry]);
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.pack()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Self::unpack(bytes)
    }
}
