//! What files look like: the columns or members that tell them apart.

pub(crate) mod names;
pub(crate) mod recognise;

use crate::kind::Kind;

/// The names of the global account's column in all reports.
pub(crate) const PARTNER: &[&str] = &["PGAMpnId", "PGAPartnerID", "GlobalPartnerID"];
/// The names of the location account's column in all reports.
pub(crate) const LOCATION: &[&str] = &["MPNId", "PartnerID"];
/// The columns of months in most reports.
pub(crate) const MONTHS: DateColumns = DateColumns::Month(&["Month", "FiscalMonthName", "Date"]);

/// What reports of a kind look like.
pub(crate) struct Format {
    pub(crate) kind: Kind,
    /// The columns that such reports are known to have, needed or not, with blanks between them.
    pub(crate) columns: &'static str,
    /// What tells them from other files: one for each form that they come in.
    pub(crate) forms: &'static [Form],
    /// The columns of months that are read.
    pub(crate) months: &'static [&'static str],
    /// The columns of days that are read.
    pub(crate) days: &'static [&'static str],
    /// What the names of the columns of amounts end with that are read.
    pub(crate) amounts: &'static [&'static str],
    /// Whether rows name persons: no text of a refused one is shown.
    pub(crate) names_persons: bool,
}

/// A form in which reports come.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    /// What the file has: of each list one name at least. What a reader needs beyond, it says itself.
    pub(crate) needed: &'static [&'static [&'static str]],
    /// What it has none of.
    pub(crate) without: &'static [&'static str],
    pub(crate) dated: DateColumns,
}

/// Where a report has its months, days or instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateColumns {
    Month(&'static [&'static str]),
    Day(&'static [&'static str]),
    /// Members of objects; a point leads into a nested one.
    Instant(&'static [&'static str]),
    None,
}

impl Format {
    /// Reports whose columns are not listed, such as those in JSON.
    pub(crate) const fn of(kind: Kind, forms: &'static [Form]) -> Self {
        Self { kind, columns: "", forms, months: &[], days: &[], amounts: &[], names_persons: false }
    }

    /// The columns that such reports are known to have.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.split_ascii_whitespace()
    }
}

impl Form {
    /// A form that no column rules out.
    pub(crate) const fn of(needed: &'static [&'static [&'static str]], dated: DateColumns) -> Self {
        Self { needed, without: &[], dated }
    }
}

/// The formats of all kinds; of several that a file fits alike the first is meant.
#[derive(Clone, Copy)]
pub(crate) struct Formats(pub(crate) &'static [&'static Format]);

impl Formats {
    /// The format of a kind.
    pub(crate) fn of(self, kind: Kind) -> &'static Format {
        self.0.iter().find(|format| format.kind == kind).expect("the table of readers has every kind")
    }
}

/// Anything that a file may be: its name, what tells it from others, and what it is good for.
#[derive(Clone, Copy)]
pub(crate) struct KnownFile {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) content: Purpose,
}

/// What a file is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is a report.
    Report,
    /// Events as lines of JSON.
    Events,
    /// Entries as `export` prints them.
    Entries,
    /// Nothing that the score counts, and why.
    NoProof(&'static str),
}

/// The name of the report of accounts.
pub(crate) const PROFILE: &str = "Profile";

const fn other(
    name: &'static str,
    needed: &'static [&'static [&'static str]],
    without: &'static [&'static str],
    content: Purpose,
) -> KnownFile {
    KnownFile { name, form: Form { needed, without, dated: DateColumns::None }, content }
}

use Purpose::{Entries, Events, NoProof};

const ACCOUNTS: &str = "it tells which location belongs to which account, for the other files of the import";
const SEATS: &str = "seats without a product of the score; office-usage, ems-usage and bizapps-usage tell those";
const CATALOGUE: &str = "what can be asked or was made, not what it said; import the downloaded file";
const STATE: &str = "the state now, without the days on which it began and ended";
const PAID: &str = "what was paid or not; the score counts what was used, which the usage reports tell";
const LEARNING: &str = "learning that is no certification";
const SCREEN: &str = "names without the ids of tenants and persons; download the report from Insights";

/// What else partners have.
#[rustfmt::skip]
pub(crate) const OTHERS: &[KnownFile] = &[
    other("events", &[&["type"], &["effective_at", "month"]], &[], Events),
    other("refused lines", &[&["code"], &["line"], &["message"]], &["type", "seq"], NoProof("what an import refused; mend the file that it names, and import that")),
    other("entries", &[&["seq"], &["recorded_at"], &["event"]], &[], Entries),
    other(PROFILE, &[&["PGAMpnId", "PGAPartnerID", "GlobalPartnerID"], &["MPNId", "PartnerID"], &["HierarchyLevel", "AccountType", "PGA_PartnerName"]], &["Month"], NoProof(ACCOUNTS)),

    other("earnings", &[&["earningId"], &["earningAmount", "earningAmountUSD", "earningRate"], &["earningDate", "calculationDate", "earningType"]], &[], NoProof(PAID)),
    other("growth levers of earnings", &[&["earningId"], &["transactionMonth"]], &[], NoProof(PAID)),
    other("ineligible revenue", &[&["unearnedId"]], &[], NoProof(PAID)),
    other("invoice reconciliation", &[&["InvoiceNumber"], &["ChargeType", "ChargeStartDate"], &["Subtotal", "Total", "UnitPrice"]], &[], NoProof(PAID)),
    other("daily usage of an invoice", &[&["PartnerEarnedCreditPercentage"], &["EntitlementId", "SubscriptionId"]], &[], NoProof(PAID)),
    other("CSPRevenueDetails", &[&["MonthKey"], &["BilledRevenueUSD", "SummaryPricingLevel", "ReportingPricingLevel"]], &[], NoProof("billed revenue by price list; seats-and-revenue tells it by product")),
    other("DynamicsUsage", &[&["Month"], &["ActiveSeats", "ActiveUsagePercent"], &["RevSumDivisionName", "RevSumCategoryName"]], &[], NoProof(SEATS)),
    other("PowerBIUsage", &[&["Month"], &["ActiveSeats", "ActiveUsagePercent", "TotalActiveSeats"]], &["RevSumDivisionName", "RevSumCategoryName"], NoProof(SEATS)),
    other("TeamsUsageWorkload", &[&["MonthKey"], &["SubWorkload"]], &[], NoProof("users by device, without the seats that they are compared with; office-usage has both")),
    other("MSLearn", &[&["TrainingName"], &["CompletionDate"]], &[], NoProof(LEARNING)),
    other("applied skills of Learn", &[&["appliedSkillsUid"], &["examScoredDate", "labProfileName"]], &[], NoProof(LEARNING)),
    other("ResellerPerformance", &[&["Month"], &["ResellerMpnid", "IndirectProviderMPNId"]], &[], NoProof("sales of other partners, by names of customers without their tenants")),
    other("CompetencySummaryHistory", &[&["CompetencyName"], &["CompetencyLevel", "CompetencyStatus", "MetricName"]], &[], NoProof("the programme before the score")),
    other("activity log", &[&["Date-Time (UTC)", "Date-Time"], &["Action"], &["Affected Customer", "Performed By", "Partner user"]], &[], NoProof("names of customers without their tenants; audit-records has both")),
    other("Customers.csv", &[&["Microsoft ID"], &["Primary domain name", "Relationship"]], &[], NoProof("the customers of today, without any date")),
    other("Export subscriptions", &[&["Subscription ID"], &["Subscription"], &["Quantity"], &["Status"]], &[], NoProof(STATE)),
    other("screen of skilling", &[&["Certification name"], &["Individual name", "Certification type"]], &[], NoProof(SCREEN)),
    other("screen of customers", &[&["Customer"], &["Deployments"], &["Net Revenue(USD)", "MAU current", "MAU baseline"]], &[], NoProof(SCREEN)),
    other("screen of customers", &[&["Customer"], &["MAU current"], &["MAU baseline"]], &[], NoProof(SCREEN)),
    other("scheduled datasets", &[&["datasetName"], &["selectableColumns"]], &[], NoProof(CATALOGUE)),
    other("executions of a report", &[&["executionId"], &["executionStatus", "reportAccessSecureLink"]], &[], NoProof(CATALOGUE)),
    other("queries", &[&["queryId"], &["query"]], &[], NoProof(CATALOGUE)),
    other("scheduled reports", &[&["reportId"], &["recurrenceInterval", "recurrenceCount"], &["queryId", "reportName"]], &[], NoProof(CATALOGUE)),
    other("GDAP relationships", &[&["accessDetails"], &["duration", "endDateTime", "activatedDateTime"]], &[], NoProof("rights of administration, which are no association")),
    other("customers", &[&["companyProfile"], &["relationshipToPartner", "id"]], &[], NoProof(STATE)),
    other("request of a relationship", &[&["url"], &["attributes.objectType"]], &["id"], NoProof("an invitation; webhooks and audit-records tell when it was accepted")),
    other("indirect resellers", &[&["relationshipType"], &["mpnId"], &["state"]], &[], NoProof("other partners, not customers")),
    other("subscriptions", &[&["creationDate"], &["quantity"], &["commitmentEndDate", "effectiveStartDate"], &["status"]], &[], NoProof(STATE)),
    other("analytics of subscriptions", &[&["customerTenantId"], &["creationDate"], &["subscriptionType", "deprovisionedDate", "lastUsageDate"], &["status"]], &[], NoProof(STATE)),
    other("usage of licences", &[&["licensesActive", "licensesQualified"], &["processedDateTime", "usagePercent"]], &[], NoProof("names of customers without their tenants; office-usage has both")),
    other("history of the security score", &[&["compliantRequirementsCount"], &["totalRequirementsCount"]], &[], NoProof("the partner's own security, another score")),
    other("reply of a query", &[&["wrapper.dataRedacted"]], &[], NoProof("the columns of no report; select those of a whole data set")),
];
