//! What several downloads, one after the other, make of figures and associations.

use super::tests::{FIRST, file, import, row};
use crate::Kind;
use crate::testing::{Book, File};

#[test]
fn rows_without_a_subscription_show_associations_with_the_product_alone() {
    let text = file(&[
        row("Storage", "Partner of Record", "0", "", "5").replace(FIRST, "NULL"),
        row("Storage", "CSP Tier 1", "1", "", "5").replace(FIRST, ""),
    ]);
    let imported = import(&text);
    let associations: Vec<_> = imported.new.iter().filter(|text| text.starts_with("association")).collect();
    assert_eq!(
        associations,
        [
            "association_accepted 6034453/6034454 2023-07-01 dpor - 8001 Storage \
             report:6034454:4fdbff88-9d6b-42e0-9713-45c922ba8001 -",
            "association_accepted 6034453/6034454 2023-07-01 csp direct_bill 8001 Storage - -",
        ]
    );
}

#[test]
fn an_older_download_replaces_nothing_that_a_newer_one_told() {
    let of = |month: &str, acr: &str| row("Storage", "CSP Tier 1", "0", "", acr).replace("20230701", month);
    let downloads = [
        ("a.csv", file(&[of("20230101", "10"), of("20230201", "20")])),
        ("b.csv", file(&[of("20230101", "11"), of("20230201", "20"), of("20230301", "30")])),
        ("c.csv", file(&[of("20230101", "11"), of("20230201", "22"), of("20230301", "30"), of("20230401", "40")])),
    ];
    let figures = |order: [usize; 3]| {
        let book = Book::default();
        for place in order.into_iter().chain(order) {
            let (name, text) = &downloads[place];
            book.import(&File::new(Kind::AzureUsage, name, text)).expect("it is read");
        }
        let months = book.figures("6034453");
        months.into_iter().map(|(month, value)| format!("{month} {value}")).collect::<Vec<_>>()
    };
    let expected = ["2023-01 11", "2023-02 22", "2023-03 30", "2023-04 40"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(figures(order), expected, "{order:?}");
    }
}

#[test]
fn the_command_or_the_name_tells_the_day_of_a_download() {
    let book = Book::default();
    for (name, downloaded, acr, known) in [
        ("a.csv", None, "20", "20"),
        ("b.csv", Some("2023-02-15"), "5", "20"),
        ("20230501.csv", None, "7", "7"),
        ("c.csv", None, "20", "7"),
        ("c.csv", Some("2023-05-02"), "8", "8"),
    ] {
        let text = file(&[row("Storage", "CSP Tier 1", "0", "", acr).replace("20230701", "20230201")]);
        let named = File { downloaded, ..File::new(Kind::AzureUsage, name, &text) };
        let imported = book.import(&named).expect("it is read");
        assert_eq!(book.value("Storage").as_deref(), Some(known), "{name}");
        assert_eq!(imported.summary.older_figures, u64::from(acr != known), "{name}");
    }
}

#[test]
fn a_snapshot_says_0_of_the_figures_that_are_gone() {
    let book = Book::default();
    let of = |product: &str, month: &str| row(product, "CSP Tier 1", "0", "", "5").replace("20230701", month);
    let all = file(&[of("Storage", "20230101"), of("Cosmos DB", "20230101"), of("Storage", "20230201")]);
    book.import(&File::new(Kind::AzureUsage, "a.csv", &all)).expect("it is read");
    let less = file(&[of("Storage", "20230101"), of("Storage", "20230201")]);
    let file = File { snapshot: true, ..File::new(Kind::AzureUsage, "b.csv", &less) };
    let imported = book.import(&file).expect("it is read");
    assert_eq!(imported.new, ["usage_reported 6034453/- 2023-01 8001 Cosmos DB = 0 of 0001"]);
    assert!(book.import(&file).expect("it is read").new.is_empty());
}

#[test]
fn a_figure_that_comes_back_in_a_newer_download_is_not_replaced_by_one_between() {
    let of = |month: &str, acr: &str| row("Storage", "CSP Tier 1", "0", "", acr).replace("20230701", month);
    let downloads = [
        ("20230805.csv", file(&[of("20230701", "1000")])),
        ("20230905.csv", file(&[of("20230701", "900"), of("20230801", "5")])),
        ("20231005.csv", file(&[of("20230701", "1000"), of("20230801", "5"), of("20230901", "6")])),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let book = Book::default();
        let import = |place: usize| {
            let (name, text) = &downloads[place];
            book.import(&File::new(Kind::AzureUsage, name, text)).expect("it is read").new.len()
        };
        let _ = order.map(import);
        assert_eq!(book.figures("6034453").get("2023-07").map(String::as_str), Some("1000"), "{order:?}");
        assert_eq!(order.map(import), [0, 0, 0], "{order:?}");
    }
}
