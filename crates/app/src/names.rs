//! What customers and partners are called: the file `names.json` of the ledger's directory.
//!
//! The ledger never forgets, so no entry has a name. Names stand beside the log: reports tell those of customers, people
//! give any. No score reads them, no answer for programs has them but the list that is asked for them, and they can be
//! erased.

mod file;
mod forget;
mod hand_on;
mod list;

use std::collections::BTreeMap;

use ledger::{CustomerId, Date, Draft, LedgerDir, PartnerId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::Error;
use crate::session::Session;
pub use forget::{Erasure, forget};
pub use hand_on::hand_on;
pub use list::{NamedRow, list};

/// The most characters of a name.
const LONGEST: usize = 256;

/// What customers and partners are called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The customers.
    pub customers: BTreeMap<CustomerId, CustomerName>,
    /// The partners. Reports name their locations alone, so people give these names.
    pub partners: BTreeMap<PartnerId, String>,
}

/// What a customer is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerName {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// What the newest report calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<ReportedName>,
}

/// What a report calls a customer. Of two, the greater counts: the newer, and of one day the last in the order of letters,
/// so that the order of imports does not matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedName {
    /// The day of the download, as 2025-03-06.
    pub as_of: String,
    /// The name.
    pub name: String,
}

/// Whom a name is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A customer.
    Customer(CustomerId),
    /// A partner.
    Partner(PartnerId),
}

/// The names of a ledger, to which an import adds.
pub(crate) struct NamesInImport {
    pub(crate) names: Names,
    pub(crate) is_changed: bool,
}

impl CustomerName {
    /// The name that is shown: a given one goes before a reported one.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.given.as_deref().or(self.reported.as_ref().map(|reported| reported.name.as_str()))
    }
}

impl Names {
    /// The names of the ledger of a session; none where it has no ledger. A file that cannot be read is warned of: the
    /// answers are the same without names.
    #[must_use]
    pub fn of(session: &Session<'_>) -> Self {
        session.dir().ok().and_then(|home| Self::read_or_warn(session, home)).unwrap_or_default()
    }

    /// The names of a ledger; `None` with a warning where the file cannot be read.
    pub(crate) fn read_or_warn(session: &Session<'_>, home: &LedgerDir) -> Option<Self> {
        let read = Self::read(home);
        if let Err(error) = &read {
            // What cannot be read may be whole, and is not to be erased.
            let is_bad = error.code() == "bad_names";
            let hint = if is_bad { "; `pcs customers forget --all` erases it" } else { "" };
            session.world.watch.warn(&format!("no names are read or kept: {error}{hint}"));
        }
        read.ok()
    }

    /// The text of the file.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        format!("{:#}\n", json!(self))
    }
}

/// Gives a customer or a partner a name, which goes before what reports tell.
///
/// # Errors
/// A text that is no name, `bad_names`, and a file that cannot be written.
pub fn give(session: &mut Session<'_>, bearer: &Bearer, name: &str) -> Result<(), Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(Error::usage(format!("a name has 1 to {LONGEST} characters")));
    }
    // The lock keeps imports from writing the names meanwhile.
    let ledger = session.ledger()?;
    let home = ledger.dir();
    let mut names = Names::read(&home)?;
    match bearer {
        Bearer::Customer(customer) => names.customers.entry(*customer).or_default().given = Some(name.to_owned()),
        Bearer::Partner(partner) => drop(names.partners.insert(partner.clone(), name.to_owned())),
    }
    names.write_draft(&home)?.publish(&Names::path(&home))?;
    let reader = ledger.reader();
    let (whose, is_known) = match bearer {
        Bearer::Customer(customer) => (format!("customer {customer}"), list::knows(&reader, *customer)?),
        Bearer::Partner(partner) => (format!("partner {partner}"), reader.count(partner.as_str(), reader.size())? > 0),
    };
    if !is_known {
        session.world.watch.warn(&format!("the ledger knows no {whose} yet: the name is kept for it"));
    }
    session.done.add("the name is kept", "`pcs customers list` shows it");
    Ok(())
}

impl NamesInImport {
    /// Notes what a report of this day calls a customer. A text that is too long for a name is passed over.
    pub(crate) fn learn(&mut self, customer: CustomerId, day: Date, name: &str) {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST {
            return;
        }
        let known = self.names.customers.get(&customer).and_then(|known| known.reported.as_ref());
        let day = day.to_string();
        if known.is_some_and(|known| (known.as_of.as_str(), known.name.as_str()) >= (&day, name)) {
            return;
        }
        let reported = ReportedName { as_of: day, name: name.to_owned() };
        self.names.customers.entry(customer).or_default().reported = Some(reported);
        self.is_changed = true;
    }

    /// Makes changed names durable, without their place: they get it after the events are committed.
    pub(crate) fn write_draft(&self, home: &LedgerDir) -> Result<Option<Draft>, Error> {
        self.is_changed.then(|| self.names.write_draft(home)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use ledger::{CustomerId, parse_date, parse_uuid};

    use super::{Names, NamesInImport};

    #[test]
    fn the_newest_name_counts_in_whatever_order_it_came() {
        let customer = CustomerId(parse_uuid("4fdbff88-9d6b-42e0-9713-45c922ba8001").unwrap());
        let told = [("2025-03-06", "Fabrikam"), ("2025-04-04", "Fabrikam A"), ("2025-04-04", "Fabrikam B")];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let mut names = NamesInImport { names: Names::default(), is_changed: false };
            for (day, name) in order.map(|place| told[place]) {
                names.learn(customer, parse_date(day).unwrap(), name);
            }
            assert_eq!(names.names.customers[&customer].shown(), Some("Fabrikam B"), "{order:?}");
            names.is_changed = false;
            names.learn(customer, parse_date("2025-04-04").unwrap(), " Fabrikam B ");
            names.learn(customer, parse_date("2025-05-04").unwrap(), &"x".repeat(257));
            assert!(!names.is_changed, "nothing new was told");
        }
    }
}
