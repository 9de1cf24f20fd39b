//! Two scorers that share no code give the same answers to random questions about random histories.
//!
//! `PCS_TEST_SEEDS` is the number of histories, and `PCS_TEST_FIRST_SEED` the first of them. A seed on which the two
//! differ is kept in the table, so that it is tried for ever.

use serde_json::Value;

use crate::answers::{answers, lines, parsed};
use crate::histories::{Coverage, entries, questions};
use crate::laws;
use crate::naive::{self, Question};
use crate::seeds;
use crate::session::Session;
use projection::rulebook::Rulebook;

/// Histories without the variable that go through the command.
const SEEDS_BY_COMMAND: u64 = 16;

/// Seeds on which the two once differed.
const KEPT_SEEDS: [u64; 0] = [];

/// A history is so many entries long, about.
pub fn size_of(seed: u64) -> usize {
    20 + usize::try_from(seed % 12).expect("it is below 12") * 25
}

#[test]
fn the_projection_and_the_naive_fold_give_the_same_answers() {
    let mut seeds = KEPT_SEEDS.to_vec();
    seeds.extend(seeds::asked(seeds::USUAL));
    let mut reached = Coverage::default();
    for some in seeds::on_two_threads(&seeds, compare) {
        reached.merge(some);
    }
    if seeds.len() as u64 >= seeds::USUAL {
        reached.check();
    }
}

/// Compares every answer about a history; returns what they showed.
fn compare(seed: u64) -> Coverage {
    let values = entries(seed, size_of(seed));
    let history = parsed(&values);
    let mut reached = Coverage::default();
    for question in questions(seed, &values) {
        let wanted = naive::score(&values, Rulebook::builtin().text(), &question);
        let explain = seed.is_multiple_of(3);
        let given = answers(&history, &question, explain);
        match &wanted {
            Ok(areas) => areas.iter().for_each(|answer| reached.add(answer)),
            Err(code) => reached.add_code(code),
        }
        assert_same(seed, &question, given, wanted);
    }
    reached
}

#[test]
fn the_command_and_the_naive_fold_give_the_same_answers() {
    let seeds: Vec<u64> = seeds::asked(SEEDS_BY_COMMAND);
    let compared = seeds::on_two_threads(&seeds, compare_by_command);
    assert!(compared.iter().sum::<usize>() >= seeds.len(), "hardly anything was compared");
}

/// The same, with the entries imported into a ledger and the questions asked as people ask them.
fn compare_by_command(seed: u64) -> usize {
    let values = entries(seed, size_of(seed));
    let session = Session::new();
    session.import_entries("pcs-ledger", &lines(&values));
    let mut compared = 0;
    for question in questions(seed, &values) {
        let args = laws::command(&question);
        let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let given = match ran.code {
            0 => Ok(ran.stdout.lines().map(without_what_is_not_scoring).collect()),
            code => {
                assert_eq!(code, 1, "seed {seed}, {question:?}: {}", ran.stderr);
                Err(error_code(&ran.stderr))
            }
        };
        let wanted = naive::score(&values, Rulebook::builtin().text(), &question);
        compared += wanted.as_ref().map_or(1, Vec::len);
        assert_same(seed, &question, given, wanted);
    }
    compared
}

/// An answer of the command without what the naive fold does not say.
pub fn without_what_is_not_scoring(line: &str) -> Value {
    let mut answer: Value = serde_json::from_str(line).expect("an object a line");
    let fields = answer.as_object_mut().expect("an object");
    for field in ["ledger", "findings"] {
        assert!(fields.shift_remove(field).is_some(), "{field} is missing: {line}");
    }
    let sha256 = fields["rulebook"].as_object_mut().expect("an object").shift_remove("sha256");
    assert_eq!(sha256.expect("sha256").as_str().map(str::len), Some(64), "{line}");
    answer
}

/// The code of a refusal.
pub fn error_code(stderr: &str) -> String {
    let error: Value = serde_json::from_str(stderr).expect("one object");
    error["error"]["code"].as_str().expect("a code").to_owned()
}

/// Compares two answers as text, since the order of fields counts.
pub fn assert_same(
    seed: u64,
    question: &Question,
    given: Result<Vec<Value>, String>,
    wanted: Result<Vec<Value>, String>,
) {
    let texts = |answers: Result<Vec<Value>, String>| -> Vec<String> {
        answers.map_or_else(|code| vec![code], |answers| answers.iter().map(Value::to_string).collect())
    };
    let (given, wanted) = (texts(given), texts(wanted));
    assert_eq!(given.len(), wanted.len(), "seed {seed}, {question:?}\nprojection: {given:?}\nnaive: {wanted:?}");
    for (given, wanted) in given.iter().zip(&wanted) {
        assert!(given == wanted, "seed {seed}, {question:?}\nprojection: {given}\nnaive:      {wanted}");
    }
}
