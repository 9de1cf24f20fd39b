//! The rules in force, whether a file holds rules, adopting them, and what differs between two.

pub mod adopt;
pub mod diff;

use std::path::Path;

use ledger::{Date, Timestamp};
use projection::rulebook::TrackScope;
use serde_json::{Value, json};

use crate::error::Error;
use crate::known::{Rules, given_rules, rules_here};
use crate::session::Session;

/// The rules on a day.
pub struct RulesOn {
    /// The rules.
    pub rules: Rules,
    /// The day.
    pub day: Date,
}

/// Rules that were read from a file, or are built in.
pub struct ValidRulebook(pub Rules);

/// The rules on a day, or today: those of a file or of a name, else those in force as they were known at an instant.
pub fn on_day(
    session: &mut Session<'_>,
    as_of: Option<Date>,
    known_at: Option<Timestamp>,
    given: Option<&Path>,
) -> Result<RulesOn, Error> {
    let day = as_of.unwrap_or_else(|| session.now().date());
    let rules = given.map_or_else(|| rules_here(session, known_at, day), |given| given_rules(session, given))?;
    Ok(RulesOn { rules, day })
}

/// Checks that a file holds rules.
///
/// # Errors
/// All that is wrong with it, by line.
pub fn check(session: &Session<'_>, file: &Path) -> Result<ValidRulebook, Error> {
    given_rules(session, file).map(ValidRulebook)
}

impl RulesOn {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows = self.rules.book.rows_on(self.day).into_iter().map(|chosen| {
            let row = chosen.row;
            json!({
                "line": row.line, "table": row.value.table.name(), "keys": row.value.keys,
                "track": row.value.track.map(TrackScope::name),
                "from": row.from.to_string(), "to": row.to.map(|to| to.to_string()),
                "from_basis": row.basis.name(), "assumed": chosen.assumed, "bounded": chosen.bounded,
            })
        });
        let (rows, day) = (rows.collect::<Vec<Value>>(), self.day.to_string());
        json!({"name": self.rules.name, "sha256": self.rules.book.sha256(), "as_of": day, "rows": rows}).to_string()
    }
}

impl ValidRulebook {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let book = &self.0.book;
        json!({"name": book.name(), "sha256": book.sha256(), "rows": book.rows().len()}).to_string()
    }
}
