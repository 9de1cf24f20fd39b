//! The view of all partners: found, filtered, sorted, and in parts.

use std::fs;

use serde_json::Value;

use super::{PARTNER, Service, between, check, count, demo, links, plain, rows, said};
use crate::processes::{answer, ledger};

/// The other partner of the demo.
const OTHER: &str = "6099001";

/// The partners that a view shows, in their order.
fn shown(text: &str) -> Vec<String> {
    between(text, "<th scope=\"row\"><a href=\"/p/", "?").into_iter().map(str::to_owned).collect()
}

#[test]
fn a_row_has_the_points_and_the_status_of_each_area_and_what_is_secured() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let view = "/?as_of=2025-03-31";
    let reply = service.get(view);
    let command = ["status", "--all-partners", "--as-of", "2025-03-31", "--format", "json", "-q"];
    let lines = answer(dir.path(), &command);
    let statuses: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for partner in [PARTNER, OTHER] {
        let own: Vec<&Value> = statuses.iter().filter(|one| one["partner"] == partner).collect();
        let cells = own
            .iter()
            .map(|one| format!("{} {}", one["today"]["points"], one["status"].as_str().unwrap().replace('_', " ")));
        let best = own.iter().map(|one| one["today"]["points"].as_f64().unwrap()).fold(0.0, f64::max);
        let best = Value::from(best).to_string();
        let until = own.iter().filter_map(|one| one["secured_until"].as_str()).min().unwrap_or("–").to_owned();
        let row = [partner.to_owned()].into_iter().chain(cells).chain([best, until]).collect::<Vec<_>>().join(" ");
        assert!(rows(reply.text()).contains(&row), "{row}: {:?}", rows(reply.text()));
    }
    // The same for programs, byte for byte that of the command.
    for form in ["json", "jsonl", "csv"] {
        assert!(links(reply.text()).contains(&format!("?as_of=2025-03-31&format={form}")), "{form}");
    }
    assert_eq!(service.get(&format!("{view}&format=jsonl")).text(), lines);
    let csv = service.get(&format!("{view}&format=csv"));
    assert_eq!((csv.header("content-type"), csv.text().lines().count()), (Some("text/csv"), 13));
    let infrastructure = format!(
        "{PARTNER},infrastructure,2025-03-31,2025-04-04T09:05:00.000015Z,qualified,62.72,128759144/2053073,false,2025-05-31"
    );
    assert_eq!(csv.text().lines().nth(2), Some(infrastructure.as_str()));
    let json = service.get(&format!("{view}&area=security&format=json")).json();
    assert_eq!(json["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn partners_are_found_filtered_and_sorted_by_their_address() {
    let dir = demo();
    answer(dir.path(), &["customers", "name", "--partner", OTHER, "Zebra & Sons"]);
    let service = Service::start(dir.path(), &[]);
    let of = |query: &str| {
        let reply = service.get(&format!("/?as_of=2025-03-31&{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        check(&reply, query);
        (shown(reply.text()), reply.text().to_owned())
    };
    for (query, wanted) in [
        ("", &[PARTNER, OTHER][..]),
        ("sort=-partner", &[OTHER, PARTNER]),
        ("sort=-points", &[PARTNER, OTHER]),
        ("sort=points", &[OTHER, PARTNER]),
        // Of whom nothing is secured goes last, whichever way it is sorted.
        ("sort=secured_until", &[PARTNER, OTHER]),
        ("sort=-secured_until", &[PARTNER, OTHER]),
        ("status=qualified", &[PARTNER]),
        ("status=qualified,in_progress", &[PARTNER, OTHER]),
        ("status=qualified&area=security", &[]),
        ("status=renewal_due", &[]),
        ("q=60990", &[OTHER]),
        ("q=zebra+%26", &[OTHER]),
        ("q=nobody", &[]),
    ] {
        let (partners, text) = of(query);
        assert_eq!(partners, wanted, "{query}");
        assert_eq!(text.contains("No partner is as you ask"), wanted.is_empty(), "{query}");
    }
    let named = service.get("/p/6099001/security?as_of=2025-03-31");
    assert!(named.text().contains("<h1>Security of Zebra &amp; Sons (6099001)</h1>"), "{}", named.text());
    assert!(named.text().contains("<title>Security of Zebra &amp; Sons (6099001) · pcs</title>"), "{}", named.text());
    let (_, text) = of("area=infrastructure&sort=-points");
    let heads = between(&text, "<thead>", "</thead>")[0];
    assert_eq!((count(heads, "<th "), said(heads)), (3, "Partner Infrastructure ↓ First secured until".to_owned()));
    assert_eq!(count(heads, "aria-sort=\"descending\""), 1);
    let (_, text) = of("");
    let heads = between(&text, "<thead>", "</thead>")[0];
    assert_eq!((count(heads, "<th "), count(heads, "aria-sort=\"ascending\"")), (9, 1));
    for link in between(heads, "href=\"", "\"") {
        let reply = service.get(&format!("/{}", plain(link)));
        assert!(reply.status == 200 && reply.text().contains("aria-sort="), "{link}");
    }
    // A command for what is shown, whatever was filtered.
    assert!(said(&text).contains("a head sorts, and that of an area shows it alone"), "{text}");
    let (_, text) = of("sort=-partner&area=security");
    let command = said(between(&text, "class=\"command\"", "</code>")[0]);
    assert!(
        command.ends_with(
            "for p in 6099001 6034453; do pcs status --partner \"$p\" --as-of 2025-03-31 --area security; done"
        ),
        "{command}"
    );
}

#[test]
fn many_partners_come_in_parts_however_they_are_sorted() {
    let dir = ledger();
    let event = |number: u64| {
        format!(
            "{{\"type\":\"certification_linked\",\"partner\":\"P{number:03}\",\"effective_at\":\"2025-02-{:02}\",\
             \"person\":\"one\",\"certification\":\"AZ-104\"}}\n",
            number % 28 + 1
        )
    };
    fs::write(dir.path().join("e.jsonl"), (0..60).map(event).collect::<String>()).unwrap();
    answer(dir.path(), &["import", "e.jsonl"]);
    let service = Service::start(dir.path(), &[]);
    for sort in ["partner", "-partner", "points", "-points", "secured_until", "-secured_until"] {
        let (mut address, mut all, mut parts) =
            (format!("/?as_of=2025-02-28&area=security&sort={sort}"), Vec::new(), 0);
        loop {
            let text = service.get(&address).text().to_owned();
            all.extend(shown(&text));
            parts += 1;
            let next = text.rsplit_once("\">More partners").and_then(|(before, _)| before.rsplit_once("href=\""));
            let Some((_, next)) = next else { break };
            address = format!("/{}", plain(next));
        }
        let mut wanted: Vec<String> = (0..60).map(|number| format!("P{number:03}")).collect();
        if sort == "-partner" {
            wanted.reverse();
        }
        assert_eq!((parts, &all), (3, &wanted), "{sort}");
    }
    // A part begins behind its place, whether the partner that stood there is still listed or not.
    for sort in ["partner", "-partner", "points", "secured_until"] {
        let address = format!("/?as_of=2025-02-28&area=security&sort={sort}");
        let text = service.get(&address).text().to_owned();
        let (last, rest) = (shown(&text)[24].clone(), text.rsplit_once("after=").expect("more").1.to_owned());
        let after = rest.split(['"', '&']).next().expect("a place");
        // Of those with a 1, none is the last one.
        let listed = shown(service.get(&format!("{address}&q=1&after={after}")).text());
        assert!(!last.contains('1') && !listed.is_empty(), "{last}: {listed:?}");
        let is_behind = |partner: &String| if sort == "-partner" { *partner < last } else { *partner > last };
        assert!(listed.iter().all(is_behind), "{sort}: {listed:?} behind {last}");
    }
    let other = service.get("/?as_of=2025-02-28&sort=points&after=P001");
    assert_eq!(other.status, 400, "{}", other.text());
    let whole = service.get("/?as_of=2025-02-28&area=security&sort=-partner&format=csv");
    assert_eq!(whole.text().lines().count(), 61);
}

#[test]
fn a_ledger_without_entries_says_the_first_steps() {
    let dir = ledger();
    let service = Service::start(dir.path(), &[]);
    let reply = service.get("/");
    assert_eq!(reply.status, 200);
    check(&reply, "/");
    for step in ["pcs import FILE", "pcs record TYPE", "pcs demo --dir example"] {
        assert!(reply.text().contains(step), "{step}");
    }
    assert_eq!((service.get("/?format=jsonl").status, service.get("/?format=jsonl").text()), (200, ""));
    let audit = service.get("/audit");
    assert_eq!(audit.status, 200, "{}", audit.text());
    assert!(said(audit.text()).contains("0 entries known"), "{}", audit.text());
    assert_eq!(service.get("/p/1").status, 404);
    let demo = demo();
    let service = Service::start(demo.path(), &[]);
    let before = service.get("/?as_of=2025-03-31&known_at=2024-01-01");
    assert!(said(before.text()).contains("Nothing was known of any partner then."), "{}", before.text());
}
