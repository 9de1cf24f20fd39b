//! Fields that are tables or lists of tables.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeValue;

use super::{Fields, Problem};

impl<'t> Fields<'_, 't> {
    /// Reads each table of a list of tables, if the table has it; returns whether there is nothing else.
    pub(in crate::rulebook) fn tables(
        &mut self,
        field: &str,
        place: &str,
        mut read: impl FnMut(&mut Fields<'_, 't>),
    ) -> bool {
        let Some((line, value)) = self.take(field) else { return true };
        let (field, expected) = (field.to_owned(), "a list of tables");
        let DeValue::Array(items) = value else {
            self.inspection.add(line, Problem::WrongType { field, expected, found: value.type_str() });
            return false;
        };
        let mut are_tables = true;
        for item in items {
            let line = self.lines.of(item.span().start);
            let found = item.get_ref().type_str();
            let DeValue::Table(table) = item.into_inner() else {
                self.inspection.add(line, Problem::WrongItem { field: field.clone(), expected: "tables", found });
                are_tables = false;
                continue;
            };
            let mut fields = Fields::new(table, place.to_owned(), line, self.lines, self.inspection);
            read(&mut fields);
            fields.finish();
        }
        are_tables
    }

    /// As [`Self::tables`], but a list that is there must have a table.
    pub(in crate::rulebook) fn optional_tables<T>(
        &mut self,
        field: &str,
        place: &str,
        read: impl Fn(&mut Fields<'_, 't>) -> T,
    ) -> Option<Vec<T>> {
        let (is_there, line, errors) = (self.has(field), self.line_of(field), self.errors());
        let mut values = Vec::new();
        let place = format!("{place} of {}", self.place);
        self.tables(field, &place, |fields| values.push(read(fields)));
        if is_there && values.is_empty() && self.are_sound_since(errors) {
            self.inspection.add(line, Problem::EmptyList { field: field.to_owned() });
        }
        is_there.then_some(values)
    }

    /// Reads a table of names, in the order of the text, if the table has it: each entry by a function that is given
    /// a table with this entry alone.
    pub(in crate::rulebook) fn optional_entries<T>(
        &mut self,
        field: &str,
        read: impl Fn(Fields<'_, 't>, &str) -> T,
    ) -> Option<Vec<(usize, String, T)>> {
        let (line, value) = self.take(field)?;
        let DeValue::Table(table) = value else {
            let expected = "a table";
            let problem = Problem::WrongType { field: field.to_owned(), expected, found: value.type_str() };
            self.inspection.add(line, problem);
            return Some(Vec::new());
        };
        if table.is_empty() {
            self.inspection.add(line, Problem::EmptyList { field: field.to_owned() });
        }
        let mut entries: Vec<(Spanned<_>, Spanned<_>)> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut values: Vec<(usize, String, T)> = Vec::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for (name, value) in entries {
            let line = self.lines.of(name.span().start);
            let text = name.get_ref().to_string();
            if text.trim().is_empty() {
                self.inspection.add(line, Problem::EmptyName { field: field.to_owned() });
            } else if !known.insert(text.to_ascii_lowercase()) {
                self.inspection.add(line, Problem::RepeatedName { field: field.to_owned(), name: text.clone() });
            }
            let alone = std::iter::once((name, value)).collect();
            let value = read(Fields::new(alone, self.place.clone(), line, self.lines, self.inspection), &text);
            values.push((line, text, value));
        }
        Some(values)
    }
}
