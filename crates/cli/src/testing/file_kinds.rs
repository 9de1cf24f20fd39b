//! A file of another kind than a command reads is named as what it is, with the command that takes it.

use std::fs;

use projection::rulebook::Rulebook;

use super::folders::AZURE;
use super::{PARTNER, World, churn};

/// Files of every kind: their name, what they are, and what the hint about them names.
const FILES: [(&str, &str, &str); 13] = [
    ("note", "a checkpoint of a ledger", "`pcs verify --checkpoint note`"),
    ("entries.jsonl", "an export of a ledger", "`pcs import --entries entries.jsonl`"),
    ("events.jsonl", "a file of events", "`pcs import events.jsonl`"),
    ("copy.pcs", "a backup of a ledger", "`pcs --ledger DIR restore copy.pcs`"),
    ("bundle.audit", "an audit bundle", "`pcs audit verify bundle.audit`"),
    ("rules.toml", "a rulebook", "`pcs rulebook check rules.toml`"),
    ("maps.toml", "a file of mappings", "`pcs map check maps.toml`"),
    ("signer", "a key that signs", "`pcs checkpoint --key-file signer`"),
    ("verifier", "a key that checks", "`--key VKEY`"),
    ("azure.csv", "a report", "`pcs import azure.csv --kind auto`"),
    ("table.parquet", "a table of Parquet", "`pcs export`"),
    ("pcs-ledger", "a ledger", "`pcs --ledger pcs-ledger stats`"),
    ("mirror", "a ledger's tiles", "`pcs export --tiles mirror`"),
];

/// Commands that read a file, which stands for `{}`, with what they take it for and their exit code for another.
fn readers() -> Vec<(String, &'static str, u8)> {
    let score = format!("score --partner {PARTNER} --as-of 2025-01-31");
    let export = format!("audit export --partner {PARTNER} --as-of 2025-01-31 --out new.audit --checkpoint {{}}");
    let (checkpoint, key, rules, maps) =
        ("a checkpoint of a ledger", "a key that signs", "a rulebook", "a file of mappings");
    [
        ("--ledger new restore {}", "a backup of a ledger", 3),
        ("audit verify {}", "an audit bundle", 3),
        ("audit verify bundle.audit --checkpoint {}", checkpoint, 3),
        ("verify --checkpoint {}", checkpoint, 3),
        (&export, checkpoint, 3),
        ("witness add --witness-key witness.key --checkpoint {}", checkpoint, 3),
        ("checkpoint --key-file {}", key, 1),
        ("witness add --witness-key {}", key, 1),
        ("key rotate --new-key-file {}", key, 1),
        ("rulebook check {}", rules, 1),
        ("rulebook adopt {}", rules, 1),
        ("rulebook diff {} builtin-2026-08", rules, 1),
        ("rulebook show --rulebook {}", rules, 1),
        (&format!("{score} --rulebook {{}}"), rules, 1),
        ("record rulebook-adopted --name x --effective-at today --rulebook @{}", rules, 1),
        ("map check {}", maps, 1),
        ("map add {} segment Small smb", maps, 1),
        ("map show --map {}", maps, 1),
        ("import azure.csv --kind azure-usage --map {}", maps, 1),
        ("import {}", "a file of events", 1),
        ("import {} --kind events", "a file of events", 1),
        ("import {} --entries", "an export of a ledger", 1),
        ("import {} --kind azure-usage", "a report", 1),
        ("import {} --kind auto", "a report", 1),
        (&format!("{score} --assume {{}}"), "a file of events", 1),
        ("--ledger {} stats", "a ledger", 1),
    ]
    .map(|(command, wanted, code)| (command.to_owned(), wanted, code))
    .into()
}

fn with_everything() -> World {
    let world = World::with_events(&[churn(1)]);
    world.write("azure.csv", AZURE);
    world.write("rules.toml", Rulebook::builtin().text());
    for line in [
        "backup --out copy.pcs",
        &format!("audit export --partner {PARTNER} --as-of 2025-01-31 --out bundle.audit"),
        "export --tiles mirror",
        "export --parquet table.parquet",
        "map add maps.toml segment Small smb",
        "key make w --out witness.key",
    ] {
        let said = world.run(line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
    }
    fs::copy(world.path("pcs-ledger/key"), world.path("signer")).unwrap();
    for (name, command) in [("verifier", "key show"), ("note", "checkpoint"), ("entries.jsonl", "export")] {
        world.write(name, &world.run(command).stdout);
    }
    world
}

#[test]
fn every_command_names_a_file_of_another_kind_as_what_it_is() {
    let world = with_everything();
    let key = world.read("signer");
    for (command, wanted, code) in readers() {
        for (file, what, hint) in FILES {
            let is_import = command.starts_with("import {}");
            // These are recognised, whatever was expected.
            let is_read =
                command.ends_with("--kind auto") && ["a file of events", "an export of a ledger"].contains(&what);
            let is_read = is_read || command == "import {}" && what == "a report";
            if what == wanted || is_read {
                continue;
            }
            let said = world.run(&command.replace("{}", file));
            // A directory cannot even be read as a file, and the digest of a bundle holds.
            let is_other = world.path(file).is_dir() || file == "bundle.audit";
            let is_code = said.code == code || said.code == 1 && is_other;
            assert!(is_code && said.stdout.is_empty(), "{command} {file}: {said:?}");
            let is_named = said.stderr.contains(&format!("is {what}"))
                || is_import && what == "a report" && said.stderr.contains("looks like azure-usage")
                || is_import && said.stderr.contains("it is an export");
            assert!(is_named, "{command} {file}: {said:?}");
            let hint = if command.starts_with("--ledger {}") { "hint: `" } else { hint };
            let names_command = said.stderr.contains(hint) || is_import && what == "a report";
            assert!(names_command, "{command} {file}: {said:?}");
            assert!(!said.stderr.contains("cut or changed") && !said.stderr.contains(key.trim()), "{said:?}");
        }
    }
    assert_eq!(world.run("export").stdout, world.read("entries.jsonl"), "nothing was recorded");
}

#[test]
fn each_command_takes_its_own_kind() {
    let world = with_everything();
    for (command, file) in [
        ("--ledger new restore {}", "copy.pcs"),
        ("audit verify {}", "bundle.audit"),
        ("verify --checkpoint {}", "note"),
        ("checkpoint --key-file {}", "signer"),
        ("rulebook check {}", "rules.toml"),
        ("map check {}", "maps.toml"),
        ("import {}", "events.jsonl"),
        ("import {} --kind auto", "azure.csv"),
    ] {
        let said = world.run(&command.replace("{}", file));
        assert_eq!(said.code, 0, "{command} {file}: {said:?}");
    }
}

#[test]
fn what_is_no_file_of_ours_is_not_said_to_be_cut() {
    let world = World::with_ledger();
    world.write("letter", "Dear reader,\n\nnothing of this was ever a backup.\n".repeat(20).as_str());
    for (command, what) in
        [("--ledger new restore letter", "a backup of a ledger"), ("audit verify letter", "an audit bundle")]
    {
        let said = world.run(command);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.stderr.starts_with(&format!("error: letter does not begin as {what} does\n")), "{said:?}");
    }
    // What begins as one was cut.
    assert_eq!(world.run("backup --out copy.pcs").code, 0);
    let bytes = world.read_bytes("copy.pcs");
    fs::write(world.path("copy.pcs"), &bytes[..bytes.len() - 1]).unwrap();
    let said = world.run("--ledger new restore copy.pcs");
    assert!(said.stderr.contains("it was cut or changed"), "{said:?}");
}
