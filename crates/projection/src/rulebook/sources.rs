//! Where the rules were taken from: what the signs in `source` and `conf` stand for.

use super::error::Problem;
use super::fields::Fields;

/// What the signs of a rulebook's rows stand for. A row may also say its source in words of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The sources.
    pub sources: Vec<Source>,
    /// The grades in which they are trusted.
    pub grades: Vec<Grade>,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The sign in `source`, compared exactly.
    pub name: String,
    /// What it is, and of when.
    pub title: String,
    /// Where it can be read, if that is public.
    pub address: Option<String>,
}

/// How far a source is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// The sign in `conf`, compared exactly.
    pub name: String,
    /// What it means.
    pub meaning: String,
}

impl Sources {
    /// The source with a sign.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The grade with a sign.
    #[must_use]
    pub fn grade(&self, name: &str) -> Option<&Grade> {
        self.grades.iter().find(|grade| grade.name == name)
    }

    /// Reads `[[source]]` and `[[grade]]`.
    pub(super) fn read(document: &mut Fields<'_, '_>, into: &mut Self) {
        let Self { sources, grades } = into;
        let mut known = Vec::new();
        document.tables("source", "[[source]]", |fields| {
            let name = name_of(fields, &mut known);
            let (title, address) = (fields.text("title"), fields.optional_text("address"));
            sources.push(Source { name, title, address });
        });
        known.clear();
        document.tables("grade", "[[grade]]", |fields| {
            let (name, meaning) = (name_of(fields, &mut known), fields.text("meaning"));
            grades.push(Grade { name, meaning });
        });
    }
}

/// The sign of a row, which no other row of its table has.
fn name_of(fields: &mut Fields<'_, '_>, known: &mut Vec<String>) -> String {
    let line = fields.line_of("name");
    let name = fields.text("name");
    if known.contains(&name) {
        fields.inspection.add(line, Problem::RepeatedName { field: "name".to_owned(), name: name.clone() });
    }
    known.push(name.clone());
    name
}
