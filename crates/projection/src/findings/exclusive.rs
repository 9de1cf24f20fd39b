//! What one partner alone may have.

use std::collections::BTreeMap;

use ledger::{CustomerId, Key, Mechanism, PartnerId};

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
        if !EXCLUSIVE.iter().any(|(exclusive, _)| *exclusive == mechanism) {
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

pub(super) fn find(
    history: &History,
    others: &[(&PartnerId, &History)],
    rulebook: &Rulebook,
    findings: &mut Vec<Finding>,
) {
    let own = standing(history, rulebook);
    for (partner, other) in others {
        let theirs = standing(other, rulebook);
        let theirs = by_claim(&theirs);
        for (mechanism, code) in EXCLUSIVE {
            for mine in own.iter().filter(|one| one.mechanism == mechanism) {
                let claims = claims(mine).into_iter().flatten();
                let mut candidates: Vec<&Association<'_>> =
                    claims.filter_map(|claim| theirs.get(&claim)).flatten().copied().collect();
                candidates.dedup_by_key(|one| one.id);
                for their in candidates.into_iter().filter(|one| one.mechanism == mechanism && overlap(mine, one)) {
                    if let Some(what) = claimed_by_both(rulebook, mine, their) {
                        let entries = [&*mine.made_by, &*their.made_by].concat();
                        let message = format!("{what} has a {mechanism} of partner {partner} as well");
                        findings.push(Finding::new(code, entries, message));
                    }
                }
            }
        }
        find_people(history, partner, other, findings);
    }
    let by_own_claim = by_claim(&own);
    for tpor in own.iter().filter(|one| one.mechanism == Mechanism::Tpor) {
        let Some(subscription) = tpor.subscription else { continue };
        let same = by_own_claim.get(&Claim::Subscription(subscription)).map_or(&[][..], Vec::as_slice);
        for dpor in same.iter().filter(|one| one.mechanism == Mechanism::Dpor && overlap(tpor, one)) {
            let entries = [&*tpor.made_by, &*dpor.made_by].concat();
            let message = format!("the TPOR of subscription {subscription} stands beside a DPOR");
            findings.push(Finding::new("tpor_masked_by_dpor", entries, message));
        }
    }
}

/// Every association that ever started.
fn standing<'a>(history: &'a History, rulebook: &'a Rulebook) -> Vec<Association<'a>> {
    let churned = Churned::of(history, None, END_OF_TIME);
    let associations = history.associations(END_OF_TIME);
    associations.filter_map(|(id, steps)| Association::stand(&churned, rulebook, id, steps)).collect()
}

/// What an association may claim for its partner alone: a subscription, or something of a customer.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Claim<'a> {
    Subscription(&'a str),
    Customer(CustomerId),
}

fn claims<'a>(association: &Association<'a>) -> [Option<Claim<'a>>; 2] {
    let customer = association.workload.map(|_| Claim::Customer(association.customer));
    [association.subscription.map(Claim::Subscription), customer]
}

fn by_claim<'s, 'a>(associations: &'s [Association<'a>]) -> BTreeMap<Claim<'a>, Vec<&'s Association<'a>>> {
    let mut by_claim: BTreeMap<Claim<'a>, Vec<&Association<'a>>> = BTreeMap::new();
    for association in associations {
        for claim in claims(association).into_iter().flatten() {
            by_claim.entry(claim).or_default().push(association);
        }
    }
    by_claim
}

/// Whether two associations were in force at one instant.
fn overlap(one: &Association<'_>, other: &Association<'_>) -> bool {
    let is_before =
        |one: &Association<'_>, other: &Association<'_>| one.end_exclusive.is_none_or(|end| other.start < end);
    let lasts = |one: &Association<'_>| one.end_exclusive.is_none_or(|end| one.start < end);
    lasts(one) && lasts(other) && is_before(one, other) && is_before(other, one)
}

/// What both claim: a subscription or, of one customer, a workload under any of its names.
fn claimed_by_both(rulebook: &Rulebook, one: &Association<'_>, other: &Association<'_>) -> Option<String> {
    if let Some(subscription) = one.subscription.filter(|_| one.subscription == other.subscription) {
        return Some(format!("subscription {subscription}"));
    }
    let (workload, their) = (one.workload?, identity::product(other.workload?));
    let same = one.customer == other.customer && other_names(rulebook, workload, one).contains(&their);
    same.then(|| format!("workload {workload} of customer {}", one.customer))
}

/// All names under which rulebook rows know a workload, folded; its own among them.
fn other_names(rulebook: &Rulebook, workload: &str, association: &Association<'_>) -> Vec<String> {
    let mut names = vec![identity::product(workload)];
    let day = association.start.date();
    for area in [ledger::Area::ModernWork, ledger::Area::Security, ledger::Area::BusinessApplications] {
        for metric in [Metric::NetCustomerAdds, Metric::UsageGrowth, Metric::Deployments] {
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

fn find_people(history: &History, partner: &PartnerId, other: &History, findings: &mut Vec<Finding>) {
    let theirs: BTreeMap<_, _> = linked(other).into_iter().collect();
    for (person, mine) in linked(history) {
        let Some(theirs) = theirs.get(person) else { continue };
        for one in &mine {
            for their in theirs.iter().filter(|their| one.overlaps(their)) {
                let message = format!("{person} is linked to partner {partner} at the same time");
                findings.push(Finding::new("person_of_two_partners", vec![one.seq, their.seq], message));
            }
        }
    }
}
