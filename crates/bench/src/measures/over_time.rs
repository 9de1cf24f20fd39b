//! `pcs timeline` and `pcs advise` beside one `pcs score`, each time a new process: in seconds of the processor.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{in_turns, seconds_of_processor};
use crate::workbench::Workbench;

/// How many entries the partner has, and what is to be reached by its timeline beside one score.
const SIZES: [(u64, f64); 3] = [(1_000, 3.0), (10_000, 5.0), (100_000, 10.0)];
/// What is to be reached by days as they were known then, beside days as they are known now.
const THEN_OF_NOW: f64 = 3.0;
/// The entries of the partner whose figures are restated, how often that is, and what is to be reached beside one score.
const RESTATED: (u64, u64, f64) = (10_000, 36, 10.0);
/// What is to be reached by advice beside one score.
const ADVICE: f64 = 20.0;

const PARTNER: &str = "6000001";
const AREA: [&str; 4] = ["--partner", PARTNER, "--area", "infrastructure"];
const SCORE: [&str; 3] = ["score", "--as-of", "2025-06-30"];
const FIVE_YEARS: [&str; 5] = ["timeline", "--from", "2022-10-03", "--to", "2027-10-02"];
const AS_KNOWN: [&str; 7] =
    ["timeline", "--as-of", "2025-06-30", "--known-from", "2022-10-03", "--known-to", "2025-12-31"];
const ADVISE: [&str; 3] = ["advise", "--as-of", "2025-06-30"];
/// Behind every day that is asked about.
const NOW: [&str; 2] = ["--now", "2028-01-01T00:00:00Z"];

/// The first month with figures, and how many months have some.
const FIRST_MONTH: (u64, u64) = (2020, 7);
const MONTHS: u64 = 60;

/// Measures it in ledgers of one partner each, whose figures of a month became known in the month behind it.
pub(super) fn run(bench: &Workbench) -> Outcome<Vec<Measurement>> {
    let mut rows = Vec::new();
    for (events, most) in SIZES {
        let events = bench.scaled(events);
        let now = format!("five years by change, partner of {events}");
        let then = format!("five years as known then, partner of {events}");
        let advice = format!("advice, partner of {events}");
        let Some(ledger) = ledger(bench, (events, 0))? else {
            let row = |what| Measurement::without_figure(what, "s").with_note(Workbench::WITHOUT_PCS);
            rows.extend([now, then, advice].map(row));
            continue;
        };
        let as_known_then = [&FIVE_YEARS[..], &["--known-at", "then"]].concat();
        let questions = [&SCORE[..], &FIVE_YEARS, &as_known_then, &ADVISE];
        let seconds = in_turns(bench.rounds(events).max(3), &questions, |question| ask(bench, &ledger, question))?;
        let [score, days, known_then, advised] = &seconds[..] else { return Err("four were measured".into()) };
        let row = |what, ours: &[f64], ratio| {
            Measurement::in_turns(what, "s", ours, "one score", score).reaching(Target::RatioAtMost(ratio))
        };
        rows.push(row(now, days, most));
        let row_then = Measurement::in_turns(then, "s", known_then, "as known now", days);
        rows.push(row_then.reaching(Target::RatioAtMost(THEN_OF_NOW)));
        rows.push(row(advice, advised, ADVICE));
    }
    let (events, times, most) = RESTATED;
    let (events, times) = (bench.scaled(events), bench.scaled(times));
    let what = format!("a day as it was known, partner of {events}, restated {times} times");
    let target = Target::RatioAtMost(most);
    rows.push(match ledger(bench, (events, times))? {
        None => Measurement::without_figure(what, "s").with_note(Workbench::WITHOUT_PCS),
        Some(ledger) => {
            let questions = [&SCORE[..], &AS_KNOWN];
            let seconds = in_turns(bench.rounds(events).max(3), &questions, |question| ask(bench, &ledger, question))?;
            let [score, known] = &seconds[..] else { return Err("two were measured".into()) };
            Measurement::in_turns(what, "s", known, "one score", score).reaching(target)
        }
    });
    Ok(rows)
}

/// The seconds of the processor that an answer takes.
fn ask(bench: &Workbench, ledger: &Path, question: &[&str]) -> Outcome<f64> {
    let mut command = pcs(bench, ledger);
    seconds_of_processor(command.args(NOW).args(["--format", "json"]).args(question).args(AREA))
}

fn pcs(bench: &Workbench, ledger: &Path) -> Command {
    let mut command = Command::new(&bench.pcs);
    command.arg("--quiet").arg("--ledger").arg(ledger);
    command
}

/// A ledger of one partner with so many entries, some of whose figures were reported again so many times; none without
/// the command. The partner was asked about before.
fn ledger(bench: &Workbench, (events, restated): (u64, u64)) -> Outcome<Option<PathBuf>> {
    if !bench.pcs.exists() {
        return Ok(None);
    }
    let dir = bench.fresh(&format!("over-time-{events}-{restated}"))?;
    let file = bench.fresh("over-time.jsonl")?;
    std::fs::write(&file, entries(events, restated))?;
    seconds_of_processor(pcs(bench, &dir).arg("init"))?;
    seconds_of_processor(pcs(bench, &dir).args(["import", "--entries"]).arg(&file))?;
    std::fs::remove_file(file)?;
    ask(bench, &dir, &SCORE)?;
    Ok(Some(dir))
}

/// Lines of entries in the order of their months: of every fifty one association, one certification and one class, and
/// for the rest consumption. Each is recorded on the fifth of the month behind; restatements each on a day of August 2025
/// or behind it, of a thirtieth of the figures of the last thirty months.
fn entries(events: u64, restated: u64) -> String {
    let mut out = String::new();
    let mut seq = 0;
    let mut put = |recorded: &str, (kind, fields): (&str, String)| {
        let micros = seq % 1_000_000;
        let second = seq / 1_000_000;
        let _ = writeln!(
            out,
            "{{\"seq\":{seq},\"recorded_at\":\"{recorded}T08:00:{second:02}.{micros:06}Z\",\"event\":{{\"id\":\
             \"e0000000-0000-4000-8000-{seq:012}\",\"type\":\"{kind}\",\"partner\":\"{PARTNER}\",{fields}}}}}"
        );
        seq += 1;
    };
    for nth in 0..events {
        let month = nth * MONTHS / events;
        put(&format!("{}-05", month_name(month + 1)), event(nth, month, nth % 2_999));
    }
    for time in 0..restated {
        let recorded = format!("{}-{:02}", month_name(MONTHS + 1 + time / 28), 1 + time % 28);
        for nth in (0..events).filter(|nth| is_figure(*nth) && nth % 30 == time % 30) {
            let month = nth * MONTHS / events;
            if month >= MONTHS - 30 {
                put(&recorded, event(nth, month, (nth + 7 * time) % 2_999));
            }
        }
    }
    out
}

fn is_figure(nth: u64) -> bool {
    nth % 50 > 2
}

/// The type of an event, and its further fields.
fn event(nth: u64, month: u64, value: u64) -> (&'static str, String) {
    let customer = |nth: u64| format!("c0000000-0000-4000-8000-{nth:012}");
    let (group, known) = (nth / 50, customer(nth * 7 % (nth / 50 + 1)));
    let month = month_name(month);
    match nth % 50 {
        0 => {
            let terms = format!("\"customer\":\"{}\",\"mechanism\":\"csp\",\"role\":\"direct_bill\"", customer(group));
            let of = format!("\"association\":\"a0000000-0000-4000-8000-{group:012}\"");
            ("association_accepted", format!("\"effective_at\":\"{month}-01T00:00:00.000000Z\",{of},{terms}"))
        }
        1 => {
            let holds = format!("\"person\":\"mcp:{}\",\"certification\":\"AZ-104\"", group % 60);
            ("certification_linked", format!("\"effective_at\":\"{month}-02T00:00:00.000000Z\",{holds}"))
        }
        2 => {
            let segment = if group % 3 == 0 { "enterprise" } else { "smb" };
            let class = format!("\"customer\":\"{known}\",\"segment\":\"{segment}\"");
            ("customer_classified", format!("\"effective_at\":\"{month}-03T00:00:00.000000Z\",{class}"))
        }
        _ => {
            let product = if nth.is_multiple_of(2) { "Storage" } else { "Virtual Machines" };
            let figure = format!("\"product\":\"{product}\",\"metric\":\"acr_usd\",\"value\":\"{value}\"");
            let of = format!("\"subscription\":\"5b000000-0000-4000-8000-{nth:012}\"");
            ("usage_reported", format!("\"month\":\"{month}\",\"customer\":\"{known}\",{figure},{of}"))
        }
    }
}

/// The month so many behind the first: `2020-07`.
fn month_name(behind: u64) -> String {
    let (year, month) = FIRST_MONTH;
    let number = year * 12 + month - 1 + behind;
    format!("{}-{:02}", number / 12, number % 12 + 1)
}
