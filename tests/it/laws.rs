//! The numbered invariants, over random histories.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ledger::{Area, Entry, EventType, Fact, Fold};
use projection::rulebook::Rulebook;
use projection::{AreaScore, Desk, History, findings, score};
use serde_json::{Value, json};

use crate::answers::{self, lines, parsed};
use crate::histories::{Dice, entries, questions};
use crate::merkle;
use crate::naive::{Basis, Question};
use crate::processes;
use crate::seeds;
use crate::session::Session;
use crate::written::{Script, metric};

/// Histories that a law is shown on without `PCS_TEST_SEEDS`, where each costs a ledger.
const LEDGERS: u64 = 6;

/// The same, where each is folded many times.
const FOLDS: u64 = 24;

/// An instant after all of every history.
const LATE: &str = "2031-01-01T00:00:00.000000Z";

/// The entries of a seed and a question about them.
fn history(seed: u64) -> (Vec<Value>, Question) {
    let entries = entries(seed, 60 + usize::try_from(seed % 5).unwrap() * 20);
    let question = questions(seed, &entries).swap_remove(0);
    (entries, question)
}

/// The command that asks a question.
pub fn command(question: &Question) -> Vec<String> {
    let basis = format!("{:?}", question.basis).to_lowercase();
    let unmeasured = if question.unmeasured_include { "include" } else { "exclude" };
    let as_of = question.as_of.to_string();
    let mut args = vec!["score", "--format", "json", "--partner", &question.partner, "--as-of", &as_of];
    args.extend(["--basis", &basis, "--unmeasured", unmeasured]);
    if let Some(known_at) = &question.known_at {
        args.extend(["--known-at", known_at]);
    }
    args.extend(question.areas.iter().flat_map(|area| ["--area", area]));
    args.into_iter().map(str::to_owned).collect()
}

/// Exit code, answer and error of a question to the ledger `pcs-ledger` of a session, without the one note that counts
/// what was recorded after the instant that was asked.
fn ask(session: &Session, question: &Question, explain: bool) -> (u8, String, String) {
    let mut args = command(question);
    args.extend(explain.then(|| "--explain".to_owned()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = session.run(&args);
    let is_kept = |line: &&str| !line.starts_with("note: the first entry of ");
    let error: Vec<&str> = ran.stderr.lines().filter(is_kept).collect();
    (ran.code, ran.stdout, error.join("\n"))
}

/// Every question of a seed, and every area of it.
fn ask_all(session: &Session, seed: u64, entries: &[Value]) -> Vec<(u8, String, String)> {
    questions(seed, entries).iter().map(|question| ask(session, question, true)).collect()
}

/// The scores of all areas by the built-in rulebook.
fn scores(entries: &[Entry], question: &Question) -> Vec<AreaScore> {
    let own = entries.iter().filter(|entry| is_of(entry, &question.partner));
    let history = History::fold(own);
    let asked = answers::question(question, true);
    let score = |area: &Area| score(&history, Rulebook::builtin(), *area, &asked).unwrap();
    Area::ALL.iter().map(score).collect()
}

/// The scores without the units behind them, which name the places of entries.
fn unplaced(entries: &[Entry], question: &Question) -> Vec<AreaScore> {
    let mut scores = scores(entries, question);
    for score in &mut scores {
        let tracks = score.tracks.iter_mut().flatten().map(|(_, score)| score);
        for metric in tracks.chain([&mut score.score]).flat_map(|score| &mut score.metrics) {
            metric.because.clear();
        }
    }
    scores
}

fn is_of(entry: &Entry, partner: &str) -> bool {
    entry.event.partner.as_ref().is_some_and(|own| own.as_str() == partner)
}

#[test]
fn p1_two_runs_and_two_ledgers_give_the_same_bytes() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, _) = history(seed);
        let sessions = [Session::new(), Session::new()];
        for session in &sessions {
            session.import_entries("pcs-ledger", &lines(&entries));
        }
        let [one, other] = sessions.each_ref().map(|session| ask_all(session, seed, &entries));
        assert_eq!(one, other, "seed {seed}");
        assert_eq!(one, ask_all(&sessions[0], seed, &entries), "seed {seed}");
    });
}

#[test]
fn p2_folding_a_prefix_and_then_the_rest_is_folding_all_at_every_split() {
    seeds::on_two_threads(&seeds::asked(FOLDS), |seed| {
        let (entries, question) = history(seed);
        let entries = parsed(&entries);
        let own: Vec<&Entry> = entries.iter().filter(|entry| is_of(entry, &question.partner)).collect();
        let whole = History::fold(own.iter().copied()).to_bytes();
        for split in 0..=own.len() {
            let (prefix, rest) = own.split_at(split);
            let mut history = History::fold(prefix.iter().copied());
            let mut kept = History::from_bytes(history.to_bytes()).unwrap();
            history.extend(rest.iter().copied());
            assert!(history.to_bytes() == whole, "seed {seed}, split at {split}");
            kept.extend(rest.iter().copied());
            assert!(kept.to_bytes() == whole, "seed {seed}, kept and split at {split}");
        }
        let mut one_by_one = History::default();
        for entry in own {
            one_by_one.extend([entry]);
        }
        assert!(one_by_one.to_bytes() == whole, "seed {seed}, one by one");
    });
}

#[test]
fn p3_what_is_recorded_later_changes_no_answer_about_earlier() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, question) = history(seed);
        let lines = lines(&entries);
        let session = Session::new();
        let mut given = Vec::new();
        let cuts = [lines.len() / 4, lines.len() / 2, lines.len() * 9 / 10, lines.len()];
        let mut start = 0;
        for cut in cuts {
            session.import_entries("pcs-ledger", &lines[start..cut]);
            start = cut;
            let known_at = entries[cut - 1]["recorded_at"].as_str().unwrap().to_owned();
            let question = Question { known_at: Some(known_at), ..question.clone() };
            for question in [question.clone(), Question { unmeasured_include: true, areas: Vec::new(), ..question }] {
                let answer = ask(&session, &question, true);
                given.push((question, answer));
            }
        }
        for (question, answer) in given {
            assert_eq!(ask(&session, &question, true), answer, "seed {seed}, {question:?}");
        }
    });
}

#[test]
fn p4_what_is_retracted_scores_as_if_it_had_never_been_recorded() {
    seeds::on_two_threads(&seeds::asked(FOLDS), |seed| {
        let (values, question) = history(seed);
        let entries = parsed(&values);
        let is_plain = |entry: &&Entry| {
            let named = json!(entry.event.id.to_string());
            is_of(entry, &question.partner)
                && entry.event.fact.event_type() != EventType::EventRetracted
                && values.iter().all(|other| other["event"]["event"] != named)
        };
        let plain: Vec<&Entry> = entries.iter().filter(is_plain).collect();
        let mut dice = Dice::new(seed, "retractions");
        for _ in 0..plain.len().min(6) {
            let target = plain[dice.below(plain.len())];
            let retraction = json!({
                "seq": values.len(), "recorded_at": LATE, "event": {
                    "id": "ffffffff-0000-7000-8000-000000000000", "type": "event_retracted",
                    "partner": question.partner, "effective_at": LATE,
                    "event": target.event.id.to_string(), "reason": "entered by mistake",
                },
            });
            let retracted = [entries.clone(), parsed(&[retraction])].concat();
            let without: Vec<Entry> = entries.iter().filter(|entry| *entry != target).cloned().collect();
            let (given, wanted) = (scores(&retracted, &question), scores(&without, &question));
            assert_eq!(given, wanted, "seed {seed}, entry {}", target.seq);
        }
    });
}

#[test]
fn p4_a_retraction_of_a_retraction_restores() {
    let mut written = Script::default();
    written.certify("B", "MS-700", "2023-01-01");
    let mut named = written.certify("A", "MS-700", "2023-01-01");
    let mut people = Vec::new();
    for _ in 0..4 {
        let answer = written.ask("modern_work", "2023-06-30", Basis::Live);
        people.push(metric(&answer, "smb", "intermediate_certifications")["people"].clone());
        let fields = json!({"effective_at": LATE, "event": named, "reason": "wrong"});
        named = written.add("event_retracted", &fields);
    }
    assert_eq!(people, [2, 1, 2, 1]);
}

#[test]
fn p6_the_order_in_which_independent_facts_were_recorded_does_not_matter() {
    seeds::on_two_threads(&seeds::asked(FOLDS), |seed| {
        let (values, question) = history(seed);
        let mut instants = std::collections::BTreeSet::new();
        let independent: Vec<Value> = values
            .into_iter()
            .filter(|value| {
                let event = &value["event"];
                let is_shared = matches!(event["type"].as_str(), Some("event_retracted" | "rulebook_adopted"));
                !is_shared && event["effective_at"].as_str().is_none_or(|at| instants.insert(at.to_owned()))
            })
            .collect();
        let wanted = unplaced(&parsed(&independent), &question);
        let mut dice = Dice::new(seed, "orders");
        for _ in 0..4 {
            let given = unplaced(&parsed(&shuffled(&mut dice, &independent)), &question);
            assert_eq!(given, wanted, "seed {seed}");
        }
    });
}

/// The same facts in another order, but for reports: of those the order counts, and stays.
fn shuffled(dice: &mut Dice, entries: &[Value]) -> Vec<Value> {
    let is_report = |value: &&Value| value["event"]["type"] == "usage_reported";
    let mut reports = entries.iter().filter(is_report).map(|value| value["event"].clone());
    let mut facts: Vec<Value> =
        entries.iter().filter(|value| !is_report(value)).map(|value| value["event"].clone()).collect();
    let mut places: Vec<bool> = entries.iter().map(|value| is_report(&value)).collect();
    dice.shuffle(&mut facts);
    dice.shuffle(&mut places);
    let mut reordered = entries.to_vec();
    for (entry, is_report) in reordered.iter_mut().zip(places) {
        entry["event"] = if is_report { reports.next() } else { facts.pop() }.expect("there are as many places");
    }
    reordered
}

#[test]
fn p7_folding_from_the_first_entry_gives_the_bytes_of_the_ordinary_answer() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, _) = history(seed);
        let session = Session::new();
        session.import_entries("pcs-ledger", &lines(&entries));
        for question in questions(seed, &entries).iter().filter(|question| question.partner != "nobody") {
            let as_of = question.as_of.to_string();
            let mut args = vec!["replay", "--format", "json", "--as-of", &as_of];
            args.extend(question.known_at.iter().flat_map(|known_at| ["--known-at", known_at]));
            let ran = session.run(&args);
            let is_before_program = ran.code == 1 && ran.stderr.contains("\"before_program\"");
            assert!(ran.code == 0 || is_before_program, "seed {seed}, {args:?}: {}", ran.stderr);
        }
    });
}

#[test]
fn l7_deleting_what_is_derived_changes_no_answer() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, _) = history(seed);
        let session = Session::new();
        session.import_entries("pcs-ledger", &lines(&entries));
        let wanted = ask_all(&session, seed, &entries);
        let whole = session.answer(&["verify"]);
        let exported = session.answer(&["export"]);
        for derived in [
            vec!["index"],
            vec!["states"],
            vec!["head"],
            vec!["index", "states", "cache", "head", "lock", "cache.lock"],
        ] {
            for name in &derived {
                remove(&session.path("pcs-ledger").join(name));
            }
            assert_eq!(ask_all(&session, seed, &entries), wanted, "seed {seed}, without {derived:?}");
            assert_eq!(session.answer(&["export"]), exported, "seed {seed}, without {derived:?}");
            assert_eq!(session.answer(&["verify"]), whole, "seed {seed}, without {derived:?}");
        }
    });
}

#[test]
fn l7_deleting_what_is_derived_of_a_long_history_changes_no_answer() {
    let session = Session::new();
    session.answer(&["init", "--quiet"]);
    assert_eq!(session.run_with(&["import"], processes::events(1, 15_000).into_bytes()).code, 0);
    fs::write(session.path("report.csv"), processes::AZURE).unwrap();
    let ask =
        || session.answer(&["score", "--partner", "6034450", "--as-of", "2025-02-28", "--format", "json", "--explain"]);
    let wanted = ask();
    let ledger = session.path("pcs-ledger");
    session.answer(&["import", "--dry-run", "--kind", "azure-usage", "report.csv"]);
    for derived in ["index", "states", "cache", "head"] {
        assert!(ledger.join(derived).exists(), "there is no {derived}, so that nothing is shown");
        remove(&ledger.join(derived));
        assert_eq!(ask(), wanted, "without {derived}");
    }
    session.answer(&["verify"]);
    assert_eq!(session.run(&["replay", "--as-of", "2025-02-28"]).code, 0);
}

#[test]
fn p7_a_history_that_was_kept_answers_as_the_entries_do() {
    let mut kept_facts = 0;
    for answered in seeds::on_two_threads(&seeds::asked(FOLDS), |seed| {
        let (entries, asked) = history(seed);
        let entries = parsed(&entries);
        let partners: BTreeSet<&str> =
            entries.iter().filter_map(|entry| entry.event.partner.as_ref()).map(AsRef::as_ref).collect();
        let mut answered = 0;
        for partner in &partners {
            let own: Vec<&Entry> = entries.iter().filter(|entry| is_of(entry, partner)).collect();
            let folded = History::fold(own.iter().copied());
            for split in [own.len(), own.len() / 2, own.len() * 9 / 10] {
                let (kept, rest) = own.split_at(split);
                let mut kept = History::from_bytes(History::fold(kept.iter().copied()).to_bytes()).unwrap();
                kept.extend(rest.iter().copied());
                for area in Area::ALL {
                    let question = answers::question(&asked, true);
                    let given = score(&kept, Rulebook::builtin(), *area, &question);
                    assert_eq!(given, score(&folded, Rulebook::builtin(), *area, &question), "seed {seed}, {partner}");
                    answered += given.map_or(0, |given| given.score.metrics.len());
                }
                let found = |history| findings(history, &[], Rulebook::builtin(), asked.as_of);
                assert_eq!(found(&kept), found(&folded), "seed {seed}, {partner}");
                assert!(own.iter().all(|entry| kept.has(entry.seq)), "seed {seed}, {partner}");
            }
        }
        answered
    }) {
        kept_facts += answered;
    }
    assert!(kept_facts > 100, "hardly anything was asked");
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_export_makes_the_same_ledger_again_and_its_root_can_be_computed_from_it() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, question) = history(seed);
        let session = Session::new();
        session.import_entries("pcs-ledger", &lines(&entries));
        let exported = session.answer(&["export"]);
        assert_eq!(exported.lines().collect::<Vec<_>>(), lines(&entries), "seed {seed}");

        session.answer(&["init", "--quiet", "--ledger", "again", "--origin", "example.com/again"]);
        let ran = session.run_with(&["import", "--entries", "--ledger", "again"], exported.clone().into_bytes());
        assert_eq!(ran.code, 0, "seed {seed}: {}", ran.stderr);
        assert_eq!(session.answer(&["export", "--ledger", "again"]), exported, "seed {seed}");
        assert_eq!(session.answer(&["verify", "--ledger", "again"]), session.answer(&["verify"]), "seed {seed}");

        let (code, answer, _) = ask(&session, &Question { known_at: None, ..question }, false);
        if let (0, Some(line)) = (code, answer.lines().next()) {
            let answer: Value = serde_json::from_str(line).unwrap();
            assert_eq!(answer["ledger"]["size"], entries.len(), "seed {seed}");
            assert_eq!(answer["ledger"]["root"], merkle::root_in_base64(exported.lines()), "seed {seed}");
        }
        let size = entries.len() / 2 + 1;
        let root = ledger::Reader::open(&session.path("pcs-ledger")).unwrap().root(size as u64).unwrap();
        assert_eq!(root, merkle::root(&exported.lines().take(size).collect::<Vec<_>>()), "seed {seed}");
    });
}

#[test]
fn the_same_events_imported_twice_are_there_already() {
    seeds::on_two_threads(&seeds::asked(LEDGERS), |seed| {
        let (entries, _) = history(seed);
        let session = Session::new();
        session.answer(&["init", "--quiet"]);
        let events: String = entries.iter().map(|entry| format!("{}\n", entry["event"])).collect();
        for (new, already) in [(entries.len(), 0), (0, entries.len())] {
            let ran = session.run_with(&["import", "--format", "json"], events.clone().into_bytes());
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "seed {seed}");
            let counts: Value = serde_json::from_str(&ran.stdout).unwrap();
            let wanted = (json!(new), json!(already), json!(0), json!(entries.len()));
            let given = ["new", "already", "refused", "size"].map(|name| counts[name].clone());
            assert_eq!(given, [wanted.0, wanted.1, wanted.2, wanted.3], "seed {seed}");
        }
    });
}

#[test]
fn p7_a_desk_answers_every_day_as_the_score_does() {
    let kept = seeds::on_two_threads(&seeds::asked(FOLDS), |seed| {
        let (entries, asked) = history(seed);
        let entries = parsed(&entries);
        let partners: BTreeSet<&str> =
            entries.iter().filter_map(|entry| entry.event.partner.as_ref()).map(AsRef::as_ref).collect();
        let mut kept = 0;
        let told_once = told_once(&entries);
        for (partner, entries) in partners.iter().flat_map(|partner| [(partner, &entries), (partner, &told_once)]) {
            let history = History::fold(entries.iter().filter(|entry| is_of(entry, partner)));
            let desk = Desk::new(&history, Rulebook::builtin());
            kept += usize::from(desk.keeps());
            let first = ledger::parse_date("2022-10-01").unwrap();
            // Days in an order in which months come again, and of some histories every day; all bases and treatments.
            let every = if seed % 12 == 0 { 1 } else { 37 };
            for nth in (0..1_600).step_by(23).chain((0..1_600).step_by(every)) {
                let as_of = first + chrono::Days::new(nth);
                let unmeasured_include = nth % 3 == 0;
                let basis = if nth % 4 == 0 { Basis::Published } else { Basis::Live };
                let question = Question { as_of, basis, unmeasured_include, ..asked.clone() };
                let question = answers::question(&question, nth % 30 == 0);
                for area in Area::ALL.iter().filter(|_| nth % 5 == 0) {
                    let few_days = as_of + chrono::Days::new(40);
                    for span in desk.timeline(*area, &question, few_days).unwrap_or_default() {
                        for as_of in span.first.iter_days().take_while(|day| *day <= span.last) {
                            let question = projection::Question { as_of, ..question };
                            let wanted = score(&history, Rulebook::builtin(), *area, &question).unwrap();
                            let given = AreaScore { as_of, ..span.score.clone() };
                            assert_eq!(given, wanted, "seed {seed}, partner {partner}, {question:?}");
                        }
                    }
                }
                for area in Area::ALL {
                    let given = desk.score(*area, &question);
                    let wanted = score(&history, Rulebook::builtin(), *area, &question);
                    assert_eq!(given, wanted, "seed {seed}, partner {partner}, {question:?}");
                }
            }
        }
        kept
    });
    assert!(kept.iter().sum::<usize>() >= kept.len(), "hardly any desk kept anything");
}

/// The entries without requests, and with the first acceptance of each association alone: what it is of is told once.
fn told_once(entries: &[Entry]) -> Vec<Entry> {
    let mut accepted = BTreeSet::new();
    let mut is_told = |entry: &&Entry| {
        if let Fact::AssociationAccepted(terms) = &entry.event.fact {
            return accepted.insert(terms.association);
        }
        entry.event.fact.event_type() != EventType::AssociationRequested
    };
    entries.iter().filter(|entry| is_told(entry)).cloned().collect()
}
