//! `rulebook diff`: what changed from one rulebook to another.

use std::path::{Path, PathBuf};

use projection::rulebook::{Change, ChangeKind, FieldChange, changes};
use serde_json::json;
use toml::Value;

use crate::console::Console;
use app::Error;
use app::known::{Rules, given_rules, rules_here};
use app::text::{counted, plain};

/// The name of the rules in force.
const IN_FORCE: &str = "in-force";

/// Shows what changed from one rulebook to another: rows added, removed and changed, with their sources
///
/// Each of the two is a file, the name of a built-in rulebook, or `in-force`: the rules adopted by the ledger that are in
/// force today, else the newest built-in ones. Rows are told apart by their key, track and part, or by the code of the
/// certification. One that says the same from another day is changed, not removed and added.
#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// The earlier rules
    #[arg(value_name = "A")]
    earlier: PathBuf,
    /// The later rules
    #[arg(value_name = "B")]
    later: PathBuf,
}

impl Diff {
    pub(super) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let (earlier, later) = (rules(console, &self.earlier)?, rules(console, &self.later)?);
        let changes = changes(&earlier.book, &later.book);
        if console.is_json() {
            let named = |rules: &Rules| json!({"name": rules.name, "sha256": rules.book.sha256()});
            let changes: Vec<_> = changes.iter().map(to_json).collect();
            let answer = json!({"before": named(&earlier), "after": named(&later), "changes": changes});
            return console.line(&answer.to_string());
        }
        let named = |rules: &Rules| {
            let (digest, _) = rules.book.sha256().split_at_checked(12).unwrap_or_default();
            format!("{} ({digest})", plain(&rules.name))
        };
        let count = match changes.len() {
            0 => "the same rules".to_owned(),
            count => counted(count as u64, "change"),
        };
        console.line(&format!("{} -> {}: {count}", named(&earlier), named(&later)))?;
        changes.iter().flat_map(lines).try_for_each(|line| console.line(&line))
    }
}

fn rules(console: &mut Console<'_>, named: &Path) -> Result<Rules, Error> {
    let today = console.session.now().date();
    if named.as_os_str() == IN_FORCE {
        rules_here(&console.session, None, today)
    } else {
        given_rules(&console.session, named)
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

/// A value of a rulebook, which has no floats and no tables within lists but those that are named by number.
fn value_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(integer) => json!(integer),
        Value::Boolean(flag) => json!(flag),
        Value::Array(items) => items.iter().map(value_json).collect(),
        Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Table(_) => json!(words(value)),
    }
}

/// A text as it is, any other value as TOML.
fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A row with what became of it, then a line for each field.
fn lines(change: &Change) -> Vec<String> {
    let table = if change.table == "meta" { "[meta]".to_owned() } else { format!("[[{}]]", change.table) };
    let mut head = vec![change.kind.name().to_owned(), table];
    for (field, value) in &change.place {
        let items = value.as_array().map(|items| items.iter().map(words).collect::<Vec<_>>().join(", "));
        let value = items.unwrap_or_else(|| words(value));
        head.push(if ["key", "keys", "mechanism", "role", "code", "certification"].contains(field) {
            value
        } else {
            format!("{field} {value}")
        });
    }
    let mut head = plain(&head.join(" "));
    match &change.sources {
        [Some(before), Some(after)] if before != after => {
            head.push_str(&plain(&format!(", source {before} -> {after}")));
        }
        [Some(source), None] | [_, Some(source)] => head.push_str(&plain(&format!(", source {source}"))),
        [_, None] => {}
    }
    let fields = change.fields.iter().filter(|field| !is_in_head(change, &field.name)).map(|field| {
        let FieldChange { name, before, after } = field;
        let text = match (change.kind, before, after) {
            (ChangeKind::Changed, Some(Value::Array(before)), Some(Value::Array(after))) => listed(before, after),
            (ChangeKind::Changed, before, after) => {
                let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
                format!("{} -> {}", side(before), side(after))
            }
            (ChangeKind::Added | ChangeKind::Removed, one, other) => {
                one.as_ref().or(other.as_ref()).map_or_else(String::new, Value::to_string)
            }
        };
        format!("    {}: {}", plain(name), plain(&text))
    });
    std::iter::once(head).chain(fields).collect()
}

/// Whether the head of a row says it: its source, and the first day of a row that one rulebook has alone.
fn is_in_head(change: &Change, field: &str) -> bool {
    field == "source" || (field == "from" && change.kind != ChangeKind::Changed)
}

/// What a list gained and lost; both lists where its order alone changed.
fn listed(before: &[Value], after: &[Value]) -> String {
    let gone = before.iter().filter(|item| !after.contains(item)).map(|item| format!("-{item}"));
    let new = after.iter().filter(|item| !before.contains(item)).map(|item| format!("+{item}"));
    let items: Vec<String> = gone.chain(new).collect();
    if items.is_empty() {
        return format!("{} -> {}", Value::Array(before.to_vec()), Value::Array(after.to_vec()));
    }
    items.join(" ")
}
