//! The `pcs` command.

use std::panic;
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // What panics in the cache ends nothing, and a warning says it.
        let of_cache = |name: &str| name == "cache" || name.starts_with("sled-io-");
        if !thread::current().name().is_some_and(of_cache) {
            usual(info);
        }
    }));
    ExitCode::from(cli::run(std::env::args_os(), &mut cli::Env::of_process()))
}
