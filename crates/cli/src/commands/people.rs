//! `people`: who goes by which pseudonym.

use std::path::PathBuf;

use app::Error;
use app::people::{self, Erasure, Holder};
use app::text::plain;
use ledger::PartnerId;

use super::{Run, commands};
use crate::args;
use crate::console::Console;
use crate::output::table::Table;

commands! {
    /// Lists the persons who hold certifications, and forgets their names
    ///
    /// The ledger knows persons under pseudonyms, which are made with the secret in the file people.secret of its directory.
    /// Names and addresses are kept only by `import --people`, in the file people.json, which can be erased at any time: no
    /// score needs it. Neither file is ever in a backup.
    enum Command {
        List(List),
        Forget(Forget),
        Source(Source),
    }
}

/// Prints the persons with their certifications and partners, and their names where they are kept
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only the persons of this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
}

/// Erases names and addresses of persons
///
/// Their pseudonyms stay in the ledger, and so do their certifications. Kept reports that name persons stay too, and are
/// named: `pcs kept forget` erases them. What an interrupted import left behind is erased. A later `import --people` of a
/// report that names the persons keeps them again.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Forget {
    /// The pseudonyms
    #[arg(value_name = "PERSON")]
    persons: Vec<String>,
    /// Erases everybody
    #[arg(long)]
    all: bool,
}

/// Prints the row behind an entry whose source is sealed
///
/// It is the row from which `import --sealed-sources` took the entry, below the names of the columns. To find it, the
/// command needs the secret of the ledger, and the file: a kept one, or FILE.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// The entry
    #[arg(value_name = "SEQ", value_parser = args::whole::<u64>)]
    seq: u64,
    /// The file, as it was imported [default: the kept one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Run for List {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let holders = people::holders(&mut console.session, self.partner.as_ref())?;
        if holders.is_empty() {
            console.remark("the ledger knows no person");
            return Ok(());
        }
        let mut table = Table::headed(["person", "name", "email", "work email", "partners", "certifications"]);
        for Holder { person, contact, holdings } in &holders {
            let [name, email, work_email] = [&contact.name, &contact.email, &contact.work_email]
                .map(|text| text.as_deref().map_or_else(|| "-".to_owned(), plain));
            let partners: Vec<&str> = holdings.partners.iter().map(PartnerId::as_str).collect();
            let certifications: Vec<&str> = holdings.certifications.iter().map(String::as_str).collect();
            let person = plain(person.as_str());
            table.row([person, name, email, work_email, partners.join(", "), plain(&certifications.join(", "))]);
        }
        console.list(&holders, Holder::to_json, &table)
    }
}

impl Run for Forget {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let erasure = people::forget(&mut console.session, (!self.all).then_some(&self.persons))?;
        let forget = console.hints.command("kept forget").unwrap_or_default();
        console.answer(&erasure.to_json(), |_| erasure_lines(&erasure, &forget))
    }
}

impl Run for Source {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        people::write_source(&console.session, self.seq, self.file.as_deref(), &mut console.stdout)
    }
}

/// What was erased, and what `forget` erases that is left.
fn erasure_lines(erasure: &Erasure, forget: &str) -> Vec<String> {
    let mut lines = vec![Erasure::text(erasure.persons)];
    for report in &erasure.reports {
        let (sha256, name, names) = (&report.file.sha256, plain(&report.file.name), report.names);
        lines.push(format!("the kept file {sha256} ({name}) {names} persons: {forget} erases it"));
    }
    // Nothing tells what they are.
    for sha256 in &erasure.unknown {
        lines.push(format!("the kept file {} may name persons: {forget} erases it", plain(sha256)));
    }
    lines
}
