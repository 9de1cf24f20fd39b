//! What can be changed in a bundle, one thing at a time, and the reason for which it is refused.

use super::{
    ANSWER, ENTRIES, EVIDENCE, ONE_AREA, PARTNER, STATEMENT, export, judged, key, lines, replace, seal, world,
};

/// A hash in base64.
const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// What is changed, in which line, what there, to what, and the code of the refusal.
const REPLACED: &[(&str, usize, &str, &str, &str)] = &[
    ("a figure", ENTRIES + 1, "\"40\"", "\"41\"", "other_root"),
    ("a date", ENTRIES, "2025-01-09", "2025-01-08", "other_root"),
    ("a seq", ENTRIES, "\"seq\":0", "\"seq\":1", "other_root"),
    ("an instant", ENTRIES, "T09:00:00.0", "T08:00:00.0", "other_root"),
    ("a partner", ENTRIES, PARTNER, "other", "other_root"),
    ("white space in an entry", ENTRIES, ",\"event\"", ", \"event\"", "bad_entry"),
    ("points", ANSWER, "\"points\":", "\"points\":1", "other_score"),
    ("a size", ANSWER, "\"size\":6", "\"size\":7", "other_score"),
    ("findings added", ANSWER, "\"findings\":", "\"findings\":9", "other_statement"),
    ("no findings", ANSWER, "\"findings\"", "\"finding\"", "bad_bundle"),
    ("the day", STATEMENT, "2025-02-28", "2025-01-31", "other_score"),
    ("a day before the programme", STATEMENT, "2025-02-28", "2020-02-28", "other_score"),
    ("asked earlier", STATEMENT, "2025-02-02T23", "2025-02-01T23", "later_checkpoint"),
    ("asked later", STATEMENT, "2025-02-02T23", "2025-02-03T23", "older_checkpoint"),
    ("asked a little later", STATEMENT, "02T23:59:59.9", "02T23:59:59.8", "other_score"),
    ("another partner", STATEMENT, PARTNER, "other", "foreign_entry"),
    ("another basis", STATEMENT, "\"live\"", "\"published\"", "other_score"),
    ("no basis", STATEMENT, "\"live\"", "\"dead\"", "bad_bundle"),
    ("another area", STATEMENT, "modern_work", "security", "other_score"),
    ("unmeasured customers", STATEMENT, "\"exclude\"", "\"include\"", "other_statement"),
    ("the time of making", STATEMENT, "\"made_at\":\"2025", "\"made_at\":\"2024", "other_statement"),
    ("the version", STATEMENT, "\"version\":1", "\"version\":2", "later_format"),
    ("the format", STATEMENT, "pcs-audit", "pcs-adult", "bad_bundle"),
    ("a further field", STATEMENT, "{", "{\"x\":1,", "bad_bundle"),
    ("white space", EVIDENCE, ":", ": ", "bad_bundle"),
    ("a rule", STATEMENT, "total_min = 70", "total_min = 10", "other_rulebook"),
    ("no rules", STATEMENT, "\"text\":\"", "\"text\":\"x", "other_rulebook"),
    ("the name of the rules", STATEMENT, "\"name\":\"built", "\"name\":\"guilt", "other_rulebook"),
    ("rules said to be adopted", STATEMENT, "\"builtin\"", "\"adopted\"", "bad_bundle"),
    ("rules said to be given", STATEMENT, "\"builtin\"", "\"given\"", "other_statement"),
    ("a checkpoint", EVIDENCE, "\"checkpoint\":\"pcs-ledger\\n6", "\"checkpoint\":\"pcs-ledger\\n7", "bad_signature"),
    ("no checkpoint", EVIDENCE, "\"checkpoint\":\"pcs", "\"checkpoint\":\"\\npcs", "bad_note"),
    ("no key", EVIDENCE, "\"key\":\"", "\"key\":\"x", "bad_bundle"),
    ("half a hash added", EVIDENCE, "\"between\":\"", "\"between\":\"AAAA", "bad_bundle"),
    ("a change of key that is none", EVIDENCE, "\"rotations\":[", "\"rotations\":[\"{}\"", "bad_bundle"),
];

/// What is changed, how, and the code of the refusal.
type Row = (&'static str, fn(&mut Vec<String>), &'static str);

const CHANGED: &[Row] = &[
    ("nothing", |_| {}, "holds"),
    ("an entry removed", |lines| drop(lines.remove(ENTRIES + 1)), "other_root"),
    ("the last entry removed", |lines| drop(lines.pop()), "other_root"),
    ("all entries removed", |lines| lines.truncate(ENTRIES), "other_root"),
    ("entries swapped", |lines| lines.swap(ENTRIES, ENTRIES + 1), "bad_entry"),
    ("an entry twice", |lines| lines.push(lines[ENTRIES].clone()), "bad_entry"),
    ("an entry that is none", |lines| lines.push("{}".to_owned()), "bad_entry"),
    ("an entry forged", forge, "other_root"),
    ("findings hidden", |lines| hide_findings(lines), "other_findings"),
    ("a signature", |lines| change_signature(lines), "bad_signature"),
    ("a longer path", |lines| prepend(lines, "\"partner_path\":["), "entries_left_out"),
    ("a longer path of what holds for all", |lines| prepend(lines, "\"shared_path\":["), "entries_left_out"),
    ("a hash added", |lines| add_hash(lines), "other_root"),
    ("no evidence", |lines| lines.truncate(EVIDENCE), "bad_bundle"),
];

fn forge(lines: &mut Vec<String>) {
    let later = lines[ENTRIES].replace("\"seq\":0", "\"seq\":5").replace("2025-02-01T09", "2025-02-02T10");
    lines.push(later.replace("000000000001", "000000000099").replace("p1", "p7"));
}

fn hide_findings(lines: &mut [String]) {
    let at = lines[ANSWER].find("\"findings\":").unwrap();
    lines[ANSWER].replace_range(at.., "\"findings\":0}");
}

fn change_signature(lines: &mut [String]) {
    let at = lines[EVIDENCE].find("\u{2014} pcs-ledger ").unwrap() + 40;
    let other = if lines[EVIDENCE].as_bytes()[at] == b'A' { "B" } else { "A" };
    lines[EVIDENCE].replace_range(at..=at, other);
}

fn prepend(lines: &mut [String], list: &str) {
    replace(&mut lines[EVIDENCE], list, &format!("{list}\"{ZEROS}\","));
}

fn add_hash(lines: &mut [String]) {
    let three_hashes = "AAAA".repeat(32);
    replace(&mut lines[EVIDENCE], "\"between\":\"", &format!("\"between\":\"{three_hashes}"));
}

#[test]
fn every_change_that_is_sealed_again_is_refused_with_its_reason() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let (whole, key) = (lines(&world, "b.audit"), key(&world));
    let assert_refused = |what: &str, changed: &[String], code: &str| {
        seal(&world, "c.audit", changed);
        assert_eq!(judged(&world, "c.audit", &format!("--key {key}")), code, "{what}");
    };
    for (what, line, from, to, code) in REPLACED {
        let mut changed = whole.clone();
        replace(&mut changed[*line], from, to);
        assert_refused(what, &changed, code);
    }
    for (what, change, code) in CHANGED {
        let mut changed = whole.clone();
        change(&mut changed);
        assert_refused(what, &changed, code);
    }
}

#[test]
fn an_entry_of_a_later_version_is_told_from_a_false_one() {
    let world = world();
    export(&world, PARTNER, ONE_AREA, "b.audit");
    let mut changed = lines(&world, "b.audit");
    replace(&mut changed[ENTRIES], "\"type\":\"", "\"type\":\"later_");
    seal(&world, "c.audit", &changed);
    let said = world.run("audit verify c.audit --format json");
    assert_eq!((said.code, said.error()["code"].as_str()), (3, Some("unknown_type")), "{said:?}");
    assert!(said.stderr.contains("a later version wrote it"), "{}", said.stderr);
}
