//! Texts that hold a secret, which nothing may print: private keys, and the secret of the pseudonyms.

use std::borrow::Cow;
use std::ffi::OsString;

use crate::env::Env;

/// What a signing key begins with, in the form of a signed note.
const SIGNING_KEY: &str = "private+key+";
/// What the first line of a key in PEM ends with, and how its last one begins and ends.
const PEM: &str = "private key-----";
const PEM_END: &str = "-----end";
const PEM_LINE_END: &str = "-----";
/// What the file of the pseudonyms' secret begins with.
const PEOPLE_SECRET: &str = "pcs-people-secret 1";
/// What is shown in place of a secret.
const HIDDEN: &str = "(a secret that is not shown)";

/// Variables whose text may be named in an error; that of a key is in none.
const NAMED_VARIABLES: [&str; 2] = ["PCS_LEDGER", "PCS_MAP"];

/// Where a command line or its environment gives a secret: the option or the variable.
pub(crate) fn given(args: &[OsString], env: &Env) -> Option<String> {
    let mut before = None;
    for arg in args {
        let arg = arg.to_string_lossy();
        let option = arg.split_once('=').map_or(&*arg, |(option, _)| option);
        let is_option = option.starts_with("--") && !holds_one(option);
        if holds_one(&arg) {
            return Some(if is_option {
                option.to_owned()
            } else {
                before.unwrap_or_else(|| "an argument".to_owned())
            });
        }
        before = is_option.then(|| option.to_owned());
    }
    let holds = |name: &str| env.variable(name).is_some_and(|text| holds_one(&text.to_string_lossy()));
    NAMED_VARIABLES.into_iter().find(|name| holds(name)).map(str::to_owned)
}

/// Whether a text holds a secret.
pub(crate) fn holds_one(text: &str) -> bool {
    matches!(hidden(text), Cow::Owned(_))
}

/// The text with every secret in it hidden.
pub(crate) fn hidden(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut rest, mut is_changed) = (text, false);
    while let Some((start, end)) = next(rest) {
        out.push_str(rest.get(..start).unwrap_or_default());
        out.push_str(HIDDEN);
        rest = rest.get(end..).unwrap_or_default();
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
        let rest = lower.get(start..).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::{HIDDEN, hidden, holds_one};

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
}
