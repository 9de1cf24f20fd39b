//! Which partners named which location accounts, kept from question to question.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use ledger::{EntryLine, PartnerId, Reader};

use crate::error::Error;
use crate::located::pair;

/// Which partners named which location accounts, retracted entries included. Whoever asks about a partner again and again
/// need not read the whole log for it each time: what was recorded since the last question is read alone.
#[derive(Default)]
pub struct LocationPartners(Mutex<Named>);

#[derive(Default)]
struct Named {
    /// The ledger as it was read last.
    reader: Option<Reader>,
    partners: BTreeMap<String, BTreeSet<PartnerId>>,
}

impl LocationPartners {
    /// The partners that can share a location with one, which is among them.
    ///
    /// # Errors
    /// A ledger that cannot be read.
    pub(crate) fn beside(&self, reader: &Reader, partner: &PartnerId) -> Result<BTreeSet<PartnerId>, Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What fails on the way is begun anew.
        let mut named = std::mem::take(&mut *kept);
        if !named.is_of(reader)? {
            named = Named::default();
        }
        named.read(reader)?;
        let mut beside = BTreeSet::from([partner.clone()]);
        for one in named.beside(partner) {
            // Most locations are no account of a partner.
            if reader.count(one.as_str(), reader.size())? > 0 {
                beside.insert(one);
            }
        }
        *kept = named;
        Ok(beside)
    }
}

impl Named {
    /// Whether a reader reads the same ledger, earlier or later.
    fn is_of(&self, reader: &Reader) -> Result<bool, Error> {
        let Some(own) = &self.reader else { return Ok(true) };
        let size = own.size().min(reader.size());
        Ok(own.root(size)? == reader.root(size)?)
    }

    /// Reads what was recorded since.
    fn read(&mut self, reader: &Reader) -> Result<(), Error> {
        let from = self.reader.as_ref().map_or(0, Reader::size);
        if self.reader.is_some() && reader.size() <= from {
            return Ok(());
        }
        reader.scan(from, reader.size(), &mut |_, line| {
            if let Some((partner, location)) = EntryLine::split(line).and_then(pair)
                && !self.partners.get(location).is_some_and(|partners| partners.contains(partner))
                && let Ok(partner) = PartnerId::new(partner)
            {
                self.partners.entry(location.to_owned()).or_default().insert(partner);
            }
            ControlFlow::Continue(())
        })?;
        self.reader = Some(reader.clone());
        Ok(())
    }

    /// The partners that named a location which this one named, or its own account, and those whose own account it named.
    fn beside(&self, partner: &PartnerId) -> BTreeSet<PartnerId> {
        let mut beside: BTreeSet<PartnerId> = self.partners.get(partner.as_str()).cloned().unwrap_or_default();
        for (location, partners) in self.partners.iter().filter(|(_, partners)| partners.contains(partner)) {
            beside.extend(partners.iter().cloned().chain(PartnerId::new(location).ok()));
        }
        beside
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Ledger, PartnerId, Timestamp};

    use super::LocationPartners;
    use crate::ask::check;
    use crate::known::Known;
    use crate::testing::churned;

    #[test]
    fn what_is_kept_finds_what_the_whole_log_does_at_every_size() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::create(&dir.path().join("ledger"), "test").unwrap();
        let kept = LocationPartners::default();
        let named =
            [("A", None), ("A", Some("L1")), ("B", Some("L2")), ("B", Some("L1")), ("C", Some("B")), ("D", Some("L9"))];
        for (number, (partner, location)) in (1..).zip(named) {
            let at = Timestamp::from_micros(i64::try_from(number).unwrap());
            ledger.append(&[churned(number, partner, location)], at).unwrap();
            let reader = ledger.reader();
            for partner in reader.partners(reader.size()).unwrap() {
                let beside = kept.beside(&reader, &partner).unwrap();
                for end in 1..=reader.size() {
                    let known = Known::new(reader.clone(), end, at);
                    let mut all = check::merged::find(&known, None).unwrap();
                    let mut some = check::merged::find(&known, Some(&beside)).unwrap();
                    assert_eq!(some.remove(&partner), all.remove(&partner), "{partner} {end}");
                }
            }
        }
        let beside = |partner: &str| {
            let beside = kept.beside(&ledger.reader(), &PartnerId::new(partner).unwrap()).unwrap();
            beside.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!([beside("A"), beside("C"), beside("D")], [&["A", "B"][..], &["B", "C"], &["D"]]);
    }
}
