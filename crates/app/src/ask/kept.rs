//! Whatever is kept, compared with the log.

use ledger::{Fold, PartnerId, Reader, State};
use projection::History;

use crate::error::Error;
use crate::import::Book;
use crate::known::{Known, kept_differs};
use crate::session::Session;
use crate::text::counted;

/// What was compared with the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compared {
    /// Folded histories.
    pub states: u64,
    /// Partners of whom there are facts for imports.
    pub facts: u64,
}

/// Compares every history and all facts that are kept of a partner, or of all, with what the lines of the log say. What
/// is of another form, or of another ledger, is passed over, as by those who ask.
///
/// # Errors
/// `corrupt`, which names the first file that was not written with the ledger's secret, and `differs`, which names the
/// first that is not what the log folds to.
pub(super) fn compare(
    session: &mut Session<'_>,
    reader: &Reader,
    partner: Option<&PartnerId>,
) -> Result<Compared, Error> {
    let newest = Known::of(reader.clone(), None)?;
    // What was kept under rules that this program cannot read is of another form.
    let rules = newest.rules_in_force(session.now().date()).ok();
    let book = rules.map(|rules| Book::to_compare(&newest, &rules));
    let mut compared = Compared::default();
    for partner in &newest.asked_or_all(partner)? {
        compared.states += compare_states(reader, partner, &reader.states::<History>(partner.as_str())?)?;
        compared.facts += book.as_ref().map_or(Ok(0), |book| book.compare(partner).map(u64::from))?;
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
    #[must_use]
    pub fn text(&self) -> String {
        let states = counted(self.states, "state");
        match self.facts {
            0 => format!("{states} compared"),
            facts => format!("{states} and the facts of {} compared", counted(facts, "partner")),
        }
    }
}
