//! The rules of the certification metrics.

use super::error::Problem;
use super::fields::Fields;

/// The rule of a certification metric.
///
/// Without steps, people with a certification of the metric's list give `max * people / threshold`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// The points that can be reached.
    pub max: u32,
    /// The people who give the maximum, without steps or in a points step without `per_person`.
    pub threshold: Option<u32>,
    /// The steps in their order: gates, then the one that gives points.
    pub steps: Vec<SkillStep>,
}

/// One step of a certification metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillStep {
    /// Its number, from 1.
    pub step: u32,
    /// The people that a gate needs; none for the points step.
    pub min_people: Option<u32>,
    /// The points that a gate gives, once; 0 for the points step.
    pub points: u32,
    /// The points that each person gives in a points step that has no threshold.
    pub per_person: Option<u32>,
    /// The certifications that count.
    pub certifications: Vec<String>,
}

impl Skill {
    /// The people whom the maximum needs: with steps, in the step that gives points, once every gate is met.
    #[must_use]
    pub fn needed(&self) -> Option<u32> {
        let gates = self.steps.iter().map(|step| step.points).sum();
        let left = self.max.saturating_sub(gates);
        if let Some(per_person) = self.steps.last().and_then(|step| step.per_person) {
            return Some(left.div_ceil(per_person));
        }
        let needed = (u64::from(left) * u64::from(self.threshold?)).div_ceil(self.max.into());
        u32::try_from(needed).ok()
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>, key: &str) -> Self {
        let errors = fields.errors();
        if !fields.has("steps") && !fields.has("threshold") {
            fields.refuse(Problem::NoThreshold { key: key.to_owned() });
        }
        let max = fields.positive("max");
        let threshold = fields.optional_figure("threshold", 1..=u32::MAX);
        let steps = fields.optional_tables("steps", "a step", SkillStep::read).unwrap_or_default();
        if fields.are_sound_since(errors) {
            check_steps(&steps, max, threshold, fields);
        }
        Self { max, threshold, steps: steps.into_iter().map(|(_, step)| step).collect() }
    }
}

/// Steps are numbered from 1, the one that gives points is the last, and the gates leave the maximum in reach.
fn check_steps(steps: &[(usize, SkillStep)], max: u32, threshold: Option<u32>, fields: &mut Fields<'_, '_>) {
    let mut gives_points = false;
    for (expected, (line, step)) in (1..).zip(steps) {
        if step.step != expected {
            fields.inspection.add(*line, Problem::WrongStepNumber { found: step.step, expected });
        }
        if gives_points {
            let problem = if step.is_gate() {
                Problem::GateAfterPoints { step: expected }
            } else {
                Problem::SecondPointsStep { step: expected }
            };
            fields.inspection.add(*line, problem);
        }
        if !step.is_gate() && step.per_person.is_none() && threshold.is_none() {
            fields.inspection.add(*line, Problem::StepWithoutThreshold);
        }
        gives_points |= !step.is_gate();
    }
    if let Some((line, _)) = steps.last().filter(|_| !gives_points) {
        fields.inspection.add(*line, Problem::NoPointsStep);
    }
    let points = steps.iter().map(|(_, step)| u64::from(step.points)).sum();
    if points > u64::from(max) {
        fields.refuse(Problem::GatesAboveMax { points, max });
    }
}

impl SkillStep {
    /// Whether the step only lets through, with points of its own at most.
    #[must_use]
    pub fn is_gate(&self) -> bool {
        self.min_people.is_some()
    }

    fn read(fields: &mut Fields<'_, '_>) -> (usize, Self) {
        let is_gate = fields.has("min_people");
        let step = Self {
            step: fields.positive("step"),
            min_people: is_gate.then(|| fields.positive("min_people")),
            points: if is_gate { fields.figure("points", 0..=u32::MAX) } else { 0 },
            per_person: if is_gate { None } else { fields.optional_figure("per_person", 1..=u32::MAX) },
            certifications: fields.certifications("certifications"),
        };
        (fields.line, step)
    }
}
