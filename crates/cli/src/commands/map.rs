//! `map`: what the texts of reports stand for, whether a file of mappings holds, and adding to it.

mod add;

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use projection::rulebook::Rulebook;
use serde_json::{Value, json};

use crate::error::Error;
use crate::known::{Rules, rules_here};
use crate::map_files::MapFiles;
use crate::output::table::Table;
use crate::output::{counted, plain};
use crate::session::Session;
use reports::{Domain, Entry, MapKind, Maps};

/// Shows what the texts of reports stand for, checks a file of mappings, and adds to it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Check(Check),
    Add(add::Add),
}

/// Shows the mappings: those of the files, then the built-in ones, each with its source
#[derive(Debug, clap::Args)]
struct Show {
    /// Those of one kind alone
    #[arg(long, value_parser = kind())]
    kind: Option<MapKind>,
    /// A file of mappings [env: `PCS_MAP`]
    #[arg(long = "map", value_name = "FILE")]
    maps: Vec<PathBuf>,
}

/// Checks a file of mappings: all that is wrong with it by line
#[derive(Debug, clap::Args)]
struct Check {
    /// The file
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Show(show) => show.run(session),
            Command::Check(check) => check.run(session),
            Command::Add(add) => add.run(session),
        }
    }
}

impl Show {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let rules = rules_today(session)?;
        let maps = MapFiles::read(session, &self.maps)?.under(&rules.book)?;
        let entries: Vec<&Entry> =
            maps.entries().filter(|entry| self.kind.is_none_or(|kind| entry.kind() == kind)).collect();
        if session.is_json() {
            return entries.into_iter().try_for_each(|entry| session.line(&entry_json(entry).to_string()));
        }
        let mut table = Table::default();
        table.row(["kind", "text", "stands for", "where", "sure", "source"]);
        for entry in entries {
            let value = match &entry.reason {
                Some(reason) => format!("{}: {reason}", entry.value.text()),
                None => entry.value.text(),
            };
            for text in &entry.texts {
                table.row([
                    entry.kind().name().to_owned(),
                    plain(&text.text),
                    plain(&value),
                    domains(entry),
                    entry.sure.name().to_owned(),
                    plain(&source(entry, text.line)),
                ]);
            }
        }
        table.lines("").iter().try_for_each(|line| session.line(line))
    }
}

impl Check {
    fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let rules = rules_today(session)?;
        let maps = MapFiles::read_one(session, &self.file)?.under(&rules.book)?;
        warn(session, &maps, &rules.book);
        let entries = maps.entries().filter(|entry| entry.file.is_some());
        let texts: Vec<usize> = entries.map(|entry| entry.texts.len()).collect();
        let (entries, texts) = (texts.len() as u64, texts.iter().sum::<usize>() as u64);
        if session.is_json() {
            return session.line(&json!({"entries": entries, "texts": texts}).to_string());
        }
        session.line(&format!("valid: {} of {}", counted(entries, "entry"), counted(texts, "text")))
    }
}

/// The rules of the ledger in force today, else the built-in ones.
fn rules_today(session: &mut Session<'_>) -> Result<Rules, Error> {
    let day = session.now().date();
    rules_here(session, None, day)
}

/// Says which products of the files no list has.
fn warn(session: &mut Session<'_>, maps: &Maps, rulebook: &Rulebook) {
    for entry in maps.unlisted(rulebook) {
        let (name, line) = (plain(&entry.value.text()), entry.line);
        session.say(&format!("warning: line {line}: no product list of {} has {name}", domains(entry)));
    }
}

fn domains(entry: &Entry) -> String {
    entry.domains.iter().map(|domain| domain.name()).collect::<Vec<_>>().join(", ")
}

fn source(entry: &Entry, line: usize) -> String {
    let place = entry.file.as_ref().map(|file| format!("{file} line {line}"));
    [place, entry.source.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn entry_json(entry: &Entry) -> Value {
    let texts: Vec<&str> = entry.texts.iter().map(|text| text.text.as_str()).collect();
    let domains: Vec<&str> = entry.domains.iter().copied().map(Domain::name).collect();
    json!({
        "kind": entry.kind().name(), "texts": texts, "value": entry.value.text(), "reason": entry.reason,
        "domains": domains, "sure": entry.sure.name(), "source": entry.source, "file": entry.file,
        "line": entry.line,
    })
}

/// Reads a kind by its name.
fn kind() -> impl TypedValueParser<Value = MapKind> {
    PossibleValuesParser::new(MapKind::NAMES)
        .map(|name| MapKind::from_name(&name).expect("the possible values are the names of kinds"))
}
