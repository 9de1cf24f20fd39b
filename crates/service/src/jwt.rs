//! JSON Web Tokens (RFC 7519) that an issuer signed: how one is checked, and what it lets do.
//!
//! A key says itself by which algorithm it signs, RS256 or ES256. A token must name that one, so that no token chooses how
//! it is checked.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{PartnerId, Timestamp};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::access::Access;
use crate::token::Scope;

/// Bytes that a token may have.
const MOST: usize = 16 << 10;
/// Seconds by which the clock of the issuer may differ from that of the service.
const LEEWAY: f64 = 60.0;
/// How the scopes begin that an issuer grants.
const PREFIX: &str = "pcs.";

/// The keys of an issuer, by their ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Keys(BTreeMap<String, Key>);

#[derive(Clone, Debug)]
enum Key {
    /// For RS256.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// For ES256: a point of the curve P-256, uncompressed.
    P256(Vec<u8>),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rsa(one), Self::Rsa(other)) => one.n == other.n && one.e == other.e,
            (Self::P256(one), Self::P256(other)) => one == other,
            (Self::Rsa(_), Self::P256(_)) | (Self::P256(_), Self::Rsa(_)) => false,
        }
    }
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is none that can be read, or it does not hold; the reason can be told.
    Invalid(&'static str),
    /// The issuer has no such key, as far as is known.
    UnknownKey,
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) now: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// What must be understood, of which nothing is.
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    sub: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scp: String,
    pcs_partners: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
        };
        verified.is_ok()
    }

    /// Reads a key as it stands in a set of keys (RFC 7517); nothing for one of another kind.
    fn read(jwk: &Value) -> Option<(String, Self)> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let key = match (text("kty")?, text("crv")) {
            ("RSA", _) => Self::Rsa(RsaPublicKeyComponents { n: bytes("n")?, e: bytes("e")? }),
            ("EC", Some("P-256")) => Self::P256([vec![4], bytes("x")?, bytes("y")?].concat()),
            _ => return None,
        };
        if text("alg").is_some_and(|algorithm| algorithm != key.algorithm()) {
            return None;
        }
        Some((text("kid")?.to_owned(), key))
    }
}

impl Keys {
    /// Reads a set of keys (RFC 7517). Keys of other kinds are left out.
    ///
    /// # Errors
    /// It is none, or has no key that can be used.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let set: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("there is no list `keys` in it")?;
        let keys: BTreeMap<String, Key> = keys.iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err("there is no key with a `kid` for RS256 or ES256 in it".to_owned());
        }
        Ok(Self(keys))
    }

    /// Whether there is a key of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// What a token lets do, if it holds.
    ///
    /// # Errors
    /// Why it does not.
    pub(crate) fn access(&self, token: &str, expected: Expected<'_>) -> Result<Access, Refused> {
        let invalid = Refused::Invalid;
        let header = header(token).ok_or(invalid("the token cannot be read"))?;
        if header.crit.is_some() {
            return Err(invalid("the token has a part that is not understood"));
        }
        let key = self.0.get(&header.kid).ok_or(Refused::UnknownKey)?;
        if header.alg != key.algorithm() {
            return Err(invalid("the token is not signed by RS256 or ES256, as its key is"));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(invalid("the token cannot be read"))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        if !key.verifies(message.as_bytes(), &signature) {
            return Err(invalid("the signature of the token does not hold"));
        }
        let claims: Option<Claims> = message.split_once('.').and_then(|(_, claims)| parsed(claims));
        claims.ok_or(invalid("the claims of the token cannot be read"))?.check(expected)
    }
}

impl Claims {
    fn check(self, expected: Expected<'_>) -> Result<Access, Refused> {
        let invalid = |why| Err(Refused::Invalid(why));
        #[expect(clippy::cast_precision_loss, reason = "a leeway of a minute is no matter of microseconds")]
        let now = expected.now.micros() as f64 / 1e6;
        if self.iss != expected.issuer {
            return invalid("the token is of another issuer");
        }
        let is_meant = match &self.aud {
            Audience::One(audience) => audience == expected.audience,
            Audience::Many(audiences) => audiences.iter().any(|audience| audience == expected.audience),
        };
        if !is_meant {
            return invalid("the token is for another audience");
        }
        if now >= self.exp + LEEWAY {
            return invalid("the token has expired");
        }
        if self.nbf.is_some_and(|from| now < from - LEEWAY) {
            return invalid("the token does not hold yet");
        }
        let granted: Vec<&str> = self.roles.iter().map(String::as_str).chain(self.scp.split(' ')).collect();
        let is_granted = |scope: &Scope| granted.iter().any(|text| text.strip_prefix(PREFIX) == Some(scope.name()));
        let scopes = Scope::ALL.iter().copied().filter(is_granted).collect();
        let partners = match self.pcs_partners {
            None => BTreeSet::new(),
            // An empty list would let see all.
            Some(partners) if partners.is_empty() => return invalid("the claim `pcs_partners` names no partner"),
            Some(partners) => match partners.iter().map(|text| PartnerId::new(text)).collect() {
                Ok(partners) => partners,
                Err(_) => return invalid("the claim `pcs_partners` is no list of partners"),
            },
        };
        #[expect(clippy::cast_possible_truncation, reason = "what is out of bounds is the first or the last instant")]
        let expires = Some(Timestamp::from_micros((self.exp * 1e6) as i64));
        let name = format!("oidc:{}", self.sub.unwrap_or_default());
        Ok(Access { name, scopes, partners, expires })
    }
}

/// Whether a text looks like a token of an issuer.
pub(crate) fn is_one(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// The id of the key by which a token says that it is signed.
pub(crate) fn key_id(token: &str) -> Option<String> {
    header(token).map(|header| header.kid)
}

fn header(token: &str) -> Option<Header> {
    if token.len() > MOST || !is_one(token) {
        return None;
    }
    token.split_once('.').and_then(|(header, _)| parsed(header))
}

fn parsed<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
