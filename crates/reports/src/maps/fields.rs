//! Reads the fields of one entry. What is wrong is noted, so that one pass finds everything.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::Text;
use super::error::{MapError, MapProblem};
use super::folded::FoldedText;

/// The file that is read, and what is wrong with it.
pub(super) struct MapText<'f> {
    pub(super) file: &'f str,
    /// Where the lines after the first begin.
    starts: Vec<usize>,
    pub(super) errors: Vec<MapError>,
}

impl<'f> MapText<'f> {
    pub(super) fn new(file: &'f str, text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1).collect();
        Self { file, starts, errors: Vec::new() }
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, byte: usize) -> usize {
        1 + self.starts.partition_point(|&start| start <= byte)
    }

    pub(super) fn refuse(&mut self, line: usize, problem: MapProblem) {
        self.errors.push(MapError { file: self.file.to_owned(), line, problem });
    }

    /// Refuses a text of a field; `what` says what it must be.
    pub(super) fn refuse_text(&mut self, field: &'static str, text: &Text, what: &str) {
        let (found, what) = (text.text.clone(), what.to_owned());
        self.refuse(text.line, MapProblem::BadText { field, found, what });
    }
}

/// The fields of one entry that have not been read yet.
pub(super) struct Fields<'r, 'f, 't> {
    table: DeTable<'t>,
    name: &'static str,
    pub(super) line: usize,
    /// The fields that were asked for.
    asked: Vec<&'static str>,
    pub(super) reading: &'r mut MapText<'f>,
}

impl<'r, 'f, 't> Fields<'r, 'f, 't> {
    pub(super) fn new(table: DeTable<'t>, name: &'static str, line: usize, reading: &'r mut MapText<'f>) -> Self {
        Self { table, name, line, asked: Vec::new(), reading }
    }

    /// Refuses the fields that nobody has asked for.
    pub(super) fn finish(self) {
        for (name, _) in &self.table {
            let (table, field, allowed) = (self.name, name.get_ref().to_string(), self.asked.clone());
            let line = self.reading.line(name.span().start);
            self.reading.refuse(line, MapProblem::UnknownField { table, field, allowed });
        }
    }

    /// Refuses the entry for want of a field.
    pub(super) fn lacks(&mut self, field: &'static str) {
        self.reading.refuse(self.line, MapProblem::MissingField { table: self.name, field });
    }

    /// Whether the entry has a field that is not read yet.
    pub(super) fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    fn take(&mut self, field: &'static str) -> Option<(usize, Spanned<DeValue<'t>>)> {
        self.asked.push(field);
        let value = self.table.remove(field)?;
        Some((self.reading.line(value.span().start), value))
    }

    fn wrong_type(&mut self, line: usize, field: &'static str, expected: &'static str, value: &DeValue<'_>) {
        self.reading.refuse(line, MapProblem::WrongType { field, expected, found: value.type_str() });
    }

    /// A text that may be missing.
    pub(super) fn optional(&mut self, field: &'static str) -> Option<Text> {
        let (line, value) = self.take(field)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(line, field, "a string", value.get_ref());
            return None;
        };
        if text.trim().is_empty() {
            self.reading.refuse_text(field, &Text { text: text.to_owned(), line }, "it must not be blank");
            return None;
        }
        Some(Text { text: text.trim().to_owned(), line })
    }

    /// A text that must be there.
    pub(super) fn needed(&mut self, field: &'static str) -> Option<Text> {
        self.is_there(field).then(|| self.optional(field))?
    }

    /// Whether the entry has a field, for want of which it is refused.
    fn is_there(&mut self, field: &'static str) -> bool {
        let is_there = self.has(field);
        if !is_there {
            self.asked.push(field);
            self.lacks(field);
        }
        is_there
    }

    /// A text as a value of its own kind.
    pub(super) fn parsed<T, E: ToString>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.needed(field)?;
        read(&text.text).map_err(|error| self.reading.refuse_text(field, &text, &error.to_string())).ok()
    }

    /// One of several names, which may be missing.
    pub(super) fn one_of<T>(
        &mut self,
        field: &'static str,
        allowed: &[&'static str],
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.optional(field)?;
        let value = from_name(&text.text);
        if value.is_none() {
            let problem = MapProblem::UnknownValue { field, found: text.text, allowed: allowed.to_vec() };
            self.reading.refuse(text.line, problem);
        }
        value
    }

    /// One of several names, which must be there.
    pub(super) fn needed_one_of<T>(
        &mut self,
        field: &'static str,
        allowed: &[&'static str],
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.is_there(field).then(|| self.one_of(field, allowed, from_name))?
    }

    /// True or false, which may be missing.
    pub(super) fn flag(&mut self, field: &'static str) -> Option<bool> {
        let (line, value) = self.take(field)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(line, field, "true or false", value.get_ref());
        }
        flag
    }

    /// One text or a list of them, which may be missing.
    pub(super) fn list(&mut self, field: &'static str) -> Vec<Text> {
        let Some((line, value)) = self.take(field) else { return Vec::new() };
        let items = match value.get_ref().as_array() {
            Some(items) => items.iter().map(|item| (self.reading.line(item.span().start), item.get_ref())).collect(),
            None => vec![(line, value.get_ref())],
        };
        let mut texts = Vec::new();
        for (line, item) in items {
            match item.as_str() {
                Some(text) => texts.push(Text { text: text.trim().to_owned(), line }),
                None => self.wrong_type(line, field, "a list of strings", item),
            }
        }
        texts
    }

    /// Texts that are looked up: at least one, each with something to compare.
    pub(super) fn texts(&mut self, field: &'static str) -> Vec<Text> {
        let errors = self.reading.errors.len();
        let texts = self.list(field);
        if texts.is_empty() && self.reading.errors.len() == errors {
            self.lacks(field);
        }
        for text in texts.iter().filter(|text| FoldedText::of(&text.text).is_empty()) {
            self.reading.refuse(text.line, MapProblem::EmptyText { text: text.text.clone() });
        }
        texts
    }
}
