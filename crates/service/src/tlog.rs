//! The ledger as a log of transparency (C2SP tlog-tiles): the files that `export --tiles` writes.

use app::Error;
use app::prove::{checkpoint, tiles};
use ledger::Tile;

use crate::answer::{Form, Produced};
use crate::exchange::Exchange;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::questions::{Ask, Question, own_key};

/// What stands before the path of a tile.
const TILES: &str = "/tlog/tile/";
/// A note.
pub(crate) const CHECKPOINT: &[Form] = &[Form::File("text/plain; charset=utf-8")];
/// Hashes, or entries.
pub(crate) const TILE: &[Form] = &[Form::File("application/octet-stream")];
/// Entries as lines.
pub(crate) const LINES: &[Form] = &[Form::File("application/jsonl")];

/// `/tlog/checkpoint`
#[expect(clippy::unnecessary_wraps, reason = "every question is read in this way")]
pub(crate) fn newest_checkpoint(_: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    let ask: Ask = Box::new(|session, _, _| {
        let signed = checkpoint::run(session, &own_key(), None)?;
        Ok(Produced { file: Some(signed.to_string().into_bytes()), ..Produced::default() })
    });
    Ok(Question::new(&[], ask))
}

/// `/tlog/tile/{level}/{place}`: hashes of the tree.
pub(crate) fn hash_tile(exchange: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    exchange.access.check_all_partners()?;
    let tile = tile(exchange, exchange.path.strip_prefix(TILES).unwrap_or_default())?;
    let ask: Ask = Box::new(move |session, _, _| {
        Ok(Produced { file: Some(tiles::hashes(&session.reader()?, &tile)?), ..Produced::default() })
    });
    Ok(Question { follows_from: Some(tile.end_exclusive()), ..Question::new(&[], ask) })
}

/// `/tlog/tile/entries/{place}`: the entries under a tile of level 0.
pub(crate) fn entry_bundle(exchange: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    bundle(exchange, "entries/", false)
}

/// `/tlog/tile/lines/{place}`: the same as lines, where one of them is too long for the form of the standard.
pub(crate) fn line_bundle(exchange: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    bundle(exchange, "lines/", true)
}

fn bundle(exchange: &Exchange, kind: &str, is_lines: bool) -> Result<Question, Problem> {
    exchange.access.check_all_partners()?;
    let place = exchange.path.strip_prefix(TILES).and_then(|path| path.strip_prefix(kind)).unwrap_or_default();
    let tile = tile(exchange, &format!("0/{place}"))?;
    let ask: Ask = Box::new(move |session, _, _| {
        let file = tiles::bundle(&session.reader()?, &tile, is_lines)?.ok_or_else(none)?;
        Ok(Produced { file: Some(file), ..Produced::default() })
    });
    Ok(Question { follows_from: Some(tile.end_exclusive()), ..Question::new(&[], ask) })
}

/// The tile at a path, of entries that there are. It may be narrower than the tree has it now: it was as wide once, and
/// whoever has the checkpoint of then asks for it.
fn tile(exchange: &Exchange, path: &str) -> Result<Tile, Problem> {
    let size = exchange.shared.ledger.reader().size();
    let tile = Tile::at(path).filter(|tile| tile.end_exclusive() <= size);
    tile.ok_or_else(|| none().into())
}

fn none() -> Error {
    Error::new("out_of_range", "the tree has no such tile").hint("`/tlog/checkpoint` tells how many entries it has")
}
