//! Folds of partners with many entries that a writer keeps in the cache, so that it need not read all of these again.
//!
//! ```text
//! partner, zero byte                  MAC │ size │ number, length and SHA-256 of each part
//! partner, zero byte, number, nth     a piece of the part
//! zero byte                           partner and bytes of each fold, a line each; the one that was used last is the last
//! ```
//!
//! The ledger does not know what a fold is. It is kept in parts, which are read when they are asked for. It is believed
//! only where it was made from this ledger and with its secret: a MAC binds the digests of its parts to the root of its size
//! (L8). What is not believed is made again from the log (L7). All folds together have a bounded size; the one that was used first makes
//! room.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::cache::{Cache, Change, cache_dir};
use crate::disk::Volume;
use crate::disk::secret::MacKey;
use crate::reader::Reader;

/// Bytes of all folds together.
const MOST_BYTES: usize = 64 << 20;
/// Parts of a fold; one of more is not kept.
const MOST_PARTS: usize = 500;

/// Bytes of a piece: longer values are read when the cache is opened, whoever asks for them.
const PIECE_BYTES: usize = 8 << 10;

/// What the key of the MACs is derived for.
const USAGE: &str = "pcs fold 2";
const HASH_LEN: usize = 32;
/// Where the folds stand that there are: no partner has this name.
const USES: &[u8] = &[0];

type Hash = [u8; HASH_LEN];

/// A fold as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFold {
    /// It is of the partner's entries before this size.
    pub size: u64,
    parts: BTreeMap<u32, (u64, Hash)>,
}

/// A fold that is to be kept.
#[derive(Clone, Debug)]
pub struct FoldToKeep<'a> {
    /// It is of the partner's entries before this size.
    pub size: u64,
    /// Its parts; none where a part is as it was before.
    pub parts: BTreeMap<u32, Option<Vec<u8>>>,
    /// What was kept before.
    pub before: Option<&'a KeptFold>,
}

/// The folds of a ledger's partners. The cache is opened when it is first needed; where it cannot be, nothing is kept.
#[derive(Debug)]
pub struct Folds {
    reader: Reader,
    /// None when nobody can tell who kept a fold: then none is believed or kept.
    key: Option<MacKey>,
    most_bytes: usize,
    open: OpenCache,
    cache: OnceCell<Option<Cache>>,
}

/// Opens a cache of the ledger in a directory, if that can be.
type OpenCache = fn(&Volume, &Path) -> Option<Cache>;

impl Folds {
    pub(crate) fn new(reader: Reader, open: OpenCache) -> Self {
        let key = reader.snapshot().log.secret().map(|secret| secret.key(USAGE));
        Self { reader, key, most_bytes: MOST_BYTES, open, cache: OnceCell::new() }
    }

    /// The fold of a partner that was kept last, if it has this form, without a zero byte, and was made from this ledger.
    ///
    /// Nothing is made where there is no cache.
    #[must_use]
    pub fn get(&self, partner: &str, form: &str) -> Option<KeptFold> {
        let (snapshot, macs) = (self.reader.snapshot(), self.key.as_ref()?);
        snapshot.volume().about(&cache_dir(snapshot.dir())).ok()??;
        let cache = self.cache()?;
        let value = cache.get(&key(partner))?;
        let (mac, bound) = value.split_first_chunk::<HASH_LEN>()?;
        let fold = KeptFold::read(bound).filter(|fold| fold.size <= self.reader.size())?;
        let root = self.reader.root(fold.size).ok()?;
        if !macs.holds(&[&root, &key(form), &key(partner), bound], mac) {
            tracing::debug!(partner, "what is kept is not of this ledger and form: it is made again");
            return None;
        }
        let mut uses = Uses::read(cache)?;
        if uses.0.last().is_none_or(|(last, _)| last != partner) {
            let bytes = uses.remove(partner)?;
            uses.0.push((partner.to_owned(), bytes));
            cache.change([uses.change()]);
        }
        Some(fold)
    }

    /// A part of a fold, if it is there as it was kept.
    #[must_use]
    pub fn part(&self, partner: &str, fold: &KeptFold, number: u32) -> Option<Vec<u8>> {
        let (len, hash) = fold.parts.get(&number)?;
        let keys: Vec<_> = pieces(partner, number, *len).collect();
        let part = self.cache()?.join(keys)?;
        (*hash == hash_of(&part)).then_some(part)
    }

    /// Keeps a fold in the place of the one before, if that can be.
    pub fn keep(&self, partner: &str, form: &str, fold: FoldToKeep<'_>) {
        if self.try_keep(partner, form, fold).is_none() {
            tracing::debug!(partner, "a fold was not kept");
        }
    }

    fn try_keep(&self, partner: &str, form: &str, fold: FoldToKeep<'_>) -> Option<()> {
        let cache = self.cache()?;
        let mut bound = fold.size.to_be_bytes().to_vec();
        let mut bytes = 0_usize;
        let mut changes: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        let count = fold.parts.len();
        if fold.before.is_none() {
            changes.extend(cache.keys(&key(partner)).into_iter().map(|key| (key, None)));
        }
        for (number, part) in fold.parts {
            let (len, hash) = match &part {
                Some(part) => (part.len() as u64, hash_of(part)),
                None => *fold.before?.parts.get(&number)?,
            };
            bytes = bytes.saturating_add(usize::try_from(len).ok()?);
            bound.extend(number.to_be_bytes());
            bound.extend(len.to_be_bytes());
            bound.extend(hash);
            let Some(part) = part else { continue };
            let before = fold.before.and_then(|before| before.parts.get(&number)).map_or(0, |(len, _)| *len);
            changes.extend(pieces(partner, number, before).map(|key| (key, None)));
            changes
                .extend(pieces(partner, number, len).zip(part.chunks(PIECE_BYTES).map(|piece| Some(piece.to_vec()))));
        }
        if count > MOST_PARTS || bytes > self.most_bytes {
            return None;
        }
        let root = self.reader.root(fold.size).ok()?;
        let mac: Hash = self.key.as_ref()?.mac(&[&root, &key(form), &key(partner), &bound]);
        let mut uses = Uses::read(cache).unwrap_or_else(|| {
            changes.extend(cache.keys(&[]).into_iter().map(|key| (key, None)));
            Uses::default()
        });
        uses.remove(partner);
        changes.insert(key(partner), Some([&mac, &*bound].concat()));
        uses.0.push((partner.to_owned(), bytes));
        for other in uses.make_room(self.most_bytes) {
            changes.extend(cache.keys(&key(&other)).into_iter().map(|key| (key, None)));
        }
        cache.change(changes.into_iter().chain([uses.change()]));
        cache.flush();
        Some(())
    }

    fn cache(&self) -> Option<&Cache> {
        let snapshot = self.reader.snapshot();
        self.cache.get_or_init(|| (self.open)(snapshot.volume(), snapshot.dir())).as_ref()
    }
}

impl KeptFold {
    /// Reads what is bound: the size and the parts.
    fn read(bound: &[u8]) -> Option<Self> {
        let (size, mut rest) = bound.split_first_chunk()?;
        let mut parts = BTreeMap::new();
        while !rest.is_empty() {
            let (number, after) = rest.split_first_chunk()?;
            let (len, after) = after.split_first_chunk()?;
            let (hash, after) = after.split_first_chunk()?;
            parts.insert(u32::from_be_bytes(*number), (u64::from_be_bytes(*len), *hash));
            rest = after;
        }
        Some(Self { size: u64::from_be_bytes(*size), parts })
    }

    /// The numbers of its parts, ascending.
    pub fn parts(&self) -> impl Iterator<Item = u32> {
        self.parts.keys().copied()
    }
}

/// The partners of which there are folds, with their bytes; the one that was used last is the last.
#[derive(Debug, Default)]
struct Uses(Vec<(String, usize)>);

impl Uses {
    /// None when nobody knows any more what is kept.
    fn read(cache: &Cache) -> Option<Self> {
        let Some(text) = cache.get(USES) else { return Some(Self::default()) };
        let lines = std::str::from_utf8(&text).ok()?.lines();
        let uses =
            lines.map(|line| line.split_once(' ').and_then(|(of, bytes)| Some((of.to_owned(), bytes.parse().ok()?))));
        uses.collect::<Option<_>>().map(Self)
    }

    fn change(&self) -> Change {
        let text = self.0.iter().fold(String::new(), |text, (partner, bytes)| format!("{text}{partner} {bytes}\n"));
        (USES.to_vec(), Some(text.into_bytes()))
    }

    /// Takes a partner out; its bytes, if it was there.
    fn remove(&mut self, partner: &str) -> Option<usize> {
        let place = self.0.iter().position(|(of, _)| of == partner)?;
        Some(self.0.remove(place).1)
    }

    /// Takes out those that were used first, until the others are small enough.
    fn make_room(&mut self, most_bytes: usize) -> Vec<String> {
        let mut bytes = 0;
        let fits = |(_, of): &&(String, usize)| {
            bytes += of;
            bytes <= most_bytes
        };
        let staying = self.0.iter().rev().take_while(fits).count();
        self.0.drain(..self.0.len() - staying).map(|(partner, _)| partner).collect()
    }
}

/// The key of what names a partner's parts, which all of its keys begin with.
fn key(partner: &str) -> Vec<u8> {
    [partner.as_bytes(), &[0]].concat()
}

/// The keys of the pieces of a part of so many bytes.
fn pieces(partner: &str, number: u32, len: u64) -> impl Iterator<Item = Vec<u8>> {
    let head = key(partner);
    let nths = 0..len.div_ceil(PIECE_BYTES as u64);
    nths.map(move |nth| [&*head, &number.to_be_bytes(), &nth.to_be_bytes()].concat())
}

fn hash_of(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests;
