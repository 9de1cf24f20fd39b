//! Scores of partners of many sizes in ledgers of many sizes, hot; beside peers that are asked in SQL.

mod contest;

use ledger::{Area, Reader};

use crate::Outcome;
use crate::events::Partner;
use crate::questions::{self, Occasion};
use crate::row::Measurement;
use crate::target::Target;
use crate::timing::{median, millis, percentile, timed};
use crate::workbench::Workbench;
use contest::Contest;

/// What is to be reached: milliseconds, the largest ledger beside the smallest, and ours beside SQL.
const P99_MILLIS: f64 = 1.0;
const OF_THE_SMALLEST: f64 = 1.3;
const OF_SQL: f64 = 0.01;

/// Partners that are asked about for the first time.
const FIRST_TIMES: u64 = 50;

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let mut contests = Vec::new();
    for events in bench.sizes().to_vec() {
        contests.push(Contest::prepare(bench, events)?);
    }
    let mut rows = Vec::new();
    for &partner in bench.layout(bench.largest()).asked() {
        let mut running: Vec<&mut Contest> = contests.iter_mut().filter(|contest| contest.knows(partner)).collect();
        contest::run(bench, partner, &mut running)?;
        for contest in &running {
            rows.extend(rows_of(partner, contest));
        }
        if let [smallest, .., largest] = running.as_slice() {
            rows.extend(beside_the_smallest(partner, smallest, largest));
        }
    }
    drop(contests);
    rows.extend(first_times(bench)?);
    Ok(rows)
}

fn what(partner: Partner, question: &str, events: u64) -> String {
    format!("{question}, partner of {}, ledger of {events}", partner.events)
}

fn rows_of(partner: Partner, contest: &Contest) -> Vec<Measurement> {
    let row = |name: &str, times: &[f64], percent| {
        let what = what(partner, &format!("{name} p{percent}"), contest.events);
        Measurement::new(what, "ms", percentile(times, percent)).of_samples(times.len())
    };
    let times = &contest.times;
    let hot = &times.six_areas;
    let mut rows = vec![row("six areas", hot, 50), row("six areas", hot, 99).reaching(Target::AtMost(P99_MILLIS))];
    for (peer, theirs) in contest.peers.iter().zip(&times.peers) {
        let row = Measurement::median(what(partner, "Infrastructure p50", contest.events), "ms", &times.one_area);
        rows.push(row.beside(peer.name(), median(theirs)).reaching(Target::RatioAtMost(OF_SQL)));
    }
    rows.extend([50, 99].map(|percent| row("six areas, from its state,", &times.from_state, percent)));
    rows
}

fn beside_the_smallest(partner: Partner, smallest: &Contest, largest: &Contest) -> [Measurement; 2] {
    let row = |name: &str, ours: &[f64], theirs: &[f64]| {
        Measurement::median(what(partner, &format!("{name} p50"), largest.events), "ms", ours)
            .beside(format!("ours, ledger of {}", smallest.events), median(theirs))
            .reaching(Target::RatioAtMost(OF_THE_SMALLEST))
    };
    [
        row("six areas", &largest.times.six_areas, &smallest.times.six_areas),
        row("six areas, from its state,", &largest.times.from_state, &smallest.times.from_state),
    ]
}

/// Partners that nobody asked about before: from the log alone, as states are made, and from these.
fn first_times(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let reader = Reader::open(&bench.ledger(events)?)?;
    let layout = bench.layout(events);
    let count = usize::try_from(bench.scaled(FIRST_TIMES))?;
    let (mut log, mut filling, mut cached) = (Vec::new(), Vec::new(), Vec::new());
    for partner in layout.others().iter().take(count) {
        let asked = Occasion::nth(bench.seed, *partner, 0)?;
        log.push(millis(timed(|| questions::score_uncached(&reader, &asked, Area::ALL))?.0));
        filling.push(millis(timed(|| questions::score(&reader, &asked, Area::ALL))?.0));
        cached.push(millis(timed(|| questions::score(&reader, &asked, Area::ALL))?.0));
    }
    let named = [("from the log", &log), ("for the first time", &filling), ("for the second time", &cached)];
    let row = |(name, times): (&str, &Vec<f64>)| {
        let what = format!("six areas p50, {name}, other partners, ledger of {events}");
        Measurement::median(what, "ms", times)
    };
    Ok(named.into_iter().map(row).collect())
}
