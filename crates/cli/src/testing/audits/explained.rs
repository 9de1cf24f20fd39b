//! From each point of a bundle to its entries, and from a score that is refused to the fields that differ.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ANSWER, ASKED, ONE_AREA, PARTNER, export, key, lines, replace, seal, world};
use crate::testing::World;

/// All numbers under the name `seqs`, wherever they are.
fn seqs_in(value: &Value, seqs: &mut BTreeSet<u64>) {
    match value {
        Value::Object(fields) => {
            seqs.extend(fields.get("seqs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64));
            fields.values().for_each(|field| seqs_in(field, seqs));
        }
        Value::Array(values) => values.iter().for_each(|value| seqs_in(value, seqs)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_bundle_alone_leads_from_each_point_to_its_entries() {
    let world = world();
    export(&world, PARTNER, ASKED, "b.audit");
    let elsewhere = World::empty();
    std::fs::copy(world.path("b.audit"), elsewhere.path("b.audit")).unwrap();
    let verify = format!("audit verify b.audit --key {} --explain", key(&world));
    let said = elsewhere.run(&format!("{verify} --format json"));
    let told: Value = serde_json::from_str(&said.stdout).unwrap();
    // The answers are those of the ledger, with their units.
    let of_ledger = world.run(&format!("score --partner {PARTNER} {ASKED} --explain --format json")).stdout;
    let of_ledger: Vec<Value> = of_ledger.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told["answers"], Value::from(of_ledger));
    // Every entry that a unit names is there, as it is in the bundle, and no other.
    let mut named = BTreeSet::new();
    seqs_in(&told["answers"], &mut named);
    assert!(named.contains(&0) && named.contains(&3), "{named:?}");
    let behind = told["entries_behind"].as_array().unwrap();
    assert_eq!(behind.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect::<BTreeSet<u64>>(), named);
    let own = lines(&world, "b.audit");
    let own: Vec<Value> = own.iter().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(behind.iter().all(|entry| own.contains(entry)));
    // So people see it.
    let text = elsewhere.run(&verify).stdout;
    assert!(text.contains("      p1, MS-700 [#0]\n"), "{text}");
    assert!(
        text.contains("\n  #0 2025-01-09 certification_linked: p1 has MS-700, recorded 2025-02-01 09:00Z\n"),
        "{text}"
    );
    assert!(!elsewhere.run(&verify.replace(" --explain", "")).stdout.contains("#0"));
}

#[test]
fn a_score_that_is_refused_is_told_field_by_field() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let whole = lines(&world, "b.audit");
    let mut changed = whole.clone();
    replace(&mut changed[ANSWER], "\"people\":2", "\"people\":9");
    replace(&mut changed[ANSWER], "\"qualified\":false", "\"qualified\":true");
    seal(&world, "c.audit", &changed);
    let said = world.run("audit verify c.audit");
    assert_eq!((said.code, said.stdout.as_str()), (3, ""));
    for line in [
        "caused by: qualified: true is stated, false follows\n",
        "caused by: metrics.intermediate_certifications.people: 9 is stated, 2 follows\n",
    ] {
        assert!(said.stderr.contains(line), "{}", said.stderr);
    }
    let error = world.run("audit verify c.audit --format json").error();
    let differences = serde_json::json!([
        {"field": "qualified", "stated": true, "computed": false},
        {"field": "metrics.intermediate_certifications.people", "stated": 9, "computed": 2},
    ]);
    assert_eq!((&error["code"], &error["differences"]), (&"other_score".into(), &differences));
    // The same values in another order are another answer, too: it is not the line that was signed.
    let mut changed = whole.clone();
    replace(&mut changed[ANSWER], "\"max\":", "\"max\": ");
    seal(&world, "c.audit", &changed);
    let said = world.run("audit verify c.audit");
    assert!(
        said.stderr.contains("caused by: its values are those that follow, written in another way"),
        "{}",
        said.stderr
    );
}
