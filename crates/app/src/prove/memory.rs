//! What a witness remembers beside its key: of each ledger the size and the root that it cosigned last.
//!
//! ```text
//! pcs-witness 1
//! <the verifier key of its cosignatures>
//! <origin> <size> <root, base64>               a line for each ledger, by origin
//! sha256 <of all bytes before this line, hexadecimal>
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::{Checkpoint, Claims, VerifierKey};
use ledger::{Audience, Draft, DraftFile};
use sha2::{Digest as _, Sha256};

use crate::bounds;
use crate::error::Error;
use crate::text::base64;

const HEAD: &str = "pcs-witness 1";
/// What the name of the file ends with, behind that of the key's.
pub(super) const ENDING: &str = ".cosigned";

/// A witness's memory, which no other process changes meanwhile.
pub(super) struct Memory {
    path: PathBuf,
    witness: VerifierKey,
    /// Of each origin the size and the root.
    last: BTreeMap<String, (u64, [u8; 32])>,
    /// Whether there was none yet.
    is_new: bool,
    draft: (Draft, DraftFile),
}

impl Memory {
    /// Reads what the witness with the key in `key_path` remembers; the file stands beside that of the key.
    ///
    /// # Errors
    /// `bad_witness` for a file that is damaged, or of another witness; a file that cannot be read.
    pub(super) fn open(key_path: &Path, witness: VerifierKey) -> Result<Self, Error> {
        // Beside the key itself, whatever name leads to it.
        let mut name = fs::canonicalize(key_path).map_err(Error::file("read", key_path))?.into_os_string();
        name.push(ENDING);
        let path = PathBuf::from(name);
        // Before it is read, so that two that cosign at once do not read the same.
        let draft = Draft::create(&path, Audience::Owner)?;
        let read = read(&path)?;
        let is_new = read.is_none();
        let last = match read {
            None => BTreeMap::new(),
            Some(text) => parse(&text, &witness).map_err(|what| {
                let text = format!("{} is not what the witness remembers: {what}", path.display());
                Error::new("bad_witness", text).hint(
                    "put back the copy that is kept with the key; where there is none, `pcs key make` makes a new witness",
                )
            })?,
        };
        Ok(Self { path, witness, last, is_new, draft })
    }

    /// What was cosigned last of a ledger.
    pub(super) fn last(&self, origin: &str) -> Option<Checkpoint> {
        let &(size, root) = self.last.get(origin)?;
        Some(Checkpoint { origin: origin.to_owned(), size, root, claims: Claims::default() })
    }

    /// Remembers a checkpoint, durably, before it is cosigned; returns whether the file was made by that.
    pub(super) fn keep(mut self, checkpoint: &Checkpoint) -> Result<bool, Error> {
        self.last.insert(checkpoint.origin.clone(), (checkpoint.size, checkpoint.root));
        let (draft, mut file) = self.draft;
        let text = text(&self.witness, &self.last);
        file.write_all(text.as_bytes()).map_err(Error::file("write", Draft::unfinished(&self.path)))?;
        draft.publish(&self.path)?;
        Ok(self.is_new)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::File::open(path).and_then(|file| bounds::read_all(file, bounds::WITNESS_MEMORY)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}

fn text(witness: &VerifierKey, last: &BTreeMap<String, (u64, [u8; 32])>) -> String {
    let mut text = format!("{HEAD}\n{witness}\n");
    for (origin, (size, root)) in last {
        text.extend([origin, " ", &size.to_string(), " ", &base64(root), "\n"]);
    }
    let digest = Sha256::digest(text.as_bytes());
    format!("{text}sha256 {digest:x}\n")
}

/// Reads the text; what is wrong with it, else.
fn parse(bytes: &[u8], witness: &VerifierKey) -> Result<BTreeMap<String, (u64, [u8; 32])>, &'static str> {
    const DAMAGED: &str = "it was changed or cut";
    let whole = std::str::from_utf8(bytes).map_err(|_| DAMAGED)?;
    let mut lines = whole.lines();
    if lines.next() != Some(HEAD) {
        return Err("it is no memory of a witness that this program knows");
    }
    let owner = lines.next().and_then(|key| VerifierKey::parse(key).ok()).ok_or(DAMAGED)?;
    let mut last = BTreeMap::new();
    for line in lines.take_while(|line| !line.starts_with("sha256 ")) {
        let mut parts = line.split(' ');
        let (origin, size, root) = (parts.next(), parts.next(), parts.next());
        let size = size.and_then(|size| size.parse().ok()).ok_or(DAMAGED)?;
        let root = root.and_then(|root| STANDARD.decode(root).ok()?.try_into().ok()).ok_or(DAMAGED)?;
        last.insert(origin.ok_or(DAMAGED)?.to_owned(), (size, root));
    }
    if text(&owner, &last) != whole {
        return Err(DAMAGED);
    }
    if owner == *witness { Ok(last) } else { Err("it is of another witness") }
}
