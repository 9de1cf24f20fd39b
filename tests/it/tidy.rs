//! Style that can be checked.

use std::fs;

use crate::repository::{files, files_ending, relative, text, top};

/// Lines that a source file may have.
const MOST_LINES: usize = 500;

/// What may stand at the top, beside names that begin with a dot and what is ignored.
const TOP: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "README.md", "crates", "tests", "docs", "LICENSE-APACHE", "LICENSE-MIT"];

/// Directories whose text is looked at.
const ALL: [&str; 4] = ["crates", "tests", "docs", "README.md"];

/// This file, which names what others may not.
const SELF: &str = "tests/it/tidy.rs";

/// A word that only some files may contain.
struct Rule {
    /// What may not be there.
    words: &'static [&'static str],
    /// Where it may not.
    of: &'static [&'static str],
    ending: &'static str,
    /// Files that may contain it all the same, by what their path contains.
    but: &'static [&'static str],
    /// Why.
    reason: &'static str,
}

#[rustfmt::skip]
const RULES: [Rule; 7] = [
    Rule { words: &["TODO", "FIXME", "XXX", "HACK"], of: &ALL, ending: "", but: &["Cargo.lock", ".csv"], reason: "what is to be done is no part of the code" },
    Rule { words: &["println!", "eprintln!", "print!", "eprint!", "dbg!"], of: &["crates/ledger/src", "crates/projection/src", "crates/reports/src", "crates/app/src"], ending: ".rs", but: &["/power_cut.rs", "/damages.rs", "/model.rs", "/interleavings.rs"], reason: "only the command prints, and tests that count" },
    Rule { words: &["SystemTime::now", "Utc::now", "Local::now", "now_v7", "new_v4"], of: &["crates"], ending: ".rs", but: &["crates/cli/src/env.rs"], reason: "time and ids are arguments" },
    Rule { words: &["/work/", "/home/", "/tmp/", "/root/", "/Users/"], of: &ALL, ending: "", but: &[], reason: "a path of one machine" },
    Rule { words: &["fs::rename", "fs::hard_link"], of: &["crates/cli/src", "crates/reports/src", "crates/app/src"], ending: ".rs", but: &["/testing/", "/tests.rs"], reason: "what gets a name is made durable by the ledger crate, where the power is cut" },
    Rule { words: &["#[ignore"], of: &["crates", "tests"], ending: ".rs", but: &[], reason: "no test is left out" },
    Rule { words: &["thread::sleep", "sleep("], of: &["tests"], ending: ".rs", but: &[], reason: "no test sleeps" },
];

/// The one file that names the store of the cache in code.
const SLED: &str = "crates/ledger/src/cache.rs";

/// What measures the ledger beside other stores, and names them.
const BENCH: &str = "crates/bench/";

#[test]
fn no_source_file_is_long() {
    for file in files_ending(&["crates", "tests"], ".rs") {
        let lines = text(&file).lines().count();
        assert!(lines <= MOST_LINES, "{file} has {lines} lines, more than {MOST_LINES}");
    }
}

#[test]
fn no_file_contains_what_it_should_not() {
    for rule in &RULES {
        for file in files_ending(rule.of, rule.ending) {
            if file == SELF || rule.but.iter().any(|but| file.contains(but)) {
                continue;
            }
            let Ok(text) = fs::read_to_string(top().join(&file)) else { continue };
            for (number, line) in (1..).zip(text.lines()) {
                for word in rule.words {
                    assert!(!contains_word(line, word), "{file}:{number}: {word}: {}", rule.reason);
                }
            }
        }
    }
}

/// Whether a word is in a line, and not as the end of a longer one.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        !before.is_some_and(|before| before.is_ascii_alphanumeric() || matches!(before, '_' | '.' | '}' | '-'))
    })
}

#[test]
fn one_source_file_names_the_store_of_the_cache() {
    let code =
        |file: &String| text(file).lines().any(|line| !line.trim_start().starts_with("//") && line.contains("sled"));
    let files: Vec<String> =
        files_ending(&["crates"], ".rs").into_iter().filter(|file| !file.starts_with(BENCH)).filter(code).collect();
    assert_eq!(files, [SLED]);
}

#[test]
fn the_top_holds_what_it_should() {
    let ignored = text(".gitignore");
    for entry in fs::read_dir(top()).unwrap() {
        let name = relative(&entry.unwrap().path());
        let is_ignored = ignored.lines().any(|line| line.trim_start_matches('/') == name);
        assert!(name.starts_with('.') || is_ignored || TOP.contains(&name.as_str()), "{name} stands at the top");
    }
}

#[test]
fn text_ends_with_one_line_feed_and_has_no_space_at_the_end_of_a_line() {
    let is_text = |file: &String| [".rs", ".md", ".toml"].iter().any(|ending| file.ends_with(ending));
    for file in files(&ALL).into_iter().filter(is_text) {
        let text = text(&file);
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{file} does not end with one line feed");
        for (number, line) in (1..).zip(text.lines()) {
            assert!(line.trim_end() == line, "{file}:{number} ends with a space");
            assert!(!line.contains('\t'), "{file}:{number} has a tab");
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    let is_module = |file: &String| !file.ends_with("/tests.rs");
    for file in files_ending(&["crates", "tests"], ".rs").into_iter().filter(is_module) {
        assert!(text(&file).starts_with("//! "), "{file} does not begin with a comment of the module");
    }
}
