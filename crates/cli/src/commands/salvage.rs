//! `salvage`: what is whole of a damaged ledger.

use std::path::PathBuf;

use app::Error;
use app::keep::salvage::{Request, Salvaged};
use app::text::{ToJson as _, counted, plain};
use ledger::Loss;

use crate::commands::Run;
use crate::console::Console;

/// Makes a ledger of what is whole of a damaged one, and says what is lost
///
/// The new ledger has the entries up to the first gap, in their bytes, so that its root is the one that the damaged
/// ledger had then. Entries behind the gap cannot follow, for they keep their bytes and their places too. Those that are
/// whole are written to a file as `export` prints entries, and their events can be recorded again, with new places and
/// times.
///
/// The damaged ledger is left as it is. Exits with 3 when something is lost. A backup is better where there is one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The new ledger, a directory that is empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The file for whole entries behind a gap, which must not be there yet [default: that of --out with .rest.jsonl]
    #[arg(long, value_name = "FILE")]
    rest: Option<PathBuf>,
    /// The file of the ledger's signing key, when it is kept elsewhere or damaged
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { out, rest, key_file } = self;
        let salvaged = Request { out, rest, key_file }.run(&mut console.session)?;
        console.answer(&salvaged.to_json(), |_| lines(&salvaged))?;
        if salvaged.witnessed_left > 0 {
            let left = counted(salvaged.witnessed_left, "cosigned checkpoint");
            console.remark(&format!("left with the damaged ledger: {left} that these entries do not continue"));
        }
        console.remark("not copied: people.secret, people.json, names.json, kept/, where the damaged ledger has them");
        let complete = salvaged.complete();
        if complete.is_err() {
            console.answered()?;
        }
        complete
    }
}

fn lines(salvaged: &Salvaged) -> Vec<String> {
    let mut lines = vec![format!("salvaged {}, root {}", counted(salvaged.size, "entry"), salvaged.root)];
    lines.extend(salvaged.losses.iter().map(loss_text));
    lines.extend(salvaged.rest.as_ref().map(|rest| {
        let (behind, rest) = (counted(salvaged.behind, "whole entry"), plain(rest));
        format!("{behind} behind the gap in {rest}")
    }));
    lines
}

fn loss_text(loss: &Loss) -> String {
    let last = loss.end_seq_exclusive - 1;
    let seqs = if last == loss.first_seq { format!("seq {last}") } else { format!("seq {} to {last}", loss.first_seq) };
    let end = loss.end_offset_exclusive.map_or_else(|| "on".to_owned(), |end| format!("to {end}"));
    let why = loss.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", plain(reason)));
    format!("lost: {seqs}, segment {}, offset {} {end}{why}", loss.segment, loss.offset)
}
