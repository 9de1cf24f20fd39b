//! Entries that a later version of the program wrote: they are no damage, and each command that meets one says so.

use super::salvages::{falsify, five};
use super::{PARTNER, World, churn, files};

#[test]
fn a_command_that_meets_an_entry_of_a_later_version_says_so() {
    let world = five();
    falsify(&world, 2);
    let before = files(&world.path("pcs-ledger"));
    let version = env!("CARGO_PKG_VERSION");
    let what =
        format!("entry 2 is of the type customer_chirped, which pcs {version} does not know: a later version wrote it");
    world.write("more.jsonl", &churn(6));
    for line in [
        "verify".to_owned(),
        "stats".to_owned(),
        "export".to_owned(),
        "log".to_owned(),
        "check".to_owned(),
        "replay".to_owned(),
        format!("score --partner {PARTNER} --as-of 2025-01-31"),
        format!("diff --partner {PARTNER} --from 2025-01-01 --to 2025-01-31"),
        "import more.jsonl".to_owned(),
        "checkpoint".to_owned(),
        "backup --out b".to_owned(),
        format!("record customer-churned --partner {PARTNER} --effective-at today --customer {}", super::CUSTOMER),
    ] {
        let said = world.run(&line);
        let hint = "hint: use the version of pcs that wrote it, or a newer one\n";
        assert_eq!((said.code, said.stderr.as_str()), (1, format!("error: {what}\n{hint}").as_str()), "{line}");
        let error = world.run(&format!("--format json {line}")).error();
        assert_eq!((error["code"].as_str(), error["message"].as_str()), (Some("unknown_type"), Some(&*what)), "{line}");
    }
    assert_eq!(files(&world.path("pcs-ledger")), before, "the ledger was changed");
}

#[test]
fn an_exported_entry_of_a_later_version_is_refused_with_its_line() {
    let world = World::with_events(&[churn(1), churn(2)]);
    let exported = world.run("export").stdout;
    for (from, to, code, what) in [
        ("customer_churned", "customer_gone", "unknown_type", "entry 1 is of the type customer_gone, which pcs "),
        ("\"customer\"", "\"mood\":\"x\",\"customer\"", "unknown_field", "entry 1 has the field mood, which pcs "),
    ] {
        let (first, second) = exported.split_once('\n').unwrap();
        let fresh = World::with_ledger();
        fresh.write("e.jsonl", &format!("{first}\n{}", second.replacen(from, to, 1)));
        let said = fresh.run("import --entries e.jsonl");
        let refused = format!("caused by: line 2: {code}: {what}");
        assert!(said.code == 1 && said.stderr.contains(&refused), "{}", said.stderr);
        assert!(said.stderr.contains("line 2: use the version of pcs that wrote it"), "{}", said.stderr);
    }
}

/// The header of the segment that begins with an entry, in another format.
fn header(first_seq: u64) -> Vec<u8> {
    let mut bytes = b"\xf5PCS-LOG\x02\0\0\0\0\0\0\0".to_vec();
    bytes.extend(first_seq.to_le_bytes());
    bytes.extend([0; 4]);
    let crc = crc32c::crc32c(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

#[test]
fn a_log_in_a_later_format_is_no_damage_and_the_version_that_reads_it_is_named() {
    // A later version begins a ledger, or goes on with it in a new segment.
    for first_seq in [0, 2] {
        let world = World::with_events(&[churn(1), churn(2)]);
        let path = world.path(&format!("pcs-ledger/log/{first_seq:020}.log"));
        let mut bytes = std::fs::read(&path).unwrap_or_else(|_| vec![0; 32]);
        bytes[..32].copy_from_slice(&header(first_seq));
        std::fs::write(&path, bytes).unwrap();
        world.write("more.jsonl", &churn(3));
        let version = env!("CARGO_PKG_VERSION");
        let what = format!(
            "has format 2, and pcs {version} reads formats up to 1: a later version wrote it\nhint: use the version"
        );
        for line in
            ["stats", "verify", "import more.jsonl", "score --all-partners --as-of 2025-01-31", "backup --out b"]
        {
            let said = world.run(line);
            assert!(said.code == 1 && said.stderr.contains(&what), "{first_seq}, {line}: {said:?}");
            assert_eq!(world.run(&format!("--format json {line}")).error()["code"], "later_format", "{line}");
        }
    }
}
