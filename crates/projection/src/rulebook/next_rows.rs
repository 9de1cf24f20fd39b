//! The rulebook as it would be if the next rows of a key held already.

use std::fmt;

use ledger::{Area, Date};

use super::table::ScopedRow;
use super::{DatedRow, Family, Metric, Rulebook, Track, metrics_of_skill};

/// A key by which rows are found for the score of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// The tracks of a family of areas.
    Track(Family),
    /// A metric that is computed from usage, with its products.
    Usage(Family, Metric),
    /// A metric that is computed from certifications, with its list.
    Skill(Area, Metric),
}

impl RowKey {
    /// The keys of an area: that of its tracks, then its metrics in the order of an answer.
    pub fn of(area: Area) -> impl Iterator<Item = Self> {
        let family = Family::of(area);
        let metric = move |metric: &Metric| {
            let is_skill = metrics_of_skill().any(|skill| skill == *metric);
            if is_skill { Self::Skill(area, *metric) } else { Self::Usage(family, *metric) }
        };
        std::iter::once(Self::Track(family)).chain(Metric::ALL.iter().map(metric))
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Track(family) => write!(f, "{family}"),
            Self::Usage(family, metric) => write!(f, "{family}.{metric}"),
            Self::Skill(area, metric) => write!(f, "{area}.{metric}"),
        }
    }
}

impl Rulebook {
    /// The rulebook, in which the next rows of a key hold on a day if they are bounded and may have held by then, whichever
    /// of rule, steps, list and products they are; none where there is no such row.
    #[must_use]
    pub fn with_next_rows(&self, key: RowKey, day: Date) -> Option<Self> {
        let mut book = self.clone();
        let rules = &mut book.rules;
        let has_moved = match key {
            RowKey::Track(family) => move_next(rules.track.get_mut(&family).into_iter().flatten(), day),
            RowKey::Usage(family, metric) => {
                let mut has_moved = move_scoped(rules.rule.get_mut(&(family, metric)), day);
                for ((_, _, _), rows) in
                    rules.products.iter_mut().filter(|((of, named, _), _)| (*of, *named) == (family, metric))
                {
                    has_moved |= move_next(rows.iter_mut(), day);
                }
                has_moved
            }
            RowKey::Skill(area, metric) => {
                let has_moved = move_scoped(rules.skill.get_mut(&(area, metric)), day);
                move_next(rules.certification_list.get_mut(&(area, metric)).into_iter().flatten(), day) | has_moved
            }
        };
        has_moved.then_some(book)
    }
}

/// The line of the next row behind a day, if it may have held by then.
fn next_line<'r, T: 'r>(rows: impl Iterator<Item = &'r DatedRow<T>>, day: Date) -> Option<usize> {
    let next = rows.filter(|row| row.from > day).min_by_key(|row| row.from)?;
    next.basis.not_before().is_some_and(|first| first <= day).then_some(next.line)
}

/// Lets the next row hold from a day on, if it may have held by then.
fn move_next<'r, T: 'r>(rows: impl Iterator<Item = &'r mut DatedRow<T>>, day: Date) -> bool {
    let mut rows: Vec<&mut DatedRow<T>> = rows.collect();
    let next = next_line(rows.iter().map(|row| &**row), day);
    let moved = rows.iter_mut().filter(|row| Some(row.line) == next);
    moved.map(|row| row.from = day).count() > 0
}

/// The same for the rows of each track.
fn move_scoped<T>(rows: Option<&mut Vec<ScopedRow<T>>>, day: Date) -> bool {
    let Some(rows) = rows else { return false };
    let next = Track::ALL.iter().filter_map(|track| {
        let serving = rows.iter().filter(|scoped| scoped.scope.serves(*track));
        next_line(serving.map(|scoped| &scoped.row), day)
    });
    let next: Vec<usize> = next.collect();
    let moved = rows.iter_mut().filter(|scoped| next.contains(&scoped.row.line));
    moved.map(|scoped| scoped.row.from = day).count() > 0
}
