//! The facts of a file of events, as rows of tables.

use std::path::Path;

use ledger::{Date, Event, Fact, Timestamp, When};
use rusqlite::types::Value;
use uuid::Uuid;

use crate::Outcome;
use crate::events::{EventLines, FIRST_MONTH, MONTHS, event_of};

/// A row of one of the tables.
pub(crate) struct FactRow {
    /// The name of the table.
    pub(crate) table: &'static str,
    /// Its cells, in the order of the columns.
    pub(crate) cells: Vec<Value>,
}

/// Hands over the row of every event that makes one.
pub(crate) fn each(file: &Path, on_row: &mut dyn FnMut(FactRow) -> Outcome<()>) -> Outcome<()> {
    let mut lines = EventLines::open(file)?;
    let mut seq = 0;
    while let Some(line) = lines.next()? {
        if let Some(row) = row(seq, event_of(line)?)? {
            on_row(row)?;
        }
        seq += 1;
    }
    Ok(())
}

fn row(seq: i64, event: Event) -> Outcome<Option<FactRow>> {
    let partner: i64 = event.partner.as_ref().ok_or("no partner")?.as_str().parse()?;
    let bytes = |id: Uuid| Value::Blob(id.as_bytes().to_vec());
    let text = |text: &str| Value::Text(text.to_owned());
    let mut cells = vec![seq.into(), partner.into()];
    let table = match (event.fact, event.when) {
        (Fact::AssociationAccepted(terms), When::At(at)) => {
            let (Some(customer), Some(mechanism)) = (terms.customer, terms.mechanism) else { return Ok(None) };
            let subscription = terms.subscription.map(|subscription| text(subscription.as_str()));
            cells.extend([bytes(terms.association.0), bytes(customer.0), text(mechanism.name())]);
            cells.extend([subscription.into(), at.micros().into()]);
            "association"
        }
        (
            Fact::AssociationRevoked { association, .. } | Fact::AssociationDeclined { association, .. },
            When::At(at),
        ) => {
            cells.extend([bytes(association.0), Value::Null, at.micros().into()]);
            "ending"
        }
        (Fact::CustomerChurned { customer, .. }, When::At(at)) => {
            cells.extend([Value::Null, bytes(customer.0), at.micros().into()]);
            "ending"
        }
        (Fact::UsageReported(usage), When::In(month)) => {
            let subscription = usage.subscription.as_ref().map_or("", |subscription| subscription.as_str());
            cells.extend([text(usage.metric.name()), month.number().into(), bytes(usage.customer.0)]);
            cells.extend([Value::Text(usage.product.as_str().to_ascii_lowercase()), text(subscription)]);
            cells.push(i64::try_from(usage.value.micros())?.into());
            "usage"
        }
        (Fact::CertificationLinked { person, certification, .. }, When::At(at)) => {
            cells.extend([text(person.as_str()), text(certification.as_str()), at.micros().into()]);
            "certification"
        }
        _ => return Ok(None),
    };
    Ok(Some(FactRow { table, cells }))
}

/// The last instant of a day.
pub(crate) fn end_of(day: Date) -> i64 {
    Timestamp::end_of(day).micros()
}

/// The months of a file and the year before, each with its last instant.
pub(crate) fn month_ends() -> Vec<(i32, i64)> {
    let last = FIRST_MONTH + i32::try_from(MONTHS).expect("a file has few months");
    let end = |number| end_of(ledger::Month::from_number(number).last_day());
    (FIRST_MONTH - 24..last).map(|number| (number, end(number))).collect()
}
