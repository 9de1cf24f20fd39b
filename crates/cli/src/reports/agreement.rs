//! Whether rows agree on a text.

use ledger::Name;

/// What the rows seen so far say of one column.
#[derive(Clone, Debug, Default)]
pub(super) enum Agreement {
    /// No row yet.
    #[default]
    Unasked,
    /// All the same, which may be: nothing.
    On(Option<Name>),
    /// Not the same.
    Broken,
}

impl Agreement {
    /// Adds what one more row says.
    pub(super) fn add(&mut self, text: Option<&Name>) {
        match self {
            Self::Unasked => *self = Self::On(text.cloned()),
            Self::On(agreed) if agreed.as_ref() == text => {}
            Self::On(_) | Self::Broken => *self = Self::Broken,
        }
    }

    /// The text on which all rows agree, if they do.
    pub(super) fn into_agreed(self) -> Option<Name> {
        match self {
            Self::On(text) => text,
            Self::Unasked | Self::Broken => None,
        }
    }
}
