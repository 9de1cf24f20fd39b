//! Whether the decimals of a file stand behind a point or a comma.
//!
//! A spreadsheet of most of Europe separates cells with semicolons and decimals with commas. Such a file is read so when
//! every amount of it can be, and one of them can be nothing else: `1234,56`, `1.234,50`, `0,125`. Where `1,250` is all
//! that there is, nobody knows.

/// What stands before the decimals of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Decimals {
    /// `1,234.56`.
    #[default]
    Point,
    /// `1.234,56`.
    Comma,
}

/// Whether a text may be thousands with one separator, as `1,250`: one to three digits, not beginning with 0, and three.
pub(crate) fn is_group(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '(']).trim_end_matches(')');
    let Some((whole, rest)) = text.split_once(['.', ',']) else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&whole.len()) && !whole.starts_with('0') && rest.len() == 3 && digits(whole) && digits(rest)
}

#[cfg(test)]
mod tests {
    use super::is_group;

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
