//! Workbooks, written part by part.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use ledger::{Event, canonical_event};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Workbook;
use crate::readers::FORMATS;
use crate::{Context, Kind, Recognised, ReportError, read, rows_on_lines, survey};

const STYLES: &str = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"mmm\\-yyyy\"/></numFmts>\
    <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
    <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"4\"/></cellXfs></styleSheet>";
const STRINGS: &str = "<sst uniqueCount=\"99999999999999\"><si><t>Azure usage</t></si><si><t>Month</t></si>\
    <si><r><t>ACR</t></r><r><t>_USD</t></r></si><si><t>Storage</t></si></sst>";
const TENANT: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

/// A workbook of sheets, each a name and its rows.
fn workbook(sheets: &[(&str, &str)], strings: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        writer.start_file(name, SimpleFileOptions::default()).expect("a name");
        writer.write_all(text.as_bytes()).expect("it is in memory");
    };
    let (mut list, mut parts) = (String::new(), String::new());
    for (place, (name, rows)) in sheets.iter().enumerate() {
        let _ = write!(list, "<sheet name=\"{name}\" sheetId=\"{place}\" r:id=\"r{place}\"/>");
        let target = if place == 0 { "worksheets/sheet0.xml" } else { &format!("/xl/worksheets/sheet{place}.xml") };
        let kind = if rows.is_empty() { "chartsheet" } else { "worksheet" };
        let _ = write!(parts, "<Relationship Id=\"r{place}\" Type=\"http://x/{kind}\" Target=\"{target}\"/>");
        let text = format!("<?xml version=\"1.0\"?><worksheet><sheetData>{rows}</sheetData><margins/></worksheet>");
        part(&format!("xl/worksheets/sheet{place}.xml"), &text);
    }
    part("xl/workbook.xml", &format!("<workbook><workbookPr/><sheets>{list}</sheets></workbook>"));
    for (name, file) in [("styles", "styles"), ("sharedStrings", "./sharedStrings")] {
        let _ = write!(parts, "<Relationship Id=\"{name}\" Type=\"http://x/{name}\" Target=\"{file}.xml\"/>");
    }
    part("xl/_rels/workbook.xml.rels", &format!("<Relationships>{parts}</Relationships>"));
    part("xl/styles.xml", STYLES);
    part("xl/sharedStrings.xml", strings);
    writer.finish().expect("it is in memory").into_inner()
}

/// Rows of inline texts, the first on this row of the sheet.
fn rows(first: usize, rows: &[&[&str]]) -> String {
    let row = |(place, cells): (usize, &&[&str])| {
        let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
        format!("<row r=\"{}\">{}</row>", first + place, cells.iter().map(cell).collect::<String>())
    };
    rows.iter().enumerate().map(row).collect()
}

const NAMES: &[&str] = &[
    "PGAMpnId",
    "CustomerTenantId",
    "Month",
    "ServiceLevel2",
    "PartnerAttributionType",
    "IsACRDuplicateAtPGALevel",
    "ACR_USD",
];

/// A sheet with a title, names in the fourth row, and cells of every sort below them.
fn azure() -> String {
    let first = format!("<c r=\"A6\"><v>6034453</v></c><c r=\"B6\" t=\"str\"><f>x</f><v>{TENANT}</v></c>");
    let second = format!("<c><v>6034453</v></c><c t=\"inlineStr\"><is><t>{TENANT}</t></is></c>");
    format!(
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\" hidden=\"1\"/>{}\
         <row r=\"6\">{first}<c r=\"C6\" s=\"2\"><v>45689</v></c><c r=\"D6\" t=\"s\"><v>3</v></c>\
         <c r=\"E6\" t=\"inlineStr\"><is><t>CSP Tier 1</t></is></c><c r=\"F6\" t=\"b\"><v>0</v></c>\
         <c r=\"G6\" s=\"3\"><v>4.3499999999999996</v></c><c r=\"H6\" s=\"1\"/></row>\
         <row><c/></row>\
         <row>{second}<c t=\"d\"><v>2025-03-01T00:00:00</v></c><c t=\"inlineStr\"><is><t>a &lt; \"b\"</t></is></c><c/>\
         <c><v>0</v></c><c t=\"n\"><v>9.5E-05</v></c></row>\
         <row>{second}<c><v>20250301</v></c><c t=\"s\"><v>3</v></c><c/><c><v>0</v></c><c t=\"e\"><v>#N/A</v></c></row>",
        rows(4, &[NAMES])
    )
}

const CSV: &str = "Azure usage\n\n\nPGAMpnId,CustomerTenantId,Month,ServiceLevel2,PartnerAttributionType,\
    IsACRDuplicateAtPGALevel,ACR_USD\n\n6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,FEB-2025,Storage,CSP Tier 1,false,4.35\n\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,2025-03-01,\"a < \"\"b\"\"\",,0,0.000095\n\
    6034453,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250301,Storage,,0,#N/A\n";

/// The events of a report without the digest in their sources, and what was refused.
fn read_all(kind: Kind, bytes: &[u8]) -> Result<Vec<String>, ReportError> {
    let mut found = Vec::new();
    read(kind, bytes, &Context::of_file("a"), &mut |row| {
        found.push(match row.result {
            Ok(event) => {
                let text = canonical_event(&Event { id: ledger::EventId(uuid::Uuid::nil()), ..event });
                text.rsplit_once("sha256:").map_or(text.clone(), |(before, _)| before.to_owned())
            }
            Err(refusal) => format!("{}: {}", row.line, refusal.message),
        });
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

#[test]
fn a_workbook_tells_what_the_same_report_tells_as_csv() {
    let expected = read_all(Kind::AzureUsage, CSV.as_bytes()).expect("it is read");
    let found = read_all(Kind::AzureUsage, &workbook(&[("Usage", &azure())], STRINGS)).expect("it is read");
    assert_eq!(found, expected);
    let has = |text: &str| found.iter().any(|event| event.contains(text));
    assert!(has("azure-usage a line 6,") && has("\"4.35\"") && has("9: `ACR_USD` is \"#N/A\""), "{found:#?}");
}

#[test]
fn a_row_of_a_workbook_is_found_by_its_number() {
    let book = workbook(&[("Usage", &azure())], STRINGS);
    let mut open = || Ok(Cursor::new(book.clone()));
    let found = rows_on_lines(&mut open, &[1, 4, 6, 7, 10].into()).expect("it is in memory");
    assert_eq!(found.columns.expect("names"), NAMES.join(",").into_bytes());
    let row = format!("6034453,{TENANT},2025-02-01,Storage,CSP Tier 1,false,4.35");
    assert_eq!(found.rows, [(6, row.into_bytes())]);
}

#[test]
fn of_several_sheets_one_is_read_and_the_others_are_told() {
    let trainings = rows(1, &[&["TrainingTitle", "TrainingCompletionDate"], &["x", "2025-01-05"]]);
    let notes = rows(1, &[&["Colour", "Size"], &["red", "2"]]);
    let sheets = [("Chart", ""), ("Notes", notes.as_str()), ("Usage", &azure()), ("People", &trainings)];
    let book = workbook(&sheets, STRINGS);
    let looked = survey(book.as_slice()).expect("it is read");
    assert_eq!(looked.recognised, Recognised::Report("azure-usage"));
    assert_eq!(looked.further, [("People".to_owned(), "training-completions")]);
    let asked = Workbook::read(book.as_slice(), Some("training-completions"), FORMATS).expect("it is read");
    assert_eq!((asked.names.len(), asked.further), (2, vec![("Usage".to_owned(), "azure-usage")]));
    let alone = survey(workbook(&sheets[..2], STRINGS).as_slice()).expect("it is read").recognised;
    assert!(
        matches!(alone, Recognised::Unknown { found, .. } if found == ["no sheet that is a report: the likeliest has Colour", "Size"])
    );
    let blank = survey(workbook(&[("Blank", "<row><c/></row>")], STRINGS).as_slice());
    assert!(matches!(blank, Err(ReportError::Empty)));
}

#[test]
fn a_workbook_that_is_not_whole_is_refused() {
    let azure = azure();
    let sheet = |rows: &str| workbook(&[("Usage", rows)], STRINGS);
    let far = format!("<row><c r=\"XFE1\"><v>1</v></c></row>{azure}");
    let letters = format!("<row><c r=\"1\"><v>1</v></c></row>{azure}");
    let long = format!("{azure}<row><c t=\"str\"><v>{}</v></c></row>", "a".repeat(2 << 20));
    let wide = format!("{azure}<row>{}</row>", format!("<c t=\"str\"><v>{}</v></c>", "a".repeat(900_000)).repeat(20));
    let comment = format!("{azure}<!-- {} -->", "<a>".repeat(1 << 20));
    for (book, told) in [
        (sheet(&far), "stands in no column"),
        (sheet(&letters), "stands in no column"),
        (sheet(&long), "a piece of its XML has more than 1 MiB"),
        (sheet(&comment), "a piece of its XML has more than 1 MiB"),
        (sheet(&wide), "a row of its sheet has more than 16 MiB"),
        (sheet(&azure.replace("<v>3</v>", "<v>77</v>")), "names a text that is not there"),
        (sheet(&azure.replace("</row>", "</rov>")), "its XML cannot be read"),
        (sheet(&azure.replace("</sheetData>", "")), ""),
        (sheet(&azure.replace("&lt;", "&own;")), "stands for nothing"),
        (workbook(&[("Usage", &azure)], "<sst"), "its XML cannot be read"),
    ] {
        let read = read_all(Kind::AzureUsage, &book);
        match read {
            Err(error) => {
                let code = if told.contains("more than") { "too_large" } else { "damaged" };
                assert!(error.code() == code && error.to_string().contains(told), "{told}: {error}");
            }
            Ok(_) => assert!(told.is_empty(), "{told}"),
        }
    }
}

#[test]
fn a_changed_byte_of_what_is_read_is_noticed() {
    let book = workbook(&[("Usage", &azure())], STRINGS);
    let expected = read_all(Kind::AzureUsage, &book).expect("it is read");
    for at in (0..book.len()).step_by(7) {
        let mut changed = book.clone();
        changed[at] ^= 4;
        // What is not read, as dates of files, may be anything.
        if let Ok(found) = read_all(Kind::AzureUsage, &changed) {
            assert_eq!(found, expected, "byte {at}");
        }
    }
    for len in (0..book.len()).step_by(97) {
        assert!(read_all(Kind::AzureUsage, &book[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn a_formula_without_a_result_is_no_blank_cell() {
    let amount = "<c r=\"G6\" s=\"3\"><v>4.3499999999999996</v></c>";
    let sheet = azure().replace(amount, "<c r=\"G6\"><f>400+20</f></c>");
    let refused =
        read_all(Kind::AzureUsage, &workbook(&[("Usage", &sheet)], STRINGS)).expect_err("a figure is missing");
    assert!(refused.to_string().contains("a formula of its sheet has no result"), "{refused}");
    let sheet = azure().replace(amount, "<c r=\"G6\"><f>4+0.35</f><v>4.35</v></c>");
    read_all(Kind::AzureUsage, &workbook(&[("Usage", &sheet)], STRINGS)).expect("it has a result");
}
