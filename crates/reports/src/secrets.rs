//! What is not shown of a text: a secret, which nothing may print, and in what an input says also what may be one.
//!
//! Secrets are private keys and the secret of the pseudonyms: [`hidden`] goes over all output. Words that may be keys, tokens
//! or addresses are told by their looks, as some of what a ledger prints itself: [`without_keys`] goes over the messages about
//! an input alone.

use std::borrow::Cow;

use ledger::parse_uuid;

/// What a signing key begins with, in the form of a signed note.
const SIGNING_KEY: &str = "private+key+";
/// What the first line of a key in PEM ends with, and how its last one begins and ends.
const PEM: &str = "private key-----";
const PEM_END: &str = "-----end";
const PEM_LINE_END: &str = "-----";
/// What the file of the pseudonyms' secret begins with.
const PEOPLE_SECRET: &str = "pcs-people-secret 1";
/// What is shown in place of a secret, or of what may be one.
const HIDDEN: &str = "(not shown)";
/// Letters and digits in a row that no word has.
const WORD_CHARACTERS: usize = 32;
/// Letters and digits in a row that a key has at least.
const KEY_CHARACTERS: usize = 16;
/// How keys and tokens of well-known services begin, with blanks between them.
const KEY_PREFIXES: &str =
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox akia asia sk- sk_ pk_ rk_ pcs_ npm_ pypi- aiza ya29. eyj hf_";
/// How names of hosts end.
const HOSTS: [&str; 6] = [".com", ".net", ".org", ".io", ".dev", ".local"];

/// Whether a text holds a secret.
#[must_use]
pub fn holds_one(text: &str) -> bool {
    matches!(hidden(text), Cow::Owned(_))
}

/// The text with every secret in it hidden.
#[must_use]
pub fn hidden(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut rest, mut is_changed) = (text, false);
    while let Some((start, end)) = next(rest) {
        out.push_str(rest.get(..start).expect("a secret lies within the text"));
        out.push_str(HIDDEN);
        rest = rest.get(end..).expect("a secret lies within the text");
        is_changed = true;
    }
    if !is_changed {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the next secret in a text begins and ends.
fn next(text: &str) -> Option<(usize, usize)> {
    // Of ASCII letters alone, so places stay.
    let lower = text.to_ascii_lowercase();
    let end_of = |start: usize, is_part: &dyn Fn(char) -> bool| {
        let rest = lower.get(start..).expect("a part begins within the text");
        start + rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())
    };
    let of_key = lower.find(SIGNING_KEY).map(|start| {
        // A key's name has any letters but these, as far as keys are made here.
        (start, end_of(start, &|c| !c.is_whitespace() && !c.is_control() && !"\"'`\\".contains(c)))
    });
    let of_pem = lower.find(PEM).map(|place| {
        let start = lower.get(..place).and_then(|before| before.rfind("-----begin")).unwrap_or(place);
        let behind = |from: usize, text: &str| {
            let place = lower.get(from..).and_then(|rest| rest.find(text))?;
            Some(from + place + text.len())
        };
        let end = behind(place, PEM_END).and_then(|end| behind(end, PEM_LINE_END)).unwrap_or(lower.len());
        (start, end)
    });
    let of_people = lower.find(PEOPLE_SECRET).map(|start| {
        let end = start + PEOPLE_SECRET.len();
        // A line end may be written as an escape.
        let digits = end_of(end, &|c| c.is_whitespace() || "\\rn".contains(c));
        (start, end_of(digits, &|c| c.is_ascii_hexdigit()))
    });
    [of_key, of_pem, of_people].into_iter().flatten().min()
}

/// Whether a text has what may be a key, a token, an id, an address or the value of a setting.
pub fn may_be_secret(text: &str) -> bool {
    holds_one(text)
        || is_address(text)
        || text.contains('=')
        || text.split(ends_word).any(|word| is_key(word) || parse_uuid(word).is_some())
}

/// Whether a character ends a word of a message.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}\\".contains(c)
}

/// A message without secrets, and without the words that may be keys, tokens or addresses.
pub fn without_keys(message: &str) -> Cow<'_, str> {
    let is_hidden = |word: &str| is_key(word) || (word.contains('@') && is_address(word));
    let message = hidden(message);
    if !message.split(ends_word).any(is_hidden) {
        return message;
    }
    let parts = message.split_inclusive(ends_word).map(|part| {
        let word = part.trim_end_matches(ends_word);
        if is_hidden(word) {
            format!("{HIDDEN}{}", part.get(word.len()..).expect("a part begins with its word"))
        } else {
            part.to_owned()
        }
    });
    Cow::Owned(parts.collect())
}

/// Whether a text may name a person's mailbox, a host or a page.
pub(crate) fn is_address(text: &str) -> bool {
    let is_mailbox = text.split_once('@').is_some_and(|(before, after)| !before.is_empty() && !after.is_empty());
    let text = text.to_ascii_lowercase();
    let is_host = HOSTS.iter().any(|end| text.ends_with(end)) || text.starts_with("www.");
    is_mailbox || is_host || text.contains("://") || text.contains("::")
}

/// Whether a word without spaces may be a key or a token: longer than words are, or letters and digits at random.
pub(crate) fn is_key(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if word.len() > 11 && KEY_PREFIXES.split(' ').any(|prefix| lower.starts_with(prefix)) {
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
pub(crate) mod tests {
    use super::{HIDDEN, hidden, holds_one, without_keys};

    /// Made up, each in the form of its service.
    pub(crate) const SECRETS: [&str; 22] = [
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
    fn no_secret_is_left_in_a_text_and_all_else_is() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----";
        let digits = "0f".repeat(32);
        for secret in [
            "PRIVATE+KEY+demo+26ce4b8d+AQHDyV1Uh3/k=".to_owned(),
            "private+key+contoso.example/pcs+1+AQ==".to_owned(),
            pem.to_owned(),
            pem.replace(" PRIVATE", " OPENSSH PRIVATE"),
            pem.replace('\n', "\\n"),
            format!("pcs-people-secret 1\n{digits}"),
            format!("pcs-people-secret 1\\n{digits}"),
            format!("pcs-people-secret 1\r\n{digits}"),
        ] {
            for (before, after) in
                [("", ""), ("invalid value '", "' for '--key'"), ("no file at ", "\n"), ("\"", "\",1")]
            {
                let text = format!("{before}{secret}{after}");
                assert_eq!(hidden(&text), format!("{before}{HIDDEN}{after}"), "{text:?}");
            }
            assert_eq!(hidden(&format!("{secret} {secret}")), format!("{HIDDEN} {HIDDEN}"));
        }
        let cut = pem.split("-----END").next().unwrap();
        assert_eq!(hidden(cut), HIDDEN);
        for text in ["", "demo+26ce4b8d+AQHDyV1Uh3/k=", &digits, "PRIVATE+KE", "the private key of `pcs key show`"] {
            assert!(!holds_one(text), "{text}");
        }
    }

    #[test]
    fn a_message_keeps_all_but_its_keys() {
        for secret in [SECRETS[0], SECRETS[2], SECRETS[3], SECRETS[4], SECRETS[6], SECRETS[7], SECRETS[13]] {
            let message = format!("unknown field `{secret}`, expected \"type\"");
            assert_eq!(without_keys(&message), format!("unknown field `{HIDDEN}`, expected \"type\""));
        }
        let message = "`CustomerTenantId` is \"4fdbff88-9d6b-42e0-9713-45c922ba80zz\", which must be a UUID";
        assert_eq!(without_keys(message), message);
    }
}
