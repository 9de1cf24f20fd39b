//! `import`: many events at once, from lines of JSON or from a report.

mod book;
mod counts;
mod lines;
mod offers;
mod parsed;
mod plan;
mod refused;
mod report;
mod rows;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ledger::{EventId, Ledger, PartnerId, Timestamp};

use crate::args;
use crate::error::Error;
use crate::map_files::MapFiles;
use crate::progress::{Progress, Unit};
use crate::reports::Kind;
use crate::session::Session;
use counts::Counts;
pub(super) use refused::Refused;

pub(crate) use parsed::check_rulebook;

/// Appends many events: lines of JSON, exported entries, or a report
///
/// All or none: one bad line refuses the whole file, and the first bad lines are named. With --skip-bad the good ones
/// are appended and the bad ones written to a file, each beside its reason. What the ledger has already changes nothing,
/// so a file can be imported again. When the command returns, everything is durable.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Args {
    /// The file; `-` for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// What the file is
    #[arg(long, value_enum, default_value_t, conflicts_with = "entries")]
    kind: KindArg,
    /// The lines are entries as `export` prints them, and keep their places and times
    #[arg(long)]
    entries: bool,
    /// Says what would happen, and appends nothing
    #[arg(long)]
    dry_run: bool,
    /// Appends the good lines when others are bad
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
    /// A file of mappings, which go before the built-in ones [env: `PCS_MAP`]
    #[arg(long = "map", value_name = "FILE")]
    maps: Vec<PathBuf>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Events as lines of JSON
    #[default]
    Events,
    /// A report of Azure consumption
    AzureUsage,
    /// A report of the usage of claimed workloads
    CporM365Usage,
    /// A report of the usage of Microsoft 365 workloads
    OfficeUsage,
    /// A report of the usage of Enterprise Mobility + Security
    EmsUsage,
    /// A report of subscriptions with their seats and revenue
    SeatsAndRevenue,
    /// A report of customers with their segments and states
    CustomersAndTenants,
    /// A report of certifications
    TrainingCompletions,
}

/// What is imported.
pub(super) struct Input<'a> {
    /// The name of the file without its directory, `-` for standard input.
    pub(super) name: String,
    pub(super) bytes: Box<dyn Read + Send + 'a>,
    pub(super) len: Option<u64>,
}

/// How it is read.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Events,
    Entries,
    Report { kind: Kind, partner: Option<PartnerId>, snapshot: bool, maps: MapFiles },
}

/// What reading and appending share.
pub(super) struct Import<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) now: Timestamp,
    pub(super) new_id: &'a mut dyn FnMut() -> EventId,
    pub(super) bar: Progress,
    pub(super) dry_run: bool,
    pub(super) refused: Refused,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let form = self.form(session)?;
        let input = self.open(session)?;
        let now = session.now();
        let mut ledger = session.ledger()?;
        let bar = session.progress("importing", Unit::Bytes);
        let rejected = self.skip_bad.then(|| self.rejected_path());
        let rejected = rejected.map(|typed| (session.env.path(&typed), typed));
        let new_id = &mut session.env.new_id;
        let import = Import {
            ledger: &mut ledger,
            now,
            new_id: &mut || EventId(new_id()),
            bar,
            dry_run: self.dry_run,
            refused: Refused::new(input.name.clone(), rejected, self.dry_run),
        };
        let counts = import.run(input, &form)?;
        if session.is_json() {
            return session.line(&counts.to_json());
        }
        counts.lines().iter().try_for_each(|line| session.line(line))
    }

    fn form(&self, session: &Session<'_>) -> Result<Form, Error> {
        let kind = match self.kind {
            KindArg::Events if self.partner.is_some() || self.snapshot || !self.maps.is_empty() => {
                let usage = "--partner, --snapshot and --map are for reports: name one with --kind";
                return Err(Error::Usage(usage.to_owned()));
            }
            KindArg::Events if self.entries => return Ok(Form::Entries),
            KindArg::Events => return Ok(Form::Events),
            KindArg::AzureUsage => Kind::AzureUsage,
            KindArg::CporM365Usage => Kind::CporM365Usage,
            KindArg::OfficeUsage => Kind::OfficeUsage,
            KindArg::EmsUsage => Kind::EmsUsage,
            KindArg::SeatsAndRevenue => Kind::SeatsAndRevenue,
            KindArg::CustomersAndTenants => Kind::CustomersAndTenants,
            KindArg::TrainingCompletions => Kind::TrainingCompletions,
        };
        let maps = MapFiles::read(session, &self.maps)?;
        Ok(Form::Report { kind, partner: self.partner.clone(), snapshot: self.snapshot, maps })
    }

    fn is_stdin(&self) -> bool {
        self.file == Path::new("-")
    }

    fn open(&self, session: &mut Session<'_>) -> Result<Input<'static>, Error> {
        if self.is_stdin() {
            let bytes = std::mem::replace(&mut session.env.stdin, Box::new(io::empty()));
            return Ok(Input { name: "-".to_owned(), bytes, len: None });
        }
        let failed = |error| Error::file("read", &self.file)(error);
        let file = File::open(session.env.path(&self.file)).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let name = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        Ok(Input { name, bytes: Box::new(file), len: about.is_file().then_some(about.len()) })
    }

    /// Where bad lines go, as it was typed.
    fn rejected_path(&self) -> PathBuf {
        let default = || {
            let file = if self.is_stdin() { Path::new("stdin") } else { &self.file };
            let mut name = file.as_os_str().to_owned();
            name.push(".rejected.jsonl");
            PathBuf::from(name)
        };
        self.rejected.clone().unwrap_or_else(default)
    }
}

impl Import<'_> {
    /// Reads everything, and appends it all or nothing.
    pub(super) fn run(self, input: Input<'_>, form: &Form) -> Result<Counts, Error> {
        match form {
            Form::Events => rows::import(self, input, false),
            Form::Entries => rows::import(self, input, true),
            Form::Report { kind, partner, snapshot, maps } => {
                report::import(self, input, *kind, partner.clone(), *snapshot, maps)
            }
        }
    }
}
