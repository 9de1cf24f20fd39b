//! The directory that a ledger is restored or salvaged into: beside its place first, and under its name when it is whole.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use ledger::{EventId, OpenError, publish_dir};

use crate::error::Error;
use crate::import::has_others;

/// The place of a ledger that is to be made.
pub(crate) struct Target {
    dir: PathBuf,
    parent: PathBuf,
    /// What the names of unfinished directories begin with.
    prefix: OsString,
    /// The permissions of the empty directory that stands there, if one does.
    permissions: Option<fs::Permissions>,
}

/// A ledger under way. Dropped before [`Building::finish`] it leaves nothing.
pub(crate) struct Building {
    target: Target,
    unfinished: PathBuf,
}

impl Target {
    /// Looks at the place; `doing` is part of the name of what is not finished.
    ///
    /// # Errors
    /// `ledger_exists` when there is a ledger; `occupied` when there is a file, a symbolic link or a
    /// directory that is not empty.
    pub(crate) fn of(dir: &Path, doing: &str) -> Result<Self, Error> {
        // Without a slash at the end: with one, a symbolic link would be followed.
        let dir: PathBuf = dir.components().collect();
        let Some(name) = dir.file_name() else {
            let what = format!("a ledger is made under a name of its own, and {} is none", dir.display());
            return Err(Error::usage(what));
        };
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(format!(".{doing}-"));
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = parent.to_owned();
        let permissions = look_at(&dir)?;
        Ok(Self { dir, parent, prefix, permissions })
    }

    /// What commands that were killed have left here.
    pub(crate) fn left_overs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.parent).into_iter().flatten().filter_map(Result::ok);
        let prefix = self.prefix.as_encoded_bytes();
        let mut left: Vec<PathBuf> = entries
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix))
            .map(|entry| entry.path())
            .collect();
        left.sort_unstable();
        left
    }

    /// Makes a directory beside the place; `id` tells it from others.
    pub(crate) fn begin(self, id: EventId) -> Result<Building, Error> {
        let mut name = self.prefix.clone();
        name.push(id.0.simple().to_string());
        let unfinished = self.parent.join(name);
        DirBuilder::new().mode(0o700).create(&unfinished).map_err(Error::file("create", &unfinished))?;
        let building = Building { target: self, unfinished };
        if let Some(permissions) = &building.target.permissions {
            let set = fs::set_permissions(&building.unfinished, permissions.clone());
            set.map_err(Error::file("create", &building.unfinished))?;
        }
        Ok(building)
    }
}

impl Building {
    /// The directory in which the ledger is made.
    pub(crate) fn dir(&self) -> &Path {
        &self.unfinished
    }

    /// Gives the ledger its name, durably. It is an error if something stands there by now, and that stays as it is.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        look_at(&self.target.dir)?;
        // The system replaces nothing but an empty directory.
        publish_dir(&self.unfinished, &self.target.dir)?;
        self.unfinished = PathBuf::new();
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if !self.unfinished.as_os_str().is_empty() {
            drop(fs::remove_dir_all(&self.unfinished));
        }
    }
}

/// Refuses a place for a ledger that is made in it: a file, and a directory with files that are no ledger's. One that holds
/// a ledger is refused by whoever makes the ledger, and one with what an attempt that failed has left is fine.
///
/// # Errors
/// `occupied`.
pub(crate) fn refuse_occupied(dir: &Path) -> Result<(), Error> {
    if dir.exists() && !dir.is_dir() {
        return Err(occupied(dir, "a file"));
    }
    if has_others(dir) { Err(occupied(dir, "a directory that is not empty")) } else { Ok(()) }
}

/// The refusal of a place where something stands.
pub(crate) fn occupied(path: &Path, what: &str) -> Error {
    Error::new("occupied", format!("there is {what} at {}", path.display()))
        .hint("name a directory that is empty or not there yet")
}

/// Refuses a place where something stands; returns the permissions of an empty directory.
fn look_at(dir: &Path) -> Result<Option<fs::Permissions>, Error> {
    let occupied = |what| occupied(dir, what);
    let about = match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        about => about.map_err(Error::file("read", dir))?,
    };
    if about.is_symlink() {
        return Err(occupied("a symbolic link"));
    }
    if !about.is_dir() {
        return Err(occupied("a file"));
    }
    if dir.join("log").exists() {
        return Err(OpenError::Exists(dir.to_owned()).into());
    }
    match fs::read_dir(dir).map_err(Error::file("read", dir))?.next() {
        Some(_) => Err(occupied("a directory that is not empty")),
        None => Ok(Some(about.permissions())),
    }
}
