//! The facts of a file of events, as rows of tables.

use std::path::Path;

use ledger::{AssociationId, CustomerId, Date, Event, Fact, Timestamp, Usage, When};

use crate::Outcome;
use crate::events::{FIRST_MONTH, Lines, MONTHS, event_of};

/// A row of one of the tables.
pub(crate) enum FactRow {
    /// An association that was accepted.
    Association(Association),
    /// An association, or all of a customer, that ended.
    Ending {
        /// Which.
        association: Option<AssociationId>,
        /// Whose.
        customer: Option<CustomerId>,
        /// When.
        at: i64,
    },
    /// A figure of a month.
    Usage {
        /// The month, as months since January of the year 0.
        month: i32,
        /// The figure.
        usage: Box<Usage>,
    },
    /// A certification that was linked.
    Certification {
        /// Whose.
        person: String,
        /// Which.
        certification: String,
        /// When.
        at: i64,
    },
}

/// An association that was accepted.
pub(crate) struct Association {
    /// Which.
    pub(crate) id: AssociationId,
    /// With whom.
    pub(crate) customer: CustomerId,
    /// By which mechanism.
    pub(crate) mechanism: &'static str,
    /// The subscription to which it is limited.
    pub(crate) subscription: Option<String>,
    /// When it started.
    pub(crate) started: i64,
}

/// Hands over the place, the partner and the row of every event that makes a row.
pub(crate) fn each(file: &Path, on_row: &mut dyn FnMut(i64, i64, &FactRow) -> Outcome<()>) -> Outcome<()> {
    let mut lines = Lines::open(file)?;
    let mut seq = 0;
    while let Some(line) = lines.next()? {
        let event = event_of(line)?;
        let partner = event.partner.as_ref().ok_or("no partner")?.as_str().parse()?;
        if let Some(row) = row(event) {
            on_row(seq, partner, &row)?;
        }
        seq += 1;
    }
    Ok(())
}

fn row(event: Event) -> Option<FactRow> {
    let at = match event.when {
        When::At(at) => at.micros(),
        When::In(_) => 0,
    };
    match (event.fact, event.when) {
        (Fact::AssociationAccepted(terms), _) => Some(FactRow::Association(Association {
            id: terms.association,
            customer: terms.customer?,
            mechanism: terms.mechanism?.name(),
            subscription: terms.subscription.map(|subscription| subscription.as_str().to_owned()),
            started: at,
        })),
        (Fact::AssociationRevoked { association, .. } | Fact::AssociationDeclined { association, .. }, _) => {
            Some(FactRow::Ending { association: Some(association), customer: None, at })
        }
        (Fact::CustomerChurned { customer, .. }, _) => {
            Some(FactRow::Ending { association: None, customer: Some(customer), at })
        }
        (Fact::UsageReported(usage), When::In(month)) => {
            Some(FactRow::Usage { month: month.number(), usage: Box::new(usage) })
        }
        (Fact::CertificationLinked { person, certification, .. }, _) => Some(FactRow::Certification {
            person: person.as_str().to_owned(),
            certification: certification.as_str().to_owned(),
            at,
        }),
        _ => None,
    }
}

/// The last instant of a day.
pub(crate) fn end_of(day: Date) -> i64 {
    Timestamp::end_of(day).micros()
}

/// The months of a file and the year before, each with its last instant.
pub(crate) fn month_ends() -> Vec<(i32, i64)> {
    let first = FIRST_MONTH.0 * 12 + FIRST_MONTH.1.cast_signed() - 1;
    let last = first + i32::try_from(MONTHS).unwrap_or_default();
    let end = |number| end_of(ledger::Month::from_number(number).last_day());
    (first - 24..last).map(|number| (number, end(number))).collect()
}
