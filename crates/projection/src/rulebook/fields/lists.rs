//! Fields that are lists of names. No list names anything twice, whatever the case of A-Z.

use std::collections::BTreeSet;

use super::{Fields, Problem};

impl Fields<'_, '_> {
    /// Reads a list of different names, with their lines, if the table has it.
    fn optional_lined_names(&mut self, field: &str) -> Option<Vec<(usize, String)>> {
        self.optional(field, "a list of strings", |fields, _, value| {
            let mut names: Vec<(usize, String)> = Vec::new();
            let mut known: BTreeSet<String> = BTreeSet::new();
            for item in value.as_array()? {
                let line = fields.lines.of(item.span().start);
                let field = field.to_owned();
                let Some(name) = item.get_ref().as_str() else {
                    let found = item.get_ref().type_str();
                    fields.findings.add(line, Problem::WrongItem { field, expected: "strings", found });
                    continue;
                };
                if name.trim().is_empty() {
                    fields.findings.add(line, Problem::EmptyName { field });
                } else if !known.insert(name.to_ascii_lowercase()) {
                    let problem = Problem::RepeatedName { field, name: name.to_owned() };
                    fields.findings.add(line, problem);
                } else {
                    names.push((line, name.to_owned()));
                }
            }
            Some(names)
        })
    }

    /// As [`Self::optional_lined_names`], but a list that is there has names.
    fn optional_filled_names(&mut self, field: &str) -> Option<Vec<(usize, String)>> {
        let (line, errors) = (self.line_of(field), self.errors());
        let names = self.optional_lined_names(field)?;
        if names.is_empty() && self.are_sound_since(errors) {
            self.findings.add(line, Problem::EmptyList { field: field.to_owned() });
        }
        Some(names)
    }

    fn lined_names(&mut self, field: &str) -> Vec<(usize, String)> {
        self.required(field, Vec::new(), |fields| fields.optional_filled_names(field))
    }

    /// Reads a list of names, not empty if it is there.
    pub(in crate::rulebook) fn optional_names(&mut self, field: &str) -> Option<Vec<String>> {
        Some(self.optional_filled_names(field)?.into_iter().map(|(_, name)| name).collect())
    }

    /// Reads a list of at least one name.
    pub(in crate::rulebook) fn names(&mut self, field: &str) -> Vec<String> {
        self.lined_names(field).into_iter().map(|(_, name)| name).collect()
    }

    /// Reads a list of names that are left out, which must be there but may be empty.
    pub(in crate::rulebook) fn excluded(&mut self, field: &str) -> Vec<String> {
        let names = self.required(field, Vec::new(), |fields| fields.optional_lined_names(field));
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Reads a list of values that have names, each known; not empty if it is there.
    pub(in crate::rulebook) fn optional_known<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &'static [&'static str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (line, found) in self.optional_filled_names(field).unwrap_or_default() {
            match from_name(&found) {
                Some(value) => values.push(value),
                None => self.findings.add(line, Problem::UnknownName { what, found, known }),
            }
        }
        values
    }

    /// Reads a list of at least one value that has a name.
    pub(in crate::rulebook) fn known<T>(
        &mut self,
        field: &str,
        what: &'static str,
        known: &'static [&'static str],
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.required(field, Vec::new(), |fields| Some(fields.optional_known(field, what, known, from_name)))
    }

    /// Reads a list of names of mechanisms.
    pub(in crate::rulebook) fn associations(&mut self, field: &str) -> Vec<String> {
        let names = self.lined_names(field);
        self.findings.associations.extend(names.iter().cloned());
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Reads the name of one mechanism.
    pub(in crate::rulebook) fn association(&mut self, field: &str) -> String {
        let line = self.line_of(field);
        let name = self.text(field);
        if !name.is_empty() {
            self.findings.associations.push((line, name.clone()));
        }
        name
    }

    /// Reads the code of one certification.
    pub(in crate::rulebook) fn certification(&mut self, field: &str) -> String {
        let line = self.line_of(field);
        let code = self.text(field);
        if !code.is_empty() {
            self.findings.certifications.push((line, code.clone()));
        }
        code
    }

    /// Reads a list of codes of certifications.
    pub(in crate::rulebook) fn certifications(&mut self, field: &str) -> Vec<String> {
        let codes = self.lined_names(field);
        self.findings.certifications.extend(codes.iter().cloned());
        codes.into_iter().map(|(_, code)| code).collect()
    }
}
