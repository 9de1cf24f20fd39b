//! The map from pseudonyms to names: the file `people.json` of the ledger's directory, where it was asked for.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use ledger::{Draft, LedgerDir, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bounds;
use crate::error::Error;

/// The file in the ledger's directory.
const FILE: &str = "people.json";

/// Who goes by which pseudonym.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PeopleMap {
    /// By their pseudonyms.
    pub(super) people: BTreeMap<String, Contact>,
}

/// What a report says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// First and last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The private address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
}

impl PeopleMap {
    /// Where a ledger has its map.
    #[must_use]
    pub(crate) fn path(home: &LedgerDir) -> PathBuf {
        home.path().join(FILE)
    }

    /// Reads the map of a ledger, which is empty when there is none.
    ///
    /// # Errors
    /// `bad_people`, and a file that cannot be read.
    pub(crate) fn read(home: &LedgerDir) -> Result<Self, Error> {
        let path = Self::path(home);
        let malformed = |what: String| {
            Error::new("bad_people", format!("{} is no map of persons: {what}", path.display()))
                .hint("`pcs people forget --all` erases it; `pcs import --people` makes it again")
        };
        let Some(file) = home.read(&path)? else { return Ok(Self::default()) };
        match bounds::read_all_text(file, bounds::PEOPLE) {
            Ok(text) => Self::parse(&text).map_err(malformed),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(malformed("it is not UTF-8 text".into())),
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    /// Notes what a report says of a person, and keeps what it does not say; returns whether anything changed.
    pub(crate) fn learn(&mut self, person: &PersonId, contact: Contact) -> bool {
        if contact == Contact::default() {
            return false;
        }
        let known = self.people.entry(person.as_str().to_owned()).or_default();
        let before = known.clone();
        known.name = contact.name.or(known.name.take());
        known.email = contact.email.or(known.email.take());
        known.work_email = contact.work_email.or(known.work_email.take());
        *known != before
    }

    /// Writes the map beside its place, from where [`Draft::publish`] takes it.
    pub(crate) fn write_draft(&self, home: &LedgerDir) -> Result<Draft, Error> {
        Ok(home.write_draft(&Self::path(home), self.text().as_bytes())?)
    }

    /// Erases the map of a ledger, and an unfinished one.
    pub(crate) fn erase(home: &LedgerDir) -> Result<(), Error> {
        let path = Self::path(home);
        home.remove(&Draft::unfinished(&path))?;
        home.remove(&path)?;
        Ok(home.sync(home.path())?)
    }

    /// Removes an unfinished map. The ledger must be locked.
    pub(crate) fn remove_unfinished(home: &LedgerDir) -> Result<(), Error> {
        Ok(home.remove(&Draft::unfinished(&Self::path(home)))?)
    }

    fn text(&self) -> String {
        format!("{:#}\n", json!(self.people))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Value::Object(people) = value else { return Err("it is no JSON object".to_owned()) };
        let mut map = Self::default();
        for (person, contact) in people {
            let contact = Contact::parse(&contact).ok_or_else(|| format!("what it says of {person:?} is not known"))?;
            map.people.insert(person, contact);
        }
        Ok(map)
    }
}

impl Contact {
    /// Reads a contact; `None` for anything that is not written as a contact is.
    fn parse(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok().filter(|contact| json!(contact) == *value)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use ledger::{Draft, LedgerDir, PersonId};

    use super::{Contact, PeopleMap};

    fn named(name: &str) -> Contact {
        Contact { name: Some(name.to_owned()), ..Contact::default() }
    }

    #[test]
    fn a_map_is_read_as_it_was_written_and_a_later_report_adds_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let home = LedgerDir::open(dir.path()).unwrap();
        let mut map = PeopleMap::read(&home).unwrap();
        let person = PersonId::new("p0000-0").unwrap();
        assert!(!map.learn(&person, Contact::default()), "a report without names says nothing");
        assert!(map.people.is_empty());
        assert!(map.learn(&person, named("Ana \"X\" Lopez")));
        let with_email = Contact { email: Some("ana@example.com".to_owned()), ..Contact::default() };
        assert!(map.learn(&person, with_email.clone()));
        assert!(!map.learn(&person, with_email));
        map.write_draft(&home).unwrap().publish(&PeopleMap::path(&home)).unwrap();
        let read = PeopleMap::read(&home).unwrap();
        assert_eq!(read, map);
        let both = Contact { email: Some("ana@example.com".to_owned()), ..named("Ana \"X\" Lopez") };
        assert_eq!(read.people.get("p0000-0"), Some(&both));
        PeopleMap::erase(&home).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn other_files_are_no_maps() {
        for text in [
            "",
            "[]",
            "{",
            r#"{"p":1}"#,
            r#"{"p":{"name":1}}"#,
            r#"{"p":{"phone":"1"}}"#,
            r#"{"p":{"name":null}}"#,
            r#"{"p":["a","b","c"]}"#,
        ] {
            assert!(PeopleMap::parse(text).is_err(), "{text}");
        }
        assert_eq!(PeopleMap::parse("{}"), Ok(PeopleMap::default()));
    }

    #[test]
    fn a_file_is_private_and_has_its_name_when_it_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let (home, path) = (LedgerDir::open(dir.path()).unwrap(), dir.path().join("a"));
        std::fs::write(Draft::unfinished(&path), "left by a kill").unwrap();
        drop(home.write_draft(&path, b"given up").unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        home.write_draft(&path, b"one").unwrap().publish(&path).unwrap();
        home.write_draft(&path, b"two").unwrap().publish(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
