//! Damage: every bit of a small ledger's files flipped, every file cut at every byte, segments missing, exchanged and
//! doubled, and what is derived cut, missing or another ledger's. Each is noticed when the ledger is opened, by the answer's own check or by `verify`, or changes nothing.
//!
//! `PCS_TEST_BITS` says how many bits of a ledger with an index are flipped; of one in seven, each byte has at least one.

mod judge;
mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::disk::memory::Image;
use crate::folds::FoldToKeep;
use crate::reader::Reader;
use crate::testing::{at, copy_dir, ledger, of_three_partners};
use crate::verification::verify;
use judge::{Detector, WholeLedger};
use scene::{Part, Specimen};

/// For each part and damage to it: what noticed the damage, and how often.
type Table = BTreeMap<(Part, &'static str), BTreeMap<Detector, u64>>;

/// How many bits of the indexed ledger are flipped when the variable is not set.
const BITS: usize = 2_000;

/// The text of the table in the documentation: a row for each part and damage.
fn text(table: &Table) -> String {
    let rows = table.iter().map(|((part, damage), noticed)| {
        let by: Vec<&str> = noticed.keys().map(|noticed| noticed.name()).collect();
        format!("| {} | {damage} | {} |\n", part.name(), by.join("; or "))
    });
    rows.collect()
}

fn print(name: &str, table: &Table) {
    let states: u64 = table.values().flat_map(BTreeMap::values).sum();
    println!("{name}: {states} damaged ledgers");
    for ((part, damage), noticed) in table {
        println!("  {}, {damage}: {noticed:?}", part.name());
    }
}

/// Judges a ledger with one thing damaged.
fn note(
    table: &mut Table,
    whole: &WholeLedger,
    part: Part,
    damage: &'static str,
    image: &Image,
    what: &dyn Fn() -> String,
) {
    let noticed = whole.judge(image, what);
    *table.entry((part, damage)).or_default().entry(noticed).or_default() += 1;
}

fn flip_bits(scene: &Specimen, every: usize, table: &mut Table) {
    let whole = WholeLedger::of(scene);
    let mut number = 0_usize;
    for (path, file) in scene.files() {
        for at in 0..scene.end(file) {
            for bit in 0..8 {
                number += 1;
                if !number.is_multiple_of(every) {
                    continue;
                }
                let mut image = scene.image.clone();
                image.files[file][at] ^= 1 << bit;
                let what = || format!("bit {bit} of byte {at} of {}", path.display());
                note(table, &whole, scene.part(&path, at), "a bit flipped", &image, &what);
            }
        }
    }
}

fn cut(scene: &Specimen, table: &mut Table) {
    let whole = WholeLedger::of(scene);
    for (path, file) in scene.files() {
        for len in 0..scene.image.files[file].len() {
            let mut image = scene.image.clone();
            image.files[file].truncate(len);
            let what = || format!("{} cut to {len}", path.display());
            note(table, &whole, scene.part(&path, len), "the file cut here", &image, &what);
        }
    }
}

fn move_segments(scene: &Specimen, table: &mut Table) {
    let whole = WholeLedger::of(scene);
    let segments: Vec<PathBuf> = scene.segments();
    for (at, one) in segments.iter().enumerate() {
        let mut missing = scene.image.clone();
        missing.names.remove(one);
        note(table, &whole, Part::Segment, "missing", &missing, &|| format!("{} missing", one.display()));
        let mut added = scene.image.clone();
        added.names.insert(one.with_file_name(format!("{:020}.log", 7_777)), scene.image.names[one]);
        let what = || format!("{} once more at the end", one.display());
        note(table, &whole, Part::Segment, "a second copy behind the end", &added, &what);
        for other in &segments[at + 1..] {
            let (first, second) = (scene.image.names[one], scene.image.names[other]);
            let what = || format!("{} and {}", one.display(), other.display());
            let mut exchanged = scene.image.clone();
            exchanged.names.extend([(one.clone(), second), (other.clone(), first)]);
            note(table, &whole, Part::Segment, "exchanged with another", &exchanged, &what);
            for (path, file) in [(other, first), (one, second)] {
                let mut doubled = scene.image.clone();
                doubled.names.insert(path.clone(), file);
                note(table, &whole, Part::Segment, "in place of another", &doubled, &what);
            }
        }
    }
}

/// Damages what is derived in an indexed ledger, and its secret.
fn replace_derived(scene: &Specimen, table: &mut Table) {
    let (whole, other) = (WholeLedger::of(scene), Specimen::indexed());
    for (path, file) in scene.derived() {
        let (part, bytes) = (scene.part(&path, 0), &scene.image.files[file]);
        let mut judge = |damage, bytes: Option<Vec<u8>>| {
            let mut image = scene.image.clone();
            match bytes {
                Some(bytes) => image.files[file] = bytes,
                None => drop(image.names.remove(&path)),
            }
            note(table, &whole, part, damage, &image, &|| format!("{damage}: {}", path.display()));
        };
        judge("missing", None);
        judge("another ledger's", Some(other.image.files[other.image.names[&path]].clone()));
        for len in (0..bytes.len()).step_by(bytes.len() / 12) {
            judge("the file cut here", Some(bytes[..len].to_vec()));
        }
        // The bits of a run are flipped with those of the log.
        for at in (0..bytes.len()).filter(|at| part != Part::Run && (*at < 100 || at.is_multiple_of(61))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            judge("a bit flipped", Some(flipped));
        }
    }
}

/// Damages the cache, which stands on a real disk alone.
fn damage_cache(table: &mut Table) {
    let keep = |text: &str| {
        let (dir, mut ledger) = ledger();
        ledger.append(&of_three_partners(0..30, None), at(0)).unwrap();
        let parts = BTreeMap::from([(1, Some(text.as_bytes().to_vec()))]);
        ledger.reader().folds().keep("a", "form", FoldToKeep { size: 30, parts, before: None });
        dir
    };
    let (dir, other) = (keep("what is true"), keep("what is not"));
    let mut judge = |damage, change: &dyn Fn(&Path)| {
        let copy = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), copy.path());
        change(&copy.path().join("cache"));
        let folds = Reader::open(copy.path()).unwrap().folds();
        let believed = folds.get("a", "form").and_then(|fold| folds.part("a", &fold, 1));
        assert!(believed.is_none_or(|text| text == b"what is true"), "{damage}");
        drop(folds);
        verify(copy.path(), &mut |_| {}).unwrap();
        *table.entry((Part::Cache, damage)).or_default().entry(Detector::Nobody).or_default() += 1;
    };
    judge("missing", &|cache| fs::remove_dir_all(cache).unwrap());
    judge("another ledger's", &|cache| {
        fs::remove_dir_all(cache).unwrap();
        copy_dir(&other.path().join("cache"), cache);
    });
    for nth in 0..12 {
        let store = |cache: &Path| (cache.join("db"), fs::read(cache.join("db")).unwrap());
        let written = |bytes: &[u8]| bytes.iter().rposition(|&byte| byte != 0).unwrap() * nth / 12;
        judge("a bit flipped", &|cache| {
            let (path, mut bytes) = store(cache);
            let at = written(&bytes);
            bytes[at] ^= 1 << (nth % 8);
            fs::write(path, bytes).unwrap();
        });
        judge("the file cut here", &|cache| {
            let (path, bytes) = store(cache);
            fs::write(path, &bytes[..written(&bytes)]).unwrap();
        });
    }
}

#[test]
fn damage_is_noticed_as_the_table_says() {
    let mut table = Table::new();
    let small = Specimen::small();
    flip_bits(&small, 1, &mut table);
    cut(&small, &mut table);
    move_segments(&small, &mut table);
    print("small", &table);
    let mut indexed = Table::new();
    let large = Specimen::indexed();
    let bits: usize = large.files().iter().map(|&(_, file)| large.end(file) * 8).sum();
    let flipped =
        std::env::var("PCS_TEST_BITS").map_or(BITS, |bits| bits.parse().expect("`PCS_TEST_BITS` is a number"));
    println!("{flipped} of {bits} bits of the indexed ledger");
    flip_bits(&large, (bits / flipped).max(1), &mut indexed);
    replace_derived(&large, &mut indexed);
    damage_cache(&mut indexed);
    print("indexed", &indexed);
    table.append(&mut indexed);
    let documented = include_str!("../../../docs/damage.md");
    let rows: BTreeSet<&str> = documented.lines().filter(|line| line.starts_with("| ")).collect();
    let found = text(&table);
    for row in found.lines() {
        assert!(rows.contains(row), "docs/damage.md lacks a row:\n{found}");
    }
}
