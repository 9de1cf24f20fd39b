//! What the ledger records: facts about a partner, each with the time when it became true.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, Name, PartnerId, Remark, Source};
pub use crate::kinds::{AssociationTerms, EventType, Fact, Usage};
use crate::named;
pub use crate::shown::{ShownMetrics, ShownPoints};
use crate::time::{Month, Timestamp};

/// One fact, as it was handed in.
///
/// ```text
/// Event ── id, partner, location, when, note, source
///   └─ Fact ── association_requested, association_accepted ── AssociationTerms
///              association_declined, association_revoked
///              customer_churned, customer_classified
///              usage_reported ── Usage
///              certification_linked, certification_unlinked, certification_earned
///              designation_enrolled, score_published ── ShownPoints, ShownMetrics
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

named! {
    /// A mechanism by which the programme associates a partner with a customer.
    #[derive(Serialize, Deserialize)]
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
    #[derive(Serialize, Deserialize)]
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
    #[derive(Serialize, Deserialize)]
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
    #[derive(Serialize, Deserialize)]
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
    /// A metric of an area's score; in the order of an answer.
    #[derive(Serialize, Deserialize)]
    Metric {
        /// Customers (or pairs) won, less those lost.
        NetCustomerAdds = "net_customer_adds",
        /// People with intermediate certifications; every area has them.
        Intermediate = "intermediate_certifications",
        /// People with advanced certifications; some areas have them.
        Advanced = "advanced_certifications",
        /// Growth of usage.
        UsageGrowth = "usage_growth",
        /// Products or customers deployed.
        Deployments = "deployments",
    }
}

named! {
    /// The segment of a customer, and the track that is made for it.
    #[derive(Serialize, Deserialize)]
    Segment {
        /// Small or medium business.
        Smb = "smb",
        /// Enterprise.
        Enterprise = "enterprise",
    }
}

named! {
    /// What a figure of usage measures.
    #[derive(Serialize, Deserialize)]
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

impl Metric {
    /// `performance`, `skilling` or `customer_success`.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::NetCustomerAdds => "performance",
            Self::Intermediate | Self::Advanced => "skilling",
            Self::UsageGrowth | Self::Deployments => "customer_success",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NetCustomerAdds => "Net customer adds",
            Self::Intermediate => "Intermediate certifications",
            Self::Advanced => "Advanced certifications",
            Self::UsageGrowth => "Usage growth",
            Self::Deployments => "Deployments",
        }
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
