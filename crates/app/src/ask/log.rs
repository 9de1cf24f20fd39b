//! Entries for people to read.

use std::collections::{BTreeMap, VecDeque};

use ledger::{AssociationId, CustomerId, Date, Entry, EventType, Ids, PartnerId, Timestamp};

use crate::error::Error;
use crate::export::reader_of;
use crate::scan::scan;
use crate::session::Session;

/// Which entries are listed.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Only the entries of this partner.
    pub partner: Option<PartnerId>,
    /// Only what concerns this customer.
    pub customer: Option<CustomerId>,
    /// Only events of this type.
    pub event_type: Option<EventType>,
    /// Only what was recorded on this day or later.
    pub since: Option<Date>,
    /// Only what was recorded on this day or earlier.
    pub until: Option<Date>,
    /// At most this many, the newest ones.
    pub limit: Option<usize>,
}

/// An entry, and what earlier entries say about it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The entry.
    pub entry: Entry,
    /// The line of the log in which it stands.
    pub line: String,
    /// The customer whom it concerns.
    pub customer: Option<CustomerId>,
}

/// The customers of associations. An id of an association is a partner's own.
type Customers = BTreeMap<(Option<PartnerId>, AssociationId), CustomerId>;

impl Request {
    /// Hands the entries over, oldest first.
    ///
    /// # Errors
    /// `usage` for days in the wrong order, `unknown_partner`, a ledger that cannot be read, and what `on_answer` fails with.
    pub fn run(
        &self,
        session: &mut Session<'_>,
        on_answer: &mut dyn FnMut(Answer) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && until < since
        {
            return Err(Error::reversed("`--since` names the earlier day, `--until` the later one", &since, &until));
        }
        let reader = reader_of(session, self.partner.as_ref())?;
        let end = self.until.map_or(Ok(reader.size()), |day| reader.size_at(Timestamp::end_of(day)))?;
        let before = |day| Timestamp::from_micros(Timestamp::start_of(day).micros() - 1);
        let start = self.since.map_or(Ok(0), |day| reader.size_at(before(day)))?;
        let mut customers = Customers::new();
        let mut newest = VecDeque::new();
        let mut on_line = |seq: u64, line: &str| {
            let entry = match Entry::parse(line) {
                Ok(entry) => entry,
                Err(refusal) if refusal.is_later() => return Err(refusal.into()),
                Err(_) => return Ok(()),
            };
            let customer = customer_of(&entry, &mut customers);
            if seq < start || !self.lists(&entry, customer) {
                return Ok(());
            }
            let answer = Answer { entry, line: line.to_owned(), customer };
            let Some(limit) = self.limit else { return on_answer(answer) };
            newest.push_back(answer);
            newest.drain(..newest.len().saturating_sub(limit));
            Ok(())
        };
        if let Some(partner) = &self.partner {
            for entry in reader.entries(partner.as_str(), end)? {
                on_line(entry.seq, &reader.line(entry.seq)?)?;
            }
        } else {
            scan(&reader, 0, end, &mut on_line)?;
        }
        newest.into_iter().try_for_each(on_answer)
    }

    fn lists(&self, entry: &Entry, customer: Option<CustomerId>) -> bool {
        self.event_type.is_none_or(|wanted| entry.event.fact.event_type() == wanted)
            && self.customer.is_none_or(|wanted| customer == Some(wanted))
    }
}

/// The customer whom an entry concerns, by itself or by the association that it names.
fn customer_of(entry: &Entry, customers: &mut Customers) -> Option<CustomerId> {
    let Ids { association, customer } = entry.event.fact.ids();
    let Some(association) = association else { return customer };
    let key = (entry.event.partner.clone(), association);
    match customer {
        Some(customer) => Some(*customers.entry(key).or_insert(customer)),
        None => customers.get(&key).copied(),
    }
}
