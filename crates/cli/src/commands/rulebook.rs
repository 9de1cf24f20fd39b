//! `rulebook`: the rules in force, whether a file holds rules, adopting them, and what differs between two.

mod adopt;
mod diff;

use std::fmt::Write as _;
use std::path::PathBuf;

use app::Error;
use app::ask::rulebook::{RulesOn, check, on_day};
use app::known::Rules;
use app::text::plain;
use ledger::{Date, Timestamp};
use projection::rulebook::{FromBasis, RuleRow};

use super::{Run, commands};
use crate::args;
use crate::console::Console;
use crate::output::table::Table;

commands! {
    /// Shows, checks, adopts and compares the rules that scores are computed by
    enum Command {
        Show(Show),
        Check(Check),
        Adopt(adopt::Adopt),
        Diff(diff::Diff),
    }
}

/// Shows the rules in force on a day
///
/// The adopted rulebook of the ledger, else the built-in one, which needs no ledger. `--toml` prints its whole text.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
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
    #[arg(long)]
    toml: bool,
}

/// Checks a file: whether it is a rulebook, and all that is wrong with it by line
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The file, or the name of a built-in rulebook
    file: PathBuf,
}

impl Run for Show {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let answer = on_day(&mut console.session, self.as_of, self.known_at, self.rulebook.as_deref())?;
        if self.toml {
            return console.raw(answer.rules.book.text().as_bytes());
        }
        console.answer(&answer.to_json(), |_| lines(&answer))
    }
}

impl Run for Check {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let checked = check(&console.session, &self.file)?;
        console.answer(&checked.to_json(), |_| {
            let book = &checked.0.book;
            let (name, rows) = (plain(book.name()), book.rows().len());
            vec![format!("{name}: valid, {rows} rows, sha256 {}", book.sha256())]
        })
    }
}

fn lines(answer: &RulesOn) -> Vec<String> {
    let RulesOn { rules: Rules { name, book }, day } = answer;
    let mut table = Table::headed(["line", "table", "what", "from", "to", "known by", "note"]);
    for chosen in book.rows_on(*day) {
        let row = chosen.row;
        let assumed = if chosen.assumed { "assumed " } else { "" };
        let bounded = if chosen.bounded { "bounded" } else { "" };
        table.row([
            row.line.to_string(),
            row.value.table.name().to_owned(),
            plain(&subject(&row.value)),
            row.from.to_string(),
            row.to.map_or_else(String::new, |to| to.to_string()),
            known_by(row.basis),
            format!("{assumed}{bounded}"),
        ]);
    }
    let mut lines = vec![
        format!("Rulebook {} on {day}, sha256 {}", plain(name), book.sha256()),
        format!("The programme began on {}; an area has at most {} points", book.program_start(), book.total_max()),
        String::new(),
    ];
    lines.extend(table.lines(""));
    lines
}

/// What a row is about: its keys, its track, its part, its areas.
fn subject(row: &RuleRow) -> String {
    let mut words = row.keys.clone();
    words.extend(row.track.map(|track| format!("({})", track.name())));
    words.extend(row.part.map(|part| format!("({})", part.name())));
    words.extend(row.areas.iter().map(|area| area.name().to_owned()));
    words.join(" ")
}

fn known_by(basis: FromBasis) -> String {
    let mut text = basis.name().to_owned();
    if let FromBasis::Bounds { not_before, not_after } = basis {
        let _ = write!(text, " {not_before} to {not_after}");
    }
    text
}
