//! What a fact that was put together by hand must hold to, and every line holds to.

use chrono::Datelike as _;

use crate::amount::Amount;
use crate::event::Area;
use crate::refusal::{Code, Refusal};
use crate::time::Date;

pub(super) fn areas(areas: Option<&[Area]>) -> Result<(), Refusal> {
    if areas.is_some_and(|areas| areas.is_empty() || !areas.is_sorted_by(|one, next| one < next)) {
        return Err(Refusal::new(Code::BadValue, "`areas` is empty, or not in order and each once"));
    }
    Ok(())
}

/// Lines have days of the years 0000 to 9999 alone.
pub(super) fn days(days: [Option<Date>; 2]) -> Result<(), Refusal> {
    if days.into_iter().flatten().all(|day| (0..=9999).contains(&day.year())) {
        return Ok(());
    }
    Err(Refusal::new(Code::BadValue, "a date is not of the years 0000 to 9999"))
}

pub(super) fn value(value: Amount) -> Result<(), Refusal> {
    if value.micros().unsigned_abs() >= 10_u128.pow(21) {
        return Err(Refusal::new(Code::BadValue, "`value` has more than 15 digits before the point"));
    }
    Ok(())
}
