//! A forecast is the naive timeline of its days, with every crossing and all that is known to end: each end is found, and its
//! points are those of the naive fold in which that one thing still counts.

use std::collections::BTreeMap;

use chrono::Duration;
use projection::rulebook::Rulebook;
use serde_json::{Value, json};

use crate::answers::lines;
use crate::beyond::beyond;
use crate::histories::Dice;
use crate::naive::{self, Axis, Days};
use crate::second_fold::error_code;
use crate::seeds;
use crate::session::Session;
use crate::timelines::check_contributions;

/// Histories without the variable.
const SEEDS: u64 = 20;
/// Questions to each of them.
const ASKED: usize = 4;

/// How many ends of each kind were seen.
type Seen = BTreeMap<String, usize>;

#[test]
fn a_forecast_is_the_naive_timeline_of_its_days_with_crossings_and_all_ends() {
    let asked = seeds::asked(SEEDS);
    let seen = seeds::on_two_threads(&asked, |seed| {
        let (known, questions) = beyond(seed);
        let (session, mut dice) = (Session::new(), Dice::new(seed, "forecasts"));
        session.import_entries("pcs-ledger", &lines(&known));
        let mut seen = Seen::new();
        for _ in 0..ASKED {
            let mut question = questions[dice.below(questions.len())].clone();
            question.areas = vec![an_area(&mut dice, &question)];
            let from = (question.as_of - Duration::days(dice.range(0, 60))).max(Rulebook::builtin().program_start());
            let until = from + Duration::days(dice.range(0, 150));
            for end in compare(seed, &session, &known, &question, (from, until)) {
                *seen.entry(end["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
            }
        }
        seen
    });
    let mut all = Seen::new();
    for (kind, count) in seen.into_iter().flatten() {
        *all.entry(kind).or_default() += count;
    }
    for kind in ["certification", "credit", "association", "enrolment", "rules"] {
        assert!(asked.len() < 100 || all.contains_key(kind), "{kind}: {all:?}");
    }
}

/// An area, mostly one that the history is about.
pub fn an_area(dice: &mut Dice, question: &naive::Question) -> String {
    if dice.chance(80) && !question.areas.is_empty() {
        return question.areas[dice.below(question.areas.len())].clone();
    }
    dice.pick(&naive::AREAS).to_owned()
}

/// Compares a forecast with the naive one; returns the ends.
fn compare(
    seed: u64,
    session: &Session,
    known: &[Value],
    question: &naive::Question,
    (from, until): (chrono::NaiveDate, chrono::NaiveDate),
) -> Vec<Value> {
    let events: String = question.beyond.assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events);
    let basis = if question.basis == naive::Basis::Live { "live" } else { "published" };
    let unmeasured = if question.unmeasured_include { "include" } else { "exclude" };
    let mut args = format!(
        "forecast --format json --quiet --partner {} --area {} --from {from} --until {until} --basis {basis} --unmeasured \
         {unmeasured}",
        question.partner, question.areas[0]
    );
    args.extend(question.known_at.iter().map(|at| format!(" --known-at {at}")));
    args += if question.beyond.carries { "" } else { " --carry none" };
    args.extend(question.beyond.from.map(|month| format!(" --carry-from {month}")));
    args += if question.beyond.assumed.is_empty() { "" } else { " --assume assumed.jsonl" };
    let ran = session.run(&args.split(' ').collect::<Vec<_>>());
    let (place, builtin) = (format!("seed {seed}, {args}"), Rulebook::builtin().text());
    let axis = Axis::Days { from, to: until, step: "change", known_then: false };
    let mut wanted = match naive::timeline(known, builtin, question, &axis) {
        Ok(wanted) => wanted,
        Err(codes) => {
            assert!(ran.code == 1 && codes.contains(&error_code(&ran.stderr)), "{place}: {codes:?} {}", ran.stderr);
            return Vec::new();
        }
    };
    let ends = naive::ends(known, builtin, &Days::new(known, builtin, question.clone(), false), (from, until));
    let spans = wanted["spans"].as_array().expect("spans");
    let crossings = spans.windows(2).filter(|pair| pair[0]["qualified"] != pair[1]["qualified"]).map(|pair| {
        let span = &pair[1];
        json!({"day": span["first"], "qualified": span["qualified"], "points_exact": span["points_exact"]})
    });
    let crossings: Vec<Value> = crossings.collect();
    let fields = wanted.as_object_mut().expect("an object");
    let notes = fields.shift_remove("notes").expect("notes");
    fields.insert("crossings".to_owned(), json!(crossings));
    fields.insert("ends".to_owned(), json!(ends));
    fields.insert("notes".to_owned(), notes);
    assert_eq!(ran.code, 0, "{place}: {}", ran.stderr);
    let mut found: Value = serde_json::from_str(ran.stdout.trim_end()).expect("an object");
    let size = found["ledger"]["size"].as_u64().expect("a size") + question.beyond.assumed.len() as u64;
    check_contributions(found["spans"].as_array_mut().expect("spans"), size, &place);
    assert!(found["ends"] == wanted["ends"], "{place}\ngiven: {}\nnaive: {}", found["ends"], wanted["ends"]);
    assert_eq!(found.to_string(), wanted.to_string(), "{place}");
    ends
}
