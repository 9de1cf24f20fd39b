//! What a history is about, drawn from its seed alone: so the questions know it too.

use super::dice::Dice;
use crate::naive::{Basis, Month, measured_month};
use chrono::NaiveDate;

/// The days around which histories happen: row switches of the rulebook, month ends, leap days.
const DAYS: [(i32, u32, u32); 35] = [
    (2022, 10, 31),
    (2023, 2, 28),
    (2023, 6, 13),
    (2023, 7, 20),
    (2023, 10, 31),
    (2023, 11, 30),
    (2023, 12, 1),
    (2023, 12, 31),
    (2024, 2, 29),
    (2024, 6, 30),
    (2024, 7, 31),
    (2024, 11, 20),
    (2025, 2, 28),
    (2025, 3, 25),
    (2025, 3, 26),
    (2025, 4, 30),
    (2025, 9, 19),
    (2026, 1, 31),
    (2026, 2, 4),
    (2026, 3, 31),
    (2026, 5, 7),
    (2026, 5, 8),
    (2026, 5, 31),
    (2026, 6, 30),
    (2026, 7, 1),
    (2026, 7, 31),
    (2026, 8, 20),
    (2026, 9, 30),
    (2026, 10, 20),
    (2026, 11, 15),
    (2026, 12, 31),
    (2027, 3, 31),
    (2027, 6, 15),
    (2027, 6, 30),
    (2027, 11, 30),
];

/// Areas by how much of a history's attention they get.
const FOCUS: [&str; 14] = [
    "data_ai",
    "infrastructure",
    "digital_app",
    "digital_app",
    "digital_app",
    "business_applications",
    "business_applications",
    "business_applications",
    "modern_work",
    "modern_work",
    "modern_work",
    "security",
    "security",
    "security",
];

/// Partners, the day, the months and the areas of a history.
pub struct Stage {
    pub partners: Vec<&'static str>,
    pub customers: Vec<String>,
    pub day: NaiveDate,
    pub measured: Month,
    pub compared: Month,
    pub areas: Vec<&'static str>,
    /// The percent by which steady customers grow.
    pub growth: i64,
    /// The percent of the customers that are small.
    pub smb: usize,
    /// The place of the product that most workloads and figures name.
    pub favourite: usize,
    /// Whether the main partner does well.
    pub is_strong: bool,
    /// Whether the main partner's two tracks of Modern Work have the same total, of which one qualifies.
    pub is_tied: bool,
}

impl Stage {
    /// The stage of a seed.
    pub fn of(seed: u64) -> Stage {
        let mut dice = Dice::new(seed, "stage");
        let mut partners = vec!["6034453", "Fabrikam_EU-1", "6034453-b"];
        partners.truncate(2 + dice.below(2));
        let (year, month, day) = dice.pick(&DAYS);
        let day = NaiveDate::from_ymd_opt(year, month, day).expect("a day of the list");
        let basis = dice.pick(&[Basis::Live, Basis::Live, Basis::Live, Basis::Published]);
        let measured = measured_month(day, basis, 20);
        let mut areas = vec![dice.pick(&FOCUS)];
        if dice.chance(30) {
            areas.push(dice.pick(&FOCUS));
        }
        let is_tied = areas.contains(&"modern_work") && dice.chance(6);
        Stage {
            is_tied,
            partners,
            customers: (0..9).map(|_| dice.uuid()).collect(),
            day,
            measured,
            compared: measured.plus(-12),
            areas,
            growth: dice.range(-2, 24),
            smb: dice.pick(&[0, 50, 80, 90, 100, 100]),
            favourite: dice.below(4),
            is_strong: dice.chance(20),
        }
    }
}
