//! As known at which earlier instant the score agreed with what was shown: all that was shown is looked at while the
//! entries are folded once, from the first to the last.

use std::collections::{BTreeMap, HashMap};

use ledger::{Date, Entry, EventId, Fact, Timestamp};

use super::parts::{Part, Parts};
use super::sums::{KeptScore, PartHistories};
use super::{Evidence, Screen};
use crate::adopted::{Adoption, adoptions};
use crate::question::Unmeasured;
use crate::rulebook::{Rulebook, RulebookErrors};

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
    let mut watches: Vec<Watch<'_, '_>> =
        screens.iter().map(|screen| Watch::begin(screen, unmeasured, &rules, &walk.known)).collect();
    for entry in evidence.own {
        let learnt = walk.learn(entry);
        for watch in &mut watches {
            watch.learn(entry, learnt.as_ref(), &rules, &walk.known);
        }
    }
    Ok(watches.into_iter().map(|watch| watch.newest).collect())
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
            match &entry.event.fact {
                Fact::EventRetracted { event, .. } if walk.is_known.get(event) == Some(&false) => {
                    walk.waiting.entry(*event).or_default().push(entry);
                    walk.is_known.insert(entry.event.id, false);
                }
                _ => {
                    walk.learn(entry);
                }
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

/// What was shown, beside the score as known so far.
struct Watch<'s, 'r> {
    screen: &'s Screen<'s>,
    unmeasured: Unmeasured,
    /// The entry that adopted the rules.
    adopted_by: Option<u64>,
    kept: KeptScore<'r>,
    agrees: bool,
    newest: Option<Timestamp>,
}

impl<'s, 'r> Watch<'s, 'r> {
    fn begin(
        screen: &'s Screen<'s>,
        unmeasured: Unmeasured,
        rules: &'r AdoptedRules<'_>,
        known: &PartHistories,
    ) -> Self {
        let (adopted_by, rulebook) = rules.in_force(0, screen.at.date());
        let kept = KeptScore::of(screen.area, screen.question(unmeasured), rulebook, known);
        let mut watch = Self { screen, unmeasured, adopted_by, kept, agrees: false, newest: None };
        watch.look(rulebook, known);
        watch
    }

    fn learn(
        &mut self,
        entry: &Entry,
        learnt: Option<&(Part, &Entry)>,
        rules: &'r AdoptedRules<'_>,
        known: &PartHistories,
    ) {
        let (adopted_by, rulebook) = rules.in_force(entry.seq + 1, self.screen.at.date());
        let may_be_another = if adopted_by == self.adopted_by {
            learnt.is_some_and(|(part, fact)| self.kept.learn(part, fact, known))
        } else {
            self.adopted_by = adopted_by;
            self.kept = KeptScore::of(self.screen.area, self.screen.question(self.unmeasured), rulebook, known);
            true
        };
        if may_be_another {
            self.look(rulebook, known);
        }
        if self.agrees {
            self.newest = Some(entry.recorded_at);
        }
    }

    fn look(&mut self, rulebook: &Rulebook, known: &PartHistories) {
        let has_begun = self.screen.at.date() >= rulebook.program_start();
        self.agrees = has_begun && self.screen.agrees(&self.kept.score(&known.others).score);
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
                if !rules.read.contains_key(&adoption.seq) {
                    rules.read.insert(adoption.seq, Rulebook::parse(adoption.text.as_str())?);
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
