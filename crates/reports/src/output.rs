//! Where events and refused rows go, and where they are counted.

pub(crate) mod ids;
pub(crate) mod origin;

use std::ops::ControlFlow;

use ledger::{Event, Refusal};

use crate::context::Context;
use crate::provenance::rule::Rule;
use crate::summary::Summary;
use ids::with_derived_id;

/// One event that a report proves, or one row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowEvent {
    /// The line of the file, from 1, on which its first row begins; 0 for what the lack of a row proves.
    pub line: u64,
    /// By which rule the report proves it; `None` for a refused row.
    pub rule: Option<Rule>,
    /// The event, or why there is none.
    pub result: Result<Event, Refusal>,
    /// The cells of a refused row, separated by commas; `None` for reports that name persons.
    pub text: Option<String>,
}

/// The sink, and the counts of what it was given.
pub(crate) struct Output<'a> {
    sink: &'a mut dyn FnMut(RowEvent) -> ControlFlow<()>,
    /// Whether the sink wants no more.
    pub(crate) is_stopped: bool,
    pub(crate) summary: Summary,
}

impl<'a> Output<'a> {
    pub(crate) fn new(sink: &'a mut dyn FnMut(RowEvent) -> ControlFlow<()>) -> Self {
        Self { sink, is_stopped: false, summary: Summary::default() }
    }

    /// Whether what the file does not show has ended: it is a snapshot, and every row of it was read. Nobody knows what
    /// a refused row would have shown.
    pub(crate) fn is_whole(&self, context: &Context<'_>) -> bool {
        context.snapshot && self.has_every_row()
    }

    /// Whether every row was read.
    pub(crate) fn has_every_row(&self) -> bool {
        self.summary.refused == 0
    }

    /// Hands an event over, under the id of its content (R1).
    pub(crate) fn event(&mut self, line: u64, rule: Rule, event: Event) {
        if !self.is_stopped {
            self.summary.events += 1;
            self.hand_over(RowEvent { line, rule: Some(rule), result: Ok(with_derived_id(event)), text: None });
        }
    }

    /// Hands a refused row over.
    pub(crate) fn refuse(&mut self, line: u64, refusal: Refusal) {
        self.refuse_row(line, refusal, || None);
    }

    /// Hands a refused row over, with its text where it may be shown.
    pub(crate) fn refuse_row(&mut self, line: u64, refusal: Refusal, text: impl FnOnce() -> Option<String>) {
        if !self.is_stopped {
            self.summary.refused += 1;
            self.hand_over(RowEvent { line, rule: None, result: Err(refusal.on_line(line)), text: text() });
        }
    }

    fn hand_over(&mut self, row: RowEvent) {
        self.is_stopped = (self.sink)(row).is_break();
    }
}
