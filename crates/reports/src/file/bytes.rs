//! The bytes of a file as it came, and their SHA-256.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

/// A file's bytes, hashed while they are read.
pub(crate) struct Bytes<'a> {
    input: &'a mut dyn Read,
    digest: Digest,
}

impl<'a> Bytes<'a> {
    /// The bytes of a whole file, or with `sha256` those of a part of the file that has this digest.
    pub(crate) fn new(input: &'a mut dyn Read, sha256: Option<&str>) -> Self {
        let state =
            sha256.map_or_else(|| DigestState::Counting(Sha256::new()), |known| DigestState::Known(known.to_owned()));
        Self { input, digest: Digest(Rc::new(RefCell::new(state))) }
    }

    /// The digest of what was read and of what will be.
    pub(crate) fn digest(&self) -> Digest {
        self.digest.clone()
    }
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        if let DigestState::Counting(sha256) = &mut *self.digest.0.borrow_mut() {
            sha256.update(buffer.get(..length).expect("a reader gives no more than its buffer holds"));
        }
        Ok(length)
    }
}

/// The SHA-256 of a file that is being read.
#[derive(Clone)]
pub(crate) struct Digest(Rc<RefCell<DigestState>>);

enum DigestState {
    Counting(Sha256),
    Known(String),
}

impl Digest {
    /// The digest in hexadecimal, of the file once all of it was read.
    pub(crate) fn to_hex(&self) -> String {
        match &*self.0.borrow() {
            DigestState::Known(known) => known.clone(),
            DigestState::Counting(sha256) => hex::encode(sha256.clone().finalize()),
        }
    }
}

/// The SHA-256 of all that a reader gives, in hexadecimal.
///
/// # Errors
/// A failure of the reader.
pub fn sha256_of(input: &mut dyn Read) -> io::Result<String> {
    let mut bytes = Bytes::new(input, None);
    io::copy(&mut bytes, &mut io::sink())?;
    Ok(bytes.digest().to_hex())
}
