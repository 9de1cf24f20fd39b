//! Each view as it is drawn: without an error, within the window, and asking nobody else.

use serde_json::json;

use super::chromium::Chromium;
use super::tab::Tab;
use super::{AREA, Stage, VIEWS, hostile};
use crate::service::{Service, demo};

/// How much wider than the window the page is, in pixels.
const OVERFLOW: &str = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

#[test]
fn every_view_is_drawn_without_an_error_and_asks_nobody_else() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    for view in VIEWS {
        tab.go(view);
        tab.until("document.querySelector('main h1')");
        assert_eq!(tab.errors(), Vec::<String>::new(), "{view}");
        for address in tab.requests() {
            assert!(address.starts_with(tab.origin()) || address.starts_with("data:"), "{view}: {address}");
        }
    }
}

#[test]
fn no_view_is_wider_than_a_narrow_window_or_with_large_text() {
    let Some(chromium) = Chromium::start() else { return };
    let (demo, (hostile, hostile_views)) = (demo(), hostile());
    let demo_views = VIEWS.map(str::to_owned).to_vec();
    for (dir, views) in [(demo.path(), demo_views), (hostile.path(), hostile_views)] {
        let service = Service::start(dir, &[]);
        let tab = Tab::signed_in(&chromium, &service);
        for view in &views {
            tab.size(320, 640);
            tab.go(view);
            assert_eq!(tab.run(OVERFLOW), 0, "{view} at 320 pixels");
            tab.size(640, 640);
            tab.run("document.documentElement.style.fontSize = '200%'");
            assert_eq!(tab.run(OVERFLOW), 0, "{view} with text of twice the size");
            assert_ne!(tab.text("document.title"), "taken", "{view}");
            assert_eq!(tab.errors(), Vec::<String>::new(), "{view}");
        }
    }
}

#[test]
fn without_a_script_every_view_is_whole_and_its_forms_work() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab: with, service, chromium, .. } = stage;
    let without = Tab::signed_in(&chromium, &service);
    without.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    let answer = "document.querySelector('.answer').textContent";
    for view in VIEWS {
        with.go(view);
        without.go(view);
        assert_eq!(without.text(answer), with.text(answer), "{view}");
        assert_eq!(
            without.run("document.querySelectorAll('input[type=range], .answer :not(details)[hidden]').length"),
            0
        );
    }
    without.go(AREA);
    without.run("document.querySelector('#known_at').value = '2025-03-01'");
    without.run("document.querySelector('#known_at').focus()");
    without.key("Enter");
    without.event("Page.loadEventFired");
    let address = without.text("location.search");
    assert_eq!(address, "?as_of=2025-03-31&known_at=2025-03-01");
    assert!(without.text("document.querySelector('.then').textContent").contains("173 entries fewer than now"));
}

#[test]
fn on_paper_there_are_the_answer_both_times_the_root_and_the_address_and_no_controls() {
    let Some(stage) = Stage::set() else { return };
    let Stage { service, tab, .. } = stage;
    tab.go(AREA);
    tab.prefers("print", &[("prefers-color-scheme", "dark")]);
    let text = tab.text("document.body.innerText");
    let root = service.get("/v1/ledger").json()["root"].as_str().expect("a root").to_owned();
    let address = format!("{}{AREA}&known_at=2025-04-04T09:05:00.000015Z", tab.origin());
    let times = "As of 2025-03-31, as known at 2025-04-04T09:05:00.000015Z";
    for said in ["62.72 of 100", times, &root, &address] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
    let controls = "[...document.querySelectorAll('input, button, nav, form')].filter(one => one.offsetParent).length";
    assert_eq!(tab.run(controls), 0);
    assert_eq!(tab.text("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    // The address on paper leads to the same answer.
    let points = tab.text("document.querySelector('.answer .total').textContent");
    tab.go(&tab.text("document.querySelector('.address').textContent"));
    assert_eq!(tab.text("document.querySelector('.answer .total').textContent"), points);
}

#[test]
fn the_first_paint_comes_on_a_slow_processor() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.call("Emulation.setCPUThrottlingRate", &json!({"rate": 4}));
    tab.go(AREA);
    tab.until("performance.getEntriesByName('first-contentful-paint').length > 0");
    let paint = tab.number("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    eprintln!("first paint at a quarter of the processor's speed: {paint:.0} ms");
    assert!(paint > 0.0);
}
