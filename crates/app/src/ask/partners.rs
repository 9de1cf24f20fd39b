//! Which partners the ledger knows.

use std::fmt::Write as _;

use ledger::{PartnerId, Timestamp};
use serde::Serialize;

use crate::error::Error;
use crate::known::Known;
use crate::session::Session;
use crate::text::shown;

/// A partner that was known at an instant.
#[derive(Clone, Debug, Serialize)]
pub struct KnownPartner {
    /// The partner.
    #[serde(serialize_with = "shown")]
    pub partner: PartnerId,
    /// The number of its entries.
    pub entries: u64,
    /// When the first of them was recorded.
    #[serde(serialize_with = "shown")]
    pub first_recorded_at: Timestamp,
    /// When the newest of them was recorded.
    #[serde(serialize_with = "shown")]
    pub last_recorded_at: Timestamp,
}

/// The partners that were known at an instant, or are known now, ascending.
///
/// # Errors
/// A ledger that cannot be read.
pub fn run(session: &Session<'_>, known_at: Option<Timestamp>) -> Result<Vec<KnownPartner>, Error> {
    let Known { reader, end, .. } = Known::open(session, known_at)?;
    let partners = reader.partner_entries(end)?.into_iter().map(|(partner, entries)| {
        let (first_recorded_at, last_recorded_at) =
            (reader.recorded_at(entries.first)?, reader.recorded_at(entries.last)?);
        Ok(KnownPartner { partner, entries: entries.count, first_recorded_at, last_recorded_at })
    });
    partners.collect()
}

/// Partners as CSV (RFC 4180, with line feeds), with the names of the columns first.
#[must_use]
pub fn to_csv(partners: &[KnownPartner]) -> String {
    let mut out = "partner,entries,first_recorded_at,last_recorded_at\n".to_owned();
    for KnownPartner { partner, entries, first_recorded_at, last_recorded_at } in partners {
        let _ = writeln!(out, "{partner},{entries},{first_recorded_at},{last_recorded_at}");
    }
    out
}
