use std::fs::{self, File};
use std::path::Path;

use ledger::{EventId, EventType, Ledger, Timestamp, parse_event};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use tempfile::TempDir;
use uuid::Uuid;

use super::Written;
use super::entries::{Request, table};
use crate::Error;
use crate::export;
use crate::testing::within;

/// The fields that no column has.
const IN_LINE_ALONE: [&str; 4] = ["rulebook", "old_key", "new_key", "checkpoint"];
/// Entries of a test's ledger.
const ENTRIES: u64 = 20;

#[test]
fn every_field_of_every_type_has_a_column_or_is_in_the_line_alone() {
    for line in [false, true] {
        let table = table(line);
        for kind in EventType::ALL {
            for field in kind.fields() {
                let has_column = table.place(field.name).is_some();
                assert_eq!(has_column, !IN_LINE_ALONE.contains(&field.name), "{} of {kind}", field.name);
            }
        }
        assert_eq!(table.place("line").is_some(), line);
    }
}

/// A ledger of two partners, of whom the second has every fourth entry.
fn ledger() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = Ledger::create(&dir.path().join("ledger"), "example.com/ledger").unwrap();
    for number in 0..ENTRIES {
        let partner = if number % 4 == 3 { "second" } else { "first" };
        let line = format!(
            r#"{{"type":"customer_churned","partner":"{partner}","effective_at":"2025-01-01","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","note":"{}"}}"#,
            "n".repeat(1_000)
        );
        let event = parse_event(&line, || Some(EventId(Uuid::from_u128(number.into())))).unwrap();
        ledger.append(&[event], Timestamp::from_micros(i64::try_from(number).unwrap())).unwrap();
    }
    dir
}

fn write(dir: &Path, partner: Option<&str>, seqs: (u64, Option<u64>), rows: usize) -> Result<Written, Error> {
    let partner = partner.map(|partner| ledger::PartnerId::new(partner).unwrap());
    let wanted = export::Request { partner, from_seq: seqs.0, to_seq: seqs.1 };
    let request = Request { wanted, line: true, out: dir.join("rows.parquet") };
    within(&dir.join("ledger"), |session| request.run_in_groups(session, rows))
}

/// The rows of each group, and the first column.
fn read(dir: &Path) -> (Vec<i64>, Vec<i64>) {
    let path = dir.join("rows.parquet");
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let groups =
        reader.metadata().row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    let rows = reader.get_row_iter(None).unwrap();
    let seqs = rows.map(|row| row.unwrap().get_long(0).unwrap()).collect();
    fs::remove_file(path).unwrap();
    (groups, seqs)
}

#[test]
fn the_rows_stand_in_groups_of_so_many_whatever_is_wanted() {
    let dir = ledger();
    let dir = dir.path();
    for (partner, seqs, rows, groups, found) in [
        (None, (0, None), 7, vec![7, 7, 6], (0..20).collect::<Vec<i64>>()),
        (None, (0, None), 20, vec![20], (0..20).collect()),
        (None, (0, None), 19, vec![19, 1], (0..20).collect()),
        (None, (5, Some(8)), 2, vec![2, 2], vec![5, 6, 7, 8]),
        (None, (19, Some(u64::MAX)), 2, vec![1], vec![19]),
        (None, (20, None), 2, vec![], vec![]),
        (Some("second"), (0, None), 3, vec![3, 2], vec![3, 7, 11, 15, 19]),
        (Some("second"), (4, Some(11)), 3, vec![2], vec![7, 11]),
        (Some("first"), (3, Some(3)), 3, vec![], vec![]),
    ] {
        let written = write(dir, partner, seqs, rows).unwrap();
        let bytes = fs::metadata(dir.join("rows.parquet")).unwrap().len();
        assert_eq!((written.rows, written.bytes, written.size), (found.len() as u64, bytes, ENTRIES));
        assert_eq!(read(dir), (groups, found), "{partner:?} {seqs:?} {rows}");
    }
}

#[test]
fn a_failure_leaves_no_file() {
    let dir = ledger();
    let dir = dir.path();
    let names = || fs::read_dir(dir).unwrap().count();
    assert_eq!(write(dir, Some("third"), (0, None), 7).unwrap_err().code(), "unknown_partner");
    assert_eq!(write(dir, None, (2, Some(1)), 7).unwrap_err().exit_code(), 2);
    assert_eq!(names(), 1);
    fs::write(dir.join("rows.parquet"), "there").unwrap();
    assert_eq!(write(dir, None, (0, None), 7).unwrap_err().code(), "exists");
    assert_eq!((fs::read_to_string(dir.join("rows.parquet")).unwrap().as_str(), names()), ("there", 2));
    fs::remove_file(dir.join("rows.parquet")).unwrap();
    let log = dir.join("ledger/log");
    for segment in fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path()) {
        let mut bytes = fs::read(&segment).unwrap();
        let last = bytes.iter().rposition(|&byte| byte != 0).unwrap();
        bytes[last / 2] ^= 1;
        fs::write(&segment, bytes).unwrap();
    }
    for partner in [None, Some("first")] {
        assert_eq!(write(dir, partner, (0, None), 7).unwrap_err().code(), "corrupt", "{partner:?}");
        assert_eq!(names(), 1);
    }
}
