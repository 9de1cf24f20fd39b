//! Dates and amounts are read alike in every form of a file: below titles, between any separators, and in workbooks.

use std::fs;

use super::World;
use super::folders::zipped;

const TENANT: &str = "7a1c2f60-5b1e-4c5e-9a57-0c8f3f1b2d01";

fn trainings(days: [&str; 2]) -> String {
    let row = |(place, day): (usize, &str)| {
        format!("7000001;{place};Azure Administrator Associate;Certification;{day};99000{place};7000002\n")
    };
    let rows: String = days.into_iter().enumerate().map(row).collect();
    format!("PGAMpnId;TrainingActivityId;TrainingTitle;TrainingType;TrainingCompletionDate;MCPID;MPNId\n{rows}")
}

fn azure(amounts: [&str; 2]) -> String {
    let row = |(service, amount)| format!("7000001;{TENANT};2024-06-01;{service};0;{amount}\n");
    let rows: String = ["SQL Database", "Storage"].into_iter().zip(amounts).map(row).collect();
    format!("PGAMpnId;CustomerTenantId;Month;ServiceLevel2;IsACRDuplicateAtPGALevel;ACR_USD\n{rows}")
}

/// A workbook of one sheet; what stands behind `=` is a number, all else a text.
fn workbook(text: &str) -> Vec<u8> {
    let cell = |text: &str| match text.strip_prefix('=') {
        Some(number) => format!("<c><v>{number}</v></c>"),
        None => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    };
    let row = |line: &str| format!("<row>{}</row>", line.split(';').map(cell).collect::<String>());
    let rows: String = text.lines().map(row).collect();
    zipped(&[
        ("xl/workbook.xml", b"<workbook><sheet name=\"A\" r:id=\"a\"/></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"a.xml\"/></Relationships>",
        ),
        ("xl/a.xml", format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").as_bytes()),
    ])
}

/// The same rows in every form, each with the line of the first row below the names.
fn forms(text: &str) -> Vec<(Vec<u8>, u64)> {
    let title = format!("Report of Contoso\n\n{text}");
    vec![
        (text.into(), 2),
        (format!("\u{feff}\u{feff}{text}").into(), 2),
        (format!("sep=;\r\n{text}").into(), 3),
        (format!("\u{feff}sep=;\r\n\u{feff}{text}").into(), 3),
        (format!("#TYPE System.Object\n{text}").into(), 3),
        (format!("Name : of a report\n\nState : Active\n{text}").into(), 5),
        (title.clone().into(), 4),
        (text.replace(';', "^").into(), 2),
        (format!("sep=|\n{}", text.replace(';', "|")).into(), 3),
        (workbook(text), 2),
        (workbook(&title), 4),
    ]
}

/// Imports a file of each form by `options`: its code, what it said, and the export.
fn imported(bytes: &[u8], options: &str) -> (u8, String, String) {
    let world = World::with_ledger();
    fs::write(world.path("t"), bytes).unwrap();
    let said = world.run(&format!("import t {options}"));
    (said.code, said.stderr, world.run("export").stdout)
}

#[test]
fn the_order_of_day_and_month_is_told_by_all_rows_and_named_by_the_line_of_the_file() {
    for (bytes, line) in forms(&trainings(["10/02/2024", "25/12/2023"])) {
        for kind in ["auto", "training-completions"] {
            let (code, stderr, export) = imported(&bytes, &format!("--kind {kind}"));
            assert_eq!(code, 0, "{stderr}");
            for (day, line) in [("2024-02-10", line), ("2023-12-25", line + 1)] {
                let entry = export.lines().find(|entry| entry.contains(&format!("\"effective_at\":\"{day}")));
                assert!(entry.is_some_and(|entry| entry.contains(&format!(" t line {line},"))), "{day} {export}");
            }
        }
    }
    for (bytes, line) in forms(&trainings(["2024-05-06", "03/07/2024"])) {
        for kind in ["auto", "training-completions"] {
            let (code, stderr, export) = imported(&bytes, &format!("--kind {kind}"));
            let place = format!("`TrainingCompletionDate` \"03/07/2024\" on line {}", line + 1);
            assert!(code == 1 && stderr.contains(&place) && export.is_empty(), "{stderr}");
            let (code, stderr, export) = imported(&bytes, &format!("--kind {kind} --day-first"));
            assert!(code == 0 && export.contains("\"effective_at\":\"2024-07-03"), "{stderr}");
        }
    }
}

#[test]
fn decimal_commas_are_told_by_all_amounts() {
    for (bytes, _) in forms(&azure(["1.234,56", "1.250"])) {
        let (code, stderr, export) = imported(&bytes, "--kind azure-usage");
        assert!(code == 0 && export.contains("\"value\":\"1234.56\""), "{stderr}");
        assert!(export.contains("\"value\":\"1250\""), "{export}");
    }
}

#[test]
fn a_number_of_a_workbook_has_a_point_whatever_its_texts_have() {
    let (code, stderr, export) = imported(&workbook(&azure(["=4.125", "=12"])), "--kind azure-usage");
    assert!(code == 0 && export.contains("\"value\":\"4.125\""), "{stderr}");
    let (code, stderr, export) = imported(&workbook(&azure(["=4.125", "0,5"])), "--kind azure-usage");
    assert!(code == 1 && stderr.contains("`ACR_USD` is \"0,5\"") && export.is_empty(), "{stderr} {export}");
}

#[test]
fn links_that_powershell_writes_are_read_below_its_type_and_in_a_workbook() {
    let link = format!("PartnerId;TenantId;ObjectId;State\n123456;{TENANT};{TENANT};Active\n");
    for (bytes, line) in forms(&link) {
        for kind in ["auto", "pal"] {
            let (code, stderr, export) =
                imported(&bytes, &format!("--kind {kind} --partner 7000001 --downloaded 2024-03-05"));
            assert!(code == 0 && export.contains(&format!("pal t line {line},")), "{stderr} {export}");
        }
    }
    let list = format!("\nPartnerId : 123456\nTenantId  : {TENANT}\nObjectId  : {TENANT}\nState     : Active\n\n");
    let (code, stderr, export) = imported(list.as_bytes(), "--kind auto --partner 7000001 --downloaded 2024-03-05");
    assert!(code == 0 && export.contains("pal t line 2,"), "{stderr} {export}");
}

#[test]
fn the_row_behind_a_sealed_source_is_found_in_every_form() {
    for (bytes, _) in forms(&trainings(["2024-05-06", "2024-05-07"])) {
        let world = World::with_ledger();
        fs::write(world.path("t"), bytes).unwrap();
        let said = world.run("import t --kind training-completions --sealed-sources --keep");
        assert_eq!(said.code, 0, "{said:?}");
        for command in ["people source 0", "people source 0 t"] {
            let said = world.run(command);
            let row = said.stdout.lines().last().unwrap_or_default().to_owned();
            assert!(said.code == 0 && row.contains("Certification"), "{said:?}");
        }
    }
}
