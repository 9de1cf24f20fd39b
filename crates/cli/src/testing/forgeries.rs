//! Backups that were changed, with their digest made again or not: none is restored, and nothing is left.

use std::io::Write as _;
use std::path::Path;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use ledger::proof::SigningKey;
use sha2::{Digest as _, Sha256};

use super::backups::{full, unpacked};
use super::{World, churn, files};

/// Seals bytes that stand for the packed text, as somebody would who knows the format.
fn seal(packed: &[u8]) -> Vec<u8> {
    let comment = format!("sha256 {:x}", Sha256::digest(packed));
    let end = GzBuilder::new().comment(comment).write(Vec::new(), Compression::default()).finish().unwrap();
    [packed, &end].concat()
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

/// Restores a file and expects to be refused, with nothing left.
fn refused(world: &World, bytes: &[u8], options: &str, code: &str, what: &str) -> String {
    std::fs::write(world.path("forged"), bytes).unwrap();
    let before = files(world.dir.path()).into_keys().collect::<Vec<_>>();
    let said = world.run(&format!("--ledger new --format json --quiet restore forged {options}"));
    let exit = if matches!(code, "bad_backup" | "later_format") { 1 } else { 3 };
    let error = said.stderr.is_empty().then_some("restored").map_or_else(|| said.error(), Into::into);
    assert_eq!((said.code, error["code"].as_str()), (exit, Some(code)), "{what}: {said:?}");
    assert!(said.stdout.is_empty(), "{what}");
    assert_eq!(files(world.dir.path()).into_keys().collect::<Vec<_>>(), before, "{what}");
    let names = std::fs::read_dir(world.dir.path()).unwrap();
    let left = |name: &std::ffi::OsStr| name == "new" || name.to_string_lossy().contains("restoring");
    assert!(!names.into_iter().any(|entry| left(&entry.unwrap().file_name())), "{what}: something is left");
    error["message"].as_str().unwrap().to_owned()
}

#[test]
fn every_changed_byte_and_every_cut_is_damage() {
    let world = World::with_events(&[churn(1)]);
    world.run("backup --out b");
    let whole = std::fs::read(world.path("b")).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        let message = refused(&world, &changed, "", "damaged", &format!("byte {at} of {}", whole.len()));
        let says = ["forged is not whole", "forged does not begin as a backup of a ledger does"];
        assert!(says.iter().any(|said| message.starts_with(said)), "{message}");
        refused(&world, &whole[..at], "", "damaged", &format!("cut at {at}"));
    }
}

#[test]
fn other_entries_than_those_of_the_checkpoint_are_not_restored() {
    let world = full();
    let text = unpacked(&world, "b");
    let lines: Vec<&str> = text.lines().collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut changed);
        seal(&packed(format!("{}\n", changed.join("\n")).as_bytes()))
    };
    for at in 1..lines.len() {
        let (other, is_last) = (if at == 1 { 2 } else { at - 1 }, at + 1 == lines.len());
        let removed = if is_last { "entries_lost" } else { "other_entries" };
        let cases = [
            ("removed", removed, with(&|lines| drop(lines.remove(at)))),
            ("twice", "other_entries", with(&|lines| lines.insert(at, lines[at].clone()))),
            ("blank", "other_entries", with(&|lines| lines.insert(at, String::new()))),
            ("with a carriage return", "other_entries", with(&|lines| lines[at].push('\r'))),
            ("swapped", "other_entries", with(&|lines| lines.swap(at, other))),
            ("no entry", "other_entries", with(&|lines| lines[at] = "{}".to_owned())),
        ];
        for (what, code, bytes) in cases {
            let message = refused(&world, &bytes, "", code, &format!("line {at} {what}"));
            assert!(message.starts_with("forged"), "{message}");
        }
    }
    // Altered entries that would stand in a ledger: the root tells.
    for at in (1..6).chain([7]) {
        let bytes = with(&|lines| lines[at] = lines[at].replace("4fdbff88", "4fdbff89"));
        refused(&world, &bytes, "", "other_root", &format!("customer of line {at}"));
    }
    let bytes = with(&|lines| {
        lines[1] = lines[1].replacen("2025-03-02T09:00:00", "2025-03-02T08:59:59", 1);
    });
    refused(&world, &bytes, "", "other_root", "recorded earlier");
    // One more than the checkpoint speaks of, though it would follow.
    let added = r#"{"seq":7,"recorded_at":"2026-01-01T00:00:00.000000Z","event":{}}"#;
    refused(&world, &with(&|lines| lines.push(added.to_owned())), "", "other_entries", "one added");
    refused(&world, &seal(&packed(text.trim_end().as_bytes())), "", "other_entries", "the last line is not ended");
    refused(&world, &seal(&packed(&[text.as_bytes(), b"\xff\n"].concat())), "", "other_entries", "no UTF-8");
    refused(&world, &seal(&[packed(text.as_bytes()), b"junk".to_vec()].concat()), "", "other_entries", "junk behind");
    let two = [packed(text.as_bytes()), packed(b"more\n")].concat();
    refused(&world, &seal(&two), "", "other_entries", "a second member");
}

#[test]
fn a_header_of_another_ledger_or_another_form_is_not_restored() {
    let world = full();
    let text = unpacked(&world, "b");
    let (header, entries) = text.split_once('\n').unwrap();
    let with = |header: &str| seal(&packed(format!("{header}\n{entries}").as_bytes()));
    for (from, to, part) in [
        ("pcs-backup", "pcs-bundle", "not that of a backup"),
        ("\"version\":1", "\"version\":\"1\"", "its version is"),
        ("\"version\":1,", "", "its version is none"),
        ("\"version\":1,", "\"version\":1,\"path\":\"../../etc/passwd\",", "the unknown field \"path\""),
        ("\"version\":1,", "\"version\":1,\"version\":1,", "not written in the one way"),
        ("\"version\":1", "\"version\": 1", "not written in the one way"),
        ("\"key\":\"", "\"key\":\"x", "no verifier key"),
        ("\"checkpoint\":\"", "\"checkpoint\":7,\"x\":\"", "unknown field"),
        ("\"checkpoint\":\"pcs-ledger\\n7\\n", "\"checkpoint\":\"pcs-ledger\\nseven\\n", "`checkpoint`: "),
        ("\"witnessed\":[\"", "\"witnessed\":[\"\\n", "`witnessed`: "),
        ("{\"format\"", "[\"format\"", "no JSON"),
    ] {
        assert!(header.contains(from), "{from}");
        let message = refused(&world, &with(&header.replacen(from, to, 1)), "", "bad_backup", to);
        assert!(message.contains(part), "{to}: {message}");
    }
    let later = with(&header.replacen("\"version\":1", "\"version\":2", 1));
    let message = refused(&world, &later, "", "later_format", "a later version");
    assert!(
        message.contains("has format 2, and pcs 0.1.0 reads formats up to 1: a later version wrote it"),
        "{message}"
    );
    refused(&world, &seal(&packed(b"")), "", "bad_backup", "nothing");
    refused(&world, &seal(b""), "", "bad_backup", "not even a member");
    refused(&world, &seal(b"junk that is not packed"), "", "bad_backup", "nothing packed");
    refused(&world, &seal(&packed(&[0xff, b'\n'])), "", "bad_backup", "no text");
    let deep = format!("{}\n", "[".repeat(100_000));
    refused(&world, &seal(&packed(deep.as_bytes())), "", "bad_backup", "a deep header");

    // A size, a root, a claim that was not signed.
    for (from, to) in [("\\n7\\n", "\\n6\\n"), ("newest 2025", "newest 2024")] {
        let message = refused(&world, &with(&header.replacen(from, to, 1)), "", "bad_signature", to);
        assert!(message.contains("forged"), "{message}");
    }
    // Everything of another ledger but the entries.
    let other = World::with_events(&(1..8).map(churn).collect::<Vec<_>>());
    other.run("backup --out b");
    let theirs = unpacked(&other, "b");
    let theirs = theirs.split_once('\n').unwrap().0;
    refused(&world, &with(theirs), "", "other_root", "another's header");
    let own = world.run("--quiet key show").stdout;
    refused(&world, &with(theirs), &format!("--key {}", own.trim()), "bad_signature", "another's header, our key");
    // A cosigned checkpoint of another ledger among those that are kept.
    other.run("key make w --out w.key");
    let note = other.run("witness add --witness-key w.key").stdout;
    let note = serde_json::Value::from(note).to_string();
    let changed = header.replacen("\"witnessed\":[", &format!("\"witnessed\":[{note},"), 1);
    refused(&world, &with(&changed), "", "bad_signature", "another's witness");
}

#[test]
fn a_checkpoint_that_claims_more_than_the_entries_say_is_not_restored() {
    let world = World::with_events(&[churn(1), churn(2)]);
    world.run("backup --out b");
    let text = unpacked(&world, "b");
    let (header, entries) = text.split_once('\n').unwrap();
    let key = SigningKey::parse(&world.read("pcs-ledger/key")).unwrap();
    let reader = ledger::Reader::open(&world.path("pcs-ledger")).unwrap();
    let with = |change: &dyn Fn(&mut ledger::proof::Checkpoint)| {
        let mut checkpoint = reader.checkpoint("pcs-ledger", 2).unwrap();
        change(&mut checkpoint);
        let note = serde_json::Value::from(checkpoint.sign(&key).to_string()).to_string();
        let value: serde_json::Value = serde_json::from_str(header).unwrap();
        let own = serde_json::Value::from(value["checkpoint"].as_str().unwrap()).to_string();
        assert!(header.contains(&own));
        seal(&packed(format!("{}\n{entries}", header.replacen(&own, &note, 1)).as_bytes()))
    };
    let now = ledger::Timestamp::parse("2026-01-01").unwrap();
    refused(&world, &with(&|told| told.root = [7; 32]), "", "other_root", "another root");
    refused(&world, &with(&|told| told.claims.newest = Some(now)), "", "other_claims", "recorded at another time");
    refused(&world, &with(&|told| told.claims.partners = Some([0; 32])), "", "other_claims", "other partners");
    refused(&world, &with(&|told| told.claims.partners = None), "", "other_claims", "nothing of partners");
    refused(&world, &with(&|told| told.claims.next = Some(now)), "", "other_claims", "something came after");
    refused(&world, &with(&|told| told.claims.answers = Some([0; 32])), "", "other_claims", "an answer");
    refused(&world, &with(&|told| told.size = 1), "", "other_entries", "fewer entries");
    refused(&world, &with(&|told| told.size = 3), "", "entries_lost", "more entries");
    refused(&world, &with(&|told| told.size = u64::MAX), "", "entries_lost", "many more entries");
    refused(&world, &with(&|told| told.origin = "other".to_owned()), "", "bad_signature", "another origin");
}

#[test]
fn what_unpacks_to_very_much_is_refused_before_it_is_held() {
    let world = full();
    let text = unpacked(&world, "b");
    let (header, _) = text.split_once('\n').unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let mebibyte = vec![b' '; 1 << 20];
    for _ in 0..200 {
        gzip.write_all(&mebibyte).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    refused(&world, &seal(&bomb), "", "bad_backup", "a header without end");
    let behind = [packed(format!("{header}\n").as_bytes()), bomb].concat();
    let message = refused(&world, &seal(&behind), "", "other_entries", "an entry without end");
    assert!(message.contains("line 2"), "{message}");
}

#[test]
fn other_files_are_no_backups() {
    let world = full();
    let tar = [b"../../outside".as_slice(), &[0; 1_011]].concat();
    let zip = [b"PK\x03\x04".as_slice(), &[0; 26], b"../outside", b"PK\x05\x06", &[0; 18]].concat();
    for (what, bytes) in [("a tar file", tar), ("a zip file", zip), ("text", b"text".to_vec()), ("nothing", vec![])] {
        refused(&world, &bytes, "", "damaged", what);
        refused(&world, &packed(&bytes), "", "damaged", what);
        refused(&world, &seal(&packed(&bytes)), "", "bad_backup", what);
    }
    for (name, code, exit) in [("nowhere", "not_found", 1), ("pcs-ledger", "other_kind", 3)] {
        let said = world.run(&format!("--ledger new --format json restore {name}"));
        assert_eq!((said.code, said.error()["code"].as_str()), (exit, Some(code)), "{name}: {said:?}");
    }
    assert!(!Path::new(&world.path("new")).exists());
}
