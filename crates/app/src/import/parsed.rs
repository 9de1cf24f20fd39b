//! Parses lines into events that are ready to be appended.

use std::io::{self, Read};
use std::ops::ControlFlow;

use ledger::{
    Code, Entry, EntryLine, Event, EventId, EventType, Fact, MAX_LINE_BYTES, PreparedEvent, Refusal, parse_event,
};
use projection::rulebook::Rulebook;
use uuid::Uuid;

use super::lines::{EntryLines, Line};
use crate::bounds;
use crate::judged_batch::is_judged;
use reports::secrets::may_be_secret;

/// Lines that are handed over together.
const LINES_AT_ONCE: usize = 512;
/// Bytes that are handed over together, unless one line has more.
const BYTES_AT_ONCE: u64 = 1 << 20;
/// Texts that mark a secret. No event may hold one, because an entry is never erased.
const SECRETS: [&str; 3] = ["PRIVATE+KEY+", "PRIVATE KEY-----", "pcs-people-secret 1"];

/// Some lines, and how many bytes of the file were read up to them.
pub(super) struct LineGroup {
    pub lines: Vec<ParsedLine>,
    pub bytes_read: u64,
}

/// One line.
pub(super) struct ParsedLine {
    pub number: u64,
    /// The line itself, where it is wanted later.
    pub text: Option<String>,
    pub content: Result<LineContent, Refusal>,
}

/// What a line holds.
pub(super) enum LineContent {
    /// An event.
    Event(PreparedEvent),
    /// An event of a type that the rules judge, too.
    Judged(Box<Event>),
    /// An event without an id.
    Unnamed(Box<Event>),
    /// An entry, by its canonical line.
    Entry(String),
}

/// Reads all lines and hands them over, until `take` wants no more.
pub(super) fn parse_all(
    input: impl Read,
    entries: bool,
    keep_text: bool,
    take: &mut dyn FnMut(io::Result<LineGroup>) -> ControlFlow<()>,
) {
    let most = if entries { usize::try_from(bounds::LINE).expect("it fits into memory") } else { MAX_LINE_BYTES };
    let mut lines = EntryLines::new(input, most);
    let mut is_last = false;
    while !is_last {
        let mut some = Vec::with_capacity(LINES_AT_ONCE);
        let end = lines.bytes_read() + BYTES_AT_ONCE;
        while !is_last && some.len() < LINES_AT_ONCE && lines.bytes_read() < end {
            match lines.next_line() {
                Ok(Some(line)) => {
                    let is_fit = lines.check_length(&line);
                    let content = is_fit.and_then(|()| content(&line, entries));
                    let text = keep_text.then(|| String::from_utf8_lossy(&line.bytes).into_owned());
                    let text = text.filter(|text| is_kept(text));
                    some.push(ParsedLine { number: line.number, text, content });
                }
                Ok(None) => is_last = true,
                Err(error) => {
                    // Whether more is wanted does not matter.
                    let _ = take(Err(error));
                    return;
                }
            }
        }
        is_last |= take(Ok(LineGroup { lines: some, bytes_read: lines.bytes_read() })).is_break();
    }
}

/// The events of all lines, each with the number of its line, or why it is refused; `name` gives an id to one that has
/// none.
pub(crate) fn lines_of_events(
    input: impl Read,
    mut name: impl FnMut(Event) -> Event,
) -> io::Result<Vec<(u64, Result<PreparedEvent, Refusal>)>> {
    let mut events = Vec::new();
    let mut failure = Ok(());
    parse_all(input, false, false, &mut |group| {
        let lines = match group {
            Ok(LineGroup { lines, .. }) => lines,
            Err(error) => {
                failure = Err(error);
                return ControlFlow::Break(());
            }
        };
        events.extend(lines.into_iter().map(|ParsedLine { number, content, .. }| {
            let event = content.and_then(|content| match content {
                LineContent::Event(event) => Ok(event),
                LineContent::Judged(event) => PreparedEvent::new(&event),
                LineContent::Unnamed(event) => PreparedEvent::new(&name(*event)),
                LineContent::Entry(_) => Err(Refusal::new(Code::Malformed, "the line is an entry")),
            });
            (number, event)
        }));
        ControlFlow::Continue(())
    });
    failure.map(|()| events)
}

/// Whether the text of a line may be written beside the reason of its refusal: a line that is no event may be a key.
fn is_kept(text: &str) -> bool {
    let is_event = text.trim_start().starts_with('{') && (text.contains("\"type\"") || text.contains("\"event\""));
    is_event || !may_be_secret(text)
}

fn content(line: &Line, entries: bool) -> Result<LineContent, Refusal> {
    let refused = |message: String| Refusal::new(Code::Malformed, message);
    let text = std::str::from_utf8(&line.bytes)
        .map_err(|error| refused("the line is not UTF-8 text".to_owned()).at_column(Some(error.valid_up_to() + 1)))?;
    if entries {
        if EntryLine::split(text).and_then(|line| line.event_type()) == Some(EventType::RulebookAdopted) {
            check_event(&Entry::parse(text)?.event)?;
        }
        return Ok(LineContent::Entry(text.to_owned()));
    }
    let mut is_unnamed = false;
    let event = event_of(text, || {
        is_unnamed = true;
        Some(EventId(Uuid::nil()))
    })?;
    Ok(if is_unnamed {
        LineContent::Unnamed(Box::new(event))
    } else if is_judged(event.fact.event_type()) {
        LineContent::Judged(Box::new(event))
    } else {
        LineContent::Event(PreparedEvent::new(&event)?)
    })
}

/// The event of a text; `new_id` names one that has no id.
pub(crate) fn event_of(text: &str, new_id: impl FnOnce() -> Option<EventId>) -> Result<Event, Refusal> {
    if SECRETS.iter().any(|secret| text.contains(secret)) {
        let message = "the line holds a private key, or the secret of a ledger's pseudonyms";
        return Err(Refusal::new(Code::BadValue, message.to_owned()));
    }
    let event = parse_event(text, new_id)?;
    check_event(&event)?;
    Ok(event)
}

/// Refuses the adoption of a rulebook that cannot be scored by.
pub(crate) fn check_event(event: &Event) -> Result<(), Refusal> {
    let Fact::RulebookAdopted { rulebook, .. } = &event.fact else { return Ok(()) };
    Rulebook::parse(rulebook.as_str()).map(drop).map_err(|errors| {
        let first = errors.errors().first().map_or_else(String::new, ToString::to_string);
        let rest = errors.errors().len().saturating_sub(1);
        let more = if rest == 0 { String::new() } else { format!(", and {rest} more") };
        Refusal::new(Code::BadValue, format!("`rulebook` is no valid rulebook: its {first}{more}"))
            .with_hint("`pcs rulebook check FILE` lists all that is wrong with it")
    })
}
