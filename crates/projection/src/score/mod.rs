//! The score of an area: its tracks, their metrics and their sum (scoring specification, sections 5, 6 and 8).

pub(crate) mod answer;
pub(crate) mod usage;

use ledger::Area;

use crate::association::Associations;
use crate::history::History;
use crate::kept::Kept;
use crate::metrics::skilling::{People, held, skilling};
use crate::metrics::{azure, business_applications, modern_work, security};
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{
    Bounds, ClassBy, Deployments, EveryMetric, Metric, NetCustomerAdds, Rulebook, SkillMetric, Track, TrackMode,
    UsageGrowth,
};
use crate::scene::{RowNotes, Scene};
use crate::standpoint::Standpoint;
use answer::{AreaScore, MetricScore, TrackScore};
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
    let people = People::Held(held(history, rulebook, &standpoint));
    let ground = Ground { history, rulebook, associations: &associations, people, kept: None, usage: None };
    score_on(&ground, area, question, standpoint)
}

/// What the scores of an area are computed from.
pub(crate) struct Ground<'a> {
    pub(crate) history: &'a History,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) associations: &'a Associations<'a>,
    pub(crate) people: People<'a>,
    pub(crate) kept: Option<&'a Kept>,
    /// What usage comes to, where it is known; else it is computed.
    pub(crate) usage: Option<&'a Usage>,
}

/// Scores an area from a standpoint, by what stands there.
pub(crate) fn score_on(ground: &Ground<'_>, area: Area, question: Question, standpoint: Standpoint) -> AreaScore {
    let Standpoint { rules_on, measured, .. } = standpoint;
    let rulebook = ground.rulebook;
    let scene = |track| Scene {
        history: ground.history,
        rulebook,
        associations: ground.associations,
        kept: ground.kept,
        area,
        track,
        question,
        standpoint,
        measured,
        compared: measured.plus(-12),
        rows: RowNotes::default(),
    };
    let track_score = |scene: &Scene<'_>| track_score(scene, ground);

    let selection = RowNotes::default();
    let mode = rulebook.track(area, rules_on).map_or(&TrackMode::Single, |chosen| selection.used(chosen));
    let (track, score, tracks, rows) = match mode {
        TrackMode::Single => {
            let scene = scene(Track::Single);
            (Track::Single, track_score(&scene), None, scene.rows)
        }
        TrackMode::Classified(_) | TrackMode::BothTakeHigher => {
            let scenes = [scene(Track::Enterprise), scene(Track::Smb)];
            let [enterprise, smb] = scenes.each_ref().map(track_score);
            let is_smb = match mode {
                TrackMode::Classified(by) => {
                    let scene = scene(Track::Smb);
                    let is_smb = is_smb(&scene, by, ground.usage);
                    selection.add(&scene.rows);
                    is_smb
                }
                TrackMode::BothTakeHigher | TrackMode::Single => is_higher(&smb, &enterprise),
            };
            let [enterprise_scene, smb_scene] = scenes;
            let (track, score, rows) = if is_smb {
                (Track::Smb, smb.clone(), smb_scene.rows)
            } else {
                (Track::Enterprise, enterprise.clone(), enterprise_scene.rows)
            };
            (track, score, Some([(Track::Enterprise, enterprise), (Track::Smb, smb)]), rows)
        }
    };
    rows.add(&selection);
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
    }
}

/// Whether the first of two tracks is the area's: the higher, then the qualified one.
fn is_higher(one: &TrackScore, other: &TrackScore) -> bool {
    let rank = |score: &TrackScore| (score.points.clone(), score.qualified());
    rank(one) > rank(other)
}

fn track_score(scene: &Scene<'_>, ground: &Ground<'_>) -> TrackScore {
    let mut metrics: Vec<MetricScore> = metrics(scene, ground).into_iter().flatten().collect();
    if !scene.question.explain {
        for metric in &mut metrics {
            metric.because.clear();
        }
    }
    let points = metrics.iter().fold(Points::zero(), |sum, metric| sum.plus(&metric.points));
    let mut below = Vec::new();
    if let Some(chosen) = scene.rulebook.qualification(scene.rules_on()) {
        let qualification = &chosen.row.value;
        if points < Points::whole(qualification.total_min) {
            below.push("total");
        }
        match qualification.every_metric {
            EveryMetric::AboveZero => {
                below.extend(metrics.iter().filter(|metric| metric.points.is_zero()).map(|metric| metric.metric));
            }
        }
    }
    TrackScore { points, below, metrics }
}

/// The metrics of the area in the order of the answer; none where the rulebook has no rows.
fn metrics(scene: &Scene<'_>, ground: &Ground<'_>) -> [Option<MetricScore>; 5] {
    let make = || usage_metrics(scene);
    let known = ground.usage.map(|usage| usage.metrics((scene.area, scene.track), make));
    let [adds, growth, deployments] = known.unwrap_or_else(make);
    let intermediate = skilling(scene, SkillMetric::Intermediate, &ground.people);
    let advanced = skilling(scene, SkillMetric::Advanced, &ground.people);
    [adds, intermediate, advanced, growth, deployments]
}

/// Net customer adds, usage growth and deployments.
fn usage_metrics(scene: &Scene<'_>) -> [Option<MetricScore>; 3] {
    let (rulebook, area, track, day) = (scene.rulebook, scene.area, scene.track, scene.rules_on());
    let adds = rulebook.net_customer_adds(area, track, day).and_then(|chosen| {
        let rule = scene.rows.used(chosen);
        scene.kept(
            |kept| &kept.adds,
            Metric::NetCustomerAdds,
            rule,
            || match rule {
                NetCustomerAdds::Azure(rule) => Some(azure::net_customer_adds(scene, rule)),
                NetCustomerAdds::BusinessApplications(rule) => {
                    Some(business_applications::net_customer_adds(scene, rule))
                }
                NetCustomerAdds::ModernWork(rule) => modern_work::net_customer_adds(scene, rule),
                NetCustomerAdds::Security(rule) => security::net_customer_adds(scene, rule),
            },
        )
    });
    let growth = rulebook.usage_growth(area, track, day).and_then(|chosen| {
        let rule = scene.rows.used(chosen);
        scene.kept(
            |kept| &kept.growth,
            Metric::UsageGrowth,
            rule,
            || match rule {
                UsageGrowth::Azure(rule) => Some(azure::usage_growth(scene, rule)),
                UsageGrowth::BusinessApplications(rule) => Some(business_applications::usage_growth(scene, rule)),
                UsageGrowth::ModernWork(rule) => modern_work::usage_growth(scene, rule),
                UsageGrowth::Security(rule) => security::usage_growth(scene, rule),
            },
        )
    });
    let deployments = rulebook.deployments(area, track, day).and_then(|chosen| {
        let rule = scene.rows.used(chosen);
        scene.kept(
            |kept| &kept.deployments,
            Metric::Deployments,
            rule,
            || match rule {
                Deployments::Azure(rule) => Some(azure::deployments(scene, rule)),
                Deployments::BusinessApplications(rule) => Some(business_applications::deployments(scene, rule)),
                Deployments::ModernWork(rule) => modern_work::deployments(scene, rule),
                Deployments::Security(rule) => security::deployments(scene, rule),
            },
        )
    });
    [adds, growth, deployments]
}

/// Whether a partner that is classified is in the SMB class; `scene` is that of the SMB track.
fn is_smb(scene: &Scene<'_>, by: &ClassBy, usage: Option<&Usage>) -> bool {
    match by {
        ClassBy::SmbShare { smb_share, ttm_usd } => has_smb_share(scene, smb_share, ttm_usd, usage),
        ClassBy::LargePairs { pairs, usd } => {
            let count = || business_applications::large_pairs(scene, usd);
            let large = scene.kept.map_or_else(count, |kept| kept.large.get_or(scene.measured, usd, count));
            !pairs.contains_ratio(i128::try_from(large).unwrap_or(i128::MAX), 1)
        }
    }
}

fn has_smb_share(scene: &Scene<'_>, smb_share: &Bounds, ttm_usd: &Bounds, usage: Option<&Usage>) -> bool {
    let adds = scene.rulebook.net_customer_adds(scene.area, Track::Smb, scene.rules_on());
    let Some(NetCustomerAdds::Azure(rule)) = adds.map(|chosen| scene.rows.used(chosen)) else { return false };
    let list = &rule.associations;
    let (smb, all) = usage.map_or_else(|| scene.share_of_smb(list), |usage| usage.share_of_smb(scene, list));
    if !smb_share.contains_ratio(smb, all) {
        return false;
    }
    if ttm_usd.is_unbounded() {
        return true;
    }
    let growth = scene.rulebook.usage_growth(scene.area, Track::Smb, scene.rules_on());
    match growth.map(|chosen| scene.rows.used(chosen)) {
        Some(UsageGrowth::Azure(rule)) => {
            let total = || azure::total(scene, rule, scene.measured);
            let total = usage.map_or_else(total, |usage| usage.total(scene.area, total));
            ttm_usd.contains(ledger::Amount::from_micros(total))
        }
        Some(UsageGrowth::BusinessApplications(_) | UsageGrowth::ModernWork(_) | UsageGrowth::Security(_)) | None => {
            false
        }
    }
}
