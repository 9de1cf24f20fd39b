//! `rulebook`: the rules in force, whether a file holds rules, adopting them, and what differs between two.

mod adopt;
mod diff;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use ledger::{Date, Timestamp};
use projection::rulebook::{FromBasis, Row, Rulebook, TrackScope};
use serde_json::json;

use crate::args;
use crate::console::Console;
use crate::output::table::Table;
use app::Error;
use app::known::{Rules, given_rules, rules_here};
use app::text::plain;

/// Shows, checks, adopts and compares the rules that scores are computed by
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Check(Check),
    Adopt(adopt::Adopt),
    Diff(diff::Diff),
}

/// Shows the rules in force on a day
///
/// The adopted rulebook of the ledger, else the built-in one, which needs no ledger. `--toml` prints its whole text.
#[derive(Debug, clap::Args)]
struct Show {
    /// The day [default: today]
    #[arg(long, value_name = "D", value_parser = args::date)]
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
struct Check {
    /// The file, or the name of a built-in rulebook
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Show(show) => show.run(console),
            Command::Check(check) => check.run(console),
            Command::Adopt(adopt) => adopt.run(console),
            Command::Diff(diff) => diff.run(console),
        }
    }
}

impl Show {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let day = self.as_of.unwrap_or_else(|| console.session.now().date());
        let rules = match &self.rulebook {
            Some(given) => given_rules(&console.session, given)?,
            None => rules_here(&console.session, self.known_at, day)?,
        };
        if self.toml {
            return console.raw(rules.book.text().as_bytes());
        }
        if console.is_json() {
            return console.line(&json_text(&rules, day));
        }
        for line in lines(&rules, day) {
            console.line(&line)?;
        }
        Ok(())
    }
}

impl Check {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let book = given_rules(&console.session, &self.file)?.book;
        if console.is_json() {
            let answer = json!({"name": book.name(), "sha256": book.sha256(), "rows": book.rows().len()});
            return console.line(&answer.to_string());
        }
        console.line(&format!("{}: valid, {} rows, sha256 {}", plain(book.name()), book.rows().len(), book.sha256()))
    }
}

fn lines(rules: &Rules, day: Date) -> Vec<String> {
    let book: &Rulebook = &rules.book;
    let mut lines = vec![
        format!("Rulebook {} on {day}, sha256 {}", plain(&rules.name), book.sha256()),
        format!("The programme began on {}; an area has at most {} points", book.program_start(), book.total_max()),
        String::new(),
    ];
    let mut table = Table::default();
    table.row(["line", "table", "what", "from", "to", "known by", "note"]);
    for chosen in book.rows_on(day) {
        let row = chosen.row;
        let mut note = String::new();
        if chosen.assumed {
            note.push_str("assumed ");
        }
        if chosen.bounded {
            note.push_str("bounded");
        }
        table.row([
            row.line.to_string(),
            row.value.table.name().to_owned(),
            plain(&subject(&row.value)),
            row.from.to_string(),
            row.to.map_or_else(String::new, |to| to.to_string()),
            known_by(row.basis),
            note,
        ]);
    }
    lines.extend(table.lines(""));
    lines
}

/// What a row is about: its keys, its track, its part, its areas.
fn subject(row: &Row) -> String {
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

fn json_text(rules: &Rules, day: Date) -> String {
    let rows: Vec<serde_json::Value> = rules
        .book
        .rows_on(day)
        .into_iter()
        .map(|chosen| {
            let row = chosen.row;
            json!({
                "line": row.line, "table": row.value.table.name(), "keys": row.value.keys, "track": row.value.track.map(TrackScope::name),
                "from": row.from.to_string(), "to": row.to.map(|to| to.to_string()),
                "from_basis": row.basis.name(), "assumed": chosen.assumed, "bounded": chosen.bounded,
            })
        })
        .collect();
    json!({"name": rules.name, "sha256": rules.book.sha256(), "as_of": day.to_string(), "rows": rows}).to_string()
}
