use ledger::Mechanism;

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, Skip, UnmappedText};

const CUSTOMER: &str = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";
const REMOVE: &str = "remove_partner_customer_relationship";

fn record(operation: &str, at: &str, status: &str) -> String {
    format!(
        "{{\"partnerId\": \"3b33e682-00c3-41ee-9dd2-a548adf56438\", \"customerId\": \"{CUSTOMER}\", \
         \"customerName\": \"Relecloud\", \"userPrincipalName\": \"admin@domain.onmicrosoft.com\", \
         \"resourceNewValue\": \"{{\\\"Id\\\":1}}\", \"operationType\": \"{operation}\", \"operationDate\": \"{at}\", \
         \"operationStatus\": \"{status}\", \"customizedData\": [{{\"key\": \"a\", \"value\": null}}]}}"
    )
}

fn wrapped(records: &[String]) -> String {
    format!("{{\"totalCount\": {}, \"items\": [{}], \"links\": {{}}}}", records.len(), records.join(",\n"))
}

fn import(book: &Book, text: &str) -> ImportedFiles {
    let file = File { partner: Some("6034453"), ..File::new(Kind::AuditRecords, "a.json", text) };
    book.import(&file).expect("it is JSON")
}

#[test]
fn orders_and_additions_begin_a_relationship_and_a_removal_ends_it() {
    let book = Book::default();
    let text = wrapped(&[
        record(REMOVE, "2017-09-01T00:00:00Z", "succeeded"),
        record("create_order", "2017-07-15T22:56:05.0589308Z", "succeeded"),
        record("add_customer", "2017-06-15T22:56:05.0589308Z", "succeeded"),
        record("create_order", "2017-10-15T22:56:05Z", "Succeeded"),
    ]);
    let imported = import(&book, &text);
    assert_eq!(
        imported.new,
        [
            "association_accepted 6034453/- 2017-06-15 csp direct_bill 3fd1 - - -",
            "association_accepted 6034453/- 2017-07-15 csp direct_bill 3fd1 - - -",
            "association_accepted 6034453/- 2017-10-15 csp direct_bill 3fd1 - - -",
            "association_revoked 6034453/- 2017-09-01 the relationship was removed",
        ]
    );
    assert_eq!(book.associations().len(), 2);
    assert_eq!(
        book.in_force("6034453", Mechanism::Csp),
        ["3fd1 2017-06-15T22:56 to 2017-09-01T00:00", "3fd1 2017-10-15T22:56 to -"]
    );
    let sources: Vec<String> = book.lines();
    assert!(sources.concat().contains("order placed (seen)"), "{sources:?}");
    assert!(import(&book, &text).new.is_empty());
}

#[test]
fn no_name_of_a_person_or_customer_is_recorded() {
    let book = Book::default();
    import(&book, &wrapped(&[record("create_order", "2017-06-15T22:56:05Z", "succeeded")]));
    let lines = book.lines().concat();
    assert!(!lines.is_empty() && !lines.contains("Relecloud") && !lines.contains("admin"), "{lines}");
}

#[test]
fn of_many_orders_in_a_month_the_first_is_recorded() {
    let book = Book::default();
    let orders: Vec<String> =
        (10..20).map(|day| record("create_order", &format!("2017-06-{day}T00:00:00Z"), "succeeded")).collect();
    assert_eq!(import(&book, &wrapped(&orders)).new.len(), 1);
    assert_eq!(import(&book, &wrapped(&orders)).new.len(), 0);
}

#[test]
fn operations_that_did_not_succeed_or_prove_nothing_are_counted() {
    let at = "2017-06-15T22:56:05Z";
    let imported = import(
        &Book::default(),
        &wrapped(&[
            record("create_order", at, "failed"),
            record("create_order", at, "progress"),
            record("create_order", at, "decline"),
            record("update_customer_user_licenses", at, "succeeded"),
            record("delete_customer", at, "succeeded"),
            record("make_coffee", at, "succeeded"),
            record("create_order", at, "succeeded").replace(CUSTOMER, ""),
        ]),
    );
    assert!(imported.new.is_empty() && imported.refused.is_empty());
    let summary = imported.summary;
    assert_eq!(summary.skipped.get(&Skip::NotSucceeded), Some(&3));
    assert_eq!(summary.skipped.get(&Skip::NoCustomerNamed), Some(&1));
    let remark = ("is about a user".to_owned(), "update_customer_user_licenses".to_owned());
    assert_eq!((summary.remarks.get(&remark), summary.remarks.len()), (Some(&1), 2));
    assert_eq!(summary.unmapped.get(&(UnmappedText::Operation, "make_coffee".to_owned())), Some(&1));
}

#[test]
fn a_removal_of_what_is_not_known_waits_for_its_beginning() {
    let book = Book::default();
    let removed = wrapped(&[record(REMOVE, "2017-09-01T00:00:00Z", "succeeded")]);
    assert_eq!(import(&book, &removed).new.len(), 1);
    assert!(book.in_force("6034453", Mechanism::Csp).is_empty());
    assert_eq!(import(&book, &removed).new.len(), 0);
    import(&book, &wrapped(&[record("add_customer", "2017-06-15T00:00:00Z", "succeeded")]));
    assert_eq!(book.in_force("6034453", Mechanism::Csp), ["3fd1 2017-06-15T00:00 to 2017-09-01T00:00"]);
}

#[test]
fn the_tenant_of_the_partner_must_be_known() {
    let text = wrapped(&[record("create_order", "2017-06-15T22:56:05Z", "succeeded")]);
    let imported = Book::default().import(&File::new(Kind::AuditRecords, "a.json", &text)).expect("it is JSON");
    let refused: Vec<&str> = imported.refused.iter().map(|refusal| refusal.message.as_str()).collect();
    assert_eq!(
        refused,
        ["`partnerId` is \"3b33e682-00c3-41ee-9dd2-a548adf56438\", which belongs to no account that is known"]
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_member_and_text() {
    let good = record("create_order", "2017-06-15T22:56:05Z", "succeeded");
    for (text, message) in [
        (good.replace("2017-06", "2017-16"), "`operationDate` is \"2017-16-15T22:56:05Z\", which must be an instant"),
        (good.replace(CUSTOMER, "Relecloud"), "`customerId` is \"Relecloud\", which must be a UUID"),
        (good.replace("\"succeeded\"", "null"), "`operationStatus` is missing or null"),
        (good.replace("operationType", "type"), "`operationType` is missing or null"),
    ] {
        let refused = import(&Book::default(), &text).refused;
        assert!(refused.first().is_some_and(|refusal| refusal.message.starts_with(message)), "{refused:?}");
    }
}
