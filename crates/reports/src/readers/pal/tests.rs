use ledger::Mechanism;

use crate::testing::{Book, File, ImportedFiles};
use crate::{Kind, Skip};

const TENANT: &str = "1b1121dd-6900-412a-af73-e8d44f81e1c1";
const PRINCIPAL: &str = "aa67f786-0552-423e-8849-244ed12bf581";
const OTHER: &str = "74afa9e2-d243-414b-bab2-db8dd242827f";

fn members(partner: &str, updated: &str, state: &str) -> String {
    format!(
        "\"partnerId\": \"{partner}\", \"tenantId\": \"{TENANT}\", \"objectId\": \"{PRINCIPAL}\", \"version\": 61, \
         \"updatedTime\": \"{updated}\", \"createdTime\": \"2018-01-20T01:23:40.5280496Z\", \"state\": \"{state}\""
    )
}

fn link(updated: &str, state: &str) -> String {
    format!("{{\"id\": \"/x\", \"etag\": 61, \"properties\": {{{}}}}}", members("123456", updated, state))
}

fn attested(principal: &str, rest: &str) -> String {
    format!(
        "{{\"tenantId\": \"{TENANT}\", \"type\": \"user\", \"displayName\": \"Example User\", \
         \"userPrincipalName\": \"user@example.com\", \"objectId\": \"{principal}\", {rest}}}"
    )
}

const LINKED: &str =
    "\"partnerAdminLink\": \"/providers/microsoft.managementpartner/partners/314159\", \"partnerId\": \"314159\"";

fn file<'a>(text: &'a str, partner: &'a str) -> File<'a> {
    File { partner: Some(partner), ..File::new(Kind::Pal, "pal-20240305.json", text) }
}

fn import(book: &Book, text: &str) -> ImportedFiles {
    book.import(&file(text, "6034453")).expect("it is JSON")
}

#[test]
fn every_shape_gives_the_link_since_its_last_change() {
    let flat = format!(
        "{{\"etag\": 61, {}, \"partnerName\": \"Contoso\"}}",
        members("123456", "2018-02-11T22:18:10.5395747Z", "Active")
    );
    let rest = link("2018-02-11T22:18:10.5395747Z", "Active");
    let spelled =
        flat.replace("partnerId", "PartnerId").replace("tenantId", "TenantId").replace("updatedTime", "UpdatedTime");
    for text in [
        rest.clone(),
        rest.replace("61", "\"61\""),
        format!("{{\"value\": [{rest}]}}"),
        format!("[{rest}]"),
        flat,
        spelled,
    ] {
        let new = import(&Book::default(), &text).new;
        assert_eq!(new, ["association_accepted 6034453/123456 2018-02-11 pal - e1c1 - - u-f581"], "{text}");
    }
}

#[test]
fn a_link_in_force_is_known_and_an_earlier_instant_moves_its_start() {
    let book = Book::default();
    let second = link("2018-02-11T22:18:10Z", "Active");
    assert_eq!(import(&book, &second).new.len(), 1);
    let again = import(&book, &second);
    assert_eq!((again.new.len(), again.summary.known_associations), (0, 1));
    assert_eq!(import(&book, &link("2018-01-11T22:18:10Z", "Active")).new.len(), 1);
    assert_eq!(book.in_force("6034453", Mechanism::Pal), ["e1c1 2018-01-11T22:18 to -"]);
    assert_eq!(book.associations().len(), 1);
}

#[test]
fn a_deleted_link_ends_and_may_return() {
    let files = [
        link("2018-01-11T00:00:00Z", "Active"),
        link("2018-02-11T00:00:00Z", "Deleted"),
        link("2018-03-11T00:00:00Z", "Active"),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let book = Book::default();
        for place in order {
            import(&book, &files[place]);
        }
        assert_eq!(
            book.in_force("6034453", Mechanism::Pal),
            ["e1c1 2018-01-11T00:00 to 2018-02-11T00:00", "e1c1 2018-03-11T00:00 to -"],
            "{order:?}"
        );
        assert_eq!(book.associations().len(), 2, "{order:?}");
        assert!(order.iter().all(|place| import(&book, &files[*place]).new.is_empty()), "{order:?} again");
    }
}

#[test]
fn a_link_that_was_recorded_in_clear_is_known_and_is_never_named_in_clear_again() {
    let files = [
        link("2018-01-11T00:00:00Z", "Active"),
        link("2018-02-11T00:00:00Z", "Deleted"),
        link("2018-03-11T00:00:00Z", "Active"),
    ];
    let later = link("2018-05-11T00:00:00Z", "Active");
    let earlier = link("2017-12-11T00:00:00Z", "Active");
    for order in [&[0_usize, 1, 2] as &[usize], &[2, 1, 0], &[1], &[1, 0], &[0], &[2]] {
        let book = Book::default();
        for place in order {
            book.import(&File { in_clear: true, ..file(&files[*place], "6034453") }).expect("it is JSON");
        }
        for place in order {
            let again = import(&book, &files[*place]);
            assert_eq!((again.new.len(), again.already), (0, 0), "{order:?}: {:?}", again.new);
            assert_eq!(again.summary.known_associations, 1);
        }
        let in_clear = book.principals();
        for text in [&later, &earlier, &files[1]] {
            import(&book, text);
        }
        let all = book.principals();
        for (association, principals) in &all {
            assert_eq!(principals.len(), 1, "{order:?}: {association} is told with different details");
            let is_old = in_clear.contains_key(association);
            assert_eq!(principals.first().is_some_and(|name| name.starts_with("u-")), !is_old, "{order:?}");
        }
        assert!(all.len() > in_clear.len(), "{order:?}: what is new is under a pseudonym");
        for text in [&later, &earlier, &files[1]] {
            assert!(import(&book, text).new.is_empty(), "{order:?}");
        }
    }
}

#[test]
fn an_identity_that_names_another_partner_ends_the_link_of_the_former() {
    let first = link("2018-01-11T00:00:00Z", "Active");
    let second = link("2018-02-11T00:00:00Z", "Active").replace("123456", "123457");
    let map = [("123456", "6034453"), ("123457", "7000000")];
    for order in [[&first, &second], [&second, &first]] {
        let book = Book::default();
        for text in order {
            let imported = book.import_with_accounts(&File::new(Kind::Pal, "p.json", text), &map).expect("it is JSON");
            assert!(imported.refused.is_empty(), "{:?}", imported.refused);
        }
        assert_eq!(book.in_force("6034453", Mechanism::Pal), ["e1c1 2018-01-11T00:00 to 2018-02-11T00:00"]);
        assert_eq!(book.in_force("7000000", Mechanism::Pal), ["e1c1 2018-02-11T00:00 to -"]);
    }
    let one = Book::default();
    let both = format!("[{second}, {first}]");
    one.import_with_accounts(&File::new(Kind::Pal, "p.json", &both), &map).expect("it is JSON");
    assert_eq!(one.in_force("6034453", Mechanism::Pal), ["e1c1 2018-01-11T00:00 to 2018-02-11T00:00"]);
    let alone = Book::default();
    let imported = alone.import_with_accounts(&File::new(Kind::Pal, "p.json", &second), &map).expect("it is JSON");
    assert_eq!(imported.new.len(), 1, "of the former partner nothing is known");
}

#[test]
fn an_attested_link_was_there_on_the_day_of_the_download() {
    let owner = format!(
        "{LINKED}, \"assignments\": [{{\"scope\": \"/x\", \"roleName\": \"Reader\"}}, {{\"roleName\": \"Owner\"}}]"
    );
    for (rest, expected) in [
        (LINKED, "314159 2024-03-05"),
        (owner.as_str(), "314159 2024-03-05"),
        ("\"partnerAdminLink\": \"/x/partners/314159\", \"partnerId\": null", "314159 2024-03-05"),
        ("\"partnerAdminLink\": \"/x/partners/314159\", \"assignments\": []", "314159 2024-03-05"),
    ] {
        let book = Book::default();
        let new = import(&book, &attested(OTHER, rest)).new;
        assert_eq!(new, [format!("association_accepted 6034453/{expected} pal - e1c1 - - u-827f")], "{rest}");
        let lines = book.lines().concat();
        assert!(lines.contains("attested link (seen)"), "{lines}");
        assert!(!lines.contains("Example") && !lines.contains("example.com"), "{lines}");
    }
}

#[test]
fn readers_and_identities_without_a_link_prove_nothing() {
    let reader = format!("{LINKED}, \"assignments\": [{{\"roleName\": \"Reader\"}}]");
    let text = format!("[{}, {}]", attested(OTHER, &reader), attested(PRINCIPAL, "\"partnerAdminLink\": null"));
    let imported = import(&Book::default(), &text);
    assert!(imported.new.is_empty() && imported.refused.is_empty(), "{:?}", imported.refused);
    for reason in [Skip::ReaderLink, Skip::NoLink] {
        assert_eq!(imported.summary.skipped.get(&reason), Some(&1), "{reason}");
    }
}

#[test]
fn a_link_that_is_in_force_needs_no_attestation() {
    let book = Book::default();
    import(&book, &link("2024-03-01T00:00:00Z", "Active").replace("123456", "314159"));
    assert_eq!(import(&book, &attested(PRINCIPAL, LINKED)).new.len(), 0);
    let later = link("2024-03-01T00:00:00Z", "Active");
    let other = Book::default();
    import(&other, &attested(PRINCIPAL, LINKED));
    assert_eq!(import(&other, &later).new.len(), 1, "it began earlier");
    assert_eq!(other.in_force("6034453", Mechanism::Pal), ["e1c1 2024-03-01T00:00 to -"]);
}

#[test]
fn a_snapshot_of_attestations_ends_the_links_of_its_tenants_that_it_lacks() {
    let book = Book::default();
    import(&book, &link("2023-03-01T00:00:00Z", "Active"));
    let elsewhere = link("2023-03-01T00:00:00Z", "Active").replace(TENANT, "ac40fc60-2717-4051-a567-c0cd948f0ac9");
    import(&book, &elsewhere);
    let text = attested(OTHER, LINKED);
    assert_eq!(import(&book, &text).new.len(), 1);
    let snapshot = File { snapshot: true, ..file(&text, "6034453") };
    let new = book.import(&snapshot).expect("it is JSON").new;
    assert_eq!(new, ["association_revoked 6034453/- 2024-03-05 no longer in the attestation"]);
    assert!(book.import(&snapshot).expect("it is JSON").new.is_empty());
    let rest = File { snapshot: true, ..file(&elsewhere, "6034453") };
    assert!(book.import(&rest).expect("it is JSON").new.is_empty(), "a reply covers no more than its link");
}

#[test]
fn what_cannot_be_read_is_refused_and_unknown_states_are_counted() {
    let good = link("2018-02-11T22:18:10Z", "Active");
    for (text, message) in [
        (good.replace("2018-02", "2018-22"), "`updatedTime` is \"2018-22-11T22:18:10Z\", which must be an instant"),
        (good.replace("updatedTime", "changed").replace("state", "was"), "`updatedTime` is missing or null"),
        (good.replace(TENANT, "contoso"), "`tenantId` is \"contoso\", which must be a UUID"),
        (good.replace("tenantId", "tenant"), "`tenantId` is missing or null"),
        (good.replace("objectId", "object"), "`objectId` is missing or null"),
        (good.replace("partnerId", "partner"), "`partnerId` is missing or null"),
    ] {
        let refused = import(&Book::default(), &text).refused;
        assert!(refused.first().is_some_and(|refusal| refusal.message.starts_with(message)), "{refused:?}");
    }
    let imported = import(&Book::default(), &link("2018-02-11T22:18:10Z", "Sleeping"));
    assert!(imported.new.is_empty() && imported.refused.is_empty());
    let remark = ("an unknown state of a partner admin link, skipped".to_owned(), "Sleeping".to_owned());
    assert_eq!(imported.summary.remarks.get(&remark), Some(&1));
    let nobodys = Book::default().import(&File::new(Kind::Pal, "p.json", &good)).expect("it is JSON").refused;
    assert_eq!(nobodys[0].message, "`partnerId` is \"123456\", which belongs to no account that is known");
}

/// A link as PowerShell prints it: as JSON, as CSV, as a list and as a table.
fn printed(partner: &str, state: &str) -> [(&'static str, String); 4] {
    let names = ["PartnerId", "TenantId", "ObjectId", "State"];
    let values = [partner, TENANT, PRINCIPAL, state];
    let all = || names.iter().zip(values);
    let list: Vec<String> = all().map(|(name, value)| format!("{name:<9} : {value}")).collect();
    let json: Vec<String> = all().map(|(name, value)| format!("    \"{name}\":  \"{value}\"")).collect();
    let widths = values.map(|value| value.len().max(9));
    let row = |cells: [&str; 4]| {
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\r\n", cells.join(" "))
    };
    let dashes = names.map(|name| "-".repeat(name.len()));
    let table = format!("\r\n{}{}{}\r\n", row(names), row(dashes.each_ref().map(String::as_str)), row(values));
    [
        ("json", format!("{{\r\n{}\r\n}}\r\n", json.join(",\r\n"))),
        ("csv", format!("\"{}\"\r\n\"{}\"\r\n", names.join("\",\""), values.join("\",\""))),
        ("list", format!("\r\n\r\n{}\r\n\r\n\r\n", list.join("\r\n"))),
        ("table", table),
    ]
}

#[test]
fn a_link_that_powershell_prints_was_there_on_the_day_of_the_download_or_gone() {
    for ((form, active), (_, deleted)) in printed("123456", "Active").into_iter().zip(printed("123456", "Deleted")) {
        let book = Book::default();
        let imported = import(&book, &active);
        assert!(imported.refused.is_empty(), "{form}: {:?}", imported.refused);
        assert_eq!(imported.new, ["association_accepted 6034453/123456 2024-03-05 pal - e1c1 - - u-f581"], "{form}");
        assert!(book.lines().concat().contains("attested link (seen)"), "{form}");
        let later = File { downloaded: Some("2024-04-05"), ..file(&deleted, "6034453") };
        let new = book.import(&later).expect("it is read").new;
        assert_eq!(new, ["association_revoked 6034453/- 2024-04-05 the link was deleted"], "{form}");
        assert!(import(&Book::default(), &deleted).new.is_empty(), "{form}: nothing was known of it");
        let elsewhere = active.replace(PRINCIPAL, OTHER);
        let snapshot = File { snapshot: true, downloaded: Some("2024-03-06"), ..file(&elsewhere, "6034453") };
        let both = Book::default();
        import(&both, &active);
        let new = both.import(&snapshot).expect("it is read").new;
        assert!(new.len() == 1 && new.concat().contains("accepted"), "{form}: it lists one identity alone: {new:?}");
    }
}

#[test]
fn instants_of_powershell_are_read() {
    let link = |updated: &str| {
        format!(
            "{{\"PartnerId\":\"123456\",\"TenantId\":\"{TENANT}\",\"ObjectId\":\"{PRINCIPAL}\",\
             \"UpdatedTime\":{updated},\"State\":\"Active\"}}"
        )
    };
    for updated in [
        r#""\/Date(1518387490539)\/""#,
        r#"{"value":"\/Date(1518387490539)\/","DisplayHint":2,"DateTime":"Sunday, February 11, 2018 10:18:10 PM"}"#,
    ] {
        let book = Book::default();
        let text = link(updated);
        let file = File { partner: Some("6034453"), ..File::new(Kind::Pal, "p.json", &text) };
        let new = book.import(&file).expect("it is JSON").new;
        assert_eq!(new, ["association_accepted 6034453/123456 2018-02-11 pal - e1c1 - - u-f581"], "{updated}");
        assert!(book.lines().concat().contains(", as of 2018-02-11, "), "{updated}");
    }
    let csv = |updated: &str| {
        format!("PartnerId,TenantId,ObjectId,UpdatedTime,State\n123456,{TENANT},{PRINCIPAL},{updated},Active\n")
    };
    let new = import(&Book::default(), &csv("25.02.2018 22:18:10")).new;
    assert_eq!(new, ["association_accepted 6034453/123456 2018-02-25 pal - e1c1 - - u-f581"]);
    let text = csv("2/11/2018 10:18:10 PM");
    let error = Book::default().import(&file(&text, "6034453")).err().expect("nobody knows the order");
    assert!(error.to_string().contains("`UpdatedTime` \"2/11/2018 10:18:10 PM\" on line 2"), "{error}");
}

#[test]
fn a_table_that_is_cut_off_or_has_a_column_twice_is_refused() {
    let [_, (_, csv), _, (_, table)] = printed("123456", "Active");
    let cut = table.replace(PRINCIPAL, "aa67f786-0552-423e-8849-244ed12bf...");
    let refused = import(&Book::default(), &cut.replace(TENANT, "1b1121dd-6900-412a-af73-e8d44f8...")).refused;
    assert!(
        refused.iter().any(|refusal| refusal.message.contains("`tenantId` is \"1b1121dd-6900-412a-af73-e8d44f8...\""))
    );
    let twice = csv.replace("\"State\"", "\"partnerid\"");
    let error = Book::default().import(&file(&twice, "6034453")).err().expect("a column stands twice");
    assert!(error.to_string().contains("partnerid stands twice"), "{error}");
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    let twice =
        link("2018-02-11T22:18:10.5395747Z", "Active").replace("\"tenantId\"", "\"PartnerID\": \"1\", \"tenantId\"");
    let imported = import(&Book::default(), &twice);
    let refused: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
    assert!(imported.new.is_empty() && refused.concat().contains("stands twice in the object"), "{refused:?}");
}
