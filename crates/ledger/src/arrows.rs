//! Arrows between the rooms of the crate never turn: a room imports only what it stands on.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and what it stands on.
const ROOMS: [(&str, &[&str]); 4] = [
    ("disk", &[]),
    ("log", &["disk"]),
    ("runs", &["disk", "log"]),
    // What is proved of a tree is arithmetic, which knows no file.
    ("store", &["disk", "log", "runs", "proof"]),
];

/// Modules of tests, which may look from above.
const TESTS: [&str; 6] = ["crashes", "damage", "laws", "power_cut", "testing", "tests"];

fn files(room: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path()) {
        let is_test = TESTS.iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name));
        match (is_test, path.is_dir()) {
            (true, _) => {}
            (false, true) => files(&path, found),
            (false, false) => found.push(path),
        }
    }
}

#[test]
fn a_room_imports_only_what_it_stands_on() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, below) in ROOMS {
        let mut found = vec![source.join(room).with_extension("rs")];
        files(&source.join(room), &mut found);
        assert!(found.len() > 4, "{room} has only {} files", found.len());
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("mod tests {").next().unwrap_or_default();
            for used in code.split("crate::").skip(1) {
                let module = used.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_').next().unwrap();
                let is_below = module == room || below.contains(&module);
                assert!(is_below, "{} uses {module}, on which it does not stand", path.display());
            }
        }
    }
}
