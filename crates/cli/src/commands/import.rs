//! `import`: many events at once, from lines of JSON, from reports, and from folders of both.

use std::path::PathBuf;

use app::Error;
use app::import::{AskedKind, Request};
use clap::builder::{PossibleValue, TypedValueParser};
use ledger::{Date, PartnerId};
use reports::{DateOrder, Kind};

use crate::args::{self, Force};
use crate::commands::Run;
use crate::console::Console;
use crate::output::import_text;

/// Appends many events: lines of JSON, exported entries, or reports
///
/// What a file is, is recognised by its columns or members; one that nobody recognises is read as events. Files may be
/// packed with gzip. A folder or a zip is imported as one: the kind of each file in it is recognised, and reports are read
/// in the order of their days. A file that proves nothing for the score, is plainly no report or was
/// written by a ledger is listed and not read. When a file looks like a report and cannot be read, everything is refused,
/// and every such file is named.
///
/// All or none: one bad line refuses everything, and the first bad lines are named. With --skip-bad the good ones are
/// appended and the bad ones written to a file, each beside its reason. What the ledger has already changes nothing, so a
/// file can be imported again. When the command returns, everything is durable. With --skip-bad the exit code is 4 where
/// something was left out. An import that is interrupted says so, and records nothing. With --quiet the text names no file
/// that was read whole.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Args {
    /// The files and folders; `-` for standard input
    #[arg(default_value = "-", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files are [default: auto, and events where nobody recognises the file]
    #[arg(long, value_parser = kind(), conflicts_with = "entries")]
    kind: Option<AskedKind>,
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
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// The report is the whole truth of its months: what it no longer shows has ended
    #[arg(long)]
    snapshot: bool,
    /// The day on which the reports were downloaded [default: the date in the file's name, else the day after the newest
    /// month inside, or the newest day]
    #[arg(long, value_name = "DAY", value_parser = args::day)]
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
    /// Keeps no names of customers; without it the file names.json of the ledger's directory has them, for texts to show,
    /// where `pcs customers` lists and erases them
    #[arg(long)]
    no_names: bool,
    /// Writes keyed digests in place of file and line into the sources of events about persons; only the ledger's secret
    /// leads from them back to the row, by `pcs people source`
    #[arg(long)]
    sealed_sources: bool,
    /// Keeps the file as it is, compressed, in the ledger's directory: `pcs kept` shows and erases it
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    force: Force,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let orders = [(self.day_first, DateOrder::DayFirst), (self.month_first, DateOrder::MonthFirst)];
        let request = Request {
            files: self.files,
            kind: self.kind,
            entries: self.entries,
            dry_run: self.dry_run,
            skip_bad: self.skip_bad,
            rejected: self.rejected,
            partner: self.partner,
            snapshot: self.snapshot,
            downloaded: self.downloaded,
            date_order: orders.into_iter().find_map(|(is_said, order)| is_said.then_some(order)),
            maps: self.maps,
            usual_map: console.usual_map(),
            people: self.people,
            no_names: self.no_names,
            sealed_sources: self.sealed_sources,
            keep: self.keep,
            force: self.force.force,
        };
        console.heed_interrupts();
        let counts = request.run(&mut console.session, console.stdin)?;
        console.is_partial = counts.is_partial();
        let (quiet, width) = (console.quiet, console.width);
        console.answer(&counts.to_json(), |_| import_text::lines(&counts, quiet, width))
    }
}

/// Reads what the files are said to be.
fn kind() -> impl TypedValueParser<Value = AskedKind> {
    let reports = Kind::ALL.iter().map(|kind| PossibleValue::new(kind.name()).help(kind.help()));
    let events = PossibleValue::new("events").help("Events as lines of JSON");
    let auto = PossibleValue::new("auto").help("Whatever the file is recognised as");
    args::one_of([events, auto].into_iter().chain(reports), |name| match name {
        "events" => Some(AskedKind::Events),
        "auto" => Some(AskedKind::Auto),
        report => Kind::from_name(report).map(AskedKind::Report),
    })
}
