//! The rulebook: every figure, date and list that scores are computed by, as data.
//!
//! A rulebook is a TOML text; `docs/rulebook.md` describes it for those who write one. [`Rulebook::parse`] takes only
//! a text in which everything leads somewhere, and finds all that is wrong with another. A [`Rulebook`] therefore
//! answers without failing: for a day, the row of a key that applies ([`Choice`]), or none where the programme has
//! no such metric.
//!
//! The rulebook does not score. It does not normalise products and offers either: texts are as written, and
//! whoever compares them applies the rules of identity.
//!
//! ```
//! use ledger::{Area, parse_date};
//! use projection::rulebook::{Metric, Rule, Rulebook, Track};
//!
//! let day = parse_date("2026-03-01")?;
//! let chosen = Rulebook::builtin().rule(Area::ModernWork, Metric::NetCustomerAdds, Track::Smb, day);
//! let rule = chosen.map(|chosen| &chosen.row.value);
//! assert!(matches!(rule, Some(Rule::ModernWorkNetCustomerAdds(rule)) if rule.band.promoted_tenant_stays));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounds;
mod builtin;
mod certification;
mod changes;
mod check;
mod error;
mod fields;
mod keys;
mod mechanism;
mod metric;
mod names;
mod next_rows;
mod products;
mod program;
mod read;
mod row;
mod rows;
mod rules;
mod shown;
mod skill;
mod sources;
mod table;
#[cfg(test)]
mod tests;
mod track;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

pub use ledger::Metric;
use ledger::{Area, Date};
use sha2::{Digest, Sha256};

pub use bounds::Bounds;
pub use certification::{CertEnd, Certification, Level};
pub use changes::{Change, ChangeKind, FieldChange, changes};
pub use error::{Problem, RulebookError, RulebookErrors};
pub(crate) use keys::RuleKey;
pub use mechanism::{AssociationList, AssociationOption, ExclusiveKey, MechanismRow};
pub use metric::{Band, Months, Rule, azure, business_applications, modern_work, security};
pub(crate) use metric::{Extent, each_rule, metrics_of_skill};
pub use names::{Family, Part, Track, TrackScope};
pub use next_rows::RowKey;
pub use products::Products;
pub use program::{EveryMetric, Membership, OpenWindow, Qualification, Refresh, RenewalWindow, Window};
pub use read::NEWEST_FORMAT;
pub use row::{Choice, DatedRow, FromBasis};
pub use shown::ShownRow;
pub use skill::{Skill, SkillStep};
pub use sources::{Grade, Source, Sources};
pub use table::{RuleRow, Table};
pub use track::{ClassRule, TrackMode};

pub(crate) use program::MAX_MONTHS;
use row::choose;
use rules::Rules;
use table::{ScopedRow, Series, by_series};

/// The rules of the programme by date.
#[derive(Clone, Debug)]
pub struct Rulebook {
    text: String,
    sha256: String,
    rules: Rules,
    /// The fields of the rows by their lines, once somebody reads them.
    fields: OnceLock<BTreeMap<usize, toml::Table>>,
}

impl Rulebook {
    /// Reads a rulebook.
    ///
    /// # Errors
    /// All that is wrong with the text, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, RulebookErrors> {
        let (mut rules, mut inspection) = read::read(text)?;
        rules.settle_codes();
        check::check(&rules, &mut inspection);
        match RulebookErrors::new(inspection.errors) {
            Some(errors) => Err(errors),
            None => Ok(Self {
                text: text.to_owned(),
                sha256: format!("{:x}", Sha256::digest(text)),
                rules,
                fields: OnceLock::new(),
            }),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of the text's bytes in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The first day for which there is a score.
    #[must_use]
    pub fn program_start(&self) -> Date {
        self.rules.program_start
    }

    /// The points of an area that has everything.
    #[must_use]
    pub fn total_max(&self) -> u32 {
        self.rules.total_max
    }

    /// The day up to which the author looked for changes, if the rulebook tells.
    #[must_use]
    pub fn latest_evidence(&self) -> Option<Date> {
        self.rules.latest_evidence
    }

    /// What an area needs to be qualified.
    #[must_use]
    pub fn qualification(&self, day: Date) -> Option<Choice<'_, Qualification>> {
        choose(self.rules.qualification.iter(), day)
    }

    /// The days in which one qualifying day is enough.
    #[must_use]
    pub fn window(&self, day: Date) -> Option<Choice<'_, Window>> {
        choose(self.rules.window.iter(), day)
    }

    /// How long an enrolment lasts.
    #[must_use]
    pub fn membership(&self, day: Date) -> Option<Choice<'_, Membership>> {
        choose(self.rules.membership.iter(), day)
    }

    /// When the programme publishes new figures.
    #[must_use]
    pub fn refresh(&self, day: Date) -> Option<Choice<'_, Refresh>> {
        choose(self.rules.refresh.iter(), day)
    }

    /// How the tracks of an area are scored.
    #[must_use]
    pub fn track(&self, area: Area, day: Date) -> Option<Choice<'_, TrackMode>> {
        choose(self.rules.track.get(&Family::of(area))?.iter(), day)
    }

    /// The metrics that an area has rows for, in the order of an answer.
    pub fn metrics(&self, area: Area) -> impl Iterator<Item = Metric> {
        let has_rows = move |metric: &Metric| {
            let rules = &self.rules;
            rules.rule.contains_key(&(Family::of(area), *metric)) || rules.skill.contains_key(&(area, *metric))
        };
        Metric::ALL.iter().copied().filter(has_rows)
    }

    /// The rule of a metric of usage; none where the area has no such metric.
    #[must_use]
    pub fn rule(&self, area: Area, metric: Metric, track: Track, day: Date) -> Option<Choice<'_, Rule>> {
        choose_scoped(self.rules.rule.get(&(Family::of(area), metric))?, track, day)
    }

    /// The rule of a certification metric; none where the area has no such metric.
    #[must_use]
    pub fn skill(&self, area: Area, metric: Metric, track: Track, day: Date) -> Option<Choice<'_, Skill>> {
        choose_scoped(self.rules.skill.get(&(area, metric))?, track, day)
    }

    /// The certifications that count for a metric without steps.
    #[must_use]
    pub fn certification_list(&self, area: Area, metric: Metric, day: Date) -> Option<Choice<'_, Vec<String>>> {
        choose(self.rules.certification_list.get(&(area, metric))?.iter(), day)
    }

    /// The products of a metric, or of a part of it; none where the metric reads every product.
    #[must_use]
    pub fn products(&self, area: Area, metric: Metric, part: Option<Part>, day: Date) -> Option<Choice<'_, Products>> {
        choose(self.rules.products.get(&(Family::of(area), metric, part))?.iter(), day)
    }

    /// The product lists of a metric, or of each of its parts.
    pub fn products_of(&self, area: Area, metric: Metric, day: Date) -> impl Iterator<Item = &Products> {
        let parts = Part::of(Family::of(area), metric).iter().copied().map(Some).chain([None]);
        parts.filter_map(move |part| self.products(area, metric, part, day)).map(|chosen| &chosen.row.value)
    }

    /// The product lists of all areas that know other names, each once, as a day has them.
    pub(crate) fn renaming<'r>(&'r self) -> impl Fn(Date) -> Vec<&'r Products> {
        let knows_names = |products: &Products| !products.aliases.is_empty();
        let lists = self.rules.products.values().filter(|rows| rows.iter().any(|row| knows_names(&row.value)));
        let lists: Vec<&Vec<DatedRow<Products>>> = lists.collect();
        move |day| {
            let chosen = lists.iter().filter_map(|rows| choose(rows.iter(), day));
            chosen.map(|chosen| &chosen.row.value).filter(|products| knows_names(products)).collect()
        }
    }

    /// The rows of all mechanisms, in the order of the text.
    #[must_use]
    pub fn mechanism_rows(&self) -> &[DatedRow<MechanismRow>] {
        &self.rules.mechanism
    }

    /// The catalogue of certifications, in the order of the text.
    #[must_use]
    pub fn certifications(&self) -> &[Certification] {
        &self.rules.certification
    }

    /// The code that a code is read as: that of the certification which has it as another code, else itself.
    #[must_use]
    pub fn code_of<'c>(&'c self, code: &'c str) -> &'c str {
        self.rules.code_of(code)
    }

    /// A certification by its code, or by another code of it.
    #[must_use]
    pub fn certification(&self, code: &str) -> Option<&Certification> {
        let code = self.code_of(code);
        self.rules.certification.iter().find(|entry| entry.code == code)
    }

    /// When a certification ceases to count, if it does; by its code, or by another code of it.
    #[must_use]
    pub fn cert_end(&self, code: &str) -> Option<&CertEnd> {
        let code = self.code_of(code);
        self.rules.cert_end.iter().find(|end| end.certification == code)
    }

    /// The days on which any rule, or how its first day is known, may be another than on the day before; ascending.
    #[must_use]
    pub fn change_days(&self) -> BTreeSet<Date> {
        let mut days = BTreeSet::new();
        for row in &self.rules.rows {
            let (not_before, after) = (row.basis.not_before(), row.to.and_then(|to| to.succ_opt()));
            days.extend([Some(row.from), not_before, after].into_iter().flatten());
        }
        days
    }

    /// Every dated row as it is written, in the order of the text.
    #[must_use]
    pub fn rows(&self) -> &[DatedRow<RuleRow>] {
        &self.rules.rows
    }

    /// The rows in force on a day, in the order of the text: those that apply to at least one of their keys and to a
    /// track on which the area is scored that day.
    #[must_use]
    pub fn rows_on(&self, day: Date) -> Vec<Choice<'_, RuleRow>> {
        let mut chosen: BTreeMap<usize, Choice<'_, RuleRow>> = BTreeMap::new();
        for (series, rows) in by_series(&self.rules.rows) {
            if let Some(one) = choose(rows.into_iter(), day).filter(|_| self.is_scored(&series, day)) {
                let (assumed, bounded) = (one.assumed, one.bounded);
                let all = chosen.entry(one.row.line).or_insert(one);
                all.assumed |= assumed;
                all.bounded |= bounded;
            }
        }
        chosen.into_values().collect()
    }

    /// Whether the series has no tracks, or its track is one on which the area is scored.
    fn is_scored(&self, series: &Series, day: Date) -> bool {
        let Some((track, family)) = series.track.zip(series.tracked_family()) else { return true };
        let modes = self.rules.track.get(&family).into_iter().flatten();
        choose(modes, day).is_some_and(|mode| mode.row.value.tracks().contains(&track))
    }
}

/// Chooses among the rows that serve a track.
fn choose_scoped<T>(rows: &[ScopedRow<T>], track: Track, day: Date) -> Option<Choice<'_, T>> {
    choose(rows.iter().filter(|scoped| scoped.scope.serves(track)).map(|scoped| &scoped.row), day)
}
