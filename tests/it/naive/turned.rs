//! A metric in which one unit that counted does not, or one certification is turned: found by leaving out the figures of the
//! unit on the side where it stands.

use super::calendar::Month;
use super::rules::{Distinction, decimal};
use super::scene::{Lasting, Scene};
use super::skilling::{Holding, everyone};
use super::tracks::{parts, score};
use super::usage::{Figure, Products};
use super::{modern_work, skilling};
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A unit by its fields, the product as it is read; the side, whether it counts when it is turned, and the points then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turned {
    pub customer: Option<String>,
    pub product: Option<String>,
    pub part: Option<String>,
    pub person: Option<(String, String)>,
    pub counted: bool,
    pub points: BigRational,
}

/// Every certification of a metric, turned.
pub fn certificates(scene: &Scene, metric: &'static str, track: &str) -> Vec<Turned> {
    let key = format!("{}.{metric}", scene.area);
    let Some(skill) = scene.row("skill", &key, Distinction::Track(track)) else { return Vec::new() };
    let listed: Vec<&str> = match skill.row.nested("steps") {
        Some(steps) => steps.iter().flat_map(|step| step.texts("certifications")).collect(),
        None => {
            let list = scene.row("certification_list", &key, Distinction::KeyAlone);
            list.iter().flat_map(|chosen| chosen.row.texts("certifications")).collect()
        }
    };
    let codes: BTreeSet<&str> = listed.into_iter().map(|code| scene.rulebook.read_as(code)).collect();
    let mut turned = Vec::new();
    for person in everyone(scene) {
        for code in &codes {
            let Some(holding) = Holding::of(scene, person, code) else { continue };
            let own = (person.to_owned(), (*code).to_owned());
            let other = scene.with(Lasting::Turned(&own), None);
            let points = skilling::certifications(&other, metric, track).expect("it has a row").points;
            let counted = !holding.counts();
            turned.push(Turned { customer: None, product: None, part: None, person: Some(own), counted, points });
        }
    }
    turned
}

/// What is counted in a metric: customers, products of customers, or products.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Customer,
    Pair,
    Product,
}

/// How units of a part of a metric are told.
struct Part {
    name: Option<&'static str>,
    kind: Kind,
    figures: &'static [&'static str],
    products: Products,
}

fn parts_of(scene: &Scene, metric: &'static str) -> Vec<Part> {
    let area = scene.rule_area();
    let seats = &["paid_seats", "active_users"];
    let part = |of: &Distinction<'static>| {
        let name = if let Distinction::Part(name) = of { Some(*name) } else { None };
        let (kind, figures): (Kind, &'static [&'static str]) = match (area, metric, name) {
            ("azure", "deployments", _) => (Kind::Product, &["acr_usd"]),
            ("azure", ..) | (_, _, Some("azure")) => (Kind::Customer, &["acr_usd"]),
            ("business_applications", "net_customer_adds", _) => (Kind::Pair, &["revenue_usd"]),
            ("business_applications", ..) => (Kind::Pair, &["active_units"]),
            _ => (Kind::Pair, seats),
        };
        Part { name, kind, figures, products: scene.products(metric, *of) }
    };
    parts(area, metric).iter().map(part).collect()
}

/// Every unit of a metric of usage that counts, left out.
pub fn counted_out(scene: &Scene, metric: &'static str, track: &str) -> Vec<Turned> {
    let mut turned = unmeasured_out(scene, metric, track);
    for part in parts_of(scene, metric) {
        let subject = |figure: &Figure| -> Option<(Option<String>, Option<String>)> {
            if !part.figures.contains(&figure.metric.as_str()) {
                return None;
            }
            let product = part.products.of_figure(figure)?;
            Some(match part.kind {
                Kind::Customer => (Some(figure.customer.to_string()), None),
                Kind::Pair => (Some(figure.customer.to_string()), Some(product)),
                Kind::Product => (None, Some(product)),
            })
        };
        let subjects: BTreeSet<_> = scene.figures.iter().filter_map(subject).collect();
        for (customer, product) in subjects {
            let own = (customer.clone(), product.clone());
            for is_now in [true, false] {
                let is_in = |month: Month| match (part.figures[0], metric, is_now) {
                    ("acr_usd", _, true) => month > scene.compared,
                    ("acr_usd", _, false) => month <= scene.compared,
                    // What was not covered a year before has another month for its baseline.
                    (_, "usage_growth", false) if scene.area == "modern_work" => true,
                    (_, _, true) => month == scene.measured,
                    (_, _, false) => month == scene.compared,
                };
                let keeps = |figure: &Figure| !(is_in(figure.month) && subject(figure).as_ref() == Some(&own));
                let (all, rest) = (scene.with_figures(|_| true), scene.with_figures(keeps));
                if let Some((option, points)) = points_without(scene, (&all, &rest), metric, track, is_now) {
                    let name = option.or_else(|| part.name.map(str::to_owned));
                    let (customer, product) = own.clone();
                    turned.push(Turned { customer, product, part: name, person: None, counted: false, points });
                }
            }
        }
    }
    turned
}

/// Every customer that counts without a figure, left out.
fn unmeasured_out(scene: &Scene, metric: &'static str, track: &str) -> Vec<Turned> {
    let rule = scene.rule(metric, track).filter(|_| metric == "net_customer_adds" && scene.unmeasured_include);
    let Some(rule) = rule else { return Vec::new() };
    let back = if scene.rule_area() == "azure" { rule.count("months") } else { 1 };
    let parts: &[(Option<&str>, &str, &str, i64)] = match scene.rule_area() {
        "azure" => &[(None, "associations", "acr_usd", back)],
        "business_applications" => &[(None, "associations", "revenue_usd", back)],
        "modern_work" => &[(None, "associations", "paid_seats", back)],
        _ => &[
            (Some("azure"), "associations_azure", "acr_usd", 12),
            (Some("m365"), "associations_m365", "paid_seats", 1),
        ],
    };
    let net = number(&score(scene, metric, track).expect("it is scored").object["net"]);
    let mut turned = Vec::new();
    for (part, list, figure, back) in parts {
        for (at, sign) in [(scene.measured, -1), (scene.compared, 1)] {
            let months: Vec<Month> = (0..*back).map(|back| at.plus(-back as i32)).collect();
            let net = &net + BigRational::from_integer(sign.into());
            let points = linear(&rule.need("max"), &net, &rule.need("threshold"));
            turned.extend(scene.unmeasured_customers(at, &rule.texts(list), figure, &months).into_iter().map(
                |customer| {
                    let (customer, part) = (Some(customer.to_string()), part.map(str::to_owned));
                    Turned { customer, product: None, part, person: None, counted: false, points: points.clone() }
                },
            ));
        }
    }
    turned
}

/// The points of a metric of which one side is that of another scene, with the option that it is about; none where that
/// changes nothing.
fn points_without(
    scene: &Scene,
    (all, rest): (&Scene, &Scene),
    metric: &'static str,
    track: &str,
    is_now: bool,
) -> Option<(Option<String>, BigRational)> {
    let side = if is_now { "now" } else { "then" };
    let options = |scene: &Scene| match (scene.area, metric) {
        ("modern_work", "usage_growth") => modern_work::usage_options(scene, track),
        ("modern_work", "deployments") => modern_work::deployment_options(scene, track),
        _ => None,
    };
    let rule = scene.rule(metric, track)?;
    if let Some(standing) = options(scene) {
        let winner = score(scene, metric, track)?.object["option"].clone();
        let place = standing.iter().position(|option| option.object["option"] == winner)?;
        let thresholds = rule.nested("options")?;
        let without = &options(rest)?[place].object;
        let (now, then) = (&standing[place].object["now"], &standing[place].object["then"]);
        if without[side] == standing[place].object[side] {
            return None;
        }
        let (now, then) = if is_now { (&without["now"], then) } else { (now, &without["then"]) };
        let net = number(now) - number(then);
        let own = linear(&rule.need("max"), &net, &thresholds[place].need("threshold"));
        let others = standing.iter().enumerate().filter(|(nth, _)| *nth != place).map(|(_, option)| &option.points);
        let points = others.fold(own, |best, points| if *points > best { points.clone() } else { best });
        return Some((winner.as_str().map(str::to_owned), points));
    }
    let [scored, all, rest] = [scene, all, rest].map(|scene| score(scene, metric, track).expect("it is scored").object);
    if all[side] == rest[side] {
        return None;
    }
    if scored["now"].is_object() {
        let field = |side: &Value, part: &str| number(&side[part]);
        let (now, then) = if is_now { (&rest["now"], &all["then"]) } else { (&all["now"], &rest["then"]) };
        let points = (field(now, "azure") - field(then, "azure")) / rule.need("azure_usd_per_point")
            + (field(now, "m365") - field(then, "m365")) / rule.need("m365_users_per_point");
        return Some((None, points.clamp(BigRational::zero(), rule.need("max"))));
    }
    // Who counts without a figure still does.
    let less = number(&all[side]) - number(&rest[side]);
    let (mut now, mut then) = (number(&scored["now"]), number(&scored["then"]));
    *(if is_now { &mut now } else { &mut then }) -= less;
    Some((None, points_of(scene, metric, track, &scored, (now, then))))
}

fn points_of(
    scene: &Scene,
    metric: &str,
    track: &str,
    scored: &Map<String, Value>,
    (now, then): (BigRational, BigRational),
) -> BigRational {
    let rule = scene.rule(metric, track).expect("it has a rule");
    if !scored.contains_key("percent") {
        return linear(&rule.need("max"), &(now - then), &rule.need("threshold"));
    }
    let has_minimum = rule.bounds("total_usd").hold(&now) && rule.bounds("baseline_mcv").hold(&then);
    if then <= BigRational::zero() || !has_minimum {
        return BigRational::zero();
    }
    let percent = (&now - &then) * BigRational::from_integer(100.into()) / &then;
    linear(&rule.need("max"), &percent, &rule.need("threshold"))
}

fn linear(max: &BigRational, n: &BigRational, threshold: &BigRational) -> BigRational {
    max * (n / threshold).clamp(BigRational::zero(), BigRational::one())
}

fn number(value: &Value) -> BigRational {
    match value {
        Value::Null => BigRational::zero(),
        Value::String(text) => decimal(text),
        other => decimal(&other.to_string()),
    }
}
