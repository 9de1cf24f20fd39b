//! Random histories and questions, to compare two scorers with.
//!
//! A history keeps what the ledger enforces: unique ids, strictly increasing `recorded_at`, retractions of earlier
//! events of the same partner, acceptances without details only after their request, roles and details by mechanism.
//! In everything else it is as irregular as the world.

mod associations;
mod certificates;
mod coverage;
pub mod dice;
mod draft;
mod products;
mod program;
mod questions;
mod rulebooks;
mod stage;
mod tie;
mod usages;

pub use questions::questions;

use chrono::{DateTime, Duration, Utc};
pub use coverage::Coverage;
pub use dice::Dice;
use draft::{Draft, Fields, canonical, dated};
use serde_json::{Value, json};
use stage::Stage;

/// About `size` canonical entries.
pub fn entries(seed: u64, size: usize) -> Vec<Value> {
    let stage = Stage::of(seed);
    let mut dice = Dice::new(seed, "entries");
    let mut drafts = if stage.is_tied { tie::drafts(&mut dice, &stage) } else { drafts(&mut dice, &stage, size) };
    order(&mut dice, &mut drafts);
    if !stage.is_tied {
        retract(&mut dice, &mut drafts);
    }
    record(&mut dice, &stage, drafts)
}

fn drafts(dice: &mut Dice, stage: &Stage, size: usize) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let customers = &stage.customers[..(size / 14).clamp(2, stage.customers.len())];
    let main = stage.partners[0];
    for area in &stage.areas {
        drafts.append(&mut certificates::certify(dice, stage, main, area));
        for customer in customers {
            for _ in 0..1 + dice.below(2) {
                drafts.append(&mut associations::associate(dice, stage, main, customer, area));
            }
            let times = if stage.is_strong { 2 } else { usize::from(dice.chance(90)) };
            for _ in 0..times {
                drafts.append(&mut usages::use_products(dice, stage, main, customer, area));
            }
        }
    }
    if stage.areas.contains(&"business_applications") && dice.chance(50) {
        drafts.append(&mut usages::large_pairs(dice, stage, main));
    }
    if dice.chance(75) {
        for customer in customers {
            if dice.chance(92) {
                drafts.push(associations::classify(dice, stage, main, customer));
            }
        }
    }
    for area in &stage.areas {
        drafts.append(&mut program::enrol(dice, stage, main, area));
    }
    for _ in 0..dice.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 2]) {
        drafts.push(rulebooks::adopt(dice, stage));
    }
    while drafts.len() < size {
        drafts.append(&mut filler(dice, stage, customers, &drafts));
    }
    drafts
}

/// Something more, of any partner.
fn filler(dice: &mut Dice, stage: &Stage, customers: &[String], drafts: &[Draft]) -> Vec<Draft> {
    let partner = if dice.chance(70) { stage.partners[0] } else { dice.pick(&stage.partners) };
    let customer = &customers[dice.below(customers.len())];
    let area = dice.pick(&stage.areas);
    match dice.below(22) {
        0..=5 => {
            let reports: Vec<&Draft> = drafts.iter().filter(|draft| draft.text("metric").is_some()).collect();
            match reports.len() {
                0 => Vec::new(),
                count => {
                    let report = reports[dice.below(count)];
                    vec![usages::restate(dice, report)]
                }
            }
        }
        6..=9 => usages::use_products(dice, stage, partner, customer, area),
        10 | 11 => associations::associate(dice, stage, partner, customer, area),
        12 => vec![associations::churn(dice, stage, partner, customer)],
        13 | 14 => vec![associations::classify(dice, stage, partner, customer)],
        15 => {
            let accepted: Vec<&Draft> =
                drafts.iter().filter(|draft| draft.text("type") == Some("association_accepted")).collect();
            match accepted.len() {
                0 => Vec::new(),
                count => {
                    let accepted = accepted[dice.below(count)];
                    let partner = accepted.text("partner").expect("an acceptance has a partner").to_owned();
                    let association = accepted.text("association").expect("an association").to_owned();
                    vec![associations::end(dice, stage, &partner, &association, accepted.known_in_the_world)]
                }
            }
        }
        16 => vec![certificates::earn(dice, stage, partner, area)],
        17 => vec![program::publish(dice, stage, partner, area)],
        _ => {
            let mut some = certificates::certify(dice, stage, partner, area);
            some.truncate(1);
            some
        }
    }
}

/// The order in which the ledger hears of it: about as it happened, or any.
fn order(dice: &mut Dice, drafts: &mut [Draft]) {
    if dice.chance(60) {
        let mut delays: Vec<i64> = drafts.iter().map(|_| dice.range(0, 40)).collect();
        for delay in &mut delays {
            if dice.chance(12) {
                *delay = dice.range(-60, 300);
            }
        }
        let mut dated: Vec<(DateTime<Utc>, Draft)> = drafts
            .iter()
            .zip(delays)
            .map(|(draft, delay)| (draft.known_in_the_world + Duration::days(delay), draft.clone()))
            .collect();
        dated.sort_by_key(|(at, _)| *at);
        for (place, (_, draft)) in drafts.iter_mut().zip(dated) {
            *place = draft;
        }
    } else {
        dice.shuffle(drafts);
    }
    for place in 0..drafts.len() {
        let Some(request) = drafts[place].after.clone() else {
            continue;
        };
        let late = drafts[place..].iter().position(|draft| draft.text("id") == Some(&request));
        if let Some(later) = late {
            drafts.swap(place, place + later);
        }
    }
}

/// Retractions of some events, of some retractions, and of some of those.
fn retract(dice: &mut Dice, drafts: &mut Vec<Draft>) {
    for _ in 0..drafts.len() / 20 + dice.below(3) {
        let mut place = dice.below(drafts.len());
        for _ in 0..dice.pick(&[1, 1, 1, 2, 2, 3, 4]) {
            let target = drafts[place].clone();
            let Some(partner) = target.text("partner") else {
                break;
            };
            let id = target.text("id").expect("every event has an id");
            let at = target.known_in_the_world + Duration::days(dice.range(-400, 900));
            let own = Fields::default().with("event", id).with("reason", "entered by mistake");
            let retraction = dated(dice, "event_retracted", Some(partner), at, own);
            place += 1 + dice.below(drafts.len() - place);
            drafts.insert(place, retraction);
        }
    }
}

/// What the ledger makes of it.
fn record(dice: &mut Dice, stage: &Stage, drafts: Vec<Draft>) -> Vec<Value> {
    let mut recorded_at = dice.instant_on(stage.day - Duration::days(420));
    let step = Duration::days(480).num_microseconds().expect("it fits") / drafts.len().max(1) as i64;
    let mut entries = Vec::new();
    for (seq, draft) in drafts.into_iter().enumerate() {
        entries.push(json!({"seq": seq, "recorded_at": canonical(recorded_at), "event": draft.event}));
        let gap = if dice.chance(10) { 1 } else { dice.range(1, step * 2) };
        recorded_at += Duration::microseconds(gap);
    }
    entries
}
