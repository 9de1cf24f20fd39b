//! The answer's objects: fields, their order, numbers as they are printed (interface, section 4).

use super::calendar::Month;
use super::rules::Row;
use super::scene::Scene;
use super::tracks::{TrackScore, Tracks, notes};
use super::{Basis, Question, canonical_instant};
use chrono::{DateTime, Utc};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde_json::{Map, Value, json};

/// A metric's points and its object.
pub struct Metric {
    pub name: &'static str,
    pub points: BigRational,
    pub object: Map<String, Value>,
}

impl Metric {
    /// A metric with the fields that all kinds have first.
    pub fn new(name: &'static str, max: &BigRational, points: BigRational) -> Metric {
        let category = match name {
            "net_customer_adds" => "performance",
            "usage_growth" | "deployments" => "customer_success",
            _ => "skilling",
        };
        let mut metric = Metric { name, points: points.clone(), object: Map::new() };
        metric.put("metric", json!(name));
        metric.put("category", json!(category));
        metric.put("points", shown(&points));
        metric.put("points_exact", json!(exact(&points)));
        metric.put("max", whole(max));
        metric
    }

    /// `max * clamp(n / threshold, 0, 1)`.
    pub fn linear(name: &'static str, rule: Row, n: &BigRational) -> Metric {
        Metric::of_option(name, rule, rule, n)
    }

    /// The same, with the threshold of an option.
    pub fn of_option(name: &'static str, rule: Row, option: Row, n: &BigRational) -> Metric {
        let max = rule.need("max");
        let part = (n / option.need("threshold")).clamp(BigRational::zero(), BigRational::one());
        Metric::new(name, &max, &max * part)
    }

    /// Appends a field.
    pub fn put(&mut self, field: &str, value: Value) {
        self.object.insert(field.to_owned(), value);
    }
}

/// Net customer adds, with the unmeasured as eligible where that was asked.
pub fn net_adds(
    scene: &Scene,
    rule: Row,
    eligible: impl Fn(Month) -> i64,
    unmeasured: impl Fn(Month) -> i64,
) -> Metric {
    let units = |at: Month| eligible(at) + if scene.unmeasured_include { unmeasured(at) } else { 0 };
    let (now, then) = (units(scene.measured), units(scene.compared));
    net_units("net_customer_adds", rule, now, then, None, unmeasured(scene.measured))
}

/// A metric of counted units, now against then.
pub fn net_units(name: &'static str, rule: Row, now: i64, then: i64, option: Option<Row>, unmeasured: i64) -> Metric {
    let net = BigRational::from_integer((now - then).into());
    let mut metric = Metric::of_option(name, rule, option.unwrap_or(rule), &net);
    metric.put("now", json!(now));
    metric.put("then", json!(then));
    metric.put("net", json!(now - then));
    if let Some(option) = option {
        metric.put("option", json!(option.text("association")));
    }
    metric.put("unmeasured", json!(unmeasured));
    metric.put("notes", json!([]));
    metric
}

/// Growth in percent of a baseline.
pub fn percent_growth(rule: Row, now: BigRational, then: BigRational, has_minimum: bool) -> Metric {
    let zero = BigRational::zero();
    let hundred = BigRational::from_integer(100.into());
    let percent = (then > zero).then(|| (&now - &then) * hundred / &then);
    let (scored, note) = match &percent {
        None => (&zero, Some("no_baseline")),
        Some(_) if !has_minimum => (&zero, Some("below_minimum")),
        Some(percent) => (percent, None),
    };
    let mut metric = Metric::linear("usage_growth", rule, scored);
    metric.put("now", json!(amount(&now)));
    metric.put("then", json!(amount(&then)));
    metric.put("percent", json!(percent.as_ref().map(exact)));
    metric.put("notes", json!(Vec::from_iter(note)));
    metric
}

/// The object of an area.
pub fn area(scene: &Scene, question: &Question, known_at: DateTime<Utc>) -> Value {
    let tracks = Tracks::new(scene);
    let winner = tracks.winner();
    let basis = match question.basis {
        Basis::Live => "live",
        Basis::Published => "published",
    };
    let mut object = json!({
        "partner": question.partner,
        "area": scene.area,
        "as_of": scene.as_of.to_string(),
        "known_at": canonical_instant(known_at),
        "basis": basis,
        "measured_month": scene.measured.to_string(),
        "compared_month": scene.compared.to_string(),
        "rulebook": {"name": scene.rulebook.name},
        "track": winner.track,
        "points": shown(&winner.points),
        "points_exact": exact(&winner.points),
        "max": scene.rulebook.total_max(),
        "qualified": winner.is_qualified(),
        "below": winner.below,
        "metrics": metrics(winner),
        "notes": Vec::from_iter(notes(scene, winner.track)),
    });
    if let Tracks::Two { enterprise, smb, .. } = &tracks {
        object["tracks"] = Value::Array(vec![track(enterprise), track(smb)]);
    }
    object
}

fn track(score: &TrackScore) -> Value {
    json!({
        "track": score.track,
        "points": shown(&score.points),
        "points_exact": exact(&score.points),
        "qualified": score.is_qualified(),
        "below": score.below,
        "metrics": metrics(score),
    })
}

fn metrics(score: &TrackScore) -> Value {
    Value::Array(score.metrics.iter().map(|metric| Value::Object(metric.object.clone())).collect())
}

/// `n/d` in lowest terms, the sign on n.
pub fn exact(value: &BigRational) -> String {
    format!("{}/{}", value.numer(), value.denom())
}

/// Points rounded half up to two decimals, as a number with one or two.
pub fn shown(points: &BigRational) -> Value {
    let hundredths = (points * BigInt::from(100) + BigRational::new(1.into(), 2.into())).floor().to_integer();
    let (whole, rest) = (&hundredths / 100, &hundredths % 100);
    let digits = format!("{whole}.{rest:0>2}");
    let text = digits.strip_suffix('0').unwrap_or(&digits);
    serde_json::from_str(text).expect("a number")
}

/// An amount as a decimal without trailing zeros.
pub fn amount(value: &BigRational) -> String {
    let mut places = 0;
    let mut scaled = value.clone();
    while !scaled.is_integer() {
        scaled *= BigInt::from(10);
        places += 1;
        assert!(places <= 40, "an amount is a finite decimal");
    }
    let sign = if value.is_negative() { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.to_integer().abs().to_string(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn whole(value: &BigRational) -> Value {
    serde_json::from_str(&value.to_integer().to_string()).expect("a number")
}
