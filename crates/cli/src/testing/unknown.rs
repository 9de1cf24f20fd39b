//! Files that are none of what an import reads, or not whole: each is called what it is.

use std::fs;

use super::folders::{AZURE, zipped};
use super::{World, churn};

const SKIP: &str = "`--skip-bad` appends";
const PAGE: &str = "\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";

#[test]
fn a_file_that_nobody_recognises_is_not_called_bad_json() {
    let world = World::with_ledger();
    world.write("odd.csv", "a,b\n1,2\n");
    let said = world.run("import odd.csv");
    let told = "error: odd.csv is no report that is known and holds no events: nothing was appended\n\
                caused by: it has a, b\n\
                caused by: line 1, column 1: malformed: ";
    assert!(said.code == 1 && said.stderr.starts_with(told) && !said.stderr.contains(SKIP), "{said:?}");
    assert!(said.stderr.contains("hint: download the report again, or name what it is with `--kind KIND`"), "{said:?}");
    let error = world.run("import odd.csv --format json").error();
    assert_eq!((&error["code"], &error["line"], &error["refused"]), (&"malformed".into(), &1.into(), &2.into()));
    let said = world.run_with("import", b"a,b\n1,2\n");
    assert!(said.stderr.starts_with("error: - is no report that is known and holds no events"), "{said:?}");
    fs::write(world.path("picture"), b"\x89PNG\r\n\x1a\n\xff").unwrap();
    let said = world.run("import picture");
    assert!(
        said.stderr.contains("no events: nothing was appended\ncaused by: its first line is not UTF-8"),
        "{said:?}"
    );
    // One good line is enough for a file of events.
    world.write("mixed", &format!("a,b\n{}\n", churn(1)));
    let said = world.run("import mixed");
    assert!(said.stderr.starts_with("error: mixed: 1 line is refused, nothing was appended\n"), "{said:?}");
    assert!(said.stderr.contains(SKIP), "{said:?}");
}

#[test]
fn a_page_of_the_browser_is_called_one() {
    let world = World::with_ledger();
    world.write("usage.csv", PAGE);
    let again = "hint: sign in and download the ";
    for line in ["import usage.csv", "import usage.csv --kind auto", "import usage.csv --kind azure-usage"] {
        let said = world.run(line);
        assert!(said.stderr.starts_with("error: usage.csv is a web page, not a report\n"), "{line}: {said:?}");
        assert!(said.code == 1 && said.stderr.contains(again) && !said.stderr.contains(SKIP), "{line}: {said:?}");
    }
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/usage.csv", PAGE);
    world.write("d/help.html", PAGE);
    world.write("d/a.csv", AZURE);
    let said = world.run("import d");
    assert!(said.stderr.starts_with("error: usage.csv: failed to read the report: it is a web page\n"), "{said:?}");
    fs::remove_file(world.path("d/usage.csv")).unwrap();
    let said = world.run("import d");
    assert!(said.code == 0 && said.stdout.contains("help.html: not read: "), "{said:?}");
}

#[test]
fn a_workbook_without_a_report_and_what_is_none_are_told() {
    let world = World::with_ledger();
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Colour</t></is></c>\
                 <c r=\"B1\" t=\"inlineStr\"><is><t>Size</t></is></c></row></sheetData></worksheet>";
    let book = zipped(&[
        ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"S\" id=\"r1\"/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"s.xml\"/></Relationships>",
        ),
        ("xl/s.xml", sheet.as_bytes()),
    ]);
    fs::write(world.path("odd.xlsx"), book).unwrap();
    let said = world.run("import odd.xlsx");
    let told = "error: odd.xlsx is no report that is known\n\
                caused by: it has no sheet that is a report: the likeliest has Colour, Size\n";
    assert!(said.code == 1 && said.stderr.starts_with(told), "{said:?}");
    for name in ["junk.xlsx", "junk.zip", "junk.csv.gz"] {
        fs::write(world.path(name), b"\x01\xff\x00\xff\n").unwrap();
        let said = world.run(&format!("import {name}"));
        assert!(said.stderr.contains("its bytes are neither that nor text\nhint: download it again, "), "{said:?}");
        assert_eq!(world.run(&format!("import {name} --format json")).error()["code"], "damaged");
    }
}

#[test]
fn a_file_that_was_cut_to_nothing_is_warned_of() {
    let world = World::with_ledger();
    let header = AZURE.lines().next().unwrap_or_default();
    for (name, text) in [("a.csv", ""), ("b.csv", "\n \n"), ("c.csv", header)] {
        world.write(name, text);
        let said = world.run(&format!("import {name}"));
        assert!(said.code == 0 && said.stdout.starts_with("0 new, 0 already, 0 refused\n"), "{said:?}");
        assert!(said.stderr.contains(&format!("warning: {name}: nothing to import is in it; was it cut")), "{said:?}");
    }
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/a.csv", AZURE);
    world.write("d/b.csv", "");
    let said = world.run("--quiet import d");
    assert!(said.code == 0 && said.stderr.contains("warning: b.csv: nothing to import is in it"), "{said:?}");
    let said = world.run_with("import", b"");
    assert!(said.code == 0 && said.stderr.starts_with("warning: -: nothing to import"), "{said:?}");
    assert_eq!(world.run_with("import", churn(1).as_bytes()).stderr, "");
}

#[test]
fn the_names_that_are_there_are_told_beside_the_one_that_is_missing() {
    let world = World::with_ledger();
    let header = AZURE.lines().next().unwrap_or_default();
    let long = format!("{},IsDuplicateAtPgaAttributionTypeLevel\n", header.replace("IsACRDuplicateAtPGALevel,", ""));
    world.write("a.csv", &long);
    let said = world.run("import a.csv --kind azure-usage");
    let told = "IsACRDuplicateAtPGALevel (or IsDuplicateRowForPGA) is missing; the file has PGAMpnId, MPNId, ";
    assert!(said.stderr.contains(told) && !said.stderr.contains("nothing that reads"), "{said:?}");
    let said = world.run("import a.csv --kind training-completions");
    assert!(said.stderr.contains("; the file has PGAMpnId, MPNId, "), "{said:?}");
    assert!(said.stderr.contains("hint: it looks like --kind azure-usage\n"), "{said:?}");
}

#[test]
fn a_file_that_ends_inside_a_row_is_to_be_downloaded_again() {
    let world = World::with_ledger();
    let row = AZURE.lines().nth(1).unwrap_or_default();
    let cut = row.get(..60).unwrap_or_default();
    world.write("a.csv", &format!("{AZURE}{cut}"));
    let said = world.run("import a.csv --kind azure-usage");
    let told = "caused by: line 3: malformed: the file ends inside a row, which has 4 cells of 9\n\
                hint: line 3: download it again\n";
    assert!(said.stderr.ends_with(told), "{said:?}");
    world.write("a.csv", &format!("{AZURE}{}\n{row}\n", cut.replace("6034453,", "6034453,\"")));
    let said = world.run("import a.csv --kind azure-usage");
    assert!(
        said.stderr.contains("hint: line 3: download it again, or look for a quote that is not closed"),
        "{said:?}"
    );
    world.write("a.csv", &format!("{AZURE}{cut}\n{row}\n"));
    let said = world.run("import a.csv --kind azure-usage");
    assert!(said.stderr.contains("line 3: malformed: the row has 4 cells and the file 9 columns\n"), "{said:?}");
    assert!(said.stderr.contains(SKIP), "{said:?}");
}

#[test]
fn a_partner_that_is_new_to_a_ledger_of_others_is_named() {
    let world = World::with_ledger();
    world.write("a.csv", AZURE);
    world.write("b.csv", &AZURE.replace("6034453", "6099001").replace("6034454", "6099002"));
    let first = world.run("import a.csv");
    assert!(!first.stdout.contains("new to this ledger"), "it is the first of all: {first:?}");
    let dry = world.run("import b.csv --dry-run");
    assert!(dry.stdout.contains("\nwould be 2 of partner 6099001, new to this ledger\n"), "{dry:?}");
    let said = world.run("import a.csv b.csv");
    assert!(said.stdout.contains("\n2 of partner 6099001, new to this ledger\n"), "{said:?}");
    assert!(!world.run("import b.csv").stdout.contains("new to this ledger"));
}

#[test]
fn an_id_of_another_partner_is_not_to_be_taken_for_ones_own() {
    let world = World::with_ledger();
    let link = format!(
        "[{{\"partnerId\":\"314159\",\"objectId\":\"{0}\",\"tenantId\":\"{0}\",\"updatedTime\":\"2025-01-01T00:00:00Z\"}}]",
        super::CUSTOMER
    );
    world.write("pal.json", &link);
    let said = world.run("import pal.json --kind pal");
    assert!(said.stderr.contains("hint: line 1: if the id is one of yours, name its global account with"), "{said:?}");
    assert!(said.stderr.contains("; else the line is another partner's\n"), "{said:?}");
}

#[test]
fn figures_left_to_a_newer_download_lead_to_the_day_of_the_file_where_it_is_a_guess() {
    let world = World::with_ledger();
    world.write("a-20250301.csv", AZURE);
    world.write("b.csv", &AZURE.replace(",900", ",901"));
    world.write("b-20250220.csv", &AZURE.replace(",900", ",901"));
    assert_eq!(world.run("import a-20250301.csv").code, 0);
    let hint = "the day of a file without it in its name is a guess: `--downloaded DAY` tells it\n";
    let said = world.run("import b.csv");
    assert!(
        said.stdout.contains("1 figure left as a newer download told it") && said.stdout.contains(hint),
        "{said:?}"
    );
    for known in ["import b-20250220.csv", "import b.csv --downloaded 2025-02-20"] {
        let said = world.run(known);
        assert!(said.stdout.contains("1 figure left") && !said.stdout.contains(hint), "{said:?}");
    }
    assert!(world.run("import b.csv --downloaded 2025-03-02").stdout.starts_with("1 new"));
}
