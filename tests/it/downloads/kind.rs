//! The kinds of reports, and how their columns are called.

/// A report that a partner downloads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    AzureUsage,
    OfficeUsage,
    CporM365Usage,
    EmsUsage,
    BizappsRevenue,
    BizappsUsage,
    SeatsAndRevenue,
    CustomersAndTenants,
    TrainingCompletions,
}

/// Every kind of this suite.
pub const KINDS: [Kind; 9] = [
    Kind::AzureUsage,
    Kind::OfficeUsage,
    Kind::CporM365Usage,
    Kind::EmsUsage,
    Kind::BizappsRevenue,
    Kind::BizappsUsage,
    Kind::SeatsAndRevenue,
    Kind::CustomersAndTenants,
    Kind::TrainingCompletions,
];

/// A column: its name in the live data sets, and others that it had or has.
pub struct Column {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Whether money or a key cannot be read without it.
    pub is_needed: bool,
}

const fn column(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, is_needed: false }
}

const fn needed(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases, is_needed: true }
}

const GLOBAL: Column = column("PGAMpnId", &["PGAMpnID", "PGAPartnerID"]);
const LOCATION: Column = column("MPNId", &["MpnId", "MPNID", "PartnerID"]);
const TENANT: Column = needed("CustomerTenantId", &["CustomerTenantID"]);
const MONTH: Column = needed("Month", &[]);
const SUBSCRIPTION: Column = column("SubscriptionId", &["SubscriptionID"]);
const ATTRIBUTION: Column = column("PartnerAttributionType", &[]);
const DUPLICATE: Column = needed("IsDuplicateRowForPGA", &[]);

const AZURE_USAGE: &[Column] = &[
    GLOBAL,
    SUBSCRIPTION,
    column("SubscriptionState", &[]),
    MONTH,
    needed("ServiceLevel2", &["ServiceName"]),
    column("ServiceLevel3", &[]),
    column("CustomerName", &[]),
    TENANT,
    LOCATION,
    ATTRIBUTION,
    column("SalesChannel", &[]),
    needed("IsACRDuplicateAtPGALevel", &[]),
    column("AdminType", &[]),
    needed("ACR_USD", &["TotalACR"]),
];

const OFFICE_USAGE: &[Column] = &[
    GLOBAL,
    TENANT,
    needed("WorkloadName", &[]),
    MONTH,
    needed("PaidAvailableUnits", &[]),
    needed("MonthlyActiveUsers", &[]),
    column("CustomerName", &[]),
    LOCATION,
    ATTRIBUTION,
    DUPLICATE,
];

const CPOR_M365_USAGE: &[Column] = &[
    TENANT,
    column("CustomerName", &[]),
    needed("WorkloadName", &[]),
    needed("MonthlyActiveUsers", &[]),
    needed("PaidAvailableUnits", &[]),
    column("ClaimId", &[]),
    column("MpnId", &["MPNId", "MPNID"]),
    column("DateAssociated", &[]),
    ATTRIBUTION,
    needed("Date", &[]),
];

const EMS_USAGE: &[Column] = &[
    GLOBAL,
    // The download of 2023 has none.
    column("IsDuplicateRowForPGA", &[]),
    SUBSCRIPTION,
    column("SubscriptionStatus", &[]),
    MONTH,
    column("SKU", &[]),
    column("FreeVsPaidSKU", &[]),
    column("CustomerName", &[]),
    TENANT,
    LOCATION,
    column("PartnerAttachType", &["PartnerAttributionType"]),
    column("AADPPaidAvailableUnits", &[]),
    column("IntunePaidAvailableUnits", &[]),
    column("AATPPaidAvailableUnits", &[]),
    column("AzipPaidAvailableUnits", &[]),
    column("MDOPaidAvailableUnits", &[]),
    column("MDEPaidAvailableUnits", &[]),
    column("AADPMonthlyActiveUsers", &[]),
    column("IntuneMonthlyActiveUsers", &[]),
    column("AATPMonthlyActiveUsers", &[]),
    column("AzipMonthlyActiveUsers", &[]),
    column("MDOMonthlyActiveUsers", &[]),
    column("MDEMonthlyActiveUsers", &[]),
];

const BIZAPPS_REVENUE: &[Column] = &[
    needed("FiscalMonthName", &[]),
    column("GlobalPartnerID", &[]),
    column("PartnerAssociationType", &[]),
    column("CustomerName", &[]),
    needed("CustomerTenantID", &["CustomerTenantId"]),
    column("SubscriptionId", &["SubscriptionID"]),
    column("WorkloadCategory", &[]),
    needed("Workloads", &[]),
    needed("AdjustedRevenueAmtCD", &[]),
];

const BIZAPPS_USAGE: &[Column] = &[
    needed("FiscalMonthName", &[]),
    column("GlobalPartnerID", &[]),
    column("PartnerAssociationType", &[]),
    column("CustomerName", &[]),
    needed("CustomerTenantID", &["CustomerTenantId"]),
    column("SubscriptionID", &["SubscriptionId"]),
    column("MetricType", &[]),
    column("WorkloadCategory", &[]),
    needed("Workload", &[]),
    column("SkuGroup", &[]),
    column("PAMAU", &[]),
    column("MAU", &[]),
];

const SEATS_AND_REVENUE: &[Column] = &[
    GLOBAL,
    SUBSCRIPTION,
    column("SubscriptionState", &[]),
    MONTH,
    column("CustomerName", &[]),
    TENANT,
    needed("Product", &[]),
    column("SolutionArea", &[]),
    LOCATION,
    ATTRIBUTION,
    column("SalesChannel", &[]),
    DUPLICATE,
    needed("AvailableSeatsEOP", &[]),
    column("BilledRevenueUSD", &[]),
];

const CUSTOMERS_AND_TENANTS: &[Column] = &[
    GLOBAL,
    LOCATION,
    column("CustomerName", &[]),
    column("CustomerSegment", &[]),
    column("CustomerStatus", &[]),
    TENANT,
    column("Product", &[]),
    MONTH,
    ATTRIBUTION,
    column("SalesChannel", &[]),
    column("IsDuplicateRowForPGA", &[]),
];

const TRAINING_COMPLETIONS: &[Column] = &[
    GLOBAL,
    column("TrainingActivityId", &[]),
    needed("TrainingTitle", &[]),
    column("TrainingType", &[]),
    column("IndividualFirstName", &[]),
    column("IndividualLastName", &[]),
    column("Email", &[]),
    needed("TrainingCompletionDate", &[]),
    column("ExpirationDate", &[]),
    column("ActivationStatus", &[]),
    column("Month", &[]),
    column("IcMCP", &[]),
    column("MCPID", &[]),
    LOCATION,
    column("AADUserId", &[]),
];

impl Kind {
    /// As `--kind` has it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AzureUsage => "azure-usage",
            Kind::OfficeUsage => "office-usage",
            Kind::CporM365Usage => "cpor-m365-usage",
            Kind::EmsUsage => "ems-usage",
            Kind::BizappsRevenue => "bizapps-revenue",
            Kind::BizappsUsage => "bizapps-usage",
            Kind::SeatsAndRevenue => "seats-and-revenue",
            Kind::CustomersAndTenants => "customers-and-tenants",
            Kind::TrainingCompletions => "training-completions",
        }
    }

    /// As the file would be called.
    pub fn file(self) -> &'static str {
        match self {
            Kind::AzureUsage => "AzureUsage",
            Kind::OfficeUsage => "OfficeUsage",
            Kind::CporM365Usage => "CPORM365Usage",
            Kind::EmsUsage => "EMSUsage",
            Kind::BizappsRevenue => "BizAppsRevenue",
            Kind::BizappsUsage => "BizAppsUsage",
            Kind::SeatsAndRevenue => "SeatsSubscriptionsAndRevenue",
            Kind::CustomersAndTenants => "CustomersAndTenants",
            Kind::TrainingCompletions => "TrainingCompletions",
        }
    }

    /// The columns that are written.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Kind::AzureUsage => AZURE_USAGE,
            Kind::OfficeUsage => OFFICE_USAGE,
            Kind::CporM365Usage => CPOR_M365_USAGE,
            Kind::EmsUsage => EMS_USAGE,
            Kind::BizappsRevenue => BIZAPPS_REVENUE,
            Kind::BizappsUsage => BIZAPPS_USAGE,
            Kind::SeatsAndRevenue => SEATS_AND_REVENUE,
            Kind::CustomersAndTenants => CUSTOMERS_AND_TENANTS,
            Kind::TrainingCompletions => TRAINING_COMPLETIONS,
        }
    }

    /// How many months a download looks back, its own included.
    pub fn window(self) -> i32 {
        match self {
            Kind::AzureUsage | Kind::CustomersAndTenants | Kind::SeatsAndRevenue => 24,
            _ => 13,
        }
    }

    /// The column of the month.
    pub fn month_column(self) -> &'static str {
        match self {
            Kind::CporM365Usage => "Date",
            Kind::BizappsRevenue | Kind::BizappsUsage => "FiscalMonthName",
            _ => "Month",
        }
    }
}
