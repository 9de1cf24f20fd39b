//! The facts about one partner, as they were known at an instant.
//!
//! ```text
//! entries up to K ──► History ──► Standing associations, reports, links as of D ──► score
//! ```
//!
//! Folding keeps every fact with its seq. What was retracted is known by its seq as well, and passed over whenever
//! facts are read, so that a retracted event leaves no trace but its own record (P4).

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Amount, Area, AssociationId, AssociationTerms, By, CustomerId, Date, Entry, Event, EventId, Fact, Month, Name,
    PersonId, Segment, Timestamp, Usage, UsageMetric, When,
};

use crate::identity;
use crate::standpoint::Cut;

/// The facts about one partner.
#[derive(Clone, Debug, Default)]
pub struct History {
    seqs: BTreeMap<EventId, u64>,
    folded: Vec<u64>,
    retractions: BTreeMap<u64, EventId>,
    retracted: BTreeSet<u64>,
    associations: BTreeMap<AssociationId, Vec<Dated<Step>>>,
    churns: BTreeMap<CustomerId, Vec<Dated<Option<Vec<Area>>>>>,
    classes: BTreeMap<CustomerId, Vec<Dated<Segment>>>,
    figures: BTreeMap<(UsageMetric, Month), BTreeMap<FigureKey, Vec<Version>>>,
    people: BTreeMap<PersonId, Vec<Dated<Link>>>,
    ahead: BTreeSet<u64>,
}

/// A fact with the time when it became true and its place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dated<T> {
    /// When it became true.
    pub(crate) at: Timestamp,
    /// Its place.
    pub(crate) seq: u64,
    /// The fact.
    pub(crate) fact: T,
}

/// A step in the life of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// A certification was linked.
    Linked {
        /// The code.
        certification: Name,
        /// When it was earned, if that was said.
        earned_on: Option<Date>,
        /// Its last day, if that was said.
        expires_on: Option<Date>,
    },
    /// A certification, or all, were unlinked.
    Unlinked {
        /// The code.
        certification: Option<Name>,
    },
}

/// What a figure is of, within its metric and month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FigureKey {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The product, folded as [`identity::product`] does.
    pub(crate) product: String,
    /// The subscription.
    pub(crate) subscription: Option<Name>,
}

/// One report of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    seq: u64,
    value: Amount,
    product: Name,
    offer: Option<Name>,
}

/// The newest report of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'h> {
    /// What it is of.
    pub(crate) key: &'h FigureKey,
    /// The product as it was reported.
    pub(crate) product: &'h Name,
    /// How much.
    pub(crate) value: Amount,
    /// The kind of offer.
    pub(crate) offer: Option<&'h Name>,
    /// Its place in the ledger.
    pub(crate) seq: u64,
}

impl FigureKey {
    /// What a usage report is of.
    pub(crate) fn of(usage: &Usage) -> Self {
        Self {
            customer: usage.customer,
            product: identity::product(usage.product.as_str()),
            subscription: usage.subscription.clone(),
        }
    }
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
    /// They may come in any order, but for retractions: what is retracted comes first.
    pub fn extend<'e>(&mut self, entries: impl IntoIterator<Item = &'e Entry>) {
        let known_retractions = self.retractions.len();
        for entry in entries {
            self.push(entry);
        }
        if self.retractions.len() > known_retractions {
            self.retracted = self.resolve_retractions();
        }
    }

    fn push(&mut self, entry: &Entry) {
        let Entry { seq, recorded_at, event } = entry;
        let seq = *seq;
        self.seqs.insert(event.id, seq);
        self.folded.insert(self.folded.partition_point(|earlier| *earlier < seq), seq);
        match event.when {
            When::In(month) => {
                if let Fact::UsageReported(usage) = &event.fact {
                    self.push_usage(seq, month, usage);
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

    fn push_usage(&mut self, seq: u64, month: Month, usage: &Usage) {
        let key = FigureKey::of(usage);
        let version = Version { seq, value: usage.value, product: usage.product.clone(), offer: usage.offer.clone() };
        let versions = self.figures.entry((usage.metric, month)).or_default().entry(key).or_default();
        versions.insert(versions.partition_point(|earlier| earlier.seq < seq), version);
    }

    fn push_dated(&mut self, seq: u64, at: Timestamp, event: &Event) {
        let mut step = |association: AssociationId, fact| {
            insert(self.associations.entry(association).or_default(), Dated { at, seq, fact });
        };
        match &event.fact {
            Fact::AssociationRequested(terms) => step(terms.association, Step::Requested(terms.clone())),
            Fact::AssociationAccepted(terms) => step(terms.association, Step::Accepted(terms.clone())),
            Fact::AssociationDeclined { association, by } => step(*association, Step::Declined(*by)),
            Fact::AssociationRevoked { association, by, .. } => step(*association, Step::Revoked(*by)),
            Fact::CustomerChurned { customer, areas, .. } => {
                insert(self.churns.entry(*customer).or_default(), Dated { at, seq, fact: areas.clone() });
            }
            Fact::CustomerClassified { customer, segment } => {
                insert(self.classes.entry(*customer).or_default(), Dated { at, seq, fact: *segment });
            }
            Fact::CertificationLinked { person, certification, earned_on, expires_on } => {
                let fact = Link::Linked {
                    certification: certification.clone(),
                    earned_on: *earned_on,
                    expires_on: *expires_on,
                };
                insert(self.people.entry(person.clone()).or_default(), Dated { at, seq, fact });
            }
            Fact::CertificationUnlinked { person, certification, .. } => {
                let fact = Link::Unlinked { certification: certification.clone() };
                insert(self.people.entry(person.clone()).or_default(), Dated { at, seq, fact });
            }
            Fact::EventRetracted { event: target, .. } => {
                self.retractions.insert(seq, *target);
            }
            Fact::UsageReported(_) | Fact::RulebookAdopted { .. } | Fact::KeyRotated(_) => {}
        }
    }

    /// What is retracted: a retraction that is not retracted itself retracts what it names.
    fn resolve_retractions(&self) -> BTreeSet<u64> {
        resolve(self.retractions.iter().map(|(seq, target)| (*seq, self.seqs.get(target).copied())))
    }

    /// Whether an entry was folded.
    #[must_use]
    pub fn has(&self, seq: u64) -> bool {
        self.folded.binary_search(&seq).is_ok()
    }

    /// Whether an event was retracted.
    #[must_use]
    pub fn is_retracted(&self, seq: u64) -> bool {
        !self.retracted.is_empty() && self.retracted.contains(&seq)
    }

    fn live<'h, T>(&'h self, facts: &'h [Dated<T>], cut: Cut) -> impl Iterator<Item = &'h Dated<T>> + Clone {
        Live { history: self, facts: facts.iter(), cut }
    }

    /// The associations with the steps before a cut, in the order of (`effective_at`, seq).
    pub(crate) fn associations(
        &self,
        cut: Cut,
    ) -> impl Iterator<Item = (AssociationId, impl Iterator<Item = &Dated<Step>> + Clone)> {
        self.associations.iter().map(move |(id, steps)| (*id, self.live(steps, cut)))
    }

    /// The customer of an association, by the first of its steps that names one, in force or not.
    pub(crate) fn customer_of(&self, association: AssociationId) -> Option<CustomerId> {
        self.associations.get(&association)?.iter().find_map(|step| match &step.fact {
            Step::Requested(terms) | Step::Accepted(terms) => terms.customer,
            Step::Declined(_) | Step::Revoked(_) => None,
        })
    }

    /// When the facts about associations became true that begin or end them, churns included, and their places.
    pub(crate) fn association_facts(&self) -> impl Iterator<Item = (Timestamp, u64)> {
        let steps = self.associations.values().flatten().map(|step| (step.at, step.seq));
        let churns = self.churns.values().flatten().map(|churn| (churn.at, churn.seq));
        steps.chain(churns).filter(|(_, seq)| !self.is_retracted(*seq))
    }

    /// The churns of a customer before a cut, with the areas to which each is limited.
    pub(crate) fn churns(&self, customer: CustomerId, cut: Cut) -> impl Iterator<Item = &Dated<Option<Vec<Area>>>> {
        self.live(self.churns.get(&customer).map_or(&[], Vec::as_slice), cut)
    }

    /// Every customer that churned, with its churns.
    pub(crate) fn all_churns(&self) -> impl Iterator<Item = (CustomerId, &Dated<Option<Vec<Area>>>)> {
        self.churns.iter().flat_map(|(customer, churns)| {
            churns.iter().filter(|churn| !self.is_retracted(churn.seq)).map(|churn| (*customer, churn))
        })
    }

    /// The newest segment of a customer before a cut.
    pub(crate) fn segment(&self, customer: CustomerId, cut: Cut) -> Option<Segment> {
        self.live(self.classes.get(&customer)?, cut).last().map(|class| class.fact)
    }

    /// The times and places of all classifications, in the order of (`effective_at`, seq).
    pub(crate) fn class_times(&self) -> Vec<(Timestamp, u64)> {
        let facts = self.classes.values().flatten().filter(|class| !self.is_retracted(class.seq));
        let mut times: Vec<(Timestamp, u64)> = facts.map(|class| (class.at, class.seq)).collect();
        times.sort_unstable();
        times
    }

    /// The newest report of every figure of a metric in a month.
    pub(crate) fn reports(&self, metric: UsageMetric, month: Month) -> impl Iterator<Item = Report<'_>> {
        self.figures
            .get(&(metric, month))
            .into_iter()
            .flatten()
            .filter_map(|(key, versions)| self.newest(key, versions))
    }

    /// The newest reports of a metric about a customer in a month.
    pub(crate) fn reports_of(
        &self,
        metric: UsageMetric,
        month: Month,
        customer: CustomerId,
    ) -> impl Iterator<Item = Report<'_>> {
        let first = FigureKey { customer, product: String::new(), subscription: None };
        let figures = self.figures.get(&(metric, month)).map(move |figures| figures.range(first..));
        figures
            .into_iter()
            .flatten()
            .take_while(move |(key, _)| key.customer == customer)
            .filter_map(|(key, versions)| self.newest(key, versions))
    }

    /// Whether a figure was ever reported, retracted or not.
    pub(crate) fn has_report(&self, metric: UsageMetric, month: Month, key: &FigureKey) -> bool {
        self.figures.get(&(metric, month)).is_some_and(|figures| figures.contains_key(key))
    }

    /// The months in which a metric was ever reported, ascending.
    pub(crate) fn months(&self, metric: UsageMetric) -> impl Iterator<Item = Month> {
        let range = (metric, Month::from_number(i32::MIN))..=(metric, Month::from_number(i32::MAX));
        self.figures.range(range).map(|((_, month), _)| *month)
    }

    /// Every metric and month that was ever reported.
    pub(crate) fn reported(&self) -> impl Iterator<Item = (UsageMetric, Month)> {
        self.figures.keys().copied()
    }

    /// The customers with a report of any figure, each perhaps more than once.
    pub(crate) fn customers_with_usage(&self) -> impl Iterator<Item = CustomerId> {
        self.reported().flat_map(|(metric, month)| self.reports(metric, month).map(|report| report.key.customer))
    }

    fn newest<'h>(&'h self, key: &'h FigureKey, versions: &'h [Version]) -> Option<Report<'h>> {
        let version = versions.iter().rev().find(|version| !self.is_retracted(version.seq))?;
        Some(Report {
            key,
            product: &version.product,
            value: version.value,
            offer: version.offer.as_ref(),
            seq: version.seq,
        })
    }

    /// The people with the links and unlinks before a cut, in the order of (`effective_at`, seq).
    pub(crate) fn people(
        &self,
        cut: Cut,
    ) -> impl Iterator<Item = (&PersonId, impl Iterator<Item = &Dated<Link>> + Clone)> {
        self.people.iter().map(move |(person, links)| (person, self.live(links, cut)))
    }

    /// The events whose fact lay in the future when they were recorded.
    pub(crate) fn dated_ahead(&self) -> impl Iterator<Item = u64> {
        self.ahead.iter().copied().filter(|seq| !self.is_retracted(*seq))
    }
}

/// What stands before a cut and was not retracted.
struct Live<'h, T> {
    history: &'h History,
    facts: std::slice::Iter<'h, Dated<T>>,
    cut: Cut,
}

impl<T> Clone for Live<'_, T> {
    fn clone(&self) -> Self {
        Self { history: self.history, facts: self.facts.clone(), cut: self.cut }
    }
}

impl<'h, T> Iterator for Live<'h, T> {
    type Item = &'h Dated<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { history, facts, cut } = self;
        facts.take_while(|fact| cut.shows(fact.at, fact.seq)).find(|fact| !history.is_retracted(fact.seq))
    }
}

/// Keeps facts in the order of (`effective_at`, seq).
fn insert<T>(facts: &mut Vec<Dated<T>>, fact: Dated<T>) {
    let place = facts.partition_point(|earlier| (earlier.at, earlier.seq) < (fact.at, fact.seq));
    facts.insert(place, fact);
}

/// The events that are retracted, from the highest retraction to the lowest (scoring specification, section 1).
pub(crate) fn resolve(retractions: impl DoubleEndedIterator<Item = (u64, Option<u64>)>) -> BTreeSet<u64> {
    let mut retracted = BTreeSet::new();
    for (seq, target) in retractions.rev() {
        if let (Some(target), false) = (target, retracted.contains(&seq)) {
            retracted.insert(target);
        }
    }
    retracted
}
