//! How many people hold one of some certifications, kept from step to step.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{Area, Date, PersonId};

use super::credit::Credit;
use crate::history::{DatedFact, History, Link};
use crate::rulebook::Rulebook;
use crate::standpoint::Standpoint;

/// A person and a code.
type HeldCertification = (PersonId, String);

/// Who holds what.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    /// The newest link of each certification of a person that is linked, by person and code.
    linked: BTreeMap<PersonId, BTreeMap<String, NewestLink>>,
    /// The certifications that may end on a day.
    ends: BTreeMap<Date, BTreeSet<HeldCertification>>,
    counts: RefCell<Counts>,
}

/// A certification that is linked.
#[derive(Debug)]
struct NewestLink {
    link: DatedFact<Link>,
    /// Whether it counts.
    holds: bool,
}

/// How many people hold a certification of a list, by lists.
#[derive(Debug, Default)]
struct Counts {
    lists: Vec<Count>,
    /// The lists by the place of their text in the rulebook, which stays where it is.
    by_place: HashMap<(usize, usize), usize>,
    /// The lists that have a code.
    by_code: BTreeMap<String, Vec<usize>>,
    /// The area that is computed.
    area: Option<Area>,
    /// The areas that have a list whose number of people changed.
    changed: BTreeSet<Area>,
}

/// The people who hold a certification of a list, each with the number of these.
#[derive(Debug, Default)]
struct Count {
    people: BTreeMap<PersonId, usize>,
    areas: BTreeSet<Area>,
}

impl Holders {
    /// Those of a history from a standpoint.
    pub(crate) fn of(history: &History, rulebook: &Rulebook, standpoint: &Standpoint) -> Self {
        let mut holders = Self::default();
        for (person, links) in history.people(standpoint.cut) {
            for link in links {
                holders.take_in(rulebook, standpoint.certified_on, person, link.clone());
            }
        }
        holders
    }

    /// Takes in what is known now of a person.
    pub(crate) fn read_again(
        &mut self,
        history: &History,
        rulebook: &Rulebook,
        standpoint: &Standpoint,
        person: &PersonId,
    ) {
        self.unlink(person, None);
        for link in history.links_of(person, standpoint.cut) {
            self.take_in(rulebook, standpoint.certified_on, person, link.clone());
        }
    }

    /// Takes in a link or unlink of a person, which is behind all others.
    pub(crate) fn take_in(&mut self, rulebook: &Rulebook, day: Date, person: &PersonId, link: DatedFact<Link>) {
        match &link.fact {
            Link::Linked { certification, .. } => {
                let code = rulebook.code_of(certification.as_str()).to_owned();
                self.unlink(person, Some(&code));
                let Some(credit) = Credit::of(rulebook, &link) else { return };
                let holds = credit.why_over(day).is_none();
                for end in credit.ends() {
                    self.ends.entry(end).or_default().insert((person.clone(), code.clone()));
                }
                if holds {
                    self.counts.get_mut().take_in(person, &code, true);
                }
                self.linked.entry(person.clone()).or_default().insert(code, NewestLink { link, holds });
            }
            Link::Unlinked { certification } => {
                self.unlink(person, certification.as_ref().map(|code| rulebook.code_of(code.as_str())));
            }
        }
    }

    /// Ends the link of a certification of a person, or of all.
    fn unlink(&mut self, person: &PersonId, code: Option<&str>) {
        let Some(of_person) = self.linked.get_mut(person) else { return };
        let ended: Vec<(String, NewestLink)> = match code {
            Some(code) => of_person.remove_entry(code).into_iter().collect(),
            None => std::mem::take(of_person).into_iter().collect(),
        };
        for (code, _) in ended.iter().filter(|(_, linked)| linked.holds) {
            self.counts.get_mut().take_in(person, code, false);
        }
    }

    /// Lets the certifications end whose time is over on a day, which follows the one before; returns them in the order
    /// of people and codes, with the entries that linked them.
    pub(crate) fn expire(&mut self, rulebook: &Rulebook, day: Date) -> Vec<(HeldCertification, u64)> {
        let mut ended = Vec::new();
        for (person, code) in self.ends.remove(&day).unwrap_or_default() {
            let Some(linked) = self.linked.get_mut(&person).and_then(|codes| codes.get_mut(&code)) else { continue };
            let is_over = Credit::of(rulebook, &linked.link).is_some_and(|credit| credit.why_over(day).is_some());
            if linked.holds && is_over {
                linked.holds = false;
                self.counts.get_mut().take_in(&person, &code, false);
                ended.push(((person, code), linked.link.seq));
            }
        }
        ended
    }

    /// The areas that have a list whose number of people changed since this was last asked.
    pub(crate) fn changed(&mut self) -> BTreeSet<Area> {
        std::mem::take(&mut self.counts.get_mut().changed)
    }

    /// Sets the area whose lists are asked for from now on.
    pub(crate) fn compute(&self, area: Area) {
        self.counts.borrow_mut().area = Some(area);
    }

    /// The people who hold a certification that counts.
    pub(crate) fn people(&self) -> impl Iterator<Item = &PersonId> {
        let holds = |codes: &BTreeMap<String, NewestLink>| codes.values().any(|linked| linked.holds);
        self.linked.iter().filter(move |(_, codes)| holds(codes)).map(|(person, _)| person)
    }

    /// Whether a person holds one of the certifications of a list.
    pub(crate) fn has(&self, person: &PersonId, list: &[String]) -> bool {
        let Some(codes) = self.linked.get(person) else { return false };
        list.iter().any(|code| codes.get(code).is_some_and(|linked| linked.holds))
    }

    /// How many distinct people hold one of the certifications of a list of the rulebook.
    pub(crate) fn count(&self, list: &[String]) -> usize {
        let mut counts = self.counts.borrow_mut();
        let Counts { lists, by_place, by_code, area, .. } = &mut *counts;
        let place = (list.as_ptr().addr(), list.len());
        let nth = *by_place.entry(place).or_insert_with(|| {
            let nth = lists.len();
            let listed: BTreeSet<&String> = list.iter().collect();
            for code in &listed {
                by_code.entry((*code).clone()).or_default().push(nth);
            }
            let mut count = Count::default();
            for (person, codes) in &self.linked {
                let held = listed.iter().filter(|code| codes.get(**code).is_some_and(|linked| linked.holds)).count();
                if held > 0 {
                    count.people.insert(person.clone(), held);
                }
            }
            lists.push(count);
            nth
        });
        lists.get_mut(nth).map_or(0, |count| {
            count.areas.extend(*area);
            count.people.len()
        })
    }
}

impl Counts {
    /// Takes in that a person holds a certification, or no longer does.
    fn take_in(&mut self, person: &PersonId, code: &str, holds: bool) {
        for nth in self.by_code.get(code).into_iter().flatten() {
            let Some(count) = self.lists.get_mut(*nth) else { continue };
            let held = count.people.entry(person.clone()).or_default();
            let before = std::mem::replace(held, if holds { *held + 1 } else { held.saturating_sub(1) });
            let after = *held;
            if after == 0 {
                count.people.remove(person);
            }
            if (before == 0) != (after == 0) {
                self.changed.extend(&count.areas);
            }
        }
    }
}
