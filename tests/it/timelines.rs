//! Spans are neither too long nor too short, and what changed between them is what a diff tells: beside scores that are
//! folded anew for every stop, over random histories.

use std::collections::BTreeSet;

use chrono::Duration;
use ledger::{Area, Date, Entry, Month, Timestamp};
use num_rational::BigRational;
use num_traits::Zero;
use projection::rulebook::Rulebook;
use projection::{
    AreaScore, Carry, Comparison, Contribution, History, Question, Stop, Sweep, diff, rulebook_in_force, score,
};
use serde_json::Value;

use crate::answers::{self, lines, parsed};
use crate::histories::{Dice, entries, questions};
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;

/// Ways through each history.
const WAYS: usize = 4;
/// Histories that go through the command.
const SEEDS_BY_COMMAND: u64 = 12;

/// What is known of a partner, and of all.
struct Facts {
    partner: String,
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
    Facts { partner: partner.to_owned(), own: own.cloned().collect(), shared: shared.cloned().collect() }
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

fn object(session: &Session, args: &[String]) -> Value {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = session.run(&args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    serde_json::from_str(ran.stdout.trim_end()).expect("an object")
}

#[test]
fn each_span_of_the_command_is_what_its_score_command_tells_of_its_ends() {
    for seed in seeds::asked(SEEDS_BY_COMMAND) {
        let values = entries(seed, size_of(seed));
        let asked = &questions(seed, &values)[0];
        let facts = facts_of(&values, &asked.partner);
        if facts.own.is_empty() {
            continue;
        }
        let (session, mut dice) = (Session::new(), Dice::new(seed, "commands"));
        session.import_entries("l", &lines(&values));
        let area = dice.pick(&["infrastructure", "modern_work", "security", "business_applications"]);
        let from = (asked.as_of - Duration::days(45)).max(Rulebook::builtin().program_start());
        let [from, to] = [from, from + Duration::days(90)].map(|day: Date| day.to_string());
        let newest = facts.own.last().expect("an entry").recorded_at.to_string();
        let base = format!("--ledger l --format json --partner {} --area {area}", facts.partner);
        let command = |rest: &str| format!("{rest} {base}").split(' ').map(str::to_owned).collect::<Vec<_>>();
        let score =
            |day: &str, known: &str| object(&session, &command(&format!("score --as-of {day} --known-at {known}")));
        let axes = [
            format!("--from {from} --to {to} --known-at {newest}"),
            format!("--from {from} --to {to} --known-at {newest} --step month"),
            format!("--from {from} --to {to} --known-at then"),
            format!("--from {from} --to {to} --known-at then --step day"),
            format!("--as-of {to} --known-from 2000-01-01 --known-to {newest}"),
            format!("--as-of {to} --known-from 2000-01-01 --known-to {newest} --step instant"),
        ];
        for axis in axes {
            let args = command(&format!("timeline {axis}"));
            let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
            if ran.code == 1 && ran.stderr.contains("was recorded by") {
                assert!(axis.contains("then"), "{axis}");
                continue;
            }
            let answer = object(&session, &args);
            let spans = answer["spans"].as_array().expect("spans");
            for span in [spans.first(), spans.last(), spans.get(spans.len() / 2)].into_iter().flatten() {
                let wanted = match span["first"].as_str() {
                    None => score(&to, span["known_from"].as_str().expect("an instant")),
                    Some(first) if axis.contains("then") => score(first, first),
                    Some(first) => score(first, &newest),
                };
                for field in ["measured_month", "track", "points", "points_exact", "qualified", "below"] {
                    assert_eq!(span[field], wanted[field], "seed {seed}: {axis}: {field} of {span}");
                }
                let metrics = wanted["metrics"].as_array().expect("metrics");
                let metrics =
                    metrics.iter().map(|metric| (metric["metric"].as_str().unwrap(), &metric["points_exact"]));
                let given = span["metrics"].as_object().expect("an object");
                assert!(given.iter().map(|(name, points)| (name.as_str(), points)).eq(metrics), "{axis}: {span}");
            }
            let ends: Vec<(&Value, &Value)> = spans
                .iter()
                .map(|span| {
                    if axis.contains("--as-of") {
                        (&span["known_from"], &span["known_to"])
                    } else {
                        (&span["first"], &span["last"])
                    }
                })
                .collect();
            assert!(ends.iter().all(|(first, last)| first.as_str() <= last.as_str()), "{axis}: {ends:?}");
            if !axis.contains("month") {
                let end = if axis.contains("--as-of") { newest.as_str() } else { to.as_str() };
                assert_eq!(ends.last().map(|(_, last)| *last), Some(&Value::from(end)), "{axis}");
            }
            if axis.contains("--as-of") || axis.contains("then") {
                continue;
            }
            assert_eq!(answer["ledger"], score(&to, &newest)["ledger"], "{axis}");
        }
    }
}
