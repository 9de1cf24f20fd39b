use std::fs;
use std::path::{Path, PathBuf};

use super::{Fold, Found, OF_A_PARTNER, STATES, State};
use crate::entry::Entry;
use crate::ledger::Ledger;
use crate::reader::Reader;
use crate::testing::{Transcript, at, folded, ledger, of_three_partners, unkept};

/// The same in another form.
#[derive(Debug, Default)]
struct OtherForm(Transcript);

impl Fold for OtherForm {
    const FORM: u32 = 8;

    fn push(&mut self, entry: &Entry) {
        self.0.push(entry);
    }

    fn to_bytes(&self) -> Vec<u8> {
        b"another form".to_vec()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (bytes == b"another form").then(Self::default)
    }
}

/// Three partners in turn.
fn fill(ledger: &mut Ledger, numbers: std::ops::Range<u128>) {
    ledger.append(&of_three_partners(numbers, None), at(0)).unwrap();
}

/// Compares folds that begin at states with those of the log, in an order in which states come to stand on both sides.
fn assert_same(dir: &Path) {
    let reader = Reader::open(dir).unwrap();
    for _ in 0..2 {
        for end in [reader.size(), 0, 1, 2, 97, 98, 99, 700, 300, 768, 769, reader.size() - 1, 2_000] {
            for partner in ["a", "b", "nobody", ""] {
                assert_eq!(folded(&reader, partner, end), unkept(&reader, partner, end), "{partner} at {end}");
            }
        }
    }
}

/// The sizes of the states that are believed.
fn sizes(dir: &Path, partner: &str) -> Vec<u64> {
    let reader = Reader::open(dir).unwrap();
    let states = super::States::of(reader.snapshot());
    let is_believed = |size: &u64| {
        let found = states.find(reader.snapshot(), partner, Transcript::FORM, *size).unwrap();
        matches!(found, Found::Whole(_))
    };
    states.sizes(partner).into_iter().filter(is_believed).collect()
}

fn states_dir(dir: &Path) -> PathBuf {
    dir.join(STATES)
}

/// Every file of the states.
fn files(dir: &Path) -> Vec<PathBuf> {
    children(&states_dir(dir)).iter().flat_map(|partner| children(partner)).collect()
}

/// What is in a directory.
fn children(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).map(|items| items.map(|item| item.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn folds_are_the_same_with_and_without_states() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    assert!(sizes(dir.path(), "a").is_empty());
    assert!(!states_dir(dir.path()).exists(), "looking at states made some");
    assert_same(dir.path());
    // Each is behind the partner's last entry, and is made when there are as many entries behind the one before.
    assert_eq!(sizes(dir.path(), "a"), [97, 298, 700, 766, 1_999, 2_998]);
    fill(&mut ledger, 3_000..3_045);
    assert_same(dir.path());
    assert_eq!(sizes(dir.path(), "a").last(), Some(&2_998), "fifteen entries are read again");
    fill(&mut ledger, 3_045..3_049);
    assert_same(dir.path());
    assert_eq!(sizes(dir.path(), "a").last(), Some(&3_049));
    fs::remove_dir_all(states_dir(dir.path())).unwrap();
    assert_same(dir.path());
}

#[test]
fn a_state_is_what_it_says() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..300);
    let reader = Reader::open(dir.path()).unwrap();
    let lines = folded(&reader, "a", 300).unwrap();
    assert_eq!(reader.states::<Transcript>("a").unwrap(), [State { size: 298, bytes: lines.to_bytes() }]);
    assert!(reader.states::<OtherForm>("a").unwrap().is_empty());
    assert_eq!(reader.stats().unwrap().cached_states, 1);
}

#[test]
fn a_damaged_state_changes_no_answer() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..120);
    let reader = Reader::open(dir.path()).unwrap();
    let wanted = folded(&reader, "a", 120);
    let [file] = &*files(dir.path()) else { panic!("one state") };
    let whole = fs::read(file).unwrap();
    let cuts = (0..whole.len()).step_by(97).map(|len| whole[..len].to_vec());
    // Every byte of what is in front, and some behind it.
    let flips = (0..150).chain((150..whole.len()).step_by(53)).map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    });
    let longer = [[&*whole, b"\n"].concat()];
    for damaged in cuts.chain(flips).chain(longer) {
        fs::write(file, &damaged).unwrap();
        assert!(sizes(dir.path(), "a").is_empty(), "a damaged state is believed");
        assert_eq!(folded(&reader, "a", 120), wanted);
        assert_eq!(fs::read(file).unwrap(), whole, "it is made again");
    }
}

#[test]
fn what_is_of_another_ledger_partner_size_or_form_is_not_believed() {
    let (dir, mut one) = ledger();
    fill(&mut one, 0..3_000);
    assert_same(dir.path());
    // The same places, partners and instants, and one event that is another.
    let (other_dir, mut other) = ledger();
    other.append(&of_three_partners(0..3_000, Some(3)), at(0)).unwrap();
    for file in files(dir.path()) {
        let copy = other_dir.path().join(file.strip_prefix(dir.path()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, copy).unwrap();
    }
    assert!(sizes(other_dir.path(), "a").is_empty());
    assert_same(other_dir.path());

    let reader = Reader::open(dir.path()).unwrap();
    let state = |partner: &str| {
        let size = *sizes(dir.path(), partner).last().unwrap();
        let end = format!("{size:016x}");
        files(dir.path()).into_iter().find(|file| file.ends_with(&end)).unwrap()
    };
    let (of_a, of_b) = (state("a"), state("b"));
    // Under the name of another partner, and of another size.
    fs::copy(&of_b, of_a.parent().unwrap().join(of_b.file_name().unwrap())).unwrap();
    fs::copy(&of_a, of_a.with_file_name(format!("{:016x}", 2_500))).unwrap();
    assert_same(dir.path());
    assert!(!sizes(dir.path(), "a").contains(&2_500));
    // Of a form that an earlier program wrote.
    let Some(OtherForm(lines)) = reader.folded("a", 3_000).unwrap() else { panic!("it has entries") };
    assert_eq!(Some(lines), unkept(&reader, "a", 3_000));
    assert_same(dir.path());
}

#[test]
fn a_state_whose_bytes_are_no_fold_is_made_again() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..300);
    let reader = Reader::open(dir.path()).unwrap();
    let states = super::States::of(reader.snapshot());
    let broken = State { size: 298, bytes: vec![0xff] };
    states.keep(reader.snapshot(), "a", Transcript::FORM, &broken).unwrap();
    assert_eq!(reader.states::<Transcript>("a").unwrap(), [broken]);
    assert_eq!(folded(&reader, "a", 300), unkept(&reader, "a", 300));
    assert_eq!(
        Some(reader.states::<Transcript>("a").unwrap().remove(0).bytes),
        folded(&reader, "a", 300).map(|l| l.to_bytes())
    );
}

#[test]
fn there_are_only_so_many_states_of_a_partner_and_no_unfinished_ones() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..3_000);
    let reader = Reader::open(dir.path()).unwrap();
    folded(&reader, "a", 3_000);
    let of_a = files(dir.path())[0].parent().unwrap().to_owned();
    for nth in 0..20 {
        fs::write(of_a.join(format!("1234-{nth}.new")), "").unwrap();
    }
    for end in (100..2_900).step_by(100) {
        assert_eq!(folded(&reader, "a", end), unkept(&reader, "a", end));
        assert!(children(&of_a).len() <= OF_A_PARTNER);
    }
    assert!(children(&of_a).iter().all(|path| path.extension().is_none()), "an unfinished one is left");
}

#[test]
fn nothing_is_read_or_written_behind_a_symbolic_link() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..300);
    let reader = Reader::open(dir.path()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), states_dir(dir.path())).unwrap();
    assert_eq!(folded(&reader, "a", 300), unkept(&reader, "a", 300));
    assert!(fs::read_dir(elsewhere.path()).unwrap().next().is_none());
    fs::remove_file(states_dir(dir.path())).unwrap();
    folded(&reader, "a", 300);
    let of_a = files(dir.path())[0].parent().unwrap().to_owned();
    fs::rename(&of_a, elsewhere.path().join("a")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("a"), &of_a).unwrap();
    assert!(sizes(dir.path(), "a").is_empty());
    folded(&reader, "a", 200);
    assert_eq!(fs::read_dir(elsewhere.path().join("a")).unwrap().count(), 1);
}

#[test]
fn what_is_no_file_or_too_long_is_not_read() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..300);
    let reader = Reader::open(dir.path()).unwrap();
    let wanted = folded(&reader, "a", 300);
    let file = files(dir.path()).remove(0);
    fs::File::options().write(true).open(&file).unwrap().set_len(super::MOST_BYTES + 1).unwrap();
    assert_eq!(folded(&reader, "a", 300), wanted);
    assert_eq!(sizes(dir.path(), "a"), [298], "it is made again");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(folded(&reader, "a", 300), wanted);
    assert!(sizes(dir.path(), "a").is_empty());
}

#[test]
fn a_directory_in_which_nothing_can_be_made_is_answered_from() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..300);
    fs::write(states_dir(dir.path()), "a file is in the way").unwrap();
    assert_same(dir.path());
}

#[test]
fn readers_and_a_writer_go_on_beside_each_other() {
    let (dir, mut ledger) = ledger();
    fill(&mut ledger, 0..600);
    std::thread::scope(|scope| {
        for nth in 0..4_u64 {
            let dir = dir.path();
            scope.spawn(move || {
                for round in 0..20 {
                    let reader = Reader::open(dir).unwrap();
                    let end = reader.size() - (nth + round) % 50;
                    assert_eq!(folded(&reader, "a", end), unkept(&reader, "a", end));
                    assert_eq!(folded(&reader, "a", 500), unkept(&reader, "a", 500));
                }
            });
        }
        for nth in 0..10 {
            fill(&mut ledger, 600 + nth * 150..750 + nth * 150);
        }
    });
}
