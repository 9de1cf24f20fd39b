//! Certifications of people.

use std::collections::BTreeSet;

use ledger::{Date, PersonId};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::count;
use super::credit::{Credit, spans};
use super::credit_times::CreditTimes;
use super::holders::Holders;
use super::way::{ChangeUnit, Way};
use crate::history::History;
use crate::points::Points;
use crate::rulebook::{Metric, Rulebook, Skill, SkillStep};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, MetricScore, StepScore, Unit, UnitSubject};
use crate::standpoint::Standpoint;
use crate::tally::unit;

/// A certification of a person as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Holding<'a> {
    pub(crate) person: &'a PersonId,
    pub(crate) certification: &'a str,
    /// The entries that say so: the link and, if it was unlinked, that.
    pub(crate) entries: Vec<u64>,
    /// Why it does not count, in words.
    pub(crate) missed: Option<String>,
}

/// The certifications of a partner's people: the newest link of each decides.
pub(crate) fn held<'a>(history: &'a History, rulebook: &'a Rulebook, standpoint: &Standpoint) -> Vec<Holding<'a>> {
    let mut held = Vec::new();
    for (person, links) in history.people(standpoint.cut) {
        for (certification, spans) in spans(rulebook, links) {
            let Some((link, end)) = spans.last() else { continue };
            let missed = match end {
                Some(unlink) => Some(format!("it was unlinked on {}", unlink.at.date())),
                None => Credit::of(rulebook, link).and_then(|credit| credit.why_over(standpoint.certified_on)),
            };
            let entries = std::iter::once(link.seq).chain(end.map(|unlink| unlink.seq)).collect();
            held.push(Holding { person, certification, entries, missed });
        }
    }
    held
}

/// The people of a partner, as of a day.
pub(crate) enum People<'a> {
    /// Every certification with the reason why it does not count.
    Listed(Vec<Holding<'a>>),
    /// The times of all certifications, and the day.
    Timed(&'a CreditTimes, Date),
    /// How many there are, as it is kept from step to step.
    Counted(&'a Holders),
    /// The same, without one of the people.
    Without(&'a Holders, &'a PersonId),
}

impl People<'_> {
    /// How many distinct people hold one of the certifications.
    fn holders(&self, list: &[String], step: u32, because: &mut Vec<Unit>) -> usize {
        match self {
            Self::Listed(held) => holders(held, list, step, because),
            Self::Timed(certified, day) => certified.holders(list, *day),
            Self::Counted(holders) => holders.count(list),
            Self::Without(holders, person) => holders.count(list) - usize::from(holders.has(person, list)),
        }
    }
}

/// The rule of a certification metric, with the people who have what it asks for.
pub(crate) struct Certified<'a> {
    pub(crate) skill: &'a Skill,
    /// The certifications of each step; of a metric without steps, its list.
    pub(crate) lists: Vec<&'a [String]>,
    /// How many people have one of them, by list.
    pub(crate) people: Vec<usize>,
}

/// The score of a certification metric; none where the rulebook has no rows for it.
pub(crate) fn skilling(scene: &Scene<'_>, metric: Metric, people: &People<'_>) -> Option<MetricScore> {
    let mut because = Vec::new();
    let certified = certified(scene, metric, people, &mut because)?;
    because.sort();
    Some(certified.score(metric, because))
}

/// Who has what a certification metric asks for; none where the rulebook has no rows for it.
pub(crate) fn certified<'a>(
    scene: &Scene<'a>,
    metric: Metric,
    of: &People<'_>,
    because: &mut Vec<Unit>,
) -> Option<Certified<'a>> {
    let chosen = scene.rulebook.skill(scene.area, metric, scene.track, scene.standpoint.rules_on)?;
    let skill = scene.rows.used(&chosen);
    let lists: Vec<(u32, &[String])> = if skill.steps.is_empty() {
        let list = scene.rulebook.certification_list(scene.area, metric, scene.standpoint.rules_on)?;
        vec![(0, scene.rows.used(&list).as_slice())]
    } else {
        skill.steps.iter().map(|step| (step.step, &*step.certifications)).collect()
    };
    let people = lists.iter().map(|(step, list)| of.holders(list, *step, because)).collect();
    Some(Certified { skill, lists: lists.into_iter().map(|(_, list)| list).collect(), people })
}

impl Certified<'_> {
    /// The score, with the units behind it.
    pub(crate) fn score(&self, metric: Metric, because: Vec<Unit>) -> MetricScore {
        let (points, people, steps) = if self.skill.steps.is_empty() {
            let people = self.people.first().copied().unwrap_or(0);
            (points_of(self.skill, None, people), people, None)
        } else {
            let (points, people, steps) = climb(self.skill, &self.people);
            (points, people, Some(steps))
        };
        let measure = Measure::People { people: count(people), steps };
        MetricScore { metric, points, max: self.skill.max, measure, notes: vec![], because }
    }

    /// The points if there were so many people more, by list.
    pub(crate) fn points_with(&self, added: &[usize]) -> Points {
        let people: Vec<usize> = self.people.iter().zip(added).map(|(people, added)| people + added).collect();
        self.points_of(&people)
    }

    /// The points if there were so many people, by list.
    pub(crate) fn points_of(&self, people: &[usize]) -> Points {
        if self.skill.steps.is_empty() {
            return points_of(self.skill, None, people.first().copied().unwrap_or(0));
        }
        climb(self.skill, people).0
    }

    /// How further people give points in the last list.
    pub(crate) fn way(&self) -> Option<Way> {
        let people = self.people.last().copied()?;
        way_of(self.skill, self.skill.steps.last().and_then(|step| step.per_person), people)
    }
}

/// Takes the steps in order: a gate that is missed ends the metric with the points so far.
fn climb(skill: &Skill, people: &[usize]) -> (Points, usize, Vec<StepScore>) {
    let mut points = Points::zero();
    let mut people_of_points_step = 0;
    let mut reached = true;
    let mut steps = Vec::new();
    for (step, people) in skill.steps.iter().zip(people.iter().copied()) {
        let enough = match step.min_people {
            Some(least) => count(people) >= i64::from(least),
            None => people > 0,
        };
        let met = reached && enough;
        let given = if met { step_points(skill, step, people, &points) } else { Points::zero() };
        points = points.plus(&given);
        if step.is_gate() {
            reached = met;
        } else {
            people_of_points_step = people;
        }
        steps.push(StepScore { step: step.step, people: count(people), met, points: given });
    }
    (points, people_of_points_step, steps)
}

/// The points of a step that is met, at most what is left to the metric's maximum.
fn step_points(skill: &Skill, step: &SkillStep, people: usize, so_far: &Points) -> Points {
    let points = if step.is_gate() { Points::whole(step.points) } else { points_of(skill, step.per_person, people) };
    let left = so_far.missing_to(&Points::whole(skill.max));
    Points::clamped(points.exact().clone().min(left.max(BigRational::zero())), skill.max)
}

/// The points of so many people, by the printed points of each or as a share of the threshold.
fn points_of(skill: &Skill, per_person: Option<u32>, people: usize) -> Points {
    way_of(skill, per_person, people).map_or_else(Points::zero, |way| way.points(&BigInt::zero()))
}

/// How people give points, by the printed points of each or as a share of the threshold.
fn way_of(skill: &Skill, per_person: Option<u32>, people: usize) -> Option<Way> {
    let people = BigRational::from_integer(people.into());
    let counting = |n, threshold| Way::counting(ChangeUnit::Person, n, (skill.max, threshold));
    match (per_person, skill.threshold) {
        (Some(each), _) => {
            let each = BigRational::from_integer(each.into());
            Some(Way { per_grain: each.clone(), ..counting(people * each, skill.max) })
        }
        (None, Some(threshold)) => Some(counting(people, threshold)),
        (None, None) => None,
    }
}

/// How many distinct people hold one of the certifications.
fn holders(held: &[Holding<'_>], list: &[String], step: u32, because: &mut Vec<Unit>) -> usize {
    let mut people = BTreeSet::new();
    for one in held.iter().filter(|one| list.iter().any(|code| code == one.certification)) {
        if one.missed.is_none() {
            people.insert(one.person);
        }
        let subject =
            UnitSubject::Person { person: one.person.to_string(), certification: one.certification.to_owned(), step };
        because.push(unit(At::Now, subject, one.missed.clone(), None, one.entries.clone()));
    }
    people.len()
}

#[cfg(test)]
mod tests;
