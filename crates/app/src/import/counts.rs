//! What became of a file.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::files::{FileAnswer, summary_json};
use super::plan::Plan;
use crate::text::without_nulls;
use reports::Summary;
use reports::secrets::hidden;

/// The counts of an import.
#[derive(Default)]
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
