//! Files that have no end, or are longer than what they are named for: all of them are read up to a bound.

use std::time::{Duration, Instant};

use super::{PARTNER, World, churn};

/// The longest that a command may take until it says so.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs a command, which must fail; returns its exit code, its code, and its message with the hints.
fn failed(world: &World, line: &str, stdin: impl std::io::Read + Send + 'static) -> (u8, String, String) {
    let started = Instant::now();
    let args: Vec<&str> = line.split_whitespace().chain(["--format", "json"]).collect();
    let (code, stderr) = world.run_between(&args, Box::new(stdin), Box::new(std::io::sink()));
    assert!(started.elapsed() < LIMIT, "{line} took {:?}", started.elapsed());
    let error: serde_json::Value = serde_json::from_str(stderr.lines().last().unwrap_or_default()).expect(line);
    let error = &error["error"];
    (code, error["code"].as_str().unwrap_or_default().to_owned(), format!("{} {}", error["message"], error["hints"]))
}

#[test]
fn a_device_is_read_up_to_the_bound_of_what_it_is_named_for() {
    let world = World::with_events(&[churn(1)]);
    let before = world.run("export").stdout;
    let witness = world.run("key make witness.example --out w.key").stdout;
    let add = format!("witness add --witness {} --cosigned", witness.lines().nth(1).unwrap());
    let score = format!("score --partner {PARTNER} --as-of 2025-03-01 --rulebook");
    for (line, code, exit, told) in [
        ("verify --checkpoint", "too_large", 1, "it has more than 1 MiB"),
        (&add, "too_large", 1, "it has more than 1 MiB"),
        ("rulebook check", "too_large", 1, "it has more than 16 MiB"),
        ("rulebook diff in-force", "too_large", 1, "it has more than 16 MiB"),
        ("rulebook adopt --name n --effective-at 2025-03-01", "too_large", 1, "it has more than 16 MiB"),
        (&score, "too_large", 1, "it has more than 16 MiB"),
        ("map check", "too_large", 1, "it has more than 16 MiB"),
        ("map show --map", "too_large", 1, "it has more than 16 MiB"),
        ("import", "too_large", 1, "line 1 has more than 64 MiB"),
        ("import --entries", "too_large", 1, "line 1 has more than 64 MiB"),
        ("import --kind azure-usage", "too_large", 1, "it is a device, which may have no end"),
        ("import --kind auto", "too_large", 1, "it is a device, which may have no end"),
        ("audit verify", "damaged", 3, "/dev/zero does not begin as an audit bundle does"),
        ("--ledger new restore", "damaged", 3, "/dev/zero does not begin as a backup of a ledger does"),
        ("checkpoint --key-file", "bad_key", 1, "/dev/zero holds no"),
    ] {
        let (found, name, message) = failed(&world, &format!("{line} /dev/zero"), std::io::empty());
        assert_eq!((found, name.as_str()), (exit, code), "{line}: {message}");
        assert!(message.contains(told), "{line}: {message}");
        assert!(code != "too_large" || message.contains("/dev/zero") || message.contains("zero"), "{line}: {message}");
        assert!(!message.ends_with("null"), "{line} has no hint: {message}");
    }
    let line = "record rulebook-adopted --name n --effective-at 2025-03-01 --rulebook @/dev/zero";
    let (found, code, message) = failed(&world, line, std::io::empty());
    assert_eq!((found, code.as_str()), (1, "too_large"), "{line}: {message}");
    let (found, code, message) = failed(&world, "map add /dev/zero segment A smb", std::io::empty());
    assert_eq!((found, code.as_str()), (1, "too_large"), "{message}");
    assert_eq!(world.run("export").stdout, before);
}

#[test]
fn standard_input_without_an_end_is_read_up_to_a_bound() {
    let world = World::with_ledger();
    for line in ["import -", "import --entries --skip-bad -"] {
        let (found, code, message) = failed(&world, line, std::io::repeat(b'x'));
        assert_eq!((found, code.as_str()), (1, "too_large"), "{line}: {message}");
        assert!(message.contains("line 1 has more than 64 MiB"), "{line}: {message}");
    }
    assert_eq!(world.run("export").stdout, "");
}
