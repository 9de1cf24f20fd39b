//! Fields that are figures, amounts, shares and bounds. All are exact.

use std::ops::RangeInclusive;

use ledger::Amount;
use toml::de::DeValue;

use super::{Bounds, Fields, Problem};

/// The largest amount of money that is read, in whole US dollars.
const MAX_AMOUNT: i128 = 999_999_999_999_999;

/// How an amount is written.
#[derive(Clone, Copy)]
pub(in crate::rulebook) enum AmountForm {
    /// An integer: whole US dollars, seats, pairs.
    Whole,
    /// A decimal string of at most 1: a share.
    Share,
}

impl Fields<'_, '_> {
    /// Reads an integer within a range.
    fn optional_integer(&mut self, field: &str, allowed: RangeInclusive<i128>) -> Option<i128> {
        self.optional(field, "an integer", |fields, line, value| {
            let found = integer(value)?;
            let number = found.parse().ok().filter(|number| allowed.contains(number));
            if number.is_none() {
                let allowed = format!("{} to {}", allowed.start(), allowed.end());
                fields.inspection.add(line, Problem::OutOfRange { field: field.to_owned(), found, allowed });
            }
            number
        })
    }

    pub(in crate::rulebook) fn optional_figure(&mut self, field: &str, allowed: RangeInclusive<u32>) -> Option<u32> {
        let number = self.optional_integer(field, (*allowed.start()).into()..=(*allowed.end()).into())?;
        u32::try_from(number).ok()
    }

    pub(in crate::rulebook) fn figure(&mut self, field: &str, allowed: RangeInclusive<u32>) -> u32 {
        self.required(field, 1, |fields| fields.optional_figure(field, allowed))
    }

    /// Reads a figure that must not be 0: a maximum, a threshold, a number of people.
    pub(in crate::rulebook) fn positive(&mut self, field: &str) -> u32 {
        self.figure(field, 1..=u32::MAX)
    }

    fn optional_amount(&mut self, field: &str, form: AmountForm) -> Option<Amount> {
        match form {
            AmountForm::Whole => {
                let amount = self.optional_integer(field, 0..=MAX_AMOUNT)?;
                Some(Amount::from_micros(amount * Amount::MICROS))
            }
            AmountForm::Share => self.optional_decimal(field, Some(Amount::from_micros(Amount::MICROS))),
        }
    }

    /// Reads a decimal string that is not negative, and at most `most`.
    fn optional_decimal(&mut self, field: &str, most: Option<Amount>) -> Option<Amount> {
        self.optional(field, "a decimal in a string", |fields, line, value| {
            let found = value.as_str()?;
            let Ok(amount) = Amount::parse(found) else {
                let problem = Problem::NoDecimal { field: field.to_owned(), found: found.to_owned() };
                fields.inspection.add(line, problem);
                return None;
            };
            if amount.micros() < 0 || most.is_some_and(|most| amount > most) {
                let allowed = most.map_or("0 or more".to_owned(), |most| format!("0 to {most}"));
                let problem = Problem::OutOfRange { field: field.to_owned(), found: found.to_owned(), allowed };
                fields.inspection.add(line, problem);
            }
            Some(amount)
        })
    }

    /// Reads a share: a decimal string from 0 to 1.
    pub(in crate::rulebook) fn share(&mut self, field: &str) -> Amount {
        self.required(field, Amount::default(), |fields| fields.optional_amount(field, AmountForm::Share))
    }

    /// Reads the four bounds of a value.
    pub(in crate::rulebook) fn bounds(&mut self, field: &'static str, form: AmountForm) -> Bounds {
        let bounds = Bounds {
            min: self.optional_amount(&format!("{field}_min"), form),
            max: self.optional_amount(&format!("{field}_max"), form),
            above: self.optional_amount(&format!("{field}_above"), form),
            below: self.optional_amount(&format!("{field}_below"), form),
        };
        if bounds.is_contradictory() {
            self.refuse(Problem::ContradictoryBounds { field });
        }
        bounds
    }

    /// Reads a rate: a decimal string that is not negative.
    pub(in crate::rulebook) fn rate(&mut self, field: &str) -> Amount {
        self.required(field, Amount::default(), |fields| fields.optional_decimal(field, None))
    }
}

/// An integer in decimal digits.
fn integer(value: &DeValue<'_>) -> Option<String> {
    let integer = value.as_integer()?;
    // TOML limits integers to 64 bits, the parser does not: what does not even fit 128 is quoted as it stands.
    let found = i128::from_str_radix(integer.as_str(), integer.radix());
    Some(found.map_or_else(|_| integer.to_string(), |found| found.to_string()))
}
