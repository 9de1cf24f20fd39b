//! Which track scores, and with which notes (sections 6 and 8).

use super::answer::Metric;
use super::calendar::Month;
use super::rules::{Distinction, Row};
use super::scene::{Lasting, Scene};
use super::usage::{Figure, sum};
use super::{azure, business_applications, modern_work, security, skilling};
use num_rational::BigRational;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The metrics in the order of the answer.
pub const METRICS: [&str; 5] =
    ["net_customer_adds", "intermediate_certifications", "advanced_certifications", "usage_growth", "deployments"];

/// The score of one track.
pub struct TrackScore {
    pub track: &'static str,
    pub metrics: Vec<Metric>,
    pub points: BigRational,
    pub below: Vec<&'static str>,
}

impl TrackScore {
    fn new(scene: &Scene, track: &'static str) -> TrackScore {
        let metrics: Vec<Metric> = METRICS.into_iter().filter_map(|metric| score(scene, metric, track)).collect();
        let points: BigRational = metrics.iter().map(|metric| &metric.points).sum();
        let zero = BigRational::from_integer(0.into());
        let qualification = scene.row("qualification", "", Distinction::KeyAlone).expect("a qualification row").row;
        let total = (points < qualification.need("total_min")).then_some("total");
        let at_zero = metrics.iter().filter(|metric| metric.points <= zero).map(|metric| metric.name);
        let below = total.into_iter().chain(at_zero).collect();
        TrackScore { track, metrics, points, below }
    }

    /// Whether nothing is below.
    pub fn is_qualified(&self) -> bool {
        self.below.is_empty()
    }
}

pub fn score(scene: &Scene, metric: &'static str, track: &str) -> Option<Metric> {
    if metric.ends_with("_certifications") {
        return skilling::certifications(scene, metric, track);
    }
    match (scene.rule_area(), metric) {
        ("azure", "net_customer_adds") => azure::net_customer_adds(scene, track),
        ("azure", "usage_growth") => azure::usage_growth(scene, track),
        ("azure", _) => azure::deployments(scene, track),
        ("business_applications", "net_customer_adds") => business_applications::net_customer_adds(scene, track),
        ("business_applications", "usage_growth") => business_applications::usage_growth(scene, track),
        ("business_applications", _) => business_applications::deployments(scene, track),
        ("modern_work", "net_customer_adds") => modern_work::net_customer_adds(scene, track),
        ("modern_work", "usage_growth") => modern_work::usage_growth(scene, track),
        ("modern_work", _) => modern_work::deployments(scene, track),
        (_, "net_customer_adds") => security::net_customer_adds(scene, track),
        (_, "usage_growth") => security::usage_growth(scene, track),
        (_, _) => security::deployments(scene, track),
    }
}

/// The tracks that were scored, and which of them is the area's score.
pub enum Tracks {
    Single(TrackScore),
    Two { enterprise: TrackScore, smb: TrackScore, smb_wins: bool },
}

impl Tracks {
    /// Scores the tracks of the area and picks one.
    pub fn new(scene: &Scene) -> Tracks {
        let row = scene.row("track", scene.rule_area(), Distinction::KeyAlone).expect("a track row").row;
        let mode = row.text("mode").expect("a track row has a mode");
        if mode == "single" {
            return Tracks::Single(TrackScore::new(scene, "single"));
        }
        let (enterprise, smb) = (TrackScore::new(scene, "enterprise"), TrackScore::new(scene, "smb"));
        let smb_wins = match (held(scene).and_then(|fact| fact.text("track")), mode, row.text("class_by")) {
            (Some(track), _, _) => track == "smb",
            (None, "classified", Some("smb_share")) => is_smb_by_share(scene, row),
            (None, "classified", _) => is_smb_by_pairs(scene, row),
            _ => {
                let qualifies_alone = smb.is_qualified() && !enterprise.is_qualified();
                smb.points > enterprise.points || (smb.points == enterprise.points && qualifies_alone)
            }
        };
        Tracks::Two { enterprise, smb, smb_wins }
    }

    /// The track that is the area's score.
    pub fn winner(&self) -> &TrackScore {
        match self {
            Tracks::Single(only) => only,
            Tracks::Two { smb, smb_wins: true, .. } => smb,
            Tracks::Two { enterprise, .. } => enterprise,
        }
    }
}

/// The newest enrolment of an Azure area that holds a track up to its anniversary, where the area has tracks.
pub fn held<'a>(scene: &Scene<'a>) -> Option<&'a super::facts::Fact<'a>> {
    let row = scene.row("track", scene.rule_area(), Distinction::KeyAlone)?.row;
    let held_on = match scene.lasting {
        Lasting::Enrolment(day) => day,
        _ => scene.as_of,
    };
    let holds = |fact: &&super::facts::Fact| {
        fact.kind() == "designation_enrolled"
            && fact.text("area") == Some(scene.area)
            && fact.text("track").is_some()
            && fact.date("anniversary").is_some_and(|anniversary| held_on <= anniversary)
    };
    scene.facts.iter().rfind(holds).filter(|_| scene.rule_area() == "azure" && row.text("mode") != Some("single"))
}

/// SMB by the share of SMB customers and, where the row bounds it, the consumption.
fn is_smb_by_share(scene: &Scene, row: Row) -> bool {
    let adds = scene.rule("net_customer_adds", "smb").expect("a row of the smb track");
    let growth = scene.rule("usage_growth", "smb").expect("a row of the smb track");
    let customers = scene.associated(scene.measured, &adds.texts("associations"));
    if customers.is_empty() {
        return false;
    }
    let is_smb = |customer: &&Uuid| {
        let own = |fact: &&super::facts::Fact| {
            fact.kind() == "customer_classified" && fact.uuid("customer") == Some(**customer)
        };
        let newest = scene.facts.iter().rfind(own);
        newest.is_some_and(|fact| fact.text("segment") == Some("smb"))
    };
    let smb = customers.iter().filter(is_smb).count();
    let share = BigRational::new(smb.into(), customers.len().into());
    row.bounds("smb_share").hold(&share) && row.bounds("ttm_usd").hold(&azure::total(scene, growth, scene.measured))
}

/// Enterprise by the number of pairs with a large revenue in both months, else SMB.
fn is_smb_by_pairs(scene: &Scene, row: Row) -> bool {
    !row.bounds("pairs").hold(&BigRational::from_integer(large_pairs(scene, row).into()))
}

/// The pairs with a large revenue in both months.
pub fn large_pairs(scene: &Scene, row: Row) -> usize {
    let large = |at: Month| -> BTreeSet<(Uuid, &String)> {
        let mut pairs: BTreeMap<(Uuid, &String), Vec<&Figure>> = BTreeMap::new();
        for figure in scene.reported("revenue_usd", at) {
            pairs.entry((figure.customer, &figure.product)).or_default().push(figure);
        }
        let is_large = |figures: &[&Figure]| row.bounds("usd").hold(&sum(figures.iter().copied()));
        pairs.into_iter().filter(|(_, figures)| is_large(figures)).map(|(pair, _)| pair).collect()
    };
    large(scene.measured).intersection(&large(scene.compared)).count()
}

/// The notes of the rows of the track selection and of the track that won.
pub fn notes(scene: &Scene, winner: &'static str) -> BTreeSet<&'static str> {
    let area = scene.rule_area();
    let mut chosen = vec![scene.row("track", area, Distinction::KeyAlone)];
    let track_row = chosen[0].as_ref().expect("a track row").row;
    // Where a track is held, nothing else selects one.
    if track_row.text("class_by") == Some("smb_share") && held(scene).is_none() {
        chosen.push(scene.row("rule", "azure.net_customer_adds", Distinction::Track("smb")));
        chosen.push(scene.row("rule", "azure.usage_growth", Distinction::Track("smb")));
    }
    for metric in METRICS {
        let rule_key = format!("{area}.{metric}");
        let skill_key = format!("{}.{metric}", scene.area);
        chosen.push(scene.row("rule", &rule_key, Distinction::Track(winner)));
        for part in parts(area, metric) {
            chosen.push(scene.row("products", &rule_key, *part));
        }
        let skill = scene.row("skill", &skill_key, Distinction::Track(winner));
        let has_steps = skill.as_ref().is_some_and(|skill| skill.row.nested("steps").is_some());
        if skill.is_some() && !has_steps {
            chosen.push(scene.row("certification_list", &skill_key, Distinction::KeyAlone));
        }
        chosen.push(skill);
    }
    chosen.into_iter().flatten().flat_map(|chosen| chosen.notes).collect()
}

/// How a metric's products are divided.
pub fn parts(area: &str, metric: &str) -> &'static [Distinction<'static>] {
    match (area, metric) {
        ("security", _) => &[Distinction::Part("azure"), Distinction::Part("m365")],
        ("business_applications", "usage_growth" | "deployments") => {
            &[Distinction::Part("dynamics_365"), Distinction::Part("power_platform")]
        }
        _ => &[Distinction::KeyAlone],
    }
}
