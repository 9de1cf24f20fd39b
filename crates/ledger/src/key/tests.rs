use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::error::RotateError;
use crate::event::{Event, Fact};
use crate::ledger::Ledger;
use crate::proof::Rotation;
use crate::testing::{at, churn, id, ledger, lines, rotate};
use crate::verification::verify;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn signing(key: LedgerKey) -> SigningKey {
    match key {
        LedgerKey::Here(key) => key,
        LedgerKey::Elsewhere(key) => panic!("{key} is kept elsewhere"),
    }
}

#[test]
fn a_key_is_read_as_it_was_written_and_only_its_owner_may() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(UNFINISHED_KEY), "left by a crash").unwrap();
    let key = SigningKey::generate("example.com/ledger").unwrap();
    LedgerKey::Here(key.clone()).write_as(&Volume::real(), dir.path(), KEY).unwrap();
    let path = dir.path().join(KEY);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(signing(read_key(&path).unwrap()).to_text(), key.to_text());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    for exposed in [0o640, 0o604, 0o620, 0o666] {
        set_mode(&path, exposed);
        assert!(matches!(read_key(&path), Err(KeyError::Exposed { mode, .. }) if mode == exposed));
    }
    LedgerKey::Elsewhere(key.verifier()).write_as(&Volume::real(), dir.path(), KEY).unwrap();
    set_mode(&path, 0o644);
    assert!(matches!(read_key(&path).unwrap(), LedgerKey::Elsewhere(found) if found == key.verifier()));
    assert!(key.write_new(&path).is_err(), "a file that is there is not overwritten");
}

#[test]
fn a_missing_or_changed_key_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(KEY);
    assert!(matches!(read_key(&path), Err(KeyError::Missing(_))));
    let key = SigningKey::generate("example.com/ledger").unwrap();
    let (text, cosigner) = (key.to_text(), key.cosigner().to_string());
    for text in ["", "PRIVATE+KEY", &text.replace("example", "sample"), &cosigner, &format!("{text}\n{text}")] {
        fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
        assert!(matches!(read_key(&path), Err(KeyError::Malformed(_))), "{text:?} was taken");
    }
    fs::write(&path, [0xff]).unwrap();
    assert!(matches!(read_key(&path), Err(KeyError::Malformed(_))));
}

#[test]
fn names_that_a_note_cannot_carry_are_refused() {
    for origin in ["", "a b", "a+b", "a\n", "a\u{7}"] {
        assert!(matches!(SigningKey::generate(origin), Err(CreateError::Origin(_))), "{origin:?} was taken");
    }
}

#[test]
fn a_change_of_key_is_an_entry_that_the_old_key_signed() {
    let (dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a"), churn(2, "b")], at(0)).unwrap();
    let first = signing(LedgerKey::of(dir.path(), &ledger.reader()).unwrap());
    let second = SigningKey::generate(first.name()).unwrap();
    assert_eq!(rotate(&mut ledger, &first, &LedgerKey::Here(second.clone()), id(3), at(5)).unwrap(), 2);
    let reader = ledger.reader();
    assert_eq!(LedgerKey::of(dir.path(), &reader).unwrap().verifier(), second.verifier());
    assert!(!dir.path().join(NEXT_KEY).exists());
    // The next one is kept elsewhere.
    let third = SigningKey::generate(first.name()).unwrap();
    assert_eq!(rotate(&mut ledger, &second, &LedgerKey::Elsewhere(third.verifier()), id(4), at(6)).unwrap(), 3);
    let reader = ledger.reader();
    assert!(matches!(LedgerKey::of(dir.path(), &reader).unwrap(), LedgerKey::Elsewhere(_)));
    let shared = reader.shared_entries(4).unwrap();
    assert_eq!(current_key(&first.verifier(), &shared), third.verifier());
    assert_eq!(current_key(&second.verifier(), &shared), third.verifier());
    assert_eq!(current_key(&third.verifier(), &shared), third.verifier());
    drop(ledger);
    verify(dir.path(), &mut |_| {}).unwrap();
    // The entries make the same ledger elsewhere, with a key of its own.
    let copy = tempfile::tempdir().unwrap();
    let (mut again, own) = Ledger::create(copy.path(), "example.com/ledger").unwrap();
    let mut batch = again.begin(at(9));
    for line in lines(&reader) {
        batch.push_entry(&line).unwrap();
    }
    batch.commit().unwrap();
    assert_eq!(again.reader().root(4).unwrap(), reader.root(4).unwrap());
    assert_eq!(LedgerKey::of(copy.path(), &again.reader()).unwrap().verifier(), own);
}

#[test]
fn a_change_of_key_survives_a_crash_at_every_step() {
    let (dir, mut ledger) = ledger();
    let path = |name: &str| dir.path().join(name);
    let first = signing(LedgerKey::of(dir.path(), &ledger.reader()).unwrap());
    let second = LedgerKey::Here(SigningKey::generate(first.name()).unwrap());
    // Before the entry: the old key counts, whatever stands beside it.
    second.write_as(&Volume::real(), dir.path(), NEXT_KEY).unwrap();
    assert_eq!(LedgerKey::of(dir.path(), &ledger.reader()).unwrap().verifier(), first.verifier());
    fs::write(path(UNFINISHED_KEY), "half").unwrap();
    rotate(&mut ledger, &first, &second, id(1), at(0)).unwrap();
    // After the entry: the new key counts before it has taken its place.
    fs::rename(path(KEY), path(NEXT_KEY)).unwrap();
    LedgerKey::Here(first.clone()).write_as(&Volume::real(), dir.path(), KEY).unwrap();
    assert_eq!(LedgerKey::of(dir.path(), &ledger.reader()).unwrap().verifier(), second.verifier());
    let third = LedgerKey::Here(SigningKey::generate(first.name()).unwrap());
    rotate(&mut ledger, &signing(second), &third, id(2), at(1)).unwrap();
    assert_eq!(LedgerKey::of(dir.path(), &ledger.reader()).unwrap().verifier(), third.verifier());
    // A copy of a retired key signs nothing any more.
    LedgerKey::Here(first).write_as(&Volume::real(), dir.path(), KEY).unwrap();
    let error = LedgerKey::of(dir.path(), &ledger.reader()).unwrap_err();
    assert!(matches!(&error, KeyError::Retired { current, .. } if *current == third.verifier()), "{error}");
}

#[test]
fn a_key_that_may_not_follow_is_refused_and_nothing_is_recorded() {
    let (dir, mut ledger) = ledger();
    let first = signing(LedgerKey::of(dir.path(), &ledger.reader()).unwrap());
    let other = SigningKey::generate(first.name()).unwrap();
    let renamed = LedgerKey::Here(SigningKey::generate("example.com/other").unwrap());
    let same = LedgerKey::Here(first.clone());
    let mut refused = |old: &SigningKey, new: &LedgerKey| rotate(&mut ledger, old, new, id(1), at(0)).unwrap_err();
    assert!(matches!(refused(&other, &same), RotateError::OtherKey(_)));
    assert!(matches!(refused(&first, &renamed), RotateError::OtherName { .. }));
    assert!(matches!(refused(&first, &same), RotateError::SameKey));
    assert_eq!(ledger.size(), 0);
    assert_eq!(
        fs::read_dir(dir.path())
            .unwrap()
            .filter(|file| { file.as_ref().unwrap().file_name().to_string_lossy().starts_with("key") })
            .count(),
        1
    );
}

#[test]
fn a_change_of_key_in_another_place_is_refused() {
    let (dir, mut ledger) = ledger();
    let first = signing(LedgerKey::of(dir.path(), &ledger.reader()).unwrap());
    let next = SigningKey::generate(first.name()).unwrap().verifier();
    let rotation = Rotation::sign(ledger.reader().checkpoint(first.name(), 0).unwrap(), &first, &next);
    let fact = Fact::KeyRotated(Box::new(rotation));
    let event = Event { partner: None, fact, ..churn(2, "a") };
    let error = ledger.append(&[churn(1, "a"), event.clone()], at(0)).unwrap_err();
    assert_eq!(error.code(), Some("bad_value"), "{error}");
    assert!(ledger.append(&[event], at(0)).is_ok());
}

#[test]
fn a_change_of_key_that_tells_another_history_is_found() {
    let (dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    let first = signing(LedgerKey::of(dir.path(), &ledger.reader()).unwrap());
    let next = SigningKey::generate(first.name()).unwrap().verifier();
    let mut checkpoint = ledger.reader().checkpoint(first.name(), 1).unwrap();
    checkpoint.root[0] ^= 1;
    let fact = Fact::KeyRotated(Box::new(Rotation::sign(checkpoint, &first, &next)));
    ledger.append(&[Event { partner: None, fact, ..churn(2, "a") }], at(1)).unwrap();
    drop(ledger);
    let broken = verify(dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(broken, crate::VerifyError::Rotation(1)), "{broken}");
}
