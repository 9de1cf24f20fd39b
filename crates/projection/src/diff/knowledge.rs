//! From what was known at first to what is known now, as of the first day.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{Area, Date, Entry, EventId, Fact, Month, Timestamp, UsageMetric, When};

use super::answer::{Cause, Moment};
use super::lives::{Cover, cover, first_month};
use super::moves::{figures, moved};
use super::rulebooks::Rulebooks;
use super::sight::{CoverNews, Reach, Sight, Waypoint};
use super::topic::Topic;
use super::walk::{Leg, Walk};
use crate::history::{FigureKey, History};
use crate::question::Question;
use crate::rulebook::{Extent, Family, Metric, Track};
use crate::standpoint::Standpoint;

/// Entries that are taken into account together.
struct EntryGroup<'e> {
    cause: Cause,
    subject: Topic,
    entries: Vec<&'e Entry>,
}

/// What is learnt as of a day, and by which rules.
pub(super) struct Lesson<'e, 'r> {
    /// The question of the day.
    pub(super) question: Question,
    /// How many entries of the ledger were known before, and how many are known now.
    pub(super) known: (u64, u64),
    /// The partner's entries that become known.
    pub(super) new: &'e [Entry],
    /// The rulebooks that are in force on the way.
    pub(super) rulebooks: &'r Rulebooks<'e>,
}

/// Takes the new entries into account, group by group in the order of their first entries.
pub(super) fn learn<'e>(walk: &mut Walk, history: &mut History, told: &mut Knowledge<'e>, lesson: &Lesson<'e, '_>) {
    let Lesson { question, known: (known_from, known_to), new, rulebooks } = *lesson;
    let day = question.as_of;
    let mut ids = BTreeSet::new();
    let (later, seen): (Vec<&Entry>, Vec<&Entry>) = new.iter().partition(|entry| {
        // A retraction of a later fact waits for that fact.
        let waits = matches!(&entry.event.fact, Fact::EventRetracted { event, .. } if ids.contains(event));
        // Where figures are carried, one of a later month ends the carrying of those before it.
        let is_seen = history.carries() && matches!(entry.event.when, When::In(_));
        let is_later = waits || (is_after(entry, day) && !is_seen);
        if is_later {
            ids.insert(entry.event.id);
        }
        is_later
    });
    let shared = rulebooks.new_entries(known_from, known_to).filter(|entry| !is_after(entry, day));
    let groups = groups(history, seen.into_iter().chain(shared));

    let mut rules = rulebooks.in_force(known_from, day);
    for group in groups {
        let seqs: Vec<u64> = group.entries.iter().map(|entry| entry.seq).collect();
        walk.leave(Waypoint {
            history,
            rulebook: rules.rulebook,
            standpoint: Standpoint::of(question, rules.rulebook),
        });
        if let (Topic::Rules, Some(seq)) = (&group.subject, seqs.last()) {
            rules = rulebooks.in_force(seq + 1, day);
        }
        let standpoint = Standpoint::of(question, rules.rulebook);
        let facts = told.facts(&group);
        let before = Effect::of(history, standpoint, &group, &facts);
        let figures_before = walk.retelling.is_asked().then(|| figures(history, &facts));
        history.extend(group.entries.iter().copied().filter(|entry| entry.event.partner.is_some()));
        let place = Waypoint { history, rulebook: rules.rulebook, standpoint };
        let after = Effect::of(history, standpoint, &group, &facts);
        let changes_nothing = before.is_some() && before == after;
        forget(&mut walk.sight, place, &facts, (before.as_ref(), after.as_ref()));
        let reach = if changes_nothing { None } else { reach(&mut walk.sight, place, &facts) };
        let because = |_: Area, _: Metric| {
            let is_of_rules = group.subject == Topic::Rules;
            let words =
                if is_of_rules { format!("rulebook {}", rules.name) } else { told.words(&group.subject, history) };
            (words, seqs.clone())
        };
        let mut areas = group.subject.areas();
        areas.retain(|area| walk.areas().any(|asked| asked == *area) && may_change(place, *area, &facts));
        let when = recorded(&group);
        let figures = figures_before.map_or_else(Vec::new, |before| moved(&before, figures(history, &facts)));
        let cause = &|_, _| group.cause;
        let leg = Leg { cause, when, reach, areas: &areas, because: &because, figures: &figures };
        walk.step(place, &leg);
    }
    // What is about later days cannot be seen from this one.
    history.extend(later.iter().copied());
    walk.sight.learn_of_cover((&*history, rules.rulebook), &CoverNews::of(later), None);
}

/// What is known at last.
pub(super) struct Knowledge<'e> {
    entries: &'e [Entry],
    /// By the ids of the events, once a retraction is learnt.
    by_id: OnceCell<HashMap<EventId, &'e Entry>>,
    /// The facts at the end of retractions of retractions.
    facts: HashMap<EventId, Option<&'e Entry>>,
}

impl<'e> Knowledge<'e> {
    /// Of all entries that retractions may be about.
    pub(super) fn of(entries: &'e [Entry]) -> Self {
        Self { entries, by_id: OnceCell::new(), facts: HashMap::new() }
    }

    fn by_id(&self, event: EventId) -> Option<&'e Entry> {
        let by_id = self.by_id.get_or_init(|| self.entries.iter().map(|entry| (entry.event.id, entry)).collect());
        by_id.get(&event).copied()
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
            match self.by_id(at).map(|entry| (entry, &entry.event.fact)) {
                Some((_, Fact::EventRetracted { event, .. })) => {
                    passed.push(at);
                    at = *event;
                }
                found => break found.map(|(entry, _)| entry),
            }
        };
        self.facts.extend(passed.into_iter().map(|event| (event, fact)));
        fact
    }

    /// What a group is about, in words. A retraction is about what the entry that it takes back is about.
    fn words(&self, subject: &Topic, history: &History) -> String {
        let (mut subject, mut taken_back) = (subject.clone(), Vec::new());
        while let Topic::Event(event) = &subject
            && let Some(entry) = self.by_id(*event)
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

/// Lets go of what was kept by month and that facts change which were told or taken back; effects are those before and
/// behind them.
fn forget(sight: &mut Sight, place: Waypoint<'_>, facts: &[&Entry], effects: (Option<&Effect>, Option<&Effect>)) {
    let Waypoint { history, rulebook, .. } = place;
    let news = || CoverNews::of(facts.iter().copied());
    let Some(fact) = facts.first() else { return };
    match Topic::of(fact) {
        // A report ends the carrying of those before it.
        Topic::Figures(..) if history.carries() => sight.forget_all(),
        Topic::Figures(_, month) => {
            let customer = |fact: &&Entry| {
                let Fact::UsageReported(usage) = &fact.event.fact else { return None };
                Some(usage.customer)
            };
            sight.forget_reports(month, &facts.iter().filter_map(customer).collect());
        }
        Topic::Association(_) => {
            let cover = |effect: Option<&'_ Effect>| match effect {
                Some(Effect::Covers(cover)) => cover.clone(),
                Some(Effect::IsRetracted(_)) | None => None,
            };
            let (was, is) = (cover(effects.0), cover(effects.1));
            sight.learn_of_cover((history, rulebook), &news(), first_month(was.as_ref(), is.as_ref()));
        }
        Topic::Customer(_) => {
            let churns = facts.iter().filter(|fact| matches!(fact.event.fact, Fact::CustomerChurned { .. }));
            if let Some(first) = churns.filter_map(|churn| month_of(churn)).min() {
                sight.learn_of_cover((history, rulebook), &news(), Some(first));
            }
        }
        Topic::Person(_) | Topic::Enrolment(_) | Topic::Unscored | Topic::Event(_) | Topic::Rules => {}
    }
}

/// The month of a fact with a time.
fn month_of(entry: &Entry) -> Option<Month> {
    match entry.event.when {
        When::At(at) => Some(Month::of(at.date())),
        When::In(_) => None,
    }
}

/// What facts may change that were told or taken back, if anything; what is kept of certifications and classes is
/// brought up to them.
fn reach(sight: &mut Sight, place: Waypoint<'_>, facts: &[&Entry]) -> Option<Reach> {
    let Waypoint { history, rulebook, standpoint } = place;
    let Some(fact) = facts.first() else {
        sight.change_rules(place);
        return Some(Reach::Usage);
    };
    match Topic::of(fact) {
        Topic::Person(person) => {
            sight.holders.read_again(history, rulebook, &standpoint, &person);
            Some(Reach::PeopleAndClasses)
        }
        Topic::Customer(customer) => {
            sight.classify(customer, history.segment(customer, standpoint.cut));
            let measured_end = Timestamp::end_of(standpoint.measured.last_day());
            let ends = |fact: &&Entry| {
                let is_measured = matches!(fact.event.when, When::At(at) if at <= measured_end);
                is_measured && matches!(fact.event.fact, Fact::CustomerChurned { .. })
            };
            Some(if facts.iter().any(ends) { Reach::Usage } else { Reach::PeopleAndClasses })
        }
        Topic::Rules => {
            sight.change_rules(place);
            Some(Reach::Usage)
        }
        Topic::Unscored => None,
        // No metric reads a month behind the measured one, unless for what is carried.
        Topic::Figures(_, month) => (month <= standpoint.measured || history.carries()).then_some(Reach::Usage),
        Topic::Association(_) | Topic::Enrolment(_) | Topic::Event(_) => Some(Reach::Usage),
    }
}

/// Whether facts may change the score of an area that were told or taken back.
fn may_change(place: Waypoint<'_>, area: Area, facts: &[&Entry]) -> bool {
    match facts.first().map(|fact| Topic::of(fact)) {
        Some(Topic::Figures(figure, month)) => place.history.carries() || reads_month(place, area, figure, month),
        _ => true,
    }
}

/// Whether a score may read the reports of a figure in a month.
fn reads_month(place: Waypoint<'_>, area: Area, figure: UsageMetric, month: Month) -> bool {
    let Waypoint { rulebook, standpoint: Standpoint { rules_on, measured, .. }, .. } = place;
    let family = Family::of(area);
    // Whether a customer is new is seen in all months.
    if family == Family::ModernWork {
        return Metric::ALL.iter().any(|metric| family.reads(*metric, figure));
    }
    let rules = family.metrics().flat_map(|metric| {
        let rule = move |track: &Track| rulebook.rule(area, metric, *track, rules_on);
        Track::ALL.iter().filter_map(rule).flat_map(|chosen| chosen.row.value.reads())
    });
    let mut extents = rules.chain(family.reads_for_track().iter().copied());
    extents.any(|Extent { figures, months, is_compared }| {
        let first = measured.plus(if is_compared { -12 } else { 0 }).plus(1 - months.cast_signed());
        figures.contains(&figure) && first <= month && month <= measured
    })
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
