//! A score for each day of five years, at one desk.

use chrono::Days;
use ledger::{Area, Reader, parse_date};
use projection::Desk;
use projection::rulebook::Rulebook;

use crate::Outcome;
use crate::questions::{self, Occasion};
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{median, millis, timed};
use crate::workbench::Workbench;

/// What is to be reached beside one score.
const OF_A_SCORE: f64 = 20.0;
/// The days, of which the programme has all.
const FIRST_DAY: &str = "2022-10-03";
const DAYS: u64 = 5 * 365 + 1;
/// How often each is measured.
const TIMES: u64 = 5;

/// Measures it in the largest ledger: from the lines of the partner to the last answer, beside one answer of all areas.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let reader = Reader::open(&bench.ledger(events)?)?;
    let mut rows = Vec::new();
    for &partner in bench.layout(events).asked() {
        let (mut sweeps, mut scores) = (Vec::new(), Vec::new());
        for nth in 0..TIMES {
            let asked = Occasion::nth(bench.seed, partner, nth)?;
            scores.push(millis(timed(|| questions::score(&reader, &asked, Area::ALL))?.0));
            sweeps.push(millis(timed(|| sweep(&reader, &asked.partner))?.0));
        }
        let what = format!("five years by day, six areas, partner of {}, ledger of {events}", partner.events);
        let row = Measurement::median(what, "ms", &sweeps).beside("ours, one score", median(&scores));
        rows.push(row.reaching(Target::RatioAtMost(OF_A_SCORE)));
    }
    Ok(rows)
}

fn sweep(reader: &Reader, partner: &str) -> Outcome<()> {
    let history = questions::history(reader, partner)?;
    let desk = Desk::new(&history, Rulebook::builtin());
    let first = parse_date(FIRST_DAY)?;
    questions::timeline_at(&desk, first, first + Days::new(DAYS - 1))
}
