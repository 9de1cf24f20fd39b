use std::path::Path;
use std::sync::Arc;
use std::{fs, io, thread};

use super::{Ledger, Outcome};
use crate::admission::PreparedEvent;
use crate::disk::Volume;
use crate::disk::memory::{Fault, MemoryDisk};
use crate::disk::secret::SECRET;
use crate::entry::Key;
use crate::error::{AppendError, CreateError, OpenError, PushError};
use crate::event::{Area, Event, Fact, When};
use crate::ids::{Name, PersonId};
use crate::key::read_key;
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::{SignedCheckpoint, SigningKey};
use crate::reader::Reader;
use crate::refusal::Code;
use crate::store::Writer;
use crate::store::options::Options;
use crate::testing::{accept, adopt, at, bare_terms, churn, id, ledger, lines, request, retract, terms};
use crate::time::{Date, Month, Timestamp, parse_date};
use crate::verification::verify;

fn refused_code(appended: Result<Vec<Outcome>, AppendError>) -> (usize, Code) {
    match appended {
        Err(AppendError::Refused { index, refusal }) => (index, refusal.code),
        other => panic!("not refused: {other:?}"),
    }
}

fn new(seqs: std::ops::Range<u64>) -> Vec<Outcome> {
    seqs.map(|seq| Outcome::New { seq }).collect()
}

fn open(dir: &Path) -> Result<Ledger, OpenError> {
    Ledger::open(dir, &mut |_| {}).map(|(ledger, _)| ledger)
}

#[test]
fn the_same_event_again_changes_nothing() {
    let (dir, mut ledger) = ledger();
    let batch = [churn(1, "a"), churn(2, "a"), churn(1, "a")];
    let outcomes = ledger.append(&batch, at(0)).unwrap();
    assert_eq!(outcomes, [Outcome::New { seq: 0 }, Outcome::New { seq: 1 }, Outcome::Already { seq: 0 }]);
    let root = ledger.reader().root(2).unwrap();
    assert_eq!(ledger.append(&batch[1..2], at(9)).unwrap(), [Outcome::Already { seq: 1 }]);
    drop(ledger);
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(ledger.append(&batch[..1], at(9)).unwrap(), [Outcome::Already { seq: 0 }]);
    assert_eq!((ledger.size(), ledger.reader().root(2).unwrap()), (2, root));
}

#[test]
fn the_id_of_another_event_is_refused_in_the_ledger_and_in_the_batch() {
    let (_dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    let other = retract(1, "a", 1);
    assert_eq!(refused_code(ledger.append(&[churn(2, "a"), other], at(1))), (1, Code::IdReused));
    assert_eq!(refused_code(ledger.append(&[churn(3, "a"), churn(3, "b")], at(1))), (1, Code::IdReused));
    assert_eq!(ledger.size(), 1);
}

#[test]
fn a_retraction_names_an_earlier_event_of_the_same_partner() {
    let (_dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a"), churn(2, "b"), adopt(3, "")], at(0)).unwrap();
    let unknown = [retract(10, "a", 99), retract(10, "a", 10), retract(10, "a", 2), retract(10, "a", 3)];
    for event in unknown {
        assert_eq!(refused_code(ledger.append(&[event], at(1))), (0, Code::UnknownEvent));
    }
    let later = [retract(11, "a", 12), churn(12, "a")];
    assert_eq!(refused_code(ledger.append(&later, at(1))), (0, Code::UnknownEvent));
    let known = [churn(20, "a"), retract(21, "a", 20), retract(22, "a", 1), retract(23, "a", 22)];
    assert_eq!(ledger.append(&known, at(1)).unwrap(), new(3..7));
}

#[test]
fn an_acceptance_may_leave_out_what_its_request_said() {
    let (_dir, mut ledger) = ledger();
    let without_customer = || crate::event::AssociationTerms { customer: None, ..terms(5) };
    for terms in [bare_terms(5), without_customer()] {
        assert_eq!(refused_code(ledger.append(&[accept(2, "a", terms)], at(0))), (0, Code::MissingField));
    }
    let of_another = [request(1, "b", 5), accept(2, "a", bare_terms(5))];
    assert_eq!(refused_code(ledger.append(&of_another, at(0))), (1, Code::MissingField));
    let too_late = [accept(2, "a", bare_terms(5)), request(1, "a", 5)];
    assert_eq!(refused_code(ledger.append(&too_late, at(0))), (0, Code::MissingField));
    ledger.append(&[accept(3, "a", terms(6))], at(0)).unwrap();
    assert_eq!(refused_code(ledger.append(&[accept(4, "a", bare_terms(6))], at(0))), (0, Code::MissingField));
    ledger.append(&[request(1, "a", 5), accept(2, "a", bare_terms(5))], at(0)).unwrap();
    ledger.append(&[accept(7, "a", without_customer())], at(0)).unwrap();
    assert_eq!(ledger.size(), 4);
}

#[test]
fn a_refused_batch_leaves_nothing() {
    let (dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    let mut batch: Vec<Event> = (2..3_000).map(|number| churn(number, "a")).collect();
    batch.push(retract(5_000, "a", 9_999));
    assert_eq!(refused_code(ledger.append(&batch, at(1))), (2_998, Code::UnknownEvent));
    assert_eq!((ledger.size(), Reader::open(dir.path()).unwrap().size()), (1, 1));
    batch.pop();
    assert_eq!(ledger.append(&batch, at(1)).unwrap(), new(1..2_999));
    drop(ledger);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().size, 2_999);
}

#[test]
fn batches_share_a_commit_and_a_refused_one_fails_alone() {
    let (dir, mut ledger) = ledger();
    let batches = [
        vec![churn(1, "a"), churn(2, "b")],
        vec![churn(3, "a"), retract(4, "a", 9_999)],
        Vec::new(),
        vec![churn(2, "b"), churn(5, "c")],
    ];
    let mut answers = ledger.append_each(&batches, at(0));
    assert_eq!(refused_code(answers.remove(1)), (1, Code::UnknownEvent));
    let wanted = [new(0..2), Vec::new(), vec![Outcome::Already { seq: 1 }, Outcome::New { seq: 2 }]];
    assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), wanted);
    assert_eq!(Reader::open(dir.path()).unwrap().size(), 3);
    assert!(ledger.append_each(&[], at(1)).is_empty());
    // Where one fails on its way, none of them is recorded: there is room for two instants.
    let last = Timestamp::parse("9999-12-31T23:59:59.999998Z").unwrap();
    let answers = ledger.append_each(&[vec![churn(6, "a")], vec![churn(7, "a"), churn(8, "a")]], last);
    assert!(answers.iter().all(|answer| matches!(answer, Err(AppendError::Store(_)))), "{answers:?}");
    assert_eq!((ledger.size(), Reader::open(dir.path()).unwrap().size()), (3, 3));
    assert_eq!(ledger.append(&[churn(6, "a")], at(2)).unwrap(), new(3..4));
    drop(ledger);
    assert_eq!(verify(dir.path(), &mut |_| {}).unwrap().size, 4);
}

#[test]
fn events_prepared_by_another_thread_make_the_same_bytes_as_events_handed_in() {
    const COUNT: u128 = 3_000;
    let event = |number: u128| match number % 3 {
        0 => request(number, "a", number),
        1 => accept(number, "a", bare_terms(number - 1)),
        _ => retract(number, "a", number - 2),
    };
    let (one_dir, mut one) = ledger();
    let mut batch = one.begin(at(0));
    for number in (0..COUNT).chain([5]) {
        batch.push(event(number)).unwrap();
    }
    batch.commit().unwrap();
    // The MACs of the index are those of one secret.
    let (other_dir, other) = ledger();
    drop(other);
    fs::copy(one_dir.path().join(SECRET), other_dir.path().join(SECRET)).unwrap();
    let (mut other, _) = Ledger::open(other_dir.path(), &mut |_| {}).unwrap();
    let mut batch = other.begin(at(0));
    thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::sync_channel(10);
        scope.spawn(move || {
            for number in (0..COUNT).chain([5]) {
                sender.send(PreparedEvent::new(&event(number)).unwrap()).unwrap();
            }
        });
        for event in receiver {
            batch.push_prepared(&event).unwrap();
        }
    });
    let committed = batch.commit().unwrap();
    assert_eq!((committed.new, committed.already), (3_000, 1));
    for part in ["log", "index", "head"] {
        assert_eq!(bytes_below(&one_dir.path().join(part)), bytes_below(&other_dir.path().join(part)), "{part}");
    }
    drop(other);
    assert_eq!(verify(other_dir.path(), &mut |_| {}).unwrap().size, 3_000);
}

/// The names and bytes of a file, or of the files in a directory.
fn bytes_below(path: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let Ok(files) = fs::read_dir(path) else {
        return vec![(path.file_name().unwrap().into(), fs::read(path).unwrap())];
    };
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| (file.file_name().unwrap().into(), fs::read(file).unwrap())).collect()
}

#[test]
fn a_batch_that_is_dropped_leaves_nothing_and_one_with_refusals_goes_on() {
    let (_dir, mut ledger) = ledger();
    let mut batch = ledger.begin(at(0));
    for number in 0..3_000 {
        batch.push(churn(number, "a")).unwrap();
    }
    assert_eq!(batch.so_far().size, 3_000);
    drop(batch);
    assert_eq!(ledger.size(), 0);

    let mut batch = ledger.begin(at(0));
    assert_eq!(batch.push(request(1, "a", 5)).unwrap(), Outcome::New { seq: 0 });
    assert_eq!(batch.push(request(1, "a", 5)).unwrap(), Outcome::Already { seq: 0 });
    let refused = batch.push(accept(2, "b", bare_terms(5)));
    assert!(matches!(refused, Err(PushError::Refused(refusal)) if refusal.code == Code::MissingField));
    assert_eq!(batch.push(accept(2, "a", bare_terms(5))).unwrap(), Outcome::New { seq: 1 });
    assert_eq!(batch.find(Key::request("a", &terms(5))).unwrap(), [0]);
    assert_eq!(batch.entry(1).unwrap().event.id, id(2));
    let so_far = batch.so_far();
    let committed = batch.commit().unwrap();
    assert_eq!(so_far, committed);
    assert_eq!((committed.new, committed.already, committed.size), (2, 1, 2));
}

#[test]
fn instants_increase_even_when_the_clock_goes_back() {
    let (_dir, mut ledger) = ledger();
    ledger.append(&[churn(1, "a"), churn(2, "a")], at(100)).unwrap();
    ledger.append(&[churn(3, "a")], at(-5_000_000)).unwrap();
    ledger.append(&[churn(4, "a")], at(50_000)).unwrap();
    let reader = ledger.reader();
    let recorded: Vec<Timestamp> = (0..4).map(|seq| reader.recorded_at(seq).unwrap()).collect();
    assert_eq!(recorded, [at(100), at(101), at(102), at(50_000)]);
    for (known_at, size) in [(at(99), 0), (at(100), 1), (at(102), 3), (at(103), 3), (at(60_000), 4)] {
        assert_eq!(reader.size_at(known_at).unwrap(), size);
    }
}

#[test]
fn no_instant_comes_after_the_last() {
    let (_dir, mut ledger) = ledger();
    let last = Timestamp::parse("9999-12-31T23:59:59.999999Z").unwrap();
    ledger.append(&[churn(1, "a")], last).unwrap();
    assert!(matches!(ledger.append(&[churn(2, "a")], at(0)), Err(AppendError::Store(_))));
    assert_eq!(ledger.size(), 1);
}

fn enrolled(anniversary: &str) -> Fact {
    Fact::DesignationEnrolled { area: Area::Security, anniversary: parse_date(anniversary).unwrap(), track: None }
}

fn earned(earned_on: Date, expires_on: Option<Date>) -> Fact {
    let (person, certification) = (PersonId::new("p").unwrap(), Name::new("AZ-305").unwrap());
    Fact::CertificationEarned { person, certification, earned_on, expires_on }
}

#[test]
fn an_event_that_no_line_could_say_is_refused() {
    let (_dir, mut ledger) = ledger();
    let rows = [
        (Event { partner: None, ..churn(1, "a") }, Code::MissingField),
        (Event { partner: churn(1, "a").partner, ..adopt(1, "") }, Code::UnknownField),
        (Event { when: When::In(Month::from_number(24_000)), ..churn(1, "a") }, Code::MissingField),
        (Event { when: When::At(Timestamp::from_micros(i64::MAX)), ..churn(1, "a") }, Code::BadValue),
        (Event { fact: Fact::AssociationRequested(bare_terms(1)), ..churn(1, "a") }, Code::MissingField),
        (Event { fact: enrolled("2024-03-01"), when: When::At(at(0)), ..churn(1, "a") }, Code::BadValue),
        (Event { fact: earned(Date::MAX, None), ..churn(1, "a") }, Code::BadValue),
        (Event { fact: earned(Date::default(), Some(Date::MIN)), ..churn(1, "a") }, Code::BadValue),
    ];
    for (event, code) in rows {
        assert_eq!(refused_code(ledger.append(&[event], at(0))), (0, code));
    }
}

#[test]
fn entries_go_into_a_fresh_ledger_with_the_same_bytes_and_root() {
    let (_dir, mut first) = ledger();
    let events = [request(1, "a", 5), accept(2, "a", bare_terms(5)), adopt(3, "[meta]\n"), retract(4, "a", 1)];
    first.append(&events, at(0)).unwrap();
    let exported = lines(&first.reader());

    let (_other_dir, mut second) = ledger();
    for _ in 0..2 {
        let mut batch = second.begin(at(0));
        for line in &exported {
            batch.push_entry(line).unwrap();
        }
        batch.commit().unwrap();
        assert_eq!(lines(&second.reader()), exported);
        assert_eq!(second.reader().root(4).unwrap(), first.reader().root(4).unwrap());
    }
}

#[test]
fn entries_that_do_not_continue_the_ledger_are_refused() {
    let (_dir, mut source) = ledger();
    source.append(&[churn(1, "a"), churn(2, "a"), churn(3, "a")], at(0)).unwrap();
    let exported = lines(&source.reader());
    let (_other_dir, mut target) = ledger();
    let mut batch = target.begin(at(0));
    batch.push_entry(&exported[0]).unwrap();
    let rows = [
        (exported[2].clone(), Code::Malformed),
        (exported[1].replace("\"seq\":1", "\"seq\":0"), Code::Malformed),
        (exported[1].replace("00:00.000001Z", "00:00.000000Z"), Code::Malformed),
        (exported[1].replace("\"seq\":1", "\"seq\": 1"), Code::Malformed),
        (exported[1].replace("000000000002\"", "000000000001\""), Code::IdReused),
        (exported[1].replace("customer_churned", "customer_gone"), Code::UnknownType),
    ];
    for (line, code) in rows {
        let pushed = batch.push_entry(&line);
        assert!(matches!(&pushed, Err(PushError::Refused(refusal)) if refusal.code == code), "{line}: {pushed:?}");
    }
    batch.push_entry(&exported[1]).unwrap();
    assert_eq!(batch.commit().unwrap().size, 2);
}

#[test]
fn creating_refuses_a_ledger_and_opening_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path()).unwrap_err().code(), Some("no_ledger"));
    assert_eq!(Reader::open(dir.path()).unwrap_err().code(), Some("no_ledger"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let (ledger, verifier) = Ledger::create(dir.path(), "example.com/ledger").unwrap();
    assert_eq!(read_key(&dir.path().join("key")).unwrap().verifier(), verifier);
    assert_eq!(Ledger::create(dir.path(), "example.com/other").unwrap_err().code(), Some("ledger_exists"));
    assert_eq!(read_key(&dir.path().join("key")).unwrap().verifier(), verifier);
    assert_eq!(open(dir.path()).unwrap_err().code(), Some("locked"));
    drop(ledger);
    assert!(open(dir.path()).is_ok());
}

#[test]
fn creating_can_be_tried_again_whatever_a_crash_left() {
    let left: [&[&str]; 4] = [&["lock"], &["lock", "key.new"], &["lock", "key"], &["key", "lock", "log/x.tmp"]];
    for names in left {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "left").unwrap();
        }
        let (mut ledger, verifier) = Ledger::create(dir.path(), "example.com/ledger").unwrap();
        assert_eq!(read_key(&dir.path().join("key")).unwrap().verifier(), verifier, "{names:?}");
        ledger.append(&[churn(1, "a")], at(0)).unwrap();
    }
    // A key that cannot be written leaves no ledger behind.
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("key.new")).unwrap();
    assert!(matches!(Ledger::create(dir.path(), "example.com/ledger"), Err(CreateError::Open(OpenError::Disk(_)))));
    assert_eq!(open(dir.path()).unwrap_err().code(), Some("no_ledger"));
    fs::remove_dir(dir.path().join("key.new")).unwrap();
    assert!(Ledger::create(dir.path(), "example.com/ledger").is_ok());
}

#[test]
fn a_long_rulebook_is_kept_and_read_again() {
    let (dir, mut ledger) = ledger();
    let text = "# é \"\\\u{1}\n".repeat(120_000);
    ledger.append(&[adopt(1, &text)], at(0)).unwrap();
    drop(ledger);
    let reader = Reader::open(dir.path()).unwrap();
    let shared = reader.shared_entries(1).unwrap();
    assert!(matches!(&shared[0].event.fact, Fact::RulebookAdopted { rulebook, .. } if rulebook.as_str() == text));
    assert!(reader.partners(1).unwrap().is_empty() && reader.entries("", 1).unwrap().is_empty());
    verify(dir.path(), &mut |_| {}).unwrap();
}

#[test]
fn readers_in_other_threads_see_whole_batches_while_one_writes() {
    let (dir, mut ledger) = ledger();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let dir = dir.path().to_owned();
            thread::spawn(move || {
                loop {
                    let reader = Reader::open(&dir).unwrap();
                    let size = reader.size();
                    assert_eq!(size % 10, 0, "a part of a batch was seen");
                    let (a, b) = (reader.entries("a", size).unwrap(), reader.entries("b", size).unwrap());
                    assert_eq!((a.len() + b.len()) as u64, size);
                    if size == 2_000 {
                        return reader.root(1_000).unwrap();
                    }
                }
            })
        })
        .collect();
    for batch in 0..200 {
        let events: Vec<Event> =
            (0..10).map(|number| churn(batch * 10 + number, if number < 5 { "a" } else { "b" })).collect();
        ledger.append(&events, at(0)).unwrap();
    }
    let root = ledger.reader().root(1_000).unwrap();
    for reader in readers {
        assert_eq!(reader.join().unwrap(), root);
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_is_accepted_until_the_ledger_is_opened_again() {
    let disk = MemoryDisk::default();
    let options = Options { volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) };
    let dir = Path::new("ledger");
    let mut ledger = Ledger { writer: Writer::create(dir, &options).unwrap(), closed: None };
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    disk.set_fault(Some(Fault { after: 0, kind: io::ErrorKind::StorageFull, once: true, short: false }));
    assert_eq!(ledger.append(&[churn(2, "a")], at(1)).unwrap_err().code(), Some("disk_full"));
    assert!(matches!(ledger.append(&[churn(2, "a")], at(1)), Err(AppendError::Store(_))));
    let mut batch = ledger.begin(at(1));
    assert!(matches!(batch.push(churn(2, "a")), Err(PushError::Store(_))));
    assert!(matches!(batch.push(retract(3, "a", 9)), Err(PushError::Store(_))));
    assert!(matches!(batch.commit(), Err(AppendError::Abandoned)));
    assert_eq!((ledger.size(), ledger.reader().size()), (1, 1));
    drop(ledger);
    let (writer, _) = Writer::open(dir, &options, &mut |_| {}).unwrap();
    let mut ledger = Ledger { writer, closed: None };
    assert_eq!(ledger.append(&[churn(1, "a"), churn(2, "a")], at(1)).unwrap()[0], Outcome::Already { seq: 0 });
    assert_eq!(ledger.size(), 2);
}

fn of_known_key() -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap();
    let ledger = Ledger::create_with(dir.path(), &crate::key::LedgerKey::Here(key)).unwrap();
    (dir, ledger)
}

fn closing(ledger: &Ledger, until: Timestamp) -> SignedCheckpoint {
    let mut checkpoint = ledger.reader().checkpoint("example.com/ledger", ledger.size()).unwrap();
    checkpoint.claims.closed = Some(until);
    checkpoint.sign(&SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap())
}

#[test]
fn what_is_recorded_after_an_instant_was_closed_has_a_later_one_even_when_the_clock_goes_back() {
    let (dir, mut ledger) = of_known_key();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    ledger.close(&closing(&ledger, at(50))).unwrap();
    ledger.append(&[churn(2, "a")], at(10)).unwrap();
    assert_eq!(ledger.reader().recorded_at(1).unwrap(), at(51));
    ledger.close(&closing(&ledger, at(90))).unwrap();
    ledger.close(&closing(&ledger, at(70))).unwrap();
    drop(ledger);
    let kept = LedgerDir::open(dir.path()).unwrap().witnessed().unwrap();
    assert_eq!(kept.len(), 1, "the latest stands for those before it");
    assert_eq!(kept[0].checkpoint().claims.closed, Some(at(90)));
    // Whoever opens it later keeps the promise, by whatever way an entry comes.
    let mut ledger = open(dir.path()).unwrap();
    let mut batch = ledger.begin(at(60));
    let line = crate::canonical::wrap_event(2, at(90), &crate::canonical_event(&churn(3, "a")));
    let Err(PushError::Refused(refusal)) = batch.push_entry(&line) else { panic!("the instant is closed") };
    assert!(refusal.message.contains("the instant that the ledger closed"), "{}", refusal.message);
    batch.push(churn(3, "a")).unwrap();
    batch.commit().unwrap();
    assert_eq!(ledger.reader().recorded_at(2).unwrap(), at(91));
    // The clock goes on where it is later.
    ledger.append(&[churn(4, "a")], at(500)).unwrap();
    assert_eq!(ledger.reader().recorded_at(3).unwrap(), at(500));
    verify(dir.path(), &mut |_| {}).unwrap();
}

#[test]
fn a_closing_that_is_damaged_or_anothers_keeps_a_writer_out_and_no_reader() {
    let (dir, mut ledger) = of_known_key();
    ledger.append(&[churn(1, "a")], at(0)).unwrap();
    ledger.close(&closing(&ledger, at(50))).unwrap();
    drop(ledger);
    let path = fs::read_dir(dir.path().join("witnessed")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read_to_string(&path).unwrap();
    for changed in [whole.replacen("closed 2025", "closed 2035", 1), whole.replacen("closed", "next", 1), String::new()]
    {
        assert_ne!(changed, whole);
        fs::write(&path, &changed).unwrap();
        let refused = open(dir.path()).unwrap_err();
        assert!(matches!(&refused, OpenError::Closing(named) if *named == path), "{refused:?}");
        assert_eq!(refused.code(), Some("corrupt"));
        assert_eq!(Reader::open(dir.path()).unwrap().size(), 1);
    }
    fs::write(&path, &whole).unwrap();
    open(dir.path()).unwrap();
    // A stranger's, whole in itself, under a name that fits it.
    let (other, mut stranger) = crate::testing::ledger();
    stranger.append(&[churn(1, "a")], at(0)).unwrap();
    let key = SigningKey::of_secret("example.com/ledger", &[2; 32]).unwrap();
    let mut checkpoint = stranger.reader().checkpoint(key.name(), 1).unwrap();
    checkpoint.claims.closed = Some(at(90));
    stranger.close(&checkpoint.sign(&key)).unwrap();
    let closing = fs::read_dir(other.path().join("witnessed")).unwrap().next().unwrap().unwrap();
    let brought = dir.path().join("witnessed").join(closing.file_name());
    fs::copy(closing.path(), &brought).unwrap();
    let refused = open(dir.path()).unwrap_err();
    assert!(matches!(&refused, OpenError::Closing(named) if *named == brought), "{refused:?}");
}
