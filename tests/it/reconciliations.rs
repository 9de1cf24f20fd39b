//! What the programme showed beside what follows, and what would explain a difference, beside what the naive fold says, over
//! random histories.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use projection::rulebook::Rulebook;
use serde_json::{Map, Value, json};

use crate::answers::lines;
use crate::histories::{Dice, entries, questions};
use crate::naive::{self, Basis, Beyond, Question, Reconciled, Shown, Standing};
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;

/// Histories without `PCS_TEST_SEEDS`.
const HISTORIES: u64 = 20;
/// Scores that are shown in each of them, beside those that its events have.
const SHOWN: usize = 3;

fn builtin() -> &'static str {
    Rulebook::builtin().text()
}

/// Points as a screen may show them.
fn on_a_screen(dice: &mut Dice, points: &BigRational) -> String {
    let places = dice.below(3);
    let scale = BigInt::from(10).pow(u32::try_from(places).unwrap());
    let units = (points * BigRational::from_integer(scale.clone())).round().to_integer();
    let (whole, rest) = (&units / &scale, &units % &scale);
    if places == 0 { whole.to_string() } else { format!("{whole}.{rest:0>places$}") }
}

/// What may have been on the screen: the score by some other means, or with something changed.
fn told(dice: &mut Dice, values: &[Value], question: &Question) -> Option<Standing> {
    let answer = |question: &Question| naive::score(values, builtin(), question).ok().map(|mut all| all.swap_remove(0));
    let other = match dice.below(7) {
        0 => answer(&Question { basis: Basis::Live, ..question.clone() })?,
        1 => answer(&Question { unmeasured_include: !question.unmeasured_include, ..question.clone() })?,
        2 => answer(question)?.get("tracks").map(|tracks| tracks[dice.below(2)].clone())?,
        3 => {
            let known_at = values[dice.below(values.len())]["recorded_at"].as_str().map(str::to_owned);
            answer(&Question { known_at, ..question.clone() })?
        }
        _ => {
            let mut all = naive::standings(values, builtin(), question);
            let nth = dice.below(all.len().max(1));
            return (nth < all.len()).then(|| all.swap_remove(nth));
        }
    };
    Some(naive::standing(&other))
}

/// Appends scores that the programme may have shown.
fn publish(dice: &mut Dice, values: &mut Vec<Value>, asked: &[Question]) {
    let known = values.clone();
    for _ in 0..SHOWN {
        let plain = &asked[dice.below(asked.len())];
        let area = if plain.areas.is_empty() {
            dice.pick(&naive::AREAS)
        } else {
            plain.areas[dice.below(plain.areas.len())].as_str()
        };
        let (basis, known_at) = (Basis::Published, None);
        let question = Question { areas: vec![area.to_owned()], basis, known_at, ..plain.clone() };
        let Ok(now) = naive::score(&known, builtin(), &question) else { continue };
        let Some((total, metrics)) = told(dice, &known, &question) else { continue };
        let mut shown = Map::new();
        // In the order of the answer, as an event has them.
        for one in now[0]["metrics"].as_array().unwrap() {
            let name = one["metric"].as_str().unwrap();
            if let Some(points) = metrics.get(name).filter(|_| dice.chance(30)) {
                shown.insert(name.to_owned(), json!(on_a_screen(dice, points)));
            }
        }
        let at = dice.instant_on(question.as_of);
        let mut event = json!({
            "id": dice.uuid(), "type": "score_published", "partner": question.partner,
            "effective_at": naive::canonical_instant(at), "area": area, "points": on_a_screen(dice, &total),
        });
        if !shown.is_empty() {
            event["metrics"] = json!(shown);
        }
        let newest: DateTime<Utc> = values[values.len() - 1]["recorded_at"].as_str().unwrap().parse().unwrap();
        let recorded_at = naive::canonical_instant(newest + Duration::seconds(1));
        values.push(json!({"seq": values.len(), "recorded_at": recorded_at, "event": event}));
    }
}

#[test]
fn every_explanation_holds_by_the_naive_fold_and_none_is_missing() {
    let asked = seeds::asked(HISTORIES);
    let seen = seeds::on_two_threads(&asked, |seed| {
        let mut values = entries(seed, size_of(seed).min(80));
        let mut dice = Dice::new(seed, "reconciliations");
        let mut questions = questions(seed, &values);
        let partner = questions[0].partner.clone();
        questions
            .retain(|question| question.partner == partner && question.as_of >= Rulebook::builtin().program_start());
        if questions.is_empty() {
            return BTreeSet::new();
        }
        questions.truncate(2);
        publish(&mut dice, &mut values, &questions);
        let assumed = if dice.chance(30) { values.split_off(values.len() - dice.below(12)) } else { Vec::new() };
        let unmeasured_include = dice.chance(30);
        let nth = values.len() - 1 - dice.below(values.len() / 3);
        let known_at = values[nth]["recorded_at"].as_str().filter(|_| assumed.is_empty() && dice.chance(20));
        let known_at = known_at.map(str::to_owned);
        let beyond = Beyond { assumed, ..Beyond::default() };
        let question = Question { known_at, unmeasured_include, beyond, ..questions[0].clone() };
        compare(seed, &values, &question)
    });
    let seen: BTreeSet<String> = seen.into_iter().flatten().collect();
    if asked.len() as u64 >= HISTORIES {
        for kind in ["agrees", "basis", "known_at", "track", "unit in", "unit out", "unmeasured"] {
            assert!(seen.contains(kind), "no {kind}: {seen:?}");
        }
        assert!(seen.contains("rules") || asked.len() < 200, "no rules: {seen:?}");
    }
}

/// Compares the objects of a partner; returns the kinds of explanations.
fn compare(seed: u64, values: &[Value], question: &Question) -> BTreeSet<String> {
    let session = Session::new();
    session.import_entries("pcs-ledger", &lines(values));
    let events: String = question.beyond.assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events);
    let unmeasured = if question.unmeasured_include { "include" } else { "exclude" };
    let mut rest = format!("--partner {} --unmeasured {unmeasured}", question.partner);
    rest.extend(question.known_at.iter().map(|at| format!(" --known-at {at}")));
    rest += if question.beyond.assumed.is_empty() { "" } else { " --assume assumed.jsonl" };
    let args = format!("reconcile --format json --quiet {rest}");
    let ran = session.run(&args.split(' ').collect::<Vec<_>>());
    let place = format!("seed {seed}, {args}");
    let screens = naive::screens(values, question);
    if ran.code == 1 {
        assert!(screens.is_empty() && ran.stderr.contains("unknown_partner"), "{place}: {}", ran.stderr);
        return BTreeSet::new();
    }
    assert_eq!(ran.code, 0, "{place}: {}", ran.stderr);
    let shown = screens.iter().map(|(seq, event)| Shown { seq: *seq, event });
    let wanted = shown.filter_map(|shown| Some((naive::reconcile(values, builtin(), question, &shown)?, shown.seq)));
    let wanted: Vec<(Reconciled, u64)> = wanted.collect();
    let found: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(found.len(), wanted.len(), "{place}: {found:?}");
    let mut kinds = BTreeSet::new();
    for (found, (wanted, seq)) in found.into_iter().zip(wanted) {
        let event = &screens.iter().find(|(of, _)| *of == seq).expect("it was shown").1;
        let day = &event["effective_at"].as_str().expect("an instant")[..10];
        let area = event["area"].as_str().expect("an area");
        let score =
            format!("score --format json --explain --basis published --area {area} --as-of {day} --quiet {rest}");
        let explained = session.run(&score.split(' ').collect::<Vec<_>>());
        let explained: Value = serde_json::from_str(explained.stdout.trim_end()).expect("an object");
        let screen = Shown { seq, event };
        kinds.extend(check(found, &wanted, &screen, &explained, &format!("{place}: {event}")));
    }
    kinds
}

/// Compares an object; returns the kinds of its explanations.
fn check(mut found: Value, wanted: &Reconciled, screen: &Shown, explained: &Value, place: &str) -> BTreeSet<String> {
    let explanations = found["explained_by"].take();
    let explanations = explanations.as_array().expect("a list");
    let (units, others): (Vec<&Value>, Vec<&Value>) = explanations.iter().partition(|one| one["kind"] == "unit");
    found["explained_by"] = json!(others);
    assert!(explanations.len() <= 20, "{place}");
    assert_eq!(found.to_string(), wanted.object.to_string(), "{place}");
    if wanted.agrees {
        assert!(explanations.is_empty(), "{place}");
    } else if explanations.len() < 20 {
        check_units(&units, wanted, screen, explained, place);
    }
    let mut kinds: BTreeSet<String> = others.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect();
    kinds.extend(units.iter().map(|unit| if unit["counted"] == true { "unit in" } else { "unit out" }.to_owned()));
    if wanted.agrees {
        kinds.insert("agrees".to_owned());
    }
    kinds
}

/// A unit by what it is about, and the total when it is turned.
fn unit_of(metric: &str, unit: &Value, total: &Value) -> String {
    let product = if unit.get("customer").is_none() { unit.get("product") } else { None };
    let product = product.and_then(Value::as_str).map(str::to_ascii_lowercase);
    let field = |name: &str| unit.get(name).and_then(Value::as_str);
    json!([metric, field("customer"), product, field("part"), field("person"), field("certification"), total])
        .to_string()
}

fn check_units(units: &[&Value], wanted: &Reconciled, screen: &Shown, explained: &Value, place: &str) {
    let is_exact = |unit: &Value| unit["counted"] == false || unit.get("person").is_some();
    let mut exact: Vec<String> = units
        .iter()
        .filter(|unit| is_exact(unit))
        .map(|unit| {
            format!("{} {}", unit_of(unit["metric"].as_str().unwrap(), unit, &unit["points_exact"]), unit["counted"])
        })
        .collect();
    let of_naive = |(metric, turned): &(&str, naive::Turned)| {
        let naive::Turned { customer, product, part, person, counted, points } = turned;
        let (person, certification) = person.clone().unzip();
        let unit = json!({"customer": customer, "product": product, "part": part, "person": person,
            "certification": certification});
        let fields = unit.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        let unit: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        format!("{} {counted}", unit_of(metric, &json!(unit), &json!(naive::written(points))))
    };
    let mut by_naive: Vec<String> = wanted.units.iter().map(of_naive).collect();
    exact.sort();
    by_naive.sort();
    assert_eq!(exact, by_naive, "{place}");

    let mut ins: Vec<String> = units
        .iter()
        .filter(|unit| !is_exact(unit))
        .map(|unit| unit_of(unit["metric"].as_str().unwrap(), unit, &unit["points_exact"]))
        .collect();
    let metrics = explained["metrics"].as_array().expect("metrics");
    let places = metrics.iter().map(|metric| metric["metric"].as_str().unwrap());
    let places: BTreeMap<&str, usize> = places.zip(0..).collect();
    let rank = |unit: &&Value| {
        let id = ["customer", "person", "product"].iter().find_map(|name| unit.get(*name)).and_then(Value::as_str);
        (places[unit["metric"].as_str().unwrap()], unit["counted"] == false, id.map(str::to_owned))
    };
    assert!(units.iter().is_sorted_by_key(rank), "{place}: {units:?}");
    for metric in metrics {
        let name = metric["metric"].as_str().unwrap();
        let told: BTreeSet<String> = nearly(metric).iter().map(|unit| unit_of(name, unit, &json!(""))).collect();
        for unit in units.iter().filter(|unit| !is_exact(unit) && unit["metric"] == name) {
            assert!(told.contains(&unit_of(name, unit, &json!(""))), "{place}: {unit} is no unit of {metric}");
        }
        if metric["net"].is_number() && metric.get("option").is_none() {
            let mut counted = counted_in(metric, wanted, screen, explained);
            let mut of_metric: Vec<String> =
                ins.extract_if(.., |unit| unit.starts_with(&format!("[\"{name}\""))).collect();
            counted.sort();
            of_metric.sort();
            assert_eq!(of_metric, counted, "{place}: {metric}");
        }
    }
}

/// The units of a metric that nearly counted.
fn nearly(metric: &Value) -> Vec<&Value> {
    metric["because"].as_array().expect("units").iter().filter(|unit| unit["counted"] == false).collect()
}

/// The units of a metric that counts them one by one, which explain what was shown if they count as well.
fn counted_in(metric: &Value, wanted: &Reconciled, screen: &Shown, explained: &Value) -> Vec<String> {
    let name = metric["metric"].as_str().unwrap();
    let is_of_pairs = explained["area"] == "business_applications";
    let group = |unit: &Value| {
        let product = if is_of_pairs || unit.get("customer").is_none() { unit.get("product").cloned() } else { None };
        json!([unit["at"], unit.get("customer"), product, unit.get("part")]).to_string()
    };
    let because = metric["because"].as_array().expect("units");
    let counted: BTreeSet<String> = because.iter().filter(|unit| unit["counted"] == true).map(group).collect();
    let threshold = &wanted.thresholds[name];
    let mut found = Vec::new();
    for unit in nearly(metric).into_iter().filter(|unit| !counted.contains(&group(unit))) {
        let sign = if unit["at"] == "now" { 1 } else { -1 };
        let net = BigRational::from_integer((metric["net"].as_i64().unwrap() + sign).into());
        let max = BigRational::from_integer(metric["max"].as_i64().unwrap().into());
        let points = &max * (net / threshold).clamp(BigRational::zero(), BigRational::one());
        let total = &wanted.total - &wanted.points[name] + &points;
        let of = |other: &str| if other == name { Some(points.clone()) } else { wanted.points.get(other).cloned() };
        if screen.agrees(&total, of) {
            found.push(unit_of(name, unit, &json!(naive::written(&total))));
        }
    }
    found
}
