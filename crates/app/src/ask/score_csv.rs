//! Scores as CSV (RFC 4180, with line feeds): a row a partner and area.

use ledger::Metric;
use projection::points::fraction;

use super::score::Answer;

/// The columns before those of the metrics.
const COLUMNS: &str =
    "partner,area,as_of,known_at,basis,measured_month,rulebook,track,points,points_exact,qualified,below,findings";

/// The names of the columns, a line: what the score is asked by, the total, and the points of each metric.
#[must_use]
pub fn header() -> String {
    let metrics: String = Metric::ALL.iter().flat_map(|metric| [",", metric.name()]).collect();
    format!("{COLUMNS}{metrics}\n")
}

impl Answer<'_> {
    /// The row, a line. A metric that the area does not have is empty.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let Self { partner, known_at, basis, score, findings, .. } = self;
        let total = &score.score;
        let cells = [
            partner.to_string(),
            score.area.to_string(),
            score.as_of.to_string(),
            known_at.to_string(),
            basis.name().to_owned(),
            score.measured_month.to_string(),
            quoted(&self.rules.name),
            score.track.name().to_owned(),
            total.points.shown(),
            fraction(total.points.exact()),
            total.qualified().to_string(),
            total.below.join(";"),
            findings.to_string(),
        ];
        let metrics = Metric::ALL.iter().map(|metric| {
            let found = total.metrics.iter().find(|found| found.metric == *metric);
            found.map_or_else(String::new, |found| found.points.shown())
        });
        let cells: Vec<String> = cells.into_iter().chain(metrics).collect();
        format!("{}\n", cells.join(","))
    }
}

/// A text as a cell: the name of a rulebook may hold anything. A spreadsheet takes none for a formula.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { &format!("'{text}") } else { text };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        for (text, cell) in [
            ("ours", "ours"),
            ("a,b", "\"a,b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(1,2)", "\"'@SUM(1,2)\""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(super::quoted(text), cell);
        }
    }
}
