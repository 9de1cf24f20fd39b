//! Bytes that nobody wrote: event lines, entries, frames, notes and keys, changed at random. Nothing panics, hangs, or
//! takes more memory than the bytes can be worth.
//!
//! `PCS_TEST_FUZZ` is how many changed inputs each target gets.

use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;

use crate::disk::memory::MemoryDisk;
use crate::disk::{Audience, Volume};
use crate::entry::Entry;
use crate::log::cursor::Cursor;
use crate::log::frame::{self, HEADER_LEN, MAX_ENTRY_BYTES, MAX_RAW_BYTES};
use crate::log::lines;
use crate::log::segment::Place;
use crate::proof::{SignedCheckpoint, SigningKey, VerifierKey};

use crate::testing::{at, churn, lines as lines_of};
use crate::{canonical_event, parse_event};

/// How many inputs each target gets when the variable is not set.
const INPUTS: usize = 20_000;

/// What is put into an input: what parsers trip over.
const PIECES: [&[u8]; 14] = [
    b"\"",
    b"\\",
    b"{",
    b"[",
    b"\0",
    b"\xFF",
    b"\xF5PCF",
    b"\\ud800",
    b"1e999",
    b"-0",
    b"\n",
    b"\r\n",
    b"\xE2\x80\x94",
    b"\x1b[31m",
];

/// An input made of another one by a few changes.
fn changed(input: &[u8], numbers: &mut Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=numbers.usize(..4) {
        let at = numbers.usize(..=bytes.len());
        let end = at + numbers.usize(..=bytes.len() - at);
        match numbers.usize(..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
            3 => bytes.splice(at..at, PIECES[numbers.usize(..PIECES.len())].iter().copied()).for_each(drop),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << numbers.usize(..8);
                }
            }
        }
    }
    bytes
}

fn each(corpus: &[Vec<u8>], check: &mut dyn FnMut(&[u8])) {
    let inputs = std::env::var("PCS_TEST_FUZZ").ok().map_or(INPUTS, |inputs| inputs.parse().unwrap());
    let mut numbers = Rng::with_seed(0xF022);
    for _ in 0..inputs {
        check(&changed(&corpus[numbers.usize(..corpus.len())], &mut numbers));
    }
}

fn corpus() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (_dir, mut ledger) = crate::testing::ledger();
    let shown = concat!(
        r#"{"type":"score_published","partner":"c","effective_at":"2025-03-01","area":"security","points":"62.50","#,
        r#""metrics":{"deployments":8,"net_customer_adds":"20.0"}}"#
    );
    let shown = parse_event(shown, || Some(crate::testing::id(4))).unwrap();
    let events = [churn(1, "a"), crate::testing::request(2, "b", 7), crate::testing::adopt(3, "[rules]"), shown];
    ledger.append(&events, at(0)).unwrap();
    let lines = lines_of(&ledger.reader());
    (
        events.iter().map(|event| canonical_event(event).into_bytes()).collect(),
        lines.into_iter().map(String::into_bytes).collect(),
    )
}

#[test]
fn changed_lines_are_refused_or_are_events_with_one_canonical_form() {
    let (events, entries) = corpus();
    let mut taken = 0;
    each(&events, &mut |bytes| {
        if let Ok(line) = std::str::from_utf8(bytes)
            && let Ok(event) = parse_event(line, || None)
        {
            let canonical = canonical_event(&event);
            assert_eq!(parse_event(&canonical, || None).unwrap(), event, "{line}");
            taken += 1;
        }
    });
    assert!(taken > 0, "the changes are too many");
    each(&entries, &mut |bytes| {
        if let Ok(line) = std::str::from_utf8(bytes)
            && let Ok(entry) = Entry::parse(line)
        {
            assert_eq!(crate::canonical_entry(entry.seq, entry.recorded_at, &entry.event), line);
        }
    });
}

#[test]
fn changed_frames_are_no_frames_or_have_the_lines_that_they_say() {
    let (_, entries) = corpus();
    let text = entries.join(&b'\n');
    let mut header = [0; HEADER_LEN];
    let frames: Vec<Vec<u8>> = [text.clone(), zstd::bulk::compress(&text, 1).unwrap()]
        .into_iter()
        .zip([0, 1])
        .map(|(payload, codec)| {
            header[..8].copy_from_slice(&[0xF5, b'P', b'C', b'F', 1, codec, 1, 0]);
            header[40..44].copy_from_slice(&3_u32.to_le_bytes());
            header[44..48].copy_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
            header[48..52].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
            [&header[..], &payload].concat()
        })
        .collect();
    let mut whole = 0;
    each(&frames, &mut |bytes| {
        let mut bytes = bytes.to_vec();
        // The checksum is made again, as an attacker would. A later frame is looked for too.
        if let Some((head, payload)) = bytes.split_at_mut_checked(HEADER_LEN) {
            let crc = crc32c::crc32c_append(crc32c::crc32c(&head[..HEADER_LEN - 4]), payload);
            head[HEADER_LEN - 4..].copy_from_slice(&crc.to_le_bytes());
        }
        let disk = MemoryDisk::default();
        let file = Volume::new(Arc::new(disk)).create_new(Path::new("/f"), Audience::Owner).unwrap();
        file.write(&bytes, 0).unwrap();
        let mut cursor = Cursor::new(file, Place { segment: 0, offset: 0 }).unwrap();
        while let Some((place, header)) = cursor.next_whole().unwrap() {
            assert!(
                header.raw_len as usize <= MAX_RAW_BYTES || (header.count == 1 && header.raw_len <= MAX_ENTRY_BYTES)
            );
            if let Ok(lines) = lines::decode(&header, place, cursor.payload()) {
                assert_eq!(lines.iter().count(), header.count as usize);
                whole += 1;
            }
        }
    });
    assert!(whole > 0, "the changes are too many");
    // Four gigabytes of many lines are refused before a byte of them is unpacked.
    header[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(frame::parse(&header), None);
}

#[test]
fn changed_notes_and_keys_are_refused_or_mean_what_they_meant() {
    let key = SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap();
    let (_dir, ledger) = crate::testing::ledger();
    let mut note = ledger.reader().checkpoint("example.com/ledger", 0).unwrap().sign(&key);
    note.cosign(&SigningKey::of_secret("witness", &[2; 32]).unwrap(), 1_000);
    each(&[note.to_string().into_bytes()], &mut |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(changed) = SignedCheckpoint::parse(text)
            && changed.verify(&key.verifier()).is_ok()
        {
            assert_eq!(changed.checkpoint().text(), note.checkpoint().text(), "another text under the same signature");
        }
    });
    let keys = [key.to_text(), key.verifier().to_string(), key.cosigner().to_string()].map(String::into_bytes);
    each(&keys, &mut |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            drop((VerifierKey::parse(text), SigningKey::parse(text)));
        }
    });
}
