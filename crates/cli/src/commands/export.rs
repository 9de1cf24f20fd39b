//! `export`: entries as they are.

use std::path::{Path, PathBuf};

use ledger::{Date, PartnerId, TimeError};

use crate::args;
use crate::commands::Run;
use crate::console::{Console, write_line};
use crate::keys::KeyArgs;
use app::Error;
use app::ask::timeline::{DayStep, DaysKnown};
use app::export::Request;
use app::export::parquet::{Written, entries, scores};
use app::prove::tiles;
use app::text::{ToJson as _, counted, plain};

/// Prints entries as they are, oldest first
///
/// One entry a line, in the bytes that the ledger keeps and hashes: each line is a leaf of its Merkle tree. All of them,
/// given to `import --entries`, make the same ledger again. With --tiles they are written as files for a web server, with
/// --parquet as a table for programs that ask in SQL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the entries of this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// The first entry, by its seq
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>, default_value_t = 0)]
    from_seq: u64,
    /// The last entry, by its seq, itself included [default: the newest]
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>)]
    to_seq: Option<u64>,
    /// Writes a directory of C2SP tlog-tiles instead, which any web server can serve: a signed checkpoint, the hashes of
    /// the tree and the entries. Written again it is brought up to date, while it is served
    #[arg(long, value_name = "DIR", conflicts_with_all = ["partner", "from_seq", "to_seq"])]
    tiles: Option<PathBuf>,
    /// The tiles of the first N entries [default: all]
    #[arg(long, value_name = "N", value_parser = args::whole::<u64>, requires = "tiles")]
    size: Option<u64>,
    /// Writes a table in a file of Apache Parquet instead, which must not be there yet: a row an entry, a column a field
    #[arg(long, value_name = "FILE", conflicts_with = "tiles")]
    parquet: Option<PathBuf>,
    /// With the line of each entry as a column, the rulebook's text in it
    #[arg(long, requires = "parquet")]
    line: bool,
    /// The table is of scores: a row for each partner, area and span of days
    #[arg(long, requires_all = ["parquet", "from", "to"], conflicts_with_all = ["from_seq", "to_seq", "line"])]
    scores: bool,
    /// The first day of the scores
    #[arg(long, value_name = "D", value_parser = args::day, requires = "scores")]
    from: Option<Date>,
    /// The last day of the scores
    #[arg(long, value_name = "D", value_parser = args::day, requires = "scores")]
    to: Option<Date>,
    /// Which days have a row: the last of each month, each, or one for days that follow each other with the same score
    #[arg(long, default_value = "month", value_parser = args::one_of(DayStep::NAMES, DayStep::from_name), requires = "scores")]
    step: DayStep,
    /// The scores as they were known at this instant, or at the end of this day; `then`: each at its own end [default: now]
    #[arg(long, value_name = "K", value_parser = days_known, requires = "scores")]
    known_at: Option<DaysKnown>,
    #[command(flatten)]
    key: KeyArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, from_seq, to_seq, tiles, size, parquet, line, scores, from, to, step, known_at, key } =
            self;
        if let Some(dir) = tiles {
            return write_tiles(console, &dir, size, &key);
        }
        if key.key_file.is_some() {
            return Err(Error::usage("--key-file is for --tiles, which is signed"));
        }
        if let (Some(out), true, Some(from), Some(to)) = (&parquet, scores, from, to) {
            let known = known_at.unwrap_or(DaysKnown::At(None));
            let request = scores::Request { partner, from, to, step, known, out: out.clone() };
            let written = request.run(&mut console.session)?;
            return tell(console, &written);
        }
        let wanted = Request { partner, from_seq, to_seq };
        if let Some(out) = parquet {
            let written = entries::Request { wanted, line, out }.run(&mut console.session)?;
            return tell(console, &written);
        }
        let Console { session, stdout, .. } = console;
        wanted.run(session, &mut |line| write_line(*stdout, line))
    }
}

/// Reads when the scores of days are known.
fn days_known(text: &str) -> Result<DaysKnown, TimeError> {
    if text == "then" { Ok(DaysKnown::Then) } else { args::known_at(text).map(|at| DaysKnown::At(Some(at))) }
}

/// Tells what is in a table.
fn tell(console: &mut Console<'_>, written: &Written) -> Result<(), Error> {
    console.answer(&written.to_json(), |_| {
        let Written { out, bytes, root, .. } = written;
        let (rows, size) = (counted(written.rows, "row"), counted(written.size, "entry"));
        vec![format!("{}: {rows}, {bytes} bytes, of a ledger of {size} with the root {root}", plain(out))]
    })
}

fn write_tiles(console: &mut Console<'_>, dir: &Path, size: Option<u64>, key: &KeyArgs) -> Result<(), Error> {
    let key = key.source(console);
    let tiles = tiles::run(&mut console.session, &key, dir, size)?;
    console.answer(&tiles.to_json(), |_| {
        let place = plain(&dir.display().to_string());
        let (size, files) = (counted(tiles.size, "entry"), counted(tiles.files, "file"));
        vec![format!("{place}: {size}, root {}, {files} written", tiles.root)]
    })?;
    if tiles.line_bundles > 0 {
        let bundles = tiles.line_bundles;
        console.remark(&format!("bundles in tile/lines, for an entry of more than 65,535 bytes: {bundles}"));
    }
    Ok(())
}
