//! What changed from one rulebook to another.

use std::path::Path;

use projection::rulebook::{Change, FieldChange, changes};
use serde_json::json;
use toml::Value;

use crate::error::Error;
use crate::known::{Rules, given_rules, rules_here};
use crate::session::Session;

/// The name of the rules in force.
const IN_FORCE: &str = "in-force";

/// Two rulebooks, and what lies between them.
pub struct Answer {
    /// The earlier rules.
    pub before: Rules,
    /// The later rules.
    pub after: Rules,
    /// What changed.
    pub changes: Vec<Change>,
}

/// Compares two rulebooks. Each is a file, the name of built-in rules, or `in-force`.
pub fn run(session: &mut Session<'_>, earlier: &Path, later: &Path) -> Result<Answer, Error> {
    let today = session.now().date();
    let rules = |named: &Path| {
        if named.as_os_str() == IN_FORCE { rules_here(session, None, today) } else { given_rules(session, named) }
    };
    let (before, after) = (rules(earlier)?, rules(later)?);
    let changes = changes(&before.book, &after.book);
    Ok(Answer { before, after, changes })
}

impl Answer {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let named = |rules: &Rules| json!({"name": rules.name, "sha256": rules.book.sha256()});
        let changes: Vec<_> = self.changes.iter().map(to_json).collect();
        json!({"before": named(&self.before), "after": named(&self.after), "changes": changes}).to_string()
    }
}

fn to_json(change: &Change) -> serde_json::Value {
    let place = change.place.iter().map(|(field, value)| ((*field).to_owned(), value_json(value)));
    let [before, after] = &change.sources;
    let fields = change.fields.iter().map(|FieldChange { name, before, after }| {
        json!({"field": name, "before": before.as_ref().map(value_json), "after": after.as_ref().map(value_json)})
    });
    json!({
        "change": change.kind.name(), "table": change.table,
        "row": place.collect::<serde_json::Map<_, _>>(), "source": {"before": before, "after": after},
        "fields": fields.collect::<Vec<_>>(),
    })
}

/// A value of a rulebook as JSON. A rulebook has no floats, and what is a table in a list is compared field by field.
fn value_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(integer) => json!(integer),
        Value::Boolean(flag) => json!(flag),
        Value::Array(items) => items.iter().map(value_json).collect(),
        Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Table(_) => json!(value_text(value)),
    }
}

/// A text as it is, any other value as TOML.
#[must_use]
pub fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
