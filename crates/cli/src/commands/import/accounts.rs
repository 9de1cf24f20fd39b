//! Whose location an account is, by the files of an import and the entries of the ledger.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;

use ledger::PartnerId;

use crate::error::Error;
use crate::known::Known;

/// The partners of location accounts, read from the ledger when the first one is asked for that no file tells.
pub(super) struct Accounts<'a> {
    known: &'a Known,
    /// What the files tell; none where they disagree.
    of_import: BTreeMap<String, Option<PartnerId>>,
    /// Whether the ledger is asked: whoever names the partner need not wait until it is searched.
    asks_ledger: bool,
    partners: OnceCell<Result<BTreeMap<String, Option<PartnerId>>, Error>>,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(
        known: &'a Known,
        of_import: BTreeMap<String, Option<PartnerId>>,
        named: Option<&PartnerId>,
    ) -> Self {
        Self { known, of_import, asks_ledger: named.is_none(), partners: OnceCell::new() }
    }

    /// Whether any may be known.
    pub(super) fn are_known(&self) -> bool {
        !self.of_import.is_empty() || self.known.end > 0
    }

    /// The partner of a location, when the files of the import, else the ledger, know exactly one. A partner's own
    /// account is a location of its own.
    pub(super) fn partner_of(&self, location: &str) -> Option<PartnerId> {
        if let Some(of_import) = self.of_import.get(location) {
            return of_import.clone();
        }
        if !self.asks_ledger {
            return None;
        }
        let partners = self.partners.get_or_init(|| read(self.known)).as_ref().ok()?;
        partners.get(location).cloned().flatten()
    }

    /// Why the ledger could not be read, if it could not.
    pub(super) fn failure(self) -> Option<Error> {
        self.partners.into_inner().and_then(Result::err)
    }
}

fn read(known: &Known) -> Result<BTreeMap<String, Option<PartnerId>>, Error> {
    let mut partners: BTreeMap<String, Option<PartnerId>> = BTreeMap::new();
    for partner in known.partners()? {
        partners.insert(partner.to_string(), Some(partner));
    }
    known.reader.scan(0, known.end, &mut |_, line| {
        if let Some((partner, location)) = pair(line) {
            match partners.entry(location.to_owned()) {
                Entry::Vacant(vacant) => {
                    vacant.insert(PartnerId::new(partner).ok());
                }
                Entry::Occupied(mut known) if known.get().as_ref().is_some_and(|known| known.as_str() != partner) => {
                    known.insert(None);
                }
                Entry::Occupied(_) => {}
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(partners)
}

/// The partner and the location of an entry's line: they stand side by side, before any text that could look like them.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (partner, rest) = line.split_once("\"partner\":\"")?.1.split_once('"')?;
    let location = rest.strip_prefix(",\"location\":\"")?;
    // A location that needs escapes is no account.
    let (location, _) = location.split_once('"')?;
    (!location.contains('\\')).then_some((partner, location))
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn a_line_tells_its_pair() {
        let line = |fields: &str| format!(r#"{{"seq":0,"event":{{"id":"x","type":"y",{fields}}}}}"#);
        assert_eq!(pair(&line(r#""partner":"1","location":"2","month":"2023-01""#)), Some(("1", "2")));
        assert_eq!(pair(&line(r#""partner":"1","month":"2023-01","note":"\"location\":\"2\"""#)), None);
        assert_eq!(pair(&line(r#""partner":"1","location":"a\"b""#)), None);
        assert_eq!(pair(&line(r#""effective_at":"x""#)), None);
    }
}
