//! Our ledger and its peers, to be written to.
//!
//! Peers are given the least work: they keep the line under its place, and where an import refuses what it has already,
//! the id. They read nothing of a line but that id, hash nothing and know no partner.

mod fjall;
mod ours;
mod raw;
mod redb;
mod sled;
mod sqlite;

use std::path::Path;

use clap::ValueEnum;
use ledger::{Event, Timestamp};

use crate::Outcome;
use crate::events::event_of;
pub(crate) use sqlite::{connect as connect_to_sqlite, table as sqlite_table};

/// Events of a transaction of those peers that take many.
const GROUP: u64 = 100_000;
/// Bytes that a peer may hold in its cache, so that it has the memory that is allowed to us.
const CACHE_BYTES: u32 = 200 << 20;
/// When the events are recorded.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_782_900_000_000_000);

/// A store, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// The ledger.
    Ours,
    /// A pre-allocated file and `fdatasync`: the physical limit.
    Raw,
    /// `SQLite`, its journal in WAL mode, `synchronous=FULL`.
    Sqlite,
    /// `redb`.
    Redb,
    /// `fjall`, with `SyncData`.
    Fjall,
    /// `sled` alone, with `flush`.
    Sled,
}

/// Events to append at once, in both forms.
pub(crate) struct Group {
    /// For the ledger.
    pub(crate) events: Vec<Event>,
    /// For all others.
    pub(crate) lines: Vec<String>,
}

/// A store that is open for appending, and empty when an import begins.
pub(crate) trait Store {
    /// Appends a group, and returns when it is durable.
    fn append(&mut self, group: &Group) -> Outcome<()>;

    /// Takes in a file of events, each id once, and returns their number when all are durable.
    fn import(&mut self, file: &Path) -> Outcome<u64>;
}

impl Kind {
    /// Those that the ledger is compared with.
    pub(crate) const PEERS: [Self; 5] = [Self::Raw, Self::Sqlite, Self::Redb, Self::Fjall, Self::Sled];

    /// The name in rows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Raw => "raw file",
            Self::Sqlite => "SQLite",
            Self::Redb => "redb",
            Self::Fjall => "fjall",
            Self::Sled => "sled",
        }
    }

    /// Makes an empty store in a directory; `bytes` are pre-allocated where that is done.
    pub(crate) fn create(self, dir: &Path, bytes: usize) -> Outcome<Box<dyn Store>> {
        std::fs::create_dir_all(dir)?;
        Ok(match self {
            Self::Ours => Box::new(ours::Ours::create(dir)?),
            Self::Raw => Box::new(raw::Raw::create(dir, bytes)?),
            Self::Sqlite => Box::new(sqlite::Sqlite::create(dir)?),
            Self::Redb => Box::new(redb::Redb::create(dir)?),
            Self::Fjall => Box::new(fjall::Fjall::create(dir)?),
            Self::Sled => Box::new(sled::Sled::create(dir)?),
        })
    }

    /// Takes in a file of events with a new store, and returns their number when all are durable.
    pub(crate) fn import(self, file: &Path, dir: &Path) -> Outcome<u64> {
        self.create(dir, 0)?.import(file)
    }
}

impl Group {
    /// The group of some lines.
    pub(crate) fn of(lines: Vec<String>) -> Outcome<Self> {
        let events = lines.iter().map(|line| event_of(line)).collect::<Outcome<_>>()?;
        Ok(Self { events, lines })
    }
}
