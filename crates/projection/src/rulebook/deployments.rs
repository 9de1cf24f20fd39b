//! The rules of deployments.

use ledger::Amount;

use super::bounds::Bounds;
use super::fields::{AmountForm, Fields};
use super::mechanism::{AssociationList, AssociationOption};
use super::names::Family;

/// The rule of `deployments`, by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployments {
    /// Products with consumed revenue.
    Azure(AzureDeployments),
    /// Pairs of customer and product by their monthly consumption value.
    BusinessApplications(BusinessApplicationsDeployments),
    /// Customers whose users are active.
    ModernWork(ModernWorkDeployments),
    /// Customers with consumed revenue, and customers whose users are active.
    Security(SecurityDeployments),
}

/// Deployments of the Azure areas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureDeployments {
    /// The points that can be reached.
    pub max: u32,
    /// The products that give the maximum.
    pub threshold: u32,
    /// The products that are not counted here.
    pub excluded_products: Vec<String>,
    /// The associations that count.
    pub associations: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

/// Deployments of Business Applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessApplicationsDeployments {
    /// The points that can be reached.
    pub max: u32,
    /// The net pairs that give the maximum.
    pub threshold: u32,
    /// The consumption value of a month with which a pair is deployed.
    pub mcv: Bounds,
    /// The associations that count for the products of the part `dynamics_365`.
    pub associations_dynamics_365: AssociationList,
    /// The associations that count for the products of the part `power_platform`.
    pub associations_power_platform: AssociationList,
}

/// Deployments of Modern Work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModernWorkDeployments {
    /// The points that can be reached.
    pub max: u32,
    /// The paid seats with which a pair is in band.
    pub seats: Bounds,
    /// The share of active users among the seats that a pair must reach, 0 to 1.
    pub active_share_min: Amount,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
    /// The associations, each with the threshold of its own; the one with more points is the answer.
    pub options: Vec<AssociationOption>,
}

/// Deployments of Security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityDeployments {
    /// The points that can be reached.
    pub max: u32,
    /// The net customers of both parts that give the maximum.
    pub threshold: u32,
    /// The consumed revenue of twelve months with which a customer is in range, in US dollars.
    pub azure_usd: Bounds,
    /// The paid seats with which a pair is in band; without bounds, every pair is.
    pub m365_seats: Bounds,
    /// The share of active users among the seats that a pair must reach, 0 to 1.
    pub m365_active_share_min: Amount,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
    /// The associations that count in the part `azure`.
    pub associations_azure: AssociationList,
    /// The associations that count in the part `m365`.
    pub associations_m365: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

impl Deployments {
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
            Family::Azure => Self::Azure(AzureDeployments::read(fields)),
            Family::BusinessApplications => Self::BusinessApplications(BusinessApplicationsDeployments::read(fields)),
            Family::ModernWork => Self::ModernWork(ModernWorkDeployments::read(fields)),
            Family::Security => Self::Security(SecurityDeployments::read(fields)),
        }
    }
}

impl AzureDeployments {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            excluded_products: fields.excluded("excluded_products"),
            associations: AssociationList::read(fields, "associations"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}

impl BusinessApplicationsDeployments {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            mcv: fields.bounds("mcv", AmountForm::Whole),
            associations_dynamics_365: AssociationList::read(fields, "associations_dynamics_365"),
            associations_power_platform: AssociationList::read(fields, "associations_power_platform"),
        }
    }
}

impl ModernWorkDeployments {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            seats: fields.bounds("seats", AmountForm::Whole),
            active_share_min: fields.share("active_share_min"),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            options: AssociationOption::read_all(fields),
        }
    }
}

impl SecurityDeployments {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            azure_usd: fields.bounds("azure_usd", AmountForm::Whole),
            m365_seats: fields.bounds("m365_seats", AmountForm::Whole),
            m365_active_share_min: fields.share("m365_active_share_min"),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            associations_azure: AssociationList::read(fields, "associations_azure"),
            associations_m365: AssociationList::read(fields, "associations_m365"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}
