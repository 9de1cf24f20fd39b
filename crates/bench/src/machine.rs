//! What the machine is, and what this process took of it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;

/// What a reader of the figures needs to know of the machine.
pub(crate) fn facts() -> Value {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "processor": field(&processors, "model name"),
        "memory_kib": field(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemTotal").and_then(|text| kib(&text)),
        "kernel": kernel.trim(),
        "load": load.split(' ').next(),
    })
}

/// The most memory that this process ever had resident, in KiB.
pub(crate) fn peak_kib() -> Outcome<u64> {
    peak_kib_of("self")
}

/// The most memory that a process ever had resident, in KiB.
pub(crate) fn peak_kib_of(process: &str) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    field(&status, "VmHWM").and_then(|text| kib(&text)).ok_or_else(|| "the system tells no VmHWM".into())
}

/// The bytes of the files below a directory.
pub(crate) fn bytes_below(dir: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// A field of a file of names and values.
fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

fn kib(text: &str) -> Option<u64> {
    text.split(' ').next()?.parse().ok()
}
