//! What reports of Enterprise Mobility + Security give, row by row.

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip, UnmappedText};

const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const FIRST: &str = "11111111-0000-4000-8000-000000000001";
const SEATS: &str = "PaidAvailableUnits";
const USERS: &str = "MonthlyActiveUsers";
const WORKLOADS: [&str; 8] = ["AADP", "Intune", "Azip", "AATP", "MCAS", "MIG", "MDO", "MDE"];

/// A file of rows that name their cells; every other cell is blank.
fn file(with_flag: bool, rows: &[&[(&str, &str)]]) -> String {
    let measures = WORKLOADS.iter().flat_map(|workload| [SEATS, USERS].map(|of| format!("{workload}{of}")));
    let plain = ["PGAMpnId", "SubscriptionId", "SubscriptionStatus", "Month", "SKU", "SKUId", "FreeVsPaidSKU"];
    let more = ["CustomerTenantId", "MPNId", "PartnerAttachType", SEATS, USERS];
    let mut columns: Vec<String> = plain.iter().chain(&more).map(|name| (*name).to_owned()).chain(measures).collect();
    if with_flag {
        columns.push("IsDuplicateRowForPGA".to_owned());
    }
    let usual = [
        ("PGAMpnId", "6034453"),
        ("SubscriptionId", FIRST),
        ("Month", "20230701"),
        ("SKU", "EMS E5"),
        ("FreeVsPaidSKU", "Paid"),
        ("CustomerTenantId", FABRIKAM),
        ("MPNId", "6034454"),
        (SEATS, "999"),
        (USERS, "888"),
    ];
    let mut text = format!("{}\n", columns.join(","));
    for row in rows {
        let cell = |column: &String| {
            let given = row.iter().chain(&usual).find(|(name, _)| name == column);
            given.map_or("", |(_, value)| value)
        };
        let cells: Vec<&str> = columns.iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn import(text: &str) -> ImportedFiles {
    Book::default().import(&File::new(Kind::EmsUsage, "e.csv", text)).expect("the columns are there")
}

fn usages(imported: &ImportedFiles) -> Vec<&str> {
    imported.new.iter().filter_map(|text| text.strip_prefix("usage_reported 6034453/6034454 2023-07 8001 ")).collect()
}

#[test]
fn each_workload_with_a_cell_has_figures_under_its_mapped_name() {
    let imported = import(&file(
        true,
        &[&[
            ("PartnerAttachType", "CPOR"),
            ("AADPPaidAvailableUnits", "420"),
            ("IntunePaidAvailableUnits", "410"),
            ("AzipPaidAvailableUnits", "400"),
            ("AATPPaidAvailableUnits", "390"),
            ("MCASPaidAvailableUnits", "380"),
            ("MDOPaidAvailableUnits", "360"),
            ("MDEPaidAvailableUnits", "350"),
            ("IntuneMonthlyActiveUsers", "150"),
            ("MDEMonthlyActiveUsers", "0"),
        ]],
    ));
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Azure AD Premium 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Defender for Cloud Apps 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Defender for Endpoint 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Defender for Identity 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Defender for Office 365 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Intune 0001 -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Microsoft Information Protection 0001 -",
            "usage_reported 6034453/6034454 2023-07 8001 Azure AD Premium paid_seats = 420 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Intune paid_seats = 410 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Intune active_users = 150 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Microsoft Information Protection paid_seats = 400 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Defender for Identity paid_seats = 390 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Defender for Cloud Apps paid_seats = 380 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Defender for Office 365 paid_seats = 360 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Defender for Endpoint paid_seats = 350 of 0001",
            "usage_reported 6034453/6034454 2023-07 8001 Defender for Endpoint active_users = 0 of 0001",
        ]
    );
    assert!(imported.summary.skipped.is_empty(), "{:?}", imported.summary.skipped);
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn without_a_subscription_the_association_is_of_the_workloads() {
    let imported = import(&file(
        true,
        &[&[
            ("SubscriptionId", ""),
            ("PartnerAttachType", "CPOR"),
            ("AADPPaidAvailableUnits", "420"),
            ("AADPMonthlyActiveUsers", "42"),
            ("IntuneMonthlyActiveUsers", "1"),
        ]],
    ));
    assert_eq!(
        imported.new[..2],
        [
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Azure AD Premium - -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Intune - -",
        ]
    );
    assert_eq!(imported.new.len(), 5);
}

#[test]
fn duplicates_free_rows_and_blank_ones_do_not_count() {
    let seats = ("IntunePaidAvailableUnits", "10");
    let imported = import(&file(
        true,
        &[
            &[seats],
            &[seats],
            &[seats, ("IsDuplicateRowForPGA", "1"), ("PartnerAttachType", "CPOR")],
            &[seats, ("FreeVsPaidSKU", "Trial")],
            &[seats, ("FreeVsPaidSKU", "FREE")],
            &[seats, ("CustomerTenantId", "")],
            &[],
            &[seats, ("PartnerAttachType", "CSP Tier 1"), ("SubscriptionStatus", "Suspended")],
            &[seats, ("SubscriptionStatus", "Odd")],
        ],
    ));
    assert_eq!(usages(&imported), ["Intune paid_seats = 40 of 0001"]);
    assert_eq!(imported.new.len(), 2, "the duplicate shows its association, what is not active does not");
    for (reason, count) in [(Skip::FreeOrTrial, 2), (Skip::NoFigure, 1), (Skip::NoCustomer, 1), (Skip::NotActive, 1)] {
        assert_eq!(imported.summary.skipped.get(&reason), Some(&count), "{reason}");
    }
    assert_eq!(imported.summary.duplicates_skipped.get("IsDuplicateRowForPGA"), Some(&1));
    assert_eq!(imported.summary.unmapped.get(&(UnmappedText::State, "Odd".to_owned())), Some(&1));
}

/// What the forms without a flag show several times counts once.
#[test]
fn without_flags_views_that_say_the_same_are_one_figure() {
    let row = |sku: &'static str, by: &'static str, at: &'static str, seats: &'static str| {
        [("SKU", sku), ("PartnerAttachType", by), ("MPNId", at), ("IntunePaidAvailableUnits", seats)]
    };
    for (rows, figure) in [
        (vec![row("E5", "CPOR", "1", "10"), row("E5", "CSP Tier 1", "1", "10")], "10"),
        (vec![row("E5", "CPOR", "1", "10"), row("E5", "CPOR", "2", "10")], "10"),
        (vec![row("E5", "CPOR", "1", "10"), row("E3", "CPOR", "1", "5")], "15"),
        (vec![row("E5", "CPOR", "1", "10"), row("E5", "CPOR", "1", "7")], "17"),
        (vec![row("E5", "CPOR", "1", "10"), row("E5", "CPOR", "2", "7")], "17"),
        (vec![row("E5", "CPOR", "1", "10"), row("E3", "CPOR", "1", "5"), row("E3", "PAL", "1", "5")], "15"),
    ] {
        let slices: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
        let imported = import(&file(false, &slices));
        let figures: Vec<&String> = imported.new.iter().filter(|text| text.starts_with("usage")).collect();
        assert_eq!(figures.len(), 1, "{figures:?}");
        assert!(figures.iter().all(|text| text.ends_with(&format!("= {figure} of 0001"))), "{rows:?}: {figures:?}");
    }
}

#[test]
fn the_download_and_the_query_have_fewer_columns() {
    let download = format!(
        "PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,SKUId,\
         FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,\
         CustomerMarket,IndustryName,VerticalName,EOU,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,\
         PartnerHierarchy,PaidAvailableUnits,MonthlyActiveUsers,AATPActiveUsage,MCASActiveUsage,\
         AADPPaidAvailableUnits,IntunePaidAvailableUnits,AzipPaidAvailableUnits,AADPMonthlyActiveUsers,\
         IntuneMonthlyActiveUsers,AzipMonthlyActiveUsers,MDM,MAM,SSPR\n\
         6034453,{FIRST},,,Active,20230701,EMS,,Paid,,,,{FABRIKAM},,,,,,,6034454,,,CPOR,,9,9,7,6,20,,,2,,,,,\n"
    );
    let imported = import(&download);
    assert_eq!(
        usages(&imported),
        [
            "Azure AD Premium paid_seats = 20 of 0001",
            "Azure AD Premium active_users = 2 of 0001",
            "Defender for Identity active_users = 7 of 0001",
            "Defender for Cloud Apps active_users = 6 of 0001",
        ]
    );
    assert!(imported.summary.unknown_columns.is_empty(), "{:?}", imported.summary.unknown_columns);
    let query = format!(
        "SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,SKUId,FreeVsPaidSKU,\
         SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,\
         MPNId,PartnerName,PartnerLocationID,PartnerAttachType,PartnerHierarchy,PaidAvailableUnits,\
         MonthlyActiveUsers,AADPPaidAvailableUnits,IntunePaidAvailableUnits,AzipPaidAvailableUnits,\
         AADPMonthlyActiveUsers,IntuneMonthlyActiveUsers,AzipMonthlyActiveUsers\n\
         {FIRST},,,Active,20230701,EMS,,Paid,,,,{FABRIKAM},,,,6034454,,,CPOR,,9,9,20,,,2,,\n"
    );
    let named = File { partner: Some("6034453"), ..File::new(Kind::EmsUsage, "e.csv", &query) };
    let imported = Book::default().import(&named).expect("the columns are there");
    assert_eq!(imported.new.len(), 3);
    assert!(imported.summary.unknown_columns.is_empty(), "{:?}", imported.summary.unknown_columns);
    let error = Book::default().import(&File::new(Kind::EmsUsage, "e.csv", &query)).err().expect("no partner");
    assert!(matches!(error, ReportError::PartnerNeeded { .. }));
}

#[test]
fn a_report_without_any_workload_is_refused() {
    let text = "PGAMpnId,SubscriptionId,Month,CustomerTenantId,PaidAvailableUnits,MonthlyActiveUsers\n";
    let error = Book::default().import(&File::new(Kind::EmsUsage, "e.csv", text)).err().expect("it is refused");
    assert!(error.to_string().contains("AADPPaidAvailableUnits (or IntunePaidAvailableUnits"), "{error}");
}

#[test]
fn a_cell_that_cannot_be_read_leaves_its_figure_out() {
    let seats = ("IntunePaidAvailableUnits", "10");
    for with_flag in [true, false] {
        let imported =
            import(&file(with_flag, &[&[seats], &[("IntunePaidAvailableUnits", "x"), ("MDEPaidAvailableUnits", "1")]]));
        assert_eq!(usages(&imported), ["Defender for Endpoint paid_seats = 1 of 0001"]);
        assert_eq!((imported.refused.len(), imported.summary.broken_figures), (1, 1));
    }
}
