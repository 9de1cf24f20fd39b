//! What is taken out of the page: copies of the command, and pictures.

use std::io::Read;

use serde_json::json;

use super::{AREA, Stage};

#[test]
fn the_command_is_copied_or_else_selected() {
    let Some(stage) = Stage::set() else { return };
    let Stage { tab, .. } = stage;
    let done = "document.querySelector('.notice[data-kind=done]')?.textContent ?? ''";
    for (setting, said) in [("granted", "Copied."), ("denied", "Selected: ")] {
        tab.go(AREA);
        let command = tab.text("document.querySelector('#command').textContent");
        let permission = json!({"permission": {"name": "clipboard-write"}, "setting": setting, "origin": tab.origin()});
        tab.call_browser("Browser.setPermission", permission);
        tab.run("getSelection().removeAllRanges()");
        tab.click(".copy");
        tab.until(&format!("({done}).startsWith('{said}')"));
        let selected = tab.text("getSelection().toString().trim()");
        assert_eq!(selected, if setting == "denied" { command } else { String::new() });
    }
}

#[test]
fn a_chart_is_saved_as_a_picture_of_twice_the_size() {
    let Some(stage) = Stage::set() else { return };
    let Stage { chromium, tab, .. } = stage;
    tab.go("/p/6034453/infrastructure/timeline?as_of=2025-03-31&from=2024-09-01&to=2025-03-31");
    let downloads = chromium.home().join("downloads");
    let behaviour = json!({"behavior": "allow", "downloadPath": downloads, "eventsEnabled": true});
    tab.call_browser("Browser.setDownloadBehavior", behaviour);
    tab.run("[...document.querySelectorAll('.exports button')].find(one => one.textContent === 'PNG').click()");
    chromium
        .event(None, |event| event["method"] == "Browser.downloadProgress" && event["params"]["state"] == "completed");
    let file = std::fs::read_dir(&downloads).unwrap().next().expect("a file").unwrap();
    assert_eq!(file.file_name(), "Infrastructure of 6034453 over time.png");
    let png = std::fs::read(file.path()).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (2 * 860, 2 * 316));
    // It is drawn: it has the colours of the line and of what is needed, among others.
    let mut pixels = Vec::new();
    let mut chunks = &png[8..];
    while let [a, b, c, d, kind @ ..] = chunks {
        let (length, rest) = (u32::from_be_bytes([*a, *b, *c, *d]) as usize, &kind[4..]);
        if kind.starts_with(b"IDAT") {
            pixels.extend_from_slice(&rest[..length]);
        }
        chunks = &rest[length + 4..];
    }
    let mut raw = Vec::new();
    flate2::read::ZlibDecoder::new(&pixels[..]).read_to_end(&mut raw).unwrap();
    let distinct: std::collections::BTreeSet<u8> = raw.iter().copied().collect();
    assert!(distinct.len() > 50, "{} different bytes", distinct.len());
    assert_eq!(tab.errors(), Vec::<String>::new());
}
