//! Tells by its columns what a file is.

use std::collections::BTreeSet;
use std::fmt;

use super::Kind;
use super::columns::folded;
use super::formats::{Content, Dated, FORMATS, Format};
use super::shown::shown;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// Events as lines of JSON.
    Events,
    /// Entries as `export` prints them.
    Entries,
    /// A report of the kind with this name.
    Report(&'static str),
    /// A known format that proves nothing for the score.
    NoProof {
        /// What the file is.
        name: &'static str,
        /// Why it proves nothing, or what it is used for.
        reason: &'static str,
    },
    /// None of all these.
    Unknown {
        /// The columns or members that the file has.
        found: Vec<String>,
        /// The kind that is nearest.
        nearest: Option<Nearest>,
    },
}

/// The kind that comes nearest to a file, and what the file lacks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The name of the kind.
    pub kind: &'static str,
    /// What is missing: of each list one name would do.
    pub lacks: Vec<&'static [&'static str]>,
    /// How many columns of the file the kind has too.
    pub shared: usize,
}

/// Columns that a file shares at least with a kind of which it is taken for a report that lacks some.
const NEAR_COLUMNS: usize = 3;

impl Nearest {
    /// Whether the file can hardly be anything but a report of the kind, without columns that it needs.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.shared >= NEAR_COLUMNS
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the nearest kind is {}", self.kind)?;
        for (place, names) in self.lacks.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { ", without " } else { " and " }, names.join(" or "))?;
        }
        Ok(())
    }
}

/// Whether a file with these columns is anything that is known.
pub(super) fn is_known(names: &[String]) -> bool {
    best(&folded_names(names)).is_some()
}

/// The kind of which a file with these columns can hardly be anything but a report.
pub(super) fn nearness(names: &[String]) -> Option<&'static str> {
    nearest(&folded_names(names)).filter(Nearest::is_near).map(|nearest| nearest.kind)
}

/// Tells what a file with these columns is, and where it is dated.
pub(super) fn recognise(names: &[String]) -> (Recognised, Dated) {
    let have = folded_names(names);
    let Some(format) = best(&have) else {
        return (Recognised::Unknown { found: shown(names), nearest: nearest(&have) }, Dated::Never);
    };
    match format.content {
        Content::Events => (Recognised::Events, Dated::Never),
        Content::Entries => (Recognised::Entries, Dated::Never),
        Content::Report(dated) => (Recognised::Report(format.name), dated),
        Content::Accounts => {
            let reason = "it tells which location belongs to which account, for the other files of the import";
            (Recognised::NoProof { name: format.name, reason }, Dated::Never)
        }
        Content::NoProof(reason) => (Recognised::NoProof { name: format.name, reason }, Dated::Never),
    }
}

fn folded_names(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| folded(name)).collect()
}

/// The format that a file with these columns has; of equally many names the first is meant.
fn best(have: &BTreeSet<String>) -> Option<&'static Format> {
    let fits = |format: &&Format| {
        lacks(format, have).is_empty() && !format.without.iter().any(|name| have.contains(&folded(name)))
    };
    FORMATS.iter().rev().filter(fits).max_by_key(|format| format.needed.len())
}

fn lacks(format: &Format, have: &BTreeSet<String>) -> Vec<&'static [&'static str]> {
    let is_there = |names: &&[&str]| names.iter().any(|name| have.contains(&folded(name)));
    format.needed.iter().copied().filter(|names| !is_there(names)).collect()
}

/// The kind of which the file has at least half, and most.
fn nearest(have: &BTreeSet<String>) -> Option<Nearest> {
    let reports = FORMATS.iter().rev().filter(|format| matches!(format.content, Content::Report(_)));
    let near = reports.filter_map(|format| {
        let lacks = lacks(format, have);
        let has = format.needed.len() - lacks.len();
        (has * 2 >= format.needed.len()).then(|| {
            (has * 60 / format.needed.len(), Nearest { kind: format.name, lacks, shared: shared(format, have) })
        })
    });
    near.max_by_key(|(share, _)| *share).map(|(_, nearest)| nearest)
}

/// How many columns a file and a format have in common.
fn shared(format: &Format, have: &BTreeSet<String>) -> usize {
    let columns = Kind::from_name(format.name).map(Kind::columns).unwrap_or_default();
    let names: BTreeSet<String> =
        format.needed.iter().copied().flatten().chain(columns).map(|name| folded(name)).collect();
    names.intersection(have).count()
}

#[cfg(test)]
mod tests;
