//! The kinds of report.

use std::fmt;

use super::notation::ReadColumns;
use super::{
    azure_usage, bizapps_revenue, bizapps_usage, cpor_m365_usage, customers_and_tenants, ems_usage, office_usage,
    seats_and_revenue, training_completions,
};

/// A kind of report, by the name that `import --kind` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Azure consumption: the `AzureUsage` data set, its download and its system query.
    AzureUsage,
    /// Seats and users of claimed workloads: the `CPORM365Usage` data set and download.
    CporM365Usage,
    /// Seats and users of Microsoft 365 workloads: the `OfficeUsage` data set, its download and its system query.
    OfficeUsage,
    /// Seats and users of Enterprise Mobility + Security: the `EMSUsage` data set, its download and its system query.
    EmsUsage,
    /// Subscriptions with their seats and revenue: the `SeatsSubscriptionsAndRevenue` data set, the download of
    /// subscription details and the system query.
    SeatsAndRevenue,
    /// Customers with their segments and states: the `CustomersAndTenants` data set, its download and its system query.
    CustomersAndTenants,
    /// Revenue of Business Applications: the download of the adjusted revenue.
    BizappsRevenue,
    /// Usage of Business Applications: the download of active users.
    BizappsUsage,
    /// Certifications: the `TrainingCompletions` data set, its download and its system query.
    TrainingCompletions,
    /// Partner admin links: objects of the service, of its command line, and attestations.
    Pal,
    /// Webhook events of Partner Center.
    Webhooks,
    /// Audit records of Partner Center.
    AuditRecords,
}

impl Kind {
    /// Every kind, in its order.
    pub const ALL: &[Self] = &[
        Self::AzureUsage,
        Self::CporM365Usage,
        Self::OfficeUsage,
        Self::EmsUsage,
        Self::SeatsAndRevenue,
        Self::CustomersAndTenants,
        Self::BizappsRevenue,
        Self::BizappsUsage,
        Self::TrainingCompletions,
        Self::Pal,
        Self::Webhooks,
        Self::AuditRecords,
    ];
    /// The names, in the same order.
    pub const NAMES: &[&str] = &[
        "azure-usage",
        "cpor-m365-usage",
        "office-usage",
        "ems-usage",
        "seats-and-revenue",
        "customers-and-tenants",
        "bizapps-revenue",
        "bizapps-usage",
        "training-completions",
        "pal",
        "webhooks",
        "audit-records",
    ];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AzureUsage => "azure-usage",
            Self::CporM365Usage => "cpor-m365-usage",
            Self::OfficeUsage => "office-usage",
            Self::EmsUsage => "ems-usage",
            Self::SeatsAndRevenue => "seats-and-revenue",
            Self::CustomersAndTenants => "customers-and-tenants",
            Self::BizappsRevenue => "bizapps-revenue",
            Self::BizappsUsage => "bizapps-usage",
            Self::TrainingCompletions => "training-completions",
            Self::Pal => "pal",
            Self::Webhooks => "webhooks",
            Self::AuditRecords => "audit-records",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::AzureUsage => "A report of Azure consumption",
            Self::CporM365Usage => "A report of the usage of claimed workloads",
            Self::OfficeUsage => "A report of the usage of Microsoft 365 workloads",
            Self::EmsUsage => "A report of the usage of Enterprise Mobility + Security",
            Self::SeatsAndRevenue => "A report of subscriptions with their seats and revenue",
            Self::CustomersAndTenants => "A report of customers with their segments and states",
            Self::BizappsRevenue => "A report of the revenue of Business Applications",
            Self::BizappsUsage => "A report of the usage of Business Applications",
            Self::TrainingCompletions => "A report of certifications",
            Self::Pal => "Partner admin links, as the service or an attestation gives them",
            Self::Webhooks => "Webhook events of Partner Center",
            Self::AuditRecords => "Audit records of Partner Center",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Which kind counts where several tell a figure: the one of the highest rank.
    ///
    /// Claimed usage goes before usage by attribution, usage before seats sold, the revenue that the programme adjusted
    /// before what was billed.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::CporM365Usage => 3,
            Self::OfficeUsage => 2,
            Self::EmsUsage | Self::BizappsRevenue => 1,
            Self::AzureUsage
            | Self::SeatsAndRevenue
            | Self::CustomersAndTenants
            | Self::BizappsUsage
            | Self::TrainingCompletions
            | Self::Pal
            | Self::Webhooks
            | Self::AuditRecords => 0,
        }
    }

    /// Whether reports of this kind tell who has left; what others show of use counts against that.
    #[must_use]
    pub fn tells_states(self) -> bool {
        match self {
            Self::SeatsAndRevenue | Self::CustomersAndTenants => true,
            Self::AzureUsage
            | Self::OfficeUsage
            | Self::CporM365Usage
            | Self::EmsUsage
            | Self::BizappsRevenue
            | Self::BizappsUsage
            | Self::TrainingCompletions
            | Self::Pal
            | Self::Webhooks
            | Self::AuditRecords => false,
        }
    }

    /// The columns whose dates and amounts are read.
    pub(super) fn read_columns(self) -> ReadColumns {
        let of = |months, days, amounts| ReadColumns { months, days, amounts };
        match self {
            Self::AzureUsage => of(&["Month"], &[], &["ACR_USD", "TotalACR"]),
            Self::CporM365Usage => {
                of(&["Date", "Month"], &["DateAssociated"], &["PaidAvailableUnits", "MonthlyActiveUsers"])
            }
            Self::OfficeUsage => of(&["Month"], &[], &["PaidAvailableUnits", "MonthlyActiveUsers"]),
            Self::EmsUsage => of(&["Month"], &[], &["PaidAvailableUnits", "MonthlyActiveUsers", "ActiveUsage"]),
            Self::SeatsAndRevenue => of(&["Month"], &[], &["AvailableSeatsEOP", "TotalSoldSeats", "BilledRevenueUSD"]),
            Self::CustomersAndTenants => of(&["Month"], &[], &[]),
            Self::BizappsRevenue => of(&["FiscalMonthName", "Month"], &[], &["AdjustedRevenueAmtCD"]),
            Self::BizappsUsage => of(&["FiscalMonthName", "Month"], &[], &["MAU"]),
            Self::TrainingCompletions => of(&[], &["TrainingCompletionDate", "ExpirationDate"], &[]),
            Self::Pal => of(&[], &["updatedTime"], &[]),
            Self::Webhooks | Self::AuditRecords => of(&[], &[], &[]),
        }
    }

    /// The columns that reports of this kind are known to have, needed or not.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::AzureUsage => azure_usage::COLUMNS,
            Self::CporM365Usage => cpor_m365_usage::COLUMNS,
            Self::OfficeUsage => office_usage::COLUMNS,
            Self::EmsUsage => ems_usage::COLUMNS,
            Self::SeatsAndRevenue => seats_and_revenue::COLUMNS,
            Self::CustomersAndTenants => customers_and_tenants::COLUMNS,
            Self::BizappsRevenue => bizapps_revenue::COLUMNS,
            Self::BizappsUsage => bizapps_usage::COLUMNS,
            Self::TrainingCompletions => training_completions::COLUMNS,
            Self::Pal | Self::Webhooks | Self::AuditRecords => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for (&kind, &name) in Kind::ALL.iter().zip(Kind::NAMES) {
            assert_eq!((kind.name(), Kind::from_name(name)), (name, Some(kind)));
        }
        assert_eq!(Kind::from_name("Azure-Usage"), None);
        assert_eq!(Kind::ALL.len(), Kind::NAMES.len());
    }
}
