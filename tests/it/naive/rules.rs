//! The rulebook: which one is in use, which of its rows applies (section 8), what a row says.

use super::facts::Fact;
use super::usage::fold_case;
use chrono::NaiveDate;
use num_bigint::BigInt;
use num_rational::BigRational;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use toml::{Table, Value};

/// A rulebook under the name by which answers call it.
pub struct Rulebook {
    pub name: String,
    /// The entry that adopted it; none for the built-in one.
    pub adopted_by: Option<u64>,
    contents: Rc<Contents>,
}

/// What stands in a rulebook.
struct Contents {
    /// The SHA-256 of its text.
    sha256: String,
    tables: Table,
    /// The places of the dated rows by kind of table and key, in the order of `from`.
    places: BTreeMap<String, Places>,
    /// What codes of certifications are read as, and the places of these in the catalogue.
    read_as: BTreeMap<String, String>,
    catalogue: BTreeMap<String, usize>,
}

/// By a key the rows that have it.
type Places = BTreeMap<String, Vec<(NaiveDate, usize)>>;

thread_local! {
    /// The rulebooks that were read, by their text: reading one takes longer than all else that a question asks.
    static READ: RefCell<BTreeMap<String, Rc<Contents>>> = const { RefCell::new(BTreeMap::new()) };
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
        let adoption = adoptions.max_by_key(|fact| fact.seq);
        let text = adoption.map(|fact| fact.text("rulebook").expect("an adoption carries a rulebook"));
        let contents = Contents::read(text.unwrap_or(builtin));
        let name = match adoption {
            Some(fact) => fact.text("name").expect("an adoption has a name").to_owned(),
            None => contents.tables["meta"]["name"].as_str().expect("meta.name").to_owned(),
        };
        Rulebook { name, adopted_by: adoption.map(|fact| fact.seq), contents }
    }

    /// The SHA-256 of its text.
    pub fn sha256(&self) -> &str {
        &self.contents.sha256
    }

    /// The programme's first day.
    pub fn program_start(&self) -> NaiveDate {
        date(&self.contents.tables["meta"]["program_start"])
    }

    /// The most points of an area.
    pub fn total_max(&self) -> i64 {
        self.contents.tables["meta"]["total_max"].as_integer().expect("meta.total_max")
    }

    /// The rows of a kind of table with a key, in the order of `from`. Rows with track `all` serve every track.
    fn rows(&self, kind: &str, key: &str, of: Distinction) -> Vec<(NaiveDate, Row<'_>)> {
        let places = self.contents.places.get(kind).and_then(|of_kind| of_kind.get(key)).map_or(&[][..], Vec::as_slice);
        let row = |nth: usize| Row(self.contents.tables[kind][nth].as_table().expect("a row is a table"));
        places
            .iter()
            .map(|(from, nth)| (*from, row(*nth)))
            .filter(|(_, row)| match of {
                Distinction::KeyAlone => true,
                Distinction::Track(track) => [Some(track), Some("all")].contains(&row.text("track")),
                Distinction::Part(part) => row.text("part") == Some(part),
            })
            .collect()
    }

    /// The row that applies on a day; none only when there is no such row at all.
    pub fn row_at(&self, kind: &str, key: &str, of: Distinction, day: NaiveDate) -> Option<RowInForce<'_>> {
        let rows = self.rows(kind, key, of);
        let covers = |(from, row): &&(NaiveDate, Row)| *from <= day && row.date("to").is_none_or(|to| day <= to);
        let mut notes = BTreeSet::new();
        let row = match rows.iter().rfind(covers) {
            Some((_, row)) => *row,
            None => {
                notes.insert("assumed_rules");
                rows.first()?.1
            }
        };
        if self.next_bounded(kind, key, of, day).is_some() {
            notes.insert("bounded_rules");
        }
        Some(RowInForce { row, notes })
    }

    /// The next row behind a day, if it is bounded and may hold on that day already.
    pub fn next_bounded(&self, kind: &str, key: &str, of: Distinction, day: NaiveDate) -> Option<RowInForce<'_>> {
        let (_, next) = self.rows(kind, key, of).into_iter().find(|(from, _)| *from > day)?;
        let is_bounded = next.text("from_basis") == Some("bounds") && next.date("not_before")? <= day;
        is_bounded.then_some(RowInForce { row: next, notes: BTreeSet::new() })
    }

    /// The names under which association lists know a mechanism and role. The role says nothing where the mechanism
    /// has none.
    pub fn association_names(&self, mechanism: &str, role: Option<&str>) -> BTreeSet<&str> {
        self.rows("mechanism", "", Distinction::KeyAlone)
            .into_iter()
            .map(|(_, row)| row)
            .filter(|row| row.text("mechanism") == Some(mechanism))
            .filter(|row| row.text("role").is_none() || row.text("role") == role)
            .flat_map(|row| row.texts("names"))
            .collect()
    }

    /// The mechanisms and roles with the names under which lists know them.
    pub fn mechanisms(&self) -> Vec<(&str, Option<&str>, Vec<&str>)> {
        let rows = self.rows("mechanism", "", Distinction::KeyAlone).into_iter().map(|(_, row)| row);
        rows.filter_map(|row| Some((row.text("mechanism")?, row.text("role"), row.texts("names")))).collect()
    }

    /// What a code is read as: the `other_codes` of a certification are read as its `code`.
    pub fn read_as<'c>(&'c self, code: &'c str) -> &'c str {
        self.contents.read_as.get(code).map_or(code, String::as_str)
    }

    /// A certification by its code; none for a code that is not in the catalogue.
    pub fn certification(&self, code: &str) -> Option<Row<'_>> {
        let nth = *self.contents.catalogue.get(code)?;
        self.contents.tables["certification"][nth].as_table().map(Row)
    }

    /// The end of a certification's credit.
    pub fn certification_end(&self, code: &str) -> Option<Row<'_>> {
        let ends = self.contents.tables.get("cert_end")?.as_array()?;
        ends.iter().find(|row| row["certification"].as_str() == Some(code))?.as_table().map(Row)
    }
}

impl Contents {
    fn read(text: &str) -> Rc<Contents> {
        if let Some(known) = READ.with_borrow(|read| read.get(text).cloned()) {
            return known;
        }
        let made = Rc::new(Contents::parse(text));
        READ.with_borrow_mut(|read| {
            if read.len() > 20 {
                read.clear();
            }
            read.insert(text.to_owned(), Rc::clone(&made));
        });
        made
    }

    fn parse(text: &str) -> Contents {
        let tables: Table = text.parse().expect("the rulebook is TOML");
        let (mut places, mut read_as, mut catalogue) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (kind, rows) in tables.iter().filter_map(|(kind, rows)| Some((kind, rows.as_array()?))) {
            let of_kind: &mut Places = places.entry(kind.clone()).or_default();
            for (nth, row) in rows.iter().enumerate() {
                let row = Row(row.as_table().expect("a row is a table"));
                if kind == "certification" {
                    let code = row.text("code").expect("a certification has a code").to_owned();
                    for other in row.texts("other_codes") {
                        read_as.entry(other.to_owned()).or_insert_with(|| code.clone());
                    }
                    catalogue.entry(code).or_insert(nth);
                } else if let Some(from) = row.date("from") {
                    for key in row.keys() {
                        of_kind.entry(key.to_owned()).or_default().push((from, nth));
                    }
                }
            }
            for rows in of_kind.values_mut() {
                rows.sort_by_key(|(from, _)| *from);
            }
        }
        Contents { sha256: hex::encode(Sha256::digest(text)), tables, places, read_as, catalogue }
    }
}

impl<'a> Row<'a> {
    /// The keys that the row is for; an empty one where its kind has none.
    fn keys(&self) -> Vec<&'a str> {
        match (self.text("key"), self.0.get("keys")) {
            (Some(own), _) => vec![own],
            (None, Some(_)) => self.texts("keys"),
            (None, None) => vec![""],
        }
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

fn date(value: &Value) -> NaiveDate {
    value.as_datetime().expect("a date").to_string().parse().expect("a date is YYYY-MM-DD")
}
