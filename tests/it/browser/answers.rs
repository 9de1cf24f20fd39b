//! Addresses: each copied into another window gives the same answer.

use super::tab::Tab;
use super::{AREA, AS_OF, KNOWN_AT, Stage, VIEWS};

/// What an answer is, whoever looks at it.
const ANSWER: &str = "['main h1', '.answer', '.crumbs', 'footer', 'form.times'].map(part => { const copy = \
    document.querySelector(part)?.cloneNode(true); copy?.querySelectorAll('input, button').forEach(one => one.remove()); \
    return copy?.innerHTML }).join()";

#[test]
fn each_address_gives_the_same_answer_in_another_window() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, service, chromium, .. } = stage;
    let other = Tab::signed_in(&chromium, &service);
    for view in VIEWS {
        tab.go(view);
        other.go(&tab.text("location.href"));
        assert_eq!(other.text(ANSWER), tab.text(ANSWER), "{view}");
    }
    // What the script put together is what the server makes, in every part.
    for view in VIEWS {
        tab.go(view);
        tab.until(&format!("Number(document.querySelector('{KNOWN_AT}').max) > 0"));
        for (slider, key) in [(AS_OF, "ArrowLeft"), (KNOWN_AT, "PageDown")] {
            let before = tab.text("location.href");
            tab.run(&format!("document.querySelector('{slider}').focus()"));
            tab.key(key);
            tab.until(&format!("location.href !== {before:?}"));
        }
        other.go(&tab.text("location.href"));
        assert_eq!(other.text(ANSWER), tab.text(ANSWER), "{view}, moved");
        assert_eq!(other.text("document.title"), tab.text("document.title"), "{view}, moved");
    }
    assert_eq!(tab.errors(), Vec::<String>::new());
}

#[test]
fn an_answer_that_is_pinned_stays() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.go(AREA);
    let before = tab.text("document.querySelector('.answer').textContent");
    tab.click(".pin");
    tab.until("location.search.includes('known_at=') && document.querySelector('.then')");
    assert_eq!(tab.text("document.querySelector('.answer').textContent"), before);
    let slider = |name: &str| tab.text(&format!("String(document.querySelector('{KNOWN_AT}').{name})"));
    tab.until(&format!("Number(document.querySelector('{KNOWN_AT}').max) > 0"));
    assert_eq!(slider("ariaValueText"), "2025-04-04T09:05:00.000015Z");
}
