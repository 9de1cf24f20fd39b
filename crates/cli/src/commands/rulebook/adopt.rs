//! `rulebook adopt`: makes the rules of a file those of the ledger.

use std::path::PathBuf;

use app::Error;
use app::ask::rulebook::adopt::{Answer, Request};
use app::text::{ToJson as _, plain};
use ledger::{EventId, Name, Remark, Source, Timestamp, parse_uuid};

use crate::args::Force;
use crate::commands::Run;
use crate::console::Console;

/// Adopts the rules of a file, or built-in ones, for all partners
///
/// Their whole text becomes an entry of the ledger. A score uses it when the adoption was recorded by the instant at which
/// the score is known and is effective by the day of the score; of several adoptions, the one recorded last is used. An
/// adoption cannot be retracted: another one takes its place. Rules that hold already from that day on are not adopted
/// again, unless an id asks for an entry of its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Adopt {
    /// The file, or the name of a built-in rulebook
    file: PathBuf,
    /// The name that scores quote [default: the rulebook's own]
    #[arg(long, value_name = "NAME", value_parser = Name::new)]
    name: Option<Name>,
    /// The first day whose scores it is used for; an instant stands for its day in UTC [default: today]
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    effective_at: Option<Timestamp>,
    /// A remark for people
    #[arg(long, value_name = "TEXT", value_parser = Remark::new)]
    note: Option<Remark>,
    /// Where the rules were taken from
    #[arg(long, value_name = "TEXT", value_parser = Source::new)]
    source: Option<Source>,
    /// The id of the event [default: a new one]
    #[arg(long, value_name = "UUID", value_parser = event_id)]
    id: Option<EventId>,
    #[command(flatten)]
    force: Force,
}

impl Run for Adopt {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { file, name, effective_at, note, source, id, force: Force { force } } = self;
        let answer = Request { file, name, effective_at, note, source, id, force }.run(&mut console.session)?;
        let Answer { name, sha256, seq, from, is_already, .. } = &answer;
        console.answer(&answer.to_json(), |_| {
            let said = if *is_already { "is adopted already, as" } else { "is adopted as" };
            let name = plain(name.as_str());
            vec![format!("{name} {said} entry {seq}, for scores as of {from} and later, sha256 {sha256}")]
        })?;
        if !is_already && effective_at.is_none() {
            console
                .remark(&format!("scores as of days before {from} keep their rules; --effective-at names another day"));
        }
        Ok(())
    }
}

fn event_id(text: &str) -> Result<EventId, &'static str> {
    parse_uuid(text).map(EventId).ok_or("is not a UUID in the hyphenated form")
}
