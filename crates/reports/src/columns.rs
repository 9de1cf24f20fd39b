//! The columns of a file, found by name.

use super::Kind;
use super::error::{MissingColumn, ReportError};
use super::shown::{shown, shown_name};

/// The names of the global account's column in all reports.
pub(super) const PARTNER: &[&str] = &["PGAMpnId", "PGAPartnerID", "GlobalPartnerID"];
/// The names of the location account's column in all reports.
pub(super) const LOCATION: &[&str] = &["MPNId", "PartnerID"];

/// Where a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(pub(super) usize);

/// The columns of a file, and what a reader looks for among them.
pub(super) struct Columns {
    kind: Kind,
    names: Vec<String>,
    missing: Vec<MissingColumn>,
    twice: Option<String>,
}

impl Columns {
    pub(super) fn new(kind: Kind, names: Vec<String>) -> Self {
        Self { kind, names, missing: Vec::new(), twice: None }
    }

    /// The place of a column that may be absent: of the first of `names` that the file has.
    pub(super) fn optional(&mut self, names: &'static [&'static str]) -> Option<Place> {
        names.iter().find_map(|name| self.find(name))
    }

    /// The place of a needed column; when it is missing, [`Columns::finish`] says so.
    pub(super) fn needed(&mut self, names: &'static [&'static str]) -> Place {
        self.optional(names).unwrap_or_else(|| {
            self.missing.push(MissingColumn { names });
            Place(usize::MAX)
        })
    }

    fn find(&mut self, name: &str) -> Option<Place> {
        let wanted = folded(name);
        let mut places = self.names.iter().enumerate().filter(|(_, found)| folded(found) == wanted);
        let (place, _) = places.next()?;
        if let Some((_, second)) = places.next() {
            self.twice = Some(second.clone());
        }
        Some(Place(place))
    }

    /// Checks that nothing needed is missing; the columns that no report of the kind is known to have.
    pub(super) fn finish(&mut self) -> Result<Vec<String>, ReportError> {
        if let Some(name) = self.twice.take() {
            return Err(ReportError::ColumnTwice { name });
        }
        if !self.missing.is_empty() {
            let (kind, missing) = (self.kind, std::mem::take(&mut self.missing));
            return Err(ReportError::MissingColumns {
                kind,
                missing,
                found: shown(&self.names),
                looks_like: self.looks_like(),
            });
        }
        let known: Vec<String> = self.kind.columns().iter().map(|name| folded(name)).collect();
        let unknown = self.names.iter().filter(|name| !known.contains(&folded(name)));
        Ok(unknown.map(|name| shown_name(name).to_owned()).collect())
    }

    /// The column as the file writes it.
    pub(super) fn name(&self, place: Place) -> &str {
        self.names.get(place.0).map_or("", String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Another kind that knows at least half of the file's columns, and more of them than the kind asked for.
    fn looks_like(&self) -> Option<Kind> {
        let knows = |kind: Kind| {
            let known: Vec<String> = kind.columns().iter().map(|name| folded(name)).collect();
            self.names.iter().filter(|name| known.contains(&folded(name))).count()
        };
        let others = Kind::ALL.iter().copied().filter(|kind| *kind != self.kind);
        let best = others.max_by_key(|kind| knows(*kind))?;
        (knows(best) > knows(self.kind) && knows(best) * 2 >= self.names.len()).then_some(best)
    }
}

/// A column's name without case, spaces, hyphens and underscores.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Columns, LOCATION, PARTNER, Place};
    use crate::{Kind, ReportError};

    fn columns(names: &[&str]) -> Columns {
        Columns::new(Kind::AzureUsage, names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn columns_are_found_in_any_order_and_spelling() {
        for partner in ["PGAMpnId", "PGAMpnID", "PGAPartnerID", "PGA_MPNId", "pga mpn id"] {
            for location in ["MpnId", "MPNId", "MPNID", "PartnerID"] {
                let mut columns = columns(&["Month", location, partner]);
                assert_eq!(columns.needed(PARTNER), Place(2), "{partner}");
                assert_eq!(columns.needed(LOCATION), Place(1), "{location}");
                assert!(columns.finish().is_ok());
            }
        }
    }

    #[test]
    fn a_newer_name_goes_before_an_older_one() {
        let mut columns = columns(&["ServiceName", "ServiceLevel2"]);
        assert_eq!(columns.needed(&["ServiceLevel2", "ServiceName"]), Place(1));
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
