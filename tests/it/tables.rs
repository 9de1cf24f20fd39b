//! Tables of Parquet, read by the programs that people read them with: pyarrow and `DuckDB`.
//!
//! The test runs `tests/tables.py` with `python3`, or with the Python that `PCS_TEST_PYTHON` names. Where that has neither
//! of the two packages, it says so and is passed over.

use std::process::Command;

use crate::repository::top;
use crate::session::Session;

/// How the program ends where a package is missing.
const MISSING: i32 = 77;

#[test]
fn pyarrow_and_duckdb_read_in_tables_what_the_ledger_says() {
    let session = Session::new();
    assert_eq!(session.run(&["demo", "--dir", "example", "--quiet"]).code, 0);
    let pcs = |args: &[&str]| session.answer(&[&["--ledger", "example"], args].concat());
    session.write("entries.jsonl", pcs(&["export"]));
    pcs(&["export", "--parquet", "entries.parquet", "--line"]);
    let days = ["--from", "2024-11-01", "--to", "2025-02-28"];
    pcs(&[&["export", "--parquet", "scores.parquet", "--scores"], &days[..]].concat());
    let scores = ["2024-11-30", "2025-02-28"].map(|day| {
        session.run(&["--ledger", "example", "score", "--all-partners", "--as-of", day, "--format", "json"])
    });
    session.write("scores.jsonl", scores.map(|said| said.stdout).concat());

    let python = std::env::var("PCS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(&python);
    command.arg("-B").arg(top().join("tests/tables.py")).current_dir(session.home());
    command.args(["entries.parquet", "entries.jsonl", "scores.parquet", "scores.jsonl"]);
    let output = command.arg(top().join("docs/analysis.md")).output().expect("python3 is needed; install it");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.code() == Some(MISSING) && std::env::var_os("PCS_TEST_PYTHON").is_none() {
        eprintln!("passed over: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
    eprintln!("{said}");
}
