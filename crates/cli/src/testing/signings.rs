//! Signing: what is signed is what the log says, whatever the index says; what the key remembers; and what does not hold
//! is told before anybody has it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ledger::{Ledger, Timestamp, parse_event};

use super::keys::{make_key, refuses, write_key};
use super::{PARTNER, Said, World, churn, files};

const LEDGER: &str = "pcs-ledger";
const MEMORY: &str = "pcs-ledger/key.signed";
const BUNDLE: &str = "--partner 6034453 --as-of 2025-02-28 --area infrastructure --out score.audit";

/// Copies a directory in the place of another.
fn copy(world: &World, from: &str, to: &str) {
    drop(fs::remove_dir_all(world.path(to)));
    let from = world.path(from);
    fs::create_dir_all(world.path(to)).unwrap();
    for (path, bytes) in files(&from) {
        let place = world.path(to).join(path.strip_prefix(&from).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, bytes).unwrap();
        fs::set_permissions(place, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Appends an entry of a partner in a frame of its own, and many of the partner behind it.
fn fill(dir: &Path, first: &str) {
    let event = |number, partner: &str| parse_event(&churn(number).replace(PARTNER, partner), || None).unwrap();
    let now = Timestamp::parse("2025-03-01T09:00:00Z").unwrap();
    let (mut ledger, _) = Ledger::open(dir, &mut |_| {}).unwrap();
    ledger.append(&[event(9_999, first)], now).unwrap();
    ledger.append(&(1..=1_100).map(|number| event(number, PARTNER)).collect::<Vec<_>>(), now).unwrap();
}

/// A ledger, and in `forged` one under the same key that differs in the first entry alone, which has as many bytes. So
/// the log and the index of each fit those of the other.
fn twins() -> World {
    let world = World::with_ledger();
    copy(&world, LEDGER, "forged");
    fill(&world.path(LEDGER), PARTNER);
    fill(&world.path("forged"), "6034454");
    world
}

/// A ledger whose index says of the first entry what is not so, and is believed; with the true checkpoint.
fn lied_to() -> (World, String) {
    let world = twins();
    let told = note(&world.run("checkpoint"));
    copy(&world, "forged/index", "pcs-ledger/index");
    let reader = ledger::Reader::open(&world.path(LEDGER)).unwrap();
    assert_eq!(reader.count("6034454", 2_000).unwrap(), 1, "the lie is believed");
    (world, told)
}

/// What a command signed, without a word beside it.
fn note(said: &Said) -> String {
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    said.stdout.clone()
}

/// What a command signed, which told that it read the log anew.
fn note_anew(said: &Said) -> String {
    assert!(said.code == 0 && said.stderr.starts_with("read ") && said.stderr.lines().count() == 1, "{said:?}");
    said.stdout.clone()
}

#[test]
fn an_index_that_lies_has_nothing_signed_but_what_the_log_says() {
    let (world, told) = lied_to();
    assert_eq!(note(&world.run("checkpoint")), told);
    fs::remove_file(world.path(MEMORY)).unwrap();
    assert_eq!(note_anew(&world.run("checkpoint")), told);
    let part = note(&world.run("checkpoint --size 700"));
    make_key(&world, "witness.example", "w.key");
    let cosigned = world.run("--quiet witness add --witness-key w.key").stdout;
    assert!(cosigned.starts_with(&told), "{cosigned}");
    assert_eq!(world.run("--quiet backup --out all.backup").code, 0);
    assert_eq!(world.run("key rotate").code, 0);
    let rotated = note(&world.run("checkpoint"));
    // The same without the lie.
    fs::remove_dir_all(world.path("pcs-ledger/index")).unwrap();
    assert_eq!(world.run("verify").code, 0, "the change of key tells the state of the ledger before it");
    assert_eq!(note(&world.run("checkpoint")), rotated);
    assert_eq!(world.run("--ledger other restore all.backup").code, 0);
    let old_key = world.run("--ledger other key show").stdout;
    world.write("part", &part);
    assert_eq!(world.run(&format!("verify --checkpoint part --key {}", old_key.trim_end())).code, 0);
}

#[test]
fn what_an_index_that_lies_makes_false_is_refused_before_anybody_has_it() {
    let (world, told) = lied_to();
    for line in [&format!("audit export {BUNDLE}"), "prove --seq 100", "prove --from-size 100"] {
        let said = refuses(&world, line, 3, "index_lies");
        assert!(said.stderr.contains("hint: delete `index/`"), "{said:?}");
    }
    let said = world.run("--format json export --tiles tiles");
    assert_eq!((said.code, said.error()["code"].as_str()), (3, Some("index_lies")), "{said:?}");
    assert!(files(&world.path("tiles")).is_empty(), "a tile was written");
    // Without the lie, all of it holds.
    fs::remove_dir_all(world.path("pcs-ledger/index")).unwrap();
    for line in [&format!("audit export {BUNDLE}"), "prove --seq 100", "prove --from-size 100", "export --tiles tiles"]
    {
        assert_eq!(world.run(line).code, 0, "{line}");
    }
    assert_eq!(world.read("tiles/checkpoint"), told);
}

#[test]
fn a_log_of_which_an_early_part_was_rewritten_is_not_signed() {
    let world = twins();
    let told = note(&world.run("checkpoint"));
    copy(&world, "forged/log", "pcs-ledger/log");
    copy(&world, "forged/index", "pcs-ledger/index");
    // What is signed is the history that was signed before, and no copy of the log goes with it.
    assert_eq!(note(&world.run("checkpoint")), told);
    refuses(&world, "backup --out all.backup", 3, "index_lies");
    refuses(&world, &format!("audit export {BUNDLE}"), 3, "index_lies");
    let said = refuses(&world, "checkpoint --size 700", 3, "signed_otherwise");
    assert!(said.stderr.contains("of the 1101 in the log the first 1101 have the root "), "{said:?}");
    world.write("told", &told);
    refuses(&world, "verify --checkpoint told", 3, "other_root");
}

/// A ledger of five entries that was signed, and in `older` how it was with two.
fn grown() -> (World, String) {
    let world = World::with_events(&[churn(1), churn(2)]);
    copy(&world, LEDGER, "older");
    assert_eq!(world.run_with("import", [churn(3), churn(4), churn(5)].join("\n").as_bytes()).code, 0);
    let told = note(&world.run("checkpoint"));
    (world, told)
}

#[test]
fn a_key_remembers_what_it_signed_from_the_beginning_on() {
    let (world, told) = grown();
    assert_eq!(fs::metadata(world.path(MEMORY)).unwrap().permissions().mode() & 0o777, 0o600);
    let memory = world.read(MEMORY);
    assert!(memory.starts_with("{\"format\":\"pcs-signed\",\"version\":1,\"key\":\"pcs-ledger+"), "{memory}");
    assert!(memory.contains("\"size\":5,\"newest\":\"2025-03-02T09:00:00.000004Z\",\"tree\":["), "{memory}");
    assert_eq!(note(&world.run("checkpoint")), told);
    assert_eq!(world.read(MEMORY), memory, "nothing is new");
    // An older size is read from the start.
    let older = note(&world.run("--ledger older checkpoint"));
    assert!(note(&world.run("checkpoint --size 2")).starts_with(older.split_once("\n\n").unwrap().0));
    // An older memory is gone on from.
    fs::copy(world.path("older/key.signed"), world.path(MEMORY)).unwrap();
    assert_eq!(note(&world.run("checkpoint")), told);
    assert_eq!(world.read(MEMORY), memory);
}

#[test]
fn a_ledger_without_a_memory_is_read_anew_and_says_so_once() {
    let (world, told) = grown();
    fs::remove_file(world.path(MEMORY)).unwrap();
    let said = world.run("checkpoint");
    assert_eq!(note_anew(&said), told);
    let expected = "read 5 entries of the log anew, since pcs-ledger/key.signed was not there; it remembers from now on what the key signed\n";
    assert!(said.stderr.ends_with(expected.split_once("pcs-ledger").unwrap().1), "{said:?}");
    assert_eq!(note(&world.run("checkpoint")), told);
    fs::remove_file(world.path(MEMORY)).unwrap();
    assert_eq!(note(&world.run("--quiet checkpoint")), told);
}

#[test]
fn a_memory_that_the_key_did_not_seal_is_refused() {
    let (world, _) = grown();
    let memory = world.read(MEMORY);
    let other = World::with_events(&[churn(1)]);
    note(&other.run("checkpoint"));
    let (line, seal) = memory.split_once('\n').unwrap();
    let forged = |from: &str, to: &str| format!("{}\n{seal}", line.replacen(from, to, 1));
    for text in [
        String::new(),
        memory.trim_end().to_owned(),
        line.to_owned(),
        format!("{memory}\n"),
        memory.replacen("\"size\":5", "\"size\":4", 1),
        forged("\"6034453\":[5", "\"6034453\":[4"),
        forged(":00.000004Z", ":00.000003Z"),
        other.read(MEMORY),
    ] {
        write_key(&world, MEMORY, &text);
        let said = refuses(&world, "checkpoint", 3, "bad_memory");
        assert!(said.stderr.contains("move the file away"), "{said:?}");
    }
    fs::write(world.path(MEMORY), [0xFF]).unwrap();
    refuses(&world, "prove --seq 0", 3, "bad_memory");
}

#[test]
fn a_log_that_was_rolled_back_is_not_signed_until_its_owner_says_so() {
    let (world, told) = grown();
    copy(&world, "older/log", "pcs-ledger/log");
    fs::copy(world.path("older/head"), world.path("pcs-ledger/head")).unwrap();
    let older = note(&world.run("--ledger older checkpoint"));
    for line in
        ["checkpoint", "checkpoint --size 1", "prove --seq 0", "backup --out b", "export --tiles t", "key rotate"]
    {
        let said = refuses(&world, line, 3, "signed_otherwise");
        let root = |note: &str| note.lines().nth(2).unwrap().to_owned();
        let what = format!(
            "the key has signed 5 entries with the root {}, and the log has 2, with the root {}\n",
            root(&told),
            root(&older)
        );
        assert!(said.stderr.contains(&what) && said.stderr.contains("key.signed away"), "{said:?}");
    }
    fs::rename(world.path(MEMORY), world.path("moved")).unwrap();
    assert_eq!(note_anew(&world.run("checkpoint")), older);
    assert_eq!(note(&world.run("checkpoint")), older);
}

#[test]
fn a_log_that_was_replaced_is_not_signed() {
    let (world, _) = grown();
    let other = World::with_events(&(11..=17).map(churn).collect::<Vec<_>>());
    fs::write(other.path("pcs-ledger/key"), world.read("pcs-ledger/key")).unwrap();
    fs::copy(world.path(MEMORY), other.path(MEMORY)).unwrap();
    let said = refuses(&other, "checkpoint", 3, "signed_otherwise");
    assert!(said.stderr.contains("the key has signed 5 entries with the root "), "{said:?}");
    assert!(said.stderr.contains(", and of the 7 in the log the first 5 have the root "), "{said:?}");
}

#[test]
fn a_key_file_remembers_beside_itself_and_knows_a_copy_of_its_ledger() {
    let world = World::empty();
    make_key(&world, "pcs-ledger", "signer");
    assert_eq!(world.run("init --key-file signer").code, 0);
    assert!(world.path("signer.signed").exists() && !world.path(MEMORY).exists());
    for number in 1..=5 {
        assert_eq!(world.run_with("import", churn(number).as_bytes()).code, 0);
    }
    let told = note(&world.run("checkpoint --key-file signer"));
    // The frames of a restored ledger are cut in another way.
    assert_eq!(world.run("--quiet backup --out all.backup --key-file signer").code, 0);
    assert_eq!(world.run("--ledger copy restore all.backup").code, 0);
    assert_eq!(note(&world.run("--ledger copy checkpoint --key-file signer")), told);
    assert_eq!(note(&world.run("checkpoint --key-file signer")), told);
    // One that went another way under the same key is another history.
    assert_eq!(world.run_with("import", churn(6).as_bytes()).code, 0);
    assert_eq!(world.run_with("--ledger copy import", churn(7).as_bytes()).code, 0);
    note(&world.run("checkpoint --key-file signer"));
    refuses(&world, "--ledger copy checkpoint --key-file signer", 3, "signed_otherwise");
    // A new ledger does not take the memory away.
    assert_eq!(world.run("--ledger new init --key-file signer").code, 0);
    refuses(&world, "--ledger new checkpoint --key-file signer", 3, "signed_otherwise");
}

#[test]
fn a_restored_ledger_remembers_and_a_key_of_the_environment_does_in_the_ledgers_directory() {
    let (mut world, told) = grown();
    assert_eq!(world.run("--quiet backup --out all.backup").code, 0);
    let restore = "--ledger copy restore all.backup --key-file pcs-ledger/key";
    assert_eq!(world.run(restore).code, 0);
    assert_eq!(note(&world.run("--ledger copy checkpoint")), told);
    let key = world.read("pcs-ledger/key");
    world.variables.insert("PCS_KEY".into(), key.trim_end().into());
    assert_eq!(world.run("--ledger apart init").code, 0);
    assert!(world.path("apart/key.signed").exists() && !world.read("apart/key").contains("PRIVATE"));
    assert_eq!(world.run_with("--ledger apart import", churn(1).as_bytes()).code, 0);
    note(&world.run("--ledger apart checkpoint"));
    assert_eq!(world.run("--ledger second restore all.backup").code, 0);
    assert_eq!(note_anew(&world.run("--ledger second checkpoint")), told);
    assert_eq!(note(&world.run("--ledger second checkpoint")), told);
}

#[test]
fn a_memory_goes_from_key_to_key_and_back() {
    let (world, _) = grown();
    make_key(&world, "pcs-ledger", "second");
    fs::copy(world.path("pcs-ledger/key"), world.path("first")).unwrap();
    assert_eq!(world.run("--quiet checkpoint --key-file first").code, 0);
    for (number, old, new) in [(10, "first", "second"), (11, "second", "first"), (12, "first", "second")] {
        let said = world.run(&format!("key rotate --key-file {old} --new-key-file {new}"));
        assert!(said.code == 0 && !said.stderr.contains("anew"), "{said:?}");
        note(&world.run(&format!("checkpoint --key-file {new}")));
        refuses(&world, &format!("checkpoint --key-file {old}"), 1, "other_key");
        assert_eq!(world.run_with("import", churn(number).as_bytes()).code, 0);
    }
    assert_eq!(world.run("verify").code, 0);
    // Into the directory, whose memory is that of the key of before.
    assert_eq!(world.run("--quiet key rotate --key-file second").code, 0);
    let told = note(&world.run("checkpoint"));
    // The power went before the memory was sealed by the new key.
    fs::copy(world.path("second.signed"), world.path(MEMORY)).unwrap();
    assert_eq!(note(&world.run("checkpoint")), told);
    assert!(world.read(MEMORY).contains(world.run("key show").stdout.trim_end()));
}

#[test]
fn a_backup_takes_no_cosigned_checkpoint_along_that_is_not_of_its_entries() {
    for (has_key, code) in [(true, "other_root"), (false, "bad_signature")] {
        let (world, _) = grown();
        note(&world.run("checkpoint"));
        let other = World::with_ledger();
        if has_key {
            fs::copy(world.path("pcs-ledger/key"), other.path("pcs-ledger/key")).unwrap();
            fs::remove_file(other.path(MEMORY)).unwrap();
        }
        assert_eq!(other.run_with("import", churn(8).as_bytes()).code, 0);
        make_key(&other, "witness.example", "w.key");
        assert_eq!(other.run("witness add --witness-key w.key").code, 0);
        fs::create_dir(world.path("pcs-ledger/witnessed")).unwrap();
        for (path, bytes) in files(&other.path("pcs-ledger/witnessed")) {
            fs::write(world.path("pcs-ledger/witnessed").join(path.file_name().unwrap()), bytes).unwrap();
        }
        refuses(&world, "backup --out all.backup", 3, code);
    }
}

#[test]
fn signers_at_once_wait_for_each_other() {
    let (world, _) = grown();
    std::thread::scope(|scope| {
        for signer in 0..3 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..4 {
                    if signer == 0 {
                        assert_eq!(world.run_with("import", churn(10 + number).as_bytes()).code, 0);
                    }
                    let said = world.run(["checkpoint", "prove --seq 0", "checkpoint --size 3"][signer]);
                    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
                }
            });
        }
    });
    assert!(world.read(MEMORY).contains("\"size\":9,"));
    assert_eq!(fs::read_dir(world.path(LEDGER)).unwrap().filter(|file| is_left(file.as_ref().unwrap())).count(), 0);
}

fn is_left(file: &fs::DirEntry) -> bool {
    file.path().extension().is_some_and(|extension| extension == "unfinished")
}
