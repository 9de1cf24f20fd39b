//! The segments of customers that a file tells, and what that changes.
//!
//! A segment holds from the first day of its month until another is told. Of a month that a newer download has, an older
//! one tells nothing. Monthly files that come in any order give the same segments, but for one case: a month of which
//! the ledger has nothing from these reports, because nothing changed in it, is not known to have been told, and takes
//! the segment of the month before it.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Code, CustomerId, Fact, Month, PartnerId, Refusal, Segment, Timestamp, When};

use super::subject::Subject;
use crate::context::Context;
use crate::facts::PartnerFacts;
use crate::facts::run::start_of;
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::rule::Rule;

/// The segments of one file.
pub(crate) struct Segments {
    kind: Kind,
    partners: BTreeMap<PartnerId, BTreeMap<CustomerId, BTreeMap<Month, MonthSegment>>>,
}

/// What the rows of a customer's month say.
struct MonthSegment {
    segment: Segment,
    line: u64,
    is_duplicate: bool,
    /// The line of a duplicate that says another; a row that is none decides.
    other: Option<u64>,
    /// A row was refused because it says another.
    is_broken: bool,
}

/// One change of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SegmentChange {
    month: Month,
    segment: Segment,
    /// The month keeps the segment that it had before an earlier month was told.
    is_kept: bool,
}

impl Segments {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, partners: BTreeMap::new() }
    }

    /// Notes the segment of a row.
    ///
    /// # Errors
    /// Another row of the customer's month says another, and neither or both are duplicates.
    pub(crate) fn add(
        &mut self,
        subject: &Subject,
        line: u64,
        segment: Segment,
        is_duplicate: bool,
    ) -> Result<(), Refusal> {
        let customers = self.partners.entry(subject.partner.clone()).or_default();
        let months = customers.entry(subject.customer).or_default();
        let new = MonthSegment { segment, line, is_duplicate, other: None, is_broken: false };
        let Some(told) = months.get_mut(&subject.month) else {
            months.insert(subject.month, new);
            return Ok(());
        };
        match (told.is_duplicate, is_duplicate) {
            (true, false) => *told = new,
            (true, true) if told.segment != segment => told.other = told.other.or(Some(line)),
            (false, false) if told.segment != segment => {
                told.is_broken = true;
                return Err(conflict(told.line));
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands over what the file changes, by partner, customer and month.
    pub(crate) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        for (partner, customers) in self.partners {
            let facts = (context.known)(&partner);
            for (customer, told) in customers {
                for (line, other) in told.values().filter_map(|told| Some((told.line, told.other?))) {
                    output.refuse(other, conflict(line));
                }
                let is_whole = |told: &MonthSegment| told.other.is_none() && !told.is_broken;
                let told: BTreeMap<Month, MonthSegment> = told.into_iter().filter(|(_, told)| is_whole(told)).collect();
                let changes = facts.ask(|facts| changes_of(facts, self.kind, customer, &told, origin));
                for change in changes {
                    let line = told.get(&change.month).map_or(0, |told| told.line);
                    let rule = if change.is_kept { Rule::SegmentKept } else { Rule::CustomerSegment };
                    let fact = Fact::CustomerClassified { customer, segment: change.segment };
                    let when = When::At(start_of(change.month));
                    output.event(line, rule, origin.event(&partner, when, fact, (line, 0), rule));
                }
            }
        }
    }
}

fn conflict(line: u64) -> Refusal {
    let message = format!("the customer's segment is not what line {line} says of the same month");
    Refusal::new(Code::BadValue, message).with_hint("keep the row that is right: a customer has one segment in a month")
}

fn changes_of(
    facts: &PartnerFacts,
    kind: Kind,
    customer: CustomerId,
    told: &BTreeMap<Month, MonthSegment>,
    origin: &Origin,
) -> Vec<SegmentChange> {
    let months = facts.months(kind);
    let known = facts.segments(customer).cloned().unwrap_or_default();
    let is_older = |month: &Month| {
        let newer = |day| day > origin.as_of();
        let at_month = known.get(&start_of(*month)).and_then(|(_, told)| *told);
        months.get(month).is_some_and(|day| newer(*day))
            || at_month.is_some_and(|told| told.kind == kind && newer(told.as_of))
    };
    let said: BTreeMap<Month, Segment> =
        told.iter().filter(|(month, _)| !is_older(month)).map(|(month, told)| (*month, told.segment)).collect();
    let mut known = known.iter().map(|(at, (segment, _))| (*at, *segment)).collect();
    changes(&mut known, &said, &months.into_keys().collect())
}

/// Applies the segments that are told to those that are known, and returns the changes. `covered` are the months that
/// reports told before.
fn changes(
    known: &mut BTreeMap<Timestamp, Segment>,
    said: &BTreeMap<Month, Segment>,
    covered: &BTreeSet<Month>,
) -> Vec<SegmentChange> {
    let mut changes = Vec::new();
    for (&month, &segment) in said {
        let start = start_of(month);
        let before = known.range(..=start).next_back().map(|(_, segment)| *segment);
        if before == Some(segment) {
            continue;
        }
        let next_known = known.range(start..).find(|(at, _)| **at > start).map(|(at, _)| *at);
        known.insert(start, segment);
        changes.push(SegmentChange { month, segment, is_kept: false });
        let later = covered.range(month.plus(1)..).find(|later| !said.contains_key(later)).copied();
        let later = later.filter(|later| next_known.is_none_or(|next| start_of(*later) < next));
        if let (Some(segment), Some(month)) = (before, later) {
            known.insert(start_of(month), segment);
            changes.push(SegmentChange { month, segment, is_kept: true });
        }
    }
    changes
}

#[cfg(test)]
mod tests;
