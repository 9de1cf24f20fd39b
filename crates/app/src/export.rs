//! Entries as they are, line by line, and as tables in files.

pub mod parquet;

use ledger::{PartnerId, Reader};

use crate::error::Error;
use crate::known::{newest, unknown_partner};
use crate::scan::scan;
use crate::session::Session;

/// Which entries are wanted.
#[derive(Clone, Debug)]
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
        let (reader, end) = self.open(session)?;
        let Some(partner) = &self.partner else {
            return scan(&reader, self.from_seq.min(end), end, &mut |_, line| take(line));
        };
        let entries = reader.entries(partner.as_str(), end)?;
        let mut wanted = entries.iter().filter(|entry| entry.seq >= self.from_seq);
        wanted.try_for_each(|entry| take(&reader.line(entry.seq)?))
    }

    /// Opens the ledger; returns it with the end of what is wanted.
    ///
    /// # Errors
    /// `unknown_partner`, and a ledger that cannot be read.
    fn open(&self, session: &mut Session<'_>) -> Result<(Reader, u64), Error> {
        let reader = reader_of(session, self.partner.as_ref())?;
        let end = self.to_seq.map_or(reader.size(), |last| last.saturating_add(1).min(reader.size()));
        Ok((reader, end))
    }
}

/// Opens the ledger, which must know the partner whose entries are wanted.
///
/// # Errors
/// `unknown_partner`, and a ledger that cannot be read.
pub(crate) fn reader_of(session: &mut Session<'_>, partner: Option<&PartnerId>) -> Result<Reader, Error> {
    let reader = session.reader()?;
    if let Some(partner) = partner
        && reader.count(partner.as_str(), reader.size())? == 0
    {
        let newest = newest(&reader)?.unwrap_or_else(|| session.now());
        return Err(unknown_partner(&reader, partner, newest));
    }
    Ok(reader)
}
