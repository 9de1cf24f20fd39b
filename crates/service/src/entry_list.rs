//! `/v1/entries` and `/v1/partners/{p}/entries`: entries as they are exported, a part at a time.

use std::ops::ControlFlow;

use app::ask::log;
use app::known::Known;
use app::{Error, Session};
use ledger::{CustomerId, EntryLine, EventType, PartnerId};

use crate::answer::Produced;
use crate::exchange::Exchange;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::questions::{Part, Question};

/// The entries that are wanted.
struct EntryList {
    partner: Option<PartnerId>,
    customer: Option<CustomerId>,
    event_type: Option<EventType>,
    from: u64,
    to: u64,
    limit: usize,
}

/// `/v1/partners/{p}/entries`
pub(crate) fn of_partner(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    question(exchange, Some(exchange.partner()?), parameters)
}

/// `/v1/entries`
pub(crate) fn of_all(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    exchange.access.check_all_partners()?;
    question(exchange, None, parameters)
}

fn question(exchange: &Exchange, partner: Option<PartnerId>, parameters: &Parameters) -> Result<Question, Problem> {
    let after = parameters.whole("after")?.map_or(0, |after| after.saturating_add(1));
    let wanted = || "a UUID in the hyphenated form is wanted";
    let list = EntryList {
        partner,
        customer: parameters
            .optional("customer", |text| ledger::parse_uuid(text).map(CustomerId).ok_or_else(wanted))?,
        event_type: parameters.named("type", EventType::NAMES, EventType::from_name)?,
        from: parameters.whole("from_seq")?.unwrap_or(0).max(after),
        to: parameters.whole("to_seq")?.unwrap_or(u64::MAX),
        limit: Part::read(exchange, parameters)?.limit,
    };
    Ok(Question::new(&[], Box::new(move |session, _, _| list.run(session))))
}

impl EntryList {
    /// Reads as many entries as the part has, and one more, which tells that the list goes on.
    fn run(self, session: &mut Session<'_>) -> Result<Produced, Error> {
        let end = self.to.saturating_add(1).min(session.reader()?.size());
        let from = self.from.min(end);
        let mut found: Vec<(u64, String)> = Vec::new();
        let mut take = |seq: u64, line: &str| {
            let event_type = || EntryLine::split(line).and_then(|line| line.event_type());
            if self.event_type.is_none_or(|wanted| event_type() == Some(wanted)) {
                found.push((seq, line.to_owned()));
            }
            if found.len() > self.limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if self.customer.is_some() {
            // Which customer an entry concerns, an earlier entry of its association may say.
            let (partner, customer) = (self.partner.clone(), self.customer);
            let request = log::Request { partner, customer, ..log::Request::default() };
            let mut flow = ControlFlow::Continue(());
            request.run(session, &mut |answer| {
                if flow.is_continue() && (from..end).contains(&answer.entry.seq) {
                    flow = take(answer.entry.seq, &answer.line);
                }
                Ok(())
            })?;
        } else if let Some(partner) = &self.partner {
            let known = Known::open(session, None)?;
            known.check(partner)?;
            known.reader.scan_partner(partner.as_str(), (from, end), &mut take)?;
        } else {
            session.reader()?.scan(from, end, &mut take)?;
        }
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| has_more).map(|(seq, _)| seq.to_string());
        Ok(Produced { lines: found.into_iter().map(|(_, line)| line).collect(), next, ..Produced::default() })
    }
}
