//! What became of an import, and of each of its files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::{EventType, PartnerId};
use serde_json::{Value, json};

use super::plan::Plan;
use super::selection::Omission;
use crate::text::without_nulls;
use reports::secrets::hidden;
use reports::{ReportError, Summary};

/// The most columns of an unknown file that are named.
const NAMED_COLUMNS: usize = 12;

/// The counts of an import.
#[derive(Default)]
pub struct Counts {
    /// Events that were new.
    pub new: u64,
    /// Events that the ledger had.
    pub already: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// Whether files are left out that refuse everything where bad ones are not skipped.
    pub is_without_files: bool,
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
    /// What reports say has ended, by the types of the new events; figures that are 0 now are of usage.
    pub ended: BTreeMap<EventType, u64>,
    /// Partners that are new to a ledger that knows others, each with the number of its events from reports.
    pub new_partners: BTreeMap<PartnerId, u64>,
    /// Whether a newer download told something otherwise, and nothing but the rows told the day of the file.
    pub is_day_guessed: bool,
    /// The files that have no line, or no row.
    pub empty: Vec<String>,
    /// What would be recorded, of a dry run of reports.
    pub plan: Option<Plan>,
    /// The file in which what is unknown can be mapped.
    pub map_file: String,
}

impl Counts {
    /// Whether something is left out that refuses everything without `--skip-bad`: lines, or files.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.refused > 0 || self.is_without_files
    }

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

/// One file.
pub struct FileAnswer {
    /// Its name, with the folder or the zip in which it is.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of it.
pub enum Outcome {
    /// It was read.
    Read {
        /// What it was read as.
        kind: &'static str,
        /// The day that a report is of.
        as_of: Option<String>,
        /// Events that were new.
        new: u64,
        /// Events that the ledger had.
        already: u64,
        /// Lines that were refused.
        refused: u64,
        /// What a report said beside its events.
        summary: Option<Box<Summary>>,
    },
    /// It was not read.
    Omitted(Omission),
}

impl FileAnswer {
    /// A file that was not read.
    pub(super) fn omitted((name, omission): (String, Omission)) -> Self {
        Self { name, outcome: Outcome::Omitted(omission) }
    }

    /// Whether something that may count was left out of it.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        match &self.outcome {
            Outcome::Read { refused, .. } => *refused > 0,
            Outcome::Omitted(omission) => !matches!(omission, Omission::NoProof { .. }),
        }
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self, map_file: &str) -> Value {
        let file = &self.name;
        without_nulls(match &self.outcome {
            Outcome::Read { kind, as_of, new, already, refused, summary } => json!({
                "file": file, "kind": kind, "as_of": as_of, "new": new, "already": already, "refused": refused,
                "report": summary.as_ref().map(|summary| summary_json(summary, map_file)),
            }),
            Outcome::Omitted(Omission::NoProof { what, reason }) => {
                json!({"file": file, "kind": what, "proves_nothing": reason})
            }
            Outcome::Omitted(omission @ (Omission::NoReader { kind } | Omission::FurtherSheet { kind })) => {
                json!({"file": file, "kind": kind, "not_read": reason(omission)})
            }
            Outcome::Omitted(omission) => json!({"file": file, "not_read": reason(omission)}),
        })
    }
}

/// What a file that was not read is, and why it was not.
#[must_use]
pub fn text(omission: &Omission) -> String {
    let reason = reason(omission);
    if let Omission::NoProof { what, .. } = omission {
        return format!("{what}, proves nothing: {reason}");
    }
    format!("not read: {reason}")
}

/// Why a file was not read.
fn reason(omission: &Omission) -> String {
    match omission {
        Omission::NoProof { reason, .. } => (*reason).to_owned(),
        Omission::NoReader { kind } => format!("{kind}, which this version does not read"),
        Omission::Unreadable(ReportError::Io(error)) => format!("failed to read it: {error}"),
        Omission::FurtherSheet { kind } => {
            format!("{kind}, in a further sheet of the workbook: save it as a file of its own")
        }
        Omission::Unreadable(ReportError::OwnFile { what } | ReportError::Document { what }) => format!("it is {what}"),
        Omission::Unreadable(ReportError::Elsewhere) => "it is a link that leads out of the folder".to_owned(),
        Omission::Unreadable(error) => format!("failed to {error}"),
        Omission::Unknown { found, nearest } => {
            let nearest = nearest.as_ref().map_or_else(String::new, |nearest| format!("; {nearest}"));
            format!("it has {}{nearest}", named(found))
        }
    }
}

/// The first few of the columns.
fn named(columns: &[String]) -> String {
    let shown: Vec<&str> = columns.iter().take(NAMED_COLUMNS).map(String::as_str).collect();
    let more = columns.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn summary_json(summary: &Summary, map_file: &str) -> Value {
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
