//! Answers are those of the commands, in every form, and are kept as long as they hold.

use serde_json::Value;

use super::{PARTNER, Service, demo};
use crate::processes::answer;

/// Questions: the path behind the partner's, and the command.
const QUESTIONS: [(&str, &str); 15] = [
    ("scores?as_of=2025-02-28", "score --as-of 2025-02-28"),
    (
        "scores?as_of=2025-02-28&area=infrastructure&explain=true&basis=published&unmeasured=include",
        "score --as-of 2025-02-28 --area infrastructure --explain --basis published --unmeasured include",
    ),
    (
        "scores?as_of=2025-05-31&carry=last&carry_from=2025-03",
        "score --as-of 2025-05-31 --carry last --carry-from 2025-03",
    ),
    ("scores?as_of=2025-02-28&known_at=2025-03-01", "score --as-of 2025-02-28 --known-at 2025-03-01"),
    (
        "timeline?from=2024-09-01&to=2025-03-31&area=infrastructure",
        "timeline --from 2024-09-01 --to 2025-03-31 --area infrastructure",
    ),
    (
        "timeline?from=2024-09-01&to=2025-03-31&step=month&known_at=then",
        "timeline --from 2024-09-01 --to 2025-03-31 --step month --known-at then",
    ),
    (
        "timeline?as_of=2025-01-31&known_from=2025-01-01&known_to=2025-04-01&step=instant",
        "timeline --as-of 2025-01-31 --known-from 2025-01-01 --known-to 2025-04-01 --step instant",
    ),
    (
        "diff?from=2024-12-15&to=2025-01-31&area=infrastructure&explain=true",
        "diff --from 2024-12-15 --to 2025-01-31 --area infrastructure --explain",
    ),
    (
        "forecast?from=2025-04-01&until=2025-09-30&area=infrastructure",
        "forecast --from 2025-04-01 --until 2025-09-30 --area infrastructure",
    ),
    ("status?as_of=2025-03-31", "status --as-of 2025-03-31"),
    (
        "advice?as_of=2025-03-31&area=infrastructure&price=customer=0.5,person=2&without=usd&limit=3",
        "advise --as-of 2025-03-31 --area infrastructure --price customer=0.5 --price person=2 --without usd --limit 3",
    ),
    ("reconciliation?", "reconcile"),
    ("findings?", "check"),
    ("entries?limit=1000", "export"),
    ("entries?limit=3&from_seq=100&to_seq=500", "export --from-seq 100 --to-seq 500"),
];

#[test]
fn each_answer_has_the_bytes_of_its_command() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &[]);
    let command = |line: &str, form: &[&str]| {
        answer(dir, &[&line.split(' ').collect::<Vec<_>>()[..], &["--partner", PARTNER, "-q"], form].concat())
    };
    for (path, line) in QUESTIONS {
        let mut wanted = command(line, &["--format", "json"]);
        if path.contains("limit=3&from") {
            wanted = wanted.split_inclusive('\n').take(3).collect();
        }
        let path = format!("/v1/partners/{PARTNER}/{path}");
        let lines = service.get_with(&path, &[("Accept", "application/jsonl")]);
        assert_eq!(lines.status, 200, "{path}: {lines:?}");
        assert!(lines.text() == wanted, "{path}\n{}\n{wanted}", lines.text());
        assert_eq!(lines.header("content-type"), Some("application/jsonl"));
        let object = service.get(&path);
        let wanted: Vec<Value> = wanted.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let is_one = line.starts_with("advise");
        let items =
            if is_one { vec![object.json()] } else { object.json()["items"].as_array().expect("items").clone() };
        assert_eq!(items, wanted, "{path}");
        // The same at the address that holds for ever.
        if let Some(pinned) = object.header("content-location") {
            let pinned = service.get(pinned);
            assert_eq!((pinned.status, &pinned.body), (200, &object.body), "{path}");
            assert_eq!(pinned.header("cache-control"), Some("private, max-age=3600"), "{path}");
        }
    }
    for (path, line) in [QUESTIONS[0], QUESTIONS[4], QUESTIONS[8]] {
        let table = service.get_with(&format!("/v1/partners/{PARTNER}/{path}&format=csv"), &[("Accept", "*/*")]);
        assert_eq!(
            (table.text(), table.header("content-type")),
            (&*command(line, &["--csv", "-"]), Some("text/csv")),
            "{path}"
        );
    }
    let (path, line) = QUESTIONS[4];
    let picture = service.get(&format!("/v1/partners/{PARTNER}/{path}&format=svg"));
    assert_eq!(
        (picture.text(), picture.header("content-type")),
        (&*command(line, &["--svg", "-"]), Some("image/svg+xml"))
    );
    let all = service.get("/v1/scores?as_of=2025-02-28&format=jsonl");
    assert_eq!(
        all.text(),
        answer(dir, &["score", "--all-partners", "--as-of", "2025-02-28", "--format", "json", "-q"])
    );
    let partners = service.get("/v1/partners?format=jsonl");
    assert_eq!(partners.text(), answer(dir, &["partners", "--format", "json"]));
    let rules = service.get("/v1/rulebook?as_of=2025-02-28&area=security");
    let shown = answer(dir, &["rulebook", "show", "--as-of", "2025-02-28", "--area", "security", "--format", "json"]);
    assert_eq!(format!("{}\n", rules.text()), shown);
    for (path, command) in [
        ("/v1/checkpoint", &["checkpoint"][..]),
        ("/v1/checkpoint?size=100", &["checkpoint", "--size", "100"]),
        ("/v1/proofs/7?size=100", &["prove", "--seq", "7", "--size", "100"]),
        ("/v1/proofs/from/50", &["prove", "--from-size", "50"]),
    ] {
        let wanted = answer(dir, &[command, &["--format", "json"]].concat());
        assert_eq!(format!("{}\n", service.get(path).text()), wanted, "{path}");
    }
    let entry = service.get_with("/v1/entries/7", &[("Accept", "application/jsonl")]);
    assert_eq!(entry.text(), answer(dir, &["export", "--from-seq", "7", "--to-seq", "7"]));
    let ledger = service.get("/v1/ledger").json();
    let verified: Value = serde_json::from_str(&answer(dir, &["verify", "--format", "json"])).expect("JSON");
    assert_eq!((&ledger["size"], &ledger["root"]), (&verified["size"], &verified["root"]));
    let counted = service.get(&format!("/v1/partners/{PARTNER}/instants")).json();
    let counted: u64 = counted["items"].as_array().unwrap().iter().map(|one| one["entries"].as_u64().unwrap()).sum();
    assert_eq!(counted, 608);
}

#[test]
fn events_that_come_with_a_question_are_assumed() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &[]);
    let event = format!(
        "{{\"type\":\"customer_churned\",\"partner\":\"{PARTNER}\",\"effective_at\":\"2025-01-01\",\
         \"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}}\n"
    );
    std::fs::write(dir.join("assumed.jsonl"), &event).unwrap();
    let command = format!("score --partner {PARTNER} --as-of 2025-02-28 --assume assumed.jsonl --format json -q");
    let wanted = answer(dir, &command.split(' ').collect::<Vec<_>>());
    let path = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28&format=jsonl");
    let assumed = service.ask("POST", &path, &[("Content-Type", "application/jsonl")], event.as_bytes());
    assert_eq!((assumed.status, assumed.text()), (200, &*wanted));
    assert_eq!(assumed.header("cache-control"), Some("no-store"));
    assert_ne!(service.get(&path).text(), wanted);
    assert_eq!(service.get("/v1/ledger").json()["size"], 732);
}

#[test]
fn an_answer_is_kept_as_long_as_it_holds() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &["--write"]);
    let path = |query: &str| format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28&area=security{query}");
    let now = service.get(&path(""));
    let tag = now.header("etag").expect("a tag").to_owned();
    assert_eq!(now.header("cache-control"), Some("private, no-cache"));
    let again = service.get_with(&path(""), &[("If-None-Match", &tag)]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
    let pinned = now.header("content-location").expect("an address").to_owned();
    let pinned_tag = service.get(&pinned).header("etag").expect("a tag").to_owned();
    let build = service.get("/v1/ledger").json()["build"].as_str().unwrap().to_owned();
    let for_ever = service.get(&format!("{pinned}&build={build}"));
    assert_eq!(for_ever.header("cache-control"), Some("private, max-age=31536000, immutable"));
    let other = service.get(&format!("{pinned}&build=0.0.1"));
    assert_eq!((other.status, other.code()), (409, "wrong_build".to_owned()));
    assert_eq!(service.get(&path("&known_at=2099-01-01")).header("cache-control"), Some("private, no-cache"));
    let today = chrono::DateTime::parse_from_rfc2822(now.header("date").expect("a date")).expect("RFC 2822");
    let until = today.date_naive() + chrono::Days::new(30);
    for query in [
        format!("scores?as_of=today&known_at=2025-03-01&build={build}"),
        format!("forecast?until={until}&known_at=2025-03-01&build={build}"),
    ] {
        let reply = service.get(&format!("/v1/partners/{PARTNER}/{query}"));
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("private, no-cache")), "{query}");
    }
    let event = format!(
        "{{\"id\":\"0195d7a2-0000-7000-8000-000000000001\",\"type\":\"customer_churned\",\"partner\":\"{PARTNER}\",\
         \"effective_at\":\"2025-01-01\",\"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}}\n"
    );
    let posted = service.ask("POST", "/v1/events", &[("Content-Type", "application/jsonl")], event.as_bytes());
    assert_eq!((posted.status, &posted.json()["new"]), (200, &Value::from(1)), "{posted:?}");
    // What is recorded changes the answer of now, and not the one of then.
    assert_ne!(service.get(&path("")).header("etag"), Some(tag.as_str()));
    assert_eq!(service.get_with(&path(""), &[("If-None-Match", &tag)]).status, 200);
    assert_eq!(service.get_with(&pinned, &[("If-None-Match", &pinned_tag)]).status, 304);
    // Whatever is answered is known by `*`, whether it was answered before or not.
    let other = pinned.replace("2025-02-28", "2025-02-27");
    let any = |path: &str| service.get_with(path, &[("If-None-Match", "*")]).status;
    assert_eq!((any(&other), any(&other), any(&pinned)), (304, 304, 304));
    assert_eq!(service.get(&pinned).body, now.body);
}

#[test]
fn a_list_comes_in_parts_that_follow_each_other() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let mut path = format!("/v1/partners/{PARTNER}/entries?limit=250&format=jsonl");
    let (mut parts, mut text) = (0, String::new());
    loop {
        let part = service.get(&path);
        assert_eq!(part.status, 200, "{part:?}");
        parts += 1;
        text += part.text();
        let Some(next) = part.header("link") else { break };
        let next = next.strip_prefix('<').and_then(|link| link.split('>').next()).expect("an address");
        path = next.to_owned();
    }
    assert_eq!((parts, text), (3, answer(dir.path(), &["export", "--partner", PARTNER])));
    let first = service.get("/v1/partners?limit=1").json();
    let next = first["next"].as_str().expect("more");
    let second = service.get(&format!("/v1/partners?limit=1&after={next}")).json();
    assert_eq!((&first["items"][0]["partner"], &second["items"][0]["partner"]), (&PARTNER.into(), &"6099001".into()));
    assert_eq!(second.get("next"), None);
}
