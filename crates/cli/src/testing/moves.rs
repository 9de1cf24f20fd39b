//! A ledger that is moved, and another one put in its place, while an import reads.

use std::fs;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::people::report;
use super::{World, churn, files};

const LEDGER: &str = "pcs-ledger";

/// Acts once, when what is before it has been read, and is empty.
struct Act<F>(Option<F>);

impl<F: FnOnce()> Read for Act<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        if let Some(act) = self.0.take() {
            act();
        }
        Ok(0)
    }
}

/// A world with a ledger, and another one beside it.
fn world() -> World {
    let world = World::with_events(&[churn(1)]);
    assert_eq!(world.run("--ledger other init").code, 0);
    world
}

/// Runs an import whose input has two halves; between them the ledger is moved, and `then` put in its place.
fn import(world: &World, line: &str, halves: [String; 2], then: impl Fn() + Send + 'static) -> (u8, String) {
    let [first, second] = halves.map(String::into_bytes).map(Cursor::new);
    let (place, moved) = (world.path(LEDGER), world.path("moved"));
    let act = Act(Some(move || {
        fs::rename(place, moved).unwrap();
        then();
    }));
    let args: Vec<&str> = line.split(' ').collect();
    world.run_between(&args, Box::new(first.chain(act).chain(second)), Box::new(io::sink()))
}

/// Moves the other ledger to the place of the first.
fn other_in_place(world: &World) -> impl Fn() + Send + 'static {
    let (other, live) = (world.path("other"), world.path(LEDGER));
    move || fs::rename(&other, &live).unwrap()
}

fn size(world: &World, ledger: &str) -> u64 {
    let said = world.run(&format!("--ledger {ledger} --format json verify"));
    assert_eq!(said.code, 0, "{ledger}: {said:?}");
    serde_json::from_str::<Value>(&said.stdout).unwrap()["size"].as_u64().unwrap()
}

/// The lines of events with these numbers.
fn churns(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| churn(number) + "\n").collect()
}

#[test]
fn an_import_ends_in_the_ledger_in_which_it_began() {
    let world = world();
    let other = files(&world.path("other"));
    let then = other_in_place(&world);
    let (code, stderr) = import(&world, "import --keep -", [churns(2..3_000), churns(3_000..6_000)], then);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!((size(&world, "moved"), size(&world, LEDGER)), (5_999, 0));
    assert!(world.run("--ledger moved kept verify").stdout.starts_with("whole: 1 file"));
    assert_eq!(files(&world.path(LEDGER)).len(), other.len(), "a file of the import is in another ledger");
    assert!(files(&world.path(LEDGER)).into_values().eq(other.into_values()), "another ledger was written");
}

#[test]
fn persons_and_kept_files_stay_with_their_ledger() {
    let world = world();
    let rows = report(&[["Ana", "990001", "AAD-1", "AZ-104"], ["Bo", "", "AAD-2", "AZ-305"]]);
    // A report is looked through before the ledger is opened; the secret is made behind that.
    let (place, moved, then) = (world.path(LEDGER), world.path("moved"), other_in_place(&world));
    *world.before_secret.lock().unwrap() = Some(Box::new(move || {
        fs::rename(place, moved).unwrap();
        then();
    }));
    let said = world.run_with("import --kind training-completions --people --keep -", rows.as_bytes());
    assert_eq!(said.code, 0, "{said:?}");
    let said = world.run("--ledger moved people list");
    assert!(said.stdout.contains("Ana") && said.stdout.contains("Bo"), "{said:?}");
    assert_eq!(size(&world, "moved"), 3);
    let names: Vec<_> = fs::read_dir(world.path(LEDGER)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "people.json" || name == "people.secret" || name == "kept"), "{names:?}");
}

#[test]
fn a_link_in_the_place_of_the_ledger_changes_nothing() {
    let world = world();
    let (elsewhere, live) = (world.path("elsewhere"), world.path(LEDGER));
    fs::create_dir(&elsewhere).unwrap();
    let then = move || symlink(&elsewhere, &live).unwrap();
    let (code, stderr) = import(&world, "import --keep -", [churns(2..10), churns(10..20)], then);
    assert_eq!((code, size(&world, "moved")), (0, 19), "{stderr}");
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 0);
}

#[test]
fn an_import_into_a_ledger_that_was_removed_is_refused() {
    let world = world();
    let moved = world.path("moved");
    let then = move || fs::remove_dir_all(&moved).unwrap();
    let (code, stderr) = import(&world, "--format json import -", [churns(2..10), churns(10..20)], then);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("the file was removed while the ledger was in use"), "{stderr}");
    assert!(!world.path(LEDGER).exists() && !world.path("moved").exists(), "a ledger was made");
}
