//! What the rows of one report say, read in the simplest way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::kind::Kind;
use super::reports::ems_columns;
use super::row::{Cell, Row};
use crate::naive::Month;

/// What a figure is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    pub customer: String,
    pub product: String,
    pub metric: &'static str,
    pub month: Month,
    pub subscription: Option<String>,
}

/// An association that rows show.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ShownAssociation {
    pub customer: String,
    pub mechanism: &'static str,
    pub role: Option<&'static str>,
    /// The location, or the claim: two of them are two associations.
    pub by: String,
    pub workload: Option<String>,
    pub subscription: Option<String>,
    /// The report's own date.
    pub began: Option<NaiveDate>,
}

/// A certification of somebody, earned on a day.
pub type Earned = (String, &'static str, NaiveDate);

/// What a report says.
#[derive(Default)]
pub struct ReportFacts {
    pub months: BTreeSet<Month>,
    /// In hundredths.
    pub figures: BTreeMap<Key, i64>,
    pub shown: BTreeSet<(ShownAssociation, Month)>,
    pub segments: BTreeMap<(String, Month), &'static str>,
    /// Customers with something that is active.
    pub active: BTreeSet<(String, Month)>,
    /// Customers of which a row says that something is not active any more.
    pub ended: BTreeSet<(String, Month)>,
    pub certifications: BTreeMap<Earned, NaiveDate>,
}

/// How often each association type states an amount.
type Tally<'a> = BTreeMap<i64, BTreeMap<&'a str, i64>>;

/// Reads the rows of a kind.
pub fn read(kind: Kind, rows: &[Row], codes: &BTreeMap<&str, &'static str>) -> ReportFacts {
    let mut read = ReportFacts::default();
    let mut business: BTreeMap<(Key, String), Tally> = BTreeMap::new();
    for row in rows {
        if kind == Kind::TrainingCompletions {
            read.training(row, codes);
            continue;
        }
        let month = row.month(kind.month_column());
        read.months.insert(month);
        let is_active = ["SubscriptionState", "CustomerStatus"]
            .iter()
            .all(|column| row.given(column).is_none_or(|state| state == "Active"));
        let states = if is_active { &mut read.active } else { &mut read.ended };
        states.insert((tenant(row), month));
        match kind {
            Kind::AzureUsage => {
                let product = row.need("ServiceLevel2");
                if !row.flag("IsACRDuplicateAtPGALevel") {
                    read.add(row, product, "acr_usd", month, row.hundredths("ACR_USD"));
                }
                let workload = subscription(row).is_none().then_some(product);
                read.show(row, "PartnerAttributionType", workload, month);
            }
            Kind::OfficeUsage | Kind::CporM365Usage => {
                let product = row.need("WorkloadName");
                if !row.flag("IsDuplicateRowForPGA") {
                    read.add(row, product, "paid_seats", month, row.hundredths("PaidAvailableUnits"));
                    read.add(row, product, "active_users", month, row.hundredths("MonthlyActiveUsers"));
                }
                read.show(row, "PartnerAttributionType", Some(product), month);
            }
            Kind::EmsUsage => {
                for (part, product) in EMS_PRODUCTS {
                    let (paid, users) = ems_columns(part);
                    if !row.flag("IsDuplicateRowForPGA") && row.hundredths(paid).is_some() {
                        read.add(row, product, "paid_seats", month, row.hundredths(paid));
                        read.add(row, product, "active_users", month, row.hundredths(users));
                    }
                    if row.hundredths(paid).is_some() {
                        read.show(row, "PartnerAttachType", Some(product), month);
                    }
                }
            }
            Kind::BizappsRevenue | Kind::BizappsUsage => {
                let is_trial = row.given("MetricType") == Some("Trial");
                let product = row.given("Workloads").or(row.given("Workload")).expect("a workload");
                let amount = row.hundredths("AdjustedRevenueAmtCD").or(row.hundredths("MAU"));
                let amount = amount.or(row.hundredths("PAMAU")).expect("an amount");
                let metric = if kind == Kind::BizappsRevenue { "revenue_usd" } else { "active_units" };
                if !is_trial {
                    let key = (key(row, product, metric, month), row.given("SkuGroup").unwrap_or("").to_owned());
                    let told = business.entry(key).or_default().entry(amount).or_default();
                    *told.entry(row.need("PartnerAssociationType")).or_default() += 1;
                }
                read.show(row, "PartnerAssociationType", Some(product), month);
            }
            Kind::SeatsAndRevenue => {
                let product = row.need("Product");
                if !row.flag("IsDuplicateRowForPGA") {
                    read.add(row, product, "paid_seats", month, row.hundredths("AvailableSeatsEOP"));
                    if row.need("SolutionArea") == "Business Applications" {
                        read.add(row, product, "revenue_usd", month, row.hundredths("BilledRevenueUSD"));
                    }
                }
                if is_active {
                    read.show(row, "PartnerAttributionType", Some(product), month);
                }
            }
            Kind::CustomersAndTenants => {
                if is_active {
                    read.show(row, "PartnerAttributionType", Some(row.need("Product")), month);
                }
                let segment = match row.given("CustomerSegment") {
                    Some(segment) if segment.contains("SMB") => "smb",
                    Some(_) => "enterprise",
                    None => continue,
                };
                read.segments.insert((tenant(row), month), segment);
            }
            Kind::TrainingCompletions => unreachable!("was read already"),
        }
    }
    for ((key, _), amounts) in business {
        // Where several types state the same amounts, each amount counts as often as in the type that has it most
        // often.
        let often = |rows: BTreeMap<&str, i64>| rows.into_values().max().expect("somebody stated it");
        let sum: i64 = amounts.into_iter().map(|(amount, rows)| amount * often(rows)).sum();
        *read.figures.entry(key).or_default() += sum;
    }
    read
}

const EMS_PRODUCTS: [(&str, &str); 6] = [
    ("AADP", "Azure AD Premium"),
    ("Intune", "Intune"),
    ("AATP", "Defender for Identity"),
    ("Azip", "Microsoft Information Protection"),
    ("MDO", "Defender for Office 365"),
    ("MDE", "Defender for Endpoint"),
];

fn tenant(row: &Row) -> String {
    row.given("CustomerTenantId").or(row.given("CustomerTenantID")).expect("a tenant").to_owned()
}

fn subscription(row: &Row) -> Option<String> {
    row.given("SubscriptionId").or(row.given("SubscriptionID")).map(str::to_owned)
}

fn key(row: &Row, product: &str, metric: &'static str, month: Month) -> Key {
    Key { customer: tenant(row), product: product.to_owned(), metric, month, subscription: subscription(row) }
}

impl ReportFacts {
    fn add(&mut self, row: &Row, product: &str, metric: &'static str, month: Month, amount: Option<i64>) {
        let amount = amount.expect("an amount");
        *self.figures.entry(key(row, product, metric, month)).or_default() += amount;
    }

    /// Notes the association that a row shows, of a workload where it is limited to one.
    fn show(&mut self, row: &Row, column: &str, workload: Option<&str>, month: Month) {
        let (mechanism, role) = match row.need(column) {
            "Partner Admin Link" | "PAL" if row.given("AdminType") == Some("Reader") => return,
            "Partner Admin Link" | "PAL" => ("pal", None),
            "Partner of record" => ("dpor", None),
            "CSP Tier 1" | "CSP T1" => ("csp", Some("direct_bill")),
            "CSP Tier 2" | "CSP T2" => ("csp", Some("indirect_reseller")),
            "CPOR" => ("cpor", Some("osu")),
            "Transacting partner of record" => ("tpor", None),
            other => panic!("no mechanism of {other}"),
        };
        let own = subscription(row);
        let needs_one = matches!(mechanism, "dpor" | "tpor");
        let shown = ShownAssociation {
            customer: tenant(row),
            mechanism,
            role,
            by: row.given("ClaimId").or(row.given("MPNId")).unwrap_or("").to_owned(),
            workload: workload.map(str::to_owned),
            subscription: own.or(needs_one.then(|| format!("report:{}", tenant(row)))),
            began: row.day("DateAssociated"),
        };
        self.shown.insert((shown, month));
    }

    fn training(&mut self, row: &Row, codes: &BTreeMap<&str, &'static str>) {
        if row.given("TrainingType") != Some("certification") {
            return;
        }
        let code = codes.get(row.need("TrainingTitle")).expect("a title of the list");
        let Cell::Day(earned) = row.cell("TrainingCompletionDate") else { panic!("no day: {row:?}") };
        let expires = row.day("ExpirationDate").expect("a day");
        self.certifications.insert((row.need("MCPID").to_owned(), code, *earned), expires);
    }
}
