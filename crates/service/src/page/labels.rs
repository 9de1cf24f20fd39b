//! Customers, partners and entries as a view shows them: by their names where the ledger has some, with the way to each.

use app::Session;
use app::names::Names;
use app::words;
use ledger::{CustomerId, PartnerId};
use maud::{Markup, Render, html};
use num_bigint::BigInt;
use num_rational::BigRational;
use projection::points::{shown, shown_up};
use projection::rulebook::{Metric, Track};
use serde_json::Value;

use super::Visit;
use crate::token::Scope;

/// The digits of a customer's id that stand behind its name.
const DIGITS: usize = 8;
/// Entries that are named in a place.
const ENTRIES: usize = 6;

/// The names that stand beside the ledger, and where entries are, if whoever looks may see them.
pub(crate) struct Labels {
    names: Names,
    entries: Option<String>,
}

/// A fraction of an answer.
pub(super) fn exact(fraction: &Value) -> Option<BigRational> {
    let (numer, denom) = fraction.as_str()?.split_once('/')?;
    let (numer, denom): (BigInt, BigInt) = (numer.parse().ok()?, denom.parse().ok()?);
    (denom != BigInt::ZERO).then(|| BigRational::new(numer, denom))
}

/// Points that an answer tells as a fraction, as they are shown; nothing for what is none.
pub(crate) fn points(fraction: &Value) -> String {
    exact(fraction).map_or_else(String::new, |points| shown(&points))
}

/// A change of points, with its sign.
pub(super) fn change(fraction: &Value) -> String {
    let text = points(fraction);
    if text.starts_with('-') || text == "0.0" { text } else { format!("+{text}") }
}

/// What points lack of a whole number of them, rounded up; nothing where they lack none.
fn missing(fraction: &Value, whole: u64) -> Option<String> {
    let missing = BigRational::from_integer(whole.into()) - exact(fraction)?;
    (missing > BigRational::from_integer(BigInt::ZERO)).then(|| shown_up(&missing))
}

/// A sentence with a capital letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// A metric's title.
pub(super) fn title(metric: &str) -> &str {
    Metric::from_name(metric).map_or(metric, |metric| metric.title())
}

/// The metrics of a score that are at 0, in words; every metric needs more.
pub(super) fn at_zero(score: &Value) -> Option<String> {
    let names = items(&score["below"]).iter().filter_map(Value::as_str).filter(|name| *name != "total");
    let titles = names.map(title).collect::<Vec<_>>().join(", ");
    (!titles.is_empty()).then(|| format!("no points in {titles}"))
}

/// Whether a score qualifies, and what is missing.
pub(super) fn verdict(score: &Value, needed: u64) -> String {
    if score["qualified"] == true {
        return "it qualifies".to_owned();
    }
    let missing = missing(&score["points_exact"], needed);
    let missing = missing.map(|missing| format!("{missing} points are missing to {needed}"));
    let at_zero = at_zero(score).map(|at_zero| format!("{at_zero}, and every metric needs some"));
    missing.into_iter().chain(at_zero).collect::<Vec<_>>().join("; ")
}

/// A track's name.
pub(super) fn track(name: &Value) -> &'static str {
    name.as_str().and_then(Track::from_name).map_or("", words::track)
}

/// A value without the marks of a text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A table with the heads of its columns, which scrolls by itself where there is no room for it.
pub(super) fn table(label: &str, caption: impl Render, heads: &[&str], body: &Markup) -> Markup {
    wide(
        label,
        &html! {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                (body)
            }
        },
    )
}

/// What scrolls by itself where there is no room for it.
pub(super) fn wide(label: &str, table: &Markup) -> Markup {
    html! { div.wide tabindex="0" role="group" aria-label=(label) { (table) } }
}

/// The items of a list; none where there is no list.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Labels {
    pub(crate) fn of(session: &Session<'_>, visit: &Visit) -> Self {
        let entries = visit.access.covers(Scope::Audit).then(|| visit.at("/entries"));
        let mut names = Names::of(session);
        if !visit.access.partners.is_empty() {
            // A report of another partner may have told the name of a customer.
            names.customers.clear();
        }
        Self { names, entries }
    }

    /// A partner by its name. A name may be written in any direction, and changes nothing around it.
    pub(crate) fn partner(&self, partner: &PartnerId) -> Markup {
        let name = self.names.partners.get(partner);
        html! {
            @if let Some(name) = name { bdi { (name) } " " span.id { (partner) } } @else { (partner) }
        }
    }

    /// A partner by its name in a title, where there is no markup: signs around a name keep its direction to itself.
    pub(super) fn title(&self, partner: &PartnerId) -> String {
        match self.names.partners.get(partner) {
            Some(name) if name.is_ascii() => format!("{name} ({partner})"),
            Some(name) => format!("\u{2068}{name}\u{2069} ({partner})"),
            None => partner.to_string(),
        }
    }

    /// Whether a partner's id or name contains a text, in whatever letters.
    pub(super) fn matches(&self, partner: &PartnerId, folded: &str) -> bool {
        let name = self.names.partners.get(partner).map(String::as_str).unwrap_or_default();
        [partner.as_str(), name].iter().any(|text| text.to_lowercase().contains(folded))
    }

    /// A customer by its name.
    fn customer(&self, customer: CustomerId) -> Markup {
        let name = self.names.customers.get(&customer).and_then(|name| name.shown());
        let id = customer.to_string();
        let beginning = id.get(..DIGITS).unwrap_or(&id);
        html! {
            @if let Some(name) = name { bdi { (name) } " " span.id title=(id) { (beginning) } } @else { span.id { (id) } }
        }
    }

    /// Whoever an answer is about: a customer by its name, else a person or whatever has an id.
    pub(crate) fn subject(&self, value: &Value) -> Markup {
        let customer = value["customer"].as_str().and_then(ledger::parse_uuid).map(CustomerId);
        html! {
            @if let Some(customer) = customer { (self.customer(customer)) }
            @else if let Some(person) = value["person"].as_str() { bdi.id { (person) } }
            @for field in ["product", "certification"] {
                @if let Some(text) = value[field].as_str() { " " bdi { (text) } }
            }
        }
    }

    /// Entries by their seqs, as many as one looks at.
    pub(super) fn entries(&self, value: &Value) -> Markup {
        let seqs = ["seqs", "entries", "without_effect"].iter().flat_map(|field| items(&value[*field]));
        let seqs: Vec<u64> = seqs.filter_map(Value::as_u64).collect();
        html! {
            @for seq in seqs.iter().take(ENTRIES) { (self.entry(*seq)) " " }
            @if seqs.len() > ENTRIES {
                details.rest {
                    summary { "and " (seqs.len() - ENTRIES) " more" }
                    @for seq in seqs.iter().skip(ENTRIES) { (self.entry(*seq)) " " }
                }
            }
        }
    }

    /// An entry by its seq.
    pub(super) fn entry(&self, seq: u64) -> Markup {
        html! { @if let Some(entries) = &self.entries { a href={ (entries) "/" (seq) } { (seq) } } @else { span.id { (seq) } } }
    }
}

#[cfg(test)]
mod tests {
    use app::names::Names;
    use ledger::PartnerId;
    use serde_json::json;

    use super::{Labels, change, missing, points, verdict};

    #[test]
    fn a_title_names_a_partner_and_keeps_the_direction_of_a_name_to_itself() {
        let partner = |id: &str| PartnerId::new(id).unwrap();
        let names = [("1", "Contoso"), ("2", "\u{5e9}\u{5dc}")].map(|(id, name)| (partner(id), name.to_owned()));
        let labels = Labels { names: Names { partners: names.into(), ..Names::default() }, entries: None };
        for (id, title) in [("1", "Contoso (1)"), ("2", "\u{2068}\u{5e9}\u{5dc}\u{2069} (2)"), ("3", "3")] {
            assert_eq!(labels.title(&partner(id)), title);
        }
    }

    #[test]
    fn what_is_missing_is_points_and_metrics_that_have_none() {
        for (score, said) in [
            (json!({"qualified": true}), "it qualifies"),
            (json!({"points_exact": "60/1", "below": ["total"]}), "10.0 points are missing to 70"),
            (
                json!({"points_exact": "75/1", "below": ["deployments", "usage_growth"]}),
                "no points in Deployments, Usage growth, and every metric needs some",
            ),
        ] {
            assert_eq!(verdict(&score, 70), said);
        }
    }

    #[test]
    fn fractions_are_shown_with_the_decimals_of_the_answers() {
        assert_eq!(points(&json!("128759144/2053073")), "62.72");
        assert_eq!(
            [change(&json!("-10/1")), change(&json!("29/25")), change(&json!("0/1"))],
            ["-10.0", "+1.16", "0.0"]
        );
        assert_eq!(missing(&json!("128759144/2053073"), 70).as_deref(), Some("7.29"));
        assert_eq!(missing(&json!("70/1"), 70), None);
        assert_eq!([points(&json!("1/0")), points(&json!(1)), points(&json!("x/y"))], ["", "", ""]);
    }
}
