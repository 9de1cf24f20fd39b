//! A writer that lets its lock go, and goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk};
use crate::error::OpenError;
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::store::options::Options;
use crate::testing::{at, churn, copy_dir, ledger};
use crate::verification::verify;

fn open(dir: &Path) -> Ledger {
    Ledger::open(dir, &mut |_| {}).unwrap().0
}

#[test]
fn a_ledger_that_rests_goes_on_unless_another_writer_came_or_took_its_place() {
    let (dir, mut ledger) = ledger();
    let wait = Duration::ZERO;
    for number in 0..20 {
        ledger.append(&[churn(number, "a")], at(0)).unwrap();
        ledger = ledger.rest().unwrap().resume(wait).unwrap().expect("nobody came");
    }
    let resting = ledger.rest().unwrap();
    let mut other = open(dir.path());
    assert_eq!(other.size(), 20);
    let locked = resting.resume(wait).unwrap_err();
    assert!(matches!(locked, OpenError::Locked(_)), "{locked:?}");
    other.append(&[churn(20, "a")], at(0)).unwrap();
    let resting = other.rest().unwrap();
    // A writer that is killed may leave a group that nobody was told of.
    let mut killed = open(dir.path());
    killed.append(&[churn(21, "a")], at(0)).unwrap();
    drop(killed);
    assert!(resting.resume(wait).unwrap().is_none());
    let mut ledger = open(dir.path());
    ledger.append(&[churn(22, "a")], at(0)).unwrap();
    let resting = ledger.rest().unwrap();
    let (moved, copy) = (dir.path().with_extension("moved"), dir.path().with_extension("copy"));
    copy_dir(dir.path(), &copy);
    fs::rename(dir.path(), &moved).unwrap();
    fs::rename(&copy, dir.path()).unwrap();
    assert!(resting.resume(wait).unwrap().is_none(), "another directory has its path");
    for place in [dir.path(), &moved] {
        assert_eq!(verify(place, &mut |_| {}).unwrap().size, 23);
    }
    fs::remove_dir_all(&moved).unwrap();
}

#[test]
fn a_ledger_that_cannot_be_written_does_not_rest() {
    let disk = MemoryDisk::default();
    let options = Options { volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) };
    let key = LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap());
    let mut ledger = Ledger::create_on(Path::new("/ledger"), &key, &options).unwrap();
    disk.set_fault(Some(Fault { after: 0, kind: io::ErrorKind::Other, once: false, short: false }));
    ledger.append(&[churn(1, "a")], at(0)).unwrap_err();
    assert!(ledger.rest().is_none());
}
