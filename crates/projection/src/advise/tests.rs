//! Who could supply a quantity.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Entry, PartnerId};
use num_rational::BigRational;

use super::{Change, Events, Wish, advise, events_of_changes, quantities};
use crate::diff::tests::{entry, question};
use crate::history::History;
use crate::rulebook::Rulebook;

/// The candidates of a quantity on 2025-03-31.
fn candidates(events: &[String], area: Area, quantity: &str) -> Vec<String> {
    let entries: Vec<Entry> = (0..).zip(events).map(|(seq, event)| entry(seq, event)).collect();
    let wish = Wish {
        target: BigRational::from_integer(70.into()),
        margin: None,
        prices: BTreeMap::new(),
        without: BTreeSet::new(),
        limit: Some(1),
    };
    let (history, question) = (History::fold(&entries), question("2025-03-31"));
    let advice = advise(&history, Rulebook::builtin(), area, &question, &wish, None).expect("a score");
    let told = advice.candidates.iter().filter(|one| one.quantity.to_string() == quantity);
    told.map(|one| format!("{:?} {:?} {}", one.subject, one.missing, one.reason)).collect()
}

#[test]
fn a_customer_that_would_be_active_in_its_first_covered_month_is_no_candidate_for_a_deployment() {
    let mut events = Vec::new();
    // Covered since the measured month, since the month before, and not at all but active enough.
    for (customer, accepted, users) in
        [("a", Some("2025-03-01"), "100"), ("b", Some("2025-02-01"), "100"), ("c", None, "400")]
    {
        let customer = format!("0000000{customer}-0000-0000-0000-000000000000");
        if let Some(accepted) = accepted {
            events.push(format!(
                r#"association_accepted {accepted} "association":"{customer}","customer":"{customer}","mechanism":"cpor","role":"osu","workload":"Teams""#
            ));
        }
        for month in ["2025-02", "2025-03"] {
            for (metric, value) in [("paid_seats", "400"), ("active_users", users)] {
                events.push(format!(
                    r#"usage_reported {month} "customer":"{customer}","product":"Teams","metric":"{metric}","value":"{value}""#
                ));
            }
        }
    }
    let told = candidates(&events, Area::ModernWork, "deployments.deployments_cpor");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("0000000b") && told[0].ends_with("Some(\"60\") share"), "{told:?}");
}

#[test]
fn a_customer_whose_association_ended_within_the_year_could_bring_growth() {
    for (area, product) in [(Area::Infrastructure, "Storage"), (Area::Security, "Sentinel")] {
        let mut events = Vec::new();
        // The first has none since, the second another one, and the third uses nothing since.
        for (customer, again, months) in [
            ("a", None, ["2024-12", "2025-03"].as_slice()),
            ("b", Some("2025-01-20"), ["2024-12", "2025-03"].as_slice()),
            ("c", None, ["2024-12"].as_slice()),
        ] {
            let customer = format!("0000000{customer}-0000-0000-0000-000000000000");
            let accepted = |day: &str, id: &str| {
                format!(r#"association_accepted {day} "association":"{id}","customer":"{customer}","mechanism":"pal""#)
            };
            events.push(accepted("2024-06-01", &customer));
            events.push(format!(r#"association_revoked 2025-01-10 "association":"{customer}""#));
            events.extend(again.map(|day| accepted(day, &customer.replacen('0', "1", 1))));
            events.extend(months.iter().map(|month| {
                format!(
                    r#"usage_reported {month} "customer":"{customer}","product":"{product}","metric":"acr_usd","value":"900""#
                )
            }));
        }
        let told = candidates(&events, area, "usage_growth.usd");
        assert_eq!(told.len(), 1, "{area}: {told:?}");
        assert!(told[0].contains("0000000a") && told[0].ends_with("None association_ended"), "{area}: {told:?}");
    }
}

#[test]
fn customers_that_consume_nothing_leave_the_places_of_growth_to_those_that_do() {
    let report = |nth: u8, value: &str| {
        format!(
            r#"usage_reported 2025-03 "customer":"000000{nth:02}-0000-0000-0000-000000000000","product":"Business Central","metric":"active_units","value":"{value}""#
        )
    };
    let events: Vec<String> = (0..12).map(|nth| report(nth, if nth < 11 { "0" } else { "900" })).collect();
    let told = candidates(&events, Area::BusinessApplications, "usage_growth.mcv");
    assert!(told.len() == 1 && told[0].contains("00000011-"), "{told:?}");
}

#[test]
fn amounts_of_a_quantity_become_events_that_add_them() {
    let (history, question) = (History::fold(&[]), question("2025-03-31"));
    let book = Rulebook::builtin();
    let offered = quantities(&history, book, Area::Infrastructure, &question).expect("a score");
    let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
    assert_eq!(names.first().map(String::as_str), Some("net_customer_adds.customers"), "{names:?}");
    let read = |name: &str, amount: &str| {
        let quantity = offered.iter().find(|quantity| quantity.to_string() == name).expect("a quantity").clone();
        Change::read(quantity, amount)
    };
    for (name, amount, wanted) in [
        ("net_customer_adds.customers", "2", Some("2")),
        ("net_customer_adds.customers", "2.5", None),
        ("net_customer_adds.customers", "0", None),
        ("net_customer_adds.customers", "-1", None),
        ("usage_growth.usd", "12000.50", Some("12000.5")),
        ("usage_growth.usd", "0.005", None),
        ("usage_growth.usd", "x", None),
    ] {
        assert_eq!(read(name, amount).map(|change| change.amount()).as_deref(), wanted, "{name} {amount}");
    }
    let changes = vec![
        read("net_customer_adds.customers", "2").expect("an amount"),
        read("intermediate_certifications.people_1", "1").expect("an amount"),
    ];
    let partner = PartnerId::new("1").expect("a partner");
    let id_of = |place: usize| uuid::Uuid::from_u128(place as u128);
    let events = Events { partner: &partner, next_seq: 0, id_of: &id_of };
    let made = events_of_changes((&history, book), Area::Infrastructure, &question, changes, events);
    let made = made.expect("a score").expect("events");
    let entry = |(seq, event): (u64, &ledger::Event)| Entry {
        seq,
        recorded_at: ledger::Timestamp::from_micros(i64::try_from(seq).expect("few")),
        event: event.clone(),
    };
    let then = History::fold(&(0..).zip(&made).map(entry).collect::<Vec<Entry>>());
    let score = crate::score(&then, book, Area::Infrastructure, &question).expect("a score").score;
    let points: Vec<String> =
        score.metrics.iter().map(|metric| format!("{} {}", metric.metric, metric.points.shown())).collect();
    assert_eq!(points.first().map(String::as_str), Some("net_customer_adds 20.0"), "{points:?}");
}
