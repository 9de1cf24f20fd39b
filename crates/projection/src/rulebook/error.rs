//! What can be wrong with a rulebook.

use std::fmt;

use ledger::{Date, Mechanism, Role};

use super::names::Track;

/// All that is wrong with a rulebook, in the order of its lines.
///
/// A text that is no TOML, or of another format, is not judged further. `Display` gives a line for each error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RulebookErrors {
    errors: Vec<RulebookError>,
}

impl RulebookErrors {
    /// Puts errors into the order of their lines, each once; none if there are none.
    pub(super) fn new(mut errors: Vec<RulebookError>) -> Option<Self> {
        errors.sort_by_key(|error| error.line);
        let mut once: Vec<RulebookError> = Vec::with_capacity(errors.len());
        for error in errors {
            if !once.iter().rev().take_while(|known| known.line == error.line).any(|known| *known == error) {
                once.push(error);
            }
        }
        (!once.is_empty()).then_some(Self { errors: once })
    }

    /// The errors, at least one.
    #[must_use]
    pub fn errors(&self) -> &[RulebookError] {
        &self.errors
    }
}

impl fmt::Display for RulebookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One thing that is wrong with a rulebook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RulebookError {
    /// The line of the text, from 1: of the value, or of the row that lacks something, or 1 for the whole file.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// The kinds of things that can be wrong with a rulebook.
///
/// A `place` is the table, with the key where it has one: `[[rule]] azure.usage_growth`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages describe the variants, the fields are what they quote")]
pub enum Problem {
    #[error("no valid TOML: {message}")]
    Syntax { message: String },
    #[error("unknown table `{table}`")]
    UnknownTable { table: String },
    #[error("no `{table}` in the rulebook")]
    MissingTable { table: &'static str },
    #[error(
        "`format` is {found}, and pcs {} reads the formats 1 to {newest}: a later version may read it",
        env!("CARGO_PKG_VERSION")
    )]
    UnknownFormat { found: String, newest: u32 },
    #[error("`name` is longer than {most} characters")]
    LongName { most: usize },

    #[error("{place} has no field `{field}`")]
    UnknownField { place: String, field: String },
    #[error("{place} lacks `{field}`")]
    MissingField { place: String, field: String },
    #[error("`{field}` must be {expected}, not {found}")]
    WrongType { field: String, expected: &'static str, found: &'static str },
    #[error("`{field}` must be a list of {expected}, not of {found}")]
    WrongItem { field: String, expected: &'static str, found: &'static str },
    #[error("`{field}` is blank")]
    EmptyText { field: String },
    #[error("`{field}` has a blank name")]
    EmptyName { field: String },
    #[error("`{field}` is empty")]
    EmptyList { field: String },
    #[error("`{field}` names {name:?} twice")]
    RepeatedName { field: String, name: String },
    #[error("unknown {what} {found:?}, known are {known}")]
    UnknownName { what: &'static str, found: String, known: String },
    #[error("`{field}` is {found}, it must be {allowed}")]
    OutOfRange { field: String, found: String, allowed: String },
    #[error("`{field}` is {found:?}, it must be a decimal such as \"0.4\", with at most 6 places")]
    NoDecimal { field: String, found: String },
    #[error("nothing can be within the bounds `{field}_...`")]
    ContradictoryBounds { field: &'static str },

    #[error("`to` is {to}, before `from`, {from}")]
    ToBeforeFrom { from: Date, to: Date },
    #[error("`from_basis` is \"bounds\", so the row must have `{field}`")]
    MissingBound { field: &'static str },
    #[error("`{field}` is for rows with `from_basis = \"bounds\"`")]
    NeedlessBound { field: &'static str },
    #[error("`from` is {from}, it must be the day `not_after`, {not_after}")]
    FromIsNotNotAfter { from: Date, not_after: Date },
    #[error("`not_before`, {not_before}, is after `not_after`, {not_after}")]
    NotBeforeAfterNotAfter { not_before: Date, not_after: Date },

    #[error("the row for {rows} in line {other} is from {from} too")]
    SameFrom { rows: String, from: Date, other: usize },
    #[error("the row for {rows} holds to {to}, but the next one, in line {other}, is from {next}")]
    Overlap { rows: String, to: Date, next: Date, other: usize },
    #[error(
        "the row for {rows} ends {to}, but the next one, in line {other}, is from {next}: no row for the days between"
    )]
    Hole { rows: String, to: Date, next: Date, other: usize },
    #[error("the row for {rows} holds beside the one in line {other}, which has other tracks: give the earlier a `to`")]
    AllBesideTrack { rows: String, other: usize },

    #[error("no `[[track]]` row for `{key}`")]
    MissingTrack { key: &'static str },
    #[error("no row for {key} with track {track}, which this row uses")]
    MissingMetric { key: String, track: Track },
    #[error("no `[[products]]` row for {key} with part {part}")]
    MissingProducts { key: String, part: &'static str },
    #[error("{key} has neither `steps` nor `threshold`")]
    NoThreshold { key: String },
    #[error("{key} has no `steps`, and there is no `[[certification_list]]` row for it")]
    NoCertificationList { key: String },
    #[error("`class_by` {class_by:?} does not classify {key}")]
    WrongClass { class_by: &'static str, key: &'static str },
    #[error("the class needs a bound `{field}_min`, `{field}_max`, `{field}_above` or `{field}_below`")]
    UnboundedClass { field: &'static str },

    #[error("every step is a gate: the last one must give points, without `min_people`")]
    NoPointsStep,
    #[error("step {step} gives points as an earlier one does: only the last step lacks `min_people`")]
    SecondPointsStep { step: u32 },
    #[error("step {step} is a gate after the step that gives points")]
    GateAfterPoints { step: u32 },
    #[error("step {found} stands where step {expected} is due")]
    WrongStepNumber { found: u32, expected: u32 },
    #[error("a step gives points by `threshold`, but the row has none")]
    StepWithoutThreshold,
    #[error("the gates give {points} points, more than the maximum of {max}")]
    GatesAboveMax { points: u64, max: u32 },

    #[error("certification {code:?} is not in the catalogue")]
    UnknownCertification { code: String },
    #[error("certification {code:?} is in the catalogue already, in line {other}")]
    RepeatedCertification { code: String, other: usize },
    #[error("the end of certification {code:?} is given already, in line {other}")]
    RepeatedEnd { code: String, other: usize },
    #[error("the end of a certification needs `retired`, `not_eligible_from` or `counts_through`")]
    NoEnd,

    #[error("no `[[mechanism]]` row has the name {name:?}")]
    UnknownAssociation { name: String },
    #[error("role {role} is not a role of {mechanism}")]
    WrongRole { mechanism: Mechanism, role: Role },

    #[error("{key} has no part {part:?}")]
    WrongPart { key: String, part: &'static str },
    #[error("the products of {key} are divided into parts: the row lacks `part`")]
    MissingPart { key: String },
    #[error("a row of products has either `list` or `rates`, this one has neither")]
    NoProducts,
    #[error("the consumption value is computed by `rates`, the row has a `list`")]
    ListForRates,
    #[error("nothing is computed by `rates` here, the row needs a `list`")]
    RatesForList,
    #[error("a row of products has either `list` or `rates`, not both")]
    ListAndRates,
    #[error("{alias:?} stands for {name:?}, which is not in the list")]
    AliasOfUnknown { alias: String, name: String },
}
