//! The page in a real Chromium: what it looks like to rules of accessibility, what the keyboard reaches, how sliders move
//! the answer, what is told of trouble, and what is left without a script.
//!
//! Where there is no Chromium the tests say so and are passed over, unless `PCS_TEST_BROWSER` says where it is.

mod accessibility;
mod answers;
mod chromium;
mod forms;
mod keyboard;
mod notices;
mod sliders;
mod tab;
mod views;

use std::path::Path;
use std::rc::Rc;

use serde_json::json;
use tempfile::TempDir;

use crate::processes::{answer, ledger};
use crate::service::{PARTNER, Service, demo};
use chromium::Chromium;
use tab::Tab;

/// Every view of the demo.
const VIEWS: [&str; 10] = [
    "/?as_of=2025-03-31",
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

/// The view that most tests move.
const AREA: &str = "/p/6034453/infrastructure?as_of=2025-03-31";

/// The slider of the first time, and of the second.
const AS_OF: &str = "form.times #as_of + input";
const KNOWN_AT: &str = "form.times #known_at + input";

/// The demo in a tab of a browser, in which somebody is signed in.
struct Stage {
    tab: Tab,
    service: Service,
    dir: TempDir,
    chromium: Rc<Chromium>,
}

impl Stage {
    /// Sets it; none where there is no Chromium.
    fn set() -> Option<Stage> {
        let chromium = Chromium::start()?;
        let dir = demo();
        let service = Service::start(dir.path(), &[]);
        Some(Stage { tab: Tab::signed_in(&chromium, &service), service, dir, chromium })
    }
}

/// A ledger whose names are markup, change the direction, or are as long as may be; and its views.
fn hostile() -> (TempDir, Vec<String>) {
    let dir = ledger();
    let long = "W".repeat(256);
    let names = ["<script>document.title = 'taken'</script>\"'&", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} <b>\u{627}", &long];
    let mut events = String::new();
    for (number, name) in (1..).zip(names) {
        let customer = format!("4fdbff88-9d6b-42e0-9713-45c922ba800{number}");
        let event = json!({
            "type": "usage_reported", "partner": PARTNER, "month": "2025-02", "customer": customer,
            "product": format!("</td><img src=x onerror=document.title='taken'>{name}").chars().take(256).collect::<String>(),
            "metric": "acr_usd", "value": "5000",
        });
        events.push_str(&event.to_string());
        events.push('\n');
    }
    std::fs::write(dir.path().join("events.jsonl"), events).expect("a file");
    answer(dir.path(), &["import", "events.jsonl"]);
    for (number, name) in (1..).zip(names) {
        named(dir.path(), "--customer", &format!("4fdbff88-9d6b-42e0-9713-45c922ba800{number}"), name);
    }
    named(dir.path(), "--partner", PARTNER, &long);
    let views = VIEWS
        .map(|view| view.replace("2025-03-31", "2025-02-28").replace("/7", "/2").replace("&known_at=2025-03-01", ""));
    (dir, views.into())
}

fn named(dir: &Path, whose: &str, id: &str, name: &str) {
    answer(dir, &["customers", "name", whose, id, name]);
}
