//! One ledger, and what operations on it take of the world.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::{
    EventId, Ledger, LedgerDir, OpenError, PartnerId, Progress, Reader, RestingLedger, Timestamp, Verification,
};

use crate::clock::{self, is_behind};
use crate::done::Done;
use crate::error::Error;
use crate::file_kind::no_ledger;
use crate::folds::Folds;
use crate::location_partners::LocationPartners;
use crate::text::counted;
use crate::world::{Bar, Unit, World};

/// One ledger, and what operations on it take of the world.
pub struct Session<'a> {
    /// What operations take of the world.
    pub world: World<'a>,
    /// Where the ledger is.
    pub ledger_dir: PathBuf,
    /// What is already durable, even if the operation fails later.
    pub done: Done,
    /// The present instant, if one was given to be used in place of the clock's.
    said_now: Option<Timestamp>,
    /// How long it waits for another process that has the ledger.
    wait: Duration,
    /// The ledger's directory, when it has been asked for.
    dir: OnceCell<LedgerDir>,
    /// The ledger as it is read, where somebody has opened it already.
    opened: Option<Reader>,
    /// What questions folded, where somebody keeps it.
    folds: Option<Arc<Folds>>,
    /// The partners that exist for whoever asks; all where there is none.
    seen: BTreeSet<PartnerId>,
}

impl<'a> Session<'a> {
    /// A session with the ledger in a directory, at `now` or else at the clock's instant.
    #[must_use]
    pub fn new(world: World<'a>, ledger_dir: PathBuf, now: Option<Timestamp>) -> Self {
        Self {
            world,
            ledger_dir,
            done: Done::default(),
            said_now: now,
            wait: Duration::ZERO,
            dir: OnceCell::new(),
            opened: None,
            folds: None,
            seen: BTreeSet::new(),
        }
    }

    /// The same session, which waits so long for another process that has the ledger.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// The same session, which reads the ledger as it was when this reader was opened.
    #[must_use]
    pub fn reading(self, opened: Reader) -> Self {
        Self { opened: Some(opened), ..self }
    }

    /// The same session, whose questions keep what they fold, and find what others folded.
    #[must_use]
    pub fn keeping(self, folds: Arc<Folds>) -> Self {
        Self { folds: Some(folds), ..self }
    }

    /// What questions folded, where somebody keeps it.
    pub(crate) fn folds(&self) -> Option<Arc<Folds>> {
        self.folds.clone()
    }

    /// What is kept of the locations that partners named.
    pub(crate) fn location_partners(&self) -> Option<&LocationPartners> {
        self.folds.as_deref().map(Folds::location_partners)
    }

    /// Lets these partners alone exist for whoever asks; all where there is none.
    pub fn limit_to(&mut self, partners: BTreeSet<PartnerId>) {
        self.seen = partners;
    }

    /// The partners that exist for whoever asks; all where there is none.
    pub(crate) fn seen(&self) -> &BTreeSet<PartnerId> {
        &self.seen
    }

    /// Whether a partner exists for whoever asks.
    #[must_use]
    pub fn sees(&self, partner: &str) -> bool {
        self.seen.is_empty() || self.seen.contains(partner)
    }

    /// A path as it was typed, from the directory where it starts.
    #[must_use]
    pub fn path(&self, typed: &Path) -> PathBuf {
        self.world.dir.join(typed)
    }

    /// Tells something beside the answer.
    pub fn say(&self, message: &str) {
        self.world.watch.say(message);
    }

    /// Begins to show the progress of something.
    pub fn progress(&self, what: &'static str, unit: Unit) -> Box<dyn Bar> {
        self.world.watch.begin(what, unit)
    }

    /// The present instant: the one that was given, otherwise the clock's.
    pub fn now(&mut self) -> Timestamp {
        self.said_now.unwrap_or_else(|| (self.world.now)())
    }

    /// The instant of what is written: the present one.
    ///
    /// # Errors
    /// `clock_ahead` when that is far ahead of the system's clock, unless it is forced.
    pub fn writing_at(&mut self, force: bool) -> Result<Timestamp, Error> {
        let now = self.now();
        if !force {
            clock::check(now, (self.world.now)())?;
        }
        Ok(now)
    }

    /// Uses an instant in place of the clock's from now on.
    pub fn set_now(&mut self, now: Timestamp) {
        self.said_now = Some(now);
    }

    /// The later of the system's clock and the instant that was given.
    pub fn latest_clock(&mut self) -> Timestamp {
        let clock = (self.world.now)();
        self.said_now.map_or(clock, |now| now.max(clock))
    }

    /// A new id for an event.
    pub fn new_id(&mut self) -> EventId {
        EventId((self.world.new_id)())
    }

    /// A seed for random choices, short enough to be typed; from the same source as ids.
    pub fn new_seed(&mut self) -> u64 {
        (self.world.new_id)().as_u64_pair().1 & u64::from(u32::MAX)
    }

    /// The directory of the ledger, opened once: a command stays with it even if another takes its place meanwhile.
    pub fn dir(&self) -> Result<&LedgerDir, Error> {
        if let Some(dir) = self.dir.get() {
            return Ok(dir);
        }
        let dir = LedgerDir::open(&self.ledger_dir).map_err(|error| no_ledger(&self.ledger_dir, error.into()))?;
        Ok(self.dir.get_or_init(|| dir))
    }

    /// Opens the ledger for writing.
    pub fn ledger(&self) -> Result<Ledger, Error> {
        let bar = self.progress("opening the ledger", Unit::Entries);
        let dir = self.dir()?;
        let open = |wait| dir.ledger(wait, &mut |at: Progress| bar.at(at.done, Some(at.total)));
        let (ledger, recovery) = match open(Duration::ZERO) {
            Err(OpenError::Locked(_)) if !self.wait.is_zero() => {
                let seconds = counted(self.wait.as_secs(), "second");
                self.say(&format!("another process has the ledger: waiting for it, at most {seconds}"));
                open(self.wait).map_err(|error| {
                    let is_locked = matches!(error, OpenError::Locked(_));
                    let error = Error::from(error);
                    if is_locked { error.hint(format!("it was waited for {seconds}")) } else { error }
                })?
            }
            opened => opened.map_err(|error| no_ledger(&self.ledger_dir, error.into()))?,
        };
        drop(bar);
        tracing::info!("opened {} for writing: {}", self.ledger_dir.display(), counted(ledger.size(), "entry"));
        if recovery.cut_bytes > 0 {
            // Nobody was told that anything of it was recorded.
            self.say("an earlier command was cut off before it had recorded anything; what it left behind is removed");
            let (bytes, entries) = (counted(recovery.cut_bytes, "byte"), counted(recovery.cut_entries, "entry"));
            tracing::info!("removed {bytes} with {entries}");
        }
        if recovery.indexed_entries > 0 {
            tracing::info!("indexed again: {}", counted(recovery.indexed_entries, "entry"));
        }
        if recovery.head_made {
            tracing::info!("the file `head` was made again");
        }
        Ok(ledger)
    }

    /// Opens the ledger for writing at an instant; warns if that is behind the newest entry, or closed.
    pub fn ledger_at(&self, now: Timestamp) -> Result<Ledger, Error> {
        let ledger = self.ledger()?;
        self.tell_of_clock(&ledger, now);
        Ok(ledger)
    }

    /// Goes on with a ledger that rests, unless somebody else wrote meanwhile: then it is opened as [`Self::ledger_at`] says.
    pub(crate) fn ledger_again(&self, resting: Option<RestingLedger>, now: Timestamp) -> Result<Ledger, Error> {
        let resumed = resting.map(|resting| resting.resume(self.wait)).transpose()?.flatten();
        let Some(ledger) = resumed else { return self.ledger_at(now) };
        self.tell_of_clock(&ledger, now);
        Ok(ledger)
    }

    fn tell_of_clock(&self, ledger: &Ledger, now: Timestamp) {
        if let Some(last) = ledger.last_instant().filter(|last| is_behind(now, *last)) {
            let is_entry = ledger.newest() == Some(last);
            let why =
                if is_entry { "the newest entry was recorded at" } else { "an audit bundle has closed all up to" };
            let told = format!("the clock says {now}, and {why} {last}");
            self.world.watch.warn(&format!("{told}: what is recorded now gets the instants after that"));
        }
    }

    /// Opens the ledger for reading.
    pub fn reader(&self) -> Result<Reader, Error> {
        if let Some(opened) = &self.opened {
            return Ok(opened.clone());
        }
        let reader = self.dir()?.reader().map_err(|error| no_ledger(&self.ledger_dir, error.into()))?;
        tracing::info!("opened {} for reading: {}", self.ledger_dir.display(), counted(reader.size(), "entry"));
        Ok(reader)
    }

    /// Reads and checks everything in the directory of a ledger.
    pub(crate) fn verify(&self, dir: &LedgerDir) -> Result<Verification, Error> {
        let bar = self.progress("verifying", Unit::Entries);
        Ok(dir.verify(&mut |at| bar.at(at.done, Some(at.total)))?)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;
    use std::time::Duration;

    use ledger::{Ledger, Timestamp};
    use uuid::Uuid;

    use super::Session;
    use crate::interrupt::Interrupt;
    use crate::testing::Nobody;
    use crate::world::{Bar, Unit, Watch, World};

    /// Somebody who has the ledger until they hear that another one waits for it.
    struct Holder(RefCell<Option<Ledger>>);

    impl Watch for Holder {
        fn say(&self, message: &str) {
            assert_eq!(message, "another process has the ledger: waiting for it, at most 60 seconds");
            self.0.take();
        }
        fn warn(&self, _: &str) {}
        fn begin(&self, _: &'static str, _: Unit) -> Box<dyn Bar> {
            Box::new(Nobody)
        }
    }

    fn open(dir: &Path, holder: Ledger, wait: Duration) -> Result<(), (&'static str, String)> {
        let world = World {
            now: &mut || Timestamp::from_micros(0),
            new_id: &mut Uuid::nil,
            new_secret: &mut || Ok([7; 32]),
            dir: dir.to_owned(),
            watch: Box::new(Holder(RefCell::new(Some(holder)))),
            interrupt: Interrupt::default(),
        };
        let session = Session::new(world, dir.to_owned(), None).waiting(wait);
        session.ledger().map(drop).map_err(|error| (error.code(), error.to_text()))
    }

    #[test]
    fn a_writer_waits_for_another_one_as_long_as_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("ledger");
        let (ledger, _) = Ledger::create(&dir, "x").unwrap();
        let (code, text) = open(&dir, ledger, Duration::ZERO).unwrap_err();
        assert_eq!(code, "locked");
        assert!(text.contains("hint: `--wait SECONDS` waits until the other process is done"), "{text}");
        let (ledger, _) = Ledger::open(&dir, &mut |_| {}).unwrap();
        assert_eq!(open(&dir, ledger, Duration::from_mins(1)), Ok(()));
    }
}
