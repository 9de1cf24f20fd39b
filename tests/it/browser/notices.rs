//! What is told beside the answer: new entries, a connection that is lost, a session that has ended.

use super::chromium::Chromium;
use super::tab::Tab;
use super::{AREA, AS_OF, KNOWN_AT, Stage};
use crate::processes::answer;
use crate::service::{PARTNER, Service, demo};

/// The notice of a kind.
fn notice(kind: &str) -> String {
    format!("document.querySelector('.notices .notice[data-kind={kind}]')?.textContent ?? ''")
}

const POINTS: &str = "document.querySelector('.answer .total').textContent";

fn record(dir: &std::path::Path, name: &str, count: u32) {
    let line = |number: u32| {
        serde_json::json!({
            "type": "usage_reported", "partner": PARTNER, "month": "2025-03", "product": format!("{name} {number}"),
            "customer": "4fdbff88-9d6b-42e0-9713-45c922ba8001", "metric": "acr_usd", "value": "50000",
        })
    };
    let lines: String = (0..count).map(|number| format!("{}\n", line(number))).collect();
    std::fs::write(dir.join(name), lines).unwrap();
    answer(dir, &["import", name]);
}

#[test]
fn new_entries_are_told_and_change_nothing_until_somebody_asks() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, service, dir, chromium } = stage;
    let pinned = Tab::signed_in(&chromium, &service);
    pinned.go(&format!("{AREA}&known_at=2025-04-04"));
    tab.go(AREA);
    let before = tab.text("document.querySelector('.answer').innerHTML");
    record(dir.path(), "first", 3);
    tab.until(&format!("({}).startsWith('3 new entries; show')", notice("news")));
    record(dir.path(), "second", 1);
    tab.until(&format!("({}).startsWith('4 new entries')", notice("news")));
    assert_eq!(tab.text("document.querySelector('.answer').innerHTML"), before);
    // An answer that has them is another answer, and the notice goes.
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("ArrowLeft");
    tab.until(&format!(
        "({}) === '' && document.querySelector('footer').textContent.includes('736 entries')",
        notice("news")
    ));
    record(dir.path(), "third", 1);
    tab.until(&format!("({}).startsWith('1 new entry')", notice("news")));
    tab.click(".notice[data-kind=news] a");
    tab.until(&format!(
        "({}) === '' && document.querySelector('footer')?.textContent.includes('737 entries')",
        notice("news")
    ));
    assert!(tab.text("location.search").contains("as_of=2025-03-30"));
    // What is pinned stays, and leads to what is known now.
    let address = pinned.text("new URL(document.querySelector('.notice a').href).search");
    assert_eq!(address, "?as_of=2025-03-31");
}

#[test]
fn a_service_that_is_gone_is_told_and_the_answer_stays() {
    let Some(stage) = Stage::set() else { return };
    let Stage { service, tab, .. } = stage;
    tab.go(AREA);
    let before = tab.text(POINTS);
    tab.connected(false);
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("PageDown");
    tab.until(&format!(
        "({}).startsWith('The service cannot be reached; the answer is that of before.')",
        notice("trouble")
    ));
    assert_eq!(tab.text(POINTS), before);
    assert_eq!(tab.run(&format!("document.activeElement === document.querySelector('{AS_OF}')")), true);
    tab.connected(true);
    tab.click(".notice[data-kind=trouble] button");
    tab.until("document.querySelector('.answer .paper strong').textContent === '2025-02-28'");
    assert_eq!(tab.text(&notice("trouble")), "");
    assert_eq!(tab.text("location.search"), "?as_of=2025-02-28");
    // The focus that was on the button is on the answer.
    assert_eq!(tab.text("document.activeElement.id"), "main");
    drop(service);
    tab.until(&format!("({}).startsWith('The connection is lost.')", notice("line")));
}

#[test]
fn a_session_that_has_ended_leads_to_where_one_signs_in() {
    let Some(chromium) = Chromium::start() else { return };
    let dir = demo();
    let token = |name| {
        let made = answer(dir.path(), &["token", "make", "--tokens", "tokens", "--name", name, "--scope", "audit"]);
        made.trim_end().to_owned()
    };
    let shown = token("one");
    let mut service = Service::start(dir.path(), &["--tokens", "tokens"]);
    service.token = shown;
    let tab = Tab::signed_in(&chromium, &service);
    tab.go(AREA);
    let before = tab.text(POINTS);
    token("two");
    let pid = service.child.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap();
    // The stream that ends tells it by itself; a slider that is moved tells it, too.
    tab.until(&format!("({}).startsWith('Your session has ended. Sign in')", notice("trouble")));
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("ArrowLeft");
    tab.until(&format!("({}).startsWith('Your session has ended. Sign in')", notice("trouble")));
    assert_eq!(tab.text(POINTS), before);
    tab.click(".notice[data-kind=trouble] a");
    tab.until("document.querySelector('form.sign-in') && document.readyState === 'complete'");
    let address = tab.text("location.search");
    // A token that is not taken is told on the same page; one that is leads back to the answer.
    for (token, outcome) in [
        ("pcs_none", format!("({}).startsWith('The token is not taken')", notice("trouble"))),
        (&service.token, format!("document.querySelector('.answer') && location.search === '{address}'")),
    ] {
        tab.run(&format!("document.querySelector('#token').value = '{token}'"));
        tab.run("document.querySelector('#token').focus()");
        tab.key("Enter");
        tab.until(&outcome);
    }
}

#[test]
fn the_address_that_is_printed_signs_in_and_loses_its_token() {
    let Some(stage) = Stage::set() else { return };
    let Stage { chromium, service, .. } = stage;
    let tab = Tab::open(&chromium, &service);
    tab.go(&format!("/#token={}", service.token));
    tab.until("document.querySelector('.answer table') && location.hash === ''");
    assert_eq!(tab.text("document.cookie"), "");
    let tab = Tab::open(&chromium, &service);
    tab.go("/#token=pcs_none");
    tab.until(&format!("({}).startsWith('The token is not taken')", notice("trouble")));
    assert_eq!(tab.text("location.hash"), "");
}

#[test]
fn what_is_refused_while_a_slider_is_moved_is_told() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    let before = tab.text(POINTS);
    tab.run("document.querySelector('#known_at').value = 'soon'; document.querySelector('#known_at').focus()");
    tab.key("Enter");
    tab.until(&format!("({}).startsWith('The address is not right: ')", notice("trouble")));
    assert_eq!((tab.text(POINTS), tab.text("location.search")), (before, "?as_of=2025-03-31".to_owned()));
    tab.run("document.querySelector('#known_at').value = '2025-03-01'; document.querySelector('#known_at').focus()");
    tab.key("Enter");
    tab.until("document.querySelector('.then')");
    assert_eq!(tab.text(&notice("trouble")), "");
    assert_eq!(tab.text("location.search"), "?as_of=2025-03-31&known_at=2025-03-01");
}

#[test]
fn a_day_with_new_entries_becomes_a_stop_of_all_partners_and_a_bound_moves_with_the_answer() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, dir, .. } = stage;
    tab.go("/?as_of=2029-01-01");
    let stops = format!("Number(document.querySelector('{KNOWN_AT}').max)");
    tab.until(&format!("{stops} > 0"));
    let before = tab.number(&stops);
    assert_eq!(tab.text("document.querySelector('#as_of').max"), "2029-01-01");
    record(dir.path(), "new", 1);
    tab.until(&format!("({}).startsWith('1 new entry; show')", notice("news")));
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("PageDown");
    tab.until(&format!("{stops} > {before}"));
    assert_eq!(tab.text("document.querySelector('#as_of').max"), "2028-12-01");
    assert_eq!(tab.text(&format!("document.querySelector('{AS_OF}').ariaValueText")), "2028-12-01");
}
