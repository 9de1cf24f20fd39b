use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, ReportError, Skip, UnmappedText};

const CUSTOMER: &str = "4b2a6e33-8791-4386-bd2b-0d55baf25039";
const TENANT: &str = "60d5c4bb-f78a-4200-a002-953d7cc1f5f8";
const DIRECT: &str = "reseller-relationship-accepted-by-customer";

fn event(name: &str, resource: &str, audit: &str, at: &str) -> String {
    format!(
        "{{\"EventName\": \"{name}\", \"ResourceUri\": {resource}, \"ResourceName\": \"Customer\", \
         \"AuditUri\": {audit}, \"ResourceChangeUtcDate\": \"{at}\"}}\n"
    )
}

fn customer() -> String {
    format!("\"https://api.partnercenter.microsoft.com/v1/customers/{CUSTOMER}\"")
}

fn import_as(text: &str, partner: Option<&str>) -> ImportedFiles {
    let file = File { partner, ..File::new(Kind::Webhooks, "w.jsonl", text) };
    Book::default().import(&file).expect("it is JSON")
}

fn import(text: &str) -> ImportedFiles {
    import_as(text, Some("6034453"))
}

#[test]
fn an_accepted_relationship_is_an_association_from_its_instant() {
    for (name, role) in
        [(DIRECT, "direct_bill"), ("indirect-reseller-relationship-accepted-by-customer", "indirect_reseller")]
    {
        let imported = import(&event(name, &customer(), "null", "2023-10-18T00:26:24.0159088+00:00"));
        let expected = format!("association_accepted 6034453/- 2023-10-18 csp {role} 5039 - - -");
        assert_eq!(imported.new, [expected], "{name}");
    }
}

#[test]
fn an_event_delivered_twice_is_one() {
    let book = Book::default();
    let line = event(DIRECT, &customer(), "null", "2023-10-18T00:26:24Z");
    let text = line.repeat(2);
    let file = File { partner: Some("6034453"), ..File::new(Kind::Webhooks, "w.jsonl", &text) };
    let imported = book.import(&file).expect("it is JSON");
    assert_eq!((imported.new.len(), imported.summary.rows), (1, 2));
    let again = book.import(&file).expect("it is JSON");
    assert_eq!((again.new.len(), again.already, again.summary.known_associations), (0, 0, 1));
}

#[test]
fn other_events_are_counted_with_their_reasons() {
    let text = [
        event("subscription-updated", &customer(), "null", "2017-11-16T16:19:06Z"),
        event("dap-admin-relationship-terminated", "null", "null", "2018-02-17T00:05:39Z"),
        event("invoice-ready", "null", "null", "no date"),
        event("customer-made-coffee", "null", "null", "2018-02-17T00:05:39Z"),
        event(DIRECT, "\"https://x/v1/invoices/G1\"", "null", "2018-02-17T00:05:39Z"),
    ];
    let imported = import(&text.concat());
    assert!(imported.new.is_empty() && imported.refused.is_empty(), "{:?}", imported.refused);
    let remarks: Vec<(&str, &str)> =
        imported.summary.remarks.keys().map(|(reason, name)| (name.as_str(), reason.as_str())).collect();
    assert_eq!(
        remarks,
        [
            ("dap-admin-relationship-terminated", "a right to administer is no association"),
            ("invoice-ready", "says nothing about an association"),
            ("subscription-updated", "the record does not say the state before and after"),
        ]
    );
    let unknown = (UnmappedText::Operation, "customer-made-coffee".to_owned());
    assert_eq!(imported.summary.unmapped.get(&unknown), Some(&1));
    assert_eq!(imported.summary.skipped.get(&Skip::NoCustomerNamed), Some(&1));
}

#[test]
fn the_partner_is_that_of_the_tenant_or_of_the_command() {
    let audit = format!("\"https://x/auditactivity/v1/auditrecords/{TENANT}_{CUSTOMER}_accepted_6383\"");
    let at = "2023-10-18T00:26:24Z";
    for (audit, message) in [
        (audit.as_str(), format!("`AuditUri` is \"{TENANT}\", which belongs to no account that is known")),
        ("null", "`AuditUri` names no partner".to_owned()),
        ("\"https://x/records/1\"", "`AuditUri` names no partner".to_owned()),
    ] {
        let line = event(DIRECT, &customer(), audit, at);
        let refused = import_as(&line, None).refused;
        assert_eq!(refused.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>(), [message]);
        assert!(refused[0].hint.as_deref().is_some_and(|hint| hint.contains("--partner")));
        assert_eq!(import(&line).new.len(), 1);
    }
    let line = event(DIRECT, &customer(), &audit, at);
    let unknown = (UnmappedText::Account, TENANT.to_owned());
    assert_eq!(import_as(&line, None).summary.unmapped.get(&unknown), Some(&1));
}

#[test]
fn what_cannot_be_read_is_refused_with_member_and_text() {
    for (text, message) in [
        (
            event(DIRECT, &customer(), "null", "yesterday"),
            "`ResourceChangeUtcDate` is \"yesterday\", which must be an instant",
        ),
        (event("", &customer(), "null", "2023-10-18T00:26:24Z"), "`EventName` is missing or null"),
        (event(DIRECT, "[]", "null", "2023-10-18T00:26:24Z"), "`ResourceUri` must be a text"),
    ] {
        let refused = import(&text).refused;
        assert!(refused[0].message.starts_with(message), "{refused:?}");
        assert_eq!(refused[0].line, Some(1));
    }
}

#[test]
fn a_file_that_is_no_json_is_refused() {
    let file = File::new(Kind::Webhooks, "w.csv", "EventName,ResourceUri\n");
    assert!(matches!(Book::default().import(&file), Err(ReportError::NotJson)));
    let file = File::new(Kind::Webhooks, "w.json", "{\"EventName\": ");
    assert!(matches!(Book::default().import(&file), Err(ReportError::Malformed { .. })));
}
