//! `fjall`, with `fdatasync` at each commit.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{CACHE_BYTES, GROUP, Group, Store};
use crate::Outcome;
use crate::events::{EventLines, id_of};

/// Events of a batch of an import.
const BATCH: u64 = 1_000;

/// A keyspace of lines by place.
pub(crate) struct Fjall {
    database: Database,
    events: Keyspace,
    seq: u64,
}

impl Fjall {
    /// Makes an empty database.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        let database = Database::builder(dir.join("fjall")).cache_size(u64::from(CACHE_BYTES)).open()?;
        let events = database.keyspace("events", KeyspaceCreateOptions::default)?;
        Ok(Self { database, events, seq: 0 })
    }
}

impl Store for Fjall {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for line in &group.lines {
            batch.insert(&self.events, self.seq.to_be_bytes(), line.as_bytes());
            self.seq += 1;
        }
        batch.commit()?;
        Ok(())
    }

    fn import(&mut self, file: &Path) -> Outcome<u64> {
        let ids = self.database.keyspace("ids", KeyspaceCreateOptions::default)?;
        let mut lines = EventLines::open(file)?;
        let mut batch = self.database.batch();
        let mut in_batch = std::collections::HashSet::new();
        while let Some(line) = lines.next()? {
            let id = id_of(line)?;
            if ids.contains_key(id)? || !in_batch.insert(id) {
                continue;
            }
            batch.insert(&ids, id, self.seq.to_be_bytes());
            batch.insert(&self.events, self.seq.to_be_bytes(), line.as_bytes());
            self.seq += 1;
            if self.seq.is_multiple_of(BATCH) {
                let durability = self.seq.is_multiple_of(GROUP).then_some(PersistMode::SyncData);
                std::mem::replace(&mut batch, self.database.batch()).durability(durability).commit()?;
                in_batch.clear();
            }
        }
        batch.commit()?;
        self.database.persist(PersistMode::SyncData)?;
        Ok(self.seq)
    }
}
