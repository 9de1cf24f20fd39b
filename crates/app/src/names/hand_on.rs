//! Handing names on to somebody who gets a bundle.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ledger::{PartnerId, Timestamp};

use super::Names;
use super::list::named_in;
use crate::error::Error;
use crate::known::Known;
use crate::session::Session;

/// Writes the names of a partner and of the customers in its entries up to an instant into a new file, of the form of
/// the ledger's own. Nothing signs it. Returns the number of names.
///
/// # Errors
/// `unknown_partner`, `bad_names`, and a file that is there already or cannot be written.
pub fn hand_on(
    session: &mut Session<'_>,
    partner: &PartnerId,
    known_at: Option<Timestamp>,
    out: &Path,
) -> Result<u64, Error> {
    let known = Known::open(session, known_at)?;
    let mut customers = BTreeSet::new();
    for entry in known.entries(partner)? {
        customers.extend(named_in(&known.reader.line(entry.seq)?).map(|(customer, _)| customer));
    }
    let mut names = Names::read(&known.reader.dir())?;
    names.customers.retain(|customer, _| customers.contains(customer));
    names.partners.retain(|other, _| other == partner);
    let failed = Error::file("write", out);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(session.path(out));
    file.and_then(|mut file| file.write_all(names.text().as_bytes()).and_then(|()| file.sync_all())).map_err(failed)?;
    session.done.add(format!("names are in {}", out.display()), "they are not signed, and no part of the bundle");
    Ok((names.customers.len() + names.partners.len()) as u64)
}
