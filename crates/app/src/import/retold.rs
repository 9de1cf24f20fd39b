//! A report that was imported, read once more for the rows of one of its figures.

use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;

use ledger::{Amount, Date, Entry, PartnerId, Usage, When};
use projection::identity;

use super::accounts::{Accounts, Memberships};
use super::offers::ExcludedOffers;
use crate::error::Error;
use crate::kept::Open;
use crate::known::Known;
use crate::maps::MapFiles;
use reports::{Context, DateOrder, FigurePart, Kind, read, survey_as};

/// The report.
pub(crate) struct RetoldReport<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    /// The day of the download.
    pub(crate) as_of: Date,
    /// The SHA-256 of the zip in which it is.
    pub(crate) zip: Option<&'a str>,
    pub(crate) maps: &'a MapFiles,
}

/// What a row adds to a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPart {
    /// The line on which the row begins.
    pub line: u64,
    /// What it says.
    pub value: Amount,
    /// Whether it stands under an excluded offer.
    pub is_excluded: bool,
}

impl RetoldReport<'_> {
    /// What each row adds to the figure of an entry, whose source names the first line and the number of further rows.
    ///
    /// Nothing tells how the import was asked to read dates and whose the report is: the ways are tried until one gives
    /// the rows of which the source speaks.
    ///
    /// # Errors
    /// `unknown_rows` when no way does, and rules or mappings that do not hold.
    pub(crate) fn parts(
        &self,
        known: &Known,
        (entry, usage): (&Entry, &Usage),
        (line, further): (u64, u64),
        open: &mut Open<'_>,
    ) -> Result<Vec<RowPart>, Error> {
        let rules = known.rules_in_force(entry.recorded_at.date())?;
        let (maps, offers) = (self.maps.under(&rules.book)?, ExcludedOffers::of(&rules.book));
        let failed = |error: io::Error| Error::file("read", self.name)(error);
        let mut seen = 0;
        for order in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)] {
            let Ok(looked) = survey_as(open().map_err(failed)?, Some(self.kind), order) else { continue };
            let Ok(notation) = looked.notation else { continue };
            let mut told = Memberships::default();
            for (location, account) in looked.accounts {
                told.add(location, PartnerId::new(&account).ok(), Some(self.as_of), false);
            }
            let accounts = Accounts::new(known, told, None, self.as_of);
            let account_of = |location: &str| accounts.partner_of(location, self.as_of);
            for named in [None, entry.event.partner.as_ref()] {
                let parts = RefCell::new(Vec::new());
                let take = |part: &FigurePart<'_>| {
                    if let Some(value) = part.value.filter(|_| is_of(part, entry, usage)) {
                        let FigurePart { line, is_excluded, .. } = *part;
                        parts.borrow_mut().push(RowPart { line, value, is_excluded });
                    }
                };
                let context = Context {
                    sha256: self.zip,
                    partner: named.cloned(),
                    accounts: named.is_none().then_some(&account_of),
                    today: self.as_of,
                    notation,
                    maps: &maps,
                    excluded_offer: &|offer| offers.contains(offer),
                    figure_row: Some(&take),
                    ..Context::of_file(self.name)
                };
                // A way in which it cannot be read is not that of the import.
                let _ = read(self.kind, open().map_err(failed)?, &context, &mut |_| ControlFlow::Continue(()));
                let parts = parts.into_inner();
                seen = seen.max(parts.len());
                if parts.len() as u64 == further + 1 && parts.first().is_some_and(|part| part.line == line) {
                    return Ok(parts);
                }
            }
        }
        let text = format!("the source of entry {} speaks of {} rows, and {seen} are found", entry.seq, further + 1);
        Err(Error::new("unknown_rows", text)
            .hint("`--map FILE` names the mappings of the import; `--line` of the source prints the first row"))
    }
}

/// Whether a row adds to the figure of an entry.
fn is_of(part: &FigurePart<'_>, entry: &Entry, usage: &Usage) -> bool {
    Some(part.partner) == entry.event.partner.as_ref()
        && entry.event.when == When::In(part.month)
        && (part.customer, part.metric, part.subscription)
            == (usage.customer, usage.metric, usage.subscription.as_ref())
        && identity::product(part.product.as_str()) == identity::product(usage.product.as_str())
}
