//! Ids as they are compared: one text for all the ways in which programs write the same one.
//!
//! A column of numbers that has a blank cell becomes one of fractions in many a program, and long numbers get commas or
//! an exponent. Where such a form still has every digit it is read, else it is refused: a guess would make two of one, or
//! one of two.

use std::borrow::Cow;

use uuid::Uuid;

/// Digits that a number keeps in a program that takes it for a fraction.
const SURE_DIGITS: usize = 15;
/// Digits that an id has at most.
const MOST_DIGITS: usize = 20;
/// What is wrong with `#N/A` and its like.
const ERROR: &str = "is an error of a spreadsheet";
/// Digits in a row that are the number of an account.
const ACCOUNT_DIGITS: usize = 5;
/// Lengths of texts of hexadecimal digits that were to be a UUID, or were cut.
const NEAR_A_UUID: std::ops::Range<usize> = 24..48;

/// Reads an id that is a number: its digits without zeros before them, for `0990001`, `990001.0`, `990,001` and
/// `9.90001E+05` alike.
///
/// # Errors
/// What is wrong with it, which completes "which ...".
pub(super) fn number(text: &str) -> Result<Cow<'_, str>, &'static str> {
    const FORM: &str = "must be a whole number of at most 20 digits";
    const LOST: &str = "may have lost digits: export it as text";
    let text = unwrapped(text);
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits(text) && !text.starts_with('0') && (1..=MOST_DIGITS).contains(&text.len()) {
        return Ok(Cow::Borrowed(text));
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: usize = exponent.parse().map_err(|_| FORM)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_grouped = whole.split(',').skip(1).all(|group| group.len() == 3) && !whole.starts_with(',');
    let is_short = whole.split(',').next().is_some_and(|first| first.len() <= 3);
    let digits = whole.replace(',', "");
    let is_whole = !digits.is_empty() && are_digits(&digits) && are_digits(fraction);
    if !is_whole || !is_grouped || (digits.len() != whole.len() && !is_short) {
        return Err(FORM);
    }
    // What stands behind the last place that is written may have been rounded away.
    let (more, rest) = fraction.split_at_checked(exponent).ok_or(LOST)?;
    if rest.bytes().any(|digit| digit != b'0') {
        return Err(FORM);
    }
    let number = format!("{digits}{more}");
    let number = match number.trim_start_matches('0') {
        "" => "0",
        number => number,
    };
    match number.len() {
        len if len > SURE_DIGITS && !are_digits(text) => Err(LOST),
        len if len > MOST_DIGITS => Err(FORM),
        _ => Ok(Cow::Owned(number.to_owned())),
    }
}

/// The text without what keeps a spreadsheet from reading it as a number, and without marks that nobody sees.
fn unwrapped(text: &str) -> &str {
    let is_unseen = |c: char| c.is_whitespace() || "\u{feff}\u{200b}".contains(c);
    let text = text.trim_matches(is_unseen);
    let text = text.strip_prefix('=').filter(|rest| rest.starts_with('"')).unwrap_or(text);
    let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    text.strip_prefix('\'').unwrap_or(text).trim_matches(is_unseen)
}

/// Reads the id of an account of the partner: the digits of what is written as a number, any other text as it is.
///
/// # Errors
/// As [`number`].
pub(super) fn account(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let text = unwrapped(text);
    if is_like_a_number(text) {
        return number(text);
    }
    if text.starts_with('#') {
        return Err(ERROR);
    }
    let has_number = text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= ACCOUNT_DIGITS);
    if has_number { Err("must be the number of an account, and nothing else") } else { Ok(Cow::Borrowed(text)) }
}

/// Reads a UUID: with hyphens or without, in braces or parentheses or not, in any case.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    let text = unwrapped(text);
    let inside = |open, close| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    let text = inside('{', '}').or_else(|| inside('(', ')')).unwrap_or(text).trim();
    let is_bare = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Uuid::try_parse(text).ok().filter(|_| is_bare)
}

/// Reads an id that is a UUID or another text: a UUID with hyphens and in lower case, and the text as it is.
///
/// # Errors
/// A text that was to be a UUID.
pub(super) fn guid_or_text(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let text = unwrapped(text);
    if text.starts_with('#') {
        return Err(ERROR);
    }
    if let Some(guid) = guid(text) {
        return Ok(Cow::Owned(guid.as_hyphenated().to_string()));
    }
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b' '));
    let has_guid = || text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(|part| guid(part).is_some());
    let is_near = text.starts_with(['{', '(']) || has_guid() || (NEAR_A_UUID.contains(&text.len()) && is_hex(text));
    if is_near { Err("looks like a UUID and is none") } else { Ok(Cow::Borrowed(text)) }
}

/// Whether a text is digits and what programs put among them, perhaps with an exponent.
fn is_like_a_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_amount = mantissa.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || ".,'".contains(c));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_exponent = !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit());
    is_amount && is_exponent && mantissa.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{account, guid, guid_or_text, number};

    #[test]
    fn every_spelling_of_a_number_is_one_text() {
        for text in [
            "990001",
            "0990001",
            "0000990001",
            "990001.0",
            "990001.",
            "990001.000",
            "990,001",
            "990,001.00",
            " 990001\t",
            "\u{a0}990001",
            "9.90001E+05",
            "9.90001e5",
            "9.9000100E+05",
            "990001E0",
            "0.990001E6",
            "=\"990001\"",
            "\"990001\"",
            "'990001",
            "\u{feff}990001",
            "\u{200b}990001",
        ] {
            assert_eq!(number(text).as_deref(), Ok("990001"), "{text:?}");
            assert_eq!(account(text).as_deref(), Ok("990001"), "{text:?}");
        }
        for (text, digits) in [("0", "0"), ("0.0", "0"), ("6,034,453", "6034453"), ("6.034453E+06", "6034453")] {
            assert_eq!(number(text).as_deref(), Ok(digits), "{text:?}");
        }
        assert_eq!(number("12345678901234567890").as_deref(), Ok("12345678901234567890"));
    }

    #[test]
    fn an_account_is_a_number_alone_or_a_name() {
        for text in ["MPN6034454", "#6034454", "6034453-"] {
            account(text).unwrap_err();
        }
        for text in ["A-12", "contoso_2", "PARTNER1"] {
            assert_eq!(account(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_may_be_another_number_is_refused() {
        for text in [
            "",
            "-1",
            "+990001",
            "990001.5",
            "990.001",
            "9.9E+05",
            "9.9E+06",
            "99E4",
            "9.90001E-05",
            "1.5E+05",
            "9,90001",
            "9900,01",
            ",990001",
            "990001,",
            "1990,001",
            "990 001",
            "990'001",
            "990001,0",
            ".5",
            "1e99999999999",
            "123456789012345678901",
            "1234567890123456.0",
            "1.234567890123456E+15",
        ] {
            assert!(number(text).is_err(), "{text:?}");
        }
        for text in ["6034453x", "#N/A", "6.03E+06", "6034453.5", "6 034 453", "-6034453", "6034453,0"] {
            assert!(account(text).is_err(), "{text:?}");
        }
        for text in ["contoso", "P-1", "12-34", "a1b2", "1e"] {
            assert_eq!(account(text).as_deref(), Ok(text));
            assert!(number(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_spelling_of_a_guid_is_one() {
        let plain = "a1b2c3d4-0000-4000-8000-00000000000f";
        let bare = plain.replace('-', "");
        for text in [
            plain.to_owned(),
            plain.to_uppercase(),
            bare.clone(),
            format!(" {{{plain}}} "),
            format!("{{{bare}}}"),
            format!("({})", plain.to_uppercase()),
            format!("{{ {plain} }}"),
            format!("=\"{plain}\""),
            format!("'{plain}"),
            format!("\u{200b}{plain}"),
        ] {
            assert_eq!(guid(&text).map(|guid| guid.to_string()).as_deref(), Some(plain), "{text:?}");
            assert_eq!(guid_or_text(&text).as_deref(), Ok(plain), "{text:?}");
        }
        for text in [
            &plain[1..],
            &format!("{plain}0"),
            &bare[1..],
            &format!("{{{plain}"),
            "{}",
            &plain.replace('-', " "),
            &format!("urn:uuid:{plain}"),
            &format!("/subscriptions/{plain}"),
        ] {
            assert!(guid(text).is_none() && guid_or_text(text).is_err(), "{text:?}");
        }
        for text in ["aad-1", "AAD-1", "beef", "Azure (prod)", "00000000000000", "urn:uuid:x"] {
            assert_eq!(guid_or_text(text).as_deref(), Ok(text));
        }
    }
}
