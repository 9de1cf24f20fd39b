//! The documents tell the truth: their sessions run, their links lead somewhere, the reference is the program's.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::expected::matches;
use crate::processes::PCS;
use crate::repository::{files_ending, text, top};

/// A session of a document: commands, each with what it says.
struct Block {
    /// The line at which it begins.
    line: usize,
    commands: Vec<(String, Vec<String>)>,
}

fn documents() -> Vec<String> {
    let mut documents = files_ending(&["docs"], ".md");
    documents.push("README.md".to_owned());
    documents
}

#[test]
fn the_sessions_of_the_documents_run_as_they_are_shown() {
    let mut differences = Vec::new();
    for document in documents() {
        let blocks = blocks(&document);
        let home = tempfile::tempdir().unwrap();
        let path = tempfile::tempdir().unwrap();
        symlink(PCS, path.path().join("pcs")).unwrap();
        for (name, program) in programs(&document) {
            std::fs::write(home.path().join(name), program).unwrap();
        }
        for Block { line, commands } in blocks {
            for (command, expected) in commands {
                let said = shell(home.path(), path.path(), &command);
                if !matches(&expected, &said) {
                    let (shown, was) = (expected.join("\n"), said.join("\n"));
                    differences.push(format!("{document}:{line}: $ {command}\nshown:\n{shown}\nsaid:\n{was}\n"));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The programs in Python that a document shows, each with the name of the file in which its sessions find it: the one
/// that stands behind `python`, else that of the document.
pub fn programs(document: &str) -> Vec<(String, String)> {
    let text = text(document);
    let own = Path::new(document).with_extension("py");
    let own = own.file_name().expect("a document has a name").to_string_lossy().into_owned();
    let blocks = text.split("\n```python").skip(1).map(|block| {
        let (name, rest) = block.split_once('\n').expect("a block has lines");
        let (program, _) = rest.split_once("\n```\n").expect("a block is ended");
        let name = if name.is_empty() { own.clone() } else { name.trim().to_owned() };
        (name, format!("{program}\n"))
    });
    let programs: Vec<(String, String)> = blocks.collect();
    let names: BTreeSet<&String> = programs.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), programs.len(), "{document} gives each program a name of its own");
    programs
}

/// Runs a command line, in the directory of the document's session; returns all that it said.
fn shell(home: &Path, programs: &Path, command: &str) -> Vec<String> {
    let others = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:/usr/bin:/bin:{others}", programs.display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(home).env_clear();
    shell.envs([("PATH", path.as_str()), ("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")]);
    let output = shell.env("TMPDIR", home).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The sessions of a document.
fn blocks(document: &str) -> Vec<Block> {
    let text = text(document);
    let mut lines = (1..).zip(text.lines());
    let mut blocks = Vec::new();
    while let Some((line, fence)) = lines.next() {
        if fence.trim() != "```console" {
            continue;
        }
        let mut commands: Vec<(String, Vec<String>)> = Vec::new();
        let mut continued = false;
        for (number, text) in lines.by_ref().take_while(|(_, text)| text.trim() != "```") {
            match (text.strip_prefix("$ "), commands.last_mut()) {
                (_, Some((command, _))) if continued => *command = format!("{command}\n{text}"),
                (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
                (None, Some((_, said))) => said.push(text.to_owned()),
                (None, None) => panic!("{document}:{number}: a session begins with a command: {text}"),
            }
            continued = text.ends_with('\\');
        }
        blocks.push(Block { line, commands });
    }
    blocks
}

#[test]
fn the_reference_of_the_commands_is_the_programs_own() {
    let file = "docs/cli.md";
    if std::env::var_os("PCS_TEST_UPDATE").is_some() {
        std::fs::write(top().join(file), cli::reference()).unwrap();
    }
    assert!(text(file) == cli::reference(), "{file} is not what the program says; PCS_TEST_UPDATE=1 writes it");
}

#[test]
fn the_picture_is_the_programs_own() {
    let (home, file) = (tempfile::tempdir().unwrap(), "docs/timeline.svg");
    let pcs = |line: &str| Command::new(PCS).args(line.split(' ')).current_dir(home.path()).output().unwrap().stdout;
    pcs("demo --dir example");
    let svg = pcs(
        "--ledger example timeline --partner 6034453 --area infrastructure --from 2024-09-01 --to 2025-03-31 --svg -",
    );
    if std::env::var_os("PCS_TEST_UPDATE").is_some() {
        std::fs::write(top().join(file), &svg).unwrap();
    }
    assert!(svg.starts_with(b"<?xml"), "{}", String::from_utf8_lossy(&svg));
    assert!(text(file).as_bytes() == svg, "{file} is not what the program draws; PCS_TEST_UPDATE=1 draws it");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        for target in links(&text(&document)).into_iter().filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(file, a)| (file, Some(a)));
            let directory = Path::new(&document).parent().expect("a file lies in a directory");
            let linked = if file.is_empty() { Path::new(&document).to_owned() } else { directory.join(file) };
            assert!(top().join(&linked).exists(), "{document}: the link to {target} leads nowhere");
            if let Some(anchor) = anchor {
                let anchors = anchors(&text(linked.to_str().unwrap()));
                assert!(anchors.contains(anchor), "{document}: {target}: there is no such heading");
            }
        }
    }
}

/// The targets of the links of a document.
fn links(text: &str) -> Vec<String> {
    let is_code = |nth: usize| nth % 2 == 1;
    let prose: String = text.split("```").enumerate().filter(|(nth, _)| !is_code(*nth)).map(|(_, part)| part).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of a document's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let keep = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    headings
        .map(|heading| heading.to_lowercase().replace(' ', "-").chars().filter(|letter| keep(*letter)).collect())
        .collect()
}

#[test]
fn commands_of_a_session_may_go_on_in_the_next_line() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(shell(home.path(), home.path(), "echo one \\\ntwo; echo three >&2"), ["one two", "three"]);
}
