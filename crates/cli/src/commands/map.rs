//! `map`: what the texts of reports stand for, whether a file of mappings holds, and adding to it.

use std::path::PathBuf;

use app::Error;
use app::maps::{self, Addition};
use app::text::{ToJson as _, counted, plain};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use reports::{Domain, Entry, MapKind};

use super::{Run, commands};
use crate::args;
use crate::console::Console;
use crate::output::table::Table;

commands! {
    /// Shows what the texts of reports stand for, checks a file of mappings, and adds to it
    enum Command {
        Show(Show),
        Check(Check),
        Add(Add),
    }
}

/// Shows the mappings: those of the files, then the built-in ones, each with its source
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Those of one kind alone
    #[arg(long, value_parser = args::one_of(MapKind::NAMES, MapKind::from_name))]
    kind: Option<MapKind>,
    /// A file of mappings [env: `PCS_MAP`]
    #[arg(long = "map", value_name = "FILE")]
    maps: Vec<PathBuf>,
}

/// Checks a file of mappings: all that is wrong with it by line
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The file
    file: PathBuf,
}

/// Adds an entry to a file of mappings, which is made when it is not there
///
/// VALUE is a code for a certification, the name that is recorded for a product, cpor, dpor, pal, csp, tpor or none for
/// an attribution, smb or enterprise for a segment, active or inactive for a state, csp_accepted, csp_ended,
/// customer_churned, order_placed or none for an operation, the global account for an account, whose TEXT is a
/// location or a tenant, and for a person, whose TEXT is a pseudonym, the pseudonym of the same person.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "the comment is the command's help")]
pub(crate) struct Add {
    /// The file
    file: PathBuf,
    /// What is mapped
    #[arg(value_parser = mappable())]
    kind: MapKind,
    /// The text as reports write it
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// What it stands for
    value: String,
    /// The reports in which it does, for a product or an attribution
    #[arg(long, value_name = "D", value_parser = PossibleValuesParser::new(Domain::WRITTEN))]
    domain: Option<String>,
    /// The partner's role, for an attribution or an operation
    #[arg(long, value_name = "R")]
    role: Option<String>,
    /// Why nothing is recorded, where the value is none
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Run for Show {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let entries = maps::show(&mut console.session, &self.maps, self.kind)?;
        let mut table = Table::headed(["kind", "text", "stands for", "where", "sure", "source"]);
        for entry in &entries {
            let value = entry.value.text();
            let value = entry.reason.as_ref().map_or(value.clone(), |reason| format!("{value}: {reason}"));
            for text in &entry.texts {
                table.row([
                    entry.kind().name().to_owned(),
                    plain(&text.text),
                    plain(&value),
                    maps::domains(entry).join(", "),
                    entry.sure.name().to_owned(),
                    plain(&source(entry, text.line)),
                ]);
            }
        }
        console.list(&entries, maps::entry_json, &table)
    }
}

impl Run for Check {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let extent = maps::check(&mut console.session, &self.file)?;
        let (entries, texts) = (counted(extent.entries, "entry"), counted(extent.texts, "text"));
        console.answer(&extent.to_json(), |_| vec![format!("valid: {entries} of {texts}")])
    }
}

impl Run for Add {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { file, kind, text, value, domain, role, reason } = self;
        let mapping = Addition { file, kind, text, value, domain, role, reason }.run(&mut console.session)?;
        let text = format!("{}: {} is mapped", plain(&mapping.file), plain(&mapping.text));
        console.answer(&mapping.to_json(), |_| vec![text])
    }
}

fn source(entry: &Entry, line: usize) -> String {
    let place = entry.file.as_ref().map(|file| format!("{file} line {line}"));
    [place, entry.source.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Reads a kind whose entries map a text to a value.
fn mappable() -> impl TypedValueParser<Value = MapKind> {
    let names = MapKind::NAMES.iter().filter(|name| **name != MapKind::CertificationPrefix.name());
    args::one_of(names, MapKind::from_name)
}
