//! The persons of a list who share an id of their work account, or its address: two ids of one person, as it seems.

use std::collections::{BTreeMap, BTreeSet};

use ledger::PersonId;
use projection::{SameAs, Shared};

use super::context::Person;

/// The persons of a list by what may be shared, which stays in memory.
#[derive(Default)]
pub(super) struct Twins(BTreeMap<(Shared, String), BTreeSet<PersonId>>);

impl Twins {
    /// Notes a person of the list under the pseudonym.
    pub(super) fn meet(&mut self, pseudonym: &PersonId, person: &Person<'_>) {
        let directory_id = person.directory_id.clone().map(|id| (Shared::DirectoryId, id));
        let address = person.work_email.filter(|address| address.contains('@'));
        let address = address.map(|address| (Shared::WorkAddress, address.trim().to_lowercase()));
        for shared in [directory_id, address].into_iter().flatten() {
            let persons = self.0.entry(shared).or_default();
            if !persons.contains(pseudonym) {
                persons.insert(pseudonym.clone());
            }
        }
    }

    /// The remarks of each person who shares something with another. All name the one whose pseudonym comes first, so
    /// that the order of rows does not matter, and many persons make no more remarks than they are.
    pub(super) fn remarks(&self) -> BTreeMap<PersonId, BTreeSet<SameAs>> {
        let mut remarks: BTreeMap<PersonId, BTreeSet<SameAs>> = BTreeMap::new();
        for ((shared, _), persons) in &self.0 {
            let mut persons = persons.iter();
            let Some(first) = persons.next() else { continue };
            for person in persons {
                let remark = SameAs { shared: *shared, other: first.clone() };
                remarks.entry(person.clone()).or_default().insert(remark);
            }
        }
        remarks
    }
}
