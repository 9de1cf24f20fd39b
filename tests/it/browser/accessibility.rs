//! What the rules of axe-core find on each view, and what people set for their screens.

use super::chromium::Chromium;
use super::tab::Tab;
use super::{AREA, Stage, VIEWS};
use crate::service::{Service, demo};

/// The variable that names the file of axe-core.
const VARIABLE: &str = "PCS_TEST_AXE";

/// What is checked, and what comes out of it: rules that are broken, each with its first place.
const CHECK: &str = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', \
    'best-practice']}).then(({violations, passes}) => ({passes: passes.length, broken: violations.map(({id, nodes}) => \
    `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`)}))";

#[test]
fn axe_finds_nothing_on_any_view() {
    let Some(chromium) = Chromium::start() else { return };
    let Some(file) = std::env::var_os(VARIABLE) else {
        eprintln!("passed over: {VARIABLE} says where axe.min.js is");
        return;
    };
    let axe = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    let (tab, stranger) = (Tab::signed_in(&chromium, &service), Tab::open(&chromium, &service));
    let mut broken = Vec::new();
    let views = VIEWS.iter().map(|view| (&tab, *view));
    for (tab, view) in views.chain([(&tab, "/p/1"), (&stranger, "/"), (&tab, "/problems/busy")]) {
        for (scheme, width) in [("light", 320), ("light", 1_280), ("dark", 320), ("dark", 1_280)] {
            tab.size(width, 800);
            tab.prefers("screen", &[("prefers-color-scheme", scheme)]);
            tab.go(view);
            tab.run("for (const details of document.querySelectorAll('details')) details.open = true");
            tab.run(&axe);
            let found = tab.run(CHECK);
            assert!(found["passes"].as_u64() > Some(10), "{view}: {found}");
            let all = found["broken"].as_array().expect("a list").iter();
            broken.extend(all.map(|rule| format!("{view} {scheme} {width}: {rule}")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn colours_that_are_forced_leave_every_edge_and_motion_that_is_not_wanted_stays_away() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    tab.prefers("screen", &[("forced-colors", "active"), ("prefers-reduced-motion", "reduce")]);
    tab.go("/p/6034453?as_of=2025-03-31");
    for selector in [".card", ".badge", ".times", "meter"] {
        let edge = tab.text(&format!("getComputedStyle(document.querySelector({selector:?})).borderTopStyle"));
        assert_eq!(edge, "solid", "{selector}");
    }
    assert_eq!(tab.text("getComputedStyle(document.documentElement).scrollBehavior"), "auto");
    tab.prefers("screen", &[("prefers-reduced-motion", "no-preference")]);
    assert_eq!(tab.text("getComputedStyle(document.documentElement).scrollBehavior"), "smooth");
}

#[test]
fn what_can_be_pressed_is_large_enough_and_says_what_it_is() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    let small = "[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter(one => \
        one.checkVisibility() && !one.matches('.skip')).filter(one => { const box = one.getBoundingClientRect(); return \
        box.width < 24 || box.height < 24 }).map(one => one.outerHTML)";
    for view in [AREA, "/?as_of=2025-03-31", "/p/6034453?as_of=2025-03-31", "/p/6034453/entries", "/entries/7"] {
        tab.go(view);
        assert_eq!(tab.run(small), serde_json::json!([]), "{view}");
    }
    // The tree that readers of screens get.
    tab.go(AREA);
    tab.call("Accessibility.enable", &serde_json::json!({}));
    let tree = tab.call("Accessibility.getFullAXTree", &serde_json::json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes");
    let is_there = |role: &str, name: &str| {
        nodes.iter().any(|node| node["role"]["value"] == role && node["name"]["value"] == name)
    };
    for (role, name) in [
        ("form", "The two times"),
        ("slider", "As of"),
        ("slider", "As known at"),
        ("heading", "Infrastructure of 6034453"),
        ("navigation", "Views of the area"),
        ("link", "To the answer"),
    ] {
        assert!(is_there(role, name), "{role} {name}");
    }
    for role in ["main", "banner", "contentinfo", "status"] {
        assert!(nodes.iter().any(|node| node["role"]["value"] == role), "{role}");
    }
}
