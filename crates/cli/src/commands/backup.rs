//! `backup`: all entries in a file, with what proves them.

mod header;

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::checkpoint::signed;
use crate::console::Console;
use crate::keys::KeyArgs;
use app::Error;
use app::sealed::Sealer;
use app::text::plain;
use app::world::Unit;
pub(super) use header::Header;

/// The most bytes of the first line of a backup.
pub(super) const MOST_HEADER_BYTES: u64 = 1 << 24;
/// The most bytes of an entry in a backup.
pub(super) const MOST_ENTRY_BYTES: u64 = 1 << 26;

/// Writes all entries and a signed checkpoint of them into a file
///
/// The ledger may be in use meanwhile: the backup holds the entries that there were when it began. `restore` makes a
/// ledger of it; so does `zcat FILE | tail -n +2 | pcs import --entries -`, without the proof. The key that signs is
/// never in a backup: keep a copy of it elsewhere.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

/// A backup from which no ledger can be made.
pub(super) fn bad_backup(path: &Path, what: &str) -> Error {
    Error::new("bad_backup", format!("{} is no backup that can be restored: {what}", path.display()))
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let (reader, key) = self.key.source(console).open(&console.session)?;
        let checkpoint = signed(&reader, &key, None)?;
        let (size, root) = (checkpoint.checkpoint().size, STANDARD.encode(checkpoint.checkpoint().root));
        let mut witnessed = reader.dir().witnessed()?;
        // One of more entries was cosigned since, and cannot be compared with these.
        witnessed.retain(|note| note.checkpoint().size <= size);
        let header = Header { key: key.verifier(), checkpoint, witnessed };

        let mut sealer = Sealer::create(&console.session, &self.out)?;
        let mut write = |line: &str, most: u64| {
            if line.len() as u64 > most {
                let what = format!("a line of {} bytes is longer than a backup may have", line.len());
                return Err(bad_backup(&self.out, &what));
            }
            sealer
                .write_all(line.as_bytes())
                .and_then(|()| sealer.write_all(b"\n"))
                .map_err(Error::file("write", &self.out))
        };
        write(&header.text(), MOST_HEADER_BYTES)?;
        let bar = console.session.progress("backing up", Unit::Entries);
        let mut written = Ok(());
        reader.scan(0, size, &mut |seq, line| {
            written = write(line, MOST_ENTRY_BYTES);
            bar.at(seq + 1, Some(size));
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        bar.end();
        written?;
        let bytes = sealer.finish().map_err(Error::file("write", &self.out))?;
        let place = self.out.display();
        console
            .session
            .done
            .add(format!("the backup is in {place}"), format!("`pcs restore {place}` makes a ledger of it"));

        if console.is_json() {
            let out = self.out.display().to_string();
            return console.line(&json!({"out": out, "size": size, "root": root, "bytes": bytes}).to_string());
        }
        let out = plain(&self.out.display().to_string());
        console.line(&format!("{out}: {size} entries, root {root}, {bytes} bytes"))?;
        console.say("the key that signs is not in it: keep a copy of the key elsewhere");
        Ok(())
    }
}
