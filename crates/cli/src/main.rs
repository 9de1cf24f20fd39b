//! The `pcs` command.

use std::panic;
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !thread::current().name().is_some_and(ledger::is_cache_thread) {
            usual(info);
        }
    }));
    ExitCode::from(cli::run(std::env::args_os(), &mut cli::Env::of_process()))
}
