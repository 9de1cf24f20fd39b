//! Opaque values derived from the ledger, by key. The only file that names `sled`.
//!
//! `sled` 0.34 may lose what it holds, lie, panic or hang on damage, and one process has it at a time. So: it is opened
//! only when no one else has it, and it is opened, used and dropped on a thread of its own, with a time limit and with
//! panics contained; on any doubt its directory is deleted and begun anew. The caller binds each value to the log, and
//! checks that before it believes a value (L7). Without the cache every answer is the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::apart::{Apart, NotMade};
use crate::disk::{Access, Audience, Kind, Lock, Volume, VolumeFile};

/// How long opening may take.
const OPEN_LIMIT: Duration = Duration::from_secs(2);
/// How long anything else may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How often opening is tried when a file operation is refused, and how long apart.
const REFUSALS: u32 = 10;
const REFUSAL_PAUSE: Duration = Duration::from_millis(20);

/// The name of the thread that has the store.
const THREAD: &str = "cache";
const CACHE_BYTES: u64 = 16 << 20;
/// The file that is locked by the one who has the cache.
const LOCK: &str = "cache.lock";

/// A key, and its value from now on; none when it is removed.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// The open cache. After a failure inside it is as if empty.
#[derive(Debug)]
pub(crate) struct Cache {
    db: Apart<sled::Db>,
    _lock: VolumeFile,
    /// Holds the ledger's directory open, by whose handle the files have their paths.
    _volume: Volume,
    /// Where a copy stands; it goes with the cache.
    _copy: Option<TempDir>,
}

/// Whether a thread of this name works for the cache: what panics there ends nothing, and a warning says it.
#[must_use]
pub fn is_cache_thread(name: &str) -> bool {
    name == THREAD || name.starts_with("sled-io-")
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
        let lock = volume.open_or_create(&ledger_dir.join(LOCK)).ok()?;
        if !lock.try_lock(Lock::Exclusive).ok()? {
            return None;
        }
        volume.make_dir(&dir, Audience::Owner).ok()?;
        let db = open_patiently(&volume.outer_path(&dir)?)?;
        make_private(volume, &dir);
        Some(Self { db, _lock: lock, _volume: volume.clone(), _copy: None })
    }

    /// Opens a copy of the cache, so that nothing changes where it stands; `None` when there is none, another process has
    /// it, or it cannot be copied or opened.
    pub(crate) fn open_copy(volume: &Volume, ledger_dir: &Path) -> Option<Self> {
        let dir = cache_dir(ledger_dir);
        let is_there = volume.about(&dir).ok()??.kind == Kind::Dir;
        let lock = is_there.then(|| volume.open(&ledger_dir.join(LOCK), Access::Read).ok())??;
        let copy = lock.try_lock(Lock::Shared).ok()?.then(|| tempfile::tempdir().ok())??;
        let mut is_whole = true;
        let listed = volume.each_below(&dir, &mut |path, about| {
            let copied = || {
                let to = copy.path().join(path.strip_prefix(&dir).ok()?);
                let is_dir = about.kind == Kind::Dir;
                if is_dir { fs::create_dir(to).ok() } else { fs::copy(volume.outer_path(path)?, to).map(drop).ok() }
            };
            is_whole = is_whole && copied().is_some();
        });
        listed.ok().filter(|()| is_whole)?;
        let db = open_in_time(copy.path()).ok()?;
        Some(Self { db, _lock: lock, _volume: volume.clone(), _copy: Some(copy) })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.join([key.to_vec()])
    }

    /// The values of keys, one behind the other; `None` where one is not there.
    pub(crate) fn join(&self, keys: impl IntoIterator<Item = Vec<u8>> + Send + 'static) -> Option<Vec<u8>> {
        self.with(|db| {
            let mut joined = Vec::new();
            for key in keys {
                let Some(value) = db.get(key)? else { return Ok(None) };
                joined.extend_from_slice(&value);
            }
            Ok(Some(joined))
        })
        .flatten()
    }

    /// The keys that begin with a prefix.
    pub(crate) fn keys(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let prefix = prefix.to_vec();
        let keys = move |db: &sled::Db| db.scan_prefix(prefix).keys().map(|key| Ok(key?.to_vec())).collect();
        self.with(keys).unwrap_or_default()
    }

    /// Makes changes, all or none; they reach the disk with [`Self::flush`], or when the cache is dropped, if at all.
    pub(crate) fn change(&self, changes: impl IntoIterator<Item = Change>) {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.with(|db| db.apply_batch(batch));
    }

    /// Writes what was changed to its files. It is not made durable: a value that is lost is made again.
    pub(crate) fn flush(&self) {
        self.with(|db| db.flush().map(drop));
    }

    /// Runs an operation; a failure or panic inside breaks the cache for as long as it is open.
    fn with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&sled::Db) -> sled::Result<T> + Send + 'static,
    ) -> Option<T> {
        let was_broken = self.db.is_broken();
        let done = self.db.with(operation);
        if done.is_none() && !was_broken {
            tracing::warn!("the cache failed, going on without it");
        }
        done
    }
}

/// Opens the store; deletes it and begins anew when it does not open.
fn open_patiently(dir: &Path) -> Option<Apart<sled::Db>> {
    for _ in 0..REFUSALS {
        match open_in_time(dir) {
            Ok(db) => return Some(db),
            // A file operation failed, perhaps because threads of an earlier opening still go on.
            Err(NotMade::Failed(sled::Error::Io(_))) => thread::sleep(REFUSAL_PAUSE),
            Err(NotMade::Failed(_) | NotMade::Panicked) => break,
            Err(NotMade::NoThread) => {
                tracing::debug!("there is no thread for the cache, going on without it");
                return None;
            }
            Err(NotMade::TimedOut) => {
                tracing::warn!("the cache did not open in time and is deleted, going on without it");
                remove(dir);
                return None;
            }
        }
    }
    tracing::warn!("the cache did not open and is begun anew");
    remove(dir);
    open_in_time(dir).ok()
}

fn open_in_time(dir: &Path) -> Result<Apart<sled::Db>, NotMade<sled::Error>> {
    let config =
        sled::Config::new().path(dir).mode(sled::Mode::LowSpace).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    Apart::make(THREAD, OPEN_LIMIT, LIMIT, move || config.open())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn held(dir: &Path) -> Volume {
        Volume::real().hold(dir).unwrap()
    }

    fn put(cache: &Cache, key: &str, value: &str) {
        cache.change([(key.into(), Some(value.into()))]);
        cache.flush();
    }

    fn get(cache: &Cache, key: &str) -> Option<String> {
        cache.get(key.as_bytes()).map(|value| String::from_utf8(value).unwrap())
    }

    #[test]
    fn values_are_there_after_opening_again_and_one_process_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        let names: Vec<Vec<u8>> = (0..2_000).map(|number| format!("p{number}").into_bytes()).collect();
        cache.change(names.iter().map(|name| (name.clone(), Some(name.clone()))));
        cache.change([(b"p1".to_vec(), None)]);
        cache.flush();
        assert!(Cache::open(&held(dir.path()), dir.path()).is_none());
        drop(cache);
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        for name in &names {
            assert_eq!(cache.get(name).as_ref(), Some(name).filter(|name| *name != b"p1"));
        }
        assert_eq!(
            cache.keys(b"p199"),
            [b"p199".to_vec()].into_iter().chain(names[1_990..].to_vec()).collect::<Vec<_>>()
        );
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
        put(&cache, "a", "three");
        drop(cache);
        let cache = Cache::open(&volume, &live).unwrap();
        assert_eq!(get(&cache, "a").unwrap(), "three");
        drop(cache);
        assert!(!live.exists() && cache_dir(&moved).join("db").exists());
    }

    #[test]
    fn a_copy_says_the_same_and_leaves_the_cache_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = |name: &str| fs::read(cache_dir(dir.path()).join(name)).unwrap();
        assert!(Cache::open_copy(&held(dir.path()), dir.path()).is_none(), "there is none");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "looking at the cache made one");
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        put(&cache, "a", "three");
        assert!(Cache::open_copy(&held(dir.path()), dir.path()).is_none(), "another has it");
        drop(cache);
        let before = (bytes("db"), bytes("conf"));
        let copy = Cache::open_copy(&held(dir.path()), dir.path()).unwrap();
        assert_eq!(get(&copy, "a").unwrap(), "three");
        put(&copy, "a", "four");
        drop(copy);
        assert!((bytes("db"), bytes("conf")) == before);
        fs::write(cache_dir(dir.path()).join("db"), "damaged").unwrap();
        drop(Cache::open_copy(&held(dir.path()), dir.path()));
        assert_eq!(bytes("db"), b"damaged");
    }

    #[test]
    fn a_damaged_store_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        put(&cache, "a", "three");
        drop(cache);
        for entry in fs::read_dir(cache_dir(dir.path())).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::write(path, b"not what sled wrote").unwrap();
            }
        }
        let cache = Cache::open(&held(dir.path()), dir.path()).unwrap();
        assert_eq!(get(&cache, "a"), None);
        put(&cache, "a", "four");
        assert_eq!(get(&cache, "a").unwrap(), "four");
    }
}
