//! Whose location an account is, by the files of an import and the entries of the ledger.
//!
//! Two accounts can become one. So a location is a member of an account as of a day, and a report is read by what was
//! told last as of its day; what is older than all that is known, by the first.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use ledger::{Date, PartnerId};

use crate::error::Error;
use crate::known::Known;
use crate::located::{Located, each_located};

/// The accounts of which locations are members, as files or entries tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Memberships {
    locations: BTreeMap<String, Days>,
    /// What files without a day tell.
    undated: Vec<(String, Option<PartnerId>, bool)>,
}

/// The accounts of a location by the day on which they were told; `None` where one day has several.
#[derive(Clone, Debug, Default)]
struct Days {
    profiles: BTreeMap<Date, Option<PartnerId>>,
    others: BTreeMap<Date, Option<PartnerId>>,
}

impl Memberships {
    /// Adds what a file or an entry tells as of a day.
    pub(super) fn add(&mut self, location: String, account: Option<PartnerId>, day: Option<Date>, is_profile: bool) {
        let Some(day) = day else { return self.undated.push((location, account, is_profile)) };
        let Days { profiles, others } = self.locations.entry(location).or_default();
        let days = if is_profile { profiles } else { others };
        days.entry(day)
            .and_modify(|known| *known = known.take().filter(|known| Some(known) == account.as_ref()))
            .or_insert(account);
    }

    /// Adds what has no day as of this one.
    fn date(&mut self, day: Date) {
        for (location, account, is_profile) in std::mem::take(&mut self.undated) {
            self.add(location, account, Some(day), is_profile);
        }
    }

    /// The account of a location as of a day: that of the newest profile up to it, else that which was told last up to
    /// it, else that which was told first.
    fn account_of(&self, location: &str, day: Date) -> Option<PartnerId> {
        let Days { profiles, others } = self.locations.get(location)?;
        let last = |days: &BTreeMap<Date, Option<PartnerId>>| days.range(..=day).next_back().map(|(_, of)| of.clone());
        let first = || {
            let firsts = [profiles, others].map(BTreeMap::first_key_value).into_iter().flatten();
            firsts.min_by_key(|(day, _)| **day).map(|(_, account)| account.clone())
        };
        last(profiles).or_else(|| last(others)).or_else(first).flatten()
    }
}

/// The partners of location accounts, read from the ledger when the first one is asked for.
pub(super) struct Accounts<'a> {
    known: &'a Known,
    of_import: Memberships,
    /// Whether the ledger is searched: if the partner is named, nobody need wait for that.
    asks_ledger: bool,
    all: OnceCell<Result<Memberships, Error>>,
}

impl<'a> Accounts<'a> {
    /// What files without a day tell counts as told on `day`, that of the newest file.
    pub(super) fn new(known: &'a Known, mut of_import: Memberships, named: Option<&PartnerId>, day: Date) -> Self {
        of_import.date(day);
        Self { known, of_import, asks_ledger: named.is_none(), all: OnceCell::new() }
    }

    /// Whether the account of any location may be known.
    pub(super) fn are_known(&self) -> bool {
        !self.of_import.locations.is_empty() || self.known.end > 0
    }

    /// The partner of a location as of a day. A partner's own account is a location of its own.
    pub(super) fn partner_of(&self, location: &str, day: Date) -> Option<PartnerId> {
        if !self.asks_ledger {
            return self.of_import.account_of(location, day);
        }
        let all = self.all.get_or_init(|| with_entries(self.of_import.clone(), self.known));
        all.as_ref().ok()?.account_of(location, day)
    }

    /// Why the ledger could not be read, if it could not.
    pub(super) fn failure(self) -> Option<Error> {
        self.all.into_inner().and_then(Result::err)
    }
}

/// What files tell, and the entries of the ledger that are not retracted.
fn with_entries(mut all: Memberships, known: &Known) -> Result<Memberships, Error> {
    for partner in known.partners()? {
        all.add(partner.to_string(), Some(partner), Some(Date::MIN), false);
    }
    let mut last = (String::new(), String::new(), Date::MIN);
    each_located(known, &mut |Located { partner, location, day, .. }| {
        if (last.0.as_str(), last.1.as_str(), last.2) != (partner, location, day) {
            last = (partner.to_owned(), location.to_owned(), day);
            all.add(location.to_owned(), PartnerId::new(partner).ok(), Some(day), false);
        }
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use ledger::{PartnerId, parse_date};

    use super::Memberships;

    #[test]
    fn a_location_is_a_member_of_the_account_that_was_told_last() {
        let day = |text: &str| parse_date(text).expect("a date");
        let mut all = Memberships::default();
        for (account, told, is_profile) in [
            ("1", Some("2024-01-01"), true),
            ("9", Some("2024-07-01"), true),
            // A report goes on to have the rows of the former account.
            ("1", Some("2024-08-05"), false),
            ("9", Some("2024-08-05"), false),
            ("1", Some("2023-06-01"), false),
        ] {
            all.add("2".to_owned(), PartnerId::new(account).ok(), told.map(day), is_profile);
        }
        all.add("3".to_owned(), PartnerId::new("1").ok(), None, true);
        all.add("3".to_owned(), PartnerId::new("9").ok(), Some(day("2024-01-01")), false);
        all.date(day("2024-06-01"));
        all.add("4".to_owned(), PartnerId::new("1").ok(), Some(day("2024-01-01")), false);
        all.add("4".to_owned(), PartnerId::new("9").ok(), Some(day("2024-01-01")), false);
        all.add("4".to_owned(), PartnerId::new("9").ok(), Some(day("2024-01-01")), false);
        for (location, asked, account) in [
            ("2", "2020-01-01", Some("1")),
            ("2", "2024-06-30", Some("1")),
            ("2", "2024-07-01", Some("9")),
            ("2", "2024-09-01", Some("9")),
            ("3", "2024-05-31", Some("9")),
            ("3", "2024-06-01", Some("1")),
            ("4", "2024-06-01", None),
            ("5", "2024-06-01", None),
        ] {
            let found = all.account_of(location, day(asked));
            assert_eq!(found.as_ref().map(PartnerId::as_str), account, "{location} as of {asked}");
        }
    }
}
