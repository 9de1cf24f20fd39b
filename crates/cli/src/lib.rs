//! The `pcs` command: arguments, reports, output.
//!
//! [`run`] is the whole command. It takes what it needs of the world from an [`Env`], so that a test can give it a
//! clock, ids and streams of its own, and it returns the exit code: 0 done; 1 refused, not found or failed; 2 wrong
//! usage; 3 verification failed.
//!
//! stdout is the answer, for people or, with `--format json`, for programs: an object a line with a fixed order of
//! fields. Everything else (progress, warnings, errors) goes to stderr. A broken pipe ends quietly.

mod args;
mod audit;
mod clock;
mod commands;
mod done;
mod durable;
mod env;
mod error;
mod extends;
mod given;
mod hints;
mod kept;
mod keyring;
mod keys;
mod known;
mod located;
mod map_files;
mod output;
mod people;
mod progress;
mod refused_line;
mod run;
mod sealed;
mod session;
#[cfg(test)]
mod testing;

pub use args::command;
pub use env::{Env, Stream};
pub use output::reference::reference;
pub use run::run;
