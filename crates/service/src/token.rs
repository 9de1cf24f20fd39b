//! Tokens: what a program shows to be let in, and the file that says what each may do.
//!
//! A token is `pcs_` and 32 random bytes in base64 without padding, in the alphabet for addresses. The file has a line of
//! JSON for each, with the SHA-256 of the token and not the token itself: whoever reads the file can let nobody in.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use app::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{Date, PartnerId, Timestamp, named, parse_date};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::access::Access;

/// How a token begins.
const PREFIX: &str = "pcs_";
/// Random bytes of a token.
const BYTES: usize = 32;
/// Bytes that a file of tokens may have.
const MOST: u64 = 16 << 20;

named! {
    /// What a token lets do.
    Scope {
        /// Scores and findings.
        Read = "read",
        /// The same, and entries, proofs and bundles.
        Audit = "audit",
        /// Recording events.
        Write = "write",
        /// Figures of the service itself.
        Metrics = "metrics",
    }
}

impl Scope {
    /// Whether a token of this scope lets do what asks for another.
    #[must_use]
    pub fn covers(self, asked: Self) -> bool {
        self == asked || (self == Self::Audit && asked == Self::Read)
    }
}

/// What is said of a token when it is made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its name, for the log and for the one who takes it back.
    pub name: String,
    /// What it lets do.
    pub scope: Scope,
    /// The partners that it is limited to; none for all.
    pub partners: BTreeSet<PartnerId>,
    /// The last day on which it is taken.
    pub expires: Option<Date>,
}

/// The tokens of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens(Vec<([u8; 32], Access)>);

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    sha256: String,
    scope: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partners: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// Reads a file that was set up for the service, of so many bytes at most.
///
/// # Errors
/// It cannot be read, is longer, or is no text.
pub(crate) fn read_file(file: &Path, most: u64) -> Result<String, Error> {
    let mut text = String::new();
    let read = File::open(file).and_then(|opened| opened.take(most + 1).read_to_string(&mut text));
    let read = read.and_then(|length| {
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {} MiB", most >> 20));
        if length as u64 > most { Err(too_long()) } else { Ok(text) }
    });
    read.map_err(Error::file("read", file))
}

/// A token that nobody can guess.
///
/// # Errors
/// That of the operating system, when it has no random bytes.
pub fn random() -> Result<String, Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::new("failed", format!("failed to make a token: {error}")))?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Makes a token, adds it to a file, and returns it: nothing else has it.
///
/// # Errors
/// Wrong usage, for a token that would let do nothing; `exists` when the file has a token of that name; a file that cannot
/// be read or written.
pub fn make(file: &Path, new: &NewToken) -> Result<String, Error> {
    if new.scope == Scope::Write && !new.partners.is_empty() {
        let text = "a token that writes is limited to no partner: what is recorded may be of any";
        return Err(Error::usage(text).hint("leave `--partner` out, or make a token of another scope"));
    }
    let text = match read_file(file, MOST) {
        Err(error) if error.code() == "not_found" => String::new(),
        read => read?,
    };
    let tokens = Tokens::parse(&text, file)?;
    if tokens.0.iter().any(|(_, access)| access.name == new.name) {
        let text = format!("{} has a token of the name {:?}", file.display(), new.name);
        return Err(
            Error::new("exists", text).hint("give the new one another name, or take the line of the old one out")
        );
    }
    let token = random()?;
    let line = Line {
        name: new.name.clone(),
        sha256: hex::encode(digest(&token)),
        scope: new.scope.name().to_owned(),
        partners: new.partners.iter().map(ToString::to_string).collect(),
        expires: new.expires.map(|day| day.to_string()),
    };
    let line = serde_json::to_string(&line).map_err(io::Error::other).map_err(Error::file("write", file))?;
    // An editor may have left the last line without its end.
    let begin = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let line = format!("{begin}{line}\n");
    let write = || {
        let mut out = OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
        out.write_all(line.as_bytes())?;
        out.sync_all()
    };
    write().map_err(Error::file("write", file))?;
    Ok(token)
}

impl Tokens {
    /// Reads a file of tokens.
    ///
    /// # Errors
    /// A file that cannot be read; `malformed` or `bad_value`, with the line.
    pub fn read(file: &Path) -> Result<Self, Error> {
        Self::parse(&read_file(file, MOST)?, file)
    }

    /// Reads the text of a file of tokens.
    fn parse(text: &str, file: &Path) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let bad = |code: &'static str, why: String| {
                let text = format!("{}, line {number}: {why}", file.display());
                Error::new(code, text).on_line(Some(number)).hint("`pcs token make` writes such lines")
            };
            let line: Line = serde_json::from_str(line).map_err(|error| bad("malformed", error.to_string()))?;
            tokens.push(line.read().map_err(|why| bad("bad_value", why))?);
        }
        Ok(Self(tokens))
    }

    /// The same tokens, and one more.
    #[must_use]
    pub fn with(mut self, token: &str, access: Access) -> Self {
        self.0.push((digest(token), access));
        self
    }

    /// What a token lets do at an instant. Every token is compared, each in constant time.
    #[must_use]
    pub fn access(&self, token: &str, now: Timestamp) -> Option<Access> {
        let shown = digest(token);
        let mut found = None;
        for (digest, access) in &self.0 {
            if bool::from(digest.ct_eq(&shown)) {
                found = Some(access);
            }
        }
        found.filter(|access| access.holds(now)).cloned()
    }
}

impl Line {
    fn read(self) -> Result<([u8; 32], Access), String> {
        let mut digest = [0; 32];
        hex::decode_to_slice(&self.sha256, &mut digest)
            .map_err(|_| "`sha256` is not 64 hexadecimal digits".to_owned())?;
        let scope = Scope::from_name(&self.scope);
        let scope =
            scope.ok_or_else(|| format!("`scope` is {:?}; scopes are {}", self.scope, Scope::NAMES.join(", ")))?;
        let partners: Result<BTreeSet<PartnerId>, _> = self.partners.iter().map(|text| PartnerId::new(text)).collect();
        let partners = partners.map_err(|error| format!("`partners`: {error}"))?;
        let expires =
            self.expires.as_deref().map(parse_date).transpose().map_err(|error| format!("`expires`: {error}"))?;
        let expires = expires.map(Timestamp::end_of);
        Ok((digest, Access { name: self.name, scopes: vec![scope], partners, expires }))
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt as _;

    use ledger::{PartnerId, Timestamp, parse_date};

    use super::{NewToken, Scope, Tokens, make};

    fn new(name: &str, scope: Scope) -> NewToken {
        NewToken { name: name.to_owned(), scope, partners: BTreeSet::new(), expires: None }
    }

    #[test]
    fn a_token_is_known_by_its_digest_up_to_its_last_day() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tokens");
        let day = |text| parse_date(text).unwrap();
        let read = make(&file, &new("one", Scope::Read)).unwrap();
        let partner = PartnerId::new("6034453").unwrap();
        let limited = NewToken {
            partners: BTreeSet::from([partner.clone()]),
            expires: Some(day("2025-02-28")),
            ..new("two", Scope::Audit)
        };
        let audit = make(&file, &limited).unwrap();
        assert_eq!((read.len(), &read[..4]), (47, "pcs_"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&read[4..]) && !text.contains(&audit[4..]), "{text}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let tokens = Tokens::read(&file).unwrap();
        let today = Timestamp::end_of(day("2025-02-28"));
        assert_eq!(tokens.access(&read, today).map(|access| access.scopes), Some(vec![Scope::Read]));
        let access = tokens.access(&audit, today).unwrap();
        assert!(access.sees(&partner) && !access.sees(&PartnerId::new("1").unwrap()));
        assert_eq!(tokens.access(&audit, Timestamp::start_of(day("2025-03-01"))), None);
        for other in ["", "pcs_", &read[..46], &format!("{read}x")] {
            assert_eq!(tokens.access(other, today), None, "{other}");
        }
    }

    #[test]
    fn a_file_without_its_last_line_feed_takes_another_token() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tokens");
        let one = make(&file, &new("one", Scope::Read)).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.trim_end()).unwrap();
        let two = make(&file, &new("two", Scope::Read)).unwrap();
        let tokens = Tokens::read(&file).unwrap();
        let now = Timestamp::from_micros(0);
        assert!(tokens.access(&one, now).is_some() && tokens.access(&two, now).is_some());
    }

    #[test]
    fn a_token_that_could_do_nothing_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let partners = BTreeSet::from([PartnerId::new("6034453").unwrap()]);
        let refused = make(&dir.path().join("tokens"), &NewToken { partners, ..new("one", Scope::Write) }).unwrap_err();
        assert_eq!((refused.exit_code(), dir.path().join("tokens").exists()), (2, false));
    }

    #[test]
    fn what_is_no_line_of_a_token_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tokens");
        make(&file, &new("one", Scope::Read)).unwrap();
        assert_eq!(make(&file, &new("one", Scope::Write)).unwrap_err().code(), "exists");
        let good = std::fs::read_to_string(&file).unwrap();
        for (bad, code, said) in [
            ("{}", "malformed", "line 2: missing field `name`"),
            (
                &good.replace("\"read\"", "\"all\""),
                "bad_value",
                "line 2: `scope` is \"all\"; scopes are read, audit, write, metrics",
            ),
            (
                &good.replace("\"sha256\":\"", "\"sha256\":\"x"),
                "bad_value",
                "line 2: `sha256` is not 64 hexadecimal digits",
            ),
            (&good.replace('}', ",\"expires\":\"soon\"}"), "bad_value", "line 2: `expires`: "),
            (&good.replace('}', ",\"partners\":[\"\"]}"), "bad_value", "line 2: `partners`: "),
            (&good.replace('}', ",\"more\":1}"), "malformed", "line 2: unknown field `more`"),
        ] {
            std::fs::write(&file, format!("{good}{bad}\n")).unwrap();
            let error = Tokens::read(&file).unwrap_err();
            assert_eq!(error.code(), code, "{bad}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
