//! A ledger that is made for the first time: nobody is left without its verifier key.

use std::fs;
use std::io::{self, Write};

use super::World;

/// A stream that fails at its end, as a full disk and a closed pipe do.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_key_that_was_not_printed_is_told_with_the_command_that_prints_it() {
    for (kind, code) in [(io::ErrorKind::StorageFull, "disk_full"), (io::ErrorKind::BrokenPipe, "failed")] {
        for args in [&["--format", "json", "init"][..], &["--format", "json", "--ledger", "there", "init"]] {
            let world = World::empty();
            let (exit, stderr) = world.run_into(args, b"", Box::new(Failing(kind)));
            assert_eq!(exit, 1, "{stderr}");
            let error = &serde_json::from_str::<serde_json::Value>(&stderr).unwrap()["error"];
            assert_eq!(error["code"], code);
            assert!(error["message"].as_str().unwrap().starts_with("made a ledger in "), "{stderr}");
            assert_eq!(error["hints"], serde_json::json!(["`pcs key show` prints it; the ledger is whole"]));
            let named = args.iter().skip(2).take_while(|arg| **arg != "init");
            let show: Vec<&str> = named.copied().chain(["key", "show"]).collect();
            let said = world.run_args(&show, b"");
            assert!(said.code == 0 && said.stdout.starts_with("pcs-ledger+"), "{said:?}");
        }
    }
}

#[test]
fn a_ledger_that_could_not_be_made_is_made_by_the_next_attempt() {
    let world = World::empty();
    // Where `head` is to be, nothing can be written: the log is there by then.
    fs::create_dir_all(world.path("pcs-ledger/head/x")).unwrap();
    let said = world.run("init");
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    fs::remove_dir_all(world.path("pcs-ledger/head")).unwrap();
    let said = world.run("init");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(world.run("key show").stdout, said.stdout, "the key of the first attempt is left");
}
