//! From what was known at first to what is known now, as of the first day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{Area, Date, Entry, EventId, Fact, Month, Timestamp, When};

use super::Comparison;
use super::answer::{Cause, Moment};
use super::lives::{Cover, cover};
use super::rulebooks::Rulebooks;
use super::sight::{Reach, Sight, Waypoint};
use super::topic::Topic;
use super::walk::{Leg, Walk};
use crate::history::{FigureKey, History};
use crate::rulebook::Metric;
use crate::standpoint::Standpoint;

/// Entries that are taken into account together.
struct EntryGroup<'e> {
    cause: Cause,
    subject: Topic,
    entries: Vec<&'e Entry>,
}

/// Takes the new entries into account, group by group in the order of their first entries.
pub(super) fn learn(
    walk: &mut Walk,
    comparison: &Comparison<'_>,
    rulebooks: &Rulebooks<'_>,
    history: &mut History,
    new: &[Entry],
) {
    let Comparison { from: (question, known_from), to: (_, known_to), .. } = *comparison;
    let day = question.as_of;
    let mut ids = BTreeSet::new();
    let (later, seen): (Vec<&Entry>, Vec<&Entry>) = new.iter().partition(|entry| {
        // A retraction of a later fact waits for that fact.
        let waits = matches!(&entry.event.fact, Fact::EventRetracted { event, .. } if ids.contains(event));
        // Where figures are carried, one of a later month ends the carrying of those before it.
        let is_seen = comparison.carry.is_some() && matches!(entry.event.when, When::In(_));
        let is_later = waits || (is_after(entry, day) && !is_seen);
        if is_later {
            ids.insert(entry.event.id);
        }
        is_later
    });
    let shared = rulebooks.new_entries(known_from, known_to).filter(|entry| !is_after(entry, day));
    let groups = groups(history, seen.into_iter().chain(shared));

    let mut told = Knowledge::of(comparison.entries);
    let mut rules = rulebooks.in_force(known_from, day);
    for group in groups {
        let seqs: Vec<u64> = group.entries.iter().map(|entry| entry.seq).collect();
        if let (Topic::Rules, Some(seq)) = (&group.subject, seqs.last()) {
            rules = rulebooks.in_force(seq + 1, day);
        }
        let standpoint = Standpoint::of(question, rules.rulebook);
        let facts = told.facts(&group);
        let before = Effect::of(history, standpoint, &group, &facts);
        history.extend(group.entries.iter().copied().filter(|entry| entry.event.partner.is_some()));
        let place = Waypoint { history, rulebook: rules.rulebook, standpoint };
        let changes_nothing = before.is_some() && before == Effect::of(history, standpoint, &group, &facts);
        let reach = (!changes_nothing).then(|| reach(&mut walk.sight, place, &facts));
        let because = |_: Area, _: Metric| {
            let is_of_rules = group.subject == Topic::Rules;
            let words =
                if is_of_rules { format!("rulebook {}", rules.name) } else { told.words(&group.subject, history) };
            (words, seqs.clone())
        };
        let (when, areas) = (recorded(&group), &group.subject.areas());
        walk.step(place, &Leg { cause: group.cause, when, reach, areas, because: &because });
    }
    // What is about later days cannot be seen from this one.
    history.extend(later);
}

/// What is known at last, by the ids of the events.
struct Knowledge<'e> {
    by_id: HashMap<EventId, &'e Entry>,
    /// The facts at the end of retractions of retractions.
    facts: HashMap<EventId, Option<&'e Entry>>,
}

impl<'e> Knowledge<'e> {
    fn of(entries: &'e [Entry]) -> Self {
        Self { by_id: entries.iter().map(|entry| (entry.event.id, entry)).collect(), facts: HashMap::new() }
    }

    /// The facts that a group tells, or that its retraction takes back or restores; none where that is not known.
    fn facts(&mut self, group: &EntryGroup<'e>) -> Vec<&'e Entry> {
        if let Topic::Event(event) = group.subject {
            return self.fact(event).into_iter().collect();
        }
        group.entries.clone()
    }

    /// The fact that a chain of retractions is about in the end.
    fn fact(&mut self, event: EventId) -> Option<&'e Entry> {
        let (mut at, mut passed) = (event, Vec::new());
        let fact = loop {
            if let Some(fact) = self.facts.get(&at) {
                break *fact;
            }
            match self.by_id.get(&at).map(|entry| (entry, &entry.event.fact)) {
                Some((_, Fact::EventRetracted { event, .. })) => {
                    passed.push(at);
                    at = *event;
                }
                found => break found.map(|(entry, _)| *entry),
            }
        };
        self.facts.extend(passed.into_iter().map(|event| (event, fact)));
        fact
    }

    /// What a group is about, in words. A retraction is about what the entry that it takes back is about.
    fn words(&self, subject: &Topic, history: &History) -> String {
        let (mut subject, mut taken_back) = (subject.clone(), Vec::new());
        while let Topic::Event(event) = &subject
            && let Some(entry) = self.by_id.get(event)
        {
            taken_back.push(entry.seq);
            subject = Topic::of(entry);
        }
        taken_back.iter().rev().fold(subject.words(history), |words, seq| format!("{words}, entry {seq}"))
    }
}

/// What decides whether a group changes anything: what an association covers, or whether a fact is retracted.
#[derive(PartialEq, Eq)]
enum Effect {
    Covers(Option<Cover>),
    IsRetracted(bool),
}

impl Effect {
    /// The effect in a history; `None` where it does not tell of a change.
    fn of(history: &History, standpoint: Standpoint, group: &EntryGroup<'_>, facts: &[&Entry]) -> Option<Self> {
        let [fact, ..] = facts else { return None };
        match (Topic::of(fact), &group.subject) {
            (Topic::Association(association), _) => {
                let until = Timestamp::end_of(standpoint.measured.last_day());
                Some(Self::Covers(cover(history, association, standpoint.cut, until)))
            }
            (_, Topic::Event(_)) => Some(Self::IsRetracted(history.is_retracted(fact.seq))),
            _ => None,
        }
    }
}

/// What facts may change that were told or taken back; what is kept of certifications and classes is
/// brought up to them.
fn reach(sight: &mut Sight, place: Waypoint<'_>, facts: &[&Entry]) -> Reach {
    let Waypoint { history, rulebook, standpoint } = place;
    let Some(fact) = facts.first() else {
        sight.change_rules(place);
        return Reach::Usage;
    };
    match Topic::of(fact) {
        Topic::Person(person) => {
            sight.holders.read_again(history, rulebook, &standpoint, &person);
            Reach::PeopleAndClasses
        }
        Topic::Customer(customer) => {
            sight.classify(customer, history.segment(customer, standpoint.cut));
            let measured_end = Timestamp::end_of(standpoint.measured.last_day());
            let ends = |fact: &&Entry| {
                let is_measured = matches!(fact.event.when, When::At(at) if at <= measured_end);
                is_measured && matches!(fact.event.fact, Fact::CustomerChurned { .. })
            };
            if facts.iter().any(ends) { Reach::Usage } else { Reach::PeopleAndClasses }
        }
        Topic::Rules => {
            sight.change_rules(place);
            Reach::Usage
        }
        Topic::Association(_) | Topic::Figures(..) | Topic::Designation(_) | Topic::Event(_) => Reach::Usage,
    }
}

/// Whether an entry is about what came after a day.
fn is_after(entry: &Entry, day: Date) -> bool {
    match entry.event.when {
        When::In(month) => month > Month::of(day),
        When::At(at) => !matches!(entry.event.fact, Fact::EventRetracted { .. }) && at > Timestamp::end_of(day),
    }
}

/// Groups entries by what they are about; a retraction is alone.
fn groups<'e>(history: &History, entries: impl Iterator<Item = &'e Entry>) -> Vec<EntryGroup<'e>> {
    let mut reported = BTreeSet::new();
    let mut groups: BTreeMap<(Cause, Topic, Option<u64>), EntryGroup<'e>> = BTreeMap::new();
    for entry in entries {
        let subject = Topic::of(entry);
        let cause = match (&entry.event.fact, &subject) {
            (Fact::EventRetracted { .. }, _) => Cause::Retraction,
            (Fact::RulebookAdopted { .. }, _) => Cause::RuleChange,
            (Fact::UsageReported(usage), Topic::Figures(metric, month)) => {
                let key = FigureKey::of(usage);
                let was_reported = history.has_report(*metric, *month, &key);
                if was_reported || !reported.insert((*metric, *month, key)) {
                    Cause::Restatement
                } else {
                    Cause::LateFact
                }
            }
            _ => Cause::LateFact,
        };
        let alone = matches!(cause, Cause::Retraction | Cause::RuleChange).then_some(entry.seq);
        let group = groups.entry((cause, subject.clone(), alone));
        group.or_insert_with(|| EntryGroup { cause, subject, entries: Vec::new() }).entries.push(entry);
    }
    let mut groups: Vec<EntryGroup<'e>> = groups.into_values().collect();
    groups.sort_by_key(|group| group.entries.first().map(|entry| entry.seq));
    groups
}

/// When the entries of a group were recorded.
fn recorded(group: &EntryGroup<'_>) -> Moment {
    let mut instants = group.entries.iter().map(|entry| entry.recorded_at);
    let first = instants.next().expect("a group is made for an entry");
    Moment::Recorded(first, instants.next_back().unwrap_or(first))
}
