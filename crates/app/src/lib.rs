//! What people do with a ledger: each a function from a request to an answer.
//!
//! # What it does
//!
//! It asks (scores, differences, checks), imports, proves, keeps and backs up. A request says what is wanted, in values; an
//! answer is a value with its one JSON form. The command line stands on it, and so can anything else that gives the same
//! answers.
//!
//! # What it does not do
//!
//! It reads no arguments and no environment, prints nothing and exits nowhere. Time, ids and secrets come from a
//! [`World`](world::World), which also hears what goes on meanwhile.

pub mod answer_files;
pub mod append;
pub mod ask;
pub mod audit;
pub mod beyond;
mod bounds;
pub mod chart;
pub mod clock;
mod done;
pub mod error;
pub mod export;
mod file_kind;
pub mod folds;
mod formats;
pub mod import;
pub mod interrupt;
mod judged_batch;
pub mod keep;
pub mod kept;
pub mod known;
mod located;
pub mod location_partners;
pub mod maps;
pub mod names;
mod new_file;
pub mod people;
pub mod prove;
pub mod record;
mod scan;
pub mod sealed;
mod session;
#[cfg(test)]
mod testing;
pub mod text;
pub mod words;
pub mod world;

pub use done::Done;
pub use error::Error;
pub use formats::formats;
pub use session::Session;
