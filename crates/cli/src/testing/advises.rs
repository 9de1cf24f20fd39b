//! `advise`: what it refuses, and its plans as events.

use serde_json::Value;

use super::{Said, World};

const ASKED: &str = "advise --partner 6034453 --area infrastructure --as-of 2025-02-28";

/// The ledger of the demo.
fn demo() -> World {
    let mut world = World::empty();
    world.clock = "2025-04-04T09:00:00Z";
    let said = world.run("demo --dir pcs-ledger");
    assert_eq!(said.code, 0, "{said:?}");
    world
}

fn answer(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.stdout).expect("one object")
}

#[test]
fn what_is_no_target_price_unit_or_plan_is_wrong_usage() {
    let world = demo();
    for options in [
        "--target 0",
        "--target -1",
        "--target 70.001",
        "--target x",
        "--target 100.01",
        "--margin 0",
        "--margin 1.234",
        "--price customer",
        "--price dollar=1",
        "--price customer=-1",
        "--price customer=x",
        "--without customers",
        "--limit x",
        "--plan 1",
        "--events plan.jsonl",
        "--plan 0 --events plan.jsonl",
        "--plan 8 --events plan.jsonl",
        "--carry all",
        "--carry none --carry-from 2025-01",
    ] {
        let said = world.run(&format!("--format json {ASKED} {options}"));
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{options}: {said:?}");
        assert_eq!(said.error()["code"], "usage", "{options}");
        assert!(!world.dir.path().join("plan.jsonl").exists(), "{options}");
    }
}

#[test]
fn what_is_refused_has_a_code() {
    let world = demo();
    world.write("there.jsonl", "");
    world.write("bad.jsonl", "{\n");
    for (options, code) in [
        ("--plan 1 --events there.jsonl", "exists"),
        ("--plan 1 --events nowhere/plan.jsonl", "not_found"),
        ("--carry-from 2025-03", "bad_value"),
        ("--assume bad.jsonl", "malformed"),
        ("--assume nowhere.jsonl", "not_found"),
    ] {
        let said = world.run(&format!("--format json {ASKED} {options}"));
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{options}: {said:?}");
        assert_eq!(said.error()["code"], code, "{options}");
    }
    for (asked, code) in [
        ("advise --partner nobody --area security --as-of 2025-02-28", "unknown_partner"),
        ("advise --partner 6034453 --area security --as-of 2022-10-02", "before_program"),
    ] {
        let said = world.run(&format!("--format json {asked}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some(code)), "{said:?}");
    }
}

#[test]
fn the_example_of_the_interface_has_its_plans() {
    let world = demo();
    let advice = answer(&world.run(&format!("--format json {ASKED}")));
    assert_eq!(advice["points_exact"], "1300349950/20503223");
    assert_eq!((&advice["count"], &advice["carry"]), (&7.into(), &"last".into()));
    let plans = advice["plans"].as_array().expect("plans");
    assert_eq!(
        plans[0].to_string(),
        r#"{"track":"single","cost":"1/1","changes":{"net_customer_adds.customers":1},"points_exact":"1505382180/20503223","metrics":{"net_customer_adds":"30/1"}}"#
    );
    assert_eq!(plans[1]["changes"].to_string(), r#"{"intermediate_certifications.people_2":2}"#);
    assert_eq!(plans[1]["cost"], "2/1");
    assert_eq!(plans[6]["changes"].to_string(), r#"{"usage_growth.usd":"13487.57"}"#);
}

#[test]
fn a_plan_that_is_assumed_reaches_the_target() {
    let world = demo();
    for (area, plans) in [("infrastructure", 7), ("modern_work", 3), ("security", 3)] {
        for number in 1..=plans {
            let asked = format!("--partner 6034453 --area {area} --as-of 2025-02-28 --carry last");
            let file = format!("{area}-{number}.jsonl");
            let said = world.run(&format!("advise {asked} --plan {number} --events {file}"));
            assert_eq!(said.code, 0, "{said:?}");
            let score = answer(&world.run(&format!("--format json score {asked} --assume {file}")));
            let points = score["points"].as_f64().expect("points");
            assert!(points >= 70.0 && score["qualified"] == true, "{area}, plan {number}: {score}");
            let advice = answer(&world.run(&format!("--format json advise {asked} --assume {file}")));
            assert!(advice["reached"] == true && advice["count"] == 0, "{area}, plan {number}: {advice}");
        }
    }
}

#[test]
fn prices_units_and_limits_are_those_that_were_asked() {
    let world = demo();
    let plans = |options: &str| {
        let advice = answer(&world.run(&format!("--format json {ASKED} {options}")));
        let plans = advice["plans"].as_array().expect("plans").clone();
        (plans, advice["count"].as_u64().expect("a number"))
    };
    let (few, count) = plans("--limit 2");
    assert_eq!((few.len(), count), (2, 7));
    let (all, count) = plans("--limit 0");
    assert_eq!((all.len(), count), (7, 7));
    let (dear, _) = plans("--price customer=100 --price person=0.5");
    assert_eq!(dear.last().map(|plan| plan["cost"].clone()), Some("100/1".into()));
    let (none, _) = plans("--without person --without usd");
    assert_eq!(none.len(), 1);
    let (margin, _) = plans("--margin 9");
    assert!(margin.iter().all(|plan| plan["changes"].to_string().contains("advanced_certifications")), "{margin:?}");
}
