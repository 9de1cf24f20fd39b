//! Questions about scores, asked of the ledger and of its peers over the same facts.

#[cfg(feature = "duckdb")]
mod duckdb;
mod facts;
mod sql;
mod sqlite;

use std::path::Path;

use chrono::Days;
use ledger::{Amount, Area, Date, Reader, Timestamp, parse_date};
use projection::rulebook::{Metric, Rulebook};
use projection::{AreaScore, Basis, Desk, History, Measure, Question, Unmeasured, rulebook_in_force};

use crate::Outcome;
use crate::events::{Partner, chance};

/// The first day that is asked about. The rules of Azure have a single track from here on.
const FIRST_DAY: &str = "2024-02-01";
/// Days that are asked about.
const DAYS: u64 = 400;

/// Whom and when a question is about.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    /// The partner.
    pub(crate) partner: String,
    /// The day at whose end the score is asked.
    pub(crate) as_of: Date,
    /// As it was known then; now, when absent.
    pub(crate) known_at: Option<Timestamp>,
}

/// What three metrics of Infrastructure count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Customers with enough consumption: at the measured month, and a year before.
    pub(crate) customers: [i64; 2],
    /// Consumption of twelve months in millionths of a US dollar: up to the measured month, and up to a year before.
    pub(crate) consumption: [i64; 2],
    /// Services with consumption.
    pub(crate) services: i64,
}

impl Figures {
    /// Reads them from the columns of the answer to the question in SQL.
    fn read<E>(column: impl Fn(usize) -> Result<i64, E>) -> Result<Self, E> {
        let (customers, consumption) = ([column(0)?, column(1)?], [column(2)?, column(3)?]);
        Ok(Self { customers, consumption, services: column(4)? })
    }
}

/// A store that is asked in SQL.
pub(crate) trait Peer {
    /// The name in rows.
    fn name(&self) -> &'static str;

    /// What the metrics count of the facts of which `size` are known.
    fn figures(&mut self, asked: &Occasion, size: u64) -> Outcome<Figures>;
}

impl Occasion {
    /// The nth question about a partner, as known now.
    pub(crate) fn nth(seed: u64, partner: Partner, nth: u64) -> Outcome<Self> {
        let day = chance(&[seed, partner.number, nth, 4]) % DAYS;
        let as_of = parse_date(FIRST_DAY)?.checked_add_days(Days::new(day)).ok_or("the calendar ends")?;
        Ok(Self { partner: partner.account(), as_of, known_at: None })
    }

    /// The measured month, as months since January of the year 0.
    fn measured(&self) -> i32 {
        Basis::Live.measured_month(self.as_of, Rulebook::builtin()).number()
    }
}

/// The scores of areas, as whoever uses the libraries has them.
pub(crate) fn score(reader: &Reader, asked: &Occasion, areas: &[Area]) -> Outcome<Vec<AreaScore>> {
    let end = match asked.known_at {
        Some(at) => reader.size_at(at)?,
        None => reader.size(),
    };
    let history = reader.folded(&asked.partner, end)?.unwrap_or_default();
    score_of(&history, reader, end, asked, areas)
}

/// The same from the log alone, without the states that are kept.
pub(crate) fn score_uncached(reader: &Reader, asked: &Occasion, areas: &[Area]) -> Outcome<Vec<AreaScore>> {
    let end = reader.size();
    let history = History::fold(&reader.entries(&asked.partner, end)?);
    score_of(&history, reader, end, asked, areas)
}

/// A partner's history as known now, and the rules that hold for its questions.
pub(crate) fn history(reader: &Reader, partner: &str) -> Outcome<History> {
    Ok(reader.folded(partner, reader.size())?.unwrap_or_default())
}

/// A day of every month that questions are about.
pub(crate) fn days_of_every_month() -> Outcome<impl Iterator<Item = Date>> {
    let first = parse_date(FIRST_DAY)?;
    Ok((0..DAYS).step_by(28).filter_map(move |day| first.checked_add_days(Days::new(day))))
}

/// The scores of all areas for every day from one to another.
pub(crate) fn timeline_at(desk: &Desk<'_>, first: Date, last: Date) -> Outcome<()> {
    for area in Area::ALL {
        let spans = desk.timeline(*area, &question(first), last)?;
        let days = spans.iter().map(|span| (span.last - span.first).num_days() + 1).sum::<i64>();
        if days != (last - first).num_days() + 1 {
            return Err("a day has no score".into());
        }
    }
    Ok(())
}

/// The scores of areas at a desk that keeps what holds for other questions.
pub(crate) fn score_at(desk: &Desk<'_>, as_of: Date, areas: &[Area]) -> Outcome<()> {
    areas.iter().try_for_each(|area| Ok(desk.score(*area, &question(as_of)).map(drop)?))
}

fn question(as_of: Date) -> Question {
    Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false }
}

fn score_of(history: &History, reader: &Reader, end: u64, asked: &Occasion, areas: &[Area]) -> Outcome<Vec<AreaScore>> {
    let adopted = rulebook_in_force(&reader.shared_entries(end)?, asked.as_of)?;
    let rulebook = adopted.as_ref().map_or_else(|| Rulebook::builtin(), |(_, book)| book);
    areas.iter().map(|area| Ok(projection::score(history, rulebook, *area, &question(asked.as_of))?)).collect()
}

/// What a score of Infrastructure counted.
pub(crate) fn figures(score: &AreaScore) -> Outcome<Figures> {
    let mut figures = Figures { customers: [0; 2], consumption: [0; 2], services: 0 };
    for metric in &score.score.metrics {
        match (metric.metric, &metric.measure) {
            (Metric::NetCustomerAdds, Measure::Net { now, then, .. }) => figures.customers = [*now, then.unwrap_or(0)],
            (Metric::UsageGrowth, Measure::Percent { now, then, .. }) => {
                figures.consumption = [micros(now)?, micros(then)?];
            }
            (Metric::Deployments, Measure::Net { now, .. }) => figures.services = *now,
            _ => {}
        }
    }
    Ok(figures)
}

fn micros(amount: &str) -> Outcome<i64> {
    Ok(i64::try_from(Amount::parse(amount)?.micros())?)
}

/// The peers, with the facts of a file in tables.
pub(crate) fn peers(file: &Path, dir: &Path) -> Outcome<Vec<Box<dyn Peer>>> {
    std::fs::create_dir_all(dir)?;
    let mut peers: Vec<Box<dyn Peer>> = vec![Box::new(sqlite::Sqlite::load(file, dir)?)];
    #[cfg(feature = "duckdb")]
    peers.push(Box::new(duckdb::DuckDb::load(file, dir)?));
    peers.shrink_to_fit();
    Ok(peers)
}
