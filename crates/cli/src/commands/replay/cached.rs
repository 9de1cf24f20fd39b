//! Whatever the cache holds, compared with the log.

use ledger::{CachedState, PartnerId, Reader};

use crate::error::Error;

/// The stretches of the cache that were compared with the log; none when another process has the cache.
pub(super) struct Compared(pub(super) Option<u64>);

/// Compares every stretch that the cache holds of the partners, and would answer from, with the lines of the log.
///
/// # Errors
/// [`Error::CacheDiffers`] names the first that differs.
pub(super) fn compare(reader: &Reader, partners: &[PartnerId]) -> Result<Compared, Error> {
    let mut stretches = 0;
    for partner in partners {
        let Some(states) = reader.cached_states(partner.as_str())? else { return Ok(Compared(None)) };
        stretches += judge(partner, &states)?;
    }
    Ok(Compared(Some(stretches)))
}

fn judge(partner: &PartnerId, states: &[CachedState]) -> Result<u64, Error> {
    match states.iter().find_map(|state| state.differs_at) {
        Some(seq) => Err(Error::CacheDiffers { partner: partner.clone(), seq }),
        None => Ok(states.len() as u64),
    }
}

impl Compared {
    /// What is said to people.
    pub(super) fn text(&self) -> String {
        match self.0 {
            Some(1) => "1 stretch of the cache compared".to_owned(),
            Some(stretches) => format!("{stretches} stretches of the cache compared"),
            None => "the cache was not compared, another process has it".to_owned(),
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
