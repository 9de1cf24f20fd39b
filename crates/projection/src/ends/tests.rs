//! One case for each kind of end, by its day, its exact points and its entries.

use ledger::{Area, Entry, parse_date};

use super::Horizon;
use crate::diff::tests::{adopt, entry, question};
use crate::history::History;
use crate::points::fraction;

/// What ends in an area within a year, a line each.
fn ends(area: Area, from: &str, events: &[&str]) -> Vec<String> {
    let all: Vec<Entry> = (0..).zip(events).map(|(seq, event)| entry(seq, event)).collect();
    let (entries, shared): (Vec<Entry>, Vec<Entry>) = all.into_iter().partition(|entry| entry.event.partner.is_some());
    let (history, from) = (History::fold(&entries), parse_date(from).expect("a date"));
    let until = from + chrono::Days::new(365);
    let horizon = Horizon { history: &history, shared: &shared, question: question("2025-01-01"), from, until };
    let ends = horizon.ends(&[area]).expect("the programme has begun").remove(0);
    let line = |end: &super::End| {
        let subject = format!("{:?}", end.subject);
        let names: Vec<&str> = subject.split('"').skip(1).step_by(2).collect();
        let what = if names.is_empty() { String::new() } else { format!(" {}", names.join(" ")) };
        format!("{} {}{what} {} {:?}", end.day, end.subject.kind(), fraction(&end.points), end.entries)
    };
    ends.iter().map(line).collect()
}

#[test]
fn certifications_expire_and_are_unlinked_and_are_told_once_where_both_happen() {
    let events = [
        r#"certification_linked 2024-01-01 "person":"ada","certification":"MS-700","expires_on":"2025-03-14""#,
        r#"certification_linked 2024-06-01 "person":"bob","certification":"MS-700""#,
        r#"certification_unlinked 2025-02-01 "person":"bob","certification":"MS-700""#,
        r#"certification_linked 2024-07-01 "person":"eve","certification":"MS-700","expires_on":"2025-01-31""#,
        r#"certification_linked 2025-02-01 "person":"eve","certification":"MS-700""#,
        r#"certification_unlinked 2025-03-15 "person":"ada""#,
        // It is in no list of the area.
        r#"certification_linked 2024-07-01 "person":"ada","certification":"AZ-104","expires_on":"2025-01-31""#,
    ];
    let told = ends(Area::ModernWork, "2024-12-31", &events);
    // Two of three are enough for the points of the track.
    assert_eq!(
        told[..2],
        ["2025-02-01 certification bob MS-700 0/1 [1, 2]", "2025-03-15 certification ada MS-700 -5/1 [0, 5]"]
    );
}

#[test]
fn the_credit_of_a_certification_ends_for_all_who_hold_it_and_not_for_whom_it_expires() {
    let events = [
        r#"certification_linked 2023-06-01 "person":"ada","certification":"MS-500","expires_on":"2025-01-01""#,
        r#"certification_linked 2023-06-01 "person":"bob","certification":"MS-500","expires_on":"2025-01-01""#,
        r#"certification_linked 2023-06-01 "person":"eve","certification":"MS-500","expires_on":"2024-06-30""#,
    ];
    let told = ends(Area::Security, "2024-01-01", &events);
    let told: Vec<&str> = told.iter().map(|line| line.rsplit_once('/').expect("points").0).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("2024-07-01 certification eve MS-500"), "{told:?}");
    assert!(told[1].starts_with("2024-07-01 credit MS-500"), "{told:?}");
}

#[test]
fn an_association_ends_when_a_month_is_measured_in_which_it_is_not_in_force() {
    let accepted = |nth: u32, mechanism: &str| {
        format!(
            r#"association_accepted 2024-01-01 "association":"00000000-0000-0000-0000-00000000000{nth}",CUSTOMER,{mechanism}"#
        )
    };
    let (pal, csp) = (r#""mechanism":"pal","principal":"p""#, r#""mechanism":"csp","role":"direct_bill""#);
    let tpor = r#""mechanism":"tpor","subscription":"s""#;
    let accepted = [accepted(1, pal), accepted(2, csp), accepted(3, tpor)];
    let revoked = r#"association_revoked 2025-02-10 "association":"00000000-0000-0000-0000-000000000001""#;
    let churned = r#"customer_churned 2025-03-01 CUSTOMER,"areas":["infrastructure"]"#;
    let usage = |month: &str| {
        format!(r#"usage_reported {month} CUSTOMER,"product":"Storage","metric":"acr_usd","value":"5000""#)
    };
    let usage = [usage("2025-02"), usage("2025-03")];
    let events = [&accepted[0], &accepted[1], &accepted[2], revoked, churned, &usage[0], &usage[1]];
    let events = events.map(|event| event as &str);
    let told = ends(Area::Infrastructure, "2025-01-15", &events);
    let day_and_entries: Vec<(&str, &str)> = told
        .iter()
        .filter(|line| line.contains("association"))
        .map(|line| (&line[..10], &line[line.find('[').unwrap()..]))
        .collect();
    // The other association covers what the first one did; in other areas the customer has not churned.
    assert_eq!(day_and_entries, [("2025-02-28", "[0, 3]"), ("2025-03-31", "[1, 4]")]);
    assert!(told[0].contains(" 0/1 "), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("2025-03-31 association") && line.contains(" -")), "{told:?}");
    let told = ends(Area::Security, "2025-01-15", &events);
    assert_eq!(told.iter().filter(|line| line.contains("association")).count(), 1, "{told:?}");
}

#[test]
fn a_track_is_held_up_to_an_anniversary_unless_another_enrolment_holds_it_on() {
    let held = r#"designation_enrolled 2025-04-01 "area":"infrastructure","anniversary":"2025-06-30","track":"smb""#;
    let on = r#"designation_enrolled 2025-06-30 "area":"infrastructure","anniversary":"2025-07-31","track":"smb""#;
    let other =
        r#"designation_enrolled 2025-05-01 "area":"infrastructure","anniversary":"2025-05-31","track":"enterprise""#;
    let of = |events: &[&str]| {
        let told = ends(Area::Infrastructure, "2025-04-01", events);
        told.into_iter().filter(|line| line.contains("enrolment")).collect::<Vec<_>>()
    };
    assert_eq!(of(&[held]), ["2025-07-01 enrolment 0/1 [0]"]);
    assert_eq!(of(&[held, on]), ["2025-08-01 enrolment 0/1 [1]"]);
    assert_eq!(of(&[held, other]), ["2025-06-01 enrolment 0/1 [1]", "2025-07-01 enrolment 0/1 [0]"]);
    assert!(ends(Area::Security, "2025-04-01", &[held]).iter().all(|line| !line.contains("enrolment")));
}

#[test]
fn keys_end_when_they_say_something_else_to_the_track_that_won() {
    let told =
        |area, from| ends(area, from, &[r#"certification_linked 2024-01-01 "person":"a","certification":"MS-700""#]);
    assert_eq!(told(Area::Infrastructure, "2025-03-01"), ["2025-03-26 rules azure 0/1 []"]);
    let keys = |lines: Vec<String>| -> Vec<String> {
        let rules = lines.into_iter().filter(|line| line.contains("rules"));
        rules.map(|line| line.split(' ').nth(2).expect("a key").to_owned()).collect()
    };
    assert_eq!(
        keys(told(Area::Security, "2026-05-01")),
        ["security", "security.deployments", "security.net_customer_adds", "security.usage_growth"]
    );
}

#[test]
fn another_rulebook_ends_no_key_of_which_it_says_the_same() {
    let adopted = adopt("2024-05-01", "[meta]", "[meta] # the same");
    let linked = r#"certification_linked 2024-01-01 "person":"a","certification":"MS-700","expires_on":"2024-06-01""#;
    let told = ends(Area::ModernWork, "2024-03-01", &[linked, &adopted]);
    assert_eq!(told, ["2024-06-02 certification a MS-700 -5/1 [0]"]);
}
