//! `completions`: completions for a shell.

use clap_complete::Shell;

use crate::args::command;
use crate::commands::Run;
use crate::console::Console;
use app::Error;

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "pcs", &mut script);
        console.raw(&script)
    }
}
