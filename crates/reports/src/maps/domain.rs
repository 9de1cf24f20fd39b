//! Where a text of a report stands: the same one may mean different things in different reports.

use crate::named::named;

named! {
    /// The reports in which an entry holds.
    Domain {
        /// Azure consumption.
        Azure = "azure",
        /// Usage and claims of Microsoft 365 and of its security products.
        M365 = "m365",
        /// Revenue of Business Applications.
        BizappsRevenue = "bizapps-revenue",
        /// Usage of Business Applications.
        BizappsUsage = "bizapps-usage",
    }
}

impl Domain {
    /// What a file may write: the names, and one for both kinds of Business Applications.
    pub const WRITTEN: &[&str] = &["azure", "m365", "bizapps-revenue", "bizapps-usage", "bizapps"];

    /// The domains that a name in a file stands for.
    #[must_use]
    pub fn written(name: &str) -> Option<&'static [Self]> {
        match name {
            "bizapps" => Some(&[Self::BizappsRevenue, Self::BizappsUsage]),
            _ => Self::ALL.iter().position(|domain| domain.name() == name).and_then(|nth| Self::ALL.get(nth..=nth)),
        }
    }
}
