//! Cosignatures: who gives them, what is kept, and what is refused.

use serde_json::Value;

use super::keys::{make_key, refuses};
use super::{World, churn, files};

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
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
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
