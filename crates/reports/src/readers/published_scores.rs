//! What the programme itself showed: a CSV of our own, with a row for each day and area.
//!
//! `day`, `area` and `total`, and a column for each metric that somebody wrote down, under its name. The digits are kept
//! as they stand: `62.0` says more than `62`.

use std::collections::BTreeMap;

use ledger::{Area, Code, Date, Fact, Metric, PartnerId, Refusal, ShownMetrics, ShownPoints, Timestamp, When};

use super::layout::{ColumnTable as _, layout};
use super::reader::{Reader, Report};
use crate::context::Context;
use crate::error::ReportError;
use crate::facts::ShownScore;
use crate::formats::{DateColumns, Form, Format, PARTNER};
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::as_of::NewestPeriod;
use crate::provenance::rule::Rule;
use crate::rows::columns::{Column, Columns};
use crate::rows::members;
use crate::rows::row::Row;
use crate::rows::table::Table;
use crate::summary::Skip;

/// The reader of published scores.
pub(super) static READER: Reader = Reader {
    help: "Scores as the programme showed them: day, area, total, metrics",
    format: Format {
        columns: include_str!("../../columns/published-scores.txt"),
        days: &["day"],
        ..Format::of(Kind::PublishedScores, FORMS)
    },
    read,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(&[&["day"], &["area"], &["total"]], DateColumns::Day(&["day"]))];

/// What points may look like.
const POINTS: &str = "must be points without a sign, with at most two decimals, as 62 or 62.50";

layout! {
    /// Where the columns stand that are read.
    Layout {
        partner: found (Option<Column>, partner),
        day: needed ["day"],
        area: needed ["area"],
        total: needed ["total"],
        metrics: found (Vec<(Metric, Column)>, metrics),
    }
}

fn partner(columns: &mut Columns, _: &Context<'_>) -> Option<Column> {
    columns.optional(PARTNER).or_else(|| columns.optional(&["partner"]))
}

fn metrics(columns: &mut Columns, _: &Context<'_>) -> Vec<(Metric, Column)> {
    let column = |metric: &Metric| Some((*metric, columns.optional(&[metric.name()])?));
    Metric::ALL.iter().filter_map(column).collect()
}

/// A row: whose score of which area and day it tells.
type Subject = (PartnerId, Area, Date);

/// Reads published scores.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, formats, input, context, output } = report;
    let (kind, context) = (*kind, *context);
    let mut table = Table::open(kind, *formats, input, context)?;
    let places = Layout::find(&mut table.columns, context);
    output.summary.unknown_columns = table.columns.finish()?;
    if places.partner.is_none() {
        table.columns.check_partner(context)?;
    }
    let mut told: BTreeMap<Subject, (u64, ShownScore)> = BTreeMap::new();
    let mut rows: Vec<(u64, Subject)> = Vec::new();
    let mut newest = None;
    while let Some(row) = table.next_row(output)? {
        match shown(&row, &places, context).and_then(|(subject, score)| {
            let (line, first) = told.entry(subject.clone()).or_insert_with(|| (row.line, score.clone()));
            if *first == score { Ok((*line, subject)) } else { Err(conflict(*line, &subject)) }
        }) {
            Ok((line, subject)) if line == row.line => {
                newest = newest.max(Some(NewestPeriod::Day(subject.2)));
                rows.push((line, subject));
            }
            Ok(_) => output.summary.skip(Skip::KnownScore),
            Err(refusal) => row.refuse(refusal, output),
        }
    }
    let origin = Origin::new(kind, context.file_name, &table.sha256(), context.as_of(newest));
    for (line, subject) in rows {
        if let Some((_, score)) = told.remove(&subject) {
            hand_over(line, subject, score, context, &origin, output);
        }
    }
    Ok(())
}

/// Hands over a score that the ledger does not have.
fn hand_over(
    line: u64,
    (partner, area, day): Subject,
    score: ShownScore,
    context: &Context<'_>,
    origin: &Origin,
    output: &mut Output<'_>,
) {
    let at = Timestamp::start_of(day);
    let known = (context.known)(&partner).ask(|facts| facts.shown(area, at).cloned().unwrap_or_default());
    if known.contains(&score) {
        output.summary.skip(Skip::KnownScore);
        return;
    }
    if !known.is_empty() {
        let what = "another score of that day is known: retract the one that is wrong";
        output.summary.remark(what, &format!("{area} on {day}"));
    }
    let ShownScore { points, metrics } = score;
    let (rule, fact) = (Rule::ScoreShown, Fact::ScorePublished { area, points, metrics });
    output.event(line, rule, origin.event(&partner, When::At(at), fact, (line, 0), rule));
}

/// What a row tells.
fn shown(row: &Row<'_>, places: &Layout, context: &Context<'_>) -> Result<(Subject, ShownScore), Refusal> {
    let day = row.needed(places.day, row.date(places.day)?)?;
    let area = area(row, places.area)?;
    let points = row.needed(places.total, points(row, places.total)?)?;
    let mut metrics = BTreeMap::new();
    for (metric, place) in &places.metrics {
        metrics.extend(self::points(row, *place)?.map(|points| (*metric, points)));
    }
    let partner = row.partner(places.partner, None, context)?;
    Ok(((partner, area, day), ShownScore { points, metrics: ShownMetrics::new(metrics) }))
}

/// The area of a row, by its name: blanks, hyphens and letter case do not matter.
fn area(row: &Row<'_>, place: Column) -> Result<Area, Refusal> {
    let text = row.needed(place, row.text(place)?)?;
    let plain = |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let area = Area::ALL.iter().find(|area| plain(area.name()) == plain(text)).copied();
    area.ok_or_else(|| {
        members::refused(row.column(place), text, "is no area")
            .with_hint(format!("the areas are {}", Area::NAMES.join(", ")))
    })
}

/// The points of a cell; `None` when it is blank.
fn points(row: &Row<'_>, place: Column) -> Result<Option<ShownPoints>, Refusal> {
    let Some(text) = row.text(place)? else { return Ok(None) };
    ShownPoints::parse(text).map(Some).map_err(|_| members::refused(row.column(place), text, POINTS))
}

fn conflict(line: u64, (_, area, day): &Subject) -> Refusal {
    let message = format!("line {line} has another score of {area} on {day}");
    Refusal::new(Code::BadValue, message).with_hint("keep the row that is right")
}

#[cfg(test)]
mod tests;
