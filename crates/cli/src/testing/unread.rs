//! Files of folders and zips that cannot be read, or are reports without something: none of them vanishes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::folders::{AZURE, zipped};
use super::{Said, World};

fn with_report() -> World {
    let world = World::with_ledger();
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/a.csv", AZURE);
    world
}

/// The folder is refused, and with `--skip-bad` all but the file is imported, which is listed.
fn left_out_when_asked(world: &World, folder: &str, named: &str, listed: &str) {
    let before = world.run("export").stdout;
    let said = world.run(&format!("import {folder}"));
    assert!(said.code == 1 && said.stderr.contains(named), "{named}: {said:?}");
    assert_eq!(world.run("export").stdout, before);
    let said = world.run(&format!("import {folder} --skip-bad --dry-run"));
    assert!(said.code == 0 && said.stdout.contains(listed), "{listed}: {said:?}");
}

fn code(said: &Said) -> String {
    said.error()["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_a_folder_has_and_nobody_can_open_is_named() {
    let world = with_report();
    symlink(world.path("nowhere"), world.path("d/gone.csv")).unwrap();
    left_out_when_asked(
        &world,
        "d",
        "error: gone.csv: failed to read the report",
        "gone.csv: not read: failed to read it",
    );
    fs::remove_file(world.path("d/gone.csv")).unwrap();
    symlink("round.csv", world.path("d/round.csv")).unwrap();
    left_out_when_asked(
        &world,
        "d",
        "error: round.csv: failed to read the report",
        "round.csv: not read: failed to read it",
    );
    fs::remove_file(world.path("d/round.csv")).unwrap();
    fs::create_dir(world.path("d/sub")).unwrap();
    world.write("d/mine.csv", AZURE);
    for name in ["sub", "mine.csv"] {
        let path = world.path("d").join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        // Some may read everything.
        if fs::read(&path).is_err() && fs::read_dir(&path).is_err() {
            left_out_when_asked(&world, "d", &format!("error: {name}: failed"), &format!("{name}: not read: failed"));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(world.run("import d").code, 0);
}

#[test]
fn a_report_of_a_folder_without_a_needed_column_refuses_it() {
    let world = with_report();
    world.write("d/b.csv", &AZURE.replace(",Month,", ",Mon,"));
    let said = world.run("import d --format json");
    assert_eq!((said.code, code(&said).as_str()), (1, "unknown_report"), "{said:?}");
    left_out_when_asked(
        &world,
        "d",
        "error: b.csv is no report that is known",
        "b.csv: not read: it has PGAMpnId, MPNId, CustomerTenantId, Mon, ",
    );
    let said = world.run("import d");
    assert!(said.stderr.contains("caused by: the nearest kind is azure-usage, without Month"), "{said:?}");
    world.write("d/b.csv", "TrainingTitle,PGAMpnId,MCPID,AADUserId\nx,1,2,3\n");
    left_out_when_asked(&world, "d", "b.csv is no report", "b.csv: not read: it has TrainingTitle");
    // What shares a word or two with a report is none.
    world.write("d/b.csv", "Month,ServiceLevel2,Cost\n1,2,3\n");
    world.write("d/notes.txt", "");
    let said = world.run("import d");
    assert!(said.code == 0 && said.stdout.contains("b.csv: not read: it has Month, ServiceLevel2, Cost"), "{said:?}");
    assert!(said.stdout.contains("notes.txt: not read"), "{said:?}");
}

#[test]
fn a_file_without_text_that_is_named_as_a_report_refuses_its_folder() {
    for name in ["e.csv", "e.TSV", "e.json", "e.jsonl"] {
        let world = with_report();
        let path = format!("d/{name}");
        let (error, listed) =
            (format!("error: {name}: failed to read the report"), format!("{name}: not read: failed to"));
        fs::write(world.path(&path), b"\x89PNG\xff\xfe\n").unwrap();
        left_out_when_asked(&world, "d", &error, &listed);
        for nothing in ["[]", ""] {
            world.write(&path, nothing);
            assert_eq!(world.run("import d --dry-run").code, 0, "it is no loss");
        }
    }
}

#[test]
fn no_file_in_a_zip_vanishes() {
    let world = with_report();
    let mut twice = zipped(&[("AzureUsage.csv", AZURE.as_bytes()), ("BzureUsage.csv", AZURE.as_bytes())]);
    while let Some(at) = twice.windows(10).position(|part| part == b"BzureUsage") {
        twice[at] = b'A';
    }
    fs::write(world.path("d/two.zip"), &twice).unwrap();
    assert_eq!(code(&world.run("import d/two.zip --format json")), "damaged");
    let told = "failed to read the report: it has two files named AzureUsage.csv";
    left_out_when_asked(&world, "d", &format!("error: two.zip: {told}"), &format!("two.zip: not read: {told}"));
    let outside = zipped(&[("../AzureUsage.csv", AZURE.as_bytes()), ("./b.csv", AZURE.as_bytes())]);
    fs::write(world.path("d/two.zip"), outside).unwrap();
    let told = "two.zip/../AzureUsage.csv: not read: failed to read the report: its name leads out of the zip";
    left_out_when_asked(&world, "d/two.zip", "its name leads out of the zip", &told.replace("two.zip: ", ""));
    let said = world.run("import d/two.zip --skip-bad");
    assert!(said.stdout.contains("two.zip/./b.csv: azure-usage as of 2025-02-01, 2 new"), "{said:?}");
}
