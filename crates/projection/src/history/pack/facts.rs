//! How each kind of fact is written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use ledger::{
    Amount, Area, AssociationId, AssociationTerms, By, CustomerId, Date, EventId, Mechanism, Month, Name, PersonId,
    Role, Segment, Timestamp, UsageMetric,
};
use uuid::Uuid;

use super::bytes::{Packer, Unpacker};
use crate::history::facts::Facts;
use crate::history::{Dated, Link, Step};
use crate::same_as::{SameAs, Shared};

/// A value that can be written, and read again.
pub trait Pack: Sized {
    /// Writes the value.
    fn pack(&self, to: &mut Packer);
    /// The value; `None` where the bytes are not of one.
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self>;
}

macro_rules! pack_numbers {
    ($($number:ident)+) => {
        $(impl Pack for $number {
            fn pack(&self, to: &mut Packer) {
                to.number(*self);
            }

            fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
                from.number()?.try_into().ok()
            }
        })+
    };
}
pack_numbers! { u32 u64 }

impl Pack for bool {
    fn pack(&self, to: &mut Packer) {
        to.number(u8::from(*self));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        match from.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Pack for String {
    fn pack(&self, to: &mut Packer) {
        to.text(self);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.text().map(str::to_owned)
    }
}

impl Pack for Amount {
    fn pack(&self, to: &mut Packer) {
        to.signed(self.micros());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.wide().map(Self::from_micros)
    }
}

impl Pack for Timestamp {
    fn pack(&self, to: &mut Packer) {
        to.signed(self.micros());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.signed().map(Self::from_micros)
    }
}

impl Pack for Month {
    fn pack(&self, to: &mut Packer) {
        to.signed(self.number());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self::from_number(i32::try_from(from.signed()?).ok()?))
    }
}

impl Pack for Date {
    fn pack(&self, to: &mut Packer) {
        to.signed(self.num_days_from_ce());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Self::from_num_days_from_ce_opt(i32::try_from(from.signed()?).ok()?)
    }
}

impl Pack for Uuid {
    fn pack(&self, to: &mut Packer) {
        to.bytes.extend_from_slice(self.as_bytes());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Self::from_slice(from.take(16)?).ok()
    }
}

/// Writes a struct as its fields, one after the other.
#[macro_export]
macro_rules! pack_fields {
    ($($name:ident { $($field:ident),+ })+) => {
        $(impl $crate::Pack for $name {
            fn pack(&self, to: &mut $crate::Packer) {
                let Self { $($field),+ } = self;
                $($crate::Pack::pack($field, to);)+
            }

            fn unpack(from: &mut $crate::Unpacker<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::Pack::unpack(from)?),+ })
            }
        })+
    };
}

macro_rules! pack_ids {
    ($($id:ident)+) => {
        $(impl Pack for $id {
            fn pack(&self, to: &mut Packer) {
                self.0.pack(to);
            }

            fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
                Uuid::unpack(from).map(Self)
            }
        })+
    };
}
pack_ids! { EventId AssociationId CustomerId }

/// Writes an enum as the place of its value in `ALL`.
#[macro_export]
macro_rules! pack_enums {
    ($($name:ident)+) => {
        $(impl $crate::Pack for $name {
            fn pack(&self, to: &mut $crate::Packer) {
                to.count(Self::ALL.iter().position(|one| one == self).unwrap_or(Self::ALL.len()));
            }

            fn unpack(from: &mut $crate::Unpacker<'_>) -> Option<Self> {
                Self::ALL.get(from.count()?).copied()
            }
        })+
    };
}
pack_enums! { Area By Mechanism Role Segment Shared UsageMetric }

impl Pack for Name {
    fn pack(&self, to: &mut Packer) {
        to.name(self);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.name().cloned()
    }
}

impl Pack for PersonId {
    fn pack(&self, to: &mut Packer) {
        to.text(self.as_str());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Self::new(from.text()?).ok()
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, to: &mut Packer) {
        to.count(usize::from(self.is_some()));
        if let Some(value) = self {
            value.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        match from.number()? {
            0 => Some(None),
            1 => T::unpack(from).map(Some),
            _ => None,
        }
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, to: &mut Packer) {
        to.count(self.len());
        for value in self {
            value.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let count = from.count()?;
        (0..count).map(|_| T::unpack(from)).collect()
    }
}

impl<T: Pack + Ord> Pack for BTreeSet<T> {
    fn pack(&self, to: &mut Packer) {
        to.count(self.len());
        for value in self {
            value.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Vec::unpack(from).map(Self::from_iter)
    }
}

impl<K: Pack + Ord, V: Pack> Pack for BTreeMap<K, V> {
    fn pack(&self, to: &mut Packer) {
        to.count(self.len());
        for (key, value) in self {
            key.pack(to);
            value.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Vec::unpack(from).map(Self::from_iter)
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, to: &mut Packer) {
        self.0.pack(to);
        self.1.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some((A::unpack(from)?, B::unpack(from)?))
    }
}

impl<T: Pack> Pack for Facts<T> {
    fn pack(&self, to: &mut Packer) {
        to.count(self.len());
        for fact in self.iter() {
            fact.pack(to);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Vec::unpack(from).map(Self::of)
    }
}

impl<T: Pack> Pack for Dated<T> {
    fn pack(&self, to: &mut Packer) {
        self.at.pack(to);
        self.seq.pack(to);
        self.fact.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { at: Timestamp::unpack(from)?, seq: u64::unpack(from)?, fact: T::unpack(from)? })
    }
}

impl Pack for AssociationTerms {
    fn pack(&self, to: &mut Packer) {
        let Self { association, customer, mechanism, role, workload, subscription, principal } = self;
        association.pack(to);
        customer.pack(to);
        mechanism.pack(to);
        role.pack(to);
        for name in [workload, subscription, principal] {
            to.optional_name(name.as_ref());
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            association: Pack::unpack(from)?,
            customer: Pack::unpack(from)?,
            mechanism: Pack::unpack(from)?,
            role: Pack::unpack(from)?,
            workload: from.optional_name()?.0.cloned(),
            subscription: from.optional_name()?.0.cloned(),
            principal: from.optional_name()?.0.cloned(),
        })
    }
}

impl Pack for Step {
    fn pack(&self, to: &mut Packer) {
        match self {
            Self::Requested(terms) => {
                to.number(0_u8);
                terms.pack(to);
            }
            Self::Accepted(terms) => {
                to.number(1_u8);
                terms.pack(to);
            }
            Self::Declined(by) => {
                to.number(2_u8);
                by.pack(to);
            }
            Self::Revoked(by) => {
                to.number(3_u8);
                by.pack(to);
            }
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        match from.number()? {
            0 => Pack::unpack(from).map(Self::Requested),
            1 => Pack::unpack(from).map(Self::Accepted),
            2 => Pack::unpack(from).map(Self::Declined),
            3 => Pack::unpack(from).map(Self::Revoked),
            _ => None,
        }
    }
}

pack_fields! { SameAs { shared, other } }

impl Pack for Link {
    fn pack(&self, to: &mut Packer) {
        match self {
            Self::Linked { certification, earned_on, expires_on, same_as } => {
                to.number(0_u8);
                certification.pack(to);
                earned_on.pack(to);
                expires_on.pack(to);
                same_as.pack(to);
            }
            Self::Unlinked { certification } => {
                to.number(1_u8);
                to.optional_name(certification.as_ref());
            }
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        match from.number()? {
            0 => Some(Self::Linked {
                certification: Pack::unpack(from)?,
                earned_on: Pack::unpack(from)?,
                expires_on: Pack::unpack(from)?,
                same_as: Pack::unpack(from)?,
            }),
            1 => Some(Self::Unlinked { certification: from.optional_name()?.0.cloned() }),
            _ => None,
        }
    }
}
