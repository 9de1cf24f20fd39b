//! Certifications that were earned and are not linked.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Date, PersonId};

use super::Finding;
use crate::history::{Achievement, DatedFact, History, Link};
use crate::metrics::credit::{Credit, spans};
use crate::rulebook::{Rulebook, Track, metrics_of_skill};
use crate::same_as::SameAs;
use crate::standpoint::Cut;

/// A person and a code.
type Held<'h> = (&'h PersonId, &'h str);

/// Finds certifications that would count on a day if they were linked: of a list of that day, not over, and without a
/// link that counts, of the person or of another that a list shows to be the same.
pub(super) fn find(history: &History, rulebook: &Rulebook, day: Date, findings: &mut Vec<Finding>) {
    let mut earned: BTreeMap<Held<'_>, &DatedFact<Achievement>> = BTreeMap::new();
    for (person, one) in history.earned(Cut::end_of(day)) {
        earned.insert((person, rulebook.code_of(one.fact.certification.as_str())), one);
    }
    if earned.is_empty() {
        return;
    }
    let listed = listed(rulebook, day);
    let linked = linked(history, rulebook, day, &listed);
    let same = same(history, day);
    for ((person, code), one) in &earned {
        let Achievement { earned_on, expires_on, .. } = one.fact;
        let counts = Credit::new(rulebook, code, earned_on, expires_on).why_over(day).is_none();
        let mut persons = std::iter::once(person).chain(same.get(person).into_iter().flatten());
        if listed.contains(code) && counts && !persons.any(|person| linked.contains(&(*person, *code))) {
            let message = format!(
                "{code} of {person}, earned on {earned_on}, has no link that counts: it counts nowhere until the person \
                 links the learning account"
            );
            findings.push(Finding::new("earned_not_linked", vec![one.seq], message));
        }
    }
}

/// The codes in the lists of a day.
fn listed(rulebook: &Rulebook, day: Date) -> BTreeSet<&str> {
    let mut listed = BTreeSet::new();
    for area in Area::ALL {
        for metric in metrics_of_skill() {
            let skills = Track::ALL.iter().filter_map(|track| rulebook.skill(*area, metric, *track, day));
            let of_steps = skills.flat_map(|skill| &skill.row.value.steps).flat_map(|step| &step.certifications);
            let list = rulebook.certification_list(*area, metric, day);
            listed.extend(of_steps.chain(list.into_iter().flat_map(|list| &list.row.value)).map(String::as_str));
        }
    }
    listed
}

/// The links of listed certifications that count on a day.
fn linked<'h>(history: &'h History, rulebook: &'h Rulebook, day: Date, listed: &BTreeSet<&str>) -> BTreeSet<Held<'h>> {
    let mut linked = BTreeSet::new();
    for (person, links) in history.people(Cut::end_of(day)) {
        for (code, spans) in spans(rulebook, links).into_iter().filter(|(code, _)| listed.contains(code)) {
            let Some((link, None)) = spans.last() else { continue };
            if Credit::of(rulebook, link).is_some_and(|credit| credit.why_over(day).is_none()) {
                linked.insert((person, code));
            }
        }
    }
    linked
}

/// The persons whom a list shows to be the same as each person.
fn same(history: &History, day: Date) -> BTreeMap<&PersonId, BTreeSet<&PersonId>> {
    let cut = Cut::end_of(day);
    let links = history.people(cut).flat_map(|(person, links)| links.map(move |link| (person, &link.fact)));
    let of_links = links.filter_map(|(person, link)| match link {
        Link::Linked { same_as, .. } => Some((person, same_as)),
        Link::Unlinked { .. } => None,
    });
    let of_earned = history.earned(cut).map(|(person, earned)| (person, &earned.fact.same_as));
    let mut same: BTreeMap<&PersonId, BTreeSet<&PersonId>> = BTreeMap::new();
    for (person, remarks) in of_links.chain(of_earned) {
        for SameAs { other, .. } in remarks {
            same.entry(person).or_default().insert(other);
            same.entry(other).or_default().insert(person);
        }
    }
    same
}
