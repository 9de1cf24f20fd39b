//! Everything by keys alone: what they reach, the way past what stands before the answer, and where the focus is.

use std::collections::BTreeSet;

use super::{AREA, AS_OF, KNOWN_AT, Stage, VIEWS};

/// What can be reached, numbered.
const NUMBERED: &str = "(() => { const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), \
    select, summary, [tabindex=\"0\"]')].filter(one => one.checkVisibility({contentVisibilityAuto: true})); \
    all.forEach((one, number) => one.dataset.number = number); return all.length })()";

/// Whether what has the focus shows it, and can be seen, if only in part. The button within a date is the browser's own.
const SEEN: &str = "(() => { const one = document.activeElement, box = one.getBoundingClientRect(); return \
    (getComputedStyle(one).outlineStyle !== 'none' || (one.type === 'date' && !one.matches(':focus'))) && box.bottom > 0 \
    && box.top < innerHeight && box.width > 0 })()";

#[test]
fn the_tab_key_reaches_everything_and_shows_where_it_is() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.prefers("screen", &[("prefers-reduced-motion", "reduce")]);
    for view in VIEWS {
        tab.go(view);
        if view.starts_with("/p/") {
            tab.until(&format!("Number(document.querySelector('{KNOWN_AT}').max) > 0"));
        }
        let count = tab.number(NUMBERED);
        let (mut reached, mut presses) = (BTreeSet::new(), 0.0);
        // A date has a field for each of its parts.
        while presses < count + 20.0 {
            tab.key("Tab");
            presses += 1.0;
            let number = tab.run("document.activeElement.dataset.number ?? null");
            if let Some(number) = number.as_str() {
                reached.insert(number.to_owned());
                assert_eq!(tab.run(SEEN), true, "{view}: {}", tab.text("document.activeElement.outerHTML"));
            } else if !reached.is_empty() && tab.run("document.activeElement === document.body") == true {
                break;
            }
        }
        let missed = tab.run(&format!(
            "[...document.querySelectorAll('[data-number]')].filter(one => !{:?}.includes(one.dataset.number)).map(one => \
             one.outerHTML.slice(0, 200))",
            reached.iter().collect::<Vec<_>>()
        ));
        assert_eq!(missed, serde_json::json!([]), "{view}: {} of {count}", reached.len());
    }
}

#[test]
fn the_first_key_leads_past_what_stands_before_the_answer() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.key("Tab");
    assert_eq!(tab.text("document.activeElement.textContent"), "To the answer");
    assert!(tab.number("document.activeElement.getBoundingClientRect().left") >= 0.0);
    tab.key("Enter");
    tab.until("document.activeElement.id === 'main'");
    tab.key("Tab");
    assert_eq!(tab.run("document.querySelector('main').contains(document.activeElement)"), true);
}

#[test]
fn keys_move_the_first_slider_by_days_and_months_and_to_its_ends() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    let field = |name: &str| tab.text(&format!("document.querySelector('#as_of').{name}"));
    let (first, last) = (field("min"), field("max"));
    assert_eq!(first, "2022-10-03");
    for (key, day) in [
        ("ArrowRight", "2025-04-01"),
        ("ArrowDown", "2025-03-31"),
        // The last day of a month stays one.
        ("PageDown", "2025-02-28"),
        ("PageUp", "2025-03-31"),
        ("ArrowLeft", "2025-03-30"),
        ("PageDown", "2025-02-28"),
        ("ArrowLeft", "2025-02-27"),
        ("PageUp", "2025-03-27"),
        ("Home", &first),
        ("End", &last),
    ] {
        tab.key(key);
        assert_eq!(field("value"), day, "{key}");
        assert_eq!(tab.text(&format!("document.querySelector('{AS_OF}').ariaValueText")), day);
        tab.until(&format!("document.querySelector('.answer .paper strong').textContent === '{day}'"));
        tab.until(&format!("new URLSearchParams(location.search).get('as_of') === '{day}'"));
        assert_eq!(tab.run(&format!("document.activeElement === document.querySelector('{AS_OF}')")), true);
    }
    assert_eq!(tab.errors(), Vec::<String>::new());
}

#[test]
fn keys_move_the_second_slider_through_the_instants_of_the_partner() {
    let Some(stage) = Stage::set() else { return };
    let Stage { service, tab, .. } = stage;
    let instants = service.get("/v1/partners/6034453/instants").json();
    let instants: Vec<&str> =
        instants["items"].as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap()).collect();
    tab.go(AREA);
    tab.until(&format!("Number(document.querySelector('{KNOWN_AT}').max) === {}", instants.len()));
    let said = || tab.text(&format!("document.querySelector('{KNOWN_AT}').ariaValueText"));
    assert_eq!(said(), "now");
    tab.run(&format!("document.querySelector('{KNOWN_AT}').focus()"));
    for back in 1..=3 {
        tab.key("ArrowLeft");
        assert_eq!(said(), instants[instants.len() - back]);
    }
    let then = instants[instants.len() - 3];
    tab.until(&format!("document.querySelector('.answer .paper strong + strong').textContent === '{then}'"));
    // What stands beside the answer follows, too.
    tab.until("document.querySelector('.then')?.textContent.includes('fewer than now')");
    let link = tab.text("document.querySelector('footer a').href");
    assert!(link.contains(&then.replace(':', "%3A")) || link.contains(then), "{link}");
    for link in ["nav.crumbs li:nth-child(2) a", "nav.views a"] {
        let address = tab.text(&format!("new URL(document.querySelector('{link}').href).searchParams.get('known_at')"));
        assert_eq!(address, then, "{link}");
    }
    assert_eq!(tab.run("document.querySelector('.pin')"), serde_json::Value::Null);
    tab.key("End");
    tab.until("document.querySelector('.pin') && !document.querySelector('.then')");
    assert_eq!(said(), "now");
    tab.key("Home");
    tab.until(&format!("document.querySelector('.answer .paper strong + strong').textContent === '{}'", instants[0]));
}
