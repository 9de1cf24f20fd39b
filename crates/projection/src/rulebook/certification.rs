//! The catalogue of certifications, and the end of their credit.

use ledger::Date;

use super::error::Problem;
use super::fields::Fields;
use super::names::named;

/// The first format with `valid_years` and `other_codes`.
const FORMAT_OF_YEARS: u32 = 2;
/// The most years for which a certification may hold.
const MAX_YEARS: u32 = 100;

/// A certification that rules may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certification {
    /// The code, compared exactly; two exams that make one certification are one code (`AZ-800+AZ-801`).
    pub code: String,
    /// The name as reports print it.
    pub name: String,
    /// Names that older reports print.
    pub old_names: Vec<String>,
    /// The level.
    pub level: Level,
    /// The years for which it holds where a link has no `expires_on`; fundamentals never expire.
    pub valid_years: u32,
    /// Exams that lead to the same certification: a fact or a list that names one names this certification.
    pub other_codes: Vec<String>,
    /// The line of the rulebook's text on which the entry begins, from 1.
    pub line: usize,
}

named! {
    /// The level of a certification. Fundamentals never expire by themselves.
    Level {
        /// Fundamentals.
        Fundamentals = "fundamentals",
        /// Associate.
        Associate = "associate",
        /// Expert.
        Expert = "expert",
        /// Specialty.
        Specialty = "specialty",
        /// A technical assessment.
        Assessment = "assessment",
    }
}

/// When a certification ceases to count. Every limit that is given holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertEnd {
    /// The code.
    pub certification: String,
    /// It counts if it was earned on this day or before.
    pub retired: Option<Date>,
    /// It does not count from this day on.
    pub not_eligible_from: Option<Date>,
    /// It counts up to this day, itself included.
    pub counts_through: Option<Date>,
    /// The line of the rulebook's text on which the row begins, from 1.
    pub line: usize,
}

impl Certification {
    pub(super) fn read(fields: &mut Fields<'_, '_>, format: u32) -> Self {
        let has_years = format >= FORMAT_OF_YEARS;
        let valid_years = if has_years { fields.optional_figure("valid_years", 1..=MAX_YEARS) } else { None };
        let other_codes = if has_years { fields.optional_names("other_codes") } else { None };
        Self {
            code: fields.text("code"),
            name: fields.text("name"),
            old_names: fields.optional_names("old_names").unwrap_or_default(),
            level: fields.name("level", "level", Level::NAMES, Level::from_name).unwrap_or(Level::Associate),
            valid_years: valid_years.unwrap_or(1),
            other_codes: other_codes.unwrap_or_default(),
            line: fields.line,
        }
    }
}

impl CertEnd {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        if !["retired", "not_eligible_from", "counts_through"].iter().any(|limit| fields.has(limit)) {
            fields.refuse(Problem::NoEnd);
        }
        Self {
            certification: fields.certification("certification"),
            retired: fields.optional_date("retired"),
            not_eligible_from: fields.optional_date("not_eligible_from"),
            counts_through: fields.optional_date("counts_through"),
            line: fields.line,
        }
    }
}
