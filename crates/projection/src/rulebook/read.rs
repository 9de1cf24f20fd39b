//! Reading the tables of a rulebook.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, RulebookErrors};
use super::fields::{Fields, Findings, Lines};
use super::rows::read_row;
use super::rules::Rules;
use super::table::Table;

/// The newest format that is known; every earlier one is read for ever.
const NEWEST_FORMAT: u32 = 2;
/// The longest name, in characters: that of an event which adopts the rulebook.
const MAX_NAME: usize = 256;

/// Reads a text, and finds what is wrong with single tables.
///
/// # Errors
/// A text that is no TOML, or is of another format.
pub(super) fn read(text: &str) -> Result<(Rules, Findings), RulebookErrors> {
    let mut reader = Reader {
        lines: Lines::new(text),
        findings: Findings::default(),
        rules: Rules { format: NEWEST_FORMAT, total_max: u32::MAX, ..Rules::default() },
    };
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        let line = error.span().map_or(1, |span| reader.lines.of(span.start));
        // The first on a line is the cause, what follows there are its consequences.
        if reader.findings.errors.last().is_none_or(|last| last.line != line) {
            reader.findings.add(line, Problem::Syntax { message: error.message().to_owned() });
        }
    }
    reader.stop_at_errors()?;
    let mut document = document.into_inner();
    if let Some(meta) = document.remove("meta") {
        reader.check_format(&meta)?;
        reader.read_meta(meta);
    } else {
        reader.findings.add(1, Problem::MissingTable { table: "meta" });
    }
    for (name, value) in document {
        if let Some(table) = Table::from_name(name.get_ref()) {
            reader.read_table(table, value);
        } else {
            let line = reader.lines.of(name.span().start);
            reader.findings.add(line, Problem::UnknownTable { table: name.get_ref().to_string() });
            reader.rules.is_partial = true;
        }
    }
    let Reader { findings, mut rules, .. } = reader;
    rules.rows.sort_by_key(|row| row.line);
    Ok((rules, findings))
}

struct Reader {
    lines: Lines,
    findings: Findings,
    rules: Rules,
}

impl Reader {
    /// Goes on only if nothing has been found so far, as the rest cannot be judged otherwise.
    fn stop_at_errors(&mut self) -> Result<(), RulebookErrors> {
        RulebookErrors::new(std::mem::take(&mut self.findings.errors)).map_or(Ok(()), Err)
    }

    /// Notes the format, and refuses one of which nothing else is known.
    fn check_format(&mut self, meta: &Spanned<DeValue<'_>>) -> Result<(), RulebookErrors> {
        let format = meta.get_ref().get("format");
        let found = format.and_then(|format| Some((format.span().start, format.get_ref().as_integer()?)));
        if let Some((at, found)) = found {
            if let Some(known) = (1..=NEWEST_FORMAT).find(|known| known.to_string() == found.to_string()) {
                self.rules.format = known;
            } else {
                let problem = Problem::UnknownFormat { found: found.to_string(), newest: NEWEST_FORMAT };
                self.findings.add(self.lines.of(at), problem);
            }
        }
        self.stop_at_errors()
    }

    fn read_meta(&mut self, meta: Spanned<DeValue<'_>>) {
        let line = self.lines.of(meta.span().start);
        let found = meta.get_ref().type_str();
        let DeValue::Table(table) = meta.into_inner() else {
            let problem = Problem::WrongType { field: "meta".to_owned(), expected: "a table", found };
            return self.findings.add(line, problem);
        };
        let mut fields = Fields::new(table, "[meta]".to_owned(), line, &self.lines, &mut self.findings);
        fields.positive("format");
        let name_line = fields.line_of("name");
        self.rules.name = fields.text("name");
        if self.rules.name.chars().count() > MAX_NAME {
            fields.findings.add(name_line, Problem::LongName { most: MAX_NAME });
        }
        self.rules.program_start = fields.date("program_start");
        let errors = fields.errors();
        let total_max = fields.positive("total_max");
        if fields.are_sound_since(errors) {
            self.rules.total_max = total_max;
        }
        self.rules.latest_evidence = fields.optional_date("latest_evidence");
        fields.finish();
    }

    fn read_table(&mut self, table: Table, value: Spanned<DeValue<'_>>) {
        let line = self.lines.of(value.span().start);
        let (field, found) = (table.name().to_owned(), value.get_ref().type_str());
        let DeValue::Array(items) = value.into_inner() else {
            self.rules.is_partial = true;
            return self.findings.add(line, Problem::WrongType { field, expected: "a list of tables", found });
        };
        for item in items {
            let line = self.lines.of(item.span().start);
            let (field, found) = (field.clone(), item.get_ref().type_str());
            let DeValue::Table(item) = item.into_inner() else {
                self.rules.is_partial = true;
                self.findings.add(line, Problem::WrongItem { field, expected: "tables", found });
                continue;
            };
            let mut fields = Fields::new(item, format!("[[{table}]]"), line, &self.lines, &mut self.findings);
            read_row(table, &mut fields, &mut self.rules);
            fields.finish();
        }
    }
}
