//! Cosignatures: who gives them, what is kept, and what is refused.

use std::os::unix::fs::PermissionsExt as _;

use ledger::proof::Checkpoint;
use ledger::{LedgerKey, Reader, read_key};
use serde_json::Value;

use super::keys::{make_key, refuses};
use super::{Said, World, churn, files};

/// A ledger of three entries, a witness with its key in `w.key`, and the key that checks its cosignatures.
fn witnessed() -> (World, String) {
    let world = World::with_events(&(1..=3).map(churn).collect::<Vec<_>>());
    let (_, witness) = make_key(&world, "witness.example", "w.key");
    (world, witness)
}

#[test]
fn a_cosigned_checkpoint_is_printed_kept_and_shown_again() {
    let (world, witness) = witnessed();
    let plain = world.run("checkpoint").stdout;
    assert_eq!(world.run("witness list").stdout, "no checkpoint is cosigned\n");
    let said = world.run("witness add --witness-key w.key");
    let remembers = "in which the witness remembers what it cosigned; keep it with the key\n";
    assert!(said.code == 0 && said.stderr.starts_with("made ") && said.stderr.ends_with(remembers), "{said:?}");
    assert!(said.stdout.starts_with(&plain) && said.stdout.contains("\n— witness.example "), "{}", said.stdout);
    assert_eq!(world.run("checkpoint").stdout, said.stdout, "the cosignature comes along");
    let id = witness.split('+').nth(1).unwrap();
    let list = world.run("witness list").stdout;
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["3", "witness.example", id, "2025-03-02T09:00:00Z"]);
    let listed: Value = serde_json::from_str(&world.run("--format json witness list").stdout).unwrap();
    assert_eq!((&listed["size"], &listed["cosignatures"][0]["key"]), (&3.into(), &id.into()));
    // Again, later: the newer time takes the place of the older.
    let again = world.run("--now 2025-03-03T00:00:00Z --format json witness add --witness-key w.key");
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["cosignatures"].as_array().unwrap().len(), 1);
    assert_eq!(again["cosignatures"][0]["cosigned_at"], "2025-03-03T00:00:00Z");
    assert_eq!(files(&world.path("pcs-ledger/witnessed")).len(), 1);
}

#[test]
fn a_ledger_that_does_not_continue_what_its_witnesses_saw_does_not_hold() {
    let (world, _) = witnessed();
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    let held = world.run("verify");
    assert_eq!((held.code, held.stderr.as_str()), (0, "it continues 1 checkpoint that witnesses saw\n"));
    // The same key signs another history, in which one fact is not there.
    let key = world.read("pcs-ledger/key");
    let other = World::with_events(&[churn(1), churn(3), churn(4)]);
    std::fs::write(other.path("pcs-ledger/key"), key).unwrap();
    std::fs::rename(world.path("pcs-ledger/witnessed"), other.path("pcs-ledger/witnessed")).unwrap();
    refuses(&other, "verify", 3, "other_root");
}

#[test]
fn a_checkpoint_that_was_cosigned_elsewhere_is_taken_when_the_witness_is_named() {
    let (world, witness) = witnessed();
    let cosigned = world.run("witness add --witness-key w.key").stdout;
    std::fs::remove_dir_all(world.path("pcs-ledger/witnessed")).unwrap();
    world.write("cosigned.note", &cosigned);
    let (_, other) = make_key(&world, "other.example", "o.key");
    refuses(&world, &format!("witness add --cosigned cosigned.note --witness {other}"), 3, "bad_signature");
    let signing = world.run("key show").stdout;
    refuses(&world, &format!("witness add --cosigned cosigned.note --witness {signing}"), 3, "bad_signature");
    assert_eq!(world.run(&format!("witness add --cosigned cosigned.note --witness {witness}")).stdout, cosigned);
    world.write("cosigned.note", &cosigned.replacen("\n3\n", "\n2\n", 1));
    refuses(&world, &format!("witness add --cosigned cosigned.note --witness {witness}"), 3, "bad_signature");
    for line in [
        "witness add",
        "witness",
        "witness add --cosigned cosigned.note",
        "witness add --witness-key w.key --cosigned cosigned.note",
    ] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
}

#[test]
fn a_witness_cosigns_nothing_older_and_nothing_of_another_history() {
    let (world, _) = witnessed();
    world.write("two.note", &world.run("checkpoint --size 2").stdout);
    assert_eq!(world.run("witness add --witness-key w.key --checkpoint two.note").code, 0);
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    let said = refuses(&world, "witness add --witness-key w.key --checkpoint two.note", 1, "older_checkpoint");
    assert!(said.stderr.contains("the witness has cosigned 3 entries, and this checkpoint is of 2"), "{said:?}");
    make_key(&world, "second.example", "second.key");
    assert_eq!(world.run("witness add --witness-key second.key --checkpoint two.note").code, 0, "another witness may");
    assert_eq!(world.run("--ledger other init").code, 0);
    world.write("other.note", &world.run("--ledger other checkpoint").stdout);
    refuses(&world, "witness add --witness-key w.key --checkpoint other.note", 3, "bad_signature");
    world.write("no.note", "no note");
    refuses(&world, "witness add --witness-key w.key --checkpoint no.note", 3, "bad_note");
}

#[test]
fn a_kept_checkpoint_that_is_damaged_is_named() {
    let (world, _) = witnessed();
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    let path = files(&world.path("pcs-ledger/witnessed")).into_keys().next().unwrap();
    std::fs::write(&path, "no note").unwrap();
    for line in ["witness list", "checkpoint", "prove --seq 1", "witness add --witness-key w.key"] {
        let said = refuses(&world, line, 1, "corrupt");
        assert!(said.stderr.contains(path.file_name().unwrap().to_str().unwrap()), "{line}: {said:?}");
    }
    let said = refuses(&world, "verify", 3, "corrupt");
    assert!(said.stderr.contains(path.file_name().unwrap().to_str().unwrap()), "{said:?}");
    assert_eq!(world.run("check").code, 0, "no answer depends on it");
}

/// Another ledger with the same key and name.
fn second_history(world: &World, name: &str, events: &[String]) {
    assert_eq!(world.run(&format!("--ledger {name} init --key-file pcs-ledger/key")).code, 0);
    world.write("other.jsonl", &events.join("\n"));
    assert_eq!(world.run(&format!("--ledger {name} import other.jsonl")).code, 0);
}

/// Cosigns what the ledger's owner signs, who has the key remember nothing.
fn cosign(world: &World, ledger: &str) -> Said {
    drop(std::fs::remove_file(world.path("pcs-ledger/key.signed")));
    world.run(&format!(
        "--quiet --ledger {ledger} --format json witness add --witness-key w.key --key-file pcs-ledger/key"
    ))
}

#[test]
fn a_witness_cosigns_one_history_of_a_size_and_what_continues_it() {
    let (world, _) = witnessed();
    second_history(&world, "same", &[churn(1), churn(2), churn(4)]);
    second_history(&world, "longer", &[churn(1), churn(2), churn(4), churn(5)]);
    second_history(&world, "shorter", &[churn(1), churn(2)]);
    second_history(&world, "grown", &[churn(1), churn(2), churn(3), churn(4), churn(5)]);
    assert_eq!(cosign(&world, "pcs-ledger").code, 0);
    let memory = world.read("w.key.cosigned");
    for (other, code, exit) in
        [("same", "other_root", 3), ("longer", "other_root", 3), ("shorter", "older_checkpoint", 1)]
    {
        let said = cosign(&world, other);
        assert_eq!((said.code, said.error()["code"].as_str(), said.stdout.as_str()), (exit, Some(code), ""), "{other}");
        assert!(!world.path(&format!("{other}/witnessed")).exists(), "{other} is cosigned");
        assert_eq!(world.read("w.key.cosigned"), memory, "{other} is remembered");
    }
    let said = cosign(&world, "grown");
    assert_eq!(said.code, 0, "what is continued is cosigned in any copy: {said:?}");
    assert_eq!(cosign(&world, "pcs-ledger").error()["code"], "older_checkpoint");
}

#[test]
fn a_witness_remembers_each_ledger_in_a_file_of_its_own_eyes() {
    let (world, _) = witnessed();
    assert_eq!(world.run("--ledger second init --origin second.example").code, 0);
    for ledger in ["second", "pcs-ledger", "second"] {
        assert_eq!(world.run(&format!("--ledger {ledger} witness add --witness-key w.key")).code, 0, "{ledger}");
    }
    let memory = world.read("w.key.cosigned");
    let lines: Vec<&str> = memory.lines().collect();
    assert_eq!((lines[0], lines.len()), ("pcs-witness 1", 5), "{memory}");
    assert!(lines[2].starts_with("pcs-ledger 3 ") && lines[3].starts_with("second.example 0 "), "{memory}");
    assert_eq!(std::fs::metadata(world.path("w.key.cosigned")).unwrap().permissions().mode() & 0o777, 0o600);
    // By another name of the key it is the same witness.
    std::os::unix::fs::symlink(world.path("w.key"), world.path("link.key")).unwrap();
    let said = world.run("witness add --witness-key link.key");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
}

#[test]
fn a_witness_with_a_damaged_memory_or_that_of_another_cosigns_nothing() {
    let (world, _) = witnessed();
    make_key(&world, "other.example", "o.key");
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    let (whole, kept) = (world.read("w.key.cosigned"), files(&world.path("pcs-ledger/witnessed")));
    world.write("o.key.cosigned", &whole);
    refuses(&world, "witness add --witness-key o.key", 1, "bad_witness");
    let cut = &whole[..whole.len() - 1];
    let changes = [whole.replacen(" 3 ", " 2 ", 1), whole.replacen('1', "2", 1), cut.to_owned(), String::new()];
    for changed in &changes {
        assert_ne!(*changed, whole);
        world.write("w.key.cosigned", changed);
        let said = refuses(&world, "witness add --witness-key w.key", 1, "bad_witness");
        assert!(said.stderr.contains("hint: put back the copy that is kept with the key"), "{said:?}");
        assert_eq!(world.read("w.key.cosigned"), *changed, "it is left as it is");
    }
    let bytes: Vec<u8> = whole.bytes().map(|byte| byte ^ 0x80).collect();
    std::fs::write(world.path("w.key.cosigned"), bytes).unwrap();
    refuses(&world, "witness add --witness-key w.key", 1, "bad_witness");
    std::fs::remove_file(world.path("w.key.cosigned")).unwrap();
    std::fs::create_dir(world.path("w.key.cosigned")).unwrap();
    assert_eq!(world.run("witness add --witness-key w.key").code, 1, "what cannot be read is not made anew");
    assert_eq!(files(&world.path("pcs-ledger/witnessed")), kept);
}

#[test]
fn a_witness_without_a_memory_begins_with_what_the_ledger_keeps_of_it() {
    let (world, _) = witnessed();
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    std::fs::remove_file(world.path("w.key.cosigned")).unwrap();
    world.write("two.note", &world.run("checkpoint --size 2").stdout);
    refuses(&world, "witness add --witness-key w.key --checkpoint two.note", 1, "older_checkpoint");
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
}

#[test]
fn a_checkpoint_of_another_name_than_its_keys_is_taken_nowhere() {
    let (world, witness) = witnessed();
    let LedgerKey::Here(key) = read_key(&world.path("pcs-ledger/key")).unwrap() else { panic!("the key is here") };
    let LedgerKey::Here(witness_key) = read_key(&world.path("w.key")).unwrap() else { panic!("the key is here") };
    let own = Reader::open(&world.path("pcs-ledger")).unwrap().checkpoint("pcs-ledger", 3).unwrap();
    let mut note = Checkpoint { origin: "other".to_owned(), ..own }.sign(&key);
    note.cosign(&witness_key, 7);
    world.write("other.note", &note.to_string());
    let verifier = key.verifier();
    for line in [
        "verify --checkpoint other.note".to_owned(),
        format!("verify --checkpoint other.note --key {verifier}"),
        "witness add --witness-key w.key --checkpoint other.note".to_owned(),
        format!("witness add --cosigned other.note --witness {witness}"),
    ] {
        let said = refuses(&world, &line, 3, "bad_signature");
        assert!(said.stderr.contains("other"), "{said:?}");
    }
    assert!(!world.path("pcs-ledger/witnessed").exists());
}
