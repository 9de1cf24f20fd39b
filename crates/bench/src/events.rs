//! Events as partners have them over five years, made from a seed.
//!
//! Each month every partner hands in its new events: reports of usage for the most part, some associations,
//! certifications and segments. So the events of a partner are spread over the whole file, in a run for each month.

mod chance;
mod layout;
mod line;
mod lines;
mod things;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::Outcome;
pub(crate) use chance::chance;
pub(crate) use layout::{FIRST_MONTH, Layout, MONTHS, Partner};
pub(crate) use line::{line, restated};
pub(crate) use lines::{EventLines, event_of, id_of};
pub(crate) use things::{THINGS, Thing};

/// Writes a file of the events of partners, a line each.
pub(crate) fn write_file(path: &Path, seed: u64, layout: &Layout) -> Outcome<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for month in 0..MONTHS {
        for partner in layout.partners() {
            for nth in partner.nths(month) {
                out.write_all(line(seed, *partner, nth, month).as_bytes())?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
