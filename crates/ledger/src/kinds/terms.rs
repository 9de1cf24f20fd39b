//! What the terms of an association lack, why they are refused, and by which keys they are found.

use super::{AssociationTerms, Prerequisite};
use crate::entry::Key;
use crate::event::Mechanism;
use crate::refusal::{Code, Refusal};

impl AssociationTerms {
    /// The field that an association without a recorded request must have and these terms lack.
    ///
    /// Customer and mechanism always; the role of `cpor` and `csp`; by mechanism a workload or a subscription
    /// (`cpor`), a subscription (`dpor`, `tpor`), a principal (`pal`).
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        if self.customer.is_none() {
            return Some("customer");
        }
        let Some(mechanism) = self.mechanism else { return Some("mechanism") };
        if self.role.is_none() && !mechanism.roles().is_empty() {
            return Some("role");
        }
        match mechanism {
            Mechanism::Cpor if self.workload.is_none() && self.subscription.is_none() => {
                Some("workload or subscription")
            }
            Mechanism::Dpor | Mechanism::Tpor if self.subscription.is_none() => Some("subscription"),
            Mechanism::Pal if self.principal.is_none() => Some("principal"),
            Mechanism::Cpor | Mechanism::Dpor | Mechanism::Tpor | Mechanism::Pal | Mechanism::Csp => None,
        }
    }

    /// Refuses terms that no request could have.
    pub(super) fn check_request(&self) -> Result<(), Refusal> {
        self.missing().map_or_else(|| self.check_role(), |missing| Err(Refusal::missing(missing)))
    }

    /// Refuses a role that the mechanism does not have.
    pub(super) fn check_role(&self) -> Result<(), Refusal> {
        match (self.mechanism, self.role) {
            (Some(mechanism), Some(role)) if !mechanism.roles().contains(&role) => {
                Err(Refusal::new(Code::BadValue, format!("`role` {role} is no role of {mechanism}")))
            }
            _ => Ok(()),
        }
    }

    /// The request that an acceptance with these terms leans on, if it lacks a field.
    pub(super) fn missing_request(&self) -> Option<Prerequisite> {
        self.missing().map(|missing| Prerequisite::Request(self.clone(), missing))
    }

    /// The keys by which two partners that claim the same thing meet.
    pub(super) fn claims(&self) -> Vec<Key> {
        let Some(mechanism) = self.mechanism else { return Vec::new() };
        let subscription = self.subscription.as_ref().map(|name| Key::subscription(mechanism, name.as_str()));
        let workload = self.customer.zip(self.workload.as_ref());
        let workload = workload.map(|(customer, workload)| Key::workload(mechanism, customer.0, workload.as_str()));
        subscription.into_iter().chain(workload).collect()
    }
}
