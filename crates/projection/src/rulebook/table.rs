//! The tables of a rulebook, and the rows as they are written.

use std::collections::BTreeMap;

use ledger::Area;

use super::names::{Family, Part, Track, TrackScope, named};
use super::row::DatedRow;

named! {
    /// The tables of a rulebook that have rows.
    Table {
        /// What an area needs to be qualified.
        Qualification = "qualification",
        /// The days in which one qualifying day is enough.
        Window = "window",
        /// Enrolment.
        Membership = "membership",
        /// The day of publication.
        Refresh = "refresh",
        /// The tracks of an area.
        Track = "track",
        /// Metrics that are computed from usage.
        Rule = "rule",
        /// Metrics that are computed from certifications.
        Skill = "skill",
        /// Certifications for metrics without steps.
        CertificationList = "certification_list",
        /// The products of metrics.
        Products = "products",
        /// The names and the exclusivity of mechanisms.
        Mechanism = "mechanism",
        /// The catalogue of certifications; its entries have no dates.
        Certification = "certification",
        /// The end of credit of certifications; its rows have no dates of their own.
        CertEnd = "cert_end",
    }
}

/// A dated row of any table, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// The table.
    pub table: Table,
    /// The keys: none in tables that hold for the whole programme, several in `products`.
    pub keys: Vec<String>,
    /// The tracks that the row serves, in tables with tracks.
    pub track: Option<TrackScope>,
    /// The part, where products are divided.
    pub part: Option<Part>,
    /// The areas to which a mechanism's row is limited; empty for all.
    pub areas: Vec<Area>,
    /// The other fields of the row with their values as TOML, in the order of the text.
    pub fields: Vec<(String, String)>,
}

/// Rows of which one at a time holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    pub(super) table: Table,
    pub(super) key: String,
    pub(super) track: Option<Track>,
    pub(super) part: Option<Part>,
    pub(super) area: Option<Area>,
}

/// Rows by their series, the earliest first.
pub(super) type RowsBySeries<'r> = BTreeMap<Series, Vec<&'r DatedRow<RuleRow>>>;

/// Parts rows by their series.
pub(super) fn by_series(rows: &[DatedRow<RuleRow>]) -> RowsBySeries<'_> {
    let mut by_series: RowsBySeries<'_> = BTreeMap::new();
    for row in rows {
        for series in row.value.series() {
            by_series.entry(series).or_default().push(row);
        }
    }
    for rows in by_series.values_mut() {
        rows.sort_by_key(|row| (row.from, row.line));
    }
    by_series
}

impl Series {
    /// The family whose tracks a series with a track has.
    pub(super) fn tracked_family(&self) -> Option<Family> {
        let (place, _) = self.key.split_once('.')?;
        Family::from_name(place).or_else(|| Area::from_name(place).map(Family::of))
    }
}

impl RuleRow {
    /// The series in which the row stands.
    pub(super) fn series(&self) -> Vec<Series> {
        let keys = if self.keys.is_empty() { vec![String::new()] } else { self.keys.clone() };
        let tracks: Vec<Option<Track>> = match self.track {
            Some(scope) => Track::ALL.iter().copied().filter(|track| scope.serves(*track)).map(Some).collect(),
            None => vec![None],
        };
        let areas: Vec<Option<Area>> = match (self.table, self.areas.as_slice()) {
            (Table::Mechanism, []) => Area::ALL.iter().copied().map(Some).collect(),
            (_, areas) if !areas.is_empty() => areas.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        let mut all = Vec::new();
        for key in &keys {
            for track in &tracks {
                for area in &areas {
                    let (key, track, area) = (key.clone(), *track, *area);
                    all.push(Series { table: self.table, key, track, part: self.part, area });
                }
            }
        }
        all
    }

    /// The row by one of its keys, for people.
    pub(super) fn describe(&self, key: &str) -> String {
        let name = if key.is_empty() { self.table.name() } else { key };
        match (self.track, self.part) {
            (Some(scope), _) => format!("{name} with track {scope}"),
            (None, Some(part)) => format!("{name} with part {part}"),
            (None, None) => name.to_owned(),
        }
    }
}

/// A row with the tracks that it serves.
#[derive(Clone, Debug)]
pub(super) struct ScopedRow<T> {
    pub(super) scope: TrackScope,
    pub(super) row: DatedRow<T>,
}
