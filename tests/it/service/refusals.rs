//! What is refused, and that it tells nothing.

use std::fs;

use super::client::{request, sent};
use super::{PARTNER, Service, demo, token};
use crate::processes::run;

/// The other partner of the demo.
const OTHER: &str = "6099001";

#[test]
fn a_request_that_is_wrong_is_refused_with_a_code_and_the_place() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let scores = format!("/v1/partners/{PARTNER}/scores");
    for (method, path, headers, status, code) in [
        ("GET", "/nowhere", &[][..], 404, "out_of_range"),
        ("GET", "/v1/", &[], 404, "out_of_range"),
        ("GET", "/v1/partners/../../etc/passwd", &[], 404, "out_of_range"),
        ("DELETE", "/v1/ledger", &[], 405, "malformed"),
        ("POST", "/v1/ledger", &[], 405, "malformed"),
        ("GET", "/v1/events", &[], 405, "malformed"),
        ("GET", &scores, &[], 400, "missing_field"),
        ("GET", &format!("{scores}?as_of=2025-02-30"), &[], 400, "bad_value"),
        ("GET", &format!("{scores}?as_of=2025-02-28&as_of=2025-02-28"), &[], 400, "malformed"),
        ("GET", &format!("{scores}?as_of=2025-02-28&as_off=1"), &[], 400, "unknown_field"),
        ("GET", &format!("{scores}?as_of=2025-02-28&area=nowhere"), &[], 400, "bad_value"),
        ("GET", &format!("{scores}?as_of=2020-02-28"), &[], 422, "before_program"),
        ("GET", &format!("{scores}?as_of=2025-02-28&carry_from=2025-01"), &[], 400, "bad_value"),
        ("GET", &format!("{scores}?as_of=2025-02-28&format=xml"), &[], 400, "bad_value"),
        ("GET", &format!("{scores}?as_of=2025-02-28"), &[("Accept", "image/png")], 406, "bad_value"),
        ("GET", "/v1/partners/1/scores?as_of=2025-02-28", &[], 404, "unknown_partner"),
        ("GET", &format!("/v1/partners/{PARTNER}/timeline?from=2025-01-01"), &[], 400, "bad_value"),
        ("GET", &format!("/v1/partners/{PARTNER}/timeline?from=2010-01-01&to=2025-01-01"), &[], 400, "bad_value"),
        ("GET", &format!("/v1/partners/{PARTNER}/diff?from=2025-03-01&to=2025-01-01"), &[], 400, "bad_value"),
        ("GET", &format!("/v1/partners/{PARTNER}/advice?as_of=2025-03-01"), &[], 400, "missing_field"),
        (
            "GET",
            &format!("/v1/partners/{PARTNER}/advice?as_of=2025-03-01&area=security&target=-1"),
            &[],
            400,
            "bad_value",
        ),
        ("GET", &format!("/v1/partners/{PARTNER}/entries?limit=0"), &[], 400, "bad_value"),
        ("GET", &format!("/v1/partners/{PARTNER}/entries?type=nothing"), &[], 400, "bad_value"),
        ("GET", "/v1/entries/732", &[], 404, "out_of_range"),
        ("GET", "/v1/entries/-1", &[], 400, "bad_value"),
        ("GET", "/v1/entries/+5", &[], 400, "bad_value"),
        ("GET", "/v1/entries/005", &[], 400, "bad_value"),
        ("GET", "/healthz?x=1", &[], 400, "unknown_field"),
        ("GET", "/readyz?x", &[], 400, "unknown_field"),
        ("GET", "/metrics?x=1", &[], 400, "unknown_field"),
        ("GET", "/openapi.json?format=json", &[], 400, "unknown_field"),
        ("GET", "/problems/bad_value?x=1", &[], 400, "unknown_field"),
        ("GET", "/problems/nothing", &[], 404, "out_of_range"),
        ("GET", "/v1/proofs/7?size=7", &[], 404, "out_of_range"),
        ("GET", "/v1/stream?from_seq=733", &[], 409, "ahead_of_ledger"),
        ("GET", "/v1/stream", &[("Last-Event-ID", "732")], 409, "ahead_of_ledger"),
        ("GET", "/v1/stream", &[("Last-Event-ID", "x")], 400, "bad_value"),
        ("GET", "/v1/stream", &[("Last-Event-ID", "+5")], 400, "bad_value"),
        ("GET", "/v1/stream", &[("Last-Event-ID", "5"), ("Last-Event-ID", "6")], 400, "malformed"),
        ("GET", "/v1/ledger", &[("Host", "evil.example")], 421, "forbidden"),
        ("GET", "/v1/ledger", &[("Host", "localhost:1")], 421, "forbidden"),
        ("GET", "/v1/ledger", &[("Authorization", "Bearer pcs_x")], 401, "unauthenticated"),
        ("GET", "/v1/ledger", &[("Authorization", "Basic x")], 401, "unauthenticated"),
        ("POST", &format!("{scores}?as_of=2025-02-28"), &[("Content-Type", "text/plain")], 415, "malformed"),
        ("POST", "/v1/events", &[("Content-Type", "application/jsonl")], 403, "forbidden"),
        ("POST", "/v1/reports", &[], 403, "forbidden"),
        ("POST", "/session", &[("Origin", "https://evil.example")], 403, "forbidden"),
        ("POST", "/session", &[("Origin", "null")], 403, "forbidden"),
        ("POST", "/session", &[("Origin", "http://localhost:1")], 403, "forbidden"),
        ("GET", "/v1/entries/732", &[("If-None-Match", "*")], 404, "out_of_range"),
    ] {
        let reply = service.ask(method, path, headers, b"");
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{method} {path} {headers:?}: {reply:?}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert!(!reply.text().contains(&service.token), "{reply:?}");
    }
    let unnamed = request(&service.address, "GET", "/v1/ledger", &[], b"");
    assert_eq!((unnamed.status, unnamed.header("www-authenticate")), (401, Some("Bearer")));
    let named = service.get(&format!("{scores}?as_of=2025-02-30")).json();
    assert_eq!(named["errors"][0]["parameter"], "as_of");
    let allowed = service.ask("DELETE", "/v1/ledger", &[], b"");
    assert_eq!(allowed.header("allow"), Some("GET,HEAD,OPTIONS"));
    let options = service.ask("OPTIONS", &format!("{scores}?as_of=2025-02-28"), &[], b"");
    assert_eq!((options.status, options.header("allow")), (204, Some("GET,HEAD,POST,OPTIONS")));
    let head = service.ask("HEAD", "/v1/ledger", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(service.get(&format!("/v1/ledger?{}", "x".repeat(9_000))).status, 414);
}

#[test]
fn requests_that_break_the_protocol_reach_nothing() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let (address, token) = (&service.address, &service.token);
    for (what, text) in [
        (
            "two lengths",
            "POST /v1/events HTTP/1.1\r\nHost: {h}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        ),
        ("a folded header", "GET /v1/ledger HTTP/1.1\r\nHost: {h}\r\nAuthorization: Bearer\r\n {t}\r\n\r\n"),
        ("a space before the colon", "GET /v1/ledger HTTP/1.1\r\nHost : {h}\r\n\r\n"),
        ("no host", "GET /v1/ledger HTTP/1.1\r\nConnection: close\r\n\r\n"),
        ("two hosts", "GET /v1/ledger HTTP/1.1\r\nHost: {h}\r\nHost: evil\r\nConnection: close\r\n\r\n"),
        (
            "another host in the line",
            "GET http://evil.example/v1/ledger HTTP/1.1\r\nHost: {h}\r\nConnection: close\r\n\r\n",
        ),
        ("junk", "\0\x01\x02\r\n\r\n"),
    ] {
        let text = text.replace("{h}", address).replace("{t}", token);
        let reply = sent(address, text.as_bytes());
        assert!((400..500).contains(&reply.status), "{what}: {reply:?}");
    }
    let large = format!("GET /v1/ledger HTTP/1.1\r\nHost: {address}\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    assert_eq!(sent(address, large.as_bytes()).status, 431);
    assert_eq!(service.get("/v1/ledger").json()["size"], 732);
}

#[test]
fn a_token_for_some_partners_sees_no_other_one() {
    let dir = demo();
    let dir = dir.path();
    let (read, audit) = (
        token(dir, &["--name", "one", "--scope", "read", "--partner", OTHER]),
        token(dir, &["--name", "two", "--scope", "audit", "--partner", OTHER]),
    );
    let all = token(dir, &["--name", "all", "--scope", "read"]);
    let old = token(dir, &["--name", "old", "--scope", "read", "--expires", "2020-01-01"]);
    let write = token(dir, &["--name", "write", "--scope", "write"]);
    let mut service = Service::start(dir, &["--tokens", "tokens", "--write"]);
    let address = service.address.clone();
    let get = |token: &str, path: &str| {
        request(&address, "GET", path, &[("Authorization", format!("Bearer {token}").as_str())], b"")
    };
    for path in ["scores?as_of=2025-02-28", "findings", "instants", "status?as_of=2025-02-28", "stream"] {
        let hidden = get(&read, &format!("/v1/partners/{PARTNER}/{path}"));
        let absent = get(&read, &format!("/v1/partners/1/{path}"));
        assert_eq!((hidden.status, hidden.code()), (404, "unknown_partner".to_owned()), "{path}");
        let text = |reply: &super::Reply| reply.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(text(&hidden).replace(PARTNER, "1"), text(&absent), "{path}");
    }
    assert_eq!(get(&read, &format!("/v1/partners/{OTHER}/scores?as_of=2025-02-28")).status, 200);
    let listed = get(&read, "/v1/partners").json();
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["partner"]), (1, &OTHER.into()));
    assert_ne!(get(&read, "/v1/partners").header("etag"), get(&all, "/v1/partners").header("etag"));
    for path in ["/v1/scores?as_of=2025-02-28", "/v1/stream"] {
        assert_eq!((get(&read, path).status, get(&read, path).code()), (403, "forbidden".to_owned()), "{path}");
    }
    // Entries are for those who audit, and those of others are not there.
    let own = format!("/v1/partners/{OTHER}/entries?limit=1");
    assert_eq!((get(&read, &own).status, get(&audit, &own).status), (403, 200));
    let seq = get(&audit, &own).json()["items"][0]["seq"].as_u64().unwrap();
    assert_eq!(get(&audit, &format!("/v1/entries/{seq}")).status, 200);
    let (hidden, absent) = (get(&audit, "/v1/entries/0"), get(&audit, "/v1/entries/9999"));
    assert_eq!((hidden.status, absent.status), (404, 404));
    assert_eq!(hidden.json()["detail"], absent.json()["detail"].as_str().unwrap().replace("9999", "0"));
    assert_eq!(get(&audit, "/v1/proofs/0").status, 404);
    assert_eq!(get(&audit, "/v1/entries").status, 403);
    // What an entry is, the proof that the ledger grew by it alone would tell.
    assert_eq!(get(&audit, "/v1/proofs/from/1?size=2").code(), "forbidden");
    for (token, path, status) in [
        (&old, "/v1/ledger", 401),
        (&write, "/v1/ledger", 403),
        (&all, "/v1/entries", 403),
        (&all, "/v1/checkpoint", 200),
    ] {
        assert_eq!(get(token, path).status, status, "{path}");
    }
    let findings = get(&read, &format!("/v1/partners/{OTHER}/findings"));
    assert!(findings.status == 200 && !findings.text().contains(PARTNER), "{findings:?}");
    // A line that is taken out is no longer taken once the service was told.
    let lines = fs::read_to_string(dir.join("tokens")).unwrap();
    fs::write(
        dir.join("tokens"),
        lines.lines().filter(|line| !line.contains("\"all\"")).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    assert_eq!(get(&all, "/v1/ledger").status, 200);
    let pid = service.child.id().to_string();
    let hang_up = || {
        std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap();
    };
    let opened = request(&address, "POST", "/session", &[("Authorization", &format!("Bearer {all}"))], b"");
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let with_session = || request(&address, "GET", "/v1/ledger", &[("Cookie", &cookie)], b"").status;
    assert_eq!(with_session(), 200);
    hang_up();
    while get(&all, "/v1/ledger").status != 401 {}
    while with_session() != 401 {}
    fs::write(dir.join("tokens"), "nonsense").unwrap();
    hang_up();
    let log = std::io::BufReader::new(service.child.stderr.take().expect("it is piped"));
    let mut lines = std::io::BufRead::lines(log).map_while(Result::ok);
    assert!(lines.any(|line| line.contains("the tokens stay as they were")));
    assert_eq!(get(&read, "/v1/ledger").status, 200);
}

#[test]
fn a_session_reads_and_never_writes() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let origin = format!("http://{}", service.address);
    let opened = service.ask("POST", "/session", &[("Origin", &origin)], b"");
    let cookie = opened.header("set-cookie").expect("a cookie").to_owned();
    assert_eq!(opened.status, 204);
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"), "{cookie}");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    // Many clients say of whatever they send that it is a form: a header that shows a token goes before it.
    assert_eq!(service.ask("POST", "/session", &[form], b"").status, 204);
    let large = request(&service.address, "POST", "/session", &[form], &b"x".repeat((32 << 10) + 1));
    assert_eq!((large.status, large.code()), (413, "too_large".to_owned()));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with = |method, path, cookie: &str| request(&service.address, method, path, &[("Cookie", cookie)], b"");
    assert_eq!(with("GET", "/v1/ledger", &cookie).status, 200);
    assert_eq!(with("GET", "/v1/ledger", &format!("a=b; {cookie}; c=d")).status, 200);
    assert_eq!(with("GET", "/v1/ledger", "pcs=pcs_other").status, 401);
    assert_eq!((with("POST", "/v1/events", &cookie).status, with("POST", "/session", &cookie).status), (401, 401));
}

#[test]
fn an_address_that_strangers_reach_is_refused_without_what_makes_it_safe() {
    let dir = demo();
    let dir = dir.path();
    let read = token(dir, &["--name", "one", "--scope", "read"]);
    for (args, said) in [
        (&["--listen", "0.0.0.0:0"][..], "needs encryption"),
        (&["--listen", "0.0.0.0:0", "--tokens", "tokens"], "needs encryption"),
        (&["--listen", "0.0.0.0:0", "--behind-proxy"], "needs tokens"),
        (&["--listen", "nowhere"], "ADDR:PORT or unix:PATH is wanted"),
        (&["--base-path", "x"], "a path such as /pcs is wanted"),
    ] {
        let refused = run(dir, &[&["serve"], args].concat());
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
    let none = run(dir, &["serve", "--listen", "127.0.0.1:0", "--tokens", "none"]);
    assert_eq!(none.status.code(), Some(1));
    let no_ledger = run(dir, &["--ledger", "none", "serve", "--listen", "127.0.0.1:0"]);
    assert!(no_ledger.status.code() == Some(1) && String::from_utf8_lossy(&no_ledger.stderr).contains("no ledger"));
    // Under a name and a path of its own, as a proxy asks it.
    let service =
        Service::start(dir, &["--behind-proxy", "--tokens", "tokens", "--host", "pcs.example", "--base-path", "/pcs"]);
    let address = &service.address.trim_end_matches("/pcs").to_owned();
    let ask = |host, path| request(address, "GET", path, &[("Host", host)], b"").status;
    assert_eq!(ask("pcs.example", "/pcs/healthz"), 200);
    assert_eq!((ask("pcs.example", "/healthz"), ask("evil.example", "/pcs/healthz")), (404, 421));
    // Whatever is asked, every response has what all of them have.
    let outside = request(address, "GET", "/healthz", &[("Host", "pcs.example")], b"");
    assert_eq!(
        (outside.code(), outside.header("x-content-type-options")),
        ("out_of_range".to_owned(), Some("nosniff"))
    );
    let shown = format!("Bearer {read}");
    let own = |path| request(address, "GET", path, &[("Host", "pcs.example"), ("Authorization", &shown)], b"");
    for path in ["/pcs/", "/pcs/p/6034453?as_of=2025-02-28", "/pcs/v1/partners/6034453/scores?as_of=2025-02-28"] {
        let reply = own(path);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert!(!reply.text().contains("href=\"/p/") && !reply.text().contains("href=\"/v1/"), "{path}: {reply:?}");
    }
    let located = own("/pcs/v1/partners/6034453/scores?as_of=2025-02-28");
    assert_eq!(own(located.header("content-location").expect("an address")).body, located.body);
    assert_eq!(ask("pcs.example", "/pcs/metrics"), 401);
    // Fifty requests a second are taken from other machines, in the long run.
    let many = (0..5_000).map(|_| own("/pcs/v1/ledger")).find(|reply| reply.status != 200).expect("too many");
    assert_eq!((many.status, many.code(), many.header("retry-after")), (429, "too_many".to_owned(), Some("1")));
    let check = ["serve", "--listen", address, "--base-path", "/pcs", "--check"];
    assert_eq!(run(dir, &check).status.code(), Some(0));
    drop(service);
    assert_eq!(run(dir, &check).status.code(), Some(1));
}
