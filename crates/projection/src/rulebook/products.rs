//! The products that a metric counts, their rates and their other names.

use ledger::Amount;

use super::error::Problem;
use super::fields::Fields;

/// The products of a metric, or of a part of it.
///
/// Names are as the rulebook writes them; to compare products, ignore the case of A-Z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Products {
    /// The names that count.
    pub list: Vec<String>,
    /// The consumption value (MCV) of a unit of each product, in the order of `list`; empty where it has none.
    pub rates: Vec<(String, Amount)>,
    /// Other names, each with the name in the list for which it stands.
    pub aliases: Vec<(String, String)>,
}

impl Products {
    /// The name in the list that a reported name is or stands for, written as the list writes it.
    #[must_use]
    pub fn find(&self, reported: &str) -> Option<&str> {
        let alias = self.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(reported));
        let name = alias.map_or(reported, |(_, name)| name);
        self.list.iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
    }

    /// Reads `list` or, where the consumption value is computed by them, `rates`; and `aliases`.
    ///
    /// Without knowing what the products are for (`has_rates`), either is taken.
    pub(super) fn read(fields: &mut Fields<'_, '_>, has_rates: Option<bool>) -> Self {
        let errors = fields.errors();
        match (fields.has("list"), fields.has("rates")) {
            (true, true) => fields.refuse(Problem::ListAndRates),
            (false, false) => fields.refuse(Problem::NoProducts),
            (true, false) if has_rates == Some(true) => fields.refuse(Problem::ListForRates),
            (false, true) if has_rates == Some(false) => fields.refuse(Problem::RatesForList),
            (true, false) | (false, true) => {}
        }
        let listed = fields.optional_names("list").unwrap_or_default();
        let rates = fields.optional_entries("rates", |mut fields, name| fields.rate(name)).unwrap_or_default();
        let rates: Vec<(String, Amount)> = rates.into_iter().map(|(_, name, rate)| (name, rate)).collect();
        let list = if rates.is_empty() { listed } else { rates.iter().map(|(name, _)| name.clone()).collect() };
        let known = |name: &str| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        let list_is_sound = fields.are_sound_since(errors);

        let aliases = fields.optional_entries("aliases", |mut fields, alias| fields.text(alias)).unwrap_or_default();
        for (line, alias, name) in aliases.iter().filter(|(_, _, name)| list_is_sound && !name.is_empty()) {
            let (alias, name) = (alias.clone(), name.clone());
            if !known(&name) {
                fields.inspection.add(*line, Problem::AliasOfUnknown { alias, name });
            }
        }
        Self { list, rates, aliases: aliases.into_iter().map(|(_, alias, name)| (alias, name)).collect() }
    }
}
