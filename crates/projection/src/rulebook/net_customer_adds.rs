//! The rules of net customer adds.

use super::bounds::Bounds;
use super::fields::{AmountForm, Fields};
use super::mechanism::AssociationList;
use super::names::Family;

/// The most months that a rule may look at.
const MAX_MONTHS: u32 = 120;

/// The rule of `net_customer_adds`, by family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetCustomerAdds {
    /// Customers with consumed revenue.
    Azure(AzureNetCustomerAdds),
    /// Pairs of customer and product with revenue.
    BusinessApplications(BusinessApplicationsNetCustomerAdds),
    /// Customers with paid seats.
    ModernWork(ModernWorkNetCustomerAdds),
    /// Customers with consumed revenue, and customers with paid seats.
    Security(SecurityNetCustomerAdds),
}

/// Net customer adds of the Azure areas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureNetCustomerAdds {
    /// The points that can be reached.
    pub max: u32,
    /// The net customers that give the maximum.
    pub threshold: u32,
    /// The consumed revenue of a month that makes a customer eligible, in US dollars.
    pub usd: Bounds,
    /// The months that are looked at, the measured one included.
    pub months: u32,
    /// The associations that count.
    pub associations: AssociationList,
    /// The offers whose consumed revenue does not count.
    pub excluded_offers: Vec<String>,
}

/// Net customer adds of Business Applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessApplicationsNetCustomerAdds {
    /// The points that can be reached.
    pub max: u32,
    /// The net pairs that give the maximum.
    pub threshold: u32,
    /// The revenue of a month that makes a pair eligible, in US dollars.
    pub usd: Bounds,
    /// The associations that count.
    pub associations: AssociationList,
}

/// Net customer adds of Modern Work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModernWorkNetCustomerAdds {
    /// The points that can be reached.
    pub max: u32,
    /// The net customers that give the maximum.
    pub threshold: u32,
    /// The paid seats with which a pair is in band.
    pub seats: Bounds,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
    /// The associations that count.
    pub associations: AssociationList,
}

/// Net customer adds of Security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityNetCustomerAdds {
    /// The points that can be reached.
    pub max: u32,
    /// The net customers of both parts that give the maximum.
    pub threshold: u32,
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

impl NetCustomerAdds {
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
            Family::Azure => Self::Azure(AzureNetCustomerAdds::read(fields)),
            Family::BusinessApplications => {
                Self::BusinessApplications(BusinessApplicationsNetCustomerAdds::read(fields))
            }
            Family::ModernWork => Self::ModernWork(ModernWorkNetCustomerAdds::read(fields)),
            Family::Security => Self::Security(SecurityNetCustomerAdds::read(fields)),
        }
    }
}

impl AzureNetCustomerAdds {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            usd: fields.bounds("usd", AmountForm::Whole),
            months: fields.figure("months", 1..=MAX_MONTHS),
            associations: AssociationList::read(fields, "associations"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}

impl BusinessApplicationsNetCustomerAdds {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            usd: fields.bounds("usd", AmountForm::Whole),
            associations: AssociationList::read(fields, "associations"),
        }
    }
}

impl ModernWorkNetCustomerAdds {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            seats: fields.bounds("seats", AmountForm::Whole),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            associations: AssociationList::read(fields, "associations"),
        }
    }
}

impl SecurityNetCustomerAdds {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            max: fields.positive("max"),
            threshold: fields.positive("threshold"),
            azure_usd: fields.bounds("azure_usd", AmountForm::Whole),
            m365_seats: fields.bounds("m365_seats", AmountForm::Whole),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
            associations_azure: AssociationList::read(fields, "associations_azure"),
            associations_m365: AssociationList::read(fields, "associations_m365"),
            excluded_offers: fields.excluded("excluded_offers"),
        }
    }
}
