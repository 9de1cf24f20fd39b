//! Records in every order of files.

use ledger::Mechanism;

use crate::Kind;
use crate::testing::{Book, File};

const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const PARTNER: &str = "6034453";

fn webhook(at: &str) -> String {
    format!(
        "{{\"EventName\": \"reseller-relationship-accepted-by-customer\", \"AuditUri\": null, \
         \"ResourceUri\": \"https://x/v1/customers/{CUSTOMER}\", \"ResourceChangeUtcDate\": \"{at}\"}}\n"
    )
}

fn record(operation: &str, at: &str) -> String {
    format!(
        "{{\"customerId\": \"{CUSTOMER}\", \"operationType\": \"{operation}\", \"operationDate\": \"{at}\", \
         \"operationStatus\": \"succeeded\"}}\n"
    )
}

/// A mark: its day of 2024, and what it is: accepted, ordered, removed.
fn text((day, what): (&str, char)) -> (Kind, String) {
    let at = format!("2024-{day}T12:00:00Z");
    match what {
        'a' => (Kind::Webhooks, webhook(&at)),
        'o' => (Kind::AuditRecords, record("create_order", &at)),
        _ => (Kind::AuditRecords, record("remove_partner_customer_relationship", &at)),
    }
}

fn import(book: &Book, (kind, text): &(Kind, String)) -> usize {
    let file = File { partner: Some(PARTNER), ..File::new(*kind, "r.json", text) };
    let imported = book.import(&file).expect("it is read");
    assert!(imported.refused.is_empty(), "{:?}", imported.refused);
    imported.new.len()
}

/// Every order of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(count - 1) {
        for place in 0..count {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn files_of_records_cover_the_same_time_in_every_order() {
    for (marks, expected) in [
        (&[("01-05", 'a')][..], &["2024-01-05T12:00 to -"][..]),
        (&[("01-05", 'o')], &["2024-01-05T12:00 to -"]),
        (&[("01-05", 'r')], &[]),
        (&[("01-05", 'a'), ("03-05", 'a')], &["2024-01-05T12:00 to -"]),
        (&[("01-05", 'a'), ("03-05", 'r')], &["2024-01-05T12:00 to 2024-03-05T12:00"]),
        (&[("01-05", 'r'), ("03-05", 'a')], &["2024-03-05T12:00 to -"]),
        (&[("01-05", 'o'), ("02-05", 'a'), ("03-05", 'r')], &["2024-01-05T12:00 to 2024-03-05T12:00"]),
        (
            &[("01-05", 'a'), ("03-05", 'r'), ("04-05", 'a')],
            &["2024-01-05T12:00 to 2024-03-05T12:00", "2024-04-05T12:00 to -"],
        ),
        (
            &[("01-05", 'a'), ("03-05", 'r'), ("04-05", 'o'), ("05-05", 'r')],
            &["2024-01-05T12:00 to 2024-03-05T12:00", "2024-04-05T12:00 to 2024-05-05T12:00"],
        ),
        (
            &[("01-05", 'o'), ("03-05", 'r'), ("03-06", 'r'), ("04-05", 'o'), ("04-06", 'a')],
            &["2024-01-05T12:00 to 2024-03-05T12:00", "2024-04-05T12:00 to -"],
        ),
        (
            &[("01-05", 'a'), ("01-06", 'r'), ("01-07", 'a'), ("01-08", 'r'), ("02-01", 'o')],
            &["2024-01-05T12:00 to 2024-01-06T12:00", "2024-01-07T12:00 to 2024-01-08T12:00", "2024-02-01T12:00 to -"],
        ),
    ] {
        let files: Vec<(Kind, String)> = marks.iter().map(|mark| text(*mark)).collect();
        let expected: Vec<String> = expected.iter().map(|span| format!("8001 {span}")).collect();
        for order in orders(files.len()) {
            let book = Book::default();
            for place in &order {
                import(&book, &files[*place]);
            }
            assert_eq!(book.in_force(PARTNER, Mechanism::Csp), expected, "{marks:?} in the order {order:?}");
            for place in &order {
                assert_eq!(import(&book, &files[*place]), 0, "{marks:?} in the order {order:?}, again");
            }
        }
    }
}

#[test]
fn random_records_cover_the_same_time_in_any_order_and_in_one_file() {
    let mut random = fastrand::Rng::with_seed(99);
    let mut next = |bound: usize| random.usize(..bound);
    for _ in 0..300 {
        // One mark a month: of orders, a month keeps the first that comes.
        let months: Vec<usize> = (1..=9).filter(|_| next(3) > 0).collect();
        let days: Vec<(String, char)> =
            months.iter().map(|month| (format!("0{month}-15"), ['a', 'o', 'r'][next(3)])).collect();
        let mut files: Vec<(Kind, String)> = days.iter().map(|(day, what)| text((day, *what))).collect();
        let whole = Book::default();
        for kind in [Kind::Webhooks, Kind::AuditRecords] {
            let lines: String = files.iter().filter(|(of, _)| *of == kind).map(|(_, text)| text.as_str()).collect();
            if !lines.is_empty() {
                import(&whole, &(kind, lines));
            }
        }
        let book = Book::default();
        for place in (1..files.len()).rev() {
            files.swap(place, next(place + 1));
        }
        for file in &files {
            import(&book, file);
        }
        let covered = book.in_force(PARTNER, Mechanism::Csp);
        assert_eq!(covered, whole.in_force(PARTNER, Mechanism::Csp), "{days:?}");
        let mut expected = Vec::new();
        let mut since: Option<&str> = None;
        for (day, what) in &days {
            match (since, what) {
                (Some(start), 'r') => {
                    expected.push(format!("8001 2024-{start}T12:00 to 2024-{day}T12:00"));
                    since = None;
                }
                (None, 'a' | 'o') => since = Some(day),
                _ => {}
            }
        }
        expected.extend(since.map(|start| format!("8001 2024-{start}T12:00 to -")));
        assert_eq!(covered, expected, "{days:?}");
        assert_eq!(files.iter().map(|file| import(&book, file)).sum::<usize>(), 0, "{days:?} again");
    }
}

#[test]
fn the_end_of_a_relationship_ends_what_other_reports_show_in_any_order() {
    let usage = format!(
        "PGAMpnId,CustomerTenantId,Month,ServiceLevel2,PartnerAttributionType,IsACRDuplicateAtPGALevel,ACR_USD,\
         SubscriptionId\n6034453,{CUSTOMER},20240201,Storage,CSP Tier 1,0,5,s\n6034453,{CUSTOMER},20240301,Storage,\
         CSP Tier 1,0,5,s\n"
    );
    let files = [(Kind::AzureUsage, usage), text(("03-05", 'r'))];
    for order in [[0, 1], [1, 0]] {
        let book = Book::default();
        for place in order {
            import(&book, &files[place]);
        }
        assert_eq!(book.in_force(PARTNER, Mechanism::Csp), ["8001 2024-02-01T00:00 to 2024-03-05T12:00"], "{order:?}");
        for place in order {
            assert_eq!(import(&book, &files[place]), 0, "{order:?} again");
        }
    }
}

#[test]
fn a_churn_ends_a_relationship_too() {
    let book = Book::default();
    import(&book, &text(("01-05", 'a')));
    let maps_churn = format!(
        "CustomerTenantId,PGAMpnId,Month,Product,CustomerStatus,PartnerAttributionType,IsDuplicateRowForPGA\n\
         {CUSTOMER},6034453,20240301,Teams,Inactive,,0\n"
    );
    let file = File { snapshot: true, ..File::new(Kind::CustomersAndTenants, "c.csv", &maps_churn) };
    book.import(&file).expect("it is read");
    assert_eq!(book.in_force(PARTNER, Mechanism::Csp), ["8001 2024-01-05T12:00 to 2024-03-01T00:00"]);
    import(&book, &text(("04-05", 'o')));
    assert_eq!(
        book.in_force(PARTNER, Mechanism::Csp),
        ["8001 2024-01-05T12:00 to 2024-03-01T00:00", "8001 2024-04-05T12:00 to -"]
    );
}
