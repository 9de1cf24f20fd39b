use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, Skip};

const HEADER: &str = "FiscalMonthName,GlobalPartnerID,PartnerAssociationType,CustomerTenantID,SubscriptionID,\
    MetricType,Workload,SkuGroup,PAMAU,MAC,MAU";
const SUBSCRIPTION: &str = "11111111-0000-4000-8000-000000000004";

fn row(association: &str, metric_type: &str, group: &str, pamau: &str, mau: &str) -> String {
    format!(
        "\"July, 2023\",6034453,{association},45c44870-ef77-4fdd-b6fe-3dacb075cff2,{SUBSCRIPTION},{metric_type},\
         Power Apps,{group},{pamau},10400,{mau}\n"
    )
}

fn import(rows: &[String]) -> ImportedFiles {
    let text = format!("{HEADER}\n{}", rows.concat());
    Book::default().import(&File::new(Kind::BizappsUsage, "u.csv", &text)).expect("the columns are there")
}

fn usages(imported: &ImportedFiles) -> Vec<&str> {
    imported.new.iter().filter_map(|text| text.strip_prefix("usage_reported 6034453/- ")).collect()
}

#[test]
fn a_row_gives_active_units_and_an_association() {
    let imported = import(&[row("PAL", "Paid", "Power Apps per user", "52", "52")]);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/- 2023-07-01 pal - cff2 Power Apps 0004 report:6034453",
            "usage_reported 6034453/- 2023-07 cff2 Power Apps active_units = 52 of 0004",
        ]
    );
    assert!(imported.summary.unknown_columns.is_empty());
    let claimed = import(&[row("CPOR", "Paid", "", "52", "52")]);
    assert_eq!(claimed.new[0], "association_accepted 6034453/- 2023-07-01 cpor osu cff2 Power Apps 0004 -");
}

#[test]
fn groups_of_skus_are_summed_and_repeated_types_are_not() {
    for (rows, units) in [
        (&[("PAL", "per user", "52"), ("PAL", "per app", "8")][..], "60"),
        (&[("PAL", "per user", "52"), ("CSP T1", "per user", "52"), ("PAL", "per app", "8")], "60"),
        (&[("PAL", "per user", "52"), ("CSP T1", "per app", "52")], "104"),
        (&[("PAL", "per user", "52"), ("CSP T1", "per user", "8")], "60"),
    ] {
        let lines: Vec<String> = rows.iter().map(|(by, group, mau)| row(by, "Paid", group, "", mau)).collect();
        let expected = format!("2023-07 cff2 Power Apps active_units = {units} of 0004");
        assert_eq!(usages(&import(&lines)), [expected.as_str()], "{rows:?}");
    }
}

#[test]
fn the_other_count_stands_in_for_a_blank_one() {
    for (pamau, mau, expected) in
        [("52", "50", Some("50")), ("52", "", Some("52")), ("52", "0", Some("0")), ("", "", None)]
    {
        let imported = import(&[row("PAL", "Paid", "", pamau, mau)]);
        let expected = expected.map(|units| format!("2023-07 cff2 Power Apps active_units = {units} of 0004"));
        assert_eq!(usages(&imported), expected.iter().map(String::as_str).collect::<Vec<_>>(), "{pamau:?} {mau:?}");
    }
    let text = format!("{}\n", HEADER.replace(",MAU", ""));
    assert!(Book::default().import(&File::new(Kind::BizappsUsage, "u.csv", &text)).is_ok());
    let neither = text.replace("PAMAU,", "");
    let error = Book::default().import(&File::new(Kind::BizappsUsage, "u.csv", &neither)).err();
    assert!(error.expect("a column is missing").to_string().contains("MAU (or PAMAU) is missing"));
}

#[test]
fn trials_prove_nothing_and_other_types_are_read_as_paid() {
    let imported = import(&[row("PAL", "Trial", "", "1", "1"), row("PAL", "trial", "", "2", "2")]);
    assert_eq!((imported.new.len(), imported.summary.skipped.get(&Skip::FreeOrTrial)), (0, Some(&2)));
    let imported = import(&[row("PAL", "Preview", "", "4", "4"), row("PAL", "", "b", "8", "8")]);
    assert_eq!(usages(&imported), ["2023-07 cff2 Power Apps active_units = 12 of 0004"]);
    let remark = ("an unknown metric type, read as paid".to_owned(), "Preview".to_owned());
    assert_eq!(imported.summary.remarks.get(&remark), Some(&1));
}

#[test]
fn a_part_that_cannot_be_read_breaks_the_figure() {
    for rows in [
        [row("PAL", "Paid", "a", "", "1"), row("PAL", "Paid", "b", "", "few")],
        [row("PAL", "Paid", "a", "", "1"), row("PAL", "Paid", &"b".repeat(300), "", "1")],
    ] {
        let imported = import(&rows);
        assert_eq!((usages(&imported).len(), imported.refused.len()), (0, 1), "{rows:?}");
        assert_eq!(imported.summary.broken_figures, 1);
    }
}
