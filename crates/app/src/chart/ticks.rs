//! Where months begin along the days, and what they are called.

use chrono::Datelike as _;
use ledger::Date;

use super::Panel;

/// The names of months.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// How many months labels may be apart.
const STEPS: [u32; 5] = [1, 2, 3, 6, 12];

/// The first day of a month in the range.
pub(super) struct Tick {
    /// How many days of the range lie before it.
    pub(super) place: u64,
    /// The month, or the year where one begins.
    pub(super) label: String,
    /// Whether a year begins.
    pub(super) is_year: bool,
}

/// The months that are named where `width` units show all days and a label takes `least` of them: the most of those that
/// fit.
pub(super) fn ticks(panel: &Panel, width: u64, least: u64) -> Vec<Tick> {
    let days = panel.days();
    let firsts: Vec<Date> =
        panel.from.iter_days().take_while(|day| *day <= panel.to).filter(|day| day.day() == 1).collect();
    let fits = |step: &u32| u64::from(*step) * 28 * width / days >= least;
    let step = STEPS.into_iter().find(fits).unwrap_or(12);
    let ticks = firsts.into_iter().filter(|day| day.month0() % step == 0).map(|day| {
        let is_year = day.month() == 1;
        let month = MONTHS.get(day.month0() as usize).copied().unwrap_or_default();
        let label = if is_year { day.year().to_string() } else { month.to_owned() };
        Tick { place: panel.place(day), label, is_year }
    });
    // Where not even years fit, some of them are left out.
    let mut named: Option<u64> = None;
    ticks
        .filter(|tick| {
            let at = tick.place * width / days;
            let fits = named.is_none_or(|before| at >= before + least);
            if fits {
                named = Some(at);
            }
            fits
        })
        .collect()
}
