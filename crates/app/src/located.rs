//! The entries that name a location account of a partner.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ledger::{Date, Entry, EntryLine, EventId, EventType, Month, PartnerId, Timestamp};
use reports::Provenance;

use crate::error::Error;
use crate::known::{Known, retracted};
use crate::scan::FirstError;

/// An entry that names a location.
pub(crate) struct Located<'a> {
    pub(crate) seq: u64,
    pub(crate) partner: &'a str,
    pub(crate) location: &'a str,
    /// The day of the report, else that on which the fact became true or its month began.
    pub(crate) day: Date,
}

/// Hands over every entry that names a location and is not retracted, in their order.
pub(crate) fn each_located(known: &Known, take: &mut dyn FnMut(Located<'_>)) -> Result<(), Error> {
    let retracted = known.retracted()?;
    known.reader.scan(0, known.end, &mut |seq, line| hand_over(seq, line, &retracted, take))?;
    Ok(())
}

/// Hands over the same of one partner.
pub(crate) fn each_located_of(
    known: &Known,
    partner: &PartnerId,
    take: &mut dyn FnMut(Located<'_>),
) -> Result<(), Error> {
    let mut retractions = Vec::new();
    let (whole, mut failure) = ((0, known.end), FirstError::default());
    // A retraction is of an event of the same partner.
    known.reader.scan_partner(partner.as_str(), whole, &mut |_, line| {
        if EntryLine::split(line).and_then(|line| line.event_type()) != Some(EventType::EventRetracted) {
            return ControlFlow::Continue(());
        }
        failure.flow(Entry::read(line).map(|entry| retractions.push(entry)))
    })?;
    failure.end()?;
    let retracted = retracted(&retractions);
    known.reader.scan_partner(partner.as_str(), whole, &mut |seq, line| hand_over(seq, line, &retracted, take))?;
    Ok(())
}

/// Hands over an entry if it names a location and is not retracted.
fn hand_over(
    seq: u64,
    line: &str,
    retracted: &BTreeSet<EventId>,
    take: &mut dyn FnMut(Located<'_>),
) -> ControlFlow<()> {
    if let Some(line) = EntryLine::split(line)
        && let Some((partner, location)) = pair(line)
        && !line.id().is_some_and(|id| retracted.contains(&id))
    {
        take(Located { seq, partner, location, day: day_of(line).unwrap_or(Date::MIN) });
    }
    ControlFlow::Continue(())
}

/// The partner and the location of an entry's line.
pub(crate) fn pair(line: EntryLine<'_>) -> Option<(&str, &str)> {
    // A location that needs escapes is no account.
    let Some(Cow::Borrowed(location)) = line.text("location") else { return None };
    Some((line.partner()?, location))
}

fn day_of(line: EntryLine<'_>) -> Option<Date> {
    let source = line.text("source");
    let provenance = source.as_deref().and_then(Provenance::parse);
    let instant = || Some(Timestamp::parse(&line.text("effective_at")?).ok()?.date());
    let month = || Some(Month::parse(&line.text("month")?).ok()?.first_day());
    provenance.map(|provenance| provenance.told.as_of).or_else(instant).or_else(month)
}

#[cfg(test)]
mod tests {
    use ledger::EntryLine;

    use super::{day_of, pair};

    /// The line of an entry with these fields.
    fn line(fields: &str) -> String {
        format!(r#"{{"seq":0,"recorded_at":"x","event":{{"id":"x","type":"y",{fields}}}}}"#)
    }

    #[test]
    fn a_line_tells_its_pair() {
        for (fields, told) in [
            (r#""partner":"1","location":"2","month":"2023-01""#, Some(("1", "2"))),
            (r#""partner":"1","month":"2023-01","note":"\"location\":\"2\"""#, None),
            (r#""partner":"1","location":"a\"b""#, None),
            (r#""effective_at":"x""#, None),
        ] {
            assert_eq!(pair(EntryLine::split(&line(fields)).expect("an entry")), told, "{fields}");
        }
    }

    #[test]
    fn an_entry_is_of_the_day_of_its_report_or_of_its_fact() {
        for (fields, day) in [
            (r#""effective_at":"2024-01-02T00:00:00Z","source":"pal p, x, as of 2024-03-05, sha256:1""#, "2024-03-05"),
            (r#""effective_at":"2024-01-02T00:00:00Z""#, "2024-01-02"),
            (r#""month":"2024-02""#, "2024-02-01"),
            (r#""month":"x""#, ""),
        ] {
            let day_of = day_of(EntryLine::split(&line(fields)).expect("an entry"));
            assert_eq!(day_of.map_or(String::new(), |day| day.to_string()), day, "{fields}");
        }
    }
}
