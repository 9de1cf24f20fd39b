//! Files of folders and zips that cannot be read, or are reports without something: none of them vanishes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::folders::{AZURE, zipped};
use super::{Said, World, files};

fn with_report() -> World {
    let world = World::with_ledger();
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/a.csv", AZURE);
    world
}

/// The folder is refused, and with `--skip-bad` all but the file is imported, which is listed.
fn left_out_when_asked(world: &World, folder: &str, named: &str, listed: &str) {
    let before = world.run("export").stdout;
    let said = world.run(&format!("import {folder}"));
    assert!(said.code == 1 && said.stderr.contains(named), "{named}: {said:?}");
    assert_eq!(world.run("export").stdout, before);
    let said = world.run(&format!("import {folder} --skip-bad --dry-run"));
    assert!(said.code == 4 && said.stdout.contains(listed), "{listed}: {said:?}");
}

fn code(said: &Said) -> String {
    said.error()["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_a_folder_has_and_nobody_can_open_is_named() {
    let world = with_report();
    symlink(world.path("nowhere"), world.path("d/gone.csv")).unwrap();
    left_out_when_asked(
        &world,
        "d",
        "error: gone.csv: failed to read the report",
        "gone.csv: not read: failed to read it",
    );
    fs::remove_file(world.path("d/gone.csv")).unwrap();
    symlink("round.csv", world.path("d/round.csv")).unwrap();
    left_out_when_asked(
        &world,
        "d",
        "error: round.csv: failed to read the report",
        "round.csv: not read: failed to read it",
    );
    fs::remove_file(world.path("d/round.csv")).unwrap();
    fs::create_dir(world.path("d/sub")).unwrap();
    world.write("d/mine.csv", AZURE);
    for name in ["sub", "mine.csv"] {
        let path = world.path("d").join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        // Some may read everything.
        if fs::read(&path).is_err() && fs::read_dir(&path).is_err() {
            left_out_when_asked(&world, "d", &format!("error: {name}: failed"), &format!("{name}: not read: failed"));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(world.run("import d").code, 0);
}

#[test]
fn every_bad_file_of_a_folder_is_named_at_once() {
    let world = with_report();
    symlink(world.path("nowhere"), world.path("d/gone.csv")).unwrap();
    world.write("d/b.csv", &AZURE.replace(",Month,", ",Mon,"));
    world.write("d/c.csv", &AZURE.replace(",900", ",much"));
    world.write("d/w.json", r#"[{"EventName":"x","ResourceUri":"y","ResourceChangeUtcDate":"z"},"#);
    let before = files(&world.path("pcs-ledger"));
    let said = world.run("import d");
    assert!(said.stderr.starts_with("error: d: 3 files cannot be read, nothing was appended\n"), "{said:?}");
    for bad in ["gone.csv: failed to", "b.csv is no report", "w.json: failed to", "d: 1 line is refused, "] {
        assert_eq!(said.stderr.matches(&format!("\ncaused by: {bad}")).count(), 1, "{bad}: {said:?}");
    }
    assert!(said.stderr.contains(": c.csv: line 2: bad_value: "), "{said:?}");
    assert_eq!((said.code, code(&world.run("import d --format json")).as_str()), (1, "not_found"));
    assert_eq!(files(&world.path("pcs-ledger")), before);
    assert!(world.run("import d --dry-run --skip-bad").stdout.contains("1 refused"));
    // Thirty files that nobody can open are not all told.
    for number in 0..30 {
        symlink(world.path("nowhere"), world.path(&format!("d/gone{number:02}.csv"))).unwrap();
    }
    let said = world.run("import d");
    assert!(
        said.stderr.contains("d: 33 files cannot be read") && said.stderr.contains("caused by: and 13 more files\n")
    );
}

#[test]
fn a_report_of_a_folder_without_a_needed_column_refuses_it() {
    let world = with_report();
    world.write("d/b.csv", &AZURE.replace(",Month,", ",Mon,"));
    let said = world.run("import d --format json");
    assert_eq!((said.code, code(&said).as_str()), (1, "unknown_report"), "{said:?}");
    left_out_when_asked(
        &world,
        "d",
        "error: b.csv is no report that is known",
        "b.csv: not read: it has PGAMpnId, MPNId, CustomerTenantId, Mon, ",
    );
    let said = world.run("import d");
    assert!(said.stderr.contains("caused by: the nearest kind is azure-usage, without Month"), "{said:?}");
    world.write("d/b.csv", "TrainingTitle,PGAMpnId,MCPID,AADUserId\nx,1,2,3\n");
    left_out_when_asked(&world, "d", "b.csv is no report", "b.csv: not read: it has TrainingTitle");
    // What shares a word or two with a report is one only by its name.
    world.write("d/b.csv", "Month,ServiceLevel2,Cost\n1,2,3\n");
    left_out_when_asked(&world, "d", "b.csv is no report", "b.csv: not read: it has Month, ServiceLevel2, Cost");
    fs::rename(world.path("d/b.csv"), world.path("d/b.txt")).unwrap();
    world.write("d/notes.txt", "");
    let said = world.run("import d");
    assert!(said.code == 0 && said.stdout.contains("b.txt: not read: it has Month, ServiceLevel2, Cost"), "{said:?}");
    assert!(said.stdout.contains("notes.txt: not read"), "{said:?}");
}

#[test]
fn a_file_without_text_that_is_named_as_a_report_refuses_its_folder() {
    for name in ["e.csv", "e.TSV", "e.json", "e.jsonl"] {
        let world = with_report();
        let path = format!("d/{name}");
        let (error, listed) =
            (format!("error: {name}: failed to read the report"), format!("{name}: not read: failed to"));
        fs::write(world.path(&path), b"\x89PNG\xff\xfe\n").unwrap();
        left_out_when_asked(&world, "d", &error, &listed);
        for nothing in ["[]", ""] {
            world.write(&path, nothing);
            assert_eq!(world.run("import d --dry-run").code, 0, "it is no loss");
        }
    }
}

#[test]
fn no_file_in_a_zip_vanishes() {
    let world = with_report();
    let mut twice = zipped(&[("AzureUsage.csv", AZURE.as_bytes()), ("BzureUsage.csv", AZURE.as_bytes())]);
    while let Some(at) = twice.windows(10).position(|part| part == b"BzureUsage") {
        twice[at] = b'A';
    }
    fs::write(world.path("d/two.zip"), &twice).unwrap();
    assert_eq!(code(&world.run("import d/two.zip --format json")), "damaged");
    let told = "failed to read the report: it has two files named AzureUsage.csv";
    left_out_when_asked(&world, "d", &format!("error: two.zip: {told}"), &format!("two.zip: not read: {told}"));
    let outside = zipped(&[("../AzureUsage.csv", AZURE.as_bytes()), ("./b.csv", AZURE.as_bytes())]);
    fs::write(world.path("d/two.zip"), outside).unwrap();
    let told = "two.zip/../AzureUsage.csv: not read: failed to read the report: its name leads out of the zip";
    left_out_when_asked(&world, "d/two.zip", "its name leads out of the zip", &told.replace("two.zip: ", ""));
    let said = world.run("import d/two.zip --skip-bad");
    assert!(said.stdout.contains("two.zip/./b.csv: azure-usage as of 2025-02-01, 2 new"), "{said:?}");
}

/// A compound file of OLE with a stream of this name.
fn compound(stream: &str) -> Vec<u8> {
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600], &name, &[0; 600]].concat()
}

#[test]
fn a_spreadsheet_that_is_not_read_refuses_its_folder() {
    let ods = "application/vnd.oasis.opendocument.spreadsheet";
    let binary = zipped(&[("xl/workbook.bin", b"")]);
    for (name, bytes, told) in [
        ("b.xls", compound("Workbook"), "a workbook of an old Excel (.xls)"),
        ("b.xlsb", binary.clone(), "a binary workbook of Excel (.xlsb)"),
        (
            "b.ods",
            zipped(&[("mimetype", ods.as_bytes()), ("content.xml", b"")]),
            "a spreadsheet of OpenDocument (.ods)",
        ),
        ("b.numbers", zipped(&[("Index/Document.iwa", b"")]), "a document of Numbers, Pages or Keynote"),
        ("b.xlsx", compound("EncryptedPackage"), "encrypted"),
        ("more.zip", zipped(&[("b.xlsb", &binary)]), "a binary workbook of Excel (.xlsb)"),
    ] {
        let world = with_report();
        fs::write(world.path("d").join(name), bytes).unwrap();
        let told = format!("failed to read the report: it is {told}");
        let named = if name == "more.zip" { "more.zip/b.xlsb" } else { name };
        left_out_when_asked(&world, "d", &format!("{named}: {told}"), &format!("{named}: not read: {told}"));
        let said = world.run(&format!("import d/{name} --kind auto --format json"));
        assert!(said.code == 1 && matches!(code(&said).as_str(), "bad_report" | "encrypted"), "{said:?}");
    }
    let world = with_report();
    fs::write(world.path("d/b.xls"), compound("Another")).unwrap();
    let told = "it is a document or a mail of Office";
    left_out_when_asked(
        &world,
        "d",
        &format!("b.xls: failed to read the report: {told}"),
        &format!("b.xls: not read: {told}"),
    );
    for name in ["b.csv", "b.TSV", "b.xls", "b.ods", "b.csv.gz"] {
        let world = with_report();
        world.write(&format!("d/{name}"), "<table><tr><td>Month</td></tr></table>\n");
        let said = world.run("import d --format json");
        assert_eq!((said.code, code(&said).as_str()), (1, "unknown_report"), "{name}: {said:?}");
        assert!(said.error()["hints"].to_string().contains("`--skip-bad` leaves it out"), "{said:?}");
    }
}

#[test]
fn what_is_plainly_no_report_is_listed_and_left_out() {
    let world = with_report();
    let letter = zipped(&[("word/document.xml", b""), ("[Content_Types].xml", b"")]);
    let text = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"")]);
    for (name, bytes) in [
        ("a.docx", letter.clone()),
        ("b.pptx", zipped(&[("ppt/presentation.xml", b"")])),
        ("c.odt", text),
        ("d.doc", compound("WordDocument")),
        ("e.msg", compound("__substg1.0_0037001F")),
        ("f.docx", compound("EncryptedPackage")),
        ("g.pages", zipped(&[("Index/Document.iwa", b"")])),
        ("h.pdf", b"%PDF-1.7\n%\xe2\xe3\n".to_vec()),
        ("i.eml", b"From: a@b.c\nSubject: Month, ACR_USD\n\nHello,\n".to_vec()),
        ("j.png", b"\x89PNG\r\n\x1a\n\xff".to_vec()),
        ("k.txt", b"Month, plan, and more\n".to_vec()),
        ("l.zip", zipped(&[("m.docx", &letter)])),
        ("~$AzureUsage.xlsx", b"\x05Jane".to_vec()),
    ] {
        fs::write(world.path("d").join(name), bytes).unwrap();
    }
    let said = world.run("import d");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.stdout.lines().filter(|line| line.contains(": not read: ")).count(), 12, "{said:?}");
    for told in ["a.docx: not read: it is a document of Word", "l.zip/m.docx: not read: it is a document of Word"] {
        assert!(said.stdout.contains(told), "{told}: {said:?}");
    }
    let said = world.run("import d/a.docx");
    assert!(said.code == 1 && said.stderr.contains("hint: name the report that was downloaded"), "{said:?}");
}

#[test]
fn what_programs_write_above_the_names_is_passed_over_and_lines_stay_those_of_the_file() {
    let bars = AZURE.replace(',', "|");
    for (text, line) in [
        (format!("sep=;\r\n{}", AZURE.replace(',', ";")), 3),
        (format!("#TYPE System.Management.Automation.PSCustomObject\n{AZURE}"), 3),
        (format!("Azure usage\n\nReport generated on,2025-03-06\n{AZURE}"), 5),
        (bars.clone(), 2),
    ] {
        let world = with_report();
        world.write("d/b.csv", &text.replace("20250101", "20250201"));
        let said = world.run("import d");
        assert_eq!(said.code, 0, "{said:?}");
        let exported = world.run("export").stdout;
        assert!(exported.contains(&format!("azure-usage b.csv line {line},")), "{text}: {exported}");
        let said = world.run("import d --keep");
        let digest = reports::sha256_of(&mut text.replace("20250101", "20250201").as_bytes()).unwrap();
        let row = world.run(&format!("kept show {digest} --line {line}"));
        let rows: Vec<&str> = row.stdout.lines().map(str::trim_end).collect();
        assert_eq!(rows.len(), 2, "{said:?} {row:?}");
        assert!(rows[0].starts_with("PGAMpnId") && rows[1].starts_with("6034453"), "{row:?}");
    }
    let world = with_report();
    world.write("d/b.csv", &(bars + "6034453|\"4fdbff88\n"));
    let said = world.run("import d --format json");
    assert_eq!((said.code, said.error()["line"].as_u64()), (1, Some(3)), "{said:?}");
}

#[test]
fn a_sheet_beside_the_one_that_is_read_is_told() {
    let rows = |text: &str| {
        let row = |line: &str| {
            let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
            format!("<row>{}</row>", line.split(',').map(cell).collect::<String>())
        };
        format!("<worksheet><sheetData>{}</sheetData></worksheet>", text.lines().map(row).collect::<String>())
    };
    let list = "<workbook><sheet name=\"A\" r:id=\"a\"/><sheet name=\"B\" r:id=\"b\"/></workbook>";
    let parts: String =
        ["a", "b"].map(|id| format!("<Relationship Id=\"{id}\" Type=\"x/worksheet\" Target=\"{id}.xml\"/>")).concat();
    let second = AZURE.replace("20250101", "20250201");
    let book = zipped(&[
        ("xl/workbook.xml", list.as_bytes()),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships>{parts}</Relationships>").as_bytes()),
        ("xl/a.xml", rows(AZURE).as_bytes()),
        ("xl/b.xml", rows(&second).as_bytes()),
    ]);
    let told = "book.xlsx/B: not read: azure-usage, in a further sheet of the workbook: save it as a file of its own\n";
    let world = World::with_ledger();
    fs::create_dir(world.path("d")).unwrap();
    fs::write(world.path("d/book.xlsx"), &book).unwrap();
    fs::write(world.path("d/more.zip"), zipped(&[("book.xlsx", &book)])).unwrap();
    let said = world.run("import d");
    assert!(said.code == 0 && said.stdout.contains(&format!("\n{told}more.zip/{told}")), "{said:?}");
    assert!(said.stdout.starts_with("book.xlsx: azure-usage as of 2025-02-01, 2 new"), "{said:?}");
    for kind in ["auto", "azure-usage"] {
        let said = World::run(&world, &format!("import d/book.xlsx --kind {kind} --keep"));
        assert!(said.code == 0 && said.stderr.ends_with(told), "{said:?}");
    }
    let said = world.run_with("import - --kind azure-usage", &book);
    assert!(said.code == 0 && said.stdout.starts_with("-: azure-usage as of 2025-02-01, 0 new"), "{said:?}");
    let said = world.run("import d/book.xlsx");
    assert!(said.code == 0 && said.stderr.contains("azure-usage as of 2025-02-01"), "{said:?}");
    let digest = reports::sha256_of(&mut book.as_slice()).unwrap();
    let said = world.run(&format!("kept show {digest} --line 2"));
    assert_eq!(said.stdout, AZURE, "{said:?}");
}
