//! One row of a file, as a `source` names it.

use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use reports::row_on_line;

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
    let found = row_on_line(&mut || open_text(open), line).map_err(Error::file("read", name))?;
    let found = found.ok_or_else(|| {
        Error::new("out_of_range", format!("no row of {name} begins on line {line}"))
            .hint("a `source` names the line on which a row begins; the column names have the first")
    })?;
    let mut rows = found.columns.iter().chain([&found.row]);
    rows.try_for_each(|row| out.write_all(row).and_then(|()| out.write_all(b"\n"))).map_err(Error::output)
}

/// The text in which rows have their lines: a file that came compressed is unpacked.
pub(crate) fn open_text(open: &mut Open<'_>) -> io::Result<Box<dyn Read>> {
    let mut first = [0; GZIP.len()];
    let is_gzip = open()?.read_exact(&mut first).is_ok() && first == GZIP;
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(open()?)) } else { open()? })
}
