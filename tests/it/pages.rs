//! The pages that list fields and codes say what the program says: both ways.

mod answers;
mod schemas;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::repository::{files_ending, text, top};
use crate::session::Session;

/// The page of events.
const EVENTS: &str = "docs/events.md";

#[test]
fn the_page_of_events_is_the_programs_own_and_its_examples_are_taken() {
    if std::env::var_os("PCS_TEST_UPDATE").is_some() {
        fs::write(top().join(EVENTS), cli::event_reference()).unwrap();
    }
    let page = text(EVENTS);
    assert!(page == cli::event_reference(), "{EVENTS} is not what the program says; PCS_TEST_UPDATE=1 writes it");
    let examples: Vec<&str> = page.lines().filter(|line| line.starts_with("{\"")).collect();
    let session = Session::new();
    session.answer(&["init", "--quiet"]);
    session.write("events.jsonl", examples.iter().flat_map(|line| [*line, "\n"]).collect::<String>());
    let ran = session.run(&["import", "events.jsonl", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["new"], examples.len());
}

/// The page of codes.
const ERRORS: &str = "docs/errors.md";

/// What stands before the code of a failure in the source.
const BEFORE_A_CODE: [&str; 4] = ["Error::new(", "disproved(", "Advice::new(", "Self::new("];

/// The codes in the first column of the tables of a page, from a heading on, up to another.
fn codes_of(page: &str) -> BTreeSet<String> {
    let codes: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|c| c.0).collect();
    let set: BTreeSet<String> = codes.iter().map(ToString::to_string).collect();
    assert_eq!(set.len(), codes.len(), "{ERRORS} has a code twice");
    set
}

/// The texts in quotes of a source file that look like codes, each with what stands before it.
fn words(source: &str) -> Vec<(String, String)> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let parts: Vec<&str> = code.split('"').collect();
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let pairs = parts.windows(2).filter(|pair| is_word(pair[1]));
    pairs.map(|pair| (pair[0].trim_end().to_owned(), pair[1].to_owned())).collect()
}

/// The codes that failures have in the program.
fn codes_in_the_source() -> BTreeSet<String> {
    let mut codes: BTreeSet<String> = ledger::Code::NAMES.iter().map(ToString::to_string).collect();
    let is_program = |file: &str| !file.contains("/testing") && !file.ends_with("/tests.rs");
    for file in files_ending(&["crates/app/src", "crates/cli/src"], ".rs").into_iter().filter(|file| is_program(file)) {
        let found = words(&text(&file)).into_iter();
        codes.extend(
            found.filter(|(before, _)| BEFORE_A_CODE.iter().any(|end| before.ends_with(end))).map(|(_, code)| code),
        );
    }
    let of_ledger = words(&text("crates/ledger/src/error.rs"));
    codes.extend(
        of_ledger
            .into_iter()
            .filter(|(before, _)| last_line(before).starts_with("Self::") || before.ends_with(": &str ="))
            .map(|(_, code)| code),
    );
    for file in ["crates/reports/src/error.rs", "crates/app/src/error.rs", "crates/app/src/names/forget.rs"] {
        let is_code = |before: &str| {
            [": &str =", "=> (", "return (", "=> {\n                (", "NotFound) =>"]
                .iter()
                .any(|end| before.ends_with(end))
        };
        codes.extend(words(&text(file)).into_iter().filter(|(before, _)| is_code(before)).map(|(_, code)| code));
    }
    codes
}

fn last_line(text: &str) -> &str {
    text.lines().next_back().unwrap_or_default().trim_start()
}

#[test]
fn the_page_of_errors_has_the_codes_of_the_program() {
    let page = text(ERRORS);
    let (errors, findings) = page.split_once("\n## Findings\n").expect("findings stand last");
    assert_eq!(codes_of(errors), codes_in_the_source());
    let mut kinds: BTreeSet<String> = projection::FINDING_KINDS.iter().map(|(code, _)| (*code).to_owned()).collect();
    // Only a reader of the whole log finds it.
    kinds.insert("clock_jump".to_owned());
    assert_eq!(codes_of(findings), kinds);
}

#[allow(dead_code, reason = "the program's main is its own")]
#[path = "../examples/embedding.rs"]
mod embedding;

#[test]
fn the_page_on_embedding_shows_a_program_that_runs() {
    let (page, program) = (text("docs/embedding.md"), text("tests/examples/embedding.rs"));
    let (_, code) = program.split_once("\n\n").expect("a comment of the file comes first");
    assert!(page.contains(&format!("\n```rust\n{code}```\n")), "docs/embedding.md shows another program");
    let said = embedding::answer().unwrap();
    assert!(page.contains(&format!("It prints `{said}`.")), "docs/embedding.md does not say {said}");
}
