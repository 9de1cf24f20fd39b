//! A report as a file.

use serde_json::{Map, Value};

use super::dials::Dials;
use super::kind::{Column, Kind};
use super::row::{Cell, Row};
use super::spelling::Spelling;
use super::wrapping::Form;
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
    /// For the order of the columns and what stands in the unknown ones.
    order: u64,
}

/// A report before it is packed, with what can be damaged in it.
#[derive(Clone)]
pub struct Written {
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
            order: dice.next(),
        }
    }
}

impl Written {
    /// Spells rows.
    pub fn new(kind: Kind, rows: &[Row], mut style: Style) -> Written {
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
                Form::Csv | Form::Tsv => cells.map(|cell| Value::from(style.spelling.text(cell))).collect(),
                Form::Json | Form::JsonLines => cells.map(|cell| style.spelling.value(cell)).collect(),
            }
        };
        let cells = rows.iter().map(spell).collect();
        Written { header, columns, cells, style }
    }

    /// Whether its dates have an order that some of them alone may tell.
    pub fn is_year_last(&self) -> bool {
        self.style.spelling.is_year_last()
    }

    /// The form of the file.
    pub fn form(&self) -> Form {
        self.style.form
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let text = match self.style.form {
            Form::Csv => self.delimited(','),
            Form::Tsv => self.delimited('\t'),
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
        let lines: Vec<String> = std::iter::once(&header)
            .chain(&self.cells)
            .map(|cells: &Vec<Value>| {
                let cells: Vec<String> = cells.iter().map(|cell| self.quoted(cell, delimiter)).collect();
                cells.join(&delimiter.to_string())
            })
            .collect();
        let end = if self.style.ends_with_line { self.style.line_end } else { "" };
        lines.join(self.style.line_end) + end
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
