//! Azure consumption: the `AzureUsage` data set, the report downloaded by hand and the system query.
//!
//! One figure `acr_usd` for each partner, customer, product, month and subscription: the sum of all rows that are no
//! duplicates at the global account. Every row, a duplicate too, shows an association by its attribution. The flags of
//! duplicates at the location and at the attribution type say nothing about the global account and are not read.

use ledger::{Refusal, UsageMetric};

use super::layout::layout;
use super::months::{self, MonthlyFile};
use super::product::Product;
use super::reader::Reader;
use super::subject::{Scope, SubjectLayout};
use crate::context::Context;
use crate::formats::{Form, Format, MONTHS};
use crate::kind::Kind;
use crate::maps::Domain;
use crate::rows::columns::{Column, Columns};
use crate::rows::row::{Row, check};
use crate::summary::Skip;

/// The reader of Azure consumption.
pub(super) static READER: Reader = Reader {
    help: "A report of Azure consumption",
    format: Format {
        columns: include_str!("../../columns/azure-usage.txt"),
        months: &["Month"],
        amounts: &["ACR_USD", "TotalACR"],
        ..Format::of(Kind::AzureUsage, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[
        &["Month"],
        &["ServiceLevel2", "ServiceName", "MeterCategory"],
        &["ACR_USD", "TotalACR", "MonthlySubscriptionLevelACR", "IsACRDuplicateAtPGALevel", "AdminType"],
    ],
    MONTHS,
)];

layout! {
    /// Where the columns stand that are read.
    Layout told_apart_by subscription {
        subject: subject ["Month"],
        product: needed ["ServiceLevel2", "ServiceName", "MeterCategory"],
        subscription: optional ["SubscriptionId"],
        offer: optional ["AI_OfferType"],
        duplicate: needed ["IsACRDuplicateAtPGALevel", "IsDuplicateRowForPGA"],
        acr: needed ["ACR_USD", "TotalACR"],
    }
}

impl months::Layout for Layout {
    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let context = file.context;
        let Some(subject) = file.subject(row, &self.subject)? else { return Ok(()) };
        let product = Product::read(row, Some(self.product), &[Domain::Azure], context)?;
        let subscription = row.subscription(self.subscription)?;
        // An association is limited to the subscription, else to the product.
        let scope = Scope::of_row(product.as_ref().filter(|_| subscription.is_none()), subscription.as_ref());
        let seen = file.see(row, &self.subject, &subject, Domain::Azure, scope);
        let duplicate = row.flag(self.duplicate);
        if matches!(duplicate, Ok(true)) {
            file.output.summary.skip_duplicate(row.column(self.duplicate));
            // A row that does not count is read all the same: what is wrong in it is wrong with the file.
            return seen.and(check(&row.amount(self.acr)));
        }
        let Some(product) = &product else {
            file.output.summary.skip(Skip::NoProduct);
            return seen;
        };
        // What was refused before breaks the figure.
        let offer = row.name(self.offer);
        let refused = seen.and(check(&duplicate)).and(check(&offer));
        let value = refused.and_then(|()| row.amount(self.acr));
        let offer = offer.as_ref().ok().and_then(Option::as_ref);
        let is_excluded = offer.is_some_and(|offer| (context.excluded_offer)(offer.as_str()));
        let figure = subject.figure(row, UsageMetric::AcrUsd, product, subscription.as_ref(), &value);
        file.figure(&value, |figures| figures.add(&figure, offer, is_excluded))
    }
}

#[cfg(test)]
mod download_tests;
#[cfg(test)]
mod tests;
