//! The names of columns: how they are compared, and what is shown of them, which is nothing that may be more than a name.

use ledger::parse_uuid;

use crate::formats::recognise::NEAR_COLUMNS;
use crate::secrets::{is_address, is_key};

/// Characters that the name of a column has at most.
const NAME_CHARACTERS: usize = 64;
/// Names that are shown at most.
const MOST_NAMES: usize = 60;
/// Digits in a row that are an id, a day or a telephone.
const NUMBER_DIGITS: usize = 7;
/// Characters beside letters and digits that names of columns have.
const PUNCTUATION: &str = " _-./()[]#%&'*$?,:@";

/// A column's name without case, spaces, hyphens and underscores.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The names of the columns of separated text; how many cells its first line has when these read as no names.
///
/// A line of which half the cells are names that reports have is surely one of names: what of it reads as none is counted.
pub(crate) fn shown(names: &[String], is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let is_name = |name: &str| name.is_empty() || is_shown(name) || is_known(name);
    let known = names.iter().filter(|name| is_known(name)).count();
    if names.len() > 1 && names.iter().all(|name| is_name(name)) {
        return first(names.to_vec());
    }
    if known >= NEAR_COLUMNS && known * 2 >= names.len() {
        return those(names, is_name, ["column", "columns"]);
    }
    let cells = if names.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", names.len()) };
    vec![format!("nothing that reads as names of columns, and {cells} in its first line")]
}

/// The names of the members of JSON, and how many there are that may be more than names.
pub(crate) fn shown_members(names: &[String]) -> Vec<String> {
    those(names, is_shown, ["member", "members"])
}

/// The names that may be shown, and how many others there are.
fn those(names: &[String], is_name: impl Fn(&str) -> bool, [one, several]: [&str; 2]) -> Vec<String> {
    let names_shown: Vec<String> = names.iter().filter(|name| is_name(name)).cloned().collect();
    let hidden = names.len() - names_shown.len();
    let mut shown = first(names_shown);
    match hidden {
        0 => {}
        1 => shown.push(format!("1 {one} whose name is not shown")),
        _ => shown.push(format!("{hidden} {several} whose names are not shown")),
    }
    shown
}

fn first(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    names.extend((more > 0).then(|| format!("{more} more")));
    names
}

/// The name of a column or a member, or what stands for it.
pub(crate) fn shown_name(name: &str) -> &str {
    if is_shown(name) { name } else { "a name that is not shown" }
}

/// Whether a text reads as the name of a column or a member, and not as a key, a token, an address or a value.
fn is_shown(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(|first| first.is_alphabetic() || "_@#%$([".contains(first));
    let is_plain = |c: char| c.is_alphanumeric() || PUNCTUATION.contains(c);
    begins
        && name.chars().count() <= NAME_CHARACTERS
        && name.chars().all(is_plain)
        && !is_address(name)
        && !has_number(name)
        && !name.to_ascii_lowercase().contains("private key")
        && !name.split(' ').any(|word| is_key(word) || parse_uuid(word).is_some())
}

fn has_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= NUMBER_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::{is_shown, shown, shown_members};
    use crate::secrets::tests::SECRETS;

    #[test]
    fn names_of_columns_are_shown() {
        for name in [
            "Month",
            "IsACRDuplicateAtPGALevel",
            "PartnerEarnedCreditPercentage",
            "ServiceLevel2",
            "AI_OfferType",
            "MAU current",
            "Net Revenue(USD)",
            "Date-Time (UTC)",
            "Größe",
            "@odata.context",
            "properties.updatedTime",
            "M365CopilotActiveUsers",
            "# of seats",
            "2nd",
        ] {
            assert_eq!(is_shown(name), name != "2nd", "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_key_a_token_or_an_address_is_not_shown() {
        for secret in SECRETS {
            assert!(!is_shown(secret), "{secret}");
            let line = ["Month".to_owned(), secret.to_owned()];
            assert_eq!(
                shown(&line, |_| false),
                ["nothing that reads as names of columns, and 2 cells in its first line"],
                "{secret}"
            );
            assert_eq!(shown_members(&line), ["Month", "1 member whose name is not shown"], "{secret}");
        }
        assert_eq!(shown(&["Password1".to_owned()], |_| false).concat().matches("1 cell").count(), 1);
    }

    #[test]
    fn a_line_of_known_names_is_one_of_names_whatever_stands_among_them() {
        let line = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let is_known = |name: &str| ["Month", "MPNId", "IsDuplicateAtPgaAttributionTypeLevel"].contains(&name);
        let names = line("Month,MPNId,IsDuplicateAtPgaAttributionTypeLevel");
        assert_eq!(shown(&names, is_known), names, "a known name is none too long");
        let names = line("Month,MPNId,IsDuplicateAtPgaAttributionTypeLevel,20250101");
        assert_eq!(shown(&names, is_known).last().expect("a text"), "1 column whose name is not shown");
        assert_eq!(shown(&line("Month,MPNId,20250101"), is_known).len(), 1, "two of them are too few");
    }
}
