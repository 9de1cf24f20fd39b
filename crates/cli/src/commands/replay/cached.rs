//! Whatever is kept, compared with the log.

use ledger::{Folded, PartnerId, Reader, State};
use projection::History;

use app::Error;
use app::import::Book;
use app::known::kept_differs;
use app::text::counted;

/// What was compared with the log.
#[derive(Clone, Copy, Default)]
pub(super) struct Compared {
    /// Folded histories.
    pub(super) states: u64,
    /// Partners of whom there are facts for imports.
    pub(super) facts: u64,
}

/// Compares every history and all facts that are kept of the partners, and would be believed, with what the lines of
/// the log say.
///
/// # Errors
/// `differs`, which names the first that does.
pub(super) fn compare(reader: &Reader, book: &Book, partners: &[PartnerId]) -> Result<Compared, Error> {
    let mut compared = Compared::default();
    for partner in partners {
        compared.states += compare_states(reader, partner, &reader.states::<History>(partner.as_str())?)?;
        compared.facts += u64::from(book.compare(partner)?);
    }
    Ok(compared)
}

/// Folds the partner's lines once, and looks at each size of which there is a state.
fn compare_states(reader: &Reader, partner: &PartnerId, states: &[State]) -> Result<u64, Error> {
    let Some(last) = states.last() else { return Ok(0) };
    let entries = reader.entries(partner.as_str(), last.size)?;
    let mut rest = &*entries;
    let mut history = History::default();
    for state in states {
        let (known, later) = rest.split_at(rest.partition_point(|entry| entry.seq < state.size));
        history.extend(known);
        rest = later;
        if history.to_bytes() != state.bytes {
            return Err(kept_differs(partner, state.size, "states"));
        }
    }
    Ok(states.len() as u64)
}

impl Compared {
    /// What is said to people.
    pub(super) fn text(&self) -> String {
        let states = counted(self.states, "state");
        match self.facts {
            0 => format!("{states} compared"),
            facts => format!("{states} and the facts of {} compared", counted(facts, "partner")),
        }
    }
}
