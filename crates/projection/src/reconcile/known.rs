//! As known at which earlier instant the score agreed with what was shown: all that was shown is looked at while the
//! entries are folded once, from the first to the last.

use std::collections::{BTreeMap, HashMap, btree_map};

use ledger::{Area, Date, Entry, EventId, Fact, Timestamp};

use super::parts::{Part, Parts};
use super::sums::{KeptScores, PartHistories};
use super::{Evidence, Screen};
use crate::adopted::{Adoption, adoptions};
use crate::question::Unmeasured;
use crate::rulebook::{Family, Rulebook, RulebookErrors};

/// The newest instant at which an entry of the partner was recorded and as known at which the score agrees with what was
/// shown, for each screen in its order.
///
/// What is assumed is assumed at every instant.
pub(super) fn newest_agreements<'s>(
    evidence: &Evidence<'_>,
    unmeasured: Unmeasured,
    screens: impl Iterator<Item = &'s Screen<'s>>,
) -> Result<Vec<Option<Timestamp>>, RulebookErrors> {
    let screens: Vec<&Screen<'_>> = screens.collect();
    if screens.is_empty() {
        return Ok(Vec::new());
    }
    let rules = AdoptedRules::of(evidence, screens.iter().map(|screen| screen.at.date()))?;
    let mut walk = KnowledgeWalk::begin(evidence);
    // The areas of a family share their usage, unless a customer churned in some of them alone.
    let is_limited = |entry: &Entry| matches!(entry.event.fact, Fact::CustomerChurned { areas: Some(_), .. });
    let by_area = evidence.own.iter().chain(evidence.assumed).any(is_limited);
    let mut groups: BTreeMap<(Date, Family, Option<Area>), Vec<Shown<'_>>> = BTreeMap::new();
    for (nth, screen) in screens.iter().enumerate() {
        let group = (screen.at.date(), Family::of(screen.area), by_area.then_some(screen.area));
        groups.entry(group).or_default().push(Shown { nth, screen, agrees: false, newest: None });
    }
    let groups = groups.into_iter().map(|((day, ..), shown)| Watch::begin(day, shown, unmeasured, &rules, &walk.known));
    let mut watches: Vec<Watch<'_, '_>> = groups.flatten().collect();
    for entry in evidence.own {
        let learnt = walk.learn(entry);
        for watch in &mut watches {
            watch.learn(entry, learnt.as_ref(), &rules, &walk.known);
        }
    }
    let mut shown: Vec<Shown<'_>> = watches.into_iter().flat_map(|watch| watch.shown).collect();
    shown.sort_by_key(|shown| shown.nth);
    Ok(shown.into_iter().map(|shown| shown.newest).collect())
}

/// What is known on the way.
struct KnowledgeWalk<'e> {
    parts: Parts<'e>,
    known: PartHistories,
    /// Assumed retractions of what is not known yet, by the event that they name.
    waiting: HashMap<EventId, Vec<&'e Entry>>,
    is_known: HashMap<EventId, bool>,
}

impl<'e> KnowledgeWalk<'e> {
    /// Begins with what is assumed.
    fn begin(evidence: &Evidence<'e>) -> Self {
        let parts = Parts::of(evidence.own.iter().chain(evidence.assumed));
        let is_known = evidence.own.iter().map(|entry| (entry.event.id, false)).collect();
        let mut walk = Self { parts, known: PartHistories::default(), waiting: HashMap::new(), is_known };
        for entry in evidence.assumed {
            if let Fact::EventRetracted { event, .. } = &entry.event.fact
                && walk.is_known.get(event) == Some(&false)
            {
                walk.waiting.entry(*event).or_default().push(entry);
                walk.is_known.insert(entry.event.id, false);
            } else {
                walk.learn(entry);
            }
        }
        walk
    }

    /// Takes in an entry, and what was assumed of it; returns what it changes, and the fact that it tells, takes back or
    /// restores.
    fn learn(&mut self, entry: &'e Entry) -> Option<(Part, &'e Entry)> {
        let fact = self.parts.fact(entry)?;
        let part = self.parts.part(fact);
        let mut history = match &part {
            Part::Customer(customer) => Some(self.known.customers.entry(*customer).or_default()),
            Part::Person(_) | Part::Area(_) => Some(&mut self.known.others),
            Part::Nothing => None,
        };
        let mut learnt = vec![entry];
        while let Some(next) = learnt.pop() {
            self.is_known.insert(next.event.id, true);
            learnt.extend(self.waiting.remove(&next.event.id).into_iter().flatten());
            if let Some(history) = history.as_deref_mut() {
                history.extend([next]);
            }
        }
        Some((part, fact))
    }
}

/// What was shown on a day of areas that share their usage, beside the scores as known so far.
struct Watch<'s, 'r> {
    day: Date,
    unmeasured: Unmeasured,
    shown: Vec<Shown<'s>>,
    /// The entry that adopted the rules.
    adopted_by: Option<u64>,
    kept: KeptScores<'r>,
}

/// What was shown of one area.
struct Shown<'s> {
    /// Its place among all.
    nth: usize,
    screen: &'s Screen<'s>,
    agrees: bool,
    newest: Option<Timestamp>,
}

impl<'s, 'r> Watch<'s, 'r> {
    /// Begins with what is known at first; none where nothing was shown.
    fn begin(
        day: Date,
        shown: Vec<Shown<'s>>,
        unmeasured: Unmeasured,
        rules: &'r AdoptedRules<'_>,
        known: &PartHistories,
    ) -> Option<Self> {
        let first = shown.first()?.screen;
        let (adopted_by, rulebook) = rules.in_force(0, day);
        let kept = KeptScores::of(first.area, first.question(unmeasured), rulebook, known);
        let mut watch = Self { day, unmeasured, shown, adopted_by, kept };
        watch.look(rulebook, known);
        Some(watch)
    }

    fn learn(
        &mut self,
        entry: &Entry,
        learnt: Option<&(Part, &Entry)>,
        rules: &'r AdoptedRules<'_>,
        known: &PartHistories,
    ) {
        let (adopted_by, rulebook) = rules.in_force(entry.seq + 1, self.day);
        let may_be_others = match self.shown.first() {
            Some(first) if adopted_by != self.adopted_by => {
                let (area, question) = (first.screen.area, first.screen.question(self.unmeasured));
                self.adopted_by = adopted_by;
                self.kept = KeptScores::of(area, question, rulebook, known);
                true
            }
            Some(_) | None => learnt.is_some_and(|(part, fact)| self.kept.learn(part, fact, known)),
        };
        if may_be_others {
            self.look(rulebook, known);
        }
        for shown in self.shown.iter_mut().filter(|shown| shown.agrees) {
            shown.newest = Some(entry.recorded_at);
        }
    }

    fn look(&mut self, rulebook: &Rulebook, known: &PartHistories) {
        let has_begun = self.day >= rulebook.program_start();
        for Shown { screen, agrees, .. } in &mut self.shown {
            *agrees = has_begun && screen.agrees(&self.kept.score(screen.area, &known.others).score);
        }
    }
}

/// The rulebooks that were adopted, each read once.
struct AdoptedRules<'e> {
    adoptions: Vec<Adoption<'e>>,
    /// Those with this seq and behind it are assumed.
    own_end: u64,
    read: BTreeMap<u64, Rulebook>,
}

impl<'e> AdoptedRules<'e> {
    /// Reads those that are in force on one of some days by what was known at some instant.
    fn of(evidence: &Evidence<'e>, days: impl Iterator<Item = Date>) -> Result<Self, RulebookErrors> {
        let adoptions: Vec<Adoption<'_>> = adoptions(evidence.shared).collect();
        let mut rules = Self { adoptions, own_end: evidence.own_end, read: BTreeMap::new() };
        for day in days {
            let sizes = rules.adoptions.iter().map(|adoption| adoption.seq + 1);
            let in_force = std::iter::once(0).chain(sizes).filter_map(|size| rules.adoption(size, day).copied());
            for adoption in in_force.collect::<Vec<_>>() {
                if let btree_map::Entry::Vacant(place) = rules.read.entry(adoption.seq) {
                    place.insert(Rulebook::parse(adoption.text.as_str())?);
                }
            }
        }
        Ok(rules)
    }

    fn adoption(&self, size: u64, day: Date) -> Option<&Adoption<'e>> {
        let is_known = |adoption: &&Adoption<'_>| adoption.seq < size || adoption.seq >= self.own_end;
        self.adoptions.iter().rev().filter(is_known).find(|adoption| adoption.at <= Timestamp::end_of(day))
    }

    /// The rules in force on a day, known when the ledger had so many entries, with the entry that adopted them.
    fn in_force(&self, size: u64, day: Date) -> (Option<u64>, &Rulebook) {
        let adopted = self.adoption(size, day).and_then(|adoption| self.read.get_key_value(&adoption.seq));
        adopted.map_or((None, Rulebook::builtin()), |(seq, rulebook)| (Some(*seq), rulebook))
    }
}
