//! The score over time: day by day, or instant by instant as it was known.

mod answer;
mod knowledge;
mod rules;

use std::io::Read;
use std::sync::Arc;

use chrono::Datelike as _;
use ledger::{Area, Date, Entry, Month, PartnerId, Timestamp, named};
use projection::{AreaSweep, Basis, Question, Stop, Sweep, Unmeasured};

pub use answer::{Answer, AreaSpans, Span, SpanRules};
use knowledge::{Facts, Sizes};

use super::score::in_order;
use crate::beyond::{Beyond, Carried, CarryChoice, MissingSaid, Subject, widest_bases};
use crate::error::{EARLIER_KNOWLEDGE, Error, FIRST_DAY};
use crate::known::{Known, LOADING};
use crate::session::Session;

/// Which scores are wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// Along what.
    pub axis: Axis,
    /// Which month is measured.
    pub basis: Basis,
    /// Whether customers without figures count.
    pub unmeasured: Unmeasured,
    /// What is taken to be known beyond what the ledger knows; without being asked, no figures are carried.
    pub beyond: Beyond,
}

/// Along what scores are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along the days.
    Days {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
        /// Which days.
        step: DayStep,
        /// When they are known.
        known: DaysKnown,
    },
    /// Along what was known.
    Known {
        /// The day.
        as_of: Date,
        /// The first instant.
        from: Timestamp,
        /// The last instant.
        to: Timestamp,
        /// Which instants.
        step: KnownStep,
    },
}

/// What stands for the end of each day among instants.
pub const THEN: &str = "then";
/// The steps of both axes.
pub const STEPS: [&str; 4] = ["change", "day", "month", "instant"];

/// Along what scores are wanted, as it was said.
#[derive(Clone, Debug)]
pub struct AxisChoice {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// When the scores of days are known.
    pub known_at: Option<DaysKnown>,
    /// The day whose score is wanted as it was known from one instant to another.
    pub as_of: Option<Date>,
    /// The first instant.
    pub known_from: Option<Timestamp>,
    /// The last instant.
    pub known_to: Option<Timestamp>,
    /// What has a span of its own.
    pub step: String,
}

impl AxisChoice {
    /// The axis.
    ///
    /// # Errors
    /// Wrong usage: what was said is of no axis, or of both; a step that the axis does not have.
    pub fn axis(self) -> Result<Axis, Error> {
        let Self { from, to, known_at, as_of, known_from, known_to, step } = self;
        let no_step = |steps: &[&str]| {
            Error::usage(format!("{step} is no step here")).hint(format!("`--step` is {}", steps.join(" or ")))
        };
        match (from, to, as_of, known_from, known_to) {
            (Some(from), Some(to), None, None, None) => {
                let step = DayStep::from_name(&step).ok_or_else(|| no_step(DayStep::NAMES))?;
                Ok(Axis::Days { from, to, step, known: known_at.unwrap_or(DaysKnown::At(None)) })
            }
            (None, None, Some(as_of), Some(from), Some(to)) if known_at.is_none() => {
                let step = KnownStep::from_name(&step).ok_or_else(|| no_step(KnownStep::NAMES))?;
                Ok(Axis::Known { as_of, from, to, step })
            }
            _ => Err(Error::usage("days, or a day with instants, are wanted")
                .hint("`--from D --to D`, or `--as-of D --known-from K --known-to K`")),
        }
    }
}

/// When the scores of days are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaysKnown {
    /// All at one instant; now without it.
    At(Option<Timestamp>),
    /// Each at its own end.
    Then,
}

named! {
    /// Which days have a span.
    #[derive(Default)]
    DayStep {
        /// Days that follow each other with the same answer have one.
        #[default]
        Change = "change",
        /// Each day.
        Day = "day",
        /// The last day of every month, and the last of all.
        Month = "month",
    }
}

named! {
    /// Which instants have a span.
    #[derive(Default)]
    KnownStep {
        /// Days on which something was recorded, those with the same answer one.
        #[default]
        Change = "change",
        /// Every instant at which something was recorded, those with the same answer one.
        Instant = "instant",
    }
}

/// What a sweep is asked of, and what it finds.
struct Swept {
    known: Known,
    history: projection::History,
    areas: Vec<AreaSweep>,
    /// Where each stop is.
    places: Vec<Place>,
    rules: Vec<SpanRules>,
}

/// What is known of a partner, and of all, at the last stop.
pub(super) struct KnownFacts {
    /// The facts about the partner, with figures carried if they are.
    pub(super) history: Arc<projection::History>,
    /// The entries that hold for all.
    pub(super) shared: Vec<ledger::Entry>,
}

/// Where a stop is: on a day, or at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A day.
    Day(Date),
    /// An instant.
    At(Timestamp),
}

impl Request {
    /// Takes the scores; `stdin` is what `-` stands for among files.
    ///
    /// # Errors
    /// Wrong usage: ends in the wrong order, events that are assumed where what is known changes. `unknown_partner` when
    /// the partner is known nowhere, `before_program`, what is refused of assumed events.
    pub fn run(&self, session: &Session<'_>, stdin: &mut dyn Read) -> Result<Answer, Error> {
        self.run_by_default(Carried::None, session, stdin).map(|(answer, _)| answer)
    }

    /// The same, with figures carried in this way unless another is asked; hands over what is known at last, too.
    pub(super) fn run_by_default(
        &self,
        default: Carried,
        session: &Session<'_>,
        stdin: &mut dyn Read,
    ) -> Result<(Answer, KnownFacts), Error> {
        let choice = self.beyond.choice(default)?;
        self.check()?;
        let swept = match self.axis {
            Axis::Days { from, to, step, known: DaysKnown::At(known_at) } => {
                self.over_days(session, stdin, (from, to, step), known_at, choice)?
            }
            Axis::Days { from, to, step, known: DaysKnown::Then } => {
                let known = Known::open(session, Some(Timestamp::end_of(to)))?;
                let merges = step == DayStep::Change;
                self.as_known(session, known, Timestamp::end_of(from), (from, merges), choice, |_, _| {
                    let days = days(from, to, step).into_iter();
                    days.map(|day| (Place::Day(day), day, Timestamp::end_of(day))).collect()
                })?
            }
            Axis::Known { as_of, from, to, step } => {
                let known = Known::open(session, Some(to))?;
                self.as_known(session, known, from, (as_of, true), choice, |facts, shared| {
                    let instants = facts.instants(shared, (from, to), step).into_iter();
                    instants.map(|at| (Place::At(at), as_of, at)).collect()
                })?
            }
        };
        self.answer(session, swept, choice)
    }

    fn check(&self) -> Result<(), Error> {
        let (is_reversed, moves) = match self.axis {
            Axis::Days { from, to, known, .. } => {
                let reversed = (to < from).then(|| Error::reversed(FIRST_DAY, &from, &to));
                (reversed, known == DaysKnown::Then)
            }
            Axis::Known { from, to, .. } => ((to < from).then(|| Error::reversed(EARLIER_KNOWLEDGE, &from, &to)), true),
        };
        if let Some(error) = is_reversed {
            return Err(error);
        }
        if moves && !self.beyond.assume.is_empty() {
            let text = "events are assumed to be known at one instant, not at many";
            return Err(
                Error::usage(text).hint("leave out `--assume`, or ask about days as they are known at one instant")
            );
        }
        Ok(())
    }

    pub(super) fn question(&self, as_of: Date) -> Question {
        Question { as_of, basis: self.basis, unmeasured: self.unmeasured, explain: false }
    }

    /// Days, as they are known at one instant.
    fn over_days(
        &self,
        session: &Session<'_>,
        stdin: &mut dyn Read,
        (from, to, step): (Date, Date, DayStep),
        known_at: Option<Timestamp>,
        choice: CarryChoice,
    ) -> Result<Swept, Error> {
        let mut known = Known::open(session, known_at)?;
        known.assume(session, stdin, &self.beyond.assume)?;
        let history = Arc::unwrap_or_clone(Subject::open(&known, &self.partner, choice)?.history);
        known.say_later(session, Some(&self.partner))?;
        let shared = known.shared()?;
        choice.check(self.measured(&shared, from)?)?;
        let (days, size) = (days(from, to, step), known.end_with_assumed());
        let stops: Vec<Stop> = days.iter().map(|day| Stop { day: *day, size }).collect();
        let sweep = Sweep {
            history,
            entries: &[],
            shared: &shared,
            question: self.question(from),
            areas: &in_order(&self.areas),
            stops: &stops,
            merges: step == DayStep::Change,
        };
        let (areas, history) = sweep.run()?;
        let rules = rules::of_days(&shared, (from, to), |_| shared.len())?;
        Ok(Swept { known, history, areas, places: days.into_iter().map(Place::Day).collect(), rules })
    }

    /// Days and instants, each with what was known then; `first_known` is the first instant of all. `stops` makes them of
    /// the facts about the partner and of the entries that hold for all.
    fn as_known(
        &self,
        session: &Session<'_>,
        known: Known,
        first_known: Timestamp,
        (first_day, merges): (Date, bool),
        choice: CarryChoice,
        stops: impl FnOnce(&Facts, &[Entry]) -> Vec<(Place, Date, Timestamp)>,
    ) -> Result<Swept, Error> {
        let (shared, partner) = (known.shared()?, &self.partner);
        choice.check(
            self.measured(shared.get(..knowledge::known_at(&shared, first_known)).unwrap_or_default(), first_day)?,
        )?;
        let mut facts = Facts::read(&known, partner, first_known)?;
        let sizes = Sizes::of(&facts, &shared, partner);
        // Nothing is asked about moments at which the partner is not known yet.
        let stops: Vec<_> = stops(&facts, &shared)
            .into_iter()
            .filter_map(|(place, day, at)| Some((place, at, sizes.stop(day, at)?)))
            .collect();
        let Some((_, first_at, first)) = stops.first().copied() else {
            return Err(known.unknown(partner));
        };
        let was_known = facts.was_known();
        let mut history = facts.take_history(first.size);
        if let Some(carry) = choice.carry(known.end) {
            history.carry(carry);
        }
        let sweep = Sweep {
            history,
            entries: &facts.entries,
            shared: &shared,
            question: self.question(first.day),
            areas: &in_order(&self.areas),
            stops: &stops.iter().map(|(_, _, stop)| *stop).collect::<Vec<Stop>>(),
            merges,
        };
        let (areas, history) = sweep.run()?;
        if !was_known {
            let first = known.reader.first(partner.as_str())?.map(|seq| known.reader.recorded_at(seq)).transpose()?;
            let first = first.map_or_else(String::new, |first| format!(" before {first}"));
            session.say(&format!("note: nothing of {partner} was recorded{first} ({LOADING})"));
        }
        let rules = match self.axis {
            Axis::Days { to, .. } => {
                let known_on = |day| knowledge::known_at(&shared, Timestamp::end_of(day));
                let first_day = if was_known { first_day } else { first_at.date() };
                rules::of_days(&shared, (first_day, to), known_on)?
            }
            Axis::Known { as_of, .. } => {
                let instants = stops.iter().map(|(_, at, _)| (*at, knowledge::known_at(&shared, *at)));
                rules::of_instants(&shared, as_of, instants)?
            }
        };
        let places = stops.into_iter().map(|(place, ..)| place).collect();
        Ok(Swept { known, history, areas, places, rules })
    }

    /// The measured month of a day, by the rules among the entries that hold for all.
    fn measured(&self, shared: &[Entry], day: Date) -> Result<Month, Error> {
        Ok(self.basis.measured_month(day, &crate::known::rules_of(shared, day)?.book))
    }

    fn answer(&self, session: &Session<'_>, swept: Swept, choice: CarryChoice) -> Result<(Answer, KnownFacts), Error> {
        let Swept { known, history, areas, places, rules } = swept;
        let shared = known.shared()?;
        let subject = Subject::new(&known, &self.partner, history, choice);
        let mut said = MissingSaid::default();
        for area in &areas {
            if let Some(last) = area.stretches.last() {
                let measured = match places.get(last.last) {
                    Some(Place::Day(day)) => self.measured(&shared, *day)?,
                    Some(Place::At(_)) | None => last.score.measured_month,
                };
                said.say(session, &subject.missing_figures(area.area, measured));
            }
        }
        let bases = widest_bases(areas.iter().flat_map(|area| {
            let first = area.stretches.first();
            first.map_or_else(Vec::new, |first| subject.short_bases(area.area, first.score.compared_month))
        }));
        let Subject { reported_to, history, .. } = subject;
        let answer = Answer {
            partner: self.partner.clone(),
            axis: self.axis,
            known_at: known.at,
            basis: self.basis,
            carry: choice,
            reported_to,
            bases,
            rules,
            ledger: (known.end, known.root()?),
            assumed: known.assumed().cloned(),
            areas: areas.into_iter().map(|area| AreaSpans::of(area, &places, self.axis)).collect(),
        };
        Ok((answer, KnownFacts { history, shared }))
    }
}

/// The days that have an answer, ascending.
fn days(from: Date, to: Date, step: DayStep) -> Vec<Date> {
    let all = from.iter_days().take_while(|day| *day <= to);
    match step {
        DayStep::Change | DayStep::Day => all.collect(),
        DayStep::Month => {
            let ends = |day: &Date| *day == to || day.succ_opt().is_none_or(|next| next.month() != day.month());
            all.filter(ends).collect()
        }
    }
}
