//! A score from a ledger of one's own: the program of `docs/embedding.md`.

use std::error::Error;
use std::io::{Write as _, stdout};

use ledger::{Area, Event, Ledger, Reader, Timestamp, parse_date, parse_event};
use projection::rulebook::Rulebook;
use projection::{Basis, History, Question, Unmeasured, rulebook_in_force, score};

const EVENTS: [&str; 2] = [
    r#"{"id":"0195d3c0-0000-7000-8000-000000000001","type":"association_accepted","partner":"6034453","effective_at":"2025-01-10","association":"0195d3c0-0000-7000-8000-00000000000a","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","mechanism":"csp","role":"direct_bill"}"#,
    r#"{"id":"0195d3c0-0000-7000-8000-000000000002","type":"usage_reported","partner":"6034453","month":"2025-02","customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001","product":"Storage","metric":"acr_usd","value":"1040.25"}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    writeln!(stdout(), "{}", answer()?)?;
    Ok(())
}

pub(crate) fn answer() -> Result<String, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let (mut ledger, _verifier_key) = Ledger::create(dir.path(), "contoso.example/pcs")?;
    let events: Vec<Event> = EVENTS.iter().map(|line| parse_event(line, || None)).collect::<Result<_, _>>()?;
    ledger.append(&events, Timestamp::parse("2025-03-06T09:00:00Z")?)?;

    // The partner's entries that were known on 10 March, and the rules in force on the day.
    let reader = Reader::open(dir.path())?;
    let known = reader.size_at(Timestamp::parse("2025-03-10T00:00:00Z")?)?;
    let history = History::fold(&reader.entries("6034453", known)?);
    let day = parse_date("2025-02-28")?;
    let adopted = rulebook_in_force(&reader.shared_entries(known)?, day)?;
    let rulebook = adopted.as_ref().map_or(Rulebook::builtin(), |(_, rulebook)| rulebook);

    let question = Question { as_of: day, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
    let answer = score(&history, rulebook, Area::Infrastructure, &question)?;
    let (points, is_qualified) = (answer.score.points.shown(), answer.score.qualified());
    Ok(format!("{points} of {} points, qualified: {is_qualified}", answer.max))
}
