//! Nothing of a file that nobody knows is shown but names of columns.

use std::fs;

use super::World;
use super::folders::AZURE;

/// Made up, each in the form of its service, and a piece of each that may be in no answer.
const SECRETS: [(&str, &str); 10] = [
    ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n", "DYvh6SEq"),
    ("x,PRIVATE+KEY+other+5ba2c8d1+AT0ANLfk1cSVgXcKOxhnq7Cu4sjMrQjN9YFkz6HkkBaU\n1,2\n", "PRIVATE+KEY"),
    ("token,eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N\n", "eyJhbGci"),
    ("github,ghp_16C7e42F292c6912E7710c838347Ae178B4a\n", "16C7e42F"),
    ("aws;AKIAIOSFODNN7EXAMPLE;wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", "wJalrXUt"),
    ("secret\t8Q~8Q~abcDEF123ghiJKL456mnoPQR789stuVWX\n", "abcDEF123"),
    ("https://acme.blob.core.windows.net/c?sv=2022-11-02,sp=r&sig=abcdefghijk%3D\n", "abcdefghijk"),
    ("Server=tcp:acme.database.windows.net;User ID=sa;Password=Sommer2024;\n", "Sommer2024"),
    ("Jane,Doe,jane.doe@fabrikam.com\n", "jane.doe"),
    ("4fdbff88-9d6b-42e0-9713-45c922ba8001,Fabrikam\n", "4fdbff88"),
];

fn json(text: &str) -> String {
    let cells: Vec<&str> = text.trim().split([',', ';', '\t', '\n']).collect();
    let members: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\": {{\"{cell}\": 1}}")).collect();
    format!("{{{}}}", members.join(", "))
}

#[test]
fn no_key_token_or_address_is_in_any_answer() {
    for (text, secret) in SECRETS {
        for (name, text) in [("d/x.txt", text.to_owned()), ("d/x.csv", text.to_owned()), ("d/x.json", json(text))] {
            let world = World::with_ledger();
            fs::create_dir(world.path("d")).unwrap();
            world.write("d/a.csv", AZURE);
            world.write(name, &text);
            for line in [
                "import d --dry-run".to_owned(),
                "import d --skip-bad".to_owned(),
                format!("import {name}"),
                format!("import {name} --kind auto"),
                format!("import {name} --kind azure-usage"),
                format!("import {name} --kind training-completions --partner 1"),
                format!("import {name} --kind pal"),
                format!("import {name} --entries"),
                format!("import {name} --skip-bad"),
                format!("import {name} --kind webhooks --skip-bad --partner 6034453"),
            ] {
                for format in ["text", "json"] {
                    let said = world.run(&format!("{line} --format {format}"));
                    let whole = format!("{}{}", said.stdout, said.stderr);
                    assert!(!whole.contains(secret), "{line}: {whole}");
                }
            }
            for folder in ["d", ""] {
                let files = fs::read_dir(world.path(folder)).unwrap().map(|entry| entry.unwrap().path());
                for file in files.filter(|path| path.to_string_lossy().ends_with(".rejected.jsonl")) {
                    let written = fs::read_to_string(&file).unwrap();
                    assert!(!written.contains(secret), "{}: {written}", file.display());
                }
            }
        }
    }
}

#[test]
fn names_of_columns_are_shown_and_what_else_there_is_is_counted() {
    let world = World::with_ledger();
    world.write("a.csv", "Month,Größe (USD),MAU current\n1,2,3\n");
    let said = world.run("import --kind auto a.csv");
    assert!(said.stderr.contains("caused by: it has Month, Größe (USD), MAU current\n"), "{said:?}");
    world.write("a.csv", "Month,a@b.c\n");
    let said = world.run("import --kind auto a.csv");
    assert!(
        said.stderr
            .contains("caused by: it has nothing that reads as names of columns, and 2 cells in its first line\n"),
        "{said:?}"
    );
    world.write("a.json", "{\"@odata.context\": 1, \"a@b.c\": 2, \"x\": 3}");
    let said = world.run("import --kind auto a.json");
    assert!(said.stderr.contains("it has @odata.context, x, 1 member whose name is not shown\n"), "{said:?}");
    // Of a report with a further column that is none, nothing is lost.
    world.write("b.csv", &AZURE.replace("ACR_USD", "ACR_USD,jane@fabrikam.com").replace(",900", ",900,x"));
    let said = world.run("import --kind auto b.csv");
    assert!(said.code == 0 && said.stdout.contains("a name that is not shown"), "{said:?}");
}
