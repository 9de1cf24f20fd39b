//! Fields that are tables or lists of tables.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeValue;

use super::{Fields, Problem, Taken};

impl<'t> Fields<'_, 't> {
    /// Reads each table of a list of tables, if the table has it.
    pub(in crate::rulebook) fn optional_tables<T>(
        &mut self,
        field: &str,
        place: &str,
        read: impl Fn(&mut Fields<'_, 't>) -> T,
    ) -> Option<Vec<T>> {
        let Taken { line, value } = self.take(field)?;
        let expected = "a list of tables";
        let DeValue::Array(items) = value else {
            let problem = Problem::WrongType { field: field.to_owned(), expected, found: value.type_str() };
            self.findings.add(line, problem);
            return Some(Vec::new());
        };
        if items.is_empty() {
            self.findings.add(line, Problem::EmptyList { field: field.to_owned() });
        }
        let mut values = Vec::new();
        for item in items {
            let line = self.lines.of(item.span().start);
            let found = item.get_ref().type_str();
            let DeValue::Table(table) = item.into_inner() else {
                let problem = Problem::WrongItem { field: field.to_owned(), expected: "tables", found };
                self.findings.add(line, problem);
                continue;
            };
            let mut fields = Fields::new(table, format!("{place} of {}", self.place), line, self.lines, self.findings);
            values.push(read(&mut fields));
            fields.finish();
        }
        Some(values)
    }

    /// Reads a table of names, in the order of the text, if the table has it: each entry by a function that is given
    /// a table with this entry alone.
    pub(in crate::rulebook) fn optional_entries<T>(
        &mut self,
        field: &str,
        read: impl Fn(Fields<'_, 't>, &str) -> T,
    ) -> Option<Vec<(usize, String, T)>> {
        let Taken { line, value } = self.take(field)?;
        let DeValue::Table(table) = value else {
            let expected = "a table";
            let problem = Problem::WrongType { field: field.to_owned(), expected, found: value.type_str() };
            self.findings.add(line, problem);
            return Some(Vec::new());
        };
        if table.is_empty() {
            self.findings.add(line, Problem::EmptyList { field: field.to_owned() });
        }
        let mut entries: Vec<(Spanned<_>, Spanned<_>)> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut values: Vec<(usize, String, T)> = Vec::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for (name, value) in entries {
            let line = self.lines.of(name.span().start);
            let text = name.get_ref().to_string();
            if text.trim().is_empty() {
                self.findings.add(line, Problem::EmptyName { field: field.to_owned() });
            } else if !known.insert(text.to_ascii_lowercase()) {
                self.findings.add(line, Problem::RepeatedName { field: field.to_owned(), name: text.clone() });
            }
            let alone = std::iter::once((name, value)).collect();
            let value = read(Fields::new(alone, self.place.clone(), line, self.lines, self.findings), &text);
            values.push((line, text, value));
        }
        Some(values)
    }
}
