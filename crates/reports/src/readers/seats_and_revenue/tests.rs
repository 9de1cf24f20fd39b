//! What reports of subscriptions give, row by row.

use crate::testing::{Book, File, ImportedFiles};
use crate::{Domain, Kind, Skip, UnmappedText};

const HEADER: &str = "PGAMpnId,SubscriptionId,SubscriptionState,Month,CustomerTenantId,ReportingProductName,Product,\
    MPNId,PartnerAttributionType,SalesChannel,IsDuplicateRowForPGA,AvailableSeatsEOP,AvailableSeats,BilledRevenueUSD,\
    AzureConsumedRevenueUSD";
const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const FIRST: &str = "11111111-0000-4000-8000-000000000001";

/// A row of the first subscription of Fabrikam, with 5 seats more than the month before.
fn row(month: &str, product: &str, state: &str, duplicate: &str, seats: &str, revenue: &str) -> String {
    format!(
        "6034453,{FIRST},{state},{month},{FABRIKAM},,{product},6034454,CSP Tier 2,Indirect/CSP,{duplicate},{seats},5,\
         {revenue},77\n"
    )
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}", rows.concat())
}

fn import(rows: &[String]) -> ImportedFiles {
    let text = file(rows);
    Book::default().import(&File::new(Kind::SeatsAndRevenue, "s.csv", &text)).expect("the columns are there")
}

fn snapshot(book: &Book, rows: &[String]) -> Vec<String> {
    let text = file(rows);
    let file = File { snapshot: true, ..File::new(Kind::SeatsAndRevenue, "s.csv", &text) };
    book.import(&file).expect("the columns are there").new
}

fn usages(imported: &ImportedFiles) -> Vec<&str> {
    imported.new.iter().filter_map(|text| text.strip_prefix("usage_reported 6034453/6034454 2023-07 8001 ")).collect()
}

#[test]
fn seats_at_the_end_and_revenue_of_business_applications_are_figures() {
    let imported = import(&[
        row("20230701", "Dynamics 365 Sales", "Active", "0", "40", "412.50"),
        row("20230701", "Dynamics 365 Sales", "Active", "0", "2", "-12.50"),
        row("20230701", "Dynamics 365 Sales", "Active", "1", "40", "412.50"),
        row("20230701", "Microsoft 365 E3", "Active", "0", "30", "99"),
        row("20230701", "Exchange Online", "Active", "0", "20", "10"),
        row("20230701", "Microsoft Azure", "Active", "0", "", "0"),
    ]);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller 8001 Sales 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller 8001 Microsoft 365 E3 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller 8001 Exchange 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller 8001 Microsoft Azure 0001 -",
            "usage_reported 6034453/6034454 2023-07 8001 Sales revenue_usd = 400 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Sales paid_seats = 42 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Microsoft 365 E3 paid_seats = 30 of 0001",
        ]
    );
    for (reason, count) in [(Skip::SeatsOfWorkload, 1), (Skip::OtherRevenue, 2), (Skip::NoFigure, 1)] {
        assert_eq!(imported.summary.skipped.get(&reason), Some(&count), "{reason}");
    }
    assert_eq!(imported.summary.duplicates_skipped.get("IsDuplicateRowForPGA"), Some(&1));
    let unmapped: Vec<_> = imported.summary.unmapped.iter().collect();
    let product = (UnmappedText::Product(Domain::BizappsRevenue), "Microsoft 365 E3".to_owned());
    assert_eq!(unmapped, [(&product, &1)]);
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn the_reporting_name_stands_in_for_a_product() {
    let named = row("20230701", "", "Active", "0", "3", "1").replace(",,,6034454", ",Power BI,,6034454");
    let none = row("20230701", "", "Active", "0", "3", "1");
    let imported = import(&[named, none]);
    assert_eq!(usages(&imported), ["Power BI revenue_usd = 1 of 0001", "Power BI paid_seats = 3 of 0001"]);
    assert_eq!(imported.summary.skipped.get(&Skip::NoProduct), Some(&1));
}

#[test]
fn without_a_subscription_the_association_is_of_the_product() {
    let imported = import(&[row("20230701", "Power BI", "Active", "0", "3", "1").replace(FIRST, "")]);
    let association = "association_accepted 6034453/6034454 2023-07-01 csp indirect_reseller 8001 Power BI - -";
    assert_eq!(imported.new.first().map(String::as_str), Some(association));
}

#[test]
fn what_is_not_active_shows_no_association() {
    for (state, associations) in [("Churned", 0), ("Disabled", 0), ("Active", 1), ("", 1), ("Odd", 1)] {
        let imported = import(&[row("20230701", "Power BI", state, "0", "0", "0")]);
        let found = imported.new.iter().filter(|text| text.starts_with("association")).count();
        assert_eq!(found, associations, "{state}");
        assert_eq!(imported.summary.skipped.contains_key(&Skip::NotActive), associations == 0, "{state}");
        assert_eq!(imported.summary.unmapped.len(), usize::from(state == "Odd"), "{state}");
    }
}

#[test]
fn the_system_query_has_older_names() {
    let text = format!(
        "PGAMpnId,MpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionState,month,IsAutoRenew,\
         CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment,CustomerMarket,\
         ProductFamily,ReportingProductName,Product,RawProductName,ProductPartNumber,SKU,RevSumDivisionName,\
         PartnerName,SolutionArea,PartnerLocationID,PartnerAttributionType,SalesChannel,PricingLevel,\
         EnrollmentNumber,IsDuplicateRowForPGA,SubscriptionStartMonth,TotalSoldSeats,TotalAssignedSeats,\
         BilledRevenueUSD,AzureConsumedRevenueUSD\n\
         6034453,6034454,{FIRST},,,Active,20230701,,,{FABRIKAM},,,,,,,,Power BI,,,,,,,,CSP Tier 1,Direct,,,0,,40,9,1.5,\n"
    );
    let imported =
        Book::default().import(&File::new(Kind::SeatsAndRevenue, "s.csv", &text)).expect("the columns are there");
    assert_eq!(usages(&imported), ["Power BI revenue_usd = 1.5 of 0001", "Power BI paid_seats = 40 of 0001"]);
    assert!(imported.summary.unknown_columns.is_empty(), "{:?}", imported.summary.unknown_columns);
}

#[test]
fn needed_columns_that_are_missing_are_named() {
    for (missing, named) in [
        ("IsDuplicateRowForPGA", "IsDuplicateRowForPGA is missing"),
        ("AvailableSeatsEOP", "AvailableSeatsEOP (or TotalSoldSeats) is missing"),
        ("BilledRevenueUSD", "BilledRevenueUSD is missing"),
        ("Month", "Month is missing"),
    ] {
        let text = format!("{}\n", HEADER.replace(missing, "x"));
        let error = Book::default().import(&File::new(Kind::SeatsAndRevenue, "s.csv", &text)).err().expect("refused");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn a_cell_that_cannot_be_read_leaves_its_figure_out() {
    let imported = import(&[
        row("20230701", "Power BI", "Active", "0", "4", "1"),
        row("20230701", "Power BI", "Active", "0", "4", "much"),
    ]);
    assert_eq!(usages(&imported), ["Power BI paid_seats = 8 of 0001"]);
    assert_eq!((imported.refused.len(), imported.summary.broken_figures), (1, 1));
}

#[test]
fn a_snapshot_derives_the_churn_of_a_customer_once() {
    let book = Book::default();
    let active = |month: &str| row(month, "Power BI", "Active", "0", "4", "1");
    let churned = |month: &str| row(month, "Power BI", "Churned", "0", "0", "0");
    let of_churn = |new: Vec<String>| new.into_iter().filter(|text| text.contains("churned")).collect::<Vec<_>>();
    let first = [active("20230701"), churned("20230801"), churned("20230901")];
    assert_eq!(
        of_churn(snapshot(&book, &first)),
        ["customer_churned 6034453/- 2023-08-01 8001 no active subscription in the report of 2023-08"]
    );
    assert_eq!(snapshot(&book, &first), [""; 0], "once more");
    assert_eq!(of_churn(snapshot(&book, &[churned("20231001")])), [""; 0], "it is known");
    let back = [active("20231101"), churned("20231201")];
    assert_eq!(
        of_churn(snapshot(&book, &back)),
        ["customer_churned 6034453/- 2023-12-01 8001 no active subscription in the report of 2023-12"]
    );
    assert_eq!(snapshot(&book, &first), [""; 0]);
    assert_eq!(snapshot(&book, &back), [""; 0]);
}

#[test]
fn a_customer_that_a_snapshot_no_longer_has_has_churned() {
    let other = |month: &str| {
        row(month, "Power BI", "Active", "0", "4", "1").replace(FABRIKAM, "b44bb1fb-c595-45b0-9e09-d657365580bf")
    };
    let book = Book::default();
    snapshot(&book, &[row("20230701", "Power BI", "Active", "0", "4", "1"), other("20230701")]);
    let new = snapshot(&book, &[other("20230801")]);
    assert_eq!(
        new.last().map(String::as_str),
        Some("customer_churned 6034453/- 2023-08-01 8001 no longer in the report of 2023-08")
    );
    assert_eq!(snapshot(&book, &[other("20230801")]), [""; 0]);
    let book = Book::default();
    snapshot(&book, &[row("20230701", "Power BI", "Active", "0", "4", "1")]);
    let text = file(&[other("20230801")]);
    let new = book.import(&File::new(Kind::SeatsAndRevenue, "s.csv", &text)).expect("it is read").new;
    assert!(!new.concat().contains("churned"), "only a snapshot proves an absence");
}
