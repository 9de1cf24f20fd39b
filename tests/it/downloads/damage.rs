//! Files that have come to harm, each of which must be refused.

use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::Value;

use super::download::Download;
use super::kind::Kind;
use super::row::Cell;
use super::wrapping::{Form, Wrapping};
use super::written::PlainFile;
use crate::histories::Dice;

/// A damaged file, and what its refusal must name.
pub struct DamagedFile {
    pub what: String,
    pub kind: Kind,
    pub name: String,
    pub bytes: Vec<u8>,
    /// Texts that the refusal has.
    pub named: Vec<String>,
    /// The line that the refusal has.
    pub line: Option<u64>,
}

/// What spoils the cells of a sort.
const SPOILT: [(&str, &[&str]); 5] = [
    ("month", &["20231301", "JUX-2023", "2023-00-01", "soon"]),
    ("amount", &["1O0.00", "12.34.56", "1e5", "--5", "ten"]),
    ("flag", &["2", "maybe", "-1"]),
    ("tenant", &["4fdbff88-9d6b", "4fdbff88-9d6b-42e0-9713-45c922ba80zz", "Fabrikam"]),
    ("day", &["2023-02-30", "2023-13-01", "yesterday"]),
];

/// A file damaged in every way, once each.
pub fn all(dice: &mut Dice, file: &Download, reads_duplicates: bool) -> Vec<DamagedFile> {
    let mut all = vec![
        damaged(file, "empty", Vec::new()),
        damaged(file, "binary junk", (0..700).map(|_| (dice.next() >> 16) as u8).collect()),
    ];
    all.extend(without_columns(dice, file));
    all.extend(spoilt_cells(dice, file, reads_duplicates));
    for _ in 0..4 {
        all.extend(cut(dice, file));
        all.extend(flipped(dice, file));
    }
    all
}

fn damaged(file: &Download, what: &str, bytes: Vec<u8>) -> DamagedFile {
    let name = format!("damaged {}", file.name);
    DamagedFile { what: format!("{} {what}", file.name), kind: file.kind, name, bytes, named: Vec::new(), line: None }
}

/// A needed column that has another name, or is missing.
fn without_columns(dice: &mut Dice, file: &Download) -> Vec<DamagedFile> {
    let needed: Vec<usize> = (0..file.written.columns.len())
        .filter(|place| file.written.columns[*place].is_some_and(|column| column.is_needed))
        .collect();
    let mut all = Vec::new();
    for place in needed {
        let mut written = file.written.clone();
        let column = written.columns[place].expect("it is needed");
        let what = if dice.chance(50) {
            "Whatever".clone_into(&mut written.header[place]);
            format!("{} renamed", column.name)
        } else {
            written.header.remove(place);
            written.columns.remove(place);
            written.cells.iter_mut().for_each(|cells| drop(cells.remove(place)));
            format!("{} removed", column.name)
        };
        let named = vec![column.name.to_owned()];
        all.push(DamagedFile { named, ..damaged(file, &what, packed(file, &written)) });
    }
    all
}

fn packed(file: &Download, written: &PlainFile) -> Vec<u8> {
    file.wrapping.pack(&file.inner_name(), &written.bytes())
}

/// One cell of a row that counts, which cannot be read.
fn spoilt_cells(dice: &mut Dice, file: &Download, reads_duplicates: bool) -> Vec<DamagedFile> {
    let mut all = Vec::new();
    for (place, column) in file.written.columns.iter().enumerate() {
        let Some(column) = column.filter(|column| column.is_needed) else { continue };
        let Some(sort) = sort(file.kind, column.name) else { continue };
        // The date that is spoilt may be the one that tells the order of all others.
        if matches!(sort, "month" | "day") && file.written.is_year_last() {
            continue;
        }
        let (_, texts) = SPOILT.iter().find(|(name, _)| *name == sort).expect("a sort of the list");
        let text = dice.pick(texts);
        let mut written = file.written.clone();
        let row = dice.below(written.cells.len());
        if !counts(file, row) || (!reads_duplicates && sort == "amount" && is_duplicate(file, row)) {
            continue;
        }
        written.cells[row][place] = Value::from(text);
        let named = vec![written.header[place].clone(), text.to_owned()];
        let line = (written.form() != Form::Json).then(|| written.first_line() + row as u64);
        let what = format!("{} of row {row} is {text:?}", column.name);
        all.push(DamagedFile { named, line, ..damaged(file, &what, packed(file, &written)) });
    }
    all
}

/// Rows of exams and trials prove nothing, so that their cells need not be read.
fn counts(file: &Download, row: usize) -> bool {
    let is = |text: &str| file.written.cells[row].iter().any(|cell| cell.as_str() == Some(text));
    !is("exam") && !is("Trial")
}

fn is_duplicate(file: &Download, row: usize) -> bool {
    let flags =
        |place: &usize| file.written.columns[*place].is_some_and(|column| sort(file.kind, column.name) == Some("flag"));
    let place = (0..file.written.columns.len()).find(flags);
    let is_set = |cell: &Value| {
        cell == true || cell.as_str().is_some_and(|text| ["1", "yes", "true"].contains(&text.to_lowercase().as_str()))
    };
    place.is_some_and(|place| is_set(&file.written.cells[row][place]))
}

/// What stands in a column.
fn sort(kind: Kind, column: &str) -> Option<&'static str> {
    match column {
        _ if column == kind.month_column() && kind != Kind::TrainingCompletions => Some("month"),
        "ACR_USD" | "PaidAvailableUnits" | "MonthlyActiveUsers" | "AdjustedRevenueAmtCD" | "AvailableSeatsEOP" => {
            Some("amount")
        }
        "IsACRDuplicateAtPGALevel" | "IsDuplicateRowForPGA" => Some("flag"),
        "CustomerTenantId" | "CustomerTenantID" => Some("tenant"),
        "TrainingCompletionDate" | "DateAssociated" => Some("day"),
        _ => None,
    }
}

/// A file that ends too early, where that can be seen.
fn cut(dice: &mut Dice, file: &Download) -> Option<DamagedFile> {
    let whole = file.bytes();
    let at = dice.below(whole.len());
    let kept = &whole[..at];
    let is_seen = match (file.wrapping, file.written.form()) {
        (Wrapping::Plain, Form::Csv | Form::Tsv | Form::Bars) => {
            let last = kept.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            let delimiter = file.written.form().delimiter().expect("it is separated") as u8;
            // Rows may have commas in quotes, so this undercounts what is missing, never overcounts it.
            let delimiters = last.split(|byte| *byte == delimiter).count() - 1;
            // Names of columns that are cut are those of a report without rows.
            let lines = kept.split(|byte| *byte == b'\n').count() as u64;
            // A quote alone is no cell yet.
            let is_row = !last.is_empty() && last != b"\"";
            lines >= file.written.first_line() && is_row && delimiters + 1 < file.written.header.len()
        }
        (Wrapping::Plain, Form::JsonLines) => !kept.ends_with(b"\n") && !kept.ends_with(b"}") && at > 3,
        (Wrapping::Plain, Form::Json) => !kept.ends_with(b"]"),
        (Wrapping::Gzip | Wrapping::Zip, _) | (Wrapping::Plain, Form::Workbook) => true,
    };
    is_seen.then(|| damaged(file, &format!("cut after {at} of {} bytes", whole.len()), kept.to_vec()))
}

/// A packed file with one byte changed.
fn flipped(dice: &mut Dice, file: &Download) -> Option<DamagedFile> {
    let mut bytes = file.bytes();
    let guarded = file.wrapping.guarded(&file.inner_name(), &bytes);
    if guarded.is_empty() {
        return None;
    }
    let at = guarded.start + dice.below(guarded.len());
    // The last byte that is deflated may end with bits that mean nothing.
    let bit = if at + 1 == file.wrapping.deflated_end(guarded.end) { 0 } else { dice.below(8) };
    bytes[at] ^= 1 << bit;
    // Another distance may copy the same text, and then nothing is damaged.
    let deflated = &bytes[guarded.start..file.wrapping.deflated_end(guarded.end)];
    if at < guarded.start + deflated.len() && inflates_to(deflated, &file.written.bytes()) {
        return None;
    }
    Some(damaged(file, &format!("byte {at} flipped"), bytes))
}

fn inflates_to(deflated: &[u8], plain: &[u8]) -> bool {
    let mut inflated = Vec::new();
    DeflateDecoder::new(deflated).read_to_end(&mut inflated).is_ok() && inflated == plain
}

#[test]
fn sorts_are_those_of_the_list() {
    for kind in super::kind::KINDS {
        for column in kind.columns() {
            let sort = sort(kind, column.name);
            assert!(sort.is_none_or(|sort| SPOILT.iter().any(|(name, _)| *name == sort)), "{}", column.name);
        }
    }
    assert_eq!(super::row::Row::default().cell("Month"), &Cell::Blank);
}
