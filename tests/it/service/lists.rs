//! The scores of all partners, in each order and with each status, beside what the commands say.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_rational::BigRational;
use serde_json::Value;

use super::{PARTNER, Service, demo};
use crate::processes::answer;

const DAY: &str = "2025-02-28";
const SORTS: [&str; 6] = ["partner", "-partner", "points", "-points", "secured_until", "-secured_until"];

/// A line as the command prints it, with what it is put in order by.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    text: String,
    partner: String,
    place: usize,
    points: BigRational,
    secured_until: Option<String>,
    status: String,
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The lines of all partners, in the order of the command.
fn lines(dir: &std::path::Path) -> Vec<Line> {
    let command = |name: &str| answer(dir, &[name, "--all-partners", "--as-of", DAY, "--format", "json", "-q"]);
    let key = |object: &Value| (object["partner"].to_string(), object["area"].to_string());
    let statuses: BTreeMap<_, _> =
        objects(&command("status")).into_iter().map(|status| (key(&status), status)).collect();
    let scores = command("score");
    let line = |(place, text): (usize, &str)| {
        let score: Value = serde_json::from_str(text).expect("JSON");
        let status = &statuses[&key(&score)];
        Line {
            text: text.to_owned(),
            partner: score["partner"].as_str().expect("a partner").to_owned(),
            place,
            points: score["points_exact"].as_str().expect("points").parse().expect("a fraction"),
            secured_until: status["secured_until"].as_str().map(str::to_owned),
            status: status["status"].as_str().expect("a status").to_owned(),
        }
    };
    scores.lines().enumerate().map(line).collect()
}

/// The lines in an order; those of one rank stay as the command has them.
fn sorted(lines: &[Line], sort: &str) -> Vec<Line> {
    let turned = |order: Ordering| if sort.starts_with('-') { order.reverse() } else { order };
    let mut lines = lines.to_vec();
    lines.sort_by(|one, other| match sort.trim_start_matches('-') {
        "partner" => turned(one.partner.cmp(&other.partner)),
        "points" => turned(one.points.cmp(&other.points)),
        _ => match (&one.secured_until, &other.secured_until) {
            (Some(one), Some(other)) => turned(one.cmp(other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        },
    });
    lines
}

/// The address behind `rel="next"`.
fn next(link: Option<&str>) -> Option<String> {
    Some(link?.strip_prefix('<')?.split('>').next()?.to_owned())
}

/// All parts of a list, one after the other.
fn parts(service: &Service, query: &str, limit: usize) -> Vec<String> {
    let (mut path, mut texts) =
        (Some(format!("/v1/scores?as_of={DAY}&limit={limit}&format=jsonl&{query}")), Vec::new());
    while let Some(asked) = path {
        let part = service.get(&asked);
        assert_eq!(part.status, 200, "{asked}: {part:?}");
        let lines: Vec<String> = part.text().lines().map(str::to_owned).collect();
        path = next(part.header("link"));
        assert!(lines.len() == limit || (path.is_none() && lines.len() < limit), "{asked}: {} lines", lines.len());
        texts.extend(lines);
    }
    texts
}

#[test]
fn the_scores_of_all_partners_come_in_the_order_and_with_the_statuses_that_are_asked_for() {
    let dir = demo();
    let lines = lines(dir.path());
    let service = Service::start(dir.path(), &[]);
    let texts = |lines: Vec<Line>| lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
    let statuses: std::collections::BTreeSet<&str> = lines.iter().map(|line| line.status.as_str()).collect();
    assert!(statuses.len() > 1, "{statuses:?}");
    for sort in SORTS {
        let wanted = sorted(&lines, sort);
        // `+` would be a space, `-` is itself.
        assert_eq!(parts(&service, &format!("sort={sort}"), 5), texts(wanted.clone()), "{sort}");
        for status in &statuses {
            let wanted = wanted.iter().filter(|line| line.status == *status).cloned().collect();
            assert_eq!(parts(&service, &format!("sort={sort}&status={status}"), 3), texts(wanted), "{sort} {status}");
        }
        let all = format!("sort={sort}&status={}", statuses.iter().copied().collect::<Vec<_>>().join(","));
        assert_eq!(parts(&service, &all, 1_000), texts(wanted), "{sort}");
    }
    assert_eq!(parts(&service, "", 4), texts(lines.clone()));
    let one = "sort=-points&area=security,infrastructure&status=in_progress";
    let wanted = sorted(&lines, "-points").into_iter();
    let is_asked = |line: &Line| {
        line.status == "in_progress" && (line.text.contains("\"security\"") || line.text.contains("\"infrastructure\""))
    };
    assert_eq!(parts(&service, one, 2), texts(wanted.filter(is_asked).collect()));
    let table = service.get(&format!("/v1/scores?as_of={DAY}&sort=-points&limit=2&format=csv"));
    let first: Vec<String> = sorted(&lines, "-points").iter().take(2).map(|line| line.partner.clone()).collect();
    let rows: Vec<&str> = table.text().lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(rows, first);
}

#[test]
fn a_place_in_a_list_stays_valid_when_partners_come_and_is_of_its_order_alone() {
    let dir = demo();
    let before = lines(dir.path());
    let service = Service::start(dir.path(), &["--write"]);
    let asked = |sort: &str| format!("/v1/scores?as_of={DAY}&limit=3&format=jsonl&sort={sort}");
    let firsts = SORTS.map(|sort| service.get(&asked(sort)));
    // A partner before all others, and one between them.
    for (number, partner) in [(1, "0000001"), (2, "6050000")] {
        let event = format!(
            "{{\"id\":\"0195d7a2-0000-7000-8000-00000000000{number}\",\"type\":\"customer_churned\",\
             \"partner\":\"{partner}\",\"effective_at\":\"2025-01-01\",\
             \"customer\":\"4fdbff88-9d6b-42e0-9713-45c922ba8001\"}}\n"
        );
        let posted = service.ask("POST", "/v1/events", &[("Content-Type", "application/jsonl")], event.as_bytes());
        assert_eq!(posted.status, 200, "{posted:?}");
    }
    let key = |text: &str| {
        let line: Value = serde_json::from_str(text).expect("JSON");
        (line["partner"].as_str().expect("a partner").to_owned(), line["area"].to_string())
    };
    for (sort, first) in SORTS.into_iter().zip(&firsts) {
        let mut told: Vec<_> = first.text().lines().map(key).collect();
        let mut path = next(first.header("link"));
        while let Some(asked) = path {
            let part = service.get(&asked);
            assert_eq!(part.status, 200, "{part:?}");
            told.extend(part.text().lines().map(key));
            path = next(part.header("link"));
        }
        // Each line that was there is told once, in its order.
        told.retain(|(partner, _)| before.iter().any(|line| line.partner == *partner));
        let wanted: Vec<_> = sorted(&before, sort).iter().map(|line| key(&line.text)).collect();
        assert_eq!(told, wanted, "{sort}");
    }
    let after = next(firsts[2].header("link")).expect("more");
    let after = after.split("after=").nth(1).and_then(|rest| rest.split('&').next()).expect("a place");
    for (query, parameter) in [
        (format!("sort=-points&after={after}"), "after"),
        ("after=x".to_owned(), "after"),
        ("sort=name".to_owned(), "sort"),
        ("sort=points,partner".to_owned(), "sort"),
        ("status=held".to_owned(), "status"),
        ("status=".to_owned(), "status"),
        ("limit=0".to_owned(), "limit"),
        ("limit=1001".to_owned(), "limit"),
    ] {
        let refused = service.get(&format!("/v1/scores?as_of={DAY}&{query}"));
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_value"), "{query}");
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    assert_eq!(before[0].partner, PARTNER);
}
