//! Tiles and bundles: the files that the commands write, and who gets them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Reply, request};
use super::{PARTNER, Service, demo};
use crate::processes::{answer, events, ledger, run};

/// The other partner of the demo.
const OTHER: &str = "6099001";

/// The files below a directory, by their paths from it.
fn files(top: &Path, dir: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(top, &path, found);
        } else {
            found.push(path.strip_prefix(top).expect("it is below").to_str().expect("text").to_owned());
        }
    }
}

#[test]
fn tiles_are_the_files_that_the_command_writes() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("events.jsonl"), events(1, 600)).unwrap();
    answer(dir, &["import", "events.jsonl"]);
    let rules = answer(dir, &["rulebook", "show", "--toml"]);
    let long = json!({
        "type": "rulebook_adopted", "effective_at": "2025-03-01", "name": "long",
        "rulebook": format!("{rules}{}", "# a long remark\n".repeat(5_000)),
    });
    fs::write(dir.join("long.jsonl"), format!("{long}\n")).unwrap();
    answer(dir, &["import", "long.jsonl"]);
    answer(dir, &["export", "--tiles", "tiles"]);
    let mut names = Vec::new();
    files(&dir.join("tiles"), &dir.join("tiles"), &mut names);
    assert!(names.iter().any(|name| name.starts_with("tile/lines/")), "{names:?}");
    let service = Service::start(dir, &[]);
    for name in &names {
        let reply = service.get(&format!("/tlog/{name}"));
        assert_eq!((reply.status, &reply.body), (200, &fs::read(dir.join("tiles").join(name)).unwrap()), "{name}");
        let (media_type, kept) = match name.as_str() {
            "checkpoint" => ("text/plain; charset=utf-8", "private, no-cache"),
            lines if lines.contains("/lines/") => ("application/jsonl", "private, max-age=3600"),
            _ => ("application/octet-stream", "private, max-age=3600"),
        };
        assert_eq!(
            (reply.header("content-type"), reply.header("cache-control")),
            (Some(media_type), Some(kept)),
            "{name}"
        );
    }
    // A tile as narrow as it was once is there for whoever has the checkpoint of then.
    let tile = service.get("/tlog/tile/0/001").body;
    for width in [1, 7, 255] {
        let narrow = service.get(&format!("/tlog/tile/0/001.p/{width}"));
        assert_eq!((narrow.status, &narrow.body[..]), (200, &tile[..width * 32]), "{width}");
    }
    let entries = service.get("/tlog/tile/entries/001.p/1").body;
    let line = answer(dir, &["export", "--from-seq", "256", "--to-seq", "256"]);
    assert_eq!(&entries[2..], line.trim_end().as_bytes());
    let build = service.get("/v1/ledger").json()["build"].as_str().unwrap().to_owned();
    let for_ever = service.get(&format!("/tlog/tile/0/000?build={build}"));
    assert_eq!(for_ever.header("cache-control"), Some("private, max-age=31536000, immutable"));
    for none in [
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/002",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x1/067",
        "tile/0/x000/001",
        "tile/0/002.p/90",
        "tile/0/002.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/000/",
        "tile/1/000",
        "tile/1/000.p/3",
        "tile/8/000",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/../0/000",
        "tile/0/%2e%2e/0/000",
        "tile/0/%30%30%30",
        "tile/0/../../checkpoint",
        "tile/entries/002.p/89",
        "tile/lines/000",
        "tile/entries/../entries/000",
        "tile/entries/x1/000",
        "tile/entries",
        "checkpoint/",
        "other",
    ] {
        let refused = service.get(&format!("/tlog/{none}"));
        assert_eq!((refused.status, refused.code().as_str()), (404, "out_of_range"), "{none}");
    }
    let refused = service.get("/tlog/tile/0/000?format=json");
    assert_eq!((refused.status, refused.code().as_str()), (400, "bad_value"));
    assert_eq!(service.get_with("/tlog/tile/0/000", &[("Accept", "application/json")]).status, 406);
}

fn token(dir: &Path, args: &[&str]) -> String {
    answer(dir, &[&["token", "make", "--tokens", "tokens", "--name"], args].concat()).trim_end().to_owned()
}

#[test]
fn tiles_and_bundles_are_for_those_who_may_see_what_is_in_them() {
    let dir = demo();
    let dir = dir.path();
    let tokens = [
        token(dir, &["read", "--scope", "read"]),
        token(dir, &["audit", "--scope", "audit"]),
        token(dir, &["read one", "--scope", "read", "--partner", OTHER]),
        token(dir, &["audit one", "--scope", "audit", "--partner", OTHER]),
        token(dir, &["write", "--scope", "write"]),
    ];
    let service = Service::start(dir, &["--tokens", "tokens"]);
    let get = |token: &str, path: &str| {
        request(&service.address, "GET", path, &[("Authorization", &format!("Bearer {token}"))], b"")
    };
    let (own, foreign) = (format!("/v1/partners/{OTHER}/bundle"), format!("/v1/partners/{PARTNER}/bundle"));
    for (path, statuses) in [
        ("/tlog/checkpoint", [200, 200, 200, 200, 403]),
        ("/tlog/tile/0/000", [200, 200, 403, 403, 403]),
        ("/tlog/tile/entries/000", [403, 200, 403, 403, 403]),
        ("/tlog/tile/lines/000", [403, 404, 403, 403, 403]),
        (&format!("{own}?as_of=2025-02-28"), [403, 200, 403, 200, 403]),
        (&format!("{foreign}?as_of=2025-02-28"), [403, 200, 403, 404, 403]),
    ] {
        let given: Vec<u16> = tokens.iter().map(|token| get(token, path).status).collect();
        assert_eq!(given, statuses, "{path}");
    }
    // A bundle has what is of its partner and what holds for all, and nothing of others.
    let bundle = get(&tokens[3], &format!("{own}?as_of=2025-02-28"));
    let text = text_of(&bundle);
    assert!(text.contains(OTHER) && !text.contains(PARTNER), "{text}");
}

fn text_of(bundle: &Reply) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(&bundle.body[..]), &mut text).unwrap();
    text
}

#[test]
fn a_bundle_is_the_one_that_the_command_makes_and_holds() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &[]);
    let ledger = service.get("/v1/ledger").json();
    let (newest, key) = (ledger["newest"].as_str().unwrap(), ledger["verifier_key"].as_str().unwrap());
    for (nth, (query, options)) in [
        ("as_of=2025-02-28", &["--as-of", "2025-02-28"][..]),
        (
            "as_of=2025-02-28&known_at=2025-03-15&area=security,infrastructure",
            &["--as-of", "2025-02-28", "--known-at", "2025-03-15", "--area", "security", "--area", "infrastructure"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/v1/partners/{PARTNER}/bundle?{query}");
        let reply = service.get_with(&path, &[("Accept-Encoding", "gzip")]);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/gzip"));
        assert_eq!(reply.header("content-encoding"), None);
        let name = format!("{PARTNER}-2025-02-28.audit");
        assert_eq!(reply.header("content-disposition"), Some(format!("attachment; filename=\"{name}\"").as_str()));
        let (own, made) = (format!("own-{nth}.audit"), format!("made-{nth}.audit"));
        fs::write(dir.join(&own), &reply.body).unwrap();
        let export = ["--now", newest, "audit", "export", "-q", "--partner", PARTNER, "--out", &made];
        answer(dir, &[&export, options].concat());
        assert!(reply.body == fs::read(dir.join(&made)).unwrap(), "{path}");
        let verified = answer(dir, &["audit", "verify", &own, "--key", key, "--format", "json"]);
        let verified: Value = serde_json::from_str(&verified).unwrap();
        let score = service.get(&format!("/v1/partners/{PARTNER}/scores?{query}")).json();
        assert_eq!(verified["answers"], score["items"], "{path}");
        let tag = reply.header("etag").expect("a tag");
        assert_eq!(service.get_with(&path, &[("If-None-Match", tag)]).status, 304);
    }
    for (query, status, code) in [
        ("", 400, "missing_field"),
        ("as_of=2025-02-30", 400, "bad_value"),
        ("as_of=2025-02-28&basis=live", 400, "unknown_field"),
        ("as_of=2020-02-28", 422, "before_program"),
        // To prove it, the ledger would have to promise something.
        ("as_of=2025-02-28&known_at=2025-06-30", 404, "out_of_range"),
        ("as_of=2025-02-28&known_at=2020-01-01", 404, "unknown_partner"),
    ] {
        let refused = service.get(&format!("/v1/partners/{PARTNER}/bundle?{query}"));
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{query}");
    }
    assert_eq!(answer(dir, &["export"]).lines().count(), 732);
}

#[test]
fn without_its_key_a_ledger_signs_nothing_and_says_so() {
    let dir = demo();
    let dir = dir.path();
    let key = answer(dir, &["key", "show"]);
    let file = dir.join("pcs-ledger/key");
    fs::write(&file, key).unwrap();
    assert_eq!(run(dir, &["checkpoint"]).status.code(), Some(1));
    let service = Service::start(dir, &[]);
    for path in [
        "/v1/checkpoint",
        "/v1/proofs/7",
        "/tlog/checkpoint",
        &format!("/v1/partners/{PARTNER}/bundle?as_of=2025-02-28"),
    ] {
        let refused = service.get(path);
        assert_eq!((refused.status, refused.code().as_str()), (409, "no_key"), "{path}");
    }
    assert_eq!(service.get("/tlog/tile/0/000").status, 200);
    assert_eq!(service.get("/v1/ledger").status, 200);
}
