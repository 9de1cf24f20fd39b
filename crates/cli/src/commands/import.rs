//! `import`: many events at once, from lines of JSON, from reports, and from folders of both.

use std::path::PathBuf;
use std::sync::LazyLock;

use app::Error;
use app::import::{AskedKind, Request};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use ledger::{Date, PartnerId};
use reports::{DateOrder, Kind};

use crate::args::{self, Force};
use crate::console::Console;
use crate::output::import_text;

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

/// What a file is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KindArg(AskedKind);

impl ValueEnum for KindArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<KindArg>> = LazyLock::new(|| {
            let reports = Kind::ALL.iter().copied().map(AskedKind::Report);
            [AskedKind::Events, AskedKind::Auto].into_iter().chain(reports).map(KindArg).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self.0 {
            AskedKind::Auto => PossibleValue::new("auto").help("Whatever the file is recognised as"),
            AskedKind::Events => PossibleValue::new("events").help("Events as lines of JSON"),
            AskedKind::Report(kind) => PossibleValue::new(kind.name()).help(kind.help()),
        })
    }
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let counts = self.request(console).run(&mut console.session, console.stdin)?;
        console.answer(&counts.to_json(), |_| import_text::lines(&counts))
    }

    fn request(&self, console: &Console<'_>) -> Request {
        let orders = [(self.day_first, DateOrder::DayFirst), (self.month_first, DateOrder::MonthFirst)];
        Request {
            files: self.files.clone(),
            kind: self.kind.map(|KindArg(kind)| kind),
            entries: self.entries,
            dry_run: self.dry_run,
            skip_bad: self.skip_bad,
            rejected: self.rejected.clone(),
            partner: self.partner.clone(),
            snapshot: self.snapshot,
            downloaded: self.downloaded,
            date_order: orders.into_iter().find_map(|(is_said, order)| is_said.then_some(order)),
            maps: console.map_files(&self.maps),
            people: self.people,
            sealed_sources: self.sealed_sources,
            keep: self.keep,
            force: self.force.force,
        }
    }
}
