//! Checkpoints, proofs, and what `verify --checkpoint` finds.

use ledger::proof::{Checkpoint, SignedCheckpoint, SigningKey};
use serde_json::Value;

use super::keys::{refuses, write_key};
use super::{World, churn};

/// A ledger of so many entries.
fn filled(count: u32) -> World {
    World::with_events(&(1..=count).map(churn).collect::<Vec<_>>())
}

fn json(world: &World, line: &str) -> Value {
    let said = world.run(&format!("--format json {line}"));
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line}");
    serde_json::from_str(&said.stdout).unwrap()
}

/// A ledger with the key and some of the lines of another.
fn remade(world: &World, name: &str, lines: &str) {
    write_key(world, "own.key", &world.read("pcs-ledger/key"));
    let verifier = world.run("key show").stdout;
    let said = world.run(&format!("--ledger {name} init --key-file own.key"));
    assert_eq!((said.code, said.stdout), (0, verifier));
    let said = world.run_with(&format!("--ledger {name} import --entries"), lines.as_bytes());
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn what_the_ledger_does_not_have_is_out_of_range() {
    let world = filled(3);
    for (line, message, hint) in [
        ("prove --seq 3", "entry 3 is not among the first 3 entries", "`--seq` is at most 2"),
        ("prove --seq 1 --size 1", "entry 1 is not among the first 1 entry", "`--seq` is at most 0"),
        ("prove --seq 0 --size 0", "entry 0 is not among the first 0 entries", "nothing is recorded there"),
        ("prove --seq 0 --size 4", "the ledger does not have 4 entries", "it has 3"),
        ("prove --from-size 4", "3 entries cannot continue 4", "`--from-size` is at most 3"),
        ("prove --from-size 2 --size 1", "1 entry cannot continue 2", "`--from-size` is at most 1"),
        ("prove --from-size 1 --size 9", "the ledger does not have 9 entries", "it has 3"),
        ("checkpoint --size 4", "the ledger does not have 4 entries", "it has 3"),
        ("checkpoint --size 18446744073709551615", "the ledger does not have 18446744073709551615 entries", "it has 3"),
    ] {
        let said = refuses(&world, line, 1, "out_of_range");
        assert_eq!(said.stderr, format!("error: {message}\nhint: {hint}\n"), "{line}");
    }
    for line in ["prove", "prove --seq 1 --from-size 1", "prove --seq x", "prove --seq -1", "checkpoint --size x"] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
}

#[test]
fn an_empty_ledger_has_a_checkpoint_that_every_ledger_continues() {
    let world = World::with_ledger();
    let note = world.run("checkpoint").stdout;
    assert!(note.starts_with("pcs-ledger\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\npartners "), "{note}");
    assert!(!note.contains("newest"), "{note}");
    world.write("empty.note", &note);
    assert_eq!(world.run("verify --checkpoint empty.note").code, 0);
    assert_eq!(world.run("prove --from-size 0").stdout, format!("old 0\n\n{note}"));
    refuses(&world, "prove --seq 0", 1, "out_of_range");
    assert_eq!(world.run_with("import", churn(1).as_bytes()).code, 0);
    let said = world.run("verify --checkpoint empty.note");
    assert!(said.stdout.ends_with("it continues the checkpoint of 0 entries\n"), "{said:?}");
    assert_eq!(json(&world, "prove --from-size 0")["hashes"], Value::Array(Vec::new()));
}

#[test]
fn answers_for_programs_say_what_the_notes_say() {
    let world = filled(3);
    let said = json(&world, "checkpoint --size 2");
    let note = world.run("checkpoint --size 2").stdout;
    assert_eq!(said["note"], note);
    let lines: Vec<&str> = note.lines().collect();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    assert_eq!((text("origin").as_str(), &said["size"], text("root").as_str()), (lines[0], &2.into(), lines[2]));
    for (place, name) in [(3, "partners"), (4, "newest"), (5, "next")] {
        assert_eq!(lines[place], format!("{name} {}", text(name)));
    }
    assert_eq!(json(&world, "checkpoint")["next"], Value::Null);
    for (line, name, number) in [("prove --seq 1", "seq", 1), ("prove --from-size 2", "from_size", 2)] {
        let said = json(&world, line);
        let proof = world.run(line).stdout;
        assert_eq!((&said[name], &said["size"], &said["proof"]), (&number.into(), &3.into(), &proof.clone().into()));
        let head = proof.split("\n\n").next().unwrap().lines();
        let hashes: Vec<Value> = head.skip(if name == "seq" { 2 } else { 1 }).map(Value::from).collect();
        assert_eq!(said["hashes"], Value::Array(hashes));
    }
    world.write("note", &note);
    let said = json(&world, "verify --checkpoint note");
    assert_eq!((&said["size"], &said["continues"]), (&3.into(), &2.into()));
}

#[test]
fn a_rewritten_ledger_is_found_by_a_checkpoint_that_was_kept() {
    let world = filled(5);
    world.write("kept.note", &world.run("checkpoint").stdout);
    let lines = world.run("export").stdout;
    remade(&world, "same", &lines);
    assert_eq!(world.run("--ledger same verify --checkpoint kept.note").code, 0);
    remade(&world, "rewritten", &lines.replace("2025-01-03T", "2025-01-30T"));
    assert_eq!(world.run("--ledger rewritten verify").code, 0, "by itself it is whole");
    let said = refuses(&world, "--ledger rewritten verify --checkpoint kept.note", 3, "other_root");
    assert!(said.stderr.contains("hint: keep the checkpoint"), "{said:?}");
    let cut: String = lines.split_inclusive('\n').take(4).collect();
    remade(&world, "cut", &cut);
    let said = refuses(&world, "--ledger cut verify --checkpoint kept.note", 3, "entries_lost");
    assert!(said.stderr.contains("the checkpoint is of 5 entries, and the ledger has 4"), "{said:?}");
    // Growing again hides nothing.
    let grown = world.run_with("--ledger cut import", [churn(11), churn(12)].join("\n").as_bytes());
    assert_eq!(grown.code, 0, "{grown:?}");
    refuses(&world, "--ledger cut verify --checkpoint kept.note", 3, "other_root");
}

#[test]
fn a_note_that_is_none_or_anothers_is_refused() {
    let world = filled(3);
    let note = world.run("checkpoint").stdout;
    let line = "verify --checkpoint a.note";
    refuses(&world, line, 1, "not_found");
    let no_end = note.trim_end();
    for text in ["", "no note", no_end, &note.replace("newest", "oldest"), &note.replacen("\n3\n", "\n03\n", 1)] {
        world.write("a.note", text);
        refuses(&world, line, 3, "bad_note");
    }
    std::fs::write(world.path("a.note"), [0xff, 0xfe]).unwrap();
    refuses(&world, line, 3, "bad_note");
    world.write("a.note", &note.replacen("\n3\n", "\n2\n", 1));
    refuses(&world, line, 3, "bad_signature");
    assert_eq!(world.run("--ledger other init").code, 0);
    world.write("a.note", &world.run("--ledger other checkpoint").stdout);
    let said = refuses(&world, line, 3, "bad_signature");
    assert!(said.stderr.contains("`--key VKEY`"), "{said:?}");
    // Another key that is trusted is the only one.
    world.write("a.note", &note);
    let other = world.run("--ledger other key show").stdout;
    refuses(&world, &format!("{line} --key {}", other.trim_end()), 3, "bad_signature");
    assert_eq!(world.run(&format!("{line} --key x")).code, 2);
    assert_eq!(world.run(&format!("verify --key {}", other.trim_end())).code, 2, "a key alone checks nothing");
}

#[test]
fn a_note_that_says_of_the_entries_what_they_do_not_say_is_refused() {
    let world = filled(3);
    let key = SigningKey::parse(&world.read("pcs-ledger/key")).unwrap();
    let told = |size| {
        let note = world.run(&format!("checkpoint --size {size}")).stdout;
        SignedCheckpoint::parse(&note).unwrap().checkpoint().clone()
    };
    let mut lies: Vec<Checkpoint> = vec![told(2), told(2), told(2), told(3)];
    lies[0].claims.partners = Some([7; 32]);
    lies[1].claims.newest = lies[1].claims.next;
    lies[2].claims.next = lies[2].claims.newest;
    lies[3].claims.next = lies[3].claims.newest;
    for lie in lies {
        world.write("lie.note", &lie.sign(&key).to_string());
        refuses(&world, "verify --checkpoint lie.note", 3, "other_claims");
    }
    let mut brief = told(2);
    brief.claims = ledger::proof::Claims::default();
    world.write("brief.note", &brief.sign(&key).to_string());
    assert_eq!(world.run("verify --checkpoint brief.note").code, 0, "what is not said is no lie");
}

#[test]
fn a_damaged_ledger_proves_nothing() {
    let world = filled(200);
    world.write("kept.note", &world.run("checkpoint").stdout);
    let log = world.path("pcs-ledger/log/00000000000000000000.log");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    for (line, exit) in [("verify --checkpoint kept.note", 3), ("checkpoint", 1), ("prove --seq 1", 1), ("key show", 1)]
    {
        refuses(&world, line, exit, "corrupt");
    }
}
