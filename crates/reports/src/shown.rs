//! What is shown of a file that nobody knows: the names of its columns, and nothing that may be more than a name.

use ledger::parse_uuid;

use crate::secrets::{is_address, is_key};

/// Characters that the name of a column has at most.
const NAME_CHARACTERS: usize = 64;
/// Names that are shown at most.
const MOST_NAMES: usize = 60;
/// Digits in a row that are an id, a day or a telephone.
const NUMBER_DIGITS: usize = 7;
/// Characters beside letters and digits that names of columns have.
const PUNCTUATION: &str = " _-./()[]#%&'*$?,:@";

/// The names of the columns of separated text; how many cells its first line has when these read as no names.
pub(super) fn shown(names: &[String]) -> Vec<String> {
    let is_header = names.len() > 1 && names.iter().all(|name| name.is_empty() || is_shown(name));
    if is_header {
        return first(names.to_vec());
    }
    let cells = if names.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", names.len()) };
    vec![format!("nothing that reads as names of columns, and {cells} in its first line")]
}

/// The names of the members of JSON, and how many there are that may be more than names.
pub(super) fn shown_members(names: &[String]) -> Vec<String> {
    let names_shown: Vec<String> = names.iter().filter(|name| is_shown(name)).cloned().collect();
    let hidden = names.len() - names_shown.len();
    let mut shown = first(names_shown);
    match hidden {
        0 => {}
        1 => shown.push("1 member whose name is not shown".to_owned()),
        _ => shown.push(format!("{hidden} members whose names are not shown")),
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
pub(super) fn shown_name(name: &str) -> &str {
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
                shown(&line),
                ["nothing that reads as names of columns, and 2 cells in its first line"],
                "{secret}"
            );
            assert_eq!(shown_members(&line), ["Month", "1 member whose name is not shown"], "{secret}");
        }
        assert_eq!(shown(&["Password1".to_owned()]).concat().matches("1 cell").count(), 1);
    }
}
