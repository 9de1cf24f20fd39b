//! The rows in force as the text has them, for those who want to read the rules.

use std::collections::BTreeMap;

use ledger::{Area, Date};
use toml::Table as Fields;

use super::names::Family;
use super::row::Choice;
use super::table::{RuleRow, Table};
use super::{Rulebook, Sources, builtin};

/// A row in force with all of its fields.
#[derive(Debug)]
pub struct ShownRow<'a> {
    /// The row.
    pub chosen: Choice<'a, RuleRow>,
    /// Its fields as the text has them, those of its dates and its source too.
    pub fields: &'a Fields,
}

impl Rulebook {
    /// The rows in force on a day with their fields, in the order of the text: those of these areas, and those that hold
    /// for the whole programme.
    #[must_use]
    pub fn shown_on(&self, day: Date, areas: &[Area]) -> Vec<ShownRow<'_>> {
        let fields = self.fields.get_or_init(|| self.read_fields());
        let shown = self.rows_on(day).into_iter().filter_map(|chosen| {
            let fields = fields.get(&chosen.row.line)?;
            areas.iter().any(|area| chosen.row.value.is_of(*area)).then_some(ShownRow { chosen, fields })
        });
        shown.collect()
    }

    /// The fields of each row by its line.
    fn read_fields(&self) -> BTreeMap<usize, Fields> {
        let document: Fields = self.text().parse().expect("a rulebook is TOML");
        let mut tables: BTreeMap<Table, _> = BTreeMap::new();
        let fields = self.rows().iter().filter_map(|row| {
            let table = row.value.table;
            let of_table = || document.get(table.name()).and_then(toml::Value::as_array).into_iter().flatten();
            Some((row.line, tables.entry(table).or_insert_with(of_table).next()?.as_table()?.clone()))
        });
        fields.collect()
    }

    /// What the signs of the rows stand for. The list of the built-in rulebooks stands beside their texts, which never
    /// change.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        if self.is_builtin() { builtin::sources() } else { &self.rules.sources }
    }
}

impl RuleRow {
    /// Whether the row is read for an area.
    #[must_use]
    pub fn is_of(&self, area: Area) -> bool {
        let is_of = |key: &String| {
            let place = key.split('.').next().unwrap_or(key);
            place == area.name() || place == Family::of(area).name()
        };
        if self.table == Table::Mechanism {
            return self.areas.is_empty() || self.areas.contains(&area);
        }
        self.keys.is_empty() || self.keys.iter().any(is_of)
    }
}

impl ShownRow<'_> {
    /// The text of a field; empty where the row has none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(toml::Value::as_str).unwrap_or_default()
    }
}
