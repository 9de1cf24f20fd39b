//! The parts of answers as JSON that many of them have. They are written, not built: there are answers for each partner
//! and area.

use std::fmt::{Display, Write as _};

use projection::TrackScore;
use projection::points::Points;

use crate::text::json_string;

/// Writes a list of things.
pub(super) fn write_list<T>(
    out: &mut String,
    things: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (nth, thing) in things.into_iter().enumerate() {
        if nth > 0 {
            out.push(',');
        }
        write(out, thing);
    }
    out.push(']');
}

/// Things that are written as they are shown, as a list.
pub(super) fn list(things: impl IntoIterator<Item = impl Display>) -> String {
    let mut out = String::new();
    write_list(&mut out, things, |out, thing| {
        let _ = write!(out, "{thing}");
    });
    out
}

/// Names as a list.
pub(super) fn names(names: &[&str]) -> String {
    list(names.iter().map(|name| json_string(name)))
}

/// Writes a field with a text and a comma behind it, if there is a text.
pub(super) fn write_text(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        let _ = write!(out, "\"{name}\":{},", json_string(text));
    }
}

/// Writes points rounded and exact, without a comma behind.
pub(super) fn write_points(out: &mut String, points: &Points) {
    let _ = write!(out, "\"points\":{},\"points_exact\":\"{points}\"", points.shown());
}

/// Writes the points of a track, the most that it can have if that is told, and whether they are enough; without a comma
/// behind.
pub(super) fn write_verdict(out: &mut String, score: &TrackScore, max: Option<u32>) {
    write_points(out, &score.points);
    if let Some(max) = max {
        let _ = write!(out, ",\"max\":{max}");
    }
    let _ = write!(out, ",\"qualified\":{},\"below\":{}", score.qualified(), names(&score.below));
}
