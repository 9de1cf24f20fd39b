//! What would explain a difference to what the programme showed, beside what other questions answer, over random histories.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "a question is handed on as the library takes it")]
#![expect(clippy::wildcard_enum_match_arm, reason = "every other subject or area stays as it is")]

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Entry, Metric, ShownMetrics, ShownPoints, Timestamp};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;
use projection::rulebook::{RowKey, Rulebook, Table, Track};
use projection::{
    AreaScore, At, Basis, Evidence, Explanation, History, Measure, MetricScore, Published, Question, Reconciliation,
    Screen, TrackScore, Unit, UnitExplanation, UnitSubject, Unmeasured, reconcile, rulebook_in_force, score,
};

use crate::answers::{areas, parsed};
use crate::histories::{Dice, entries, questions};
use crate::second_fold::size_of;
use crate::seeds;

/// Histories without `PCS_TEST_SEEDS`.
const HISTORIES: u64 = 40;

/// What is known of a partner; what stands at `own_end` and behind it is assumed.
struct Knowledge {
    entries: Vec<Entry>,
    shared: Vec<Entry>,
    own_end: u64,
}

impl Knowledge {
    /// The score as known when the ledger had so many entries.
    fn score(&self, size: u64, area: Area, question: &Question) -> Option<AreaScore> {
        let (own, shared) = (self.known(&self.entries, size), self.known(&self.shared, size));
        let adopted = rulebook_in_force(&shared, question.as_of).unwrap();
        let rulebook = adopted.as_ref().map_or(Rulebook::builtin(), |(_, rulebook)| rulebook);
        score(&History::fold(&own), rulebook, area, question).ok()
    }

    fn known(&self, entries: &[Entry], size: u64) -> Vec<Entry> {
        entries.iter().filter(|entry| entry.seq < size || entry.seq >= self.own_end).cloned().collect()
    }

    fn own(&self) -> &[Entry] {
        self.entries.split_at(self.entries.partition_point(|entry| entry.seq < self.own_end)).0
    }
}

/// The half of the last place of what was shown, at most, lies between it and a value.
fn agrees(shown: &ShownPoints, value: &BigRational) -> bool {
    let digits = shown.as_str().replace('.', "");
    let unit = BigRational::new(1.into(), BigInt::from(10).pow(u32::try_from(shown.places()).unwrap()));
    let half = &unit / BigRational::from_integer(2.into());
    let shown = BigRational::from_integer(digits.parse::<BigInt>().unwrap()) * unit;
    (&shown - &half..=shown + half).contains(value)
}

fn all_agree(published: &Published, score: &TrackScore) -> bool {
    let of_metric = |(metric, shown): (Metric, &ShownPoints)| {
        score.metrics.iter().any(|one| one.metric == metric && agrees(shown, one.points.exact()))
    };
    agrees(&published.points, score.points.exact())
        && published.metrics.iter().flat_map(ledger::ShownMetrics::iter).all(of_metric)
}

/// Points as a screen may show them.
fn on_a_screen(dice: &mut Dice, points: &BigRational) -> ShownPoints {
    let places = dice.below(3);
    let scale = BigInt::from(10).pow(u32::try_from(places).unwrap());
    let units = (points * BigRational::from_integer(scale.clone())).round().to_integer();
    let (whole, rest) = (&units / &scale, &units % &scale);
    let text = if places == 0 { whole.to_string() } else { format!("{whole}.{rest:0>places$}") };
    ShownPoints::parse(&text).unwrap()
}

/// What may have been on the screen: the score by some other means, or with a metric changed.
fn published(dice: &mut Dice, knowledge: &Knowledge, area: Area, question: &Question) -> Option<Published> {
    let known = |size: u64, question: &Question| knowledge.score(size, area, question);
    let now = known(knowledge.own_end, question)?;
    let mut told = match dice.below(7) {
        0 => known(knowledge.own_end, &Question { basis: Basis::Live, ..*question })?.score,
        1 => known(knowledge.own_end, &Question { unmeasured: other(question.unmeasured), ..*question })?.score,
        2 => now.tracks.as_ref().map_or(&now.score, |tracks| &tracks[dice.below(2)].1).clone(),
        3 => known(dice.below(usize::try_from(knowledge.own_end).unwrap() + 1) as u64, question)?.score,
        4 => {
            RowKey::of(area)
                .filter_map(|key| Rulebook::builtin().with_next_rows(key, question.as_of))
                .find_map(|rulebook| score(&History::fold(&knowledge.entries), &rulebook, area, question).ok())?
                .score
        }
        _ => {
            let explained = known(knowledge.own_end, &Question { explain: true, ..*question })?;
            let mut turned = turned_counts(knowledge, &explained, question);
            let mut score = explained.score;
            if !turned.is_empty() {
                let (metric, _, _, points) = turned.swap_remove(dice.below(turned.len()));
                let place = score.metrics.iter().position(|one| one.metric == metric)?;
                let change = &points - score.metrics[place].points.exact();
                let total = score.points.exact() + change;
                let shown = on_a_screen(dice, &total);
                return Some(Published { points: shown, metrics: None });
            }
            score.below.clear();
            score
        }
    };
    told.metrics.retain(|one| now.score.metrics.iter().any(|of_now| of_now.metric == one.metric));
    let mut metrics: BTreeMap<Metric, ShownPoints> = BTreeMap::new();
    for one in &told.metrics {
        if dice.chance(30) {
            metrics.insert(one.metric, on_a_screen(dice, one.points.exact()));
        }
    }
    Some(Published { points: on_a_screen(dice, told.points.exact()), metrics: ShownMetrics::new(metrics) })
}

fn other(unmeasured: Unmeasured) -> Unmeasured {
    match unmeasured {
        Unmeasured::Exclude => Unmeasured::Include,
        Unmeasured::Include => Unmeasured::Exclude,
    }
}

/// A unit by its metric, side and subject, whether it counts when it is turned, and the points of the metric then.
type Turned = (Metric, (At, UnitSubject), bool, BigRational);

/// The units that are counted one by one, or with others of their customer, turned: by what `because` says and by the figures
/// of the rulebook as they are written. Metrics with options are left out.
fn turned_counts(knowledge: &Knowledge, score: &AreaScore, question: &Question) -> Vec<Turned> {
    let shared = knowledge.known(&knowledge.shared, knowledge.own_end);
    let adopted = rulebook_in_force(&shared, question.as_of).unwrap();
    let rulebook = adopted.as_ref().map_or(Rulebook::builtin(), |(_, rulebook)| rulebook);
    let mut turned = Vec::new();
    for metric in &score.score.metrics {
        let Measure::Net { net, option: None, .. } = &metric.measure else { continue };
        let threshold = threshold(rulebook, score, metric, question);
        for unit in &metric.because {
            let same = metric
                .because
                .iter()
                .filter(|one| one.missed.is_none() && group(score.area, one) == group(score.area, unit));
            let counts = unit.missed.is_some();
            if same.count() != usize::from(!counts) {
                continue;
            }
            let sign = if counts == (unit.at == At::Now) { 1 } else { -1 };
            let net = BigRational::from_integer((net + sign).max(0).into());
            let max = BigRational::from_integer(metric.max.into());
            let points = (net * &max / BigRational::from_integer(threshold.into())).min(max);
            turned.push((metric.metric, (unit.at, unit.subject.clone()), counts, points));
        }
    }
    turned
}

/// Units of one group are one unit where customers are counted.
fn group(area: Area, unit: &Unit) -> (At, UnitSubject) {
    let subject = match &unit.subject {
        UnitSubject::Pair { customer, part, .. } if area != Area::BusinessApplications => {
            UnitSubject::Customer { customer: *customer, part: part.clone() }
        }
        other => other.clone(),
    };
    (unit.at, subject)
}

fn threshold(rulebook: &Rulebook, score: &AreaScore, metric: &MetricScore, question: &Question) -> u32 {
    let family = match score.area {
        Area::DataAi | Area::Infrastructure | Area::DigitalApp => "azure",
        other => other.name(),
    };
    let key = format!("{family}.{}", metric.metric);
    let rows = rulebook.rows_on(question.as_of);
    let serves = |track: Track| move |scope: projection::rulebook::TrackScope| scope.serves(track);
    let row = rows
        .iter()
        .map(|chosen| &chosen.row.value)
        .find(|row| row.table == Table::Rule && row.keys.contains(&key) && row.track.is_some_and(serves(score.track)));
    let fields = &row.expect("the metric has a rule").fields;
    fields.iter().find(|(name, _)| name == "threshold").expect("a threshold").1.parse().unwrap()
}

/// The explanations that are no units, each found by its own question.
fn expected(knowledge: &Knowledge, screen: &Screen<'_>, question: &Question) -> Vec<Explanation> {
    let (area, end) = (screen.area, knowledge.own_end);
    let agrees = |score: Option<AreaScore>| score.is_some_and(|score| all_agree(screen.shown, &score.score));
    let mut found = Vec::new();
    if agrees(knowledge.score(end, area, &Question { basis: Basis::Live, ..*question })) {
        found.push(Explanation::Basis(Basis::Live));
    }
    let unmeasured = other(question.unmeasured);
    if agrees(knowledge.score(end, area, &Question { unmeasured, ..*question })) {
        found.push(Explanation::Unmeasured(unmeasured));
    }
    let now = knowledge.score(end, area, question).unwrap();
    for (track, score) in now.tracks.iter().flatten().filter(|(track, _)| *track != now.track) {
        if all_agree(screen.shown, score) {
            found.push(Explanation::Track(*track));
        }
    }
    let newest = knowledge.own().iter().rev().find(|entry| agrees(knowledge.score(entry.seq + 1, area, question)));
    found.extend(newest.map(|entry| Explanation::KnownAt(entry.recorded_at)));
    found.extend(RowKey::of(area).filter_map(|key| {
        let rulebook = screen.rulebook.with_next_rows(key, question.as_of)?;
        let score = score(&History::fold(&knowledge.entries), &rulebook, area, question).ok();
        agrees(score).then_some(Explanation::Rules(key))
    }));
    found
}

fn check_units(
    knowledge: &Knowledge,
    screen: &Screen<'_>,
    question: &Question,
    found: &[&UnitExplanation],
    place: &str,
) {
    let explained = knowledge.score(knowledge.own_end, screen.area, &Question { explain: true, ..*question }).unwrap();
    let score = &explained.score;
    for unit in found {
        let UnitExplanation { metric, at, subject, counted, points } = unit;
        let metric = score.metrics.iter().find(|one| one.metric == *metric).unwrap();
        let is_it = |told: &&Unit| told.at == *at && without_step(&told.subject) == *subject;
        let told: Vec<&Unit> = metric.because.iter().filter(is_it).collect();
        assert!(!told.is_empty(), "{place}: {unit:?} is no unit of {metric:?}");
        assert!(told.iter().all(|told| told.missed.is_some() == *counted), "{place}: {unit:?}");
        let of_metric = points.exact() - score.points.exact() + metric.points.exact();
        assert!(agrees(&screen.shown.points, points.exact()), "{place}: {unit:?}");
        assert!(!of_metric.is_negative(), "{place}: {unit:?}");
        for (name, shown) in screen.shown.metrics.iter().flat_map(ledger::ShownMetrics::iter) {
            let other = score.metrics.iter().find(|one| one.metric == name).map(|one| one.points.exact().clone());
            let value = if name == metric.metric { Some(of_metric.clone()) } else { other };
            assert!(value.is_some_and(|value| agrees(shown, &value)), "{place}: {unit:?} leaves {name}");
        }
    }
    let order = |unit: &&UnitExplanation| {
        let id = match &unit.subject {
            UnitSubject::Customer { customer, .. } | UnitSubject::Pair { customer, .. } => customer.to_string(),
            UnitSubject::Product { product } => product.clone(),
            UnitSubject::Person { person, .. } => person.clone(),
        };
        (unit.metric, !unit.counted, id)
    };
    assert!(found.iter().map(order).is_sorted(), "{place}: {found:?}");
    // No unit is missing of those that are counted.
    for (metric, unit, counts, of_metric) in turned_counts(knowledge, &explained, question) {
        let before = score.metrics.iter().find(|one| one.metric == metric).unwrap();
        let total = score.points.exact() - before.points.exact() + &of_metric;
        let others_agree = screen.shown.metrics.iter().flat_map(ledger::ShownMetrics::iter).all(|(name, shown)| {
            let value = score.metrics.iter().find(|one| one.metric == name).map(|one| one.points.exact());
            value.is_some_and(|value| agrees(shown, if name == metric { &of_metric } else { value }))
        });
        let explains = agrees(&screen.shown.points, &total) && others_agree;
        let is_it = |one: &&&UnitExplanation| one.metric == metric && (one.at, &one.subject) == (unit.0, &unit.1);
        let told = found.iter().find(is_it);
        assert!(told.is_some() == explains || found.len() >= 20, "{place}: {metric} {unit:?} {explains}");
        if let Some(told) = told {
            assert_eq!((told.counted, told.points.exact()), (counts, &total), "{place}: {told:?}");
        }
    }
}

fn without_step(subject: &UnitSubject) -> UnitSubject {
    match subject.clone() {
        UnitSubject::Person { person, certification, .. } => UnitSubject::Person { person, certification, step: 0 },
        other => other,
    }
}

fn check(
    knowledge: &Knowledge,
    screen: &Screen<'_>,
    question: &Question,
    found: &Reconciliation,
    place: &str,
) -> BTreeSet<&'static str> {
    let score = knowledge.score(knowledge.own_end, screen.area, question).unwrap();
    assert_eq!(found.score, score, "{place}");
    assert_eq!(found.agrees, agrees(&screen.shown.points, score.score.points.exact()), "{place}");
    if all_agree(screen.shown, &score.score) {
        assert_eq!(found.explained_by, [], "{place}");
        return BTreeSet::from(["agrees"]);
    }
    assert!(found.explained_by.len() <= 20, "{place}");
    let (units, others): (Vec<&Explanation>, Vec<&Explanation>) =
        found.explained_by.iter().partition(|one| matches!(one, Explanation::Unit(_)));
    let wanted = expected(knowledge, screen, question);
    assert_eq!(others, wanted.iter().collect::<Vec<_>>(), "{place}");
    let units: Vec<&UnitExplanation> =
        units.into_iter().filter_map(|one| if let Explanation::Unit(unit) = one { Some(unit) } else { None }).collect();
    if found.explained_by.len() < 20 {
        check_units(knowledge, screen, question, &units, place);
    }
    let kinds = found.explained_by.iter().map(|one| match one {
        Explanation::Basis(_) => "basis",
        Explanation::Unmeasured(_) => "unmeasured",
        Explanation::Track(_) => "track",
        Explanation::KnownAt(_) => "known_at",
        Explanation::Rules(_) => "rules",
        Explanation::Unit(UnitExplanation { counted: true, .. }) => "unit in",
        Explanation::Unit(UnitExplanation { counted: false, .. }) => "unit out",
    });
    kinds.collect()
}

#[test]
fn every_explanation_holds_by_the_question_that_it_names_and_none_is_missing() {
    let asked = seeds::asked(HISTORIES);
    let seen = seeds::on_two_threads(&asked, |seed| {
        let values = entries(seed, size_of(seed).min(120));
        let all = parsed(&values);
        let mut dice = Dice::new(seed, "reconciliations");
        let questions = questions(seed, &values);
        let partner = &questions[0].partner;
        let own = all.iter().filter(|entry| entry.event.partner.as_ref().is_some_and(|one| one.as_str() == partner));
        let shared = all.iter().filter(|entry| entry.event.partner.is_none());
        let size = all.len() as u64;
        let own_end = if dice.chance(30) { size - dice.below(all.len().min(12)) as u64 } else { size };
        let knowledge = Knowledge { entries: own.cloned().collect(), shared: shared.cloned().collect(), own_end };
        let unmeasured = if dice.chance(70) { Unmeasured::Exclude } else { Unmeasured::Include };
        let asks =
            questions.iter().take(2).flat_map(|asked| areas(asked).into_iter().map(move |area| (area, asked.as_of)));
        let mut shown: Vec<(Area, Question, Published, Rulebook)> = Vec::new();
        for (area, as_of) in asks {
            let question = Question { as_of, basis: Basis::Published, unmeasured, explain: false };
            let Some(published) = published(&mut dice, &knowledge, area, &question) else { continue };
            let adopted = rulebook_in_force(&knowledge.shared, as_of).unwrap();
            let rulebook = adopted.map_or_else(|| Rulebook::builtin().clone(), |(_, rulebook)| rulebook);
            shown.push((area, question, published, rulebook));
        }
        let screens: Vec<Screen<'_>> = shown
            .iter()
            .map(|(area, question, shown, rulebook)| {
                let at = Timestamp::end_of(question.as_of);
                Screen { area: *area, at, seq: size, shown, rulebook }
            })
            .collect();
        let history = History::fold(&knowledge.entries);
        let (own, assumed) = knowledge.entries.split_at(knowledge.own().len());
        let evidence = Evidence { history: &history, own, assumed, shared: &knowledge.shared, own_end };
        let found = reconcile(&evidence, unmeasured, &screens).unwrap();
        assert_eq!(found.len(), screens.len(), "seed {seed}");
        let mut kinds = BTreeSet::new();
        for ((screen, found), (area, question, ..)) in screens.iter().zip(&found).zip(&shown) {
            let place = format!("seed {seed}, {area} on {}, {:?}", question.as_of, screen.shown);
            kinds.extend(check(&knowledge, screen, question, found, &place));
        }
        kinds
    });
    let seen: BTreeSet<&str> = seen.into_iter().flatten().collect();
    if asked.len() as u64 >= HISTORIES {
        let kinds = ["agrees", "basis", "known_at", "rules", "track", "unit in", "unit out", "unmeasured"];
        assert_eq!(seen, BTreeSet::from(kinds));
    }
}
