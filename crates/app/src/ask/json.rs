//! The parts of answers as JSON that many of them have. They are written, not built: there are answers for each partner
//! and area.

use std::fmt::{Display, Write as _};

use projection::TrackScore;
use projection::points::Points;

use crate::beyond::AssumedEvents;
use crate::known::Rules;
use crate::text::{base64, json_string};

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

/// Writes the fields `rulebook`, `ledger` and, where something is assumed, `assumed`, each with a comma behind it.
pub(super) fn write_ground(
    out: &mut String,
    rules: &Rules,
    (size, root): (u64, &[u8; 32]),
    assumed: Option<&AssumedEvents>,
) {
    let (name, sha256) = (json_string(&rules.name), rules.book.sha256());
    let _ = write!(out, "\"rulebook\":{{\"name\":{name},\"sha256\":\"{sha256}\"}},");
    let _ = write!(out, "\"ledger\":{{\"size\":{size},\"root\":\"{}\"}},", base64(root));
    AssumedEvents::write_json(assumed, out);
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
