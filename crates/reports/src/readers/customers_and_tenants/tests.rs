//! What reports of customers give, row by row.

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, Skip, UnmappedText};

const HEADER: &str = "PGAMpnId,MpnId,CustomerSegment,TopSegment,SubSegment,CustomerStatus,CustomerTenantId,Product,\
    Month,PartnerAttributionType,SalesChannel,IsDuplicateRowForPGA,BilledRevenueUSD,AzureConsumedRevenueUSD";
const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const SMB: &str = "\"Small, Medium & Corporate - SMB\"";

fn row(month: &str, segment: &str, status: &str, product: &str, duplicate: &str) -> String {
    format!(
        "6034453,6034454,{segment},,,{status},{FABRIKAM},{product},{month},CSP Tier 1,Direct/CSP,{duplicate},5,1450.25\n"
    )
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}", rows.concat())
}

fn import_to(book: &Book, rows: &[String]) -> ImportedFiles {
    let text = file(rows);
    book.import(&File::new(Kind::CustomersAndTenants, "c.csv", &text)).expect("the columns are there")
}

fn import(rows: &[String]) -> ImportedFiles {
    import_to(&Book::default(), rows)
}

#[test]
fn a_row_gives_a_segment_and_an_association_but_no_figure() {
    let book = Book::default();
    let rows = [
        row("20230701", SMB, "Active", "Microsoft Azure", "0"),
        row("20230801", SMB, "Active", "Exchange Online", "0"),
        row("20230901", "Enterprise", "Active", "Dynamics 365 Sales", "0"),
    ];
    let imported = import_to(&book, &rows);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 8001 Microsoft Azure - -",
            "association_accepted 6034453/6034454 2023-08-01 csp direct_bill 8001 Exchange - -",
            "association_accepted 6034453/6034454 2023-09-01 csp direct_bill 8001 Sales - -",
            "customer_classified 6034453/- 2023-07-01 8001 smb",
            "customer_classified 6034453/- 2023-09-01 8001 enterprise",
        ]
    );
    assert_eq!(import_to(&book, &rows).new, [""; 0], "once more");
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn the_segment_is_the_first_that_the_maps_know() {
    for (segment, top, sub, found) in [
        ("Enterprise", "SMC", "", Some("enterprise")),
        ("", "SMC", "", Some("smb")),
        ("Odd", "SMC", "Enterprise", Some("enterprise")),
        ("Odd", "", "", None),
        ("", "", "", None),
    ] {
        let line =
            row("20230701", segment, "Active", "", "0").replacen(",,,Active", &format!(",{top},{sub},Active"), 1);
        let imported = import(&[line]);
        let new: Vec<String> = imported.new;
        let expected: Vec<String> =
            found.iter().map(|found| format!("customer_classified 6034453/- 2023-07-01 8001 {found}")).collect();
        assert_eq!(new, expected, "{segment}/{top}/{sub}");
        let unmapped = imported.summary.unmapped.get(&(UnmappedText::Segment, "Odd".to_owned()));
        assert_eq!(unmapped.is_some(), segment == "Odd" && found.is_none(), "{segment}/{top}/{sub}");
    }
}

#[test]
fn a_customer_has_one_segment_in_a_month() {
    let said = |segment: &str, duplicate: &str| row("20230701", segment, "Active", "", duplicate);
    for (rows, found, refused) in [
        (vec![said(SMB, "0"), said(SMB, "0")], Some("smb"), None),
        (vec![said("Enterprise", "1"), said(SMB, "0")], Some("smb"), None),
        (vec![said(SMB, "0"), said("Enterprise", "1")], Some("smb"), None),
        (vec![said("Enterprise", "1"), said(SMB, "1"), said(SMB, "0")], Some("smb"), None),
        (vec![said("Enterprise", "1"), said(SMB, "1")], None, Some(3)),
        (vec![said(SMB, "0"), said(SMB, "0"), said("Enterprise", "0")], None, Some(4)),
    ] {
        let imported = import(&rows);
        let segments: Vec<&str> = imported
            .new
            .iter()
            .filter_map(|text| text.strip_prefix("customer_classified 6034453/- 2023-07-01 8001 "))
            .collect();
        assert_eq!(segments, found.into_iter().collect::<Vec<_>>(), "{rows:?}");
        let lines: Vec<Option<u64>> = imported.refused.iter().map(|refusal| refusal.line).collect();
        assert_eq!(lines, refused.map(Some).into_iter().collect::<Vec<_>>(), "{rows:?}");
    }
}

#[test]
fn an_older_download_does_not_change_what_a_newer_one_told() {
    let book = Book::default();
    let text = |segment: &str| file(&[row("20230701", segment, "Active", "", "0")]);
    let (new, old) = (text(SMB), text("Enterprise"));
    let at = |name, text| book.import(&File::new(Kind::CustomersAndTenants, name, text)).expect("it is read").new;
    assert_eq!(at("Customers_20230905.csv", &new).len(), 1);
    assert_eq!(at("Customers_20230805.csv", &old), [""; 0]);
    assert_eq!(at("Customers_20231005.csv", &old), ["customer_classified 6034453/- 2023-07-01 8001 enterprise"]);
}

#[test]
fn what_is_not_active_shows_no_association() {
    for (status, associations) in [("Inactive", 0), ("Active", 1), ("", 1), ("Odd", 1)] {
        let imported = import(&[row("20230701", "", status, "Teams", "0")]);
        assert_eq!(imported.new.len(), associations, "{status}");
        assert_eq!(imported.summary.skipped.contains_key(&Skip::NotActive), associations == 0, "{status}");
        let unmapped = imported.summary.unmapped.get(&(UnmappedText::State, "Odd".to_owned()));
        assert_eq!(unmapped.is_some(), status == "Odd", "{status}");
    }
}

#[test]
fn a_snapshot_derives_churn_unless_something_is_used() {
    let book = Book::default();
    let text = file(&[
        row("20230701", SMB, "Active", "Teams", "0"),
        row("20230801", SMB, "Inactive", "Teams", "0"),
        row("20230801", SMB, "Inactive", "Exchange", "0"),
    ]);
    let snapshot = File { snapshot: true, ..File::new(Kind::CustomersAndTenants, "c.csv", &text) };
    let imported = book.import(&snapshot).expect("it is read");
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 8001 Teams - -",
            "association_revoked 6034453/- 2023-08-01 no longer in the report of 2023-08",
            "customer_classified 6034453/- 2023-07-01 8001 smb",
            "customer_churned 6034453/- 2023-08-01 8001 no active subscription in the report of 2023-08",
        ]
    );
    assert!(book.lines().last().is_some_and(|line| line.contains(" line 3, no active subscription (inferred)")));
    assert_eq!(book.import(&snapshot).expect("it is read").new, [""; 0]);
    let usage = "PGAMpnId,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,MPNId,\
        PartnerAttributionType,IsDuplicateRowForPGA\n";
    for (month, is_churn) in [("20230801", false), ("20230901", true)] {
        let used = Book::default();
        let usage = format!("{usage}6034453,{FABRIKAM},Teams,{month},4,1,6034454,CPOR,0\n");
        used.import(&File::new(Kind::OfficeUsage, "o.csv", &usage)).expect("it is read");
        let new = used.import(&snapshot).expect("it is read").new.concat();
        assert_eq!(new.contains("churned"), is_churn, "{month}: {new}");
    }
}

#[test]
fn other_forms_have_other_columns() {
    let query = format!(
        "PGAMpnId,MpnId,PartnerName,CustomerName,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment,CustomerMarket,\
         CustomerStatus,CustomerTenantId,CustomerTenantName,CustomerTenantCountry,TenantDomainName,Product,\
         RawProductName,ProductPartNumber,SKU,Month,PartnerLocationID,PartnerAttributionType,SalesChannel,\
         IsDuplicateRowForPGA,AvailableSeats,BilledRevenueUSD,AzureConsumedRevenueUSD\n\
         6034453,6034454,,,,,,SMC,,Active,{FABRIKAM},,,,Teams,,,,20230701,,CSP Tier 1,Direct,0,0,0,0\n"
    );
    let imported =
        Book::default().import(&File::new(Kind::CustomersAndTenants, "c.csv", &query)).expect("the columns are there");
    assert_eq!(imported.new.len(), 2);
    assert!(imported.summary.unknown_columns.is_empty(), "{:?}", imported.summary.unknown_columns);
    for missing in ["CustomerStatus", "Month", "CustomerTenantId"] {
        let text = format!("{}\n", HEADER.replace(missing, "x"));
        let error =
            Book::default().import(&File::new(Kind::CustomersAndTenants, "c.csv", &text)).err().expect("refused");
        assert!(error.to_string().contains(&format!("{missing} is missing")), "{error}");
    }
}
