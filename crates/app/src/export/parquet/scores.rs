//! Scores as a table: a row for each partner, area and span of days.

use std::io;
use std::path::PathBuf;

use ledger::{Date, Metric, PartnerId, Timestamp};
use projection::{Basis, Unmeasured};

use super::batch::Cell;
use super::file::{GROUP_ROWS, Rows, write};
use super::table::{Table, day};
use super::{Origin, Written};
use crate::ask::timeline::{self, Axis, DayStep, DaysKnown, Span};
use crate::beyond::Beyond;
use crate::error::{Error, FIRST_DAY};
use crate::known::Known;
use crate::session::Session;
use crate::world::Unit;

/// The columns, but for those of the metrics.
const COLUMNS: &str = "
    required binary partner (STRING);
    required binary area (STRING);
    required int32 first (DATE);
    required int32 last (DATE);
    required int64 known_at (TIMESTAMP(MICROS,true));
    required int32 measured_month (DATE);
    required binary track (STRING);
    required int32 points (DECIMAL(5,2));
    required binary points_exact (STRING);
    required boolean qualified;
    required binary below (STRING);
";

/// Which scores go into which file.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner; every one that is known without it.
    pub partner: Option<PartnerId>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Which days have a row.
    pub step: DayStep,
    /// When the scores are known.
    pub known: DaysKnown,
    /// The file, which must not be there yet.
    pub out: PathBuf,
}

impl Request {
    /// Writes the file; the history of one partner is held at a time. The spans are those of `timeline`.
    ///
    /// # Errors
    /// Wrong usage when the last day lies before the first; `unknown_partner`; `before_program`; `exists`; a ledger that
    /// cannot be read; the file cannot be written.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Written, Error> {
        let Self { from, to, .. } = self;
        if to < from {
            return Err(Error::reversed(FIRST_DAY, from, to));
        }
        let (known, known_then) = match self.known {
            DaysKnown::At(at) => {
                let known = Known::open(session, at)?;
                let at = known.at;
                // What is appended while the partners are scored, one after the other, is not known to any of them.
                (known, DaysKnown::At(Some(at)))
            }
            DaysKnown::Then => (Known::open(session, Some(Timestamp::end_of(*to)))?, DaysKnown::Then),
        };
        let partners = known.asked_or_all(self.partner.as_ref())?;
        let origin = Origin::of(session, &known.reader, known.end)?;
        let table = table();
        write(session, &self.out, (&table, GROUP_ROWS), &origin, |session, rows| {
            let bar = session.progress("scoring", Unit::Entries);
            for (done, partner) in (0..).zip(&partners) {
                bar.at(done, Some(partners.len() as u64));
                self.put_partner(session, rows, partner, known_then)?;
            }
            Ok(())
        })
    }

    fn put_partner(
        &self,
        session: &Session<'_>,
        rows: &mut Rows<'_>,
        partner: &PartnerId,
        known: DaysKnown,
    ) -> Result<(), Error> {
        let request = timeline::Request {
            partner: partner.clone(),
            areas: Vec::new(),
            axis: Axis::Days { from: self.from, to: self.to, step: self.step, known },
            basis: Basis::default(),
            unmeasured: Unmeasured::default(),
            beyond: Beyond::default(),
        };
        let answer = request.run(session, &mut io::empty())?;
        for area in &answer.areas {
            for span in &area.spans {
                // A span that is known day by day is so at the end of its last day, too.
                let known_at = match known {
                    DaysKnown::At(_) => answer.known_at,
                    DaysKnown::Then => Timestamp::end_of(span.last.day()),
                };
                put(rows, partner, known_at, span)?;
            }
        }
        Ok(())
    }
}

/// The table, with two columns for each metric.
fn table() -> Table {
    let metrics = Metric::NAMES
        .iter()
        .map(|name| format!("optional int32 {name} (DECIMAL(5,2)); optional binary {name}_exact (STRING);"));
    Table::new(&format!("message scores {{ {COLUMNS} {} }}", metrics.collect::<String>()), &[], &[])
}

/// Makes the row of a span; its columns are in the order of the table.
fn put(rows: &mut Rows<'_>, partner: &PartnerId, known_at: Timestamp, span: &Span) -> Result<(), Error> {
    let (area, score) = (&span.score, &span.score.score);
    let (exact, below) = (score.points.to_string(), score.below.join(","));
    let cells = [
        Cell::Bytes(partner.as_str().as_bytes()),
        Cell::Bytes(area.area.name().as_bytes()),
        day(span.first.day()),
        day(span.last.day()),
        Cell::Int64(known_at.micros()),
        day(area.measured_month.first_day()),
        Cell::Bytes(area.track.name().as_bytes()),
        Cell::Int32(score.points.rounded()),
        Cell::Bytes(exact.as_bytes()),
        Cell::Bool(score.qualified()),
        Cell::Bytes(below.as_bytes()),
    ];
    cells.iter().enumerate().for_each(|(column, cell)| rows.put(column, *cell));
    for (nth, metric) in Metric::ALL.iter().enumerate() {
        if let Some(found) = score.metrics.iter().find(|found| found.metric == *metric) {
            let column = cells.len() + 2 * nth;
            rows.put(column, Cell::Int32(found.points.rounded()));
            rows.put(column + 1, Cell::Bytes(found.points.to_string().as_bytes()));
        }
    }
    rows.end_row()
}
