//! What an operation takes of the world, and who watches it.

use std::path::PathBuf;

use ledger::Timestamp;
use uuid::Uuid;

use crate::interrupt::Interrupt;

/// What an operation takes of the world: a clock, ids, a secret, and somebody who watches.
pub struct World<'a> {
    /// The present instant of the system's clock.
    pub now: &'a mut dyn FnMut() -> Timestamp,
    /// A new id for an event that has none.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
    /// 32 bytes that nobody can guess, for the secret of pseudonyms.
    pub new_secret: &'a mut dyn FnMut() -> Result<[u8; 32], getrandom::Error>,
    /// The directory from which relative paths start; empty for that of the process.
    pub dir: PathBuf,
    /// Somebody who is told what goes on meanwhile.
    pub watch: Box<dyn Watch>,
    /// Tells an import, or a question, that it is to end.
    pub interrupt: Interrupt,
}

/// Somebody who waits for an answer, and is told meanwhile what goes on.
pub trait Watch {
    /// Tells something that people may want to know.
    fn say(&self, message: &str);

    /// Tells something important, even to people who asked for quiet.
    fn warn(&self, message: &str);

    /// Begins to show the progress of something.
    fn begin(&self, what: &'static str, unit: Unit) -> Box<dyn Bar>;
}

/// What a bar of progress counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Entries of the ledger.
    Entries,
}

/// A bar of progress, which goes away when it is dropped.
pub trait Bar: Sync {
    /// Tells how much is done, and of how much, if that is known.
    fn at(&self, done: u64, total: Option<u64>);
}
