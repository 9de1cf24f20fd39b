//! The rules of Modern Work.

use ledger::UsageMetric::{ActiveUsers, PaidSeats};

use super::{AssociationList, AssociationOption, Band, Extent, Field, Fields, Part, UsageRule};

rule! {
    /// Customers with paid seats.
    NetCustomerAdds reads [Extent::month(&[PaidSeats])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The net customers that give the maximum.
        threshold: u32,
        /// The pairs that count.
        band: Band,
        /// The associations that count.
        associations: AssociationList,
    }
}

rule! {
    /// Growth of active users.
    UsageGrowth reads [Extent::month(&[PaidSeats, ActiveUsers])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The pairs that count.
        band: Band,
        /// The associations, each with the threshold of its own; the one with more points is the answer.
        options: Vec<AssociationOption>,
    }
}

rule! {
    /// Customers whose users are active.
    Deployments reads [Extent::month(&[PaidSeats, ActiveUsers])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The pairs that count.
        band: Band = |fields| Band::of(fields, "seats", Some("active_share_min")),
        /// The associations, each with the threshold of its own; the one with more points is the answer.
        options: Vec<AssociationOption>,
    }
}
