//! The same rows in every form of file.

use std::io::Write;
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use ledger::{Event, canonical_event};

use crate::file::bytes::Bytes;
use crate::file::documents::Documents;
use crate::file::text::Text;
use crate::output::Output;
use crate::{Context, Kind, ReportError, RowEvent, read};

const ROWS: [[&str; 8]; 4] = [
    ["6034453", "4fdbff88-9d6b-42e0-9713-45c922ba8001", "20250101", "SQL Database", "s-1", "CSP Tier 1", "0", "900.5"],
    [
        "6034453",
        "4fdbff88-9d6b-42e0-9713-45c922ba8001",
        "20250101",
        "SQL Database",
        "s-1",
        "CSP Tier 1",
        "0",
        "99.123456",
    ],
    ["6034453", "4fdbff88-9d6b-42e0-9713-45c922ba8001", "20250201", "SQL, \"new\"\nDätabase", "", "", "0", "-5"],
    ["6034453", "0c39d6d5-c70d-4c55-bc02-f620844f3fd1", "20250201", "Storage", "", "CSP Tier 1", "1", "12"],
];
const NAMES: [&str; 8] = [
    "PGAMpnId",
    "CustomerTenantId",
    "Month",
    "ServiceLevel2",
    "SubscriptionId",
    "PartnerAttributionType",
    "IsACRDuplicateAtPGALevel",
    "ACR_USD",
];

fn zipped(name: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a name");
    writer.finish().expect("it is in memory").into_inner()
}

fn separated(delimiter: &str, line_end: &str) -> String {
    let quoted = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |cells: &[&str; 8]| cells.iter().map(quoted).collect::<Vec<_>>().join(delimiter) + line_end;
    std::iter::once(&NAMES).chain(&ROWS).map(line).collect()
}

/// The rows as objects: months and figures as numbers, blank cells absent.
fn objects() -> Vec<String> {
    let member = |(name, cell): (&str, &str)| match name {
        "Month" | "ACR_USD" => format!("\"{name}\": {cell}"),
        _ => format!("\"{name}\": {}", serde_json::Value::from(cell)),
    };
    let object = |cells: &[&str; 8]| {
        let pairs = NAMES.into_iter().zip(*cells).filter(|(_, cell)| !cell.is_empty());
        format!("{{{}}}", pairs.rev().map(member).collect::<Vec<_>>().join(", "))
    };
    ROWS.iter().map(object).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("it is in memory");
    encoder.finish().expect("it is in memory")
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The events without source and id.
fn events(bytes: &[u8]) -> Result<Vec<String>, ReportError> {
    let mut events = Vec::new();
    read(Kind::AzureUsage, bytes, &Context::of_file("a"), &mut |row| {
        let event = Event { source: None, id: ledger::EventId(uuid::Uuid::nil()), ..row.result.expect("it is read") };
        events.push(canonical_event(&event));
        ControlFlow::Continue(())
    })?;
    Ok(events)
}

#[test]
fn every_form_gives_the_same_events() {
    let csv = separated(",", "\r\n");
    let expected = events(csv.as_bytes()).expect("it is read");
    assert!(expected.len() >= 4, "{expected:?}");
    let list = format!("[{}]", objects().join(",\n"));
    let lines = objects().join("\n");
    for (form, bytes) in [
        ("semicolons", separated(";", "\n").into_bytes()),
        ("tabs", separated("\t", "\r").into_bytes()),
        ("bars", separated("|", "\n").into_bytes()),
        ("unit separators", separated("\u{1f}", "\n").into_bytes()),
        ("a separator that is said", format!("sep=;\r\n{}", separated(";", "\r\n")).into_bytes()),
        ("a type", format!("#TYPE Selected.Object\r\n{csv}").into_bytes()),
        ("a title", utf16(&format!("Azure usage\t\r\n\r\n\"Report of\r\n5 March\"\r\n{}", separated("\t", "\r\n")))),
        ("gzip of a title", gzip(format!("Azure usage\n\n{}", separated("^", "\n")).as_bytes())),
        ("a mark", format!("\u{feff}{csv}").into_bytes()),
        ("UTF-16", utf16(&separated("\t", "\r\n"))),
        ("JSON", list.clone().into_bytes()),
        ("UTF-16 JSON", utf16(&list)),
        ("a wrapped list", format!("{{\"totalCount\": 4, \"value\": {list}}}").into_bytes()),
        ("JSON Lines", lines.clone().into_bytes()),
        ("gzip", gzip(csv.as_bytes())),
        ("two members of gzip", [gzip(&csv.as_bytes()[..100]), gzip(&csv.as_bytes()[100..])].concat()),
        ("gzip of JSON Lines", gzip(lines.as_bytes())),
        ("gzip of UTF-16", gzip(&utf16(&csv))),
    ] {
        assert_eq!(events(&bytes).expect(form), expected, "{form}");
    }
}

#[test]
fn cut_changed_and_empty_files_are_told() {
    let packed = gzip(separated(",", "\n").as_bytes());
    let cut = packed[..packed.len() - 3].to_vec();
    let mut changed = packed.clone();
    let last = changed.len() - 5;
    changed[last] ^= 1;
    let utf16_cut = utf16("PGAMpnId,a\n")[..9].to_vec();
    let names = (0..=16_384).map(|number| format!("{{\"n{number}\":1}}\n")).collect::<Vec<_>>().concat();
    for (bytes, code, what) in [
        (cut, "damaged", "its gzip data ends too early"),
        (packed[..5].to_vec(), "damaged", "its gzip data ends too early"),
        (changed, "damaged", "its gzip data is damaged"),
        ([packed, b"more than a header".to_vec()].concat(), "damaged", "something follows it"),
        (utf16_cut, "damaged", "ends within a UTF-16 character"),
        (gzip(b""), "bad_report", "it is empty"),
        (b"".to_vec(), "bad_report", "it is empty"),
        (b"\n\n".to_vec(), "bad_report", "it is empty"),
        (b"{\"value\": []}".to_vec(), "bad_report", "it has no objects"),
        (b"PK\x03\x04rest".to_vec(), "damaged", "its zip directory cannot be read"),
        (zipped("a.csv"), "bad_report", "it is a zip"),
        (gzip(&zipped("word/document.xml")), "bad_report", "it is a document of Word"),
        (b"{\"a\": 1".to_vec(), "malformed", "line 1, column 7"),
        (b"{\"a\": 1, \"a\": 2}".to_vec(), "malformed", "\"a\" stands twice"),
        (b"a\0b\0,\0".to_vec(), "bad_report", "not UTF-8 text"),
        (format!("a{}\n", ",".repeat(16_384)).into_bytes(), "too_large", "it has more than 16384 columns"),
        (names.into_bytes(), "too_large", "it has more than 16384 columns"),
    ] {
        let error = events(&bytes).expect_err(what);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn the_digest_is_that_of_the_file_as_it_came() {
    let (csv, mut first) = (separated(",", "\n"), None);
    for (bytes, known) in [(csv.clone().into_bytes(), None), (gzip(csv.as_bytes()), None), (b"x".to_vec(), Some("ab"))]
    {
        let mut input = bytes.as_slice();
        let mut hashed = Bytes::new(&mut input, known);
        let digest = hashed.digest();
        std::io::copy(&mut Text::open(&mut hashed).expect("it is text"), &mut std::io::sink()).expect("read");
        assert_ne!(first.replace(digest.to_hex()), Some(digest.to_hex()));
        let whole = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        assert_eq!(digest.to_hex(), known.map_or(whole, str::to_owned));
    }
}

#[test]
fn documents_come_with_their_lines() {
    let text = "{\"items\": [\n{\"name\": \"a\"},\n{\"name\": 1e999}]}";
    let mut input = text.as_bytes();
    let mut bytes = Bytes::new(&mut input, None);
    let mut documents = Documents::open(&mut bytes).expect("it is JSON");
    assert_eq!(documents.sha256().len(), 64);
    let (mut seen, mut refused) = (Vec::new(), Vec::new());
    let mut sink = |row: RowEvent| {
        refused.extend(row.result.err().map(|refusal| refusal.to_string()));
        ControlFlow::Continue(())
    };
    let mut output = Output::new(&mut sink);
    let read = documents.each(&mut output, |line, object, _| {
        seen.push((line, object.get("name").cloned()));
        Ok(())
    });
    read.expect("it is in memory");
    assert_eq!(output.summary.rows, 2);
    assert_eq!(seen, [(2, Some("a".into()))]);
    assert!(
        refused.concat().starts_with("line 3: bad_value: the object cannot be read: number out of range"),
        "{refused:?}"
    );
    let open = |mut text: &[u8]| Documents::open(&mut Bytes::new(&mut text, None)).err();
    assert!(matches!(open(b"a,b\n"), Some(ReportError::NotJson)));
    assert!(matches!(open(b" \n"), Some(ReportError::Empty)));
}
