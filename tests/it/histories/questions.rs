//! Questions to a history: days and instants at which answers change.

use super::certificates::near_an_end;
use super::dice::Dice;
use super::draft::canonical;
use super::stage::Stage;
use crate::naive::{Basis, Beyond, Month, Question};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use serde_json::Value;

/// The first day of the programme.
const PROGRAM_START: (i32, u32, u32) = (2022, 10, 3);

/// Days on which rows of the rulebook begin or their bounds do.
const SWITCHES: [(i32, u32, u32); 15] = [
    (2023, 6, 12),
    (2023, 6, 13),
    (2023, 9, 6),
    (2023, 10, 24),
    (2023, 12, 1),
    (2023, 12, 2),
    (2024, 3, 1),
    (2025, 3, 26),
    (2026, 2, 4),
    (2026, 3, 10),
    (2026, 5, 8),
    (2026, 5, 9),
    (2026, 7, 1),
    (2026, 7, 30),
    (2026, 7, 31),
];

/// Some questions to the history of a seed.
pub fn questions(seed: u64, entries: &[Value]) -> Vec<Question> {
    let stage = Stage::of(seed);
    let mut dice = Dice::new(seed, "questions");
    let start = date(PROGRAM_START);
    let mut questions: Vec<Question> = (0..8)
        .map(|_| Question {
            partner: if dice.chance(88) { stage.partners[0] } else { dice.pick(&stage.partners) }.to_owned(),
            as_of: day(&mut dice, &stage, entries).max(start),
            known_at: known_at(&mut dice, entries),
            basis: if dice.chance(65) { Basis::Live } else { Basis::Published },
            unmeasured_include: dice.chance(25),
            areas: if dice.chance(30) { Vec::new() } else { areas(&stage) },
            beyond: Beyond::default(),
        })
        .collect();
    let plain = questions[0].clone();
    if dice.chance(3) {
        let as_of = start - Duration::days(1);
        questions.push(Question { partner: partner_of_first(entries), as_of, known_at: None, ..plain.clone() });
    }
    if dice.chance(3) {
        questions.push(Question { partner: "nobody".to_owned(), ..plain });
    }
    questions
}

fn areas(stage: &Stage) -> Vec<String> {
    stage.areas.iter().map(|area| (*area).to_owned()).collect()
}

fn partner_of_first(entries: &[Value]) -> String {
    let partner = entries.iter().find_map(|entry| entry["event"]["partner"].as_str());
    partner.expect("some event has a partner").to_owned()
}

fn day(dice: &mut Dice, stage: &Stage, entries: &[Value]) -> NaiveDate {
    let month = Month::of(stage.day);
    match dice.below(16) {
        0..=3 => stage.day,
        4 => stage.day + Duration::days(dice.pick(&[-1, 1])),
        5 => month.last_day(),
        6 => month.last_day() - Duration::days(1),
        7 => month.plus(1).first_day(),
        8 | 9 => month.plus(dice.below(2) as i32).first_day() + Duration::days(dice.range(18, 20)),
        10 => {
            let march = Month::of(date((stage.day.year(), 3, 1)));
            march.first_day() - Duration::days(dice.range(1, 2))
        }
        11 | 12 => {
            let near: Vec<NaiveDate> =
                SWITCHES.into_iter().map(date).filter(|switch| (*switch - stage.day).num_days().abs() < 70).collect();
            match near.len() {
                0 => stage.day,
                count => near[dice.below(count)] + Duration::days(dice.pick(&[-1, 0, 0, 1])),
            }
        }
        13 | 14 => expiry(dice, stage, entries).unwrap_or(stage.day),
        _ => {
            let end = near_an_end(dice);
            if (end - stage.day).num_days().abs() < 120 { end } else { stage.day }
        }
    }
}

/// A day near the stage's on which a certification expires, or one beside it.
fn expiry(dice: &mut Dice, stage: &Stage, entries: &[Value]) -> Option<NaiveDate> {
    let given = entries.iter().filter_map(|entry| entry["event"]["expires_on"].as_str());
    let near: Vec<NaiveDate> = given
        .map(|text| text.parse().expect("a date is YYYY-MM-DD"))
        .filter(|expiry: &NaiveDate| (*expiry - stage.day).num_days().abs() < 60)
        .collect();
    (!near.is_empty()).then(|| near[dice.below(near.len())] + Duration::days(dice.range(-1, 1)))
}

fn known_at(dice: &mut Dice, entries: &[Value]) -> Option<String> {
    let later_half = entries.len() / 2 + dice.below(entries.len() - entries.len() / 2);
    let recorded_at = entries[later_half]["recorded_at"].as_str().expect("every entry has recorded_at");
    let recorded_at: DateTime<Utc> =
        DateTime::parse_from_rfc3339(recorded_at).expect("an RFC 3339 instant").with_timezone(&Utc);
    match dice.below(20) {
        0..=10 => None,
        11..=13 => Some(canonical(recorded_at)),
        14 | 15 => Some(canonical(recorded_at - Duration::microseconds(1))),
        16 => Some(canonical(recorded_at + Duration::microseconds(1))),
        17 => Some(format!("{}T23:59:59.999999Z", recorded_at.date_naive())),
        18 => Some("2031-01-01T00:00:00.000000Z".to_owned()),
        _ => Some(canonical(recorded_at - Duration::days(dice.range(1, 200)))),
    }
}

fn date((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the list")
}
