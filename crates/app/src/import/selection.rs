//! What each file of an import is, and in which order they are read.

use std::io::{self, Read};

use ledger::{Date, Month, PartnerId};

use super::accounts::Memberships;
use super::own;
use super::sources::{Found, Meter, Source, Unreadable};
use crate::error::{Error, Origin};
use crate::interrupt::Interrupt;
use crate::world::Bar;
use reports::{DateOrder, Kind, Nearest, Notation, Recognised, ReportError, Survey, as_of, survey_as};

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Lines of JSON: events, or entries.
    Lines { entries: bool },
    /// A report.
    Report(Kind),
}

impl Content {
    /// The name of the kind.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lines { entries: false } => "events",
            Self::Lines { entries: true } => "entries",
            Self::Report(kind) => kind.name(),
        }
    }
}

/// A file that is read.
pub(super) struct Item {
    pub source: Source,
    pub content: Content,
    pub look: FirstLook,
}

/// What a first look at a report tells of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FirstLook {
    /// The day of the download, where something tells it.
    pub as_of: Option<Date>,
    /// How it writes dates and amounts.
    pub notation: Notation,
}

/// Why a file is not read.
#[derive(Debug)]
pub enum Omission {
    /// It proves nothing for the score.
    NoProof {
        /// What it is.
        what: &'static str,
        /// Why it proves nothing.
        reason: &'static str,
    },
    /// It is a report of a kind that has no reader.
    NoReader {
        /// The kind.
        kind: &'static str,
    },
    /// It is of no known kind.
    Unknown {
        /// Its columns.
        found: Vec<String>,
        /// The kind of report that is the most like it.
        nearest: Option<Nearest>,
    },
    /// It is a further sheet of a workbook, of which one is read.
    FurtherSheet {
        /// The kind of report that it is.
        kind: &'static str,
    },
    /// It cannot be read.
    Unreadable(ReportError),
}

/// The files of an import in the order in which they are read.
#[derive(Default)]
pub(super) struct Selection {
    pub items: Vec<Item>,
    pub omissions: Vec<(String, Omission)>,
    /// The global accounts of locations, as all files of the import tell them.
    pub accounts: Memberships,
    /// Why files refuse everything that cannot be read.
    pub failures: Vec<Error>,
    /// Whether a file is left out that would refuse everything if bad files were not skipped.
    pub is_partial: bool,
}

/// How files are sorted.
pub(super) struct Sorting {
    /// What all files are; `None` to recognise each.
    pub content: Option<Content>,
    /// `--downloaded`.
    pub downloaded: Option<Date>,
    /// `--day-first` or `--month-first`.
    pub dates: Option<DateOrder>,
    /// Whether unreadable files are left out.
    pub skip_bad: bool,
}

impl Sorting {
    /// Looks at every file. A failure is noted of each that cannot be read, unless such are left out, and of a named one
    /// that is not known.
    ///
    /// # Errors
    /// An interrupt.
    pub(super) fn sort(&self, found: Found, bar: &dyn Bar, interrupt: &Interrupt) -> Result<Selection, Error> {
        let len = found.sources.iter().map(|source| source.len).sum();
        let mut read = 0;
        let mut selection = Selection::default();
        for unreadable in found.unreadable {
            let left_out = selection.leave_out(self, unreadable);
            selection.failures.extend(left_out.err());
        }
        for mut source in found.sources {
            interrupt.check()?;
            let looked = source.open().and_then(|input| self.look(&source.name, Meter { input, read, len, bar }));
            read += source.len.unwrap_or_default();
            let added = match looked {
                Ok(looked) => self.add(&mut selection, source, looked),
                Err(error) if source.is_named && matches!(error.origin(), Origin::File(_)) => Err(error),
                Err(error) => {
                    let error = error.into_report()?;
                    let is_misnamed = matches!(error, ReportError::NotText) && is_named_as_packed(&source.name);
                    let error = if is_misnamed { ReportError::Misnamed } else { error };
                    selection.leave_out(self, source.unreadable(error))
                }
            };
            selection.failures.extend(added.err());
        }
        selection.items.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(selection)
    }

    /// Looks at a file that neither a ledger nor a command wrote.
    fn look(&self, name: &str, input: impl Read + Send) -> Result<Survey, Error> {
        let kind = match self.content {
            Some(Content::Report(kind)) => Some(kind),
            Some(Content::Lines { .. }) | None => None,
        };
        let failed = |error: io::Error| Error::file("read", name)(error);
        let (own, input) = own::file(name, Box::new(input)).map_err(failed)?;
        let looked = own.map_or_else(|| survey_as(input, kind, self.dates), |what| Err(ReportError::OwnFile { what }));
        looked.map_err(|error| Error::report(name, error))
    }

    fn add(&self, selection: &mut Selection, source: Source, mut looked: Survey) -> Result<(), Error> {
        let is_single = source.is_named;
        let as_of = as_of(self.downloaded, &source.name, looked.newest);
        let is_profile = matches!(looked.recognised, Recognised::NoProof { .. });
        for (location, account) in std::mem::take(&mut looked.accounts) {
            selection.accounts.add(location, PartnerId::new(&account).ok(), as_of, is_profile);
        }
        let content = match (self.content, looked.recognised) {
            (Some(content), _) => Ok(content),
            (None, Recognised::Events) => Ok(Content::Lines { entries: false }),
            (None, Recognised::Entries) => Ok(Content::Lines { entries: true }),
            (None, Recognised::Report(name)) => {
                Kind::from_name(name).map(Content::Report).ok_or(Omission::NoReader { kind: name })
            }
            (None, Recognised::NoProof { name, reason }) => Err(Omission::NoProof { what: name, reason }),
            // A table by its name, or a report that lacks a column, is refused: it should not be left out unnoticed.
            (None, Recognised::Unknown { found, nearest }) => {
                let is_missed =
                    is_single || is_named_as(&source.name, TABLES) || nearest.as_ref().is_some_and(Nearest::is_near);
                if is_missed && !self.skip_bad {
                    return Err(unknown_report(&source.name, &found, nearest.as_ref()));
                }
                selection.is_partial |= is_missed;
                Err(Omission::Unknown { found, nearest })
            }
        };
        match content {
            Ok(content @ Content::Report(_)) => {
                for (sheet, kind) in looked.further {
                    selection.omissions.push((format!("{}/{sheet}", source.name), Omission::FurtherSheet { kind }));
                }
                match looked.notation {
                    Ok(notation) => selection.items.push(Item { source, content, look: FirstLook { as_of, notation } }),
                    Err(error) => selection.leave_out(self, source.unreadable(error))?,
                }
            }
            Ok(content @ Content::Lines { .. }) => {
                selection.items.push(Item { source, content, look: FirstLook::default() });
            }
            Err(omission) => selection.omissions.push((source.name, omission)),
        }
        Ok(())
    }
}

impl Item {
    /// Month by month. Of a month those come last that tell who has left, which nobody has who uses something in
    /// whichever other report; and lines behind everything: nothing that they say is asked by reports, and they may be
    /// about facts of reports.
    fn order(&self) -> (bool, Option<Month>, bool, Option<Date>, &'static str, &str) {
        let (is_lines, tells_states) = match self.content {
            Content::Lines { .. } => (true, false),
            Content::Report(kind) => (false, kind.tells_states()),
        };
        let month = self.look.as_of.map(Month::of);
        (is_lines, month, tells_states, self.look.as_of, self.content.name(), &self.source.name)
    }
}

impl Selection {
    /// A file that is read without a first look.
    pub(super) fn single(source: Source, content: Content) -> Self {
        Self { items: vec![Item { source, content, look: FirstLook::default() }], ..Self::default() }
    }

    /// Leaves out a file that cannot be read, if that is asked for or no loss; otherwise refuses everything.
    fn leave_out(&mut self, sorting: &Sorting, unreadable: Unreadable) -> Result<(), Error> {
        let is_loss = !unreadable.is_no_loss();
        if is_loss && !sorting.skip_bad {
            let Unreadable { name, error, .. } = unreadable;
            return Err(Error::report(&name, error));
        }
        self.is_partial |= is_loss;
        self.omissions.push((unreadable.name, Omission::Unreadable(unreadable.error)));
        Ok(())
    }
}

impl Unreadable {
    /// Whether a folder loses nothing without the file: pictures and the like are no reports, and an empty file or an answer
    /// without objects says nothing. What a link leads to is in another folder. What is named as a report and no text was
    /// one once.
    fn is_no_loss(&self) -> bool {
        let is_named_as = |endings| is_named_as(&self.name, endings);
        #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else is wrong with a file, it may be a report")]
        let is_no_report = match &self.error {
            ReportError::NoObjects | ReportError::Empty | ReportError::OwnFile { .. } | ReportError::Elsewhere => true,
            ReportError::Document { .. } | ReportError::WebPage => !is_named_as(TABLES),
            ReportError::NotText => !is_named_as(TABLES) && !is_named_as(&[".json", ".jsonl"]),
            ReportError::Spreadsheet { .. } | ReportError::Encrypted => is_named_as(DOCUMENTS),
            _ => false,
        };
        !self.is_named && is_no_report
    }
}

/// A file whose columns are those of no report.
fn unknown_report(file: &str, found: &[String], nearest: Option<&Nearest>) -> Error {
    let has = std::iter::once(format!("it has {}", found.join(", ")));
    Error::new("unknown_report", format!("{file} is no report that is known"))
        .because(has.chain(nearest.map(ToString::to_string)))
        .hint(
            "`--kind KIND` names what it is, `pcs import --help` lists the kinds; `--skip-bad` leaves it out of a folder",
        )
}

/// How the names of tables end.
const TABLES: &[&str] =
    &[".csv", ".tsv", ".tab", ".psv", ".xls", ".xlsx", ".xlsm", ".xlsb", ".xltx", ".ods", ".fods", ".numbers"];
/// How the names of files end that are no text.
const PACKED: &[&str] = &[".xlsx", ".xlsm", ".xltx", ".zip", ".gz"];
/// How the names of documents end that have no table.
const DOCUMENTS: &[&str] = &[".doc", ".docx", ".ppt", ".pptx", ".msg", ".pages", ".key"];

/// Whether a file has the name of a workbook, a zip or gzip.
pub(super) fn is_named_as_packed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PACKED.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file has a name that ends so, packed or not.
fn is_named_as(name: &str, endings: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let packed = [".gz", ".bz2", ".xz", ".zst"].into_iter().find_map(|ending| name.strip_suffix(ending));
    let name = packed.unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}
