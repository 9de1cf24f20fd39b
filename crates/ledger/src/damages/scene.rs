//! The ledgers that are damaged, and what the parts of their files are.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Volume;
use crate::disk::memory::{Image, MemoryDisk};
use crate::disk::secret::SECRET;
use crate::entry::Entry;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::states::Fold;
use crate::store::options::Options;
use crate::testing::{at, churn};

/// Where the ledgers are.
pub(super) const DIR: &str = "/ledger";

/// A part of a ledger's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Segment,
    SegmentHeader,
    Frame,
    Behind,
    Indexed,
    NewerHead,
    OlderHead,
    Run,
    State,
    Cache,
    Secret,
    Key,
    Note,
}

impl Part {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Segment => "a segment",
            Self::SegmentHeader => "header of a segment",
            Self::Frame => "frame behind the newest run of the index",
            Self::Behind => "zeros behind the last frame",
            Self::Indexed => "segment before the end of the newest run",
            Self::NewerHead => "`head`, the newer slot",
            Self::OlderHead => "`head`, the older slot",
            Self::Run => "run of the index",
            Self::State => "state of a fold in `states/`",
            Self::Cache => "`cache/`",
            Self::Secret => "`derived.secret`",
            Self::Key => "`key`",
            Self::Note => "cosigned checkpoint in `witnessed/`",
        }
    }
}

/// A fold that keeps the seqs of entries.
#[derive(Debug, Default)]
pub(super) struct Seqs(pub(super) String);

impl Fold for Seqs {
    const FORM: u32 = 9;

    fn push(&mut self, entry: &Entry) {
        write!(self.0, "{} ", entry.seq).unwrap();
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        String::from_utf8(bytes).ok().map(Self)
    }
}

/// A ledger that is whole.
pub(super) struct Specimen {
    pub(super) image: Image,
    /// Whether its entries are covered by a run.
    is_indexed: bool,
}

/// Options for a ledger on a disk.
pub(super) fn on(disk: &MemoryDisk, segment_bytes: u64) -> Options {
    Options { segment_bytes, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

/// The key of the ledgers.
pub(super) fn signing_key() -> SigningKey {
    SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap()
}

/// The key of their witness.
pub(super) fn witness_key() -> SigningKey {
    SigningKey::of_secret("witness", &[2; 32]).unwrap()
}

impl Specimen {
    /// A few entries in several segments, a key, a cosigned checkpoint.
    pub(super) fn small() -> Self {
        Self::of(700, &[2, 3, 2, 1], false)
    }

    /// Enough entries for a run of the index.
    pub(super) fn indexed() -> Self {
        Self::of(1 << 20, &[1_024], true)
    }

    fn of(segment_bytes: u64, groups: &[u128], is_indexed: bool) -> Self {
        let disk = MemoryDisk::default();
        let options = on(&disk, segment_bytes);
        let mut ledger = Ledger::create_on(Path::new(DIR), &LedgerKey::Here(signing_key()), &options).unwrap();
        let mut number = 0;
        for &group in groups {
            let partner = |number: u128| if number.is_multiple_of(3) { "a" } else { "b" };
            let events: Vec<_> = (number..number + group).map(|number| churn(number, partner(number))).collect();
            ledger.append(&events, at(0)).unwrap();
            number += group;
        }
        let reader = ledger.reader();
        for partner in ["a", "b"] {
            reader.folded::<Seqs>(partner, reader.size()).unwrap();
        }
        let mut note = reader.checkpoint("example.com/ledger", reader.size()).unwrap().sign(&signing_key());
        note.cosign(&witness_key(), 1_000);
        LedgerDir::held(&options.volume, Path::new(DIR)).keep_witnessed(&note).unwrap();
        drop(ledger);
        let image = disk.image();
        Self { image, is_indexed }
    }

    /// Where a file ends. In an indexed ledger it ends at its last byte that is not zero, since the zeros are many.
    pub(super) fn end(&self, file: usize) -> usize {
        let bytes = &self.image.files[file];
        if self.is_indexed { written(bytes) } else { bytes.len() }
    }

    /// The files with bytes, by path, but for `lock`: its bytes are for writers that run.
    pub(super) fn files(&self) -> Vec<(PathBuf, usize)> {
        // The other files are looked at in the small ledger.
        let is_looked_at = |path: &Path| {
            (!self.is_indexed || path.starts_with("/ledger/log") || is_derived(path)) && !path.ends_with("lock")
        };
        let files = self.image.names.iter().filter(|(path, _)| is_looked_at(path));
        files.map(|(path, &file)| (path.clone(), file)).collect()
    }

    /// The files that are derived, and the secret that tells so.
    pub(super) fn derived(&self) -> Vec<(PathBuf, usize)> {
        let secret = Path::new(DIR).join(SECRET);
        let files = self.image.names.iter().filter(|(path, _)| is_derived(path) || **path == secret);
        files.map(|(path, &file)| (path.clone(), file)).collect()
    }

    /// The segments, in order.
    pub(super) fn segments(&self) -> Vec<PathBuf> {
        self.image.names.keys().filter(|path| path.starts_with("/ledger/log")).cloned().collect()
    }

    /// What part of a file a byte belongs to.
    pub(super) fn part(&self, path: &Path, at: usize) -> Part {
        let bytes = &self.image.files[self.image.names[path]];
        let end = written(bytes);
        let dir = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        match (dir, name) {
            ("log", _) if at >= end => Part::Behind,
            ("log", _) if self.is_indexed => Part::Indexed,
            ("log", _) if at < 32 => Part::SegmentHeader,
            ("log", _) => Part::Frame,
            ("index", _) => Part::Run,
            ("witnessed", _) => Part::Note,
            _ if path.starts_with("/ledger/states") => Part::State,
            (_, "head") => {
                let generation = |slot: usize| bytes[slot * 64 + 8];
                let newer = usize::from(generation(1) > generation(0));
                if at / 64 == newer { Part::NewerHead } else { Part::OlderHead }
            }
            (_, "key") => Part::Key,
            (_, SECRET) => Part::Secret,
            _ => panic!("{} is no part of a ledger", path.display()),
        }
    }
}

fn is_derived(path: &Path) -> bool {
    ["/ledger/index", "/ledger/states"].iter().any(|dir| path.starts_with(dir))
}

/// The length without the zeros at the end.
fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}
