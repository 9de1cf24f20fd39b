//! Workbooks of Excel, `.xlsx`: zips of XML, of which one sheet is read as the rows of a report.

mod cell;
mod sheet;
mod strings;
mod styles;
mod xml;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::rc::Rc;
use std::sync::Arc;

use crate::error::ReportError;
use crate::file::archive::{Content, Directory};
use crate::file::text::HEADER_LINES;
use crate::formats::Formats;
use crate::formats::recognise::Recognised;
use sheet::SharedParts;
pub(crate) use sheet::Sheet;
use strings::Strings;
use styles::Styles;
use xml::{Xml, attribute, damaged};

/// Bytes of a packed workbook that are held in memory at most.
const MOST_BYTES: u64 = 128 << 20;
const TOO_LONG: &str = "it is a zip of more than 128 MiB in one file: unpack it, or save its sheet as CSV";
/// Sheets that are looked at.
const MOST_SHEETS: usize = 256;
const TOO_MANY: &str = "it has more than 256 sheets";

/// The sheet of a workbook that is read.
pub(crate) struct Workbook {
    /// The names of its columns.
    pub(crate) names: Vec<String>,
    /// The rows behind them.
    pub(crate) sheet: Sheet,
    /// The sheets that are reports too, with their kinds.
    pub(crate) further: Vec<(String, &'static str)>,
}

/// The parts of a workbook, in memory.
struct Package {
    bytes: Arc<[u8]>,
    listed: Directory,
}

/// The names of the parts of a workbook: those of the worksheets by their ids.
#[derive(Default)]
struct PackageRelations {
    sheets: BTreeMap<String, String>,
    strings: Option<String>,
    styles: Option<String>,
}

/// A sheet whose first rows were looked at.
struct Candidate {
    name: String,
    sheet: Sheet,
    /// The place of the names among its rows, the names, and what they tell.
    row: usize,
    names: Vec<String>,
    fit: Fit,
}

/// What the names of a sheet's columns tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Unknown,
    Near,
    /// Something known, and of reports the kind.
    Known(Option<&'static str>),
}

impl Workbook {
    /// Reads a zip, which must be a workbook: of its sheets the first that is a report of the kind, else the first of
    /// which anything is known, else the first with most columns of a kind, else the first that has something.
    pub(crate) fn read(input: impl Read, kind: Option<&'static str>, formats: Formats) -> Result<Self, ReportError> {
        let mut package = Package::read(input)?;
        let mut sheets = Vec::new();
        for (name, sheet) in package.sheets()? {
            sheets.extend(Candidate::at(name, sheet, formats)?);
        }
        let is_asked = |candidate: &Candidate| kind.is_some() && candidate.fit == Fit::Known(kind);
        let first = |is: &dyn Fn(&Candidate) -> bool| sheets.iter().position(is);
        let place = first(&is_asked)
            .or_else(|| first(&|candidate| matches!(candidate.fit, Fit::Known(_))))
            .or_else(|| first(&|candidate| candidate.fit == Fit::Near))
            .unwrap_or(0);
        if sheets.is_empty() {
            return Err(ReportError::Empty);
        }
        let Candidate { mut sheet, row, names, .. } = sheets.remove(place);
        for _ in 0..=row {
            sheet.next()?;
        }
        let further = sheets.into_iter().filter_map(|candidate| match candidate.fit {
            Fit::Known(Some(kind)) => Some((candidate.name, kind)),
            Fit::Known(None) | Fit::Near | Fit::Unknown => None,
        });
        Ok(Self { names, sheet, further: further.collect() })
    }
}

impl Candidate {
    /// Looks at the first rows of a sheet; `None` when it has none.
    fn at(name: String, mut sheet: Sheet, formats: Formats) -> Result<Option<Self>, ReportError> {
        let rows = sheet.look_ahead(HEADER_LINES)?;
        let fits = rows.iter().enumerate().map(|(row, cells)| {
            let names = names_of(&cells.cells);
            (fit(&names, formats), row, names)
        });
        // Of several that tell as much the first is meant.
        let Some((fit, row, names)) = fits.rev().max_by_key(|(fit, ..)| match fit {
            Fit::Known(_) => 2,
            Fit::Near => 1,
            Fit::Unknown => 0,
        }) else {
            return Ok(None);
        };
        Ok(Some(Self { name, sheet, row, names, fit }))
    }
}

/// The names of columns in a row, up to the last that has one.
fn names_of(cells: &[String]) -> Vec<String> {
    let mut names: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
    let end = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    names.truncate(end);
    names
}

fn fit(names: &[String], formats: Formats) -> Fit {
    match formats.recognise(names).0 {
        Recognised::Report(kind) => Fit::Known(Some(kind)),
        Recognised::NoProof { .. } | Recognised::Events | Recognised::Entries => Fit::Known(None),
        Recognised::Unknown { .. } if formats.nearness(names).is_some() => Fit::Near,
        Recognised::Unknown { .. } => Fit::Unknown,
    }
}

impl Package {
    fn read(input: impl Read) -> Result<Self, ReportError> {
        let mut bytes = Vec::new();
        input.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(damaged(TOO_LONG));
        }
        let bytes: Arc<[u8]> = bytes.into();
        let listed = Directory::read(Cursor::new(&bytes))?;
        match listed.content(Cursor::new(Arc::clone(&bytes)))? {
            Content::Workbook => Ok(Self { bytes, listed }),
            Content::Files => Err(ReportError::Packed),
            Content::Spreadsheet(what) => Err(ReportError::Spreadsheet { what }),
            Content::Document(what) => Err(ReportError::Document { what }),
        }
    }

    /// A part by its name, perhaps with a slash before it.
    fn needed(&self, name: &str) -> Result<Xml, ReportError> {
        let member = self.listed.file(name.trim_start_matches('/'));
        let member = member.ok_or_else(|| damaged("a part of the workbook is missing"))?;
        Ok(Xml::new(member.open(Cursor::new(Arc::clone(&self.bytes)))?))
    }

    /// The worksheets in their order.
    fn sheets(&mut self) -> Result<Vec<(String, Sheet)>, ReportError> {
        let (named, is_1904) = self.contents()?;
        let PackageRelations { sheets: parts, strings, styles } = self.relations()?;
        let part = |name: Option<String>| name.map(|name| self.needed(&name)).transpose();
        let shared = Rc::new(SharedParts {
            strings: part(strings)?.map_or_else(|| Ok(Strings::default()), Strings::read)?,
            styles: part(styles)?.map_or_else(|| Ok(Styles::default()), Styles::read)?,
            is_1904,
        });
        let mut sheets = Vec::new();
        for (name, id) in named {
            let Some(part) = parts.get(&id) else { continue };
            sheets.push((name, Sheet::new(self.needed(part)?, Rc::clone(&shared))));
        }
        Ok(sheets)
    }

    /// The names of the sheets with the ids of their parts, and whether days count from 1904.
    fn contents(&self) -> Result<(Vec<(String, String)>, bool), ReportError> {
        let mut xml = self.needed("xl/workbook.xml")?;
        let (mut sheets, mut is_1904) = (Vec::new(), false);
        while let Some((name, element)) = xml.next_start()? {
            match name.as_str() {
                "sheet" => sheets.extend(attribute(&element, "name").zip(attribute(&element, "id"))),
                "workbookPr" => is_1904 = attribute(&element, "date1904").is_some_and(|is| is == "1" || is == "true"),
                _ => {}
            }
            if sheets.len() > MOST_SHEETS {
                return Err(damaged(TOO_MANY));
            }
        }
        Ok((sheets, is_1904))
    }

    /// The names of the parts that are read.
    fn relations(&self) -> Result<PackageRelations, ReportError> {
        let mut xml = self.needed("xl/_rels/workbook.xml.rels")?;
        let mut relations = PackageRelations::default();
        while let Some((name, element)) = xml.next_start()? {
            let Some(target) = attribute(&element, "Target").filter(|_| name == "Relationship") else { continue };
            let is_whole = target.starts_with('/');
            let part = if is_whole { target } else { format!("xl/{}", target.trim_start_matches("./")) };
            let kind = attribute(&element, "Type").unwrap_or_default();
            match kind.rsplit('/').next() {
                Some("worksheet") => relations.sheets.extend(attribute(&element, "Id").map(|id| (id, part))),
                Some("sharedStrings") => relations.strings = Some(part),
                Some("styles") => relations.styles = Some(part),
                _ => {}
            }
            if relations.sheets.len() > MOST_SHEETS {
                return Err(damaged(TOO_MANY));
            }
        }
        Ok(relations)
    }
}

#[cfg(test)]
mod tests;
