//! Recognises files that a ledger or its commands wrote, wherever they lie. They are never read as reports.
//!
//! `docs/format.md` says which names and bytes these are.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;

use ledger::Draft;
use reports::{Member, unpacked};

/// What stands in a ledger's directory.
const LEDGER_NAMES: [&str; 17] = [
    "log",
    "lock",
    "head",
    "index",
    "states",
    "cache",
    "cache.lock",
    "derived.secret",
    "key",
    "key.next",
    "key.new",
    "key.signed",
    "witnessed",
    "people.secret",
    "people.json",
    "names.json",
    "kept",
];
/// What files of a ledger and of its commands begin with, packed or not.
const BEGINNINGS: [(&[u8], &str); 11] = [
    (b"PRIVATE+KEY+", "a key that signs"),
    (b"pcs-people-secret ", "the secret of a ledger's pseudonyms"),
    (b"pcs-witness ", "the memory of a witness"),
    (b"\xF5PCS-LOG", "a part of a ledger's log"),
    (b"\xF5PCS-RUN", "a part of a ledger's index"),
    (b"\xF5PCH", "a part of a ledger"),
    (b"\xF5PCS-SEC", "a secret of a ledger"),
    (b"pcsstat", "a part of a ledger"),
    (b"{\"format\":\"pcs-backup\"", "a backup of a ledger"),
    (b"{\"format\":\"pcs-audit\"", "an audit bundle"),
    (b"{\"format\":\"pcs-signed\"", "the memory of a key that signs"),
];
const LEDGER: &str = "a ledger";
const IN_LEDGER: &str = "a file of a ledger";
const TILES: &str = "a ledger's tiles";
const KEPT: &str = "what a ledger kept";
/// How many bytes of a file are looked at, or how many lines.
const HEAD_BYTES: usize = 4096;
const HEAD_LINES: usize = 3;
/// Digits in the name of a segment, and of a digest in hexadecimal.
const SEGMENT_DIGITS: usize = 20;
const SHA256_DIGITS: usize = 64;

/// Says what a directory is, if it is a ledger or a part of one.
pub(super) fn directory(path: &Path) -> Option<&'static str> {
    if is_ledger(path) {
        return Some(LEDGER);
    }
    if is_tiles(path) {
        return Some(TILES);
    }
    let names: BTreeSet<String> = names_in(path).collect();
    names.iter().any(|name| is_kept_pair(name, name, &names)).then_some(KEPT)
}

/// Says what a path leads to, if that lies in a ledger or its tiles. Links are followed.
pub(super) fn inside(path: &Path) -> Option<&'static str> {
    let path = fs::canonicalize(path).ok()?;
    path.ancestors().zip(path.ancestors().skip(1)).find_map(|(child, parent)| {
        let child = child.file_name()?.to_str()?;
        let is_own = LEDGER_NAMES.contains(&child) || child.ends_with(Draft::ENDING);
        if is_own && is_ledger(parent) {
            Some(IN_LEDGER)
        } else {
            (matches!(child, "tile" | "checkpoint") && is_tiles(parent)).then_some(TILES)
        }
    })
}

fn is_ledger(path: &Path) -> bool {
    names_in(&path.join("log")).any(|name| is_segment(&name))
}

fn is_tiles(path: &Path) -> bool {
    path.join("checkpoint").is_file() && path.join("tile").is_dir()
}

fn names_in(path: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

fn is_segment(name: &str) -> bool {
    name.strip_suffix(".log")
        .is_some_and(|digits| digits.len() == SEGMENT_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a name is a digest with this ending: that of a kept file's bytes, or of the file that describes it.
fn is_digest(name: &str, ending: &str) -> bool {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    name.strip_suffix(ending).is_some_and(|digits| digits.len() == SHA256_DIGITS && digits.bytes().all(is_hex))
}

/// Whether a file has the bytes of a kept file, and the file that describes it lies beside it.
fn is_kept_pair(file: &str, path: &str, names: &BTreeSet<String>) -> bool {
    is_digest(file, ".gz") && path.strip_suffix(".gz").is_some_and(|path| names.contains(&format!("{path}.json")))
}

/// Removes the files of ledgers from those of a zip; returns the folders in which they were, and what these are.
pub(super) fn take_out(members: &mut Vec<Member>) -> Vec<(String, &'static str)> {
    let names: BTreeSet<String> = members.iter().map(|member| member.name.replace('\\', "/")).collect();
    let mut folders = BTreeSet::new();
    for name in &names {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        if let Some(above) = folder.strip_suffix("log").filter(|above| above.is_empty() || above.ends_with('/'))
            && is_segment(file)
        {
            folders.insert((above.trim_end_matches('/').to_owned(), LEDGER));
        } else if is_kept_pair(file, name, &names) {
            folders.insert((folder.to_owned(), KEPT));
        } else if file == "checkpoint" && names.iter().any(|other| other.starts_with(&joined(folder, "tile/"))) {
            folders.insert((folder.to_owned(), TILES));
        }
    }
    // At the top of a zip, reports may stand beside what is the ledger's.
    let is_own = |name: &str, folder: &str| match name.strip_prefix(&joined(folder, "")) {
        Some(rest) if folder.is_empty() => {
            let first = rest.split('/').next().unwrap_or(rest);
            LEDGER_NAMES.contains(&first) || matches!(first, "tile" | "checkpoint")
        }
        rest => rest.is_some(),
    };
    members.retain(|member| {
        let name = member.name.replace('\\', "/");
        !folders.iter().any(|(folder, _)| is_own(&name, folder))
    });
    let is_inner = |folder: &str| folders.iter().any(|(outer, _)| outer != folder && is_own(folder, outer));
    folders.iter().filter(|(folder, _)| !is_inner(folder)).cloned().collect()
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Says what a file is by its first bytes, if a ledger or a command wrote it. They come again in the returned input.
pub(super) fn file<'a>(
    name: &str,
    mut input: Box<dyn Read + Send + 'a>,
) -> io::Result<(Option<&'static str>, Box<dyn Read + Send + 'a>)> {
    let head = head_of(&mut input)?;
    let told = content(name, &head);
    Ok((told, Box::new(Cursor::new(head).chain(input))))
}

/// The first bytes. Few lines are enough: standard input may be slow to give more.
pub(super) fn head_of(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let (mut head, mut block) = (Vec::new(), [0; HEAD_BYTES]);
    while head.len() < HEAD_BYTES && head.split(|byte| *byte == b'\n').count() <= HEAD_LINES {
        match input.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            length => match block.get(..length?) {
                None | Some([]) => break,
                Some(read) => head.extend_from_slice(read),
            },
        }
    }
    Ok(head)
}

fn content(name: &str, head: &[u8]) -> Option<&'static str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if name.ends_with(Draft::ENDING) {
        return Some("a file that was not finished");
    }
    if is_digest(name, ".gz") || is_digest(name, ".json") {
        return Some(KEPT);
    }
    let mut text = Vec::new();
    // If it cannot be unpacked, the reading of the file will say so.
    let _ = unpacked(Box::new(Cursor::new(head.to_vec())))
        .and_then(|input| input.take(HEAD_BYTES as u64).read_to_end(&mut text));
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii_start();
    let begins = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning));
    begins.map(|(_, what)| *what).or_else(|| told_by_lines(std::str::from_utf8(text).ok()?))
}

/// Whether a text is a checkpoint, a verifier key or a map of persons.
fn told_by_lines(text: &str) -> Option<&'static str> {
    let is_base64 = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    let mut lines = text.lines();
    let first = lines.next()?;
    let is_size = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    if lines.next().is_some_and(is_size) && lines.next().is_some_and(|line| is_base64(line, 44)) {
        return Some("a checkpoint of a ledger");
    }
    let mut parts = first.splitn(3, '+').skip(1);
    let is_hash = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.next().is_some_and(is_hash) && parts.next().is_some_and(|key| is_base64(key.trim_end(), 44)) {
        return Some("a key that checks");
    }
    let pseudonym = text.strip_prefix('{')?.trim_start().strip_prefix("\"p")?;
    let (fingerprint, rest) = pseudonym.split_at_checked(4)?;
    let (code, _) = rest.strip_prefix('-')?.split_at_checked(24)?;
    let is_pseudonym = fingerprint.bytes().chain(code.bytes()).all(|byte| byte.is_ascii_hexdigit());
    is_pseudonym.then_some("a ledger's map of persons")
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn files_of_ledgers_are_told_under_any_name() {
        let digest = "ab".repeat(32);
        let key = "pcs-ledger+5ba2c8d1+AT0ANLfk1cSVgXcKOxhnq7Cu4sjMrQjN9YFkz6HkkBaU";
        let person = format!("{{\"p12ab-{}\":{{\"name\":\"x\"}}}}", "0a".repeat(12));
        for (name, text, what) in [
            ("a.txt", format!("\u{feff}\nPRIVATE+KEY+{key}\n"), "a key that signs"),
            ("a.csv", format!("{key}\n"), "a key that checks"),
            ("x", "pcs-people-secret 1\nff\n".to_owned(), "the secret of a ledger's pseudonyms"),
            ("x", "{\"format\":\"pcs-backup\",\"version\":1}".to_owned(), "a backup of a ledger"),
            ("x", "{\"format\":\"pcs-audit\"}".to_owned(), "an audit bundle"),
            ("x", "{\"format\":\"pcs-signed\"}\nc2VhbA==\n".to_owned(), "the memory of a key that signs"),
            ("x", format!("pcs\n12\n{}=\n\n", "a".repeat(43)), "a checkpoint of a ledger"),
            ("x", person, "a ledger's map of persons"),
            (&format!("{digest}.gz"), "Month,a".to_owned(), "what a ledger kept"),
            (&format!("a/{digest}.json"), "{}".to_owned(), "what a ledger kept"),
            ("a/b.csv.unfinished", "Month,a".to_owned(), "a file that was not finished"),
        ] {
            assert_eq!(content(name, text.as_bytes()), Some(what), "{name}: {text}");
        }
        assert_eq!(content("x", b"\xF5PCS-SEC\x01\0\0\0"), Some("a secret of a ledger"));
        assert_eq!(content("x", b"pcsstat2\x01"), Some("a part of a ledger"));
    }

    #[test]
    fn other_files_are_none_of_a_ledgers() {
        for (name, text) in [
            ("a.csv", "Month,ACR_USD\n202501,2\n"),
            ("abab.gz", "Month,a"),
            ("key", "Month"),
            ("a.json", "{\"format\":\"x\"}"),
            ("a.json", "{\"properties\":{}}"),
            ("a", "a\n12\nb"),
            ("a", "a+b+c"),
            ("a", ""),
            ("a.pem", "-----BEGIN PRIVATE KEY-----\n"),
        ] {
            assert_eq!(content(name, text.as_bytes()), None, "{name}: {text}");
        }
    }
}
