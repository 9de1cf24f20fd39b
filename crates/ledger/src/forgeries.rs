//! What somebody writes who may write what is derived, and cannot read the secret: well-formed by every checksum. No
//! answer and no append believes it, and `verify` names it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::admission::Outcome;
use crate::cache::Cache;
use crate::disk::Volume;
use crate::disk::bytes::FieldReader;
use crate::disk::secret::{SECRET, Secret};
use crate::entry::Key;
use crate::error::VerifyError;
use crate::folds::FoldToKeep;
use crate::ledger::Ledger;
use crate::reader::Reader;
use crate::runs::format::{HEADER_LEN, RunName};
use crate::runs::mac::{BEHIND_BLOCKS, MAC_LEN, Part, RunKey};
use crate::states::Fold as _;
use crate::testing::{Transcript, at, folded, id, ledger, of_three_partners, unkept};
use crate::verification::verify;

/// Entries of the ledgers: two runs of the index, and some behind them.
const SIZE: u128 = 2_100;
/// Where the descriptors of the sections stand in a header.
const SECTIONS: usize = 104;
const PARTS: [Part; 5] = [Part::Frames, Part::Partners, Part::Keys, Part::Nodes, Part::Filter];

/// A whole ledger with runs and states.
fn filled() -> TempDir {
    let (dir, mut ledger) = ledger();
    ledger.append(&of_three_partners(0..SIZE, None), at(0)).unwrap();
    folded(&ledger.reader(), "a", ledger.size());
    dir
}

fn run_path(dir: &Path, start: u64) -> PathBuf {
    RunName { start, tier: 0 }.path(dir)
}

fn secret(dir: &Path) -> Secret {
    Secret::read(&Volume::real(), dir).unwrap()
}

/// All that a ledger is asked by its index and its states.
fn answers(dir: &Path) -> Vec<String> {
    let reader = Reader::open(dir).unwrap();
    let of_partner =
        |partner: &str| format!("{:?} {:?}", unkept(&reader, partner, 3_000), folded(&reader, partner, 3_000));
    let found = (0..SIZE).step_by(7).map(|number| format!("{:?}", reader.find(Key::event(id(number)), 3_000).unwrap()));
    let partners = format!("{:?}", reader.partners(reader.size()).unwrap());
    let answers = ["a", "b", "A"].into_iter().map(of_partner).chain(found).chain([partners]);
    answers.chain([100, 1_500].map(|size| format!("{:?}", reader.root(size).unwrap()))).collect()
}

/// Checks that nobody believes what is derived, that `verify` says so where it is `named`, and that the next writer does not
/// record an event again; returns how many entries it indexed.
fn disbelieved(dir: &Path, wanted: &[String], is_named: bool, what: &str) -> u64 {
    assert!(answers(dir) == wanted, "other answers: {what}");
    let verified = verify(dir, &mut |_| {});
    assert_eq!(matches!(verified, Err(VerifyError::Run { .. })), is_named, "{what}: {verified:?}");
    let (mut ledger, recovery) = Ledger::open(dir, &mut |_| {}).unwrap();
    let again = ledger.append(&of_three_partners(0..100, None), at(9)).unwrap();
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Already { .. })), "an id twice: {what}");
    recovery.indexed_entries
}

/// The same of a run that the next writer makes anew.
fn assert_disbelieved(dir: &Path, wanted: &[String], is_named: bool, what: &str) {
    assert!(disbelieved(dir, wanted, is_named, what) >= 1_024, "{what}");
    assert_eq!(verify(dir, &mut |_| {}).unwrap().runs, 2, "{what}");
}

/// The first offset of a section, and the lengths of its blocks and its fences.
fn section(run: &[u8], part: Part) -> [usize; 3] {
    let mut fields = FieldReader { rest: &run[SECTIONS + 24 * part as usize..] };
    let (start, blocks) = (fields.u64().unwrap(), fields.u64().unwrap());
    [start, blocks, fields.u32().unwrap().into()].map(|number| usize::try_from(number).unwrap())
}

/// The lengths of the blocks of a section, and where the checksum of each stands.
fn blocks(run: &[u8], part: Part) -> Vec<(usize, usize)> {
    let [start, blocks_len, fences_len] = section(run, part);
    if part == Part::Filter {
        return vec![(blocks_len, SECTIONS + 24 * part as usize + 20)];
    }
    let end = start + blocks_len + fences_len;
    let mut fields = FieldReader { rest: &run[start + blocks_len..end] };
    let mut blocks = Vec::new();
    while !fields.rest.is_empty() {
        fields.prefixed().unwrap();
        let len = usize::try_from(fields.varint().unwrap()).unwrap();
        blocks.push((len, end - fields.rest.len()));
        fields.u32().unwrap();
    }
    blocks
}

/// Makes every checksum of a run right, and with a key the MACs too.
fn seal(run: &mut [u8], key: Option<&RunKey>) {
    for part in PARTS {
        let [start, blocks_len, fences_len] = section(run, part);
        let (mut at, mut macs) = (start, Vec::new());
        for (number, (len, place)) in (0..).zip(blocks(run, part)) {
            let crc = crc32c::crc32c(&run[at..at + len]).to_le_bytes();
            run[place..place + 4].copy_from_slice(&crc);
            macs.extend(key.map(|key| key.mac(part, number, [&run[at..at + len], &[]])).into_iter().flatten());
            at += len;
        }
        let fences = run[at..at + fences_len].to_vec();
        if part != Part::Filter {
            let crc = SECTIONS + 24 * part as usize + 20;
            run[crc..crc + 4].copy_from_slice(&crc32c::crc32c(&fences).to_le_bytes());
        }
        if let Some(key) = key {
            assert_eq!(at, start + blocks_len);
            macs.extend(key.mac(part, BEHIND_BLOCKS, [&fences, &macs]));
            run[at + fences_len..][..macs.len()].copy_from_slice(&macs);
        }
    }
    if let Some(key) = key {
        let mac = key.mac(Part::Header, 0, [&run[..232], &[]]);
        run[232..248].copy_from_slice(&mac);
    }
    let crc = crc32c::crc32c(&run[..252]).to_le_bytes();
    run[252..256].copy_from_slice(&crc);
}

/// A lie in each part of the first run, with nothing sealed.
fn lies(whole: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let lie = |name, change: &dyn Fn(&mut [u8])| {
        let mut run = whole.to_vec();
        change(&mut run);
        (name, run)
    };
    let at = |part| section(whole, part)[0];
    vec![
        lie("a frame lies elsewhere", &|run| run[at(Part::Frames) + 8] ^= 1),
        lie("a partner has another name", &|run| {
            let [start, blocks, _] = section(run, Part::Partners);
            assert_eq!((run[start + 1], run[start + blocks + 1]), (b'a', b'a'));
            (run[start + 1], run[start + blocks + 1]) = (b'A', b'A');
        }),
        lie("every key is another", &|run| run[at(Part::Keys)] ^= 1),
        lie("a node is another", &|run| run[at(Part::Nodes) + 3] ^= 1),
        lie("the filter holds nothing", &|run| {
            let [start, len, _] = section(run, Part::Filter);
            run[start..start + len].fill(0);
        }),
        lie("the root is another", &|run| run[30] ^= 1),
    ]
}

#[test]
fn a_lie_in_any_section_of_a_run_is_not_believed() {
    let dir = filled();
    let (wanted, path) = (answers(dir.path()), run_path(dir.path(), 0));
    let whole = fs::read(&path).unwrap();
    let other = filled();
    for (name, lie) in lies(&whole) {
        // With the secret the lie is believed, and noticed only by reading the log: it is well-formed.
        let lied_root = tlog_tiles::tlog::Hash(*lie[24..].first_chunk().unwrap());
        let key = |of: &Path| RunKey::new(&secret(of), RunName { start: 0, tier: 0 }, lied_root);
        let mut run = lie.clone();
        seal(&mut run, Some(&key(dir.path())));
        fs::write(&path, &run).unwrap();
        let answered = std::panic::catch_unwind(|| answers(dir.path()));
        assert!(answered.is_err() || answered.unwrap() != wanted, "{name} is no lie");
        assert!(matches!(verify(dir.path(), &mut |_| {}), Err(VerifyError::Run { .. })), "{name}");

        run.clone_from(&lie);
        seal(&mut run, None);
        fs::write(&path, &run).unwrap();
        assert_disbelieved(dir.path(), &wanted, true, name);
        seal(&mut run, Some(&key(other.path())));
        fs::write(&path, &run).unwrap();
        assert_disbelieved(dir.path(), &wanted, true, &format!("{name}, under another secret"));
        fs::write(&path, as_version_2(&run)).unwrap();
        assert_disbelieved(dir.path(), &wanted, false, &format!("{name}, of another version"));
        assert!(fs::read(&path).unwrap() == whole, "it is made again");
    }
    // A MAC in the place of another. A writer notices it when it reads there, and reads the log instead.
    let macs = |part| section(&whole, part).iter().sum::<usize>();
    for part in PARTS {
        let (mut run, other) = (whole.clone(), macs(if part == Part::Keys { Part::Nodes } else { Part::Keys }));
        run.copy_within(other..other + MAC_LEN, macs(part));
        fs::write(&path, &run).unwrap();
        disbelieved(dir.path(), &wanted, true, &format!("the MAC of another section in {part:?}"));
    }
}

#[test]
fn a_run_in_the_place_of_another_is_not_believed() {
    let dir = filled();
    let wanted = answers(dir.path());
    let (first, second) = (run_path(dir.path(), 0), run_path(dir.path(), 1_024));
    let mut moved = fs::read(&first).unwrap();
    fs::write(&second, &moved).unwrap();
    assert_disbelieved(dir.path(), &wanted, true, "under another name");
    // It says that it is the other, and ends where the other does.
    moved[16..24].copy_from_slice(&1_024_u64.to_le_bytes());
    moved[56..104].copy_from_slice(&fs::read(&second).unwrap()[56..104]);
    seal(&mut moved, None);
    fs::write(&second, &moved).unwrap();
    assert_disbelieved(dir.path(), &wanted, true, "under another name, with the header of that");
}

/// A run as an earlier version wrote it: without MACs.
fn as_version_2(run: &[u8]) -> Vec<u8> {
    let (mut header, mut body) = (run[..HEADER_LEN].to_vec(), Vec::new());
    for part in PARTS {
        let [start, blocks_len, fences_len] = section(run, part);
        let at = SECTIONS + 24 * part as usize;
        header[at..at + 8].copy_from_slice(&((HEADER_LEN + body.len()) as u64).to_le_bytes());
        body.extend_from_slice(&run[start..start + blocks_len + fences_len]);
    }
    header[8] = 2;
    header[224..232].copy_from_slice(&((HEADER_LEN + body.len()) as u64).to_le_bytes());
    header[232..252].fill(0);
    let crc = crc32c::crc32c(&header[..252]).to_le_bytes();
    header[252..256].copy_from_slice(&crc);
    [header, body].concat()
}

/// Every state of a ledger.
fn states(dir: &Path) -> Vec<PathBuf> {
    let children = |dir: PathBuf| fs::read_dir(dir).into_iter().flatten().map(|item| item.unwrap().path());
    children(dir.join("states")).flat_map(children).collect()
}

/// The bytes of a state in front of its MAC, and the fold behind it.
fn parts_of_state(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (head, rest) = bytes.split_at(8 + 4 + 8 + 32 + 8 + 1);
    (head, rest.split_at(32).1)
}

/// A state with an older magic and a checksum in place of the MAC.
fn as_older_state(bytes: &[u8], fold: &[u8]) -> Vec<u8> {
    let head = [b"pcsstate", &parts_of_state(bytes).0[8..]].concat();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&head), fold).to_le_bytes();
    [&head, &crc[..], fold].concat()
}

#[test]
fn a_lie_in_a_state_is_not_believed() {
    let (dir, other) = (filled(), filled());
    let wanted = answers(dir.path());
    let path = states(dir.path()).into_iter().find(|path| path.ends_with("0000000000000832")).unwrap();
    let whole = fs::read(&path).unwrap();
    let (head, fold) = parts_of_state(&whole);
    let lie = [fold, b"what is not so\n"].concat();
    let sealed = |of: &Path| {
        let mac: [u8; 32] = secret(of).key("pcs state 2").mac(&[head, &lie]);
        [head, &mac, &lie].concat()
    };
    let named = || match Reader::open(dir.path()).unwrap().states::<Transcript>("a") {
        Ok(states) => states.iter().any(|state| state.bytes == lie).then_some(None),
        Err(VerifyError::State(path)) => Some(Some(path)),
        Err(other) => panic!("{other:?}"),
    };
    fs::write(&path, sealed(dir.path())).unwrap();
    assert!(answers(dir.path()) != wanted, "it is no lie");
    let crc = crc32c::crc32c_append(crc32c::crc32c(head), &lie).to_le_bytes();
    let rows = [
        (sealed(other.path()), true),
        ([head, &crc[..], &lie].concat(), true),
        ([head, &Sha256::digest([head, &lie].concat())[..], &lie].concat(), true),
        (whole[..head.len() + 31].to_vec(), true),
        (as_older_state(&whole, &lie), false),
    ];
    for (nth, (lie, is_named)) in rows.into_iter().enumerate() {
        fs::write(&path, lie).unwrap();
        assert_eq!(named(), is_named.then(|| Some(path.clone())), "row {nth}");
        assert!(answers(dir.path()) == wanted, "row {nth}");
        assert!(fs::read(&path).unwrap() == whole, "row {nth}: it is made again");
    }
}

#[test]
fn a_lie_in_a_fold_is_not_believed() {
    let (dir, other) = (filled(), filled());
    let keep = |dir: &Path, text: &str| {
        let parts = BTreeMap::from([(1, Some(text.as_bytes().to_vec()))]);
        let reader = Reader::open(dir).unwrap();
        reader.folds().keep("a", "form", FoldToKeep { size: 2_000, parts, before: None });
    };
    keep(dir.path(), "true");
    let kept = || {
        let folds = Reader::open(dir.path()).unwrap().folds();
        folds.get("a", "form").map(|fold| folds.part("a", &fold, 1).unwrap())
    };
    assert_eq!(kept().unwrap(), b"true");
    // Another ledger of the same entries has another secret.
    fs::remove_dir_all(dir.path().join("cache")).unwrap();
    keep(other.path(), "a lie");
    fs::rename(other.path().join("cache"), dir.path().join("cache")).unwrap();
    assert_eq!(kept(), None);
    // What an earlier program bound a fold with, anybody can make.
    let cache = || Cache::open(&Volume::real().hold(dir.path()).unwrap(), dir.path()).unwrap();
    let bound = cache().get(b"a\0").unwrap().split_off(32);
    let root = Reader::open(dir.path()).unwrap().root(2_000).unwrap();
    let binding = Sha256::new().chain_update(root).chain_update(b"form\0").chain_update(b"a\0").chain_update(&bound);
    let change = (b"a\0".to_vec(), Some([&binding.finalize()[..], &bound].concat()));
    let forged = cache();
    forged.change([change]);
    forged.flush();
    drop(forged);
    assert_eq!(kept(), None);
    keep(dir.path(), "true again");
    assert_eq!(kept().unwrap(), b"true again");
}

#[test]
fn without_a_secret_nothing_derived_is_believed_or_kept_and_the_next_writer_makes_another() {
    use std::os::unix::fs::PermissionsExt;
    let dir = filled();
    let (wanted, path) = (answers(dir.path()), dir.path().join(SECRET));
    let whole = fs::read(&path).unwrap();
    let damage: [&dyn Fn(); 4] = [
        &|| fs::remove_file(&path).unwrap(),
        &|| fs::write(&path, &whole[..20]).unwrap(),
        &|| fs::write(&path, [7; 48]).unwrap(),
        &|| fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap(),
    ];
    for (nth, damage) in damage.into_iter().enumerate() {
        damage();
        let before = states(dir.path());
        assert!(answers(dir.path()) == wanted, "row {nth}");
        assert_eq!(states(dir.path()), before, "row {nth}: a state is kept");
        assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().runs, 0, "row {nth}");
        let (ledger, recovery) = Ledger::open(dir.path(), &mut |_| {}).unwrap();
        assert_eq!((recovery.indexed_entries, states(dir.path()).len()), (2_048, 0), "row {nth}");
        drop(ledger);
        assert!(answers(dir.path()) == wanted && !states(dir.path()).is_empty(), "row {nth}");
        assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().runs, 2, "row {nth}");
        assert!(fs::read(&path).unwrap() != whole, "row {nth}: the secret is the one before");
    }
}

#[test]
fn what_an_earlier_version_derived_is_passed_over_and_renewed() {
    let dir = filled();
    let wanted = answers(dir.path());
    for start in [0, 1_024] {
        let path = run_path(dir.path(), start);
        fs::write(&path, as_version_2(&fs::read(&path).unwrap())).unwrap();
    }
    let older = states(dir.path());
    for path in &older {
        let bytes = fs::read(path).unwrap();
        fs::write(path, as_older_state(&bytes, parts_of_state(&bytes).1)).unwrap();
    }
    fs::remove_file(dir.path().join(SECRET)).unwrap();
    assert!(answers(dir.path()) == wanted);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().runs, 0);
    let (ledger, recovery) = Ledger::open(dir.path(), &mut |_| {}).unwrap();
    assert_eq!((recovery.indexed_entries, states(dir.path()).len()), (2_048, 0));
    drop(ledger);
    assert!(answers(dir.path()) == wanted);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().runs, 2);
    let reader = Reader::open(dir.path()).unwrap();
    let kept = reader.states::<Transcript>("a").unwrap();
    assert_eq!(kept.last().map(|state| &state.bytes), Some(&unkept(&reader, "a", 2_100).unwrap().to_bytes()));
}
