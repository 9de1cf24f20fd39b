//! A type for each kind of id and for each kind of text, valid once made.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_id! {
    /// The idempotency key of an event.
    EventId
}
uuid_id! {
    /// The id of an association, the same in its request, acceptance and end.
    AssociationId
}
uuid_id! {
    /// A customer: the id of its tenant.
    CustomerId
}

/// Reads a UUID in the hyphenated form, of any version and letter case.
#[must_use]
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// A text of the wrong length, or with characters that it must not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {allowed}")]
pub struct TextError {
    /// What is allowed.
    pub allowed: &'static str,
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $allowed:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// What texts are allowed.
            pub(crate) const ALLOWED: &'static str = $allowed;

            /// Checks and keeps a text.
            ///
            /// # Errors
            #[doc = concat!("Unless it is ", $allowed, ".")]
            pub fn new(text: &str) -> Result<Self, TextError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(TextError { allowed: Self::ALLOWED }) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(<&str>::deserialize(from)?).map_err(D::Error::custom)
            }
        }
    };
}

text! {
    /// The partner's global account id.
    PartnerId, "1 to 64 ASCII letters, digits, hyphens and underscores", |text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    }
}
text! {
    /// A name as it was reported: a product, a subscription, an offer, a principal, a certification.
    Name, "1 to 256 characters", |text| has_length(text, 1, 256)
}
text! {
    /// A person, best under a pseudonym.
    PersonId, "1 to 128 characters", |text| has_length(text, 1, 128)
}
text! {
    /// Where a fact was taken from.
    Source, "at most 256 characters", |text| has_length(text, 0, 256)
}
text! {
    /// A note or a reason, for people.
    Remark, "at most 1,000 characters", |text| has_length(text, 0, 1_000)
}
text! {
    /// The text of a rulebook, of any length.
    RulebookText, "a text", |_| true
}

/// Whether a text has so many Unicode scalar values.
fn has_length(text: &str, least: usize, most: usize) -> bool {
    let characters = if text.len() <= most { text.len().min(least) } else { text.chars().count() };
    (least..=most).contains(&characters)
}

#[cfg(test)]
mod tests {
    use super::{Name, PartnerId, Remark, parse_uuid};

    #[test]
    fn lengths_are_counted_in_unicode_scalar_values() {
        assert!(Name::new("").is_err());
        assert!(Name::new(&"é".repeat(256)).is_ok());
        assert!(Name::new(&"é".repeat(257)).is_err());
        assert!(Remark::new("").is_ok());
        assert!(Remark::new(&"é".repeat(1_001)).is_err());
    }

    #[test]
    fn partners_are_plain_ascii() {
        for (text, valid) in [("6034453", true), ("a-b_C", true), ("", false), ("a b", false), ("é", false)] {
            assert_eq!(PartnerId::new(text).is_ok(), valid, "{text:?}");
        }
        assert!(PartnerId::new(&"a".repeat(64)).is_ok());
        assert!(PartnerId::new(&"a".repeat(65)).is_err());
    }

    #[test]
    fn uuids_are_hyphenated() {
        assert!(parse_uuid("4FDBFF88-9d6b-42e0-9713-45c922ba8001").is_some());
        assert!(parse_uuid("4fdbff889d6b42e0971345c922ba8001").is_none());
        assert!(parse_uuid("{4fdbff88-9d6b-42e0-9713-45c922ba8001}").is_none());
    }
}
