//! The ledger.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use ledger::{Ledger, PreparedEvent};

use super::{Group, NOW, Store};
use crate::Outcome;
use crate::events::{EventLines, event_of};

/// Events that are handed over together, and how many such groups may wait, as in `pcs import`.
const AT_ONCE: usize = 512;
const WAITING: usize = 16;

/// The ledger, open for appending.
pub(crate) struct Ours {
    ledger: Ledger,
}

impl Ours {
    /// Makes an empty ledger.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        Ok(Self { ledger: Ledger::create(dir, "bench.example")?.0 })
    }
}

impl Store for Ours {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        self.ledger.append(&group.events, NOW)?;
        Ok(())
    }

    /// Reads, checks and appends as one commit: as in `pcs import`, one thread reads, one appends.
    fn import(&mut self, file: &Path) -> Outcome<u64> {
        let mut lines = EventLines::open(file)?;
        let mut batch = self.ledger.begin(NOW);
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(WAITING);
            let reading = thread::Builder::new().spawn_scoped(scope, move || read_all(&mut lines, &sender))?;
            for events in receiver {
                for event in events {
                    batch.push_prepared(&event)?;
                }
            }
            reading.join().map_err(|_| "the reader panicked")??;
            Ok(batch.commit()?.new)
        })
    }
}

/// Hands over the events of a file, until they are no longer wanted.
fn read_all(lines: &mut EventLines, events: &SyncSender<Vec<PreparedEvent>>) -> Outcome<()> {
    loop {
        let mut some = Vec::with_capacity(AT_ONCE);
        while some.len() < AT_ONCE
            && let Some(line) = lines.next()?
        {
            some.push(PreparedEvent::new(&event_of(line)?)?);
        }
        let is_last = some.len() < AT_ONCE;
        if events.send(some).is_err() || is_last {
            return Ok(());
        }
    }
}
