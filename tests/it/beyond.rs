//! Figures that are carried and events that are assumed: against the other fold, and against a ledger that has the events.

use chrono::Duration;
use ledger::{Area, Entry};
use projection::rulebook::Rulebook;
use projection::{Carry, History, score};
use serde_json::Value;

use crate::answers::{answers, lines, parsed, question};
use crate::histories::{Dice, entries, questions};
use crate::laws;
use crate::naive::{self, Beyond, Month, Question};
use crate::second_fold::{assert_same, error_code, size_of, without_what_is_not_scoring};
use crate::seeds;
use crate::session::Session;

/// Histories without `PCS_TEST_SEEDS`, where each costs a ledger.
const LEDGERS: u64 = 12;

/// The entries of a seed that are known, those that are assumed behind them, and questions beyond what is reported.
pub fn beyond(seed: u64) -> (Vec<Value>, Vec<Question>) {
    let mut known = entries(seed, size_of(seed));
    let mut dice = Dice::new(seed, "beyond");
    let assumed = known.split_off(known.len() - dice.below(known.len() / 3 + 1));
    let asked = questions(seed, &known).into_iter().map(|plain| {
        let as_of = plain.as_of + Duration::days(dice.pick(&[0, 0, 31, 62, 200, 500]));
        let near = Month::of(plain.as_of).plus(-i32::try_from(dice.below(14)).unwrap() - 2);
        let carries = dice.chance(80);
        let from = (carries && dice.chance(40)).then_some(near);
        let assumed = if dice.chance(70) { assumed.clone() } else { Vec::new() };
        // What is assumed has the seqs behind all that is known.
        let known_at = plain.known_at.clone().filter(|_| assumed.is_empty());
        Question { as_of, known_at, beyond: Beyond { carries, from, assumed }, ..plain }
    });
    let asked = asked.collect();
    (known, asked)
}

/// Whether carrying, the month to carry from, and assuming each change an answer by themselves.
fn what_changes(known: &[Value], question: &Question, answer: &Result<Vec<Value>, String>) -> [bool; 3] {
    let Beyond { carries, from, assumed } = &question.beyond;
    let others = [
        carries.then(|| Beyond { carries: false, ..question.beyond.clone() }),
        from.map(|_| Beyond { from: None, ..question.beyond.clone() }),
        (!assumed.is_empty()).then(|| Beyond { assumed: Vec::new(), ..question.beyond.clone() }),
    ];
    others.map(|other| {
        let other = other.map(|beyond| Question { beyond, ..question.clone() });
        other.is_some_and(|other| naive::score(known, Rulebook::builtin().text(), &other) != *answer)
    })
}

#[test]
fn carried_figures_and_assumed_events_score_as_by_the_naive_fold() {
    let changed = seeds::on_two_threads(&seeds::asked(seeds::USUAL), |seed| {
        let (known, asked) = beyond(seed);
        let history = parsed(&known);
        let mut changed = [0; 3];
        for question in asked {
            let wanted = naive::score(&known, Rulebook::builtin().text(), &question);
            // The other fold is slow: every tenth history shows what each option changes.
            if seed.is_multiple_of(10) {
                let by_option = what_changes(&known, &question, &wanted);
                changed.iter_mut().zip(by_option).for_each(|(all, one)| *all += usize::from(one));
            }
            assert_same(seed, &question, answers(&history, &question, seed.is_multiple_of(3)), wanted);
        }
        changed
    });
    if changed.len() as u64 >= seeds::USUAL {
        for (nth, what) in ["carrying", "the month to carry from", "assuming"].iter().enumerate() {
            let times: usize = changed.iter().map(|changed| changed[nth]).sum();
            assert!(times > 5, "{what} changed {times} answers alone");
        }
    }
}

/// What the command says to a question whose assumed events are in a file.
fn ask(session: &Session, question: &Question, further: &[&str]) -> Result<Vec<Value>, String> {
    let mut args = laws::command(question);
    let Beyond { carries, from, assumed } = &question.beyond;
    args.extend(["--carry", if *carries { "last" } else { "none" }].map(str::to_owned));
    args.extend(from.iter().flat_map(|month| ["--carry-from".to_owned(), month.to_string()]));
    let events: Vec<String> = assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events.concat());
    args.extend(["--assume", "assumed.jsonl", "--quiet"].map(str::to_owned));
    args.extend(further.iter().map(|option| (*option).to_owned()));
    let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    if ran.code == 0 {
        return Ok(ran.stdout.lines().map(|line| without_what_is_asked(line, question)).collect());
    }
    assert_eq!(ran.code, 1, "{question:?}: {}", ran.stderr);
    Err(error_code(&ran.stderr))
}

/// An answer without the fields that say what was asked beyond what is known, which must be there.
fn without_what_is_asked(line: &str, question: &Question) -> Value {
    let mut answer: Value = serde_json::from_str(line).unwrap();
    let fields = answer.as_object_mut().unwrap();
    let Beyond { carries, from, assumed } = &question.beyond;
    assert_eq!(fields.shift_remove("carry").unwrap(), if *carries { "last" } else { "none" }, "{line}");
    let said = fields.shift_remove("carry_from");
    assert_eq!(said, from.map(|month| month.to_string().into()), "{line}");
    assert_eq!(fields.shift_remove("assumed").unwrap()["events"], assumed.len(), "{line}");
    answer
}

#[test]
fn the_command_carries_and_assumes_as_the_naive_fold_does() {
    let compared = seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (known, asked) = beyond(seed);
        let session = Session::new();
        session.import_entries("pcs-ledger", &lines(&known));
        let mut compared = 0;
        for question in asked {
            let wanted = naive::score(&known, Rulebook::builtin().text(), &question);
            let given = ask(&session, &question, &[]).map(|answers| {
                answers.iter().map(|answer| without_what_is_not_scoring(&answer.to_string())).collect::<Vec<Value>>()
            });
            // A month to carry from may be later than the measured one: that is no score.
            if given.as_ref().is_err_and(|code| code == "bad_value") {
                continue;
            }
            compared += wanted.as_ref().map_or(1, Vec::len);
            assert_same(seed, &question, given, wanted);
        }
        compared
    });
    assert!(compared.iter().sum::<usize>() > 5, "hardly anything was compared");
}

#[test]
fn what_is_assumed_answers_as_if_it_were_recorded_and_leaves_the_ledger_as_it_was() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (known, asked) = beyond(seed);
        let whole = [known.clone(), entries(seed, size_of(seed)).split_off(known.len())].concat();
        let sessions = [&known, &whole].map(|entries| {
            let session = Session::new();
            session.import_entries("pcs-ledger", &lines(entries));
            session
        });
        let before = sessions[0].answer(&["export"]);
        for question in asked {
            let assumed = whole[known.len()..].to_vec();
            let now = Question { known_at: None, ..question };
            let assuming = Question { beyond: Beyond { assumed, ..Beyond::default() }, ..now.clone() };
            let recorded = Question { beyond: Beyond::default(), ..now };
            let [given, wanted] = [(&sessions[0], &assuming), (&sessions[1], &recorded)].map(|(session, question)| {
                ask(session, question, &["--explain"]).map(|answers| {
                    let without = answers.into_iter().map(|mut answer| {
                        let fields = answer.as_object_mut().unwrap();
                        fields.remove("ledger");
                        fields.remove("known_at");
                        // A fact of days ahead is found by when it was recorded.
                        fields.remove("findings");
                        answer
                    });
                    without.collect::<Vec<Value>>()
                })
            });
            assert_same(seed, &assuming, given, wanted);
        }
        assert_eq!(sessions[0].answer(&["export"]), before, "seed {seed}");
    });
}

#[test]
fn every_counted_unit_of_carried_figures_names_the_entries_that_it_was_carried_from() {
    let counted = seeds::on_two_threads(&seeds::asked(40), |seed| {
        let values = entries(seed, size_of(seed));
        let all = parsed(&values);
        let mut counted = 0;
        for asked in questions(seed, &values) {
            let own: Vec<&Entry> = all
                .iter()
                .filter(|entry| entry.event.partner.as_ref().is_some_and(|one| one.as_str() == asked.partner))
                .collect();
            let mut history = History::fold(own);
            history.carry(Carry { from: None, own_end: u64::MAX });
            let later = Question { as_of: asked.as_of + Duration::days(100), ..asked };
            for area in Area::ALL {
                let Ok(score) = score(&history, Rulebook::builtin(), *area, &question(&later, true)) else { continue };
                let tracks = score.tracks.iter().flatten().map(|(_, score)| score);
                let metrics = std::iter::once(&score.score).chain(tracks).flat_map(|score| &score.metrics);
                for unit in metrics.flat_map(|metric| &metric.because).filter(|unit| unit.missed.is_none()) {
                    assert!(!unit.entries.is_empty(), "seed {seed}, {area}: {unit:?}");
                    counted += 1;
                }
            }
        }
        counted
    });
    assert!(counted.iter().sum::<usize>() > 1_000);
}
