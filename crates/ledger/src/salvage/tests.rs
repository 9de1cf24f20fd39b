use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::disk::Volume;
use crate::disk::memory::{Image, MemoryDisk};
use crate::key::LedgerKey;
use crate::ledger::Ledger;
use crate::log::frame;
use crate::prefix::describe;
use crate::proof::SigningKey;
use crate::store::options::Options;
use crate::testing::{at, churn, lines};

const DIR: &str = "/ledger";

/// A ledger of small segments, with all its lines.
fn ledger(segment_bytes: u64, groups: &[u128]) -> (Image, Vec<String>) {
    let disk = MemoryDisk::default();
    let options = Options { segment_bytes, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) };
    let key = LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap());
    let mut ledger = Ledger::create_on(Path::new(DIR), &key, &options).unwrap();
    let mut number = 0;
    for &group in groups {
        let events: Vec<_> = (number..number + group).map(|number| churn(number, "a")).collect();
        ledger.append(&events, at(0)).unwrap();
        number += group;
    }
    let lines = lines(&ledger.reader());
    drop(ledger);
    (disk.image(), lines)
}

fn salvage(image: &Image) -> Salvage {
    let disk = MemoryDisk::of(image.clone());
    let salvage = Salvage::of(&LedgerDir::held(&Volume::new(Arc::new(disk.clone())), Path::new(DIR)), 0).unwrap();
    assert!(disk.ops().is_empty(), "salvaging changed something");
    salvage
}

fn given(each: impl Fn(&mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), ReadError>) -> Vec<String> {
    let mut given = Vec::new();
    each(&mut |line| {
        given.push(line.to_owned());
        ControlFlow::Continue(())
    })
    .unwrap();
    given
}

/// Checks that what is given and what is lost are together all that there was, each once.
fn assert_told(image: &Image, lines: &[String], what: &str) -> (u64, u64, u64) {
    let salvage = salvage(image);
    let beginning = given(|on_line| salvage.each_of_beginning(on_line));
    let behind = given(|on_line| salvage.each_behind(on_line));
    assert_eq!(beginning, lines[..beginning.len()], "{what}");
    assert_eq!((salvage.size(), salvage.behind()), (beginning.len() as u64, behind.len() as u64), "{what}");
    let mut told: Vec<u64> = (0..salvage.size()).collect();
    for line in &behind {
        let seq = Entry::parse(line).unwrap().seq;
        assert_eq!(*line, lines[usize::try_from(seq).unwrap()], "{what}");
        told.push(seq);
    }
    let lost: Vec<u64> = salvage.losses().iter().flat_map(|loss| loss.first_seq..loss.end_seq_exclusive).collect();
    told.extend(&lost);
    told.sort_unstable();
    assert_eq!(told, (0..lines.len() as u64).collect::<Vec<_>>(), "{what}");
    (salvage.size(), salvage.behind(), lost.len() as u64)
}

#[test]
fn of_a_whole_ledger_nothing_is_lost() {
    for groups in [&[][..], &[1], &[2, 5, 1, 3]] {
        let (image, lines) = ledger(500, groups);
        assert_eq!(assert_told(&image, &lines, "nothing"), (lines.len() as u64, 0, 0));
    }
}

#[test]
fn every_flipped_byte_loses_one_frame_and_says_which() {
    let (image, lines) = ledger(500, &[2, 5, 1, 3, 2]);
    let segments = image.names.iter().filter(|(path, _)| path.starts_with("/ledger/log"));
    for (path, &file) in segments {
        for at in 0..image.files[file].len() {
            let mut damaged = image.clone();
            damaged.files[file][at] ^= 0x10;
            let (_, _, lost) = assert_told(&damaged, &lines, &format!("byte {at} of {}", path.display()));
            assert!([0, 1, 2, 3, 5].contains(&lost), "{lost} entries are lost by byte {at} of {}", path.display());
        }
    }
}

#[test]
fn every_cut_and_every_missing_segment_is_told() {
    let (image, lines) = ledger(500, &[2, 5, 1, 3, 2]);
    let segments: Vec<_> = image.names.iter().filter(|(path, _)| path.starts_with("/ledger/log")).collect();
    assert!(segments.len() > 3);
    for (path, file) in segments {
        for len in 0..image.files[*file].len() {
            let mut damaged = image.clone();
            damaged.files[*file].truncate(len);
            assert_told(&damaged, &lines, &format!("{} cut to {len}", path.display()));
        }
        let mut damaged = image.clone();
        damaged.names.remove(path);
        assert_told(&damaged, &lines, &format!("{} missing", path.display()));
    }
}

#[test]
fn segments_under_each_others_names_are_put_in_order() {
    let (image, lines) = ledger(500, &[2, 5, 1, 3, 2]);
    let segments: Vec<_> = image.names.iter().filter(|(path, _)| path.starts_with("/ledger/log")).collect();
    let mut damaged = image.clone();
    damaged.names.extend([(segments[0].0.clone(), *segments[2].1), (segments[2].0.clone(), *segments[0].1)]);
    assert_eq!(assert_told(&damaged, &lines, "exchanged"), (lines.len() as u64, 0, 0));
}

#[test]
fn a_loss_names_its_place_and_a_torn_tail_is_none() {
    let (mut image, lines) = ledger(1 << 20, &[2, 1, 1]);
    let log = image.names[Path::new("/ledger/log/00000000000000000000.log")];
    image.files[log][200] ^= 1;
    let told = salvage(&image);
    let Loss { first_seq, end_seq_exclusive, segment, offset, end_offset_exclusive, reason } = told.losses()[0].clone();
    assert_eq!(reason, None, "its frame is not whole");
    assert_eq!((first_seq, end_seq_exclusive, segment.as_str(), offset), (0, 2, "00000000000000000000.log", 32));
    assert!(end_offset_exclusive.is_some_and(|end| end > 200) && told.losses().len() == 1, "{:?}", told.losses());
    // An entry whose commit was never acknowledged is no loss.
    image.files[log][200] ^= 1;
    let last = image.names.iter().rfind(|(path, _)| path.starts_with("/ledger/log")).unwrap();
    let (last, end) = (*last.1, image.files[*last.1].iter().rposition(|&byte| byte != 0).unwrap() + 1);
    image.files[last].resize(end, 0);
    image.files[last].extend_from_slice(b"\xF5PCF torn");
    assert_eq!(assert_told(&image, &lines, "a torn tail"), (4, 0, 0));
}

#[test]
fn frames_that_no_commit_followed_do_not_come_back() {
    let disk = MemoryDisk::default();
    let options =
        Options { segment_bytes: 1 << 20, volume: Volume::new(Arc::new(disk.clone())), ..Options::new(describe) };
    let key = LedgerKey::Here(SigningKey::of_secret("example.com/ledger", &[1; 32]).unwrap());
    let mut ledger = Ledger::create_on(Path::new(DIR), &key, &options).unwrap();
    ledger.append(&[churn(0, "a"), churn(1, "a")], at(0)).unwrap();
    let mut batch = ledger.begin(at(1_000));
    for number in 2..1_500 {
        batch.push(churn(number, "a")).unwrap();
    }
    // As a process that is killed leaves it: whole frames, and no commit.
    let killed = salvage(&disk.image());
    assert!(disk.image().files.iter().any(|bytes| bytes.windows(4).filter(|at| at == b"\xF5PCF").count() > 3));
    assert_eq!((killed.size(), killed.behind(), killed.losses()), (2, 0, &[][..]));
}

/// Writes other lines into the frame that holds an entry, and makes its checksum right.
fn rewrite(image: &mut Image, seq: u64, change: impl Fn(&mut Vec<String>)) {
    let path = Path::new("/ledger/log/00000000000000000000.log");
    let bytes = &mut image.files[image.names[path]];
    let mut cursor = 32;
    while let Some(header) = frame::parse(&bytes[cursor..cursor + frame::HEADER_LEN]) {
        let payload = cursor + frame::HEADER_LEN..cursor + usize::try_from(header.frame_len()).unwrap();
        if (header.first_seq..header.end_seq()).contains(&seq) {
            let text = String::from_utf8(bytes[payload.clone()].to_vec()).unwrap();
            let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            change(&mut lines);
            let changed = lines.join("\n");
            let length = u32::try_from(changed.len()).unwrap();
            let header = FrameHeader { raw_len: length, stored_len: length, ..header };
            let head = frame::format(&header, changed.as_bytes());
            bytes.splice(cursor..payload.end, head.into_iter().chain(changed.into_bytes()));
            return;
        }
        cursor = payload.end;
    }
    panic!("no frame has entry {seq}");
}

/// What is done to the line of an entry, and what is said of it.
type Falsehood = (&'static str, fn(&str) -> String, &'static str);

#[test]
fn an_entry_that_is_whole_and_wrong_is_left_out_alone_and_it_is_said_why() {
    // Frames of one entry each, and frames of several, whose lines are stored as they are.
    let (image, lines) = ledger(1 << 20, &[1, 2, 1, 2]);
    let changes: [Falsehood; 6] = [
        ("no entry", |line| line.replace("customer_churned", "customer vanished"), "it is no entry: "),
        ("a later version's", |line| line.replace("customer_churned", "customer_vanished"), "entry "),
        ("another form", |line| line.replace(",\"event\"", ", \"event\""), "it is no entry: "),
        (
            "another place",
            |line| format!("{{\"seq\":77{}", &line[line.find(',').unwrap()..]),
            "it says that it is entry 77",
        ),
        ("an earlier instant", |line| line.replacen("2025-", "2024-", 1), "it was recorded at 2024-"),
        ("a control character", |line| line.replace("\"partner\":\"a\"", "\"partner\":\"\u{7}\""), "it is no entry: "),
    ];
    for seq in 0..6_u64 {
        for (what, change, reason) in changes {
            if seq == 0 && what == "an earlier instant" {
                continue;
            }
            let what = format!("entry {seq} of {what}");
            let mut damaged = image.clone();
            rewrite(&mut damaged, seq, |lines| {
                let own = lines.iter_mut().find(|line| line.starts_with(&format!("{{\"seq\":{seq},"))).unwrap();
                *own = change(own);
            });
            assert_eq!(assert_told(&damaged, &lines, &what), (seq, 5 - seq, 1), "{what}");
            let losses = salvage(&damaged).losses().to_vec();
            assert_eq!((losses[0].first_seq, losses[0].end_seq_exclusive), (seq, seq + 1), "{what}");
            let told = losses[0].reason.clone().unwrap_or_default();
            assert!(told.starts_with(reason), "{what}: {told}");
        }
    }
    // One that is ahead of its time is followed by one that goes back, and by no other.
    let mut damaged = image.clone();
    rewrite(&mut damaged, 1, |lines| lines[0] = lines[0].replacen("2025-", "2026-", 1));
    let told = salvage(&damaged);
    assert_eq!((told.size(), told.behind(), told.losses().len()), (2, 3, 1));
    assert_eq!(told.losses()[0].first_seq, 2);
}
