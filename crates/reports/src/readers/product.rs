//! The product of a row, under the name that the maps give it.

use ledger::{Name, Refusal};

use crate::context::Context;
use crate::maps::Domain;
use crate::rows::columns::Column;
use crate::rows::row::Row;

/// The product of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    /// The name under which it is recorded.
    pub(crate) name: Name,
    /// The name that the report gives it, where that is another.
    pub(crate) reported: Option<Name>,
    /// The first domain that knows it.
    pub(crate) domain: Option<Domain>,
}

impl Product {
    /// Reads it; `None` without a product.
    pub(crate) fn read(
        row: &Row<'_>,
        place: Option<Column>,
        domains: &[Domain],
        context: &Context<'_>,
    ) -> Result<Option<Self>, Refusal> {
        Ok(row.name(place)?.map(|text| Self::of(text, domains, context)))
    }

    /// The product of this name in the first of the domains that knows it; as reported when none does.
    pub(crate) fn of(text: Name, domains: &[Domain], context: &Context<'_>) -> Self {
        for &domain in domains {
            let mapped = context.maps.product(domain, text.as_str());
            if mapped.is_known
                && let Ok(name) = Name::new(mapped.name)
            {
                let is_other = !name.as_str().eq_ignore_ascii_case(text.as_str());
                return Self { name, reported: is_other.then_some(text), domain: Some(domain) };
            }
        }
        Self { name: text, reported: None, domain: None }
    }
}

#[cfg(test)]
mod tests {
    use ledger::Name;

    use super::Product;
    use crate::{Context, Domain};

    #[test]
    fn the_first_domain_that_knows_a_product_names_it() {
        let domains = [Domain::M365, Domain::BizappsRevenue, Domain::BizappsUsage];
        let context = Context::of_file("a.csv");
        for (text, name, reported, domain) in [
            ("Exchange Online", "Exchange", Some("Exchange Online"), Some(Domain::M365)),
            ("exchange", "Exchange", None, Some(Domain::M365)),
            ("Dynamics 365 Sales", "Sales", Some("Dynamics 365 Sales"), Some(Domain::BizappsRevenue)),
            ("Guides", "Guides", None, Some(Domain::BizappsUsage)),
            ("Microsoft 365 E3", "Microsoft 365 E3", None, None),
        ] {
            let product = Product::of(Name::new(text).expect("a name"), &domains, &context);
            assert_eq!(
                (product.name.as_str(), product.reported.as_ref().map(Name::as_str), product.domain),
                (name, reported, domain),
                "{text}"
            );
        }
    }
}
