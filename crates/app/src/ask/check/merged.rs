//! Accounts that became one, or parted: one location under two partners.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Date, PartnerId};
use projection::{Finding, Message};

use crate::error::Error;
use crate::known::Known;
use crate::located::{Located, each_located, each_located_of};

/// When entries name a location under one partner: the first and the last day, each with its entry. Without an entry it is
/// the partner's own account.
#[derive(Clone, Copy)]
struct DaySpan {
    first: (Date, Option<u64>),
    last: (Date, Option<u64>),
}

/// Finds the partners that share a location with another partner; among some partners, if they are named.
pub(crate) fn find(
    known: &Known,
    among: Option<&BTreeSet<PartnerId>>,
) -> Result<BTreeMap<PartnerId, Vec<Finding>>, Error> {
    if among.is_some_and(|partners| partners.len() < 2) {
        return Ok(BTreeMap::new());
    }
    let mut locations: BTreeMap<String, BTreeMap<String, DaySpan>> = BTreeMap::new();
    for partner in known.partners()?.into_iter().filter(|one| among.is_none_or(|among| among.contains(one))) {
        let own = DaySpan { first: (Date::MIN, None), last: (Date::MIN, None) };
        locations.entry(partner.to_string()).or_default().insert(partner.to_string(), own);
    }
    let mut take = |Located { seq, partner, location, day }: Located<'_>| {
        let of_location = match locations.get_mut(location) {
            Some(partners) => partners,
            None => locations.entry(location.to_owned()).or_default(),
        };
        let at = (day, Some(seq));
        match of_location.get_mut(partner) {
            Some(span) => {
                let first = if span.first.1.is_some() { span.first.min(at) } else { at };
                *span = DaySpan { first, last: span.last.max(at) };
            }
            None => drop(of_location.insert(partner.to_owned(), DaySpan { first: at, last: at })),
        }
    };
    match among {
        Some(partners) => partners.iter().try_for_each(|partner| each_located_of(known, partner, &mut take))?,
        None => each_located(known, &mut take)?,
    }
    let mut findings: BTreeMap<PartnerId, Vec<Finding>> = BTreeMap::new();
    for (location, partners) in locations.iter().filter(|(_, partners)| partners.len() > 1) {
        let mut partners: Vec<(&String, &DaySpan)> = partners.iter().collect();
        partners.sort_by_key(|(_, span)| span.last);
        for ((former, before), (partner, since)) in partners.iter().zip(partners.iter().skip(1)) {
            let until = if before.last.1.is_some() { format!(" up to {}", before.last.0) } else { String::new() };
            let (Ok(former), Ok(partner)) = (PartnerId::new(former), PartnerId::new(partner)) else { continue };
            let message = Message::from(format!("location {location} is one of "))
                .partner(&former)
                .then(&until)
                .then(", and of ")
                .partner(&partner)
                .then(&format!(" as of {}: two accounts may have become one", since.first.0));
            let entries = before.last.1.into_iter().chain(since.first.1).collect();
            let finding = Finding::of_accounts(entries, message);
            for one in [former, partner] {
                findings.entry(one).or_default().push(finding.clone());
            }
        }
    }
    Ok(findings)
}
