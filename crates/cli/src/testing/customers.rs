//! Names of customers: what texts show, where names are kept, and where they are not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{PARTNER, Said, World, files};

const REPORT: &str = "CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,Date\n\
                      4fdbff88-9d6b-42e0-9713-45c922ba8001,Fabrikam,Teams,300,420,C-1,2023-07-01\n";
const ID: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
const LABEL: &str = "Fabrikam (4fdbff88)";
const IMPORT: &str = "import --kind cpor-m365-usage --partner 6034453 --downloaded 2023-08-05 r.csv";
const SCORE: &str = "score --partner 6034453 --as-of 2023-07-31 --area modern_work --explain";

fn ok(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

fn imported(options: &str) -> World {
    let world = World::with_ledger();
    world.write("r.csv", REPORT);
    ok(world.run(&format!("{IMPORT} {options}")));
    world
}

fn files_with_a_name(world: &World) -> Vec<String> {
    let named = files(&world.path("pcs-ledger")).into_iter();
    let named = named.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("Fabrikam"));
    named.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn texts_show_the_name_of_a_customer_and_programs_get_its_id() {
    let world = imported("");
    for command in [SCORE, "log"] {
        let said = ok(world.run(command));
        assert!(said.contains(LABEL) && !said.contains(ID), "{command}: {said}");
        let ids = ok(world.run(&format!("{command} --ids")));
        assert!(ids.contains(ID) && !ids.contains("Fabrikam"), "{command}: {ids}");
        let json = ok(world.run(&format!("{command} --format json")));
        assert!(json.contains(ID) && !json.contains("Fabrikam"), "{command}: {json}");
    }
    for command in [
        "export",
        "record customer-churned --partner 6034453 --customer 4fdbff88-9d6b-42e0-9713-45c922ba8001 --effective-at 2025-01-01",
    ] {
        let said = ok(world.run(command));
        assert!(said.contains(ID) && !said.contains("Fabrikam"), "an entry is shown as it is: {said}");
    }
}

#[test]
fn a_difference_and_the_findings_name_customers() {
    let world = World::empty();
    ok(world.run("demo --dir d"));
    let diff = "--ledger d diff --partner 6034453 --from 2024-06-30 --to 2024-07-31";
    let said = ok(world.run(diff));
    assert!(said.contains("with customer Alpine Ski House (f82c4e16)") && !said.contains("f82c4e16-"), "{said}");
    let said = ok(world.run("--ledger d check"));
    assert!(said.contains("of customer Litware (9e3b7a41)"), "{said}");
}

#[test]
fn names_are_in_one_private_file_which_no_backup_or_bundle_has() {
    let world = imported("");
    assert_eq!(files_with_a_name(&world), ["names.json"]);
    let mode = fs::metadata(world.path("pcs-ledger/names.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    ok(world.run("backup --out b"));
    assert!(!super::backups::unpacked(&world, "b").contains("Fabrikam"));
    ok(world.run("audit export --partner 6034453 --as-of 2023-07-31 --out a"));
    assert!(!String::from_utf8_lossy(&world.read_bytes("a")).contains("Fabrikam"));
    let without = imported("--no-names");
    assert!(!without.path("pcs-ledger/names.json").exists());
    assert_eq!(ok(without.run("export")), ok(world.run("export")), "the entries are the same");
    assert!(ok(without.run(SCORE)).contains(ID));
    let dry = World::with_ledger();
    dry.write("r.csv", REPORT);
    ok(dry.run(&format!("{IMPORT} --dry-run")));
    assert!(!dry.path("pcs-ledger/names.json").exists());
}

#[test]
fn an_import_that_is_refused_keeps_no_names() {
    let world = World::with_ledger();
    world
        .write("r.csv", &format!("{REPORT}4fdbff88-9d6b-42e0-9713-45c922ba8001,Fabrikam,Teams,x,420,C-1,2023-07-01\n"));
    assert_eq!(world.run(IMPORT).code, 1);
    assert_eq!(files_with_a_name(&world), Vec::<String>::new());
}

#[test]
fn a_given_name_goes_before_a_reported_one_and_a_newer_report_before_an_older() {
    let world = imported("");
    let list = || ok(world.run("customers list"));
    assert!(list().contains(&format!("Fabrikam  {ID}  report of 2023-08-05  {PARTNER}")), "{}", list());
    world.write("r.csv", &REPORT.replace("Fabrikam", "Old"));
    ok(world.run(&IMPORT.replace("2023-08-05", "2023-08-04")));
    assert!(list().contains("Fabrikam"), "an older download changes nothing: {}", list());
    world.write("r.csv", &REPORT.replace("Fabrikam", "New"));
    ok(world.run(&IMPORT.replace("2023-08-05", "2023-09-05")));
    assert!(list().contains("New"), "{}", list());
    assert_eq!(ok(world.run(&format!("customers name --customer {ID} Ours"))), "Ours (4fdbff88)\n");
    assert!(list().contains(&format!("Ours  {ID}  given")), "{}", list());
    assert_eq!(ok(world.run("customers name --partner 6034453 Contoso")), "Contoso (6034453)\n");
    let said = ok(world.run(SCORE));
    assert!(said.starts_with("Modern Work of Contoso (6034453) as of"), "{said}");
    let json = ok(world.run("customers list --format json"));
    let rows: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows[0]["customer"].as_str(), rows[0]["name"].as_str()), (Some(ID), Some("Ours")));
    assert_eq!((rows[1]["partner"].as_str(), rows[1]["name"].as_str()), (Some(PARTNER), Some("Contoso")));
}

#[test]
fn names_are_forgotten_one_by_one_or_all_at_once() {
    let world = imported("--keep");
    ok(world.run("customers name --partner 6034453 Contoso"));
    let said = world.run(&format!("customers forget --customer {ID}"));
    assert_eq!((said.code, said.stdout.as_str()), (0, "1 name forgotten\n"));
    assert_eq!(said.stderr, "1 kept file may name customers still: `pcs kept list` shows them\n");
    assert!(ok(world.run(SCORE)).contains(ID));
    let said = world.run(&format!("customers forget --customer {ID} --format json"));
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_customer")));
    let said = world.run("customers forget --partner 1 --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_partner")));
    assert_eq!(ok(world.run("customers forget --all")), "1 name forgotten\n");
    assert!(!world.path("pcs-ledger/names.json").exists());
    for command in ["customers forget", "customers name x", &format!("customers forget --all --customer {ID}")] {
        assert_eq!(world.run(command).code, 2, "{command}");
    }
    let said = world.run_args(&["customers", "name", "--partner", "1", " "], b"");
    assert_eq!((said.code, said.stderr.contains("a name has 1 to 256 characters")), (2, true), "{said:?}");
}

#[test]
fn a_file_of_names_that_cannot_be_read_hides_no_score_and_stops_no_import() {
    let world = imported("");
    let before = ok(world.run(&format!("{SCORE} --ids")));
    for text in ["", "[]", r#"{"customers":{"x":{}},"partners":{}}"#, r#"{"customers":{}}"#] {
        world.write("pcs-ledger/names.json", text);
        let said = world.run(SCORE);
        assert_eq!((said.code, &said.stdout), (0, &before), "{text}");
        assert!(said.stderr.contains("names.json is no file of names"), "{said:?}");
        assert!(said.stderr.contains("`pcs customers forget --all` erases it"), "{said:?}");
        assert_eq!(world.run(IMPORT).code, 0);
        assert_eq!(world.read("pcs-ledger/names.json"), text, "what is not understood is not replaced");
        for command in ["customers list", "customers name --partner 1 x"] {
            let said = world.run(&format!("{command} --format json"));
            assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("bad_names")), "{command}");
        }
    }
    ok(world.run("customers forget --all"));
    // What fails to be read is not said to need erasing.
    fs::create_dir(world.path("pcs-ledger/names.json")).unwrap();
    let said = world.run(SCORE);
    assert!(said.stderr.contains("no names are read or kept") && !said.stderr.contains("erases it"), "{said:?}");
    fs::remove_dir(world.path("pcs-ledger/names.json")).unwrap();
    ok(world.run(IMPORT));
    assert!(ok(world.run(SCORE)).contains(LABEL), "an import makes it again");
}

#[test]
fn an_auditor_gets_names_when_they_are_asked_for_and_those_of_the_bundle_alone() {
    let world = imported("");
    let other = "00000000-0000-4000-8000-000000000009";
    ok(world.run(&format!("customers name --customer {other} Other")));
    let export = "audit export --partner 6034453 --as-of 2023-07-31 --out a --names n";
    let said = world.run(export);
    assert!(said.stderr.starts_with("n: 1 name, which nothing signs and the bundle does not hold\n"), "{said:?}");
    let names = world.read("n");
    assert!(names.contains("Fabrikam") && !names.contains("Other"), "{names}");
    assert!(!String::from_utf8_lossy(&world.read_bytes("a")).contains("Fabrikam"));
    assert_eq!(fs::metadata(world.path("n")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(world.run(&export.replace("--out a", "--out b")).code, 1, "no file is replaced");
}

#[test]
fn a_name_cannot_move_the_cursor() {
    let world = World::with_ledger();
    world.write("r.csv", &REPORT.replace("Fabrikam", "\u{1b}[2J\u{202e}Fabrikam"));
    ok(world.run(IMPORT));
    for command in [SCORE, "log", "customers list"] {
        let said = ok(world.run(command));
        assert!(said.contains(r"\u{1b}[2J\u{202e}Fabrikam") && !said.contains('\u{1b}'), "{said}");
    }
}

#[test]
fn a_name_is_shown_once_and_a_stranger_is_warned_of() {
    let world = imported("");
    let (other, stranger) = ("4fdbff88-0000-42e0-9713-45c922ba8002", "4fdbff88-0000-42e0-9713-45c922ba8003");
    assert_eq!(world.run(&format!("customers name Fabrikam --customer {ID}")).stderr, "");
    assert_eq!(world.run("customers name Contoso --partner 6034453").stderr, "");
    for (whose, id) in [("customer", other), ("customer", stranger), ("partner", "999")] {
        let said = world.run(&format!("customers name Z --{whose} {id}"));
        assert_eq!((said.code, said.stdout), (0, format!("Z ({id})\n")));
        let warning = format!("warning: the ledger knows no {whose} {id} yet: the name is kept for it\n");
        assert_eq!(said.stderr, warning);
    }
}
