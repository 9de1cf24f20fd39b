//! What records tell of one association: its begins and its ends.

use ledger::{AssociationId, AssociationTerms, CustomerId, Mechanism, Name, PartnerId, Role, Timestamp};

use crate::context::Context;
use crate::kind::Kind;
use crate::output::ids::association_id;
use crate::provenance::rule::{Rule, Sureness};
use crate::rows::identifier;

/// What tells an association from every other of the partner, beside its role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Relation {
    pub(crate) customer: CustomerId,
    pub(crate) mechanism: Mechanism,
    /// The linked identity of a partner admin link, by its pseudonym.
    pub(crate) principal: Option<Name>,
}

/// A begin that a record tells.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    pub(crate) line: u64,
    pub(crate) location: Option<Name>,
    pub(crate) role: Option<Role>,
    pub(crate) at: Timestamp,
    pub(crate) rule: Rule,
}

/// An end that a record tells.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) line: u64,
    pub(crate) at: Timestamp,
    pub(crate) rule: Rule,
    pub(crate) reason: &'static str,
    /// Whether it follows from what is known of others, and need not be kept where it ends nothing.
    pub(crate) is_implied: bool,
}

impl Relation {
    /// The relationship of a reseller.
    pub(crate) fn reseller(customer: CustomerId) -> Self {
        Self { customer, mechanism: Mechanism::Csp, principal: None }
    }

    /// A partner admin link.
    pub(crate) fn link(customer: CustomerId, principal: Name) -> Self {
        Self { customer, mechanism: Mechanism::Pal, principal: Some(principal) }
    }

    /// The association that terms are about; `None` when a linked identity can have no pseudonym.
    pub(crate) fn of(terms: &AssociationTerms, context: &Context<'_>) -> Option<Self> {
        let mechanism = terms.mechanism?;
        let principal = match terms.principal.as_ref().filter(|_| mechanism == Mechanism::Pal) {
            Some(recorded) => {
                // In clear it is spelled as a report spelled it.
                let identity = identifier::guid_or_text(recorded.as_str()).ok().and_then(|id| Name::new(&id).ok());
                Some((context.principal)(identity.as_ref().unwrap_or(recorded))?)
            }
            None => None,
        };
        Some(Self { customer: terms.customer?, mechanism, principal })
    }

    /// Whether records of this kind tell it.
    pub(super) fn is_told_by(&self, kind: Kind) -> bool {
        match self.mechanism {
            Mechanism::Pal => kind == Kind::Pal,
            Mechanism::Csp => matches!(kind, Kind::Webhooks | Kind::AuditRecords),
            Mechanism::Cpor | Mechanism::Dpor | Mechanism::Tpor => false,
        }
    }

    /// The id of its first run in a role.
    pub(super) fn id(&self, partner: &PartnerId, role: Option<Role>) -> AssociationId {
        association_id(&[
            "record",
            partner.as_str(),
            &self.customer.to_string(),
            self.mechanism.name(),
            role.map_or("", Role::name),
            self.principal.as_ref().map_or("", Name::as_str),
        ])
    }

    /// The roles that it may have.
    pub(super) fn roles(&self) -> Vec<Option<Role>> {
        match self.mechanism.roles() {
            [] => vec![None],
            roles => roles.iter().copied().map(Some).collect(),
        }
    }
}

impl Begin {
    /// Whether the record says that it began then, and not that it was there.
    pub(super) fn is_stated(&self) -> bool {
        self.rule.sureness() == Sureness::Stated
    }
}
