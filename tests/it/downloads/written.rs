//! A report as a file.

use serde_json::{Map, Value};

use super::dials::Dials;
use super::kind::{Column, Kind};
use super::row::{Cell, Row};
use super::spelling::Spelling;
use super::wrapping::{Form, zip};
use crate::histories::Dice;

/// A column that nobody knows.
const EXTRA: [&str; 3] = ["EOU", "SomethingNew", "VerticalName"];

/// How a report is written.
#[derive(Clone, Debug)]
pub struct Style {
    pub form: Form,
    pub spelling: Spelling,
    bom: bool,
    line_end: &'static str,
    quotes_all: bool,
    escapes: bool,
    ends_with_line: bool,
    /// What a program wrote above the names of the columns.
    above: Preamble,
    /// For the order of the columns and what stands in the unknown ones.
    order: u64,
}

/// What stands above the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preamble {
    Nothing,
    /// What separates the cells, as Excel says it.
    Separator,
    /// What the rows are, as PowerShell says it.
    Type,
    /// A title and a blank line.
    Title,
}

/// A report before it is packed, with what can be damaged in it.
#[derive(Clone)]
pub struct PlainFile {
    /// The names of the columns, as written.
    pub header: Vec<String>,
    /// The columns of the data set, where they are.
    pub columns: Vec<Option<&'static Column>>,
    /// Cells as written, row by row.
    pub cells: Vec<Vec<Value>>,
    style: Style,
}

impl Style {
    /// Some style of some forms.
    pub fn random(dice: &mut Dice, dials: &Dials) -> Style {
        Style {
            form: dice.pick(&dials.forms),
            spelling: Spelling::random(dice, dials.spells_everything),
            bom: dice.chance(30),
            line_end: dice.pick(&["\n", "\r\n"]),
            quotes_all: dice.chance(30),
            escapes: dice.chance(30),
            ends_with_line: dice.chance(85),
            above: dice.pick(&[
                Preamble::Nothing,
                Preamble::Nothing,
                Preamble::Separator,
                Preamble::Type,
                Preamble::Title,
            ]),
            order: dice.next(),
        }
    }
}

impl PlainFile {
    /// Spells rows.
    pub fn new(kind: Kind, rows: &[Row], mut style: Style) -> PlainFile {
        let known = || kind.columns().iter().map(|column| column.name);
        style.spelling.settle(rows.iter().flat_map(|row| known().map(|name| row.cell(name))));
        let mut dice = Dice::new(style.order, "columns");
        let mut columns: Vec<Option<&'static Column>> = kind.columns().iter().map(Some).collect();
        columns.extend((0..dice.below(3)).map(|_| None));
        dice.shuffle(&mut columns);
        let mut extra = 0;
        let mut header = Vec::new();
        for column in &columns {
            header.push(column.map_or_else(|| EXTRA[extra].to_owned(), |column| style.spelling.header(column)));
            extra += usize::from(column.is_none());
        }
        let blank = Cell::Text("x, \"y\"".to_owned());
        let spell = |row: &Row| {
            let cells = columns.iter().map(|column| column.map_or(&blank, |column| row.cell(column.name)));
            match style.form {
                Form::Csv | Form::Tsv | Form::Bars | Form::Workbook => {
                    cells.map(|cell| Value::from(style.spelling.text(cell))).collect()
                }
                Form::Json | Form::JsonLines => cells.map(|cell| style.spelling.value(cell)).collect(),
            }
        };
        let cells = rows.iter().map(spell).collect();
        PlainFile { header, columns, cells, style }
    }

    /// Whether its dates have an order that some of them alone may tell.
    pub fn is_year_last(&self) -> bool {
        self.style.spelling.is_year_last()
    }

    /// The form of the file.
    pub fn form(&self) -> Form {
        self.style.form
    }

    /// The line of the first row.
    pub fn first_line(&self) -> u64 {
        let above = match (self.style.form, self.style.above) {
            (Form::Json | Form::JsonLines, _) => return 1,
            (_, Preamble::Nothing) => 0,
            (_, Preamble::Separator | Preamble::Type) => 1,
            (_, Preamble::Title) => 3,
        };
        above + 2
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let text = match self.style.form {
            Form::Workbook => return self.workbook(),
            Form::Csv => self.delimited(','),
            Form::Tsv => self.delimited('\t'),
            Form::Bars => self.delimited('|'),
            Form::Json => Value::from(self.objects()).to_string(),
            Form::JsonLines => self.objects().iter().map(|object| format!("{object}\n")).collect(),
        };
        let bom = if self.style.bom { "\u{feff}" } else { "" };
        format!("{bom}{text}").into_bytes()
    }

    fn objects(&self) -> Vec<Value> {
        let object = |cells: &Vec<Value>| {
            let fields: Map<String, Value> = self.header.iter().cloned().zip(cells.iter().cloned()).collect();
            Value::from(fields)
        };
        self.cells.iter().map(object).collect()
    }

    fn delimited(&self, delimiter: char) -> String {
        let header = self.header.iter().map(|name| Value::from(name.as_str())).collect();
        let end = self.style.line_end;
        let above = match self.style.above {
            Preamble::Nothing => String::new(),
            Preamble::Separator => format!("sep={delimiter}{end}"),
            Preamble::Type => format!("#TYPE Selected.System.Object{end}"),
            Preamble::Title => format!("A report of the partner{end}\"from 1 January, for all{end}\"{end}"),
        };
        let lines: Vec<String> = std::iter::once(&header)
            .chain(&self.cells)
            .map(|cells: &Vec<Value>| {
                let cells: Vec<String> = cells.iter().map(|cell| self.quoted(cell, delimiter)).collect();
                cells.join(&delimiter.to_string())
            })
            .collect();
        let last = if self.style.ends_with_line { end } else { "" };
        above + &lines.join(end) + last
    }

    /// A workbook with one sheet: what is written as a number is one, everything else is text.
    fn workbook(&self) -> Vec<u8> {
        let header: Vec<Value> = self.header.iter().map(|name| Value::from(name.as_str())).collect();
        let first = self.first_line() - 1;
        let title = "<row r=\"1\"><c t=\"inlineStr\"><is><t>A report</t></is></c></row>";
        let title = if first == 1 { "" } else { title };
        let row = |(number, cells): (u64, &Vec<Value>)| {
            let cells: String = cells.iter().map(|cell| typed(cell.as_str().expect("cells are texts"))).collect();
            format!("<row r=\"{number}\">{cells}</row>")
        };
        let rows: String = (first..).zip(std::iter::once(&header).chain(&self.cells)).map(row).collect();
        let sheet = format!("<worksheet><sheetData>{title}{rows}</sheetData></worksheet>");
        zip(&[
            ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"A\" r:id=\"a\"/></sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }

    fn quoted(&self, cell: &Value, delimiter: char) -> String {
        let text = cell.as_str().expect("cells of such files are texts");
        if !self.style.quotes_all && !text.contains([delimiter, '"', '\\', '\n']) {
            return text.to_owned();
        }
        let text = if self.style.escapes {
            text.replace('\\', r"\\").replace('"', r#"\""#)
        } else {
            text.replace('"', "\"\"")
        };
        format!("\"{text}\"")
    }
}

/// What a workbook says of its only sheet.
const RELATIONS: &[u8] =
    b"<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";

/// A cell of a sheet.
fn typed(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(whole) && is_digits(rest) && (whole == "0" || !whole.starts_with('0')) {
        return format!("<c><v>{text}</v></c>");
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>")
}
