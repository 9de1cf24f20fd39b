//! The whole bench at a tiny size: that it works, never how fast.

use std::process::Command;

/// Every measure, by its name in rows.
const MEASURES: [&str; 13] = [
    "append",
    "producers",
    "import",
    "replay",
    "score",
    "cold",
    "timeline",
    "status",
    "disk",
    "memory",
    "service",
    "growth",
    "restated",
];

#[test]
fn every_measure_has_rows_and_peers_answer_alike() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rows.json");
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--events", "2000", "--json"])
        .arg(&file)
        .args(["--pcs", "no-pcs", "--dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));

    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(written["machine"]["cores"].as_u64().unwrap() > 0);
    assert_eq!(written["seed"], 1);
    let rows = written["rows"].as_array().unwrap();
    for measure in MEASURES {
        let of_measure: Vec<_> = rows.iter().filter(|row| row["measure"] == measure).collect();
        assert!(!of_measure.is_empty(), "no row of {measure}");
        for row in of_measure {
            assert!(row["ours"].is_number() || row["note"].is_string(), "{row}");
            assert!(text.contains(row["what"].as_str().unwrap()), "{row} is not in the table");
        }
    }
    for peer in ["raw file", "SQLite", "redb", "fjall", "sled"] {
        assert!(rows.iter().any(|row| row["peer"] == peer), "nothing beside {peer}");
    }
}
