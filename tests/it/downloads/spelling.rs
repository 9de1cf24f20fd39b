//! How one file spells its cells.

use chrono::Datelike;
use serde_json::{Value, json};

use super::kind::Column;
use super::row::Cell;
use crate::histories::Dice;
use crate::naive::Month;

/// Days with the year last, as spreadsheets of several countries write them.
const YEAR_LAST: [&str; 5] = ["%d/%m/%Y", "%-d/%-m/%Y", "%-m/%-d/%Y", "%d.%m.%Y", "%m-%d-%Y"];

/// The spellings of one file.
#[derive(Clone, Debug)]
pub struct Spelling {
    month: usize,
    amount: usize,
    flag: (&'static str, &'static str),
    blank: &'static str,
    no_id: &'static str,
    day: &'static str,
    /// With the year last: days and months in one order, which the reader has to find out.
    year_last: Option<&'static str>,
    header: usize,
    /// Which of a column's names, by chance.
    names: u64,
    /// Texts that are not in the file's own words: JSON may have numbers and booleans.
    is_typed: bool,
    /// How ids that are numbers are written, and how UUIDs are.
    number: usize,
    uuid: usize,
}

impl Spelling {
    /// Some spelling; `any` takes those too that not every reader has known.
    pub fn random(dice: &mut Dice, any: bool) -> Spelling {
        Spelling {
            month: dice.below(if any { 7 } else { 4 }),
            amount: dice.below(4),
            flag: dice.pick(&[("0", "1"), ("0", "1"), ("No", "Yes"), ("false", "true"), ("False", "True")]),
            blank: dice.pick(&["", "", "NULL", "UNKNOWN"]),
            no_id: dice.pick(&["", "NULL", "UNKNOWN", "00000000-0000-0000-0000-000000000000"]),
            day: dice.pick(&["%Y-%m-%d", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT00:00:00.000Z", "%Y-%m-%d 00:00:00"]),
            year_last: if any && dice.chance(40) { Some(dice.pick(&YEAR_LAST)) } else { None },
            header: dice.below(5),
            names: dice.next(),
            is_typed: dice.chance(50),
            number: dice.below(8),
            uuid: dice.below(8),
        }
    }

    /// Whether days stand before years.
    pub fn is_year_last(&self) -> bool {
        self.year_last.is_some()
    }

    /// Writes years first where the cells do not tell the order of day and month: none is behind the twelfth, all months
    /// are January, and there are no points.
    pub fn settle<'a>(&mut self, mut cells: impl Iterator<Item = &'a Cell>) {
        let has_points = self.year_last.is_some_and(|format| format.contains('.'));
        let tells = |cell: &Cell| match cell {
            Cell::Day(day) => day.day() > 12,
            Cell::Month(month) => month.first_day().month() > 1,
            _ => false,
        };
        if !has_points && !cells.any(tells) {
            self.year_last = None;
        }
    }

    /// The name of a column in this file.
    pub fn header(&self, column: &Column) -> String {
        let names: Vec<&str> = std::iter::once(column.name).chain(column.aliases.iter().copied()).collect();
        let salt = column.name.bytes().fold(self.names, |salt, byte| salt.rotate_left(7) ^ u64::from(byte));
        let name = match self.header {
            0 | 1 => column.name,
            _ => names[(salt % names.len() as u64) as usize],
        };
        match self.header {
            3 => name.to_ascii_lowercase(),
            4 => name.to_ascii_uppercase(),
            _ => name.to_owned(),
        }
    }

    /// A cell as text.
    pub fn text(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => self.id(text),
            Cell::Month(month) => self.month(*month),
            Cell::Day(day) => day.format(self.year_last.unwrap_or(self.day)).to_string(),
            Cell::Cents(cents) => self.amount(*cents),
            Cell::Count(count) => count.to_string(),
            Cell::Flag(flag) => if *flag { self.flag.1 } else { self.flag.0 }.to_owned(),
            Cell::NoId => self.no_id.to_owned(),
            Cell::Blank => self.blank.to_owned(),
        }
    }

    /// A cell as a value of JSON.
    pub fn value(&self, cell: &Cell) -> Value {
        match cell {
            Cell::Flag(flag) if self.is_typed => json!(flag),
            Cell::Count(count) if self.is_typed => json!(count),
            Cell::Blank | Cell::NoId if self.is_typed => Value::Null,
            // As text first: a decimal that no binary fraction is keeps its digits.
            Cell::Cents(cents) if self.is_typed => {
                serde_json::from_str(&format!("{}{}.{:02}", minus(*cents), cents.abs() / 100, cents.abs() % 100))
                    .expect("a number")
            }
            other => json!(self.text(other)),
        }
    }

    /// A text that may be an id.
    fn id(&self, text: &str) -> String {
        if text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let (first, rest) = text.split_at(1);
            return match self.number {
                4 => format!("{text}.0"),
                5 => grouped(text.parse().expect("a number")),
                6 => format!("00{text}"),
                7 => format!("{first}.{rest}E+{:02}", rest.len()),
                _ => text.to_owned(),
            };
        }
        match (text.parse::<uuid::Uuid>(), self.uuid) {
            (Ok(uuid), 5) => format!("{{{}}}", uuid.hyphenated()),
            (Ok(uuid), 6) => uuid.simple().to_string(),
            (Ok(_), 7) => text.to_uppercase(),
            _ => text.to_owned(),
        }
    }

    fn month(&self, month: Month) -> String {
        let day = month.first_day();
        if let Some(format) = self.year_last {
            return day.format(format).to_string();
        }
        match self.month {
            0 | 1 => day.format("%Y%m%d").to_string(),
            2 => day.format("%b-%Y").to_string().to_uppercase(),
            3 => day.format("%Y-%m-%d").to_string(),
            4 => day.format("%b-%y").to_string(),
            5 => day.format("%B, %Y").to_string(),
            _ => day.format("%Y-%m-%dT00:00:00.000Z").to_string(),
        }
    }

    fn amount(&self, cents: i64) -> String {
        let (sign, whole, rest) = (minus(cents), cents.abs() / 100, cents.abs() % 100);
        match self.amount {
            0 | 1 => format!("{sign}{whole}.{rest:02}"),
            2 => format!("{sign}{}.{rest:02}00", grouped(whole)),
            _ if cents < 0 => format!("({whole}.{rest:02})"),
            _ => format!("{}.{rest:02}", grouped(whole)),
        }
    }
}

fn minus(cents: i64) -> &'static str {
    if cents < 0 { "-" } else { "" }
}

/// Thousands with commas.
fn grouped(whole: i64) -> String {
    match whole {
        0..=999 => whole.to_string(),
        _ => format!("{},{:03}", grouped(whole / 1000), whole % 1000),
    }
}
