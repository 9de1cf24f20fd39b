//! From what was known at first to what is known now, as of the first day.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Date, Entry, Fact, Month, Timestamp, When};

use super::Comparison;
use super::answer::{Cause, Moment};
use super::rulebooks::Rulebooks;
use super::subject::Subject;
use super::walk::{Place, Step, Walk};
use crate::history::{FigureKey, History};
use crate::standpoint::Standpoint;

/// Entries that are taken into account together.
struct Group<'e> {
    cause: Cause,
    subject: Subject,
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
        // What takes back a later fact waits for it.
        let waits = matches!(&entry.event.fact, Fact::EventRetracted { event, .. } if ids.contains(event));
        let is_later = waits || is_after(entry, day);
        if is_later {
            ids.insert(entry.event.id);
        }
        is_later
    });
    let shared = rulebooks.new_entries(known_from, known_to).filter(|entry| !is_after(entry, day));
    let groups = groups(history, seen.into_iter().chain(shared));

    let mut rules = rulebooks.in_force(known_from, day);
    for group in groups {
        history.extend(group.entries.iter().copied().filter(|entry| entry.event.partner.is_some()));
        let seqs: Vec<u64> = group.entries.iter().map(|entry| entry.seq).collect();
        let words = if let (Subject::Rules, Some(seq)) = (&group.subject, seqs.last()) {
            rules = rulebooks.in_force(seq + 1, day);
            format!("rulebook {}", rules.name)
        } else {
            words(&group.subject, comparison, history)
        };
        let place = Place { history, rulebook: rules.rulebook, standpoint: Standpoint::of(question, rules.rulebook) };
        let because = |_: Area, _: &'static str| (words.clone(), seqs.clone());
        let step = Step { cause: group.cause, when: recorded(&group), areas: group.subject.areas(), because: &because };
        walk.step(place, &step);
    }
    // What is about later days cannot be seen from this one.
    history.extend(later);
}

/// What a group is about, in words; a retraction is about what the entry is about that it takes back.
fn words(subject: &Subject, comparison: &Comparison<'_>, history: &History) -> String {
    if let Subject::Event(event) = subject
        && let Some(entry) = comparison.entries.iter().find(|entry| entry.event.id == *event)
    {
        return format!("{}, entry {}", words(&Subject::of(entry), comparison, history), entry.seq);
    }
    subject.words(history)
}

/// Whether an entry is about what came after a day.
fn is_after(entry: &Entry, day: Date) -> bool {
    match entry.event.when {
        When::In(month) => month > Month::of(day),
        When::At(at) => !matches!(entry.event.fact, Fact::EventRetracted { .. }) && at > Timestamp::end_of(day),
    }
}

/// Groups entries by what they are about; a retraction is alone.
fn groups<'e>(history: &History, entries: impl Iterator<Item = &'e Entry>) -> Vec<Group<'e>> {
    let mut reported = BTreeSet::new();
    let mut groups: BTreeMap<(Cause, Subject, u64), Group<'e>> = BTreeMap::new();
    for entry in entries {
        let subject = Subject::of(entry);
        let cause = match (&entry.event.fact, &subject) {
            (Fact::EventRetracted { .. }, _) => Cause::Retraction,
            (Fact::RulebookAdopted { .. }, _) => Cause::RuleChange,
            (Fact::UsageReported(usage), Subject::Figures(metric, month)) => {
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
        let group = groups.entry((cause, subject.clone(), alone.unwrap_or_default()));
        group.or_insert_with(|| Group { cause, subject, entries: Vec::new() }).entries.push(entry);
    }
    let mut groups: Vec<Group<'e>> = groups.into_values().collect();
    groups.sort_by_key(|group| group.entries.first().map(|entry| entry.seq));
    groups
}

/// When the entries of a group were recorded.
fn recorded(group: &Group<'_>) -> Moment {
    let mut instants = group.entries.iter().map(|entry| entry.recorded_at);
    let first = instants.next().expect("a group is made for an entry");
    Moment::Recorded(first, instants.next_back().unwrap_or(first))
}
