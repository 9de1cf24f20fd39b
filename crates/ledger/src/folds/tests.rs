use std::collections::BTreeMap;
use std::fs;

use super::{FoldToKeep, Folds, KeptFold};
use crate::cache::cache_dir;
use crate::ledger::Ledger;
use crate::testing::{at, copy_dir, ledger, of_three_partners};

const FORM: &str = "a form";

/// A fold of three parts.
fn fold(size: u64, text: &str) -> FoldToKeep<'static> {
    let part = |number: u32| (number, Some(format!("{text} {number}").into_bytes()));
    FoldToKeep { size, parts: BTreeMap::from([(0, Some(text.into())), part(3), part(9)]), before: None }
}

/// A ledger of entries of three partners, and the folds of it.
fn filled(numbers: std::ops::Range<u128>) -> (tempfile::TempDir, Ledger, Folds) {
    let (dir, mut ledger) = ledger();
    ledger.append(&of_three_partners(numbers, None), at(0)).unwrap();
    let folds = ledger.reader().folds();
    (dir, ledger, folds)
}

/// The parts of a fold.
fn texts(folds: &Folds, partner: &str) -> Option<(u64, Vec<String>)> {
    let fold = folds.get(partner, FORM)?;
    let parts = fold.parts().map(|number| folds.part(partner, &fold, number).unwrap());
    Some((fold.size, parts.map(|text| String::from_utf8(text).unwrap()).collect()))
}

#[test]
fn a_fold_is_found_as_it_was_kept_last() {
    let (_dir, ledger, folds) = filled(0..30);
    assert_eq!(texts(&folds, "a"), None);
    folds.keep("a", FORM, fold(10, "one"));
    let one: Vec<String> = ["one", "one 3", "one 9"].map(str::to_owned).into();
    assert_eq!(texts(&folds, "a"), Some((10, one)));
    let before: KeptFold = folds.get("a", FORM).unwrap();
    let mut two = fold(30, "two");
    two.parts.insert(3, None);
    two.parts.insert(10, Some(b"two 10".to_vec()));
    folds.keep("a", FORM, FoldToKeep { before: Some(&before), ..two });
    drop(folds);
    let folds = ledger.reader().folds();
    let two: Vec<String> = ["two", "one 3", "two 9", "two 10"].map(str::to_owned).into();
    assert_eq!(texts(&folds, "a"), Some((30, two)));
    // What has parts that nobody has is not kept, and what is kept anew has none of the parts before.
    let unknown = BTreeMap::from([(77, None)]);
    folds.keep("a", FORM, FoldToKeep { parts: unknown, ..fold(30, "x") });
    folds.keep("a", FORM, fold(30, "three"));
    let three: Vec<String> = ["three", "three 3", "three 9"].map(str::to_owned).into();
    assert_eq!(texts(&folds, "a"), Some((30, three)));
    assert_eq!(folds.cache().unwrap().keys(b"a").len(), 1 + 3);
    assert_eq!(folds.get("a", "another form"), None, "another form");
    assert_eq!(folds.get("b", FORM), None, "another partner");
}

#[test]
fn a_long_part_is_cut_into_pieces() {
    let (_dir, _ledger, folds) = filled(0..30);
    let (long, short) = ("x".repeat(20_000), "y".repeat(9_000));
    let of = |part: &str| BTreeMap::from([(3, Some(part.as_bytes().to_vec()))]);
    folds.keep("a", FORM, FoldToKeep { parts: of(&long), ..fold(30, "one") });
    let before = folds.get("a", FORM).unwrap();
    assert_eq!(folds.part("a", &before, 3).unwrap(), long.as_bytes());
    assert_eq!(folds.cache().unwrap().keys(b"a").len(), 1 + 3);
    folds.keep("a", FORM, FoldToKeep { parts: of(&short), before: Some(&before), ..fold(30, "two") });
    let after = folds.get("a", FORM).unwrap();
    assert_eq!(folds.part("a", &after, 3).unwrap(), short.as_bytes());
    assert_eq!(folds.part("a", &before, 3), None);
    assert_eq!(folds.cache().unwrap().keys(b"a").len(), 1 + 2);
}

#[test]
fn what_is_not_of_this_ledger_is_not_believed() {
    let (dir, ledger, folds) = filled(0..30);
    folds.keep("a", FORM, fold(30, "one"));
    drop((folds, ledger));
    let (other_dir, mut other) = crate::testing::ledger();
    other.append(&of_three_partners(0..30, Some(3)), at(0)).unwrap();
    copy_dir(&cache_dir(dir.path()), &cache_dir(other_dir.path()));
    assert_eq!(texts(&other.reader().folds(), "a"), None, "the same places, and one event that is another");
    let (shorter_dir, shorter, _) = filled(0..20);
    copy_dir(&cache_dir(dir.path()), &cache_dir(shorter_dir.path()));
    assert_eq!(texts(&shorter.reader().folds(), "a"), None, "a ledger that is not as long");
}

#[test]
fn a_changed_value_is_not_believed() {
    let (_dir, _ledger, folds) = filled(0..30);
    folds.keep("a", FORM, fold(30, "one"));
    folds.keep("b", FORM, fold(30, "two"));
    let cache = folds.cache().unwrap();
    let (names, part) = (super::key("a"), super::pieces("a", 3, 5).next().unwrap());
    let whole = cache.get(&names).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        cache.change([(names.clone(), Some(changed))]);
        assert_eq!(folds.get("a", FORM), None, "byte {at}");
        cache.change([(names.clone(), Some(whole[..at].to_vec()))]);
        assert_eq!(folds.get("a", FORM), None, "cut at {at}");
    }
    cache.change([(names.clone(), cache.get(&super::key("b")))]);
    assert_eq!(folds.get("a", FORM), None, "that of another partner");
    cache.change([(names, Some(whole))]);
    let fold = folds.get("a", FORM).unwrap();
    cache.change([(part, Some(b"one 4".to_vec()))]);
    assert_eq!((folds.part("a", &fold, 3), folds.part("a", &fold, 4)), (None, None));
    assert_eq!(folds.part("a", &fold, 9), Some(b"one 9".to_vec()));
}

#[test]
fn the_fold_that_was_used_first_makes_room() {
    let (_dir, _ledger, mut folds) = filled(0..30);
    folds.most_bytes = 3 * 13;
    for partner in ["a", "b", "c"] {
        folds.keep(partner, FORM, fold(30, "one"));
    }
    assert!(folds.get("a", FORM).is_some());
    folds.keep("d", FORM, fold(30, "two"));
    let there = |folds: &Folds| ["a", "b", "c", "d"].map(|partner| folds.get(partner, FORM).is_some());
    assert_eq!(there(&folds), [true, false, true, true]);
    assert!(folds.cache().unwrap().keys(b"b").is_empty());
    folds.keep("b", FORM, fold(30, "longer than all that is held"));
    assert_eq!(there(&folds), [true, false, true, true], "what is too long is not kept");
    // When nobody knows any more what there is, all of it goes.
    folds.cache().unwrap().change([(super::USES.to_vec(), Some(b"what?".to_vec()))]);
    assert_eq!(there(&folds), [false; 4]);
    folds.keep("b", FORM, fold(30, "two"));
    assert_eq!(there(&folds), [false, true, false, false]);
    assert_eq!(folds.cache().unwrap().keys(b"").len(), 1 + 1 + 3);
}

#[test]
fn one_process_keeps_folds_and_others_go_without() {
    let (_dir, ledger, folds) = filled(0..30);
    folds.keep("a", FORM, fold(30, "one"));
    let other = ledger.reader().folds();
    other.keep("a", FORM, fold(30, "two"));
    assert_eq!(other.get("a", FORM), None);
    assert_eq!(texts(&folds, "a").unwrap().1.first().map(String::as_str), Some("one"));
}

#[test]
fn a_damaged_cache_is_begun_anew() {
    let (dir, ledger, folds) = filled(0..30);
    folds.keep("a", FORM, fold(30, "one"));
    drop(folds);
    for item in fs::read_dir(cache_dir(dir.path())).unwrap() {
        let path = item.unwrap().path();
        if path.is_file() {
            let mut bytes = fs::read(&path).unwrap();
            for at in (0..bytes.len()).step_by(97) {
                bytes[at] ^= 0x55;
            }
            fs::write(&path, bytes).unwrap();
        }
    }
    let folds = ledger.reader().folds();
    assert_eq!(texts(&folds, "a"), None);
    folds.keep("a", FORM, fold(30, "two"));
    assert_eq!(texts(&folds, "a").unwrap().1.first().map(String::as_str), Some("two"));
}
