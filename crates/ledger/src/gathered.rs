//! The lines of partners with many entries, gathered in the cache so that a question need not collect them anew.
//!
//! A partner's entries are cut into stretches of [`STRETCH`]; the last, shorter one is never cached. A stretch is kept
//! under the size of the ledger just behind its last entry, so a question about any earlier size finds those it needs.
//!
//! What is found is believed only when it was made from this ledger: each stretch is bound by a hash over all lines up
//! to it and the root of its size (L8), which another ledger or another history does not have. A question checks the
//! last stretch that it uses, and with it all before. What is not believed is read from the log and put again (L7).

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::cache::{BINDING_LEN, Cache, Cached, ToCache, cache_dir};
use crate::disk::Volume;
use crate::error::ReadError;
use crate::prefix::EntryLine;
use crate::store::Snapshot;

/// Entries of a stretch.
const STRETCH: usize = 256;
/// Bytes of a value in the cache, which has much longer ones in files of their own.
const PIECE_BYTES: usize = 48 << 10;
/// Bytes of the lines of a stretch; more are not cached.
const RAW_BYTES: usize = 16 << 20;

/// Takes an entry and its line.
type OnLine<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), ReadError>;

/// A stretch of a partner's lines in the cache, compared with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachedState {
    /// The size of the ledger just behind the last entry of the stretch.
    pub size: u64,
    /// The number of the partner's entries up to there.
    pub entries: u64,
    /// The first entry whose cached line is not that of the log.
    pub differs_at: Option<u64>,
}

/// The gathered lines of a ledger. Clones share one cache, which is opened when it is first needed.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    volume: Volume,
    dir: PathBuf,
    cache: Arc<OnceLock<Option<Cache>>>,
}

/// A stretch as the cache has it.
struct Held {
    size: u64,
    binding: [u8; BINDING_LEN],
    lines: Lines,
    /// The hash over the lines of this and of all stretches before.
    chain: [u8; BINDING_LEN],
}

/// The lines of a stretch, joined by line feeds.
struct Lines(Vec<u8>);

impl Lines {
    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'\n')
    }

    fn chain_after(&self, before: &[u8; BINDING_LEN]) -> [u8; BINDING_LEN] {
        Sha256::new().chain_update(before).chain_update(&self.0).finalize().into()
    }
}

impl Gathered {
    /// The gathered lines of the ledger in a directory.
    pub(crate) fn new(volume: &Volume, dir: &Path) -> Self {
        Self { volume: volume.clone(), dir: dir.to_owned(), cache: Arc::new(OnceLock::new()) }
    }

    /// Hands over the lines of a partner's entries, which are all that it has before some size.
    pub(crate) fn lines(
        &self,
        snapshot: &Snapshot,
        partner: &str,
        seqs: &[u64],
        on_line: OnLine<'_>,
    ) -> Result<(), ReadError> {
        let (stretches, rest) = seqs.as_chunks::<STRETCH>();
        let cache = if stretches.is_empty() { None } else { self.cache() };
        let Some(cache) = cache else { return from_log(snapshot, seqs, on_line) };
        let held = believed(cache, snapshot, partner, stretches)?;
        for (seqs, held) in stretches.iter().zip(&held) {
            for (&seq, line) in seqs.iter().zip(held.lines.iter()) {
                on_line(seq, line)?;
            }
        }
        let missing = stretches.get(held.len()..).unwrap_or_default();
        let mut chain = held.last().map_or([0; BINDING_LEN], |held| held.chain);
        for seqs in missing {
            let lines = gather(snapshot, seqs, on_line)?;
            chain = lines.chain_after(&chain);
            let size = size_behind(seqs);
            put(cache, partner, size, bind(snapshot, size, &chain)?, &lines);
        }
        if !missing.is_empty() {
            cache.flush();
        }
        from_log(snapshot, rest, on_line)
    }

    /// The stretches that the cache has and that would be believed, each compared with the log; `None` when another
    /// process has the cache, or it cannot be.
    pub(crate) fn states(
        &self,
        snapshot: &Snapshot,
        partner: &str,
        seqs: &[u64],
    ) -> Result<Option<Vec<CachedState>>, ReadError> {
        if !self.is_there() {
            return Ok(Some(Vec::new()));
        }
        let Some(cache) = self.cache() else { return Ok(None) };
        let (stretches, _) = seqs.as_chunks::<STRETCH>();
        let mut states = Vec::new();
        let mut differs_at = None;
        for (at, (seqs, held)) in stretches.iter().zip(held(cache, partner, stretches)).enumerate() {
            let mut cached = held.lines.iter();
            from_log(snapshot, seqs, &mut |seq, line| {
                if cached.next() != Some(line) {
                    differs_at = differs_at.or(Some(seq));
                }
                Ok(())
            })?;
            if bind(snapshot, held.size, &held.chain)? == held.binding {
                let entries = ((at + 1) * STRETCH) as u64;
                states.push(CachedState { size: held.size, entries, differs_at });
            }
        }
        Ok(Some(states))
    }

    /// The bytes that the cache takes on disk.
    pub(crate) fn disk_bytes(&self) -> u64 {
        self.volume.measure(&cache_dir(&self.dir)).map_or(0, |(_, bytes)| bytes)
    }

    /// The number of values in the cache; `None` when another process has it.
    pub(crate) fn count(&self) -> Option<u64> {
        if self.is_there() { self.cache().map(Cache::count) } else { Some(0) }
    }

    /// Whether there is a cache, for those who make none.
    fn is_there(&self) -> bool {
        self.volume.about(&cache_dir(&self.dir)).is_ok_and(|about| about.is_some())
    }

    /// The cache; `None` when another process has it, or it cannot be.
    fn cache(&self) -> Option<&Cache> {
        self.cache.get_or_init(|| Cache::open(&self.volume, &self.dir)).as_ref()
    }
}

/// The size of the ledger just behind the last entry of a stretch.
fn size_behind(seqs: &[u64; STRETCH]) -> u64 {
    seqs.last().map_or(0, |last| last + 1)
}

fn bind(snapshot: &Snapshot, size: u64, chain: &[u8; BINDING_LEN]) -> Result<[u8; BINDING_LEN], ReadError> {
    let root = snapshot.root(size)?;
    Ok(Sha256::new().chain_update(root.0).chain_update(chain).finalize().into())
}

/// Hands over lines from the log.
fn from_log(snapshot: &Snapshot, seqs: &[u64], on_line: OnLine<'_>) -> Result<(), ReadError> {
    let mut handed = Ok(());
    snapshot.read_many(seqs, &mut |seq, line| {
        handed = on_line(seq, line);
        if handed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    handed
}

/// Reads a stretch from the log, and hands it over too.
fn gather(snapshot: &Snapshot, seqs: &[u64; STRETCH], on_line: OnLine<'_>) -> Result<Lines, ReadError> {
    let mut lines = Vec::with_capacity(STRETCH * 400);
    from_log(snapshot, seqs, &mut |seq, line| {
        if !lines.is_empty() {
            lines.push(b'\n');
        }
        lines.extend_from_slice(line);
        on_line(seq, line)
    })?;
    Ok(Lines(lines))
}

/// The first stretches that the cache has, if they were made from this ledger.
fn believed(
    cache: &Cache,
    snapshot: &Snapshot,
    partner: &str,
    stretches: &[[u64; STRETCH]],
) -> Result<Vec<Held>, ReadError> {
    let held: Vec<Held> = held(cache, partner, stretches).collect();
    let Some(last) = held.last() else { return Ok(held) };
    if bind(snapshot, last.size, &last.chain)? == last.binding {
        return Ok(held);
    }
    tracing::warn!(partner, "the cache is not of this ledger, its lines are gathered anew");
    Ok(Vec::new())
}

/// The first stretches that the cache has, up to one that it has not or that is not whole.
fn held<'a>(cache: &'a Cache, partner: &'a str, stretches: &'a [[u64; STRETCH]]) -> impl Iterator<Item = Held> + 'a {
    let mut chain = [0; BINDING_LEN];
    stretches.iter().map_while(move |seqs| {
        let size = size_behind(seqs);
        let (binding, lines) = get(cache, partner, size)?;
        let mut found = lines.iter().map(|line| EntryLine::split(std::str::from_utf8(line).ok()?)?.seq());
        let is_whole = seqs.iter().all(|&seq| found.next() == Some(Some(seq))) && found.next().is_none();
        drop(found);
        chain = lines.chain_after(&chain);
        is_whole.then_some(Held { size, binding, lines, chain })
    })
}

/// Puts the lines of a stretch: compressed, their length in front, in as many pieces as it takes.
fn put(cache: &Cache, partner: &str, size: u64, binding: [u8; BINDING_LEN], lines: &Lines) {
    if lines.0.len() > RAW_BYTES {
        return;
    }
    let Ok(packed) = zstd::bulk::compress(&lines.0, 1) else { return };
    let pieces = packed.chunks(PIECE_BYTES);
    let (Ok(count), Ok(raw_len)) = (u32::try_from(pieces.len()), u32::try_from(lines.0.len())) else { return };
    for (number, piece) in (0_u32..).zip(pieces) {
        let mut value = Vec::with_capacity(8 + piece.len());
        if number == 0 {
            value.extend_from_slice(&count.to_le_bytes());
            value.extend_from_slice(&raw_len.to_le_bytes());
        }
        value.extend_from_slice(piece);
        let name = piece_name(partner, number);
        cache.put([ToCache { partner: &name, size, binding, bytes: &value }]);
    }
}

/// What binds a stretch, and its lines.
fn get(cache: &Cache, partner: &str, size: u64) -> Option<([u8; BINDING_LEN], Lines)> {
    let get_piece = |number| {
        let found: Option<Cached> = cache.newest_at_or_before(&piece_name(partner, number), size);
        found.filter(|cached| cached.size == size)
    };
    let first = get_piece(0)?;
    let (count, rest) = first.bytes.split_first_chunk()?;
    let (raw_len, rest) = rest.split_first_chunk()?;
    let (count, raw_len) = (u32::from_le_bytes(*count), u32::from_le_bytes(*raw_len));
    let raw_len = usize::try_from(raw_len).ok().filter(|&len| len <= RAW_BYTES)?;
    let mut packed = rest.to_vec();
    for number in 1..count {
        let piece = get_piece(number).filter(|piece| piece.binding == first.binding)?;
        packed.write_all(&piece.bytes).ok()?;
    }
    let lines = zstd::bulk::decompress(&packed, raw_len).ok()?;
    (lines.len() == raw_len).then_some((first.binding, Lines(lines)))
}

/// The first piece has the partner's name; no partner's name has a number sign.
fn piece_name(partner: &str, number: u32) -> String {
    if number == 0 { partner.to_owned() } else { format!("{partner}#{number}") }
}

#[cfg(test)]
mod tests;
