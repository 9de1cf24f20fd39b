use crate::testing::{Book, File, ImportedFiles};
use crate::{Domain, Kind, ReportError, Skip, UnmappedText};

const HEADER: &str = "FiscalMonthName,GlobalPartnerID,PartnerAssociationType,CustomerTenantID,SubscriptionId,\
    SubscriptionStartDate,Workloads,AdjustedRevenueAmtCD";
const TAILWIND: &str = "45c44870-ef77-4fdd-b6fe-3dacb075cff2";
const FIRST: &str = "11111111-0000-4000-8000-000000000001";
const SECOND: &str = "11111111-0000-4000-8000-000000000002";
const THIRD: &str = "11111111-0000-4000-8000-000000000003";

fn row(month: &str, association: &str, subscription: &str, workload: &str, amount: &str) -> String {
    format!("\"{month}\",6034453,{association},{TAILWIND},{subscription},2022-05-01,{workload},{amount}\n")
}

fn import_into(book: &Book, rows: &[String]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}", rows.concat());
    book.import(&File::new(Kind::BizappsRevenue, "r.csv", &text)).expect("the columns are there")
}

fn import(rows: &[String]) -> ImportedFiles {
    import_into(&Book::default(), rows)
}

fn usages(imported: &ImportedFiles) -> Vec<&str> {
    imported.new.iter().filter_map(|text| text.strip_prefix("usage_reported 6034453/- ")).collect()
}

#[test]
fn a_row_gives_a_figure_and_an_association_of_its_product_and_subscription() {
    let imported = import(&[row("July, 2023", "CSP T1", FIRST, "Business Central", "1620.00")]);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/- 2023-07-01 csp direct_bill cff2 Business Central 0001 -",
            "usage_reported 6034453/- 2023-07 cff2 Business Central revenue_usd = 1620 of 0001",
        ]
    );
    assert!(imported.summary.unknown_columns.is_empty());
}

#[test]
fn what_every_association_type_says_is_one_figure() {
    for (rows, expected) in [
        (&[("CSP T1", "100"), ("PAL", "100"), ("CPOR", "100")][..], "100"),
        (&[("CSP T1", "60"), ("CSP T1", "40"), ("PAL", "100.00")], "100"),
        (&[("CSP T1", "60"), ("PAL", "100")], "160"),
        (&[("CSP T1", "-60.5"), ("CSP T1", "10")], "-50.5"),
        (&[("", "60"), ("CSP T1", "60")], "60"),
    ] {
        let rows: Vec<String> = rows.iter().map(|(by, amount)| row("July, 2023", by, FIRST, "Sales", amount)).collect();
        let expected = format!("2023-07 cff2 Sales revenue_usd = {expected} of 0001");
        assert_eq!(usages(&import(&rows)), [expected.as_str()], "{rows:?}");
    }
}

#[test]
fn months_workloads_and_subscriptions_are_told_apart() {
    let imported = import(&[
        row("July, 2023", "CSP T1", FIRST, "Dynamics 365 Sales", "1"),
        row("July 2023", "CSP T1", SECOND, "Sales", "2"),
        row("20230801", "CSP T1", SECOND, "Sales", "4"),
        row("AUG-2023", "CSP T1", "", "Finance", "8"),
    ]);
    assert_eq!(
        usages(&imported),
        [
            "2023-07 cff2 Sales revenue_usd = 1 of 0001",
            "2023-07 cff2 Sales revenue_usd = 2 of 0002",
            "2023-08 cff2 Sales revenue_usd = 4 of 0002",
            "2023-08 cff2 Finance revenue_usd = 8 of -",
        ]
    );
}

#[test]
fn associations_go_by_their_type_and_are_as_tight_as_the_row() {
    for (text, subscription, expected) in [
        ("CPOR", FIRST, "cpor revrec cff2 Sales 0001 -"),
        ("CPOR", "", "cpor revrec cff2 Sales - -"),
        ("Usage recognition", "", "cpor osu cff2 Sales - -"),
        ("CSP T2", "", "csp indirect_reseller cff2 Sales - -"),
        ("PAL", FIRST, "pal - cff2 Sales 0001 report:6034453"),
        ("DPOR", FIRST, "dpor - cff2 Sales 0001 -"),
        ("Partner of record", "", "dpor - cff2 Sales report:6034453:45c44870-ef77-4fdd-b6fe-3dacb075cff2 -"),
    ] {
        let imported = import(&[row("July, 2023", text, subscription, "Sales", "1")]);
        let association = imported.new.iter().find_map(|text| text.strip_prefix("association_accepted 6034453/- "));
        assert_eq!(association, Some(format!("2023-07-01 {expected}").as_str()), "{text} {subscription}");
    }
}

#[test]
fn what_proves_nothing_is_counted() {
    let imported = import(&[
        row("July, 2023", "CSP T1", FIRST, "", "1"),
        row("July, 2023", "CSP T1", FIRST, "Sales", ""),
        row("July, 2023", "Friendship", FIRST, "Sales", "3"),
        row("July, 2023", "Deal registration", FIRST, "Moon Base", "4"),
        row("July, 2023", "CSP T1", FIRST, "Sales", "5").replace(TAILWIND, "UNKNOWN"),
    ]);
    assert_eq!(
        usages(&imported),
        ["2023-07 cff2 Sales revenue_usd = 3 of 0001", "2023-07 cff2 Moon Base revenue_usd = 4 of 0001"]
    );
    for (reason, count) in [(Skip::NoProduct, 1), (Skip::NoFigure, 1), (Skip::NoMechanism, 1), (Skip::NoCustomer, 1)] {
        assert_eq!(imported.summary.skipped.get(&reason), Some(&count), "{reason}");
    }
    let unmapped: Vec<_> = imported.summary.unmapped.into_iter().collect();
    assert_eq!(
        unmapped,
        [
            ((UnmappedText::Attribution, "Friendship".to_owned()), 1),
            ((UnmappedText::Product(Domain::BizappsRevenue), "Moon Base".to_owned()), 1),
        ]
    );
}

#[test]
fn a_refused_row_breaks_its_figure() {
    let imported = import(&[
        row("July, 2023", "CSP T1", FIRST, "Sales", "100"),
        row("July, 2023", "CSP T1", FIRST, "Sales", "1x0"),
        row("Jully, 2023", "CSP T1", FIRST, "Sales", "1"),
    ]);
    assert_eq!((usages(&imported).len(), imported.summary.broken_figures), (0, 1));
    let refused: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
    assert!(refused.concat().contains("line 4: bad_value: `FiscalMonthName` is \"Jully, 2023\""), "{refused:?}");
    assert_eq!(refused.len(), 2, "{refused:?}");
}

#[test]
fn restated_months_record_the_changed_figures_alone() {
    let book = Book::default();
    let rows = |amount: &str| {
        [row("July, 2023", "CSP T1", FIRST, "Sales", amount), row("July, 2023", "CSP T1", SECOND, "Sales", "7")]
    };
    assert_eq!(import_into(&book, &rows("100")).new.len(), 4);
    assert_eq!(import_into(&book, &rows("100")).new.len(), 0);
    let again = import_into(&book, &rows("90"));
    assert_eq!(again.new, ["usage_reported 6034453/- 2023-07 cff2 Sales revenue_usd = 90 of 0001"]);
}

#[test]
fn it_goes_before_what_was_billed_in_any_order() {
    let billed = format!(
        "PGAMpnId,SubscriptionId,Month,CustomerTenantId,Product,PartnerAttributionType,IsDuplicateRowForPGA,\
         AvailableSeatsEOP,BilledRevenueUSD\n6034453,{FIRST},20230701,{TAILWIND},Sales,CSP Tier 1,0,20,900\n"
    );
    let adjusted = format!("{HEADER}\n{}", row("July, 2023", "CSP T1", SECOND, "Sales", "100"));
    let files = [(Kind::SeatsAndRevenue, &billed), (Kind::BizappsRevenue, &adjusted)];
    for order in [[0, 1], [1, 0]] {
        let book = Book::default();
        for (kind, text) in order.map(|place| files[place]) {
            book.import(&File::new(kind, "r.csv", text)).expect("the columns are there");
        }
        let counting = book.counting();
        let revenue: Vec<_> = counting.iter().filter(|(key, _)| key.contains("revenue")).collect();
        assert_eq!(revenue.len(), 1, "{order:?}: {revenue:?}");
        assert_eq!(revenue[0].1, "100", "{order:?}");
    }
}

#[test]
fn what_was_billed_goes_for_the_subscriptions_that_it_does_not_have_itself() {
    let header = "PGAMpnId,SubscriptionId,Month,CustomerTenantId,Product,PartnerAttributionType,IsDuplicateRowForPGA,\
                  AvailableSeatsEOP,BilledRevenueUSD";
    let billed = |id: &str| format!("6034453,{id},20230701,{TAILWIND},Sales,CSP Tier 1,0,20,900");
    let billed = [header.to_owned(), billed(FIRST), billed(THIRD)].join("\n");
    let adjusted =
        [row("July, 2023", "CSP T1", FIRST, "Sales", "100"), row("July, 2023", "CSP T1", SECOND, "Sales", "7")];
    let book = Book::default();
    book.import(&File::new(Kind::SeatsAndRevenue, "r.csv", &billed)).expect("the columns are there");
    let revenue = |new: Vec<String>| new.into_iter().filter(|event| event.contains("revenue_usd")).collect::<Vec<_>>();
    let told = [
        "usage_reported 6034453/- 2023-07 cff2 Sales revenue_usd = 100 of 0001",
        "usage_reported 6034453/- 2023-07 cff2 Sales revenue_usd = 0 of 0003",
        "usage_reported 6034453/- 2023-07 cff2 Sales revenue_usd = 7 of 0002",
    ];
    assert_eq!(revenue(import_into(&book, &adjusted).new), told);
    assert_eq!(revenue(import_into(&book, &adjusted).new), [""; 0]);
}

#[test]
fn needed_columns_are_named() {
    let file = File::new(Kind::BizappsRevenue, "r.csv", "FiscalMonthName,CustomerID,Country\n");
    let error = Book::default().import(&file).err().expect("columns are missing");
    assert!(error.to_string().contains("CustomerTenantId, Workloads (or Workload), AdjustedRevenueAmtCD"), "{error}");
    let text = "FiscalMonthName,CustomerTenantID,Workloads,AdjustedRevenueAmtCD\n";
    let error = Book::default().import(&File::new(Kind::BizappsRevenue, "r.csv", text)).err();
    assert!(matches!(error, Some(ReportError::PartnerNeeded { kind: Kind::BizappsRevenue })));
}
