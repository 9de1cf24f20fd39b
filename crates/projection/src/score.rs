//! The score of an area: its tracks, their metrics and their sum (scoring specification, sections 5, 6 and 8).

pub(crate) mod answer;
pub(crate) mod class;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

use ledger::{Area, Segment};

use crate::association::Associations;
use crate::history::{Enrolment, History};
use crate::memory::Memory;
use crate::metrics::skilling::{People, held, skilling};
use crate::metrics::{self, azure, business_applications};
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::azure::UsageGrowth;
use crate::rulebook::{
    AssociationList, Bounds, Choice, ClassRule, EveryMetric, Family, Metric, Rule, Rulebook, Track, TrackMode,
    metrics_of_skill,
};
use crate::scene::{RowNotes, Scene};
use crate::standpoint::Standpoint;
use answer::{AreaScore, MetricScore, TrackScore};
use class::class;
use usage::Usage;

/// Scores an area of a partner, from what was known of it.
///
/// # Errors
/// [`BeforeProgram`] for a day before the programme began.
///
/// # Examples
/// ```
/// use projection::{Basis, History, Question, Unmeasured, rulebook::Rulebook, score};
/// let question = Question {
///     as_of: ledger::parse_date("2025-03-31")?,
///     basis: Basis::Live,
///     unmeasured: Unmeasured::Exclude,
///     explain: false,
/// };
/// let nothing_known = History::default();
/// let answer = score(&nothing_known, Rulebook::builtin(), ledger::Area::Security, &question)?;
/// assert_eq!(answer.score.points.to_string(), "0/1");
/// assert_eq!(answer.measured_month.to_string(), "2025-03");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn score(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: &Question,
) -> Result<AreaScore, BeforeProgram> {
    let as_of = question.as_of;
    let program_start = rulebook.program_start();
    if as_of < program_start {
        return Err(BeforeProgram { as_of, program_start });
    }
    Ok(score_from(history, rulebook, area, *question, Standpoint::of(*question, rulebook)))
}

/// Scores an area from a standpoint, which need not be that of the question's day.
pub(crate) fn score_from(
    history: &History,
    rulebook: &Rulebook,
    area: Area,
    question: Question,
    standpoint: Standpoint,
) -> AreaScore {
    let associations = Associations::stand(history, rulebook, Some(area), standpoint.cut);
    let people = People::Listed(held(history, rulebook, &standpoint));
    let ground = Ground { history, rulebook, associations: &associations, people, kept: None, usage: None };
    score_on(&ground, area, question, standpoint)
}

/// What the scores of an area are computed from.
pub(crate) struct Ground<'a> {
    pub(crate) history: &'a History,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) associations: &'a Associations<'a>,
    pub(crate) people: People<'a>,
    pub(crate) kept: Option<&'a Memory>,
    /// What usage comes to, where it is known; else it is computed.
    pub(crate) usage: Option<&'a Usage>,
}

impl Ground<'_> {
    /// What the metrics of a track read.
    pub(crate) fn scene(&self, area: Area, track: Track, question: Question, standpoint: Standpoint) -> Scene<'_> {
        Scene {
            history: self.history,
            rulebook: self.rulebook,
            associations: self.associations,
            kept: self.kept,
            only: None,
            area,
            track,
            question,
            standpoint,
            measured: standpoint.measured,
            compared: standpoint.measured.plus(-12),
            rows: RowNotes::default(),
        }
    }
}

/// Scores an area from a standpoint, by what stands there.
pub(crate) fn score_on(ground: &Ground<'_>, area: Area, question: Question, standpoint: Standpoint) -> AreaScore {
    let Standpoint { rules_on, measured, .. } = standpoint;
    let rulebook = ground.rulebook;
    let scene = |track| ground.scene(area, track, question, standpoint);
    let scored = |track| {
        let scene = scene(track);
        (track, track_score(&scene, ground), scene.rows)
    };

    let enrolment = enrolment_in_force(ground.history, area, standpoint).map(|(_, enrolment)| enrolment);
    let held = enrolment.and_then(|enrolment| enrolment.track);
    let selection = RowNotes::default();
    let mode = rulebook.track(area, rules_on).map_or(&TrackMode::Single, |chosen| selection.used(&chosen));
    let ((track, score, rows), tracks) = match mode {
        TrackMode::Single => (scored(Track::Single), None),
        TrackMode::Classified(_) | TrackMode::BothTakeHigher => {
            let [enterprise, smb] = [Track::Enterprise, Track::Smb].map(scored);
            let is_smb = match (held, mode) {
                (Some(held), _) => held == Segment::Smb,
                (None, TrackMode::Classified(by)) => {
                    let scene = scene(Track::Smb);
                    let is_smb = is_smb(&scene, by, ground.usage);
                    selection.add(&scene.rows);
                    is_smb
                }
                (None, TrackMode::BothTakeHigher | TrackMode::Single) => is_higher(&smb.1, &enterprise.1),
            };
            let tracks = [&enterprise, &smb].map(|(track, score, _)| (*track, score.clone()));
            (if is_smb { smb } else { enterprise }, Some(tracks))
        }
    };
    rows.add(&selection);
    let class = match mode {
        TrackMode::Classified(by) if question.explain => Some(class(&scene(Track::Smb), by, enrolment.as_ref())),
        TrackMode::Classified(_) | TrackMode::Single | TrackMode::BothTakeHigher => None,
    };
    let total_min = rulebook.qualification(rules_on).map_or(0, |chosen| chosen.row.value.total_min);
    AreaScore {
        area,
        as_of: question.as_of,
        measured_month: measured,
        compared_month: measured.plus(-12),
        max: rulebook.total_max(),
        total_min,
        track,
        score,
        notes: rows.notes(),
        tracks,
        class,
    }
}

/// The newest enrolment in an Azure area that has a track and is not past its anniversary, with its seq. Nothing is held
/// by it on days on which the area has a single track.
pub(crate) fn enrolment_in_force(history: &History, area: Area, standpoint: Standpoint) -> Option<(u64, Enrolment)> {
    let holds = |enrolment: &Enrolment| enrolment.track.is_some() && standpoint.enrolled_on <= enrolment.anniversary;
    let enrolments = history.enrolments(area, standpoint.cut).filter(|enrolment| holds(&enrolment.fact));
    let newest = enrolments.last().filter(|_| Family::of(area).holds_track())?;
    Some((newest.seq, newest.fact))
}

/// Whether the first of two tracks is the area's: the higher, then the qualified one.
fn is_higher(one: &TrackScore, other: &TrackScore) -> bool {
    let rank = |score: &TrackScore| (score.points.clone(), score.qualified());
    rank(one) > rank(other)
}

fn track_score(scene: &Scene<'_>, ground: &Ground<'_>) -> TrackScore {
    let mut metrics = metrics(scene, ground);
    if !scene.question.explain {
        for metric in &mut metrics {
            metric.because.clear();
        }
    }
    let points = metrics.iter().fold(Points::zero(), |sum, metric| sum.plus(&metric.points));
    let mut below = Vec::new();
    if let Some(chosen) = scene.rulebook.qualification(scene.standpoint.rules_on) {
        let qualification = &chosen.row.value;
        if points < Points::whole(qualification.total_min) {
            below.push("total");
        }
        match qualification.every_metric {
            EveryMetric::AboveZero => {
                below
                    .extend(metrics.iter().filter(|metric| metric.points.is_zero()).map(|metric| metric.metric.name()));
            }
        }
    }
    TrackScore { points, below, metrics }
}

/// The metrics of the area in the order of the answer, as far as the rulebook has rows.
fn metrics(scene: &Scene<'_>, ground: &Ground<'_>) -> Vec<MetricScore> {
    let make = || usage_metrics(scene);
    let mut metrics = ground.usage.map_or_else(make, |usage| usage.metrics(scene, make));
    metrics.extend(metrics_of_skill().filter_map(|metric| skilling(scene, metric, &ground.people)));
    metrics.sort_by_key(|score| score.metric);
    metrics
}

/// The metrics that are computed from usage.
fn usage_metrics(scene: &Scene<'_>) -> Vec<MetricScore> {
    let scores = Family::of(scene.area).metrics().filter_map(|metric| {
        let rule = scene.rows.used(&scene.rulebook.rule(scene.area, metric, scene.track, scene.standpoint.rules_on)?);
        let make = || {
            let mut score = metrics::score(scene, metric, rule);
            if let Some(score) = score.as_mut().filter(|_| !scene.question.explain) {
                score.because.clear();
            }
            score
        };
        match scene.kept_of(metric, rule) {
            Some((kept, number)) => kept.metrics.get_or(scene.measured, &number, make),
            None => make(),
        }
    });
    scores.collect()
}

/// Whether a partner that is classified is in the SMB class; `scene` is that of the SMB track.
fn is_smb(scene: &Scene<'_>, by: &ClassRule, usage: Option<&Usage>) -> bool {
    match by {
        ClassRule::SmbShare { smb_share, ttm_usd } => has_smb_share(scene, smb_share, ttm_usd, usage),
        ClassRule::LargePairs { pairs, usd } => {
            let count = || business_applications::large_pairs(scene, usd);
            let large = scene.kept.map_or_else(count, |kept| kept.large.get_or(scene.measured, usd, count));
            !pairs.contains_ratio(large as i128, 1)
        }
    }
}

/// What decides about the class by the share of small and medium businesses: how many of the customers are such, and the
/// consumption; none where that does not decide. `scene` is that of the SMB track.
pub(crate) fn share_sums(scene: &Scene<'_>) -> Option<((i128, i128), i128)> {
    let share = scene.share_of_smb(smb_list(scene)?);
    Some((share, azure::total(scene, smb_growth(scene)?, scene.measured)))
}

fn has_smb_share(scene: &Scene<'_>, smb_share: &Bounds, ttm_usd: &Bounds, usage: Option<&Usage>) -> bool {
    let Some(list) = smb_list(scene) else { return false };
    let growth = smb_growth(scene);
    let total = || {
        let rule = growth?;
        let total = || azure::total(scene, rule, scene.measured);
        Some(usage.map_or_else(total, |usage| usage.total(scene, total)))
    };
    if usage.is_some() {
        // What is kept of usage has to last until a class changes, even where the share decides alone by then.
        total();
    }
    let (smb, all) = usage.map_or_else(|| scene.share_of_smb(list), |usage| usage.share_of_smb(scene, list));
    if let Some(chosen) = smb_rule(scene, Metric::NetCustomerAdds) {
        scene.rows.used(&chosen);
    }
    if !smb_share.contains_ratio(smb, all) {
        return false;
    }
    if ttm_usd.is_unbounded() {
        return true;
    }
    if let Some(chosen) = smb_rule(scene, Metric::UsageGrowth) {
        scene.rows.used(&chosen);
    }
    total().is_some_and(|total| ttm_usd.contains(ledger::Amount::from_micros(total)))
}

/// A rule of the SMB track, which decides about the class whatever the track.
fn smb_rule<'a>(scene: &Scene<'a>, metric: Metric) -> Option<Choice<'a, Rule>> {
    scene.rulebook.rule(scene.area, metric, Track::Smb, scene.standpoint.rules_on)
}

/// The associations whose customers decide about the class of an Azure area.
fn smb_list<'a>(scene: &Scene<'a>) -> Option<&'a AssociationList> {
    let chosen = smb_rule(scene, Metric::NetCustomerAdds)?;
    let Rule::AzureNetCustomerAdds(rule) = &chosen.row.value else { return None };
    Some(&rule.associations)
}

/// The rule whose consumption decides about the class of an Azure area.
fn smb_growth<'a>(scene: &Scene<'a>) -> Option<&'a UsageGrowth> {
    let chosen = smb_rule(scene, Metric::UsageGrowth)?;
    let Rule::AzureUsageGrowth(rule) = &chosen.row.value else { return None };
    Some(rule)
}
