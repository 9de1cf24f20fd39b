//! A row of a report before anybody has spelled it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::naive::Month;

/// What stands in a cell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cell {
    /// A text, and what identifies something: written as it is.
    Text(String),
    /// A calendar month.
    Month(Month),
    /// A day.
    Day(NaiveDate),
    /// Money in hundredths.
    Cents(i64),
    /// A whole number.
    Count(i64),
    /// Whether the row is a duplicate, or anything else that is or is not.
    Flag(bool),
    /// An identifier that has been left out.
    NoId,
    /// Nothing.
    Blank,
}

/// A row: cells under the names of the data set's columns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Row(BTreeMap<&'static str, Cell>);

impl Row {
    /// The row with one more cell.
    pub fn with(mut self, column: &'static str, cell: Cell) -> Row {
        self.0.insert(column, cell);
        self
    }

    /// The row with one more text.
    pub fn text(self, column: &'static str, text: &str) -> Row {
        self.with(column, Cell::Text(text.to_owned()))
    }

    /// A cell; a column that the row has not is blank.
    pub fn cell(&self, column: &str) -> &Cell {
        self.0.get(column).unwrap_or(&Cell::Blank)
    }

    /// The text of a cell, if it is one.
    pub fn given(&self, column: &str) -> Option<&str> {
        match self.cell(column) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a cell that is never blank.
    pub fn need(&self, column: &str) -> &str {
        self.given(column).unwrap_or_else(|| panic!("{column} of {self:?}"))
    }

    /// The month of a cell.
    pub fn month(&self, column: &str) -> Month {
        match self.cell(column) {
            Cell::Month(month) => *month,
            other => panic!("{column} is {other:?}"),
        }
    }

    /// The day of a cell, if it has one.
    pub fn day(&self, column: &str) -> Option<NaiveDate> {
        match self.cell(column) {
            Cell::Day(day) => Some(*day),
            _ => None,
        }
    }

    /// The amount or the number of a cell in hundredths, if it has one.
    pub fn hundredths(&self, column: &str) -> Option<i64> {
        match self.cell(column) {
            Cell::Cents(cents) => Some(*cents),
            Cell::Count(count) => Some(count * 100),
            _ => None,
        }
    }

    /// Whether the cell's flag is set.
    pub fn flag(&self, column: &str) -> bool {
        *self.cell(column) == Cell::Flag(true)
    }
}
