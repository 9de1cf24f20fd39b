//! Every link of every view leads somewhere.

use std::collections::{BTreeSet, VecDeque};

use ledger::Area;

use super::{Service, VIEWS, check, demo, links};
use crate::processes::answer;

/// Addresses that are looked at, at most.
const MOST: usize = 300;

/// What addresses of one kind have in common: the path without numbers and areas, and the names of the parameters with the
/// values that change what is shown.
fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts = path.split('/').map(|part| match part {
        number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => "N",
        area if Area::from_name(area).is_some() => "AREA",
        other => other,
    });
    let changes = ["format", "step", "basis"];
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if changes.contains(&name) { format!("{name}={value}") } else { name.to_owned() }
    };
    let pairs: BTreeSet<String> = query.split('&').map(pair).collect();
    format!("{}?{}", parts.collect::<Vec<_>>().join("/"), pairs.into_iter().collect::<Vec<_>>().join("&"))
}

/// Looks at all views that are reached, and returns how many addresses that were.
fn crawl(service: &Service, begins: &[&str], base: &str) -> usize {
    let mut queue: VecDeque<String> = begins.iter().map(|view| (*view).to_owned()).collect();
    let mut seen: BTreeSet<String> = queue.iter().map(|address| kind(address)).collect();
    let mut looked = 0;
    while let Some(address) = queue.pop_front().filter(|_| looked < MOST) {
        looked += 1;
        let reply = service.get(&address);
        assert_eq!(reply.status, 200, "{address}: {}", reply.text());
        if reply.header("content-type") != Some("text/html; charset=utf-8") {
            continue;
        }
        check(&reply, &address);
        let path = address.split('?').next().unwrap_or_default();
        for link in links(reply.text()) {
            let link = match link.as_bytes() {
                [b'?', ..] => format!("{path}{link}"),
                [b'#', ..] => continue,
                _ if link.starts_with("https://") => continue,
                _ => link,
            };
            assert!(link.starts_with(&format!("{base}/")) && !link.starts_with("//"), "{address}: {link}");
            if seen.insert(kind(&link)) {
                queue.push_back(link);
            }
        }
    }
    looked
}

#[test]
fn every_link_of_every_view_leads_somewhere() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let looked = crawl(&service, &VIEWS, "");
    assert!((60..MOST).contains(&looked), "{looked} addresses");
}

#[test]
fn behind_a_base_path_every_link_is_below_it() {
    let dir = demo();
    let mut service = Service::start(dir.path(), &["--base-path", "/scores"]);
    service.address.truncate(service.address.find('/').unwrap_or(service.address.len()));
    let looked =
        crawl(&service, &["/scores/?as_of=2025-03-31", "/scores/p/6034453/security?as_of=2025-03-31"], "/scores");
    assert!((40..MOST).contains(&looked), "{looked} addresses");
}

#[test]
fn whoever_may_not_see_entries_is_led_to_none() {
    let dir = demo();
    let made = answer(dir.path(), &["token", "make", "--tokens", "tokens", "--name", "reader", "--scope", "read"]);
    let mut service = Service::start(dir.path(), &["--tokens", "tokens"]);
    made.lines().next().expect("a token").clone_into(&mut service.token);
    let views: Vec<&str> = VIEWS.into_iter().filter(|view| !view.contains("/entries")).collect();
    crawl(&service, &views, "");
    let refused = service.get("/entries/7");
    assert_eq!(refused.status, 403);
    check(&refused, "/entries/7");
    assert!(refused.text().contains("This is not for your token"), "{}", refused.text());
}
