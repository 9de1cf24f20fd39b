//! The files of `export --tiles`, walked by the text of the specification alone (C2SP tlog-tiles, RFC 6962).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use projection::rulebook::Rulebook;
use serde_json::json;

use crate::merkle::{base64, leaf_hash, root_of_hashes};
use crate::processes::events;
use crate::session::Session;

/// Sizes at which tiles begin, end and are nearly full.
const SIZES: [u64; 11] = [0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 1_024];

/// The files below a directory by their path from it.
fn files(top: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(top: &Path, dir: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(top, &path, found);
            } else {
                found.insert(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(top, top, &mut found);
    found
}

/// The path of the n-th tile of a level that has so many hashes in all.
fn path(level: &str, n: u64, hashes: u64) -> String {
    let digits = match n {
        0..1_000 => format!("{n:03}"),
        _ => format!("x{:03}/{:03}", n / 1_000, n % 1_000),
    };
    match (hashes - n * 256).min(256) {
        256 => format!("tile/{level}/{digits}"),
        width => format!("tile/{level}/{digits}.p/{width}"),
    }
}

fn hashes_in(bytes: &[u8]) -> Vec<[u8; 32]> {
    assert_eq!(bytes.len() % 32, 0);
    bytes.chunks(32).map(|hash| hash.try_into().unwrap()).collect()
}

/// The entries of a bundle, behind their lengths or before line feeds.
fn entries_in(files: &BTreeMap<String, Vec<u8>>, n: u64, size: u64) -> Vec<Vec<u8>> {
    let lines = files.get(&path("lines", n, size));
    let bundle = files.get(&path("entries", n, size));
    assert!(lines.is_some() != bundle.is_some(), "bundle {n} of {size} is there once");
    if let Some(lines) = lines {
        return lines.split_inclusive(|byte| *byte == b'\n').map(|line| line[..line.len() - 1].to_vec()).collect();
    }
    let (mut rest, mut entries) = (bundle.unwrap().as_slice(), Vec::new());
    while let [high, low, behind @ ..] = rest {
        let (entry, others) = behind.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        rest = others;
    }
    assert!(rest.is_empty());
    entries
}

/// Walks the files of a tree and compares all that they say; returns the paths that it looked at.
fn walk(files: &BTreeMap<String, Vec<u8>>, size: u64, exported: &str) -> Vec<String> {
    let checkpoint = String::from_utf8(files["checkpoint"].clone()).unwrap();
    let told: Vec<&str> = checkpoint.lines().take(3).collect();
    assert_eq!(told[..2], ["pcs-ledger", &size.to_string()]);
    let mut seen = vec!["checkpoint".to_owned()];

    let (mut level, mut below, mut leaves) = (0, Vec::new(), Vec::new());
    loop {
        let count = size >> (8 * level);
        if count == 0 {
            break;
        }
        let mut hashes = Vec::new();
        for n in 0..count.div_ceil(256) {
            let path = path(&level.to_string(), n, count);
            hashes.extend(hashes_in(&files[&path]));
            seen.push(path);
        }
        assert_eq!(hashes.len() as u64, count, "level {level} of {size}");
        if level == 0 {
            leaves.clone_from(&hashes);
        } else {
            let whole = (below as Vec<[u8; 32]>).chunks_exact(256).map(root_of_hashes).collect::<Vec<_>>();
            assert_eq!(hashes, whole, "level {level} of {size}");
        }
        below = hashes;
        level += 1;
    }
    assert_eq!(base64(&root_of_hashes(&leaves)), told[2], "the root of {size} by its tiles");

    let entries: Vec<Vec<u8>> = (0..size.div_ceil(256)).flat_map(|n| entries_in(files, n, size)).collect();
    let hashed: Vec<[u8; 32]> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(hashed, leaves, "the entries of {size} are those of the tiles");
    let lines: Vec<&[u8]> = exported.lines().take(entries.len()).map(str::as_bytes).collect();
    assert_eq!(entries, lines, "the entries of {size}");
    for n in 0..size.div_ceil(256) {
        let kinds = ["entries", "lines"].map(|kind| path(kind, n, size));
        seen.extend(kinds.into_iter().filter(|path| files.contains_key(path)));
    }
    seen
}

fn session(count: u64) -> Session {
    let session = Session::new();
    session.answer(&["--quiet", "init"]);
    session.write("events.jsonl", events(1, count));
    session.answer(&["--quiet", "import", "events.jsonl"]);
    session
}

fn export(session: &Session, dir: &str, size: u64) {
    let ran = session.run(&["--quiet", "export", "--tiles", dir, "--size", &size.to_string()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{size}");
}

#[test]
fn the_tiles_and_the_entries_of_every_size_make_the_root_of_its_checkpoint() {
    // The specification's own example has a third level.
    let most = if cfg!(debug_assertions) { 1_024 } else { 70_000 };
    let session = session(most);
    let exported = session.answer(&["export"]);
    for size in SIZES.into_iter().chain([most]) {
        let dir = format!("tiles-{size}");
        export(&session, &dir, size);
        let files = files(&session.path(&dir));
        let mut seen = walk(&files, size, &exported);
        seen.sort();
        assert_eq!(seen, files.into_keys().collect::<Vec<_>>(), "the files of {size}");
    }
}

#[test]
fn tiles_are_brought_up_to_date_and_full_ones_are_not_touched() {
    let session = session(1_024);
    let exported = session.answer(&["export"]);
    let dir = session.path("tiles");
    let mut before: BTreeMap<String, u64> = BTreeMap::new();
    for size in SIZES {
        export(&session, "tiles", size);
        walk(&files(&dir), size, &exported);
        let inode = |path: &String| fs::metadata(dir.join(path)).unwrap().ino();
        for (path, seen) in before.iter().filter(|(path, _)| *path != "checkpoint") {
            assert_eq!(inode(path), *seen, "{path} was written again for {size}");
        }
        before = files(&dir).into_keys().map(|path| (path.clone(), inode(&path))).collect();
    }
    // The same again, and what got lost comes again.
    fs::remove_file(dir.join("tile/0/001")).unwrap();
    fs::remove_file(dir.join("tile/entries/002")).unwrap();
    let said = session.answer(&["--format", "json", "export", "--tiles", "tiles"]);
    assert!(said.contains("\"size\":1024,") && said.contains("\"files\":2,\"line_bundles\":0}"), "{said}");
    walk(&files(&dir), 1_024, &exported);
}

#[test]
fn an_entry_that_is_too_long_for_a_bundle_is_served_in_lines() {
    let session = session(300);
    let book = Rulebook::builtin().text();
    let event = json!({
        "type": "rulebook_adopted", "effective_at": "2025-03-01", "name": "long",
        "rulebook": format!("{book}{}", "# a long remark\n".repeat(5_000)),
    });
    let ran = session.run_with(&["import", "--quiet", "-"], event.to_string().into_bytes());
    assert_eq!(ran.code, 0, "{ran:?}");
    let exported = session.answer(&["export"]);
    assert!(exported.lines().last().unwrap().len() > 65_535);
    let ran = session.run(&["export", "--tiles", "tiles"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr, "bundles in tile/lines, for an entry of more than 65,535 bytes: 1\n");
    let files = files(&session.path("tiles"));
    walk(&files, 301, &exported);
    assert!(files.contains_key("tile/entries/000") && files.contains_key("tile/lines/001.p/45"));
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let session = session(300);
    session.answer(&["--quiet", "--ledger", "same", "init"]);
    session.answer(&["--quiet", "--ledger", "other", "init", "--origin", "example.com/other"]);
    for (ledger, dir) in [("same", "of-same"), ("other", "of-other"), ("pcs-ledger", "own")] {
        session.answer(&["--quiet", "--ledger", ledger, "export", "--tiles", dir]);
    }
    fs::create_dir(session.path("pages")).unwrap();
    session.write("pages/index.html", "text");
    fs::create_dir(session.path("junk")).unwrap();
    session.write("junk/checkpoint", "junk");
    session.write("file", "text");
    for (args, code, exit) in [
        (vec!["--tiles", "of-same"], "bad_signature", 3),
        (vec!["--tiles", "of-other"], "other_ledger", 1),
        (vec!["--tiles", "own", "--size", "299"], "older_checkpoint", 1),
        (vec!["--tiles", "pages"], "occupied", 1),
        (vec!["--tiles", "junk"], "bad_note", 3),
        (vec!["--tiles", "file"], "exists", 1),
        (vec!["--tiles", "new", "--size", "301"], "out_of_range", 1),
        (vec!["--tiles", "new", "--partner", "6034450"], "usage", 2),
        (vec!["--tiles", "new", "--from-seq", "1"], "usage", 2),
        (vec!["--tiles", "new", "--to-seq", "1"], "usage", 2),
        (vec!["--size", "1"], "usage", 2),
        (vec!["--key-file", "pcs-ledger/key"], "usage", 2),
    ] {
        let dirs = ["of-same", "of-other", "own", "pages", "junk"];
        let before = dirs.map(|dir| files(&session.path(dir)));
        let ran = session.run(&[["--format", "json", "export"].as_slice(), args.as_slice()].concat());
        assert_eq!(ran.code, exit, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(&format!("{{\"error\":{{\"code\":\"{code}\",")), "{args:?}: {}", ran.stderr);
        assert_eq!(before, dirs.map(|dir| files(&session.path(dir))), "{args:?}");
    }
    // A state that the ledger never had, and a key that does not remember the one that it signed.
    let note = fs::read_to_string(session.path("own/checkpoint")).unwrap();
    fs::remove_file(session.path("pcs-ledger/key.signed")).unwrap();
    fs::remove_dir_all(session.path("pcs-ledger/log")).unwrap();
    fs::remove_dir_all(session.path("pcs-ledger/index")).unwrap();
    fs::remove_file(session.path("pcs-ledger/head")).unwrap();
    let key = fs::read(session.path("pcs-ledger/key")).unwrap();
    session.answer(&["--quiet", "init"]);
    fs::write(session.path("pcs-ledger/key"), key).unwrap();
    for (count, code) in [(299, "entries_lost"), (400, "other_root")] {
        drop(fs::remove_file(session.path("pcs-ledger/key.signed")));
        session.write("events.jsonl", events(count, count));
        session.answer(&["--quiet", "import", "events.jsonl"]);
        let ran = session.run(&["--quiet", "--format", "json", "export", "--tiles", "own"]);
        assert_eq!(ran.code, 3);
        assert!(ran.stderr.starts_with(&format!("{{\"error\":{{\"code\":\"{code}\",")), "{}", ran.stderr);
        assert_eq!(note, fs::read_to_string(session.path("own/checkpoint")).unwrap());
    }
}

#[test]
fn an_export_of_tiles_that_was_cut_short_is_taken_up_again() {
    let session = session(600);
    let exported = session.answer(&["export"]);
    export(&session, "tiles", 600);
    fs::remove_file(session.path("tiles/checkpoint")).unwrap();
    session.write("tiles/checkpoint.unfinished", "half");
    session.write("tiles/tile/0/001", "half");
    session.write("tiles/tile/entries/000.unfinished", "half");
    export(&session, "tiles", 600);
    let files = files(&session.path("tiles"));
    walk(&files, 600, &exported);
    assert!(!files.keys().any(|path| path.contains(".unfinished")), "{:?}", files.keys());
}
