//! `rulebook`: the rules in force, whether a file holds rules, adopting them, and what differs between two.

mod adopt;
mod diff;

use std::path::PathBuf;

use app::Error;
use app::ask::rulebook::{check, on_day, sources_json};
use app::text::{counted, plain};
use ledger::{Area, Date, Timestamp};

use super::{Run, commands};
use crate::args;
use crate::console::Console;
use crate::output::rulebook_text;

commands! {
    /// Shows, checks, adopts and compares the rules that scores are computed by
    enum Command {
        Show(Show),
        Check(Check),
        Adopt(adopt::Adopt),
        Diff(diff::Diff),
    }
}

/// Shows the rules in force on a day, in words
///
/// For each area what every metric counts, its maximum and what it takes, the bounds, the associations that count, the
/// steps with their certifications, and the source of each rule; last the sources themselves. The rules are those of the
/// adopted rulebook of the ledger, else of the built-in one, which needs no ledger. `--toml` prints the whole text.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Only the rules of this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    /// The day [default: today]
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Option<Date>,
    /// As it was known at this instant, or at the end of this day
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    /// The rules of this file, or the built-in ones of this name, instead of those in force
    #[arg(long, value_name = "FILE", conflicts_with = "known_at")]
    rulebook: Option<PathBuf>,
    /// Prints the whole rulebook as TOML
    #[arg(long, conflicts_with = "areas")]
    toml: bool,
    /// Prints the sources alone, all that the rulebook lists
    #[arg(long, conflicts_with_all = ["areas", "toml"])]
    sources: bool,
}

/// Checks a file: whether it is a rulebook, and all that is wrong with it by line
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The file, or the name of a built-in rulebook
    file: PathBuf,
}

impl Run for Show {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let answer = on_day(&mut console.session, &self.areas, self.as_of, self.known_at, self.rulebook.as_deref())?;
        if self.toml {
            return console.raw(answer.rules.book.text().as_bytes());
        }
        let width = console.chart_width();
        if self.sources {
            let book = &answer.rules.book;
            return console.answer(&sources_json(book), |paint| rulebook_text::source_lines(book, paint, width));
        }
        console.answer(&answer.to_json(), |paint| rulebook_text::lines(&answer, paint, width))
    }
}

impl Run for Check {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let checked = check(&console.session, &self.file)?;
        console.answer(&checked.to_json(), |_| {
            let book = &checked.0.book;
            let (name, rows) = (plain(book.name()), counted(book.rows().len(), "row"));
            vec![format!("{name}: valid, {rows}, sha256 {}", book.sha256())]
        })
    }
}
