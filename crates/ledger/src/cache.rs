//! A cache of opaque values derived from the ledger, by partner and size. The only file that names `sled`.
//!
//! `sled` 0.34 may lose what it holds, lie, panic or hang on damage, and one process has it at a time. So: it is opened
//! only when no one else has it, on a thread with a time limit, and with panics contained; every value carries a
//! checksum that covers its key; on any doubt its directory is deleted and begun anew. The caller binds each value to
//! the log by 32 bytes of its own, and compares them before it believes a value (L7). Without the cache every answer
//! is the same.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::disk::{Audience, Kind, Lock, Volume, VolumeFile};

/// The length of what binds a value to the log.
pub(crate) const BINDING_LEN: usize = 32;

/// How long opening may take.
const OPEN_LIMIT: Duration = Duration::from_secs(2);

/// How often opening is tried when a file operation is refused, and how long apart.
const REFUSALS: u32 = 10;
const REFUSAL_PAUSE: Duration = Duration::from_millis(20);

/// More operations in a batch grow the memory beyond the limit.
const BATCH_OPS: usize = 512;

const CACHE_BYTES: u64 = 16 << 20;
const CRC_LEN: usize = 4;

/// A value that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cached {
    /// The number of entries from which it was made.
    pub(crate) size: u64,
    /// What the caller bound it to.
    pub(crate) binding: [u8; BINDING_LEN],
    /// The value.
    pub(crate) bytes: Vec<u8>,
}

/// A value to be put.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToCache<'a> {
    /// The partner; without a zero byte.
    pub(crate) partner: &'a str,
    /// The number of entries from which it was made.
    pub(crate) size: u64,
    /// What binds it to the log.
    pub(crate) binding: [u8; BINDING_LEN],
    /// The value.
    pub(crate) bytes: &'a [u8],
}

/// The open cache. After a failure inside it is as if empty.
#[derive(Debug)]
pub(crate) struct Cache {
    db: sled::Db,
    is_broken: AtomicBool,
    _lock: VolumeFile,
    /// Holds the ledger's directory open, by whose handle the files have their paths.
    _volume: Volume,
}

/// The directory of the cache in a ledger's directory.
pub(crate) fn cache_dir(ledger_dir: &Path) -> PathBuf {
    ledger_dir.join("cache")
}

impl Cache {
    /// Opens the cache, or makes it; `None` when another process has it, or it cannot be opened in time, or nothing leads
    /// to the ledger's directory any more: `sled` knows its files by their paths alone.
    pub(crate) fn open(volume: &Volume, ledger_dir: &Path) -> Option<Self> {
        let dir = cache_dir(ledger_dir);
        // Behind a symbolic link something outside of the ledger would be written, or deleted.
        if volume.about(&dir).ok()?.is_some_and(|about| about.kind == Kind::Link) {
            return None;
        }
        let lock = volume.open_or_create(&ledger_dir.join("cache.lock")).ok()?;
        if !lock.try_lock(Lock::Exclusive).ok()? {
            return None;
        }
        volume.make_dir(&dir, Audience::Owner).ok()?;
        let db = open_patiently(&volume.outer_path(&dir)?)?;
        make_private(volume, &dir);
        Some(Self { db, is_broken: AtomicBool::new(false), _lock: lock, _volume: volume.clone() })
    }

    /// The value of a partner made from the most entries, but from at most `size`.
    ///
    /// Values that are damaged are passed over.
    pub(crate) fn newest_at_or_before(&self, partner: &str, size: u64) -> Option<Cached> {
        self.contain(|db| {
            let found = db.range(key(partner, 0)..=key(partner, size)).rev();
            for item in found {
                let (key, value) = item?;
                if let Some(cached) = parse(&key, &value) {
                    return Ok(Some(cached));
                }
            }
            Ok(None)
        })
        .flatten()
    }

    /// Puts values; they reach the disk with [`Self::flush`], if at all.
    pub(crate) fn put<'a>(&self, values: impl IntoIterator<Item = ToCache<'a>>) {
        let mut values = values.into_iter().peekable();
        while values.peek().is_some() {
            let mut batch = sled::Batch::default();
            for value in values.by_ref().take(BATCH_OPS) {
                let key = key(value.partner, value.size);
                let formatted = format(&key, &value.binding, value.bytes);
                batch.insert(key, formatted);
            }
            if self.contain(|db| db.apply_batch(batch)).is_none() {
                return;
            }
        }
    }

    /// Writes what was put to its files. It is not made durable: a value that is lost is made again.
    pub(crate) fn flush(&self) {
        self.contain(|db| db.flush().map(drop));
    }

    /// The number of values; 0 when it is broken.
    pub(crate) fn count(&self) -> u64 {
        self.contain(|db| Ok(db.len() as u64)).unwrap_or(0)
    }

    /// Runs an operation; a failure or panic inside breaks the cache for as long as it is open.
    fn contain<T>(&self, operation: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Option<T> {
        if self.is_broken.load(Ordering::Relaxed) {
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(|| operation(&self.db))).ok().and_then(Result::ok);
        if done.is_none() {
            tracing::warn!("the cache failed, going on without it");
            self.is_broken.store(true, Ordering::Relaxed);
        }
        done
    }
}

/// What became of opening.
enum Opened {
    Db(sled::Db),
    /// A file operation failed, perhaps because threads of an earlier opening still go on.
    Refused,
    Damaged,
    TimedOut,
}

/// Opens the store; deletes it and begins anew when it does not open.
fn open_patiently(dir: &Path) -> Option<sled::Db> {
    for _ in 0..REFUSALS {
        match open_in_time(dir) {
            Opened::Db(db) => return Some(db),
            Opened::Refused => thread::sleep(REFUSAL_PAUSE),
            Opened::Damaged => break,
            Opened::TimedOut => {
                tracing::warn!("the cache did not open in time and is deleted, going on without it");
                remove(dir);
                return None;
            }
        }
    }
    tracing::warn!("the cache did not open and is begun anew");
    remove(dir);
    match open_in_time(dir) {
        Opened::Db(db) => Some(db),
        Opened::Refused | Opened::Damaged | Opened::TimedOut => None,
    }
}

fn open_in_time(dir: &Path) -> Opened {
    let config =
        sled::Config::new().path(dir).mode(sled::Mode::LowSpace).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let (sender, receiver) = mpsc::channel();
    let opening = thread::Builder::new().name("cache-open".to_owned()).spawn(move || {
        let opened = match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => Opened::Db(db),
            Ok(Err(sled::Error::Io(_))) => Opened::Refused,
            Ok(Err(_)) | Err(_) => Opened::Damaged,
        };
        // Nobody listens any more when it took too long.
        drop(sender.send(opened));
    });
    if opening.is_err() {
        return Opened::Refused;
    }
    match receiver.recv_timeout(OPEN_LIMIT) {
        Ok(opened) => opened,
        Err(mpsc::RecvTimeoutError::Disconnected) => Opened::Damaged,
        Err(mpsc::RecvTimeoutError::Timeout) => Opened::TimedOut,
    }
}

/// Keeps others from what `sled` made for whom the process lets read it.
fn make_private(volume: &Volume, dir: &Path) {
    let made = volume.set_mode(dir, 0o700).and_then(|()| {
        volume.each_below(dir, &mut |path, about| {
            drop(volume.set_mode(path, if about.kind == Kind::Dir { 0o700 } else { 0o600 }));
        })
    });
    if let Err(error) = made {
        tracing::debug!(%error, "others may read the cache");
    }
}

fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::warn!(%error, "the cache was not deleted");
    }
}

/// The partner, a zero byte, and the size in ascending byte order.
fn key(partner: &str, size: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(partner.len() + 9);
    key.extend_from_slice(partner.as_bytes());
    key.push(0);
    key.extend_from_slice(&size.to_be_bytes());
    key
}

fn format(key: &[u8], binding: &[u8; BINDING_LEN], bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(CRC_LEN + BINDING_LEN + bytes.len());
    value.extend_from_slice(&[0; CRC_LEN]);
    value.extend_from_slice(binding);
    value.extend_from_slice(bytes);
    let crc = checksum(key, value.get(CRC_LEN..).unwrap_or_default());
    if let Some(first) = value.first_chunk_mut() {
        *first = crc;
    }
    value
}

fn parse(key: &[u8], value: &[u8]) -> Option<Cached> {
    let size = u64::from_be_bytes(*key.last_chunk()?);
    let (crc, covered) = value.split_first_chunk::<CRC_LEN>()?;
    let (binding, bytes) = covered.split_first_chunk()?;
    (*crc == checksum(key, covered)).then(|| Cached { size, binding: *binding, bytes: bytes.to_vec() })
}

fn checksum(key: &[u8], covered: &[u8]) -> [u8; CRC_LEN] {
    crc32c::crc32c_append(crc32c::crc32c(key), covered).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(dir: &Path) -> Volume {
        Volume::real().hold(dir).unwrap()
    }

    fn value<'a>(partner: &'a str, size: u64, bytes: &'a [u8]) -> ToCache<'a> {
        ToCache { partner, size, binding: [7; BINDING_LEN], bytes }
    }

    #[test]
    fn the_newest_value_at_or_before_a_size_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        cache.put([value("a", 3, b"three"), value("a", 300, b"more"), value("ab", 5, b"other")]);
        let found = |partner, size| cache.newest_at_or_before(partner, size).map(|cached| cached.bytes);
        assert_eq!(found("a", 2), None);
        assert_eq!(found("a", 3), Some(b"three".to_vec()));
        assert_eq!(found("a", 299), Some(b"three".to_vec()));
        assert_eq!(found("a", u64::MAX), Some(b"more".to_vec()));
        assert_eq!(found("ab", 5), Some(b"other".to_vec()));
        assert_eq!(found("b", 5), None);
        assert_eq!(cache.count(), 3);
    }

    #[test]
    fn values_are_there_after_opening_again_and_one_process_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        let names: Vec<String> = (0..2_000).map(|number| format!("p{number}")).collect();
        cache.put(names.iter().map(|name| value(name, 9, name.as_bytes())));
        cache.flush();
        assert!(Cache::open(&held(dir.path()), dir.path()).is_none());
        drop(cache);
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        for name in &names {
            let cached = cache.newest_at_or_before(name, 10).unwrap();
            assert_eq!((cached.size, cached.binding, cached.bytes.as_slice()), (9, [7; 32], name.as_bytes()));
        }
        assert_eq!(cache.count(), 2_000);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_cache_of_a_ledger_that_is_moved_goes_with_it_and_leaves_nothing_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let (live, moved) = (dir.path().join("live"), dir.path().join("moved"));
        fs::create_dir(&live).unwrap();
        let volume = held(&live);
        let cache = Cache::open(&volume, &live).unwrap();
        fs::rename(&live, &moved).unwrap();
        cache.put([value("a", 3, b"three")]);
        cache.flush();
        drop(cache);
        let cache = Cache::open(&volume, &live).unwrap();
        assert_eq!(cache.newest_at_or_before("a", 3).unwrap().bytes, b"three");
        drop(cache);
        assert!(!live.exists() && cache_dir(&moved).join("db").exists());
    }

    #[test]
    fn a_value_under_another_key_or_with_a_changed_byte_is_passed_over() {
        let key_bytes = key("a", 3);
        let whole = format(&key_bytes, &[7; BINDING_LEN], b"value");
        assert!(parse(&key_bytes, &whole).is_some());
        assert!(parse(&key("b", 3), &whole).is_none());
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(parse(&key_bytes, &changed).is_none(), "byte {at}");
            assert!(parse(&key_bytes, &whole[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_damaged_store_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        cache.put([value("a", 3, b"three")]);
        cache.flush();
        drop(cache);
        for entry in fs::read_dir(cache_dir(dir.path())).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::write(path, b"not what sled wrote").unwrap();
            }
        }
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        assert_eq!(cache.newest_at_or_before("a", 3), None);
        cache.put([value("a", 4, b"four")]);
        assert_eq!(cache.newest_at_or_before("a", 9).unwrap().bytes, b"four");
    }
}
