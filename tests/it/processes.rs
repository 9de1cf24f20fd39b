//! The command as a process of its own, for what cannot be shown within one.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// The command, from the very `main` of the `pcs` binary.
pub const PCS: &str = env!("CARGO_BIN_EXE_pcs-under-test");

/// A command in a directory, with nothing of the environment that it could read.
pub fn pcs<S: AsRef<OsStr>>(dir: &Path, args: &[S]) -> Command {
    let mut command = Command::new(PCS);
    command.args(args).current_dir(dir).env_remove("PCS_LEDGER").env("NO_COLOR", "1").env_remove("COLUMNS");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end.
pub fn run(dir: &Path, args: &[&str]) -> Output {
    pcs(dir, args).output().expect("the command runs")
}

/// The answer of a command that is done.
pub fn answer(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).expect("the command writes UTF-8")
}

/// Events of a partner as lines, each with an id of its own; two batches have none in common.
pub fn events(batch: u64, count: u64) -> String {
    let line = |number: u64| {
        let customer = Uuid::from_u64_pair(0x0a00_0000_0000_4000, 0x8000_0000_0000_0000 | (number % 97));
        let event = json!({
            "id": Uuid::from_u64_pair(0x0196_0000_0000_7000 | (batch << 16), 0x8000_0000_0000_0000 | number),
            "type": "usage_reported", "partner": format!("60344{}", 50 + number % 7), "month": "2025-02",
            "customer": customer, "product": "Storage", "metric": "acr_usd", "value": (1_000 + number).to_string(),
        });
        format!("{event}\n")
    };
    (0..count).map(line).collect()
}

/// A report about a partner of these events.
pub const AZURE: &str = "PGAMpnId,MPNId,CustomerTenantId,Month,ServiceLevel2,SubscriptionId,PartnerAttributionType,\
    IsACRDuplicateAtPGALevel,ACR_USD\n\
    6034450,6034450,4fdbff88-9d6b-42e0-9713-45c922ba8001,20250101,SQL Database,s-1,CSP Tier 1,0,900\n";

/// The counts that an import printed.
pub fn counts(stdout: &str) -> [u64; 4] {
    let counts: Value = serde_json::from_str(stdout).unwrap_or_else(|_| panic!("no counts: {stdout:?}"));
    ["new", "already", "refused", "size"].map(|name| counts[name].as_u64().expect("a number"))
}

/// A directory with an empty ledger.
pub fn ledger() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    answer(dir.path(), &["init"]);
    dir
}

fn text(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("UTF-8");
    text
}

/// How a process ended, and what it said.
pub fn ended(mut child: Child) -> (Option<i32>, String, String) {
    drop(child.stdin.take());
    let stdout = child.stdout.take().map(text).unwrap_or_default();
    let stderr = child.stderr.take().map(text).unwrap_or_default();
    (child.wait().expect("the command ends").code(), stdout, stderr)
}

#[test]
fn scores_can_be_asked_while_another_process_imports_and_a_second_import_is_refused() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("first.jsonl"), events(1, 100)).unwrap();
    answer(dir, &["import", "first.jsonl"]);
    let question = ["score", "--partner", "6034450", "--as-of", "2025-02-28", "--format", "json"];
    let before = answer(dir, &question);

    let mut import = pcs(dir, &["import", "-", "--format", "json"]).stdin(Stdio::piped()).spawn().unwrap();
    let lines = events(2, 20_000);
    let (half, rest) = lines.as_bytes().split_at(lines.len() / 2);
    // More than a pipe holds: when it is written, the other process has the ledger and reads.
    import.stdin.as_mut().unwrap().write_all(half).unwrap();

    assert_eq!(answer(dir, &question), before);
    let output = run(dir, &["import", "first.jsonl", "--format", "json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), &error["error"]["code"]), (Some(1), &json!("locked")));

    import.stdin.as_mut().unwrap().write_all(rest).unwrap();
    let (code, stdout, stderr) = ended(import);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(counts(&stdout), [20_000, 0, 0, 20_100]);
    let after: Value = serde_json::from_str(answer(dir, &question).lines().next().unwrap()).unwrap();
    assert_eq!(after["ledger"]["size"], 20_100);
    answer(dir, &["verify"]);
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("events.jsonl"), events(1, 20_000)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    let mut export = pcs(dir, &["export"]).spawn().unwrap();
    let mut first = [0; 7];
    export.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(export.stdout.take());
    assert_eq!((&first, ended(export)), (b"{\"seq\":", (Some(0), String::new(), String::new())));
}

#[test]
fn a_full_disk_is_said() {
    let dir = ledger();
    let dir = dir.path();
    std::fs::write(dir.join("events.jsonl"), events(1, 10)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let export = pcs(dir, &["export", "--format", "json"]).stdout(full).spawn().unwrap();
    let (code, _, stderr) = ended(export);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((code, &error["error"]["code"]), (Some(1), &json!("disk_full")));
}

/// A command of a process that gets no thread beside its first: the stack of another would be larger than all addresses.
fn without_threads(dir: &Path, args: &[&str]) -> Output {
    pcs(dir, args).env("RUST_MIN_STACK", (1_u64 << 60).to_string()).output().expect("the command runs")
}

#[test]
fn a_process_that_gets_no_thread_does_the_same_on_its_own() {
    let (alone, usual) = (ledger(), ledger());
    let (alone, usual) = (alone.path(), usual.path());
    std::fs::write(usual.join("pcs-ledger/key"), std::fs::read(alone.join("pcs-ledger/key")).unwrap()).unwrap();
    for dir in [alone, usual] {
        std::fs::write(dir.join("events.jsonl"), events(1, 20_000)).unwrap();
        std::fs::write(dir.join("entries.jsonl"), "{}\n").unwrap();
        std::fs::write(dir.join("azure.csv"), AZURE).unwrap();
    }
    let question = ["--partner", "6034450", "--as-of", "2025-02-28"];
    for command in [
        &["import", "events.jsonl"][..],
        &["import", "--entries", "entries.jsonl"],
        &["import", "--kind", "azure-usage", "azure.csv"],
        &["import", "--kind", "azure-usage", "azure.csv"],
        &["verify"],
        &["export"],
        &["stats"],
        &[&["score"][..], &question].concat(),
        &[&["replay"][..], &question].concat(),
    ] {
        let command = [&["--now", "2025-03-02T09:00:00Z"], command].concat();
        let (ours, theirs) = (without_threads(alone, &command), run(usual, &command));
        let text = |output: &Output| {
            let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
            (output.status.code(), out, err)
        };
        let [ours, theirs] = [ours, theirs].map(|output| text(&output));
        if command.contains(&"stats") || command.contains(&"replay") {
            // They count what the cache keeps, which is not there.
            assert_eq!(ours.0, Some(0), "{ours:?}");
        } else {
            assert_eq!(ours, theirs, "{command:?}");
        }
    }
}
