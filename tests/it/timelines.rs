//! Spans are neither too long nor too short, and what changed between them is what a diff tells: beside scores that are
//! folded anew for every stop, over random histories.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use ledger::{Area, Entry, Month, Timestamp};
use num_rational::BigRational;
use num_traits::Zero;
use projection::rulebook::Rulebook;
use projection::{
    AreaScore, Carry, Comparison, Contribution, History, Question, Stop, Sweep, diff, rulebook_in_force, score,
};
use serde_json::Value;

use crate::answers::{self, lines, parsed};
use crate::beyond::beyond;
use crate::forecasts::an_area;
use crate::histories::{Dice, entries, questions};
use crate::naive::{self, Axis};
use crate::second_fold::{error_code, size_of};
use crate::seeds;
use crate::session::Session;

/// Ways through each history.
const WAYS: usize = 4;
/// Histories that go through the command.
const SEEDS_BY_COMMAND: u64 = 12;
/// Ways through each of them.
const WAYS_BY_COMMAND: usize = 6;

/// What is known of a partner, and of all.
struct Facts {
    own: Vec<Entry>,
    shared: Vec<Entry>,
}

/// A way through the days, or through what was known.
struct Way {
    question: Question,
    stops: Vec<Stop>,
    merges: bool,
    carry: Option<Carry>,
}

fn facts_of(values: &[Value], partner: &str) -> Facts {
    let all = parsed(values);
    let own = all.iter().filter(|entry| entry.event.partner.as_ref().is_some_and(|one| one.as_str() == partner));
    let shared = all.iter().filter(|entry| entry.event.partner.is_none());
    Facts { own: own.cloned().collect(), shared: shared.cloned().collect() }
}

fn ways(seed: u64, values: &[Value]) -> (Facts, Vec<Way>) {
    let questions = questions(seed, values);
    let facts = facts_of(values, &questions[0].partner);
    let mut dice = Dice::new(seed, "timelines");
    let size = values.len() as u64;
    let all = facts.own.iter().chain(&facts.shared).map(|entry| (entry.seq, entry.recorded_at));
    let recorded: Vec<(u64, Timestamp)> = all.collect();
    let known_at =
        |at| recorded.iter().filter(|(_, recorded)| *recorded <= at).map(|(seq, _)| seq + 1).max().unwrap_or(0);
    let ways = (0..WAYS).map(|nth| {
        let question = answers::question(&questions[dice.below(questions.len())], false);
        let from = (question.as_of - Duration::days(dice.range(0, 40))).max(Rulebook::builtin().program_start());
        let days = from.iter_days().take(usize::try_from(dice.range(1, 80)).unwrap());
        let stops: Vec<Stop> = match nth {
            0 => days.map(|day| Stop { day, size }).collect(),
            1 => days.map(|day| Stop { day, size: known_at(Timestamp::end_of(day)) }).collect(),
            2 => days
                .filter(|day| Month::of(*day).last_day() == *day)
                .map(|day| Stop { day, size: known_at(Timestamp::end_of(day)) })
                .collect(),
            _ => {
                let sizes: BTreeSet<u64> =
                    (0..dice.range(1, 25)).map(|_| dice.below(values.len() + 1) as u64).collect();
                sizes.into_iter().map(|size| Stop { day: from, size }).collect()
            }
        };
        let carry = dice.chance(30).then_some(Carry { from: None, own_end: size });
        Way { question, stops, merges: nth != 2 && dice.chance(70), carry }
    });
    let ways = ways.filter(|way| !way.stops.is_empty()).collect();
    (facts, ways)
}

fn known(entries: &[Entry], size: u64) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.seq < size).cloned().collect()
}

/// The ordinary score at a stop.
fn ordinary(facts: &Facts, way: &Way, stop: Stop, area: Area) -> AreaScore {
    let adopted = rulebook_in_force(&known(&facts.shared, stop.size), stop.day).unwrap();
    let rulebook = adopted.as_ref().map_or(Rulebook::builtin(), |(_, rulebook)| rulebook);
    let mut history = History::fold(&known(&facts.own, stop.size));
    if let Some(carry) = way.carry {
        history.carry(carry);
    }
    score(&history, rulebook, area, &Question { as_of: stop.day, ..way.question }).unwrap()
}

/// What a diff from one stop to another tells of an area.
fn told(facts: &Facts, way: &Way, [from, to]: [Stop; 2], area: Area) -> Vec<(&'static str, Contribution)> {
    let question = |stop: Stop| (Question { as_of: stop.day, ..way.question }, stop.size);
    let comparison = Comparison {
        entries: &facts.own,
        shared: &facts.shared,
        from: question(from),
        to: question(to),
        areas: &[area],
        carry: way.carry,
    };
    let diff = diff(&comparison).unwrap();
    let metrics = diff.areas[0].metrics.iter();
    let told = metrics.flat_map(|metric| metric.contributions.iter().map(|one| (metric.metric.name(), one.clone())));
    told.collect()
}

fn answer_of(score: &AreaScore) -> (String, Vec<String>, Vec<&'static str>) {
    let metrics = score.score.metrics.iter().map(|metric| format!("{} {}", metric.metric, metric.points)).collect();
    (score.track.name().to_owned(), metrics, score.score.below.clone())
}

#[test]
fn spans_and_what_changed_between_them_are_what_scores_and_diffs_tell_stop_by_stop() {
    let seen = seeds::on_two_threads(&seeds::asked(40), |seed| {
        let values = entries(seed, size_of(seed));
        let (facts, ways) = ways(seed, &values);
        let mut dice = Dice::new(seed, "areas");
        let areas = [Area::ALL[dice.below(3)], Area::ALL[3 + dice.below(3)]];
        ways.iter().map(|way| check(seed, &facts, way, &areas)).sum::<usize>()
    });
    let changes: usize = seen.into_iter().sum();
    assert!(changes > 100, "{changes}");
}

/// Compares a sweep with its stops one by one; returns how many changes there were.
fn check(seed: u64, facts: &Facts, way: &Way, areas: &[Area]) -> usize {
    let first = way.stops[0];
    let mut history = History::fold(&known(&facts.own, first.size));
    if let Some(carry) = way.carry {
        history.carry(carry);
    }
    let sweep = Sweep {
        history,
        entries: &facts.own,
        shared: &facts.shared,
        question: way.question,
        areas,
        stops: &way.stops,
        merges: way.merges,
    };
    let (swept, _) = sweep.run().unwrap();
    let mut changes = 0;
    for of_area in &swept {
        let area = of_area.area;
        let what = format!("seed {seed}, {area}, {:?}", way.stops);
        let scores: Vec<AreaScore> = way.stops.iter().map(|stop| ordinary(facts, way, *stop, area)).collect();
        let notes: BTreeSet<&str> = scores.iter().flat_map(|score| score.notes.iter().copied()).collect();
        assert_eq!(of_area.notes, notes.into_iter().collect::<Vec<_>>(), "{what}");
        let mut place = 0;
        for stretch in &of_area.stretches {
            assert_eq!(stretch.first, place, "{what}");
            for (nth, score) in scores.iter().enumerate().take(stretch.last + 1).skip(stretch.first) {
                assert_eq!(answer_of(&stretch.score), answer_of(score), "{what}: {nth}");
            }
            assert_eq!(stretch.score.measured_month, scores[place].measured_month, "{what}: {place}");
            assert_eq!((stretch.score.as_of, stretch.score.total_min), (way.stops[place].day, scores[place].total_min));
            if place > 0 {
                let before = &scores[place - 1];
                if way.merges {
                    assert_ne!(answer_of(before), answer_of(&stretch.score), "{what}: {place} is too short");
                }
                let told = told(facts, way, [way.stops[place - 1], way.stops[place]], area);
                let given = stretch.contributions.iter().map(|(metric, one)| (metric.name(), one.clone()));
                assert_eq!(given.collect::<Vec<_>>(), told, "{what}: {place}");
                let sum = stretch.contributions.iter().fold(BigRational::zero(), |sum, (_, one)| sum + &one.points);
                assert_eq!(sum, before.score.points.missing_to(&stretch.score.score.points), "{what}: {place}");
                changes += 1;
            } else {
                assert!(stretch.contributions.is_empty(), "{what}");
            }
            place = stretch.last + 1;
        }
        assert_eq!(place, way.stops.len(), "{what}");
    }
    changes
}

/// A way through the answers of the command.
fn axis(dice: &mut Dice, asked: &naive::Question, known: &[Value]) -> Axis {
    let recorded = |nth: usize| known[nth]["recorded_at"].as_str().expect("an instant").to_owned();
    let nth = dice.below(8);
    if nth > 5 {
        let first = dice.below(known.len());
        let last = (first + dice.below(60)).min(known.len() - 1);
        let to = if dice.chance(30) { "2031-01-01T00:00:00.000000Z".to_owned() } else { recorded(last) };
        return Axis::Known { from: recorded(first), to, step: dice.pick(&["change", "instant"]) };
    }
    let from = (asked.as_of - Duration::days(dice.range(0, 60))).max(Rulebook::builtin().program_start());
    let to = from + Duration::days(dice.range(0, 120));
    let known_then = nth > 2 && asked.beyond.assumed.is_empty();
    Axis::Days { from, to, step: dice.pick(&["change", "change", "day", "month"]), known_then }
}

/// The options that ask a question along an axis.
fn command(asked: &naive::Question, axis: &Axis) -> Vec<String> {
    let basis = if asked.basis == naive::Basis::Live { "live" } else { "published" };
    let unmeasured = if asked.unmeasured_include { "include" } else { "exclude" };
    let mut args = format!(
        "timeline --format json --quiet --partner {} --area {} --basis {basis} --unmeasured {unmeasured}",
        asked.partner, asked.areas[0]
    );
    if asked.beyond.carries {
        args += " --carry last";
        args.extend(asked.beyond.from.map(|month| format!(" --carry-from {month}")));
    }
    match axis {
        Axis::Days { from, to, step, known_then } => {
            args.extend([format!(" --from {from} --to {to} --step {step}")]);
            let known_at = known_then.then(|| "then".to_owned()).or_else(|| asked.known_at.clone());
            args.extend(known_at.map(|at| format!(" --known-at {at}")));
        }
        Axis::Known { from, to, step } => {
            args.extend([format!(" --as-of {} --known-from {from} --known-to {to} --step {step}", asked.as_of)]);
        }
    }
    args += if asked.beyond.assumed.is_empty() { "" } else { " --assume assumed.jsonl" };
    args.split(' ').map(str::to_owned).collect()
}

#[test]
fn a_timeline_is_what_the_naive_fold_tells_day_by_day_and_instant_by_instant() {
    let seen = seeds::on_two_threads(&seeds::asked(SEEDS_BY_COMMAND), |seed| {
        let (known, asked) = beyond(seed);
        let (session, mut dice) = (Session::new(), Dice::new(seed, "timelines by command"));
        session.import_entries("pcs-ledger", &lines(&known));
        let mut spans = 0;
        for _ in 0..WAYS_BY_COMMAND {
            let mut asked = asked[dice.below(asked.len())].clone();
            asked.areas = vec![an_area(&mut dice, &asked)];
            let axis = axis(&mut dice, &asked, &known);
            if matches!(axis, Axis::Known { .. }) {
                asked.beyond.assumed.clear();
            }
            spans += compare_with_naive(seed, &session, &known, &asked, &axis);
        }
        spans
    });
    assert!(seen.iter().sum::<usize>() > seen.len(), "hardly anything was compared");
}

/// Compares an object with the naive one; returns how many spans there were.
fn compare_with_naive(seed: u64, session: &Session, known: &[Value], asked: &naive::Question, axis: &Axis) -> usize {
    let events: String = asked.beyond.assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events);
    let args = command(asked, axis);
    let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let wanted = match naive::timeline(known, Rulebook::builtin().text(), asked, axis) {
        Ok(wanted) => wanted,
        Err(codes) => {
            assert_eq!(ran.code, 1, "seed {seed}, {args:?}: {codes:?}");
            assert!(codes.contains(&error_code(&ran.stderr)), "seed {seed}, {args:?}: {codes:?} {}", ran.stderr);
            return 0;
        }
    };
    assert_eq!(ran.code, 0, "seed {seed}, {args:?}: {}", ran.stderr);
    let mut found: Value = serde_json::from_str(ran.stdout.trim_end()).expect("an object");
    let size = found["ledger"]["size"].as_u64().expect("a size") + asked.beyond.assumed.len() as u64;
    let place = format!("seed {seed}, {args:?}");
    check_contributions(found["spans"].as_array_mut().expect("spans"), size, &place);
    assert_eq!(found.to_string(), wanted.to_string(), "{place}");
    wanted["spans"].as_array().map_or(0, Vec::len)
}

/// Takes the contributions out of spans: they add up to the change of each metric, and name entries that are known.
pub fn check_contributions(spans: &mut [Value], size: u64, place: &str) {
    let points = |value: &Value| -> BigRational { value.as_str().expect("n/d").parse().expect("a fraction") };
    let mut before: BTreeMap<String, BigRational> = BTreeMap::new();
    for (nth, span) in spans.iter_mut().enumerate() {
        let metrics = span["metrics"].as_object().expect("metrics").iter();
        let now: BTreeMap<String, BigRational> = metrics.map(|(name, exact)| (name.clone(), points(exact))).collect();
        let contributions = span.as_object_mut().expect("an object").shift_remove("contributions").expect("there");
        let contributions = contributions.as_array().expect("a list");
        let mut sums: BTreeMap<String, BigRational> = BTreeMap::new();
        for one in contributions {
            let (exact, shown) = (points(&one["points_exact"]), one["points"].to_string().parse::<f64>().unwrap());
            let rounded: f64 =
                exact.numer().to_string().parse::<f64>().unwrap() / exact.denom().to_string().parse::<f64>().unwrap();
            assert!((rounded - shown).abs() < 0.005_001 && !exact.is_zero(), "{place}: {one}");
            let entries = one["entries"].as_array().expect("a list").iter().map(|seq| seq.as_u64().unwrap());
            assert!(entries.clone().is_sorted() && entries.clone().all(|seq| seq < size), "{place}: {one}");
            assert!(one["at"].as_str() <= one["through"].as_str(), "{place}: {one}");
            *sums.entry(one["metric"].as_str().unwrap().to_owned()).or_insert_with(BigRational::zero) += exact;
        }
        let names: BTreeSet<&String> = now.keys().chain(before.keys()).chain(sums.keys()).collect();
        for name in names.into_iter().filter(|_| nth > 0) {
            let of =
                |points: &BTreeMap<String, BigRational>| points.get(name).cloned().unwrap_or_else(BigRational::zero);
            assert_eq!(of(&sums), of(&now) - of(&before), "{place}: {name} in {span}");
        }
        assert!(nth > 0 || contributions.is_empty(), "{place}: {span}");
        before = now;
    }
}
