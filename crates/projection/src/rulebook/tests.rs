//! The built-in rulebook answers as written; edits of it are taken or refused.

mod answers;
mod builtins;
mod changes;
mod docs;
mod edits;
mod refusals;

use super::{Rulebook, RulebookErrors};

const BUILTIN: &str = include_str!("../../rulebook/builtin-2026-11.toml");

/// An edit of the built-in text: after a place, the first occurrence of one text becomes another.
struct Edit<'t> {
    after: &'t str,
    old: &'t str,
    new: &'t str,
}

impl Edit<'_> {
    fn apply(&self, text: &str) -> String {
        let place = text.find(self.after).unwrap_or_else(|| panic!("{:?} is not in the text", self.after));
        let (before, rest) = text.split_at(place);
        assert!(rest.contains(self.old), "{:?} is not after {:?}", self.old, self.after);
        format!("{before}{}", rest.replacen(self.old, self.new, 1))
    }
}

/// Reads the built-in text after an edit.
fn parse(after: &str, old: &str, new: &str) -> Result<Rulebook, RulebookErrors> {
    Rulebook::parse(&Edit { after, old, new }.apply(BUILTIN))
}
