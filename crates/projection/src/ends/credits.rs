//! Which certifications of people cease to count, on which days.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Date, PersonId};

use crate::history::{DatedFact, History, Link};
use crate::metrics::credit::{Credit, LinkSpan, spans};
use crate::rulebook::Rulebook;
use crate::standpoint::Cut;

/// A certification of a person that counts up to a day.
pub(super) struct CreditEnd {
    pub(super) person: PersonId,
    /// The code, as the rulebook of the day before reads it.
    pub(super) certification: String,
    /// The code, as the rulebook of the day reads it.
    pub(super) read_as: String,
    /// Whether a row of the rulebook ends it, and neither its own time nor an unlinking.
    pub(super) by_row: bool,
    /// The entry that linked it, and the one that ended it, if one did.
    pub(super) entries: Vec<u64>,
}

/// The certifications that count on one of some days, which follow each other, and not on the next, by that day. Each
/// day has the rulebook that is in force on it.
pub(super) fn ends(history: &History, days: &[(Date, &Rulebook)]) -> BTreeMap<Date, Vec<CreditEnd>> {
    let mut ends: BTreeMap<Date, Vec<CreditEnd>> = BTreeMap::new();
    let Some((first, _)) = days.first() else { return ends };
    let place = |day: Date| usize::try_from((day - *first).num_days()).ok().filter(|place| *place > 0);
    let changes: Vec<usize> =
        (1..).zip(days.windows(2)).filter(|(_, pair)| is_change(pair)).map(|(place, _)| place).collect();
    let books: Vec<&Rulebook> =
        std::iter::once(0).chain(changes.iter().copied()).filter_map(|place| Some(days.get(place)?.1)).collect();
    for (person, links) in history.people(Cut::END) {
        let links: Vec<&DatedFact<Link>> = links.collect();
        let mut places: BTreeSet<usize> = links.iter().filter_map(|link| place(link.at.date())).collect();
        for credit in books.iter().flat_map(|book| links.iter().filter_map(|link| Credit::of(book, link))) {
            places.extend(credit.ends().filter_map(place));
        }
        places.extend(changes.iter().copied().filter(|_| !links.is_empty()));
        for place in places {
            let (Some(eve), Some(day)) = (place.checked_sub(1).and_then(|eve| days.get(eve)), days.get(place)) else {
                continue;
            };
            ends.entry(day.0).or_default().extend(ended((person, &links), *eve, *day));
        }
    }
    ends
}

fn is_change(pair: &[(Date, &Rulebook)]) -> bool {
    matches!(pair, [(_, one), (_, other)] if !std::ptr::eq(*one, *other))
}

/// What counts of a person's certifications on a day and not on the next.
fn ended<'l>(
    (person, links): (&'l PersonId, &'l [&DatedFact<Link>]),
    eve: (Date, &'l Rulebook),
    day: (Date, &'l Rulebook),
) -> impl Iterator<Item = CreditEnd> {
    let (before, after) = (newest(links, eve), newest(links, day));
    let (book, today) = (day.1, day.0);
    before.into_iter().filter(move |(_, span)| counts(span, eve)).filter_map(move |(code, (link, _))| {
        let Link::Linked { certification, .. } = &link.fact else { return None };
        let read_as = book.code_of(certification.as_str());
        let span = after.get(read_as)?;
        if counts(span, day) {
            return None;
        }
        let (newest, over) = span;
        let has_expired = Credit::of(book, newest)
            .is_some_and(|credit| credit.expires_on.is_some_and(|expires_on| expires_on < today));
        let seqs = [Some(link.seq), Some(newest.seq), over.map(|unlink| unlink.seq)];
        let entries: BTreeSet<u64> = seqs.into_iter().flatten().collect();
        Some(CreditEnd {
            person: person.clone(),
            certification: code.to_owned(),
            read_as: read_as.to_owned(),
            by_row: over.is_none() && !has_expired,
            entries: entries.into_iter().collect(),
        })
    })
}

/// The newest link of each certification as of a day, by code.
fn newest<'l>(links: &[&'l DatedFact<Link>], (day, book): (Date, &'l Rulebook)) -> BTreeMap<&'l str, LinkSpan<'l>> {
    let cut = Cut::end_of(day);
    let seen = links.iter().copied().take_while(|link| cut.shows(link.at, link.seq));
    spans(book, seen).into_iter().filter_map(|(code, spans)| Some((code, *spans.last()?))).collect()
}

fn counts((link, over): &LinkSpan<'_>, (day, book): (Date, &Rulebook)) -> bool {
    over.is_none() && Credit::of(book, link).is_some_and(|credit| credit.why_over(day).is_none())
}
