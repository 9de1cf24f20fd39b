//! Certifications of people.

use std::collections::BTreeSet;

use ledger::{Date, PersonId};
use num_rational::BigRational;
use num_traits::Zero;

use super::count;
use super::credit::{Credit, spans};
use super::credit_times::CreditTimes;
use super::holders::Holders;
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
}

impl People<'_> {
    /// How many distinct people hold one of the certifications.
    fn holders(&self, list: &[String], step: u32, because: &mut Vec<Unit>) -> usize {
        match self {
            Self::Listed(held) => holders(held, list, step, because),
            Self::Timed(certified, day) => certified.holders(list, *day),
            Self::Counted(holders) => holders.count(list),
        }
    }
}

/// The score of a certification metric; none where the rulebook has no rows for it.
pub(crate) fn skilling(scene: &Scene<'_>, metric: Metric, people: &People<'_>) -> Option<MetricScore> {
    let chosen = scene.rulebook.skill(scene.area, metric, scene.track, scene.standpoint.rules_on)?;
    let skill = scene.rows.used(&chosen);
    let mut because = Vec::new();
    let (points, people, steps) = if skill.steps.is_empty() {
        let list = scene.rulebook.certification_list(scene.area, metric, scene.standpoint.rules_on)?;
        let list: &Vec<String> = scene.rows.used(&list);
        let people = people.holders(list, 0, &mut because);
        (points_of(skill, None, people), people, None)
    } else {
        let (points, people, steps) = climb(skill, people, &mut because);
        (points, people, Some(steps))
    };
    because.sort();
    Some(MetricScore {
        metric,
        points,
        max: skill.max,
        measure: Measure::People { people: count(people), steps },
        notes: vec![],
        because,
    })
}

/// Takes the steps in order: a gate that is missed ends the metric with the points so far.
fn climb(skill: &Skill, of: &People<'_>, because: &mut Vec<Unit>) -> (Points, usize, Vec<StepScore>) {
    let mut points = Points::zero();
    let mut people_of_points_step = 0;
    let mut reached = true;
    let mut steps = Vec::new();
    for step in &skill.steps {
        let people = of.holders(&step.certifications, step.step, because);
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
    let people = BigRational::from_integer(people.into());
    match (per_person, skill.threshold) {
        (Some(each), _) => Points::clamped(people * BigRational::from_integer(each.into()), skill.max),
        (None, Some(threshold)) => Points::share(skill.max, &people, threshold),
        (None, None) => Points::zero(),
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
