//! The score of an area: its tracks, their metrics and their sum (scoring specification, sections 5, 6 and 8).

pub(crate) mod answer;

use ledger::{Area, Segment};

use crate::association::Associations;
use crate::history::History;
use crate::metrics::skilling::{Held, held, skilling};
use crate::metrics::{azure, business_applications, modern_work, security};
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{
    Bounds, ClassBy, Deployments, EveryMetric, NetCustomerAdds, Rulebook, SkillMetric, Track, TrackMode, UsageGrowth,
};
use crate::scene::{RowNotes, Scene};
use crate::standpoint::Standpoint;
use answer::{AreaScore, MetricScore, TrackScore};

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
    let Standpoint { rules_on, measured, cut, .. } = standpoint;
    let associations = Associations::stand(history, rulebook, area, cut);
    let scene = |track| Scene {
        history,
        rulebook,
        associations: &associations,
        area,
        track,
        question,
        standpoint,
        measured,
        compared: measured.plus(-12),
        rows: RowNotes::default(),
    };

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
                    let is_smb = is_smb(&scene, by);
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

fn track_score(scene: &Scene<'_>) -> TrackScore {
    let held = held(scene.history, scene.rulebook, &scene.standpoint);
    let metrics: Vec<MetricScore> = metrics(scene, &held).into_iter().flatten().collect();
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
fn metrics(scene: &Scene<'_>, held: &[Held<'_>]) -> [Option<MetricScore>; 5] {
    let (rulebook, area, track, day) = (scene.rulebook, scene.area, scene.track, scene.rules_on());
    let adds = rulebook.net_customer_adds(area, track, day).and_then(|chosen| match scene.rows.used(chosen) {
        NetCustomerAdds::Azure(rule) => Some(azure::net_customer_adds(scene, rule)),
        NetCustomerAdds::BusinessApplications(rule) => Some(business_applications::net_customer_adds(scene, rule)),
        NetCustomerAdds::ModernWork(rule) => modern_work::net_customer_adds(scene, rule),
        NetCustomerAdds::Security(rule) => security::net_customer_adds(scene, rule),
    });
    let growth = rulebook.usage_growth(area, track, day).and_then(|chosen| match scene.rows.used(chosen) {
        UsageGrowth::Azure(rule) => Some(azure::usage_growth(scene, rule)),
        UsageGrowth::BusinessApplications(rule) => Some(business_applications::usage_growth(scene, rule)),
        UsageGrowth::ModernWork(rule) => modern_work::usage_growth(scene, rule),
        UsageGrowth::Security(rule) => security::usage_growth(scene, rule),
    });
    let deployments = rulebook.deployments(area, track, day).and_then(|chosen| match scene.rows.used(chosen) {
        Deployments::Azure(rule) => Some(azure::deployments(scene, rule)),
        Deployments::BusinessApplications(rule) => Some(business_applications::deployments(scene, rule)),
        Deployments::ModernWork(rule) => modern_work::deployments(scene, rule),
        Deployments::Security(rule) => security::deployments(scene, rule),
    });
    let intermediate = skilling(scene, SkillMetric::Intermediate, held);
    let advanced = skilling(scene, SkillMetric::Advanced, held);
    [adds, intermediate, advanced, growth, deployments]
}

/// Whether a partner that is classified is in the SMB class; `scene` is that of the SMB track.
fn is_smb(scene: &Scene<'_>, by: &ClassBy) -> bool {
    match by {
        ClassBy::SmbShare { smb_share, ttm_usd } => has_smb_share(scene, smb_share, ttm_usd),
        ClassBy::LargePairs { pairs, usd } => {
            let large = i128::try_from(business_applications::large_pairs(scene, usd)).unwrap_or(i128::MAX);
            !pairs.contains_ratio(large, 1)
        }
    }
}

fn has_smb_share(scene: &Scene<'_>, smb_share: &Bounds, ttm_usd: &Bounds) -> bool {
    let adds = scene.rulebook.net_customer_adds(scene.area, Track::Smb, scene.rules_on());
    let Some(NetCustomerAdds::Azure(rule)) = adds.map(|chosen| scene.rows.used(chosen)) else { return false };
    let customers = scene.associations.customers(&rule.associations, scene.measured);
    let (mut smb, mut all) = (0, 0);
    for (customer, _) in customers {
        all += 1;
        smb += i128::from(scene.history.segment(customer, scene.standpoint.cut) == Some(Segment::Smb));
    }
    if !smb_share.contains_ratio(smb, all) {
        return false;
    }
    if ttm_usd.is_unbounded() {
        return true;
    }
    let growth = scene.rulebook.usage_growth(scene.area, Track::Smb, scene.rules_on());
    match growth.map(|chosen| scene.rows.used(chosen)) {
        Some(UsageGrowth::Azure(rule)) => {
            ttm_usd.contains(ledger::Amount::from_micros(azure::total(scene, rule, scene.measured)))
        }
        Some(UsageGrowth::BusinessApplications(_) | UsageGrowth::ModernWork(_) | UsageGrowth::Security(_)) | None => {
            false
        }
    }
}
