//! The `pcs` command: arguments, output, exit codes.
//!
//! [`run`] is the whole command. It takes what it needs of the world from an [`Env`], so that a test can give it a
//! clock, ids and streams of its own, and it returns the exit code: 0 done; 1 refused, not found or failed; 2 wrong
//! usage; 3 verification failed; 4 done in part. An import that a signal ended returns 128 and the signal's number.
//!
//! stdout is the answer, for people or, with `--format json`, for programs: an object a line with a fixed order of
//! fields. Everything else (progress, warnings, errors) goes to stderr. A broken pipe ends quietly.

mod args;
mod asked;
mod charted;
mod commands;
mod console;
mod csv;
mod env;
mod given;
mod hints;
mod interrupt;
mod keys;
mod manual;
mod output;
mod progress;
mod run;
#[cfg(test)]
mod testing;
mod version;

pub use app::interrupt::Interrupt;
pub use args::command;
pub use env::{Env, Stream};
pub use output::event_reference::event_reference;
pub use output::reference::reference;
pub use run::{hide_panics_of_cache, run};
