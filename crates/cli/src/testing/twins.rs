//! One person under several spellings of an id, and under two ids.

use serde_json::Value;

use super::World;
use super::people::{IMPORT, report};

const GUID: &str = "a1b2c3d4-0000-4000-8000-00000000000f";

fn import(world: &World, rows: &[[&str; 4]]) -> String {
    world.write("t.csv", &report(rows));
    let said = world.run(IMPORT);
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

fn persons(world: &World) -> Vec<Value> {
    world.run("people list --format json").stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn findings(world: &World) -> Vec<Value> {
    let said = world.run("check --format json");
    let all = said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|finding| finding["code"] == "person_of_two_ids").collect()
}

/// How many events an import said to be new.
fn new(answer: &str) -> u64 {
    answer.split_once(" new").unwrap().0.parse().unwrap()
}

#[test]
fn every_spelling_of_an_id_is_one_person_or_is_refused() {
    let world = World::with_ledger();
    for (nth, id) in ["990001", "990001.0", "\"990,001\"", "9.90001E+05", "0000990001", " 990001 "].iter().enumerate() {
        let answer = import(&world, &[["Ana", id, "", "AZ-104"]]);
        assert_eq!(new(&answer), u64::from(nth == 0), "{id}: {answer}");
    }
    let upper = GUID.to_uppercase();
    let bare = GUID.replace('-', "");
    let braced = format!("{{{upper}}}");
    for (nth, id) in [GUID, &upper, &bare, &braced].into_iter().enumerate() {
        let answer = import(&world, &[["Bo", "", id, "AZ-104"], ["Bo", "0.0", id, "AZ-104"]]);
        assert_eq!(new(&answer), u64::from(nth == 0), "{id}: {answer}");
    }
    assert_eq!(persons(&world).len(), 2);
    let before = world.run("export").stdout;
    for (account, work_account, column) in [
        ("9.9E+05", "", "MCPID"),
        ("990001.5", "", "MCPID"),
        ("Ana Lopez", "", "MCPID"),
        ("990.001", "", "MCPID"),
        ("", &braced[..30], "AADUserId"),
        ("", &GUID[1..], "AADUserId"),
    ] {
        world.write("t.csv", &report(&[["Ana", account, work_account, "AZ-104"]]));
        let error = world.run(&format!("{IMPORT} --format json")).error();
        assert_eq!((&error["code"], &error["line"]), (&"bad_value".into(), &2.into()), "{account:?}: {error}");
        let message = error["first"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("`{column}` holds an id that ")), "{message}");
        assert!(!message.contains("Ana"), "what is said of persons is not shown: {message}");
    }
    assert_eq!(world.run("export").stdout, before);
}

#[test]
fn other_ids_of_reports_have_one_form_too() {
    let header = "PGAMpnId,MPNId,CustomerTenantId,Month,ServiceLevel2,SubscriptionId,PartnerAttributionType,\
                  IsACRDuplicateAtPGALevel,ACR_USD,AdminType\n";
    let row = |partner: &str, location: &str, customer: &str, subscription: &str| {
        format!("{header}{partner},{location},{customer},2024-01,VM,{subscription},PAL,0,10,Owner\n")
    };
    let bare = GUID.replace('-', "");
    let plain = row("6034453", "6034454", GUID, GUID);
    let world = World::with_ledger();
    for (nth, text) in [
        plain.clone(),
        row("6034453.0", "6034454.0", &GUID.to_uppercase(), &bare),
        row("\"6,034,453\"", "6.034454E+06", &bare, &format!("{{{GUID}}}")),
        row("06034453", "006034454", &format!("({GUID})"), &GUID.to_uppercase()),
    ]
    .iter()
    .enumerate()
    {
        world.write("AzureUsage-20240205.csv", text);
        let said = world.run("import --kind azure-usage AzureUsage-20240205.csv");
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(new(&said.stdout), if nth == 0 { 2 } else { 0 }, "{text}: {said:?}");
    }
    for (text, column) in [
        (row("6.03E+06", "6034454", GUID, GUID), "PGAMpnId"),
        (row("6034453", "6034454.5", GUID, GUID), "MPNId"),
        (row("6034453", "6034454", &GUID[1..], GUID), "CustomerTenantId"),
        (row("6034453", "6034454", GUID, &format!("{{{GUID}")), "SubscriptionId"),
    ] {
        world.write("AzureUsage-20240205.csv", &text);
        let error = world.run("import --kind azure-usage AzureUsage-20240205.csv --format json").error();
        let message = error["first"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("`{column}` is ")), "{message}");
    }
    // A list of accounts is read in the same way.
    std::fs::create_dir(world.path("r")).unwrap();
    world.write("r/c.csv", super::folders::CPOR);
    world.write("r/p.csv", "MPNId,PGAMpnId,HierarchyLevel\n\"6,034,454\",6034453.0,Location\n");
    let said = world.run("import r --dry-run");
    assert_eq!(said.code, 0, "{said:?}");
    // And a file of mappings.
    world.write("m.toml", "[[account]]\nlocation = \"6034454.0\"\npartner = \"6034453\"\n");
    let said = World::with_ledger();
    said.write("c.csv", super::folders::CPOR);
    said.write("m.toml", &world.read("m.toml"));
    assert_eq!(said.run("import --kind auto c.csv --map m.toml --dry-run").code, 0);
}

#[test]
fn records_and_claims_have_one_form_of_ids_too() {
    let bare = GUID.replace('-', "");
    let spellings = [GUID.to_owned(), GUID.to_uppercase(), bare.clone(), format!("{{{bare}}}")];
    let record = |customer: &str| {
        format!(
            r#"{{"operationType":"add_customer","operationStatus":"succeeded","customerId":"{customer}","operationDate":"2024-01-11T00:00:00Z"}}"#
        )
    };
    let webhook = |customer: &str| {
        format!(
            r#"{{"EventName":"reseller-relationship-accepted-by-customer","ResourceUri":"https://x.example/v1/customers/{customer}","ResourceChangeUtcDate":"2024-01-11T00:00:00Z"}}"#
        )
    };
    for (kind, text) in [("audit-records", &record as &dyn Fn(&str) -> String), ("webhooks", &webhook)] {
        let world = World::with_ledger();
        for (nth, customer) in spellings.iter().enumerate() {
            world.write("r.json", &text(customer));
            let said = world.run(&format!("import r.json --kind {kind} --partner 6034453"));
            assert_eq!((said.code, new(&said.stdout)), (0, u64::from(nth == 0)), "{kind} {customer}: {said:?}");
        }
    }
    let world = World::with_ledger();
    world.write("r.json", &record(&GUID[1..]));
    let error = world.run("import r.json --kind audit-records --partner 6034453 --format json").error();
    assert!(error["first"][0]["message"].as_str().unwrap().starts_with("`customerId` is "), "{error}");
    // A claim, as a program writes it that takes its number for a fraction.
    let claim = |id: &str| super::folders::CPOR.replace("C-1001", id);
    for (nth, id) in ["1001", "1001.0", "\"1,001\""].iter().enumerate() {
        world.write("c.csv", &claim(id));
        let said = world.run("import c.csv --kind cpor-m365-usage --partner 6034453");
        assert_eq!((said.code, new(&said.stdout) == 0), (0, nth > 0), "{id}: {said:?}");
    }
}

#[test]
fn two_ids_of_one_person_in_a_list_are_a_finding_and_a_mapping_makes_them_one() {
    let world = World::with_ledger();
    let rows = [["Ana", "990001", GUID, "AZ-104"], ["Ann", "990002", &GUID.to_uppercase(), "AZ-104"]];
    let answer = import(&world, &rows);
    assert_eq!(new(&answer), 2, "{answer}");
    let found = findings(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["seqs"], serde_json::json!([0, 1]));
    let known = persons(&world);
    let [one, other] = [0, 1].map(|nth| known[nth]["person"].as_str().unwrap().to_owned());
    for person in [&one, &other] {
        assert!(found[0]["message"].as_str().unwrap().contains(person.as_str()), "{found:?}");
    }
    assert!(answer.contains(&format!("`pcs map add FILE person {other} {one}` makes them one")), "{answer}");
    let export = world.run("export").stdout;
    for personal in ["99000", GUID, "example"] {
        assert!(!export.contains(personal), "{personal}: {export}");
    }
    assert_eq!(new(&import(&world, &rows)), 0, "the list tells nothing new");
    assert_eq!(new(&import(&world, &[rows[1], rows[0]])), 0, "nor does it in another order");
    // The mapping: the list has one person, and what the other has is retracted.
    assert_eq!(world.run(&format!("map add m.toml person {other} {one}")).code, 0);
    let said = world.run(&format!("{IMPORT} --map m.toml"));
    assert!(said.stdout.starts_with("0 new") && !said.stdout.contains("makes them one"), "{said:?}");
    let lines = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let event = lines.map(|entry| entry["event"].clone()).find(|event| event["person"] == other.as_str()).unwrap();
    let retract = "record event-retracted --partner 6034453 --effective-at 2025-01-01 --reason one-person --event";
    assert_eq!(world.run(&format!("{retract} {}", event["id"].as_str().unwrap())).code, 0);
    assert_eq!(findings(&world), Vec::<Value>::new());
    assert_eq!(persons(&world).iter().filter(|person| person["certifications"] != serde_json::json!([])).count(), 1);
    let said = world.run(&format!("{IMPORT} --map m.toml"));
    assert!(said.stdout.starts_with("0 new"), "{said:?}");
}

#[test]
fn an_address_of_many_makes_no_more_remarks_than_there_are_persons() {
    let world = World::with_ledger();
    let ids: Vec<String> = (0..60).map(|nth| (990_000 + nth).to_string()).collect();
    let rows: Vec<[&str; 4]> = ids.iter().map(|id| ["Ana", id, "", "AZ-104"]).collect();
    for first in [true, false] {
        let answer = import(&world, &rows);
        assert_eq!(new(&answer), if first { 60 } else { 0 }, "{answer}");
        assert_eq!(answer.matches("makes them one").count(), 20, "{answer}");
        assert!(answer.contains("39 rows with further persons: "), "{answer}");
    }
    assert_eq!(findings(&world).len(), 59);
}

#[test]
fn lists_that_were_imported_before_show_two_ids_when_one_list_has_both() {
    let world = World::with_ledger();
    let [ana, ann] = [["Ana", "990001", GUID, "AZ-104"], ["Ann", "990002", GUID, "AZ-305"]];
    let [bo, bob] = [["Bo", "990003", "", "AZ-104"], ["Bo", "990004", "", "AZ-305"]];
    for row in [ana, ann, bo, bob] {
        assert_eq!(new(&import(&world, &[row])), 1);
    }
    assert_eq!(findings(&world).len(), 0, "no list has both");
    let score = || {
        let said = world.run("score --partner 6034453 --as-of 2025-02-28 --area infrastructure --format json");
        let answer: Value = serde_json::from_str(&said.stdout).unwrap();
        (answer["points_exact"].clone(), answer["metrics"].clone())
    };
    let before = score();
    let all = [ana, ann, bo, bob];
    let answer = import(&world, &all);
    assert_eq!(new(&answer), 2, "a remark on one of each two: {answer}");
    assert_eq!(score(), before, "a remark changes no score");
    let found = findings(&world);
    assert_eq!(found.len(), 2, "{found:?}");
    let said = |what: &str| found.iter().filter(|one| one["message"].as_str().unwrap().contains(what)).count();
    assert_eq!((said("a directory id in"), said("a work address in")), (1, 1), "{found:?}");
    for rows in [&all[..], &[bob, bo, ann, ana], &all[..1], &all[2..]] {
        assert_eq!(new(&import(&world, rows)), 0, "{rows:?}");
    }
}

#[test]
fn what_stands_for_a_blank_is_nobodys_id() {
    for id in ["NaN", "nan", "None", "NA", "N/A", "<NA>", "-", "0", "undefined"] {
        let world = World::with_ledger();
        let answer = import(&world, &[["Ana", "", id, "AZ-104"], ["Bo", id, id, "AZ-104"]]);
        assert_eq!(new(&answer), 0, "{id}: {answer}");
        let answer = import(&world, &[["Ana", "990001", id, "AZ-104"], ["Bo", "990002", id, "AZ-104"]]);
        assert_eq!((new(&answer), findings(&world).len()), (2, 0), "{id}: {answer}");
    }
}
