//! Reports that come day by day, with what is kept of the partner beside them, without it, and with something else.

use std::fs;
use std::path::Path;

use super::folders::AZURE;
use super::{World, files};

const KEPT: &str = "pcs-ledger/cache";

/// So many figures of further products, with numbers from `first` in their ids.
fn figures(first: u32, count: u32) -> Vec<String> {
    let line = |number: u32| {
        let (product, value) = (number % 300, number % 7);
        format!(
            r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"usage_reported","partner":"6034453","month":"2024-0{}","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8009","product":"further {product}","metric":"acr_usd","value":"{value}"}}"#,
            1 + number / 300 % 9
        )
    };
    (first..first + count).map(line).collect()
}

/// A ledger with so many entries of the partner that what an import compares with is kept.
fn with_many_entries() -> World {
    World::with_events(&figures(2_000_000, 2_100))
}

/// A report of Azure consumption: what it says differs from day to day, and comes back.
fn azure(day: u32) -> String {
    let header = AZURE.lines().next().unwrap();
    let rows = (0..=day % 3).map(|row| {
        let (month, product) = (1 + (day * 5 + row) % 4, ["SQL Database", "Storage"][(day + row) as usize % 2]);
        let (customer, by) = ((day / 3 + row) % 3, ["CSP Tier 1", "PAL", "DPOR"][(day + row) as usize / 2 % 3]);
        let (subscription, acr) = ((day + row) % 2, 100 * (1 + (day / 4 + row) % 3));
        format!(
            "6034453,6034454,4fdbff88-9d6b-42e0-9713-45c922ba800{customer},20250{month}01,{product},s-{subscription},{by},0,{acr}\n"
        )
    });
    format!("{header}\n{}", rows.collect::<String>())
}

/// Events that nobody reports: churns, certifications with two codes, ends of associations, retractions.
fn events(day: u32, exported: &str) -> String {
    let head = |kind: &str, at: u32| {
        format!(
            r#"{{"id":"00000000-0000-4000-8000-{:012}","type":"{kind}","partner":"6034453","effective_at":"2025-01-{:02}""#,
            day * 10 + at,
            1 + (day + at) % 28
        )
    };
    let ids = |kind: &str, field: &str| -> Vec<String> {
        let of_kind = exported.lines().filter(|line| line.contains(&format!(r#""type":"{kind}""#)));
        of_kind.map(|line| line.split_once(&format!(r#""{field}":""#)).unwrap().1[..36].to_owned()).collect()
    };
    // So many that what is kept is kept anew.
    let mut lines = figures(1_000_000 + day * 100, 70);
    lines.extend([
        format!(r#"{},"customer":"4fdbff88-9d6b-42e0-9713-45c922ba800{}"}}"#, head("customer_churned", 0), day % 3),
        format!(r#"{},"person":"p{}","certification":"AZ-104"}}"#, head("certification_linked", 1), day % 2),
        format!(r#"{},"person":"p{}"}}"#, head("certification_unlinked", 2), day % 2),
        format!(
            r#"{},"customer":"4fdbff88-9d6b-42e0-9713-45c922ba800{}","segment":"smb"}}"#,
            head("customer_classified", 3),
            day % 3
        ),
    ]);
    if let Some(association) = ids("association_accepted", "association").get(day as usize / 2) {
        lines.push(format!(r#"{},"association":"{association}"}}"#, head("association_revoked", 4)));
    }
    let usages = ids("usage_reported", "id");
    if let Some(event) = usages.get(day as usize % usages.len().max(1)).filter(|_| day % 4 == 1) {
        lines.push(format!(r#"{},"event":"{event}"}}"#, head("event_retracted", 5)));
    }
    lines.join("\n")
}

/// Imports what comes on a day; what the command said, and all that the ledger has then.
fn import(world: &World, day: u32, exported: &str) -> [String; 2] {
    world.write("a.csv", &azure(day));
    world.write("e.jsonl", &events(day, exported));
    let downloaded = format!("2025-02-{:02}", 1 + day * 3 % 28);
    let snapshot = if day % 3 == 2 { " --snapshot" } else { "" };
    let command = format!("import a.csv --kind azure-usage --downloaded {downloaded}{snapshot}");
    let said = [world.run(&command), world.run("import e.jsonl --skip-bad")];
    let is_partial = said[1].stdout.contains("the refused lines are in ");
    assert_eq!(said.each_ref().map(|said| said.code), [0, if is_partial { 4 } else { 0 }], "{said:?}");
    [said.map(|said| said.stdout).join("\n"), world.run("export").stdout]
}

fn copy_dir(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let copy = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
}

/// How many partners' facts are kept that would be believed; they are compared with the log.
fn compared(world: &World) -> u64 {
    let said = world.run("replay --as-of 2025-02-28 --format json");
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str::<serde_json::Value>(&said.stdout).unwrap()["cached_facts"].as_u64().unwrap()
}

/// Imports day by day, beside a world in which something happens to what is kept before each day.
fn assert_same(happens: &dyn Fn(u32, &Path)) {
    let (world, other) = (with_many_entries(), with_many_entries());
    let mut exported = String::new();
    for day in 0..18 {
        happens(day, &other.path(KEPT));
        let expected = import(&world, day, &exported);
        assert_eq!(import(&other, day, &exported), expected, "day {day}");
        [_, exported] = expected;
    }
    assert_eq!(compared(&world), 1);
    assert!(exported.lines().count() > 80, "{exported}");
}

fn remove(kept: &Path) {
    if kept.exists() {
        fs::remove_dir_all(kept).unwrap();
    }
}

#[test]
fn without_what_is_kept_the_entries_are_the_same() {
    assert_same(&|_, kept| remove(kept));
}

#[test]
fn what_is_damaged_or_cannot_be_kept_changes_no_entry() {
    assert_same(&|day, kept| match day % 4 {
        0 if kept.exists() => {
            for (path, mut bytes) in files(kept) {
                for at in (day as usize..bytes.len()).step_by(97) {
                    bytes[at] ^= 0x55;
                }
                fs::write(path, bytes).unwrap();
            }
        }
        1 => {
            remove(kept);
            fs::write(kept, "no directory").unwrap();
        }
        2 => fs::remove_file(kept).unwrap(),
        _ => {}
    });
}

#[test]
fn what_was_kept_long_ago_or_by_another_ledger_changes_no_entry() {
    let another = with_many_entries();
    for day in 0..6 {
        import(&another, day + 1, "");
    }
    assert_eq!(compared(&another), 1);
    let old = tempfile::tempdir().unwrap();
    assert_same(&|day, kept| match day {
        7 => copy_dir(kept, old.path()),
        9 | 14 => {
            remove(kept);
            copy_dir(old.path(), kept);
        }
        12 | 16 => {
            remove(kept);
            copy_dir(&another.path(KEPT), kept);
        }
        _ => {}
    });
}
