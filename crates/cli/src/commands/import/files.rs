//! What became of each file of an import.

use serde_json::{Value, json};

use super::counts::summary_json;
use super::sorted::Passed;
use crate::output::plain;
use reports::{ReportError, Summary};

/// Columns of an unknown file that are named.
const NAMED_COLUMNS: usize = 12;

/// One file.
pub(in crate::commands) struct FileAnswer {
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

/// What became of it.
pub(super) enum Outcome {
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
    pub(super) fn passed((name, passed): (String, Passed)) -> Self {
        Self { name, outcome: Outcome::Passed(passed) }
    }

    /// The object for programs.
    pub(super) fn to_json(&self, map_file: &str) -> Value {
        let mut answer = json!({ "file": self.name });
        let Some(fields) = answer.as_object_mut() else { return answer };
        match &self.outcome {
            Outcome::Read { kind, as_of, new, already, refused, summary } => {
                fields.insert("kind".to_owned(), (*kind).into());
                if let Some(as_of) = as_of {
                    fields.insert("as_of".to_owned(), as_of.as_str().into());
                }
                for (name, count) in [("new", new), ("already", already), ("refused", refused)] {
                    fields.insert(name.to_owned(), (*count).into());
                }
                if let Some(summary) = summary {
                    fields.insert("report".to_owned(), summary_json(summary, map_file));
                }
            }
            Outcome::Passed(passed) => {
                if let Passed::NoProof { what, .. }
                | Passed::NoReader { kind: what }
                | Passed::FurtherSheet { kind: what } = passed
                {
                    fields.insert("kind".to_owned(), (*what).into());
                }
                let name = if matches!(passed, Passed::NoProof { .. }) { "proves_nothing" } else { "not_read" };
                fields.insert(name.to_owned(), reason(passed).into());
            }
        }
        answer
    }

    /// The line for people.
    pub(super) fn line(&self, would: &str) -> String {
        let text = match &self.outcome {
            Outcome::Read { kind, as_of, new, already, refused, .. } => {
                let as_of = as_of.as_ref().map_or_else(String::new, |day| format!(" as of {day}"));
                format!("{kind}{as_of}, {would}{new} new, {already} already, {refused} refused")
            }
            Outcome::Passed(passed) => text(passed),
        };
        format!("{}: {}", plain(&self.name), plain(&text))
    }
}

/// What a file that was not read is, and why it was not.
pub(super) fn text(passed: &Passed) -> String {
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
