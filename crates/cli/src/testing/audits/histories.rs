//! Keys and checkpoints in bundles that are of another history, or of none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{Checkpoint, Rotation, SignedCheckpoint, SigningKey, VerifierKey};
use ledger::{Event, Fact, LedgerKey, Reader, Timestamp, When, canonical_entry, read_key};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ENTRIES, EVIDENCE, ONE_AREA, PARTNER, export, filled, judged, key, lines, seal, world};
use crate::testing::World;

/// The key that signs for the ledger of a world.
pub(super) fn signing_key(world: &World) -> SigningKey {
    let LedgerKey::Here(key) = read_key(&world.path("pcs-ledger/key")).unwrap() else { panic!("the key is here") };
    key
}

/// The lines of a bundle of one area with a changed checkpoint, signed as only the owner of the key can.
pub(super) fn re_signed(world: &World, mut lines: Vec<String>, change: &dyn Fn(&mut Checkpoint)) -> Vec<String> {
    let stated = lines[..EVIDENCE].join("\n") + "\n";
    with_evidence(&mut lines, &|evidence| {
        let signed = SignedCheckpoint::parse(evidence["checkpoint"].as_str().unwrap()).unwrap();
        let mut told = signed.checkpoint().clone();
        told.claims.answers = Some(Sha256::digest(stated.as_bytes()).into());
        change(&mut told);
        evidence["checkpoint"] = told.sign(&signing_key(world)).to_string().into();
    });
    lines
}

/// Changes the evidence; what becomes null is left out.
fn with_evidence(lines: &mut [String], change: &dyn Fn(&mut Value)) {
    let mut evidence: Value = serde_json::from_str(&lines[EVIDENCE]).unwrap();
    change(&mut evidence);
    evidence.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    lines[EVIDENCE] = evidence.to_string();
}

fn reader(world: &World) -> Reader {
    Reader::open(&world.path("pcs-ledger")).unwrap()
}

fn each(hashes: &[[u8; 32]]) -> Value {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

/// The entry by which a stranger says that the ledger's key follows one of the stranger's own.
fn foreign_rotation(world: &World, stranger: &SigningKey, seq: u64) -> String {
    let reader = reader(world);
    let mut checkpoint = reader.checkpoint("pcs-ledger", seq.min(reader.size())).unwrap();
    checkpoint.size = seq;
    let at = Timestamp::parse("2025-02-04").unwrap();
    let to = VerifierKey::parse(&key(world)).unwrap();
    let fact = Fact::KeyRotated(Box::new(Rotation::sign(checkpoint, stranger, &to)));
    let id = ledger::EventId(uuid::Uuid::from_u128(77));
    let event = Event { id, partner: None, location: None, when: When::At(at), fact, note: None, source: None };
    canonical_entry(seq, at, &event)
}

#[test]
fn a_change_of_key_that_is_no_entry_of_the_ledger_makes_no_strangers_checkpoint_count() {
    let world = world();
    let stranger = SigningKey::of_secret("pcs-ledger", &[5; 32]).unwrap();
    let witness = SigningKey::of_secret("w", &[6; 32]).unwrap();
    // What witnesses saw, as the stranger has it: more entries than the ledger has, which nobody ever saw.
    let mut cosigned = Checkpoint { size: 6, ..reader(&world).checkpoint("pcs-ledger", 6).unwrap() }.sign(&stranger);
    cosigned.cosign(&witness, 1);
    let witnessed = json!({"checkpoint": cosigned.to_string(), "growth": []});
    export(&world, PARTNER, ONE_AREA, "alone.audit");
    assert_eq!(world.run("key rotate --now 2025-02-04T09:00:00Z").code, 0);
    export(&world, PARTNER, ONE_AREA, "rotated.audit");
    for (file, is_rotated) in [("alone.audit", false), ("rotated.audit", true)] {
        let judge = |change: &dyn Fn(&mut Value)| {
            let mut changed = lines(&world, file);
            with_evidence(&mut changed, change);
            seal(&world, "c.audit", &changed);
            judged(&world, "c.audit", &format!("--key {}", lines_key(&changed)))
        };
        assert_eq!(judge(&|_| {}), "holds", "{file}");
        let foreign = foreign_rotation(&world, &stranger, if is_rotated { 12 } else { 9 });
        let add = |evidence: &mut Value| evidence["rotations"].as_array_mut().unwrap().push(foreign.clone().into());
        assert_eq!(judge(&add), "foreign_rotation", "{file}");
        let both = |evidence: &mut Value| {
            add(evidence);
            evidence["witnessed"] = witnessed.clone();
        };
        assert_eq!(judge(&both), "foreign_rotation", "{file}");
        assert_eq!(judge(&|evidence| evidence["witnessed"] = witnessed.clone()), "bad_signature", "{file}");
        if is_rotated {
            assert_eq!(judge(&|evidence| evidence["rotated"] = Value::Null), "foreign_rotation");
            assert_eq!(judge(&|evidence| evidence["rotations"] = json!([])), "bad_bundle");
            assert_eq!(judge(&|evidence| evidence["rotations"] = json!([foreign])), "foreign_rotation");
            let growth = |evidence: &mut Value| evidence["rotated"]["link"]["growth"] = json!([]);
            assert_eq!(judge(&growth), "other_history");
        }
    }
}

/// The key that a bundle names.
fn lines_key(lines: &[String]) -> String {
    let evidence: Value = serde_json::from_str(&lines[EVIDENCE]).unwrap();
    evidence["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_change_of_key_that_a_stranger_recorded_is_passed_over() {
    let world = world();
    let first = key(&world);
    assert_eq!(world.run("key rotate --now 2025-02-04T09:00:00Z").code, 0);
    let stranger = SigningKey::of_secret("pcs-ledger", &[5; 32]).unwrap();
    let foreign: Value = serde_json::from_str(&foreign_rotation(&world, &stranger, 10)).unwrap();
    world.write("foreign.jsonl", &foreign["event"].to_string());
    let imported = world.run("import foreign.jsonl --now 2025-02-05");
    assert_eq!(imported.code, 0, "{imported:?}");
    export(&world, PARTNER, ONE_AREA, "b.audit");
    assert_eq!(judged(&world, "b.audit", &format!("--key {first}")), "holds", "the true change is in it");
    assert_eq!(judged(&world, "b.audit", &format!("--key {}", stranger.verifier())), "other_key");
    // Of more entries than there were before its change, no key that was retired signs.
    let signed = |key: &SigningKey, size: u64| {
        world.write("note", &reader(&world).checkpoint("pcs-ledger", size).unwrap().sign(key).to_string());
        world.run("verify --checkpoint note --format json")
    };
    assert_eq!(signed(&stranger, 11).error()["code"], "bad_signature");
    assert_eq!(signed(&signing_key(&world), 11).code, 0);
}

#[test]
fn a_retired_key_signs_no_cosigned_checkpoint_of_more_entries_than_it_had() {
    let world = world();
    let old = signing_key(&world);
    assert_eq!(world.run("key rotate --now 2025-02-04T09:00:00Z").code, 0);
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let judge = |size: u64| {
        let mut cosigned = reader(&world).checkpoint("pcs-ledger", size).unwrap().sign(&old);
        cosigned.cosign(&SigningKey::of_secret("w", &[6; 32]).unwrap(), 1);
        let growth = each(&reader(&world).prove_growth(size, 6).unwrap());
        let mut changed = lines(&world, "b.audit");
        with_evidence(&mut changed, &|evidence| {
            evidence["witnessed"] = json!({"checkpoint": cosigned.to_string(), "growth": growth});
        });
        seal(&world, "c.audit", &changed);
        judged(&world, "c.audit", &format!("--key {}", old.verifier()))
    };
    assert_eq!((judge(9).as_str(), judge(10).as_str()), ("holds", "bad_signature"));
}

#[test]
fn a_history_that_the_keys_owner_wrote_anew_is_found_by_a_kept_checkpoint() {
    let world = world();
    for size in [0, 3, 6, 9] {
        world.write(&format!("{size}.kept"), &world.run(&format!("checkpoint --size {size}")).stdout);
    }
    let rewritten = World::with_ledger();
    std::fs::copy(world.path("pcs-ledger/key"), rewritten.path("pcs-ledger/key")).unwrap();
    // Whoever has the key need not have it remember.
    std::fs::remove_file(rewritten.path("pcs-ledger/key.signed")).unwrap();
    let rewritten = filled(rewritten, "41");
    for size in [0, 3, 6, 9] {
        std::fs::copy(world.path(&format!("{size}.kept")), rewritten.path(&format!("{size}.kept"))).unwrap();
    }
    let trusted = key(&world);
    for size in [0, 3, 6, 9] {
        let kept = format!("--checkpoint {size}.kept");
        let file = format!("{size}.audit");
        export(&world, PARTNER, &format!("{ONE_AREA} {kept}"), &file);
        assert_eq!(judged(&world, &file, &format!("--key {trusted} {kept}")), "holds", "{size}");
        let said = world.run(&format!("audit verify {file} --key {trusted} {kept}"));
        let shown = format!("of the same history as the {size} entries of the checkpoint that was kept\n");
        assert!(said.stdout.contains(&shown), "{said:?}");
        // The owner proves what is proved of the other history, and lies about none of its own.
        let made = rewritten.run(&format!("audit export --partner {PARTNER} {ONE_AREA} {kept} --out no.audit"));
        assert_eq!(made.code, if size == 0 { 0 } else { 3 }, "{made:?}");
        rewritten.write("own.kept", &rewritten.run(&format!("checkpoint --size {size}")).stdout);
        let own = format!("{size}.audit");
        export(&rewritten, PARTNER, &format!("{ONE_AREA} --checkpoint own.kept"), &own);
        assert_eq!(judged(&rewritten, &own, &format!("--key {trusted}")), "holds", "alone it looks well");
        let code = judged(&rewritten, &own, &format!("--key {trusted} {kept}"));
        assert_eq!(code, if size == 0 { "holds" } else { "other_history" }, "{size}");
    }
    let json = world.run(&format!("audit verify 9.audit --key {trusted} --checkpoint 9.kept --format json"));
    assert!(json.stdout.contains("\"kept_size\":9"), "{json:?}");
    // Sizes that the bundle says nothing of, other keys, other names, and files that are none.
    assert_eq!(judged(&world, "6.audit", "--checkpoint 3.kept"), "not_linked");
    let stranger = SigningKey::of_secret("pcs-ledger", &[5; 32]).unwrap();
    let own = reader(&world).checkpoint("pcs-ledger", 6).unwrap();
    world.write("stranger.kept", &own.clone().sign(&stranger).to_string());
    assert_eq!(judged(&world, "6.audit", "--checkpoint stranger.kept"), "bad_signature");
    let other_name = Checkpoint { origin: "other".to_owned(), ..own.clone() };
    world.write("other.kept", &other_name.sign(&signing_key(&world)).to_string());
    assert_eq!(judged(&world, "6.audit", "--checkpoint other.kept"), "bad_signature");
    let mut other_claims = own;
    other_claims.claims.partners = Some([1; 32]);
    world.write("claims.kept", &other_claims.sign(&signing_key(&world)).to_string());
    assert_eq!(judged(&world, "6.audit", "--checkpoint claims.kept"), "other_history");
    world.write("no.kept", "no note");
    assert_eq!(judged(&world, "6.audit", "--checkpoint no.kept"), "bad_note");
    assert_eq!(world.run("audit verify 6.audit --checkpoint nowhere").code, 1);
}

#[test]
fn a_kept_checkpoint_is_shown_by_what_a_witness_saw_too() {
    let world = world();
    assert_eq!(world.run("key make w1 --out w1").code, 0);
    world.write("9.kept", &world.run("checkpoint").stdout);
    assert_eq!(world.run("witness add --witness-key w1").code, 0);
    export(&world, PARTNER, ONE_AREA, "b.audit");
    assert_eq!(judged(&world, "b.audit", "--checkpoint 9.kept"), "holds");
}

#[test]
fn what_nothing_in_a_bundle_needs_or_covers_is_refused() {
    let world = world();
    world.write("3.kept", &world.run("checkpoint --size 3").stdout);
    export(&world, PARTNER, &format!("{ONE_AREA} --checkpoint 3.kept"), "b.audit");
    let plain = |size| reader(&world).checkpoint("pcs-ledger", size).unwrap().sign(&signing_key(&world)).to_string();
    let judge = |change: &dyn Fn(&mut Value)| {
        let mut changed = lines(&world, "b.audit");
        with_evidence(&mut changed, change);
        seal(&world, "c.audit", &changed);
        judged(&world, "c.audit", "")
    };
    let signed_too = |note: &str| {
        let stranger = SigningKey::of_secret("stranger", &[5; 32]).unwrap();
        let other = SignedCheckpoint::parse(note).unwrap().checkpoint().clone().sign(&stranger).to_string();
        format!("{note}{}\n", other.lines().last().unwrap())
    };
    assert_eq!(judge(&|_| {}), "holds");
    let more = |evidence: &mut Value| {
        let note = signed_too(evidence["checkpoint"].as_str().unwrap());
        evidence["checkpoint"] = note.into();
    };
    assert_eq!(judge(&more), "bad_note");
    let more = |evidence: &mut Value| {
        let note = signed_too(evidence["kept"]["checkpoint"].as_str().unwrap());
        evidence["kept"]["checkpoint"] = note.into();
    };
    assert_eq!(judge(&more), "bad_note");
    let growth = each(&reader(&world).prove_growth(9, 6).unwrap());
    let unseen = json!({"checkpoint": plain(9), "growth": growth});
    assert_eq!(judge(&|evidence| evidence["witnessed"] = unseen.clone()), "bad_bundle");
    assert_eq!(judge(&|evidence| evidence["kept"]["growth"] = json!([])), "other_history");
    let same = json!({"checkpoint": plain(6), "growth": []});
    assert_eq!(judge(&|evidence| evidence["kept"] = same.clone()), "bad_bundle");
    let cosigner = signing_key(&world).cosigner().to_string();
    assert_eq!(judge(&|evidence| evidence["key"] = cosigner.clone().into()), "bad_bundle");
    let mut changed = lines(&world, "b.audit");
    changed.insert(ENTRIES, String::new());
    seal(&world, "c.audit", &changed);
    assert_eq!(judged(&world, "c.audit", ""), "bad_entry");
}
