//! The objects of a report whose values are nested.

use ledger::{Code, Refusal};
use serde::de::DeserializeOwned;

use super::bytes::Bytes;
use super::error::ReportError;
use super::json::{Objects, repeated_name};
use super::output::Output;
use super::text::Text;

/// The objects of a JSON file, in its order: those of a list, of a wrapped list, of JSON Lines, or a single one.
pub(super) struct Documents {
    objects: Objects,
    sha256: String,
}

impl Documents {
    /// Reads the file; malformed text refuses it with line and column.
    pub(super) fn open(input: &mut Bytes<'_>) -> Result<Self, ReportError> {
        let mut text = Text::open(input)?;
        let digest = text.digest();
        if text.head().trim_ascii().is_empty() {
            return Err(ReportError::Empty);
        }
        if !Objects::begin(text.head()) {
            return Err(ReportError::NotJson);
        }
        let objects = Objects::read(&mut text)?;
        Ok(Self { objects, sha256: digest.to_hex() })
    }

    /// Hands every object to `take` with its line, and what it refuses to the output.
    ///
    /// An object whose members have other types than those of `T` is refused; `T` may be [`serde_json::Value`].
    pub(super) fn each<T: DeserializeOwned>(
        &self,
        output: &mut Output<'_>,
        mut take: impl FnMut(u64, &T, &mut Output<'_>) -> Result<(), Refusal>,
    ) {
        for (line, object) in (0..self.objects.len()).filter_map(|place| self.objects.get(place)) {
            if output.is_stopped() {
                return;
            }
            output.summary.rows += 1;
            let taken = match serde_json::from_str::<T>(object) {
                Ok(document) => match repeated_name(object) {
                    Some(name) => Err(Refusal::new(Code::Malformed, format!("`{name}` stands twice in the object"))),
                    None => take(line, &document, output),
                },
                Err(error) => Err(Refusal::new(Code::BadValue, format!("the object cannot be read: {error}"))),
            };
            if let Err(refusal) = taken {
                output.refuse(line, refusal);
            }
        }
    }

    /// The SHA-256 of the file in hexadecimal.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }
}
