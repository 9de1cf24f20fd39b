//! Importing: many events at once, from lines of JSON, from reports, and from folders of both.
//!
//! All or nothing: one bad line refuses everything, unless bad lines are skipped. What the ledger has already changes
//! nothing, so a file can be imported again. When an import returns, everything is durable.

mod accounts;
mod book;
mod files;
mod guess;
mod intake;
mod lines;
mod offers;
mod own;
mod parsed;
mod persons;
mod plan;
mod refusals;
mod report;
mod retold;
mod rows;
mod selection;
mod sources;

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use ledger::{Date, EventId, Ledger, LedgerDir, PartnerId, Timestamp};
use reports::{DateOrder, Kind, Recognised, ReportError, is_zip, sha256_of, survey};

use crate::done::Done;
use crate::error::{Error, Origin};
use crate::file_kind::{FileKind, or_other_kind};
use crate::interrupt::Interrupt;
use crate::kept::{Keeper, remove_left_overs};
use crate::maps::MapFiles;
use crate::names::{Names, NamesInImport};
use crate::people::PeopleMap;
use crate::session::Session;
use crate::text::plain;
use crate::world::{Bar, Unit};
pub use book::Book;
pub use files::{Counts, FileAnswer, Outcome, text as omission_text};
use guess::{Guess, UnknownFile};
pub(crate) use own::{directory as own_directory, has_others};
pub(crate) use parsed::{check_event, event_of, lines_of_events};
use persons::NewSecret;
pub use plan::Plan;
use refusals::Refusals;
pub(crate) use retold::RetoldReport;
pub use retold::RowPart;
use selection::{Content, Item, Selection, Sorting};
pub(crate) use sources::has_several;
use sources::{Found, Source, name_of};

/// What is to be imported, and how.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Request {
    /// The files and folders as they were typed; `-` for what is handed over beside the request.
    pub files: Vec<PathBuf>,
    /// What the files are; without it whatever they are recognised as.
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
    /// The file of mappings that goes behind them, which nobody asked for by this import: reports alone are read by it.
    pub usual_map: Option<PathBuf>,
    /// Whether names and addresses of persons are kept in their map.
    pub people: bool,
    /// Whether the names of customers are left out of their file.
    pub no_names: bool,
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

/// A file that the program brings along, with the instant, ids and secret of its import.
pub struct BundledFile<'a> {
    /// The name of the file.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    /// The instant of the import.
    pub now: Timestamp,
    /// Makes the ids of events that have none.
    pub new_id: &'a mut dyn FnMut() -> EventId,
    /// Makes the secret of pseudonyms.
    pub new_secret: NewSecret<'a>,
}

/// One import: what reading and appending share.
struct Import<'a> {
    request: &'a Request,
    maps: MapFiles,
    ledger: &'a mut Ledger,
    now: Timestamp,
    new_id: &'a mut dyn FnMut() -> EventId,
    new_secret: NewSecret<'a>,
    bar: Box<dyn Bar>,
    refusals: Refusals,
    /// The names of customers, where those are kept.
    names: Option<NamesInImport>,
    /// What keeps the files, where they are kept.
    keeper: Option<Keeper>,
    /// Notes what is durable.
    done: &'a mut Done,
    /// Tells that the import is to end.
    interrupt: Interrupt,
}

/// What is read.
enum Material {
    /// The lines of one file, read as they come; what is said of it if nobody recognises it and it has no good line.
    Lines { source: Source, entries: bool, unknown: Option<UnknownFile> },
    /// Reports, or several files; `is_list` tells whether the answer names each.
    Files { selection: Selection, is_list: bool },
}

impl Request {
    /// Imports what is asked for; `stdin` is what `-` stands for.
    ///
    /// # Errors
    /// What is refused, with its lines; then nothing of it is appended.
    pub fn run(&self, session: &mut Session<'_>, stdin: &mut Box<dyn Read + Send>) -> Result<Counts, Error> {
        let rejected = self.skip_bad.then(|| self.rejected_path()).map(|typed| (session.path(&typed), typed));
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
        let mut material = self.material(session, stdin).map_err(|error| self.of_its_kind(session, error))?;
        let unknown = if let Material::Lines { unknown, .. } = &mut material { unknown.take() } else { None };
        let maps = MapFiles::read(session, &self.map_files(&material))?;
        let now = session.writing_at(self.force)?;
        // Entries keep their instants, whatever the clock says.
        let is_copy = matches!(material, Material::Lines { entries: true, .. });
        let mut ledger = if is_copy { session.ledger() } else { session.ledger_at(now) }?;
        let home = ledger.dir();
        let bar = session.progress("importing", Unit::Bytes);
        let earlier = rejected.clone().and_then(|(path, typed)| Some((digest_of(&path)?, path, typed)));
        if !self.dry_run {
            remove_left_overs(&home)?;
            PeopleMap::remove_unfinished(&home)?;
            Names::remove_unfinished(&home)?;
        }
        let names = self.names(session, &home);
        let (new_id, new_secret) = (&mut session.world.new_id, &mut session.world.new_secret);
        let import = Import {
            request: self,
            maps,
            ledger: &mut ledger,
            now,
            new_id: &mut || EventId(new_id()),
            new_secret,
            bar,
            refusals: Refusals::new(self.name(), rejected, self.dry_run).of_unknown(unknown),
            names,
            keeper: (self.keep && !self.dry_run).then(|| Keeper::begin(&home, now)).transpose()?,
            done: &mut session.done,
            interrupt: session.world.interrupt.clone(),
        };
        let imported = match material {
            Material::Lines { source, entries, .. } => intake::import_lines(import, source, entries),
            Material::Files { selection, is_list } => intake::import_files(import, selection, is_list),
        };
        if let Some((digest, path, typed)) = earlier
            && digest_of(&path) != Some(digest)
        {
            let path = plain(&typed.display().to_string());
            session.world.watch.warn(&format!("{path} had other lines in it: the refused lines have replaced them"));
        }
        let counts = imported.map_err(|error| self.with_guess(session, error))?;
        for file in &counts.empty {
            session
                .world
                .watch
                .warn(&format!("{}: nothing to import is in it; was it cut when it was downloaded?", plain(file)));
        }
        Ok(counts)
    }

    /// The files of mappings by which this is read.
    fn map_files(&self, material: &Material) -> Vec<PathBuf> {
        let is_report = |item: &Item| matches!(item.content, Content::Report(_));
        let has_report = match material {
            Material::Lines { .. } => false,
            Material::Files { selection, .. } => selection.items.iter().any(is_report),
        };
        let usual = self.usual_map.iter().filter(|file| has_report && !self.maps.contains(file));
        self.maps.iter().chain(usual).cloned().collect()
    }

    /// Imports a file that the program brings along, as part of a larger step: nothing is noted as done.
    ///
    /// # Errors
    /// As [`Request::run`].
    pub fn run_bundled(
        &self,
        session: &Session<'_>,
        ledger: &mut Ledger,
        file: BundledFile<'_>,
    ) -> Result<Counts, Error> {
        let BundledFile { name, bytes, now, new_id, new_secret } = file;
        let source = Source::once(name.to_owned(), Box::new(bytes), Some(bytes.len() as u64));
        let home = ledger.dir();
        let import = Import {
            request: self,
            maps: MapFiles::read(session, &self.maps)?,
            ledger,
            now,
            new_id,
            new_secret,
            bar: session.progress("importing", Unit::Bytes),
            refusals: Refusals::new(name.to_owned(), None, self.dry_run),
            names: self.names(session, &home),
            keeper: None,
            done: &mut Done::default(),
            interrupt: session.world.interrupt.clone(),
        };
        match self.kind {
            Some(AskedKind::Report(kind)) => {
                intake::import_files(import, Selection::single(source, Content::Report(kind)), false)
            }
            Some(AskedKind::Auto | AskedKind::Events) | None => intake::import_lines(import, source, self.entries),
        }
    }

    /// The names of customers that are kept already, unless none are to be kept. Names that cannot be read are no reason
    /// to refuse facts.
    fn names(&self, session: &Session<'_>, home: &LedgerDir) -> Option<NamesInImport> {
        if self.no_names || self.dry_run {
            return None;
        }
        let names = Names::read_or_warn(session, home)?;
        Some(NamesInImport { names, is_changed: false })
    }

    /// Says what a single file is, where that was not named, and what of it is not read.
    fn say_single(&self, session: &Session<'_>, selection: &Selection) {
        if matches!(self.kind, None | Some(AskedKind::Auto)) {
            for item in &selection.items {
                let day = item.look.as_of.map_or_else(String::new, |day| format!(" as of {day}"));
                session.say(&format!("{}: {}{day}", plain(&item.source.name), item.content.name()));
            }
        }
        for (name, omission) in &selection.omissions {
            session.say(&format!("{}: {}", plain(name), plain(&files::text(omission))));
        }
    }

    /// Finds the files, and looks at them where that is needed.
    fn material(&self, session: &Session<'_>, given: &mut Box<dyn Read + Send>) -> Result<Material, Error> {
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
        let mut unknown = None;
        let content = match self.kind {
            _ if self.entries => Some(Content::Lines { entries: true }),
            Some(AskedKind::Events) => Some(Content::Lines { entries: false }),
            Some(AskedKind::Report(kind)) => Some(Content::Report(kind)),
            None if !is_list => match guess::guess(&paths, &mut stdin)? {
                Guess::Report => None,
                Guess::Events => Some(Content::Lines { entries: false }),
                Guess::Unknown(file) => {
                    unknown = Some(file);
                    Some(Content::Lines { entries: false })
                }
            },
            None | Some(AskedKind::Auto) => None,
        };
        if let Some(Content::Lines { .. }) = content
            && (self.partner.is_some()
                || self.snapshot
                || self.downloaded.is_some()
                || self.people
                || self.no_names
                || self.date_order.is_some()
                || self.sealed_sources
                || !self.maps.is_empty())
        {
            let what = "--partner, --snapshot, --downloaded, --day-first, --month-first, --people, --no-names, \
                        --sealed-sources and --map are for reports: name one with --kind";
            return Err(Error::usage(what));
        }
        if let (Some(Content::Lines { entries }), false) = (content, is_list) {
            return self.lines(entries, unknown, stdin, &paths);
        }
        // Without a single file that cannot be read nothing would be left.
        let skip_bad = self.skip_bad && is_list;
        let sorting = Sorting { content, downloaded: self.downloaded, dates: self.date_order, skip_bad };
        let mut found = Found::default();
        for (typed, path) in self.files.iter().zip(paths) {
            match stdin.take_if(|_| is_stdin(typed)) {
                // It is looked at before it is imported, and can be read only once.
                Some(mut input) => found.add_copy(&mut input, "-".to_owned(), true)?,
                None => found.add(path, typed)?,
            }
        }
        let mut selection =
            sorting.sort(found, &*session.progress("looking", Unit::Bytes), &session.world.interrupt)?;
        if selection.items.is_empty() {
            let unreadable = refusals::of_files(&self.name(), std::mem::take(&mut selection.failures), None);
            return Err(unreadable.unwrap_or_else(|| self.nothing(&selection, is_list)));
        }
        if !is_list {
            self.say_single(session, &selection);
        }
        Ok(Material::Files { selection, is_list })
    }

    /// One file of lines, which is read once.
    fn lines(
        &self,
        entries: bool,
        unknown: Option<UnknownFile>,
        stdin: Option<Box<dyn Read + Send>>,
        paths: &[PathBuf],
    ) -> Result<Material, Error> {
        let mut inside = None;
        let (name, bytes, len): (_, Box<dyn Read + Send>, _) = match (stdin, self.files.first(), paths.first()) {
            (None, Some(typed), Some(path)) => {
                let failed = |error| Error::file("read", typed)(error);
                let file = File::open(path).map_err(failed)?;
                let about = file.metadata().map_err(failed)?;
                inside = own::inside(path);
                (name_of(typed), Box::new(file), about.is_file().then_some(about.len()))
            }
            (stdin, ..) => ("-".to_owned(), stdin.unwrap_or_else(|| Box::new(io::empty())), None),
        };
        let (beginning, bytes) = own::file(&name, bytes).map_err(Error::file("read", &name))?;
        if let Some(what) = inside.or(beginning) {
            return Err(Error::report(&name, ReportError::OwnFile { what }));
        }
        Ok(Material::Lines { source: Source::once(name, bytes, len), entries, unknown })
    }

    /// Why there is nothing to import.
    fn nothing(&self, selection: &Selection, is_list: bool) -> Error {
        let texts = selection.omissions.iter().map(|(file, omission)| (file, files::text(omission)));
        let failure = if is_list {
            let what = format!("there is nothing to import in {}", self.name());
            Error::new("no_report", what).because(texts.map(|(file, text)| format!("{file}: {text}")))
        } else {
            let what = format!("{}: there is nothing to import in it", self.name());
            Error::new("no_report", what).because(texts.map(|(_, text)| text))
        };
        failure.hint("download the reports that `pcs import --help` lists")
    }

    /// Adds that the file looks like entries, if it is a single file whose lines were refused.
    fn with_guess(&self, session: &Session<'_>, error: Error) -> Error {
        if !matches!(error.origin(), Origin::RefusedLines | Origin::Report(_) | Origin::File(_)) {
            return error;
        }
        let (None, false, [typed]) = (self.kind, self.entries, self.files.as_slice()) else {
            return self.of_its_kind(session, error);
        };
        let surveyed = File::open(session.path(typed)).ok().and_then(|file| survey(file).ok());
        if surveyed.is_some_and(|survey| matches!(survey.recognised, Recognised::Entries)) {
            return error.hint_alone(format!("it is an export: {}", FileKind::Entries.hint(typed)));
        }
        self.of_its_kind(session, error)
    }

    /// Says what a single file is, where that is nothing of what the command reads.
    fn of_its_kind(&self, session: &Session<'_>, error: Error) -> Error {
        let [typed] = self.files.as_slice() else { return error };
        if is_stdin(typed) {
            return error;
        }
        if let ("own_file", Some(kind)) = (error.code(), FileKind::of(&session.path(typed))) {
            // A folder in a ledger is a part of it.
            let kind = if kind == FileKind::Folder { FileKind::LedgerPart } else { kind };
            return error.hint_alone(kind.hint(typed));
        }
        if session.path(typed).is_dir() {
            return error;
        }
        let wanted = match self.kind {
            _ if self.entries => FileKind::Entries,
            Some(AskedKind::Events) => FileKind::Events,
            Some(AskedKind::Report(_)) => FileKind::Report,
            None | Some(AskedKind::Auto) => {
                let is_read = |kind| matches!(kind, FileKind::Events | FileKind::Entries | FileKind::Report);
                let kind = FileKind::of(&session.path(typed)).filter(|kind| !is_read(*kind));
                return if kind.is_some() { or_other_kind(session, typed, FileKind::Report)(error) } else { error };
            }
        };
        or_other_kind(session, typed, wanted)(error)
    }

    /// What errors call the files.
    fn name(&self) -> String {
        match self.files.as_slice() {
            [file] => name_of(file),
            files => format!("{} files", files.len()),
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

/// The SHA-256 of a file that has something in it.
fn digest_of(path: &Path) -> Option<String> {
    fs::metadata(path).ok().filter(|about| about.is_file() && about.len() > 0)?;
    sha256_of(&mut File::open(path).ok()?).ok()
}

fn is_stdin(typed: &Path) -> bool {
    typed == Path::new("-")
}
