//! Files that an answer is written into.

use std::io::Write as _;
use std::path::Path;

use crate::error::Error;
use crate::new_file::NewFile;
use crate::session::Session;

/// Refuses a file that is there, before the answer that is to be written into it is made.
///
/// # Errors
/// `exists`.
pub fn refuse_existing(session: &Session<'_>, typed: &Path) -> Result<(), Error> {
    NewFile::create(session, typed).map(drop)
}

/// Writes files, none of which may be there yet. Where one of them cannot be written, none is.
///
/// # Errors
/// `exists` when something has the name of one; `disk_full` and others, when one cannot be written.
pub fn write(session: &Session<'_>, files: &[(&Path, &str)]) -> Result<(), Error> {
    let mut drafts = Vec::with_capacity(files.len());
    for (typed, text) in files {
        let (name, mut file) = NewFile::create(session, typed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(Error::file("write", *typed))?;
        drafts.push((typed, name));
    }
    drafts.into_iter().try_for_each(|(typed, name)| name.publish().map_err(Error::file("write", *typed)))
}
