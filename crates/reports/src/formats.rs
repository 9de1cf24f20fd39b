//! The formats that are known, by columns or members that tell them apart.

use super::Kind;

/// A format of files.
pub(super) struct Format {
    /// The name of the kind, or of what the file is.
    pub(super) name: &'static str,
    /// What the file has: of each list one name at least. What a reader needs beyond, it says itself.
    pub(super) needed: &'static [&'static [&'static str]],
    /// What it has none of.
    pub(super) without: &'static [&'static str],
    pub(super) content: Content,
}

/// What a format is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Events as lines of JSON.
    Events,
    /// Entries as `export` prints them.
    Entries,
    /// Facts, and where they are dated.
    Report(Dated),
    /// Which location belongs to which global account.
    Accounts,
    /// Nothing that the score counts, and why.
    NoProof(&'static str),
}

/// Where a report has its months, days or instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    Month(&'static [&'static str]),
    Day(&'static [&'static str]),
    /// Members of objects; a point leads into a nested one.
    Instant(&'static [&'static str]),
    Never,
}

/// The name of the report of accounts.
pub(super) const PROFILE: &str = "Profile";

impl Dated {
    /// Where reports of a kind have them.
    pub(super) fn of(kind: Kind) -> Self {
        let dated = FORMATS.iter().filter(|format| format.name == kind.name()).map(|format| match format.content {
            Report(dated) => dated,
            Accounts | Entries | Events | NoProof(_) => Never,
        });
        dated.into_iter().next().unwrap_or(Never)
    }
}

use Content::{Accounts, Entries, Events, NoProof, Report};
use Dated::{Day, Instant, Month, Never};

const fn format(
    name: &'static str,
    needed: &'static [&'static [&'static str]],
    without: &'static [&'static str],
    content: Content,
) -> Format {
    Format { name, needed, without, content }
}

const MONTHS: Dated = Month(&["Month", "FiscalMonthName", "Date"]);
const SEATS: &str = "seats without a product of the score; office-usage, ems-usage and bizapps-usage tell those";
const CATALOGUE: &str = "what can be asked or was made, not what it said; import the downloaded file";
const STATE: &str = "the state now, without the days on which it began and ended";
const PAID: &str = "what was paid or not; the score counts what was used, which the usage reports tell";
const LEARNING: &str = "learning that is no certification";
const SCREEN: &str = "names without the ids of tenants and persons; download the report from Insights";

/// The kinds of report, and what else partners have. Where several fit, the one with most needed names is meant.
#[rustfmt::skip]
pub(super) const FORMATS: &[Format] = &[
    format("azure-usage", &[&["Month"], &["ServiceLevel2", "ServiceName", "MeterCategory"], &["ACR_USD", "TotalACR", "MonthlySubscriptionLevelACR", "IsACRDuplicateAtPGALevel", "AdminType"]], &[], Report(MONTHS)),
    format("office-usage", &[&["Month"], &["WorkloadName"], &["PaidAvailableUnits", "MonthlyActiveUsers"]], &["SKU", "ClaimId", "DateAssociated"], Report(MONTHS)),
    format("cpor-m365-usage", &[&["Date", "Month"], &["WorkloadName"], &["PaidAvailableUnits", "MonthlyActiveUsers"], &["ClaimId", "DateAssociated"]], &[], Report(Month(&["Date", "Month"]))),
    format("ems-usage", &[&["Month"], &["AADPPaidAvailableUnits", "IntunePaidAvailableUnits", "AzipPaidAvailableUnits", "AADPMonthlyActiveUsers", "IntuneMonthlyActiveUsers", "AzipMonthlyActiveUsers"]], &[], Report(MONTHS)),
    format("bizapps-revenue", &[&["FiscalMonthName", "Month"], &["AdjustedRevenueAmtCD"]], &[], Report(MONTHS)),
    format("bizapps-usage", &[&["FiscalMonthName", "Month"], &["Workload", "Workloads", "WorkloadCategory"], &["PAMAU", "MAC", "MAU"]], &["AdjustedRevenueAmtCD"], Report(MONTHS)),
    format("seats-and-revenue", &[&["Month"], &["SubscriptionId"], &["SubscriptionState", "IsAutoRenew", "SubscriptionStartMonth"], &["AvailableSeatsEOP", "AvailableSeats", "TotalSoldSeats", "BilledRevenueUSD"], &["Product", "ReportingProductName", "RawProductName"]], &["ServiceLevel2", "ServiceName", "CustomerStatus", "ActiveSeats"], Report(MONTHS)),
    format("customers-and-tenants", &[&["Month"], &["CustomerTenantId"], &["CustomerStatus", "CustomerTenantCountry", "TenantDomainName"], &["Product", "RawProductName", "CustomerStatus"]], &["SubscriptionState", "ServiceLevel2", "ServiceName"], Report(MONTHS)),
    format("training-completions", &[&["TrainingTitle"], &["TrainingCompletionDate"]], &[], Report(Day(&["TrainingCompletionDate"]))),
    format("pal", &[&["properties.partnerId"], &["properties.objectId", "properties.tenantId"]], &[], Report(Instant(&["properties.updatedTime", "properties.updatedTime.value"]))),
    format("pal", &[&["partnerId"], &["objectId"], &["tenantId"], &["updatedTime", "createdTime", "state"]], &[], Report(Instant(&["updatedTime", "updatedTime.value"]))),
    format("pal", &[&["partnerAdminLink"], &["objectId"], &["tenantId"]], &[], Report(Never)),
    format("webhooks", &[&["EventName"], &["ResourceUri", "ResourceName", "ResourceChangeUtcDate", "AuditUri"]], &[], Report(Instant(&["ResourceChangeUtcDate"]))),
    format("audit-records", &[&["operationType"], &["operationDate", "operationStatus", "resourceType"]], &[], Report(Instant(&["operationDate"]))),
    format("events", &[&["type"], &["effective_at", "month"]], &[], Events),
    format("refused lines", &[&["code"], &["line"], &["message"]], &["type", "seq"], NoProof("what an import refused; mend the file that it names, and import that")),
    format("entries", &[&["seq"], &["recorded_at"], &["event"]], &[], Entries),
    format(PROFILE, &[&["PGAMpnId", "PGAPartnerID", "GlobalPartnerID"], &["MPNId", "PartnerID"], &["HierarchyLevel", "AccountType", "PGA_PartnerName"]], &["Month"], Accounts),

    format("earnings", &[&["earningId"], &["earningAmount", "earningAmountUSD", "earningRate"], &["earningDate", "calculationDate", "earningType"]], &[], NoProof(PAID)),
    format("growth levers of earnings", &[&["earningId"], &["transactionMonth"]], &[], NoProof(PAID)),
    format("ineligible revenue", &[&["unearnedId"]], &[], NoProof(PAID)),
    format("invoice reconciliation", &[&["InvoiceNumber"], &["ChargeType", "ChargeStartDate"], &["Subtotal", "Total", "UnitPrice"]], &[], NoProof(PAID)),
    format("daily usage of an invoice", &[&["PartnerEarnedCreditPercentage"], &["EntitlementId", "SubscriptionId"]], &[], NoProof(PAID)),
    format("CSPRevenueDetails", &[&["MonthKey"], &["BilledRevenueUSD", "SummaryPricingLevel", "ReportingPricingLevel"]], &[], NoProof("billed revenue by price list; seats-and-revenue tells it by product")),
    format("DynamicsUsage", &[&["Month"], &["ActiveSeats", "ActiveUsagePercent"], &["RevSumDivisionName", "RevSumCategoryName"]], &[], NoProof(SEATS)),
    format("PowerBIUsage", &[&["Month"], &["ActiveSeats", "ActiveUsagePercent", "TotalActiveSeats"]], &["RevSumDivisionName", "RevSumCategoryName"], NoProof(SEATS)),
    format("TeamsUsageWorkload", &[&["MonthKey"], &["SubWorkload"]], &[], NoProof("users by device, without the seats that they are compared with; office-usage has both")),
    format("MSLearn", &[&["TrainingName"], &["CompletionDate"]], &[], NoProof(LEARNING)),
    format("achievements of Learn", &[&["awardUid", "awardType"], &["AwardedOn"]], &[], NoProof(LEARNING)),
    format("applied skills of Learn", &[&["appliedSkillsUid"], &["examScoredDate", "labProfileName"]], &[], NoProof(LEARNING)),
    format("ResellerPerformance", &[&["Month"], &["ResellerMpnid", "IndirectProviderMPNId"]], &[], NoProof("sales of other partners, by names of customers without their tenants")),
    format("CompetencySummaryHistory", &[&["CompetencyName"], &["CompetencyLevel", "CompetencyStatus", "MetricName"]], &[], NoProof("the programme before the score")),
    format("activity log", &[&["Date-Time (UTC)", "Date-Time"], &["Action"], &["Affected Customer", "Performed By", "Partner user"]], &[], NoProof("names of customers without their tenants; audit-records has both")),
    format("Customers.csv", &[&["Microsoft ID"], &["Primary domain name", "Relationship"]], &[], NoProof("the customers of today, without any date")),
    format("Export subscriptions", &[&["Subscription ID"], &["Subscription"], &["Quantity"], &["Status"]], &[], NoProof(STATE)),
    format("screen of skilling", &[&["Certification name"], &["Individual name", "Certification type"]], &[], NoProof(SCREEN)),
    format("screen of customers", &[&["Customer"], &["Deployments"], &["Net Revenue(USD)", "MAU current", "MAU baseline"]], &[], NoProof(SCREEN)),
    format("screen of customers", &[&["Customer"], &["MAU current"], &["MAU baseline"]], &[], NoProof(SCREEN)),
    format("scheduled datasets", &[&["datasetName"], &["selectableColumns"]], &[], NoProof(CATALOGUE)),
    format("executions of a report", &[&["executionId"], &["executionStatus", "reportAccessSecureLink"]], &[], NoProof(CATALOGUE)),
    format("queries", &[&["queryId"], &["query"]], &[], NoProof(CATALOGUE)),
    format("scheduled reports", &[&["reportId"], &["recurrenceInterval", "recurrenceCount"], &["queryId", "reportName"]], &[], NoProof(CATALOGUE)),
    format("GDAP relationships", &[&["accessDetails"], &["duration", "endDateTime", "activatedDateTime"]], &[], NoProof("rights of administration, which are no association")),
    format("customers", &[&["companyProfile"], &["relationshipToPartner", "id"]], &[], NoProof(STATE)),
    format("request of a relationship", &[&["url"], &["attributes.objectType"]], &["id"], NoProof("an invitation; webhooks and audit-records tell when it was accepted")),
    format("indirect resellers", &[&["relationshipType"], &["mpnId"], &["state"]], &[], NoProof("other partners, not customers")),
    format("subscriptions", &[&["creationDate"], &["quantity"], &["commitmentEndDate", "effectiveStartDate"], &["status"]], &[], NoProof(STATE)),
    format("analytics of subscriptions", &[&["customerTenantId"], &["creationDate"], &["subscriptionType", "deprovisionedDate", "lastUsageDate"], &["status"]], &[], NoProof(STATE)),
    format("usage of licences", &[&["licensesActive", "licensesQualified"], &["processedDateTime", "usagePercent"]], &[], NoProof("names of customers without their tenants; office-usage has both")),
    format("history of the security score", &[&["compliantRequirementsCount"], &["totalRequirementsCount"]], &[], NoProof("the partner's own security, another score")),
    format("reply of a query", &[&["wrapper.dataRedacted"]], &[], NoProof("the columns of no report; select those of a whole data set")),
];
