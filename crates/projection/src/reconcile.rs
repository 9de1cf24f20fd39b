//! What the programme showed beside what follows from the facts, and what would explain a difference.

mod known;
mod parts;
mod sums;

use std::collections::BTreeMap;

use ledger::{Area, Entry, Metric, ShownMetrics, ShownPoints, Timestamp};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use crate::association::Associations;
use crate::desk::Desk;
use crate::history::{History, Published};
use crate::metrics::skilling::{People, held};
use crate::metrics::turned::{self, TurnedUnit};
use crate::points::Points;
use crate::question::{Basis, Question, Unmeasured};
use crate::rulebook::{RowKey, Rulebook, RulebookErrors, Track};
use crate::score::answer::{AreaScore, At, TrackScore, UnitSubject};
use crate::score::{Ground, score};
use crate::standpoint::Standpoint;

/// How many explanations of a difference are told at most.
const TOLD: usize = 20;

/// What is known of a partner.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// All facts, assumed ones included; no figures are carried.
    pub history: &'e History,
    /// The partner's entries in the ledger, in the order of their seq.
    pub own: &'e [Entry],
    /// Its entries that are assumed behind these.
    pub assumed: &'e [Entry],
    /// The entries that hold for all partners, assumed ones included, in the order of their seq.
    pub shared: &'e [Entry],
    /// The number of entries that the ledger has: those with this seq and behind it are assumed.
    pub own_end: u64,
}

/// What the programme showed of an area.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'e> {
    /// The area.
    pub area: Area,
    /// When it was shown.
    pub at: Timestamp,
    /// The entry that says so.
    pub seq: u64,
    /// The points.
    pub shown: &'e Published,
    /// The rules in force on that day, by all that is known.
    pub rulebook: &'e Rulebook,
}

/// What was shown beside what follows.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// When it was shown.
    pub shown_at: Timestamp,
    /// The entry that says so.
    pub seq: u64,
    /// The total that was shown.
    pub shown: ShownPoints,
    /// What follows from the facts as of that day, by the month that was published.
    pub score: AreaScore,
    /// Whether the total agrees.
    pub agrees: bool,
    /// The metrics of the area.
    pub metrics: Vec<MetricReconciliation>,
    /// The single changes that each make everything shown agree; none where it agrees already. At most 20.
    pub explained_by: Vec<Explanation>,
}

/// What was shown of a metric beside what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricReconciliation {
    /// The metric.
    pub metric: Metric,
    /// What was shown, and whether it agrees; none where the metric was not shown.
    pub shown: Option<(ShownPoints, bool)>,
    /// What follows.
    pub points: Points,
}

/// A change that, by itself, makes everything shown agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The score by another basis.
    Basis(Basis),
    /// Customers without figures are treated otherwise.
    Unmeasured(Unmeasured),
    /// The score of the other track.
    Track(Track),
    /// What was known at an earlier instant.
    KnownAt(Timestamp),
    /// The next rows of a key hold already.
    Rules(RowKey),
    /// A unit counts in one metric, or does not.
    Unit(UnitExplanation),
}

/// A unit that counts in one metric, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitExplanation {
    /// The metric.
    pub metric: Metric,
    /// The side on which the unit stands.
    pub at: At,
    /// The unit. A certification is of all steps of the metric: its step is 0.
    pub subject: UnitSubject,
    /// Whether it counts then.
    pub counted: bool,
    /// The total then.
    pub points: Points,
}

/// Whether a value is no farther from what was shown than half of its last place, both ends included: how the programme
/// rounds is not known.
fn is_shown_as(shown: &ShownPoints, value: &BigRational) -> bool {
    let places = BigInt::from(10).pow(u32::try_from(shown.places()).unwrap_or(u32::MAX));
    let amount = BigRational::new(shown.amount().micros().into(), ledger::Amount::MICROS.into());
    (amount - value).abs() * places * BigInt::from(2) <= BigRational::from_integer(1.into())
}

impl Screen<'_> {
    /// Whether everything shown agrees with a score. A metric that the score lacks does not.
    fn agrees(&self, score: &TrackScore) -> bool {
        let points = |metric: Metric| score.metrics.iter().find(|one| one.metric == metric).map(|one| &one.points);
        is_shown_as(&self.shown.points, score.points.exact())
            && self
                .shown_metrics()
                .all(|(metric, shown)| points(metric).is_some_and(|it| is_shown_as(shown, it.exact())))
    }

    /// The metrics that were shown.
    fn shown_metrics(&self) -> impl Iterator<Item = (Metric, &ShownPoints)> {
        self.shown.metrics.iter().flat_map(ShownMetrics::iter)
    }

    /// Whether the total agrees, and a metric as far as it was shown.
    fn agrees_in(&self, metric: Metric, points: &Points, total: &Points) -> bool {
        let shown = self.shown.metrics.as_ref().and_then(|all| all.get(metric));
        is_shown_as(&self.shown.points, total.exact()) && shown.is_none_or(|shown| is_shown_as(shown, points.exact()))
    }

    fn question(&self, unmeasured: Unmeasured) -> Question {
        Question { as_of: self.at.date(), basis: Basis::Published, unmeasured, explain: false }
    }

    /// What was shown of each metric beside what follows.
    fn metrics(&self, score: &TrackScore) -> Vec<MetricReconciliation> {
        let metrics = score.metrics.iter().map(|one| {
            let shown = self.shown.metrics.as_ref().and_then(|all| all.get(one.metric));
            let shown = shown.map(|shown| (shown.clone(), is_shown_as(shown, one.points.exact())));
            MetricReconciliation { metric: one.metric, shown, points: one.points.clone() }
        });
        metrics.collect()
    }
}

/// The total of a score in which one metric has other points.
fn total_with(score: &TrackScore, other: Metric, points: &Points) -> Points {
    let metrics = score.metrics.iter().map(|one| if one.metric == other { points } else { &one.points });
    metrics.fold(Points::zero(), |total, points| total.plus(points))
}

/// Compares what the programme showed with what follows from the facts, in the order of the screens. What was shown before
/// the programme began is left out.
///
/// # Errors
/// A rulebook that was in force does not load.
pub fn reconcile(
    evidence: &Evidence<'_>,
    unmeasured: Unmeasured,
    screens: &[Screen<'_>],
) -> Result<Vec<Reconciliation>, RulebookErrors> {
    let mut desks: BTreeMap<&str, Desk<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for screen in screens {
        let desk =
            desks.entry(screen.rulebook.sha256()).or_insert_with(|| Desk::new(evidence.history, screen.rulebook));
        if let Ok(score) = desk.score(screen.area, &screen.question(unmeasured)) {
            found.push((screen, score));
        }
    }
    let differing = found.iter().filter(|(screen, score)| !screen.agrees(&score.score)).map(|(screen, _)| *screen);
    let mut known = known::newest_agreements(evidence, unmeasured, differing)?.into_iter();
    let reconciliations = found.into_iter().map(|(screen, score)| {
        let explained_by = match desks.get(screen.rulebook.sha256()) {
            Some(desk) if !screen.agrees(&score.score) => {
                explain(evidence, (screen, &score), (desk, unmeasured), known.next().flatten())
            }
            Some(_) | None => Vec::new(),
        };
        Reconciliation {
            shown_at: screen.at,
            seq: screen.seq,
            shown: screen.shown.points.clone(),
            agrees: is_shown_as(&screen.shown.points, score.score.points.exact()),
            metrics: screen.metrics(&score.score),
            score,
            explained_by,
        }
    });
    Ok(reconciliations.collect())
}

/// What would make everything shown agree, in the order in which it is told.
fn explain(
    evidence: &Evidence<'_>,
    (screen, found): (&Screen<'_>, &AreaScore),
    (desk, unmeasured): (&Desk<'_>, Unmeasured),
    known_at: Option<Timestamp>,
) -> Vec<Explanation> {
    let (area, question) = (screen.area, screen.question(unmeasured));
    let is_answer = |question: &Question| desk.score(area, question).is_ok_and(|score| screen.agrees(&score.score));
    let mut explained_by = Vec::new();
    if is_answer(&Question { basis: Basis::Live, ..question }) {
        explained_by.push(Explanation::Basis(Basis::Live));
    }
    let other = match unmeasured {
        Unmeasured::Exclude => Unmeasured::Include,
        Unmeasured::Include => Unmeasured::Exclude,
    };
    if is_answer(&Question { unmeasured: other, ..question }) {
        explained_by.push(Explanation::Unmeasured(other));
    }
    let tracks = found.tracks.iter().flatten().filter(|(track, _)| *track != found.track);
    let tracks = tracks.filter(|(_, score)| screen.agrees(score));
    explained_by.extend(tracks.map(|(track, _)| Explanation::Track(*track)));
    explained_by.extend(known_at.map(Explanation::KnownAt));
    explained_by.extend(RowKey::of(area).filter_map(|key| {
        let rulebook = screen.rulebook.with_next_rows(key, question.as_of)?;
        let score = score(evidence.history, &rulebook, area, &question).ok()?;
        screen.agrees(&score.score).then_some(Explanation::Rules(key))
    }));
    explained_by.extend(units(evidence.history, screen, &found.score, (found.track, question)));
    explained_by.truncate(TOLD);
    explained_by
}

/// The units that, turned, make everything shown agree.
fn units(
    history: &History,
    screen: &Screen<'_>,
    score: &TrackScore,
    (track, question): (Track, Question),
) -> Vec<Explanation> {
    let rulebook = screen.rulebook;
    let standpoint = Standpoint::of(question, rulebook);
    let associations = Associations::stand(history, rulebook, Some(screen.area), standpoint.cut);
    let people = People::Listed(held(history, rulebook, &standpoint));
    let ground = Ground { history, rulebook, associations: &associations, people, kept: None, usage: None };
    let scene = ground.scene(screen.area, track, Question { explain: true, ..question }, standpoint);
    // Where another metric than the one of the unit differs as well, a unit of this one does not make everything agree.
    let points = |metric: Metric| score.metrics.iter().find(|one| one.metric == metric).map(|one| &one.points);
    let differs = |(metric, shown): &(Metric, &ShownPoints)| {
        points(*metric).is_none_or(|points| !is_shown_as(shown, points.exact()))
    };
    let differing: Vec<Metric> = screen.shown_metrics().filter(differs).map(|(metric, _)| metric).collect();
    let mut explanations = Vec::new();
    for metric in score.metrics.iter().map(|one| one.metric) {
        if differing.iter().any(|other| *other != metric) {
            continue;
        }
        let units = match rulebook.rule(screen.area, metric, track, standpoint.rules_on) {
            Some(rule) => turned::of_usage(&scene, metric, &rule.row.value),
            None => turned::of_skill(&scene, metric, &ground.people),
        };
        let mut agreeing: Vec<(TurnedUnit, Points)> = units
            .into_iter()
            .map(|unit| {
                let total = total_with(score, metric, &unit.points);
                (unit, total)
            })
            .filter(|(unit, total)| screen.agrees_in(metric, &unit.points, total))
            .collect();
        agreeing.sort_by(|(one, _), (other, _)| order(one).cmp(&order(other)));
        explanations.extend(agreeing.into_iter().map(|(TurnedUnit { at, subject, counted, .. }, points)| {
            Explanation::Unit(UnitExplanation { metric, at, subject, counted, points })
        }));
        if explanations.len() >= TOLD {
            break;
        }
    }
    explanations
}

/// The order of units: those that count then, by their ids.
fn order(unit: &TurnedUnit) -> (bool, String, Option<&str>, Option<&str>, At) {
    let (id, what, part) = match &unit.subject {
        UnitSubject::Customer { customer, part } => (customer.to_string(), None, part.as_deref()),
        UnitSubject::Pair { customer, product, part } => {
            (customer.to_string(), Some(product.as_str()), part.as_deref())
        }
        UnitSubject::Product { product } => (product.clone(), None, None),
        UnitSubject::Person { person, certification, .. } => (person.clone(), Some(certification.as_str()), None),
    };
    (!unit.counted, id, what, part, unit.at)
}

#[cfg(test)]
mod tests;
