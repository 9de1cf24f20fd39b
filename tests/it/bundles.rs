//! Audit bundles of random histories: each proves the answer that the ledger gives, and no changed letter is taken.
//!
//! `PCS_TEST_SEEDS` and `PCS_TEST_FIRST_SEED` choose the histories, as for the two folds.

use std::fs;
use std::io::{Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::answers::lines;
use crate::histories::dice::Dice;
use crate::histories::{entries, questions};
use crate::laws;
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;

/// Histories without the variable.
const SEEDS: u64 = 10;
/// Letters that are changed in a bundle.
const CHANGES: usize = 60;

#[test]
fn a_bundle_of_any_history_proves_the_answer_and_no_changed_letter_is_taken() {
    let proved: usize = seeds::on_two_threads(&seeds::asked(SEEDS), prove).into_iter().sum();
    assert!(proved >= 10, "hardly anything was proved: {proved}");
}

/// Exports what can be answered of a seed's questions, and changes it; returns how many there were.
fn prove(seed: u64) -> usize {
    let values = entries(seed, size_of(seed));
    let session = Session::new();
    session.import_entries("pcs-ledger", &lines(&values));
    let key = session.answer(&["key", "show"]);
    let mut proved = 0;
    for question in questions(seed, &values).iter().take(4) {
        let asked = laws::command(question);
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let answer = session.run(&asked);
        let bundle = format!("{proved}.audit");
        let export = [&["audit", "export", "--quiet", "--out", bundle.as_str()], &asked[1..]].concat();
        let made = session.run(&export);
        // What will be known at an instant that has not come is asked, and not proved.
        let is_to_come = question.known_at.as_ref().is_some_and(|at| *at > last_instant(&values));
        let code = if is_to_come { 1 } else { answer.code };
        assert_eq!(made.code, code, "seed {seed}, {question:?}: {}", made.stderr);
        if made.code != 0 {
            continue;
        }
        let verify = ["audit", "verify", bundle.as_str(), "--key", key.trim_end(), "--format", "json"];
        let said: Value = serde_json::from_str(&session.answer(&verify)).unwrap();
        let answers: Vec<Value> = answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(said["answers"], Value::Array(answers), "seed {seed}, {question:?}");
        change_letters(&session, &mut Dice::new(seed, "bundles"), &bundle, key.trim_end());
        proved += 1;
    }
    proved
}

/// The present, or the time of the newest entry when that is later.
fn last_instant(entries: &[Value]) -> String {
    let newest = entries.last().and_then(|entry| entry["recorded_at"].as_str()).unwrap_or_default();
    newest.max("2025-04-05T09:00:00.000000Z").to_owned()
}

/// Changes letters of a bundle, one at a time, with a digest made anew.
fn change_letters(session: &Session, dice: &mut Dice, bundle: &str, key: &str) {
    let mut text = String::new();
    let sealed = fs::read(session.path(bundle)).unwrap();
    MultiGzDecoder::new(sealed.as_slice()).read_to_string(&mut text).unwrap();
    for _ in 0..CHANGES {
        let mut changed = text.clone().into_bytes();
        let at = dice.below(changed.len());
        changed[at] = match dice.below(3) {
            0 => changed[at] ^ 1,
            1 => b'0' + (changed[at] + 1) % 10,
            _ => b' ',
        };
        if changed == text.as_bytes() {
            continue;
        }
        session.write("changed.audit", seal(&changed));
        let ran = session.run(&["audit", "verify", "changed.audit", "--key", key]);
        let place = String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(30)..at]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "behind {place:?}: {}", ran.stderr);
    }
}

/// The bytes of a sealed file (`docs/format.md`).
pub fn seal(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).unwrap();
    let mut bytes = gzip.finish().unwrap();
    let digest = hex::encode(Sha256::digest(&bytes));
    let end = GzBuilder::new().comment(format!("sha256 {digest}")).write(Vec::new(), Compression::default());
    bytes.extend(end.finish().unwrap());
    bytes
}
