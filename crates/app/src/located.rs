//! The entries that name a location account, with the partner under whom they do.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ledger::{Date, Entry, EventId, Month, parse_date};

use crate::error::Error;
use crate::known::Known;

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
    known.reader.scan(0, known.end, &mut |seq, line| {
        if let Some((partner, location)) = pair(line)
            && !is_one_of(&retracted, line)
        {
            take(Located { seq, partner, location, day: day_of(line).unwrap_or(Date::MIN) });
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// The partner and the location of an entry's line: they stand side by side, before any text that could look like them.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (partner, rest) = line.split_once("\"partner\":\"")?.1.split_once('"')?;
    let location = rest.strip_prefix(",\"location\":\"")?;
    // A location that needs escapes is no account.
    let (location, _) = location.split_once('"')?;
    (!location.contains('\\')).then_some((partner, location))
}

fn is_one_of(events: &BTreeSet<EventId>, line: &str) -> bool {
    !events.is_empty() && Entry::read(line).is_ok_and(|entry| events.contains(&entry.event.id))
}

fn day_of(line: &str) -> Option<Date> {
    let after = |mark: &str, len: usize| line.rsplit_once(mark)?.1.get(..len);
    let day = after(", as of ", 10).and_then(|day| parse_date(day).ok());
    let day = day.or_else(|| parse_date(after("\"effective_at\":\"", 10)?).ok());
    day.or_else(|| Month::parse(after("\"month\":\"", 7)?).ok().map(Month::first_day))
}

#[cfg(test)]
mod tests {
    use super::{day_of, pair};

    #[test]
    fn a_line_tells_its_pair() {
        let line = |fields: &str| format!(r#"{{"seq":0,"event":{{"id":"x","type":"y",{fields}}}}}"#);
        assert_eq!(pair(&line(r#""partner":"1","location":"2","month":"2023-01""#)), Some(("1", "2")));
        assert_eq!(pair(&line(r#""partner":"1","month":"2023-01","note":"\"location\":\"2\"""#)), None);
        assert_eq!(pair(&line(r#""partner":"1","location":"a\"b""#)), None);
        assert_eq!(pair(&line(r#""effective_at":"x""#)), None);
    }

    #[test]
    fn an_entry_is_of_the_day_of_its_report_or_of_its_fact() {
        for (line, day) in [
            (r#""effective_at":"2024-01-02T00:00:00Z","source":"pal p, x, as of 2024-03-05, sha256:1""#, "2024-03-05"),
            (r#""effective_at":"2024-01-02T00:00:00Z""#, "2024-01-02"),
            (r#""month":"2024-02""#, "2024-02-01"),
            (r#""month":"x""#, ""),
        ] {
            assert_eq!(day_of(line).map_or(String::new(), |day| day.to_string()), day, "{line}");
        }
    }
}
