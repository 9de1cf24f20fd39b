//! Audit bundles: the true one holds, and every other is refused with the right reason.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use ledger::proof::{SignedCheckpoint, SigningKey};
use ledger::{LedgerKey, Reader, read_key};
use sha2::{Digest as _, Sha256};

use super::{CUSTOMER, PARTNER, World};

mod explained;
mod histories;
mod instants;
mod refusals;

/// The days of the three imports of [`world`].
const DAYS: [&str; 3] = ["2025-02-01", "2025-02-02", "2025-02-03"];
const ASKED: &str = "--as-of 2025-02-28 --known-at 2025-02-02";

fn event(number: u32, partner: &str, fields: &str) -> String {
    format!(r#"{{"id":"00000000-0000-4000-8000-{number:012}","partner":"{partner}",{fields}}}"#)
}

/// A ledger of three partners, filled on three days.
fn world() -> World {
    filled(World::with_ledger(), "40")
}

/// The ledger of [`world`] with another number of active users.
fn filled(world: World, users: &str) -> World {
    let linked = |person: &str| {
        format!(
            r#""type":"certification_linked","effective_at":"2025-01-09","person":"{person}","certification":"MS-700""#
        )
    };
    let usage = |month: &str| {
        format!(
            r#""type":"usage_reported","month":"{month}","customer":"{CUSTOMER}","product":"Exchange","metric":"active_users","value":"{users}""#
        )
    };
    let days = [
        [event(1, PARTNER, &linked("p1")), event(2, "other", &linked("p9")), event(3, PARTNER, &usage("2025-01"))],
        [event(4, PARTNER, &linked("p2")), event(5, "other", &usage("2025-01")), event(6, "third", &linked("p8"))],
        [event(7, PARTNER, &linked("p3")), event(8, "other", &usage("2025-02")), event(9, PARTNER, &usage("2025-02"))],
    ];
    for (day, events) in DAYS.iter().zip(days) {
        world.write("events.jsonl", &events.join("\n"));
        assert_eq!(world.run(&format!("import events.jsonl --now {day}T09:00:00Z")).code, 0);
    }
    world
}

fn export(world: &World, partner: &str, asked: &str, file: &str) {
    let said = world.run(&format!("audit export --partner {partner} {asked} --out {file}"));
    assert_eq!(said.code, 0, "{said:?}");
}

fn key(world: &World) -> String {
    world.run("key show").stdout.trim_end().to_owned()
}

/// The lines of a bundle.
fn lines(world: &World, file: &str) -> Vec<String> {
    let bytes = std::fs::read(world.path(file)).unwrap();
    let mut text = String::new();
    MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Writes a bundle of these lines with a digest of its own, as somebody without a key can.
fn seal(world: &World, file: &str, lines: &[String]) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for line in lines {
        writeln!(gzip, "{line}").unwrap();
    }
    let mut bytes = gzip.finish().unwrap();
    let comment = format!("sha256 {:x}", Sha256::digest(&bytes));
    let end = GzBuilder::new().comment(comment).write(Vec::new(), Compression::default());
    bytes.extend(end.finish().unwrap());
    std::fs::write(world.path(file), bytes).unwrap();
}

/// The code with which a bundle is refused, or `holds`.
fn judged(world: &World, file: &str, more: &str) -> String {
    let said = world.run(&format!("audit verify {file} {more} --format json"));
    if said.code == 0 {
        return "holds".to_owned();
    }
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.stdout.is_empty(), "{said:?}");
    said.error()["code"].as_str().unwrap().to_owned()
}

/// The parts of a bundle of one area.
const STATEMENT: usize = 0;
const ANSWER: usize = 1;
const EVIDENCE: usize = 2;
const ENTRIES: usize = 3;
const ONE_AREA: &str = "--as-of 2025-02-28 --known-at 2025-02-02 --area modern_work";

#[test]
fn a_bundle_holds_anywhere_and_has_the_answer_that_the_ledger_gave() {
    let world = world();
    export(&world, PARTNER, ASKED, "b.audit");
    let elsewhere = World::empty();
    std::fs::copy(world.path("b.audit"), elsewhere.path("b.audit")).unwrap();
    let said = elsewhere.run(&format!("audit verify b.audit --key {} --format json", key(&world)));
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    let answers = world.run(&format!("score --partner {PARTNER} {ASKED} --format json")).stdout;
    let answers: Vec<&str> = answers.lines().collect();
    assert!(said.stdout.ends_with(&format!("\"answers\":[{}]}}\n", answers.join(","))), "{}", said.stdout);
    assert_eq!(lines(&world, "b.audit")[1..7], answers);
    let told: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&told["size"], &told["entries"], &told["key_is_trusted"]), (&6.into(), &3.into(), &true.into()));
    let text = elsewhere.run("audit verify b.audit");
    assert_eq!(text.code, 0);
    assert!(text.stdout.contains("3 entries of 6 are in the tree of pcs-ledger, and none was left out"));
    assert!(text.stderr.contains("the key was not compared"), "{}", text.stderr);
    // What comes later changes nothing, and nothing of other partners is in it.
    assert!(!lines(&world, "b.audit").iter().any(|line| line.contains("\"partner\":\"other\"")));
    let later = world.run(&format!("audit export --partner {PARTNER} {ASKED} --out again.audit"));
    assert_eq!(later.code, 0);
    assert_eq!(world.read_bytes("again.audit"), world.read_bytes("b.audit"), "the same question, the same bytes");
}

#[test]
fn every_flipped_byte_and_every_cut_of_a_bundle_is_noticed() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let whole = world.read_bytes("b.audit");
    let ends = (0..200).chain(whole.len() - 200..whole.len());
    for at in ends.chain((200..whole.len() - 200).step_by(97)) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(world.path("c.audit"), changed).unwrap();
        assert_eq!(judged(&world, "c.audit", ""), "damaged", "byte {at}");
    }
    for len in [0, 1, 99, whole.len() / 2, whole.len() - 1] {
        std::fs::write(world.path("c.audit"), &whole[..len]).unwrap();
        assert_eq!(judged(&world, "c.audit", ""), "damaged", "{len} bytes");
    }
    std::fs::write(world.path("c.audit"), [whole.as_slice(), b"\n"].concat()).unwrap();
    assert_eq!(judged(&world, "c.audit", ""), "damaged", "a byte more");
}

pub(super) fn replace(line: &mut String, from: &str, to: &str) {
    assert!(line.contains(from), "{from} is not in {line}");
    *line = line.replacen(from, to, 1);
}

#[test]
fn evidence_of_another_bundle_is_refused() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let whole = lines(&world, "b.audit");
    let evidence = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
    let with = |field: &str, value: &serde_json::Value| {
        let mut changed = whole.clone();
        let mut own = evidence(&whole[EVIDENCE]);
        own[field] = value.clone();
        changed[EVIDENCE] = own.to_string();
        seal(&world, "c.audit", &changed);
        judged(&world, "c.audit", "")
    };
    // Of another partner, at the same instant.
    export(&world, "other", ONE_AREA, "other.audit");
    let other = evidence(&lines(&world, "other.audit")[EVIDENCE]);
    assert_eq!(with("partner_path", &other["partner_path"]), "entries_left_out");
    assert_eq!(with("between", &other["between"]), "other_root");
    assert_eq!(with("checkpoint", &other["checkpoint"]), "other_statement");
    // Of the same partner, a day earlier, and of no bundle.
    let earlier = "--as-of 2025-02-28 --known-at 2025-02-01 --area modern_work";
    export(&world, PARTNER, earlier, "earlier.audit");
    let older = evidence(&lines(&world, "earlier.audit")[EVIDENCE]);
    assert_eq!(with("checkpoint", &older["checkpoint"]), "older_checkpoint");
    for size in [3, 6, 9] {
        let plain = world.run(&format!("checkpoint --size {size}")).stdout;
        assert_eq!(with("checkpoint", &plain.into()), "other_checkpoint");
    }
}

#[test]
fn a_forger_with_all_entries_but_without_the_key_cannot_leave_one_out() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let mut changed = lines(&world, "b.audit");
    let left_out = changed.remove(ENTRIES + 1);
    assert!(left_out.contains("\"seq\":2,"));
    // The hashes between the entries that are left are made anew, from the whole ledger.
    let between = Reader::open(&world.path("pcs-ledger")).unwrap().prove_entries(6, &[0, 3]).unwrap();
    let mut evidence: serde_json::Value = serde_json::from_str(&changed[EVIDENCE]).unwrap();
    evidence["between"] = STANDARD.encode(between.as_flattened()).into();
    changed[EVIDENCE] = evidence.to_string();
    seal(&world, "c.audit", &changed);
    assert_eq!(judged(&world, "c.audit", ""), "entries_left_out");
}

#[test]
fn a_bundle_that_another_key_signed_is_refused_by_whoever_has_a_key() {
    let world = world();
    let trusted = key(&world);
    let forger = SigningKey::generate("pcs-ledger").unwrap();
    forger.write_new(&world.path("forged")).unwrap();
    std::fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    let said = world.run(&format!("audit export --partner {PARTNER} {ONE_AREA} --out b.audit --key-file forged"));
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(judged(&world, "b.audit", ""), "holds");
    assert_eq!(judged(&world, "b.audit", &format!("--key {}", forger.verifier())), "holds");
    assert_eq!(judged(&world, "b.audit", &format!("--key {trusted}")), "other_key");
    let said = world.run(&format!("audit verify b.audit --key {trusted}"));
    assert!(!said.stderr.contains("key show"), "an auditor has no ledger: {said:?}");
    // Saying that the trusted key signed does not help.
    let mut changed = lines(&world, "b.audit");
    replace(&mut changed[EVIDENCE], &forger.verifier().to_string(), &trusted);
    seal(&world, "c.audit", &changed);
    assert_eq!(judged(&world, "c.audit", &format!("--key {trusted}")), "bad_signature");
}

#[test]
fn whoever_trusts_an_older_key_can_follow_its_changes() {
    let world = world();
    let first = key(&world);
    export(&world, PARTNER, ONE_AREA, "first.audit");
    assert_eq!(world.run("key rotate --now 2025-02-04T09:00:00Z").code, 0);
    let second = key(&world);
    assert_eq!(world.run("key rotate --now 2025-02-05T09:00:00Z").code, 0);
    let third = key(&world);
    // The changes came after what is asked, and within it.
    for (file, asked) in
        [("b.audit", ONE_AREA), ("c.audit", "--as-of 2025-02-28 --known-at 2025-02-04 --area security")]
    {
        export(&world, PARTNER, asked, file);
        for key in [&first, &second, &third] {
            assert_eq!(judged(&world, file, &format!("--key {key}")), "holds", "{file} {key}");
        }
    }
    let says = |key: &str| world.run(&format!("audit verify b.audit --key {key}")).stdout;
    let follows = format!("it follows the key {first}: each change is in the bundle, signed by the key before\n");
    assert!(says(&first).contains(&follows), "{}", says(&first));
    assert!(says(&third).starts_with(&format!("holds: signed by {third}, which is trusted\n  3 entries")));
    assert_eq!(judged(&world, "first.audit", &format!("--key {first}")), "holds");
    assert_eq!(judged(&world, "first.audit", &format!("--key {third}")), "other_key");
    let said = world.run(&format!("audit verify first.audit --key {third}")).stderr;
    assert!(
        said.contains("no changes of key in the bundle lead from the trusted key to the one that signed"),
        "{said}"
    );
    // A change of key is one of the entries that hold for all, and cannot be left out.
    let mut changed = lines(&world, "c.audit");
    assert!(changed.pop().unwrap().contains("key_rotated"));
    seal(&world, "d.audit", &changed);
    assert_eq!(judged(&world, "d.audit", &format!("--key {third}")), "other_root");
}

#[test]
fn a_retired_key_that_was_stolen_signs_no_bundle() {
    let world = world();
    let LedgerKey::Here(old) = read_key(&world.path("pcs-ledger/key")).unwrap() else { panic!("the key is here") };
    assert_eq!(world.run("key rotate --now 2025-02-04T09:00:00Z").code, 0);
    for (asked, file) in
        [(ONE_AREA, "before.audit"), ("--as-of 2025-02-28 --known-at 2025-02-04 --area security", "behind.audit")]
    {
        export(&world, PARTNER, asked, file);
        let mut changed = lines(&world, file);
        let mut evidence: serde_json::Value = serde_json::from_str(&changed[EVIDENCE]).unwrap();
        let signed = SignedCheckpoint::parse(evidence["checkpoint"].as_str().unwrap()).unwrap();
        evidence["checkpoint"] = signed.checkpoint().clone().sign(&old).to_string().into();
        evidence["key"] = old.verifier().to_string().into();
        changed[EVIDENCE] = evidence.to_string();
        seal(&world, "c.audit", &changed);
        assert_eq!(judged(&world, "c.audit", &format!("--key {}", old.verifier())), "other_key", "{file}");
    }
}

#[test]
fn adopted_and_given_rules_are_told_apart() {
    let world = world();
    let rules = projection::rulebook::Rulebook::builtin().text().replacen("builtin-2026-11", "ours", 1);
    world.write("ours.toml", &rules);
    assert_eq!(world.run("rulebook adopt ours.toml --effective-at 2025-01-01 --now 2025-02-04T09:00:00Z").code, 0);
    let adopted = "--as-of 2025-02-28 --known-at 2025-02-04 --area modern_work";
    for (file, asked, source) in [
        ("before.audit", ONE_AREA.to_owned(), "builtin"),
        ("adopted.audit", adopted.to_owned(), "adopted"),
        ("given.audit", format!("{adopted} --rulebook ours.toml"), "given"),
    ] {
        export(&world, PARTNER, &asked, file);
        let said = world.run(&format!("audit verify {file} --format json"));
        let told: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(told["rulebook"]["source"], source, "{said:?}");
        assert_eq!(world.run(&format!("audit verify {file}")).code, 0);
    }
    // Whoever leaves the adoption out must change the entries, and whoever denies it is found by them.
    let mut changed = lines(&world, "adopted.audit");
    let builtin = lines(&world, "before.audit");
    let from = changed[STATEMENT].find("\"rulebook\":").unwrap();
    let rules = builtin[STATEMENT].get(builtin[STATEMENT].find("\"rulebook\":").unwrap()..).unwrap();
    changed[STATEMENT].replace_range(from.., rules);
    seal(&world, "c.audit", &changed);
    assert_eq!(judged(&world, "c.audit", ""), "other_rulebook");
    let mut changed = lines(&world, "adopted.audit");
    replace(&mut changed[STATEMENT], "\"seq\":9", "\"seq\":8");
    seal(&world, "c.audit", &changed);
    assert_eq!(judged(&world, "c.audit", ""), "other_rulebook");
}

#[test]
fn witnesses_that_are_asked_for_must_have_seen_the_same_history() {
    let world = world();
    for name in ["w1", "w2"] {
        assert_eq!(world.run(&format!("key make {name} --out {name}")).code, 0);
    }
    let cosigner = |name: &str| match read_key(&world.path(name)).unwrap() {
        LedgerKey::Here(key) => key.cosigner(),
        LedgerKey::Elsewhere(key) => key,
    };
    let (w1, w2) = (cosigner("w1"), cosigner("w2"));
    export(&world, PARTNER, ONE_AREA, "alone.audit");
    assert_eq!(judged(&world, "alone.audit", &format!("--witness {w1}")), "not_witnessed");
    // Seen before what is asked, at it, and after it.
    for size in [3, 6, 9] {
        world.write("note", &world.run(&format!("checkpoint --size {size}")).stdout);
        assert_eq!(world.run("witness add --witness-key w1 --checkpoint note").code, 0);
        let file = format!("{size}.audit");
        export(&world, PARTNER, ONE_AREA, &file);
        assert_eq!(judged(&world, &file, &format!("--witness {w1}")), "holds", "{size}");
        assert_eq!(judged(&world, &file, &format!("--witness {w1} --witness {w2}")), "not_witnessed", "{size}");
        if size == 6 {
            let said = world.run(&format!("audit verify {file} --witness {w1}"));
            assert!(said.stdout.contains("of the same history as the 6 entries seen by w1\n"), "{said:?}");
            let said = world.run(&format!("audit verify {file}"));
            assert!(said.stdout.contains("w1 (not checked"), "{said:?}");
        }
    }
    let changed = |change: fn(&mut String)| {
        let mut changed = lines(&world, "3.audit");
        change(&mut changed[EVIDENCE]);
        seal(&world, "c.audit", &changed);
        judged(&world, "c.audit", &format!("--witness {w1}"))
    };
    assert_eq!(
        changed(|line| replace(
            line,
            "\"growth\":[\"",
            "\"growth\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\""
        )),
        "other_history"
    );
    assert_eq!(
        changed(|line| replace(
            line,
            "\"witnessed\":{\"checkpoint\":\"pcs-ledger\\n3",
            "\"witnessed\":{\"checkpoint\":\"pcs-ledger\\n4"
        )),
        "bad_signature"
    );
}

#[test]
fn a_bundle_is_not_made_for_what_cannot_be_shown() {
    let world = world();
    let refused =
        |line: &str| world.run(&format!("audit export {line} --out b.audit --format json")).error()["code"].clone();
    assert_eq!(refused(&format!("--partner nobody {ASKED}")), "unknown_partner");
    assert_eq!(refused(&format!("--partner {PARTNER} --as-of 2020-01-01")), "before_program");
    assert_eq!(refused(&format!("--partner {PARTNER} {ASKED} --rulebook nothing.toml")), "not_found");
    assert!(!world.path("b.audit").exists() && !world.path("b.audit.unfinished").exists());
    world.write("b.audit", "mine");
    assert_eq!(world.run(&format!("audit export --partner {PARTNER} {ASKED} --out b.audit")).code, 1);
    assert_eq!(world.read("b.audit"), "mine");
    assert_eq!(world.run("audit verify nothing.audit").code, 1);
    std::fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    assert_eq!(refused(&format!("--partner {PARTNER} {ASKED}")), "no_key");
}
