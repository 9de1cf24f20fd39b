//! Sliders that are dragged: answers in the order of the positions, and the address and the history behind them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tab::Tab;
use super::{AREA, AS_OF, Stage};

/// Positions of a drag.
const POSITIONS: u32 = 100;

/// The day of the answer, and of the field.
const ANSWERED: &str = "document.querySelector('.answer .paper strong').textContent";
const FIELD: &str = "document.querySelector('#as_of').value";

/// Notes the day of each answer as it comes.
const NOTED: &str = "window.days = []; new MutationObserver(() => days.push(document.querySelector('.answer .paper \
    strong').textContent)).observe(document.querySelector('.answer'), {childList: true})";

/// Where the first slider is: its left end, its width, and its middle from above.
fn slider(tab: &Tab) -> (f64, f64, f64) {
    let side = |name: &str| tab.number(&format!("document.querySelector('{AS_OF}').getBoundingClientRect().{name}"));
    (side("left"), side("width"), f64::midpoint(side("top"), side("bottom")))
}

/// Where the slider's knob is.
fn knob(tab: &Tab) -> (f64, f64) {
    const HALF: f64 = 8.0;
    let (left, width, y) = slider(tab);
    let share = tab.number(&format!(
        "(slider => (slider.value - slider.min) / (slider.max - slider.min))(document.querySelector('{AS_OF}'))"
    ));
    (left + HALF + share * (width - 2.0 * HALF), y)
}

#[test]
fn the_answers_of_a_drag_come_in_the_order_of_its_positions() {
    let Some(stage) = Stage::set() else { return };
    let Stage { chromium, service, tab, .. } = stage;
    tab.go(AREA);
    tab.run(NOTED);
    tab.run("performance.setResourceTimingBufferSize(1000)");
    let length = tab.run("history.length").as_u64().expect("a whole number");
    let (x, y) = knob(&tab);
    tab.mouse("mousePressed", (x, y));
    for position in 1..=POSITIONS {
        tab.mouse("mouseMoved", (x + 2.0 * f64::from(position), y));
    }
    let last = tab.text(FIELD);
    tab.mouse("mouseReleased", (x + 2.0 * f64::from(POSITIONS), y));
    assert!(last.as_str() > "2025-06-01", "{last}");
    tab.until(&format!("{ANSWERED} === '{last}'"));
    tab.until(&format!("new URLSearchParams(location.search).get('as_of') === '{last}'"));
    let days = tab.run("days");
    let days: Vec<&str> = days.as_array().unwrap().iter().map(|day| day.as_str().unwrap()).collect();
    assert!(days.is_sorted() && days.last() == Some(&last.as_str()), "{days:?}");
    assert_eq!(days.iter().collect::<BTreeSet<_>>().len(), days.len(), "an answer came twice");
    assert_eq!(tab.run("history.length"), length + 1, "a drag is one step of the history");
    let took = tab.run(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('as_of')).map(one => one.responseEnd - \
         one.requestStart).sort((one, other) => one - other)",
    );
    let took: Vec<f64> = took.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
    let p99 = took.get(took.len() * 99 / 100).copied().unwrap_or_default();
    eprintln!("{POSITIONS} positions: {} answers, the slowest but one in a hundred {p99:.0} ms", took.len());
    // The answer is that of whoever comes to the address.
    let own = tab.text("document.querySelector('.answer').innerHTML");
    let other = Tab::signed_in(&chromium, &service);
    other.go(&tab.text("location.href"));
    assert_eq!(other.text("document.querySelector('.answer').innerHTML"), own);
    assert_eq!(tab.errors(), Vec::<String>::new());
}

/// Holds an answer back, and returns the request that waits for it.
fn held(tab: &Tab) -> Value {
    let mut event = tab.event("Fetch.requestPaused");
    event["requestId"].take()
}

#[test]
fn an_answer_that_comes_late_is_not_shown() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.run(NOTED);
    tab.call("Fetch.enable", &json!({"patterns": [{"urlPattern": "*as_of=*"}]}));
    let (x, y) = knob(&tab);
    tab.mouse("mousePressed", (x, y));
    tab.mouse("mouseMoved", (x + 6.0, y));
    let first = held(&tab);
    // While the first one waits, nothing else is asked; of all that is wanted meanwhile, the newest is.
    for further in 1..=8 {
        tab.mouse("mouseMoved", (x + 6.0 + f64::from(further), y));
    }
    let last = tab.text(FIELD);
    tab.mouse("mouseReleased", (x + 14.0, y));
    let second = held(&tab);
    // The first one is given up once the slider is let go: Chromium may know it no more.
    drop(tab.try_call("Fetch.continueRequest", &json!({"requestId": first})));
    tab.call("Fetch.continueRequest", &json!({"requestId": second}));
    tab.until(&format!("{ANSWERED} === '{last}'"));
    assert_eq!(tab.run("days"), json!([last]));
}

#[test]
fn back_and_forward_bring_the_answers_and_the_sliders_back() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.run("window.isSame = true");
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    let mut answers = vec![tab.text("document.querySelector('.answer').innerHTML")];
    let mut days = vec!["2025-03-31".to_owned()];
    // A key that is held is one step of the history.
    for (key, presses) in [("ArrowLeft", 30), ("PageDown", 2)] {
        for _ in 0..presses {
            tab.key_down(key);
        }
        tab.key_up(key);
        let day = tab.text(FIELD);
        tab.until(&format!("{ANSWERED} === '{day}' && location.search.includes('{day}')"));
        answers.push(tab.text("document.querySelector('.answer').innerHTML"));
        days.push(day);
    }
    assert_eq!(days[1..], ["2025-03-01", "2025-01-01"]);
    for (step, place) in [("back", 1), ("back", 0), ("forward", 1), ("forward", 2)] {
        tab.run(&format!("history.{step}()"));
        let day = &days[place];
        tab.until(&format!("{ANSWERED} === '{day}' && location.search.includes('{day}')"));
        assert_eq!(tab.text("document.querySelector('.answer').innerHTML"), answers[place], "{step} to {day}");
        assert_eq!(tab.text(FIELD), *day);
        assert_eq!(tab.text(&format!("document.querySelector('{AS_OF}').ariaValueText")), *day);
    }
    assert_eq!(tab.run("isSame"), true, "no page was loaded");
}

#[test]
fn the_answer_is_read_out_once_the_slider_rests() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.run(
        "window.said = []; window.begun = performance.now(); new MutationObserver(() => { const text = \
         document.querySelector('.status').textContent; if (text) said.push([text, performance.now()]) \
         }).observe(document.querySelector('.status'), {childList: true})",
    );
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    for _ in 0..5 {
        tab.key("ArrowLeft");
    }
    tab.run("window.begun = performance.now()");
    tab.until("said.length > 0");
    let said = tab.run("said");
    assert_eq!(said.as_array().unwrap().len(), 1, "{said}");
    let text = said[0][0].as_str().unwrap();
    assert!(text.starts_with("Infrastructure: ") && text.contains(" of 100 points"), "{text}");
    assert!(tab.number("said[0][1] - begun") >= 450.0);
}

#[test]
fn the_focus_stays_where_it_is_when_the_answer_is_another() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("PageDown");
    tab.until(&format!("{ANSWERED} === '2025-02-28' && location.search.includes('2025-02-28')"));
    for (selector, what) in [
        (".views a:nth-of-type(3)", "document.activeElement.textContent === 'Why'"),
        ("[aria-labelledby=usage_growth] summary", "document.activeElement.localName === 'summary'"),
        (".crumbs li:nth-child(2) a", "document.activeElement.textContent.includes('6034453')"),
        ("footer .exports a:nth-of-type(2)", "document.activeElement.matches('.exports a')"),
    ] {
        let before = tab.text(ANSWERED);
        tab.run(&format!("window.old = document.querySelector('{selector}'); old.focus()"));
        let step = if before == "2025-02-28" { "back" } else { "forward" };
        tab.run(&format!("history.{step}()"));
        tab.until(&format!("{ANSWERED} !== '{before}'"));
        assert_eq!(tab.run("old.isConnected"), false);
        assert_eq!(tab.run(what), true, "{selector}: {}", tab.text("document.activeElement.outerHTML"));
    }
}

#[test]
fn details_that_are_open_stay_open_and_stand_in_the_address() {
    let Some(stage) = Stage::set() else { return };
    let Stage { chromium, service, tab, .. } = stage;
    tab.go(AREA);
    tab.click("[aria-labelledby=usage_growth] summary");
    tab.until("location.search === '?as_of=2025-03-31&open=usage_growth'");
    tab.run(&format!("document.querySelector('{AS_OF}').focus()"));
    tab.key("ArrowLeft");
    tab.until(&format!("{ANSWERED} === '2025-03-30' && location.search.includes('2025-03-30')"));
    let open = "[...document.querySelectorAll('details[open]')].map(one => one.dataset.open)";
    assert_eq!(tab.run(open), json!(["usage_growth"]));
    let other = Tab::signed_in(&chromium, &service);
    other.go(&tab.text("location.href"));
    assert_eq!(other.run(open), json!(["usage_growth"]));
    tab.click("[aria-labelledby=usage_growth] summary");
    tab.until("location.search === '?as_of=2025-03-30'");
    // All of them stand there as one word, until one is closed.
    tab.go(&format!("{AREA}&open=all"));
    tab.click("[aria-labelledby=usage_growth] summary");
    tab.until("location.search.includes('open=net_customer_adds') && !location.search.includes('usage_growth')");
    assert_eq!(tab.errors(), Vec::<String>::new());
}
