//! How much is read of a file that somebody names: a device has no end, and a wrong file may be long.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::error::NO_TEXT;

/// Bytes of a rulebook.
pub(crate) const RULEBOOK: u64 = 16 << 20;
/// Bytes of a file of mappings.
pub(crate) const MAPPINGS: u64 = 16 << 20;
/// Bytes of a checkpoint with its cosignatures.
pub(crate) const CHECKPOINT: u64 = 1 << 20;
/// Bytes of what a witness remembers.
pub(crate) const WITNESS_MEMORY: u64 = 16 << 20;
/// Bytes of what is noted of a kept file.
pub(crate) const KEPT_NOTE: u64 = 1 << 20;
/// Bytes of the map of persons.
pub(crate) const PEOPLE: u64 = 256 << 20;
/// Bytes of the names of customers and partners.
pub(crate) const NAMES: u64 = 256 << 20;
/// Bytes of a line, of an entry or of whatever else: one that goes on is not passed over.
pub(crate) const LINE: u64 = 64 << 20;
/// Bytes of what comes through a pipe and is copied before it is read.
pub(crate) const COPIED: u64 = 16 << 30;
/// Bytes of all refused lines in the file that `--skip-bad` writes.
pub(crate) const REFUSED: u64 = 1 << 30;

/// Reads a text file of at most so many bytes.
///
/// # Errors
/// A file that cannot be read, is no text, or is longer.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    read_all_text(File::open(path)?, most)
}

/// Reads a text of at most so many bytes.
///
/// # Errors
/// What cannot be read, is no text, or is longer.
pub(crate) fn read_all_text(input: impl Read, most: u64) -> io::Result<String> {
    let no_text = |_| io::Error::new(io::ErrorKind::InvalidData, NO_TEXT);
    String::from_utf8(read_all(input, most)?).map_err(no_text)
}

/// Reads all bytes, of which there are at most so many.
///
/// # Errors
/// What cannot be read, or is longer.
pub(crate) fn read_all(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large("it", most)) } else { Ok(bytes) }
}

/// Copies what there is, which has at most so many bytes.
///
/// # Errors
/// What cannot be read or written, or is longer.
pub(crate) fn copy(input: impl Read, output: &mut impl io::Write, most: u64) -> io::Result<()> {
    let copied = io::copy(&mut input.take(most + 1), output)?;
    if copied > most { Err(too_large("it", most)) } else { Ok(()) }
}

/// Refuses a device where a file of any length is read.
///
/// # Errors
/// The file is a device.
pub(crate) fn refuse_device(file: &File) -> io::Result<()> {
    let kind = file.metadata()?.file_type();
    if kind.is_char_device() || kind.is_block_device() {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is a device, which may have no end"));
    }
    Ok(())
}

/// What has more bytes than are read of it.
pub(crate) fn too_large(what: &str, most: u64) -> io::Error {
    let (number, unit) = if most < 1 << 30 { (most >> 20, "MiB") } else { (most >> 30, "GiB") };
    io::Error::new(io::ErrorKind::FileTooLarge, format!("{what} has more than {number} {unit}"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{copy, read_all, read_all_text};

    #[test]
    fn a_text_has_as_many_bytes_as_it_may_and_no_more() {
        assert_eq!(read_all_text("é".repeat(1 << 19).as_bytes(), 1 << 20).unwrap().len(), 1 << 20);
        for error in [
            read_all_text("é".repeat((1 << 19) + 1).as_bytes(), 1 << 20).unwrap_err(),
            read_all(io::repeat(0), 1 << 20).unwrap_err(),
            copy(io::repeat(0), &mut io::sink(), 1 << 20).unwrap_err(),
        ] {
            assert_eq!((error.kind(), &*error.to_string()), (io::ErrorKind::FileTooLarge, "it has more than 1 MiB"));
        }
        assert_eq!(read_all_text(&b"\xff"[..], 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
