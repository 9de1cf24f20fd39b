//! The rulebook: which one is in use, which of its rows applies (section 8), what a row says.

use super::facts::Fact;
use super::usage::fold_case;
use chrono::NaiveDate;
use num_bigint::BigInt;
use num_rational::BigRational;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A rulebook under the name by which answers call it.
pub struct Rulebook {
    pub name: String,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// The entry that adopted it; none for the built-in one.
    pub adopted_by: Option<u64>,
    tables: Table,
}

/// What beside its key tells a row from the others of that key.
#[derive(Clone, Copy)]
pub enum Distinction<'a> {
    KeyAlone,
    Track(&'a str),
    Part(&'a str),
}

/// The row that applies, and the notes that choosing it calls for.
pub struct RowInForce<'a> {
    pub row: Row<'a>,
    pub notes: BTreeSet<&'static str>,
}

/// One dated row.
#[derive(Clone, Copy)]
pub struct Row<'a>(&'a Table);

/// The bounds `x_min`, `x_max`, `x_above`, `x_below` of a row; an absent one does not bind.
pub struct Bounds {
    pub min: Option<BigRational>,
    pub max: Option<BigRational>,
    pub above: Option<BigRational>,
    pub below: Option<BigRational>,
}

impl Rulebook {
    /// That of the visible adoption with the highest sequence, else the built-in one.
    pub fn in_use(visible: &[Fact], builtin: &str) -> Rulebook {
        let adoptions = visible.iter().filter(|fact| fact.kind() == "rulebook_adopted");
        match adoptions.max_by_key(|fact| fact.seq) {
            Some(adoption) => {
                let text = adoption.text("rulebook").expect("an adoption carries a rulebook");
                Rulebook { adopted_by: Some(adoption.seq), ..Rulebook::named(adoption.text("name"), text) }
            }
            None => Rulebook::named(None, builtin),
        }
    }

    fn named(name: Option<&str>, text: &str) -> Rulebook {
        let tables = parse(text);
        let name = name.unwrap_or_else(|| tables["meta"]["name"].as_str().expect("meta.name")).to_owned();
        Rulebook { name, sha256: hex::encode(Sha256::digest(text)), adopted_by: None, tables }
    }

    /// The programme's first day.
    pub fn program_start(&self) -> NaiveDate {
        date(&self.tables["meta"]["program_start"])
    }

    /// The most points of an area.
    pub fn total_max(&self) -> i64 {
        self.tables["meta"]["total_max"].as_integer().expect("meta.total_max")
    }

    /// The rows of a kind of table with a key, in the order of `from`. Rows with track `all` serve every track.
    fn rows(&self, kind: &str, key: &str, of: Distinction) -> Vec<Row<'_>> {
        let all = self.tables.get(kind).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut rows: Vec<Row> = all
            .iter()
            .map(|table| Row(table.as_table().expect("a row is a table")))
            .filter(|row| row.has_key(key))
            .filter(|row| match of {
                Distinction::KeyAlone => true,
                Distinction::Track(track) => [Some(track), Some("all")].contains(&row.text("track")),
                Distinction::Part(part) => row.text("part") == Some(part),
            })
            .collect();
        rows.sort_by_key(Row::from);
        rows
    }

    /// The row that applies on a day; none only when there is no such row at all.
    pub fn row_at(&self, kind: &str, key: &str, of: Distinction, day: NaiveDate) -> Option<RowInForce<'_>> {
        let rows = self.rows(kind, key, of);
        let covers = |row: &&Row| row.from() <= day && row.date("to").is_none_or(|to| day <= to);
        let mut notes = BTreeSet::new();
        let row = match rows.iter().rfind(covers) {
            Some(row) => *row,
            None => {
                notes.insert("assumed_rules");
                *rows.first()?
            }
        };
        if let Some(next) = rows.iter().find(|row| row.from() > day)
            && next.text("from_basis") == Some("bounds")
            && next.date("not_before").is_some_and(|not_before| not_before <= day)
        {
            notes.insert("bounded_rules");
        }
        Some(RowInForce { row, notes })
    }

    /// The next row behind a day, if it is bounded and may hold on that day already.
    pub fn next_bounded(&self, kind: &str, key: &str, of: Distinction, day: NaiveDate) -> Option<RowInForce<'_>> {
        let next = self.rows(kind, key, of).into_iter().find(|row| row.from() > day)?;
        let is_bounded = next.text("from_basis") == Some("bounds") && next.date("not_before")? <= day;
        is_bounded.then_some(RowInForce { row: next, notes: BTreeSet::new() })
    }

    /// The names under which association lists know a mechanism and role. The role says nothing where the mechanism
    /// has none.
    pub fn association_names(&self, mechanism: &str, role: Option<&str>) -> BTreeSet<&str> {
        self.rows("mechanism", "", Distinction::KeyAlone)
            .into_iter()
            .filter(|row| row.text("mechanism") == Some(mechanism))
            .filter(|row| row.text("role").is_none() || row.text("role") == role)
            .flat_map(|row| row.texts("names"))
            .collect()
    }

    fn catalogue(&self) -> impl Iterator<Item = Row<'_>> {
        self.tables["certification"].as_array().expect("a catalogue").iter().filter_map(Value::as_table).map(Row)
    }

    /// What a code is read as: the `other_codes` of a certification are read as its `code`.
    pub fn read_as<'c>(&'c self, code: &'c str) -> &'c str {
        let known = self.catalogue().find(|row| row.texts("other_codes").contains(&code));
        known.map_or(code, |row| row.text("code").expect("a certification has a code"))
    }

    /// A certification by its code; none for a code that is not in the catalogue.
    pub fn certification(&self, code: &str) -> Option<Row<'_>> {
        self.catalogue().find(|row| row.text("code") == Some(code))
    }

    /// The end of a certification's credit.
    pub fn certification_end(&self, code: &str) -> Option<Row<'_>> {
        let ends = self.tables.get("cert_end")?.as_array()?;
        ends.iter().find(|row| row["certification"].as_str() == Some(code))?.as_table().map(Row)
    }
}

impl<'a> Row<'a> {
    fn has_key(&self, key: &str) -> bool {
        match (self.text("key"), self.0.get("keys")) {
            (Some(own), _) => own == key,
            (None, Some(_)) => self.texts("keys").contains(&key),
            (None, None) => key.is_empty(),
        }
    }

    fn from(&self) -> NaiveDate {
        self.date("from").expect("every dated row has `from`")
    }

    /// The row as it is written.
    pub fn table(&self) -> &'a Table {
        self.0
    }

    /// What the row says, without when, for whom and why.
    pub fn terms(&self) -> BTreeMap<&'a String, &'a Value> {
        let others = ["key", "keys", "track", "part", "from", "to", "from_basis", "not_before", "not_after", "source"];
        let others = others.into_iter().chain(["conf", "note"]).collect::<Vec<_>>();
        self.0.iter().filter(|(name, _)| !others.contains(&name.as_str())).collect()
    }

    /// A text field.
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.0.get(field).and_then(Value::as_str)
    }

    /// A list of texts; empty when absent.
    pub fn texts(&self, field: &str) -> Vec<&'a str> {
        let list = self.0.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().map(|text| text.as_str().expect("a text")).collect()
    }

    /// A date field.
    pub fn date(&self, field: &str) -> Option<NaiveDate> {
        self.0.get(field).map(date)
    }

    /// A true-or-false field; false when absent.
    pub fn flag(&self, field: &str) -> bool {
        self.0.get(field).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A figure: an integer, or a decimal in a string.
    pub fn figure(&self, field: &str) -> Option<BigRational> {
        self.0.get(field).map(|value| match value {
            Value::Integer(integer) => BigRational::from_integer(BigInt::from(*integer)),
            other => decimal(other.as_str().expect("a figure is an integer or a decimal string")),
        })
    }

    /// A figure that the row must have.
    pub fn need(&self, field: &str) -> BigRational {
        self.figure(field).unwrap_or_else(|| panic!("the rulebook's row lacks {field}"))
    }

    /// A small whole number that the row must have.
    pub fn count(&self, field: &str) -> i64 {
        self.0.get(field).and_then(Value::as_integer).unwrap_or_else(|| panic!("the rulebook's row lacks {field}"))
    }

    /// The row's tables under a field, as rows: steps, options.
    pub fn nested(&self, field: &str) -> Option<Vec<Row<'a>>> {
        let list = self.0.get(field)?.as_array()?;
        Some(list.iter().map(|table| Row(table.as_table().expect("a table"))).collect())
    }

    /// Name to text, under a field such as `aliases`; names and texts without regard to case.
    pub fn names(&self, field: &str) -> BTreeMap<String, String> {
        let Some(table) = self.0.get(field).and_then(Value::as_table) else {
            return BTreeMap::new();
        };
        table.iter().map(|(name, to)| (fold_case(name), fold_case(to.as_str().expect("a text")))).collect()
    }

    /// The bounds of a figure.
    pub fn bounds(&self, figure: &str) -> Bounds {
        let of = |bound: &str| self.figure(&format!("{figure}_{bound}"));
        Bounds { min: of("min"), max: of("max"), above: of("above"), below: of("below") }
    }
}

impl Bounds {
    /// Whether the row has no such bound at all.
    pub fn are_absent(&self) -> bool {
        self.min.is_none() && self.max.is_none() && self.above.is_none() && self.below.is_none()
    }

    /// Whether a value is within all bounds.
    pub fn hold(&self, value: &BigRational) -> bool {
        self.min.as_ref().is_none_or(|min| value >= min)
            && self.max.as_ref().is_none_or(|max| value <= max)
            && self.above.as_ref().is_none_or(|above| value > above)
            && self.below.as_ref().is_none_or(|below| value < below)
    }
}

/// Reads a decimal such as `-12.5`.
pub fn decimal(text: &str) -> BigRational {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().expect("a decimal");
    let ten = BigInt::from(10);
    BigRational::new(digits, ten.pow(fraction.len() as u32))
}

fn parse(text: &str) -> Table {
    text.parse().expect("the rulebook is TOML")
}

fn date(value: &Value) -> NaiveDate {
    value.as_datetime().expect("a date").to_string().parse().expect("a date is YYYY-MM-DD")
}
