//! The persons of an import: their pseudonyms, and their names for the map where that was asked for.

use ledger::{Draft, LedgerDir, Name, PersonId, Reader};

use crate::error::{Error, FAILED};
use crate::people::{Contact, PeopleMap, Secret, check_used};
use reports::{Person, Seal};

/// Makes bytes that nobody can guess.
pub(crate) type NewSecret<'a> = &'a mut dyn FnMut() -> Result<[u8; 32], getrandom::Error>;

/// What an import does with persons. The secret is asked for with the first of them.
pub(super) struct Persons<'a> {
    home: LedgerDir,
    reader: &'a Reader,
    new_secret: NewSecret<'a>,
    dry_run: bool,
    secret: Option<Secret>,
    map: Option<(PeopleMap, bool)>,
    failure: Option<Error>,
}

impl<'a> Persons<'a> {
    /// The persons of the ledger of a locked directory.
    ///
    /// # Errors
    /// With `keep_names`, a map that cannot be read.
    pub(super) fn new(
        home: &LedgerDir,
        reader: &'a Reader,
        new_secret: NewSecret<'a>,
        keep_names: bool,
        dry_run: bool,
    ) -> Result<Self, Error> {
        let map = if keep_names && !dry_run { Some((PeopleMap::read(home)?, false)) } else { None };
        Ok(Self { home: home.clone(), reader, new_secret, dry_run, secret: None, map, failure: None })
    }

    /// The pseudonym of a person; none when there was a failure.
    pub(super) fn pseudonym(&mut self, person: &Person<'_>) -> Option<PersonId> {
        let pseudonym = self.secret()?.pseudonym(&person.identity);
        if let Some((map, is_changed)) = &mut self.map {
            *is_changed |= map.learn(&pseudonym, contact(person));
        }
        Some(pseudonym)
    }

    /// The pseudonym of an identity that is linked in a customer's tenant; none when there was a failure.
    pub(super) fn principal(&mut self, identity: &Name) -> Option<Name> {
        self.secret().map(|secret| secret.principal(identity))
    }

    /// What seals the sources of a file with this SHA-256; none when there was a failure.
    pub(super) fn seal(&mut self, sha256: &str) -> Option<Seal> {
        self.secret().map(|secret| Seal::new(secret.keyed(&Seal::label(sha256))))
    }

    /// The secret; none when there was a failure.
    fn secret(&mut self) -> Option<&Secret> {
        if self.secret.is_none() && self.failure.is_none() {
            match self.find_secret() {
                Ok(secret) => self.secret = Some(secret),
                Err(error) => self.failure = Some(error),
            }
        }
        self.secret.as_ref()
    }

    /// Why no pseudonyms can be made, if they cannot.
    pub(super) fn failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Makes a changed map durable, without its name: it gets its name after the events are committed.
    pub(super) fn finish(self) -> Result<Option<Draft>, Error> {
        let Some((map, true)) = self.map else { return Ok(None) };
        Ok(Some(map.write_draft(&self.home)?))
    }

    /// The secret of the ledger. It is made if there is none and the ledger knows nobody yet.
    fn find_secret(&mut self) -> Result<Secret, Error> {
        let secret = Secret::read(&self.home)?;
        check_used(self.reader, secret.as_ref(), &self.home)?;
        if let Some(secret) = secret {
            return Ok(secret);
        }
        let bytes = (self.new_secret)()
            .map_err(|error| Error::new(FAILED, "failed to make a secret of pseudonyms").behind(&error))?;
        let secret = Secret::of(bytes);
        if !self.dry_run {
            // Before the first event that needs it: without its secret a pseudonym could never be made again.
            secret.write_new(&self.home)?;
        }
        Ok(secret)
    }
}

fn contact(person: &Person<'_>) -> Contact {
    let names: Vec<&str> = [person.first_name, person.last_name].into_iter().flatten().collect();
    Contact {
        name: (!names.is_empty()).then(|| names.join(" ")),
        email: person.email.map(str::to_owned),
        work_email: person.work_email.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use ledger::Ledger;

    use super::{Persons, Secret};
    use reports::Person;

    #[test]
    fn without_random_bytes_nobody_has_a_pseudonym_and_no_secret_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let ledger_dir = dir.path().join("ledger");
        let (ledger, _) = Ledger::create(&ledger_dir, "test").unwrap();
        let (home, reader) = (ledger.dir(), ledger.reader());
        let mut asked = 0;
        let mut new_secret = || {
            asked += 1;
            Err(getrandom::Error::UNSUPPORTED)
        };
        let mut persons = Persons::new(&home, &reader, &mut new_secret, true, false).unwrap();
        let person = |identity: &str| Person {
            identity: identity.to_owned(),
            directory_id: None,
            first_name: Some("Ana"),
            last_name: None,
            email: None,
            work_email: None,
        };
        assert_eq!((persons.pseudonym(&person("mcp:1")), persons.pseudonym(&person("mcp:2"))), (None, None));
        let error = persons.failure().expect("it is told");
        assert_eq!((error.code(), error.to_string().as_str()), ("failed", "failed to make a secret of pseudonyms"));
        assert!(persons.finish().unwrap().is_none(), "nobody is in the map");
        assert_eq!(asked, 1, "one failure is enough");
        assert!(!Secret::path(&home).exists());
    }
}
