//! Events as stores read them from a file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use ledger::{Event, parse_event, parse_uuid};

use crate::Outcome;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 18;

/// The event of a line.
pub(crate) fn event_of(line: &str) -> Outcome<Event> {
    parse_event(line, || None).map_err(|refusal| format!("refused: {refusal}: {line}").into())
}

/// The id at the place where every line of a file has it: as cheap as reading can be.
pub(crate) fn id_of(line: &str) -> Outcome<[u8; 16]> {
    let id = line.get(7..43).and_then(parse_uuid);
    id.map(uuid::Uuid::into_bytes).ok_or_else(|| format!("no id in {line}").into())
}

/// The lines of a file.
pub(crate) struct EventLines {
    input: BufReader<File>,
    line: String,
}

impl EventLines {
    /// Opens a file of events.
    pub(crate) fn open(file: &Path) -> Outcome<Self> {
        Ok(Self { input: BufReader::with_capacity(BUFFER_BYTES, File::open(file)?), line: String::new() })
    }

    /// The next line, without its end.
    pub(crate) fn next(&mut self) -> Outcome<Option<&str>> {
        self.line.clear();
        let read = self.input.read_line(&mut self.line)?;
        Ok((read > 0).then(|| self.line.trim_end_matches('\n')))
    }
}
