//! A session for tests.

use std::collections::BTreeMap;
use std::path::Path;

use ledger::{CustomerId, Event, EventId, Fact, Name, PartnerId, Timestamp, When};
use uuid::Uuid;

use crate::Session;
use crate::interrupt::Interrupt;
use crate::world::{Bar, Unit, Watch, World};

/// Somebody who looks away.
pub(crate) struct Nobody;

impl Watch for Nobody {
    fn say(&self, _: &str) {}
    fn warn(&self, _: &str) {}
    fn begin(&self, _: &'static str, _: Unit) -> Box<dyn Bar> {
        Box::new(Self)
    }
}

impl Bar for Nobody {
    fn at(&self, _: u64, _: Option<u64>) {}
}

/// Does something in a session whose directory is this.
pub(crate) fn within<T>(dir: &Path, act: impl FnOnce(&mut Session<'_>) -> T) -> T {
    let world = World {
        now: &mut || Timestamp::from_micros(0),
        new_id: &mut Uuid::nil,
        new_secret: &mut || Ok([7; 32]),
        dir: dir.to_owned(),
        watch: Box::new(Nobody),
        interrupt: Interrupt::default(),
    };
    act(&mut Session::new(world, dir.to_owned(), None))
}

/// Every file below a directory with its bytes. Those of a `lock` tell who had it last, and nothing of the ledger.
pub(crate) fn files(dir: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = if path.ends_with("lock") { Vec::new() } else { std::fs::read(&path).unwrap() };
            all.insert(path, bytes);
        }
    }
    all
}

/// A customer of a partner, by a location account if one is named, that churned.
pub(crate) fn churned(number: u128, partner: &str, location: Option<&str>) -> Event {
    Event {
        id: EventId(Uuid::from_u128(number)),
        partner: Some(PartnerId::new(partner).unwrap()),
        location: location.map(|location| Name::new(location).unwrap()),
        when: When::At(Timestamp::from_micros(0)),
        fact: Fact::CustomerChurned { customer: CustomerId(Uuid::from_u128(number)), areas: None, reason: None },
        note: None,
        source: None,
    }
}
