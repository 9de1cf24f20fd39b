//! What `advise` says beside its plans: what stands in the way, on whom the score rests, what the class would change.

use super::answer::{amount, exact};
use super::calendar::Month;
use super::facts::recorded_at;
use super::known::{ground, reported_to, rules, said_of_carrying};
use super::levers::{AreaLevers, MetricLevers};
use super::plans::{Plans, Wish};
use super::rules::{Bounds, Row};
use super::scene::Scene;
use super::timeline::{assumed, carries_from_later};
use super::tracks::{METRICS, Tracks, held, score};
use super::{Basis, Question, azure, canonical_instant, known_at, on_scenes};
use chrono::{DateTime, Duration, Utc};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The object about the one area of a question, without its candidates, and how many plans there are; none where there
/// are too many choices to try.
pub fn advise(entries: &[Value], builtin: &str, question: &Question, wish: &Wish) -> Result<Option<Value>, String> {
    let late = carries_from_later(entries, builtin, question);
    let of_scene = |scene: &Scene, _| {
        let levers = AreaLevers::of(scene);
        let plans = Plans::of(&levers, wish)?;
        let obstacles = impossible(scene, &levers, &plans.without_plan, wish);
        let points = exact(&Tracks::new(scene).winner().points);
        Some((plans, obstacles, scene.measured, levers.winner, points, class(scene)))
    };
    let found = on_scenes(entries, builtin, question, of_scene)?.swap_remove(0);
    if let Some(code) = late {
        return Err(code);
    }
    let Some((plans, obstacles, measured, track, points, class)) = found else { return Ok(None) };
    let (known_at, tree) = ground(entries, question);
    let rules = rules(entries, builtin, question);
    let basis = if question.basis == Basis::Live { "live" } else { "published" };
    let mut object = json!({
        "partner": question.partner, "area": question.areas[0], "as_of": question.as_of.to_string(),
        "known_at": known_at, "basis": basis, "measured_month": measured.to_string(),
    });
    let fields = object.as_object_mut().expect("an object");
    fields.extend(said_of_carrying(question).into_iter().map(|(name, value)| (name.to_owned(), value)));
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("reported_to", reported_to(entries, question));
    put("rulebook", json!({"name": rules.name, "sha256": rules.sha256()}));
    put("ledger", tree);
    for (name, value) in assumed(question) {
        put(&name, value);
    }
    put("target", json!(exact(&wish.target)));
    if let Some(margin) = &wish.margin {
        put("margin", json!(exact(margin)));
    }
    put("track", json!(track));
    put("points_exact", json!(points));
    put("reached", json!(plans.reached));
    let told = if wish.limit > 0 { wish.limit } else { plans.all.len() };
    put("plans", json!(plans.all.iter().take(told).collect::<Vec<_>>()));
    put("count", json!(plans.all.len()));
    put("impossible", json!(obstacles));
    put("at_risk", json!(at_risk(entries, builtin, question, &wish.target)));
    if let Some(class) = class {
        put("class", class);
    }
    Ok(Some(object))
}

/// Why the tracks of an area have no plan, in the order of the answer.
fn impossible(scene: &Scene, levers: &AreaLevers, tracks: &[&str], wish: &Wish) -> Vec<Value> {
    let mut all = Vec::new();
    for (track, metrics) in levers.tracks.iter().filter(|(track, _)| tracks.contains(track)) {
        let found: Vec<Value> = metrics.iter().filter_map(|metric| obstacle(scene, track, metric, wish)).collect();
        let target = json!({"track": track, "reason": "target"});
        all.extend(if found.is_empty() { vec![target] } else { found });
    }
    all
}

fn obstacle(scene: &Scene, track: &str, metric: &MetricLevers, wish: &Wish) -> Option<Value> {
    let zero = BigRational::zero();
    let is_enough = |points: &BigRational| *points > zero && wish.margin.as_ref().is_none_or(|margin| points >= margin);
    let (open, all) = (best(metric, &wish.without), best(metric, &BTreeSet::new()));
    let scored = score(scene, metric.metric, track).expect("it has levers");
    let reason = if is_enough(&open) {
        return None;
    } else if is_enough(&all) {
        "without"
    } else if all > zero {
        "margin"
    } else if metric.metric.ends_with("_certifications") {
        "no_list"
    } else if scored.object["percent"].is_null() {
        "no_baseline"
    } else {
        "below_minimum"
    };
    let mut obstacle = json!({"track": track, "metric": metric.metric, "reason": reason});
    if reason == "no_baseline" {
        obstacle["until"] = json!(baseline_from(scene, metric.metric, track).map(|month| month.to_string()));
    }
    Some(obstacle)
}

/// The most points that amounts of the units that are not left out can give.
fn best(metric: &MetricLevers, without: &BTreeSet<&'static str>) -> BigRational {
    let most = |lever: &super::levers::Lever| match lever.cap {
        _ if without.contains(lever.unit()) => BigInt::zero(),
        Some(cap) => cap.into(),
        None => BigInt::from(10).pow(22),
    };
    let all: Vec<BigInt> = metric.levers.iter().map(most).collect();
    if !metric.one_at_most {
        return (metric.points)(&all);
    }
    let one = |nth: usize| {
        let only = |(place, most): (usize, &BigInt)| if place == nth { most.clone() } else { BigInt::zero() };
        (metric.points)(&all.iter().enumerate().map(only).collect::<Vec<_>>())
    };
    (0..all.len()).map(one).max().expect("a metric has a quantity")
}

/// The first measured month whose compared month has a baseline, by what is known and the rows of the day.
fn baseline_from(scene: &Scene, metric: &'static str, track: &str) -> Option<Month> {
    let newest = scene.figures.iter().map(|figure| figure.month).max();
    let last = newest.max(Some(scene.measured)).expect("a month").plus(26);
    let mut month = scene.measured.plus(1);
    while month <= last {
        let scored = score(&scene.at(month), metric, track).expect("it is scored");
        if !scored.object["percent"].is_null() {
            return Some(month);
        }
        month = month.plus(1);
    }
    None
}

/// The customers and people without whom there is less than the target.
fn at_risk(entries: &[Value], builtin: &str, question: &Question, target: &BigRational) -> Vec<Value> {
    let points = |question: &Question| on_scenes(entries, builtin, question, |scene, _| Standing::of(scene));
    let now = points(question).expect("there is a score").swap_remove(0);
    let assuming = |kind: &str, name: &str, whom: &str, at: DateTime<Utc>| {
        let seq = entries.len() + question.beyond.assumed.len();
        let newest =
            known_at(entries, question).expect("somebody is asked about").max(recorded_at(&entries[entries.len() - 1]));
        let event = json!({"id": uuid::Uuid::from_u128(seq as u128).to_string(), "type": kind, "partner": question.partner,
            "effective_at": canonical_instant(at), name: whom});
        let recorded_at = canonical_instant(newest + Duration::seconds(1));
        let mut without = question.clone();
        without.beyond.assumed.push(json!({"seq": seq, "recorded_at": recorded_at, "event": event}));
        points(&without).expect("there is a score").swap_remove(0)
    };
    let (customers, people, month_end, day_end) = on_scenes(entries, builtin, question, |scene, _| {
        let customers: BTreeSet<String> =
            scene.associations.iter().filter_map(|one| one.customer).map(|one| one.to_string()).collect();
        let people: BTreeSet<String> = super::skilling::everyone(scene).into_iter().map(str::to_owned).collect();
        (customers, people, scene.measured.last_instant(), super::days::at_end_of(scene.as_of))
    })
    .expect("there is a score")
    .swap_remove(0);
    let mut all: Vec<(BigRational, String, Value)> = Vec::new();
    let subjects = customers.into_iter().map(|one| ("customer_churned", "customer", one, month_end));
    let subjects = subjects.chain(people.into_iter().map(|one| ("certification_unlinked", "person", one, day_end)));
    for (kind, name, whom, at) in subjects {
        let then = assuming(kind, name, &whom, at);
        if then.total < *target && then.total < now.total {
            let mut risk = json!({ name: whom });
            risk["points_exact"] = json!(exact(&then.total));
            risk["qualified"] = json!(then.is_qualified);
            risk["metrics"] = Value::Object(then.changes_since(&now));
            all.push((then.total, whom, risk));
        }
    }
    all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    all.into_iter().take(10).map(|(_, _, risk)| risk).collect()
}

/// What an area comes to.
struct Standing {
    total: BigRational,
    is_qualified: bool,
    metrics: BTreeMap<&'static str, BigRational>,
}

impl Standing {
    fn of(scene: &Scene) -> Standing {
        let tracks = Tracks::new(scene);
        let winner = tracks.winner();
        let metrics = winner.metrics.iter().map(|metric| (metric.name, metric.points.clone())).collect();
        Standing { total: winner.points.clone(), is_qualified: winner.is_qualified(), metrics }
    }

    fn changes_since(&self, before: &Standing) -> Map<String, Value> {
        let of = |standing: &Standing, name| standing.metrics.get(name).cloned().unwrap_or_else(BigRational::zero);
        let changes = METRICS.into_iter().map(|name| (name, of(self, name) - of(before, name)));
        changes
            .filter(|(_, change)| !change.is_zero())
            .map(|(name, change)| (name.to_owned(), json!(exact(&change))))
            .collect()
    }
}

/// By what the track is chosen, where it is classified.
fn class(scene: &Scene) -> Option<Value> {
    let row = scene.row("track", scene.rule_area(), super::rules::Distinction::KeyAlone)?.row;
    if row.text("mode") != Some("classified") {
        return None;
    }
    let tracks = Tracks::new(scene);
    let winner = tracks.winner().track;
    let by = row.text("class_by").expect("a class is made by something");
    let mut class = json!({"by": by, "track": winner});
    let fields = class.as_object_mut().expect("an object");
    let missing = (by == "smb_share").then(|| share_fields(scene, row, fields));
    if missing.is_none() {
        pair_fields(scene, row, fields);
    }
    if let Some(held) = held(scene) {
        fields.insert("held_until".to_owned(), json!(held.text("anniversary")));
    }
    if let Tracks::Two { enterprise, smb, .. } = &tracks {
        let other = if winner == "smb" { enterprise } else { smb };
        let said =
            json!({"track": other.track, "points_exact": exact(&other.points), "qualified": other.is_qualified()});
        fields.insert("other".to_owned(), said);
    }
    fields.extend(missing.map(|missing| ("missing".to_owned(), missing)));
    Some(class)
}

fn put_bounds(fields: &mut Map<String, Value>, row: Row, name: &str, as_text: bool) {
    let Bounds { min, max, above, below } = row.bounds(name);
    for (bound, value) in [("min", min), ("max", max), ("above", above), ("below", below)] {
        if let Some(value) = value {
            let text = amount(&value);
            let said = if as_text { json!(text) } else { serde_json::from_str(&text).expect("a number") };
            fields.insert(format!("{name}_{bound}"), said);
        }
    }
}

fn share_fields(scene: &Scene, row: Row, fields: &mut Map<String, Value>) -> Value {
    let list = scene.rule("net_customer_adds", "smb").expect("a row of the smb track").texts("associations");
    let customers = scene.associated(scene.measured, &list);
    let segment = |customer: &uuid::Uuid| {
        let is_it = |fact: &&super::facts::Fact| {
            fact.kind() == "customer_classified" && fact.uuid("customer") == Some(*customer)
        };
        scene.facts.iter().rfind(is_it).and_then(|fact| fact.text("segment"))
    };
    let smb = customers.iter().filter(|customer| segment(customer) == Some("smb")).count();
    let unclassified: Vec<String> =
        customers.iter().filter(|customer| segment(customer).is_none()).map(ToString::to_string).collect();
    let of = customers.len();
    let share = |smb: usize| BigRational::new(smb.into(), of.into());
    let usd = azure::total(scene, scene.rule("usage_growth", "smb").expect("a row of the smb track"), scene.measured);
    fields.insert("smb".to_owned(), json!(smb));
    fields.insert("of".to_owned(), json!(of));
    fields.insert("share".to_owned(), json!((of > 0).then(|| exact(&share(smb)))));
    put_bounds(fields, row, "smb_share", true);
    fields.insert("ttm_usd".to_owned(), json!(amount(&usd)));
    put_bounds(fields, row, "ttm_usd", true);
    fields.insert("unclassified".to_owned(), json!(unclassified));
    let is_allowed = of > 0 && row.bounds("ttm_usd").hold(&usd);
    let enough = (0..=unclassified.len()).find(|more| is_allowed && row.bounds("smb_share").hold(&share(smb + more)));
    json!(enough)
}

fn pair_fields(scene: &Scene, row: Row, fields: &mut Map<String, Value>) {
    fields.insert("pairs".to_owned(), json!(super::tracks::large_pairs(scene, row)));
    put_bounds(fields, row, "pairs", false);
    put_bounds(fields, row, "usd", true);
}
