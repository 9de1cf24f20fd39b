//! What a ledger knows of a partner, as far as readers of reports ask for it.
//!
//! [`projection::History`] folds the same entries for scores, and both stay: a score is asked about any day, so a history
//! has every fact and forgets who told it; an import compares with what stands now, so it has the newest figure of a key
//! alone, and of each fact the report that told it and the day of that. What means the same in both is said once, in
//! `projection`: which events are retracted, which products and offers are the same, and the remark that two persons may
//! be one.

pub(crate) mod customers;
pub(crate) mod figures;
pub(crate) mod lives;
pub(crate) mod numbered;
mod packed;
pub(crate) mod run;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Area, AssociationId, AssociationTerms, CustomerId, Date, Event, Fact, Mechanism, Month, Name, PersonId, Role,
    Segment, ShownMetrics, ShownPoints, Timestamp, Usage, When,
};
use projection::SameAs;
use projection::identity::product;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::provenance::rule::Rule;
use crate::provenance::{AssociationNote, Download, Provenance};
use figures::{FigureSubject, KnownFigure, KnownFigures};
pub use packed::KeptFigures;
use run::AssociationRun;

/// The day of a download, with its first and its last month.
type DownloadMonths = (Date, (Month, Month));

/// What is known of one partner.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PartnerFacts {
    pub(crate) figures: KnownFigures,
    months: BTreeMap<Kind, BTreeMap<Month, Date>>,
    downloads: BTreeMap<Kind, BTreeSet<DownloadMonths>>,
    associations: BTreeMap<AssociationId, Life>,
    churns: BTreeMap<CustomerId, BTreeSet<Timestamp>>,
    segments: BTreeMap<CustomerId, BTreeMap<Timestamp, (Segment, Option<Download>)>>,
    links: BTreeMap<(PersonId, Name), Vec<KnownLink>>,
    locations: BTreeSet<Name>,
    /// The days of the lists of certifications that told something new.
    lists: BTreeSet<Date>,
    awards: KnownAwards,
    shown: BTreeMap<(Area, Timestamp), BTreeSet<ShownScore>>,
}

/// The certifications that people hold, with the day on which each was earned, and the latest last day that was told.
pub(crate) type KnownAwards = BTreeMap<(PersonId, Name, Date), Option<Date>>;

/// A score as the programme showed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ShownScore {
    /// The points of the area.
    pub(crate) points: ShownPoints,
    /// Those of its metrics, as far as they are known.
    pub(crate) metrics: Option<ShownMetrics>,
}

/// What distinguishes an association from every other one that the same kind of report shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    /// The customer's tenant.
    pub(crate) customer: CustomerId,
    /// The mechanism.
    pub(crate) mechanism: Mechanism,
    /// The role.
    pub(crate) role: Option<Role>,
    /// The workload, without the case of A-Z.
    pub(crate) workload: Option<String>,
    /// The subscription.
    pub(crate) subscription: Option<Name>,
    /// The claim.
    pub(crate) claim: Option<String>,
}

/// A link of a person's certification, or an unlinking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownLink {
    /// When it was linked.
    pub(crate) at: Timestamp,
    /// When the certification was earned; of an unlinking, its day.
    pub(crate) earned_on: Date,
    /// Until when the certification holds.
    pub(crate) expires_on: Option<Date>,
    /// Whether it is an unlinking.
    pub(crate) is_unlink: bool,
    /// Which report told it.
    pub(crate) told: Option<Download>,
    /// The persons who may be the same.
    pub(crate) same_as: Vec<SameAs>,
}

/// What is known of an association.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Life {
    start: Option<Timestamp>,
    /// Every acceptance.
    begins: BTreeSet<Timestamp>,
    ends: Vec<Timestamp>,
    terms: Option<AssociationTerms>,
    claim: Option<String>,
    first_shown: Option<Month>,
    kinds: BTreeSet<Kind>,
}

impl PartnerFacts {
    /// Adds what an event says. A retracted event must not be given.
    pub fn learn(&mut self, event: &Event) {
        let provenance = Provenance::of(event.source.as_ref());
        let told = provenance.as_ref().map(|provenance| provenance.told);
        if let Some(location) = event.location.as_ref().filter(|location| !self.locations.contains(location.as_str())) {
            self.locations.insert(location.clone());
        }
        if let Some(Download { kind: Kind::TrainingCompletions, as_of, .. }) = told {
            self.lists.insert(as_of);
        }
        match (&event.fact, event.when) {
            (Fact::UsageReported(usage), When::In(month)) => {
                let is_gone = provenance.is_some_and(|provenance| provenance.rule == Some(Rule::FigureGone));
                self.learn_usage(usage, month, told, is_gone);
            }
            (Fact::AssociationRequested(terms), When::At(_)) => {
                self.life(terms);
            }
            (Fact::AssociationAccepted(terms), When::At(at)) => {
                let AssociationNote { claim, first_shown } = AssociationNote::of(event.note.as_ref());
                let month = first_shown.unwrap_or_else(|| Month::of(at.date()));
                let life = self.life(terms);
                life.start = Some(life.start.map_or(at, |start| start.min(at)));
                life.begins.insert(at);
                life.first_shown = Some(life.first_shown.map_or(month, |first| first.min(month)));
                life.kinds.extend(told.map(|told| told.kind));
                life.claim = life.claim.take().or(claim);
                self.cover(told, month);
            }
            (
                Fact::AssociationDeclined { association, .. } | Fact::AssociationRevoked { association, .. },
                When::At(at),
            ) => {
                self.associations.entry(*association).or_default().ends.push(at);
                self.cover(told, Month::of(at.date()));
            }
            (Fact::CustomerChurned { customer, areas: None, .. }, When::At(at)) => {
                self.churns.entry(*customer).or_default().insert(at);
                self.cover(told, Month::of(at.date()));
            }
            (Fact::CustomerClassified { customer, segment }, When::At(at)) => {
                self.segments.entry(*customer).or_default().insert(at, (*segment, told));
                self.cover(told, Month::of(at.date()));
            }
            (Fact::CertificationLinked { person, certification, earned_on, expires_on }, When::At(at)) => {
                let earned_on = earned_on.unwrap_or(at.date());
                let same_as = event.note.iter().flat_map(|note| SameAs::of_note(note.as_str())).collect();
                let link = KnownLink { at, earned_on, expires_on: *expires_on, is_unlink: false, told, same_as };
                self.links.entry((person.clone(), certification.clone())).or_default().push(link);
            }
            (Fact::CertificationUnlinked { person, certification, .. }, When::At(at)) => {
                let (earned_on, same_as) = (at.date(), Vec::new());
                let unlink = KnownLink { at, earned_on, expires_on: None, is_unlink: true, told, same_as };
                for ((of, code), links) in &mut self.links {
                    if of == person && certification.as_ref().is_none_or(|named| named == code) {
                        links.push(unlink.clone());
                    }
                }
            }
            (Fact::CertificationEarned { person, certification, earned_on, expires_on }, When::At(_)) => {
                let last = self.awards.entry((person.clone(), certification.clone(), *earned_on)).or_default();
                *last = (*last).max(*expires_on);
            }
            (Fact::ScorePublished { area, points, metrics }, When::At(at)) => {
                let score = ShownScore { points: points.clone(), metrics: metrics.clone() };
                self.shown.entry((*area, at)).or_default().insert(score);
            }
            _ => {}
        }
    }

    /// The newest figures of a customer's product in a month, by subscription.
    pub(crate) fn figures<'a>(&'a self, about: &FigureSubject<'_>) -> impl Iterator<Item = KnownFigure<'a>> + use<'a> {
        self.figures.about(about)
    }

    /// The figures above 0 or below that a kind of report told of these months.
    pub(crate) fn figures_told(&self, kind: Kind, months: &BTreeSet<Month>) -> impl Iterator<Item = KnownFigure<'_>> {
        let is_told = move |figure: &KnownFigure<'_>| figure.told.is_some_and(|told| told.kind == kind);
        self.figures.of_months(months).filter(is_told).filter(|figure| figure.value.micros() != 0)
    }

    /// The months of which the ledger has facts from reports of the kind, with the day of the newest one.
    pub(crate) fn months(&self, kind: Kind) -> BTreeMap<Month, Date> {
        self.months.get(&kind).cloned().unwrap_or_default()
    }

    /// The day of the newest report of the kind from which the ledger has facts of a month.
    pub(crate) fn newest_download(&self, kind: Kind, month: Month) -> Option<Date> {
        let of_month = self.months.get(&kind).and_then(|months| months.get(&month)).copied();
        let downloads = self.downloads.get(&kind).into_iter().flatten();
        let has_month = |(_, (first, last)): &&DownloadMonths| *first <= month && month <= *last;
        downloads.rev().find(has_month).map(|(as_of, ..)| *as_of).max(of_month)
    }

    /// The runs of all associations that reports of a kind showed.
    pub(crate) fn runs(&self, kind: Kind) -> BTreeMap<Identity, Vec<AssociationRun>> {
        let mut runs: BTreeMap<Identity, Vec<AssociationRun>> = BTreeMap::new();
        for (id, life) in self.associations.iter().filter(|(_, life)| life.kinds.contains(&kind)) {
            let (Some(identity), Some(run)) = (life.identity(), self.run(*id, life)) else { continue };
            runs.entry(identity).or_default().push(run);
        }
        runs
    }

    /// When the customer churned.
    pub(crate) fn churns(&self, customer: CustomerId) -> Option<&BTreeSet<Timestamp>> {
        self.churns.get(&customer)
    }

    /// The customer's segments, each from when on.
    pub(crate) fn segments(&self, customer: CustomerId) -> Option<&BTreeMap<Timestamp, (Segment, Option<Download>)>> {
        self.segments.get(&customer)
    }

    /// The links and unlinkings of certifications, in the order in which they were recorded.
    pub(crate) fn links(&self) -> &BTreeMap<(PersonId, Name), Vec<KnownLink>> {
        &self.links
    }

    /// The certifications that people hold, linked or not.
    pub(crate) fn awards(&self) -> &KnownAwards {
        &self.awards
    }

    /// The scores of an area that the programme showed at an instant.
    pub(crate) fn shown(&self, area: Area, at: Timestamp) -> Option<&BTreeSet<ShownScore>> {
        self.shown.get(&(area, at))
    }

    /// The day of the first list of certifications after a day that told something new.
    pub(crate) fn list_after(&self, day: Date) -> Option<Date> {
        self.lists.iter().copied().find(|as_of| *as_of > day)
    }

    fn learn_usage(&mut self, usage: &Usage, month: Month, told: Option<Download>, is_gone: bool) {
        self.cover(told, month);
        self.figures.learn(usage, month, told, is_gone);
    }

    fn cover(&mut self, told: Option<Download>, month: Month) {
        let Some(Download { kind, as_of, months }) = told else { return };
        if let Some(months) = months {
            self.downloads.entry(kind).or_default().insert((as_of, months));
        }
        let newest = self.months.entry(kind).or_default().entry(month).or_insert(as_of);
        *newest = as_of.max(*newest);
    }

    fn life(&mut self, terms: &AssociationTerms) -> &mut Life {
        let life = self.associations.entry(terms.association).or_default();
        if life.terms.as_ref().is_none_or(|known| known.customer.is_none()) {
            life.terms = Some(terms.clone());
        }
        life
    }

    /// From when to when the association is in force, if it ever was.
    fn run(&self, id: AssociationId, life: &Life) -> Option<AssociationRun> {
        let start = life.start?;
        let customer = life.terms.as_ref().and_then(|terms| terms.customer);
        let churns = customer.and_then(|customer| self.churns.get(&customer)).into_iter().flatten();
        let end = life.ends.iter().chain(churns).filter(|at| **at >= start).min().copied();
        Some(AssociationRun {
            id,
            start,
            end,
            first_shown: life.first_shown.unwrap_or_else(|| Month::of(start.date())),
        })
    }
}

impl Life {
    fn identity(&self) -> Option<Identity> {
        let terms = self.terms.as_ref()?;
        Some(Identity {
            customer: terms.customer?,
            mechanism: terms.mechanism?,
            role: terms.role,
            workload: terms.workload.as_ref().map(|workload| product(workload.as_str())),
            subscription: terms.subscription.clone(),
            claim: self.claim.clone(),
        })
    }
}
