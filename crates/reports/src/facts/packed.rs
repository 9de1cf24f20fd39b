//! Facts as bytes, so that an import need not read all entries of a partner again.
//!
//! The figures of each month are bytes of their own, which are read when they are asked for.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use ledger::Month;
use projection::{pack_enums, pack_fields, packed, unpacked};

use super::{KnownLink, Life, PartnerFacts};
use crate::Kind;
use crate::origin::Told;

/// Where the figures of facts were kept.
pub trait KeptFigures: Debug {
    /// The bytes of a month, if they are there as they were kept.
    fn part(&self, month: Month) -> Option<Vec<u8>>;

    /// The same facts, made of their entries: for when the bytes are not there.
    fn facts(&self) -> Rc<PartnerFacts>;
}

impl PartnerFacts {
    /// What the bytes are. To be raised when they, or what is learnt of an event, change.
    pub const FORM: u32 = 1;

    /// All but the figures as bytes.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        packed(self)
    }

    /// The figures of each month as bytes; none where they are as they were kept.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<Month, Option<Vec<u8>>> {
        self.figures.parts().collect()
    }

    /// The facts whose head was kept; `None` when the bytes are not of one.
    #[must_use]
    pub fn of_kept(head: &[u8], kept: Rc<dyn KeptFigures>) -> Option<Self> {
        let facts: Self = unpacked(head)?;
        Some(Self { figures: facts.figures.kept_in(kept), ..facts })
    }
}

pack_enums! { Kind }

pack_fields! {
    Told { kind, as_of, months }
    Life { start, begins, ends, terms, claim, first_shown, kinds }
    KnownLink { at, earned_on, expires_on, is_unlink, told, same_as }
    PartnerFacts { figures, months, downloads, used_until, associations, churns, segments, links, locations, lists }
}
