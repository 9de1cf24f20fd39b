//! Recognises files that a ledger or its commands wrote, wherever they lie. They are never read as reports.
//!
//! What a file is by its first bytes, [`FileKind`] says; here is where it lies.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;

use ledger::Draft;
use reports::Member;

use crate::file_kind::{FileKind, HEAD_BYTES, is_digest};

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
const LEDGER: &str = FileKind::Ledger.what();
const IN_LEDGER: &str = "a file of a ledger";
const TILES: &str = FileKind::Tiles.what();
const KEPT: &str = FileKind::Kept.what();
/// How many lines of a file are looked at.
const HEAD_LINES: usize = 3;
/// Digits in the name of a segment.
const SEGMENT_DIGITS: usize = 20;

/// Says what a directory is, if it is a ledger or a part of one.
pub(crate) fn directory(path: &Path) -> Option<FileKind> {
    if is_ledger(path) {
        return Some(FileKind::Ledger);
    }
    if is_tiles(path) {
        return Some(FileKind::Tiles);
    }
    let names: BTreeSet<String> = names_in(path).collect();
    names.iter().any(|name| is_kept_pair(name, name, &names)).then_some(FileKind::Kept)
}

/// Says what a path leads to, if that lies in a ledger or its tiles. Links are followed.
pub(super) fn inside(path: &Path) -> Option<&'static str> {
    let path = fs::canonicalize(path).ok()?;
    path.ancestors().zip(path.ancestors().skip(1)).find_map(|(child, parent)| {
        let child = child.file_name()?.to_str()?;
        if is_of_ledger(child) && is_ledger(parent) {
            Some(IN_LEDGER)
        } else {
            (matches!(child, "tile" | "checkpoint") && is_tiles(parent)).then_some(TILES)
        }
    })
}

/// Whether a directory that holds no ledger has files that are no ledger's.
pub(crate) fn has_others(path: &Path) -> bool {
    !is_ledger(path) && names_in(path).any(|name| !is_of_ledger(&name))
}

/// Whether a name is one of those in a ledger's directory, or of what is not finished there.
fn is_of_ledger(name: &str) -> bool {
    LEDGER_NAMES.contains(&name) || name.ends_with(Draft::ENDING)
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
    let told = FileKind::of_own(name, &head).map(FileKind::what);
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
