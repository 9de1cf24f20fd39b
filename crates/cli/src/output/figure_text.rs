//! Figures for people to read.

use projection::FigureUnit;

/// An exact decimal with a comma before each three digits: `1,040.25`.
pub(crate) fn grouped(decimal: &str) -> String {
    let (whole, decimals) = decimal.split_once('.').map_or((decimal, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// The same of money, which has two decimals or none unless it has more.
pub(crate) fn money(decimal: &str) -> String {
    let mut out = grouped(decimal);
    if decimal.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 1) {
        out.push('0');
    }
    out
}

/// A figure of a unit, without the name of it.
pub(crate) fn figure(decimal: &str, unit: Option<FigureUnit>) -> String {
    match unit {
        Some(FigureUnit::Usd | FigureUnit::Mcv) => money(decimal),
        Some(FigureUnit::Seats | FigureUnit::Users) | None => grouped(decimal),
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, money};

    #[test]
    fn three_digits_stand_together_and_money_has_two_decimals_or_none() {
        for (decimal, of_any, of_money) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("1040.25", "1,040.25", "1,040.25"),
            ("962.4", "962.4", "962.40"),
            ("-1234567.125", "-1,234,567.125", "-1,234,567.125"),
            ("-100", "-100", "-100"),
        ] {
            assert_eq!((grouped(decimal).as_str(), money(decimal).as_str()), (of_any, of_money));
        }
    }
}
