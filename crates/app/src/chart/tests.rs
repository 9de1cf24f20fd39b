use ledger::parse_date;
use projection::points::Points;

use super::{Bar, Panel, document, lines, sparkline};

fn bar(first: &str, last: &str, points: u32, qualified: bool) -> Bar {
    let day = |text| parse_date(text).expect("a day");
    Bar { first: day(first), last: day(last), points: Points::whole(points), qualified }
}

fn panel(from: &str, to: &str, bars: Vec<Bar>) -> Panel {
    let day = |text| parse_date(text).expect("a day");
    Panel {
        title: "Infrastructure".to_owned(),
        summary: "63 on the last day".to_owned(),
        from: day(from),
        to: day(to),
        max: 100,
        total_min: 70,
        bars,
        mark: None,
    }
}

/// Half a year with one day that qualifies.
fn half_a_year() -> Panel {
    let bars = vec![
        bar("2024-09-01", "2024-12-02", 55, false),
        bar("2024-12-03", "2024-12-03", 71, true),
        bar("2024-12-04", "2025-02-28", 63, false),
    ];
    panel("2024-09-01", "2025-02-28", bars)
}

#[test]
fn a_short_range_has_a_column_a_day() {
    let bars = vec![
        bar("2025-01-30", "2025-01-31", 0, false),
        bar("2025-02-01", "2025-02-05", 68, false),
        bar("2025-02-06", "2025-02-09", 100, true),
    ];
    let shown = lines(&panel("2025-01-30", "2025-02-10", bars), 80);
    assert_eq!(
        shown,
        [
            " 100 │       ████",
            "     │       ████",
            "  70 ┤┄┄┄┄┄┄┄████┄",
            "     │  ▆▆▆▆▆████",
            "     │  █████████",
            "     │  █████████",
            "     │  █████████",
            "     │  █████████",
            "     │  █████████",
            "     │  █████████",
            "   0 └────────────",
            "             ****",
            "        Feb",
            "      2025-01-30 to 2025-02-10",
        ]
    );
}

#[test]
fn a_column_of_many_days_shows_the_highest_and_marks_one_that_qualifies() {
    for width in [30, 80, 120] {
        let shown = lines(&half_a_year(), width);
        assert!(shown.iter().all(|line| line.chars().count() <= width), "{width}: {shown:#?}");
        let marks: Vec<&String> = shown.iter().filter(|line| line.contains('*')).collect();
        assert!(matches!(marks.as_slice(), [one] if one.matches('*').count() == 1), "{width}: {shown:#?}");
        let column = marks[0].chars().position(|cell| cell == '*').expect("a mark");
        let needed = shown.iter().find(|line| line.starts_with("  70 ")).expect("a line");
        assert_eq!(needed.chars().nth(column), Some('▁'), "{width}: {shown:#?}");
        assert!(needed.contains('┄'));
    }
}

#[test]
fn months_and_a_marked_day_are_named_below_the_plot() {
    let panel = Panel { mark: Some((parse_date("2025-02-20").expect("a day"), "today".to_owned())), ..half_a_year() };
    let shown = lines(&panel, 80);
    let [.., months, ends, mark] = shown.as_slice() else { panic!("{shown:#?}") };
    assert_eq!(months.trim(), "Sep         Oct         Nov          Dec         2025         Feb");
    assert!(ends.starts_with("      2024-09-01 ") && ends.ends_with(" 2025-02-28"), "{ends}");
    assert!(mark.ends_with("today 2025-02-20 ^"), "{mark}");
    let years = Panel { from: parse_date("2020-01-01").expect("a day"), ..panel };
    let shown = lines(&years, 80);
    assert!(shown.iter().any(|line| line.contains("2020") && line.contains("2023")), "{shown:#?}");
}

#[test]
fn days_without_a_score_are_left_free() {
    let shown = lines(&panel("2025-01-01", "2025-01-20", vec![bar("2025-01-11", "2025-01-20", 50, false)]), 80);
    assert_eq!(shown[9], format!("     │{}██████████", " ".repeat(10)));
}

/// The names of the elements of a document, whose tags are checked to be in pairs.
fn elements(document: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let body = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    for tag in body.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        assert!(
            !text
                .replace("&amp;", "")
                .replace("&lt;", "")
                .replace("&gt;", "")
                .replace("&quot;", "")
                .replace("&#39;", "")
                .contains('&'),
            "{text}"
        );
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).next().expect("a name").to_owned();
        all.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn a_document_is_whole_and_stands_alone_whatever_names_are_in_it() {
    let name = "<script>alert('\"&\u{1b}')</script>";
    let panels = [Panel { title: name.to_owned(), summary: name.to_owned(), ..half_a_year() }, half_a_year()];
    let svg = document(name, &panels);
    assert_eq!(svg, document(name, &panels));
    let names = elements(&svg);
    assert_eq!(names.iter().filter(|name| *name == "g").count(), 2);
    let known = ["svg", "title", "desc", "style", "rect", "g", "line", "path", "text"];
    assert!(names.iter().all(|name| known.contains(&name.as_str())), "{names:?}");
    for forbidden in ["href", "url(", "@import", "javascript", "onload", "\u{1b}"] {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
    assert_eq!(svg.matches("http").count(), 1, "but for the name space");
    assert!(svg.contains("role=\"img\"") && svg.contains("prefers-color-scheme"));
    assert_eq!(svg.matches("font-family:").count(), svg.matches("font-family:sans-serif").count());
    assert!(!svg.contains("font-family=\""));
}

#[test]
fn a_single_day_that_qualifies_among_years_has_a_band() {
    let bars = vec![
        bar("2020-01-01", "2024-12-02", 55, false),
        bar("2024-12-03", "2024-12-03", 71, true),
        bar("2024-12-04", "2024-12-31", 63, false),
    ];
    let svg = document("x", &[panel("2020-01-01", "2024-12-31", bars)]);
    assert!(svg.contains("class=\"band\"") && svg.contains("width=\"2\" height=\"5\""), "{svg}");
    assert!(svg.contains("70 needed") && svg.contains(">63.0</text>"));
}

/// The place that each text of a document takes, by letters that are as wide as those of a wide font.
fn boxes(svg: &str) -> Vec<(String, [f64; 4])> {
    let texts = svg.lines().filter_map(|line| line.strip_prefix("<text ")?.split_once('>'));
    let place = |(tag, text): (&str, &str)| {
        let text = text.trim_end_matches("</text>").to_owned();
        let of = |name: &str| tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let [x, y]: [f64; 2] = ["x", "y"].map(|name| of(name).parse().unwrap());
        let (size, letter) = match of("class") {
            "title" => (17.0, 0.70),
            "value" => (14.0, 0.70),
            _ => (12.0, 0.62),
        };
        let width = size * letter * f64::from(u32::try_from(text.chars().count()).unwrap());
        let left = if of("text-anchor") == "end" { x - width } else { x };
        (text, [left, y - 0.74 * size, left + width, y])
    };
    texts.map(place).collect()
}

#[test]
fn no_text_of_a_picture_lies_on_another_or_goes_over_the_edge() {
    let day = |text| parse_date(text).expect("a day");
    let end = |points| vec![bar("2024-09-01", "2024-12-02", 100, true), bar("2024-12-03", "2025-02-28", points, false)];
    let mark = |text| Some((day(text), "today".to_owned()));
    for points in [0, 1, 25, 62, 69, 70, 74, 100] {
        let half = panel("2024-09-01", "2025-02-28", end(points));
        for panel in [
            half.clone(),
            Panel { mark: mark("2024-09-01"), ..half.clone() },
            Panel { mark: mark("2025-02-28"), total_min: 100, ..half.clone() },
            Panel { from: day("2015-03-01"), summary: "x".repeat(300), ..half.clone() },
            Panel { from: day("2025-02-25"), bars: vec![bar("2025-02-25", "2025-02-28", points, true)], ..half },
        ] {
            let boxes = boxes(&document("x", std::slice::from_ref(&panel)));
            for (nth, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
                assert!(*left >= 0.0 && (*right <= 860.0 || text.starts_with("xxx")), "{text}");
                for (other, [l, t, r, b]) in &boxes[nth + 1..] {
                    let is_apart = right <= l || r <= left || bottom <= t || b <= top;
                    assert!(is_apart, "{text} lies on {other}: {panel:?}");
                }
            }
        }
    }
}

/// The contrast of two colours, as WCAG 2.1 defines it, in hundredths.
fn contrast(one: &str, other: &str) -> u32 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("two digits")) / 255.0;
            if value <= 0.039_28 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and 21")]
    let hundredths = (ratio * 100.0).floor() as u32;
    hundredths
}

#[test]
fn lines_and_texts_stand_out_on_white_and_on_black() {
    let svg = document("x", &[half_a_year()]);
    let style = svg.split("<style type=\"text/css\">").nth(1).and_then(|rest| rest.split("</style>").next());
    let (light, dark) = style.expect("a style").split_once("@media").expect("a dark style");
    let mut seen = 0;
    for (rules, ground, is_dark) in [(light, "#ffffff", false), (dark, "#161616", true)] {
        for rule in rules.split('}').filter(|rule| !rule.contains(".bg")) {
            let names = rule.rsplit_once('{').map_or("", |(names, _)| names);
            for property in rule.split(['{', ';']) {
                let Some((name, colour)) = property.split_once(":#") else { continue };
                let is_text = ["text", "title", "value", "need"].iter().any(|text| names.ends_with(text));
                let least = if is_text && name == "fill" { 450 } else { 300 };
                let given = contrast(&format!("#{colour}"), ground);
                assert!(given >= least, "{names} {property} on {ground}: {given}");
                seen += 1;
            }
        }
        // What the dark style does not change is as light has it.
        assert!(!is_dark || contrast("#8a8a8a", ground) >= 300);
    }
    assert!(seen > 15, "{seen}");
    assert_eq!((contrast("#000000", "#ffffff"), contrast("#777777", "#ffffff")), (2100, 447));
}

#[test]
fn a_small_picture_has_the_shape_the_need_and_the_days_that_qualify() {
    let small = sparkline(&Panel { title: "A <b>".to_owned(), ..half_a_year() }, "one");
    assert!(small.starts_with("<svg ") && small.ends_with("</svg>"), "{small}");
    let title = "aria-labelledby=\"one-title one-desc\"";
    assert!(small.contains(title) && small.contains("<title id=\"one-title\">A &lt;b&gt;</title>"), "{small}");
    assert!(small.contains("<desc id=\"one-desc\">63 on the last day.</desc>"), "{small}");
    // 93 days at 55, one at 71, 87 at 63, of 181 days on 240 pixels; 48 pixels are 100 points.
    assert!(small.contains("<path class=\"score\" d=\"M0 21.6H123.3V14H124.6V17.8H240\"/>"), "{small}");
    assert!(
        small.contains("y1=\"14.4\"") && small.contains("<rect class=\"band\" x=\"123.3\" y=\"48\" width=\"1.3\""),
        "{small}"
    );
    assert!(!small.contains("style"), "{small}");
    // Days without a score interrupt the line.
    let bars = vec![bar("2025-01-01", "2025-01-10", 10, false), bar("2025-01-21", "2025-01-31", 20, false)];
    let gap = sparkline(&panel("2025-01-01", "2025-01-31", bars), "gap");
    assert_eq!((gap.matches("class=\"score\"").count(), gap.matches("class=\"band\"").count()), (2, 0), "{gap}");
}
