//! What the ledger records: facts about a partner, each with the time when it became true.

use std::fmt;

use crate::amount::Amount;
use crate::ids::{AssociationId, CustomerId, EventId, Name, PartnerId, PersonId, Remark, RulebookText, Source};
use crate::proof::Rotation;
use crate::time::{Date, Month, Timestamp};

/// One fact, as it was handed in.
///
/// ```text
/// Event ── id, partner, location, when, note, source
///   └─ Fact ── association_requested, association_accepted ── AssociationTerms
///              association_declined, association_revoked
///              customer_churned, customer_classified
///              usage_reported ── Usage
///              certification_linked, certification_unlinked
///              event_retracted, rulebook_adopted, key_rotated
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The idempotency key.
    pub id: EventId,
    /// The partner's global account; absent for what holds for all: an adopted rulebook, a change of key.
    pub partner: Option<PartnerId>,
    /// The location account of the partner, if known.
    pub location: Option<Name>,
    /// When the fact became true.
    pub when: When,
    /// The fact itself.
    pub fact: Fact,
    /// A remark for people.
    pub note: Option<Remark>,
    /// Where the fact was taken from.
    pub source: Option<Source>,
}

/// When a fact became true: at an instant, or, for a report of usage, in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `effective_at`.
    At(Timestamp),
    /// `month`, of usage reports alone.
    In(Month),
}

/// The kinds of fact, with the fields that each has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The partner asked for an association.
    AssociationRequested(AssociationTerms),
    /// The association came into force.
    AssociationAccepted(AssociationTerms),
    /// The association was declined.
    AssociationDeclined {
        /// Which.
        association: AssociationId,
        /// By whom.
        by: Option<By>,
    },
    /// The association was ended.
    AssociationRevoked {
        /// Which.
        association: AssociationId,
        /// By whom.
        by: Option<By>,
        /// Why.
        reason: Option<Remark>,
    },
    /// The customer left the partner.
    CustomerChurned {
        /// Who.
        customer: CustomerId,
        /// For these areas only, in their order and each once; for all when absent.
        areas: Option<Vec<Area>>,
        /// Why.
        reason: Option<Remark>,
    },
    /// The customer was put into a segment.
    CustomerClassified {
        /// Who.
        customer: CustomerId,
        /// Which segment.
        segment: Segment,
    },
    /// A report gave a figure of usage.
    UsageReported(Usage),
    /// A person's certification was linked to the partner.
    CertificationLinked {
        /// Who.
        person: PersonId,
        /// The code, such as `AZ-305`.
        certification: Name,
        /// When it was earned; the date of `effective_at` when absent.
        earned_on: Option<Date>,
        /// The last day on which it is valid.
        expires_on: Option<Date>,
    },
    /// A person's certifications were unlinked from the partner.
    CertificationUnlinked {
        /// Who.
        person: PersonId,
        /// The code; all of the person's when absent.
        certification: Option<Name>,
        /// Why.
        reason: Option<Remark>,
    },
    /// An earlier event of the same partner was wrong.
    EventRetracted {
        /// Which.
        event: EventId,
        /// Why.
        reason: Remark,
    },
    /// From now on scores are computed by this rulebook.
    RulebookAdopted {
        /// The whole rulebook as TOML.
        rulebook: RulebookText,
        /// Its name.
        name: Name,
    },
    /// The ledger signs with another key from now on.
    KeyRotated(Box<Rotation>),
}

/// What a request or an acceptance says about an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationTerms {
    /// Which.
    pub association: AssociationId,
    /// The customer's tenant.
    pub customer: Option<CustomerId>,
    /// The programme's mechanism.
    pub mechanism: Option<Mechanism>,
    /// The role within the mechanism; only `cpor` and `csp` have roles.
    pub role: Option<Role>,
    /// The workload to which it is limited.
    pub workload: Option<Name>,
    /// The subscription to which it is limited.
    pub subscription: Option<Name>,
    /// The linked identity of a partner admin link.
    pub principal: Option<Name>,
}

/// One figure of a usage report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The customer's tenant.
    pub customer: CustomerId,
    /// The product under the name that the report gives.
    pub product: Name,
    /// What was measured.
    pub metric: UsageMetric,
    /// How much.
    pub value: Amount,
    /// The subscription, if the report has it.
    pub subscription: Option<Name>,
    /// The kind of offer, if the report has it.
    pub offer: Option<Name>,
}

/// An enum whose variants have fixed names in events.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$vdoc])* $variant,)+
        }

        impl $type {
            /// Every value, in its order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];
            /// The names, in the same order.
            pub const NAMES: &[&str] = &[$($name,)+];

            /// The name in events.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The value with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// A mechanism by which the programme associates a partner with a customer.
    Mechanism {
        /// Claiming partner of record.
        Cpor = "cpor",
        /// Digital partner of record.
        Dpor = "dpor",
        /// Partner admin link.
        Pal = "pal",
        /// Cloud solution provider.
        Csp = "csp",
        /// Transacting partner of record.
        Tpor = "tpor",
    }
}

named! {
    /// The role of a partner within a mechanism.
    Role {
        /// CPOR: use or consume, usage recognition.
        Osu = "osu",
        /// CPOR: build intent, advisor.
        Osa = "osa",
        /// CPOR: influenced revenue recognition.
        Revrec = "revrec",
        /// CSP tier 1: buys from the programme and sells to the customer.
        DirectBill = "direct_bill",
        /// CSP tier 1: sells through a reseller.
        IndirectProvider = "indirect_provider",
        /// CSP tier 2.
        IndirectReseller = "indirect_reseller",
    }
}

named! {
    /// Who ended or declined an association.
    By {
        /// The customer.
        Customer = "customer",
        /// The programme.
        Program = "program",
        /// The partner.
        Partner = "partner",
    }
}

named! {
    /// A solution area.
    Area {
        /// Data & AI (Azure).
        DataAi = "data_ai",
        /// Infrastructure (Azure).
        Infrastructure = "infrastructure",
        /// Digital & App Innovation (Azure).
        DigitalApp = "digital_app",
        /// Business Applications.
        BusinessApplications = "business_applications",
        /// Modern Work.
        ModernWork = "modern_work",
        /// Security.
        Security = "security",
    }
}

named! {
    /// The segment of a customer.
    Segment {
        /// Small or medium business.
        Smb = "smb",
        /// Enterprise.
        Enterprise = "enterprise",
    }
}

named! {
    /// What a figure of usage measures.
    UsageMetric {
        /// Azure consumed revenue in US dollars.
        AcrUsd = "acr_usd",
        /// Revenue in US dollars.
        RevenueUsd = "revenue_usd",
        /// Paid seats.
        PaidSeats = "paid_seats",
        /// Monthly active users.
        ActiveUsers = "active_users",
        /// Active users or capacity from which the consumption value is computed.
        ActiveUnits = "active_units",
    }
}

named! {
    /// The type of an event, by its name.
    EventType {
        /// See [`Fact::AssociationRequested`].
        AssociationRequested = "association_requested",
        /// See [`Fact::AssociationAccepted`].
        AssociationAccepted = "association_accepted",
        /// See [`Fact::AssociationDeclined`].
        AssociationDeclined = "association_declined",
        /// See [`Fact::AssociationRevoked`].
        AssociationRevoked = "association_revoked",
        /// See [`Fact::CustomerChurned`].
        CustomerChurned = "customer_churned",
        /// See [`Fact::CustomerClassified`].
        CustomerClassified = "customer_classified",
        /// See [`Fact::UsageReported`].
        UsageReported = "usage_reported",
        /// See [`Fact::CertificationLinked`].
        CertificationLinked = "certification_linked",
        /// See [`Fact::CertificationUnlinked`].
        CertificationUnlinked = "certification_unlinked",
        /// See [`Fact::EventRetracted`].
        EventRetracted = "event_retracted",
        /// See [`Fact::RulebookAdopted`].
        RulebookAdopted = "rulebook_adopted",
        /// See [`Fact::KeyRotated`].
        KeyRotated = "key_rotated",
    }
}

impl EventType {
    /// Whether its events are of no partner, because they hold for all.
    #[must_use]
    pub fn is_shared(self) -> bool {
        matches!(self, Self::RulebookAdopted | Self::KeyRotated)
    }
}

impl Mechanism {
    /// The roles that the mechanism has; none for most.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Cpor => &[Role::Osu, Role::Osa, Role::Revrec],
            Self::Csp => &[Role::DirectBill, Role::IndirectProvider, Role::IndirectReseller],
            Self::Dpor | Self::Pal | Self::Tpor => &[],
        }
    }
}

impl Fact {
    /// The type of the event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::AssociationRequested(_) => EventType::AssociationRequested,
            Self::AssociationAccepted(_) => EventType::AssociationAccepted,
            Self::AssociationDeclined { .. } => EventType::AssociationDeclined,
            Self::AssociationRevoked { .. } => EventType::AssociationRevoked,
            Self::CustomerChurned { .. } => EventType::CustomerChurned,
            Self::CustomerClassified { .. } => EventType::CustomerClassified,
            Self::UsageReported(_) => EventType::UsageReported,
            Self::CertificationLinked { .. } => EventType::CertificationLinked,
            Self::CertificationUnlinked { .. } => EventType::CertificationUnlinked,
            Self::EventRetracted { .. } => EventType::EventRetracted,
            Self::RulebookAdopted { .. } => EventType::RulebookAdopted,
            Self::KeyRotated(_) => EventType::KeyRotated,
        }
    }
}

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
}
