//! What `checkpoint`, `prove` and `witness` print holds by the standards, and no lie about it does.
//!
//! Each file is read twice: by [`standards`], which knows the texts of the standards only, and by the crate `ledger`.
//! Without `PCS_TEST_LIES=all` some of the bits are flipped, with it every one.

mod standards;
mod vectors;

use ledger::proof::{EntryProof, GrowthProof, SignedCheckpoint, VerifierKey};
use standards::{Checkpoint, Key, Note, Proof, is_continued, is_included, leaf};

use crate::merkle::root;
use crate::session::Session;

/// The entries of the ledger that is proved.
const ENTRIES: usize = 40;
/// One of so many bits is flipped in the short form.
const STRIDE: usize = 211;

/// A ledger of all sizes, with what it said at each.
struct GrowingLedger {
    session: Session,
    key: String,
    lines: Vec<String>,
    /// The checkpoint that was taken at each size.
    notes: Vec<String>,
}

fn grown(entries: usize) -> GrowingLedger {
    let session = Session::new();
    let key = session.run(&["init", "--quiet", "--origin", "example.com/ledger"]).stdout.trim_end().to_owned();
    let mut notes = vec![session.answer(&["checkpoint"])];
    for number in 0..entries {
        let event = format!(
            r#"{{"type":"customer_churned","partner":"p{}","effective_at":"2025-01-01","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","note":"{}"}}"#,
            number * number % 7,
            "n".repeat(number)
        );
        assert_eq!(session.run_with(&["import", "--quiet"], event.into_bytes()).code, 0);
        notes.push(session.answer(&["checkpoint"]));
    }
    let lines = session.answer(&["export"]).lines().map(str::to_owned).collect();
    GrowingLedger { session, key, lines, notes }
}

impl GrowingLedger {
    fn key(&self) -> Key {
        Key::read(&self.key).expect("a verifier key")
    }

    fn prove(&self, what: &str, number: usize, size: usize) -> String {
        self.session.answer(&["prove", what, &number.to_string(), "--size", &size.to_string()])
    }

    /// The truth about a size, made from the lines.
    fn truth(&self, size: usize) -> Checkpoint {
        let leaves: Vec<&str> = self.lines[..size].iter().map(String::as_str).collect();
        Checkpoint { origin: "example.com/ledger".to_owned(), size: size as u64, root: root(&leaves) }
    }
}

/// Whether both readers take a proof of an entry; they agree.
fn entry_holds(proof: &str, line: &str, key: &str) -> bool {
    let by_standards = || {
        let proof = Proof::of_entry(proof)?;
        let told = Note::read(proof.note)?.checkpoint(&[&Key::read(key)?])?;
        is_included(leaf(line.as_bytes()), proof.number, told.size, &proof.hashes, &told.root).then_some(())
    };
    let by_ledger = || {
        let proof = EntryProof::parse(proof).ok()?;
        proof.checkpoint.verify(&VerifierKey::parse(key).unwrap()).ok()?;
        proof.check(line).ok()
    };
    let (one, other) = (by_standards().is_some(), by_ledger().is_some());
    // The standards leave it open whether lines behind the root must be known.
    assert!(one || !other, "only the ledger's reader takes {proof}");
    other
}

/// Whether both readers take a proof of growth from a checkpoint.
fn growth_holds(proof: &str, older: &str, key: &str) -> bool {
    let by_standards = || {
        let key = Key::read(key)?;
        let (proof, older) = (Proof::of_growth(proof)?, Note::read(older)?.checkpoint(&[&key])?);
        let later = Note::read(proof.note)?.checkpoint(&[&key])?;
        let is_same = older.origin == later.origin && older.size == proof.number;
        (is_same && is_continued((older.size, older.root), (later.size, later.root), &proof.hashes)).then_some(())
    };
    let by_ledger = || {
        let key = VerifierKey::parse(key).unwrap();
        let (proof, older) = (GrowthProof::parse(proof).ok()?, SignedCheckpoint::parse(older).ok()?);
        proof.checkpoint.verify(&key).ok()?;
        older.verify(&key).ok()?;
        proof.check(older.checkpoint()).ok()
    };
    let (one, other) = (by_standards().is_some(), by_ledger().is_some());
    assert_eq!(one, other, "the readers differ about {proof}");
    one
}

/// The texts that differ from one in a single bit: some, or all in the long form.
fn lies(text: &str, salt: usize) -> impl Iterator<Item = String> {
    let is_all = std::env::var_os("PCS_TEST_LIES").is_some();
    let (first, step) = if is_all { (0, 1) } else { (salt * 31 % STRIDE, STRIDE) };
    let bytes = text.as_bytes().to_vec();
    // What is no UTF-8 any more is no text of any of these forms.
    (first..bytes.len() * 8).step_by(step).filter_map(move |bit| {
        let mut lie = bytes.clone();
        lie[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(lie).ok()
    })
}

#[test]
fn a_checkpoint_of_every_size_holds_and_says_later_what_it_said_then() {
    let grown = grown(ENTRIES);
    for size in 0..=ENTRIES {
        let note = &grown.notes[size];
        assert_eq!(Note::read(note).unwrap().checkpoint(&[&grown.key()]), Some(grown.truth(size)));
        let later = grown.session.answer(&["checkpoint", "--size", &size.to_string()]);
        let three = |note: &str| note.lines().take(3).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(three(&later), three(note), "the checkpoint of {size}");
        for lie in lies(note, size) {
            assert!(Note::read(&lie).and_then(|note| note.checkpoint(&[&grown.key()])).is_none(), "{lie}");
            let key = VerifierKey::parse(&grown.key).unwrap();
            assert!(!SignedCheckpoint::parse(&lie).is_ok_and(|note| note.verify(&key).is_ok()), "{lie}");
        }
    }
}

#[test]
fn every_entry_is_proved_at_every_size_and_no_lie_about_it_is() {
    let grown = grown(ENTRIES);
    for size in 1..=ENTRIES {
        for seq in 0..size {
            let (proof, line) = (grown.prove("--seq", seq, size), &grown.lines[seq]);
            assert!(entry_holds(&proof, line, &grown.key), "entry {seq} of {size}");
            for lie in lies(&proof, size + seq) {
                assert!(!entry_holds(&lie, line, &grown.key), "entry {seq} of {size}: {lie}");
            }
            for lie in lies(line, size + 3 * seq) {
                assert!(!entry_holds(&proof, &lie, &grown.key), "entry {seq} of {size}: {lie}");
            }
            let other = &grown.lines[(seq + 1) % ENTRIES];
            assert!(!entry_holds(&proof, other, &grown.key), "entry {seq} of {size} is another");
        }
    }
}

#[test]
fn every_size_continues_every_smaller_one_and_no_lie_about_it_holds() {
    let grown = grown(ENTRIES);
    for size in 0..=ENTRIES {
        for from in 0..=size {
            let (proof, older) = (grown.prove("--from-size", from, size), &grown.notes[from]);
            assert!(growth_holds(&proof, older, &grown.key), "{size} continues {from}");
            for lie in lies(&proof, size + from) {
                assert!(!growth_holds(&lie, older, &grown.key), "{size} continues {from}: {lie}");
            }
            let other = &grown.notes[(from + 1) % (ENTRIES + 1)];
            assert!(!growth_holds(&proof, other, &grown.key), "{size} continues {from} and not another");
        }
    }
}

#[test]
fn cosignatures_hold_at_their_time_and_no_lie_about_them_does() {
    let mut grown = grown(5);
    let made = grown.session.run(&["key", "make", "witness.example", "--out", "w.key", "--quiet"]).stdout;
    let witness = made.trim_end().split_once('\n').unwrap().1.to_owned();
    grown.session.set_clock("2025-05-01T00:00:00.999999Z");
    let note = grown.session.answer(&["witness", "add", "--quiet", "--witness-key", "w.key"]);
    let (log, key) = (grown.key(), Key::read(&witness).unwrap());
    let read = Note::read(&note).unwrap();
    assert_eq!((read.checkpoint(&[&log, &key]), read.cosigned_at(&key)), (Some(grown.truth(5)), Some(1_746_057_600)));
    assert!(note.starts_with(&grown.notes[5]), "the signature of the ledger stands first");
    let (ledger, cosigner) = (VerifierKey::parse(&grown.key).unwrap(), VerifierKey::parse(&witness).unwrap());
    for lie in lies(&note, 1).chain(lies(&note, 2)).chain(lies(&note, 3)) {
        assert!(Note::read(&lie).and_then(|lie| lie.checkpoint(&[&log, &key])).is_none(), "{lie}");
        let parsed = SignedCheckpoint::parse(&lie);
        let is_taken = parsed.is_ok_and(|note| note.verify(&ledger).is_ok() && note.cosigned_by(&cosigner).is_ok());
        assert!(!is_taken, "{lie}");
    }
    // A proof carries it along.
    let proof = grown.session.answer(&["prove", "--seq", "2"]);
    assert!(entry_holds(&proof, &grown.lines[2], &grown.key));
    let carried = Note::read(Proof::of_entry(&proof).unwrap().note).unwrap().cosigned_at(&key);
    assert_eq!(carried, Some(1_746_057_600));
}
