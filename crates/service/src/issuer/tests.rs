use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{PartnerId, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use super::{FRESH, Issuer, KEPT, REST};
use crate::access::Access;
use crate::problem::Problem;
use crate::settings::Oidc;
use crate::shared::Reread;
use crate::token::Scope;

/// A key of the tests alone.
const RSA: &str = include_str!("rsa.pem");
const AUDIENCE: &str = "api://pcs";
const NAME: &str = "https://login.example/tenant/v2.0";

/// What an issuer answers, by its own address and the path.
type Answers = Box<dyn Fn(&str, &str) -> String + Send>;

/// What signs tokens: a key for each algorithm.
struct Signer {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let rsa = PrivateKeyDer::from_pem_slice(RSA.as_bytes()).unwrap();
        Self {
            rsa: RsaKeyPair::from_pkcs8(rsa.secret_der()).unwrap(),
            p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap(),
        }
    }

    /// The keys, as an issuer tells them; with some that are of no use here.
    fn keys(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa = RsaPublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let point = self.p256.public_key().as_ref();
        let (n, e, x, y) = (text(&rsa.n), text(&rsa.e), text(&point[1..33]), text(&point[33..]));
        json!({"keys": [
            {"kty": "RSA", "use": "sig", "kid": "rsa", "n": n, "e": e, "x5t": "x"},
            {"kty": "EC", "use": "sig", "kid": "p256", "crv": "P-256", "alg": "ES256", "x": x, "y": y},
            {"kty": "RSA", "use": "enc", "kid": "encrypts", "n": n, "e": e},
            {"kty": "RSA", "alg": "PS256", "kid": "other", "n": n, "e": e},
            {"kty": "EC", "kid": "p384", "crv": "P-384", "x": x, "y": y},
            {"kty": "oct", "kid": "secret", "k": n},
            {"kty": "RSA", "n": n, "e": e},
        ]})
    }

    fn signed(&self, header: &Value, claims: &str) -> String {
        let text = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", text(&header.to_string()), text(claims));
        let random = SystemRandom::new();
        let signature = if header["kid"] == "p256" {
            self.p256.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
            signature
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token that holds, but for some claims.
    fn token(&self, key: &str, changed: &Value) -> String {
        let algorithm = if key == "p256" { "ES256" } else { "RS256" };
        self.signed(&json!({"typ": "JWT", "alg": algorithm, "kid": key}), &claims(changed).to_string())
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2025-03-01T12:00:00Z").unwrap()
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_micros(now().micros() + seconds * 1_000_000)
}

fn claims(changed: &Value) -> Value {
    let seconds = now().micros() / 1_000_000;
    let mut claims = json!({
        "iss": NAME, "aud": AUDIENCE, "iat": seconds, "nbf": seconds, "exp": seconds + 3_600, "sub": "somebody",
        "roles": ["pcs.read"],
    });
    claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// An issuer whose keys stand in a file.
fn of_file(signer: &Signer) -> (tempfile::TempDir, Issuer) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.json");
    std::fs::write(&file, signer.keys().to_string()).unwrap();
    let oidc = Oidc { issuer: NAME.to_owned(), audience: AUDIENCE.to_owned(), jwks: Some(file) };
    (dir, Issuer::open(oidc).unwrap())
}

fn refusal(taken: Result<Access, Problem>) -> (u16, String, String) {
    let problem = taken.unwrap_err();
    (problem.status.as_u16(), problem.code.clone(), problem.detail().to_owned())
}

#[test]
fn a_token_of_the_issuer_lets_do_what_it_says() {
    let signer = Signer::new();
    let (_dir, issuer) = of_file(&signer);
    let partner = PartnerId::new("6034453").unwrap();
    for (key, changed, scopes, sees) in [
        ("rsa", json!({}), vec![Scope::Read], true),
        ("p256", json!({}), vec![Scope::Read], true),
        ("rsa", json!({"roles": ["pcs.audit", "pcs.write", "other"]}), vec![Scope::Audit, Scope::Write], true),
        ("rsa", json!({"roles": null, "scp": "openid pcs.read pcs.metrics"}), vec![Scope::Read, Scope::Metrics], true),
        ("rsa", json!({"aud": ["other", AUDIENCE]}), vec![Scope::Read], true),
        ("rsa", json!({"pcs_partners": ["1", "6034453"]}), vec![Scope::Read], true),
        ("rsa", json!({"pcs_partners": ["1"]}), vec![Scope::Read], false),
        ("rsa", json!({"nbf": null, "sub": null}), vec![Scope::Read], true),
        ("rsa", json!({"roles": ["read", "pcs.", "pcs.all", "PCS.READ", "xpcs.read"]}), vec![], true),
        ("rsa", json!({"roles": null}), vec![], true),
    ] {
        let access = issuer.access(&signer.token(key, &changed), now()).unwrap();
        assert_eq!((&access.scopes, access.sees(&partner)), (&scopes, sees), "{changed}");
        assert_eq!(access.expires, Some(after(3_600)), "{changed}");
        assert_eq!(access.check(Scope::Read).is_ok(), scopes.contains(&Scope::Read) || scopes.contains(&Scope::Audit));
    }
    // A minute is the difference of two clocks.
    let token = signer.token("rsa", &json!({}));
    for (seconds, detail) in
        [(-61, Some("the token does not hold yet")), (-60, None), (3_659, None), (3_660, Some("the token has expired"))]
    {
        let refused = issuer.access(&token, after(seconds)).err();
        assert_eq!(refused.map(|problem| problem.detail().to_owned()).as_deref(), detail, "{seconds}");
    }
}

#[test]
fn a_token_that_does_not_hold_is_refused_with_the_reason() {
    let signer = Signer::new();
    let (_dir, issuer) = of_file(&signer);
    let cannot = "the token cannot be read";
    let claims_cannot = "the claims of the token cannot be read";
    let other_algorithm = "the token is not signed by RS256 or ES256, as its key is";
    let no_key = "the issuer has no such key as the token names";
    let no_signature = "the signature of the token does not hold";
    let good = signer.token("rsa", &json!({}));
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let with_header = |header: Value| signer.signed(&header, &claims(&json!({})).to_string());
    let with_claims = |text: &str| signer.signed(&json!({"alg": "RS256", "kid": "rsa"}), text);
    let changed = |changed: Value| signer.token("rsa", &changed);
    let text = |text: &str| URL_SAFE_NO_PAD.encode(text);
    // Signed by a secret that everybody knows: the public key.
    let message = format!("{}.{payload}", text(r#"{"alg":"HS256","kid":"rsa"}"#));
    let n = URL_SAFE_NO_PAD.decode(signer.keys()["keys"][0]["n"].as_str().unwrap()).unwrap();
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &n);
    let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, message.as_bytes()));
    let stranger = Signer::new();
    let none = text(r#"{"alg":"none","kid":"rsa"}"#);
    let (first, rest) = signature.split_at(1);
    let flipped = format!("{}{rest}", if first == "A" { "B" } else { "A" });
    for (what, token, detail) in [
        ("HS256 with the public key", format!("{message}.{tag}"), other_algorithm),
        ("no algorithm", format!("{none}.{payload}."), other_algorithm),
        ("no algorithm, with a signature", format!("{none}.{payload}.{signature}"), other_algorithm),
        ("RS512", with_header(json!({"alg": "RS512", "kid": "rsa"})), other_algorithm),
        ("PS256", with_header(json!({"alg": "PS256", "kid": "rsa"})), other_algorithm),
        ("rs256", with_header(json!({"alg": "rs256", "kid": "rsa"})), other_algorithm),
        ("ES256 with an RSA key", with_header(json!({"alg": "ES256", "kid": "rsa"})), other_algorithm),
        ("RS256 with a key of P-256", with_header(json!({"alg": "RS256", "kid": "p256"})), other_algorithm),
        ("no algorithm named", with_header(json!({"kid": "rsa"})), cannot),
        ("no key named", with_header(json!({"alg": "RS256"})), cannot),
        ("a key that is a number", with_header(json!({"alg": "RS256", "kid": 1})), cannot),
        (
            "something critical",
            with_header(json!({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": false})),
            "the token has a part that is not understood",
        ),
        ("an unknown key", with_header(json!({"alg": "RS256", "kid": "new"})), no_key),
        ("a key that encrypts", with_header(json!({"alg": "RS256", "kid": "encrypts"})), no_key),
        ("a key for PS256", with_header(json!({"alg": "RS256", "kid": "other"})), no_key),
        ("a key of another curve", with_header(json!({"alg": "ES384", "kid": "p384"})), no_key),
        ("a secret", with_header(json!({"alg": "HS256", "kid": "secret"})), no_key),
        (
            "another claim",
            format!("{header}.{}.{signature}", text(&claims(&json!({"sub": "x"})).to_string())),
            no_signature,
        ),
        ("a bit of the signature", format!("{header}.{payload}.{flipped}"), no_signature),
        ("no signature", format!("{header}.{payload}."), no_signature),
        ("padding", format!("{good}="), no_signature),
        ("another signer", stranger.token("p256", &json!({})), no_signature),
        (
            "another issuer",
            changed(json!({"iss": "https://login.example/other/v2.0"})),
            "the token is of another issuer",
        ),
        ("a slash", changed(json!({"iss": format!("{NAME}/")})), "the token is of another issuer"),
        ("another audience", changed(json!({"aud": "api://other"})), "the token is for another audience"),
        ("other audiences", changed(json!({"aud": ["a", "b"]})), "the token is for another audience"),
        ("no audiences", changed(json!({"aud": []})), "the token is for another audience"),
        ("no issuer", changed(json!({"iss": null})), claims_cannot),
        ("no audience", changed(json!({"aud": null})), claims_cannot),
        ("no end", changed(json!({"exp": null})), claims_cannot),
        ("an end in words", changed(json!({"exp": "9999999999"})), claims_cannot),
        ("a beginning in words", changed(json!({"nbf": "0"})), claims_cannot),
        ("an end long ago", changed(json!({"exp": -1e300})), "the token has expired"),
        ("no partner", changed(json!({"pcs_partners": []})), "the claim `pcs_partners` names no partner"),
        ("an empty partner", changed(json!({"pcs_partners": [""]})), "the claim `pcs_partners` is no list of partners"),
        ("a partner that is no list", changed(json!({"pcs_partners": "1"})), claims_cannot),
        ("a role that is no list", changed(json!({"roles": "pcs.write"})), claims_cannot),
        (
            "a claim twice",
            with_claims(&claims(&json!({})).to_string().replacen('{', "{\"iss\":\"x\",", 1)),
            claims_cannot,
        ),
        ("claims that are none", with_claims("[]"), claims_cannot),
        ("claims that are no JSON", with_claims("x"), claims_cannot),
        ("nothing", "..".to_owned(), cannot),
        ("a long one", format!("{}.{payload}.{signature}", "A".repeat(16 << 10)), cannot),
        ("two parts", format!("{header}.{payload}"), cannot),
    ] {
        let (status, code, told) = refusal(issuer.access(&token, now()));
        assert_eq!((status, code.as_str(), told.as_str()), (401, "unauthenticated", detail), "{what}");
    }
    assert!(issuer.access(&good, now()).is_ok());
}

#[test]
fn what_is_no_issuer_and_what_has_no_keys_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.json");
    let open = |name: &str, jwks| Issuer::open(Oidc { issuer: name.to_owned(), audience: AUDIENCE.to_owned(), jwks });
    for name in ["", "x", "http://login.example", "ftp://login.example", "https://", "https://a?b=c", "file:///etc"] {
        let error = open(name, None).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!((error.code(), error.exit_code()), ("usage", 2), "{name}");
    }
    assert_eq!(open(NAME, Some(file.clone())).err().map(|error| error.code()), Some("not_found"));
    for (text, said) in [
        ("x", "it is no JSON"),
        ("[]", "there is no list `keys` in it"),
        ("{\"keys\":[]}", "there is no key with a `kid` for RS256 or ES256 in it"),
        (
            "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}",
            "there is no key with a `kid` for RS256 or ES256",
        ),
        ("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"?\",\"e\":\"AQAB\"}]}", "there is no key with a `kid`"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = open(NAME, Some(file.clone())).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.code(), "bad_value", "{text}");
        assert!(error.to_string().contains(said), "{error}");
    }
    // What was read stays, when the file is broken later.
    let signer = Signer::new();
    let (dir, issuer) = of_file(&signer);
    std::fs::write(dir.path().join("keys.json"), "x").unwrap();
    assert_eq!(issuer.reload().map_err(|error| error.code()), Err("bad_value"));
    assert!(issuer.access(&signer.token("p256", &json!({})), now()).is_ok());
    let other = Signer::new();
    std::fs::write(dir.path().join("keys.json"), other.keys().to_string()).unwrap();
    assert_eq!(issuer.reload().map_err(|error| error.code()), Ok(Some(Reread::Other)));
    assert_eq!(issuer.reload().map_err(|error| error.code()), Ok(Some(Reread::Same)));
    assert!(issuer.access(&signer.token("p256", &json!({})), now()).is_err());
    assert!(issuer.access(&other.token("p256", &json!({})), now()).is_ok());
}

/// An issuer on this machine: what it answers, how often it was asked, and whether it answers at all.
struct Asked {
    address: String,
    times: Arc<AtomicUsize>,
    is_up: Arc<AtomicBool>,
}

async fn listening(answers: impl Fn(&str, &str) -> String + Send + 'static) -> Asked {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (times, is_up) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
    let asked = Asked { address: address.clone(), times: Arc::clone(&times), is_up: Arc::clone(&is_up) };
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            times.fetch_add(1, Ordering::AcqRel);
            if !is_up.load(Ordering::Acquire) {
                continue;
            }
            let (mut request, mut part) = (Vec::new(), [0; 1_024]);
            while !request.windows(4).any(|four| four == b"\r\n\r\n") {
                let length = stream.read(&mut part).await.unwrap();
                request.extend(&part[..length]);
            }
            let request = String::from_utf8(request).unwrap();
            let path = request.split(' ').nth(1).unwrap();
            drop(stream.write_all(answers(&address, path).as_bytes()).await);
        }
    });
    asked
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// What an issuer says of itself, and its keys.
fn usual(keys: String) -> impl Fn(&str, &str) -> String + Send + 'static {
    move |address, path| match path {
        "/.well-known/openid-configuration" => {
            ok(&json!({"issuer": address, "jwks_uri": format!("{address}/keys"), "more": 1}).to_string())
        }
        "/keys" => ok(&keys),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
    }
}

fn of_network(asked: &Asked) -> Issuer {
    let oidc = Oidc { issuer: asked.address.clone(), audience: AUDIENCE.to_owned(), jwks: None };
    Issuer::open(oidc).unwrap()
}

/// Shows a token as a request does.
async fn shown(issuer: &Issuer, token: &str, now: Timestamp) -> Result<Access, Problem> {
    issuer.prepare(token, now).await;
    issuer.access(token, now)
}

#[tokio::test]
async fn keys_are_fetched_when_they_are_needed_and_once_a_minute_at_most() {
    let signer = Signer::new();
    let asked = listening(usual(signer.keys().to_string())).await;
    let issuer = of_network(&asked);
    let lasting = json!({"iss": asked.address, "exp": now().micros() / 1_000_000 + 10 * KEPT});
    let token = signer.token("rsa", &lasting);
    let times = || asked.times.load(Ordering::Acquire);
    issuer.begin(now()).await;
    assert_eq!(times(), 2);
    assert!(shown(&issuer, &token, now()).await.is_ok());
    // Whoever invents keys makes it ask no more often.
    let invented = |number: u32| {
        signer.signed(&json!({"alg": "RS256", "kid": format!("key {number}")}), &claims(&lasting).to_string())
    };
    for number in 0..100 {
        let refused = refusal(shown(&issuer, &invented(number), after(i64::from(number) % REST)).await);
        assert_eq!((refused.0, refused.1.as_str()), (401, "unauthenticated"));
    }
    assert_eq!(times(), 2);
    assert_eq!(refusal(shown(&issuer, &invented(7), after(REST)).await).0, 401);
    assert_eq!(times(), 4);
    assert!(shown(&issuer, &token, after(REST)).await.is_ok());
    assert_eq!(times(), 4);
    // What is known gets old.
    assert!(shown(&issuer, &token, after(REST + FRESH)).await.is_ok());
    assert_eq!(times(), 6);
    // Without a key there is nothing to ask for.
    for token in ["a.b.c", "pcs_x", ""] {
        issuer.prepare(token, after(10 * FRESH)).await;
    }
    assert_eq!(times(), 6);
}

#[tokio::test]
async fn whoever_hangs_up_does_not_make_the_next_one_ask_again() {
    let signer = Signer::new();
    let asked = listening(usual(signer.keys().to_string())).await;
    let issuer = of_network(&asked);
    let lasting = json!({"iss": asked.address, "exp": now().micros() / 1_000_000 + 10 * KEPT});
    let token = signer.token("rsa", &lasting);
    let is_asked = async {
        while asked.times.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = issuer.prepare(&token, now()) => panic!("it is answered before it hangs up"),
        () = is_asked => {}
    }
    assert!(shown(&issuer, &token, now()).await.is_ok());
    // One connection for what the issuer says of itself, and one for its keys.
    assert_eq!(asked.times.load(Ordering::Acquire), 2);
}

#[tokio::test]
async fn known_keys_go_on_for_a_day_while_the_issuer_cannot_be_reached() {
    let signer = Signer::new();
    let asked = listening(usual(signer.keys().to_string())).await;
    let issuer = of_network(&asked);
    let lasting = json!({"iss": asked.address, "exp": now().micros() / 1_000_000 + 10 * KEPT});
    let token = signer.token("p256", &lasting);
    asked.is_up.store(false, Ordering::Release);
    let unreachable = |taken: Result<Access, Problem>| {
        let problem = taken.unwrap_err();
        let response = problem.clone().response(uuid::Uuid::nil(), "");
        let retry = response.headers().get("retry-after").unwrap().to_str().unwrap().parse::<i64>().unwrap();
        (problem.status.as_u16(), problem.code.clone(), retry)
    };
    let told = |seconds| (503, "issuer_unreachable".to_owned(), seconds);
    assert_eq!(unreachable(issuer.access(&token, now())), told(REST));
    assert_eq!(unreachable(shown(&issuer, &token, now()).await), told(REST));
    // It was asked just now.
    asked.is_up.store(true, Ordering::Release);
    assert_eq!(unreachable(shown(&issuer, &token, after(REST - 1)).await), told(1));
    assert!(shown(&issuer, &token, after(REST)).await.is_ok());
    asked.is_up.store(false, Ordering::Release);
    for seconds in [REST + 1, REST + FRESH, REST + KEPT - 1] {
        assert!(shown(&issuer, &token, after(seconds)).await.is_ok(), "{seconds}");
    }
    // A key that is not known may be a new one.
    let new = signer.signed(&json!({"alg": "RS256", "kid": "new"}), &claims(&lasting).to_string());
    assert_eq!(unreachable(shown(&issuer, &new, after(REST + KEPT - 1)).await).1, "issuer_unreachable");
    assert_eq!(unreachable(shown(&issuer, &token, after(REST + KEPT)).await), told(REST - 1));
    asked.is_up.store(true, Ordering::Release);
    assert!(shown(&issuer, &token, after(2 * REST + KEPT)).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_says_something_else_is_not_believed() {
    let discovery = |issuer: &str, jwks: &str| json!({"issuer": issuer, "jwks_uri": jwks}).to_string();
    let wrong: Vec<(&str, Answers)> = vec![
        ("another issuer", Box::new(move |address, _| ok(&discovery("https://login.example", address)))),
        ("keys without encryption", Box::new(move |address, _| ok(&discovery(address, "http://login.example/keys")))),
        ("no JSON", Box::new(|_, _| ok("<html>"))),
        ("a redirection", Box::new(|address, _| format!("HTTP/1.1 302 Found\r\nLocation: {address}/x\r\n\r\n"))),
        ("a failure", Box::new(|_, _| "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".to_owned())),
        ("too much", Box::new(|_, _| ok(&"x".repeat((1 << 20) + 1)))),
        ("no HTTP", Box::new(|_, _| "x".to_owned())),
        (
            "no keys",
            Box::new(|address, path| match path {
                "/keys" => ok("{\"keys\":[]}"),
                _ => ok(&json!({"issuer": address, "jwks_uri": format!("{address}/keys")}).to_string()),
            }),
        ),
    ];
    let signer = Signer::new();
    for (what, answers) in wrong {
        let asked = listening(answers).await;
        let issuer = of_network(&asked);
        let token = signer.token("rsa", &json!({"iss": asked.address}));
        assert_eq!(refusal(shown(&issuer, &token, now()).await).1, "issuer_unreachable", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_does_not_answer_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let oidc = Oidc { issuer: address.clone(), audience: AUDIENCE.to_owned(), jwks: None };
    let issuer = Issuer::open(oidc).unwrap();
    let token = Signer::new().token("rsa", &json!({"iss": address}));
    let asked = tokio::time::timeout(Duration::from_secs(6), shown(&issuer, &token, now())).await;
    assert_eq!(refusal(asked.unwrap()).1, "issuer_unreachable");
}
