//! The rules of Business Applications.

use ledger::UsageMetric::{ActiveUnits, RevenueUsd};

use super::{AssociationList, Bounds, Extent, Field, Fields, Part, UsageRule};

rule! {
    /// Pairs of customer and product with revenue.
    NetCustomerAdds reads [Extent::month(&[RevenueUsd])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The net pairs that give the maximum.
        threshold: u32,
        /// The revenue of a month that makes a pair eligible, in US dollars.
        usd: Bounds,
        /// The associations that count.
        associations: AssociationList,
    }
}

rule! {
    /// Percent growth of the monthly consumption value.
    UsageGrowth reads [Extent::month(&[ActiveUnits])], in [Part::Dynamics365, Part::PowerPlatform], by {
        /// The points that can be reached.
        max: u32,
        /// The percentage that gives the maximum.
        threshold: u32,
        /// The consumption value of the compared month that is scored.
        baseline_mcv: Bounds,
        /// The associations that count for the products of the part `dynamics_365`.
        associations_dynamics_365: AssociationList,
        /// The associations that count for the products of the part `power_platform`.
        associations_power_platform: AssociationList,
    }
}

rule! {
    /// Pairs of customer and product by their monthly consumption value.
    Deployments reads [Extent::month(&[ActiveUnits])], in [Part::Dynamics365, Part::PowerPlatform], by {
        /// The points that can be reached.
        max: u32,
        /// The net pairs that give the maximum.
        threshold: u32,
        /// The consumption value of a month with which a pair is deployed.
        mcv: Bounds,
        /// The associations that count for the products of the part `dynamics_365`.
        associations_dynamics_365: AssociationList,
        /// The associations that count for the products of the part `power_platform`.
        associations_power_platform: AssociationList,
    }
}
