//! The plans of `advise` are all minimal changes and nothing else, by an enumeration that shares no code with it, and
//! their events bring them about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use ledger::{Area, Entry, PartnerId, Timestamp};
use num_rational::BigRational;
use projection::rulebook::Rulebook;
use projection::{
    Advice, ChangeUnit, Events, History, ObstacleReason, Wish, advise, cheapest_plan, rulebook_in_force, score,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answers::{self, lines, parsed};
use crate::beyond::beyond;
use crate::histories::{Dice, entries, questions};
use crate::naive;
use crate::second_fold::{error_code, size_of};
use crate::seeds;
use crate::session::Session;

/// Histories without the variable.
const SEEDS: u64 = 20;
/// Plans of each advice whose events are tried.
const TRIED: usize = 6;

/// What is known of a partner, and a question about it.
struct Case {
    asked: naive::Question,
    partner: PartnerId,
    history: History,
    rulebook: Rulebook,
    size: u64,
}

/// Appends a customer of Business Applications that uses enough, for long enough, that growth has a baseline.
fn add_a_baseline(seed: u64, values: &mut Vec<Value>, asked: &naive::Question) {
    let (mut dice, measured) = (Dice::new(seed, "baseline"), naive::Month::of(asked.as_of));
    let customer = dice.uuid();
    let mut events = vec![json!({
        "id": dice.uuid(), "type": "association_accepted", "partner": asked.partner,
        "effective_at": "2021-01-01T00:00:00.000000Z", "association": dice.uuid(), "customer": customer,
        "mechanism": "csp", "role": "direct_bill",
    })];
    events.extend((-30..=1).map(|months| {
        json!({
            "id": dice.uuid(), "type": "usage_reported", "partner": asked.partner,
            "month": measured.plus(months).to_string(), "customer": customer, "product": "Business Central",
            "metric": "active_units", "value": "60",
        })
    }));
    let newest = values[values.len() - 1]["recorded_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    for (nth, event) in (1..).zip(events) {
        let recorded_at = naive::canonical_instant(newest + Duration::microseconds(nth));
        values.push(json!({"seq": values.len(), "recorded_at": recorded_at, "event": event}));
    }
}

/// The questions of a seed that have an answer.
fn cases(seed: u64) -> Vec<Case> {
    let mut values = entries(seed, size_of(seed));
    let asked = questions(seed, &values);
    if seed.is_multiple_of(3) {
        add_a_baseline(seed, &mut values, &asked[0]);
    }
    let all = parsed(&values);
    let case = |asked: naive::Question| {
        let newest = || all.last().map(|entry| entry.recorded_at);
        let known_at = asked.known_at.as_ref().map(|instant| Timestamp::parse(instant).unwrap()).or_else(newest)?;
        let known = || all.iter().filter(|entry| entry.recorded_at <= known_at);
        let partner = PartnerId::new(&asked.partner).unwrap();
        let own: Vec<&Entry> = known().filter(|entry| entry.event.partner.as_ref() == Some(&partner)).collect();
        if own.is_empty() {
            return None;
        }
        let shared: Vec<Entry> = known().filter(|entry| entry.event.partner.is_none()).cloned().collect();
        let adopted = rulebook_in_force(&shared, asked.as_of).unwrap().map(|(_, rulebook)| rulebook);
        let rulebook = adopted.unwrap_or_else(|| Rulebook::builtin().clone());
        if asked.as_of < rulebook.program_start() {
            return None;
        }
        let history = History::fold(own);
        Some(Case { asked, partner, history, rulebook, size: all.len() as u64 })
    };
    asked.into_iter().filter_map(case).collect()
}

impl Case {
    fn advise(&self, area: Area, wish: &Wish, number: Option<usize>) -> Advice {
        let question = answers::question(&self.asked, false);
        let id_of = |place: usize| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("plan {place}").as_bytes());
        let events = Events { partner: &self.partner, next_seq: self.size, id_of: &id_of };
        advise(&self.history, &self.rulebook, area, &question, wish, number.map(|number| (number, events))).unwrap()
    }
}

/// Something to wish for: mostly the plain target.
fn wish(dice: &mut Dice) -> Wish {
    let whole = |number: i64| BigRational::from_integer(number.into());
    let target = dice.pick(&[70, 70, 70, 55, 30, 90]);
    let margin = dice.pick(&[0, 0, 0, 1, 5, 16]);
    let without = if dice.chance(25) { BTreeSet::from([dice.pick(ChangeUnit::ALL)]) } else { BTreeSet::new() };
    let prices = if dice.chance(25) {
        BTreeMap::from([(dice.pick(ChangeUnit::ALL), BigRational::new(dice.pick(&[0, 1, 7]).into(), 2.into()))])
    } else {
        BTreeMap::new()
    };
    Wish { target: whole(target), margin: (margin > 0).then(|| whole(margin)), prices, without, limit: None }
}

/// The same, as the naive fold and the command take it.
fn told(wish: &Wish, limit: usize) -> naive::Wish {
    let prices = wish.prices.iter().map(|(unit, price)| (unit.name(), price.clone())).collect();
    let without = wish.without.iter().map(|unit| unit.name()).collect();
    naive::Wish { target: wish.target.clone(), margin: wish.margin.clone(), prices, without, limit }
}

/// The command that asks for advice about the one area of a question.
fn command(asked: &naive::Question, wish: &naive::Wish) -> Vec<String> {
    let basis = if asked.basis == naive::Basis::Live { "live" } else { "published" };
    let unmeasured = if asked.unmeasured_include { "include" } else { "exclude" };
    let mut args = format!(
        "advise --format json --quiet --partner {} --area {} --as-of {} --basis {basis} --unmeasured {unmeasured} --target {} \
         --limit {}",
        asked.partner, asked.areas[0], asked.as_of, wish.target, wish.limit
    );
    args.extend(asked.known_at.iter().map(|at| format!(" --known-at {at}")));
    args += if asked.beyond.carries { "" } else { " --carry none" };
    args.extend(asked.beyond.from.map(|month| format!(" --carry-from {month}")));
    args += if asked.beyond.assumed.is_empty() { "" } else { " --assume assumed.jsonl" };
    args.extend(wish.margin.iter().map(|margin| format!(" --margin {margin}")));
    args.extend(wish.without.iter().map(|unit| format!(" --without {unit}")));
    args.extend(wish.prices.iter().map(|(unit, price)| {
        let halves = (price * BigRational::from_integer(2.into())).to_integer();
        format!(" --price {unit}={}.{}", &halves / 2, (&halves % 2) * 5)
    }));
    args.split(' ').map(str::to_owned).collect()
}

#[test]
fn advice_is_all_minimal_changes_and_nothing_else_and_what_else_the_naive_fold_says() {
    let compared = seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let ((mut known, mut asked), mut dice) = (beyond(seed), Dice::new(seed, "wishes"));
        if seed.is_multiple_of(3) {
            add_a_baseline(seed, &mut known, &asked[0]);
            // What is assumed would have the places of these.
            for asked in &mut asked {
                asked.beyond.assumed.clear();
            }
        }
        let session = Session::new();
        session.import_entries("pcs-ledger", &lines(&known));
        let mut compared = 0;
        for asked in asked {
            let areas = answers::areas(&asked);
            let asked = naive::Question { areas: vec![dice.pick(&areas).name().to_owned()], ..asked };
            let wish = told(&wish(&mut dice), dice.pick(&[0, 0, 0, 1, 3, 10]));
            compared += compare(seed, &session, &known, &asked, &wish);
        }
        compared
    });
    let compared: usize = compared.into_iter().sum();
    assert!(compared > 300, "hardly anything was compared: {compared}");
}

/// Compares an answer with that of the naive fold; returns how many plans there are.
fn compare(seed: u64, session: &Session, known: &[Value], asked: &naive::Question, wish: &naive::Wish) -> usize {
    let events: String = asked.beyond.assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events);
    let args = command(asked, wish);
    let place = format!("seed {seed}, {}", args.join(" "));
    let wanted = match naive::advise(known, Rulebook::builtin().text(), asked, wish) {
        Ok(None) => return 0,
        Ok(Some(wanted)) => Ok(wanted),
        Err(code) => Err(code),
    };
    let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let mut wanted = match wanted {
        Ok(wanted) => wanted,
        Err(code) => {
            assert_eq!((ran.code, error_code(&ran.stderr)), (1, code), "{place}");
            return 0;
        }
    };
    assert_eq!(ran.code, 0, "{place}: {}", ran.stderr);
    let mut given: Value = serde_json::from_str(ran.stdout.trim_end()).expect("an object");
    let fields = given.as_object_mut().expect("an object");
    let candidates = fields.shift_remove("candidates").expect("candidates");
    check_candidates(candidates.as_array().expect("a list"), (known, asked, wish), &place);
    let count = wanted["count"].as_u64().expect("a number");
    if let Some(at_least) = fields.get("count_at_least") {
        assert!(at_least == 10_000 && count > 10_000, "{place}: {count}");
        let renamed = |(name, value): (&String, &Value)| match name.as_str() {
            "count" => ("count_at_least".to_owned(), at_least.clone()),
            _ => (name.clone(), value.clone()),
        };
        wanted = wanted.as_object().expect("an object").iter().map(renamed).collect();
    }
    assert_eq!(given.to_string(), wanted.to_string(), "{place}");
    usize::try_from(count).expect("a small number")
}

/// Candidates could supply what they are told for, and stand in their order; none is missing.
fn check_candidates(
    candidates: &[Value],
    (known, asked, wish): (&[Value], &naive::Question, &naive::Wish),
    place: &str,
) {
    let gap = naive::gap(known, Rulebook::builtin().text(), asked, &wish.without, candidates);
    assert_eq!(gap, None, "{place}");
    let mut before: Option<(&Value, (bool, BigRational, String))> = None;
    let mut told = 0;
    for candidate in candidates {
        let doubt = naive::doubt(known, Rulebook::builtin().text(), asked, candidate);
        assert_eq!(doubt, None, "{place}: {candidate}");
        let missing = candidate["missing"].as_str().map(naive::decimal);
        let id = candidate.get("customer").or(candidate.get("person")).and_then(Value::as_str).expect("an id");
        let rank = (missing.is_none(), missing.unwrap_or_default(), id.to_owned());
        let same = before.as_ref().filter(|(quantity, _)| **quantity == candidate["quantity"]);
        assert!(same.is_none_or(|(_, before)| *before <= rank), "{place}: {candidates:?}");
        told = if same.is_some() { told + 1 } else { 1 };
        assert!(told <= 10, "{place}: {candidates:?}");
        before = Some((&candidate["quantity"], rank));
    }
}

#[test]
fn the_cheapest_plan_is_the_first_of_all() {
    let mut compared = 0;
    for seed in seeds::asked(SEEDS) {
        for case in cases(seed) {
            let question = answers::question(&case.asked, false);
            for area in Area::ALL {
                let target = BigRational::from_integer(70.into());
                let (prices, without) = (BTreeMap::new(), BTreeSet::new());
                let wish = Wish { target: target.clone(), margin: None, prices, without, limit: Some(3) };
                let all = case.advise(*area, &wish, None).plans;
                let first = cheapest_plan(&case.history, &case.rulebook, *area, &question, target).unwrap();
                assert_eq!(first.as_ref(), all.first(), "seed {seed}, {area}");
                compared += usize::from(first.is_some());
            }
        }
    }
    assert!(compared > 20, "hardly anything was compared: {compared}");
}

#[test]
fn the_events_of_a_plan_bring_it_about() {
    let tried = seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let mut dice = Dice::new(seed, "wishes for events");
        let mut tried = BTreeMap::new();
        for case in cases(seed) {
            for area in answers::areas(&case.asked) {
                let wish = Wish { limit: Some(200), ..wish(&mut dice) };
                let plans = case.advise(area, &wish, None).plans.len();
                let numbers: BTreeSet<usize> = (0..TRIED.min(plans)).map(|_| 1 + dice.below(plans)).collect();
                for number in numbers {
                    bring_about(&case, area, &wish, number);
                    *tried.entry(area).or_insert(0) += 1;
                }
            }
        }
        tried
    });
    let mut all: BTreeMap<Area, usize> = BTreeMap::new();
    for (area, tried) in tried.into_iter().flatten() {
        *all.entry(area).or_default() += tried;
    }
    assert!(all.len() == Area::ALL.len() && all.values().sum::<usize>() > 100, "hardly anything was tried: {all:?}");
}

/// Assumes the events of a plan, and scores.
fn bring_about(case: &Case, area: Area, wish: &Wish, number: usize) {
    let advice = case.advise(area, wish, Some(number));
    let plan = &advice.plans[number - 1];
    let place = format!("{area}, {:?}, {wish:?}, {plan:?}", case.asked);
    let events = advice.events.as_ref().unwrap_or_else(|| panic!("no events: {place}"));
    let entry = |(seq, event): (u64, &ledger::Event)| Entry {
        seq,
        recorded_at: Timestamp::from_micros(0),
        event: event.clone(),
    };
    let assumed: Vec<Entry> = (case.size..).zip(events).map(entry).collect();
    for entry in &assumed {
        ledger::parse_event(&ledger::canonical_event(&entry.event), || None)
            .unwrap_or_else(|refusal| panic!("{refusal}: {place}"));
    }
    let mut history = case.history.clone();
    history.extend(&assumed);
    let answer = score(&history, &case.rulebook, area, &answers::question(&case.asked, false)).unwrap();
    let tracks = answer.tracks.iter().flatten().map(|(track, score)| (*track, score));
    let own = tracks.chain([(answer.track, &answer.score)]).find(|(track, _)| *track == plan.track);
    let (_, score) = own.unwrap_or_else(|| panic!("the track is not scored: {place}"));
    assert!(*score.points.exact() >= wish.target, "{} points: {place}\n{score:?}", score.points);
    for metric in &score.metrics {
        let is_enough = wish.margin.as_ref().is_none_or(|margin| metric.points.exact() >= margin);
        assert!(!metric.points.is_zero() && is_enough, "{metric:?}: {place}");
    }
}

#[test]
fn an_area_without_a_plan_says_why() {
    let mut seen = BTreeSet::new();
    for reasons in seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let mut dice = Dice::new(seed, "wishes out of reach");
        let mut seen = BTreeSet::new();
        for case in cases(seed) {
            for area in answers::areas(&case.asked) {
                let advice = case.advise(area, &Wish { limit: Some(1), ..wish(&mut dice) }, None);
                seen.extend(advice.impossible.iter().map(|obstacle| obstacle.reason));
            }
        }
        seen
    }) {
        seen.extend(reasons);
    }
    for reason in [ObstacleReason::NoBaseline, ObstacleReason::Margin, ObstacleReason::Without] {
        assert!(seen.contains(&reason), "{reason} was not met: {seen:?}");
    }
}
