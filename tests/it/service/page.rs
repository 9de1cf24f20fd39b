//! The page, as whoever has no script gets it.

mod ahead;
mod figures;
mod ledgers;
mod limited;
mod links;
mod partners;
mod programs;

use super::client::{Reply, request};
use super::{PARTNER, Service, demo};

/// Every view of the demo.
const VIEWS: [&str; 16] = [
    "/?as_of=2025-03-31",
    "/?as_of=2025-03-31&area=infrastructure,security&sort=-points&status=qualified&q=6034",
    "/p/6034453?as_of=2025-03-31",
    "/p/6034453?as_of=2025-02-28&known_at=2025-03-10",
    "/p/6034453/infrastructure?as_of=2025-03-31&open=all",
    "/p/6034453/modern_work?as_of=2025-03-31&known_at=2025-03-10&basis=published",
    "/p/6034453/infrastructure/timeline?as_of=2025-03-31&from=2024-09-01&to=2025-03-31",
    "/p/6034453/infrastructure/timeline?as_of=2025-03-31&step=month&known_at=then",
    "/p/6034453/infrastructure/timeline?as_of=2025-02-28&known_from=2025-03-01&known_to=2025-04-30&step=instant",
    "/p/6034453/infrastructure/why?as_of=2025-01-31&from=2024-12-15&to=2025-01-31",
    "/p/6034453/infrastructure/why?as_of=2025-02-28&from=2025-02-28&to=2025-02-28&known_from=2025-03-10",
    "/p/6034453/infrastructure/ahead?as_of=2025-03-31",
    "/p/6034453/infrastructure/ahead?as_of=2025-03-31&until=2025-06-30&assume=intermediate_certifications.people_1:1",
    "/p/6034453/entries?known_at=2025-03-10&type=usage_reported&from_seq=200",
    "/entries/7",
    "/audit?partner=6034453&area=infrastructure",
];

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

/// What stands between two texts, each time that it does.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> Vec<&'t str> {
    text.split(begin).skip(1).filter_map(|rest| rest.split_once(end)).map(|(inner, _)| inner).collect()
}

/// A text of a document as it is meant.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// What a part of a document says, without its marks and with one space in a row.
fn said(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        text.push(' ');
    }
    plain(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What each row of the tables says.
fn rows(html: &str) -> Vec<String> {
    between(html, "<tr>", "</tr>").into_iter().map(said).collect()
}

/// The addresses to which the document leads.
fn links(html: &str) -> Vec<String> {
    let body = html.split_once("<body>").expect("a document has a body").1;
    between(body, "href=\"", "\"").into_iter().map(plain).collect()
}

/// What every document has.
fn check(reply: &Reply, place: &str) {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{place}");
    let text = reply.text();
    assert_eq!((count(text, "<h1"), count(text, "<main"), count(text, "class=\"skip\"")), (1, 1, 1), "{place}");
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{place}");
    assert_eq!(count(text, "<table"), count(text, "<caption"), "{place}: a table without a caption");
    assert_eq!(count(text, "<th ") + count(text, "<th>"), count(text, "scope=\""), "{place}: a head of what");
    let levels: Vec<u32> = text.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)).collect();
    assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{place}: headings out of order: {levels:?}");
    let ids = between(text, " id=\"", "\"");
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{place}: an id stands there twice: {ids:?}");
    for label in between(text, "<label for=\"", "\"") {
        assert!(ids.contains(&label), "{place}: the label of {label} is of nothing");
    }
    assert!(
        !text.contains("style=") && !text.contains("<style") && !text.contains("onclick"),
        "{place}: the policy forbids it"
    );
    for other in between(text, "src=\"", "\"").into_iter().chain(between(text, "action=\"", "\"")) {
        assert!(other.starts_with('/') && !other.starts_with("//"), "{place}: another origin: {other}");
    }
}

#[test]
fn every_view_is_whole_without_a_script() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for view in VIEWS {
        let reply = service.get(view);
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        check(&reply, view);
        let text = reply.text();
        assert!(text.contains("name=\"as_of\"") && text.contains("name=\"known_at\""), "{view}: a time is missing");
    }
    for (path, media_type) in [("/style.css", "text/css"), ("/chart.css", "text/css"), ("/page.js", "text/javascript")]
    {
        assert_eq!(service.get(path).header("content-type"), Some(media_type));
    }
}

#[test]
fn the_two_times_and_all_else_are_in_the_address_of_every_view() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    for view in VIEWS {
        let text = service.get(view).text().to_owned();
        let (path, query) = view.split_once('?').unwrap_or((view, ""));
        let form = between(&text, "<form class=\"times\"", "</form>")[0];
        let field =
            |name: &str| between(form, &format!("name=\"{name}\" value=\""), "\"").first().map(|text| plain(text));
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                // Where they are left out they follow the day.
                "from" | "to" | "until" | "known_from" | "known_to" => assert_eq!(field(name), None, "{view}"),
                "known_at" if value != "then" => {
                    assert_eq!(field(name), Some(format!("{value}T23:59:59.999999Z")), "{view}");
                }
                _ => assert_eq!(field(name).as_deref(), Some(value), "{view}"),
            }
        }
        let pin = between(&text, "<a class=\"pin\" href=\"", "\"");
        if query.contains("known_at") {
            assert!(pin.is_empty(), "{view} is pinned already");
            assert_eq!(text.contains("fewer than now"), !query.contains("known_at=then"), "{view}");
            continue;
        }
        let pin = plain(pin[0]);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            assert!(pin.contains(pair), "{view}: {pin} leaves out {pair}");
        }
        assert!(pin.contains("known_at=2025-04-04T09:05:00.000015Z"), "{pin}");
        let pinned = service.get(&format!("{path}{pin}"));
        let main = |text: &str| {
            let parts = between(text, "<main", "</main>")[0].split("<form");
            parts.map(|part| said(part.split_once("</form>").map_or(part, |(_, behind)| behind))).collect::<String>()
        };
        assert_eq!((pinned.status, main(pinned.text())), (200, main(&text)), "{view}");
    }
    let then = service.get(VIEWS[5]);
    assert!(said(then.text()).contains("As known then, 32 entries fewer than now."), "{}", then.text());
    let why = "/p/6034453/modern_work/why?as_of=2025-03-31&basis=published&from=2025-03-31&to=2025-03-31\
               &known_from=2025-03-10T23:59:59.999999Z";
    assert!(links(then.text()).contains(&why.to_owned()), "{:?}", links(then.text()));
    // Where nothing came later, nothing is said of it.
    let newest = service.get("/p/6034453?as_of=2025-03-31&known_at=2026-01-01");
    assert!(newest.text().contains("As known now") && !newest.text().contains("fewer than now"), "{}", newest.text());
    // A field that nobody filled in is as if it were not there.
    assert_eq!(service.get("/p/6034453?as_of=2025-03-31&known_at=").body, service.get(VIEWS[2]).body);
}

#[test]
fn a_view_that_is_refused_says_what_to_do() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let html = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for (view, status, title, hint) in [
        ("/p/1", 404, "Nothing is known of this partner", "To all partners"),
        ("/p/6034453?as_of=2020-01-01", 422, "The programme had not begun", "Scores begin with the programme"),
        (
            "/p/6034453?as_of=2025-03-31&known_at=2020-01-01",
            404,
            "Nothing is known of this partner",
            "recorded by the instant",
        ),
        ("/p/6034453?as_of=soon", 400, "The address is not right", "as_of:"),
        ("/p/6034453?nothing=1", 400, "The address is not right", "there are as_of, known_at, basis"),
        ("/p/6034453?as_of=2025-03-31&as_of=2025-03-31", 400, "The address is not right", "it stands there twice"),
        ("/p/6034453/nowhere", 404, "There is nothing here", "areas are data_ai"),
        (
            "/p/6034453/security/timeline?from=2012-01-01&to=2025-01-01",
            400,
            "The address is not right",
            "at most 10 years",
        ),
        ("/p/6034453/security/timeline?from=2025-01-01&to=2024-01-01", 400, "The address is not right", "lies before"),
        ("/p/6034453/security/timeline?step=week", 400, "The address is not right", "is none of"),
        (
            "/p/6034453/security/timeline?known_from=2025-01-01&known_at=then",
            400,
            "The address is not right",
            "leave it out",
        ),
        ("/p/6034453/security?known_at=then", 400, "The address is not right", "known_at:"),
        ("/p/6034453/security?format=jsonl", 400, "The address is not right", "the links at the end"),
        (
            "/p/6034453/security/ahead?as_of=2025-03-31&assume=net_customer_adds.customers:1&format=csv",
            400,
            "The address is not right",
            "has no such form",
        ),
        ("/p/6034453/security/why?from=2025-02-01&to=2025-01-01", 400, "The address is not right", "lies before"),
        ("/p/6034453/security/ahead?as_of=2025-01-01&until=2030-01-01", 400, "The address is not right", "three years"),
        ("/p/6034453/entries?type=nothing", 400, "The address is not right", "is none of"),
        ("/p/6034453/entries?customer=x", 400, "The address is not right", "customer:"),
        ("/?sort=size", 400, "The address is not right", "is none of partner, -partner"),
        ("/?status=fine", 400, "The address is not right", "is none of in_progress"),
        ("/entries/732", 404, "There is nothing here", "entries are counted from 0"),
        ("/entries/7?known_at=2024-03-01", 404, "There is nothing here", "leave `known_at` out"),
        ("/entries/x", 400, "The address is not right", "entries are counted from 0"),
        ("/audit?partner=1", 404, "Nothing is known of this partner", "To all partners"),
        ("/nowhere", 404, "There is nothing here", "To all partners"),
        ("/p", 404, "There is nothing here", "To all partners"),
        ("/problems/busy", 200, "Too much is asked at once", "Try again in a moment"),
        ("/problems/issuer_unreachable", 200, "The issuer of the token cannot be reached", "try again in a minute"),
    ] {
        let reply = service.get_with(view, &[html]);
        assert_eq!(reply.status, status, "{view}: {}", reply.text());
        check(&reply, view);
        let text = said(reply.text());
        assert!(text.contains(title) && text.contains(hint), "{view}: {text}");
    }
    // Whoever is no browser gets what programs get, and so does whatever asks what is for programs.
    assert_eq!(service.get("/nowhere").code(), "out_of_range");
    assert_eq!(service.get_with("/v1/nowhere", &[html]).code(), "out_of_range");
}

#[test]
fn whoever_signs_in_comes_back_to_the_address() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let view = VIEWS[4];
    let stranger = request(&service.address, "GET", view, &[], b"");
    assert_eq!((stranger.status, stranger.header("www-authenticate")), (401, Some("Bearer")));
    check(&stranger, "a stranger");
    assert!(stranger.text().contains("<form class=\"sign-in\" method=\"post\" action=\"/session\">"));
    assert!(said(stranger.text()).contains("The service says: a token is needed."), "{}", stranger.text());
    let to = plain(between(stranger.text(), "name=\"to\" value=\"", "\"")[0]);
    assert_eq!(to, view);
    let over = request(&service.address, "GET", view, &[("Cookie", "pcs=gone")], b"");
    assert_eq!(over.status, 401);
    assert!(said(over.text()).contains("the session is over"), "{}", over.text());
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let sign_in = |to: &str| {
        let body = format!("token={}&to={}", service.token, to.replace('&', "%26").replace('=', "%3D"));
        request(&service.address, "POST", "/session", &[form], body.as_bytes())
    };
    let opened = sign_in(&to);
    assert_eq!((opened.status, opened.header("location")), (303, Some(view)));
    for foreign in ["//example.com/", "https://example.com/", "/\\example.com", "", "p"] {
        assert_eq!(sign_in(foreign).header("location"), Some("/"), "{foreign}");
    }
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(request(&service.address, "GET", "/", &[("Cookie", &cookie)], b"").status, 200);
    let refused = request(&service.address, "POST", "/session", &[form], b"token=pcs_x");
    assert_eq!((refused.status, refused.code()), (401, "unauthenticated".to_owned()));
    let refused = request(&service.address, "POST", "/session", &[form, ("Accept", "text/html")], b"token=pcs_x");
    assert_eq!(refused.status, 401);
    check(&refused, "a refused token");
    assert!(said(refused.text()).contains("The service says: the token is not taken."), "{}", refused.text());
}

#[test]
fn the_page_and_its_script_are_small() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let packed: usize = ["/p/6034453/infrastructure?as_of=2025-03-31", "/style.css", "/chart.css", "/page.js"]
        .iter()
        .map(|path| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, &service.get(path).body).unwrap();
            encoder.finish().unwrap().len()
        })
        .sum();
    assert!(packed < 60 << 10, "{packed} bytes");
}
