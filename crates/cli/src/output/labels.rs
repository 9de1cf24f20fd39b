//! Customers and partners by their names: what stands in a text in the place of an id.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

use app::names::Names;
use app::text::plain;
use ledger::{CustomerId, PartnerId, parse_uuid};

use super::width::cut;
use crate::hints::Hints;

/// The most characters of a name that a text shows.
const SHOWN_CHARACTERS: usize = 40;
/// The digits of a customer's id that stand behind its name.
const DIGITS: usize = 8;

/// The labels of customers and partners: a name, and the beginning of the id.
///
/// The console puts labels in the place of customers' ids in every line of text, so a writer need not. It asks for a
/// label itself where the width of the text matters: in a column that is not the last, or before a line is cut. Ids of
/// partners look like any number, so a writer asks for their labels where one stands.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    customers: BTreeMap<CustomerId, String>,
    partners: BTreeMap<PartnerId, String>,
    hints: Hints,
}

impl Labels {
    /// Those by some names, with what hints call the ledger. By default there are no names and no ledger.
    pub(crate) fn new(names: &Names, hints: Hints) -> Self {
        let known: Vec<(String, CustomerId, &str)> = names
            .customers
            .iter()
            .filter_map(|(customer, name)| Some((customer.to_string(), *customer, name.shown()?)))
            .collect();
        let mut beginnings: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, ..) in &known {
            *beginnings.entry(beginning(id)).or_default() += 1;
        }
        let customers = known.iter().map(|(id, customer, name)| {
            let is_alone = beginnings.get(beginning(id)) == Some(&1);
            (*customer, label(name, if is_alone { beginning(id) } else { id }))
        });
        let partners = names.partners.iter().map(|(partner, name)| (partner.clone(), label(name, partner.as_str())));
        Self { customers: customers.collect(), partners: partners.collect(), hints }
    }

    /// A command that asks the same ledger, in backticks; none where there is no ledger.
    pub(crate) fn command(&self, rest: &str) -> Option<String> {
        self.hints.command(rest)
    }

    /// A customer: `Fabrikam (4fdbff88)`, or the id where no name is known.
    pub(crate) fn customer(&self, customer: CustomerId) -> String {
        self.customers.get(&customer).map_or_else(|| customer.to_string(), Clone::clone)
    }

    /// A partner: `Contoso (6034453)`, or the id where no name is known.
    pub(crate) fn partner(&self, partner: &PartnerId) -> String {
        self.partners.get(partner).map_or_else(|| plain(partner.as_str()), Clone::clone)
    }

    /// A line of text, with labels in the place of customers' ids. Commands that a text quotes, between backticks or
    /// as the value of an option, keep their ids.
    pub(crate) fn labelled<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.customers.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let (mut is_quoted, mut is_value) = (false, false);
        for part in text.split_inclusive(|letter: char| !is_of_id(letter)) {
            let word = part.trim_end_matches(|letter: char| !is_of_id(letter));
            let label = parse_uuid(word).and_then(|id| self.customers.get(&CustomerId(id)));
            match label.filter(|_| !is_quoted && !is_value) {
                // It stands in its label already.
                Some(label) if label.ends_with(&format!(" ({word})")) && format!("{out}{word})").ends_with(label) => {
                    out.push_str(part);
                }
                Some(label) => {
                    out.push_str(label);
                    out.extend(part.strip_prefix(word));
                }
                None => out.push_str(part),
            }
            is_value = word.starts_with("--");
            is_quoted ^= part.ends_with('`');
        }
        Cow::Owned(out)
    }
}

/// A name with an id. What would move the cursor or turn the direction of writing is shown as an escape, in quotes.
fn label(name: &str, id: impl Display) -> String {
    let shown = plain(name);
    let is_harmless = shown == name;
    let shown = cut(&shown, SHOWN_CHARACTERS);
    if is_harmless { format!("{shown} ({id})") } else { format!("\"{shown}\" ({id})") }
}

fn beginning(id: &str) -> &str {
    id.get(..DIGITS).unwrap_or(id)
}

fn is_of_id(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

#[cfg(test)]
mod tests {
    use app::names::{CustomerName, Names};
    use ledger::{CustomerId, PartnerId, parse_uuid};

    use super::{Hints, Labels};

    const ONE: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
    const TWO: &str = "4fdbff88-0000-42e0-9713-45c922ba8002";

    fn labels(customers: &[(&str, &str)]) -> Labels {
        let mut names = Names::default();
        for (id, name) in customers {
            let name = CustomerName { given: Some((*name).to_owned()), reported: None };
            names.customers.insert(CustomerId(parse_uuid(id).unwrap()), name);
        }
        names.partners.insert(PartnerId::new("6034453").unwrap(), "Contoso".to_owned());
        Labels::new(&names, Hints::default())
    }

    #[test]
    fn the_id_of_a_customer_with_a_name_is_replaced_wherever_it_stands_as_a_word() {
        let labels = labels(&[(ONE, "Fabrikam")]);
        for (text, shown) in [
            (format!("customer {ONE}"), "customer Fabrikam (4fdbff88)".to_owned()),
            (format!("{ONE}, Teams: 1 ({ONE})"), "Fabrikam (4fdbff88), Teams: 1 (Fabrikam (4fdbff88))".to_owned()),
            (ONE.to_uppercase(), "Fabrikam (4fdbff88)".to_owned()),
            (format!("x{ONE} {ONE}-1 {TWO}"), format!("x{ONE} {ONE}-1 {TWO}")),
            (
                format!("`pcs log --customer {ONE}` and {ONE}"),
                format!("`pcs log --customer {ONE}` and Fabrikam (4fdbff88)"),
            ),
            (format!("pcs log --customer {ONE}"), format!("pcs log --customer {ONE}")),
            ("é ü 漢".to_owned(), "é ü 漢".to_owned()),
        ] {
            assert_eq!(labels.labelled(&text), shown);
        }
        assert_eq!(labels.partner(&PartnerId::new("6034453").unwrap()), "Contoso (6034453)");
        assert_eq!(labels.partner(&PartnerId::new("6099001").unwrap()), "6099001");
    }

    #[test]
    fn two_ids_that_begin_alike_are_shown_whole() {
        let labels = labels(&[(ONE, "Fabrikam"), (TWO, "Fabrikam")]);
        assert_eq!(labels.labelled(TWO), format!("Fabrikam ({TWO})"));
        assert_eq!(labels.labelled(&format!("Fabrikam ({TWO})")), format!("Fabrikam ({TWO})"));
    }

    #[test]
    fn a_hostile_name_is_quoted_and_a_long_one_is_cut() {
        for (name, shown) in [
            ("\u{1b}[2Jgone", "\"\\u{1b}[2Jgone\" (4fdbff88)".to_owned()),
            ("\u{202e}txt", "\"\\u{202e}txt\" (4fdbff88)".to_owned()),
            ("漢字", "漢字 (4fdbff88)".to_owned()),
            (&"x".repeat(41), format!("{}… (4fdbff88)", "x".repeat(39))),
        ] {
            assert_eq!(labels(&[(ONE, name)]).labelled(ONE), shown);
        }
    }
}
