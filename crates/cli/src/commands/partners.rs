//! `partners`: which partners the ledger knows.

use app::Error;
use app::ask::partners::{self, KnownPartner};
use app::text::ToJson as _;
use ledger::Timestamp;

use crate::args;
use crate::commands::Run;
use crate::console::Console;
use crate::csv::CsvArgs;
use crate::output::table::Table;

/// Lists the partners that the ledger knows, with the number of their entries and when these were recorded
///
/// With --format json one object a partner, a line each. A partner is known from its first entry on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    csv: CsvArgs,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let known = partners::run(&console.session, self.known_at)?;
        if self.csv.write(console, &partners::to_csv(&known))? {
            return Ok(());
        }
        if known.is_empty() {
            console.remark("the ledger knows no partner");
        } else if console.is_json() {
            return known.iter().try_for_each(|partner| console.line(&partner.to_json()));
        } else {
            let labels = console.labels();
            let mut table = Table::headed(["entries", "first recorded", "newest recorded", "partner"]);
            for KnownPartner { partner, entries, first_recorded_at, last_recorded_at } in &known {
                let [first, last] = [first_recorded_at, last_recorded_at].map(|at| second(&at.to_string()));
                table.row([entries.to_string(), first, last, labels.partner(partner)]);
            }
            return console.table(&table);
        }
        Ok(())
    }
}

/// An instant to the second.
fn second(instant: &str) -> String {
    instant.split_once('.').map_or_else(|| instant.to_owned(), |(seconds, _)| format!("{seconds}Z"))
}
