//! `export`: entries as they are.

use std::path::{Path, PathBuf};

use ledger::PartnerId;

use crate::commands::Run;
use crate::console::{Console, write_line};
use crate::keys::KeyArgs;
use app::Error;
use app::export::Request;
use app::prove::tiles;
use app::text::{ToJson as _, plain};

/// Prints entries as they are, oldest first
///
/// One entry a line, in the bytes that the ledger keeps and hashes: each line is a leaf of its Merkle tree. All of them,
/// given to `import --entries`, make the same ledger again. With --tiles they are written as files for a web server.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the entries of this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// The first entry, by its seq
    #[arg(long, value_name = "N", default_value_t = 0)]
    from_seq: u64,
    /// The last entry, by its seq, itself included [default: the newest]
    #[arg(long, value_name = "N")]
    to_seq: Option<u64>,
    /// Writes a directory of C2SP tlog-tiles instead, which any web server can serve: a signed checkpoint, the hashes of
    /// the tree and the entries. Written again it is brought up to date, while it is served
    #[arg(long, value_name = "DIR", conflicts_with_all = ["partner", "from_seq", "to_seq"])]
    tiles: Option<PathBuf>,
    /// The tiles of the first N entries [default: all]
    #[arg(long, value_name = "N", requires = "tiles")]
    size: Option<u64>,
    #[command(flatten)]
    key: KeyArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, from_seq, to_seq, tiles, size, key } = self;
        if let Some(dir) = tiles {
            return write_tiles(console, &dir, size, &key);
        }
        if key.key_file.is_some() {
            return Err(Error::usage("--key-file is for --tiles, which is signed"));
        }
        let Console { session, stdout, .. } = console;
        Request { partner, from_seq, to_seq }.run(session, &mut |line| write_line(*stdout, line))
    }
}

fn write_tiles(console: &mut Console<'_>, dir: &Path, size: Option<u64>, key: &KeyArgs) -> Result<(), Error> {
    let key = key.source(console);
    let tiles = tiles::run(&mut console.session, &key, dir, size)?;
    console.answer(&tiles.to_json(), |_| {
        let place = plain(&dir.display().to_string());
        vec![format!("{place}: {} entries, root {}, {} files written", tiles.size, tiles.root, tiles.files)]
    })?;
    if tiles.line_bundles > 0 {
        let bundles = tiles.line_bundles;
        console.remark(&format!("bundles in tile/lines, for an entry of more than 65,535 bytes: {bundles}"));
    }
    Ok(())
}
