//! Rows of a file, as a `source` names them.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use reports::{RowTexts, rows_on_lines};

use crate::error::Error;

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens the bytes of a file from the first on.
pub(crate) type Open<'a> = dyn FnMut() -> io::Result<Box<dyn Read>> + 'a;

/// Writes the row that begins on a line, behind the names of its columns.
///
/// # Errors
/// `out_of_range` when none begins there.
pub(crate) fn write_row(out: &mut dyn Write, name: &str, open: &mut Open<'_>, line: u64) -> Result<(), Error> {
    write_texts(out, &find_rows(name, open, &[line].into())?)
}

/// Writes rows behind the names of their columns.
pub(crate) fn write_texts(out: &mut dyn Write, texts: &RowTexts) -> Result<(), Error> {
    let mut rows = texts.columns.iter().chain(texts.rows.iter().map(|(_, row)| row));
    rows.try_for_each(|row| out.write_all(row).and_then(|()| out.write_all(b"\n"))).map_err(Error::output)
}

/// Finds the rows that begin on these lines.
///
/// # Errors
/// `out_of_range` when none begins on one of them.
pub(crate) fn find_rows(name: &str, open: &mut Open<'_>, wanted: &BTreeSet<u64>) -> Result<RowTexts, Error> {
    let found = rows_on_lines(&mut || open_text(open), wanted).map_err(Error::file("read", name))?;
    let is_found = |line: &&u64| found.rows.iter().any(|(found, _)| found == *line);
    match wanted.iter().find(|line| !is_found(line)) {
        Some(line) => Err(Error::new("out_of_range", format!("no row of {name} begins on line {line}"))
            .hint("a `source` names the line on which a row begins; the column names have the first")),
        None => Ok(found),
    }
}

/// The text in which rows have their lines: a file that came compressed is unpacked.
pub(crate) fn open_text(open: &mut Open<'_>) -> io::Result<Box<dyn Read>> {
    let mut first = [0; GZIP.len()];
    let is_gzip = open()?.read_exact(&mut first).is_ok() && first == GZIP;
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(open()?)) } else { open()? })
}
