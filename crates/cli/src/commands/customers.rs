//! `customers`: what customers and partners are called.

use app::Error;
use app::names::{self, Bearer, Erasure, NamedRow, Names};
use app::text::{ToJson as _, counted, plain};
use clap::ArgGroup;
use ledger::{CustomerId, PartnerId, parse_uuid};
use serde_json::json;

use super::{Run, commands};
use crate::console::Console;
use crate::output::table::Table;

commands! {
    /// Lists customers with their names, gives them names and forgets names
    ///
    /// Reports name customers. `import` keeps those names in the file names.json of the ledger's directory, and texts
    /// show them beside the beginning of the id: Fabrikam (4fdbff88). No entry, backup, bundle or answer for programs has
    /// them, but for the list that is asked for here, and they can be erased at any time: no score needs them.
    enum Command {
        List(List),
        Name(Name),
        Forget(Forget),
    }
}

/// Prints the customers that the ledger knows, with their names and partners, then the partners that have a name
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only the customers of this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
}

/// Gives a customer or a partner a name, which goes before the names in reports
#[derive(Debug, clap::Args)]
pub(crate) struct Name {
    #[command(flatten)]
    whose: Whose,
    /// The name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Erases names
///
/// Kept reports may name customers still: `pcs kept forget` erases them. What an interrupted import left behind is erased.
/// A later import of a report that names the customers keeps their names again, unless it has --no-names.
#[derive(Debug, clap::Args)]
pub(crate) struct Forget {
    #[command(flatten)]
    whose: Whose,
    /// Erases all names
    #[arg(long, group = "whose")]
    all: bool,
}

/// Whom a name is of.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("whose").required(true))]
pub(crate) struct Whose {
    /// The customer, by its tenant
    #[arg(long, value_name = "C", value_parser = customer, group = "whose")]
    customer: Option<CustomerId>,
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new, group = "whose")]
    partner: Option<PartnerId>,
}

impl Whose {
    fn bearer(self) -> Option<Bearer> {
        self.customer.map(Bearer::Customer).or(self.partner.map(Bearer::Partner))
    }
}

/// Reads a customer.
pub(crate) fn customer(text: &str) -> Result<CustomerId, &'static str> {
    parse_uuid(text).map(CustomerId).ok_or("not a UUID in the hyphenated form")
}

impl Run for List {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let rows = names::list(&console.session, self.partner.as_ref())?;
        if rows.is_empty() {
            console.remark("the ledger knows no customer, and no name is kept");
            return Ok(());
        }
        let mut table = Table::headed(["name", "of", "from", "partners"]);
        for NamedRow { bearer, name, partners } in &rows {
            let shown = name.shown().map_or_else(|| "-".to_owned(), plain);
            let from = match (&name.given, &name.reported) {
                (Some(_), _) => "given".to_owned(),
                (None, Some(reported)) => format!("report of {}", plain(&reported.as_of)),
                (None, None) => "-".to_owned(),
            };
            let of = match bearer {
                Bearer::Customer(customer) => customer.to_string(),
                Bearer::Partner(partner) => format!("partner {partner}"),
            };
            let partners: Vec<&str> = partners.iter().map(PartnerId::as_str).collect();
            table.row([shown, of, from, partners.join(", ")]);
        }
        if console.is_json() {
            return rows.iter().try_for_each(|row| console.line(&row.to_json()));
        }
        // The ids are asked for: they stay beside the names.
        console.show_names(&Names::default());
        console.table(&table)
    }
}

impl Run for Name {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let bearer = self.whose.bearer().expect("clap: one of the two is required");
        names::give(&mut console.session, &bearer, &self.name)?;
        let (key, id) = match &bearer {
            Bearer::Customer(customer) => ("customer", customer.to_string()),
            Bearer::Partner(partner) => ("partner", partner.to_string()),
        };
        let labels = console.labels();
        let text = match &bearer {
            Bearer::Customer(customer) => labels.customer(*customer),
            Bearer::Partner(partner) => labels.partner(partner),
        };
        console.answer(&json!({key: id, "named": true}).to_string(), |_| vec![text])
    }
}

impl Run for Forget {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let bearer = self.whose.bearer();
        let erasure = names::forget(&mut console.session, bearer.as_ref())?;
        console.answer(&erasure.to_json(), |_| vec![Erasure::text(erasure.forgotten)])?;
        if erasure.kept_files > 0 {
            let kept = counted(erasure.kept_files, "kept file");
            console.remark(&format!("{kept} may name customers still: `pcs kept list` shows them"));
        }
        Ok(())
    }
}
