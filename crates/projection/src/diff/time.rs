//! From the first day to the last one, by what is known now.

use std::collections::BTreeMap;

use ledger::{Area, Date, Entry, Fact, Timestamp, When};

use super::answer::{Cause, Moment};
use super::lives::Lives;
use super::rulebooks::{Rulebooks, RulesInForce};
use super::sight::{Reach, Waypoint};
use super::topic::Topic;
use super::walk::{Leg, Walk};
use super::windows::Roll;
use super::{Comparison, known};
use crate::history::History;
use crate::question::Basis;
use crate::rulebook::{DatedRow, Family, Metric, RuleRow, Rulebook};
use crate::score::enrolment_in_force;
use crate::standpoint::{Cut, Standpoint};

/// A way through days: where it has come to, and what is to come.
struct Passage<'p> {
    walk: &'p mut Walk,
    history: &'p History,
    rules: RulesInForce<'p>,
    standpoint: Standpoint,
    lives: Lives,
}

/// Passes from day to day; returns the entries whose facts became true.
pub(super) fn pass(
    walk: &mut Walk,
    comparison: &Comparison<'_>,
    rulebooks: &Rulebooks<'_>,
    history: &History,
) -> Vec<u64> {
    let Comparison { entries, from: (from, _), to: (to, known_to), .. } = *comparison;
    let facts = facts(known(entries, known_to), history, from.as_of, to.as_of);
    let rules = rulebooks.in_force(known_to, from.as_of);
    let standpoint = Standpoint::of(from, rules.rulebook);
    let mut passage = Passage { walk, history, rules, standpoint, lives: Lives::default() };
    let mut rest = facts.as_slice();
    for day in from.as_of.iter_days().skip(1).take_while(|day| *day <= to.as_of) {
        passage.change_rules(rulebooks.in_force(known_to, day), day);
        passage.roll_months(from.basis, day);
        passage.expire(day);
        passage.end_enrolments(day);
        let (today, later) = rest.split_at(rest.partition_point(|fact| fact.at <= Timestamp::end_of(day)));
        passage.become_true(today, day);
        rest = later;
    }
    facts.iter().map(|fact| fact.entry.seq).collect()
}

/// A fact that becomes true on the way.
struct Occurrence<'e> {
    at: Timestamp,
    entry: &'e Entry,
}

/// The facts that become true after one day and until another, in the order of (`effective_at`, seq).
fn facts<'e>(entries: &'e [Entry], history: &History, after: Date, until: Date) -> Vec<Occurrence<'e>> {
    let span = Timestamp::end_of(after)..Timestamp::end_of(until);
    let becoming = entries.iter().filter_map(|entry| match (entry.event.when, &entry.event.fact) {
        (When::In(_), _) | (When::At(_), Fact::EventRetracted { .. }) => None,
        (When::At(at), _) => {
            let is_on_the_way = span.start < at && at <= span.end && !history.is_retracted(entry.seq);
            is_on_the_way.then_some(Occurrence { at, entry })
        }
    });
    let mut becoming: Vec<Occurrence<'e>> = becoming.collect();
    becoming.sort_by_key(|fact| (fact.at, fact.entry.seq));
    becoming
}

impl<'p> Passage<'p> {
    fn place(&self) -> Waypoint<'p> {
        Waypoint { history: self.history, rulebook: self.rules.rulebook, standpoint: self.standpoint }
    }

    fn step(
        &mut self,
        (cause, reach): (Cause, Option<Reach>),
        day: Date,
        areas: &[Area],
        because: &dyn Fn(Area, Metric) -> (String, Vec<u64>),
    ) {
        let place = self.place();
        self.walk.step(place, &Leg { cause, when: Moment::Day(day), reach, areas, because });
    }

    /// The rules of the day: another rulebook, or other rows of the same.
    fn change_rules(&mut self, rules: RulesInForce<'p>, day: Date) {
        let is_another = rules.adopted_by != self.rules.adopted_by;
        self.rules = rules;
        self.standpoint.rules_on = day;
        let rulebook = self.rules.rulebook;
        if is_another {
            self.walk.sight.change_rules(self.place());
            let adopted = (format!("rulebook {}", rules.name), rules.adopted_by.into_iter().collect::<Vec<u64>>());
            self.step((Cause::RuleChange, Some(Reach::Usage)), day, Area::ALL, &|_, _| adopted.clone());
        } else if rulebook.rows().iter().any(|row| changes_on(row, day)) {
            self.step((Cause::RuleChange, Some(Reach::Usage)), day, Area::ALL, &|area, _| {
                (changed_rows(rulebook, area, day), Vec::new())
            });
        }
    }

    /// The measured month of the day.
    fn roll_months(&mut self, basis: Basis, day: Date) {
        let rulebook = self.rules.rulebook;
        let (from, to) = (self.standpoint.measured, basis.measured_month(day, rulebook));
        if from == to {
            return;
        }
        self.standpoint.measured = to;
        let roll = Roll { history: self.history, rulebook, standpoint: self.standpoint, from, to };
        self.step((Cause::MonthRolled, Some(Reach::Usage)), day, Area::ALL, &|area, metric| roll.because(area, metric));
    }

    /// The certifications whose time is over on the day.
    fn expire(&mut self, day: Date) {
        self.standpoint.certified_on = day;
        let ended = self.walk.sight.holders.expire(self.rules.rulebook, day);
        if ended.is_empty() {
            return;
        }
        let because = |_: Area, _: Metric| {
            let names = ended.iter().map(|((person, code), _)| format!("{code} of {person}"));
            (names.collect::<Vec<_>>().join(", "), ended.iter().map(|(_, seq)| *seq).collect())
        };
        self.step((Cause::Expiry, Some(Reach::PeopleAndClasses)), day, Area::ALL, &because);
    }

    /// The enrolments whose anniversary is over on the day.
    fn end_enrolments(&mut self, day: Date) {
        let held = |standpoint| {
            let held = |area: &Area| Some((*area, enrolment_in_force(self.history, *area, standpoint)?.0));
            Area::ALL.iter().filter_map(held).collect::<BTreeMap<Area, u64>>()
        };
        let before = held(self.standpoint);
        self.standpoint.enrolled_on = day;
        let after = held(self.standpoint);
        let ended = before.iter().filter(|(area, held)| after.get(area) != Some(held)).map(|(area, _)| *area);
        let ended: Vec<Area> = ended.collect();
        if ended.is_empty() {
            return;
        }
        let because = |area: Area, _: Metric| {
            (Topic::Enrolment(area).words(self.history), before.get(&area).copied().into_iter().collect())
        };
        let leg = Leg {
            cause: Cause::EnrolmentEnded,
            when: Moment::Day(day),
            reach: Some(Reach::Usage),
            areas: &ended,
            because: &because,
        };
        self.walk.step(self.place(), &leg);
    }

    /// The facts of the day, those about one thing in a row together.
    fn become_true(&mut self, facts: &[Occurrence<'_>], day: Date) {
        for group in facts.chunk_by(|one, next| Topic::of(one.entry) == Topic::of(next.entry)) {
            let [.., last] = group else { continue };
            let before = self.standpoint.cut;
            self.standpoint.cut = Cut::behind(last.at, last.entry.seq);
            let subject = Topic::of(last.entry);
            let reach = self.reach(&subject, group, before);
            let history = self.history;
            let because = |_: Area, _: Metric| {
                (subject.words(history), group.iter().map(|fact| fact.entry.seq).collect::<Vec<u64>>())
            };
            self.step((Cause::BecameTrue, reach), day, &subject.areas(), &because);
        }
        self.standpoint.cut = Cut::end_of(day);
    }

    /// What facts that become true may change, if anything; `before` is where those end that were seen.
    fn reach(&mut self, subject: &Topic, facts: &[Occurrence<'_>], before: Cut) -> Option<Reach> {
        let measured_end = Timestamp::end_of(self.standpoint.measured.last_day());
        match subject {
            Topic::Association(association) => {
                let facts = facts.iter().map(|fact| (fact.at, fact.entry.seq, &fact.entry.event.fact));
                let covers_otherwise = self.lives.become_true(self.history, before, *association, facts, measured_end);
                covers_otherwise.then_some(Reach::Usage)
            }
            Topic::Customer(customer) => {
                let mut reach = None;
                for fact in facts {
                    if let Fact::CustomerClassified { segment, .. } = &fact.entry.event.fact {
                        self.walk.sight.classify(*customer, Some(*segment));
                        reach = reach.or(Some(Reach::PeopleAndClasses));
                    } else if fact.at <= measured_end {
                        reach = Some(Reach::Usage);
                    }
                }
                reach
            }
            Topic::Person(_) => {
                for Occurrence { at, entry } in facts {
                    let (rulebook, day) = (self.rules.rulebook, self.standpoint.certified_on);
                    self.walk.sight.holders.become_true(rulebook, day, *at, entry.seq, &entry.event.fact);
                }
                Some(Reach::PeopleAndClasses)
            }
            Topic::Unscored => None,
            Topic::Figures(..) | Topic::Enrolment(_) | Topic::Event(_) | Topic::Rules => Some(Reach::Usage),
        }
    }
}

/// Whether a row begins on a day, or held until the day before.
fn changes_on(row: &DatedRow<RuleRow>, day: Date) -> bool {
    row.from == day || row.to.is_some_and(|to| to.succ_opt() == Some(day))
}

/// The rows that begin or end on a day and may concern an area, in words.
fn changed_rows(rulebook: &Rulebook, area: Area, day: Date) -> String {
    let concerns = |key: &String| {
        let scope = key.split_once('.').map_or(key.as_str(), |(scope, _)| scope);
        scope == area.name() || scope == Family::of(area).name()
    };
    let mut names: Vec<String> = Vec::new();
    for row in rulebook.rows().iter().filter(|row| changes_on(row, day)) {
        let table = row.value.table.name();
        if row.value.keys.is_empty() {
            names.push(table.to_owned());
        }
        names.extend(row.value.keys.iter().filter(|key| concerns(key)).map(|key| format!("{table} {key}")));
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { format!("rules of {day}") } else { format!("rules of {day}: {}", names.join(", ")) }
}
