//! Reading the tables of a rulebook.

use toml::de::{DeTable, DeValue};

use super::error::{Problem, RulebookErrors};
use super::fields::{Fields, Inspection, LineStarts};
use super::rows::read_row;
use super::rules::Rules;
use super::sources::Sources;
use super::table::Table;

/// The newest format that is known; every earlier one is read for ever.
pub const NEWEST_FORMAT: u32 = 3;
/// The first format with a list of sources.
const FORMAT_OF_SOURCES: u32 = 3;
/// The longest name, in characters: that of an event which adopts the rulebook.
const MAX_NAME: usize = 256;

/// Reads a text, and finds what is wrong with single tables.
///
/// # Errors
/// A text that is no TOML, or is of another format.
pub(super) fn read(text: &str) -> Result<(Rules, Inspection), RulebookErrors> {
    let (lines, mut inspection) = (LineStarts::new(text), Inspection::default());
    let mut rules = Rules { format: NEWEST_FORMAT, total_max: u32::MAX, ..Rules::default() };
    let (document, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        let line = error.span().map_or(1, |span| lines.of(span.start));
        // The first error on a line is the cause. Further ones there are its consequences.
        if inspection.errors.last().is_none_or(|last| last.line != line) {
            inspection.add(line, Problem::Syntax { message: error.message().to_owned() });
        }
    }
    inspection.stop_at_errors()?;
    let mut document = document.into_inner();
    if let Some(meta) = document.remove("meta") {
        let line = lines.of(meta.span().start);
        check_format(meta.get_ref(), &lines, &mut inspection, &mut rules)?;
        let found = meta.get_ref().type_str();
        if let DeValue::Table(table) = meta.into_inner() {
            read_meta(Fields::new(table, "[meta]".to_owned(), line, &lines, &mut inspection), &mut rules);
        } else {
            inspection.add(line, Problem::WrongType { field: "meta".to_owned(), expected: "a table", found });
        }
    } else {
        inspection.add(1, Problem::MissingTable { table: "meta" });
    }
    let mut document = Fields::new(document, String::new(), 1, &lines, &mut inspection);
    for &table in Table::ALL {
        let place = format!("[[{table}]]");
        let are_tables = document.tables(table.name(), &place, |fields| read_row(table, fields, &mut rules));
        rules.is_partial |= !are_tables;
    }
    if rules.format >= FORMAT_OF_SOURCES {
        Sources::read(&mut document, &mut rules.sources);
    }
    rules.is_partial |= !document.refuse_rest(|table| Problem::UnknownTable { table });
    rules.rows.sort_by_key(|row| row.line);
    Ok((rules, inspection))
}

/// Reads a text that has sources and nothing else.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn read_sources(text: &str) -> Result<Sources, RulebookErrors> {
    let (lines, mut inspection) = (LineStarts::new(text), Inspection::default());
    let (document, _) = DeTable::parse_recoverable(text);
    let mut document = Fields::new(document.into_inner(), String::new(), 1, &lines, &mut inspection);
    let mut sources = Sources::default();
    Sources::read(&mut document, &mut sources);
    document.refuse_rest(|table| Problem::UnknownTable { table });
    inspection.stop_at_errors().map(|()| sources)
}

/// Notes the format, and refuses one of which nothing else is known.
fn check_format(
    meta: &DeValue<'_>,
    lines: &LineStarts,
    inspection: &mut Inspection,
    rules: &mut Rules,
) -> Result<(), RulebookErrors> {
    let format = meta.get("format");
    let found = format.and_then(|format| Some((format.span().start, format.get_ref().as_integer()?.to_string())));
    if let Some((at, found)) = found {
        match (1..=NEWEST_FORMAT).find(|known| known.to_string() == found) {
            Some(known) => rules.format = known,
            None => inspection.add(lines.of(at), Problem::UnknownFormat { found, newest: NEWEST_FORMAT }),
        }
    }
    inspection.stop_at_errors()
}

fn read_meta(mut fields: Fields<'_, '_>, rules: &mut Rules) {
    fields.positive("format");
    let name_line = fields.line_of("name");
    rules.name = fields.text("name");
    if rules.name.chars().count() > MAX_NAME {
        fields.inspection.add(name_line, Problem::LongName { most: MAX_NAME });
    }
    rules.program_start = fields.date("program_start");
    let errors = fields.errors();
    let total_max = fields.positive("total_max");
    if fields.are_sound_since(errors) {
        rules.total_max = total_max;
    }
    rules.latest_evidence = fields.optional_date("latest_evidence");
    fields.finish();
}
