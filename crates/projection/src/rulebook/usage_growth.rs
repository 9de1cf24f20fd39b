//! The rules of usage growth.

use super::bounds::Bounds;
use super::fields::{AmountForm, Fields};
use super::mechanism::{AssociationList, AssociationOption};
use super::names::Family;

/// The rule of `usage_growth`, by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageGrowth {
    /// Percent growth of consumed revenue over twelve months.
    Azure(AzureUsageGrowth),
    /// Percent growth of the monthly consumption value.
    BusinessApplications(BusinessApplicationsUsageGrowth),
    /// Growth of active users.
    ModernWork(ModernWorkUsageGrowth),
    /// Growth of consumed revenue and of active users, each with a price of its own for a point.
    Security(SecurityUsageGrowth),
}

/// Usage growth of the Azure areas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureUsageGrowth {
    /// The points that can be reached.
    pub max: u32,
    /// The percentage that gives the maximum.
    pub threshold: u32,
    /// The consumed revenue of the twelve measured months that is scored, in US dollars.
    pub total_usd: Bounds,
    /// The associations that count.
    pub associations: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

/// Usage growth of Business Applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessApplicationsUsageGrowth {
    /// The points that can be reached.
    pub max: u32,
    /// The percentage that gives the maximum.
    pub threshold: u32,
    /// The consumption value of the compared month that is scored.
    pub baseline_mcv: Bounds,
    /// The associations that count for the products of the part `dynamics_365`.
    pub associations_dynamics_365: AssociationList,
    /// The associations that count for the products of the part `power_platform`.
    pub associations_power_platform: AssociationList,
}

/// Usage growth of Modern Work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModernWorkUsageGrowth {
    /// The points that can be reached.
    pub max: u32,
    /// The paid seats with which a pair is in band.
    pub seats: Bounds,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
    /// The associations, each with the threshold of its own; the one with more points is the answer.
    pub options: Vec<AssociationOption>,
}

/// Usage growth of Security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityUsageGrowth {
    /// The points that can be reached.
    pub max: u32,
    /// The growth of consumed revenue that gives a point, in US dollars.
    pub azure_usd_per_point: u32,
    /// The growth of active users that gives a point.
    pub m365_users_per_point: u32,
    /// The consumed revenue of twelve months with which a customer is in range, in US dollars.
    pub azure_usd: Bounds,
    /// The paid seats with which a pair is in band; without bounds, every pair is.
    pub m365_seats: Bounds,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
    /// The associations that count in the part `azure`.
    pub associations_azure: AssociationList,
    /// The associations that count in the part `m365`.
    pub associations_m365: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

impl UsageGrowth {
    /// The points that can be reached.
    #[must_use]
    pub fn max(&self) -> u32 {
        match self {
            Self::Azure(rule) => rule.max,
            Self::BusinessApplications(rule) => rule.max,
            Self::ModernWork(rule) => rule.max,
            Self::Security(rule) => rule.max,
        }
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>, family: Family) -> Self {
        match family {
            Family::Azure => Self::Azure(AzureUsageGrowth::read(fields)),
            Family::BusinessApplications => Self::BusinessApplications(BusinessApplicationsUsageGrowth::read(fields)),
            Family::ModernWork => Self::ModernWork(ModernWorkUsageGrowth::read(fields)),
            Family::Security => Self::Security(SecurityUsageGrowth::read(fields)),
        }
    }
}

impl AzureUsageGrowth {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            total_usd: fields.bounds("total_usd", AmountForm::Whole),
            associations: AssociationList::read(fields, "associations"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}

impl BusinessApplicationsUsageGrowth {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            baseline_mcv: fields.bounds("baseline_mcv", AmountForm::Whole),
            associations_dynamics_365: AssociationList::read(fields, "associations_dynamics_365"),
            associations_power_platform: AssociationList::read(fields, "associations_power_platform"),
        }
    }
}

impl ModernWorkUsageGrowth {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            seats: fields.bounds("seats", AmountForm::Whole),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            options: AssociationOption::read_all(fields),
        }
    }
}

impl SecurityUsageGrowth {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            azure_usd_per_point: fields.positive("azure_usd_per_point"),
            m365_users_per_point: fields.positive("m365_users_per_point"),
            azure_usd: fields.bounds("azure_usd", AmountForm::Whole),
            m365_seats: fields.bounds("m365_seats", AmountForm::Whole),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            associations_azure: AssociationList::read(fields, "associations_azure"),
            associations_m365: AssociationList::read(fields, "associations_m365"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}
