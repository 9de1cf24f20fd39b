//! What stands in a source in place of the file's name, its digest and the line: texts that nobody can make, or find the
//! row by, without the secret of the pseudonyms.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Hexadecimal digits of the text of a row, and of that of a file.
const ROW_DIGITS: usize = 24;
const FILE_DIGITS: usize = 32;

/// The key of one file, under a secret.
#[derive(Clone)]
pub struct Seal([u8; 32]);

impl Seal {
    /// The text whose digest under the secret is the key of a file. It has the SHA-256 of the file's bytes.
    #[must_use]
    pub fn label(sha256: &str) -> String {
        format!("sealed source:{sha256}")
    }

    /// The seal with the key of a file.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The text that stands for the file.
    #[must_use]
    pub fn file(&self) -> String {
        self.text("file", FILE_DIGITS)
    }

    /// The text that stands for the row on a line, counted from 1; of a file in a zip, with its name there.
    #[must_use]
    pub fn row(&self, member: &str, line: u64) -> String {
        self.text(&format!("row:{line}:{member}"), ROW_DIGITS)
    }

    fn text(&self, what: &str, digits: usize) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of an HMAC has any length");
        let mut text = hex::encode(mac.chain_update(what).finalize().into_bytes());
        text.truncate(digits);
        text
    }
}
