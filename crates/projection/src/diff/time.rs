//! From the first day to the last one, by what is known now.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Date, Timestamp};

use super::answer::{Cause, Moment};
use super::lives::Lives;
use super::rulebooks::RulesInForce;
use super::sight::{CoverNews, Reach, Waypoint};
use super::topic::Topic;
use super::walk::{Leg, Walk};
use super::windows::Roll;
use crate::history::{History, Occurrence};
use crate::question::Basis;
use crate::rulebook::{DatedRow, Family, Metric, RuleRow, Rulebook};
use crate::score::enrolment_in_force;
use crate::standpoint::{Cut, Standpoint};

/// A way through days: where it has come to, and what is to come.
pub(super) struct Passage<'p> {
    pub(super) walk: &'p mut Walk,
    pub(super) history: &'p History,
    pub(super) rules: RulesInForce<'p>,
    pub(super) standpoint: Standpoint,
    pub(super) lives: &'p mut Lives,
    /// The place that the last step led to.
    pub(super) left: Waypoint<'p>,
}

impl<'p> Passage<'p> {
    /// Passes on to a day, which follows the one before, and on which these facts become true; `rules` are those of the
    /// day.
    pub(super) fn pass(&mut self, day: Date, basis: Basis, rules: RulesInForce<'p>, facts: &[Occurrence]) {
        self.change_rules(rules, day);
        self.roll_months(basis, day);
        self.expire(day);
        self.end_enrolments(day);
        self.become_true(facts, day);
    }

    fn place(&self) -> Waypoint<'p> {
        Waypoint { history: self.history, rulebook: self.rules.rulebook, standpoint: self.standpoint }
    }

    fn step(
        &mut self,
        (cause, reach): (&dyn Fn(Area, Metric) -> Cause, Option<Reach>),
        day: Date,
        areas: &[Area],
        because: &dyn Fn(Area, Metric) -> (String, Vec<u64>),
    ) {
        let (place, when) = (self.place(), Moment::Day(day));
        self.walk.leave(self.left);
        self.walk.step(place, &Leg { cause, when, reach, areas, because, figures: &[] });
        self.left = place;
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
            self.step((&|_, _| Cause::RuleChange, Some(Reach::Usage)), day, Area::ALL, &|_, _| adopted.clone());
        } else if rulebook.rows().iter().any(|row| changes_on(row, day)) {
            self.step((&|_, _| Cause::RuleChange, Some(Reach::Usage)), day, Area::ALL, &|area, _| {
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
        let cause = |area, metric| roll.cause(area, metric);
        self.step((&cause, Some(Reach::Usage)), day, Area::ALL, &|area, metric| roll.because(area, metric));
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
        self.step((&|_, _| Cause::Expiry, Some(Reach::PeopleAndClasses)), day, Area::ALL, &because);
    }

    /// The enrolments whose anniversary is over on the day.
    fn end_enrolments(&mut self, day: Date) {
        if !self.history.has_enrolments() {
            self.standpoint.enrolled_on = day;
            return;
        }
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
        self.step((&|_, _| Cause::EnrolmentEnded, Some(Reach::Usage)), day, &ended, &because);
    }

    /// The facts of the day, those about one thing in a row together.
    fn become_true(&mut self, facts: &[Occurrence], day: Date) {
        for group in facts.chunk_by(|one, next| Topic::told(one) == Topic::told(next)) {
            let [.., last] = group else { continue };
            let before = self.standpoint.cut;
            let (at, seq) = last.place();
            self.standpoint.cut = Cut::behind(at, seq);
            let subject = Topic::told(last);
            let reach = self.reach(group, before);
            let history = self.history;
            let because = |_: Area, _: Metric| {
                (subject.words(history), group.iter().map(|fact| fact.place().1).collect::<Vec<u64>>())
            };
            self.step((&|_, _| Cause::BecameTrue, reach), day, &subject.areas(), &because);
        }
        self.standpoint.cut = Cut::end_of(day);
    }

    /// What facts about one thing that become true may change, if anything; `before` is where those end that were seen.
    fn reach(&mut self, facts: &[Occurrence], before: Cut) -> Option<Reach> {
        let measured_end = Timestamp::end_of(self.standpoint.measured.last_day());
        let mut reach = None;
        for fact in facts {
            match fact {
                Occurrence::Step(association, _) => {
                    let steps = facts.iter().filter_map(|fact| {
                        let Occurrence::Step(_, step) = fact else { return None };
                        Some(step)
                    });
                    let otherwise = self.lives.become_true(self.history, before, *association, steps, measured_end);
                    if otherwise {
                        let associations = BTreeSet::from([*association]);
                        let news = CoverNews { associations, ..CoverNews::default() };
                        self.walk.sight.cover_otherwise(self.place(), &news);
                    }
                    // The steps of one association are taken together.
                    return otherwise.then_some(Reach::Usage);
                }
                Occurrence::Churn(customer, churn) => {
                    if churn.at <= measured_end {
                        let news = CoverNews { churned: BTreeSet::from([*customer]), ..CoverNews::default() };
                        self.walk.sight.cover_otherwise(self.place(), &news);
                        reach = Some(Reach::Usage);
                    }
                }
                Occurrence::Class(customer, class) => {
                    self.walk.sight.classify(*customer, Some(class.fact));
                    reach = reach.or(Some(Reach::PeopleAndClasses));
                }
                Occurrence::Link(person, link) => {
                    let (rulebook, day) = (self.rules.rulebook, self.standpoint.certified_on);
                    self.walk.sight.holders.take_in(rulebook, day, person, link.clone());
                    reach = Some(Reach::PeopleAndClasses);
                }
                Occurrence::Enrolment(..) => reach = Some(Reach::Usage),
                Occurrence::Unscored(_) => {}
            }
        }
        reach
    }
}

/// Whether a row begins on a day, may have done so from it on, or held until the day before.
fn changes_on(row: &DatedRow<RuleRow>, day: Date) -> bool {
    row.from == day || row.basis.not_before() == Some(day) || row.to.is_some_and(|to| to.succ_opt() == Some(day))
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
