//! The columns of a file, found by name.

use std::collections::HashSet;

use crate::context::Context;
use crate::error::ReportError;
use crate::formats::names::{folded, shown_name};
use crate::formats::{Formats, PARTNER};
use crate::kind::Kind;

/// The names of the column that says what a customer is called.
const CUSTOMER_NAME: [&str; 2] = ["CustomerName", "CustomerTenantName"];

/// Where a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column(pub(crate) usize);

/// The columns of a file, and what a reader looks for among them.
pub(crate) struct Columns {
    kind: Kind,
    formats: Formats,
    names: Vec<String>,
    /// Of each needed column that is missing, the names by which it is known, the newest first.
    missing: Vec<&'static [&'static str]>,
    twice: Option<String>,
}

impl Columns {
    pub(crate) fn new(kind: Kind, formats: Formats, names: Vec<String>) -> Self {
        Self { kind, formats, names, missing: Vec::new(), twice: None }
    }

    /// The place of a column that may be absent: of the first of `names` that the file has.
    pub(crate) fn optional(&mut self, names: &[&str]) -> Option<Column> {
        names.iter().find_map(|name| self.find(name))
    }

    /// The place of a needed column; when it is missing, [`Columns::finish`] says so.
    pub(crate) fn needed(&mut self, names: &'static [&'static str]) -> Column {
        self.optional(names).unwrap_or_else(|| {
            self.missing.push(names);
            Column(usize::MAX)
        })
    }

    /// The place of the customers' names. No event has one, so a file that has two such columns is not refused.
    pub(crate) fn customer_name(&self) -> Option<Column> {
        let place = |name: &&str| self.names.iter().position(|found| folded(found) == folded(name));
        CUSTOMER_NAME.iter().find_map(place).map(Column)
    }

    fn find(&mut self, name: &str) -> Option<Column> {
        let wanted = folded(name);
        let mut places = self.names.iter().enumerate().filter(|(_, found)| folded(found) == wanted);
        let (place, _) = places.next()?;
        if let Some((_, second)) = places.next() {
            self.twice = Some(second.clone());
        }
        Some(Column(place))
    }

    /// Checks that nothing needed is missing; the columns that no report of the kind is known to have.
    pub(crate) fn finish(&mut self) -> Result<Vec<String>, ReportError> {
        if let Some(name) = self.twice.take() {
            return Err(ReportError::ColumnTwice { name });
        }
        if !self.missing.is_empty() {
            let (kind, missing, found) =
                (self.kind, std::mem::take(&mut self.missing), self.formats.shown(&self.names));
            let looks_like = self.formats.looks_like(kind, &self.names);
            return Err(ReportError::MissingColumns { kind, missing, found, looks_like });
        }
        let known: HashSet<String> = self.formats.of(self.kind).columns().map(folded).collect();
        let unknown = self.names.iter().filter(|name| !known.contains(&folded(name)));
        Ok(unknown.map(|name| shown_name(name).to_owned()).collect())
    }

    /// Refuses a report that has no column of the global account when nothing else tells it either.
    pub(crate) fn check_partner(&mut self, context: &Context<'_>) -> Result<(), ReportError> {
        let is_told = self.optional(PARTNER).is_some() || context.tells_partners();
        if is_told { Ok(()) } else { Err(ReportError::PartnerNeeded { kind: self.kind }) }
    }

    /// The column as the file writes it.
    pub(crate) fn name(&self, place: Column) -> &str {
        self.names.get(place.0).map_or("", String::as_str)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Columns};
    use crate::formats::{LOCATION, PARTNER};
    use crate::readers::FORMATS;
    use crate::{Kind, ReportError};

    fn columns(names: &[&str]) -> Columns {
        Columns::new(Kind::AzureUsage, FORMATS, names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn columns_are_found_in_any_order_and_spelling() {
        for partner in ["PGAMpnId", "PGAMpnID", "PGAPartnerID", "PGA_MPNId", "pga mpn id"] {
            for location in ["MpnId", "MPNId", "MPNID", "PartnerID"] {
                let mut columns = columns(&["Month", location, partner]);
                assert_eq!(columns.needed(PARTNER), Column(2), "{partner}");
                assert_eq!(columns.needed(LOCATION), Column(1), "{location}");
                assert!(columns.finish().is_ok());
            }
        }
    }

    #[test]
    fn a_newer_name_goes_before_an_older_one() {
        let mut columns = columns(&["ServiceName", "ServiceLevel2"]);
        assert_eq!(columns.needed(&["ServiceLevel2", "ServiceName"]), Column(1));
    }

    #[test]
    fn a_column_that_stands_twice_is_refused() {
        let mut columns = columns(&["Month", "month"]);
        columns.needed(&["Month"]);
        assert!(matches!(columns.finish(), Err(ReportError::ColumnTwice { name }) if name == "month"));
    }

    #[test]
    fn missing_columns_are_named_with_what_is_there_and_what_it_may_be() {
        let mut columns = columns(&["TrainingTitle", "TrainingType", "MPNID"]);
        columns.needed(&["Month"]);
        columns.needed(&["ACR_USD", "TotalACR"]);
        let error = columns.finish().expect_err("both are missing");
        assert_eq!(
            error.to_string(),
            "find the columns of azure-usage: Month, ACR_USD (or TotalACR) are missing; \
             the file has TrainingTitle, TrainingType, MPNID"
        );
        assert_eq!(error.hint().as_deref(), Some("it looks like --kind training-completions"));
    }

    #[test]
    fn unknown_columns_are_told() {
        let mut columns = columns(&["Month", "AccountType2"]);
        columns.needed(&["Month"]);
        assert_eq!(columns.finish().expect("nothing is missing"), ["AccountType2"]);
    }
}
