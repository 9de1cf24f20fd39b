//! The kinds of report, by name.

use ledger::named;
use serde::{Deserialize, Serialize};

/// Each kind with its rank among those that tell the same figures, and whether it tells who has left.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, rank $rank:literal, states $states:literal;)+) => {
        named! {
            /// A kind of report, by the name that `import --kind` takes.
            #[derive(Serialize, Deserialize)]
            Kind { $($(#[$doc])* $kind = $name,)+ }
        }

        impl Kind {
            /// Which kind counts where several tell a figure: the one of the highest rank.
            ///
            /// Claimed usage goes before usage by attribution, usage before seats sold, the revenue that the programme
            /// adjusted before what was billed.
            #[must_use]
            pub fn rank(self) -> u8 {
                match self { $(Self::$kind => $rank,)+ }
            }

            /// Whether reports of this kind tell who has left; what others show of use counts against that.
            #[must_use]
            pub fn tells_states(self) -> bool {
                match self { $(Self::$kind => $states,)+ }
            }
        }
    };
}

kinds! {
    /// Azure consumption: the `AzureUsage` data set, its download and its system query.
    AzureUsage = "azure-usage", rank 0, states false;
    /// Seats and users of claimed workloads: the `CPORM365Usage` data set and download.
    CporM365Usage = "cpor-m365-usage", rank 3, states false;
    /// Seats and users of Microsoft 365 workloads: the `OfficeUsage` data set, its download and its system query.
    OfficeUsage = "office-usage", rank 2, states false;
    /// Seats and users of Enterprise Mobility + Security: the `EMSUsage` data set, its download and its system query.
    EmsUsage = "ems-usage", rank 1, states false;
    /// Subscriptions with their seats and revenue: the `SeatsSubscriptionsAndRevenue` data set, the download of
    /// subscription details and the system query.
    SeatsAndRevenue = "seats-and-revenue", rank 0, states true;
    /// Customers with their segments and states: the `CustomersAndTenants` data set, its download and its system query.
    CustomersAndTenants = "customers-and-tenants", rank 0, states true;
    /// Revenue of Business Applications: the download of the adjusted revenue.
    BizappsRevenue = "bizapps-revenue", rank 1, states false;
    /// Usage of Business Applications: the download of active users.
    BizappsUsage = "bizapps-usage", rank 0, states false;
    /// Certifications: the `TrainingCompletions` data set, its download and its system query.
    TrainingCompletions = "training-completions", rank 0, states false;
    /// Certifications that people hold, linked or not: the `Achievements` of Learn's reporting for organisations.
    LearnAchievements = "learn-achievements", rank 0, states false;
    /// Scores as the programme showed them: a file of our own.
    PublishedScores = "published-scores", rank 0, states false;
    /// Partner admin links: objects of the service, of its command line, and attestations.
    Pal = "pal", rank 0, states false;
    /// Webhook events of Partner Center.
    Webhooks = "webhooks", rank 0, states false;
    /// Audit records of Partner Center.
    AuditRecords = "audit-records", rank 0, states false;
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
