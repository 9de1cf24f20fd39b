//! Sources that tell neither file nor line to whoever has the report and not the secret.

use std::fs;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::World;
use super::folders::zipped;
use super::people::{IMPORT, report};

const PEOPLE: [[&str; 4]; 4] = [
    ["Ana", "990004", "", "AZ-104"],
    ["Bo", "990003", "", "AZ-104"],
    ["Cy", "990002", "", "AZ-104"],
    ["Di", "990001", "", "AZ-104"],
];

fn events(world: &World) -> Vec<Value> {
    let export = world.run("export").stdout;
    export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect()
}

fn persons(world: &World) -> Vec<String> {
    events(world).iter().map(|event| event["person"].as_str().unwrap().to_owned()).collect()
}

/// A ledger with a list whose sources are sealed, which is kept.
fn sealed(rows: &[[&str; 4]], name: &str) -> World {
    let world = World::with_ledger();
    world.write(name, &report(rows));
    let said = world.run(&format!("import {name} --kind training-completions --sealed-sources --keep"));
    assert_eq!(said.code, 0, "{said:?}");
    world
}

#[test]
fn a_sealed_source_names_neither_file_nor_line_and_the_secret_leads_back_to_the_row() {
    let world = sealed(&PEOPLE, "list-of-contoso.csv");
    let sha256 = format!("{:x}", Sha256::digest(world.read_bytes("list-of-contoso.csv")));
    let export = world.run("export").stdout;
    for known in ["contoso", " line ", &sha256[..16], "sha256"] {
        assert!(!export.contains(known), "{known}: {export}");
    }
    for (seq, event) in events(&world).iter().enumerate() {
        let source = event["source"].as_str().unwrap();
        assert!(source.starts_with("training-completions sealed row "), "{source}");
        assert!(source.contains(", as of 2024-09-12, hmac:"), "{source}");
        for command in [format!("people source {seq}"), format!("people source {seq} list-of-contoso.csv")] {
            let said = world.run(&command);
            assert_eq!(said.code, 0, "{said:?}");
            let (columns, row) = said.stdout.trim_end().split_once('\n').unwrap();
            assert!(columns.starts_with("PGAMpnId,"), "{said:?}");
            // The row's person is the entry's.
            let alone = World::with_ledger();
            alone.write("t.csv", &format!("{columns}\n{row}\n"));
            assert_eq!(alone.run(IMPORT).code, 0);
            assert_eq!(events(&alone)[0]["person"], event["person"]);
        }
    }
}

#[test]
fn the_order_of_sealed_entries_is_not_that_of_the_rows() {
    let world = sealed(&PEOPLE, "t.csv");
    let turned = sealed(&[PEOPLE[3], PEOPLE[1], PEOPLE[0], PEOPLE[2]], "t.csv");
    assert_eq!(persons(&world), persons(&turned), "the same persons in the same order, whatever that of the rows");
    let mut sorted = persons(&world);
    sorted.sort();
    assert_eq!(persons(&world), sorted);
}

#[test]
fn a_sealed_list_is_met_again_in_either_way() {
    let ways = ["", " --sealed-sources"];
    for (first, second) in [(0, 1), (1, 0), (1, 1)] {
        let world = World::with_ledger();
        let import = |rows: &[[&str; 4]], way: &str| {
            world.write("t.csv", &report(rows));
            let said = world.run(&format!("{IMPORT} --snapshot{way}"));
            assert_eq!(said.code, 0, "{said:?}");
            said.stdout.split_once(" new").unwrap().0.to_owned()
        };
        assert_eq!(import(&PEOPLE[..3], ways[first]), "3");
        assert_eq!(import(&PEOPLE[..3], ways[second]), "0");
        // Another list came after it, so the first one does not end what that has.
        world.write("u.csv", &report(&PEOPLE));
        assert!(
            world.run(&format!("import u.csv --kind training-completions{}", ways[first])).stdout.starts_with("1 new")
        );
        assert_eq!(import(&PEOPLE[..3], ways[second]), "0", "{first} {second}");
    }
}

#[test]
fn rows_of_zips_and_of_links_are_found_too() {
    let world = World::with_ledger();
    let link = |object: u32| {
        format!(
            r#"{{"partnerId":6034454,"tenantId":"1b1121dd-6900-412a-af73-e8d44f81e1c1","objectId":"aa67f786-0552-423e-8849-00000000000{object}","updatedTime":"2024-01-11T00:00:00Z","state":"Active"}}"#
        )
    };
    let pal = format!("[\n{},\n{}\n]", link(1), link(2));
    fs::write(world.path("a.zip"), zipped(&[("d/t.csv", report(&PEOPLE).as_bytes()), ("pal.json", pal.as_bytes())]))
        .unwrap();
    let said = world.run("import a.zip --partner 6034453 --sealed-sources");
    assert_eq!(said.code, 0, "{said:?}");
    let all = events(&world);
    assert_eq!(all.len(), 6);
    for (seq, event) in all.iter().enumerate() {
        let said = world.run(&format!("people source {seq} a.zip"));
        assert_eq!(said.code, 0, "{event}: {said:?}");
        assert!(said.stdout.contains(if event["person"].is_string() { "Lopez" } else { "aa67f786" }), "{said:?}");
        let source = event["source"].as_str().unwrap();
        assert!(!source.contains(".json") && !source.contains(".csv") && !source.contains(".zip"), "{source}");
    }
}

#[test]
fn what_a_sealed_source_cannot_be_opened_with_is_refused() {
    let world = sealed(&PEOPLE, "t.csv");
    let refuses = |line: &str, code: &str| {
        let said = world.run(&format!("{line} --format json"));
        let error = said.error();
        assert_eq!((said.code, error["code"].as_str(), said.stdout.as_str()), (1, Some(code), ""), "{line}: {said:?}");
        assert!(code == "not_found" || error["hints"][0].is_string(), "{error}");
    };
    refuses("people source 4", "out_of_range");
    world.write("u.csv", &report(&PEOPLE[1..]));
    refuses("people source 0 u.csv", "unknown_file");
    refuses("people source 0 none.csv", "not_found");
    refuses("people source 0 /dev/zero", "too_large");
    assert_eq!(world.run("import u.csv --kind training-completions --snapshot").code, 0);
    refuses("people source 4", "out_of_range");
    let sha256 = format!("{:x}", Sha256::digest(world.read_bytes("t.csv")));
    assert_eq!(world.run(&format!("kept forget {sha256}")).code, 0);
    refuses("people source 0", "unknown_file");
    fs::remove_file(world.path("pcs-ledger/people.secret")).unwrap();
    refuses("people source 0 t.csv", "no_people_secret");
    assert_eq!(world.run("import t.csv --kind events --sealed-sources").code, 2, "it is for reports");
}
