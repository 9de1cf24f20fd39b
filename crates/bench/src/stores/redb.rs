//! `redb`, with its default of immediate durability.

use std::path::Path;

use redb::{Database, ReadableTable, TableDefinition};

use super::{CACHE_BYTES, GROUP, Group, Store};
use crate::Outcome;
use crate::events::{EventLines, id_of};

const EVENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("events");
const IDS: TableDefinition<[u8; 16], u64> = TableDefinition::new("ids");

/// A table of lines by place.
pub(crate) struct Redb {
    database: Database,
    seq: u64,
}

impl Redb {
    /// Makes an empty database.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        let database = Database::builder().set_cache_size(CACHE_BYTES as usize).create(dir.join("redb"))?;
        Ok(Self { database, seq: 0 })
    }
}

impl Store for Redb {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        let transaction = self.database.begin_write()?;
        let mut events = transaction.open_table(EVENTS)?;
        for line in &group.lines {
            events.insert(self.seq, line.as_bytes())?;
            self.seq += 1;
        }
        drop(events);
        transaction.commit()?;
        Ok(())
    }

    fn import(&mut self, file: &Path) -> Outcome<u64> {
        let mut lines = EventLines::open(file)?;
        loop {
            let transaction = self.database.begin_write()?;
            let mut events = transaction.open_table(EVENTS)?;
            let mut ids = transaction.open_table(IDS)?;
            let mut taken = 0;
            while taken < GROUP
                && let Some(line) = lines.next()?
            {
                let id = id_of(line)?;
                taken += 1;
                if ids.get(id)?.is_none() {
                    ids.insert(id, self.seq)?;
                    events.insert(self.seq, line.as_bytes())?;
                    self.seq += 1;
                }
            }
            drop((events, ids));
            transaction.commit()?;
            if taken < GROUP {
                return Ok(self.seq);
            }
        }
    }
}
