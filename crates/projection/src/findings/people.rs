//! Links of people's certifications.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{PersonId, Timestamp};

use super::{END_OF_TIME, Finding};
use crate::history::{Dated, History, Link};
use crate::holding::{Holding, Limit, limits};
use crate::rulebook::Rulebook;
use crate::same_as::{SameAs, Shared};

/// The time in which a certification was linked.
pub(super) struct Linked {
    pub(super) start: Timestamp,
    pub(super) end_exclusive: Option<Timestamp>,
    pub(super) seq: u64,
}

/// The times in which each person was linked, a renewal being part of the link that it renews.
pub(super) fn linked<'a>(history: &'a History, rulebook: &'a Rulebook) -> Vec<(&'a PersonId, Vec<Linked>)> {
    let people = history.people(END_OF_TIME).map(|(person, links)| {
        let mut renewed: BTreeMap<&str, &Dated<Link>> = BTreeMap::new();
        let mut times = Vec::new();
        for holding in Holding::all(rulebook, links) {
            let first = renewed.remove(holding.code).unwrap_or(holding.link);
            if holding.is_renewed() {
                renewed.insert(holding.code, first);
            } else {
                times.push(Linked { start: first.at, end_exclusive: holding.over.map(|over| over.at), seq: first.seq });
            }
        }
        (person, times)
    });
    people.collect()
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
        let what: Vec<&str> = what.into_iter().map(Shared::text).collect();
        let [one, other] = pair;
        let message =
            format!("{one} and {other} share a {} in one list, and count as two persons", what.join(" and a "));
        findings.push(Finding::new("person_of_two_ids", entries, message));
    }
}

pub(super) fn find(history: &History, rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    find_same(history, findings);
    for (person, links) in history.people(END_OF_TIME) {
        let holdings = Holding::all(rulebook, links.clone());
        let unlinks: BTreeSet<u64> = holdings.iter().filter_map(|holding| holding.over).map(|over| over.seq).collect();
        for link in links {
            let mut add = |kind, message| findings.push(Finding::new(kind, vec![link.seq], message));
            match &link.fact {
                Link::Linked { certification, .. } => {
                    let code = rulebook.code_of(certification.as_str());
                    if rulebook.certification(code).is_none() {
                        add("unknown_certification", format!("{code} is not in the catalogue"));
                    } else if let Some(Limit::Expiry(last)) = limits(rulebook, code, link).next()
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
