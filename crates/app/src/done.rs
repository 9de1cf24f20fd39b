//! What a command has made durable, so that no later failure claims that nothing was done.

use crate::error::Error;
use crate::text::counted;

/// What is durable, and how it can be seen.
#[derive(Debug, Default)]
pub struct Done {
    what: Vec<String>,
    look: Vec<String>,
}

impl Done {
    /// Notes something as soon as it is durable: a clause such as `1 entry was recorded`, and a sentence that says how
    /// it can be seen.
    pub fn add(&mut self, what: impl Into<String>, look: impl Into<String>) {
        self.what.push(what.into());
        self.look.push(look.into());
    }

    /// Notes entries that were recorded: the newest ones of a ledger that has `size` now.
    pub fn recorded(&mut self, new: u64, size: u64) {
        if new > 0 {
            let were = if new == 1 { "was" } else { "were" };
            let look = format!("`pcs export --from-seq {}` prints what was recorded", size - new);
            self.add(format!("{} {were} recorded", counted(new, "entry")), look);
        }
    }

    /// The failure, which now also says what is done and stays.
    #[must_use]
    pub fn and_then(self, failure: Error) -> Error {
        if self.what.is_empty() { failure } else { failure.behind_done(&self.what, self.look) }
    }
}
