//! Importing files that are recognised, folders, zips and packed files.

use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::symlink;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{World, churn, files};

pub(super) const AZURE: &str = "PGAMpnId,MPNId,CustomerTenantId,Month,ServiceLevel2,SubscriptionId,PartnerAttributionType,\
    IsACRDuplicateAtPGALevel,ACR_USD\n\
    6034453,6034454,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,s-1,CSP Tier 1,0,900\n";
pub(super) const CPOR: &str = "CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,MpnId,DateAssociated,\
    PartnerAttributionType,Date\n\
    4fdbff88-9d6b-42e0-9713-45c922ba8001,Exchange,260,420,C-1001,6034454,2022-10-14,CPOR,2024-12-01\n";
const EARNINGS: &str = "earningId,earningAmount,earningDate\n1,9,2022-12-31\n";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A world with a folder of reports of several kinds, and with what is none.
fn with_folder() -> World {
    let world = World::with_ledger();
    fs::create_dir_all(world.path("reports/old")).unwrap();
    fs::create_dir_all(world.path("reports/.git")).unwrap();
    world.write("reports/b.csv", AZURE);
    world.write("reports/old/a.csv", &AZURE.replace("20250101", "20241201"));
    world.write("reports/earnings.csv", EARNINGS);
    world.write("reports/notes.txt", "Some words, and more\n");
    world.write("reports/.hidden.csv", "damaged");
    world.write("reports/.git/c.csv", AZURE);
    fs::write(world.path("reports/picture.png"), b"\x89PNG\r\n\x1a\n\xff").unwrap();
    fs::write(world.path("reports/claims.csv.gz"), gzip(CPOR)).unwrap();
    fs::write(world.path("reports/more.zip"), zipped(&[("x/e.jsonl", churn(1).as_bytes()), ("y/.z", b"")])).unwrap();
    world
}

#[test]
fn a_folder_is_imported_as_one_in_the_order_of_its_months() {
    let world = with_folder();
    let said = world.run("import reports");
    assert_eq!(said.code, 0, "{said:?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(
        lines[..8],
        [
            "old/a.csv: azure-usage as of 2025-01-01, 2 new, 0 already, 0 refused",
            "claims.csv.gz: cpor-m365-usage as of 2025-01-01, 3 new, 0 already, 0 refused",
            "b.csv: azure-usage as of 2025-02-01, 1 new, 0 already, 0 refused",
            "more.zip/x/e.jsonl: events, 1 new, 0 already, 0 refused",
            "earnings.csv: earnings, proves nothing: what was paid or not; the score counts what was used, which the \
             usage reports tell",
            "notes.txt: not read: it has Some words, and more",
            "picture.png: not read: failed to read the report: its first line is not UTF-8 text",
            "7 new, 0 already, 0 refused",
        ],
        "{said:?}"
    );
    let said = world.run("log --type usage_reported --format json");
    let sha256 = world.run("export").stdout;
    assert!(said.stdout.contains("claims.csv.gz line 2"), "{said:?}");
    let digest = reports::sha256_of(&mut gzip(CPOR).as_slice()).unwrap();
    assert!(sha256.contains(&digest[..32]), "the digest is not that of the packed file");
    let quiet = world.run("--quiet import reports").stdout;
    let left_out: Vec<&str> = quiet.lines().take(3).filter_map(|line| line.split([':', ',']).next()).collect();
    assert_eq!(left_out, ["notes.txt", "picture.png", "0 new"], "what was read is in the sum: {quiet}");
    let again = world.run("import reports --format json");
    let answer: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&answer["new"], &answer["files"][0]["kind"]), (&0.into(), &"azure-usage".into()), "{again:?}");
    assert_eq!(answer["files"].as_array().map(Vec::len), Some(7));
    assert_eq!(answer["report"]["rows"], 3);
}

#[test]
fn a_bad_row_or_file_refuses_the_folder_and_is_named_with_its_file() {
    let world = with_folder();
    world.write("reports/old/bad.csv", &AZURE.replace(",900", ",much"));
    let before = files(&world.path("pcs-ledger"));
    let said = world.run("import reports");
    assert!(said.stderr.starts_with("error: reports: 1 line is refused, nothing was appended\n"), "{said:?}");
    assert!(said.stderr.contains("caused by: old/bad.csv: line 2: bad_value: `ACR_USD`"), "{said:?}");
    assert_eq!(files(&world.path("pcs-ledger")), before);
    let said = world.run("import reports --skip-bad");
    assert!(said.stdout.contains("\nthe refused lines are in reports.rejected.jsonl\n"), "{said:?}");
    let rejected = world.read("reports.rejected.jsonl");
    assert!(rejected.contains("\"file\":\"old/bad.csv\"") && rejected.contains("\"text\":\"6034453,"), "{rejected}");

    let world = with_folder();
    let packed = gzip(AZURE);
    fs::write(world.path("reports/cut.csv.gz"), &packed[..packed.len() - 4]).unwrap();
    world.write("reports/lacks.csv", &AZURE.replace("ACR_USD", "Other"));
    let said = world.run("import reports --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("damaged")), "{said:?}");
    assert_eq!(world.run("export").stdout, "");
    let said = world.run("import reports --skip-bad");
    assert!(said.stdout.contains("cut.csv.gz: not read: failed to read the report: its gzip data ends"), "{said:?}");
    assert!(
        said.stdout.contains("lacks.csv: not read: failed to find the columns of azure-usage: ACR_USD"),
        "{said:?}"
    );
    assert!(said.code == 4 && said.stdout.contains("\n7 new, 0 already, 0 refused\n"), "{said:?}");
}

#[test]
fn a_folder_without_a_report_is_an_error() {
    let world = World::with_ledger();
    fs::create_dir(world.path("empty")).unwrap();
    let said = world.run("import empty");
    assert!(said.code == 1 && said.stderr.starts_with("error: there is nothing to import in empty\n"), "{said:?}");
    world.write("empty/earnings.csv", EARNINGS);
    let said = world.run("import empty --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("no_report")), "{said:?}");
    assert!(said.error()["message"].to_string().contains("earnings, proves nothing"), "{said:?}");
}

#[test]
fn a_zip_is_a_folder_in_a_file_from_standard_input_too() {
    let zip = zipped(&[("a.csv", AZURE.as_bytes()), ("e.jsonl", churn(1).as_bytes())]);
    let expected = "a.zip/a.csv: azure-usage as of 2025-02-01, 2 new, 0 already, 0 refused\n\
        a.zip/e.jsonl: events, 1 new, 0 already, 0 refused\n3 new, 0 already, 0 refused\n";
    let world = World::with_ledger();
    fs::write(world.path("a.zip"), &zip).unwrap();
    assert!(world.run("import a.zip").stdout.starts_with(expected));
    assert!(world.run("export").stdout.contains("azure-usage a.zip/a.csv line 2"));
    let digest = reports::sha256_of(&mut zip.as_slice()).unwrap();
    assert!(world.run("export").stdout.contains(&digest[..32]));
    let said = World::with_ledger().run_with("import", &zip);
    assert!(said.stdout.starts_with(&expected.replace("a.zip", "-")), "{said:?}");
    let said = World::with_ledger().run_with("import -", &zip[..zip.len() - 9]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.starts_with("error: -: failed to read the report: its zip directory"), "{said:?}");
}

#[test]
fn a_file_is_recognised_or_told_with_what_the_nearest_kind_has() {
    let world = World::with_ledger();
    world.write("a.csv", AZURE);
    let said = world.run("import --kind auto a.csv");
    assert_eq!(said.stderr, "a.csv: azure-usage as of 2025-02-01\n", "{said:?}");
    assert_eq!(said.stdout, "2 new, 0 already, 0 refused\n  1 row\n", "{said:?}");
    let said = world.run_with("import --kind auto", AZURE.as_bytes());
    assert!(said.stderr.starts_with("-: azure-usage as of 2025-02-01\n") && said.code == 0, "{said:?}");
    for (said, name) in [(world.run("import a.csv"), "a.csv"), (world.run_with("import", AZURE.as_bytes()), "-")] {
        assert_eq!(said.stderr, format!("{name}: azure-usage as of 2025-02-01\n"), "{said:?}");
        assert!(said.stdout.starts_with("0 new, 0 already, 0 refused, 1 figure unchanged\n"), "{said:?}");
    }
    world.write("b.csv", "Month,ServiceLevel2,Cost\n1,2,3\n");
    let said = world.run("import --kind auto b.csv --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("unknown_report")), "{said:?}");
    let message = said.error()["message"].to_string();
    assert!(message.contains("it has Month, ServiceLevel2, Cost"), "{message}");
    assert!(message.contains("the nearest kind is azure-usage, without ACR_USD or TotalACR"), "{message}");
    world.write("earnings.csv", EARNINGS);
    for kind in ["", "--kind auto"] {
        let said = world.run(&format!("import {kind} earnings.csv"));
        assert!(said.code == 1 && said.stderr.contains("caused by: earnings, proves nothing"), "{said:?}");
    }
}

#[test]
fn several_files_are_one_import() {
    let world = World::with_ledger();
    world.write("a.csv", AZURE);
    world.write("c.csv", CPOR);
    for kind in ["", "--kind cpor-m365-usage"] {
        let said = world.run(&format!("import {kind} c.csv"));
        assert!(said.stderr.contains("hint: name the global account with --partner"), "{said:?}");
    }
    let said = world.run("import c.csv a.csv");
    assert!(said.stdout.contains("c.csv: cpor-m365-usage as of 2025-01-01, 3 new, 0 already, 0 refused\n"), "{said:?}");
    assert!(world.run("export").stdout.contains("\"partner\":\"6034453\",\"location\":\"6034454\""));
    world.write("x.txt", "nothing\n");
    assert_eq!(world.run("import a.csv x.txt --format json").error()["code"], "unknown_report");
    let said = world.run("import --kind azure-usage a.csv c.csv");
    assert!(said.stderr.contains("c.csv: failed to find the columns of azure-usage"), "{said:?}");
}

#[test]
fn events_may_be_packed_and_reports_dated() {
    let world = World::with_ledger();
    fs::write(world.path("e.jsonl.gz"), gzip(&churn(1))).unwrap();
    assert_eq!(world.run("import e.jsonl.gz").stdout, "1 new, 0 already, 0 refused\n");
    fs::write(world.path("cut.jsonl.gz"), &gzip(&churn(2))[..40]).unwrap();
    assert_eq!(world.run("import cut.jsonl.gz --format json").error()["code"], "damaged");
    world.write("a.csv", AZURE);
    assert_eq!(world.run("import --kind azure-usage a.csv --downloaded 2025-03-01").code, 0);
    assert!(world.run("export").stdout.contains("as of 2025-03-01"));
    assert_eq!(world.run("import e.jsonl.gz --downloaded 2025-03-01").code, 2);
}

#[test]
fn of_two_accounts_of_a_location_none_is_taken() {
    let world = World::with_ledger();
    fs::create_dir(world.path("r")).unwrap();
    world.write("r/c.csv", CPOR);
    world.write("r/p.csv", "MPNId,PGAMpnId,HierarchyLevel\n6034454,6034453,Location\n");
    assert_eq!(world.run("import r --dry-run").code, 0);
    world.write("r/q.csv", "MPNId,PGAMpnId,HierarchyLevel\n6034454,7034453,Location\n9,8,Location\n");
    let said = world.run("import r");
    assert!(
        said.stderr.contains("nothing tells the global account of \\\"6034454\\\"")
            || said.stderr.contains("nothing tells the global account of \"6034454\""),
        "{said:?}"
    );
    // Not even that which the ledger knows.
    world.write("a.csv", AZURE);
    assert_eq!(world.run("import --kind auto a.csv").code, 0);
    assert_eq!(world.run("import r --dry-run").code, 1);
    assert_eq!(world.run("import --kind auto r/c.csv --dry-run").code, 0);
}

#[test]
fn files_of_a_folder_are_kept_as_they_came_and_a_zip_as_a_whole() {
    let world = with_folder();
    fs::write(world.path("reports/two.zip"), zipped(&[("x.csv", AZURE.as_bytes()), ("y.csv", CPOR.as_bytes())]))
        .unwrap();
    assert_eq!(world.run("import reports --keep").code, 0);
    let list = world.run("kept list").stdout;
    let names: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split_whitespace().last()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["b.csv", "claims.csv.gz", "more.zip", "old/a.csv", "two.zip"], "{list}");
    assert_eq!(world.run("kept verify").code, 0);
    let forgotten = world.run("people forget --all").stdout;
    assert_eq!(forgotten.matches(".zip) may name persons: `pcs kept forget` erases it").count(), 2, "{forgotten}");
    let digest = reports::sha256_of(&mut gzip(CPOR).as_slice()).unwrap();
    let said = world.run(&format!("kept show {digest} --line 2"));
    assert_eq!(said.stdout, CPOR, "{said:?}");
}

#[test]
fn a_link_that_leads_out_of_a_folder_is_listed_and_not_read() {
    let world = with_folder();
    fs::create_dir_all(world.path("private/deep")).unwrap();
    for name in ["private/p.csv", "private/deep/q.csv"] {
        world.write(name, &AZURE.replace("20250101", "20240601"));
    }
    symlink(world.path("private/p.csv"), world.path("reports/out.csv")).unwrap();
    symlink("../../private", world.path("reports/old/all")).unwrap();
    symlink("..", world.path("reports/old/up")).unwrap();
    symlink(".", world.path("reports/again")).unwrap();
    symlink("b.csv", world.path("reports/same.csv")).unwrap();
    let said = world.run("import reports");
    assert_eq!(said.code, 0, "{said:?}");
    for name in ["out.csv", "old/all"] {
        let line = format!("{name}: not read: it is a link that leads out of the folder\n");
        assert!(said.stdout.contains(&line), "{line}: {said:?}");
    }
    assert!(said.stdout.contains("same.csv: azure-usage as of 2025-02-01, 0 new"), "{said:?}");
    assert!(said.stdout.contains("\n7 new, "), "{said:?}");
    assert!(!world.run("export").stdout.contains("2024-06"));
    // A folder that is named by a link is the one that is meant, and so is a link that is named itself.
    symlink("private", world.path("linked")).unwrap();
    let said = world.run("import linked reports/out.csv --dry-run");
    assert!(said.code == 0 && said.stdout.contains("deep/q.csv: azure-usage"), "{said:?}");
    assert!(said.stdout.contains("out.csv: azure-usage"), "{said:?}");
}
