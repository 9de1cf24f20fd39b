use super::FileKind;

fn content(name: &str, head: &[u8]) -> Option<&'static str> {
    FileKind::of_own(name, head).map(FileKind::what)
}

#[test]
fn files_of_ledgers_are_told_under_any_name() {
    let digest = "ab".repeat(32);
    let key = "pcs-ledger+5ba2c8d1+AT0ANLfk1cSVgXcKOxhnq7Cu4sjMrQjN9YFkz6HkkBaU";
    let person = format!("{{\"p12ab-{}\":{{\"name\":\"x\"}}}}", "0a".repeat(12));
    for (name, text, what) in [
        ("a.txt", format!("\u{feff}\nPRIVATE+KEY+{key}\n"), "a key that signs"),
        ("a.csv", format!("{key}\n"), "a key that checks"),
        ("x", "pcs-people-secret 1\nff\n".to_owned(), "the secret of a ledger's pseudonyms"),
        ("x", "{\"format\":\"pcs-backup\",\"version\":1}".to_owned(), "a backup of a ledger"),
        ("x", "{\"format\":\"pcs-audit\"}".to_owned(), "an audit bundle"),
        ("x", "{\"format\":\"pcs-signed\"}\nc2VhbA==\n".to_owned(), "the memory of a key that signs"),
        ("x", format!("pcs\n12\n{}=\n\n", "a".repeat(43)), "a checkpoint of a ledger"),
        ("x", person, "a ledger's map of persons"),
        (&format!("{digest}.gz"), "Month,a".to_owned(), "what a ledger kept"),
        (&format!("a/{digest}.json"), "{}".to_owned(), "what a ledger kept"),
        ("a/b.csv.unfinished", "Month,a".to_owned(), "a file that was not finished"),
    ] {
        assert_eq!(content(name, text.as_bytes()), Some(what), "{name}: {text}");
    }
    assert_eq!(content("x", b"\xF5PCS-SEC\x01\0\0\0"), Some("a secret of a ledger"));
    assert_eq!(content("x", b"pcsstat2\x01"), Some("a part of a ledger"));
}

#[test]
fn other_files_are_none_of_a_ledgers() {
    for (name, text) in [
        ("a.csv", "Month,ACR_USD\n202501,2\n"),
        ("abab.gz", "Month,a"),
        ("key", "Month"),
        ("a.json", "{\"format\":\"x\"}"),
        ("a.json", "{\"properties\":{}}"),
        ("a", "a\n12\nb"),
        ("a", "a+b+c"),
        ("a", ""),
        ("a.pem", "-----BEGIN PRIVATE KEY-----\n"),
    ] {
        assert_eq!(content(name, text.as_bytes()), None, "{name}: {text}");
    }
}
