//! What became of a file.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::files::FileAnswer;
use super::plan::Plan;
use crate::text::without_nulls;
use reports::Summary;
use reports::secrets::hidden;

/// The counts of an import.
pub struct Counts {
    /// Events that were new.
    pub new: u64,
    /// Events that the ledger had.
    pub already: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// The number of entries of the ledger afterwards.
    pub size: u64,
    /// Whether nothing was appended.
    pub dry_run: bool,
    /// The file of refused lines.
    pub rejected: Option<PathBuf>,
    /// What a report said beside its events.
    pub summary: Option<Summary>,
    /// Each of several files.
    pub files: Vec<FileAnswer>,
    /// What would be recorded, of a dry run of reports.
    pub plan: Option<Plan>,
    /// The file in which what is unknown can be mapped.
    pub map_file: String,
}

impl Counts {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let files: Vec<Value> = self.files.iter().map(|file| file.to_json(&self.map_file)).collect();
        let answer = without_nulls(json!({
            "new": self.new, "already": self.already, "refused": self.refused,
            "size": self.size, "dry_run": self.dry_run,
            "rejected": self.rejected.as_ref().map(|path| path.display().to_string()),
            "files": Some(files).filter(|files| !files.is_empty()),
            "plan": self.plan.as_ref().map(Plan::to_json),
            "report": self.summary.as_ref().map(|summary| summary_json(summary, &self.map_file)),
        }));
        hidden(&answer.to_string()).into_owned()
    }
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
