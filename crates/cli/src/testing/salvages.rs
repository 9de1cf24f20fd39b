//! Salvaging: what comes out of a damaged ledger, what is said of the rest, and that nothing is overwritten.

use serde_json::Value;

use super::{Said, World, churn, files};

const LOG: &str = "pcs-ledger/log/00000000000000000000.log";

fn code(said: &Said) -> (u8, String) {
    (said.code, said.error()["code"].as_str().unwrap_or_default().to_owned())
}

/// A ledger of five entries, each in a frame of its own.
pub(super) fn five() -> World {
    let world = World::with_ledger();
    for number in 1..=5 {
        assert_eq!(world.run_with("import", churn(number).as_bytes()).code, 0);
    }
    world
}

/// Damages the frame that holds an entry.
fn damage(world: &World, seq: u64) {
    let mut bytes = world.read_bytes(LOG);
    let line = format!("{{\"seq\":{seq},");
    let at = bytes.windows(line.len()).position(|window| window == line.as_bytes()).unwrap();
    bytes[at + 2] ^= 0x40;
    std::fs::write(world.path(LOG), bytes).unwrap();
}

#[test]
fn a_gap_parts_the_new_ledger_from_what_is_whole_behind_it() {
    let world = five();
    let exported = world.run("export").stdout;
    let before = world.run("export --to-seq 1").stdout;
    damage(&world, 2);
    let damaged = files(&world.path("pcs-ledger"));
    assert_eq!(code(&world.run("--format json stats")), (1, "corrupt".to_owned()));

    let said = world.run("salvage --out saved");
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.stdout.starts_with("salvaged 2 entries, root "), "{}", said.stdout);
    assert!(said.stdout.contains("\nlost: seq 2, segment 00000000000000000000.log, offset "), "{}", said.stdout);
    assert!(said.stdout.ends_with("\n2 whole entries behind the gap in saved.rest.jsonl\n"), "{}", said.stdout);
    assert!(said.stderr.contains("error: 1 entry is lost\n"), "{}", said.stderr);
    assert_eq!(files(&world.path("pcs-ledger")), damaged, "the damaged ledger was changed");

    assert_eq!(world.run("--ledger saved export").stdout, before, "the same bytes");
    assert_eq!(world.run("--ledger saved verify").code, 0);
    assert_eq!(world.run("--ledger saved checkpoint").code, 0, "its key came along");
    let rest: String = exported.split_inclusive('\n').skip(3).collect();
    assert_eq!(world.read("saved.rest.jsonl"), rest);
    let event = |line: &str| format!("{}\n", serde_json::from_str::<Value>(line).unwrap()["event"]);
    let events: String = rest.lines().map(event).collect();
    let said = world.run_with("--ledger saved import", events.as_bytes());
    assert!(said.stdout.starts_with("2 new, 0 already, 0 refused"), "{said:?}");
    assert_eq!(world.run("--ledger saved verify").code, 0);
}

/// Changes the type of an entry as no disk does: the checksum of its frame is right.
pub(super) fn falsify(world: &World, seq: u64) {
    let mut bytes = world.read_bytes(LOG);
    let line = format!("{{\"seq\":{seq},");
    let at = bytes.windows(line.len()).position(|window| window == line.as_bytes()).unwrap();
    let (header, payload) = bytes[at - 56..].split_at_mut(56);
    let length = u32::from_le_bytes(header[48..52].try_into().unwrap()) as usize;
    let text = String::from_utf8(payload[..length].to_vec()).unwrap().replace("_churned", "_chirped");
    payload[..length].copy_from_slice(text.as_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header[..52]), text.as_bytes());
    header[52..].copy_from_slice(&crc.to_le_bytes());
    std::fs::write(world.path(LOG), bytes).unwrap();
}

#[test]
fn an_entry_that_is_whole_and_wrong_is_left_out_alone_and_it_is_said_why() {
    let world = five();
    let exported = world.run("export").stdout;
    falsify(&world, 2);
    let said = world.run("salvage --out saved");
    assert_eq!(said.code, 3, "{said:?}");
    let why = ": entry 2 is of the type customer_chirped, which pcs ";
    let told =
        said.stdout.lines().find(|line| line.starts_with("lost: seq 2, segment 00000000000000000000.log, offset "));
    assert!(told.is_some_and(|told| told.contains(why)), "{said:?}");
    assert!(said.stdout.ends_with("\n2 whole entries behind the gap in saved.rest.jsonl\n"), "{}", said.stdout);
    let kept: String = exported.split_inclusive('\n').take(2).collect();
    assert_eq!(world.run("--ledger saved export").stdout, kept);
    assert_eq!(world.read("saved.rest.jsonl"), exported.split_inclusive('\n').skip(3).collect::<String>());
    let said = world.run("--format json salvage --out again --rest rest");
    let answer: Value = serde_json::from_str(&said.stdout).unwrap();
    let loss = &answer["losses"][0];
    assert_eq!((&loss["first_seq"], &loss["end_seq_exclusive"], &answer["lost"]), (&2.into(), &3.into(), &1.into()));
    assert!(loss["reason"].as_str().is_some_and(|reason| reason.starts_with(&why[2..])), "{answer}");
}

#[test]
fn of_a_whole_ledger_everything_is_salvaged() {
    let world = five();
    let said = world.run("--format json salvage --out saved");
    let answer: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.code, &answer["size"], &answer["lost"], &answer["rest"]), (0, &5.into(), &0.into(), &Value::Null));
    assert_eq!(world.run("--ledger saved export").stdout, world.run("export").stdout);
    assert!(!world.path("saved.rest.jsonl").exists());
}

#[test]
fn what_stands_in_the_way_is_left_alone() {
    let world = five();
    damage(&world, 2);
    world.write("saved.rest.jsonl", "mine");
    assert_eq!(code(&world.run("--format json salvage --out saved")), (1, "occupied".to_owned()));
    assert_eq!((world.read("saved.rest.jsonl").as_str(), world.path("saved").exists()), ("mine", false));
    assert_eq!(code(&world.run("--format json salvage --out pcs-ledger")), (1, "ledger_exists".to_owned()));
    assert_eq!(code(&world.run("--format json --ledger nothing salvage --out new")), (1, "no_ledger".to_owned()));
    assert_eq!(world.run("salvage --out saved --rest other").code, 3);
    assert_eq!(world.read("other").lines().count(), 2);
}

#[test]
fn without_its_key_a_ledger_is_salvaged_under_one_that_is_named() {
    let world = five();
    damage(&world, 4);
    std::fs::copy(world.path("pcs-ledger/key"), world.path("kept.key")).unwrap();
    std::fs::remove_file(world.path("pcs-ledger/key")).unwrap();
    assert_eq!(code(&world.run("--format json salvage --out saved")), (1, "no_key".to_owned()));
    assert!(!world.path("saved").exists());
    assert_eq!(world.run("salvage --out saved --key-file kept.key").code, 3);
    assert_eq!(world.run("--ledger saved checkpoint").code, 0);
}

#[test]
fn cosigned_checkpoints_come_along_as_far_as_the_entries_do() {
    let world = five();
    let keys = world.run("--quiet key make witness.example --out w.key").stdout;
    assert_eq!(keys.lines().count(), 2);
    assert_eq!(world.run("witness add --witness-key w.key").code, 0);
    damage(&world, 3);
    let said = world.run("salvage --out saved");
    assert!(said.stderr.contains("left with the damaged ledger: 1 cosigned checkpoint"), "{}", said.stderr);
    assert_eq!(world.run("--ledger saved verify").code, 0);
}
