//! What became of a file.

use std::cmp::Reverse;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::files::FileAnswer;
use super::plan::Plan;
use crate::output::{counted, plain};
use reports::Summary;
use reports::secrets::hidden;

/// The counts of an import.
pub(in crate::commands) struct Counts {
    pub(in crate::commands) new: u64,
    pub(in crate::commands) already: u64,
    pub(in crate::commands) refused: u64,
    /// The number of entries of the ledger afterwards.
    pub(in crate::commands) size: u64,
    pub(in crate::commands) dry_run: bool,
    /// The file of refused lines.
    pub(in crate::commands) rejected: Option<PathBuf>,
    /// What a report said beside its events.
    pub(in crate::commands) summary: Option<Summary>,
    /// Each of several files.
    pub(in crate::commands) files: Vec<FileAnswer>,
    /// What would be recorded, of a dry run of reports.
    pub(in crate::commands) plan: Option<Plan>,
    /// The file in which what is unknown can be mapped.
    pub(in crate::commands) map_file: String,
}

impl Counts {
    /// The object for programs.
    pub(super) fn to_json(&self) -> String {
        let mut answer = json!({
            "new": self.new, "already": self.already, "refused": self.refused,
            "size": self.size, "dry_run": self.dry_run,
        });
        if let Some(answer) = answer.as_object_mut() {
            if let Some(path) = &self.rejected {
                answer.insert("rejected".to_owned(), path.display().to_string().into());
            }
            if !self.files.is_empty() {
                answer.insert("files".to_owned(), self.files.iter().map(|file| file.to_json(&self.map_file)).collect());
            }
            if let Some(plan) = &self.plan {
                answer.insert("plan".to_owned(), plan.to_json());
            }
            if let Some(summary) = &self.summary {
                answer.insert("report".to_owned(), summary_json(summary, &self.map_file));
            }
        }
        hidden(&answer.to_string()).into_owned()
    }

    /// The lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let would = if self.dry_run { "would be " } else { "" };
        let mut lines: Vec<String> = self.files.iter().map(|file| file.line(would)).collect();
        lines.push(format!("{would}{} new, {} already, {} refused", self.new, self.already, self.refused));
        if let Some(path) = &self.rejected {
            lines.push(format!("the refused lines are in {}", plain(&path.display().to_string())));
        }
        if let Some(plan) = &self.plan {
            lines.extend(plan.lines());
        }
        if let Some(summary) = &self.summary {
            lines.extend(summary_lines(summary, &self.map_file).into_iter().map(|line| format!("  {line}")));
        }
        // It quotes texts of the files.
        lines.iter().map(|line| hidden(line).into_owned()).collect()
    }
}

fn summary_lines(summary: &Summary, map_file: &str) -> Vec<String> {
    let mut lines = vec![counted(summary.rows, "row")];
    let counts = [
        (summary.unchanged_figures, "figure", "unchanged"),
        (summary.older_figures, "figure", "left as a newer download told it"),
        (summary.told_by_others, "figure", "left to another kind of report"),
        (summary.known_associations, "association", "known already"),
        (summary.known_links, "certification", "known already"),
        (summary.older_links, "certification", "left as a newer download told it"),
        (summary.blind_reports, "report", "without any attribution: it ends no association"),
        (summary.broken_figures, "figure", "left out because a row of it is refused"),
        (summary.rounded_figures, "figure", "rounded to six decimals"),
    ];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    lines.extend(counts.map(|(count, noun, what)| format!("{} {what}", counted(*count, noun))));
    for (column, count) in &summary.duplicates_skipped {
        lines.push(format!("{} skipped: duplicates by {}", counted(*count, "row"), plain(column)));
    }
    for (reason, count) in &summary.skipped {
        lines.push(format!("{} skipped: {reason}", counted(*count, "row")));
    }
    for ((what, text), count) in &summary.remarks {
        lines.push(format!("{} with {}: {what}", counted(*count, "row"), plain(text)));
    }
    let mut unmapped: Vec<_> = summary.unmapped.iter().collect();
    unmapped.sort_by_key(|(_, count)| Reverse(**count));
    for ((what, text), count) in unmapped {
        lines.push(format!("{} with an unknown {what}: {}", counted(*count, "row"), plain(text)));
        lines.push(format!("  to map it: {}", plain(&what.command(map_file, text))));
    }
    if !summary.unknown_columns.is_empty() {
        lines.push(format!("unknown columns, not read: {}", plain(&summary.unknown_columns.join(", "))));
    }
    lines
}

pub(super) fn summary_json(summary: &Summary, map_file: &str) -> Value {
    let skipped: serde_json::Map<String, Value> =
        summary.skipped.iter().map(|(reason, count)| (reason.to_string(), (*count).into())).collect();
    let unmapped: Vec<Value> = summary
        .unmapped
        .iter()
        .map(|((what, text), count)| {
            json!({"what": what.text(), "text": text, "rows": count, "command": what.command(map_file, text)})
        })
        .collect();
    let remarks: Vec<Value> = summary
        .remarks
        .iter()
        .map(|((what, text), count)| json!({"what": what, "text": text, "rows": count}))
        .collect();
    json!({
        "rows": summary.rows, "unchanged_figures": summary.unchanged_figures,
        "older_figures": summary.older_figures, "told_by_others": summary.told_by_others,
        "known_links": summary.known_links, "older_links": summary.older_links,
        "blind_reports": summary.blind_reports,
        "known_associations": summary.known_associations, "broken_figures": summary.broken_figures,
        "rounded_figures": summary.rounded_figures, "duplicates_skipped": summary.duplicates_skipped,
        "skipped": skipped, "unmapped": unmapped, "remarks": remarks, "unknown_columns": summary.unknown_columns,
    })
}
