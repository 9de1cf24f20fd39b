//! `check`: what contradicts.

use app::Error;
use app::ask::check::{self, text};
use app::text::{counted, plain};
use ledger::{PartnerId, Timestamp};

use crate::args;
use crate::commands::Run;
use crate::console::Console;
use crate::output::entry_text;

/// Lists what contradicts in the facts of one partner, or of all
///
/// The ledger records what the world says, also when it contradicts itself. A finding changes no score by itself and is
/// no failure of the command.
///
/// Without --partner it also names instants that no correct clock gave: those of entries that were recorded more than
/// five years after the one before, or more than a day ahead of the system's clock.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: Option<PartnerId>,
    /// As it was known at this instant, or at the end of this day
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let is_json = console.is_json();
        let labels = console.labels();
        let (session, _, mut line) = console.streaming();
        let counts = check::run(session, self.partner.as_ref(), self.known_at, &mut |answer| {
            if is_json {
                return line(&answer.to_json());
            }
            let who = answer.partner.map_or_else(|| "the ledger".to_owned(), |partner| labels.partner(partner));
            let what = answer
                .entry
                .map_or_else(String::new, |entry| format!(": {}", plain(&entry_text::what(&entry.event.fact, None))));
            line(&format!("{who}  {}{what}", text(answer.finding)))
        })?;
        if !is_json {
            let (findings, partners) = (counted(counts.findings, "finding"), counted(counts.partners, "partner"));
            session.say(&format!("{findings} in {partners}"));
        }
        Ok(())
    }
}
