//! Of whom, where and when a row speaks.

use ledger::{CustomerId, Month, Name, PartnerId};

/// Of whom, where and when a row speaks.
pub(crate) struct Subject {
    pub(crate) partner: PartnerId,
    pub(crate) location: Option<Name>,
    pub(crate) customer: CustomerId,
    pub(crate) month: Month,
}
