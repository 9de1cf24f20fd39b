//! What ledgers and commands wrote: no import reads it, wherever it lies.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::folders::{AZURE, zipped};
use super::{PARTNER, World, churn};

/// The texts that nobody may see.
fn secrets(world: &World) -> Vec<String> {
    let key = world.read("pcs-ledger/key");
    vec![key.trim().to_owned(), "PRIVATE+KEY".to_owned()]
}

/// A ledger with a kept report, a backup, a bundle and tiles beside it.
fn with_everything() -> World {
    let world = World::with_ledger();
    world.write("AzureUsage-20250306.csv", AZURE);
    for line in [
        "import AzureUsage-20250306.csv --kind auto --keep",
        "backup --out copy.pcs",
        &format!("audit export --partner {PARTNER} --as-of 2025-01-31 --out bundle.audit"),
        "export --tiles mirror",
    ] {
        let said = world.run(line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    world.write("verifier", &world.run("key show").stdout);
    world.write("note", &world.run("checkpoint").stdout);
    world
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copied(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(|_| ()).unwrap() }
    }
}

/// All files below a directory, each with the name that a zip gives it.
fn below(dir: &Path, before: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            all.extend(below(&entry.path(), &format!("{name}/")));
        } else {
            all.push((name, fs::read(entry.path()).unwrap()));
        }
    }
    all
}

#[test]
fn a_folder_that_holds_ledgers_is_imported_without_them() {
    let world = with_everything();
    copied(&world.path("pcs-ledger"), &world.path("old/copy"));
    copied(&world.path("pcs-ledger/kept"), &world.path("stash"));
    fs::copy(world.path("pcs-ledger/key"), world.path("signer.csv")).unwrap();
    world.write("cosigned.csv", "pcs-witness 1\n");
    symlink(world.path("pcs-ledger/key"), world.path("link.csv")).unwrap();
    symlink(world.path("pcs-ledger/lock"), world.path("link.txt")).unwrap();
    world.write("half.csv.unfinished", AZURE);
    let files = below(&world.path("pcs-ledger"), "backup of today/");
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    fs::write(world.path("zipped.zip"), zipped(&[&files[..], &[("b.csv", AZURE.as_bytes())]].concat())).unwrap();
    for format in ["text", "json"] {
        let said = world.run(&format!("import . --dry-run --format {format}"));
        assert_eq!(said.code, 0, "{said:?}");
        for secret in secrets(&world) {
            assert!(!said.stdout.contains(&secret) && !said.stderr.contains(&secret), "{said:?}");
        }
        for (name, what) in [
            ("pcs-ledger", "a ledger"),
            ("old/copy", "a ledger"),
            ("stash", "what a ledger kept"),
            ("zipped.zip/backup of today", "a ledger"),
            ("mirror", "a ledger's tiles"),
            ("copy.pcs", "a backup of a ledger"),
            ("bundle.audit", "an audit bundle"),
            ("verifier", "a key that checks"),
            ("note", "a checkpoint of a ledger"),
            ("signer.csv", "a key that signs"),
            ("cosigned.csv", "the memory of a witness"),
            ("link.csv", "a file of a ledger"),
            ("link.txt", "a file of a ledger"),
            ("half.csv.unfinished", "a file that was not finished"),
        ] {
            let line = match format {
                "text" => format!("{name}: not read: it is {what}\n"),
                _ => format!("{{\"file\":\"{name}\",\"not_read\":\"it is {what}\"}}"),
            };
            assert!(said.stdout.contains(&line), "{line}: {said:?}");
        }
        assert_eq!(said.stdout.matches("azure-usage").count(), 2, "{said:?}");
    }
}

#[test]
fn what_a_ledger_wrote_is_refused_by_its_name() {
    let world = with_everything();
    let kept = fs::read_dir(world.path("pcs-ledger/kept")).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<String> = kept.map(|path| path.to_string_lossy().into_owned()).collect();
    assert_eq!(kept.len(), 2);
    let names = ["pcs-ledger", "pcs-ledger/key", "pcs-ledger/kept", "pcs-ledger/lock", "pcs-ledger/log", "copy.pcs"];
    let others = ["bundle.audit", "mirror", "mirror/tile", "mirror/checkpoint", "verifier", "note"];
    for name in names.iter().chain(&others).copied().chain(kept.iter().map(String::as_str)) {
        for kind in ["--kind auto", "--kind azure-usage", "--kind events", "--entries", "--kind pal --skip-bad", ""] {
            let said = world.run(&format!("import {kind} {name} --dry-run --format json"));
            let code = said.error()["code"].as_str().unwrap_or_default().to_owned();
            assert!(said.code == 1 && matches!(code.as_str(), "own_file" | "no_report"), "{kind} {name}: {said:?}");
            for secret in secrets(&world) {
                assert!(!said.stderr.contains(&secret), "{kind} {name}: {said:?}");
            }
        }
    }
    let said = world.run("import pcs-ledger/key");
    assert_eq!(
        said.stderr,
        "error: key: failed to read the report: it is a file of a ledger\n\
         hint: `pcs checkpoint --key-file pcs-ledger/key` signs with it\n"
    );
    let said = world.run_with("import", world.read("pcs-ledger/key").as_bytes());
    assert!(said.code == 1 && said.stderr.contains("it is a key that signs"), "{said:?}");
}

#[test]
fn a_zip_of_a_ledger_alone_has_no_report_and_one_with_reports_beside_it_has_these() {
    let world = with_everything();
    let files = below(&world.path("pcs-ledger"), "");
    let mut files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    fs::write(world.path("l.zip"), zipped(&files)).unwrap();
    let said = world.run("import l.zip --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("no_report")), "{said:?}");
    files.push(("b.csv", AZURE.as_bytes()));
    fs::write(world.path("l.zip"), zipped(&files)).unwrap();
    let said = world.run("import l.zip");
    assert!(
        said.stdout.contains("l.zip/b.csv: azure-usage") && said.stdout.contains("l.zip: not read: it is a ledger")
    );
}

#[test]
fn a_folder_is_imported_twice_with_nothing_new() {
    let world = World::with_ledger();
    world.write("AzureUsage-20250306.csv", &AZURE.replace(",20250101,", ",20250201,"));
    world.write("AzureUsage-20250206.csv", AZURE);
    world.write("e.jsonl", &(churn(1) + "{\"type\":\"no\"}\n"));
    let first = world.run("import . --keep --snapshot --skip-bad");
    assert!(first.code == 0 && first.stdout.contains("\nthe refused lines are in ..rejected.jsonl"), "{first:?}");
    world.write("e.jsonl.rejected.jsonl", &world.read("..rejected.jsonl"));
    fs::remove_file(world.path("e.jsonl")).unwrap();
    let before = world.run("export").stdout;
    let second = world.run("import . --keep --snapshot");
    assert!(second.code == 0 && second.stdout.contains("\n0 new, "), "{second:?}");
    assert!(second.stdout.contains("e.jsonl.rejected.jsonl: refused lines, proves nothing: "), "{second:?}");
    assert_eq!(world.run("export").stdout, before);
}

#[test]
fn reports_in_a_folder_of_a_ledgers_directory_are_imported() {
    let world = World::with_ledger();
    fs::create_dir(world.path("pcs-ledger/reports")).unwrap();
    world.write("pcs-ledger/reports/a.csv", AZURE);
    let said = world.run("import pcs-ledger/reports");
    assert!(said.code == 0 && said.stdout.contains("a.csv: azure-usage"), "{said:?}");
}
