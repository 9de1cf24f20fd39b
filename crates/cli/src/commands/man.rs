//! `man`: the manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use app::Error;
use app::text::{counted, plain};

use crate::commands::Run;
use crate::console::Console;
use crate::manual;

/// Prints the manual page, or that of a command; --dir writes them all
///
/// `pcs man score | man -l -` shows one. Where `man` looks for pages, `man -w` says.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command, such as `score` or `audit verify`
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
    /// Writes all pages into this directory, which is made where it is not there; older pages are replaced
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Some(typed) = self.dir else {
            return console.raw(&manual::page(&self.command)?.text);
        };
        let (dir, pages) = (console.session.path(&typed), manual::pages()?);
        fs::create_dir_all(&dir).map_err(Error::file("create", &typed))?;
        for page in &pages {
            let file = Path::new(&page.name).with_added_extension("1");
            fs::write(dir.join(&file), &page.text).map_err(Error::file("write", typed.join(&file)))?;
        }
        console.say(&format!("{} in {}", counted(pages.len() as u64, "page"), plain(&typed.display().to_string())));
        Ok(())
    }
}
