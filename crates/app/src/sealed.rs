//! Files that carry a digest of themselves, so that any changed, missing or added byte is noticed.
//!
//! Such a file is two gzip members: the text, and an empty one whose comment is `sha256` and the hexadecimal SHA-256 of
//! all bytes before it. Every gzip program unpacks it. The digest is no proof against somebody who makes it again: for
//! that, what is inside must prove itself.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use ledger::DraftFile;
use reports::sha256_of;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::new_file::NewFile;
use crate::session::Session;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// A sealed file that is being written. Nothing is left if it is dropped before [`Closed::publish`].
pub struct Sealer {
    name: NewFile,
    gzip: GzEncoder<Hashing>,
}

/// A file whose bytes are hashed as they are written.
struct Hashing {
    file: DraftFile,
    hash: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Sealer {
    /// Begins a file that must not be there yet; `typed` is how errors name it.
    pub fn create(session: &Session<'_>, typed: &Path) -> Result<Self, Error> {
        let (name, file) = NewFile::create(session, typed)?;
        let gzip = GzEncoder::new(Hashing { file, hash: Sha256::new() }, Compression::default());
        Ok(Self { name, gzip })
    }

    /// Closes the file with its digest. It can be read, and does not have its name yet.
    pub fn close(self) -> io::Result<Closed> {
        let Hashing { mut file, hash } = self.gzip.finish()?;
        file.write_all(&seal(&hex::encode(hash.finalize()))?)?;
        Ok(Closed { name: self.name, bytes: file.written() })
    }
}

/// A sealed file that is whole, and does not have its name yet. Nothing is left if it is dropped before that.
pub struct Closed {
    name: NewFile,
    bytes: u64,
}

impl Closed {
    /// Makes the file durable under its name. Returns its length in bytes.
    pub fn publish(self) -> io::Result<u64> {
        self.name.publish()?;
        Ok(self.bytes)
    }
}

impl Write for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gzip.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The member that ends a file of this digest.
fn seal(sha256: &str) -> io::Result<Vec<u8>> {
    GzBuilder::new().comment(format!("sha256 {sha256}")).write(Vec::new(), Compression::default()).finish()
}

/// Opens a sealed file of a kind, whose digest holds; `typed` is how errors name it.
///
/// # Errors
/// `damaged` when it does not hold; `other_kind` for a file that is something else.
pub(crate) fn open(session: &Session<'_>, typed: &Path, kind: FileKind) -> Result<impl BufRead + use<>, Error> {
    let damaged = || {
        let name = typed.display();
        let (text, hint) = if FileKind::of(&session.path(typed)) == Some(kind) {
            let hint = "take another copy of the file; it was cut or changed since it was written";
            (format!("{name} is not whole: its bytes are not those of its digest"), hint)
        } else {
            (
                format!("{name} does not begin as {} does", kind.what()),
                "look whether it is the file that was meant; if it is, take another copy",
            )
        };
        or_other_kind(session, typed, kind)(Error::disproved("damaged", text).hint(hint))
    };
    let failed = || Error::file("read", typed);
    let mut file = File::open(session.path(typed)).map_err(failed())?;
    let metadata = file.metadata().map_err(failed())?;
    let seal_len = seal(&"0".repeat(64)).map_err(failed())?.len() as u64;
    let len = metadata.len().checked_sub(seal_len).filter(|_| metadata.is_file()).ok_or_else(damaged)?;
    let sha256 = sha256_of(&mut (&mut file).take(len)).map_err(failed())?;
    let mut found = Vec::new();
    file.read_to_end(&mut found).map_err(failed())?;
    if found != seal(&sha256).map_err(failed())? {
        return Err(damaged());
    }
    file.seek(SeekFrom::Start(0)).map_err(failed())?;
    Ok(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(BufReader::with_capacity(CHUNK, file.take(len)))))
}

/// Reads a line without its line feed; `None` at the end. A line longer than `most`, or not ended, is an error.
pub fn read_line(text: &mut impl BufRead, most: u64) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    text.take(most + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => String::from_utf8(line).map(Some).map_err(|_| io::ErrorKind::InvalidData.into()),
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests;
