//! Two years of downloads from Partner Center, imported as a partner would, and scored a second time from their rows.
//!
//! A world is made from a seed: what was true, month by month (`world`), and what each download told of it (`told`,
//! `reports`). Its rows are written in as many ways as files come (`written`, `spelling`, `wrapping`). The rows, not
//! the files, are read again in the simplest way (`read`), the events that should be true follow (`truth`), and the
//! naive fold scores them. `dials` says what is switched on; `PCS_TEST_DOWNLOADS=all` switches everything on.

mod damage;
mod dials;
mod download;
mod imports;
mod kind;
mod life;
mod read;
mod reports;
mod row;
mod spelling;
mod told;
mod truth;
mod world;
pub(crate) mod wrapping;
mod written;

use crate::histories::Dice;
use crate::seeds;
use dials::Dials;
use download::downloads;
use imports::Imports;
use world::World;

/// Worlds that each test tries without `PCS_TEST_SEEDS`.
const WORLDS: u64 = 2;

/// The same, where the order does not matter, or nothing is appended.
const FEWER_WORLDS: u64 = 1;

/// Runs a check of the worlds of some seeds.
fn with_worlds(usual: u64, check: impl Fn(u64, &World, &Dials) + Sync) {
    let dials = Dials::now();
    seeds::on_two_threads(&seeds::asked(usual), |seed| check(seed, &World::new(seed), &dials));
}

/// With `--snapshot` or without; the long form takes both.
fn ways(seed: u64) -> Vec<bool> {
    if imports::is_long() { vec![false, true] } else { vec![seed.is_multiple_of(2)] }
}

#[test]
fn downloads_in_order_give_the_scores_of_their_rows() {
    with_worlds(WORLDS, |seed, world, dials| {
        for is_snapshot in ways(seed) {
            let files = downloads(world, dials);
            let mut imports = Imports::new(world, dials, is_snapshot);
            for file in &files {
                imports.import(file);
            }
            imports.check_each_month(&files);
            imports.check_at_the_end(&files);
            let before = imports.export();
            for file in &files {
                imports.import(file);
            }
            assert!(imports.export() == before, "seed {seed}: the same files again changed the ledger");
        }
    });
}

#[test]
fn downloads_in_any_order_give_the_same_scores() {
    with_worlds(FEWER_WORLDS, |seed, world, dials| {
        if !dials.takes_any_order {
            return;
        }
        let files = downloads(world, dials);
        let mut order: Vec<_> = files.iter().collect();
        Dice::new(seed, "any order").shuffle(&mut order);
        let mut imports = Imports::new(world, dials, false);
        for file in order {
            imports.import(file);
        }
        imports.check_at_the_end(&files);
    });
}

#[test]
fn a_folder_gives_the_same_scores_as_its_files() {
    with_worlds(FEWER_WORLDS, |seed, world, dials| {
        if !dials.recognises {
            return;
        }
        for is_snapshot in ways(seed + 1) {
            let files = downloads(world, dials);
            let mut imports = Imports::new(world, dials, is_snapshot);
            imports.import_folder(&files);
            imports.check_at_the_end(&files);
            let before = imports.export();
            imports.import_folder(&files);
            assert!(imports.export() == before, "seed {seed}: the same folder again changed the ledger");
        }
    });
}

#[test]
fn a_damaged_file_is_refused_and_changes_nothing() {
    with_worlds(FEWER_WORLDS, |seed, world, dials| {
        let files = downloads(world, dials);
        let mut imports = Imports::new(world, dials, false);
        let mut dice = Dice::new(seed, "damage");
        for kind in &dials.kinds {
            let of_kind: Vec<_> = files.iter().filter(|file| file.kind == *kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            imports.import(of_kind[0]);
            let file = of_kind[dice.below(of_kind.len())];
            for damaged in damage::all(&mut dice, file, dials.reads_duplicates) {
                imports.refuse(&damaged);
            }
        }
    });
}
