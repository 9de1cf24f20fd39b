//! Entries as they are.

use std::ops::ControlFlow;

use ledger::{PartnerId, Reader};

use crate::error::Error;
use crate::known::unknown_partner;
use crate::session::Session;

/// Which entries are wanted.
#[derive(Debug)]
pub struct Request {
    /// Only those of this partner.
    pub partner: Option<PartnerId>,
    /// The first one.
    pub from_seq: u64,
    /// The last one, itself included; without it the newest.
    pub to_seq: Option<u64>,
}

impl Request {
    /// Hands the entries over, the oldest first, each in the bytes that the ledger keeps and hashes.
    ///
    /// # Errors
    /// `unknown_partner`, a ledger that cannot be read, and what `take` fails with.
    pub fn run(&self, session: &mut Session<'_>, take: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        let reader = session.reader()?;
        let end = self.to_seq.map_or(reader.size(), |last| last.saturating_add(1).min(reader.size()));
        match &self.partner {
            Some(partner) => self.of_partner(session, &reader, partner, end, take),
            None => all(&reader, self.from_seq, end, take),
        }
    }

    fn of_partner(
        &self,
        session: &mut Session<'_>,
        reader: &Reader,
        partner: &PartnerId,
        end: u64,
        take: &mut dyn FnMut(&str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if reader.count(partner.as_str(), reader.size())? == 0 {
            let newest = reader.size().checked_sub(1).map(|newest| reader.recorded_at(newest)).transpose()?;
            return Err(unknown_partner(partner, newest.unwrap_or_else(|| session.now())));
        }
        let entries = reader.entries(partner.as_str(), end)?;
        let mut wanted = entries.iter().filter(|entry| entry.seq >= self.from_seq);
        wanted.try_for_each(|entry| take(&reader.line(entry.seq)?))
    }
}

fn all(reader: &Reader, from: u64, end: u64, take: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
    let mut failed = None;
    reader.scan(from.min(end), end, &mut |_, line| match take(line) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(()), Err)
}
