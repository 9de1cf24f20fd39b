//! What changed from one rulebook to another, row by row.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table as Fields, Value};

use super::Rulebook;
use super::names::named;
use super::table::Table;

/// The fields by which a row is told from those of other series, in the order in which they are named.
const PLACE: [&str; 9] = ["key", "keys", "mechanism", "role", "track", "part", "areas", "code", "certification"];
/// The fields that say when a row holds and where it was taken from, and not what holds.
const PROVENANCE: [&str; 8] = ["from", "to", "from_basis", "not_before", "not_after", "source", "conf", "note"];

/// A row that one of two rulebooks has alone, or that has other fields in the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whether the row was added, removed or changed.
    pub kind: ChangeKind,
    /// The table, without brackets; `meta` is one row.
    pub table: &'static str,
    /// The fields that name the row, with their values, `from` last; of the later rulebook where it has the row.
    pub place: Vec<(&'static str, Value)>,
    /// The source of the row in the earlier rulebook and in the later one.
    pub sources: [Option<String>; 2],
    /// The fields that differ, by name: all but those that name the row where one rulebook has it alone.
    pub fields: Vec<FieldChange>,
}

named! {
    /// What happened to a row.
    ChangeKind {
        /// The later rulebook has it alone.
        Added = "added",
        /// The earlier rulebook has it alone.
        Removed = "removed",
        /// Both have it, with different fields.
        Changed = "changed",
    }
}

/// A field that differs. One within a table is named with that: `rates.Guides`; one within a list with its number:
/// `steps.1.points`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The name.
    pub name: String,
    /// The value in the earlier rulebook.
    pub before: Option<Value>,
    /// The value in the later rulebook.
    pub after: Option<Value>,
}

/// What changed, table by table, in each by the fields that name a row, then by `from`.
///
/// Two rows of a series are the same when they are from the same day, or else when they say the same from another day.
#[must_use]
pub fn changes(earlier: &Rulebook, later: &Rulebook) -> Vec<Change> {
    let read = |book: &Rulebook| -> Fields { book.text().parse().expect("a rulebook is TOML") };
    let (earlier, later) = (read(earlier), read(later));
    let meta =
        |book: &'_ Fields| book.get("meta").and_then(Value::as_table).cloned().expect("a rulebook has the table");
    let mut changes: Vec<Change> = change("meta", Some(&meta(&earlier)), Some(&meta(&later))).into_iter().collect();
    for table in Table::NAMES {
        let (mut earlier, mut later) = (by_place(&earlier, table), by_place(&later, table));
        let places: BTreeSet<_> = earlier.keys().chain(later.keys()).cloned().collect();
        for place in places {
            let rows = |of: &mut BTreeMap<_, _>| of.remove(&place).unwrap_or_default();
            let pairs = pairs(rows(&mut earlier), rows(&mut later));
            changes.extend(pairs.into_iter().filter_map(|(before, after)| change(table, before, after)));
        }
    }
    changes
}

/// The rows of a table by the values of the fields that name them.
fn by_place<'b>(book: &'b Fields, table: &str) -> BTreeMap<Vec<Option<String>>, Vec<&'b Fields>> {
    let mut rows: BTreeMap<_, Vec<&Fields>> = BTreeMap::new();
    for row in book.get(table).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table) {
        let place = PLACE.iter().map(|field| row.get(*field).map(ToString::to_string));
        rows.entry(place.collect()).or_default().push(row);
    }
    rows
}

type RowPair<'b> = (Option<&'b Fields>, Option<&'b Fields>);

/// Pairs the rows of one series, in the order of their days.
fn pairs<'b>(earlier: Vec<&'b Fields>, mut later: Vec<&'b Fields>) -> Vec<RowPair<'b>> {
    let mut take = |is_it: &dyn Fn(&Fields) -> bool| {
        let place = later.iter().position(|row| is_it(row))?;
        Some(later.remove(place))
    };
    let (mut pairs, mut alone): (Vec<RowPair<'b>>, Vec<&Fields>) = (Vec::new(), Vec::new());
    for row in earlier {
        match take(&|other| other.get("from") == row.get("from")) {
            Some(other) => pairs.push((Some(row), Some(other))),
            None => alone.push(row),
        }
    }
    pairs.extend(alone.into_iter().map(|row| (Some(row), take(&|other| rule(other) == rule(row)))));
    pairs.extend(later.into_iter().map(|row| (None, Some(row))));
    let from =
        |(before, after): &RowPair<'_>| after.or(*before).and_then(|row| row.get("from")).map(ToString::to_string);
    pairs.sort_by_key(from);
    pairs
}

/// What a row says, without its dates and its source.
fn rule(row: &Fields) -> Vec<(&String, &Value)> {
    row.iter().filter(|(field, _)| !PROVENANCE.contains(&field.as_str())).collect()
}

fn change(table: &'static str, before: Option<&Fields>, after: Option<&Fields>) -> Option<Change> {
    let kind = match (before, after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    let flat = |row: Option<&Fields>| {
        let mut values = BTreeMap::new();
        if let Some(row) = row {
            flatten("", row, &mut values);
        }
        values
    };
    let (old, new) = (flat(before), flat(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let fields = names.into_iter().filter(|name| old.get(*name) != new.get(*name) && !PLACE.contains(&name.as_str()));
    let fields: Vec<FieldChange> = fields
        .map(|name| FieldChange { name: name.clone(), before: old.get(name).cloned(), after: new.get(name).cloned() })
        .collect();
    let row = after.or(before)?;
    let source = |row: Option<&Fields>| Some(row?.get("source")?.as_str()?.to_owned());
    let place = PLACE.iter().chain(&["from"]).filter_map(|field| Some((*field, row.get(*field)?.clone())));
    let (place, sources) = (place.collect(), [source(before), source(after)]);
    (!fields.is_empty()).then_some(Change { kind, table, place, sources, fields })
}

/// The values of a row by the names of their fields, those within tables and lists of tables too.
fn flatten(within: &str, row: &Fields, values: &mut BTreeMap<String, Value>) {
    for (name, value) in row {
        let name = format!("{within}{name}");
        let tables = value.as_array().filter(|items| items.iter().any(Value::is_table));
        match (value.as_table(), tables) {
            (Some(table), _) => flatten(&format!("{name}."), table, values),
            (None, Some(items)) => {
                for (nth, item) in (1..).zip(items.iter().filter_map(Value::as_table)) {
                    flatten(&format!("{name}.{nth}."), item, values);
                }
            }
            (None, None) => {
                values.insert(name, value.clone());
            }
        }
    }
}
