//! Tokens of an issuer beside those of the service: by a file of keys, and by an issuer that is asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig, ServerConnection};

use super::client::{Reply, request};
use super::encrypted::certificate;
use super::{PARTNER, Service, demo, token};
use crate::processes::{events, ledger, run};

const NAME: &str = "https://login.example/tenant/v2.0";
const AUDIENCE: &str = "api://pcs";

/// An issuer's key, which signs by ES256.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Signer {
        let (how, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(how, &random).unwrap();
        Signer(EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &random).unwrap())
    }

    fn keys(&self) -> String {
        let point = self.0.public_key().as_ref();
        let text = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        let key = json!({"kty": "EC", "crv": "P-256", "kid": "one", "x": text(&point[1..33]), "y": text(&point[33..])});
        json!({ "keys": [key] }).to_string()
    }

    /// A token that ends so many seconds after the service's present, with further claims.
    fn token(&self, service: &Service, issuer: &str, seconds: i64, claims: &Value) -> String {
        let date = request(&service.address, "GET", "/healthz", &[], b"").header("date").expect("a date").to_owned();
        let now = chrono::DateTime::parse_from_rfc2822(&date).expect("RFC 2822").timestamp();
        let mut all = json!({"iss": issuer, "aud": AUDIENCE, "sub": "s", "exp": now + seconds});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", text(&json!({"alg": "ES256", "kid": "one"})), text(&all));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn ask(service: &Service, method: &str, path: &str, token: &str, body: &[u8]) -> Reply {
    let bearer = format!("Bearer {token}");
    let lines = ("Content-Type", "application/jsonl");
    request(&service.address, method, path, &[("Authorization", &bearer), lines], body)
}

fn get(service: &Service, path: &str, token: &str) -> Reply {
    ask(service, "GET", path, token, b"")
}

#[test]
fn tokens_of_an_issuer_and_of_the_service_are_taken_side_by_side() {
    let dir = demo();
    let dir = dir.path();
    let signer = Signer::new();
    std::fs::write(dir.join("keys.json"), signer.keys()).unwrap();
    let own = token(dir, &["--name", "one", "--scope", "read"]);
    let oidc = ["--oidc-issuer", NAME, "--oidc-audience", AUDIENCE, "--jwks", "keys.json"];
    let mut service = Service::start(dir, &[&oidc[..], &["--tokens", "tokens", "--write"]].concat());
    let log = service.log();
    let made = |claims: Value| signer.token(&service, NAME, 600, &claims);
    let read = made(json!({"roles": ["pcs.read"]}));
    let limited = made(json!({"scp": "pcs.audit", "pcs_partners": ["6099001"]}));
    let write = made(json!({"roles": ["pcs.write"]}));
    for (token, path, status) in [
        (&own, "/v1/ledger", 200),
        (&read, "/v1/ledger", 200),
        (&read, "/v1/entries/0", 403),
        (&made(json!({"roles": ["pcs.audit"]})), "/v1/entries/0", 200),
        (&limited, "/v1/partners/6099001/entries", 200),
        (&limited, &format!("/v1/partners/{PARTNER}/entries"), 404),
        (&limited, "/v1/entries", 403),
        (&write, "/v1/ledger", 403),
        (&made(json!({})), "/v1/ledger", 403),
        (&made(json!({"aud": "other", "roles": ["pcs.read"]})), "/v1/ledger", 401),
        (&signer.token(&service, NAME, -61, &json!({"roles": ["pcs.read"]})), "/v1/ledger", 401),
        (&Signer::new().token(&service, NAME, 600, &json!({"roles": ["pcs.read"]})), "/v1/ledger", 401),
    ] {
        let reply = get(&service, path, token);
        assert_eq!(reply.status, status, "{path}: {reply:?}");
    }
    let refused = get(&service, "/v1/ledger", &made(json!({})));
    assert!(refused.text().contains("the token has no scope of this service"), "{refused:?}");
    assert_eq!(ask(&service, "POST", "/v1/events", &write, events(1, 1).as_bytes()).status, 200);
    assert_eq!(ask(&service, "POST", "/v1/events", &read, events(2, 1).as_bytes()).status, 403);
    // The page is opened by it, too, and closed when it ends.
    let short = signer.token(&service, NAME, 2, &json!({"roles": ["pcs.read"]}));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let opened = request(&service.address, "POST", "/session", &[form], format!("token={short}").as_bytes());
    assert_eq!(opened.status, 303, "{opened:?}");
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let seen = || request(&service.address, "GET", "/v1/ledger", &[("Cookie", &cookie)], b"").status;
    assert_eq!(seen(), 200);
    while seen() != 401 {}
    let lasting = ask(&service, "POST", "/session", &read, b"");
    let cookie = lasting.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let seen = || request(&service.address, "GET", "/v1/ledger", &[("Cookie", &cookie)], b"").status;
    assert_eq!(seen(), 200);
    // Other keys: what the old one signed is no longer taken, and sessions end.
    std::fs::write(dir.join("keys.json"), "nonsense").unwrap();
    service.signal("-HUP");
    let mut log = log.filter(|line| line.contains("the keys of the issuer stay as they were"));
    assert!(log.next().is_some());
    assert_eq!(get(&service, "/v1/ledger", &read).status, 200);
    std::fs::write(dir.join("keys.json"), Signer::new().keys()).unwrap();
    service.signal("-HUP");
    while get(&service, "/v1/ledger", &read).status != 401 {}
    while seen() != 401 {}
    assert_eq!(get(&service, "/v1/ledger", &own).status, 200);
}

/// Answers so many requests of a service as an issuer does, and then no more.
fn issue<S: BufRead + Write>(connections: impl Iterator<Item = S>, address: &str, keys: &str) {
    for mut stream in connections {
        let (mut first, mut line) = (String::new(), String::new());
        drop(stream.read_line(&mut first));
        while stream.read_line(&mut line).is_ok_and(|length| length > 2) {
            line.clear();
        }
        let body = match first.split(' ').nth(1) {
            Some("/keys") => keys.to_owned(),
            _ => json!({"issuer": address, "jwks_uri": format!("{address}/keys")}).to_string(),
        };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        drop(stream.write_all(format!("{head}{body}").as_bytes()));
        drop(stream.flush());
    }
}

/// A connection that is read by lines, and written to.
struct Plain(BufReader<TcpStream>);

impl std::io::Read for Plain {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(bytes)
    }
}

impl BufRead for Plain {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.get_mut().flush()
    }
}

#[test]
fn an_issuer_is_asked_for_its_keys_and_one_that_cannot_be_reached_is_said() {
    let dir = ledger();
    let dir = dir.path();
    let signer = Signer::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let issuer = std::thread::spawn({
        let (address, keys) = (address.clone(), signer.keys());
        // The two questions of one look.
        move || issue(listener.incoming().take(2).map(|stream| Plain(BufReader::new(stream.unwrap()))), &address, &keys)
    });
    let oidc = |issuer| ["--oidc-issuer", issuer, "--oidc-audience", AUDIENCE];
    let service = Service::start(dir, &oidc(&address));
    let read = signer.token(&service, &address, 600, &json!({"roles": ["pcs.read"]}));
    assert_eq!(get(&service, "/v1/ledger", &read).status, 200);
    // Nobody listens there any more, and what is known goes on.
    issuer.join().unwrap();
    assert_eq!(get(&service, "/v1/ledger", &read).status, 200);
    assert_eq!(request(&service.address, "GET", "/v1/ledger", &[], b"").status, 401);
    let late = Service::start(dir, &oidc(&address));
    let refused = get(&late, "/v1/ledger", &read);
    assert_eq!((refused.status, refused.code()), (503, "issuer_unreachable".to_owned()));
    let seconds: u32 = refused.header("retry-after").expect("when to come back").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(get(&late, "/v1/ledger", "pcs_x").status, 401);
}

#[test]
fn an_issuer_is_known_by_a_certificate_that_the_system_trusts() {
    let dir = ledger();
    let dir = dir.path();
    let signer = Signer::new();
    certificate(dir);
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(&read("cert.pem")).unwrap()],
            PrivateKeyDer::from_pem_slice(&read("key.pem")).unwrap(),
        )
        .unwrap();
    let (listener, config) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(config));
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn({
        let (address, keys) = (address.clone(), signer.keys());
        move || {
            let encrypted = listener.incoming().map(|stream| {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                rustls::StreamOwned::new(connection, stream.unwrap())
            });
            issue(encrypted, &address, &keys);
        }
    });
    let trusting = |file: &str| {
        let file = dir.join(file);
        let args = ["--oidc-issuer", &address, "--oidc-audience", AUDIENCE];
        Service::start_with(dir, &args, &[("SSL_CERT_FILE", file.to_str().unwrap())])
    };
    let service = trusting("cert.pem");
    let read = signer.token(&service, &address, 600, &json!({"roles": ["pcs.read"]}));
    assert_eq!(get(&service, "/v1/ledger", &read).status, 200);
    let stranger = tempfile::tempdir().unwrap();
    certificate(stranger.path());
    std::fs::copy(stranger.path().join("cert.pem"), dir.join("other.pem")).unwrap();
    assert_eq!(get(&trusting("other.pem"), "/v1/ledger", &read).code(), "issuer_unreachable");
}

#[test]
fn an_issuer_that_is_not_set_up_whole_is_refused() {
    let dir = ledger();
    let dir: &Path = dir.path();
    std::fs::write(dir.join("broken.json"), "{}").unwrap();
    for (args, code, said) in [
        (&["--oidc-issuer", NAME][..], 2, "--oidc-issuer needs --oidc-audience, too"),
        (&["--oidc-audience", AUDIENCE], 2, "--oidc-audience needs --oidc-issuer, too"),
        (&["--jwks", "broken.json"], 2, "needs --oidc-issuer"),
        (&["--oidc-issuer", "http://login.example", "--oidc-audience", AUDIENCE], 2, "is no address of an issuer"),
        (&["--oidc-issuer", NAME, "--oidc-audience", AUDIENCE, "--jwks", "none.json"], 1, "none.json"),
        (&["--oidc-issuer", NAME, "--oidc-audience", AUDIENCE, "--jwks", "broken.json"], 1, "there is no list `keys`"),
    ] {
        let refused = run(dir, &[&["serve", "--listen", "127.0.0.1:0"], args].concat());
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
}
