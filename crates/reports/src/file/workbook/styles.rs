//! Which cells show dates, by their styles.

use std::collections::BTreeSet;

use super::cell::{is_date_format, is_date_number};
use super::xml::{Piece, Xml, attribute, name_of, too_large};
use crate::error::ReportError;

/// Styles that a workbook has at most.
const MOST_STYLES: usize = 1 << 20;

/// Whether cells of each style show dates.
#[derive(Default)]
pub(super) struct Styles(Vec<bool>);

impl Styles {
    /// Reads the formats of numbers.
    pub(super) fn read(mut xml: Xml) -> Result<Self, ReportError> {
        let (mut dates, mut others, mut styles) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let mut is_of_cells = false;
        loop {
            match xml.next()? {
                Piece::Start(element) => match name_of(&element).as_str() {
                    "numFmt" => {
                        let number = attribute(&element, "numFmtId").and_then(|number| number.parse::<u32>().ok());
                        let code = attribute(&element, "formatCode").unwrap_or_default();
                        let formats = if is_date_format(&code) { &mut dates } else { &mut others };
                        formats.extend(number);
                    }
                    "cellXfs" => is_of_cells = true,
                    "xf" if is_of_cells => {
                        let number = attribute(&element, "numFmtId").and_then(|number| number.parse().ok());
                        let number = number.unwrap_or(0);
                        let is_date = dates.contains(&number) || (is_date_number(number) && !others.contains(&number));
                        styles.push(is_date);
                    }
                    _ => {}
                },
                Piece::End(name) if name == "cellXfs" => is_of_cells = false,
                Piece::Over => return Ok(Self(styles)),
                Piece::End(_) | Piece::Text(_) => {}
            }
            if dates.len() + others.len() + styles.len() > MOST_STYLES {
                return Err(too_large("it has more than a million styles"));
            }
        }
    }

    /// Whether a cell of this style shows a date.
    pub(super) fn is_date(&self, style: usize) -> bool {
        self.0.get(style).copied().unwrap_or(false)
    }
}
