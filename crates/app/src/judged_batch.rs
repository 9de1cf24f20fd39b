//! A batch whose events are judged by the rules too: what the programme can have shown, the rulebook says.
//!
//! The ledger knows no rules, so [`check_shown`] is asked here, for every way into a ledger but a restored backup, whose
//! entries are those that were signed for.

use ledger::{
    AppendError, Batch, Code, Commit, Entry, EntryLine, Event, EventType, Fact, Key, Ledger, Outcome, PreparedEvent,
    PushError, ReadError, Reader, Refusal, Timestamp, When,
};
use projection::adoption_in_force;
use projection::rulebook::Rulebook;

use crate::text::counted;

/// A batch under way, and the rules that were adopted before the place of its next event.
pub(crate) struct JudgedBatch<'a> {
    batch: Batch<'a>,
    now: Timestamp,
    /// The ledger before the batch.
    before: Reader,
    /// The rules, those of the batch included; read when the first score is judged.
    rules: Option<RulesBefore>,
}

/// Whether events of a type must be pushed by [`JudgedBatch::push`].
pub(crate) fn is_judged(event_type: EventType) -> bool {
    matches!(event_type, EventType::ScorePublished | EventType::RulebookAdopted)
}

/// Refuses a published score that cannot have been shown under a rulebook: points beyond its total, a metric that it has
/// no rows for in the area. Every other event is fine.
///
/// # Errors
/// [`Code::BadValue`].
pub(crate) fn check_shown(event: &Event, rulebook: &Rulebook) -> Result<(), Refusal> {
    let Fact::ScorePublished { area, points, metrics } = &event.fact else { return Ok(()) };
    let most = i128::from(rulebook.total_max()) * ledger::Amount::MICROS;
    let metrics = metrics.iter().flat_map(ledger::ShownMetrics::iter);
    for (metric, points) in metrics.map(|(metric, points)| (Some(metric), points)).chain([(None, points)]) {
        if let Some(metric) = metric.filter(|metric| !rulebook.metrics(*area).any(|known| known == *metric)) {
            let known: Vec<&str> = rulebook.metrics(*area).map(ledger::Metric::name).collect();
            let message = format!("`metrics` names {metric}, for which {} has no rows in {area}", rulebook.name());
            let hint = format!("the metrics of {area} are {}", known.join(", "));
            return Err(Refusal::new(Code::BadValue, message).with_hint(hint));
        }
        if points.amount().micros() > most {
            let of = metric.map_or_else(|| "`points`".to_owned(), |metric| format!("`metrics` of {metric}"));
            let (most, name) = (rulebook.total_max(), rulebook.name());
            let message = format!("{of}: {points} is more than {most}, the `total_max` of {name}");
            return Err(Refusal::new(Code::BadValue, message));
        }
    }
    Ok(())
}

impl<'a> JudgedBatch<'a> {
    /// Begins a batch that is appended as a whole.
    pub(crate) fn begin(ledger: &'a mut Ledger, now: Timestamp) -> Self {
        let before = ledger.reader();
        Self { batch: ledger.begin(now), now, before, rules: None }
    }

    /// Stages an event.
    ///
    /// # Errors
    /// As [`Batch::push`], and what [`check_shown`] refuses.
    pub(crate) fn push(&mut self, event: Event) -> Result<Outcome, PushError> {
        self.judge(&event)?;
        let adoption = matches!(event.fact, Fact::RulebookAdopted { .. }).then(|| event.clone());
        let outcome = self.batch.push(event)?;
        self.learn(outcome, adoption)
    }

    /// Stages an event that was prepared: of a type that no rules judge.
    ///
    /// # Errors
    /// As [`Batch::push_prepared`].
    pub(crate) fn push_prepared(&mut self, event: &PreparedEvent) -> Result<Outcome, PushError> {
        self.batch.push_prepared(event)
    }

    /// Stages an entry by its canonical line.
    ///
    /// # Errors
    /// As [`Batch::push_entry`], and what [`check_shown`] refuses.
    pub(crate) fn push_entry(&mut self, line: &str) -> Result<Outcome, PushError> {
        if !EntryLine::split(line).and_then(|line| line.event_type()).is_some_and(is_judged) {
            return self.batch.push_entry(line);
        }
        let event = Entry::parse(line)?.event;
        self.judge(&event)?;
        let outcome = self.batch.push_entry(line)?;
        self.learn(outcome, Some(event).filter(|event| matches!(event.fact, Fact::RulebookAdopted { .. })))
    }

    /// What [`Self::commit`] would make of it now.
    pub(crate) fn so_far(&self) -> Commit {
        self.batch.so_far()
    }

    /// Makes the batch part of the ledger.
    ///
    /// # Errors
    /// As [`Batch::commit`].
    pub(crate) fn commit(self) -> Result<Commit, AppendError> {
        let done = self.batch.commit()?;
        tracing::info!("wrote {}: the ledger has {}", counted(done.new, "entry"), done.size);
        Ok(done)
    }

    /// Judges a published score by the rules in force at its place for its day; one that the ledger has was judged then.
    fn judge(&mut self, event: &Event) -> Result<(), PushError> {
        let (Fact::ScorePublished { .. }, When::At(at)) = (&event.fact, event.when) else { return Ok(()) };
        for seq in self.batch.find(Key::event(event.id))? {
            if self.batch.entry(seq)?.event.id == event.id {
                return Ok(());
            }
        }
        Ok(self.rules()?.check(event, at)?)
    }

    /// Notes an adoption that is new.
    fn learn(&mut self, outcome: Outcome, adoption: Option<Event>) -> Result<Outcome, PushError> {
        if let (Outcome::New { seq }, Some(event)) = (outcome, adoption) {
            let adoption = Entry { seq, recorded_at: self.now, event };
            self.rules()?.learn(adoption);
        }
        Ok(outcome)
    }

    /// The rules before the next event, which are read once.
    fn rules(&mut self) -> Result<&mut RulesBefore, ReadError> {
        let Self { rules, before, .. } = self;
        match rules {
            Some(rules) => Ok(rules),
            None => Ok(rules.insert(RulesBefore::new(before.shared_entries(before.size())?))),
        }
    }
}

/// The rules that were adopted before the place of an event.
pub(crate) struct RulesBefore {
    /// The entries that hold for all partners.
    shared: Vec<Entry>,
    /// The rulebook that judged last, by the seq of its adoption.
    last: Option<(u64, Rulebook)>,
}

impl RulesBefore {
    /// The rules that these entries adopt, which hold for all partners and are in their order.
    pub(crate) fn new(shared: Vec<Entry>) -> Self {
        Self { shared, last: None }
    }

    /// Takes in a further adoption.
    pub(crate) fn learn(&mut self, adoption: Entry) {
        self.shared.push(adoption);
    }

    /// What [`check_shown`] says of an event by the rules that are in force for its day.
    pub(crate) fn check(&mut self, event: &Event, at: Timestamp) -> Result<(), Refusal> {
        let Some(adoption) = adoption_in_force(&self.shared, at.date()) else {
            return check_shown(event, Rulebook::builtin());
        };
        if self.last.as_ref().is_none_or(|(seq, _)| *seq != adoption.seq) {
            let unreadable = |_| {
                let message = format!("the rulebook {}, which is in force, cannot be read", adoption.name);
                Refusal::new(Code::BadValue, message)
            };
            self.last = Some((adoption.seq, Rulebook::parse(adoption.text.as_str()).map_err(unreadable)?));
        }
        self.last.as_ref().map_or(Ok(()), |(_, rulebook)| check_shown(event, rulebook))
    }
}
