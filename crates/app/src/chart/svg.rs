//! Panels as one document of SVG 1.1.
//!
//! It has no script, no reference outside and no font but `sans-serif`. Colours are those of a style element, for light
//! and dark surroundings; none of them carries a meaning alone: what qualifies has a band below it, and what is needed a
//! dashed line with a label.

use std::fmt::Write as _;

use super::ticks::ticks;
use super::{Bar, Panel};

/// The width of the document, and what is left of and right of a plot; in pixels.
const WIDTH: u64 = 860;
const LEFT: u64 = 46;
const RIGHT: u64 = 92;
/// The width and height of a plot.
const PLOT_WIDTH: u64 = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT: u64 = 180;
/// The height of a panel, and what is above its plot.
const PANEL_HEIGHT: u64 = 292;
const ABOVE: u64 = 64;
/// The height of the band below days that qualify.
const BAND: u64 = 5;
/// The least width of the band.
const LEAST_BAND: u64 = 2;
/// What is around all panels.
const AROUND: u64 = 12;
/// The distance between labels that are not to touch.
const APART: u64 = 15;
/// The columns that a month's label takes.
const LABEL_WIDTH: u64 = 34;
/// The characters of a line below the title.
const SUMMARY: usize = 120;

/// What the document looks like, for light and dark surroundings.
pub const STYLE: &str = "\
.bg{fill:#ffffff}\
text{font-family:sans-serif;font-size:12px;fill:#57606a}\
.title{font-size:17px;font-weight:bold;fill:#1f2328}\
.value{font-size:14px;font-weight:bold;fill:#1f2328}\
.need{fill:#9a3412}\
.grid{stroke:#8a8a8a;stroke-width:1;stroke-dasharray:1 5}\
.base{stroke:#6e7781;stroke-width:1}\
.needed{stroke:#9a3412;stroke-width:1.5;stroke-dasharray:7 4}\
.mark{stroke:#57606a;stroke-width:1;stroke-dasharray:3 3}\
.score{fill:none;stroke:#0b5cad;stroke-width:2.2;stroke-linejoin:round}\
.area{fill:#0b5cad;fill-opacity:0.12}\
.band{fill:#1a7f37}\
@media (prefers-color-scheme:dark){\
.bg{fill:#161616}\
text{fill:#a9b4bf}\
.title,.value{fill:#eef2f6}\
.need{fill:#f0a070}\
.base{stroke:#8b949e}\
.needed{stroke:#f0a070}\
.mark{stroke:#a9b4bf}\
.score{stroke:#6cb6ff}\
.area{fill:#6cb6ff}\
.band{fill:#3fb950}}";

/// The document of some panels, one below the other. The same panels give the same bytes.
#[must_use]
pub fn document(title: &str, panels: &[Panel]) -> String {
    let height = panels.len() as u64 * PANEL_HEIGHT + 2 * AROUND;
    let mut out = String::with_capacity(8_192);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" role=\"img\" aria-labelledby=\"title desc\" \
         width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">"
    );
    let summaries: Vec<String> =
        panels.iter().map(|panel| escaped(&format!("{}: {}", panel.title, panel.summary))).collect();
    let _ = writeln!(out, "<title id=\"title\">{}</title>", escaped(title));
    let _ = writeln!(out, "<desc id=\"desc\">{}.</desc>", summaries.join(". "));
    let _ = writeln!(out, "<style type=\"text/css\">{STYLE}</style>");
    let _ = writeln!(out, "<rect class=\"bg\" width=\"{WIDTH}\" height=\"{height}\"/>");
    for (nth, panel) in (0..).zip(panels) {
        let _ = writeln!(out, "<g transform=\"translate(0 {})\">", AROUND + nth * PANEL_HEIGHT);
        write_panel(&mut out, panel);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

fn write_panel(out: &mut String, panel: &Panel) {
    write_text(out, "title", (LEFT, 22), "start", &panel.title);
    let mut summary = panel.summary.clone();
    if summary.chars().count() > SUMMARY {
        summary = summary.chars().take(SUMMARY - 1).chain(['…']).collect();
    }
    write_text(out, "sum", (LEFT, 42), "start", &summary);
    write_scale(out, panel);
    write_months(out, panel);
    write_scores(out, panel);
    write_needed(out, panel);
    write_mark(out, panel);
}

/// The lines and labels of points.
fn write_scale(out: &mut String, panel: &Panel) {
    for part in 1..=4_u64 {
        let points = u64::from(panel.max) * part / 4;
        let y = height_of(panel, points);
        let _ =
            writeln!(out, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>", LEFT + PLOT_WIDTH);
        write_text(out, "y", (LEFT - 8, y + 4), "end", &points.to_string());
    }
    let bottom = ABOVE + PLOT_HEIGHT;
    let _ = writeln!(
        out,
        "<line class=\"base\" x1=\"{LEFT}\" y1=\"{bottom}\" x2=\"{}\" y2=\"{bottom}\"/>",
        LEFT + PLOT_WIDTH
    );
    write_text(out, "y", (LEFT - 8, bottom + 4), "end", "0");
}

/// The months and the years below the plot.
fn write_months(out: &mut String, panel: &Panel) {
    let bottom = ABOVE + PLOT_HEIGHT;
    for tick in ticks(panel, PLOT_WIDTH, LABEL_WIDTH) {
        let x = LEFT + tick.place * PLOT_WIDTH / panel.days();
        let (top, class) = if tick.is_year { (ABOVE, "grid") } else { (bottom, "base") };
        let _ =
            writeln!(out, "<line class=\"{class}\" x1=\"{x}\" y1=\"{top}\" x2=\"{x}\" y2=\"{}\"/>", bottom + BAND + 4);
        write_text(out, "x", (x, bottom + BAND + 18), "start", &tick.label);
    }
    write_text(out, "x", (LEFT, bottom + BAND + 34), "start", &panel.from.to_string());
    write_text(out, "x", (LEFT + PLOT_WIDTH, bottom + BAND + 34), "end", &panel.to.to_string());
    if panel.bars.iter().any(|bar| bar.qualified) {
        // Below the score of the last day, which may be 0.
        write_text(out, "x band", (LEFT + PLOT_WIDTH + 8, bottom + BAND + 34), "start", "▬ qualified");
    }
}

/// The points day by day, and the band below the days that qualify.
fn write_scores(out: &mut String, panel: &Panel) {
    let bottom = ABOVE + PLOT_HEIGHT;
    for run in panel.bars.chunk_by(|one, next| one.last.succ_opt() == Some(next.first)) {
        let mut line = String::new();
        for (nth, bar) in run.iter().enumerate() {
            let [start, end] = across(panel, bar);
            let y = tenths(height_of_bar(panel, bar));
            let _ = if nth == 0 { write!(line, "M{start} {y}") } else { write!(line, "V{y}") };
            let _ = write!(line, "H{end}");
        }
        if let [first, ..] = run {
            let [start, _] = across(panel, first);
            let _ = writeln!(out, "<path class=\"area\" d=\"{line}V{bottom}H{start}Z\"/>");
        }
        let _ = writeln!(out, "<path class=\"score\" d=\"{line}\"/>");
    }
    for bar in panel.bars.iter().filter(|bar| bar.qualified) {
        let [start, end] = places(panel, bar);
        let width = (end - start).max(LEAST_BAND * 10);
        let _ = writeln!(
            out,
            "<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BAND}\"/>",
            tenths(start),
            bottom + 1,
            tenths(width)
        );
    }
}

/// The line of what is needed, and the score of the last day.
fn write_needed(out: &mut String, panel: &Panel) {
    let (right, y) = (LEFT + PLOT_WIDTH, height_of(panel, panel.total_min.into()));
    let _ = writeln!(out, "<line class=\"needed\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>");
    write_text(out, "need", (right + 8, y + 4), "start", &format!("{} needed", panel.total_min));
    let Some(last) = panel.bars.last() else { return };
    let at = height_of_bar(panel, last) / 10;
    let at = match at {
        at if at.abs_diff(y) >= APART => at,
        at if at <= y => y - APART,
        _ => y + APART,
    };
    write_text(out, "value", (right + 8, at + 5), "start", &last.points.shown());
}

/// The day that is marked.
fn write_mark(out: &mut String, panel: &Panel) {
    let Some((day, name)) = panel.mark.as_ref().filter(|(day, _)| (panel.from..=panel.to).contains(day)) else {
        return;
    };
    let x = LEFT + panel.place(*day) * PLOT_WIDTH / panel.days();
    let _ = writeln!(
        out,
        "<line class=\"mark\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\"/>",
        ABOVE - 4,
        ABOVE + PLOT_HEIGHT
    );
    let anchor = if x > WIDTH / 2 { "end" } else { "start" };
    write_text(out, "mark-name", (x, ABOVE - 8), anchor, &format!("{name} {day}"));
}

fn write_text(out: &mut String, class: &str, (x, y): (u64, u64), anchor: &str, text: &str) {
    let text = escaped(text);
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
}

/// The distance from the top of so many points.
fn height_of(panel: &Panel, points: u64) -> u64 {
    ABOVE + PLOT_HEIGHT - points.min(panel.max.into()) * PLOT_HEIGHT / u64::from(panel.max.max(1))
}

/// The distance from the top of a bar's points, in tenths.
fn height_of_bar(panel: &Panel, bar: &Bar) -> u64 {
    let all = PLOT_HEIGHT * 10;
    let filled = bar.points.filled(u32::try_from(all).unwrap_or(u32::MAX), panel.max);
    ABOVE * 10 + all - u64::from(filled)
}

/// Where a bar begins and ends, in tenths.
fn places(panel: &Panel, bar: &Bar) -> [u64; 2] {
    [panel.place(bar.first), panel.place(bar.last) + 1].map(|days| LEFT * 10 + days * PLOT_WIDTH * 10 / panel.days())
}

/// Where a bar begins and ends.
fn across(panel: &Panel, bar: &Bar) -> [String; 2] {
    places(panel, bar).map(tenths)
}

/// A number of tenths.
pub(super) fn tenths(number: u64) -> String {
    match number % 10 {
        0 => (number / 10).to_string(),
        rest => format!("{}.{rest}", number / 10),
    }
}

/// A text as XML has it, without characters that it cannot have.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}
