//! Restoring: what comes back, which key it has, and where it may stand.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::backups::full;
use super::{Said, World, churn, files};

fn code(said: &Said) -> (u8, String) {
    (said.code, said.error()["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_restored_ledger_is_the_same_and_is_appended_to() {
    let world = full();
    let said = world.run("--ledger again restore b");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.starts_with("restored 7 entries, root "), "{}", said.stdout);
    assert!(said.stderr.contains("is only what the backup names"), "{}", said.stderr);
    assert!(said.stderr.contains("the key that signs is not here"), "{}", said.stderr);
    let score = "score --format json --partner 6034453 --as-of 2025-01-31";
    for command in ["export", "verify", "witness list", score, "log"] {
        assert_eq!(world.run(command).stdout, world.run(&format!("--ledger again {command}")).stdout, "{command}");
    }
    assert_eq!(world.run("--quiet key show").stdout, world.run("--ledger again --quiet key show").stdout);
    assert_eq!(code(&world.run("--ledger again --format json checkpoint")), (1, "no_key".to_owned()));
    assert_eq!(world.run_with("--ledger again import", churn(9).as_bytes()).code, 0);
    assert_eq!(world.run("--ledger again verify").code, 0);
    // With its key, which was kept elsewhere, it signs again.
    let (kept, again) = (world.path("pcs-ledger/key"), world.path("again/key"));
    assert_eq!(world.run("--ledger again checkpoint --key-file pcs-ledger/key").code, 0);
    std::fs::copy(kept, again).unwrap();
    assert_eq!(world.run("--ledger again backup --out c").code, 0);
    let said = world.run("--format json --ledger third restore c");
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((answer["size"].as_u64(), answer["signs_here"].as_bool()), (Some(8), Some(false)), "{answer}");
}

#[test]
fn an_empty_ledger_is_restored_too() {
    let world = World::with_ledger();
    assert_eq!(world.run("backup --out b").code, 0);
    let said = world.run("--ledger again restore b");
    assert!(said.stdout.starts_with("restored 0 entries, root "), "{said:?}");
    assert_eq!(world.run("--ledger again verify").code, 0);
}

#[test]
fn with_its_key_a_restored_ledger_signs_as_before() {
    let world = full();
    std::fs::copy(world.path("pcs-ledger/key"), world.path("kept.key")).unwrap();
    let said = world.run("--ledger again --format json restore b --key-file kept.key");
    assert!(said.stdout.contains("\"signs_here\":true"), "{said:?}");
    assert_eq!(world.run("--ledger again checkpoint").stdout, world.run("checkpoint").stdout);
    let mode = std::fs::metadata(world.path("again/key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Another key is not the ledger's.
    let said = world.run("--ledger third --format json restore b --key-file w.key");
    assert_eq!(code(&said), (1, "other_key".to_owned()));
    std::fs::set_permissions(world.path("kept.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = world.run("--ledger third --format json restore b --key-file kept.key");
    assert_eq!(code(&said), (1, "bad_key".to_owned()));
    assert!(!world.path("third").exists());
}

#[test]
fn a_key_that_is_trusted_is_followed_through_its_changes() {
    let world = World::with_events(&[churn(1)]);
    let vkey = || world.run("--quiet key show").stdout.trim().to_owned();
    let first = vkey();
    world.run("backup --out b1");
    world.run("key rotate");
    let second = vkey();
    world.run("backup --out b2");
    world.run("key rotate");
    let third = vkey();
    world.run("backup --out b3");
    let other = world.run("key make pcs-ledger --out other.key").stdout.lines().next().unwrap().to_owned();
    let trusted = [(&first, [true, true, true]), (&second, [false, true, true]), (&third, [false, false, true])];
    for (key, holds) in trusted.into_iter().chain([(&other, [false; 3])]) {
        for (backup, holds) in ["b1", "b2", "b3"].into_iter().zip(holds) {
            let said = world.run(&format!("--ledger {backup}-{holds} --format json restore {backup} --key {key}"));
            if holds {
                assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{backup} by {key}");
                let shown = world.run(&format!("--ledger {backup}-true --quiet key show")).stdout;
                let kept = [&first, &second, &third][usize::from(backup.as_bytes()[1] - b'1')];
                assert_eq!(shown.trim(), kept, "{backup}");
                std::fs::remove_dir_all(world.path(&format!("{backup}-true"))).unwrap();
            } else {
                assert_eq!(code(&said), (3, "bad_signature".to_owned()), "{backup} by {key}");
            }
        }
    }
    let names: Vec<_> = std::fs::read_dir(world.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("restoring")), "{names:?}");
}

#[test]
fn a_ledger_is_restored_over_nothing() {
    let world = full();
    std::fs::create_dir(world.path("full")).unwrap();
    world.write("full/note", "text");
    world.write("file", "text");
    std::fs::create_dir(world.path("empty")).unwrap();
    symlink(world.path("empty"), world.path("link")).unwrap();
    let before = files(world.dir.path());
    for (target, expected) in [
        ("pcs-ledger", "ledger_exists"),
        ("full", "occupied"),
        ("file", "occupied"),
        ("link", "occupied"),
        ("link/", "occupied"),
        ("no/where", "not_found"),
        ("empty/..", "usage"),
    ] {
        let said = world.run(&format!("--ledger {target} --format json --quiet restore b"));
        let expected_exit = if expected == "usage" { 2 } else { 1 };
        assert_eq!(code(&said), (expected_exit, expected.to_owned()), "{target}: {said:?}");
        assert_eq!(files(world.dir.path()), before, "{target}");
    }
    symlink(world.path("nowhere"), world.path("dangling")).unwrap();
    let said = world.run("--ledger dangling --format json --quiet restore b");
    assert_eq!(code(&said), (1, "occupied".to_owned()));
    assert!(!world.path("nowhere").exists());
    std::fs::set_permissions(world.path("empty"), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(world.run("--ledger empty/ --quiet restore b").code, 0);
    assert_eq!(std::fs::metadata(world.path("empty")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(world.run("--ledger empty verify").code, 0);
}

#[test]
fn what_a_killed_restore_left_is_said_and_does_no_harm() {
    let world = full();
    std::fs::create_dir_all(world.path(".again.restoring-1/log")).unwrap();
    world.write(".again.restoring-1/log/00000000000000000000.log", "half");
    let said = world.run("--ledger again restore b");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains(".again.restoring-1 was left by a restore that did not end"), "{}", said.stderr);
    assert_eq!(world.run("--ledger again verify").code, 0);
    assert!(world.path(".again.restoring-1/log").exists(), "it may be another's that is not done");
}
