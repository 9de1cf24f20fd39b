//! `rulebook diff`: what changed from one rulebook to another.

use std::path::PathBuf;

use app::Error;
use app::ask::rulebook::diff::{self, Answer, value_text};
use app::known::Rules;
use app::text::{counted, plain};
use projection::rulebook::{Change, ChangeKind, FieldChange};
use toml::Value;

use crate::commands::Run;
use crate::console::Console;

/// Shows what changed from one rulebook to another: rows added, removed and changed, with their sources
///
/// Each of the two is a file, the name of a built-in rulebook, or `in-force`: the rules adopted by the ledger that are in
/// force today, else the newest built-in ones. Rows are told apart by their key, track and part, or by the code of the
/// certification. A row that says the same from another day
/// on is changed, not removed and added.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The earlier rules
    #[arg(value_name = "A")]
    earlier: PathBuf,
    /// The later rules
    #[arg(value_name = "B")]
    later: PathBuf,
}

impl Run for Diff {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let answer = diff::run(&mut console.session, &self.earlier, &self.later)?;
        let named = |rules: &Rules| {
            let (digest, _) = rules.book.sha256().split_at_checked(12).unwrap_or_default();
            format!("{} ({digest})", plain(&rules.name))
        };
        console.answer(&answer.to_json(), |_| {
            let Answer { before, after, changes } = &answer;
            let count = if changes.is_empty() { "the same rules".to_owned() } else { counted(changes.len(), "change") };
            let head = format!("{} -> {}: {count}", named(before), named(after));
            std::iter::once(head).chain(changes.iter().flat_map(lines)).collect()
        })
    }
}

/// The lines of a row: what became of it, then a line for each field.
fn lines(change: &Change) -> Vec<String> {
    let table = if change.table == "meta" { "[meta]".to_owned() } else { format!("[[{}]]", change.table) };
    let mut head = vec![change.kind.name().to_owned(), table];
    for (field, value) in &change.place {
        let items = value.as_array().map(|items| items.iter().map(value_text).collect::<Vec<_>>().join(", "));
        let value = items.unwrap_or_else(|| value_text(value));
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

/// Whether the head of a row says a field already: its source, and the first day of a row that only one rulebook has.
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
