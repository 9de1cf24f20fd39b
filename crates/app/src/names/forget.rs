//! Erasing names of customers and partners.

use serde::Serialize;

use super::{Bearer, Names};
use crate::error::Error;
use crate::kept::Shelf;
use crate::session::Session;
use crate::text::counted;

/// Names that were erased, and what may have them still.
#[derive(Clone, Debug, Serialize)]
pub struct Erasure {
    /// How many there were.
    pub forgotten: u64,
    /// The number of kept files, each of which may have names still.
    pub kept_files: u64,
}

/// Erases the names of one customer or partner, or all of them.
///
/// # Errors
/// `unknown_customer` and `unknown_partner` for one that has no name, and a file that cannot be written.
pub fn forget(session: &mut Session<'_>, bearer: Option<&Bearer>) -> Result<Erasure, Error> {
    // The lock keeps imports from writing the names meanwhile.
    let ledger = session.ledger()?;
    let home = ledger.dir();
    let forgotten = if let Some(bearer) = bearer {
        let mut names = Names::read(&home)?;
        take(&mut names, bearer)?;
        names.write_draft(&home)?.publish(&Names::path(&home))?;
        1
    } else {
        // Names that cannot be read are erased too.
        let names = Names::read(&home).unwrap_or_default();
        Names::erase(&home)?;
        (names.customers.len() + names.partners.len()) as u64
    };
    session.done.add(Erasure::text(forgotten), "`pcs customers list` shows which are kept");
    Names::remove_unfinished(&home)?;
    drop(ledger);
    Ok(Erasure { forgotten, kept_files: Shelf::open(&home)?.files().len() as u64 })
}

/// Takes the name of one out of the names.
fn take(names: &mut Names, bearer: &Bearer) -> Result<(), Error> {
    let (code, unknown) = match bearer {
        Bearer::Customer(customer) if names.customers.remove(customer).is_some() => return Ok(()),
        Bearer::Partner(partner) if names.partners.remove(partner).is_some() => return Ok(()),
        Bearer::Customer(customer) => ("unknown_customer", format!("no name is kept of customer {customer}")),
        Bearer::Partner(partner) => ("unknown_partner", format!("no name is kept of partner {partner}")),
    };
    Err(Error::new(code, unknown).hint("`pcs customers list` shows whose names are kept"))
}

impl Erasure {
    /// How many names were forgotten, in words.
    #[must_use]
    pub fn text(forgotten: u64) -> String {
        format!("{} forgotten", counted(forgotten, "name"))
    }
}
