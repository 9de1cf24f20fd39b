//! The `pcs` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::hide_panics_of_cache();
    ExitCode::from(cli::run(std::env::args_os(), &mut cli::Env::of_process()))
}
