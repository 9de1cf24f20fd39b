//! `help`: the help of a command.

use app::Error;

use crate::args::{at_width, command};
use crate::commands::Run;
use crate::console::Console;

/// Prints the help of the command, as --help does
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command, such as `score` or `audit verify`
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let text = at_width(find(&self.command)?, console.width).render_long_help();
        let text = if console.paint.is_on() { text.ansi().to_string() } else { text.to_string() };
        console.raw(text.as_bytes())
    }
}

/// The command of this path, with all that it takes of those above it; all of `pcs` for none.
///
/// # Errors
/// `usage` when there is no such command.
pub(crate) fn find(path: &[String]) -> Result<clap::Command, Error> {
    let mut found = command();
    found.build();
    for (at, name) in path.iter().enumerate() {
        let Some(next) = found.find_subcommand(name) else {
            let above = path.get(..at).unwrap_or_default();
            let above: String = above.iter().flat_map(|name| [" ", name]).collect();
            return Err(Error::usage(format!("pcs{above} has no command {name:?}"))
                .hint(format!("`pcs{above} --help` lists its commands")));
        };
        found = next.clone();
    }
    Ok(found)
}
