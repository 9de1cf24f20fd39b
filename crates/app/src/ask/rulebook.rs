//! The rules in force, whether a file holds rules, adopting them, and what differs between two.

pub mod adopt;
pub mod diff;

use std::collections::BTreeSet;
use std::path::Path;

use ledger::{Area, Date, Timestamp};
use projection::rulebook::{CertEnd, Certification, Rulebook, ShownRow, Source, TrackScope};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::known::{Rules, given_rules, rules_here};
use crate::session::Session;

/// The rules on a day.
pub struct RulesOn {
    /// The rules.
    pub rules: Rules,
    /// The day.
    pub day: Date,
    /// The areas whose rules are wanted.
    pub areas: Vec<Area>,
}

/// Rules that were read from a file, or are built in.
pub struct ValidRulebook(pub Rules);

/// The rules of these areas, or of all, on a day, or today: those of a file or of a name, else those in force as they were
/// known at an instant.
pub fn on_day(
    session: &mut Session<'_>,
    areas: &[Area],
    as_of: Option<Date>,
    known_at: Option<Timestamp>,
    given: Option<&Path>,
) -> Result<RulesOn, Error> {
    let day = as_of.unwrap_or_else(|| session.now().date());
    let rules = given.map_or_else(|| rules_here(session, known_at, day), |given| given_rules(session, given))?;
    let is_wanted = |area: &&Area| areas.is_empty() || areas.contains(area);
    Ok(RulesOn { rules, day, areas: Area::ALL.iter().filter(is_wanted).copied().collect() })
}

/// Checks that a file holds rules.
///
/// # Errors
/// All that is wrong with it, by line.
pub fn check(session: &Session<'_>, file: &Path) -> Result<ValidRulebook, Error> {
    given_rules(session, file).map(ValidRulebook)
}

impl RulesOn {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (book, day) = (&self.rules.book, self.day.to_string());
        let shown = self.shown();
        let rows = shown.iter().map(|shown| {
            let ShownRow { chosen, fields } = shown;
            let row = chosen.row;
            let rule = fields.iter().filter(|(name, _)| !OF_EVERY_ROW.contains(&name.as_str()));
            let rule: Map<String, Value> = rule.map(|(name, value)| (name.clone(), whole_json(value))).collect();
            json!({
                "line": row.line, "table": row.value.table.name(), "keys": row.value.keys,
                "track": row.value.track.map(TrackScope::name),
                "from": row.from.to_string(), "to": row.to.map(|to| to.to_string()),
                "from_basis": row.basis.name(), "assumed": chosen.assumed, "bounded": chosen.bounded,
                "source": shown.text("source"), "conf": shown.text("conf"),
                "note": fields.get("note").and_then(toml::Value::as_str), "rule": rule,
            })
        });
        let rows = rows.collect::<Vec<Value>>();
        let sources = self.sources(&shown).into_iter().map(source_json);
        let certifications = self.certifications(&shown).into_iter().map(|entry| {
            let end = book.cert_end(&entry.code);
            let day = |of: fn(&CertEnd) -> Option<Date>| end.and_then(of).map(|day| day.to_string());
            json!({
                "code": entry.code, "name": entry.name, "level": entry.level.name(),
                "retired": day(|end| end.retired), "not_eligible_from": day(|end| end.not_eligible_from),
                "counts_through": day(|end| end.counts_through),
            })
        });
        json!({
            "name": self.rules.name, "sha256": book.sha256(), "as_of": day, "rows": rows,
            "certifications": certifications.collect::<Vec<Value>>(), "sources": sources.collect::<Vec<Value>>(),
            "grades": grades_json(book),
        })
        .to_string()
    }

    /// The rows in force with their fields, in the order of the text.
    #[must_use]
    pub fn shown(&self) -> Vec<ShownRow<'_>> {
        self.rules.book.shown_on(self.day, &self.areas)
    }

    /// The sources of these rows that the rulebook lists, in the order of its list.
    #[must_use]
    pub fn sources(&self, shown: &[ShownRow<'_>]) -> Vec<&Source> {
        let is_named = |source: &&Source| shown.iter().any(|row| row.text("source") == source.name);
        self.rules.book.sources().sources.iter().filter(is_named).collect()
    }

    /// The certifications that these rows name, in the order of the catalogue.
    #[must_use]
    pub fn certifications(&self, shown: &[ShownRow<'_>]) -> Vec<&Certification> {
        let book = &self.rules.book;
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for fields in shown.iter().map(|row| row.fields) {
            let steps = fields.get("steps").and_then(toml::Value::as_array).into_iter().flatten();
            let lists = steps.filter_map(|step| step.get("certifications")).chain(fields.get("certifications"));
            let codes = lists.filter_map(toml::Value::as_array).flatten().filter_map(toml::Value::as_str);
            named.extend(codes.map(|code| book.code_of(code)));
        }
        book.certifications().iter().filter(|entry| named.contains(entry.code.as_str())).collect()
    }
}

/// The object for programs of all sources of a rulebook.
#[must_use]
pub fn sources_json(book: &Rulebook) -> String {
    let sources: Vec<Value> = book.sources().sources.iter().map(source_json).collect();
    json!({"name": book.name(), "sha256": book.sha256(), "sources": sources, "grades": grades_json(book)}).to_string()
}

fn source_json(source: &Source) -> Value {
    json!({"name": source.name, "title": source.title, "address": source.address})
}

fn grades_json(book: &Rulebook) -> Vec<Value> {
    let grades = book.sources().grades.iter();
    grades.map(|grade| json!({"name": grade.name, "meaning": grade.meaning})).collect()
}

/// The fields that tell a row from others, and those of its dates and its source.
const OF_EVERY_ROW: [&str; 11] =
    ["key", "keys", "track", "from", "to", "from_basis", "not_before", "not_after", "source", "conf", "note"];

/// A value of a rulebook as JSON, days as texts.
fn whole_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(integer) => json!(integer),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Float(_) | toml::Value::Datetime(_) => json!(value.to_string()),
        toml::Value::Array(items) => items.iter().map(whole_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(name, value)| (name.clone(), whole_json(value))).collect())
        }
    }
}

impl ValidRulebook {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let book = &self.0.book;
        json!({"name": book.name(), "sha256": book.sha256(), "rows": book.rows().len()}).to_string()
    }
}
