//! What is shown of a file that nobody knows: the names of its columns, and nothing that may be more than a name.

use std::borrow::Cow;

use ledger::parse_uuid;

/// Characters that the name of a column has at most.
const NAME_CHARACTERS: usize = 64;
/// Names that are shown at most.
const MOST_NAMES: usize = 60;
/// Letters and digits in a row that no word has.
const WORD_CHARACTERS: usize = 32;
/// Letters and digits in a row that a key has at least.
const KEY_CHARACTERS: usize = 16;
/// Digits in a row that are an id, a day or a telephone.
const NUMBER_DIGITS: usize = 7;
/// Characters beside letters and digits that names of columns have.
const PUNCTUATION: &str = " _-./()[]#%&'*$?,:@";
/// How keys and tokens of well-known services begin.
const KEY_PREFIXES: [&str; 22] = [
    "private+key",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "akia",
    "asia",
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "pcs_",
    "npm_",
    "pypi-",
    "aiza",
    "ya29.",
    "eyj",
    "hf_",
];
/// How names of hosts end.
const HOSTS: [&str; 6] = [".com", ".net", ".org", ".io", ".dev", ".local"];
/// What stands for a part of a message that may be a key.
const HIDDEN: &str = "[not shown]";

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

/// Whether a text reads as the name of a column or a member, and not as a key, a token, an address or a value.
pub(super) fn is_shown(name: &str) -> bool {
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

/// Whether a text has what may be a key, a token, an id, an address or the value of a setting.
pub(crate) fn may_be_secret(text: &str) -> bool {
    is_address(text)
        || text.contains('=')
        || text.split(ends_word).any(|word| is_key(word) || parse_uuid(word).is_some())
}

/// Whether a character ends a word of a message.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}\\".contains(c)
}

/// A message without the words that may be keys, tokens or addresses.
pub(crate) fn without_keys(message: &str) -> Cow<'_, str> {
    let is_hidden = |word: &str| is_key(word) || (word.contains('@') && is_address(word));
    if !message.split(ends_word).any(is_hidden) {
        return Cow::Borrowed(message);
    }
    let parts = message.split_inclusive(ends_word).map(|part| {
        let word = part.trim_end_matches(ends_word);
        if is_hidden(word) {
            format!("{HIDDEN}{}", part.get(word.len()..).unwrap_or_default())
        } else {
            part.to_owned()
        }
    });
    Cow::Owned(parts.collect())
}

/// Whether a text may name a person's mailbox, a host or a page.
fn is_address(text: &str) -> bool {
    let is_mailbox = text.split_once('@').is_some_and(|(before, after)| !before.is_empty() && !after.is_empty());
    let text = text.to_ascii_lowercase();
    let is_host = HOSTS.iter().any(|end| text.ends_with(end)) || text.starts_with("www.");
    is_mailbox || is_host || text.contains("://") || text.contains("::")
}

fn has_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= NUMBER_DIGITS)
}

/// Whether a word without spaces may be a key or a token: longer than words are, or letters and digits at random.
fn is_key(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if word.len() > 11 && KEY_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
        return true;
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let is_mixed = |run: &str| {
        let has = |is: fn(&u8) -> bool| run.as_bytes().iter().any(is);
        has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    let is_random = |run: &str| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let groups = run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
        let is_upper = !run.bytes().any(|byte| byte.is_ascii_lowercase());
        groups > 1 || digits * 4 >= run.len() || (is_upper && digits > 0)
    };
    let long = |run: &str| run.len() > WORD_CHARACTERS || (run.len() >= KEY_CHARACTERS && is_random(run));
    parse_uuid(word).is_none()
        && (word.split(|c: char| !c.is_ascii_alphanumeric()).any(long)
            || word.split(|c| !is_base64(c)).any(|run| run.len() >= WORD_CHARACTERS && is_mixed(run)))
}

#[cfg(test)]
mod tests {
    use super::{is_shown, shown, shown_members, without_keys};

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

    /// Made up, each in the form of its service.
    const SECRETS: [&str; 22] = [
        "PRIVATE+KEY+pcs-ledger+5ba2c8d1+AT0ANLfk1cSVgXcKOxhnq7Cu4sjMrQjN9YFkz6HkkBaU",
        "-----BEGIN PRIVATE KEY-----",
        "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11AAAAAAA0abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "8Q~8Q~abcDEF123ghiJKL456mnoPQR789stuVWX",
        "https://acme.blob.core.windows.net/c?sv=2022-11-02&sig=abc%3D",
        "Server=tcp:acme.database.windows.net",
        "DefaultEndpointsProtocol=https",
        "AccountKey=Zm9v",
        "jane.doe@fabrikam.com",
        "fabrikam.onmicrosoft.com",
        "4fdbff88-9d6b-42e0-9713-45c922ba8001",
        "deadbeef0123456789abcdef",
        "pcs_1a2b3c4d5e6f",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDpKx0wUe5nEJ1wXbWJ7",
        "20250306",
        "+1 425 5550100",
        "fe80::1",
    ];

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

    #[test]
    fn a_message_keeps_all_but_its_keys() {
        for secret in [SECRETS[0], SECRETS[2], SECRETS[3], SECRETS[4], SECRETS[6], SECRETS[7], SECRETS[13]] {
            let message = format!("unknown field `{secret}`, expected \"type\"");
            assert_eq!(without_keys(&message), "unknown field `[not shown]`, expected \"type\"");
        }
        let message = "`CustomerTenantId` is \"4fdbff88-9d6b-42e0-9713-45c922ba80zz\", which must be a UUID";
        assert_eq!(without_keys(message), message);
    }
}
