//! A service that encrypts itself: what it shows, how it changes its certificate, and that nobody keeps it waiting.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use super::client::{Reply, reply, request};
use super::{Service, demo, token};
use crate::processes::{ledger, run};

const FILES: [&str; 4] = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];

/// Makes a certificate and its key, and writes them where the service is told to find them.
pub(super) fn certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    std::fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

type Encrypted = StreamOwned<ClientConnection, TcpStream>;

/// Connects to whoever has a certificate.
fn connect(
    address: &str,
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> io::Result<Encrypted> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("it is a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions that there are")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

fn ask(mut stream: Encrypted, head: &str) -> Reply {
    stream.write_all(format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).expect("the service says that it ends");
    reply(&whole)
}

#[test]
fn a_service_with_a_certificate_is_asked_through_encrypted_connections_alone() {
    let dir = demo();
    let dir = dir.path();
    let shown = certificate(dir);
    let service = Service::start(dir, &FILES);
    let bearer = format!("Authorization: Bearer {}", service.token);
    for version in [&TLS12, &TLS13] {
        let stream = connect(&service.address, &shown, &[version]).unwrap();
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
        let ledger = ask(stream, &format!("GET /v1/ledger HTTP/1.1\r\n{bearer}"));
        assert_eq!((ledger.status, &ledger.json()["size"]), (200, &732.into()));
        assert_eq!(ledger.header("strict-transport-security"), Some("max-age=31536000"));
    }
    let connected = || connect(&service.address, &shown, &[&TLS13]).unwrap();
    assert_eq!(ask(connected(), "GET /nowhere HTTP/1.1").header("strict-transport-security"), Some("max-age=31536000"));
    // The cookie of the page is one that no unencrypted connection can set or see.
    let opened = ask(connected(), &format!("POST /session HTTP/1.1\r\nContent-Length: 0\r\n{bearer}"));
    let cookie = opened.header("set-cookie").expect("a cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-pcs=")
            && cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure")
    );
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(ask(connected(), &format!("GET /v1/ledger HTTP/1.1\r\nCookie: {cookie}")).status, 200);
    let other = cookie.replace("__Host-pcs", "pcs");
    assert_eq!(ask(connected(), &format!("GET /v1/ledger HTTP/1.1\r\nCookie: {other}")).status, 401);
    // Somebody else's certificate is not trusted, and whoever does not encrypt is not answered.
    let stranger = tempfile::tempdir().unwrap();
    assert!(connect(&service.address, &certificate(stranger.path()), &[&TLS13]).is_err());
    let mut plain = TcpStream::connect(&service.address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answered = Vec::new();
    drop(plain.read_to_end(&mut answered));
    assert!(!answered.starts_with(b"HTTP/"), "{answered:?}");
    let check =
        |more: &[&str]| run(dir, &[&["serve", "--listen", &service.address, "--check"], more].concat()).status.code();
    assert_eq!((check(&FILES), check(&[])), (Some(0), Some(1)));
}

#[test]
fn a_service_that_encrypts_says_so_and_may_be_reached_by_others() {
    let dir = ledger();
    let dir = dir.path();
    let shown = certificate(dir);
    let token = token(dir, &["--name", "one", "--scope", "read"]);
    let args = [&["--listen", "0.0.0.0:0", "--tokens", "tokens"], &FILES[..]].concat();
    let service = Service::start(dir, &args);
    let address = service.address.replace("0.0.0.0", "127.0.0.1");
    let stream = connect(&address, &shown, &[&TLS13]).unwrap();
    assert_eq!(ask(stream, &format!("GET /v1/ledger HTTP/1.1\r\nAuthorization: Bearer {token}")).status, 200);
    assert_eq!(
        run(dir, &[&["serve", "--listen", &service.address, "--check"], &FILES[..]].concat()).status.code(),
        Some(0)
    );
    assert_eq!(service.end(), Some(0));
    let mut said = crate::processes::pcs(dir, &[&["serve"], &args[..]].concat()).spawn().unwrap();
    let mut line = String::new();
    io::BufRead::read_line(&mut io::BufReader::new(said.stdout.take().unwrap()), &mut line).unwrap();
    assert!(line.starts_with("{\"listening\":\"https://0.0.0.0:"), "{line}");
    said.kill().unwrap();
    said.wait().unwrap();
}

#[test]
fn another_certificate_is_taken_when_the_service_is_told_and_a_broken_one_is_not() {
    let dir = ledger();
    let dir = dir.path();
    let first = certificate(dir);
    token(dir, &["--name", "one", "--scope", "read"]);
    let mut service = Service::start(dir, &[&["--tokens", "tokens"], &FILES[..]].concat());
    let address = service.address.clone();
    let mut log = service.log();
    let mut open = connect(&address, &first, &[&TLS13]).unwrap();
    let second = certificate(dir);
    service.signal("-HUP");
    while connect(&address, &second, &[&TLS13]).is_err() {}
    assert!(connect(&address, &first, &[&TLS13]).is_err());
    // Whoever was connected stays so.
    open.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answered = [0; 15];
    open.read_exact(&mut answered).unwrap();
    assert_eq!(&answered, b"HTTP/1.1 200 OK");
    let (good, key) = (std::fs::read(dir.join("cert.pem")).unwrap(), std::fs::read(dir.join("key.pem")).unwrap());
    let stranger = tempfile::tempdir().unwrap();
    certificate(stranger.path());
    let others = std::fs::read(stranger.path().join("cert.pem")).unwrap();
    for (certificate, key, why) in [
        (&b"nonsense"[..], &key[..], "there is no certificate in it"),
        (&good[..100], &key, "it is no certificate in PEM"),
        (&good, b"nonsense", "there is no private key in it"),
        (&others, &key, "it cannot be used with"),
        (&key, &key, "there is no certificate in it"),
    ] {
        std::fs::write(dir.join("cert.pem"), certificate).unwrap();
        std::fs::write(dir.join("key.pem"), key).unwrap();
        service.signal("-HUP");
        let logged = log.find(|line| line.contains("the certificate and its key stay as they were"));
        assert!(logged.as_ref().is_some_and(|line| line.contains(why)), "{why}: {logged:?}");
        assert!(connect(&address, &second, &[&TLS13]).is_ok());
    }
    std::fs::remove_file(dir.join("key.pem")).unwrap();
    std::fs::write(dir.join("cert.pem"), &good).unwrap();
    service.signal("-HUP");
    assert!(log.any(|line| line.contains("the certificate and its key stay as they were")));
    assert!(connect(&address, &second, &[&TLS13]).is_ok());
}

#[test]
fn whoever_begins_an_encrypted_connection_and_says_no_more_keeps_nobody_waiting() {
    let dir = ledger();
    let dir = dir.path();
    let shown = certificate(dir);
    let service = Service::start(dir, &[&["--limit-header-wait", "1s"], &FILES[..]].concat());
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(&service.address).unwrap()).collect();
    assert_eq!(ask(connect(&service.address, &shown, &[&TLS13]).unwrap(), "GET /healthz HTTP/1.1").status, 200);
    // After the time that headers may take, they are let go.
    for mut stream in silent {
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_or_default(), 0);
    }
    assert_eq!(service.end(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_said_before_the_service_listens() {
    let dir = ledger();
    let dir = dir.path();
    certificate(dir);
    std::fs::write(dir.join("empty.pem"), "").unwrap();
    for (args, code, said) in [
        (&["--tls-cert", "cert.pem"][..], 2, "--tls-cert needs --tls-key, too"),
        (&["--tls-key", "key.pem"], 2, "--tls-key needs --tls-cert, too"),
        (&["--tls-cert", "none.pem", "--tls-key", "key.pem"], 1, "none.pem"),
        (&["--tls-cert", "cert.pem", "--tls-key", "none.pem"], 1, "none.pem"),
        (&["--tls-cert", "empty.pem", "--tls-key", "key.pem"], 1, "there is no certificate in it"),
        (&["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], 1, "there is no private key in it"),
        (&["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--listen", "0.0.0.0:0"], 2, "needs tokens"),
    ] {
        let listen: &[&str] = if args.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let refused = run(dir, &[&["serve"], listen, args].concat());
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
    // Without a certificate nothing says that others may ask in no other way.
    let service = Service::start(dir, &[]);
    assert_eq!(request(&service.address, "GET", "/healthz", &[], b"").header("strict-transport-security"), None);
}
