//! The score over time, ahead of time, and what to do about it: the chart, and the first lines of the answers.

use std::collections::{BTreeMap, BTreeSet};

use app::Error;
use app::ask::timeline::{Axis, DayStep, DaysKnown};
use app::ask::{advise, forecast, status, timeline};
use app::beyond::Beyond;
use ledger::Timestamp;
use projection::{Basis, Question, Unmeasured};

use super::{AREA, PARTNER, day, heading, id};
use crate::console::Console;
use crate::output::status_text;
use crate::output::table::Table;
use crate::output::{Paint, advise_text, chart, forecast_text, names, timeline_text};

/// The first day of the chart, its last, from which the other questions are asked, and the last of the forecast.
const DAYS: [&str; 3] = ["2024-09-01", "2025-03-31", "2025-12-31"];

/// The headings have the colour here.
const PLAIN: Paint = Paint::new(false);

/// The commands whose answers are shown, in their order.
pub(super) fn commands() -> [String; 4] {
    let [first, today, until] = DAYS;
    let of = |command: &str, rest: &str| format!("{command} --partner {PARTNER} --area {AREA} {rest}");
    [
        of("timeline", &format!("--from {first} --to {today}")),
        of("forecast", &format!("--from {today} --until {until}")),
        of("status", &format!("--as-of {today}")),
        of("advise", &format!("--as-of {today}")),
    ]
}

/// Asks the session's ledger, as it was known at an instant.
pub(super) fn show(console: &mut Console<'_>, known_at: Timestamp) -> Result<(), Error> {
    let [first, today, _] = DAYS;
    heading(console, &format!("{} from {first} to {today}", names::area(AREA)))?;
    past(console, known_at)?;
    heading(console, &format!("What comes after {today} if nothing more happens"))?;
    future(console, known_at)?;
    heading(console, "Whether the designation is kept")?;
    standing(console, known_at)?;
    heading(console, "What is missing, and the cheapest way there")?;
    advice(console, known_at)
}

/// The chart of the timeline.
fn past(console: &mut Console<'_>, known_at: Timestamp) -> Result<(), Error> {
    let [from, to, _] = DAYS.map(day);
    let request = timeline::Request {
        partner: id(PARTNER),
        areas: vec![AREA],
        axis: Axis::Days { from, to, step: DayStep::Change, known: DaysKnown::At(Some(known_at)) },
        basis: Basis::Live,
        unmeasured: Unmeasured::Exclude,
        beyond: Beyond::default(),
    };
    let answer = request.run(&console.session, console.stdin)?;
    let head = |area| timeline_text::head_lines(&chart::panel(&answer, area), console.chart_width(), PLAIN);
    let lines: Vec<String> = answer.areas.iter().flat_map(head).collect();
    console.lines(&lines)
}

/// The first line of the forecast.
fn future(console: &mut Console<'_>, known_at: Timestamp) -> Result<(), Error> {
    let [_, from, until] = DAYS.map(day);
    let request = forecast::Request {
        partner: id(PARTNER),
        areas: vec![AREA],
        from: Some(from),
        until,
        known_at: Some(known_at),
        basis: Basis::Live,
        unmeasured: Unmeasured::Exclude,
        beyond: Beyond::default(),
    };
    let answer = request.run(&mut console.session, console.stdin)?;
    let lines = forecast_text::lines(&answer, console.chart_width(), PLAIN);
    lines.first().map_or(Ok(()), |line| console.line(line))
}

/// The line of the status.
fn standing(console: &mut Console<'_>, known_at: Timestamp) -> Result<(), Error> {
    let [_, as_of, _] = DAYS.map(day);
    let request = status::Request {
        partner: Some(id(PARTNER)),
        question: Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false },
        anniversary: None,
        areas: vec![AREA],
        known_at: Some(known_at),
        beyond: Beyond::default(),
    };
    let mut table = Table::default();
    request.run(&mut console.session, console.stdin, &mut |answer| {
        table.row(status_text::cells(answer, false));
        Ok(())
    })?;
    console.table(&table)
}

/// The first line of the advice, and its first plan.
fn advice(console: &mut Console<'_>, known_at: Timestamp) -> Result<(), Error> {
    let [_, as_of, _] = DAYS.map(day);
    let request = advise::Request {
        partner: id(PARTNER),
        area: AREA,
        as_of,
        known_at: Some(known_at),
        basis: Basis::Live,
        unmeasured: Unmeasured::Exclude,
        beyond: Beyond::default(),
        target: None,
        margin: None,
        prices: BTreeMap::default(),
        without: BTreeSet::default(),
        limit: 1,
        events: None,
    };
    let lines = advise_text::lines(&request.run(&console.session, console.stdin)?, PLAIN);
    let plan = lines.iter().find(|line| line.starts_with("1. "));
    lines.first().into_iter().chain(plan).try_for_each(|line| console.line(line))
}
