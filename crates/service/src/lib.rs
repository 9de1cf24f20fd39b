//! The answers of a ledger over HTTP.
//!
//! # What it does
//!
//! It stands on [`app`], as the command line does: a request becomes a question, and its answer has the bytes that the
//! command prints. It says who may ask what, keeps what was asked within bounds, and tells what is new as it is recorded.
//!
//! # What it does not do
//!
//! It reads no arguments and no environment, and scores nothing itself.

mod access;
mod answer;
mod appends;
mod bundle;
mod codes;
mod entry_list;
mod exchange;
mod guard;
mod health;
mod issuer;
mod jwt;
mod kept;
mod ledger_watch;
mod metrics;
mod openapi;
mod packing;
mod page;
mod parameter_table;
mod parameters;
mod problem;
mod process;
mod process_figures;
mod questions;
mod route_table;
mod routes;
mod score_list;
mod server;
mod session;
mod settings;
mod shared;
mod sort;
mod stream;
mod supervisor;
#[cfg(test)]
mod testing;
mod tlog;
mod tls;
pub mod token;
mod unpacking;
mod work;
mod writes;

pub use health::check;
pub use process::run;
pub use server::Server;
pub use settings::{Limits, Listen, Oidc, Settings, TlsFiles};
