//! The `pcs` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::hide_panics_of_cache();
    let mut env = cli::Env { commit: option_env!("PCS_COMMIT"), ..cli::Env::of_process() };
    ExitCode::from(cli::run(std::env::args_os(), &mut env))
}
