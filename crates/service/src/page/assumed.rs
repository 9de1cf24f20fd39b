//! What somebody assumes to be added: a parameter of amounts, `net_customer_adds.customers:2,usage_growth.usd:12000`, in the
//! quantities that advice has, and the form that makes it.

use ledger::Amount;
use maud::{Markup, html};
use projection::{Change, Quantity};

use super::Visit;
use super::labels::title;
use crate::parameters::{decoded, encoded};

/// What a field of the form begins with that has an amount.
const FIELD: &str = "assume.";
/// The most customers, people, deployments or users that are assumed at once.
const MOST: i128 = 1_000;
/// The most money that is assumed at once.
const MOST_MONEY: i128 = 10_000_000;

/// What is assumed, as it stands in the address.
#[derive(Default)]
pub(super) struct Assumed {
    pub(super) changes: Vec<Change>,
    /// The amounts as they were written, with the names of their quantities.
    written: Vec<(String, String)>,
    /// What cannot be assumed, and why.
    pub(super) wrong: Vec<(String, String)>,
}

/// The parameters of an address in which a form has named amounts, with all of them in one parameter. None where there are
/// none.
pub(super) fn gathered(query: &str) -> Option<String> {
    let is_field = |pair: &&str| pair.starts_with(FIELD);
    if !query.split('&').any(|pair| is_field(&pair)) {
        return None;
    }
    let amount = |pair: &str| {
        let (name, amount) = pair.strip_prefix(FIELD)?.split_once('=')?;
        let (name, amount) = (decoded(name)?, decoded(amount)?);
        (amount.trim() != "0").then(|| format!("{name}:{}", amount.trim()))
    };
    let amounts: Vec<String> = query.split('&').filter_map(amount).collect();
    let others = query.split('&').filter(|pair| !is_field(pair) && !pair.starts_with("assume="));
    let assumed = (!amounts.is_empty()).then(|| format!("assume={}", encoded(&amounts.join(","))));
    Some(others.map(str::to_owned).chain(assumed).collect::<Vec<_>>().join("&"))
}

impl Assumed {
    /// Reads the amounts of some of the quantities of an area.
    pub(super) fn read(text: Option<&str>, quantities: &[Quantity]) -> Self {
        let mut assumed = Self::default();
        for part in text.unwrap_or_default().split(',').filter(|part| !part.is_empty()) {
            let (name, amount) = part.split_once(':').unwrap_or((part, ""));
            match change(name, amount, quantities) {
                Ok(change) if assumed.changes.iter().any(|known| known.quantity == change.quantity) => {
                    assumed.wrong.push((name.to_owned(), "it stands there twice".to_owned()));
                }
                Ok(change) => assumed.changes.push(change),
                Err(why) => assumed.wrong.push((name.to_owned(), why)),
            }
            assumed.written.push((name.to_owned(), amount.to_owned()));
        }
        assumed
    }

    /// What is assumed in words.
    pub(super) fn said(&self) -> String {
        let changes =
            self.changes.iter().map(|change| format!("{} +{}", said(&change.quantity.to_string()), change.amount()));
        changes.collect::<Vec<_>>().join(", ")
    }

    /// A field for each quantity.
    pub(super) fn form(&self, visit: &Visit, (quantities, until): (&[Quantity], &str)) -> Markup {
        let written = |name: &str| self.written.iter().find(|(own, _)| own == name).map(|(_, amount)| amount.as_str());
        let is_wrong = |name: &str| self.wrong.iter().any(|(own, _)| own == name);
        html! {
            form.assume method="get" aria-label="What if" {
                (visit.times.hidden(&[]))
                @if !self.wrong.is_empty() {
                    ul.wrong #wrong role="alert" { @for (name, why) in &self.wrong { li { bdi { (name) } ": " bdi { (why) } } } }
                }
                @for quantity in quantities {
                    @let name = quantity.to_string();
                    p {
                        label for={ "assume-" (name) } { (said(&name)) }
                        input id={ "assume-" (name) } type="text" inputmode="decimal" name={ (FIELD) (name) } value=[written(&name)] placeholder="0"
                            aria-invalid=[is_wrong(&name).then_some("true")] aria-describedby=[is_wrong(&name).then_some("wrong")];
                    }
                }
                p { label for="until" { "Up to" } input #until type="date" name="until" value=(until) required; }
                p { button type="submit" { "Assume" } }
            }
        }
    }
}

fn change(name: &str, amount: &str, quantities: &[Quantity]) -> Result<Change, String> {
    let quantity = quantities.iter().find(|quantity| quantity.to_string() == name).ok_or_else(|| {
        let names: Vec<String> = quantities.iter().map(ToString::to_string).collect();
        format!("it is no quantity of the area; write an amount of {}", names.join(", "))
    })?;
    let (is_money, most) = if quantity.unit.grains() > 1 { (true, MOST_MONEY) } else { (false, MOST) };
    let what = if is_money { "an amount with at most two decimals" } else { "a whole number" };
    let is_within = Amount::parse(amount).is_ok_and(|amount| amount.micros() <= most * Amount::MICROS);
    let change = Change::read(quantity.clone(), amount).filter(|_| is_within);
    change.ok_or_else(|| format!("{amount:?} is not {what} above 0 and up to {most}; write {name}:1"))
}

/// A quantity in words: `intermediate_certifications.people_1` is people for step 1 of that metric.
pub(super) fn said(name: &str) -> String {
    let (metric, unit) = name.split_once('.').unwrap_or((name, ""));
    let (unit, suffix) = unit.split_once('_').unwrap_or((unit, ""));
    let suffix = match suffix {
        "" => String::new(),
        step if step.bytes().all(|byte| byte.is_ascii_digit()) => format!(" for step {step}"),
        option => format!(" by {}", option.to_uppercase()),
    };
    let unit = match unit {
        "usd" => "USD",
        "mcv" => "USD of consumption value",
        other => other,
    };
    format!("{unit}{suffix} ({})", title(metric))
}

#[cfg(test)]
mod tests {
    use super::{gathered, said};

    #[test]
    fn fields_of_the_form_become_one_parameter() {
        let query =
            "as_of=2025-03-31&assume.a.people_1=2&assume.b.usd=+12.5&assume.c.users=0&assume=old&until=2025-06-30";
        assert_eq!(
            gathered(query).as_deref(),
            Some("as_of=2025-03-31&until=2025-06-30&assume=a.people_1:2,b.usd:12.5")
        );
        assert_eq!(gathered("assume.a.customers=0").as_deref(), Some(""));
        assert_eq!(gathered("as_of=2025-03-31&assume=a:1"), None);
    }

    #[test]
    fn quantities_are_said_in_words() {
        for (name, words) in [
            ("net_customer_adds.customers", "customers (Net customer adds)"),
            ("intermediate_certifications.people_1", "people for step 1 (Intermediate certifications)"),
            ("usage_growth.users_cpor", "users by CPOR (Usage growth)"),
            ("usage_growth.usd", "USD (Usage growth)"),
        ] {
            assert_eq!(said(name), words);
        }
    }
}
