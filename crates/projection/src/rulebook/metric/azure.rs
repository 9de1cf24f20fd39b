//! The rules of the Azure areas: Data & AI, Infrastructure, Digital & App Innovation.

use ledger::UsageMetric::AcrUsd;

use super::{AssociationList, Bounds, Extent, Field, Fields, Months, Part, UsageRule};

rule! {
    /// Customers with consumed revenue.
    NetCustomerAdds reads [Extent::month(&[AcrUsd])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The net customers that give the maximum.
        threshold: u32,
        /// The consumed revenue of a month that makes a customer eligible, in US dollars.
        usd: Bounds,
        /// The months that are looked at.
        months: Months,
        /// The associations that count.
        associations: AssociationList,
        /// The offers whose consumed revenue does not count.
        excluded_offers: Vec<String>,
    }
}

rule! {
    /// Percent growth of consumed revenue over twelve months.
    UsageGrowth reads [Extent::year(&[AcrUsd])], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The percentage that gives the maximum.
        threshold: u32,
        /// The consumed revenue of the twelve measured months that is scored, in US dollars.
        total_usd: Bounds,
        /// The associations that count.
        associations: AssociationList,
        /// The offers whose consumed revenue does not count.
        excluded_offers: Vec<String>,
    }
}

rule! {
    /// Products with consumed revenue.
    Deployments reads [Extent { is_compared: false, ..Extent::year(&[AcrUsd]) }], in [], by {
        /// The points that can be reached.
        max: u32,
        /// The products that give the maximum.
        threshold: u32,
        /// The products that are not counted here.
        excluded_products: Vec<String>,
        /// The associations that count.
        associations: AssociationList,
        /// The offers whose consumed revenue does not count.
        excluded_offers: Vec<String>,
    }
}
