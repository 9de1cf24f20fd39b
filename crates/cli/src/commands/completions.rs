//! `completions`: completions for a shell.

use clap_complete::Shell;

use crate::args::command;
use crate::error::Error;
use crate::session::Session;

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "pcs", &mut script);
        session.raw(&script)
    }
}
