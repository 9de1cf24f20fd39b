//! Persons: under pseudonyms in the ledger, by name only in a map that can be erased.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::{World, files};

pub(super) const IMPORT: &str = "import t.csv --kind training-completions";

/// A report of these people: first name, certification account, work account, code.
pub(super) fn report(rows: &[[&str; 4]]) -> String {
    let mut text =
        "PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,\
        CorpEmail,TrainingCompletionDate,MCPID,AADUserId\n"
            .to_owned();
    for [name, account, work_account, code] in rows {
        let (email, work_email) = (format!("{name}@home.example"), format!("{name}@work.example"));
        let ids = [account, work_account].map(|id| format!(",{id}")).concat();
        let row = [name, "Lopez", &email, &work_email, "2024-09-12"].join(",");
        text.extend(["6034453,ACT,", code, ",certification,", &row, &ids, "\n"]);
    }
    text
}

fn with_report() -> World {
    let world = World::with_ledger();
    world.write("t.csv", &report(&[["Ana", "990001", "AAD-1", "AZ-104"], ["Bo", "", "AAD-2", "AZ-305"]]));
    world
}

fn persons(world: &World) -> Vec<String> {
    let said = world.run("people list --format json");
    assert_eq!(said.code, 0, "{said:?}");
    let person = |line: &str| serde_json::from_str::<Value>(line).unwrap()["person"].as_str().unwrap().to_owned();
    said.stdout.lines().map(person).collect()
}

fn names_in(dir: &Path) -> Vec<String> {
    let has_one = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        ["ana", "lopez", "@work", "@home", "990001", "aad-1"].iter().any(|word| text.contains(word))
    };
    let named = files(dir).into_iter().filter(|(_, bytes)| has_one(bytes));
    named.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn no_name_address_or_id_is_anywhere_in_the_ledger_unless_the_map_is_asked_for() {
    let world = with_report();
    assert_eq!(world.run(IMPORT).code, 0);
    assert_eq!(names_in(&world.path("pcs-ledger")), Vec::<String>::new());
    assert_eq!(persons(&world).len(), 2);
    for command in ["export", "people list", "log --partner 6034453"] {
        let said = world.run(command);
        assert!(!said.stdout.contains("990001") && !said.stdout.contains("Ana"), "{said:?}");
    }
    let said = world.run(&format!("{IMPORT} --people"));
    assert!(said.stdout.starts_with("0 new, 0 already"), "{said:?}");
    assert_eq!(names_in(&world.path("pcs-ledger")), ["people.json"]);
    let mode = |name: &str| fs::metadata(world.path("pcs-ledger").join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("people.json"), mode("people.secret")), (0o600, 0o600));
    assert_eq!(world.run("backup --out b").code, 0);
    let backup = super::backups::unpacked(&world, "b");
    assert!(!backup.contains("Ana") && !backup.contains(&world.read("pcs-ledger/people.secret")), "{backup}");
}

#[test]
fn a_person_is_the_same_in_every_import_and_another_in_another_ledger() {
    let world = with_report();
    assert_eq!(world.run(IMPORT).code, 0);
    let known = persons(&world);
    // The account decides, and the case of a work account does not matter.
    world.write("t.csv", &report(&[["Ana", "990001", "AAD-9", "AZ-500"], ["Bo", "", "aad-2", "AZ-500"]]));
    assert!(world.run(IMPORT).stdout.starts_with("2 new"), "they have another certification");
    assert_eq!(persons(&world), known);
    let other = with_report();
    let secret = world.read("pcs-ledger/people.secret").replace("0707", "0808");
    other.write("pcs-ledger/people.secret", &secret);
    fs::set_permissions(other.path("pcs-ledger/people.secret"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(other.run(IMPORT).code, 0);
    assert!(persons(&other).iter().all(|person| !known.contains(person)));
}

#[test]
fn a_dry_run_makes_neither_secret_nor_map() {
    let world = with_report();
    let before = files(&world.path("pcs-ledger"));
    let said = world.run(&format!("{IMPORT} --people --keep --dry-run"));
    assert!(said.stdout.starts_with("would be 2 new"), "{said:?}");
    assert_eq!(files(&world.path("pcs-ledger")), before);
}

#[test]
fn an_import_without_the_secret_of_the_pseudonyms_is_refused() {
    let world = with_report();
    assert_eq!(world.run(IMPORT).code, 0);
    let secret = world.read("pcs-ledger/people.secret");
    let place = world.path("pcs-ledger/people.secret");
    let refused = |code: &str| {
        let before = world.run("export").stdout;
        let said = world.run(&format!("{IMPORT} --format json"));
        let error = said.error();
        assert_eq!((said.code, error["code"].as_str()), (1, Some(code)), "{said:?}");
        assert!(error["hints"][0].as_str().is_some(), "{error}");
        assert_eq!(world.run("export").stdout, before);
    };
    fs::remove_file(&place).unwrap();
    refused("no_people_secret");
    assert!(!place.exists(), "no other secret was made");
    let private = || fs::set_permissions(&place, fs::Permissions::from_mode(0o600)).unwrap();
    world.write("pcs-ledger/people.secret", &secret.replace("07", "09"));
    private();
    refused("other_people_secret");
    world.write("pcs-ledger/people.secret", "secret");
    refused("bad_people_secret");
    world.write("pcs-ledger/people.secret", &secret);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).unwrap();
    refused("bad_people_secret");
    private();
    assert_eq!(world.run(IMPORT).code, 0);
    // What names no person needs no secret.
    fs::remove_file(&place).unwrap();
    world.write("t.csv", &report(&[]));
    assert_eq!(world.run(IMPORT).code, 0);
    assert!(!place.exists());
}

#[test]
fn a_ledger_whose_secret_is_lost_begins_anew_when_the_old_links_are_retracted() {
    let world = with_report();
    assert_eq!(world.run(IMPORT).code, 0);
    let ids: Vec<String> = world
        .run("export")
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["id"].as_str().unwrap().to_owned())
        .collect();
    fs::remove_file(world.path("pcs-ledger/people.secret")).unwrap();
    for id in &ids {
        assert_eq!(world.run(&format!("{IMPORT} --format json")).error()["code"], "no_people_secret");
        let retract = "record event-retracted --partner 6034453 --effective-at 2025-01-01 --reason lost --event";
        assert_eq!(world.run(&format!("{retract} {id}")).code, 0);
    }
    assert_eq!(world.run(&format!("{IMPORT} --dry-run")).code, 0);
}

#[test]
fn a_restored_ledger_needs_its_secret_back() {
    let world = with_report();
    assert_eq!(world.run(IMPORT).code, 0);
    assert_eq!(world.run("backup --out b").code, 0);
    assert_eq!(world.run("--ledger other restore b").code, 0);
    let again = format!("--ledger other {IMPORT} --format json");
    assert_eq!(world.run(&again).error()["code"], "no_people_secret");
    fs::copy(world.path("pcs-ledger/people.secret"), world.path("other/people.secret")).unwrap();
    assert!(world.run(&again).stdout.starts_with("{\"new\":0,\"already\":0,"));
}

#[test]
fn persons_are_listed_with_what_they_hold_and_names_where_they_are_kept() {
    let world = with_report();
    assert_eq!(world.run("people list").stderr, "the ledger knows no person\n");
    assert_eq!(world.run(&format!("{IMPORT} --people")).code, 0);
    let said = world.run("people list --partner 6034453");
    assert!(said.stdout.starts_with("person "), "{said:?}");
    let ana = said.stdout.lines().find(|line| line.contains("Ana Lopez")).expect("she is listed");
    assert!(ana.ends_with("Ana Lopez  Ana@home.example  Ana@work.example  6034453   AZ-104"), "{ana}");
    let lines = world.run("people list --format json").stdout;
    let line = lines.lines().find(|line| line.contains("Bo Lopez")).expect("he is listed");
    let person: Value = serde_json::from_str(line).unwrap();
    let unlink = "record certification-unlinked --partner 6034453 --effective-at 2025-01-01 --force --person";
    assert_eq!(world.run(&format!("{unlink} {}", person["person"].as_str().unwrap())).code, 0);
    let lines = world.run("people list --format json").stdout;
    let line = lines.lines().find(|line| line.contains("Bo Lopez")).expect("he is still listed");
    assert!(line.ends_with(r#""partners":["6034453"],"certifications":[]}"#), "{line}");
    world.write("pcs-ledger/people.json", r#"{"p0000-0":{"name":"Cy"}}"#);
    assert!(world.run("people list").stdout.contains("p0000-0"), "whoever is named is listed");
    let said = world.run("people list --partner nobody --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_partner")));
}

#[test]
fn names_are_forgotten_one_by_one_or_all_and_kept_reports_are_named() {
    let world = with_report();
    assert_eq!(world.run(&format!("{IMPORT} --people --keep")).code, 0);
    let known = persons(&world);
    let said = world.run(&format!("people forget {} p0000-0 --format json", known[0]));
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_person")));
    let map = || world.read("pcs-ledger/people.json");
    assert!(map().contains(&known[0]), "nothing is forgotten when one is unknown");
    let said = world.run(&format!("people forget {0} {0}", known[0]));
    assert!(said.stdout.starts_with("1 person forgotten\nthe kept file "), "{said:?}");
    assert!(!map().contains(&known[0]) && map().contains(&known[1]));
    let said = world.run("people forget --all --format json");
    let answer: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((answer["forgotten"].as_u64(), answer["kept_files"].as_array().map(Vec::len)), (Some(1), Some(1)));
    assert!(!world.path("pcs-ledger/people.json").exists());
    assert_eq!(persons(&world), known, "the certifications stay");
    for line in ["people forget", "people forget x --all"] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
}

#[test]
fn a_map_that_cannot_be_read_is_refused_and_can_be_erased() {
    let world = with_report();
    for text in ["{", "[1]", r#"{"p":{"phone":"1"}}"#, "\u{0}"] {
        world.write("pcs-ledger/people.json", text);
        for command in [format!("{IMPORT} --people"), "people list".to_owned(), "people forget x".to_owned()] {
            let said = world.run(&format!("{command} --format json"));
            assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("bad_people")), "{command}");
        }
        assert_eq!(world.run(IMPORT).code, 0, "without names the map is not asked");
        assert_eq!(world.run("people forget --all").code, 0);
    }
}

#[test]
fn a_refused_report_leaves_no_name() {
    let world = with_report();
    let bad = world.read("t.csv").replace("2024-09-12,,", "someday,,");
    world.write("t.csv", &bad);
    assert_eq!(world.run(&format!("{IMPORT} --people --keep")).code, 1);
    assert_eq!(names_in(&world.path("pcs-ledger")), Vec::<String>::new());
    let said = world.run(&format!("{IMPORT} --people --skip-bad"));
    assert!(said.stdout.starts_with("1 new, 0 already, 1 refused"), "{said:?}");
    let map = world.read("pcs-ledger/people.json");
    assert!(map.contains("Ana") && !map.contains("Bo"), "{map}");
    assert!(!world.read("t.csv.rejected.jsonl").contains("Bo"));
    let said = world.run("import t.csv --kind events --people");
    assert_eq!(said.code, 2, "events name nobody");
}

#[test]
fn two_lists_of_one_day_are_not_each_the_whole_truth_of_it() {
    let world = World::with_ledger();
    std::fs::create_dir(world.path("d")).unwrap();
    for (name, row) in [("DE", ["Ana", "1", "", "AZ-104"]), ("US", ["Bo", "2", "", "AZ-104"])] {
        world.write(&format!("d/{name}-TrainingCompletions-20240920.csv"), &report(&[row]));
    }
    let said = world.run("import d --snapshot");
    assert!(said.code == 1 && said.stderr.contains("take the file for the whole truth of 2024-09"), "{said:?}");
    assert_eq!(world.run("export").stdout, "");
    assert_eq!(world.run("import d").code, 0);
    assert!(!world.run("export").stdout.contains("certification_unlinked"));
}
