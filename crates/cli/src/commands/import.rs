//! `import`: many events at once, from lines of JSON, from reports, and from folders of both.

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
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use ledger::{Date, EventId, Ledger, LedgerDir, PartnerId, Timestamp};

use crate::args;
use crate::clock::Force;
use crate::done::Done;
use crate::error::Error;
use crate::kept::{Keeper, remove_left_overs};
use crate::map_files::MapFiles;
use crate::output::plain;
use crate::people::PeopleMap;
use crate::progress::{Progress, Unit};
use crate::session::Session;
pub(super) use book::Book;
use counts::Counts;
use persons::NewSecret;
pub(super) use refused::Refused;
use report::Said;
use reports::{DateOrder, Kind, Recognised, ReportError, is_zip, survey};
use sorted::{Content, Sorted, Sorting};
pub(super) use sources::has_several;
use sources::{Found, Source};

pub(crate) use parsed::check_rulebook;

/// Appends many events: lines of JSON, exported entries, or reports
///
/// Files may be packed with gzip. A folder or a zip is imported as one: what each file in it is, is recognised; reports are
/// read in the order of their days; what proves nothing for the score, is plainly no report or was written by a ledger is
/// listed and not read; what looks like a report and cannot be read refuses everything.
///
/// All or none: one bad line refuses everything, and the first bad lines are named. With --skip-bad the good ones are
/// appended and the bad ones written to a file, each beside its reason. What the ledger has already changes nothing, so a
/// file can be imported again. When the command returns, everything is durable.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Args {
    /// The files and folders; `-` for standard input
    #[arg(default_value = "-", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files are [default: events, or auto for a folder, a zip or several files]
    #[arg(long, value_enum, conflicts_with = "entries")]
    kind: Option<KindArg>,
    /// The lines are entries as `export` prints them, and keep their places and times
    #[arg(long)]
    entries: bool,
    /// Says what would happen, and appends nothing
    #[arg(long)]
    dry_run: bool,
    /// Appends the good lines when others are bad, and leaves files out that cannot be read
    #[arg(long)]
    skip_bad: bool,
    /// Where bad lines are written [default: FILE.rejected.jsonl]
    #[arg(long, value_name = "FILE", requires = "skip_bad")]
    rejected: Option<PathBuf>,
    /// The partner's global account, for a report that does not name it
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
    /// The report is the whole truth of its months: what it no longer shows has ended
    #[arg(long)]
    snapshot: bool,
    /// The day on which the reports were downloaded [default: the date in the file's name, else the day after the newest
    /// month inside, or the newest day]
    #[arg(long, value_name = "DAY", value_parser = args::date)]
    downloaded: Option<Date>,
    /// Dates as 3/7/2024 have the day first: 3 July 2024
    #[arg(long, conflicts_with = "month_first")]
    day_first: bool,
    /// Dates as 3/7/2024 have the month first: March 7, 2024
    #[arg(long)]
    month_first: bool,
    /// A file of mappings, which go before the built-in ones [env: `PCS_MAP`]
    #[arg(long = "map", value_name = "FILE")]
    maps: Vec<PathBuf>,
    /// Keeps the names and addresses of persons in the file people.json of the ledger's directory, where `pcs people`
    /// lists and erases them; without it nobody's name is kept anywhere
    #[arg(long)]
    people: bool,
    /// Names neither file nor line in the sources of what is said of persons: there stand texts that only the ledger's secret
    /// leads back, by `pcs people source`
    #[arg(long)]
    sealed_sources: bool,
    /// Keeps the file as it is, compressed, in the ledger's directory: `pcs kept` shows and erases it
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    force: Force,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KindArg {
    /// Whatever it is recognised as.
    Auto,
    Events,
    Report(Kind),
}

impl ValueEnum for KindArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<KindArg>> = LazyLock::new(|| {
            [KindArg::Events, KindArg::Auto].into_iter().chain(Kind::ALL.iter().copied().map(KindArg::Report)).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Auto => PossibleValue::new("auto").help("Whatever the file is recognised as"),
            Self::Events => PossibleValue::new("events").help("Events as lines of JSON"),
            Self::Report(kind) => PossibleValue::new(kind.name()).help(kind.help()),
        })
    }
}

/// What is imported.
pub(super) struct Input<'a> {
    /// The name of the file without its directory, `-` for standard input.
    pub(super) name: String,
    pub(super) bytes: Box<dyn Read + Send + 'a>,
    pub(super) len: Option<u64>,
}

/// How one file is read.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Events,
    Report { kind: Kind, partner: Option<PartnerId>, snapshot: bool, maps: MapFiles },
}

/// What reading and appending share.
pub(super) struct Import<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) home: &'a LedgerDir,
    pub(super) now: Timestamp,
    /// What the instants of entries that keep theirs are compared with.
    pub(super) new_id: &'a mut dyn FnMut() -> EventId,
    pub(super) new_secret: NewSecret<'a>,
    pub(super) bar: Progress,
    pub(super) dry_run: bool,
    /// Whether names of persons are kept in their map.
    pub(super) keep_names: bool,
    pub(super) refused: Refused,
    /// What keeps the files, where they are kept; their inputs must be its own.
    pub(super) keeper: Option<Keeper>,
    /// Notes what is durable.
    pub(super) done: &'a mut Done,
}

/// What a command line asks for.
enum Asked {
    /// The lines of one file, read as they come.
    Lines { input: Input<'static>, entries: bool },
    /// Reports, or several files; `is_list` tells whether the answer names each.
    Files { sorted: Sorted, is_list: bool },
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let rejected = self.skip_bad.then(|| self.rejected_path());
        let rejected = rejected.map(|typed| (session.env.path(&typed), typed));
        if let Some((path, typed)) = &rejected {
            let named = self.files.iter().filter(|typed| !is_stdin(typed));
            let inputs: Vec<PathBuf> = named.map(|typed| session.env.path(typed)).collect();
            if sources::is_among(path, &inputs) {
                return Err(Error::RejectsInput { path: typed.clone() });
            }
        }
        let mut asked = self.asked(session)?;
        if let Asked::Files { sorted, is_list: true } = &asked
            && sorted.items.is_empty()
        {
            return Err(self.nothing(sorted));
        }
        if let (Asked::Files { sorted, is_list: false }, None | Some(KindArg::Auto)) = (&asked, self.kind) {
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
        let (new_id, new_secret) = (&mut session.env.new_id, &mut session.env.new_secret);
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
        let counts = counts.map_err(|error| self.with_guess(session, error))?;
        if session.is_json() {
            return session.line(&counts.to_json());
        }
        counts.lines().iter().try_for_each(|line| session.line(line))
    }

    fn said(&self, session: &Session<'_>) -> Result<Said, Error> {
        let maps = MapFiles::read(session, &self.maps)?;
        let (partner, snapshot, downloaded) = (self.partner.clone(), self.snapshot, self.downloaded);
        Ok(Said { partner, snapshot, downloaded, sealed: self.sealed_sources, maps })
    }

    /// Finds the files, and looks at them where that is needed.
    fn asked(&self, session: &mut Session<'_>) -> Result<Asked, Error> {
        let paths: Vec<PathBuf> = self.files.iter().map(|typed| session.env.path(typed)).collect();
        let mut stdin: Option<Box<dyn Read + Send>> = None;
        let mut is_list = self.files.len() > 1;
        for (typed, path) in self.files.iter().zip(&paths) {
            if is_stdin(typed) {
                let mut input = std::mem::replace(&mut session.env.stdin, Box::new(io::empty()));
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
            Some(KindArg::Events) => Some(Content::Lines { entries: false }),
            Some(KindArg::Report(kind)) => Some(Content::Report(kind)),
            None if !is_list => Some(Content::Lines { entries: false }),
            None | Some(KindArg::Auto) => None,
        };
        if let Some(Content::Lines { .. }) = content
            && (self.partner.is_some()
                || self.snapshot
                || self.downloaded.is_some()
                || self.people
                || self.date_order().is_some()
                || self.sealed_sources
                || !self.maps.is_empty())
        {
            let what = "--partner, --snapshot, --downloaded, --day-first, --month-first, --people, --sealed-sources and \
                        --map are for reports: name one with --kind";
            return Err(Error::Usage(what.to_owned()));
        }
        if let (Some(Content::Lines { entries }), false) = (content, is_list) {
            return self.lines(entries, stdin, &paths);
        }
        // A single file that cannot be read is all that there is.
        let skip_bad = self.skip_bad && is_list;
        let sorting = Sorting { content, downloaded: self.downloaded, dates: self.date_order(), skip_bad };
        let mut found = Found::default();
        for (typed, path) in self.files.iter().zip(paths) {
            match stdin.take_if(|_| is_stdin(typed)) {
                Some(mut input) => found.add_stdin(&mut input)?,
                None => found.add(path, typed)?,
            }
        }
        let sorted = sorting.sort(found, &session.progress("looking", Unit::Bytes))?;
        if let (false, [], Some((file, passed))) = (is_list, sorted.items.as_slice(), sorted.passed.first()) {
            let what = format!("{file}: there is nothing to import in it");
            return Err(Error::NoReport { what, reasons: vec![files::text(passed)] });
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
            return Err(Error::Report { file: input.name, source: ReportError::OwnFile { what } });
        }
        Ok(Asked::Lines { input: Input { bytes, ..input }, entries })
    }

    /// The order of day and month that the command says.
    fn date_order(&self) -> Option<DateOrder> {
        let orders = [(self.day_first, DateOrder::DayFirst), (self.month_first, DateOrder::MonthFirst)];
        orders.into_iter().find_map(|(is_said, order)| is_said.then_some(order))
    }

    /// Why there is nothing to import.
    fn nothing(&self, sorted: &Sorted) -> Error {
        let what = format!("there is nothing to import in {}", self.name());
        let reasons = sorted.passed.iter().map(|(file, passed)| format!("{file}: {}", files::text(passed))).collect();
        Error::NoReport { what, reasons }
    }

    /// Says what a refused file of lines looks like instead, if it is a single one.
    fn with_guess(&self, session: &Session<'_>, error: Error) -> Error {
        let (None, false, [typed]) = (self.kind, self.entries, self.files.as_slice()) else { return error };
        let Error::RefusedFile { file, total, first, looks_like: None } = error else { return error };
        let surveyed = open(&session.env.path(typed), typed).ok().and_then(|input| survey(input.bytes).ok());
        #[expect(clippy::wildcard_enum_match_arm, reason = "what else it is does not explain the refusal")]
        let looks_like = surveyed.and_then(|survey| match survey.recognised {
            Recognised::Report(kind) => Some(format!("it looks like {kind}: `--kind {kind}`, or `--kind auto`")),
            Recognised::NoProof { name, reason } => {
                Some(format!("it looks like {name}, which proves nothing: {reason}"))
            }
            Recognised::Entries => Some("it looks like entries: `--entries`".to_owned()),
            _ => None,
        });
        Error::RefusedFile { file, total, first, looks_like }
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
    pub(super) fn run(self, input: Input<'static>, form: &Form) -> Result<Counts, Error> {
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
