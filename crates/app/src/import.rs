//! Importing: many events at once, from lines of JSON, from reports, and from folders of both.
//!
//! All or nothing: one bad line refuses everything, unless bad lines are skipped. What the ledger has already changes
//! nothing, so a file can be imported again. When an import returns, everything is durable.

mod accounts;
mod book;
mod counts;
mod files;
mod lines;
mod offers;
mod own;
mod parsed;
mod persons;
mod plan;
mod refused;
mod report;
mod rows;
mod sorted;
mod sources;
mod taken;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use ledger::{Date, EventId, Ledger, LedgerDir, PartnerId, Timestamp};
use reports::{DateOrder, Kind, Recognised, ReportError, is_zip, survey};

use crate::done::Done;
use crate::error::{Error, Origin};
use crate::kept::{Keeper, remove_left_overs};
use crate::map_files::MapFiles;
use crate::people::PeopleMap;
use crate::session::Session;
use crate::text::plain;
use crate::world::{Bar, Unit};
pub use book::Book;
pub use counts::Counts;
pub use files::{FileAnswer, Outcome, text as passed_text};
pub use parsed::check_rulebook;
pub use persons::NewSecret;
pub use plan::Plan;
pub use refused::Refused;
use report::Said;
use sorted::{Content, Sorted, Sorting};
pub use sources::has_several;
use sources::{Found, Source};

/// What is to be imported, and how.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Request {
    /// The files and folders as they were typed; `-` for what is handed over beside the request.
    pub files: Vec<PathBuf>,
    /// What the files are; without it events, or whatever they are recognised as for a folder, a zip or several files.
    pub kind: Option<AskedKind>,
    /// Whether the lines are entries, which keep their places and times.
    pub entries: bool,
    /// Whether nothing is appended.
    pub dry_run: bool,
    /// Whether good lines are appended when others are bad.
    pub skip_bad: bool,
    /// Where bad lines are written, as it was typed; beside the first file without it.
    pub rejected: Option<PathBuf>,
    /// The partner's global account, for a report that does not name it.
    pub partner: Option<PartnerId>,
    /// Whether what a report no longer shows has ended.
    pub snapshot: bool,
    /// The day on which the reports were downloaded.
    pub downloaded: Option<Date>,
    /// The order of day and month in dates such as 3/7/2024.
    pub date_order: Option<DateOrder>,
    /// The files of mappings, as they were typed.
    pub maps: Vec<PathBuf>,
    /// Whether names and addresses of persons are kept in their map.
    pub people: bool,
    /// Whether sources that speak of persons name neither file nor line.
    pub sealed_sources: bool,
    /// Whether the files are kept as they are.
    pub keep: bool,
    /// Whether entries are written though their instant is far ahead of the clock.
    pub force: bool,
}

/// What a file is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedKind {
    /// Whatever it is recognised as.
    Auto,
    /// Events as lines of JSON.
    Events,
    /// A report of this kind.
    Report(Kind),
}

/// What is imported.
pub struct Input<'a> {
    /// The name of the file without its directory, `-` for standard input.
    pub name: String,
    pub bytes: Box<dyn Read + Send + 'a>,
    pub len: Option<u64>,
}

/// How one file is read.
#[derive(Clone, Debug)]
pub enum Form {
    Events,
    Report { kind: Kind, partner: Option<PartnerId>, snapshot: bool, maps: MapFiles },
}

/// What reading and appending share.
pub struct Import<'a> {
    pub ledger: &'a mut Ledger,
    pub home: &'a LedgerDir,
    pub now: Timestamp,
    /// What the instants of entries that keep theirs are compared with.
    pub new_id: &'a mut dyn FnMut() -> EventId,
    pub new_secret: NewSecret<'a>,
    pub bar: Box<dyn Bar>,
    pub dry_run: bool,
    /// Whether names of persons are kept in their map.
    pub keep_names: bool,
    pub refused: Refused,
    /// What keeps the files, where they are kept; their inputs must be its own.
    pub keeper: Option<Keeper>,
    /// Notes what is durable.
    pub done: &'a mut Done,
}

/// What a command line asks for.
enum Asked {
    /// The lines of one file, read as they come.
    Lines { input: Input<'static>, entries: bool },
    /// Reports, or several files; `is_list` tells whether the answer names each.
    Files { sorted: Sorted, is_list: bool },
}

impl Request {
    /// Imports what is asked for; `stdin` is what `-` stands for.
    ///
    /// # Errors
    /// What is refused, with its lines; then nothing of it is appended.
    pub fn run(&self, session: &mut Session<'_>, stdin: &mut Box<dyn Read + Send>) -> Result<Counts, Error> {
        let rejected = self.skip_bad.then(|| self.rejected_path());
        let rejected = rejected.map(|typed| (session.path(&typed), typed));
        if let Some((path, typed)) = &rejected {
            let named = self.files.iter().filter(|typed| !is_stdin(typed));
            let inputs: Vec<PathBuf> = named.map(|typed| session.path(typed)).collect();
            if sources::is_among(path, &inputs) {
                let path = typed.display();
                let text =
                    format!("{path} is one of the files that are imported, and the refused lines would replace it");
                return Err(Error::usage(text).hint("name another file with `--rejected`"));
            }
        }
        let mut asked = self.asked(session, stdin)?;
        if let Asked::Files { sorted, is_list: true } = &asked
            && sorted.items.is_empty()
        {
            return Err(self.nothing(sorted));
        }
        if let (Asked::Files { sorted, is_list: false }, None | Some(AskedKind::Auto)) = (&asked, self.kind) {
            for item in &sorted.items {
                let day = item.looked.as_of.map_or_else(String::new, |day| format!(" as of {day}"));
                session.say(&format!("{}: {}{day}", plain(&item.source.name), item.content.name()));
            }
        }
        if let Asked::Files { sorted, is_list: false } = &asked {
            for (name, passed) in &sorted.passed {
                session.say(&format!("{}: {}", plain(name), plain(&files::text(passed))));
            }
        }
        let said = self.said(session)?;
        let now = session.writing_at(self.force)?;
        // Entries keep their instants, whatever the clock says.
        let is_copy = matches!(asked, Asked::Lines { entries: true, .. });
        let mut ledger = if is_copy { session.ledger() } else { session.ledger_at(now) }?;
        let home = ledger.dir();
        let bar = session.progress("importing", Unit::Bytes);
        if !self.dry_run {
            remove_left_overs(&home)?;
            PeopleMap::remove_unfinished(&home)?;
        }
        let mut keeper = None;
        if self.keep && !self.dry_run {
            let mut files = Keeper::begin(&home, now)?;
            if let Asked::Lines { input, entries } = &mut asked {
                let kind = Content::Lines { entries: *entries }.name();
                let bytes = std::mem::replace(&mut input.bytes, Box::new(io::empty()));
                input.bytes = Box::new(files.keep(&input.name, kind, bytes)?);
            }
            keeper = Some(files);
        }
        let (new_id, new_secret) = (&mut session.world.new_id, &mut session.world.new_secret);
        let import = Import {
            ledger: &mut ledger,
            home: &home,
            now,
            new_id: &mut || EventId(new_id()),
            new_secret,
            bar,
            dry_run: self.dry_run,
            keep_names: self.people,
            refused: Refused::new(self.name(), rejected, self.dry_run),
            keeper,
            done: &mut session.done,
        };
        let counts = match asked {
            Asked::Lines { input, entries } => rows::import(import, input, entries),
            Asked::Files { sorted, is_list } => report::import(import, sorted, &said, is_list),
        };
        counts.map_err(|error| self.with_guess(session, error))
    }

    fn said(&self, session: &Session<'_>) -> Result<Said, Error> {
        let maps = MapFiles::read(session, &self.maps)?;
        let (partner, snapshot, downloaded) = (self.partner.clone(), self.snapshot, self.downloaded);
        Ok(Said { partner, snapshot, downloaded, sealed: self.sealed_sources, maps })
    }

    /// Finds the files, and looks at them where that is needed.
    fn asked(&self, session: &mut Session<'_>, given: &mut Box<dyn Read + Send>) -> Result<Asked, Error> {
        let paths: Vec<PathBuf> = self.files.iter().map(|typed| session.path(typed)).collect();
        let mut stdin: Option<Box<dyn Read + Send>> = None;
        let mut is_list = self.files.len() > 1;
        for (typed, path) in self.files.iter().zip(&paths) {
            if is_stdin(typed) {
                let mut input = std::mem::replace(given, Box::new(io::empty()));
                let mut head = Vec::new();
                input.by_ref().take(4).read_to_end(&mut head).map_err(Error::file("read", typed))?;
                is_list |= is_zip(&head);
                stdin = Some(Box::new(Cursor::new(head).chain(input)));
            } else {
                is_list |= has_several(path, typed)?;
            }
        }
        let content = match self.kind {
            _ if self.entries => Some(Content::Lines { entries: true }),
            Some(AskedKind::Events) => Some(Content::Lines { entries: false }),
            Some(AskedKind::Report(kind)) => Some(Content::Report(kind)),
            None if !is_list => Some(Content::Lines { entries: false }),
            None | Some(AskedKind::Auto) => None,
        };
        if let Some(Content::Lines { .. }) = content
            && (self.partner.is_some()
                || self.snapshot
                || self.downloaded.is_some()
                || self.people
                || self.date_order.is_some()
                || self.sealed_sources
                || !self.maps.is_empty())
        {
            let what = "--partner, --snapshot, --downloaded, --day-first, --month-first, --people, --sealed-sources and \
                        --map are for reports: name one with --kind";
            return Err(Error::usage(what));
        }
        if let (Some(Content::Lines { entries }), false) = (content, is_list) {
            return self.lines(entries, stdin, &paths);
        }
        // A single file that cannot be read is all that there is.
        let skip_bad = self.skip_bad && is_list;
        let sorting = Sorting { content, downloaded: self.downloaded, dates: self.date_order, skip_bad };
        let mut found = Found::default();
        for (typed, path) in self.files.iter().zip(paths) {
            match stdin.take_if(|_| is_stdin(typed)) {
                Some(mut input) => found.add_stdin(&mut input)?,
                None => found.add(path, typed)?,
            }
        }
        let sorted = sorting.sort(found, &*session.progress("looking", Unit::Bytes))?;
        if let (false, [], Some((file, passed))) = (is_list, sorted.items.as_slice(), sorted.passed.first()) {
            let what = format!("{file}: there is nothing to import in it");
            return Err(no_report(what, [files::text(passed)]));
        }
        Ok(Asked::Files { sorted, is_list })
    }

    /// One file of lines, which is read once.
    fn lines(&self, entries: bool, stdin: Option<Box<dyn Read + Send>>, paths: &[PathBuf]) -> Result<Asked, Error> {
        let (input, inside) = match (stdin, self.files.first(), paths.first()) {
            (None, Some(typed), Some(path)) => (open(path, typed)?, own::inside(path)),
            (stdin, ..) => {
                let bytes = stdin.unwrap_or_else(|| Box::new(io::empty()));
                (Input { name: "-".to_owned(), bytes, len: None }, None)
            }
        };
        let (told, bytes) = own::file(&input.name, input.bytes).map_err(Error::file("read", &input.name))?;
        if let Some(what) = inside.or(told) {
            return Err(Error::report(&input.name, ReportError::OwnFile { what }));
        }
        Ok(Asked::Lines { input: Input { bytes, ..input }, entries })
    }

    /// Why there is nothing to import.
    fn nothing(&self, sorted: &Sorted) -> Error {
        let what = format!("there is nothing to import in {}", self.name());
        no_report(what, sorted.passed.iter().map(|(file, passed)| format!("{file}: {}", files::text(passed))))
    }

    /// Says what a refused file of lines looks like instead, if it is a single one.
    fn with_guess(&self, session: &Session<'_>, error: Error) -> Error {
        let (None, false, [typed]) = (self.kind, self.entries, self.files.as_slice()) else { return error };
        if !matches!(error.origin(), Origin::RefusedLines) {
            return error;
        }
        let surveyed = open(&session.path(typed), typed).ok().and_then(|input| survey(input.bytes).ok());
        #[expect(clippy::wildcard_enum_match_arm, reason = "what else it is does not explain the refusal")]
        let looks_like = surveyed.and_then(|survey| match survey.recognised {
            Recognised::Report(kind) => Some(format!("it looks like {kind}: `--kind {kind}`, or `--kind auto`")),
            Recognised::NoProof { name, reason } => {
                Some(format!("it looks like {name}, which proves nothing: {reason}"))
            }
            Recognised::Entries => Some("it looks like entries: `--entries`".to_owned()),
            _ => None,
        });
        match looks_like {
            Some(looks_like) => error.hint_alone(looks_like),
            None => error,
        }
    }

    /// What errors call the files.
    fn name(&self) -> String {
        let mut names = self.files.iter().map(|file| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy());
        match (names.next(), names.count()) {
            (Some(name), 0) => name.into_owned(),
            (_, more) => format!("{} files", more + 1),
        }
    }

    /// Where bad lines go, as it was typed: beside the first file or folder.
    fn rejected_path(&self) -> PathBuf {
        let default = || {
            let first = self.files.first().map_or(Path::new("-"), PathBuf::as_path);
            let file = if is_stdin(first) { Path::new("stdin") } else { first };
            let mut name = file.components().as_path().as_os_str().to_owned();
            name.push(".rejected.jsonl");
            PathBuf::from(name)
        };
        self.rejected.clone().unwrap_or_else(default)
    }
}

/// Files of which none is a report; the reasons of each.
fn no_report(text: String, reasons: impl IntoIterator<Item = String>) -> Error {
    let failure = Error::new("no_report", text).because(reasons);
    failure.hint("download the reports that `pcs import --help` lists")
}

fn is_stdin(typed: &Path) -> bool {
    typed == Path::new("-")
}

fn open(path: &Path, typed: &Path) -> Result<Input<'static>, Error> {
    let failed = |error| Error::file("read", typed)(error);
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    let name = typed.file_name().unwrap_or(typed.as_os_str()).to_string_lossy().into_owned();
    Ok(Input { name, bytes: Box::new(file), len: about.is_file().then_some(about.len()) })
}

impl Import<'_> {
    /// Reads one file, and appends it all or nothing.
    pub fn run(self, input: Input<'static>, form: &Form) -> Result<Counts, Error> {
        match form {
            Form::Events => rows::import(self, input, false),
            Form::Report { kind, partner, snapshot, maps } => {
                let (partner, maps) = (partner.clone(), maps.clone());
                let said = Said { partner, snapshot: *snapshot, downloaded: None, sealed: false, maps };
                let source = Source::once(input.name, input.bytes, input.len);
                report::import(self, Sorted::single(source, Content::Report(*kind)), &said, false)
            }
        }
    }
}
