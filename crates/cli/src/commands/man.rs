//! `man`: the manual page.

use clap_mangen::Man;

use crate::args::command;
use crate::commands::Run;
use crate::console::Console;
use app::Error;

/// Prints the manual page, or that of a command
///
/// `pcs man | man -l -` shows it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command, such as `score`
    command: Option<String>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let mut whole = command();
        whole.build();
        let page = match &self.command {
            None => whole,
            Some(name) => match whole.find_subcommand(name) {
                Some(found) => found.clone().name(format!("pcs-{name}")),
                None => return Err(Error::usage(format!("there is no command {name:?}"))),
            },
        };
        let mut text = Vec::new();
        Man::new(page).render(&mut text).map_err(Error::output)?;
        console.raw(&text)
    }
}
