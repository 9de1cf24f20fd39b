//! What notices damage.

use std::path::Path;

use super::scene::{DIR, Seqs, Specimen, on, signing_key, witness_key};
use crate::disk::memory::{Image, MemoryDisk};
use crate::entry::{Entry, Key};
use crate::error::VerifyError;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::reader::Reader;
use crate::states::Fold as _;
use crate::testing::lines;
use crate::verification::verify_on;

/// What notices damage first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detector {
    Open,
    Answer,
    Verify,
    Nobody,
}

impl Detector {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "opening",
            Self::Answer => "the answer's own check",
            Self::Verify => "`verify`; answers stay",
            Self::Nobody => "harmless: answers stay",
        }
    }
}

/// A whole ledger and its answers.
pub(super) struct WholeLedger {
    answers: Vec<String>,
}

const SEGMENT_BYTES: u64 = 700;

impl WholeLedger {
    pub(super) fn of(scene: &Specimen) -> Self {
        let disk = MemoryDisk::of(scene.image.clone());
        let reader = Reader::open_on(Path::new(DIR), &on(&disk, SEGMENT_BYTES)).unwrap();
        Self { answers: answers(&reader).unwrap() }
    }

    /// Tells what notices that a ledger is not the whole one. The test fails when an answer differs.
    pub(super) fn judge(&self, image: &Image, what: &dyn Fn() -> String) -> Detector {
        let disk = MemoryDisk::of(image.clone());
        let options = on(&disk, SEGMENT_BYTES);
        let Ok(reader) = Reader::open_on(Path::new(DIR), &options) else {
            assert!(verify_on(Path::new(DIR), &options, &mut |_| {}).is_err(), "verify does not notice {}", what());
            assert!(Ledger::open_on(Path::new(DIR), &options, &mut |_| {}).is_err(), "a writer opens with {}", what());
            assert!(same_log(image, &disk.image()), "the log was repaired without a word: {}", what());
            return Detector::Open;
        };
        let Ok(found) = answers(&reader) else {
            return Detector::Answer;
        };
        let verified = verified(image);
        assert!(found == self.answers, "other answers with {}, and verify says {verified:?}", what());
        // A writer goes on after what was there.
        let (ledger, _) = Ledger::open_on(Path::new(DIR), &options, &mut |_| {}).unwrap();
        assert_eq!(lines(&ledger.reader()), lines(&reader), "the writer changed entries with {}", what());
        drop(ledger);
        if verified.is_err() { Detector::Verify } else { Detector::Nobody }
    }
}

/// What `verify` says of a ledger: it compares what is kept of the partners too.
fn verified(image: &Image) -> Result<(), VerifyError> {
    let disk = MemoryDisk::of(image.clone());
    let options = on(&disk, SEGMENT_BYTES);
    verify_on(Path::new(DIR), &options, &mut |_| {})?;
    let reader = Reader::open_on(Path::new(DIR), &options)?;
    for partner in reader.partners(reader.size())? {
        for state in reader.states::<Seqs>(partner.as_str())? {
            let mut seqs = Seqs::default();
            reader.entries(partner.as_str(), state.size)?.iter().for_each(|entry| seqs.push(entry));
            assert_eq!(state.bytes, seqs.to_bytes(), "a state that is not true is believed");
        }
    }
    Ok(())
}

fn same_log(before: &Image, after: &Image) -> bool {
    let log = |image: &Image| -> Vec<_> {
        let segments = image.names.iter().filter(|(path, _)| path.starts_with("/ledger/log"));
        segments.map(|(path, &file)| (path.clone(), image.files[file].clone())).collect()
    };
    log(before) == log(after)
}

/// Every answer of a ledger, as text.
fn answers(reader: &Reader) -> Result<Vec<String>, String> {
    fn failed(error: impl std::fmt::Debug) -> String {
        format!("{error:?}")
    }
    let mut answers = Vec::new();
    let size = reader.size();
    for seq in 0..size {
        answers.push(reader.line(seq).map_err(failed)?);
    }
    answers.push(format!("{:?}", reader.root(size).map_err(failed)?));
    for partner in reader.partners(size).map_err(failed)? {
        answers.push(format!("{partner} {:?}", reader.seqs(partner.as_str(), size).map_err(failed)?));
        answers.push(format!("{:?}", reader.folded::<Seqs>(partner.as_str(), size).map_err(failed)?));
    }
    for line in lines_at_some(&answers, size) {
        let key = Key::event(Entry::read(&line).map_err(failed)?.event.id);
        answers.push(format!("{:?}", reader.find(key, size).map_err(failed)?));
    }
    answers.push(LedgerKey::of(Path::new(DIR), reader).map_err(failed)?.verifier().to_string());
    for note in reader.dir().witnessed().map_err(failed)? {
        note.verify(&signing_key().verifier()).map_err(failed)?;
        note.cosigned_by(&witness_key().cosigner()).map_err(failed)?;
        answers.push(note.checkpoint().text());
    }
    Ok(answers)
}

fn lines_at_some(answers: &[String], size: u64) -> Vec<String> {
    let size = usize::try_from(size).unwrap();
    (0..size).step_by(size / 8 + 1).map(|seq| answers[seq].clone()).collect()
}
