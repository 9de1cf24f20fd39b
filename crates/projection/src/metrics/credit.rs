//! How long a certification counts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use ledger::{Date, PersonId};

use crate::history::{DatedFact, History, Link};
use crate::rulebook::{CertEnd, Level, Rulebook};
use crate::standpoint::Cut;

/// A link of a certification, and the later link or unlinking that took its place.
pub(crate) type LinkSpan<'l> = (&'l DatedFact<Link>, Option<&'l DatedFact<Link>>);

/// The links of a person's certifications by code, the newest last.
pub(crate) fn spans<'l>(
    rulebook: &'l Rulebook,
    links: impl Iterator<Item = &'l DatedFact<Link>>,
) -> BTreeMap<&'l str, Vec<LinkSpan<'l>>> {
    let mut spans: BTreeMap<&str, Vec<LinkSpan<'_>>> = BTreeMap::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for link in links {
        let (linked, ended) = match &link.fact {
            Link::Linked { certification, .. } => {
                let code = rulebook.code_of(certification.as_str());
                (Some(code), open.take(code).into_iter().collect())
            }
            Link::Unlinked { certification: Some(certification) } => {
                (None, open.take(rulebook.code_of(certification.as_str())).into_iter().collect())
            }
            Link::Unlinked { certification: None } => (None, std::mem::take(&mut open)),
        };
        for code in ended {
            if let Some((_, end)) = spans.get_mut(code).and_then(|spans| spans.last_mut()) {
                *end = Some(link);
            }
        }
        if let Some(code) = linked {
            open.insert(code);
            spans.entry(code).or_default().push((link, None));
        }
    }
    spans
}

impl History {
    /// The people that links and unlinks name, each with the codes of the certifications that are linked behind all of
    /// these, whether they count or not.
    pub fn linked<'h>(&'h self, rulebook: &'h Rulebook) -> impl Iterator<Item = (&'h PersonId, Vec<&'h str>)> {
        let named = self.people(Cut::END).filter(|(_, links)| links.clone().next().is_some());
        named.map(|(person, links)| {
            let open = |(_, spans): &(&str, Vec<LinkSpan<'_>>)| spans.last().is_some_and(|(_, over)| over.is_none());
            (person, spans(rulebook, links).into_iter().filter(open).map(|(code, _)| code).collect())
        })
    }
}

/// What ends the time of a linked certification.
pub(crate) struct Credit<'r> {
    earned_on: Date,
    pub(crate) expires_on: Option<Date>,
    end: Option<&'r CertEnd>,
}

impl<'r> Credit<'r> {
    /// That of a link, if it links a certification.
    pub(crate) fn of(rulebook: &'r Rulebook, link: &DatedFact<Link>) -> Option<Self> {
        let Link::Linked { certification, earned_on, expires_on, .. } = &link.fact else { return None };
        let earned_on = earned_on.unwrap_or_else(|| link.at.date());
        Some(Self::new(rulebook, certification.as_str(), earned_on, *expires_on))
    }

    /// That of a certification that was earned on a day, up to its last one if that was said.
    pub(crate) fn new(rulebook: &'r Rulebook, code: &str, earned_on: Date, expires_on: Option<Date>) -> Self {
        let expires_on = expires_on.or_else(|| expiry(rulebook, code, earned_on));
        Self { earned_on, expires_on, end: rulebook.cert_end(code) }
    }

    /// That of a certification that is linked on the day on which it is earned.
    pub(crate) fn earned(rulebook: &'r Rulebook, code: &str, earned_on: Date) -> Self {
        Self { earned_on, expires_on: expiry(rulebook, code, earned_on), end: rulebook.cert_end(code) }
    }

    /// The days on which the time may be over, each the first without it.
    pub(crate) fn ends(&self) -> impl Iterator<Item = Date> {
        let last_days = [self.expires_on, self.end.and_then(|end| end.counts_through)];
        let ends = last_days.into_iter().flatten().filter_map(|last| last.succ_opt());
        ends.chain(self.end.and_then(|end| end.not_eligible_from))
    }

    /// The day of its retirement, if it was earned after that: it never counts.
    pub(crate) fn retired_before(&self) -> Option<Date> {
        self.end?.retired.filter(|retired| self.earned_on > *retired)
    }

    /// Why the certification does not count on a day, if it does not.
    pub(crate) fn why_over(&self, day: Date) -> Option<String> {
        if let Some(expired) = self.expires_on.filter(|expires_on| day > *expires_on) {
            return Some(format!("it expired on {expired}"));
        }
        if let Some(retired) = self.retired_before() {
            return Some(format!("it was earned after its retirement on {retired}"));
        }
        let end = self.end?;
        if let Some(from) = end.not_eligible_from.filter(|from| day >= *from) {
            return Some(format!("it is not eligible from {from}"));
        }
        let last = end.counts_through.filter(|last| day > *last)?;
        Some(format!("it counted through {last}"))
    }
}

/// The last day of a certification whose link has none: so many years after it was earned as the catalogue says, one for
/// a code that it lacks, and never for fundamentals.
fn expiry(rulebook: &Rulebook, certification: &str, earned_on: Date) -> Option<Date> {
    let known = rulebook.certification(certification);
    if known.is_some_and(|known| known.level == Level::Fundamentals) {
        return None;
    }
    let year = earned_on.year() + known.map_or(1, |known| known.valid_years).cast_signed();
    earned_on.with_year(year).or_else(|| Date::from_ymd_opt(year, 2, 28))
}
