//! A writer comes while a reader opens, at every moment of that: the reader sees what is acknowledged, and no error.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk};
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::reader::Reader;
use crate::store::options::Options;
use crate::testing::{at, churn, lines};

const DIR: &str = "/ledger";

/// What happens after so many looks at the disk.
struct Plan {
    looks: usize,
    act: Box<dyn FnOnce()>,
}

thread_local! {
    static PLANNED: RefCell<Option<Plan>> = const { RefCell::new(None) };
}

/// Counts the looks at the disk, and does what is planned.
fn look() {
    let due = PLANNED.with_borrow_mut(|planned| match planned {
        Some(Plan { looks: 0, .. }) => planned.take(),
        Some(Plan { looks, .. }) => {
            *looks -= 1;
            None
        }
        None => None,
    });
    if let Some(due) = due {
        (due.act)();
    }
}

fn on(disk: &MemoryDisk) -> Options {
    Options { segment_bytes: 2_000, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) }
}

fn made() -> MemoryDisk {
    let disk = MemoryDisk::pausing(look);
    let key = LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap());
    let mut ledger = Ledger::create_on(Path::new(DIR), &key, &on(&disk)).unwrap();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    disk
}

/// A writer appends two groups. The second gets as far as so many operations. Then the writer stays, or goes.
fn write(disk: &MemoryDisk, ops: usize, stays: bool) {
    let (mut ledger, _) = Ledger::open_on(Path::new(DIR), &on(disk), &mut |_| {}).unwrap();
    ledger.append(&[churn(2, "a")], at(0)).unwrap();
    disk.set_fault(Some(Fault { after: ops, kind: ErrorKind::Other, once: false, short: false }));
    drop(ledger.append(&[churn(3, "a"), churn(4, "a")], at(0)));
    if stays {
        // It holds the lock to the end.
        std::mem::forget(ledger);
    } else {
        drop(ledger);
    }
    disk.set_fault(None);
}

#[test]
fn a_reader_sees_what_is_acknowledged_whenever_a_writer_comes() {
    let mut looks = 0;
    let mut is_met = true;
    while is_met {
        for (ops, stays) in (0..6).flat_map(|ops| [(ops, true), (ops, false)]) {
            let disk = made();
            let writers = disk.clone();
            let act = Box::new(move || write(&writers, ops, stays));
            PLANNED.set(Some(Plan { looks, act }));
            let reader = Reader::open_on(Path::new(DIR), &on(&disk));
            is_met = PLANNED.take().is_none();
            let reader = reader.unwrap_or_else(|error| panic!("{looks} looks, {ops} operations: {error:?}"));
            let seen = lines(&reader);
            let later = Reader::open_on(Path::new(DIR), &on(&disk)).unwrap();
            assert!(
                later.size() >= reader.size() && lines(&later).starts_with(&seen),
                "{looks} looks, {ops} operations: {} entries were seen, and then {}",
                reader.size(),
                later.size()
            );
        }
        looks += 1;
    }
    assert!(looks > 10, "only {looks} moments");
}
