//! What a file is that somebody names: the one place that recognises what a ledger, its commands and its users write.
//!
//! `docs/format.md` says which names and bytes these are. What a report is, the crate of reports knows.

use std::fs::{self, File};
use std::io::{Cursor, Read as _};
use std::path::Path;

use ledger::{Draft, OpenError};
use reports::{MapKind, Recognised, ReportError, survey, unpacked};

use crate::error::Error;
use crate::import::own_directory;
use crate::session::Session;
use crate::text::for_shell;

/// How many bytes of a file are looked at.
pub(crate) const HEAD_BYTES: usize = 4096;
/// How many bytes of a text are looked at for tables of TOML: long comments may stand above them.
const TOML_BYTES: u64 = 1 << 16;
/// What a table of Parquet begins with.
const PARQUET: &[u8] = b"PAR1";
/// Tables that every rulebook has.
const RULEBOOK_TABLES: [&str; 2] = ["[meta]", "[[rule]]"];
/// What to do about a ledger that is none.
const DIRECTORY: &str = "`--ledger DIR` names the directory of a ledger";
/// Digits of a digest in hexadecimal.
const SHA256_DIGITS: usize = 64;

/// Declares the kinds of files, each with what a sentence calls it and what to do with it; `FILE` is the file.
macro_rules! kinds {
    ($($(#[$about:meta])* $Kind:ident = $what:literal, $hint:literal;)*) => {
        /// What a file, or a directory, is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum FileKind {
            $($(#[$about])* $Kind,)*
        }

        impl FileKind {
            /// What it is, with its article.
            pub(crate) const fn what(self) -> &'static str {
                match self { $(Self::$Kind => $what,)* }
            }

            /// What to do with it.
            const fn advice(self) -> &'static str {
                match self { $(Self::$Kind => $hint,)* }
            }
        }
    };
}

kinds! {
    /// A file with a signing key.
    SigningKey = "a key that signs", "`pcs checkpoint --key-file FILE` signs with it";
    /// A file with a verifier key.
    VerifierKey = "a key that checks", "its text is for `--key VKEY`, as in `pcs audit verify BUNDLE --key VKEY`";
    /// A signed note.
    Checkpoint = "a checkpoint of a ledger", "`pcs verify --checkpoint FILE` compares the ledger with it";
    /// What `backup` writes.
    Backup = "a backup of a ledger", "`pcs --ledger DIR restore FILE` makes a ledger of it in a new directory";
    /// What `audit export` writes.
    Bundle = "an audit bundle", "`pcs audit verify FILE` checks it";
    /// What `export` prints.
    Entries = "an export of a ledger", "`pcs import --entries FILE` takes it";
    /// Events, an object a line.
    Events = "a file of events", "`pcs import FILE` records them";
    /// A report of any kind.
    Report = "a report", "`pcs import FILE --kind auto` reads it";
    /// Rules as TOML.
    Rulebook = "a rulebook", "`pcs rulebook check FILE` checks it";
    /// Mappings as TOML.
    Mappings = "a file of mappings", "`pcs map check FILE` checks it, `pcs import --map FILE` reads reports by it";
    /// What `export --parquet` writes.
    Table = "a table of Parquet", "programs for such tables read it; `pcs export` prints the entries";
    /// What a browser saved.
    WebPage = "a web page", "sign in and download the file again: what was saved is a page of the browser";
    /// A directory with a ledger.
    Ledger = "a ledger", "`pcs --ledger FILE stats` reads it";
    /// What `export --tiles` writes.
    Tiles = "a ledger's tiles", "a web server serves them; `pcs export --tiles FILE` brings them up to date";
    /// Any other directory.
    Folder = "a folder", "`pcs import FILE` reads the reports in it";
    /// What `import --keep` keeps.
    Kept = "what a ledger kept", "`pcs kept list` shows what is kept, `pcs kept show` prints it";
    /// The map of persons.
    PeopleMap = "a ledger's map of persons", "`pcs people list` shows it";
    /// What a witness cosigned.
    WitnessMemory = "the memory of a witness", "it stays beside the key of the witness";
    /// What a key signed.
    SignerMemory = "the memory of a key that signs", "it stays beside the key";
    /// The secret of pseudonyms.
    PeopleSecret = "the secret of a ledger's pseudonyms", "it stays in the ledger's directory";
    /// The secret of what is derived.
    LedgerSecret = "a secret of a ledger", "it stays in the ledger's directory";
    /// A segment.
    LogPart = "a part of a ledger's log", "it stays in the ledger's directory, which `--ledger DIR` names";
    /// A run.
    IndexPart = "a part of a ledger's index", "it stays in the ledger's directory, which `--ledger DIR` names";
    /// Another file of a ledger.
    LedgerPart = "a part of a ledger", "it stays in the ledger's directory, which `--ledger DIR` names";
    /// A draft.
    Unfinished = "a file that was not finished", "run the command again that writes it";
}

/// What files of a ledger and of its commands begin with, packed or not.
const BEGINNINGS: [(&[u8], FileKind); 11] = [
    (b"PRIVATE+KEY+", FileKind::SigningKey),
    (b"pcs-people-secret ", FileKind::PeopleSecret),
    (b"pcs-witness ", FileKind::WitnessMemory),
    (b"\xF5PCS-LOG", FileKind::LogPart),
    (b"\xF5PCS-RUN", FileKind::IndexPart),
    (b"\xF5PCH", FileKind::LedgerPart),
    (b"\xF5PCS-SEC", FileKind::LedgerSecret),
    (b"pcsstat", FileKind::LedgerPart),
    (b"{\"format\":\"pcs-backup\"", FileKind::Backup),
    (b"{\"format\":\"pcs-audit\"", FileKind::Bundle),
    (b"{\"format\":\"pcs-signed\"", FileKind::SignerMemory),
];

/// What is said of a file that a command cannot read as it should: what the file is, where it is of another kind than
/// `wanted`; else the failure. `typed` is how the file was named.
pub(crate) fn or_other_kind(session: &Session<'_>, typed: &Path, wanted: FileKind) -> impl Fn(Error) -> Error {
    move |error| match refuse_other_kind(session, typed, wanted) {
        Ok(()) => error,
        Err(other) => other.exits_as(&error),
    }
}

/// As [`or_other_kind`], of a file that has a digest which holds: only what commands sealed can be meant.
pub(crate) fn or_other_sealed(session: &Session<'_>, typed: &Path, wanted: FileKind) -> impl Fn(Error) -> Error {
    move |error| {
        let is_sealed = |kind| matches!(kind, FileKind::Backup | FileKind::Bundle);
        let is_named = FileKind::of(&session.path(typed)).is_some_and(is_sealed);
        if is_named { or_other_kind(session, typed, wanted)(error) } else { error }
    }
}

/// Refuses a file that does not hold what it should, where it is of another kind than `wanted`.
///
/// # Errors
/// `other_kind`, which says what the file is.
pub(crate) fn refuse_other_kind(session: &Session<'_>, typed: &Path, wanted: FileKind) -> Result<(), Error> {
    let Some(kind) = FileKind::of(&session.path(typed)).filter(|kind| *kind != wanted) else { return Ok(()) };
    let text = format!("{} is {}, not {}", typed.display(), kind.what(), wanted.what());
    Err(Error::new("other_kind", text).hint(kind.hint(typed)))
}

/// Says what stands in the place of a ledger, where it is something that other commands take.
pub(crate) fn no_ledger(path: &Path, error: Error) -> Error {
    // Whatever the file is, there is no ledger.
    let error = if path.is_file() { OpenError::NoLedger(path.to_owned()).into() } else { error };
    let Some(kind) = FileKind::of(path) else {
        return if path.is_file() { error.because(["it is a file"]).hint_alone(DIRECTORY.to_owned()) } else { error };
    };
    // A ledger that cannot be opened is one all the same.
    if matches!(kind, FileKind::Folder | FileKind::Ledger) {
        return error;
    }
    // Other commands ask a ledger, which this is not.
    let is_taken = matches!(kind, FileKind::Backup | FileKind::Bundle);
    let hint = if is_taken { kind.hint(path) } else { DIRECTORY.to_owned() };
    error.because([format!("it is {}", kind.what())]).hint_alone(hint)
}

impl FileKind {
    /// What stands at a path; `None` where nothing does, or nothing that is known.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        if metadata.is_dir() {
            return Some(own_directory(path).unwrap_or(Self::Folder));
        }
        if !metadata.is_file() {
            return None;
        }
        let mut head = Vec::new();
        File::open(path).ok()?.take(HEAD_BYTES as u64).read_to_end(&mut head).ok()?;
        let name = path.file_name()?.to_string_lossy();
        Self::of_own(&name, &head).or_else(|| Self::of_others(path, &head))
    }

    /// What to do with a file of this kind, which was named like this.
    pub(crate) fn hint(self, typed: &Path) -> String {
        self.advice().replace("FILE", &for_shell(&typed.display().to_string()))
    }

    /// What a file is by its name and its first bytes, if a ledger or a command wrote it.
    pub(crate) fn of_own(name: &str, head: &[u8]) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        if name.ends_with(Draft::ENDING) {
            return Some(Self::Unfinished);
        }
        if is_digest(name, ".gz") || is_digest(name, ".json") {
            return Some(Self::Kept);
        }
        let mut text = Vec::new();
        // If it cannot be unpacked, the reading of the file will say so.
        let _ = unpacked(Box::new(Cursor::new(head.to_vec())))
            .and_then(|input| input.take(HEAD_BYTES as u64).read_to_end(&mut text));
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii_start();
        let begins = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning));
        begins.map(|(_, kind)| *kind).or_else(|| told_by_lines(std::str::from_utf8(text).ok()?))
    }

    /// What a file is that users write, or that was written for others.
    fn of_others(path: &Path, head: &[u8]) -> Option<Self> {
        if head.starts_with(PARQUET) {
            return Some(Self::Table);
        }
        of_toml(path).or_else(|| match survey(File::open(path).ok()?).map(|survey| survey.recognised) {
            Ok(Recognised::Events) => Some(Self::Events),
            Ok(Recognised::Entries) => Some(Self::Entries),
            Ok(Recognised::Report(_) | Recognised::NoProof { .. }) => Some(Self::Report),
            Err(ReportError::WebPage) => Some(Self::WebPage),
            Ok(Recognised::Unknown { .. }) | Err(_) => None,
        })
    }
}

/// Whether a name is a digest with this ending: that of a kept file's bytes, or of the file that describes it.
pub(crate) fn is_digest(name: &str, ending: &str) -> bool {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    name.strip_suffix(ending).is_some_and(|digits| digits.len() == SHA256_DIGITS && digits.bytes().all(is_hex))
}

/// Tells rules and mappings by their tables.
fn of_toml(path: &Path) -> Option<FileKind> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(TOML_BYTES).read_to_end(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head);
    let has = |table: &str| text.lines().any(|line| line.trim_end() == table);
    if RULEBOOK_TABLES.iter().any(|table| has(table)) {
        return Some(FileKind::Rulebook);
    }
    MapKind::NAMES.iter().any(|name| has(&format!("[[{name}]]"))).then_some(FileKind::Mappings)
}

/// Whether a text is a checkpoint, a verifier key or a map of persons.
fn told_by_lines(text: &str) -> Option<FileKind> {
    let is_base64 = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    let mut lines = text.lines();
    let first = lines.next()?;
    let is_size = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    if lines.next().is_some_and(is_size) && lines.next().is_some_and(|line| is_base64(line, 44)) {
        return Some(FileKind::Checkpoint);
    }
    let mut parts = first.splitn(3, '+').skip(1);
    let is_hash = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.next().is_some_and(is_hash) && parts.next().is_some_and(|key| is_base64(key.trim_end(), 44)) {
        return Some(FileKind::VerifierKey);
    }
    let pseudonym = text.strip_prefix('{')?.trim_start().strip_prefix("\"p")?;
    let (fingerprint, rest) = pseudonym.split_at_checked(4)?;
    let (code, _) = rest.strip_prefix('-')?.split_at_checked(24)?;
    let is_pseudonym = fingerprint.bytes().chain(code.bytes()).all(|byte| byte.is_ascii_hexdigit());
    is_pseudonym.then_some(FileKind::PeopleMap)
}

#[cfg(test)]
mod tests;
