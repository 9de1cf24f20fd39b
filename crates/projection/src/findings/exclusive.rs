//! What one partner alone may have.

use std::collections::BTreeMap;

use ledger::{Key, Mechanism, PartnerId};

use super::claims::{Claimed, Claims, time};
use super::overlaps::{NEVER, Time, Times};
use super::{END_OF_TIME, EXCLUSIVE, Finding};
use crate::association::{Association, Churned};
use crate::findings::people::linked;
use crate::history::History;
use crate::identity;
use crate::rulebook::{Family, Metric, Part, Rulebook};

/// The keys of everything that the partner alone may have.
pub(super) fn keys(history: &History, rulebook: &Rulebook) -> Vec<Key> {
    let mut keys = Vec::new();
    for association in standing(history, rulebook) {
        let mechanism = association.mechanism;
        if !is_exclusive(mechanism) {
            continue;
        }
        keys.extend(association.subscription.map(|subscription| Key::subscription(mechanism, subscription)));
        if let Some(workload) = association.workload {
            let names = other_names(rulebook, workload, &association);
            keys.extend(names.iter().map(|name| Key::workload(mechanism, association.customer.0, name)));
        }
    }
    keys.extend(history.people(END_OF_TIME).map(|(person, _)| Key::person(person.as_str())));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Of others that claim the same at the same time as one association or link, so many are each a finding.
const MOST: usize = 16;

/// What contradicts the claims of others; `partner` is the one whose own are among them.
pub(super) fn find(
    history: &History,
    partner: Option<&PartnerId>,
    others: &Claims,
    rulebook: &Rulebook,
    findings: &mut Vec<Finding>,
) {
    let number = partner.and_then(|partner| others.number(partner));
    let own = standing(history, rulebook);
    for (mechanism, code) in EXCLUSIVE {
        for mine in own.iter().filter(|one| one.mechanism == mechanism && lasts(one)) {
            let mut find = |times: Option<&Times<Claimed>>, what: &str| {
                let overlapping = overlapping(times, mine, number);
                for (nth, their) in overlapping.take(MOST + 1).enumerate() {
                    if nth == MOST {
                        let message = format!("{what} has a {mechanism} of further partners as well");
                        findings.push(Finding::new(code, mine.made_by.clone(), message));
                        break;
                    }
                    let entries = [&*mine.made_by, &*their.what.made_by].concat();
                    let same = mine.subscription.filter(|_| their.what.subscription.as_deref() == mine.subscription);
                    let by_subscription = same.map(|same| format!("subscription {same}"));
                    let what = by_subscription.as_deref().unwrap_or(what);
                    let partner = others.partner(their.partner);
                    let message = format!("{what} has a {mechanism} of partner {partner} as well");
                    findings.push(Finding::new(code, entries, message));
                }
            };
            if let Some(subscription) = mine.subscription {
                find(others.of_subscription(mechanism, subscription), &format!("subscription {subscription}"));
            }
            if let Some(workload) = mine.workload {
                let what = format!("workload {workload} of customer {}", mine.customer);
                for name in other_names(rulebook, workload, mine) {
                    find(others.of_workload(mechanism, mine.customer, &name), &what);
                }
            }
        }
    }
    find_people(history, number, others, rulebook, findings);
    find_masked(&own, findings);
}

/// The TPOR that stand beside a DPOR of the same subscription.
fn find_masked(own: &[Association<'_>], findings: &mut Vec<Finding>) {
    let mut by_subscription: BTreeMap<&str, Times<Claimed>> = BTreeMap::new();
    for dpor in own.iter().filter(|one| one.mechanism == Mechanism::Dpor && lasts(one)) {
        if let Some(subscription) = dpor.subscription {
            by_subscription.entry(subscription).or_default().push(time(dpor, 0));
        }
    }
    for tpor in own.iter().filter(|one| one.mechanism == Mechanism::Tpor && lasts(one)) {
        let Some(subscription) = tpor.subscription else { continue };
        for (nth, dpor) in overlapping(by_subscription.get(subscription), tpor, None).take(MOST + 1).enumerate() {
            let (entries, beside) = if nth == MOST {
                (tpor.made_by.clone(), "further DPOR")
            } else {
                ([&*tpor.made_by, &*dpor.what.made_by].concat(), "a DPOR")
            };
            let message = format!("the TPOR of subscription {subscription} stands beside {beside}");
            findings.push(Finding::new("tpor_masked_by_dpor", entries, message));
        }
    }
}

/// The claims of others that overlap an association.
fn overlapping<'t>(
    times: Option<&'t Times<Claimed>>,
    one: &Association<'_>,
    partner: Option<usize>,
) -> impl Iterator<Item = &'t Time<Claimed>> {
    let (start, end) = (one.start, one.end_exclusive.unwrap_or(NEVER));
    times.into_iter().flat_map(move |times| times.overlapping(start, end, partner))
}

/// Every association that ever started.
pub(super) fn standing<'a>(history: &'a History, rulebook: &'a Rulebook) -> Vec<Association<'a>> {
    let churned = Churned::of(history, None, END_OF_TIME);
    let associations = history.associations(END_OF_TIME);
    associations.filter_map(|(id, steps)| Association::stand(&churned, rulebook, id, steps)).collect()
}

/// Whether one partner alone may have what such associations are of.
pub(super) fn is_exclusive(mechanism: Mechanism) -> bool {
    EXCLUSIVE.iter().any(|(exclusive, _)| *exclusive == mechanism)
}

/// Whether an association was in force at any instant.
pub(super) fn lasts(one: &Association<'_>) -> bool {
    one.end_exclusive.is_none_or(|end| one.start < end)
}

/// All names under which rulebook rows know a workload, folded; its own among them.
fn other_names(rulebook: &Rulebook, workload: &str, association: &Association<'_>) -> Vec<String> {
    let mut names = vec![identity::product(workload)];
    let day = association.start.date();
    for area in [ledger::Area::ModernWork, ledger::Area::Security, ledger::Area::BusinessApplications] {
        for &metric in Metric::ALL {
            let parts = Part::of(Family::of(area), metric).iter().copied().map(Some).chain([None]);
            for products in parts.filter_map(|part| rulebook.products(area, metric, part, day)) {
                let products = &products.row.value;
                let Some(name) = products.find(workload) else { continue };
                names.push(identity::product(name));
                let aliases =
                    products.aliases.iter().filter(|(_, of)| identity::product(of) == identity::product(name));
                names.extend(aliases.map(|(alias, _)| identity::product(alias)));
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn find_people(
    history: &History,
    partner: Option<usize>,
    others: &Claims,
    rulebook: &Rulebook,
    findings: &mut Vec<Finding>,
) {
    for (person, mine) in linked(history, rulebook) {
        let Some(theirs) = others.of_person(person) else { continue };
        for one in &mine {
            let overlapping = theirs.overlapping(one.start, one.end_exclusive.unwrap_or(NEVER), partner);
            for (nth, their) in overlapping.take(MOST + 1).enumerate() {
                let (entries, whom) = if nth == MOST {
                    (vec![one.seq], "further partners".to_owned())
                } else {
                    (vec![one.seq, their.what], format!("partner {}", others.partner(their.partner)))
                };
                let message = format!("{person} is linked to {whom} at the same time");
                findings.push(Finding::new("person_of_two_partners", entries, message));
            }
        }
    }
}
