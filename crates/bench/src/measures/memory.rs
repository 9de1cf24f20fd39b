//! The most memory of a process that imports, scores or replays.

use crate::Outcome;
use crate::questions::Occasion;
use crate::replay::Depth;
use crate::row::Measurement;
use crate::step::Step;
use crate::stores::Kind;
use crate::target::Target;
use crate::workbench::Workbench;

/// What is to be reached, in MiB.
const IMPORT: f64 = 256.0;
const SCORE: f64 = 64.0;
const REPLAY: f64 = 256.0;

/// Measures it in the largest ledger.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let dir = bench.ledger(events)?;
    let row = |what: String, kib: u64, most| {
        Measurement::new(what, "MiB", kib as f64 / 1024.0).reaching(Target::AtMost(most))
    };
    let ours = bench.imported(Kind::Ours, events)?.took.peak_kib;
    let sqlite = bench.imported(Kind::Sqlite, events)?.took.peak_kib as f64 / 1024.0;
    let mut rows = vec![row(format!("import of {events}"), ours, IMPORT).beside(Kind::Sqlite.name(), sqlite)];
    for &partner in bench.layout(events).asked() {
        let asked = Occasion::nth(bench.seed, partner, 0)?;
        let (partner_asked, as_of) = (asked.partner, asked.as_of.to_string());
        let what = Step::Score { dir: dir.clone(), partner: partner_asked, as_of, times: 1 };
        let what_for_people = format!("score of six areas, partner of {}, ledger of {events}", partner.events);
        rows.push(row(what_for_people, what.run_apart()?.peak_kib, SCORE));
    }
    let replay = Step::Replay { dir, depth: Depth::Fold }.run_apart()?.peak_kib;
    rows.push(row(format!("replay of {events}"), replay, REPLAY));
    Ok(rows)
}
