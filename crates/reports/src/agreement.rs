//! Whether rows agree on a text.

use serde::{Deserialize, Serialize};

/// What the rows seen so far say of one column, by the number of the text; 0 stands for no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Agreement {
    /// No row yet.
    #[default]
    Unasked,
    /// All the same.
    On(u32),
    /// Not the same.
    Broken,
}

impl Agreement {
    /// Adds what one more row says.
    pub(super) fn add(&mut self, text: u32) {
        self.merge(Self::On(text));
    }

    /// Adds what further rows say.
    pub(super) fn merge(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Unasked, either) | (either, Self::Unasked) => either,
            (Self::On(one), Self::On(another)) if one == another => Self::On(one),
            (Self::On(_) | Self::Broken, Self::On(_) | Self::Broken) => Self::Broken,
        };
    }

    /// The text on which all rows agree, if they do; 0 for none.
    pub(super) fn agreed(self) -> u32 {
        match self {
            Self::On(text) => text,
            Self::Unasked | Self::Broken => 0,
        }
    }
}
