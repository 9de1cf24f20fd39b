//! The ledger as it is committed now: opened again when another process, or this one, has appended.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use app::Error;
use ledger::{LedgerDir, Reader};
use tokio::sync::watch;

/// How often it is looked at; what others append is noticed within twice that.
pub(crate) const EVERY: Duration = Duration::from_millis(100);
/// After so many looks the ledger is opened even though nothing seems to have changed.
const LOOKS: u32 = 20;
/// The file that is written at each commit.
const HEAD: &str = "head";

/// The ledger, with whoever waits for its growth.
pub(crate) struct LedgerWatch {
    dir: PathBuf,
    /// The ledger as it was read last, and how often it was.
    current: RwLock<(u64, Arc<Reader>)>,
    size: watch::Sender<u64>,
    /// Why it could not be opened at the last look.
    failure: RwLock<Option<String>>,
}

/// What tells that the ledger was written to.
type Look = Option<(SystemTime, u64)>;

impl LedgerWatch {
    /// Opens the ledger.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, Error> {
        let reader = LedgerDir::open(&dir)?.reader()?;
        let (size, _) = watch::channel(reader.size());
        Ok(Self { dir, current: RwLock::new((0, Arc::new(reader))), size, failure: RwLock::new(None) })
    }

    /// The ledger as it was when it was looked at last.
    pub(crate) fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Tells the size whenever it has grown.
    pub(crate) fn sizes(&self) -> watch::Receiver<u64> {
        self.size.subscribe()
    }

    /// Why the ledger cannot be read, if it cannot.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.read().unwrap_or_else(PoisonError::into_inner).clone()
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
                }
                (look, if look != before || looks >= LOOKS { 0 } else { looks + 1 })
            });
            (before, looks) = looked.await.unwrap_or((None, 0));
        }
    }

    fn look(&self) -> Look {
        let head = std::fs::metadata(self.dir.join(HEAD)).ok()?;
        Some((head.modified().ok()?, head.len()))
    }

    /// Puts a newer reader in the place of the one that there is, and tells whoever waits if the ledger has grown.
    pub(crate) fn set(&self, reader: Reader) {
        self.put(reader, None);
    }

    /// Puts a reader in the place of the one that there is. It has fewer entries where another ledger took the place of this
    /// one, or else where a newer reader came while it was opened: then nothing changes.
    fn put(&self, reader: Reader, since: Option<u64>) {
        let size = reader.size();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if size < current.1.size() && since != Some(current.0) {
            return;
        }
        *current = (current.0 + 1, Arc::new(reader));
        self.size.send_if_modified(|known| std::mem::replace(known, size) != size);
    }

    /// Opens the ledger again, and tells whoever waits if it has grown.
    pub(crate) fn refresh(&self) {
        let since = self.current.read().unwrap_or_else(PoisonError::into_inner).0;
        let opened = LedgerDir::open(&self.dir).and_then(|dir| dir.reader());
        let failure = opened.map(|reader| self.put(reader, Some(since))).err();
        let failure = failure.map(|error| Error::from(error).to_string());
        *self.failure.write().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}
