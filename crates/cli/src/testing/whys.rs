//! What a person reads of scores and differences: old and new values, one line an area, and nothing twice.

use super::{CUSTOMER, PARTNER, World};

fn event(number: u32, fields: &str) -> String {
    format!(r#"{{"id":"00000000-0000-4000-8000-{number:012}","partner":"{PARTNER}",{fields}}}"#)
}

fn usage(number: u32, value: &str) -> String {
    let fields = format!(
        r#""type":"usage_reported","month":"2025-02","customer":"{CUSTOMER}","product":"Virtual Machines","metric":"acr_usd","value":"{value}""#
    );
    event(number, &fields)
}

/// A ledger in which a figure was restated.
fn restated() -> World {
    let association = format!(
        r#""type":"association_accepted","effective_at":"2024-05-01","association":"5a000000-0000-4000-8000-000000000001","customer":"{CUSTOMER}","mechanism":"pal","principal":"P""#
    );
    let world = World { clock: "2025-06-01T00:00:00Z", ..World::with_ledger() };
    world.write("first.jsonl", &[event(1, &association), usage(2, "1040.25")].join("\n"));
    world.write("second.jsonl", &usage(3, "962.4"));
    assert_eq!(world.run("import first.jsonl --now 2025-03-05T09:00:00Z").code, 0);
    assert_eq!(world.run("import second.jsonl --now 2025-04-05T09:00:00Z").code, 0);
    world
}

const DIFF: &str = "--from 2025-02-28 --to 2025-02-28 --known-from 2025-03-10 --area data_ai";

#[test]
fn a_difference_names_product_customer_month_both_values_and_the_bound() {
    let said = restated().run(&format!("diff --partner {PARTNER} {DIFF}"));
    let line = format!(
        "      Virtual Machines of customer {CUSTOMER}, 2025-02: 1,040.25 -> 962.40 USD, below the 1,000 that a customer needs\n"
    );
    assert!(said.stdout.contains(&line), "{}", said.stdout);
}

#[test]
fn a_figure_of_the_month_before_the_measured_one_is_told_with_its_own_month() {
    let world = restated();
    let april = usage(4, "900").replace("2025-02", "2025-04");
    let march = usage(5, "1200").replace("2025-02", "2025-03");
    world.write("later.jsonl", &[march, april].join("\n"));
    assert_eq!(world.run("import later.jsonl").code, 0);
    let said = world.run(&format!("diff --partner {PARTNER} --from 2025-04-30 --to 2025-05-31 --area data_ai"));
    let line = format!(
        "customer {CUSTOMER}: 1,200 USD in 2025-03 -> 900 USD in 2025-04, below the 1,000 that a customer needs"
    );
    assert!(said.stdout.contains(&line), "{}", said.stdout);
}

#[test]
fn a_gate_that_opens_or_closes_is_told_with_the_step_that_it_holds_back() {
    let link = |number, kind, day, person, code| {
        let fields = format!(
            r#""type":"certification_{kind}","effective_at":"{day}","person":"{person}","certification":"{code}""#
        );
        event(number, &fields)
    };
    let events = [
        link(1, "linked", "2025-01-09", "ada", "AZ-104"),
        link(2, "linked", "2025-01-09", "ada", "AZ-700"),
        link(3, "linked", "2025-02-10", "bob", "AZ-104"),
        link(4, "unlinked", "2025-03-10", "bob", "AZ-104"),
    ];
    let world = World { clock: "2025-06-01T00:00:00Z", ..World::with_ledger() };
    world.write("events.jsonl", &events.join("\n"));
    assert_eq!(world.run("import events.jsonl").code, 0);
    let diff =
        |from, to| world.run(&format!("diff --partner {PARTNER} --from {from} --to {to} --area infrastructure")).stdout;
    let opened = diff("2025-01-31", "2025-02-28");
    assert!(opened.contains("\n      step 1 is met now (2 people), so that step 2 counts (1 person)\n"), "{opened}");
    let closed = diff("2025-02-28", "2025-03-31");
    let held = "\n      step 1 is no longer met (1 person), which holds back the points of step 2 (1 person)\n";
    assert!(closed.contains(held), "{closed}");
    assert!(!diff("2025-01-31", "2025-03-31").contains("met"), "it is closed at both ends");
}

#[test]
fn programs_get_both_values_where_they_ask_for_them_and_else_what_they_always_got() {
    let world = restated();
    let command = format!("diff --partner {PARTNER} {DIFF} --format json");
    let plain: serde_json::Value = serde_json::from_str(&world.run(&command).stdout).unwrap();
    let explained: serde_json::Value =
        serde_json::from_str(&world.run(&format!("{command} --explain")).stdout).unwrap();
    let contribution = |of: &serde_json::Value| of["metrics"][0]["contributions"][0].clone();
    let mut told = contribution(&explained);
    let figures = serde_json::json!([{
        "customer": CUSTOMER, "product": "Virtual Machines", "metric": "acr_usd", "month": "2025-02",
        "from": "1040.25", "to": "962.4",
    }]);
    let units = serde_json::json!([{
        "at": "now", "customer": CUSTOMER, "unit": "usd", "months": 1,
        "from": {"month": "2025-02", "figure": "1040.25", "counted": true},
        "to": {"month": "2025-02", "figure": "962.4", "reason": "962.4 is not at least 1000", "counted": false},
        "bound": {"name": "min", "value": "1000", "held": false},
    }]);
    assert_eq!((&told["figures"], &told["units"]), (&figures, &units));
    told.as_object_mut().unwrap().retain(|name, _| name != "figures" && name != "units");
    assert_eq!(told, contribution(&plain));
}

#[test]
fn several_areas_begin_with_a_line_each_and_what_all_share_stands_once() {
    let world = restated();
    let said = world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28")).stdout;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("Scores of {PARTNER} as of 2025-02-28, as known at 2025-04-05T09:00:00Z"));
    let names =
        ["Data & AI", "Infrastructure", "Digital & App Innovation", "Business Applications", "Modern Work", "Security"];
    for (line, name) in lines[1..7].iter().zip(names) {
        assert!(line.starts_with(&format!("  {name}  ")) && line.contains("points are missing"), "{line}");
        assert!(lines.contains(&name), "{said}");
    }
    for once in ["  Note: newer rules", "  Measured 2025-02 against 2024-02", "one qualifying day", "pcs status"] {
        assert_eq!(said.matches(once).count(), 1, "{once}: {said}");
    }
    assert!(said.contains("\n    step 1 needs 2 people with AZ-104: 0, which holds back 20.0 points\n"), "{said}");
    // One area alone needs no list.
    let said = world.run(&format!("score --partner {PARTNER} --as-of 2025-02-28 --area data_ai")).stdout;
    assert!(said.starts_with(&format!("Data & AI of {PARTNER} as of 2025-02-28, as known at")), "{said}");
    assert_eq!(said.matches("points are missing").count(), 1);
}

#[test]
fn an_entry_begins_with_its_figure_and_product() {
    let said = restated().run(&format!("log --partner {PARTNER} --type usage_reported")).stdout;
    let first = said.lines().next().unwrap();
    let what = format!("usage_reported  1,040.25 acr_usd Virtual Machines, customer {CUSTOMER}");
    assert!(first.ends_with(&what), "{first}");
    assert!(!first.contains(PARTNER), "the partner was asked for, and need not be told: {first}");
    assert!(restated().run("log").stdout.contains(PARTNER));
}
