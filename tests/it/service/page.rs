//! The page, as whoever has no script gets it.

use super::client::{Reply, request};
use super::{PARTNER, Service, demo};
use crate::processes::{answer, ledger};

/// Every view of the demo.
const VIEWS: [&str; 10] = [
    "/",
    "/p/6034453?as_of=2025-03-31",
    "/p/6034453/infrastructure?as_of=2025-03-31",
    "/p/6034453/modern_work?as_of=2025-03-31&known_at=2025-03-01&basis=published",
    "/p/6034453/infrastructure/timeline?as_of=2025-03-31&from=2024-09-01&to=2025-03-31",
    "/p/6034453/infrastructure/why?as_of=2025-01-31&from=2024-12-15&to=2025-01-31",
    "/p/6034453/infrastructure/ahead?as_of=2025-03-31",
    "/p/6034453/entries",
    "/entries/7",
    "/audit",
];

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

/// What every document has.
fn check(reply: &Reply, place: &str) {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{place}");
    let text = reply.text();
    assert_eq!((count(text, "<h1"), count(text, "<main"), count(text, "class=\"skip\"")), (1, 1, 1), "{place}");
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{place}");
    assert_eq!(count(text, "<table"), count(text, "<caption"), "{place}: a table without a caption");
    assert!(
        !text.contains("style=") && !text.contains("<style") && !text.contains("onclick"),
        "{place}: the policy forbids it"
    );
    assert!(
        !text.contains("http://") || text.contains("xmlns=\"http://www.w3.org/2000/svg\""),
        "{place}: another origin"
    );
}

#[test]
fn every_view_is_whole_without_a_script() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for view in VIEWS {
        let reply = service.get(view);
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        check(&reply, view);
    }
    let partner = service.get(VIEWS[1]);
    let score = answer(dir.path(), &["score", "--partner", PARTNER, "--as-of", "2025-03-31", "--format", "json", "-q"]);
    for line in score.lines() {
        let score: serde_json::Value = serde_json::from_str(line).unwrap();
        let shown = format!("<strong>{}</strong> of {}", score["points"], score["max"]);
        assert!(partner.text().contains(&shown), "{shown}");
    }
    let area = service.get(VIEWS[2]);
    for text in ["62.72", "Net customer adds: 30.0 of 30", "<bdi>Fabrikam</bdi>", "<a href=\"/entries/"] {
        assert!(area.text().contains(text), "{text}");
    }
    let then = service.get(VIEWS[3]);
    assert!(then.text().contains("entries fewer than now"), "{}", then.text());
    let chart = service.get(VIEWS[4]);
    assert!(chart.text().contains("<svg xmlns=") && chart.text().contains("<desc id=\"desc\">"), "{}", chart.text());
    for (path, media_type) in [("/style.css", "text/css"), ("/chart.css", "text/css"), ("/page.js", "text/javascript")]
    {
        assert_eq!(service.get(path).header("content-type"), Some(media_type));
    }
}

#[test]
fn a_view_that_is_refused_says_what_to_do() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for (view, status, said) in [
        ("/p/1", 404, "Nothing is known of this partner"),
        ("/p/6034453?as_of=2020-01-01", 422, "The programme had not begun"),
        ("/p/6034453?as_of=soon", 400, "The address is not right"),
        ("/p/6034453?nothing=1", 400, "The address is not right"),
        ("/p/6034453/nowhere", 404, "There is nothing here"),
        ("/entries/732", 404, "There is nothing here"),
        ("/problems/busy", 200, "Too much is asked at once"),
    ] {
        let reply = service.get(view);
        assert_eq!(reply.status, status, "{view}: {}", reply.text());
        check(&reply, view);
        assert!(reply.text().contains(said), "{view}: {}", reply.text());
    }
    let stranger = request(&service.address, "GET", "/", &[], b"");
    assert_eq!(stranger.status, 401);
    check(&stranger, "a stranger");
    assert!(stranger.text().contains("<form class=\"sign-in\" method=\"post\" action=\"/session\">"));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let opened = request(&service.address, "POST", "/session", &[form], format!("token={}", service.token).as_bytes());
    assert_eq!((opened.status, opened.header("location")), (303, Some("/")));
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(request(&service.address, "GET", "/", &[("Cookie", &cookie)], b"").status, 200);
    assert_eq!(request(&service.address, "POST", "/session", &[form], b"token=pcs_x").status, 401);
}

#[test]
fn names_that_are_markup_or_change_the_direction_change_nothing_around_them() {
    let dir = ledger();
    let dir = dir.path();
    let customer = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
    let hostile = "<script>alert(1)</script>\"'&\u{202e}\u{5e9}";
    let product = "</td><img src=x onerror=alert(1)>";
    let event = serde_json::json!({
        "type": "usage_reported", "partner": PARTNER, "month": "2025-02", "customer": customer, "product": product,
        "metric": "acr_usd", "value": "5000",
    });
    std::fs::write(dir.join("e.jsonl"), event.to_string()).unwrap();
    answer(dir, &["import", "e.jsonl"]);
    answer(dir, &["customers", "name", "--customer", customer, &hostile.replace('\u{202e}', "")]);
    let service = Service::start(dir, &[]);
    for view in
        ["/", "/p/6034453?as_of=2025-02-28", "/p/6034453/data_ai?as_of=2025-02-28", "/p/6034453/entries", "/entries/0"]
    {
        let reply = service.get(view);
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        check(&reply, view);
        let text = reply.text();
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{view}: {text}");
    }
}

#[test]
fn the_page_and_its_script_are_small() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let packed: usize = [VIEWS[2], "/style.css", "/chart.css", "/page.js"]
        .iter()
        .map(|path| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, &service.get(path).body).unwrap();
            encoder.finish().unwrap().len()
        })
        .sum();
    assert!(packed < 60 << 10, "{packed} bytes");
}
