//! Where a text of a report stands: the same one may mean different things in different reports.

use super::named::named;

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
            "azure" => Some(&[Self::Azure]),
            "m365" => Some(&[Self::M365]),
            "bizapps-revenue" => Some(&[Self::BizappsRevenue]),
            "bizapps-usage" => Some(&[Self::BizappsUsage]),
            "bizapps" => Some(&[Self::BizappsRevenue, Self::BizappsUsage]),
            _ => None,
        }
    }
}
