//! What one partner alone may have, by the rulebook's rows of mechanisms.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, CustomerId, Key, Mechanism, PartnerId, Role};

use super::claims::{Claim, Claims, time};
use super::message::Message;
use super::overlaps::{NEVER, Period, Periods};
use super::people;
use super::{END_OF_TIME, Finding, areas_of, products_of};
use crate::association::{Association, Churns};
use crate::history::History;
use crate::identity;
use crate::rulebook::{ExclusiveKey, Rulebook};

/// How many others that claim the same at the same time as one association or link are a finding each.
const MOST: usize = 16;

/// Something that one partner alone may have by a mechanism: what an association has of a combination that the rulebook
/// names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ExclusiveRight {
    mechanism: Mechanism,
    /// Where each role may have a partner of its own.
    role: Option<Role>,
    customer: Option<CustomerId>,
    /// As workloads are compared.
    workload: Option<String>,
    subscription: Option<String>,
}

impl ExclusiveRight {
    /// What an association has of a combination, its workload under one of its names; `None` where it lacks a part.
    fn of(combination: &[ExclusiveKey], one: &Association<'_>, workload: Option<&str>) -> Option<Self> {
        let mechanism = one.mechanism;
        let role = match mechanism {
            // A provider and its reseller share a subscription.
            Mechanism::Csp => one.role,
            // A claim in one role shuts out those in all others.
            Mechanism::Cpor | Mechanism::Dpor | Mechanism::Pal | Mechanism::Tpor => None,
        };
        let mut right = Self { mechanism, role, customer: None, workload: None, subscription: None };
        for part in combination {
            match part {
                ExclusiveKey::Customer => right.customer = Some(one.customer),
                ExclusiveKey::Workload => right.workload = Some(workload?.to_owned()),
                ExclusiveKey::Subscription => right.subscription = Some(one.subscription()?.to_owned()),
                // An identity has another pseudonym in each ledger, and a name that stands in for it in some reports.
                ExclusiveKey::Principal => return None,
            }
        }
        right.key().is_some().then_some(right)
    }

    /// Everything that an association claims, with its workload under these names.
    pub(super) fn all_of(one: &Association<'_>, names: &[String], rulebook: &Rulebook) -> BTreeSet<Self> {
        let combinations = combinations(one, rulebook);
        let names = names.iter().map(|name| Some(name.as_str())).chain(one.workload().is_none().then_some(None));
        names.flat_map(|name| combinations.iter().filter_map(move |parts| Self::of(parts, one, name))).collect()
    }

    /// The key by which entries of others that claim it are found; `None` where no key leads to them.
    fn key(&self) -> Option<Key> {
        match (&self.subscription, self.customer, &self.workload) {
            (Some(subscription), ..) => Some(Key::subscription(self.mechanism, subscription)),
            (None, Some(customer), Some(workload)) => Some(Key::workload(self.mechanism, customer.0, workload)),
            (None, ..) => None,
        }
    }
}

/// The combinations for which an association is exclusive: those of the rows of its mechanism and role in force on the
/// day of its start, in the areas to which it can belong.
fn combinations<'r>(one: &Association<'_>, rulebook: &'r Rulebook) -> BTreeSet<&'r [ExclusiveKey]> {
    let rows = || rulebook.mechanism_rows().iter().filter(|row| row.value.is_of(one.mechanism, one.role));
    let is_limited = one.subscription().is_some() || one.workload().is_some();
    if !is_limited || rows().all(|row| row.value.exclusive_per.is_empty()) {
        return BTreeSet::new();
    }
    // Rows that hold for all areas are those of any.
    let areas =
        if rows().all(|row| row.value.areas.is_empty()) { vec![Area::Security] } else { areas_of(one, rulebook) };
    let rows = areas.into_iter().filter_map(|area| rulebook.mechanism(one.mechanism, one.role, area, one.start.date()));
    rows.map(|chosen| chosen.row.value.exclusive_per.as_slice()).collect()
}

/// The keys of everything that the partner alone may have.
pub(super) fn keys(history: &History, rulebook: &Rulebook) -> Vec<Key> {
    let mut keys: Vec<Key> = history.people(END_OF_TIME).map(|(person, _)| Key::person(person.as_str())).collect();
    for one in standing(history, rulebook) {
        keys.extend(
            ExclusiveRight::all_of(&one, &other_names(rulebook, &one), rulebook).iter().filter_map(ExclusiveRight::key),
        );
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

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
    for mine in own.iter().filter(|one| lasts(one)) {
        let (mechanism, code) = (mine.mechanism, code_of(mine.mechanism));
        for right in ExclusiveRight::all_of(mine, &other_names(rulebook, mine), rulebook) {
            let what = match (&right.subscription, mine.workload()) {
                (Some(subscription), _) => format!("subscription {subscription}"),
                (None, workload) => {
                    let workload = workload.expect("a right without a subscription is to a workload");
                    format!("workload {workload} of customer {}", mine.customer)
                }
            };
            for (nth, their) in overlapping(others.of(&right), mine, number).take(MOST + 1).enumerate() {
                if nth == MOST {
                    let message = format!("{what} has a {mechanism} of further partners as well");
                    findings.push(Finding::new(code, mine.made_by.clone(), message));
                    break;
                }
                let entries = [&*mine.made_by, &*their.what.made_by].concat();
                let same = mine.subscription().filter(|_| their.what.subscription.as_deref() == mine.subscription());
                let what = same.map_or_else(|| what.clone(), |subscription| format!("subscription {subscription}"));
                let message = Message::from(format!("{what} has a {mechanism} of "));
                let message = message.partner(others.partner(their.partner)).then(" as well");
                findings.push(Finding::new(code, entries, message));
            }
        }
    }
    find_people(history, number, others, rulebook, findings);
    find_masked(&own, findings);
}

/// The kind of finding when two partners claim one thing by a mechanism.
fn code_of(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Cpor => "cpor_of_two_partners",
        Mechanism::Csp => "csp_of_two_partners",
        Mechanism::Dpor => "dpor_of_two_partners",
        Mechanism::Pal => "pal_of_two_partners",
        Mechanism::Tpor => "tpor_of_two_partners",
    }
}

/// The TPOR that stand beside a DPOR of the same subscription.
fn find_masked(own: &[Association<'_>], findings: &mut Vec<Finding>) {
    let mut by_subscription: BTreeMap<&str, Periods<Claim>> = BTreeMap::new();
    for dpor in own.iter().filter(|one| one.mechanism == Mechanism::Dpor && lasts(one)) {
        if let Some(subscription) = dpor.subscription() {
            by_subscription.entry(subscription).or_default().push(time(dpor, 0));
        }
    }
    for tpor in own.iter().filter(|one| one.mechanism == Mechanism::Tpor && lasts(one)) {
        let Some(subscription) = tpor.subscription() else { continue };
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
    times: Option<&'t Periods<Claim>>,
    one: &Association<'_>,
    partner: Option<usize>,
) -> impl Iterator<Item = &'t Period<Claim>> {
    let (start, end) = (one.start, one.end_exclusive.unwrap_or(NEVER));
    times.into_iter().flat_map(move |times| times.overlapping(start, end, partner))
}

/// Every association that ever started.
pub(super) fn standing<'a>(history: &'a History, rulebook: &'a Rulebook) -> Vec<Association<'a>> {
    let churned = Churns::of(history, None, END_OF_TIME);
    let associations = history.associations(END_OF_TIME);
    associations.filter_map(|(id, steps)| Association::stand(&churned, rulebook, id, steps)).collect()
}

/// Whether an association was in force at any instant.
pub(super) fn lasts(one: &Association<'_>) -> bool {
    one.end_exclusive.is_none_or(|end| one.start < end)
}

/// All names under which rulebook rows know the workload of an association, as workloads are compared; its own among
/// them.
fn other_names(rulebook: &Rulebook, one: &Association<'_>) -> Vec<String> {
    let Some(workload) = one.workload() else { return Vec::new() };
    let mut names = vec![identity::product(workload)];
    for products in Area::ALL.iter().flat_map(|area| products_of(rulebook, *area, one.start.date())) {
        let Some(name) = products.find(workload) else { continue };
        let aliases = products.aliases.iter().filter(|(_, of)| identity::is_product(of, name));
        names.push(identity::product(name));
        names.extend(aliases.map(|(alias, _)| identity::product(alias)));
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
    for (person, mine) in people::times(history, rulebook, 0) {
        let Some(theirs) = others.of_person(person) else { continue };
        for one in mine {
            let overlapping = theirs.overlapping(one.start, one.end_exclusive, partner);
            for (nth, their) in overlapping.take(MOST + 1).enumerate() {
                let message = Message::from(format!("{person} is linked to "));
                let (entries, message) = if nth == MOST {
                    (vec![one.what], message.then("further partners"))
                } else {
                    (vec![one.what, their.what], message.partner(others.partner(their.partner)))
                };
                findings.push(Finding::new("person_of_two_partners", entries, message.then(" at the same time")));
            }
        }
    }
}
