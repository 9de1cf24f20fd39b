//! Tells by its columns what a file is.

use std::collections::BTreeSet;
use std::fmt;

use super::names::{folded, shown};
use super::{DateColumns, Form, Format, Formats, KnownFile, OTHERS, Purpose};
use crate::kind::Kind;

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
pub(crate) const NEAR_COLUMNS: usize = 3;

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

impl Formats {
    /// Whether a file with these columns is anything that is known.
    pub(crate) fn is_known(self, names: &[String]) -> bool {
        self.best(&folded_names(names)).is_some()
    }

    /// The kind of which a file with these columns can hardly be anything but a report.
    pub(crate) fn nearness(self, names: &[String]) -> Option<&'static str> {
        self.nearest(&folded_names(names)).filter(Nearest::is_near).map(|nearest| nearest.kind)
    }

    /// Tells what a file with these columns is, and where it is dated.
    pub(crate) fn recognise(self, names: &[String]) -> (Recognised, DateColumns) {
        let have = folded_names(names);
        let Some(KnownFile { name, form, content }) = self.best(&have) else {
            return (Recognised::Unknown { found: self.shown(names), nearest: self.nearest(&have) }, DateColumns::None);
        };
        let recognised = match content {
            Purpose::Report => Recognised::Report(name),
            Purpose::Events => Recognised::Events,
            Purpose::Entries => Recognised::Entries,
            Purpose::NoProof(reason) => Recognised::NoProof { name, reason },
        };
        (recognised, form.dated)
    }

    /// The names of columns, as far as they may be shown.
    pub(crate) fn shown(self, names: &[String]) -> Vec<String> {
        let needed = self.reports().flat_map(|(_, form)| form.needed.iter().copied().flatten().copied());
        let all: BTreeSet<String> =
            self.0.iter().flat_map(|format| format.columns()).chain(needed).map(folded).collect();
        shown(names, |name| all.contains(&folded(name)))
    }

    /// Another kind that knows at least half of these columns, and more of them than the kind asked for.
    pub(crate) fn looks_like(self, asked: Kind, names: &[String]) -> Option<Kind> {
        let knows = |kind: Kind| {
            let known: BTreeSet<String> = self.of(kind).columns().map(folded).collect();
            names.iter().filter(|name| known.contains(&folded(name))).count()
        };
        let best = Kind::ALL.iter().copied().filter(|kind| *kind != asked).max_by_key(|kind| knows(*kind))?;
        (knows(best) > knows(asked) && knows(best) * 2 >= names.len()).then_some(best)
    }

    fn reports(self) -> impl DoubleEndedIterator<Item = (&'static Format, &'static Form)> {
        self.0.iter().flat_map(|format| format.forms.iter().map(move |form| (*format, form)))
    }

    /// What a file with these columns is; of equally many names the first is meant.
    fn best(self, have: &BTreeSet<String>) -> Option<KnownFile> {
        let content = Purpose::Report;
        let reports = self.reports().map(|(format, form)| KnownFile { name: format.kind.name(), form: *form, content });
        let fits = |known: &KnownFile| {
            lacks(&known.form, have).is_empty() && !known.form.without.iter().any(|name| have.contains(&folded(name)))
        };
        reports.chain(OTHERS.iter().copied()).rev().filter(fits).max_by_key(|known| known.form.needed.len())
    }

    /// The kind of which the file has at least half, and most.
    fn nearest(self, have: &BTreeSet<String>) -> Option<Nearest> {
        let near = self.reports().rev().filter_map(|(format, form)| {
            let lacks = lacks(form, have);
            let has = form.needed.len() - lacks.len();
            let near = || Nearest { kind: format.kind.name(), lacks, shared: shared(format, form, have) };
            (has * 2 >= form.needed.len()).then(|| (has * 60 / form.needed.len(), near()))
        });
        near.max_by_key(|(share, _)| *share).map(|(_, nearest)| nearest)
    }
}

fn folded_names(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| folded(name)).collect()
}

fn lacks(form: &Form, have: &BTreeSet<String>) -> Vec<&'static [&'static str]> {
    let is_there = |names: &&[&str]| names.iter().any(|name| have.contains(&folded(name)));
    form.needed.iter().copied().filter(|names| !is_there(names)).collect()
}

/// How many columns a file and a format have in common.
fn shared(format: &Format, form: &Form, have: &BTreeSet<String>) -> usize {
    let needed = form.needed.iter().copied().flatten().copied();
    let names: BTreeSet<String> = needed.chain(format.columns()).map(folded).collect();
    names.intersection(have).count()
}

#[cfg(test)]
mod tests;
