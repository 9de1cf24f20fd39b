//! When a certification of a person counts (scoring specification, section 6, "Skilling"): from a link to what takes its
//! place, and within the limits of the certification.

use std::collections::BTreeMap;

use chrono::Datelike;
use ledger::{Date, PersonId};

use crate::history::{Dated, History, Link};
use crate::rulebook::{Level, Rulebook};
use crate::standpoint::Cut;

/// A link of a certification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding<'a> {
    /// The code as which the rules read that of the link.
    pub(crate) code: &'a str,
    pub(crate) link: &'a Dated<Link>,
    /// The newer link, or the unlinking, that takes its place.
    pub(crate) over: Option<&'a Dated<Link>>,
}

/// What ends the time in which a linked certification counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The last day of its validity.
    Expiry(Date),
    /// The day of the retirement, before which it was not earned.
    Retirement(Date),
    /// The first day on which it is not eligible.
    NotEligible(Date),
    /// The last day of its credit.
    LastCredit(Date),
}

impl<'a> Holding<'a> {
    /// The holdings of a person by their links: those that are over in the order of their ends, then the others by code.
    pub(crate) fn all(rulebook: &'a Rulebook, links: impl Iterator<Item = &'a Dated<Link>>) -> Vec<Self> {
        let mut open: BTreeMap<&str, &Dated<Link>> = BTreeMap::new();
        let mut all = Vec::new();
        for link in links {
            let over: Vec<(&str, &Dated<Link>)> = match &link.fact {
                Link::Linked { certification, .. } => {
                    let code = rulebook.code_of(certification.as_str());
                    open.insert(code, link).map(|over| (code, over)).into_iter().collect()
                }
                Link::Unlinked { certification: Some(certification) } => {
                    open.remove_entry(rulebook.code_of(certification.as_str())).into_iter().collect()
                }
                Link::Unlinked { certification: None } => std::mem::take(&mut open).into_iter().collect(),
            };
            all.extend(over.into_iter().map(|(code, over)| Self { code, link: over, over: Some(link) }));
        }
        all.extend(open.into_iter().map(|(code, link)| Self { code, link, over: None }));
        all
    }

    /// Whether a newer link takes its place.
    pub(crate) fn is_renewed(&self) -> bool {
        self.over.is_some_and(|over| matches!(over.fact, Link::Linked { .. }))
    }
}

impl History {
    /// The people that links and unlinks name, each with the codes of the certifications that are linked behind all of
    /// these, whether they count or not.
    pub fn linked<'h>(&'h self, rulebook: &'h Rulebook) -> impl Iterator<Item = (&'h PersonId, Vec<&'h str>)> {
        let named = self.people(Cut::END).filter(|(_, links)| links.clone().next().is_some());
        named.map(|(person, links)| {
            let open = Holding::all(rulebook, links).into_iter().filter(|holding| holding.over.is_none());
            (person, open.map(|holding| holding.code).collect())
        })
    }
}

/// The limits of a linked certification, in the order in which they are told.
pub(crate) fn limits(rulebook: &Rulebook, code: &str, link: &Dated<Link>) -> impl Iterator<Item = Limit> {
    let Link::Linked { earned_on, expires_on, .. } = &link.fact else { return [None; 4].into_iter().flatten() };
    let earned_on = earned_on.unwrap_or_else(|| link.at.date());
    let credit = rulebook.cert_end(code);
    let limits = [
        expires_on.or_else(|| expiry(rulebook, code, earned_on)).map(Limit::Expiry),
        credit.and_then(|end| end.retired).filter(|retired| earned_on > *retired).map(Limit::Retirement),
        credit.and_then(|end| end.not_eligible_from).map(Limit::NotEligible),
        credit.and_then(|end| end.counts_through).map(Limit::LastCredit),
    ];
    limits.into_iter().flatten()
}

/// The limit by which a linked certification does not count on a day, if it does not.
pub(crate) fn limit_on(rulebook: &Rulebook, code: &str, link: &Dated<Link>, day: Date) -> Option<Limit> {
    limits(rulebook, code, link).find(|limit| limit.first_day().is_none_or(|first| first <= day))
}

impl Limit {
    /// The first day on which the certification does not count; `None` where it never does.
    pub(crate) fn first_day(self) -> Option<Date> {
        match self {
            Self::Expiry(last) | Self::LastCredit(last) => Some(last.succ_opt().unwrap_or(Date::MAX)),
            Self::NotEligible(first) => Some(first),
            Self::Retirement(_) => None,
        }
    }

    /// Why it does not count, in words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Expiry(last) => format!("it expired on {last}"),
            Self::Retirement(day) => format!("it was earned after its retirement on {day}"),
            Self::NotEligible(first) => format!("it is not eligible from {first}"),
            Self::LastCredit(last) => format!("it counted through {last}"),
        }
    }
}

/// The last day of a certification whose link has none: so many years after it was earned as the catalogue says, one for
/// a code that it lacks, and never for fundamentals.
fn expiry(rulebook: &Rulebook, code: &str, earned_on: Date) -> Option<Date> {
    let known = rulebook.certification(code);
    if known.is_some_and(|known| known.level == Level::Fundamentals) {
        return None;
    }
    let year = earned_on.year() + known.map_or(1, |known| known.valid_years).cast_signed();
    earned_on.with_year(year).or_else(|| Date::from_ymd_opt(year, 2, 28))
}
