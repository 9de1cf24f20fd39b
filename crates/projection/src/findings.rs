//! What contradicts: facts that the ledger records and that cannot all be as they were told.
//!
//! A finding never changes a score. It is about what is known, whatever the day; retracted events cause none.

mod associations;
mod claims;
mod earned;
mod exclusive;
mod message;
mod overlaps;
mod people;
mod seats;
mod usage;

use ledger::{Area, Date, Key, Month, PartnerId};

pub use self::claims::Claims;
pub use self::message::Message;
use crate::association::Association;
use crate::history::History;
use crate::rulebook::{Metric, Products, Rulebook};
use crate::standpoint::Cut;

/// Something that contradicts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The kind, for programs.
    pub code: &'static str,
    /// The entries that contradict, ascending.
    pub entries: Vec<u64>,
    /// What is wrong, for people.
    pub message: Message,
}

impl Finding {
    fn new(code: &'static str, mut entries: Vec<u64>, message: impl Into<Message>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        Self { code, entries, message: message.into() }
    }

    /// Finds that a location account is one of two partners. Only a reader of all partners' entries can tell: the history
    /// of a partner holds nothing about locations.
    #[must_use]
    pub fn of_accounts(entries: Vec<u64>, message: Message) -> Self {
        Self::new(MERGED_ACCOUNTS, entries, message)
    }
}

/// The kind of [`Finding::of_accounts`].
const MERGED_ACCOUNTS: &str = "merged_accounts";

/// Behind every fact.
const END_OF_TIME: Cut = Cut::END;

/// Every kind of finding with its meaning, in the order of the findings.
pub const FINDING_KINDS: &[(&str, &str)] = &[
    ("accepted_after_end", "an association was declined or revoked and then accepted again: it does not restart"),
    ("accepted_twice", "an association has a second acceptance, which changes nothing"),
    ("counts_nowhere", "no metric of the area lists the mechanism of an association"),
    ("cpor_of_two_partners", "two partners have a CPOR of one workload or subscription in force"),
    ("csp_of_two_partners", "two partners have a CSP of one subscription in force, in the same role"),
    (
        "csp_usage_without_reseller",
        "usage of a subscription goes on after its CSP association ended, and no association covers it",
    ),
    ("details_disagree", "a request and an acceptance tell different details of an association"),
    ("dpor_of_two_partners", "two partners have a DPOR of one subscription in force"),
    ("earned_not_linked", "a person has a certification that would count, and no link of it does"),
    ("effective_after_recorded", "a fact was recorded before it became true"),
    ("ended_before_start", "an association was declined or revoked before it started: the end is ignored"),
    ("ended_without_acceptance", "an association was revoked that was never accepted"),
    ("incomplete_association", "an association without a customer or a mechanism covers nothing"),
    ("linked_after_expiry", "a certification was linked after its last day"),
    (MERGED_ACCOUNTS, "a location account is one of two partners: two accounts may have become one"),
    ("more_users_than_seats", "a product has more active users than paid seats: possible, but seats may be missing"),
    ("pal_of_two_partners", "two partners have a PAL in force of what a rulebook gives to one"),
    ("pal_on_global_account", "a partner admin link names the global account and not a location account"),
    (
        "person_of_two_ids",
        "two persons share a directory id or a work address in one list: one of them may count twice",
    ),
    ("person_of_two_partners", "a person is linked to two partners at one time"),
    ("tpor_masked_by_dpor", "a TPOR stands beside a DPOR of the same subscription"),
    ("tpor_of_two_partners", "two partners have a TPOR in force of what a rulebook gives to one"),
    ("uncovered_usage", "usage of a customer that no association covers"),
    ("unknown_association", "an association was declined or revoked that was neither requested nor accepted"),
    ("unknown_certification", "a certification is not in the rulebook's catalogue and counts nowhere"),
    ("unknown_customer", "a customer churned that nothing else is known of"),
    ("unlinked_without_link", "a certification was unlinked that was not linked"),
];

/// The findings about a partner, by kind and then by entry, as of a day: on it a certification must not be over that was
/// earned and is not linked. Nothing else depends on the day.
///
/// `others` are the partners that may claim the same as this one: those found by [`exclusive_keys`]. Of those that
/// claim the same at the same time as one association or link, 16 are a finding each, and one more says that there are
/// further ones.
#[must_use]
pub fn findings(history: &History, others: &[(&PartnerId, &History)], rulebook: &Rulebook, day: Date) -> Vec<Finding> {
    let mut claims = Claims::default();
    for (partner, other) in others {
        claims.add(partner, other, rulebook);
    }
    find(history, None, &claims, rulebook, day)
}

/// The findings about one of many partners, all of whose claims were added, as [`findings`] has them.
#[must_use]
pub fn findings_beside(
    history: &History,
    partner: &PartnerId,
    claims: &Claims,
    rulebook: &Rulebook,
    day: Date,
) -> Vec<Finding> {
    find(history, Some(partner), claims, rulebook, day)
}

fn find(
    history: &History,
    partner: Option<&PartnerId>,
    claims: &Claims,
    rulebook: &Rulebook,
    day: Date,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    associations::find(history, rulebook, &mut findings);
    exclusive::find(history, partner, claims, rulebook, &mut findings);
    people::find(history, rulebook, &mut findings);
    earned::find(history, rulebook, day, &mut findings);
    let renaming = rulebook.renaming();
    seats::find(history, &renaming, &mut findings);
    usage::find(history, rulebook, &renaming, &mut findings);
    findings.extend(history.dated_ahead().map(|seq| {
        Finding::new("effective_after_recorded", vec![seq], "it was recorded before it became true".to_owned())
    }));
    findings.sort();
    findings.dedup();
    findings
}

/// The keys by which the entries of other partners that may claim the same are found.
#[must_use]
pub fn exclusive_keys(history: &History, rulebook: &Rulebook) -> Vec<Key> {
    exclusive::keys(history, rulebook)
}

/// The products that the metrics of an area count as of a day, by each of its rows.
fn products_of(rulebook: &Rulebook, area: Area, day: Date) -> impl Iterator<Item = &Products> {
    Metric::ALL.iter().flat_map(move |metric| rulebook.products_of(area, *metric, day))
}

/// The product lists that know other names, as a day has them.
type Renaming<'r> = dyn Fn(Date) -> Vec<&'r Products> + 'r;

/// Some months in words, by the first and the last of them.
fn span(months: &[Month]) -> String {
    match (months.iter().min(), months.iter().max()) {
        (Some(first), Some(last)) if first < last => format!("{first} to {last}"),
        (Some(only), _) => only.to_string(),
        (None, _) => String::new(),
    }
}

/// The areas to which an association can belong when it starts: those that count its workload, where any does; else all.
fn areas_of(association: &Association<'_>, rulebook: &Rulebook) -> Vec<Area> {
    let Some(workload) = association.workload() else { return Area::ALL.to_vec() };
    let day = association.start.date();
    let counts = |area: &Area| products_of(rulebook, *area, day).any(|products| products.find(workload).is_some());
    let areas: Vec<Area> = Area::ALL.iter().copied().filter(counts).collect();
    if areas.is_empty() { Area::ALL.to_vec() } else { areas }
}

#[cfg(test)]
mod tests;
