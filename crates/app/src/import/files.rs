//! What became of each file of an import.

use serde_json::{Value, json};

use super::counts::summary_json;
use super::sorted::Passed;
use crate::text::without_nulls;
use reports::{ReportError, Summary};

/// Columns of an unknown file that are named.
const NAMED_COLUMNS: usize = 12;

/// One file.
pub struct FileAnswer {
    pub name: String,
    pub outcome: Outcome,
}

/// What became of it.
pub enum Outcome {
    Read {
        kind: &'static str,
        as_of: Option<String>,
        new: u64,
        already: u64,
        refused: u64,
        summary: Option<Box<Summary>>,
    },
    Passed(Passed),
}

impl FileAnswer {
    /// A file that was not read.
    #[must_use]
    pub fn passed((name, passed): (String, Passed)) -> Self {
        Self { name, outcome: Outcome::Passed(passed) }
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
            Outcome::Passed(Passed::NoProof { what, reason }) => {
                json!({"file": file, "kind": what, "proves_nothing": reason})
            }
            Outcome::Passed(passed) => {
                let kind = match passed {
                    Passed::NoReader { kind } | Passed::FurtherSheet { kind } => Some(kind),
                    Passed::NoProof { .. } | Passed::Unknown { .. } | Passed::Unreadable(_) => None,
                };
                json!({"file": file, "kind": kind, "not_read": reason(passed)})
            }
        })
    }
}

/// What a file that was not read is, and why it was not.
#[must_use]
pub fn text(passed: &Passed) -> String {
    match passed {
        Passed::NoProof { what, .. } => format!("{what}, proves nothing: {}", reason(passed)),
        Passed::NoReader { .. } | Passed::Unknown { .. } | Passed::FurtherSheet { .. } | Passed::Unreadable(_) => {
            format!("not read: {}", reason(passed))
        }
    }
}

/// Why a file was not read.
fn reason(passed: &Passed) -> String {
    match passed {
        Passed::NoProof { reason, .. } => (*reason).to_owned(),
        Passed::NoReader { kind } => format!("{kind}, which this version does not read"),
        Passed::Unreadable(ReportError::Io(error)) => format!("failed to read it: {error}"),
        Passed::FurtherSheet { kind } => {
            format!("{kind}, in a further sheet of the workbook: save it as a file of its own")
        }
        Passed::Unreadable(ReportError::OwnFile { what } | ReportError::Document { what }) => format!("it is {what}"),
        Passed::Unreadable(error) => format!("failed to {error}"),
        Passed::Unknown { found, nearest } => {
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
