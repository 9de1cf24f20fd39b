//! What became of each file of an import.

use serde_json::{Value, json};

use super::counts::summary_json;
use super::selection::Omission;
use crate::text::without_nulls;
use reports::{ReportError, Summary};

/// Columns of an unknown file that are named.
const NAMED_COLUMNS: usize = 12;

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
            Outcome::Omitted(omission) => {
                let kind = match omission {
                    Omission::NoReader { kind } | Omission::FurtherSheet { kind } => Some(kind),
                    Omission::NoProof { .. } | Omission::Unknown { .. } | Omission::Unreadable(_) => None,
                };
                json!({"file": file, "kind": kind, "not_read": reason(omission)})
            }
        })
    }
}

/// What a file that was not read is, and why it was not.
#[must_use]
pub fn text(omission: &Omission) -> String {
    match omission {
        Omission::NoProof { what, .. } => format!("{what}, proves nothing: {}", reason(omission)),
        Omission::NoReader { .. }
        | Omission::Unknown { .. }
        | Omission::FurtherSheet { .. }
        | Omission::Unreadable(_) => {
            format!("not read: {}", reason(omission))
        }
    }
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
