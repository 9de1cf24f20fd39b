//! Links of people's certifications.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{PersonId, Timestamp};

use super::{END_OF_TIME, Finding};
use crate::history::{History, Link};
use crate::metrics::credit::Credit;
use crate::rulebook::Rulebook;
use crate::same_as::{SameAs, Shared};

/// The time in which a certification was linked.
pub(super) struct Linked {
    pub(super) start: Timestamp,
    pub(super) end_exclusive: Option<Timestamp>,
    pub(super) seq: u64,
}

/// The times in which each person was linked, a renewal being part of the link that it renews.
pub(super) fn linked<'a>(history: &'a History, rulebook: &Rulebook) -> Vec<(&'a PersonId, Vec<Linked>)> {
    let people = history.people(END_OF_TIME).map(|(person, links)| {
        let mut open: BTreeMap<&str, Linked> = BTreeMap::new();
        let mut times = Vec::new();
        for link in links {
            match &link.fact {
                Link::Linked { certification, .. } => {
                    let linked = Linked { start: link.at, end_exclusive: None, seq: link.seq };
                    open.entry(rulebook.code_of(certification.as_str())).or_insert(linked);
                }
                Link::Unlinked { certification: Some(certification) } => {
                    let ended = open.remove(rulebook.code_of(certification.as_str()));
                    times.extend(ended.map(|linked| Linked { end_exclusive: Some(link.at), ..linked }));
                }
                Link::Unlinked { certification: None } => {
                    let ended = std::mem::take(&mut open).into_values();
                    times.extend(ended.map(|linked| Linked { end_exclusive: Some(link.at), ..linked }));
                }
            }
        }
        times.extend(open.into_values());
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
        let mut open: BTreeSet<&str> = BTreeSet::new();
        for link in links {
            match &link.fact {
                Link::Linked { certification, .. } => {
                    let code = rulebook.code_of(certification.as_str());
                    open.insert(code);
                    let mut add = |kind, message| findings.push(Finding::new(kind, vec![link.seq], message));
                    if rulebook.certification(code).is_none() {
                        add("unknown_certification", format!("{code} is not in the catalogue"));
                        continue;
                    }
                    let expires_on = Credit::of(rulebook, link).and_then(|credit| credit.expires_on);
                    if let Some(expired) = expires_on.filter(|last| link.at.date() > *last) {
                        let message = format!("{code} of {person} was linked after it expired on {expired}");
                        add("linked_after_expiry", message);
                    }
                }
                Link::Unlinked { certification } => {
                    let named = certification.as_ref().map(|code| rulebook.code_of(code.as_str()));
                    let was_linked = match named {
                        Some(code) => open.remove(code),
                        None => !std::mem::take(&mut open).is_empty(),
                    };
                    if !was_linked {
                        let what = named.unwrap_or("any certification");
                        let message = format!("{what} of {person} was unlinked and is not linked");
                        findings.push(Finding::new("unlinked_without_link", vec![link.seq], message));
                    }
                }
            }
        }
    }
}
