//! What reports of Microsoft 365 usage give, row by row.

use crate::testing::{Book, File, ImportedFiles};
use crate::{Domain, Kind, ReportError, Skip, UnmappedText};

const HEADER: &str = "PGAMpnId,CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,\
    CustomerName,MPNId,PartnerAttributionType,IsDuplicateRowForPGA,TotalPaidAvailableUnits,TotalMonthlyActiveUsers";
const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

fn row(workload: &str, seats: &str, users: &str, attribution: &str, duplicate: &str) -> String {
    format!("6034453,{FABRIKAM},1,{workload},20230701,{seats},{users},Fabrikam,6034454,{attribution},{duplicate},9,9\n")
}

fn import(rows: &[String]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}", rows.concat());
    Book::default().import(&File::new(Kind::OfficeUsage, "o.csv", &text)).expect("the columns are there")
}

#[test]
fn a_row_gives_two_figures_and_an_association_of_its_workload() {
    let imported = import(&[
        row("Exchange Online", "420", "260", "CPOR", "0"),
        row("Teams", "40", "18", "CSP Tier 1", "0"),
        row("Yammer", "5", "1", "Partner of record", "0"),
        row("SharePoint", "5", "1", "Partner admin link", "0"),
    ]);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Exchange - -",
            "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 8001 Teams - -",
            "association_accepted 6034453/6034454 2023-07-01 dpor - 8001 Yammer report:6034454:4fdbff88-9d6b-42e0-9713-45c922ba8001 -",
            "association_accepted 6034453/6034454 2023-07-01 pal - 8001 SharePoint - report:6034454",
            "usage_reported 6034453/6034454 2023-07 8001 Exchange paid_seats = 420 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Exchange active_users = 260 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Teams paid_seats = 40 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Teams active_users = 18 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Yammer paid_seats = 5 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Yammer active_users = 1 of -",
            "usage_reported 6034453/6034454 2023-07 8001 SharePoint paid_seats = 5 of -",
            "usage_reported 6034453/6034454 2023-07 8001 SharePoint active_users = 1 of -",
        ]
    );
    assert!(imported.summary.unknown_columns.is_empty());
    assert!(imported.summary.unmapped.is_empty());
}

#[test]
fn rows_are_summed_and_duplicates_are_not_but_show_their_association() {
    let imported = import(&[
        row("Teams", "40", "18", "CSP Tier 1", "0"),
        row("teams", "2", "1", "CSP Tier 1", "0"),
        row("Teams", "40", "18", "CPOR", "1"),
    ]);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 8001 Teams - -",
            "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Teams - -",
            "usage_reported 6034453/6034454 2023-07 8001 Teams paid_seats = 42 of -",
            "usage_reported 6034453/6034454 2023-07 8001 Teams active_users = 19 of -",
        ]
    );
    assert_eq!(imported.summary.duplicates_skipped.get("IsDuplicateRowForPGA"), Some(&1));
}

#[test]
fn what_proves_nothing_is_counted() {
    let imported = import(&[
        row("Teams", "", "NULL", "", "0"),
        row("Bookings", "1", "", "Deal registration", "0"),
        row("", "1", "1", "CPOR", "0"),
        row("Teams", "1", "1", "Friendship", "0"),
        row("Teams", "1", "1", "CPOR", "0").replace(FABRIKAM, ""),
    ]);
    let usages: Vec<_> = imported.new.iter().filter(|text| text.starts_with("usage")).collect();
    assert_eq!(imported.new.len(), usages.len());
    assert_eq!(usages.len(), 3, "{usages:?}");
    for (reason, count) in [(Skip::NoFigure, 3), (Skip::NoMechanism, 1), (Skip::NoProduct, 1), (Skip::NoCustomer, 1)] {
        assert_eq!(imported.summary.skipped.get(&reason), Some(&count), "{reason}");
    }
    let unmapped = &imported.summary.unmapped;
    assert_eq!(unmapped.get(&(UnmappedText::Product(Domain::M365), "Bookings".to_owned())), Some(&1));
    assert_eq!(unmapped.get(&(UnmappedText::Attribution, "Friendship".to_owned())), Some(&1));
}

#[test]
fn a_cell_that_cannot_be_read_leaves_its_figure_out() {
    for (cells, refusal, figures) in [
        (["4x", "1", "0"], "`PaidAvailableUnits` is \"4x\"", 1),
        (["4", "1e3", "0"], "`MonthlyActiveUsers` is \"1e3\"", 1),
        (["4", "1", "2"], "`IsDuplicateRowForPGA` is \"2\", which must be 0 or 1", 0),
    ] {
        let imported =
            import(&[row("Teams", "1", "1", "CPOR", "0"), row("Teams", cells[0], cells[1], "CPOR", cells[2])]);
        let usages = imported.new.iter().filter(|text| text.starts_with("usage")).count();
        assert_eq!(usages, figures, "{refusal}");
        assert_eq!(imported.summary.broken_figures, 2 - figures as u64, "{refusal}");
        let text = imported.refused.first().expect("one row is refused").to_string();
        assert!(text.starts_with(&format!("line 3: bad_value: {refusal}")), "{text}");
    }
}

#[test]
fn other_forms_have_other_columns() {
    let download = format!(
        "PGAPartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,\
         CustomerName,CustomerMarket,CustomerSegment,IndustryName,VerticalName,EOU,PartnerID,PartnerName,\
         PartnerLocation,PartnerAttributionType,IsDuplicateRowForPGA\n\
         6034453,{FABRIKAM},,Teams,JUL-2023,40,18,,,,,,,6034454,,,CPOR,0\n"
    );
    let query = format!(
        "CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,CustomerName,\
         CustomerMarket,CustomerSegment,MPNId,PartnerName,PartnerLocationID,PartnerAttributionType,\
         IsDuplicateRowForPGA\n{FABRIKAM},,Teams,20230701,40,18,,,,6034454,,,CPOR,0\n"
    );
    let totals = format!(
        "CustomerTenantId,WorkloadName,Month,MPNId,PartnerAttributionType,IsDuplicateRowForPGA,\
         TotalPaidAvailableUnits,TotalMonthlyActiveUsers\n{FABRIKAM},Teams,20230701,6034454,CPOR,0,40,18\n"
    );
    for text in [&download, &query, &totals] {
        let file = File { partner: Some("6034453"), ..File::new(Kind::OfficeUsage, "o.csv", text) };
        let imported = Book::default().import(&file).expect("the columns are there");
        assert_eq!(
            imported.new,
            [
                "association_accepted 6034453/6034454 2023-07-01 cpor osu 8001 Teams - -",
                "usage_reported 6034453/6034454 2023-07 8001 Teams paid_seats = 40 of -",
                "usage_reported 6034453/6034454 2023-07 8001 Teams active_users = 18 of -",
            ]
        );
        assert!(imported.summary.unknown_columns.is_empty(), "{:?}", imported.summary.unknown_columns);
    }
    let error = Book::default().import(&File::new(Kind::OfficeUsage, "o.csv", &query)).err().expect("no partner");
    assert!(matches!(error, ReportError::PartnerNeeded { kind: Kind::OfficeUsage }));
}

#[test]
fn a_needed_column_that_is_missing_is_named() {
    for (missing, named) in [
        ("CustomerTenantId", "CustomerTenantId"),
        ("WorkloadName", "WorkloadName"),
        ("Month,", "Month"),
        ("IsDuplicateRowForPGA", "IsDuplicateRowForPGA"),
    ] {
        let text = format!("{}\n", HEADER.replacen(missing, if missing.ends_with(',') { "x," } else { "x" }, 1));
        let error = Book::default().import(&File::new(Kind::OfficeUsage, "o.csv", &text)).err().expect("refused");
        assert!(error.to_string().contains(&format!("{named} is missing")), "{error}");
    }
    let text = format!("{}\n", HEADER.replace("PaidAvailableUnits", "x"));
    let error = Book::default().import(&File::new(Kind::OfficeUsage, "o.csv", &text)).err().expect("refused");
    assert!(error.to_string().contains("PaidAvailableUnits (or TotalPaidAvailableUnits) is missing"), "{error}");
}

#[test]
fn a_snapshot_ends_what_it_no_longer_shows() {
    let book = Book::default();
    let both =
        format!("{HEADER}\n{}{}", row("Teams", "40", "18", "CPOR", "0"), row("Exchange", "40", "18", "CPOR", "0"));
    let one = format!("{HEADER}\n{}", row("Teams", "40", "18", "CPOR", "0"));
    book.import(&File::new(Kind::OfficeUsage, "o.csv", &both)).expect("it is read");
    let file = File { snapshot: true, ..File::new(Kind::OfficeUsage, "p.csv", &one) };
    assert_eq!(
        book.import(&file).expect("it is read").new,
        [
            "association_revoked 6034453/- 2023-07-01 no longer in the report of 2023-07",
            "usage_reported 6034453/- 2023-07 8001 Exchange paid_seats = 0 of -",
            "usage_reported 6034453/- 2023-07 8001 Exchange active_users = 0 of -",
        ]
    );
    assert_eq!(book.import(&file).expect("it is read").new, [""; 0]);
}
