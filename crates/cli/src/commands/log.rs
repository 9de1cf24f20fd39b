//! `log`: entries for people to read.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use ledger::{AssociationId, CustomerId, Date, Entry, EventType, Fact, PartnerId, Timestamp, parse_uuid};

use crate::args;
use crate::console::Console;
use crate::output::entry_text;
use crate::output::table::{Table, cut};
use app::Error;

/// Entries whose columns are laid out together.
const PAGE: usize = 500;

/// Lists entries for people to read, oldest first
///
/// With --format json the entries as they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the entries of this partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
    /// Only what concerns this customer, by its tenant
    #[arg(long, value_name = "C", value_parser = customer)]
    customer: Option<CustomerId>,
    /// Only events of this type
    #[arg(long = "type", value_name = "T", value_parser = event_type())]
    event_type: Option<EventType>,
    /// Only what was recorded on this day or later
    #[arg(long, value_name = "D", value_parser = args::date)]
    since: Option<Date>,
    /// Only what was recorded on this day or earlier
    #[arg(long, value_name = "D", value_parser = args::date)]
    until: Option<Date>,
    /// Only the newest so many of them
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// An entry that is to be listed.
struct Listed {
    entry: Entry,
    line: String,
    customer: Option<CustomerId>,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let reader = console.session.reader()?;
        let end = match self.until {
            Some(day) => reader.size_at(Timestamp::end_of(day))?,
            None => reader.size(),
        };
        let start = match self.since {
            Some(day) => reader.size_at(Timestamp::from_micros(Timestamp::start_of(day).micros() - 1))?,
            None => 0,
        };
        let mut customers: BTreeMap<(Option<PartnerId>, AssociationId), CustomerId> = BTreeMap::new();
        let mut page: VecDeque<Listed> = VecDeque::new();
        let mut failed = None;
        let mut on_line = |seq: u64, line: &str| {
            let Ok(entry) = Entry::parse(line) else { return ControlFlow::Continue(()) };
            let customer = customer_of(&entry, &mut customers);
            if seq >= start && self.lists(&entry, customer) {
                page.push_back(Listed { entry, line: line.to_owned(), customer });
                if let Some(limit) = self.limit {
                    page.truncate_front_to(limit);
                } else if page.len() >= PAGE
                    && let Err(error) = write_page(console, &mut page)
                {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        };
        match &self.partner {
            Some(partner) => {
                for entry in reader.entries(partner.as_str(), end)? {
                    if on_line(entry.seq, &reader.line(entry.seq)?).is_break() {
                        break;
                    }
                }
            }
            None => reader.scan(0, end, &mut on_line)?,
        }
        if let Some(error) = failed {
            return Err(error);
        }
        write_page(console, &mut page)
    }

    fn lists(&self, entry: &Entry, customer: Option<CustomerId>) -> bool {
        self.event_type.is_none_or(|wanted| entry.event.fact.event_type() == wanted)
            && self.customer.is_none_or(|wanted| customer == Some(wanted))
    }
}

/// A queue of which only the newest are kept.
trait TruncateFront {
    fn truncate_front_to(&mut self, length: usize);
}

impl<T> TruncateFront for VecDeque<T> {
    fn truncate_front_to(&mut self, length: usize) {
        while self.len() > length {
            self.pop_front();
        }
    }
}

/// The customer whom an entry concerns, by itself or by the association that it names.
fn customer_of(
    entry: &Entry,
    customers: &mut BTreeMap<(Option<PartnerId>, AssociationId), CustomerId>,
) -> Option<CustomerId> {
    let partner = entry.event.partner.clone();
    match &entry.event.fact {
        Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) => {
            let key = (partner, terms.association);
            match terms.customer {
                Some(customer) => Some(*customers.entry(key).or_insert(customer)),
                None => customers.get(&key).copied(),
            }
        }
        Fact::AssociationDeclined { association, .. } | Fact::AssociationRevoked { association, .. } => {
            customers.get(&(partner, *association)).copied()
        }
        Fact::CustomerChurned { customer, .. } | Fact::CustomerClassified { customer, .. } => Some(*customer),
        Fact::UsageReported(usage) => Some(usage.customer),
        Fact::CertificationLinked { .. }
        | Fact::CertificationUnlinked { .. }
        | Fact::EventRetracted { .. }
        | Fact::RulebookAdopted { .. }
        | Fact::KeyRotated(_) => None,
    }
}

fn write_page(console: &mut Console<'_>, page: &mut VecDeque<Listed>) -> Result<(), Error> {
    if console.is_json() {
        return page.drain(..).try_for_each(|listed| console.line(&listed.line));
    }
    let mut table = Table::default();
    for listed in page.drain(..) {
        table.row(entry_text::cells(&listed.entry, listed.customer));
    }
    let is_cut = console.stdout_is_terminal;
    for line in table.lines("") {
        let line = if is_cut { cut(&line, console.width) } else { line };
        console.line(&line)?;
    }
    Ok(())
}

fn customer(text: &str) -> Result<CustomerId, &'static str> {
    parse_uuid(text).map(CustomerId).ok_or("not a UUID in the hyphenated form")
}

fn event_type() -> impl TypedValueParser<Value = EventType> {
    PossibleValuesParser::new(EventType::NAMES)
        .map(|name| EventType::from_name(&name).expect("the possible values are the names of types"))
}
