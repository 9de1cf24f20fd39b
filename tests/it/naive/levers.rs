//! What can be added to each metric, and the points then: the text of `advise` in the interface, taken literally.

use super::answer::Metric;
use super::modern_work;
use super::rules::{Distinction, Row, decimal};
use super::scene::Scene;
use super::skilling::can_be_earned;
use super::tracks::{METRICS, Tracks, score};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::{Map, Value};

/// A quantity of a metric.
pub struct Lever {
    pub name: String,
    /// More than so many give no further points, or none at all; unknown for growth.
    pub cap: Option<i64>,
    /// What a unit costs, unless another price is named.
    pub worth: BigRational,
}

impl Lever {
    /// The name of the unit that is added.
    pub fn unit(&self) -> &'static str {
        let (_, quantity) = self.name.split_once('.').expect("a metric and a quantity");
        match quantity.split('_').next().expect("a name") {
            "customers" => "customer",
            "people" => "person",
            "deployments" => "deployment",
            "users" => "user",
            "usd" => "usd",
            _ => "mcv",
        }
    }

    /// How many of the least amounts make a unit.
    pub fn grains(&self) -> u32 {
        if ["usd", "mcv"].contains(&self.unit()) { 100 } else { 1 }
    }
}

/// The points of a metric with amounts added, in the least amounts, by the order of the quantities.
type PointsWith = Box<dyn Fn(&[BigInt]) -> BigRational>;

/// The quantities of a metric.
pub struct MetricLevers {
    pub metric: &'static str,
    pub levers: Vec<Lever>,
    /// Whether at most one of them is used.
    pub one_at_most: bool,
    pub points: PointsWith,
}

/// The quantities of the tracks that were scored.
pub struct AreaLevers {
    pub tracks: Vec<(&'static str, Vec<MetricLevers>)>,
    pub winner: &'static str,
    /// Whether the higher track is the area's.
    pub takes_higher: bool,
    pub total_min: BigRational,
}

impl AreaLevers {
    pub fn of(scene: &Scene) -> AreaLevers {
        let row = scene.row("track", scene.rule_area(), Distinction::KeyAlone).expect("a track row").row;
        let takes_higher = row.text("mode") == Some("both_take_higher");
        let tracks = Tracks::new(scene);
        let scored = match &tracks {
            Tracks::Single(only) => vec![only.track],
            Tracks::Two { enterprise, smb, .. } => vec![enterprise.track, smb.track],
        };
        let of_track = |track: &'static str| {
            let levers = METRICS.into_iter().filter_map(|metric| MetricLevers::of(scene, metric, track));
            (track, levers.collect::<Vec<_>>())
        };
        let qualification = scene.row("qualification", "", Distinction::KeyAlone).expect("a row").row;
        AreaLevers {
            tracks: scored.into_iter().map(of_track).collect(),
            winner: tracks.winner().track,
            takes_higher,
            total_min: qualification.need("total_min"),
        }
    }
}

fn whole(number: i64) -> BigRational {
    BigRational::from_integer(number.into())
}

fn linear(max: &BigRational, n: &BigRational, threshold: &BigRational) -> BigRational {
    max * (n / threshold).clamp(BigRational::zero(), BigRational::one())
}

fn text(object: &Map<String, Value>, field: &str) -> BigRational {
    decimal(object[field].as_str().expect("a decimal"))
}

/// How many more units give everything.
fn cap(n: &BigRational, threshold: &BigRational) -> i64 {
    let missing = (threshold - n).ceil().to_integer();
    i64::try_from(missing).expect("a small number").max(0)
}

impl MetricLevers {
    fn of(scene: &Scene, metric: &'static str, track: &str) -> Option<MetricLevers> {
        let scored = score(scene, metric, track)?;
        if metric.ends_with("_certifications") {
            return Some(skilling(scene, metric, track, &scored));
        }
        let rule = scene.rule(metric, track)?;
        let max = rule.need("max");
        let object = scored.object.clone();
        Some(match (scene.rule_area(), metric) {
            ("modern_work", "usage_growth") => {
                by_option(metric, "users", rule, &modern_work::usage_options(scene, track)?, false)
            }
            ("modern_work", "deployments") => {
                by_option(metric, "deployments", rule, &modern_work::deployment_options(scene, track)?, true)
            }
            (area @ ("azure" | "business_applications"), "usage_growth") => {
                let (now, then) = (text(&object, "now"), text(&object, "then"));
                let (total, baseline) = (rule.bounds("total_usd"), rule.bounds("baseline_mcv"));
                let (threshold, is_azure) = (rule.need("threshold"), area == "azure");
                let base = if then > BigRational::zero() { then.clone() } else { BigRational::one() };
                let worth = &max * whole(100) / (base * &threshold);
                let points = move |added: &[BigInt]| {
                    let now = &now + BigRational::new(added[0].clone(), 100.into());
                    let is_scored = if is_azure { total.hold(&now) } else { baseline.hold(&then) };
                    if then <= BigRational::zero() || !is_scored {
                        return BigRational::zero();
                    }
                    linear(&max, &((&now - &then) * whole(100) / &then), &threshold)
                };
                let name = if is_azure { "usd" } else { "mcv" };
                let lever = Lever { name: format!("{metric}.{name}"), cap: None, worth };
                MetricLevers { metric, levers: vec![lever], one_at_most: true, points: Box::new(points) }
            }
            (_, "usage_growth") => {
                let difference = |part: &str| {
                    decimal(object["now"][part].as_str().unwrap()) - decimal(object["then"][part].as_str().unwrap())
                };
                let (azure, users) = (difference("azure"), difference("m365"));
                let (per_usd, per_user) = (rule.need("azure_usd_per_point"), rule.need("m365_users_per_point"));
                let lever = |unit: &str, worth| Lever { name: format!("{metric}.{unit}"), cap: None, worth };
                let levers = vec![lever("usd", per_usd.recip()), lever("users", per_user.recip())];
                let points = move |added: &[BigInt]| {
                    let azure = (&azure + BigRational::new(added[0].clone(), 100.into())) / &per_usd;
                    let users = (&users + BigRational::from_integer(added[1].clone())) / &per_user;
                    (azure + users).clamp(BigRational::zero(), max.clone())
                };
                MetricLevers { metric, levers, one_at_most: true, points: Box::new(points) }
            }
            (_, _) => {
                let name = if metric == "deployments" { "deployments" } else { "customers" };
                let (n, threshold) = (whole(object["net"].as_i64().unwrap()), rule.need("threshold"));
                let lever = Lever { name: format!("{metric}.{name}"), cap: Some(cap(&n, &threshold)), worth: whole(1) };
                let points = move |added: &[BigInt]| {
                    linear(&max, &(&n + BigRational::from_integer(added[0].clone())), &threshold)
                };
                MetricLevers { metric, levers: vec![lever], one_at_most: true, points: Box::new(points) }
            }
        })
    }
}

/// A quantity for each option; the one with more points is the answer.
fn by_option(metric: &'static str, name: &str, rule: Row, options: &[Metric], is_counted: bool) -> MetricLevers {
    let max = rule.need("max");
    let thresholds: Vec<BigRational> =
        rule.nested("options").expect("options").into_iter().map(|option| option.need("threshold")).collect();
    let net = |option: &Metric| match &option.object["net"] {
        Value::String(net) => decimal(net),
        net => whole(net.as_i64().unwrap()),
    };
    let nets: Vec<BigRational> = options.iter().map(net).collect();
    let lever = |(option, (n, threshold)): (&Metric, (&BigRational, &BigRational))| Lever {
        name: format!("{metric}.{name}_{}", option.object["option"].as_str().unwrap()),
        cap: is_counted.then(|| cap(n, threshold)),
        worth: if is_counted { whole(1) } else { &max / threshold },
    };
    let levers = options.iter().zip(nets.iter().zip(&thresholds)).map(lever).collect();
    let points = move |added: &[BigInt]| {
        let each = nets.iter().zip(&thresholds).zip(added);
        let each = each
            .map(|((n, threshold), added)| linear(&max, &(n + BigRational::from_integer(added.clone())), threshold));
        each.max().unwrap()
    };
    MetricLevers { metric, levers, one_at_most: true, points: Box::new(points) }
}

/// A quantity for each step; without steps one.
fn skilling(scene: &Scene, metric: &'static str, track: &str, scored: &Metric) -> MetricLevers {
    let key = format!("{}.{metric}", scene.area);
    let rule = scene.row("skill", &key, Distinction::Track(track)).expect("a row").row;
    let max = rule.need("max");
    let threshold = rule.figure("threshold");
    let worth = move |people: &BigRational, per_person: &Option<BigRational>, max: &BigRational| match per_person {
        Some(per_person) => per_person * people,
        None => max * people / threshold.as_ref().expect("a threshold"),
    };
    let object = &scored.object;
    let Some(steps) = rule.nested("steps") else {
        let list = scene.row("certification_list", &key, Distinction::KeyAlone);
        let list = list.map_or_else(Vec::new, |chosen| chosen.row.texts("certifications"));
        let people = whole(object["people"].as_i64().unwrap());
        let cap = Some(if can_be_earned(scene, &list) { cap(&people, &rule.need("threshold")) } else { 0 });
        let lever = Lever { name: format!("{metric}.people"), cap, worth: whole(1) };
        let points = move |added: &[BigInt]| {
            worth(&(&people + BigRational::from_integer(added[0].clone())), &None, &max).min(max.clone())
        };
        return MetricLevers { metric, levers: vec![lever], one_at_most: false, points: Box::new(points) };
    };
    let people: Vec<i64> =
        object["steps"].as_array().unwrap().iter().map(|step| step["people"].as_i64().unwrap()).collect();
    let rows: Vec<(Option<i64>, BigRational, Option<BigRational>)> = steps
        .iter()
        .map(|step| {
            let gate = step.figure("min_people").map(|_| step.count("min_people"));
            (gate, step.figure("points").unwrap_or_else(BigRational::zero), step.figure("per_person"))
        })
        .collect();
    let mut levers = Vec::new();
    for (nth, step) in steps.iter().enumerate() {
        let mut most = match rows[nth].0 {
            Some(gate) => (gate - people[nth]).max(0),
            None => {
                let all = |more: &i64| worth(&whole(people[nth] + more), &rows[nth].2, &max) >= max;
                (0..1_000).find(all).expect("enough people are enough")
            }
        };
        if !can_be_earned(scene, &step.texts("certifications")) {
            most = 0;
        }
        levers.push(Lever { name: format!("{metric}.people_{}", nth + 1), cap: Some(most), worth: whole(1) });
    }
    let points = move |added: &[BigInt]| {
        let mut points = BigRational::zero();
        for (nth, (gate, granted, per_person)) in rows.iter().enumerate() {
            let people = whole(people[nth]) + BigRational::from_integer(added[nth].clone());
            match gate {
                Some(gate) if people < whole(*gate) => return points,
                Some(_) => points += granted,
                None => points += worth(&people, per_person, &max).min(&max - &points),
            }
        }
        points
    };
    MetricLevers { metric, levers, one_at_most: false, points: Box::new(points) }
}
