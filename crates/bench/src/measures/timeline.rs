//! A score for each day of five years.

use crate::row::Row;
use crate::target::Target;

/// The name in rows.
pub(super) const NAME: &str = "timeline";

/// What is to be reached beside one score.
const OF_A_SCORE: f64 = 20.0;

/// Says that there is nothing to measure yet.
pub(super) fn run() -> Vec<Row> {
    let row = Row::without_figure(NAME, "five years by day, beside one score", "ms");
    vec![row.reaching(Target::ratio_at_most(OF_A_SCORE)).with_note("not built")]
}
