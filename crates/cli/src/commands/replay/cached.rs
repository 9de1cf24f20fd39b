//! Whatever the cache holds, compared with the log.

use ledger::{CachedState, Fold, PartnerId, Reader, State};
use projection::History;

use app::Error;
use app::text::counted;

/// What was compared with the log.
#[derive(Clone, Copy, Default)]
pub(super) struct Compared {
    /// Folded histories.
    pub(super) states: u64,
    /// Stretches of gathered lines; none when another process has them.
    pub(super) stretches: Option<u64>,
}

/// Compares every history and every stretch of lines that is kept of the partners, and would be answered from, with
/// the lines of the log.
///
/// # Errors
/// `differs`, which names the first that does.
pub(super) fn compare(reader: &Reader, partners: &[PartnerId]) -> Result<Compared, Error> {
    let mut compared = Compared { states: 0, stretches: Some(0) };
    for partner in partners {
        compared.states += compare_states(reader, partner, &reader.states::<History>(partner.as_str())?)?;
        compared.stretches = match (compared.stretches, reader.cached_states(partner.as_str())?) {
            (Some(before), Some(stretches)) => Some(before + judge(partner, &stretches)?),
            (None, _) | (_, None) => None,
        };
    }
    Ok(compared)
}

/// Folds the partner's lines once, and looks at each size of which there is a state.
fn compare_states(reader: &Reader, partner: &PartnerId, states: &[State]) -> Result<u64, Error> {
    let Some(last) = states.last() else { return Ok(0) };
    let entries = reader.entries_uncached(partner.as_str(), last.size)?;
    let mut rest = &*entries;
    let mut history = History::default();
    for state in states {
        let (known, later) = rest.split_at(rest.partition_point(|entry| entry.seq < state.size));
        history.extend(known);
        rest = later;
        if history.to_bytes() != state.bytes {
            let size = state.size;
            let what =
                format!("what was kept of {partner} is not what the log folds to: that of the first {size} entries");
            return Err(differs(&what, "states"));
        }
    }
    Ok(states.len() as u64)
}

fn judge(partner: &PartnerId, stretches: &[CachedState]) -> Result<u64, Error> {
    match stretches.iter().find_map(|stretch| stretch.differs_at) {
        Some(seq) => {
            let what = format!("the cached lines of {partner} are not those of the log: that of entry {seq}");
            Err(differs(&what, "cache"))
        }
        None => Ok(stretches.len() as u64),
    }
}

/// Something in a directory of the ledger that is not what the log says.
fn differs(what: &str, directory: &str) -> Error {
    let hint = format!("the ledger's directory `{directory}` can be deleted at any time, and is made again");
    Error::disproved("differs", format!("{what} differs")).hint(hint)
}

impl Compared {
    /// What is said to people.
    pub(super) fn text(&self) -> String {
        let states = counted(self.states, "state");
        match self.stretches {
            Some(0) => format!("{states} compared"),
            Some(1) => format!("{states} and 1 stretch of the cache compared"),
            Some(stretches) => format!("{states} and {stretches} stretches of the cache compared"),
            None => format!("{states} compared; the cache was not, another process has it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::{CachedState, PartnerId};

    use super::judge;

    #[test]
    fn a_stretch_that_differs_is_named() {
        let partner = PartnerId::new("6034453").unwrap();
        let state = |differs_at| CachedState { size: 766, entries: 256, differs_at };
        assert_eq!(judge(&partner, &[state(None), state(None)]).unwrap(), 2);
        let error = judge(&partner, &[state(None), state(Some(765))]).unwrap_err();
        assert_eq!((error.exit_code(), error.code()), (3, "differs"));
        assert_eq!(
            error.to_text(),
            "error: the cached lines of 6034453 are not those of the log: that of entry 765 differs\n\
             hint: the ledger's directory `cache` can be deleted at any time, and is made again\n"
        );
    }
}
