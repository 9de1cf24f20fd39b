//! What the programme showed beside what follows from the facts: the text of `reconcile` in the interface, taken literally.

use super::answer::exact;
use super::facts::recorded_at;
use super::known::{ground, rules};
use super::rules::decimal;
use super::scene::{Lasting, Scene};
use super::timeline::assumed;
use super::tracks::{METRICS, Tracks};
use super::turned::{Turned, certificates, counted_out};
use super::{AREAS, Basis, Question, canonical_instant, facts, known_at, on_scenes, score};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What was shown, beside what follows.
pub struct Reconciled {
    /// The object, whose explanations lack the units.
    pub object: Value,
    /// Whether everything shown agrees: then nothing is explained.
    pub agrees: bool,
    /// The units that explain it, by metric: certifications that are turned, and units of usage that are left out.
    pub units: Vec<(&'static str, Turned)>,
    /// The total as it is.
    pub total: BigRational,
    /// The points as they are.
    pub points: BTreeMap<&'static str, BigRational>,
    /// The thresholds of the metrics that have one.
    pub thresholds: BTreeMap<&'static str, BigRational>,
}

/// A screen: the event of a published score, with its seq and how it is compared.
pub struct Shown<'s> {
    pub seq: u64,
    pub event: &'s Value,
}

impl Shown<'_> {
    /// Whether everything shown agrees with points.
    pub fn agrees(&self, total: &BigRational, points: impl Fn(&str) -> Option<BigRational>) -> bool {
        let metrics = self.event.get("metrics").and_then(Value::as_object).into_iter().flatten();
        is_shown_as(text(self.event, "points"), total)
            && metrics.into_iter().all(|(name, shown)| {
                points(name).is_some_and(|points| is_shown_as(shown.as_str().expect("a text"), &points))
            })
    }

    /// The same, of an answer or a track of it.
    fn agrees_with(&self, answer: &Value) -> bool {
        let of_answer = |name: &str| {
            let metrics = answer["metrics"].as_array().expect("a list");
            metrics.iter().find(|one| one["metric"] == name).map(|one| fraction(&one["points_exact"]))
        };
        self.agrees(&fraction(&answer["points_exact"]), of_answer)
    }
}

fn text<'e>(event: &'e Value, field: &str) -> &'e str {
    event[field].as_str().expect("a text")
}

/// Reads `n/d`.
pub fn fraction(value: &Value) -> BigRational {
    let (n, d) = value.as_str().and_then(|text| text.split_once('/')).expect("n/d");
    BigRational::new(n.parse().expect("a number"), d.parse().expect("a number"))
}

/// Whether a value is no farther from what is shown than half of its last place.
fn is_shown_as(shown: &str, value: &BigRational) -> bool {
    let places = shown.split_once('.').map_or(0, |(_, places)| places.len());
    let unit = BigRational::new(BigInt::from(1), BigInt::from(10).pow(places as u32));
    (decimal(shown) - value).abs() * BigInt::from(2) <= unit
}

/// Compares a screen with what follows; none before the programme.
pub fn reconcile(entries: &[Value], builtin: &str, question: &Question, shown: &Shown) -> Option<Reconciled> {
    let event = shown.event;
    let as_of = facts::instant(text(event, "effective_at")).date_naive();
    let area = text(event, "area").to_owned();
    let question = &Question { as_of, basis: Basis::Published, areas: vec![area], ..question.clone() };
    let answered = |question: &Question| score(entries, builtin, question).ok().map(|mut all| all.swap_remove(0));
    let answer = answered(question)?;
    let (known, tree) = ground(entries, question);
    let rulebook = rules(entries, builtin, question);
    let mut object = json!({
        "partner": question.partner, "area": event["area"], "shown_at": event["effective_at"], "seq": shown.seq,
        "as_of": as_of.to_string(), "known_at": known, "basis": "published",
        "measured_month": answer["measured_month"],
        "rulebook": {"name": rulebook.name, "sha256": rulebook.sha256()}, "ledger": tree,
    });
    let fields = object.as_object_mut().expect("an object");
    fields.extend(assumed(question));
    let total = fraction(&answer["points_exact"]);
    fields.extend(verdict(event, &answer, &total));
    let everything = shown.agrees_with(&answer);
    let mut explained = Vec::new();
    let mut units = Vec::new();
    if !everything {
        explained = changes(entries, builtin, question, shown, &answer);
        units = on_scenes(entries, builtin, question, |scene, _| turned(scene, shown)).expect("a score").concat();
    }
    object["explained_by"] = json!(explained);
    let points = METRICS.into_iter().filter_map(|name| {
        let of = answer["metrics"].as_array().expect("a list").iter().find(|one| one["metric"] == name)?;
        Some((name, fraction(&of["points_exact"])))
    });
    let thresholds = on_scenes(entries, builtin, question, |scene, _| {
        let track = Tracks::new(scene).winner().track;
        let threshold = |metric| Some((metric, scene.rule(metric, track)?.figure("threshold")?));
        METRICS.into_iter().filter_map(threshold).collect()
    });
    let thresholds = thresholds.expect("a score").swap_remove(0);
    Some(Reconciled { object, agrees: everything, units, total, points: points.collect(), thresholds })
}

/// What was shown and what follows, in total and by metric.
fn verdict(event: &Value, answer: &Value, total: &BigRational) -> Map<String, Value> {
    let metrics = answer["metrics"].as_array().expect("a list").iter().map(|metric| {
        let name = metric["metric"].as_str().expect("a name");
        let shown = event.get("metrics").and_then(|all| all.get(name)).and_then(Value::as_str);
        let agrees = shown.map(|shown| is_shown_as(shown, &fraction(&metric["points_exact"])));
        json!({"metric": name, "shown": shown, "points_exact": metric["points_exact"], "agrees": agrees})
    });
    let said = json!({
        "shown": event["points"], "points": answer["points"], "points_exact": answer["points_exact"],
        "agrees": is_shown_as(text(event, "points"), total), "metrics": metrics.collect::<Vec<_>>(),
    });
    said.as_object().expect("an object").clone()
}

/// The single changes that make everything shown agree, but for those of units.
fn changes(entries: &[Value], builtin: &str, question: &Question, shown: &Shown, answer: &Value) -> Vec<Value> {
    let agrees =
        |question: &Question| score(entries, builtin, question).is_ok_and(|answers| shown.agrees_with(&answers[0]));
    let mut found = Vec::new();
    if agrees(&Question { basis: Basis::Live, ..question.clone() }) {
        found.push(json!({"kind": "basis", "basis": "live"}));
    }
    let unmeasured_include = !question.unmeasured_include;
    if agrees(&Question { unmeasured_include, ..question.clone() }) {
        let other = if unmeasured_include { "include" } else { "exclude" };
        found.push(json!({"kind": "unmeasured", "unmeasured": other}));
    }
    let tracks = answer.get("tracks").and_then(Value::as_array).into_iter().flatten();
    for track in tracks.filter(|track| track["track"] != answer["track"] && shown.agrees_with(track)) {
        found.push(json!({"kind": "track", "track": track["track"]}));
    }
    let newest = known_at(entries, question).expect("somebody is asked about");
    let own = entries
        .iter()
        .rev()
        .filter(|entry| recorded_at(entry) <= newest && entry["event"]["partner"] == question.partner.as_str());
    let at = own
        .map(|entry| canonical_instant(recorded_at(entry)))
        .find(|at| agrees(&Question { known_at: Some(at.clone()), ..question.clone() }));
    found.extend(at.map(|at| json!({"kind": "known_at", "known_at": at})));
    let of_rules = on_scenes(entries, builtin, question, |scene, _| {
        let of_metric = |metric: &str| {
            let area = if metric.ends_with("_certifications") { scene.area } else { scene.rule_area() };
            format!("{area}.{metric}")
        };
        let keys = [scene.rule_area().to_owned()].into_iter().chain(METRICS.map(of_metric));
        let holds = |key: &String| {
            let tracks = Tracks::new(&scene.with(Lasting::NextRules(key), None));
            let winner = tracks.winner();
            let points = |name: &str| winner.metrics.iter().find(|one| one.name == name).map(|one| one.points.clone());
            shown.agrees(&winner.points, points)
        };
        keys.filter(holds).map(|key| json!({"kind": "rules", "key": key})).collect::<Vec<_>>()
    });
    found.extend(of_rules.expect("a score").concat());
    found
}

/// The units of a metric, each turned.
fn units(scene: &Scene, metric: &'static str, track: &str) -> Vec<Turned> {
    let of = if metric.ends_with("_certifications") { certificates } else { counted_out };
    of(scene, metric, track)
}

/// The units that make everything shown agree when they are turned.
fn turned(scene: &Scene, shown: &Shown) -> Vec<(&'static str, Turned)> {
    let tracks = Tracks::new(scene);
    let winner = tracks.winner();
    let mut found = Vec::new();
    for metric in &winner.metrics {
        let all = units(scene, metric.name, winner.track);
        for unit in all {
            let total = &winner.points - &metric.points + &unit.points;
            let points = |name: &str| {
                let of = winner.metrics.iter().find(|one| one.name == name)?;
                Some(if name == metric.name { unit.points.clone() } else { of.points.clone() })
            };
            if shown.agrees(&total, points) {
                found.push((metric.name, Turned { points: total, ..unit }));
            }
        }
    }
    found
}

/// The total of a unit that explains something, as it is written.
pub fn written(total: &BigRational) -> String {
    exact(total)
}

/// A total with the points of its metrics.
pub type Standing = (BigRational, BTreeMap<String, BigRational>);

/// What the programme might have shown: the score as it is, first, and by every single change of the rules or of a unit.
pub fn standings(entries: &[Value], builtin: &str, question: &Question) -> Vec<Standing> {
    let of_scene = |scene: &Scene, _| {
        let standing = |scene: &Scene| -> Standing {
            let tracks = Tracks::new(scene);
            let winner = tracks.winner();
            let metrics = winner.metrics.iter().map(|metric| (metric.name.to_owned(), metric.points.clone()));
            (winner.points.clone(), metrics.collect())
        };
        let now = standing(scene);
        let mut all = vec![now.clone()];
        for metric in METRICS {
            for area in [scene.area, scene.rule_area()] {
                all.push(standing(&scene.with(Lasting::NextRules(&format!("{area}.{metric}")), None)));
            }
        }
        let tracks = Tracks::new(scene);
        for metric in &tracks.winner().metrics {
            let units = units(scene, metric.name, tracks.winner().track);
            for unit in units {
                let mut metrics = now.1.clone();
                metrics.insert(metric.name.to_owned(), unit.points.clone());
                all.push((&now.0 - &metric.points + unit.points, metrics));
            }
        }
        all
    };
    on_scenes(entries, builtin, question, of_scene).map(|areas| areas.concat()).unwrap_or_default()
}

/// A score as the programme might have shown it.
pub fn standing(answer: &Value) -> Standing {
    let metrics = answer["metrics"].as_array().expect("a list").iter();
    let metrics = metrics.map(|one| (text(one, "metric").to_owned(), fraction(&one["points_exact"])));
    (fraction(&answer["points_exact"]), metrics.collect())
}

/// The published scores that are visible, by area, then when they were shown, then their seq.
pub fn screens(entries: &[Value], question: &Question) -> Vec<(u64, Value)> {
    let Some(newest) = known_at(entries, question) else { return Vec::new() };
    let known = entries.iter().filter(|entry| recorded_at(entry) <= newest);
    let known: Vec<&Value> = known.chain(&question.beyond.assumed).collect();
    let visible = facts::visible(&known, chrono::NaiveDate::from_ymd_opt(2100, 1, 1).expect("a day"));
    let shown: Vec<&facts::Fact> = visible
        .iter()
        .filter(|fact| fact.kind() == "score_published" && fact.text("partner") == Some(&question.partner))
        .collect();
    let of_area = |area: &'static str| shown.iter().filter(move |fact| fact.text("area") == Some(area));
    AREAS.into_iter().flat_map(of_area).map(|fact| (fact.seq, fact.event().clone())).collect()
}
