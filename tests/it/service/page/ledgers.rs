//! Views of entries and of the audit, of ledgers of their own, and names that want to be more than names.

use std::fs;

use serde_json::{Value, json};

use super::{PARTNER, Service, between, check, demo, links, plain, rows, said};
use crate::processes::{AZURE, answer, ledger};

const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

/// The entries that a view shows, part by part.
fn seqs(service: &Service, view: &str) -> Vec<u64> {
    let (mut address, mut seqs) = (view.to_owned(), Vec::new());
    let path = view.split('?').next().unwrap();
    loop {
        let reply = service.get(&address);
        assert_eq!(reply.status, 200, "{address}: {}", reply.text());
        let shown = between(reply.text(), "<th scope=\"row\"><a href=\"/entries/", "?");
        seqs.extend(shown.iter().map(|seq| seq.parse::<u64>().expect("a seq")));
        let next = reply.text().rsplit_once("\">More entries").and_then(|(before, _)| before.rsplit_once("href=\""));
        let Some((_, next)) = next else { return seqs };
        address = format!("{path}{}", plain(next));
    }
}

#[test]
fn entries_are_those_of_the_log_however_they_are_filtered() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let of_log = |options: &str| -> Vec<u64> {
        let line = format!("log --partner {PARTNER} {options} --format json");
        let printed = answer(dir.path(), &line.split_whitespace().collect::<Vec<_>>());
        let seq = |line: &str| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap();
        printed.lines().map(seq).collect()
    };
    let view = format!("/p/{PARTNER}/entries?as_of=2025-03-31");
    let all = of_log("");
    assert_eq!((seqs(&service, &view), all.len()), (all.clone(), 608));
    let of_customer = of_log(&format!("--customer {CUSTOMER}"));
    assert_eq!(seqs(&service, &format!("{view}&customer={CUSTOMER}")), of_customer);
    let accepted = of_log("--type association_accepted");
    assert!(!accepted.is_empty());
    assert_eq!(seqs(&service, &format!("{view}&type=association_accepted")), accepted);
    let within = |from: u64, to: u64| all.iter().copied().filter(|seq| (from..=to).contains(seq)).collect::<Vec<_>>();
    assert_eq!(seqs(&service, &format!("{view}&from_seq=100&to_seq=300")), within(100, 300));
    assert_eq!(seqs(&service, &format!("{view}&known_at=2025-03-10")), within(0, 699));
    assert_eq!(seqs(&service, &format!("{view}&known_at=2025-03-10&to_seq=720&from_seq=690")), within(690, 699));
    let none = service.get(&format!("{view}&from_seq=732"));
    assert!(said(none.text()).contains("No entry of the partner is as you ask."), "{}", none.text());
}

#[test]
fn an_entry_shows_its_event_its_proof_and_the_row_of_its_report() {
    let dir = ledger();
    let dir = dir.path();
    fs::write(dir.join("azure.csv"), AZURE).unwrap();
    answer(dir, &["import", "--kind", "azure-usage", "azure.csv", "--keep"]);
    let printed = answer(dir, &["export"]);
    let entries: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let usage = entries.iter().find(|entry| entry["event"]["type"] == "usage_reported").expect("a figure");
    let retracted = json!({
        "type": "event_retracted", "partner": "6034450", "effective_at": "2025-03-01", "event": usage["event"]["id"],
        "reason": "it was another's",
    });
    fs::write(dir.join("e.jsonl"), retracted.to_string()).unwrap();
    answer(dir, &["import", "e.jsonl"]);
    let service = Service::start(dir, &[]);
    let (seq, last) = (usage["seq"].as_u64().unwrap(), entries.len());
    let view = format!("/entries/{seq}");
    let reply = service.get(&view);
    assert_eq!(reply.status, 200, "{}", reply.text());
    check(&reply, &view);
    let (shown, cells) = (said(reply.text()), rows(reply.text()));
    for cell in ["ServiceLevel2 SQL Database", "ACR_USD 900", "Month 20250101", "type usage_reported", "value 900"] {
        assert!(cells.iter().any(|row| row == cell), "{cell}: {cells:?}");
    }
    assert!(shown.contains("1 row of azure.csv"), "{shown}");
    assert!(shown.contains(&format!("It is taken back by entry {last}")), "{shown}");
    assert!(links(reply.text()).contains(&format!("/entries/{last}")));
    let other = said(service.get(&format!("/entries/{last}")).text());
    assert!(other.contains(&format!("It takes back entry {seq}")), "{other}");
    // As it was known before, nothing took it back, and the proof is against that tree.
    let recorded = entries.last().unwrap()["recorded_at"].as_str().unwrap();
    let then = service.get(&format!("{view}?known_at={recorded}"));
    assert_eq!(then.status, 200, "{}", then.text());
    assert!(!said(then.text()).contains("It is taken back"), "{}", then.text());
    let prove = |size: usize| {
        let args = ["prove", "--seq", &seq.to_string(), "--size", &size.to_string(), "--format", "json"];
        serde_json::from_str::<Value>(&answer(dir, &args)).unwrap()
    };
    for (reply, size) in [(&reply, last + 1), (&then, last)] {
        let proof = prove(size);
        let shown = said(reply.text());
        for hash in proof["hashes"].as_array().unwrap() {
            assert!(shown.contains(hash.as_str().unwrap()), "{hash}: {shown}");
        }
        assert!(shown.contains(&format!("the root of the first {size} entries")), "{shown}");
        assert!(plain(reply.text()).contains(proof["proof"].as_str().unwrap()), "{size}");
    }
    let line = printed.lines().nth(usize::try_from(seq).unwrap()).unwrap();
    let leaf = ledger::proof::leaf_hash(line);
    let leaf = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, leaf);
    assert!(plain(reply.text()).contains(line) && shown.contains(&leaf), "{leaf}");
    // A report that is not kept is named all the same.
    answer(dir, &["kept", "forget", &kept(dir)]);
    let gone = said(service.get(&view).text());
    assert!(gone.contains("The rows are not shown: no kept file has the SHA-256"), "{gone}");
}

/// The digest of the one file that is kept.
fn kept(dir: &std::path::Path) -> String {
    let line = answer(dir, &["kept", "list", "--format", "json"]);
    let kept: Value = serde_json::from_str(&line).expect("one file");
    kept["sha256"].as_str().expect("a digest").to_owned()
}

#[test]
fn the_audit_shows_the_checkpoint_the_key_the_witnesses_and_bundles() {
    let dir = demo();
    let dir = dir.path();
    let service = Service::start(dir, &[]);
    let before = service.get("/audit");
    assert!(said(before.text()).contains("No cosigned checkpoint is kept"), "{}", before.text());
    answer(dir, &["key", "make", "witness.example", "--out", "witness.key"]);
    answer(dir, &["witness", "add", "--witness-key", "witness.key"]);
    let reply = service.get("/audit");
    check(&reply, "/audit");
    let (checkpoint, key) = (answer(dir, &["checkpoint"]), answer(dir, &["key", "show"]));
    assert!(plain(reply.text()).contains(&checkpoint), "{checkpoint}: {}", reply.text());
    assert!(plain(reply.text()).contains(&format!("pcs verify --checkpoint kept.txt --key '{}'", key.trim())));
    let witness: Value = serde_json::from_str(&answer(dir, &["witness", "list", "--format", "json"])).unwrap();
    let seen = &witness["cosignatures"][0];
    let row =
        format!("witness.example {} 732 {}", seen["key"].as_str().unwrap(), seen["cosigned_at"].as_str().unwrap());
    assert!(rows(reply.text()).contains(&row), "{row}: {:?}", rows(reply.text()));
    let then = service.get("/audit?known_at=2025-03-10");
    assert!(plain(then.text()).contains(&answer(dir, &["checkpoint", "--size", "700"])), "{}", then.text());
    let bundle = service.get("/audit?partner=6034453&area=infrastructure&as_of=2025-02-28&known_at=2025-03-10");
    let address =
        "/v1/partners/6034453/bundle?as_of=2025-02-28&known_at=2025-03-10T23:59:59.999999Z&area=infrastructure";
    assert!(links(bundle.text()).contains(&address.to_owned()), "{:?}", links(bundle.text()));
    // What it downloads proves the score without the ledger.
    let downloaded = service.get(address);
    assert_eq!(downloaded.status, 200, "{downloaded:?}");
    fs::write(dir.join("a.bundle"), &downloaded.body).unwrap();
    let verified = answer(dir, &["audit", "verify", "a.bundle", "--key", key.trim(), "--format", "json"]);
    assert!(verified.contains("2025-02-28"), "{verified}");
    // One of now is pinned, so that it proves the same whenever it is made.
    let now = service.get("/audit?partner=6034453&as_of=2025-02-28");
    let address = "/v1/partners/6034453/bundle?as_of=2025-02-28&known_at=2025-04-04T09:05:00.000015Z";
    assert!(links(now.text()).contains(&address.to_owned()), "{:?}", links(now.text()));
}

#[test]
fn names_that_are_markup_or_change_the_direction_change_nothing_around_them() {
    let dir = ledger();
    let dir = dir.path();
    let hostile = "<script>alert(1)</script>\"'&\u{202e}\u{5e9}";
    let person = "</td><img src=x onerror=alert(1)>\u{202e}";
    let long = "W".repeat(256);
    let events = [
        json!({"type": "usage_reported", "partner": PARTNER, "month": "2025-02", "customer": CUSTOMER, "product": hostile, "metric": "acr_usd", "value": "5000"}),
        json!({"type": "usage_reported", "partner": PARTNER, "month": "2025-02", "customer": CUSTOMER, "product": long, "metric": "acr_usd", "value": "5000", "source": hostile, "note": person}),
        json!({"type": "association_accepted", "partner": PARTNER, "effective_at": "2025-01-01", "association": CUSTOMER, "customer": CUSTOMER, "mechanism": "dpor", "subscription": hostile}),
        json!({"type": "certification_linked", "partner": PARTNER, "effective_at": "2025-01-01", "person": person, "certification": "AZ-104", "expires_on": "2025-04-01"}),
        json!({"type": "certification_linked", "partner": PARTNER, "effective_at": "2025-01-01", "person": "x".repeat(128), "certification": hostile}),
    ];
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    fs::write(dir.join("e.jsonl"), lines).unwrap();
    answer(dir, &["import", "e.jsonl"]);
    answer(dir, &["customers", "name", "--customer", CUSTOMER, &hostile.replace('\u{202e}', "")]);
    answer(dir, &["customers", "name", "--partner", PARTNER, &long]);
    let service = Service::start(dir, &[]);
    let views: Vec<String> = [
        "",
        "/infrastructure?open=all",
        "/infrastructure/timeline?from=2024-12-01",
        "/infrastructure/why?from=2024-12-01",
        "/infrastructure/ahead?until=2025-06-30",
        "/entries?",
    ]
    .iter()
    .map(|view| format!("/p/{PARTNER}{view}{}as_of=2025-02-28", if view.is_empty() { "?" } else { "&" }))
    .chain(["/?as_of=2025-02-28".to_owned()])
    .chain((0..5).map(|seq| format!("/entries/{seq}")))
    .collect();
    for view in &views {
        let reply = service.get(view);
        assert_eq!(reply.status, 200, "{view}: {}", reply.text());
        check(&reply, view);
        let text = reply.text();
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{view}: {text}");
        // What may be written in any direction stands by itself, so that it turns nothing around it.
        for (place, _) in text.match_indices('\u{202e}') {
            let before = &text[..place];
            let last = |tags: &[&str]| tags.iter().filter_map(|tag| before.rfind(tag)).max();
            let opened = last(&["<bdi", "<pre", "<code", "value=\"", "<title", "<desc"]);
            let closed = last(&["</bdi>", "</pre>", "</code>", "</desc>", "</title>"]);
            assert!(opened > closed, "{view}: a text that is not by itself: {before}");
        }
    }
    let shown = said(service.get(&views[1]).text());
    assert!(shown.contains("<script>alert(1)</script>"), "{shown}");
}
