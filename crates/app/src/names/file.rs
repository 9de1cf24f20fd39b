//! The file of names.

use std::io;
use std::path::PathBuf;

use ledger::{Draft, LedgerDir};

use super::Names;
use crate::bounds;
use crate::error::Error;

/// The file in the ledger's directory.
const FILE: &str = "names.json";

impl Names {
    /// Where a ledger has its names.
    #[must_use]
    pub(crate) fn path(home: &LedgerDir) -> PathBuf {
        home.path().join(FILE)
    }

    /// Reads the names of a ledger, of which there are none without a file.
    ///
    /// # Errors
    /// `bad_names`, and a file that cannot be read.
    pub fn read(home: &LedgerDir) -> Result<Self, Error> {
        let path = Self::path(home);
        let malformed = |what: String| {
            Error::new("bad_names", format!("{} is no file of names: {what}", path.display()))
                .hint("`pcs customers forget --all` erases it; imports of reports make it again")
        };
        let Some(file) = home.read(&path)? else { return Ok(Self::default()) };
        match bounds::read_all_text(file, bounds::NAMES) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| malformed(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(malformed("it is not UTF-8 text".into())),
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    /// Writes the names beside their place, from where [`Draft::publish`] takes them.
    pub(crate) fn write_draft(&self, home: &LedgerDir) -> Result<Draft, Error> {
        Ok(home.write_draft(&Self::path(home), self.text().as_bytes())?)
    }

    /// Erases the names of a ledger, and an unfinished file of them.
    pub(crate) fn erase(home: &LedgerDir) -> Result<(), Error> {
        Self::remove_unfinished(home)?;
        home.remove(&Self::path(home))?;
        Ok(home.sync(home.path())?)
    }

    /// Removes an unfinished file of names. The ledger must be locked.
    pub(crate) fn remove_unfinished(home: &LedgerDir) -> Result<(), Error> {
        Ok(home.remove(&Draft::unfinished(&Self::path(home)))?)
    }
}
