//! The answers to what was asked, folded from entries alone: the same for making and for checking a bundle.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledger::{Entry, Month, PartnerId, UsageMetric};
use projection::rulebook::Rulebook;
use projection::{AreaScore, BeforeProgram, Carry, History, adoption_in_force, findings, score};

use super::bad;
use super::statement::{Asking, RulebookSource, Ruled};
use crate::ask::score_json::{Answer, Missing};
use crate::beyond::{missing_figures, short_bases};
use crate::error::Error;
use crate::known::{Rules, rules_of};

/// Where a score comes from, beside the entries.
pub(super) struct Origin<'a> {
    pub asking: &'a Asking,
    pub rules: &'a Rules,
    pub size: u64,
    pub root: [u8; 32],
    pub findings: usize,
    pub reported: &'a ReportedMonths,
}

impl<'a> Origin<'a> {
    /// A score with where it comes from, as `score` prints it.
    pub(super) fn answer(&self, score: &'a AreaScore) -> Answer<'a> {
        Answer {
            partner: &self.asking.partner,
            known_at: self.asking.known_at,
            basis: self.asking.question.basis,
            rules: self.rules,
            size: self.size,
            root: self.root,
            findings: self.findings,
            explain: self.asking.question.explain,
            carry: None,
            assumed: None,
            missing: Missing {
                figures: missing_figures(&self.reported.to, score.area, score.measured_month),
                bases: short_bases(&self.reported.from, score.area, score.compared_month),
                plan: None,
            },
            score,
        }
    }
}

/// The scores of the areas that were asked, in their order.
pub(super) fn scores(asking: &Asking, history: &History, rulebook: &Rulebook) -> Result<Vec<AreaScore>, BeforeProgram> {
    asking.areas.iter().map(|area| score(history, rulebook, *area, &asking.question)).collect()
}

/// The months of which each figure is reported.
pub(super) struct ReportedMonths {
    /// The first of them.
    pub from: BTreeMap<UsageMetric, Month>,
    /// The newest of them.
    pub to: BTreeMap<UsageMetric, Month>,
}

impl ReportedMonths {
    pub(super) fn of(history: &History) -> Self {
        Self { from: history.reported_from(), to: history.reported_to(Carry { from: None, own_end: u64::MAX }) }
    }
}

/// The entries of a bundle: the partner's, and those that hold for all partners.
pub(super) struct BundleEntries {
    pub partner: Vec<Entry>,
    pub shared: Vec<Entry>,
}

impl BundleEntries {
    /// Parts entries into those of a partner and those that hold for all.
    pub(super) fn of(entries: Vec<Entry>, partner: &PartnerId) -> Result<Self, Error> {
        let (shared, own): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.event.fact.event_type().is_shared());
        match own.iter().find(|entry| entry.event.partner.as_ref() != Some(partner)) {
            Some(entry) => {
                Err(Error::disproved("foreign_entry", format!("entry {} is not of the partner {partner}", entry.seq)))
            }
            None => Ok(Self { partner: own, shared }),
        }
    }

    pub(super) fn history(&self) -> History {
        History::fold(&self.partner)
    }

    /// The number of findings that the partner's own entries show, without those about claims of two partners.
    pub(super) fn own_findings(&self, asking: &Asking, history: &History) -> Result<usize, Error> {
        let day = asking.known_at.date();
        let rules = rules_of(&self.shared, day).map_err(unread)?;
        Ok(findings(history, &[], &rules.book, day).len())
    }

    /// The rules that a bundle says it was answered by, which must be those in force unless others were given.
    pub(super) fn rules(&self, asking: &Asking, stated: &Ruled) -> Result<Rules, Error> {
        let other = |what: String| Error::disproved("other_rulebook", what);
        let adopted = adoption_in_force(&self.shared, asking.question.as_of).map(|entry| entry.seq);
        let rules = match (stated.source, &stated.text) {
            (RulebookSource::Adopted, None) if stated.seq.is_some() && stated.seq == adopted => {
                rules_of(&self.shared, asking.question.as_of).map_err(unread)?
            }
            (RulebookSource::Adopted, None) => {
                return Err(other("the rulebook is not the one that was adopted".to_owned()));
            }
            (RulebookSource::Builtin, Some(_)) if adopted.is_some() => {
                return Err(other("the rulebook is built in, and another was adopted".to_owned()));
            }
            (RulebookSource::Builtin | RulebookSource::Given, Some(text)) if stated.seq.is_none() => {
                let book = Rulebook::parse(text).map_err(|errors| unread(errors.into()))?;
                Rules { name: book.name().to_owned(), book: Cow::Owned(book) }
            }
            _ => return Err(bad("its rulebook is not told")),
        };
        if rules.name != stated.name || rules.book.sha256() != stated.sha256 {
            return Err(other("the rulebook is not the one that the bundle names".to_owned()));
        }
        Ok(rules)
    }
}

/// A rulebook that cannot be read, in a bundle.
#[expect(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn unread(error: Error) -> Error {
    Error::disproved("other_rulebook", format!("the rulebook is none: {error}"))
}
