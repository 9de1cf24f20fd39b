//! Certifications: links, renewals, unlinks, expiries and retirements near the day.

use super::dice::Dice;
use super::draft::{Draft, Fields, dated, day_near};
use super::stage::Stage;
use chrono::{Datelike, Duration, NaiveDate};

/// Certifications of an area: the gates' first, each with how many people mostly have one.
fn lists(area: &str) -> &'static [(&'static [&'static str], i64)] {
    match area {
        "data_ai" => &[
            (&["AZ-305"], 3),
            (&["AZ-104"], 3),
            (&["DP-300", "AI-102", "DP-100", "DP-203", "PL-300", "MB-260", "DP-600", "AI-103"], 5),
        ],
        "infrastructure" => &[
            (&["AZ-104"], 3),
            (&["AZ-305"], 3),
            (&["AZ-700", "AZ-600", "AZ-800+AZ-801", "AZ-802", "AZ-800", "AZ-801"], 4),
            (&["AZ-140", "AZ-120"], 3),
        ],
        "digital_app" => &[
            (&["AZ-104"], 3),
            (&["AZ-305"], 3),
            (&["AZ-204", "PL-400", "AB-400", "AI-200"], 4),
            (&["AZ-220", "AZ-400", "PL-600", "GH-300", "GH-300", "GH-100"], 4),
        ],
        "business_applications" => &[
            (
                &[
                    "MB-310", "PL-100", "PL-100", "PL-300", "PL-200", "AB-400", "PL-400", "MB-240", "MB-280", "AB-210",
                    "PL-500",
                ],
                5,
            ),
            (&["MB-335", "MB-700", "MB-600", "MB-600", "PL-600", "AB-100"], 2),
        ],
        "modern_work" => &[
            (&["MS-900", "MS-600", "MS-700", "SC-300", "MD-102", "AB-900"], 3),
            (&["MS-102", "Teams Meetings and Meeting Rooms Technical Assessment"], 2),
        ],
        _ => &[
            (&["AZ-500", "SC-500"], 3),
            (&["SC-200", "MS-500"], 3),
            (&["SC-100", "SC-200", "SC-300", "SC-400", "SC-401"], 5),
        ],
    }
}

/// Days on which the credit of some certification ends.
const ENDS: [(i32, u32, u32); 16] = [
    (2023, 6, 30),
    (2023, 7, 31),
    (2023, 11, 30),
    (2024, 6, 30),
    (2024, 7, 31),
    (2025, 5, 31),
    (2026, 3, 31),
    (2026, 6, 1),
    (2026, 6, 30),
    (2026, 7, 31),
    (2026, 9, 30),
    (2027, 3, 31),
    (2027, 6, 1),
    (2027, 6, 30),
    (2027, 7, 31),
    (2027, 8, 31),
];

/// The people of an area and what they have.
pub fn certify(dice: &mut Dice, stage: &Stage, partner: &str, area: &str) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (codes, usual) in lists(area) {
        let (first, least) = (dice.below(7), if stage.is_strong { *usual } else { 1 });
        for next in 0..dice.range(least, usual + 1) as usize {
            let person = format!("p-{:02}", (first + next) % 7);
            let code = codes[dice.below(codes.len())];
            drafts.append(&mut link(dice, stage, partner, &person, code));
        }
    }
    drafts
}

fn link(dice: &mut Dice, stage: &Stage, partner: &str, person: &str, code: &str) -> Vec<Draft> {
    let person = if dice.chance(3) { person.to_ascii_uppercase() } else { person.to_owned() };
    let usual = dice.range(-300, -1);
    let linked_on = match dice.below(10) {
        0 => year_before(stage.day) + Duration::days(dice.range(-1, 1)),
        1 => day_near(stage, dice.range(-1, 1)),
        2 => leap_day_before(stage.day),
        _ => day_near(stage, usual),
    };
    let holds_longer = code.starts_with("GH-");
    let earned_on = match dice.below(10) {
        0 => Some(year_before(stage.day) + Duration::days(dice.range(-1, 1))),
        1 | 2 => Some(linked_on - Duration::days(dice.range(0, 30))),
        3 => Some(near_an_end(dice)),
        4 => Some(leap_day_before(stage.day)),
        5 => Some(day_near(stage, -dice.range(366, 500))),
        6 if holds_longer => Some(year_before(year_before(stage.day)) + Duration::days(dice.range(-1, 1))),
        7.. if holds_longer => Some(day_near(stage, -dice.range(366, 800))),
        _ => None,
    };
    let is_old = earned_on.is_some_and(|earned_on| stage.day - earned_on > Duration::days(300));
    let expires_on = match dice.below(10) {
        3.. if holds_longer => None,
        // Held on to for longer than a year, so that only the end of credit can end it.
        _ if is_old && dice.chance(50) => Some(day_near(stage, dice.range(20, 400))),
        0 => Some(day_near(stage, dice.range(-1, 1))),
        1 | 2 => Some(day_near(stage, dice.range(20, 400))),
        _ if code.ends_with("900") && dice.chance(80) => None,
        _ if earned_on.is_some() && dice.chance(40) => Some(day_near(stage, dice.range(-5, 200))),
        _ => None,
    };
    let own = |code: &str, earned_on: Option<NaiveDate>, expires_on: Option<NaiveDate>| {
        Fields::default()
            .with("person", person.as_str())
            .with("certification", code)
            .with_some("earned_on", earned_on.map(|day| day.to_string()))
            .with_some("expires_on", expires_on.map(|day| day.to_string()))
    };
    let at = dice.instant_on(linked_on);
    let mut drafts = vec![dated(dice, "certification_linked", Some(partner), at, own(code, earned_on, expires_on))];
    if dice.chance(10) {
        let renewed_on = linked_on + Duration::days(dice.range(0, 200));
        let at = dice.instant_on(renewed_on);
        let expires_on = expires_on.map(|day| day + Duration::days(365));
        let fields = own(other_exam(dice, code), None, expires_on);
        drafts.push(dated(dice, "certification_linked", Some(partner), at, fields));
    }
    if dice.chance(9) {
        let at = if dice.chance(20) { at } else { dice.instant_on(day_near(stage, usual / 2)) };
        let code = Some(other_exam(dice, code)).filter(|_| dice.chance(70));
        let own = Fields::default().with("person", person.as_str()).with_some("certification", code);
        drafts.push(dated(dice, "certification_unlinked", Some(partner), at, own));
    }
    drafts
}

/// A certification of somebody who is not linked, or who is linked as well.
pub fn earn(dice: &mut Dice, stage: &Stage, partner: &str, area: &str) -> Draft {
    let lists = lists(area);
    let (codes, _) = lists[dice.below(lists.len())];
    let code = codes[dice.below(codes.len())];
    let earned_on = day_near(stage, -dice.range(0, 420));
    let expires_on = dice.chance(50).then(|| day_near(stage, dice.range(-5, 300)));
    let own = Fields::default()
        .with("person", format!("p-{:02}", dice.below(9)))
        .with("certification", code)
        .with("earned_on", earned_on.to_string())
        .with_some("expires_on", expires_on.map(|day| day.to_string()));
    let at = dice.instant_on(earned_on);
    dated(dice, "certification_earned", Some(partner), at, own)
}

/// Another exam for the same certification, as often as not, where there is one.
fn other_exam<'c>(dice: &mut Dice, code: &'c str) -> &'c str {
    match code {
        "PL-400" | "AB-400" => dice.pick(&["PL-400", "AB-400"]),
        "AZ-800+AZ-801" | "AZ-802" => dice.pick(&["AZ-800+AZ-801", "AZ-802"]),
        _ => code,
    }
}

/// A day on which some credit ends, or one beside it.
pub fn near_an_end(dice: &mut Dice) -> NaiveDate {
    let (year, month, day) = dice.pick(&ENDS);
    let end = NaiveDate::from_ymd_opt(year, month, day).expect("a day of the list");
    end + Duration::days(dice.range(-1, 1))
}

/// The same day a year before.
fn year_before(day: NaiveDate) -> NaiveDate {
    day.with_year(day.year() - 1).unwrap_or(day - Duration::days(366))
}

/// The last 29 February on or before a day, where it is not long ago; else the day itself.
fn leap_day_before(day: NaiveDate) -> NaiveDate {
    let leap = NaiveDate::from_ymd_opt(2024, 2, 29).expect("2024 is a leap year");
    if day >= leap && day - leap < Duration::days(400) { leap } else { day }
}
