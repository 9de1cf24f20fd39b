//! Keys: where they are, who may read them, and how one follows another.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Said, World, churn, files};

/// From the documentation of signed notes.
const SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// Writes a file that only its owner may read.
pub(super) fn write_key(world: &World, name: &str, text: &str) {
    world.write(name, text);
    fs::set_permissions(world.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Makes a key in a file; returns the keys that check its signatures and its cosignatures.
pub(super) fn make_key(world: &World, name: &str, file: &str) -> (String, String) {
    let said = world.run(&format!("key make {name} --out {file}"));
    assert_eq!(said.code, 0, "{said:?}");
    let (signs, cosigns) = said.stdout.trim_end().split_once('\n').unwrap();
    (signs.to_owned(), cosigns.to_owned())
}

/// Checks that a command is refused in both forms, with nothing on stdout and nothing changed.
pub(super) fn refuses(world: &World, line: &str, exit: u8, code: &str) -> Said {
    let before = files(world.dir.path());
    let json = world.run(&format!("--format json {line}"));
    assert_eq!((json.code, json.stdout.as_str()), (exit, ""), "{line}: {json:?}");
    assert_eq!(json.error()["code"].as_str(), Some(code), "{line}: {json:?}");
    let said = world.run(line);
    assert_eq!((said.code, said.stdout.as_str()), (exit, ""), "{line}: {said:?}");
    assert!(said.stderr.starts_with("error: "), "{line}: {said:?}");
    assert!(files(world.dir.path()) == before, "{line}: something was left behind");
    said
}

/// A ledger whose signing key is kept in the file `signer`.
fn kept_elsewhere() -> World {
    let world = World::empty();
    write_key(&world, "signer", SIGNER);
    let said = world.run("init --key-file signer");
    assert_eq!((said.code, said.stdout.as_str()), (0, format!("{VERIFIER}\n").as_str()), "{said:?}");
    assert_eq!(world.run_with("import", churn(1).as_bytes()).code, 0);
    world
}

fn note(said: &Said) -> String {
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    said.stdout.clone()
}

#[test]
fn a_key_that_is_kept_elsewhere_signs_when_it_is_named() {
    let mut world = kept_elsewhere();
    assert_eq!(world.read("pcs-ledger/key"), format!("{VERIFIER}\n"), "the key that signs is not in the directory");
    let said = refuses(&world, "checkpoint", 1, "no_key");
    assert!(said.stderr.contains(&format!("the signing key of {VERIFIER} is not here")), "{said:?}");
    assert!(said.stderr.contains("PCS_KEY"), "{said:?}");
    for line in ["prove --seq 0", "prove --from-size 0", "key rotate", "witness add --witness-key signer"] {
        refuses(&world, line, 1, "no_key");
    }
    let by_option = note(&world.run("checkpoint --key-file signer"));
    world.variables.insert("PCS_KEY".into(), SIGNER.into());
    let first = world.run("checkpoint");
    assert!(first.stdout == by_option && first.stderr.starts_with("read 1 entry of the log anew, "), "{first:?}");
    assert_eq!(note(&world.run("checkpoint")), by_option);
    world.variables.insert("PCS_KEY".into(), "".into());
    refuses(&world, "checkpoint", 1, "no_key");
    // The option goes before the variable.
    world.variables.insert("PCS_KEY".into(), "no key".into());
    assert_eq!(note(&world.run("checkpoint --key-file signer")), by_option);
    let said = refuses(&world, "checkpoint", 1, "bad_key");
    assert!(said.stderr.starts_with("error: PCS_KEY holds no Ed25519 signing key"), "{said:?}");
    let hint = "hint: PCS_KEY is the one line of a key file, which begins with PRIVATE+KEY\n";
    assert!(said.stderr.ends_with(hint), "{said:?}");
    let said = world.run("checkpoint --key-file none.key");
    assert!(said.stderr.ends_with("hint: look whether it is the file that was meant\n"), "{said:?}");
    let said = world.run("key show");
    assert_eq!((said.code, said.stdout), (0, format!("{VERIFIER}\n")));
    assert_eq!(said.stderr, "the key that signs is kept elsewhere\n");
    let said = world.run("--format json key show");
    assert_eq!(said.stdout, format!("{{\"verifier_key\":\"{VERIFIER}\",\"signs_here\":false,\"changes\":[]}}\n"));
}

#[test]
fn a_ledger_without_a_key_file_is_read_and_signs_with_the_key_that_is_named() {
    let world = kept_elsewhere();
    fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    let said = refuses(&world, "checkpoint", 1, "no_key");
    assert!(said.stderr.contains("there is no key pcs-ledger/key") || said.stderr.contains("/key"), "{said:?}");
    refuses(&world, "key show", 1, "no_key");
    world.write("note", &note(&world.run("checkpoint --key-file signer")));
    refuses(&world, "verify --checkpoint note", 1, "no_key");
    assert_eq!(world.run(&format!("verify --checkpoint note --key {VERIFIER}")).code, 0);
}

#[test]
fn a_key_that_others_may_read_or_that_is_none_is_refused() {
    let world = World::with_events(&[churn(1)]);
    make_key(&world, "other", "own.key");
    for mode in [0o644, 0o640, 0o604, 0o622] {
        fs::set_permissions(world.path("own.key"), fs::Permissions::from_mode(mode)).unwrap();
        let said = refuses(&world, "checkpoint --key-file own.key", 1, "bad_key");
        assert!(
            said.stderr.contains(&format!("its mode is {mode:o}")) && said.stderr.contains("chmod 600"),
            "{said:?}"
        );
        refuses(&world, "--ledger fresh init --key-file own.key", 1, "bad_key");
        refuses(&world, "key rotate --new-key-file own.key", 1, "bad_key");
        refuses(&world, "witness add --witness-key own.key", 1, "bad_key");
    }
    for text in ["", "no key", &SIGNER.replace("c74f", "c74e"), &format!("{SIGNER}\n{SIGNER}")] {
        write_key(&world, "bad.key", text);
        refuses(&world, "checkpoint --key-file bad.key", 1, "bad_key");
    }
    world.write("verifier", VERIFIER);
    refuses(&world, "checkpoint --key-file verifier", 1, "other_kind");
    refuses(&world, "checkpoint --key-file nowhere", 1, "no_key");
    fs::set_permissions(world.path("pcs-ledger/key"), fs::Permissions::from_mode(0o644)).unwrap();
    for line in ["checkpoint", "prove --seq 0", "key show", "key rotate"] {
        refuses(&world, line, 1, "bad_key");
    }
    assert_eq!(world.run("export").code, 0, "what needs no key works");
}

#[test]
fn a_key_of_another_ledger_signs_nothing() {
    let world = World::with_events(&[churn(1)]);
    let own = world.run("key show").stdout;
    make_key(&world, "pcs-ledger", "other.key");
    for line in
        ["checkpoint", "prove --seq 0", "prove --from-size 1", "key rotate", "witness add --witness-key other.key"]
    {
        let said = refuses(&world, &format!("{line} --key-file other.key"), 1, "other_key");
        assert!(said.stderr.contains(own.trim_end()) && said.stderr.contains("pcs key show"), "{said:?}");
    }
}

#[test]
fn a_ledger_takes_its_name_from_its_key() {
    let world = World::empty();
    write_key(&world, "signer", SIGNER);
    refuses(&world, "init --key-file signer --origin other", 2, "usage");
    assert_eq!(world.run("init --key-file signer --origin PeterNeumann").code, 0);
    assert!(world.run("checkpoint --key-file signer").stdout.starts_with("PeterNeumann\n0\n"));
    let before = world.read("signer");
    refuses(&world, "key make PeterNeumann --out signer", 1, "exists");
    assert_eq!(world.read("signer"), before, "a file that is there is not overwritten");
}

#[test]
fn one_key_follows_another_and_the_old_one_signs_no_more() {
    let world = World::with_events(&[churn(1)]);
    let (first, old) = (world.read("pcs-ledger/key"), world.run("key show").stdout.trim_end().to_owned());
    write_key(&world, "first.key", &first);
    world.write("old.note", &world.run("checkpoint").stdout);
    let said = world.run("key rotate");
    let new = said.stdout.trim_end().to_owned();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(new != old && said.stderr.contains(&format!("entry 1 says that it follows {old}")), "{said:?}");
    assert_eq!(world.run("key show").stdout.trim_end(), new);
    let shown: serde_json::Value = serde_json::from_str(&world.run("--format json key show").stdout).unwrap();
    let change = &shown["changes"][0];
    assert_eq!((&change["seq"], &change["old_key"], &change["new_key"]), (&1.into(), &old.into(), &new.into()));
    // What the old key signed before still counts; it signs nothing any more, wherever it is kept.
    assert_eq!(world.run("verify --checkpoint old.note").code, 0);
    refuses(&world, "checkpoint --key-file first.key", 1, "other_key");
    write_key(&world, "pcs-ledger/key", &first);
    let said = refuses(&world, "checkpoint", 1, "other_key");
    assert!(said.stderr.contains("was retired"), "{said:?}");
}

#[test]
fn a_key_may_follow_that_is_kept_elsewhere_and_only_of_the_same_name() {
    let world = World::with_events(&[churn(1)]);
    make_key(&world, "another", "another.key");
    refuses(&world, "key rotate --new-key-file another.key", 1, "other_key");
    let (second, _) = make_key(&world, "pcs-ledger", "second.key");
    let said = world.run("--format json key rotate --new-key-file second.key");
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&answer["seq"], answer["new_key"].as_str()), (&1.into(), Some(second.as_str())));
    assert_eq!(world.read("pcs-ledger/key"), format!("{second}\n"));
    refuses(&world, "checkpoint", 1, "no_key");
    refuses(&world, "key rotate --key-file second.key --new-key-file second.key", 1, "other_key");
    assert_eq!(world.run("checkpoint --key-file second.key").code, 0);
    assert_eq!(world.run("key rotate --key-file second.key").code, 0, "and back into the directory");
    assert_eq!(world.run("checkpoint").code, 0);
    assert_eq!(world.run("verify").code, 0);
}
