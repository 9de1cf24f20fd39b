//! Reading the fields of one table.
//!
//! A field that is missing or wrong is noted, and a placeholder stands in for it, so that one pass finds everything.
//! No placeholder gets out: a rulebook with errors is refused as a whole.

mod lists;
mod numbers;
mod tables;
mod written;

use std::borrow::Borrow;

use ledger::{Date, parse_date};
use toml::de::{DeTable, DeValue};

use super::bounds::Bounds;
use super::error::{Problem, RulebookError, RulebookErrors};
pub(in crate::rulebook) use numbers::AmountForm;
use written::written;

/// What reading has found: errors, and names that must exist elsewhere.
#[derive(Default)]
pub(in crate::rulebook) struct Inspection {
    pub(in crate::rulebook) errors: Vec<RulebookError>,
    /// Names in association lists, with their lines.
    pub(in crate::rulebook) associations: Vec<(usize, String)>,
    /// Codes in lists of certifications, with their lines.
    pub(in crate::rulebook) certifications: Vec<(usize, String)>,
}

impl Inspection {
    pub(in crate::rulebook) fn add(&mut self, line: usize, problem: Problem) {
        self.errors.push(RulebookError { line, problem });
    }

    /// Goes on only if nothing has been found so far, as the rest cannot be judged otherwise.
    pub(in crate::rulebook) fn stop_at_errors(&mut self) -> Result<(), RulebookErrors> {
        RulebookErrors::new(std::mem::take(&mut self.errors)).map_or(Ok(()), Err)
    }
}

/// Where the lines of a text begin.
pub(in crate::rulebook) struct LineStarts(Vec<usize>);

impl LineStarts {
    pub(in crate::rulebook) fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1).collect())
    }

    /// The line of a byte, from 1.
    pub(in crate::rulebook) fn of(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|&start| start <= byte)
    }
}

/// The fields of one table that have not been read yet.
pub(in crate::rulebook) struct Fields<'f, 't> {
    table: DeTable<'t>,
    /// The table, with its key once that is known.
    pub(in crate::rulebook) place: String,
    /// The line on which the table begins.
    pub(in crate::rulebook) line: usize,
    lines: &'f LineStarts,
    pub(in crate::rulebook) inspection: &'f mut Inspection,
}

impl<'f, 't> Fields<'f, 't> {
    pub(in crate::rulebook) fn new(
        table: DeTable<'t>,
        place: String,
        line: usize,
        lines: &'f LineStarts,
        inspection: &'f mut Inspection,
    ) -> Self {
        Self { table, place, line, lines, inspection }
    }

    /// Refuses the fields that nobody has asked for.
    pub(in crate::rulebook) fn finish(self) {
        let place = self.place.clone();
        self.refuse_rest(|field| Problem::UnknownField { place: place.clone(), field });
    }

    /// Refuses what nobody has asked for; returns whether there is none.
    pub(in crate::rulebook) fn refuse_rest(self, problem: impl Fn(String) -> Problem) -> bool {
        for (name, _) in &self.table {
            self.inspection.add(self.lines.of(name.span().start), problem(name.get_ref().to_string()));
        }
        self.table.is_empty()
    }

    /// The fields as they are written, in the order of the text, without those named.
    pub(in crate::rulebook) fn written(&self, without: &[&str]) -> Vec<(String, String)> {
        let mut fields: Vec<_> = self.table.iter().collect();
        fields.sort_by_key(|(name, _)| name.span().start);
        let named = fields.into_iter().map(|(name, value)| (name.get_ref().to_string(), written(value.get_ref())));
        named.filter(|(name, _)| !without.contains(&name.as_str())).collect()
    }

    /// Leaves fields unread whose meaning is not known after an error.
    pub(in crate::rulebook) fn pass_over(&mut self, fields: &[&str]) {
        for field in fields {
            self.table.remove(*field);
        }
    }

    /// Leaves all fields that are not read yet unread.
    pub(in crate::rulebook) fn pass_over_all(&mut self) {
        self.table.clear();
    }

    /// Whether the table has the field.
    pub(in crate::rulebook) fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    /// The line of a field that has not been read yet, or else of the table.
    pub(in crate::rulebook) fn line_of(&self, field: &str) -> usize {
        self.table.get(field).map_or(self.line, |value| self.lines.of(value.span().start))
    }

    /// Whether nothing has been found since there were so many errors.
    pub(in crate::rulebook) fn are_sound_since(&self, errors: usize) -> bool {
        self.inspection.errors.len() == errors
    }

    /// How many errors there are.
    pub(in crate::rulebook) fn errors(&self) -> usize {
        self.inspection.errors.len()
    }

    /// Notes a problem of the table as a whole.
    pub(in crate::rulebook) fn refuse(&mut self, problem: Problem) {
        self.inspection.add(self.line, problem);
    }

    /// Takes a field out of the table, with its line.
    fn take(&mut self, field: &str) -> Option<(usize, DeValue<'t>)> {
        let value = self.table.remove(field)?;
        Some((self.lines.of(value.span().start), value.into_inner()))
    }

    /// Reads a field, if the table has it, by a function that knows its type.
    fn optional<T>(
        &mut self,
        field: &str,
        expected: &'static str,
        read: impl FnOnce(&mut Self, usize, &DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let (line, value) = self.take(field)?;
        let errors = self.errors();
        let result = read(self, line, &value);
        if result.is_none() && self.are_sound_since(errors) {
            let problem = Problem::WrongType { field: field.to_owned(), expected, found: value.type_str() };
            self.inspection.add(line, problem);
        }
        result
    }

    /// Reads a field that must be there by the function that reads it where it is optional.
    fn required<T>(&mut self, field: &str, placeholder: T, read: impl FnOnce(&mut Self) -> Option<T>) -> T {
        if !self.has(field) {
            self.refuse(Problem::MissingField { place: self.place.clone(), field: field.to_owned() });
        }
        read(self).unwrap_or(placeholder)
    }

    pub(in crate::rulebook) fn optional_text(&mut self, field: &str) -> Option<String> {
        self.optional(field, "a string", |fields, line, value| {
            let text = value.as_str()?;
            if text.trim().is_empty() {
                fields.inspection.add(line, Problem::EmptyText { field: field.to_owned() });
            }
            Some(text.to_owned())
        })
    }

    pub(in crate::rulebook) fn text(&mut self, field: &str) -> String {
        self.required(field, String::new(), |fields| fields.optional_text(field))
    }

    /// Reads one of a set of names; nothing if it is missing (which is noted) or unknown.
    pub(in crate::rulebook) fn name<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &[impl Borrow<str>],
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.required(field, None, |fields| Some(fields.optional_name(field, what, known, from_name)))
    }

    pub(in crate::rulebook) fn optional_name<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &[impl Borrow<str>],
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.optional(field, "a string", |fields, line, value| {
            let found = value.as_str()?;
            let named = from_name(found);
            if named.is_none() {
                fields
                    .inspection
                    .add(line, Problem::UnknownName { what, found: found.to_owned(), known: known.join(", ") });
            }
            named
        })
    }

    /// Reads one of a set of names as it stands; nothing if it is missing (which is noted) or unknown.
    pub(in crate::rulebook) fn one_of(
        &mut self,
        field: &str,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Option<&'static str> {
        self.name(field, what, known, |name| known.iter().copied().find(|known| *known == name))
    }

    pub(in crate::rulebook) fn optional_flag(&mut self, field: &str) -> Option<bool> {
        self.optional(field, "true or false", |_, _, value| value.as_bool())
    }

    pub(in crate::rulebook) fn flag(&mut self, field: &str) -> bool {
        self.required(field, false, |fields| fields.optional_flag(field))
    }

    pub(in crate::rulebook) fn optional_date(&mut self, field: &str) -> Option<Date> {
        self.optional(field, "a date (2025-03-31)", |_, _, value| {
            let datetime = value.as_datetime()?;
            let date = datetime.date.filter(|_| datetime.time.is_none() && datetime.offset.is_none())?;
            parse_date(&date.to_string()).ok()
        })
    }

    pub(in crate::rulebook) fn date(&mut self, field: &str) -> Date {
        self.required(field, Date::default(), |fields| fields.optional_date(field))
    }
}
