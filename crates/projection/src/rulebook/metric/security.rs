//! The rules of Security: a part `azure` and a part `m365`, which every metric adds.

use ledger::UsageMetric::{AcrUsd, ActiveUsers, PaidSeats};

use super::{AmountForm, AssociationList, Band, Bounds, Extent, Field, Fields, Part, UsageRule};

/// What counts in each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The consumed revenue of twelve months with which a customer is in range, in US dollars.
    pub azure_usd: Bounds,
    /// The pairs that count in the part `m365`. A customer above its range stays in it as one above its seats does.
    pub m365: Band,
    /// The associations that count in the part `azure`.
    pub associations_azure: AssociationList,
    /// The associations that count in the part `m365`.
    pub associations_m365: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

impl Parts {
    fn of(fields: &mut Fields<'_, '_>, active_share_min: Option<&str>) -> Self {
        Self {
            azure_usd: fields.bounds("azure_usd", AmountForm::Whole),
            m365: Band::of(fields, "m365_seats", active_share_min),
            associations_azure: AssociationList::read(fields, "associations_azure"),
            associations_m365: AssociationList::read(fields, "associations_m365"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}

impl Field for Parts {
    fn read(fields: &mut Fields<'_, '_>, _: &'static str) -> Self {
        Self::of(fields, None)
    }

    fn lists(&self) -> Vec<AssociationList> {
        vec![self.associations_azure.clone(), self.associations_m365.clone()]
    }
}

rule! {
    /// Customers with consumed revenue, and customers with paid seats.
    NetCustomerAdds reads [Extent::year(&[AcrUsd]), Extent::month(&[PaidSeats])], in [Part::Azure, Part::M365], by {
        /// The points that can be reached.
        max: u32,
        /// The net customers of both parts that give the maximum.
        threshold: u32,
        /// What counts in each part.
        parts: Parts,
    }
}

rule! {
    /// Growth of consumed revenue and of active users, each with a price of its own for a point.
    UsageGrowth reads [Extent::year(&[AcrUsd]), Extent::month(&[PaidSeats, ActiveUsers])], in [Part::Azure, Part::M365], by {
        /// The points that can be reached.
        max: u32,
        /// The growth of consumed revenue that gives a point, in US dollars.
        azure_usd_per_point: u32,
        /// The growth of active users that gives a point.
        m365_users_per_point: u32,
        /// What counts in each part.
        parts: Parts,
    }
}

rule! {
    /// Customers with consumed revenue, and customers whose users are active.
    Deployments reads [Extent::year(&[AcrUsd]), Extent::month(&[PaidSeats, ActiveUsers])], in [Part::Azure, Part::M365], by {
        /// The points that can be reached.
        max: u32,
        /// The net customers of both parts that give the maximum.
        threshold: u32,
        /// What counts in each part.
        parts: Parts = |fields| Parts::of(fields, Some("m365_active_share_min")),
    }
}
