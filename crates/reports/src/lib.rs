//! Reads the reports that Partner Center gives and turns their rows into events.
//!
//! # What it does
//!
//! [`read`] takes one report of a [`Kind`], maps its columns by name and hands the events that the rows prove to a
//! sink, each with its line. What a report does not prove is not made up: rows that prove nothing are counted in the
//! [`Summary`], cells that cannot be read are refused with line, column and text.
//!
//! [`survey`] tells before that what a file is and how it writes dates and amounts, [`rows_on_lines`] finds rows again.
//!
//! # What it does not do
//!
//! It opens no ledger, prints nothing and reads no clock. What it must know of a ledger, it asks through the closures of
//! [`Context`].
//!
//! # Layers
//!
//! Each stands on those before it. `kind` has the names of the kinds, `formats` what their files look like, `maps` what
//! texts stand for. `file` leads from bytes to rows, `rows` from a row to values. `facts` is what is known of a partner,
//! `changes` what a file changes in it. `readers` is the table of readers at the top, one file for each kind.
//!
//! # Invariants
//!
//! - R1 The id of an event is the UUID v5 of its canonical bytes without the id: equal content, equal id; other
//!   content, another id. So a file imported twice changes nothing, and no event meets its own id with other content.
//! - R2 A `source` names the file, its day and its SHA-256. So the figure 100, then 90, then 100 again is three events
//!   when it comes in three downloads, and still two when the first download is imported once more.
//! - R3 A figure that the ledger already has as the newest of its key, from this kind of report, gives no event.
//! - R4 Money counts once: a row marked as a duplicate at the global account adds nothing; where nothing marks them, what
//!   all attributions say alike is one figure; and of several kinds of report one tells a figure.
//! - R5 A figure is whole: when a row of it, as far as the key can be read, is refused, it is left out.
//! - R6 Of a person nothing enters an event but the pseudonym that [`Context::pseudonym`] gives; no id, name or address.
//! - R7 The figures that count, and the months that associations cover, do not depend on the order of imports: each
//!   download has a day, and of an older one nothing replaces what a newer one told. Decision 9 names the exceptions.
//! - R8 What is absent has ended only in a snapshot of which every row was read.
//!
//! # Example
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use reports::{Context, Kind, Recognised, read, survey};
//!
//! let file = "CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,Date\n\
//!             4fdbff88-9d6b-42e0-9713-45c922ba8001,Teams,300,420,C-1,2023-07-01\n";
//! assert_eq!(survey(file.as_bytes())?.recognised, Recognised::Report("cpor-m365-usage"));
//!
//! let partner = Some(ledger::PartnerId::new("6034453")?);
//! let context = Context { partner, ..Context::of_file("claims.csv") };
//! let mut events = Vec::new();
//! let summary = read(Kind::CporM365Usage, file.as_bytes(), &context, &mut |row| {
//!     events.extend(row.result);
//!     ControlFlow::Continue(())
//! })?;
//! // The claim, its seats and its users.
//! assert_eq!((summary.rows, events.len()), (1, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A further kind
//!
//! A file in `readers` with its `READER`, which says what such files look like and how they are read; a file in
//! `columns` with the names of all its columns; a variant of [`Kind`]; and a row of the table in `readers.rs`.

mod changes;
mod context;
mod error;
mod facts;
mod file;
mod formats;
mod kind;
mod lookup;
mod maps;
#[cfg(test)]
mod order_tests;
mod output;
mod provenance;
mod readers;
mod rows;
pub mod secrets;
#[cfg(test)]
mod snapshot_tests;
mod summary;
mod survey;
#[cfg(test)]
mod testing;

pub use context::{Accounts, Context, FigurePart, Part, Person, SharedFacts};
pub use error::{DOWNLOAD_AGAIN, ReportError};
pub use facts::{KeptFigures, PartnerFacts};
pub use file::archive::{Content, Directory, Member, is_hidden, is_zip};
pub use file::bytes::sha256_of;
pub use file::text::unpacked;
pub use formats::recognise::{Nearest, Recognised};
pub use kind::Kind;
pub use lookup::{RowTexts, rows_on_lines};
pub use maps::{
    Confidence, Domain, Effect, Entry, MapError, MapErrors, MapFile, MapKind, MapProblem, Maps, Means, State, Text,
    Value, entries_of, written,
};
pub use output::RowEvent;
pub use provenance::as_of::{NewestPeriod, as_of};
pub use provenance::rule::{Rule, Sureness};
pub use provenance::seal::Seal;
pub use provenance::{Download, Provenance, RowPlace};
pub use readers::read;
pub use rows::date_order::{DateCell, DateOrder};
pub use rows::notation::Notation;
pub use summary::{GoneSubject, Skip, Summary, UnmappedText};
pub use survey::{Survey, survey, survey_as};
