//! Every kind of finding, by the shortest history that has it, and beside it one that has not.

use ledger::{Entry, EventId, PartnerId, Timestamp, parse_date, parse_event};

use super::{FINDING_KINDS, exclusive_keys, findings};
use crate::history::History;
use crate::rulebook::Rulebook;

const A: &str = r#""association":"00000000-0000-4000-8000-00000000000a""#;
const B: &str = r#""association":"00000000-0000-4000-8000-00000000000b""#;
const CUSTOMER: &str = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;
const PAL: &str = r#""mechanism":"pal","principal":"p""#;
const CPOR: &str = r#""mechanism":"cpor","role":"osu""#;

/// An event of a line such as `association_revoked 2025-02-01 "by":"partner"`, with `A`, `B`, `CUSTOMER`, `PAL` and
/// `CPOR` standing for fields.
fn entry(seq: u64, line: &str) -> Entry {
    let mut words = line.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (event_type, at, fields) = (word(), word(), word());
    let time = if event_type == "usage_reported" { "month" } else { "effective_at" };
    let mut json = format!(r#"{{"type":"{event_type}","partner":"1","{time}":"{at}""#);
    for field in fields.split_whitespace() {
        let written = match field {
            "A" => A,
            "B" => B,
            "CUSTOMER" => CUSTOMER,
            "PAL" => PAL,
            "CPOR" => CPOR,
            other => other,
        };
        json.push(',');
        json.push_str(&written.replace('~', " "));
    }
    json.push('}');
    let id = EventId(uuid::Uuid::from_u128(u128::from(seq)));
    let event = parse_event(&json, || Some(id)).unwrap_or_else(|refusal| panic!("{json}: {refusal}"));
    let recorded_at = Timestamp::parse("2025-07-01T00:00:00Z").map_or(0, ledger::Timestamp::micros);
    Entry { seq, recorded_at: Timestamp::from_micros(recorded_at + i64::try_from(seq).unwrap_or_default()), event }
}

fn codes(own: &[&str], other: &[&str]) -> Vec<&'static str> {
    codes_by(Rulebook::builtin(), own, other)
}

fn codes_by(rulebook: &Rulebook, own: &[&str], other: &[&str]) -> Vec<&'static str> {
    let entries = |lines: &[&str], first: u64| -> Vec<Entry> {
        (first..).zip(lines).map(|(seq, line)| entry(seq, line)).collect()
    };
    let (own, other) = (entries(own, 0), entries(other, 100));
    let (own, other) = (History::fold(&own), History::fold(&other));
    let partner = PartnerId::new("2").expect("a partner");
    let found = findings(&own, &[(&partner, &other)], rulebook, parse_date("2025-07-01").expect("a day"));
    found.iter().map(|finding| finding.code).collect()
}

const ACCEPTED: &str = "association_accepted 2025-01-10 A CUSTOMER PAL";
const REQUESTED: &str = "association_requested 2025-01-05 A CUSTOMER PAL";
const CLAIM: &str = r#"association_accepted 2025-01-10 A CUSTOMER CPOR "workload":"Exchange""#;

const USERS: &str = r#"usage_reported 2025-01 CUSTOMER "product":"Teams" "metric":"active_users" "value":12"#;
const SEATS: &str = r#"usage_reported 2025-01 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":10"#;
const CSP: &str =
    r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"csp" "role":"indirect_reseller" "subscription":"s""#;
const CSP_ENDED: &str = "association_revoked 2025-03-05 A";
const EARNED: &str =
    r#"certification_earned 2025-01-10 "person":"x" "certification":"AZ-104" "earned_on":"2025-01-10""#;

#[rustfmt::skip]
const ROWS: &[(&[&str], &[&str], &[&str])] = &[
    (&[], &[], &[]),
    (&[REQUESTED, ACCEPTED, "association_revoked 2025-02-01 A"], &[], &[]),
    (&[REQUESTED, "association_declined 2025-02-01 A"], &[], &[]),
    (&[ACCEPTED, "association_accepted 2025-02-01 A CUSTOMER PAL"], &[], &["accepted_twice"]),
    (&[ACCEPTED, "association_revoked 2025-02-01 A", "association_accepted 2025-02-01 A CUSTOMER PAL"], &[], &["accepted_after_end"]),
    (&[ACCEPTED, "association_declined 2025-02-01 A", "association_accepted 2025-03-01 A CUSTOMER PAL"], &[], &["accepted_after_end"]),
    (&[ACCEPTED, "association_revoked 2025-01-09 A"], &[], &["ended_before_start"]),
    (&[REQUESTED, "association_revoked 2025-02-01 A"], &[], &["ended_without_acceptance"]),
    (&["association_revoked 2025-02-01 A"], &[], &["unknown_association"]),
    (&["association_declined 2025-02-01 A"], &[], &["unknown_association"]),
    (&[REQUESTED, r#"association_accepted 2025-01-10 A CUSTOMER PAL "subscription":"s""#], &[], &[]),
    (&[r#"association_requested 2025-01-05 A CUSTOMER PAL "subscription":"s""#, r#"association_accepted 2025-01-10 A CUSTOMER PAL "subscription":"S""#], &[], &["details_disagree"]),
    (&[r#"association_requested 2025-01-05 A CUSTOMER CPOR "workload":"teams""#, r#"association_accepted 2025-01-10 A "workload":"Teams""#], &[], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"tpor" "subscription":"s""#], &[], &["counts_nowhere"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s" "workload":"Sentinel""#], &[], &["counts_nowhere"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER PAL "workload":"Teams""#], &[], &["counts_nowhere"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s""#, r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"tpor" "subscription":"s""#], &[], &["counts_nowhere", "tpor_masked_by_dpor"]),
    (&[CLAIM], &[CLAIM], &["cpor_of_two_partners"]),
    (&[CLAIM], &[r#"association_accepted 2025-03-10 B CUSTOMER CPOR "workload":"EXCHANGE""#], &["cpor_of_two_partners"]),
    (&[r#"association_accepted 2026-03-10 A CUSTOMER CPOR "workload":"Yammer""#], &[r#"association_accepted 2026-03-10 B CUSTOMER CPOR "workload":"viva~engage""#], &["cpor_of_two_partners", "effective_after_recorded"]),
    (&[CLAIM, "association_revoked 2025-03-10 A"], &[r#"association_accepted 2025-03-10 B CUSTOMER CPOR "workload":"Exchange""#], &[]),
    (&[CLAIM], &[r#"association_accepted 2025-01-10 B CUSTOMER CPOR "workload":"Teams""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER CPOR "subscription":"s""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"cpor" "role":"osa" "subscription":"s""#], &["cpor_of_two_partners"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"dpor" "subscription":"s""#], &["dpor_of_two_partners"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"csp" "role":"direct_bill" "subscription":"s""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"csp" "role":"direct_bill" "subscription":"s""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"csp" "role":"direct_bill" "subscription":"s""#], &["csp_of_two_partners"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"csp" "role":"direct_bill" "subscription":"s""#, "association_revoked 2025-03-10 A"], &[r#"association_accepted 2025-03-10 B CUSTOMER "mechanism":"csp" "role":"direct_bill" "subscription":"s""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"csp" "role":"indirect_provider" "subscription":"s""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"csp" "role":"indirect_reseller" "subscription":"s""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s" "workload":"Power~BI""#], &[r#"association_accepted 2025-01-10 B CUSTOMER "mechanism":"dpor" "subscription":"t" "workload":"Power~BI""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER CPOR "subscription":"s" "workload":"Power~BI""#], &[r#"association_accepted 2025-01-10 B CUSTOMER CPOR "subscription":"t" "workload":"Power~BI""#], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER CPOR "subscription":"s" "workload":"Power~BI""#], &[r#"association_accepted 2025-01-10 B CUSTOMER CPOR "subscription":"s" "workload":"Power~BI""#], &["cpor_of_two_partners"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER CPOR "subscription":"s" "workload":"Exchange""#], &[r#"association_accepted 2025-01-10 B CUSTOMER CPOR "subscription":"s" "workload":"Teams""#], &[]),
    (&["customer_churned 2025-01-10 CUSTOMER"], &[], &["unknown_customer"]),
    (&[ACCEPTED, "customer_churned 2025-02-10 CUSTOMER"], &[], &[]),
    (&[r#"usage_reported 2025-01 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":1"#], &[], &["uncovered_usage"]),
    (&[ACCEPTED, r#"usage_reported 2024-12 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":1"#, r#"usage_reported 2025-01 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":1"#], &[], &["uncovered_usage"]),
    (&[ACCEPTED, r#"usage_reported 2025-01 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":1"#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"XX-1""#], &[], &["unknown_certification"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104" "earned_on":"2024-01-09""#], &[], &["linked_after_expiry"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104" "expires_on":"2025-01-10""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AB-900" "earned_on":"2020-01-09""#], &[], &[]),
    (&[r#"certification_unlinked 2025-01-10 "person":"x" "certification":"AZ-104""#], &[], &["unlinked_without_link"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#, r#"certification_unlinked 2025-01-11 "person":"x""#, r#"certification_unlinked 2025-01-12 "person":"x""#], &[], &["unlinked_without_link"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#], &[r#"certification_linked 2025-02-10 "person":"x" "certification":"AZ-305""#], &["person_of_two_partners"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#, r#"certification_linked 2025-01-10 "person":"y" "certification":"AZ-104" "note":"ActivationStatus:~Active;~shares~its~directory~id~with~x;~shares~its~work~address~with~x""#], &[], &["person_of_two_ids"]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104" "note":"shares~its~work~address~with~y""#, r#"event_retracted 2025-01-11 "event":"00000000-0000-0000-0000-000000000000" "reason":"one""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104" "note":"shares~its~desk~with~y""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#, r#"certification_unlinked 2025-02-10 "person":"x""#], &[r#"certification_linked 2025-02-10 "person":"x" "certification":"AZ-305""#], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AB-400""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"AB-400""#, r#"certification_unlinked 2025-01-11 "person":"x" "certification":"PL-400""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"PL-400""#, r#"certification_unlinked 2025-02-10 "person":"x" "certification":"AB-400""#], &[r#"certification_linked 2025-02-10 "person":"x" "certification":"AZ-305""#], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"GH-300" "earned_on":"2023-01-10""#], &[], &[]),
    (&[r#"certification_linked 2025-01-10 "person":"x" "certification":"GH-300" "earned_on":"2023-01-09""#], &[], &["linked_after_expiry"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER PAL "location":"1""#], &[], &["pal_on_global_account"]),
    (&[r#"association_requested 2025-01-05 A CUSTOMER PAL "location":"1""#, "association_accepted 2025-01-10 A"], &[], &["pal_on_global_account"]),
    (&[REQUESTED, r#"association_accepted 2025-01-10 A "location":"1""#], &[], &["pal_on_global_account"]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER PAL "location":"2""#], &[], &[]),
    (&[r#"association_accepted 2025-01-10 A CUSTOMER CPOR "workload":"Exchange" "location":"1""#], &[], &[]),
    (&[r#"association_requested 2025-01-05 A CUSTOMER CPOR "workload":"Exchange""#, r#"association_accepted 2025-01-10 A "location":"1""#], &[], &[]),
    (&[ACCEPTED, USERS, SEATS], &[], &["more_users_than_seats"]),
    (&[ACCEPTED, USERS], &[], &[]),
    (&[ACCEPTED, USERS, r#"usage_reported 2025-02 CUSTOMER "product":"Teams" "metric":"paid_seats" "value":10"#], &[], &[]),
    (&[ACCEPTED, USERS, SEATS, r#"usage_reported 2025-01 CUSTOMER "product":"TEAMS" "metric":"paid_seats" "value":2 "subscription":"s""#], &[], &[]),
    (&[ACCEPTED, USERS, SEATS, r#"usage_reported 2025-01 CUSTOMER "product":"teams" "metric":"paid_seats" "value":12"#], &[], &[]),
    (&[ACCEPTED, r#"usage_reported 2026-03 CUSTOMER "product":"Viva~Engage" "metric":"active_users" "value":12"#, r#"usage_reported 2026-03 CUSTOMER "product":"Yammer" "metric":"paid_seats" "value":11"#], &[], &["more_users_than_seats"]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &["csp_usage_without_reseller", "uncovered_usage"]),
    (&[CSP, "customer_churned 2025-03-05 CUSTOMER", r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &["csp_usage_without_reseller", "uncovered_usage"]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2025-02 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &[]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2024-12 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &["uncovered_usage"]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":0 "subscription":"s""#], &[], &["uncovered_usage"]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"t""#], &[], &["uncovered_usage"]),
    (&[CSP, CSP_ENDED, r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1"#], &[], &["uncovered_usage"]),
    (&[CSP, CSP_ENDED, "association_accepted 2025-03-10 B CUSTOMER PAL", r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &[]),
    (&[CSP, CSP_ENDED, r#"association_accepted 2025-05-10 B CUSTOMER "mechanism":"csp" "role":"indirect_reseller" "subscription":"s""#, r#"usage_reported 2025-03 CUSTOMER "product":"Storage" "metric":"acr_usd" "value":1 "subscription":"s""#], &[], &["uncovered_usage"]),
    (&[EARNED], &[], &["earned_not_linked"]),
    (&[r#"certification_earned 2024-01-10 "person":"x" "certification":"AZ-104" "earned_on":"2024-01-10" "expires_on":"2025-07-01""#], &[], &["earned_not_linked"]),
    (&[r#"certification_earned 2024-01-10 "person":"x" "certification":"AZ-104" "earned_on":"2024-01-10" "expires_on":"2025-06-30""#], &[], &[]),
    (&[r#"certification_earned 2024-06-30 "person":"x" "certification":"AZ-104" "earned_on":"2024-06-30""#], &[], &[]),
    (&[r#"certification_earned 2025-01-10 "person":"x" "certification":"XX-1" "earned_on":"2025-01-10""#], &[], &[]),
    (&[r#"certification_earned 2025-07-02 "person":"x" "certification":"AZ-104" "earned_on":"2025-01-10""#], &[], &["effective_after_recorded"]),
    (&[EARNED, r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#], &[], &[]),
    (&[EARNED, r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-305""#], &[], &["earned_not_linked"]),
    (&[EARNED, r#"certification_linked 2025-01-10 "person":"y" "certification":"AZ-104""#], &[], &["earned_not_linked"]),
    (&[EARNED, r#"certification_linked 2024-01-10 "person":"x" "certification":"AZ-104""#], &[], &["earned_not_linked"]),
    (&[EARNED, r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-104""#, r#"certification_unlinked 2025-01-11 "person":"x""#], &[], &["earned_not_linked"]),
    (&[EARNED, r#"certification_linked 2025-01-10 "person":"y" "certification":"AZ-104""#, r#"certification_linked 2025-01-10 "person":"x" "certification":"AZ-305" "note":"shares~its~work~address~with~y""#], &[], &["person_of_two_ids"]),
    (&[r#"certification_earned 2025-01-10 "person":"x" "certification":"AZ-104" "earned_on":"2025-01-10" "note":"shares~its~work~address~with~y""#, r#"certification_linked 2025-01-10 "person":"y" "certification":"AZ-104""#], &[], &[]),
    (&[r#"certification_earned 2025-01-10 "person":"x" "certification":"PL-400" "earned_on":"2025-01-10""#, r#"certification_linked 2025-01-10 "person":"x" "certification":"AB-400""#], &[], &[]),
    (&[EARNED, r#"event_retracted 2025-01-11 "event":"00000000-0000-0000-0000-000000000000" "reason":"one""#], &[], &[]),
    (&["association_accepted 2025-07-02 A CUSTOMER PAL"], &[], &["effective_after_recorded"]),
    (&["association_accepted 2025-07-02 A CUSTOMER PAL", r#"event_retracted 2025-07-02 "event":"00000000-0000-0000-0000-000000000000" "reason":"wrong""#], &[], &["effective_after_recorded"]),
];

#[test]
fn every_history_has_its_findings_and_no_others() {
    for (own, other, expected) in ROWS {
        assert_eq!(codes(own, other), *expected, "{own:#?} beside {other:#?}");
    }
}

#[test]
fn what_is_exclusive_where_and_when_is_read_from_the_rulebook() {
    let tpor = r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"tpor" "subscription":"s""#;
    let pal = r#"association_accepted 2025-01-10 A CUSTOMER PAL "subscription":"s""#;
    let dpor = r#"association_accepted 2025-01-10 A CUSTOMER "mechanism":"dpor" "subscription":"s""#;
    let of_pal = r#"exclusive_per = ["customer", "principal"]"#;
    let of_dpor = "mechanism = \"dpor\"\nnames = [\"dpor\"]\nfrom = 2022-10-03\nfrom_basis = \"announced\"";
    let until = |day: &str| {
        let rest = "source = \"S2\"\nconf = \"A\"\nexclusive_per = [\"workload\"]\n\n[[mechanism]]";
        let later = of_dpor.replace("2022-10-03", "2025-01-11");
        format!("{of_dpor}\nto = {day}\n{rest}\n{later}")
    };
    for (line, row, edited, expected) in [
        (tpor, "names = [\"tpor\"]", "names = [\"tpor\"]\nexclusive_per = [\"subscription\"]".to_owned(), 1),
        (pal, of_pal, of_pal.replace("principal", "subscription"), 1),
        (pal, of_pal, of_pal.replace(", \"principal\"", ""), 0),
        (CLAIM, r#"areas = ["modern_work", "security"]"#, r#"areas = ["security"]"#.to_owned(), 0),
        (dpor, of_dpor, until("2025-01-10"), 0),
        (&dpor.replace("01-10", "01-11"), of_dpor, until("2025-01-10"), 1),
    ] {
        let text = Rulebook::builtin().text();
        assert_eq!(text.matches(row).count(), 1, "{row}");
        let rulebook = Rulebook::parse(&text.replace(row, &edited)).unwrap_or_else(|errors| panic!("{errors}"));
        let found = codes_by(&rulebook, &[line], &[line]);
        assert_eq!(
            found.iter().filter(|code| code.ends_with("_of_two_partners")).count(),
            expected,
            "{line}: {edited}"
        );
    }
}

#[test]
fn an_association_without_a_customer_is_incomplete() {
    let lines = [
        "association_requested 2025-01-05 A CUSTOMER PAL",
        "association_accepted 2025-01-10 A",
        r#"event_retracted 2025-01-11 "event":"00000000-0000-0000-0000-000000000000" "reason":"never asked""#,
    ];
    assert_eq!(codes(&lines, &[]), ["incomplete_association"]);
}

#[test]
fn every_kind_of_finding_is_described_and_has_a_row() {
    let described: Vec<&str> = FINDING_KINDS.iter().map(|(code, _)| *code).collect();
    assert!(described.is_sorted());
    // Those have tests of their own; accounts are found where locations are read.
    let elsewhere = ["incomplete_association", "merged_accounts", "pal_of_two_partners", "tpor_of_two_partners"];
    for code in described.iter().filter(|code| !elsewhere.contains(code)) {
        assert!(ROWS.iter().any(|(_, _, expected)| expected.contains(code)), "{code} has no row");
    }
    for code in ROWS.iter().flat_map(|(_, _, expected)| *expected) {
        assert!(described.contains(code), "{code} is not described");
    }
}

#[test]
fn partners_that_claim_the_same_share_a_key() {
    for (own, other, expected) in ROWS.iter().filter(|(_, other, _)| !other.is_empty()) {
        let fold =
            |lines: &[&str]| History::fold(&(0..).zip(lines).map(|(seq, line)| entry(seq, line)).collect::<Vec<_>>());
        let (own, other) =
            (exclusive_keys(&fold(own), Rulebook::builtin()), exclusive_keys(&fold(other), Rulebook::builtin()));
        let shared = own.iter().any(|key| other.contains(key));
        assert!(shared || expected.is_empty(), "{expected:?} without a shared key");
    }
}
