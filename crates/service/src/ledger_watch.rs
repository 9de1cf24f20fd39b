//! The ledger as it is committed now: opened again when another process, or this one, has appended.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::Error;
use ledger::{LedgerDir, Reader, Timestamp};
use tokio::sync::watch;

/// How often it is looked at; what others append is noticed within twice that.
pub(crate) const EVERY: Duration = Duration::from_millis(100);
/// After so many looks the ledger is opened even though nothing seems to have changed: it may have been damaged, or be whole
/// again.
const LOOKS: u32 = 20;
/// The file that is written at each commit.
const HEAD: &str = "head";
/// Roots of sizes that are remembered.
const ROOTS: usize = 4_096;

/// The ledger, with whoever waits for its growth.
pub(crate) struct LedgerWatch {
    dir: PathBuf,
    current: watch::Sender<Arc<OpenLedger>>,
    /// The code of the failure to open it at the last look.
    failure: Mutex<Option<&'static str>>,
}

/// The ledger as it was when it was opened.
pub(crate) struct OpenLedger {
    reader: Reader,
    /// When the newest entry was recorded.
    pub(crate) newest: Option<Timestamp>,
    /// The roots that are known. The one of a size never changes, so that they hold for every reader of the same ledger.
    roots: Arc<Roots>,
}

/// The first entries of the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Prefix {
    /// So many.
    Size(u64),
    /// Those that were recorded at an instant or before it.
    RecordedUpTo(Timestamp),
}

type Roots = Mutex<BTreeMap<u64, [u8; 32]>>;

/// The bytes of the file that is written at each commit.
type Look = Option<Vec<u8>>;

impl Deref for OpenLedger {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl OpenLedger {
    /// The ledger in the place of another reader, whose roots are the same unless another ledger took its place.
    fn new(reader: Reader, before: Option<&Self>) -> Result<Self, Error> {
        let newest = reader.size().checked_sub(1).map(|seq| reader.recorded_at(seq)).transpose()?;
        let root = reader.root(reader.size())?;
        let roots = match before {
            // One that cannot be read any more is none that goes on.
            Some(before) if before.is_begun_by(&reader).unwrap_or_default() => Arc::clone(&before.roots),
            Some(_) | None => Arc::default(),
        };
        let opened = Self { reader, newest, roots };
        opened.keep(opened.size(), root);
        Ok(opened)
    }

    /// Whether a reader has all entries of this one, and maybe more.
    fn is_begun_by(&self, reader: &Reader) -> Result<bool, Error> {
        Ok(self.size() <= reader.size() && self.root(self.size())? == reader.root(self.size())?)
    }

    /// How many the first entries are, and the root of their tree, where both are known.
    pub(crate) fn known(&self, prefix: Prefix) -> Option<(u64, [u8; 32])> {
        let Prefix::Size(size) = prefix else { return None };
        Some((size, self.known_root(size)?))
    }

    /// How many the first entries are, and the root of their tree.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(crate) fn read(&self, prefix: Prefix) -> Result<(u64, [u8; 32]), Error> {
        let size = match prefix {
            Prefix::Size(size) => size,
            Prefix::RecordedUpTo(at) => self.size_at(at)?,
        };
        Ok((size, self.root(size)?))
    }

    fn known_root(&self, size: u64) -> Option<[u8; 32]> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).get(&size).copied()
    }

    /// The root of the tree of the first entries, so many.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(crate) fn root(&self, size: u64) -> Result<[u8; 32], Error> {
        if let Some(root) = self.known_root(size) {
            return Ok(root);
        }
        let root = self.reader.root(size)?;
        self.keep(size, root);
        Ok(root)
    }

    fn keep(&self, size: u64, root: [u8; 32]) {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        if roots.len() >= ROOTS {
            roots.clear();
        }
        roots.insert(size, root);
    }
}

impl LedgerWatch {
    /// Opens the ledger.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, Error> {
        let opened = OpenLedger::new(LedgerDir::open(&dir)?.reader()?, None)?;
        Ok(Self { dir, current: watch::Sender::new(Arc::new(opened)), failure: Mutex::default() })
    }

    /// The ledger as it was when it was looked at last.
    pub(crate) fn reader(&self) -> Arc<OpenLedger> {
        Arc::clone(&self.current.borrow())
    }

    /// Tells of the ledger whenever it has grown.
    pub(crate) fn readers(&self) -> watch::Receiver<Arc<OpenLedger>> {
        self.current.subscribe()
    }

    /// The code that says why the ledger cannot be read, if it cannot.
    pub(crate) fn failure(&self) -> Option<&'static str> {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether there is more, again and again.
    pub(crate) async fn run(self: Arc<Self>) {
        let (mut before, mut looks): (Look, u32) = (None, 0);
        loop {
            tokio::time::sleep(EVERY).await;
            let watch = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || {
                let look = watch.look();
                if look != before || looks >= LOOKS {
                    watch.refresh();
                    looks = 0;
                }
                (look, looks + 1)
            });
            (before, looks) = looked.await.unwrap_or((None, 0));
        }
    }

    fn look(&self) -> Look {
        std::fs::read(self.dir.join(HEAD)).ok()
    }

    /// Puts a newer reader in the place of the one that there is, and tells whoever waits if the ledger has grown.
    pub(crate) fn set(&self, reader: Reader) {
        self.tell(self.put(reader, None).err());
    }

    /// Puts a reader in the place of the one that there is. It has fewer entries where another ledger took the place of this
    /// one, or else where a newer reader came while it was opened: then nothing changes.
    fn put(&self, reader: Reader, since: Option<&Arc<OpenLedger>>) -> Result<(), Error> {
        let opened = Arc::new(OpenLedger::new(reader, Some(&self.reader()))?);
        self.current.send_if_modified(|current| {
            if opened.size() < current.size() && !since.is_some_and(|since| Arc::ptr_eq(since, current)) {
                return false;
            }
            let is_told = opened.size() != current.size() || !Arc::ptr_eq(&opened.roots, &current.roots);
            *current = opened;
            is_told
        });
        Ok(())
    }

    /// Opens the ledger again, and tells whoever waits if it has grown.
    pub(crate) fn refresh(&self) {
        let since = self.reader();
        let opened = LedgerDir::open(&self.dir).and_then(|dir| dir.reader()).map_err(Error::from);
        self.tell(opened.and_then(|reader| self.put(reader, Some(&since))).err());
    }

    /// Remembers why the ledger could not be opened, if it could not. The log says so once.
    fn tell(&self, error: Option<Error>) {
        let code = error.as_ref().map(Error::code);
        let before = std::mem::replace(&mut *self.failure.lock().unwrap_or_else(PoisonError::into_inner), code);
        if before == code {
            return;
        }
        if let Some(error) = error {
            tracing::error!("the ledger cannot be read: {}", error.to_text().trim_end());
        } else {
            tracing::info!("the ledger can be read again");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::LedgerWatch;
    use crate::testing::{Events, new_ledger};

    #[test]
    fn whoever_looked_before_the_ledger_grew_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = new_ledger(dir.path());
        let watch = LedgerWatch::open(dir.path().to_owned()).unwrap();
        let mut readers = watch.readers();
        // It grows between a look at what there is and the wait for more.
        let seen = readers.borrow_and_update().size();
        ledger.append_some(0, 3);
        watch.refresh();
        assert!(readers.has_changed().unwrap());
        assert_eq!((seen, readers.borrow_and_update().size()), (0, 3));
        watch.refresh();
        assert!(!readers.has_changed().unwrap());
    }

    #[test]
    fn two_commits_in_one_tick_of_the_clock_look_different() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = new_ledger(dir.path());
        let watch = LedgerWatch::open(dir.path().to_owned()).unwrap();
        let head = dir.path().join(super::HEAD);
        let modified = std::fs::metadata(&head).unwrap().modified().unwrap();
        let before = watch.look();
        ledger.append_some(0, 1);
        std::fs::File::options().write(true).open(&head).unwrap().set_modified(modified).unwrap();
        assert_ne!(watch.look(), before);
    }

    #[test]
    fn another_ledger_has_roots_of_its_own() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [dir, other] = dirs.each_ref().map(|dir| dir.path().join("ledger"));
        new_ledger(&dir).append_some(0, 2);
        new_ledger(&other).append_some(10, 3);
        let watch = LedgerWatch::open(dir.clone()).unwrap();
        let root = watch.reader().root(1).unwrap();
        std::fs::rename(&dir, dirs[0].path().join("old")).unwrap();
        watch.refresh();
        assert_eq!(watch.failure(), Some("no_ledger"));
        std::fs::rename(&other, &dir).unwrap();
        watch.refresh();
        assert_eq!((watch.failure(), watch.reader().size()), (None, 3));
        assert_ne!(watch.reader().root(1).unwrap(), root);
        // What only goes on keeps them.
        let before = watch.reader();
        new_ledger(&dir).append_some(20, 1);
        watch.refresh();
        assert!(Arc::ptr_eq(&before.roots, &watch.reader().roots));
    }
}
