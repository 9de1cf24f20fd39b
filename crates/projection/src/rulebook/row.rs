//! A dated row, and which of several rows holds on a day.

use ledger::Date;

use super::error::Problem;
use super::fields::Fields;

/// A value with the days on which it holds and the place that it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedRow<T> {
    /// The first day on which the row holds.
    pub from: Date,
    /// The last day on which the row holds, itself included; without it, until the next row of the same key.
    pub to: Option<Date>,
    /// How `from` is known.
    pub basis: FromBasis,
    /// The line of the rulebook's text on which the row begins, from 1.
    pub line: usize,
    /// What holds.
    pub value: T,
}

/// How the first day of a row is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromBasis {
    /// The programme announced the day.
    Announced,
    /// The text of the rule names the day.
    Page,
    /// The day of the earliest text seen; the rule may be older.
    Seen,
    /// The day was not found: it lies from `not_before` to `not_after`, and the row's `from` is `not_after`.
    Bounds {
        /// The first day that is possible.
        not_before: Date,
        /// The last day that is possible.
        not_after: Date,
    },
}

impl FromBasis {
    /// The names in a rulebook.
    pub const NAMES: &[&str] = &["announced", "page", "seen", "bounds"];

    /// The name in a rulebook.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Page => "page",
            Self::Seen => "seen",
            Self::Bounds { .. } => "bounds",
        }
    }

    /// The first day that is possible, where the day was not found.
    #[must_use]
    pub fn not_before(self) -> Option<Date> {
        match self {
            Self::Bounds { not_before, .. } => Some(not_before),
            Self::Announced | Self::Page | Self::Seen => None,
        }
    }
}

impl<T> DatedRow<T> {
    /// Whether the row's own dates cover the day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// The row with another value.
    pub(super) fn with<U>(&self, value: U) -> DatedRow<U> {
        DatedRow { from: self.from, to: self.to, basis: self.basis, line: self.line, value }
    }
}

/// The row that applies on a day.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice<'a, T> {
    /// The row.
    pub row: &'a DatedRow<T>,
    /// No row covers the day: this is the earliest one.
    pub assumed: bool,
    /// The next row is bounded and may have held on the day already.
    pub bounded: bool,
}

/// Chooses among the rows of one key (and track, or part): the newest that covers the day, else the earliest.
pub(super) fn choose<'a, T: 'a>(
    rows: impl Iterator<Item = &'a DatedRow<T>> + Clone,
    day: Date,
) -> Option<Choice<'a, T>> {
    let covering = rows.clone().filter(|row| row.covers(day)).max_by_key(|row| row.from);
    let next = rows.clone().filter(|row| row.from > day).min_by_key(|row| row.from);
    let row = covering.or_else(|| rows.min_by_key(|row| row.from))?;
    let may_hold = |next: &DatedRow<T>| next.basis.not_before().is_some_and(|first| first <= day);
    Some(Choice { row, assumed: covering.is_none(), bounded: next.is_some_and(may_hold) })
}

/// Checks what a row says of its source, which is for those who read the text.
pub(super) fn check_source(fields: &mut Fields<'_, '_>) {
    fields.text("source");
    fields.text("conf");
    fields.optional_text("note");
}

impl DatedRow<()> {
    /// Reads the dates and the source of a row.
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let errors = fields.errors();
        let to_line = fields.line_of("to");
        let from = fields.date("from");
        let to = fields.optional_date("to");
        let known_from = Some(from).filter(|_| fields.are_sound_since(errors));
        if let Some((from, to)) = known_from.zip(to).filter(|(from, to)| to < from) {
            fields.inspection.add(to_line, Problem::ToBeforeFrom { from, to });
        }
        let basis = FromBasis::read(fields, known_from);
        check_source(fields);
        Self { from, to, basis, line: fields.line, value: () }
    }
}

impl FromBasis {
    /// Reads how the first day is known, and judges it by that if it could be read.
    fn read(fields: &mut Fields<'_, '_>, from: Option<Date>) -> Self {
        let errors = fields.errors();
        let name = fields.one_of("from_basis", "basis", Self::NAMES);
        let needs_bounds = name == Some("bounds");
        for field in ["not_before", "not_after"] {
            if needs_bounds && !fields.has(field) {
                fields.refuse(Problem::MissingBound { field });
            } else if !needs_bounds && name.is_some() && fields.has(field) {
                fields.inspection.add(fields.line_of(field), Problem::NeedlessBound { field });
            }
        }
        let line = fields.line_of("not_after");
        let (not_before, not_after) = (fields.optional_date("not_before"), fields.optional_date("not_after"));
        match (name, not_before.zip(not_after)) {
            (Some("announced"), _) => Self::Announced,
            (Some("page"), _) => Self::Page,
            (Some("bounds"), Some((not_before, not_after))) => {
                if not_before > not_after {
                    fields.inspection.add(line, Problem::NotBeforeAfterNotAfter { not_before, not_after });
                } else if let Some(from) = from.filter(|&from| from != not_after && fields.are_sound_since(errors)) {
                    fields.inspection.add(line, Problem::FromIsNotNotAfter { from, not_after });
                }
                Self::Bounds { not_before, not_after }
            }
            (Some(_) | None, _) => Self::Seen,
        }
    }
}
