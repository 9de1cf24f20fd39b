//! Fields that are lists of names. No list names anything twice, whatever the case of A-Z.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use super::{Fields, Problem};

impl Fields<'_, '_> {
    /// Reads a list of different names, each with its line, if the table has it.
    fn optional_lined_names(&mut self, field: &str, may_be_empty: bool) -> Option<Vec<(usize, String)>> {
        self.optional(field, "a list of strings", |fields, line, value| {
            let errors = fields.errors();
            let mut names: Vec<(usize, String)> = Vec::new();
            let mut known: BTreeSet<String> = BTreeSet::new();
            for item in value.as_array()? {
                let line = fields.lines.of(item.span().start);
                let field = field.to_owned();
                let problem = match item.get_ref().as_str() {
                    None => Problem::WrongItem { field, expected: "strings", found: item.get_ref().type_str() },
                    Some(name) if name.trim().is_empty() => Problem::EmptyName { field },
                    Some(name) if !known.insert(name.to_ascii_lowercase()) => {
                        Problem::RepeatedName { field, name: name.to_owned() }
                    }
                    Some(name) => {
                        names.push((line, name.to_owned()));
                        continue;
                    }
                };
                fields.inspection.add(line, problem);
            }
            if names.is_empty() && !may_be_empty && fields.are_sound_since(errors) {
                fields.inspection.add(line, Problem::EmptyList { field: field.to_owned() });
            }
            Some(names)
        })
    }

    fn lined_names(&mut self, field: &str) -> Vec<(usize, String)> {
        self.required(field, Vec::new(), |fields| fields.optional_lined_names(field, false))
    }

    /// Reads a list of names, not empty if it is there.
    pub(in crate::rulebook) fn optional_names(&mut self, field: &str) -> Option<Vec<String>> {
        self.optional_lined_names(field, false).map(without_lines)
    }

    /// Reads a list of at least one name.
    pub(in crate::rulebook) fn names(&mut self, field: &str) -> Vec<String> {
        without_lines(self.lined_names(field))
    }

    /// Reads a list of names that are left out, which must be there but may be empty.
    pub(in crate::rulebook) fn excluded(&mut self, field: &str) -> Vec<String> {
        without_lines(self.required(field, Vec::new(), |fields| fields.optional_lined_names(field, true)))
    }

    /// Reads a list of values that have names, each known; not empty if it is there.
    pub(in crate::rulebook) fn optional_known<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &[impl Borrow<str>],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (line, found) in self.optional_lined_names(field, false).unwrap_or_default() {
            match from_name(&found) {
                Some(value) => values.push(value),
                None => self.inspection.add(line, Problem::UnknownName { what, found, known: known.join(", ") }),
            }
        }
        values
    }

    /// Reads a list of at least one value that has a name.
    pub(in crate::rulebook) fn known<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &[impl Borrow<str>],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.required(field, Vec::new(), |fields| Some(fields.optional_known(field, what, known, from_name)))
    }

    /// Reads a list of names of mechanisms.
    pub(in crate::rulebook) fn associations(&mut self, field: &str) -> Vec<String> {
        let names = self.lined_names(field);
        self.inspection.associations.extend(names.iter().cloned());
        without_lines(names)
    }

    /// Reads the name of one mechanism.
    pub(in crate::rulebook) fn association(&mut self, field: &str) -> String {
        let named = (self.line_of(field), self.text(field));
        self.inspection.associations.extend(Some(named.clone()).filter(|(_, name)| !name.is_empty()));
        named.1
    }

    /// Reads the code of one certification.
    pub(in crate::rulebook) fn certification(&mut self, field: &str) -> String {
        let coded = (self.line_of(field), self.text(field));
        self.inspection.certifications.extend(Some(coded.clone()).filter(|(_, code)| !code.is_empty()));
        coded.1
    }

    /// Reads a list of codes of certifications.
    pub(in crate::rulebook) fn certifications(&mut self, field: &str) -> Vec<String> {
        let codes = self.lined_names(field);
        self.inspection.certifications.extend(codes.iter().cloned());
        without_lines(codes)
    }
}

fn without_lines(names: Vec<(usize, String)>) -> Vec<String> {
    names.into_iter().map(|(_, name)| name).collect()
}
