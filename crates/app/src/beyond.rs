//! What a question takes to be known beyond what the ledger knows: figures that are carried into months that nobody has
//! reported, and events that are assumed (interface, section 7).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{
    AppendError, Area, Code, Entry, Event, EventId, Fact, Month, PartnerId, PreparedEvent, Reader, Refusal,
    UsageMetric, When, canonical_event, named,
};
use projection::rulebook::{Family, Metric};
use projection::{Carry, History};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::import::lines_of_events;
use crate::judged_batch::RulesBefore;
use crate::known::Known;
use crate::session::Session;
use crate::text::{counted, plain};

/// What stands for what is handed over beside the request.
const STDIN: &str = "-";

named! {
    /// Which figures the months have that nobody has reported.
    Carried {
        /// None.
        None = "none",
        /// Those of the newest month that is reported.
        Last = "last",
    }
}

/// What is taken to be known beyond what the ledger knows, as it was asked.
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    /// Which figures are carried; without it each question has its own default.
    pub carry: Option<Carried>,
    /// The last month whose reports count for what is carried; all count without it.
    pub carry_from: Option<Month>,
    /// The files of assumed events as they were typed, in their order; `-` for what is handed over beside the request.
    pub assume: Vec<PathBuf>,
}

/// How a question carries figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarryChoice {
    /// Which figures are carried.
    pub carried: Carried,
    /// The last month whose reports count; all count without it.
    pub from: Option<Month>,
}

impl Beyond {
    /// How figures are carried by a question that has a default of its own.
    ///
    /// # Errors
    /// Wrong usage: a month to carry from, where nothing is carried.
    pub fn choice(&self, default: Carried) -> Result<CarryChoice, Error> {
        let choice = CarryChoice { carried: self.carry.unwrap_or(default), from: self.carry_from };
        match choice {
            CarryChoice { carried: Carried::None, from: Some(from) } => {
                let text = format!("nothing is carried, so that nothing can be carried from {from}");
                Err(Error::usage(text).hint("`--carry last` carries figures"))
            }
            CarryChoice { .. } => Ok(choice),
        }
    }
}

impl CarryChoice {
    /// Nothing is carried.
    pub const NOTHING: Self = Self { carried: Carried::None, from: None };

    /// Checks the month to carry from, by the measured month of the first day that is asked about.
    ///
    /// # Errors
    /// `bad_value` when it is later.
    pub fn check(self, measured: Month) -> Result<(), Error> {
        let Some(from) = self.from.filter(|from| *from > measured) else { return Ok(()) };
        let text = format!("{from} is later than {measured}, the measured month of the first day");
        Err(Error::new(Code::BadValue.name(), text).hint("`--carry-from` names a month up to that one"))
    }

    /// The same for the facts of a ledger of which so many entries are known.
    #[must_use]
    pub fn carry(self, own_end: u64) -> Option<Carry> {
        (self.carried == Carried::Last).then_some(Carry { from: self.from, own_end })
    }

    /// Writes the choice as fields, each with a comma behind it.
    pub fn write_json(self, out: &mut String) {
        let _ = write!(out, "\"carry\":\"{}\",", self.carried);
        if let Some(from) = self.from {
            let _ = write!(out, "\"carry_from\":\"{from}\",");
        }
    }
}

/// Events that are taken as if they were recorded behind what is known.
#[derive(Clone, Debug, Default)]
pub struct Assumption {
    /// The entries that they would be. Those that are known already are none of them.
    pub(crate) entries: Vec<Entry>,
    /// What was assumed, if anything was asked to be.
    pub(crate) summary: Option<AssumedEvents>,
    /// The partners that exist for whoever assumes it; all where there is none.
    pub(crate) seen: BTreeSet<PartnerId>,
}

/// What was assumed, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumedEvents {
    /// The number of events that were given, those that are known already included.
    pub events: usize,
    /// The SHA-256 of their canonical lines, each with its line feed, in hexadecimal digits.
    pub sha256: String,
}

impl AssumedEvents {
    /// Writes the field, with a comma behind it, where something is assumed.
    pub fn write_json(assumed: Option<&Self>, out: &mut String) {
        if let Some(Self { events, sha256 }) = assumed {
            let _ = write!(out, "\"assumed\":{{\"events\":{events},\"sha256\":\"{sha256}\"}},");
        }
    }
}

/// An event to assume, and where it stands.
struct AssumedLine {
    file: usize,
    number: u64,
    event: PreparedEvent,
}

impl Assumption {
    /// Reads the events of files, and admits them behind the first `end` entries of a ledger as if they were appended.
    ///
    /// # Errors
    /// The code of the first event that is refused, with its line; a file that cannot be read.
    pub(crate) fn read(
        session: &Session<'_>,
        stdin: &mut dyn Read,
        files: &[PathBuf],
        (reader, end): (&Reader, u64),
    ) -> Result<Self, Error> {
        if files.is_empty() {
            return Ok(Self::default());
        }
        let mut lines: Vec<AssumedLine> = Vec::new();
        for (file, typed) in files.iter().enumerate() {
            let mut opened;
            let input: &mut dyn Read = if typed.as_os_str() == STDIN {
                stdin
            } else {
                opened = File::open(session.path(typed)).map_err(Error::file("read", typed))?;
                &mut opened
            };
            let other = |error| {
                if typed.as_os_str() == STDIN { error } else { or_other_kind(session, typed, FileKind::Events)(error) }
            };
            let mut nth = lines.len();
            let name = |event: Event| {
                nth += 1;
                named_by_place(event, nth)
            };
            let events = lines_of_events(input, name).map_err(|error| other(Error::file("read", typed)(error)))?;
            for (number, event) in events {
                let event = event.map_err(|refusal| other(refused(typed, refusal.on_line(number))))?;
                if !event.partner().is_empty() && !session.sees(event.partner()) {
                    let text = format!("the ledger knows no partner {}", event.partner());
                    return Err(Error::new("unknown_partner", text).on_line(Some(number)));
                }
                lines.push(AssumedLine { file, number, event });
            }
        }
        let mut digest = Sha256::new();
        for line in &lines {
            digest.update(line.event.canonical());
            digest.update("\n");
        }
        let summary = AssumedEvents { events: lines.len(), sha256: hex::encode(digest.finalize()) };
        let (places, events): (Vec<(usize, u64)>, Vec<PreparedEvent>) =
            lines.into_iter().map(|line| ((line.file, line.number), line.event)).unzip();
        let refused_at = |index: usize, refusal: Refusal| {
            let (file, number) = places.get(index).copied().unwrap_or_default();
            refused(files.get(file).map_or(Path::new(""), |typed| typed), refusal.on_line(number))
        };
        let assumed = reader.assume(end, events, &|partner| session.sees(partner)).map_err(|error| match error {
            AppendError::Refused { index, refusal } => refused_at(index, refusal),
            error @ (AppendError::Store(_) | AppendError::Abandoned | AppendError::Closed) => error.into(),
        })?;
        let mut rules = RulesBefore::new(reader.shared_entries(end)?);
        let mut entries = Vec::with_capacity(assumed.len());
        for (index, entry) in assumed {
            if let (Fact::ScorePublished { .. }, When::At(at)) = (&entry.event.fact, entry.event.when) {
                rules.check(&entry.event, at).map_err(|refusal| refused_at(index, refusal))?;
            } else if entry.event.partner.is_none() {
                rules.learn(entry.clone());
            }
            entries.push(entry);
        }
        Ok(Self { entries, summary: Some(summary), seen: session.seen().clone() })
    }

    /// The entries of a partner.
    pub(crate) fn of<'a>(&'a self, partner: &'a PartnerId) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.event.partner.as_ref() == Some(partner))
    }

    /// The partners that have entries.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.entries.iter().filter_map(|entry| entry.event.partner.as_ref())
    }

    /// The entries that hold for all partners.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.event.partner.is_none())
    }
}

/// An event without an id under one that follows from its place and its content, so that the same question has the same
/// answer.
fn named_by_place(event: Event, nth: usize) -> Event {
    let text = format!("pcs assumed event\n{nth}\n{}", canonical_event(&event));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(Sha256::digest(text)).for_each(|(byte, of_digest)| *byte = of_digest);
    Event { id: EventId(uuid::Builder::from_custom_bytes(bytes).into_uuid()), ..event }
}

/// The refusal of everything that was to be assumed, because of one line.
fn refused(typed: &Path, refusal: Refusal) -> Error {
    let text = format!("{}: an event is refused, and none is assumed", typed.display());
    let error = Error::new(refusal.code.name(), text).because([&refusal]).on_line(refusal.line);
    refusal.hint.into_iter().fold(error, Error::hint)
}

/// One partner, with all that a question about it stands on.
pub struct Subject<'k> {
    /// What is known.
    pub known: &'k Known,
    /// Who it is.
    pub partner: &'k PartnerId,
    /// Its facts, assumed ones included, with figures carried as asked.
    pub history: Arc<History>,
    /// The newest month of each metric that the ledger itself has a report of; up to the month to carry from, if one is named.
    pub reported_to: BTreeMap<UsageMetric, Month>,
    choice: CarryChoice,
}

impl<'k> Subject<'k> {
    /// A partner of whom something is known.
    ///
    /// # Errors
    /// `unknown_partner`.
    pub fn open(known: &'k Known, partner: &'k PartnerId, choice: CarryChoice) -> Result<Self, Error> {
        Ok(Self::new(known, partner, known.history(partner)?, choice))
    }

    /// A partner with its facts, assumed ones included, of which no figures are carried yet.
    #[must_use]
    pub fn new(
        known: &'k Known,
        partner: &'k PartnerId,
        history: impl Into<Arc<History>>,
        choice: CarryChoice,
    ) -> Self {
        let mut history = history.into();
        let reported_to = history.reported_to(Carry { from: choice.from, own_end: known.end });
        if let Some(carry) = choice.carry(known.end) {
            Arc::make_mut(&mut history).carry(carry);
        }
        Self { known, partner, history, reported_to, choice }
    }

    /// The figures that an area reads and that are not known of a measured month, where nothing is carried into it. A
    /// figure that was never reported is none of them.
    #[must_use]
    pub fn missing_figures(&self, area: Area, measured: Month) -> Vec<MissingFigures> {
        if self.choice.carried == Carried::Last {
            return Vec::new();
        }
        missing_figures(&self.reported_to, area, measured)
    }

    /// The figures that an area compares with months before their first report.
    #[must_use]
    pub fn short_bases(&self, area: Area, compared: Month) -> Vec<ShortBase> {
        short_bases(&self.history.reported_from(), area, compared)
    }

    /// Writes the field `reported_to`, with a comma behind it.
    pub fn write_reported_to(&self, out: &mut String) {
        write_reported_to(&self.reported_to, out);
    }
}

/// The figures that an area reads and that are not known of a measured month, by the newest month of each.
pub(crate) fn missing_figures(
    reported_to: &BTreeMap<UsageMetric, Month>,
    area: Area,
    measured: Month,
) -> Vec<MissingFigures> {
    let is_read = |figure: UsageMetric| Metric::ALL.iter().any(|metric| Family::of(area).reads(*metric, figure));
    let behind = reported_to.iter().filter(|(figure, newest)| **newest < measured && is_read(**figure));
    behind.map(|(figure, newest)| MissingFigures { figure: *figure, measured, newest: *newest }).collect()
}

/// The figures that an area compares with months before their first report, by that report.
pub(crate) fn short_bases(reported_from: &BTreeMap<UsageMetric, Month>, area: Area, compared: Month) -> Vec<ShortBase> {
    let begins = |figure| Some(compared.plus(1 - i32::try_from(Family::of(area).months_compared(figure)?).ok()?));
    let bases = reported_from.iter().filter_map(|(figure, first)| {
        let begins = begins(*figure).filter(|begins| begins < first)?;
        Some(ShortBase { figure: *figure, first: *first, begins })
    });
    bases.collect()
}

/// Of each figure the base that begins first, so that it is told once.
pub(crate) fn widest_bases(bases: impl IntoIterator<Item = ShortBase>) -> Vec<ShortBase> {
    let mut widest: BTreeMap<UsageMetric, ShortBase> = BTreeMap::new();
    for base in bases {
        let kept = widest.entry(base.figure).or_insert(base);
        if base.begins < kept.begins {
            *kept = base;
        }
    }
    widest.into_values().collect()
}

/// Writes the field `reported_to`, with a comma behind it.
pub(crate) fn write_reported_to(reported_to: &BTreeMap<UsageMetric, Month>, out: &mut String) {
    let months: Vec<String> = reported_to.iter().map(|(figure, month)| format!("\"{figure}\":\"{month}\"")).collect();
    let _ = write!(out, "\"reported_to\":{{{}}},", months.join(","));
}

/// Figures that are not known of a measured month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFigures {
    /// Which figures.
    pub figure: UsageMetric,
    /// The measured month.
    pub measured: Month,
    /// The newest month of which they are known.
    pub newest: Month,
}

impl Display for MissingFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figure, measured, newest } = self;
        write!(f, "no {figure} of {measured} is known; the newest is of {newest}")
    }
}

/// Figures of which the first report is later than the first month that a score is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortBase {
    /// Which figures.
    pub figure: UsageMetric,
    /// The first month of which they are known.
    pub first: Month,
    /// The first month that is compared.
    pub begins: Month,
}

impl Display for ShortBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figure, first, begins } = self;
        write!(
            f,
            "{figure} is reported from {first} on, though what is compared begins in {begins}: growth and net adds may be \
             too high"
        )
    }
}

/// Which missing figures of a partner somebody was warned of: each figure once.
#[derive(Debug, Default)]
pub struct MissingSaid(Vec<UsageMetric>);

impl MissingSaid {
    /// Warns of what is missing, and of which nobody was warned yet.
    pub fn say(&mut self, session: &Session<'_>, missing: &[MissingFigures]) {
        for one in missing {
            if !self.0.contains(&one.figure) {
                self.0.push(one.figure);
                session.say(&format!("warning: {one}"));
            }
        }
    }
}

/// Missing figures of many partners, of which somebody is warned in the end: of each figure once.
#[derive(Debug, Default)]
pub struct MissingOfMany(Vec<(MissingFigures, Vec<PartnerId>)>);

impl MissingOfMany {
    /// Takes note of what is missing of a partner. All of a partner comes before the next one.
    pub fn note(&mut self, partner: &PartnerId, missing: &[MissingFigures]) {
        for one in missing {
            match self.0.iter_mut().find(|(noted, _)| noted.figure == one.figure) {
                Some((_, partners)) if partners.last() == Some(partner) => {}
                Some((_, partners)) => partners.push(partner.clone()),
                None => self.0.push((*one, vec![partner.clone()])),
            }
        }
    }

    /// Warns of what was noted, and names the first partner.
    pub fn say(&self, session: &Session<'_>) {
        for (MissingFigures { figure, measured, newest }, partners) in &self.0 {
            let Some((first, others)) = partners.split_first() else { continue };
            let first = plain(first.as_str());
            let mut text =
                format!("warning: no {figure} of {measured} is known of {first}, whose newest is of {newest}");
            if !others.is_empty() {
                let _ = write!(text, ", nor of {}", counted(others.len(), "other partner"));
            }
            session.say(&text);
        }
    }
}
