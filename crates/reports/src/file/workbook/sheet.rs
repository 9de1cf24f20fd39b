//! The rows of a sheet, as they come.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use super::cell;
use super::strings::{Strings, rich_text};
use super::styles::Styles;
use super::xml::{Piece, Xml, attribute, damaged, name_of};
use crate::error::ReportError;

/// Columns that a sheet has at most.
const MOST_COLUMNS: usize = 16_384;
/// Bytes that a row may have.
const ROW_BYTES: usize = 16 << 20;

/// What the cells of a workbook refer to.
#[derive(Default)]
pub(super) struct SharedParts {
    pub(super) strings: Strings,
    pub(super) styles: Styles,
    pub(super) is_1904: bool,
}

/// A row that has something.
pub(crate) struct SheetRow {
    /// Its number in the sheet, from 1.
    pub(crate) number: u64,
    pub(crate) cells: Vec<String>,
}

/// The rows of a sheet that have something.
pub(crate) struct Sheet {
    xml: Xml,
    shared: Rc<SharedParts>,
    /// Rows that were read ahead.
    ahead: VecDeque<SheetRow>,
    /// The number of the last row that was read.
    last: u64,
    /// The places of columns that had a number with decimals so far.
    pub(crate) numbers: BTreeSet<usize>,
    is_over: bool,
}

impl Sheet {
    pub(super) fn new(xml: Xml, shared: Rc<SharedParts>) -> Self {
        Self { xml, shared, ahead: VecDeque::new(), last: 0, numbers: BTreeSet::new(), is_over: false }
    }

    /// Looks at the first rows, which come again.
    pub(super) fn look_ahead(&mut self, rows: usize) -> Result<&VecDeque<SheetRow>, ReportError> {
        while self.ahead.len() < rows
            && let Some(row) = self.read()?
        {
            self.ahead.push_back(row);
        }
        Ok(&self.ahead)
    }

    /// The next row; `None` at the end of the sheet.
    pub(crate) fn next(&mut self) -> Result<Option<SheetRow>, ReportError> {
        if let Some(row) = self.ahead.pop_front() { Ok(Some(row)) } else { self.read() }
    }

    fn read(&mut self) -> Result<Option<SheetRow>, ReportError> {
        while !self.is_over {
            match self.xml.next()? {
                Piece::Start(element) if name_of(&element) == "row" => {
                    let number = attribute(&element, "r").and_then(|number| number.parse().ok());
                    self.last = number.unwrap_or(self.last + 1);
                    let cells = self.cells()?;
                    if cells.iter().any(|cell| !cell.trim().is_empty()) {
                        return Ok(Some(SheetRow { number: self.last, cells }));
                    }
                }
                Piece::End(name) if name == "sheetData" => {
                    // At the end of what stands behind the rows the sum of the whole part is compared.
                    while !matches!(self.xml.next()?, Piece::Over) {}
                    self.is_over = true;
                }
                Piece::Over => return Err(damaged("its sheet ends too early")),
                Piece::Start(_) | Piece::End(_) | Piece::Text(_) => {}
            }
        }
        Ok(None)
    }

    /// The cells of a row that was begun.
    fn cells(&mut self) -> Result<Vec<String>, ReportError> {
        let mut cells: Vec<String> = Vec::new();
        let (mut next, mut bytes) = (0, 0);
        loop {
            match self.xml.next()? {
                Piece::Start(element) if name_of(&element) == "c" => {
                    let place = attribute(&element, "r").map_or(Some(next), |reference| column(&reference));
                    let place = place.filter(|place| *place < MOST_COLUMNS);
                    let place = place.ok_or_else(|| damaged("a cell of its sheet stands in no column"))?;
                    let style = attribute(&element, "s").and_then(|style| style.parse().ok()).unwrap_or(0);
                    let kind = attribute(&element, "t").unwrap_or_default();
                    let text = self.cell(&kind, style)?;
                    if matches!(&*kind, "" | "n") && text.contains('.') {
                        self.numbers.insert(place);
                    }
                    bytes += text.len();
                    if bytes > ROW_BYTES {
                        return Err(damaged("a row of its sheet has more than 16 MiB"));
                    }
                    next = place + 1;
                    if !text.is_empty() {
                        cells.resize(cells.len().max(next), String::new());
                        if let Some(cell) = cells.get_mut(place) {
                            *cell = text;
                        }
                    }
                }
                Piece::End(name) if name == "row" => return Ok(cells),
                Piece::Over => return Err(damaged("its sheet ends too early")),
                Piece::Start(_) | Piece::End(_) | Piece::Text(_) => {}
            }
        }
    }

    /// The text of a cell that was begun: of a formula its last result.
    fn cell(&mut self, kind: &str, style: usize) -> Result<String, ReportError> {
        let (mut value, mut is_value, mut inline, mut is_formula) = (String::new(), false, None, false);
        loop {
            match self.xml.next()? {
                Piece::Start(element) => match name_of(&element).as_str() {
                    "is" => inline = Some(rich_text(&mut self.xml, "is", ROW_BYTES)?),
                    name => {
                        is_value = name == "v";
                        is_formula |= name == "f";
                    }
                },
                Piece::Text(part) if is_value => value.push_str(&part),
                Piece::Text(_) => {}
                Piece::End(name) if name == "c" => break,
                Piece::End(_) => is_value = false,
                Piece::Over => return Err(damaged("its sheet ends too early")),
            }
            if value.len() > ROW_BYTES {
                return Err(damaged("a row of its sheet has more than 16 MiB"));
            }
        }
        if let Some(text) = inline {
            return Ok(text);
        }
        if is_formula && value.is_empty() && kind != "str" {
            return Err(damaged("a formula of its sheet has no result: open the workbook in Excel and save it"));
        }
        match kind {
            "s" if value.is_empty() => Ok(value),
            "s" => {
                let text = value.trim().parse().ok().and_then(|place| self.shared.strings.get(place));
                text.map(str::to_owned).ok_or_else(|| damaged("a cell of its sheet names a text that is not there"))
            }
            "b" => Ok(match value.trim() {
                "1" => "true".to_owned(),
                "0" => "false".to_owned(),
                _ => value,
            }),
            "" | "n" if self.shared.styles.is_date(style) => Ok(cell::date(&value, self.shared.is_1904)),
            "" | "n" => Ok(cell::number(&value)),
            // Texts, days in the form of ISO 8601, and errors as `#N/A`.
            _ => Ok(value),
        }
    }
}

/// The place of a column, from 0, by a reference such as `AB12`.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number =
        letters.take(4).fold(0, |number, letter| number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}
