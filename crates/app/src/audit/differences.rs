//! Where a stated answer is not the one that follows, field by field.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::text::plain;

/// Differences that are told; a bundle can be made to have any number.
const MOST: usize = 20;
/// The characters of a value that are told.
const SHOWN: usize = 80;
/// The fields by which the objects of a list are told apart, the first that they have.
const NAMES: [&str; 4] = ["metric", "track", "step", "customer"];

/// A field with another value than the one that follows.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    /// Where it is: names with points between.
    field: String,
    /// What is stated; none where the field is missing.
    stated: Option<Value>,
    /// What follows; none where there is no such field.
    computed: Option<Value>,
}

impl Difference {
    /// The differences of two lines of JSON, in the order of the fields of the second one; the first of many.
    pub(super) fn between(stated: &str, computed: &str) -> Vec<Self> {
        let Ok(computed) = serde_json::from_str(computed) else { return Vec::new() };
        let mut all = Vec::new();
        compare("", serde_json::from_str(stated).ok().as_ref(), Some(&computed), &mut all);
        all.truncate(MOST);
        all
    }

    /// The object for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({"field": self.field, "stated": self.stated, "computed": self.computed})
    }
}

impl Error {
    /// Adds where a stated answer is not the one that was computed: for people and for programs.
    pub(super) fn of_differences(self, stated: &str, computed: &str) -> Self {
        let differences = Difference::between(stated, computed);
        let fields = differences.iter().map(Difference::to_json).collect();
        let written = differences.is_empty().then_some("its values are those that follow, written in another way");
        self.because(&differences).because(written).with_field("differences", fields)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| {
            let text = value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
            let cut: String = text.chars().take(SHOWN).collect();
            plain(&if cut.len() < text.len() { cut + "…" } else { cut })
        };
        let field = if self.field.is_empty() { "the answer".to_owned() } else { plain(&self.field) };
        write!(f, "{field}: {} is stated, {} follows", shown(&self.stated), shown(&self.computed))
    }
}

fn compare(field: &str, stated: Option<&Value>, computed: Option<&Value>, all: &mut Vec<Difference>) {
    match (stated, computed) {
        (Some(Value::Object(stated)), Some(Value::Object(computed))) => {
            let added = stated.keys().filter(|name| !computed.contains_key(*name));
            for name in computed.keys().chain(added) {
                compare(&below(field, name), stated.get(name), computed.get(name), all);
            }
        }
        (Some(Value::Array(stated)), Some(Value::Array(computed))) => {
            for nth in 0..stated.len().max(computed.len()) {
                let (stated, computed) = (stated.get(nth), computed.get(nth));
                let name = computed.or(stated).and_then(Value::as_object).and_then(name_of);
                compare(&below(field, &name.unwrap_or_else(|| nth.to_string())), stated, computed, all);
            }
        }
        (stated, computed) if stated != computed => {
            all.push(Difference { field: field.to_owned(), stated: stated.cloned(), computed: computed.cloned() })
        }
        _ => {}
    }
}

fn below(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

/// By what an object of a list is told apart.
fn name_of(object: &Map<String, Value>) -> Option<String> {
    let value = NAMES.iter().find_map(|name| object.get(*name))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{Difference, MOST};

    fn told(stated: &str, computed: &str) -> Vec<String> {
        Difference::between(stated, computed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_field_that_differs_is_named_with_both_values() {
        let computed =
            r#"{"points":9.5,"below":["total"],"metrics":[{"metric":"usage_growth","points":9.5,"now":"1"}]}"#;
        assert!(told(computed, computed).is_empty());
        let stated = r#"{"points":12.0,"below":[],"metrics":[{"metric":"usage_growth","points":12.0}],"more":true}"#;
        assert_eq!(
            told(stated, computed),
            [
                "points: 12.0 is stated, 9.5 follows",
                "below.0: nothing is stated, \"total\" follows",
                "metrics.usage_growth.points: 12.0 is stated, 9.5 follows",
                "metrics.usage_growth.now: nothing is stated, \"1\" follows",
                "more: true is stated, nothing follows",
            ]
        );
        assert_eq!(told("no JSON", "1"), ["the answer: nothing is stated, 1 follows"]);
    }

    #[test]
    fn a_hostile_answer_fills_no_screen() {
        let many: Vec<String> = (0..999).map(|nth| format!("\"\\u001b[{nth}\":1")).collect();
        let told = told(&format!("{{{},\"a\":\"{}\"}}", many.join(","), "x".repeat(9_999)), "{\"a\":\"y\"}");
        assert_eq!(told.len(), MOST);
        assert!(told.iter().all(|line| line.len() < 200 && !line.contains('\u{1b}')), "{told:?}");
    }
}
