//! Whether the decimals of a file stand behind a point or a comma.
//!
//! A spreadsheet of most of Europe separates cells with semicolons and decimals with commas. Such a file is read so when
//! every amount of it can be, and one of them can be nothing else: `1234,56`, `1.234,50`, `0,125`. Where `1,250` is all
//! that there is, nobody knows.

use super::exact::Exact;

/// What stands before the decimals of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decimals {
    /// `1,234.56`.
    #[default]
    Point,
    /// `1.234,56`.
    Comma,
}

/// What the amounts of a file tell.
#[derive(Clone, Debug, Default)]
pub(super) struct DecimalEvidence {
    tells_comma: bool,
    tells_point: bool,
}

impl DecimalEvidence {
    /// Takes an amount. What is none tells that nothing is known.
    pub(super) fn take(&mut self, text: &str) {
        let with_point = Exact::parse(text, Decimals::Point).is_some();
        match Exact::parse(text, Decimals::Comma) {
            None => self.tells_point = true,
            // `1,234` is refused with a point, and may be meant so all the same.
            Some(_) => self.tells_comma |= !with_point && !is_group(text),
        }
    }

    /// Takes a number of a workbook, which has a point whatever its texts have.
    pub(super) fn take_number(&mut self) {
        self.tells_point = true;
    }

    /// The decimals of the file.
    pub(super) fn decide(&self) -> Decimals {
        if self.tells_comma && !self.tells_point { Decimals::Comma } else { Decimals::Point }
    }
}

/// Whether a text may be thousands with one separator, as `1,250`: one to three digits, not beginning with 0, and three.
pub(super) fn is_group(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '(']).trim_end_matches(')');
    let Some((whole, rest)) = text.split_once(['.', ',']) else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&whole.len()) && !whole.starts_with('0') && rest.len() == 3 && digits(whole) && digits(rest)
}

#[cfg(test)]
mod tests {
    use super::{DecimalEvidence, Decimals, is_group};

    #[test]
    fn commas_are_decimal_when_every_amount_fits_and_one_tells() {
        for (texts, decimals) in [
            (&["1234,56", "12", "-3,5"][..], Decimals::Comma),
            (&["1.234,50", "1.250"], Decimals::Comma),
            (&["1,250", "0,5"], Decimals::Comma),
            (&["1,250", "0,125"], Decimals::Comma),
            (&["1,250", "1234,567"], Decimals::Comma),
            (&["(12,5)"], Decimals::Comma),
            (&["1.234.567", "12"], Decimals::Comma),
            (&["9,5E-05"], Decimals::Comma),
            (&["1,250", "12"], Decimals::Point),
            (&["1.250"], Decimals::Point),
            (&["1234,56", "12.5"], Decimals::Point),
            (&["1234,56", "1,234.5"], Decimals::Point),
            (&["1234,56", "1,234,567"], Decimals::Point),
            (&["1234,56", "much"], Decimals::Point),
            (&["12"], Decimals::Point),
            (&[], Decimals::Point),
        ] {
            let mut evidence = DecimalEvidence::default();
            for text in texts {
                evidence.take(text);
            }
            assert_eq!(evidence.decide(), decimals, "{texts:?}");
        }
    }

    #[test]
    fn three_digits_behind_a_separator_may_be_thousands() {
        for text in ["1,250", "1.250", "12.000", "-1,250", "(125.250)"] {
            assert!(is_group(text), "{text}");
        }
        for text in ["1250", "0.125", "1250.000", "12.00", "1.2500", "1,250,000", "1,25x", ",250", ""] {
            assert!(!is_group(text), "{text}");
        }
    }
}
