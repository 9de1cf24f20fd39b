//! Links of people's certifications.

use std::collections::{BTreeMap, BTreeSet};

use ledger::PersonId;

use super::overlaps::{NEVER, Period};
use super::{END_OF_TIME, Finding};
use crate::history::{History, Link};
use crate::metrics::credit::{Credit, spans};
use crate::rulebook::Rulebook;
use crate::same_as::{SameAs, Shared};

/// The periods in which each person was linked, each with the entry that linked it first; a renewal is part of the link that
/// it renews. Periods that have ended stand before those that have not, in the order of their ends.
pub(super) fn times<'a>(
    history: &'a History,
    rulebook: &'a Rulebook,
    partner: usize,
) -> impl Iterator<Item = (&'a PersonId, Vec<Period<u64>>)> {
    history.people(END_OF_TIME).map(move |(person, links)| {
        let mut times = Vec::new();
        for spans in spans(rulebook, links).into_values() {
            let mut first = None;
            for (link, over) in spans {
                let start = *first.get_or_insert(link);
                if over.is_none_or(|over| matches!(over.fact, Link::Unlinked { .. })) {
                    let end_exclusive = over.map_or(NEVER, |over| over.at);
                    let time = Period { start: start.at, end_exclusive, partner, what: start.seq };
                    times.push((over.map_or((NEVER, 0), |over| (over.at, over.seq)), time));
                    first = None;
                }
            }
        }
        times.sort_by_key(|(end, _)| *end);
        (person, times.into_iter().map(|(_, time)| time).collect())
    })
}

/// Finds persons that a list shows to be one.
fn find_same(history: &History, findings: &mut Vec<Finding>) {
    let mut links: BTreeMap<&PersonId, Vec<u64>> = BTreeMap::new();
    let mut pairs: BTreeMap<[&PersonId; 2], (BTreeSet<Shared>, Vec<u64>)> = BTreeMap::new();
    for (person, steps) in history.people(END_OF_TIME) {
        for step in steps {
            let Link::Linked { same_as, .. } = &step.fact else { continue };
            links.entry(person).or_default().push(step.seq);
            for SameAs { shared, other } in same_as {
                let (what, entries) = pairs.entry([person.min(other), person.max(other)]).or_default();
                what.insert(*shared);
                entries.push(step.seq);
            }
        }
    }
    for (pair, (what, mut entries)) in pairs {
        entries.extend(pair.iter().filter_map(|person| links.get(person)).flatten());
        let what: Vec<&str> = what.into_iter().map(Shared::name).collect();
        let [one, other] = pair;
        let message =
            format!("{one} and {other} share a {} in one list, and count as two persons", what.join(" and a "));
        findings.push(Finding::new("person_of_two_ids", entries, message));
    }
}

pub(super) fn find(history: &History, rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    find_same(history, findings);
    for (person, links) in history.people(END_OF_TIME) {
        let spans = spans(rulebook, links.clone());
        let unlinks: BTreeSet<u64> = spans.values().flatten().filter_map(|(_, over)| Some((*over)?.seq)).collect();
        for link in links {
            let mut add = |kind, message| findings.push(Finding::new(kind, vec![link.seq], message));
            match &link.fact {
                Link::Linked { certification, .. } => {
                    let code = rulebook.code_of(certification.as_str());
                    if rulebook.certification(code).is_none() {
                        add("unknown_certification", format!("{code} is not in the catalogue"));
                    } else if let Some(last) = Credit::of(rulebook, link).and_then(|credit| credit.expires_on)
                        && link.at.date() > last
                    {
                        let message = format!("{code} of {person} was linked after it expired on {last}");
                        add("linked_after_expiry", message);
                    }
                }
                Link::Unlinked { certification } if !unlinks.contains(&link.seq) => {
                    let named = certification.as_ref().map(|code| rulebook.code_of(code.as_str()));
                    let what = named.unwrap_or("any certification");
                    add("unlinked_without_link", format!("{what} of {person} was unlinked and is not linked"));
                }
                Link::Unlinked { .. } => {}
            }
        }
    }
}
