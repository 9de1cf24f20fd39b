//! The workloads of Enterprise Mobility + Security, and the columns that measure them.

use ledger::Name;

use crate::columns::{Columns, Place};
use crate::context::Context;
use crate::maps::Domain;
use crate::products::Product;

/// The columns of the data set, of the download and of the system query.
pub(crate) const COLUMNS: &[&str] = &[
    "PGAMpnId",
    "PGAPartnerID",
    "IsDuplicateRowForPGA",
    "SubscriptionId",
    "SubscriptionStartDate",
    "SubscriptionEndDate",
    "SubscriptionStatus",
    "Month",
    "SKU",
    "SKUId",
    "FreeVsPaidSKU",
    "SalesModel",
    "DetailedSalesModel",
    "CustomerName",
    "CustomerTenantId",
    "CustomerTenantName",
    "CustomerTpid",
    "CustomerSegment",
    "CustomerMarket",
    "IndustryName",
    "VerticalName",
    "EOU",
    "MPNId",
    "PartnerID",
    "PartnerName",
    "PartnerLocation",
    "PartnerLocationID",
    "PartnerAttachType",
    "PartnerAttributionType",
    "PartnerHierarchy",
    "PaidAvailableUnits",
    "MonthlyActiveUsers",
    "AADPPaidAvailableUnits",
    "IntunePaidAvailableUnits",
    "AzipPaidAvailableUnits",
    "AATPPaidAvailableUnits",
    "MCASPaidAvailableUnits",
    "MIGPaidAvailableUnits",
    "MDOPaidAvailableUnits",
    "MDEPaidAvailableUnits",
    "AADPMonthlyActiveUsers",
    "IntuneMonthlyActiveUsers",
    "AzipMonthlyActiveUsers",
    "AATPMonthlyActiveUsers",
    "MCASMonthlyActiveUsers",
    "MIGMonthlyActiveUsers",
    "MDOMonthlyActiveUsers",
    "MDEMonthlyActiveUsers",
    "AATPActiveUsage",
    "MCASActiveUsage",
    "MDM",
    "MAM",
    "SSPR",
    "MFA",
    "SSO",
    "SubscriptionCount",
    "CustomerCount",
    "CustomerTenantCount",
    "TotalPaidAvailableUnits",
    "TotalAADPPaidAvailableUnits",
    "TotalIntunePaidAvailableUnits",
    "TotalAzipPaidAvailableUnits",
    "TotalAATPPaidAvailableUnits",
    "TotalMCASPaidAvailableUnits",
    "TotalMIGPaidAvailableUnits",
    "TotalMDOPaidAvailableUnits",
    "TotalMDEPaidAvailableUnits",
    "TotalMonthlyActiveUsers",
    "TotalAADPMonthlyActiveUsers",
    "TotalIntuneMonthlyActiveUsers",
    "TotalAzipMonthlyActiveUsers",
    "TotalAATPMonthlyActiveUsers",
    "TotalMCASMonthlyActiveUsers",
    "TotalMIGMonthlyActiveUsers",
    "TotalMDOMonthlyActiveUsers",
    "TotalMDEMonthlyActiveUsers",
];

/// The columns of a workload: its abbreviation, its seats, its users. The metrics of a query come last, as they add up
/// the plain columns; `ActiveUsage` is how the download names the users.
type Measures = (&'static str, &'static [&'static str], &'static [&'static str]);

const MEASURES: &[Measures] = &[
    (
        "AADP",
        &["AADPPaidAvailableUnits", "TotalAADPPaidAvailableUnits"],
        &["AADPMonthlyActiveUsers", "TotalAADPMonthlyActiveUsers"],
    ),
    (
        "Intune",
        &["IntunePaidAvailableUnits", "TotalIntunePaidAvailableUnits"],
        &["IntuneMonthlyActiveUsers", "TotalIntuneMonthlyActiveUsers"],
    ),
    (
        "Azip",
        &["AzipPaidAvailableUnits", "TotalAzipPaidAvailableUnits"],
        &["AzipMonthlyActiveUsers", "TotalAzipMonthlyActiveUsers"],
    ),
    (
        "AATP",
        &["AATPPaidAvailableUnits", "TotalAATPPaidAvailableUnits"],
        &["AATPMonthlyActiveUsers", "AATPActiveUsage", "TotalAATPMonthlyActiveUsers"],
    ),
    (
        "MCAS",
        &["MCASPaidAvailableUnits", "TotalMCASPaidAvailableUnits"],
        &["MCASMonthlyActiveUsers", "MCASActiveUsage", "TotalMCASMonthlyActiveUsers"],
    ),
    (
        "MIG",
        &["MIGPaidAvailableUnits", "TotalMIGPaidAvailableUnits"],
        &["MIGMonthlyActiveUsers", "TotalMIGMonthlyActiveUsers"],
    ),
    (
        "MDO",
        &["MDOPaidAvailableUnits", "TotalMDOPaidAvailableUnits"],
        &["MDOMonthlyActiveUsers", "TotalMDOMonthlyActiveUsers"],
    ),
    (
        "MDE",
        &["MDEPaidAvailableUnits", "TotalMDEPaidAvailableUnits"],
        &["MDEMonthlyActiveUsers", "TotalMDEMonthlyActiveUsers"],
    ),
];

/// One workload, and where its columns stand.
pub(super) struct Workload {
    /// The name under which it is recorded.
    pub(super) name: Name,
    /// The abbreviation of the columns.
    pub(super) reported: Option<Name>,
    /// Where its seats stand; of several, the largest counts.
    pub(super) paid_seats: Vec<Place>,
    /// Where its users stand; of several, the largest counts.
    pub(super) active_users: Vec<Place>,
}

/// The workloads that the file measures. Abbreviations that the maps give one name are one workload.
pub(super) fn workloads(columns: &mut Columns, context: &Context<'_>) -> Vec<Workload> {
    let mut workloads: Vec<Workload> = Vec::new();
    for (abbreviation, seats, users) in MEASURES {
        let (seats, users) = (columns.optional(seats), columns.optional(users));
        let Some(text) = Name::new(abbreviation).ok().filter(|_| seats.is_some() || users.is_some()) else { continue };
        let Product { name, reported, .. } = Product::of(text, &[Domain::M365], context);
        match workloads.iter_mut().find(|workload| workload.name.as_str().eq_ignore_ascii_case(name.as_str())) {
            Some(workload) => {
                workload.paid_seats.extend(seats);
                workload.active_users.extend(users);
            }
            None => workloads.push(Workload {
                name,
                reported,
                paid_seats: seats.into_iter().collect(),
                active_users: users.into_iter().collect(),
            }),
        }
    }
    if workloads.is_empty() {
        columns.needed(&["AADPPaidAvailableUnits", "IntunePaidAvailableUnits", "AzipPaidAvailableUnits"]);
    }
    workloads
}
