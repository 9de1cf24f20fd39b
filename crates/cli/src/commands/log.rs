//! `log`: entries for people to read.

use app::Error;
use app::ask::log::{Answer, Request};
use clap::builder::{PossibleValue, TypedValueParser};
use ledger::{CustomerId, Date, EventType, PartnerId};

use crate::args;
use crate::commands::Run;
use crate::commands::customers::customer;
use crate::console::Console;
use crate::output::entry_text;
use crate::output::table::Table;
use crate::output::width::cut;

/// Entries whose columns are laid out together.
const PAGE: usize = 500;

/// Lists entries for people to read, oldest first
///
/// With --format json the entries as they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the entries of this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// Only what concerns this customer, by its tenant
    #[arg(long, value_name = "C", value_parser = customer)]
    customer: Option<CustomerId>,
    /// Only events of this type
    #[arg(long = "type", value_name = "T", value_parser = event_type())]
    event_type: Option<EventType>,
    /// Only what was recorded on this day or later
    #[arg(long, value_name = "D", value_parser = args::day)]
    since: Option<Date>,
    /// Only what was recorded on this day or earlier
    #[arg(long, value_name = "D", value_parser = args::day)]
    until: Option<Date>,
    /// Only the newest so many of them
    #[arg(long, value_name = "N", value_parser = args::whole::<usize>)]
    limit: Option<usize>,
}

/// Reads a type of event, as `record` or as entries write it.
fn event_type() -> impl TypedValueParser<Value = EventType> {
    let names = EventType::NAMES.iter().map(|name| PossibleValue::new(*name).alias(name.replace('_', "-")));
    args::one_of(names, |name| EventType::from_name(&name.replace('-', "_")))
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, customer, event_type, since, until, limit } = self;
        let is_of_one = partner.is_some();
        let request = Request { partner, customer, event_type, since, until, limit };
        let (is_json, width) = (console.is_json(), console.width);
        let labels = console.labels();
        let (session, _, mut line) = console.streaming();
        let mut write = |page: &mut Vec<Answer>| {
            let lines = if is_json {
                page.drain(..).map(|answer| answer.line).collect()
            } else {
                let mut table = Table::default();
                for answer in page.drain(..) {
                    let [seq, recorded, effective, partner, kind, what] =
                        entry_text::cells(&answer.entry, answer.customer);
                    let partner = (!is_of_one).then_some(partner);
                    table.row([seq, recorded, effective].into_iter().chain(partner).chain([kind, what]));
                }
                table.lines("")
            };
            lines.iter().try_for_each(|text| match width {
                Some(width) => line(&cut(&labels.labelled(text), width)),
                None => line(text),
            })
        };
        let mut page = Vec::new();
        request.run(session, &mut |answer| {
            page.push(answer);
            if limit.is_none() && page.len() >= PAGE { write(&mut page) } else { Ok(()) }
        })?;
        write(&mut page)
    }
}
