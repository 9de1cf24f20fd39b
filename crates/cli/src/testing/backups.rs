//! Backups: taken while others write, of ledgers with changed keys and witnesses, and never over anything.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use flate2::read::MultiGzDecoder;
use ledger::{Ledger, Timestamp, parse_event};

use super::{World, churn, files};

/// What a backup holds, as gzip programs unpack it.
pub(super) fn unpacked(world: &World, name: &str) -> String {
    let file = std::fs::File::open(world.path(name)).unwrap();
    std::io::read_to_string(MultiGzDecoder::new(file)).unwrap()
}

/// A ledger with events, a changed key, and a checkpoint that a witness cosigned.
pub(super) fn full() -> World {
    let world = World::with_events(&(1..6).map(churn).collect::<Vec<_>>());
    for command in ["checkpoint", "key make w --out w.key", "witness add --witness-key w.key", "key rotate"] {
        assert_eq!(world.run(command).code, 0, "{command}");
    }
    world.write("more.jsonl", &churn(6));
    for command in ["import more.jsonl", "witness add --witness-key w.key", "backup --out b"] {
        assert_eq!(world.run(command).code, 0, "{command}");
    }
    world
}

#[test]
fn a_backup_is_a_header_and_the_entries_and_an_import_takes_them_too() {
    let world = full();
    let text = unpacked(&world, "b");
    let (header, entries) = text.split_once('\n').unwrap();
    assert_eq!(entries, world.run("export").stdout);
    let key = world.run("--quiet key show").stdout;
    let start = format!(r#"{{"format":"pcs-backup","version":1,"key":"{}","checkpoint":"pcs-ledger\n7\n"#, key.trim());
    assert!(header.starts_with(&start), "{header}");
    let header: serde_json::Value = serde_json::from_str(header).unwrap();
    assert_eq!(header["checkpoint"], world.run("checkpoint").stdout);
    assert_eq!(header["witnessed"].as_array().map(Vec::len), Some(2));
    assert!(!text.contains("PRIVATE"), "the key that signs is in it");

    world.run("--ledger other init");
    let said = world.run_with("--ledger other import --entries -", entries.as_bytes());
    assert_eq!(said.stdout, "7 new, 0 already, 0 refused\n");
}

#[test]
fn a_backup_says_what_is_in_it() {
    let world = full();
    let said = world.run("backup --out c");
    let bytes = std::fs::metadata(world.path("c")).unwrap().len();
    let root = world.run("verify").stdout.trim().rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!(said.stdout, format!("c: 7 entries, root {root}, {bytes} bytes\n"));
    assert_eq!(said.stderr, "the key that signs is not in it: keep a copy of the key elsewhere\n");
    let said = world.run("backup --out d --format json");
    assert_eq!(said.stdout, format!("{{\"out\":\"d\",\"size\":7,\"root\":\"{root}\",\"bytes\":{bytes}}}\n"));
}

#[test]
fn a_backup_is_not_written_over_anything_and_leaves_nothing_when_it_fails() {
    let world = full();
    world.write("other", "text");
    std::os::unix::fs::symlink(world.path("nowhere"), world.path("link")).unwrap();
    let before = files(&world.path("pcs-ledger"));
    for (out, code) in
        [("b", "exists"), ("other", "exists"), ("link", "exists"), ("no/b", "not_found"), (".", "exists")]
    {
        let said = world.run(&format!("--format json backup --out {out}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some(code)), "{out}: {said:?}");
        assert!(said.stderr.contains(&format!("failed to create {out}: ")), "{}", said.stderr);
    }
    assert_eq!(world.read("other"), "text");
    assert!(!world.path("nowhere").exists());
    let said = world.run("--ledger nowhere --format json backup --out c");
    assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("no_ledger")));
    world.write("x.key", "no key");
    assert_eq!(world.run("--format json backup --out c --key-file x.key").error()["code"], "bad_key");
    std::fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    assert_eq!(world.run("--format json backup --out c").error()["code"], "no_key");
    assert!(!world.path("c").exists() && !world.path("c.unfinished").exists());
    assert_eq!(before.len() - 1, files(&world.path("pcs-ledger")).len(), "the ledger is as it was but for its key");
}

#[test]
fn an_answer_that_cannot_be_written_leaves_a_whole_backup() {
    let Ok(full_disk) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let world = full();
    let (code, stderr) = world.run_into(&["--format", "json", "backup", "--out", "c"], b"", Box::new(full_disk));
    assert_eq!(code, 1);
    assert!(stderr.contains("\"code\":\"disk_full\""), "{stderr}");
    assert_eq!(world.run("--ledger again --quiet restore c").code, 0);
}

#[test]
fn every_backup_that_is_taken_while_another_appends_restores_to_a_prefix() {
    let world = World::with_events(&[churn(1)]);
    let dir = world.path("pcs-ledger");
    let done = AtomicBool::new(false);
    let taken = thread::scope(|scope| {
        scope.spawn(|| {
            let (mut ledger, _) = Ledger::open(&dir, &mut |_| {}).unwrap();
            let now = Timestamp::parse("2025-03-03").unwrap();
            for number in 2_u32.. {
                let event = parse_event(&churn(number), || None).unwrap();
                ledger.append(&[event], now).unwrap();
                if done.load(Ordering::Relaxed) && number > 50 {
                    break;
                }
            }
        });
        let mut taken = 0;
        while taken < 8 {
            let said = world.run(&format!("backup --quiet --out b{taken}"));
            assert_eq!(said.code, 0, "{said:?}");
            taken += 1;
        }
        done.store(true, Ordering::Relaxed);
        taken
    });
    let all = world.run("export").stdout;
    for number in 0..taken {
        let said = world.run(&format!("--ledger r{number} --quiet restore b{number}"));
        assert_eq!(said.code, 0, "{said:?}");
        let restored = world.run(&format!("--ledger r{number} export")).stdout;
        assert!(all.starts_with(&restored) && !restored.is_empty(), "backup {number}");
    }
}
