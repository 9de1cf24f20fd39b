//! A panel as a small picture within a page, without labels: its shape, what is needed, and which days qualify.

use std::fmt::Write as _;

use super::svg::{escaped, tenths};
use super::{Bar, Panel};

/// The width and height of the picture, and the height of the band below days that qualify; in tenths of a pixel.
const WIDTH: u64 = 2_400;
const HEIGHT: u64 = 480;
const BAND: u64 = 40;

/// The element of a panel. Its title is the panel's, its description the summary; `id` tells its ids from others of the page.
/// It has the classes of [`super::STYLE`], and no style of its own.
#[must_use]
pub fn sparkline(panel: &Panel, id: &str) -> String {
    let (width, height, all) = (tenths(WIDTH), tenths(HEIGHT + BAND), HEIGHT);
    let mut out = String::with_capacity(1_024);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">"
    );
    let (title, summary) = (escaped(&panel.title), escaped(&panel.summary));
    let _ = write!(out, "<title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{summary}.</desc>");
    let height_of = |bar: &Bar| tenths(all - u64::from(bar.points.filled(u32::try_from(all).unwrap_or(0), panel.max)));
    let places =
        |bar: &Bar| [panel.place(bar.first), panel.place(bar.last) + 1].map(|days| days * WIDTH / panel.days());
    let needed = tenths(all - u64::from(panel.total_min.min(panel.max)) * all / u64::from(panel.max.max(1)));
    for run in panel.bars.chunk_by(|one, next| one.last.succ_opt() == Some(next.first)) {
        let mut line = String::new();
        for (nth, bar) in run.iter().enumerate() {
            let ([start, end], y) = (places(bar).map(tenths), height_of(bar));
            let _ = if nth == 0 { write!(line, "M{start} {y}H{end}") } else { write!(line, "V{y}H{end}") };
        }
        if let [first, ..] = run {
            let (bottom, start) = (tenths(all), tenths(places(first)[0]));
            let _ = write!(out, "<path class=\"area\" d=\"{line}V{bottom}H{start}Z\"/>");
        }
        let _ = write!(out, "<path class=\"score\" d=\"{line}\"/>");
    }
    let _ = write!(out, "<line class=\"needed\" x1=\"0\" y1=\"{needed}\" x2=\"{width}\" y2=\"{needed}\"/>");
    for bar in panel.bars.iter().filter(|bar| bar.qualified) {
        let [start, end] = places(bar);
        let (x, y, width, height) = (tenths(start), tenths(all), tenths((end - start).max(10)), tenths(BAND));
        let _ = write!(out, "<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
    }
    out.push_str("</svg>");
    out
}
