//! The append-only ledger of partner-association events.
//!
//! A [`Ledger`] takes [`Event`]s, one fact about a partner each, and makes them [`Entry`]s: numbered without gaps,
//! stamped with the time when they were recorded, and kept for ever as the bytes of one canonical line. [`Reader`]s,
//! of which there may be many, in other processes too, see a prefix of the entries that stays as it is.
//!
//! # What it does
//!
//! - Reads events from lines of JSON ([`parse_event`]), and refuses what is malformed with a [`Code`] and a place.
//! - Appends all of a batch or nothing of it, and answers when it is durable: [`Ledger::append`], [`Ledger::begin`] for
//!   batches of any length, [`Appender`] for many producers that share commits.
//! - Takes the same event twice without a change: the id is the idempotency key.
//! - Answers by place, by partner, by time and by [`Key`], at the cost of what is asked for and not of the ledger.
//! - Keeps the tree of hashes of RFC 6962 over the lines, so that a root stands for all that came before it, and
//!   proves to others what is in it: see [`proof`].
//! - Mends on opening what a crash left, and tells damage from that. [`verify`] reads everything. [`Salvage`] finds
//!   what is whole of a damaged ledger.
//!
//! # What it does not do
//!
//! It does not know what a score is, or whether a fact makes sense beside another: what the world says out of order is
//! recorded all the same. It asks no clock and makes no id; both are handed in. It never changes or removes an entry:
//! a wrong one is retracted by another.
//!
//! # Invariants
//!
//! - **L1** `seq` is contiguous from 0.
//! - **L2** An entry's bytes never change.
//! - **L3** `recorded_at` strictly increases.
//! - **L4** An event id occurs once.
//! - **L5** An acknowledged append survives a power cut.
//! - **L6** After a crash the ledger is a prefix of what was handed in, and holds everything acknowledged.
//! - **L7** Every derived thing can be deleted without changing an answer.
//! - **L8** The root of size n never changes.
//!
//! `docs/format.md` draws every byte on disk.
//!
//! # Examples
//!
//! ```
//! use ledger::{EventId, Ledger, Outcome, Reader, Timestamp, parse_event};
//!
//! let dir = tempfile::tempdir()?;
//! let (mut ledger, _verifier_key) = Ledger::create(dir.path(), "example.com/ledger")?;
//!
//! let line = r#"{"id":"0195d3c0-0000-7000-8000-000000000001","type":"customer_churned","partner":"6034453","#.to_owned()
//!     + r#""effective_at":"2025-03-01","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001"}"#;
//! let event = parse_event(&line, || None)?;
//! let now = Timestamp::parse("2025-03-02T09:00:00Z")?;
//! assert_eq!(ledger.append(&[event.clone()], now)?, [Outcome::New { seq: 0 }]);
//! assert_eq!(ledger.append(&[event], now)?, [Outcome::Already { seq: 0 }]);
//!
//! let reader = Reader::open(dir.path())?;
//! let entries = reader.entries("6034453", reader.size())?;
//! assert_eq!(entries.first().map(|entry| entry.recorded_at), Some(now));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admission;
mod amount;
mod apart;
mod appender;
#[cfg(test)]
mod arrows;
mod assumption;
mod attest;
mod batch;
mod cache;
mod canonical;
mod counted;
#[cfg(test)]
mod damages;
mod disk;
mod entry;
mod error;
mod event;
#[cfg(test)]
mod faults;
mod fields;
mod folds;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod fuzz;
mod ids;
#[cfg(test)]
mod interleavings;
mod key;
mod key_change;
mod kinds;
#[cfg(test)]
mod late_writers;
mod ledger;
mod ledger_dir;
mod log;
#[cfg(test)]
mod model;
#[cfg(test)]
mod moves;
mod named;
mod parse;
#[cfg(test)]
mod power_cuts;
mod prefix;
#[cfg(test)]
mod producers;
pub mod proof;
mod reader;
mod refusal;
mod runs;
mod salvage;
mod shown;
mod states;
mod store;
#[cfg(test)]
mod testing;
mod time;
mod verification;
mod witnessed;

/// The threads and channels of the appender. A test puts others in their place.
mod concurrency {
    pub(crate) use std::thread;
    pub(crate) use tokio::sync::{mpsc, oneshot};
}

/// The formats of a ledger's directory by their names, each with the newest version that is read: that which is written.
pub const FORMATS: [(&str, u16); 2] = [("log", log::segment::FORMAT_VERSION), ("index", runs::format::VERSION)];

pub use admission::{Outcome, PreparedEvent};
pub use amount::{Amount, AmountError};
pub use appender::Appender;
pub use attest::{FoldedLog, ProvedTiles};
pub use batch::{Batch, Commit};
pub use cache::is_cache_thread;
pub use canonical::{canonical_entry, canonical_event};
pub use counted::counted;
pub use disk::Audience;
pub use disk::draft::{Draft, DraftFile, DurableDraft, create_dir, publish_dir};
pub use entry::{Entry, Key, LATER_VERSION};
pub use error::{
    AppendError, Corruption, CreateError, Damage, DiskError, ErrorKind, KeyError, LATER_FORMAT, LaterEntry, OpenError,
    PushError, ReadError, RotateError, StoreError, VerifyError, WitnessedError, WriteError,
};
pub use event::{
    Area, AssociationTerms, By, Event, EventType, Fact, Mechanism, Metric, Role, Segment, ShownMetrics, ShownPoints,
    Usage, UsageMetric, When,
};
pub use folds::{FoldToKeep, Folds, KeptFold};
pub use ids::{
    AssociationId, CustomerId, EventId, Name, PartnerId, PersonId, Remark, RulebookText, Source, TextError, parse_uuid,
};
pub use key::{LedgerKey, read_key};
pub use kinds::{Field, FieldValue, Ids};
pub use ledger::{Ledger, RestingLedger};
pub use ledger_dir::{DirFile, LedgerDir};
pub use parse::{MAX_LINE_BYTES, parse_event};
pub use prefix::EntryLine;
pub use proof::Tile;
pub use reader::{PartnerEntries, Reader, Stats};
pub use refusal::{Code, Refusal};
pub use salvage::{Loss, Salvage};
pub use states::{Fold, State};
pub use store::options::{Phase, Progress};
pub use store::writer::Recovery;
pub use time::{Date, Month, TimeError, Timestamp, parse_date};
pub use verification::{Verification, verify};
