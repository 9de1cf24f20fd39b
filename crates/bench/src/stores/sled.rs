//! `sled` alone, with `flush`; it calls no `fdatasync`, so that it promises less than the others.

use std::path::Path;

use sled::{Batch, Db};

use super::{CACHE_BYTES, Group, Store};
use crate::Outcome;
use crate::events::{EventLines, id_of};

/// Events of a batch: with more operations it outgrows its cache.
const BATCH: usize = 256;

/// A tree of lines by place.
pub(crate) struct Sled {
    database: Db,
    seq: u64,
}

impl Sled {
    /// Makes an empty database.
    pub(crate) fn create(dir: &Path) -> Outcome<Self> {
        let config = sled::Config::new().path(dir.join("sled")).cache_capacity(u64::from(CACHE_BYTES));
        Ok(Self { database: config.flush_every_ms(None).open()?, seq: 0 })
    }
}

impl Store for Sled {
    fn append(&mut self, group: &Group) -> Outcome<()> {
        for lines in group.lines.chunks(BATCH) {
            let mut batch = Batch::default();
            for line in lines {
                batch.insert(&self.seq.to_be_bytes(), line.as_bytes());
                self.seq += 1;
            }
            self.database.apply_batch(batch)?;
        }
        self.database.flush()?;
        Ok(())
    }

    fn import(&mut self, file: &Path) -> Outcome<u64> {
        let ids = self.database.open_tree("ids")?;
        let mut lines = EventLines::open(file)?;
        while let Some(line) = lines.next()? {
            if ids.insert(id_of(line)?, &self.seq.to_be_bytes())?.is_none() {
                self.database.insert(self.seq.to_be_bytes(), line.as_bytes())?;
                self.seq += 1;
            }
        }
        self.database.flush()?;
        Ok(self.seq)
    }
}
