//! The two times of every view: as of which day, and as known when.

use app::Error;
use app::ask::timeline::THEN;
use ledger::{Date, Reader, Timestamp};
use maud::{Markup, html};

use crate::parameters::{Parameters, query};
use crate::problem::Problem;

/// Days after which a ledger that got nothing new is shown as of its newest entry.
const STALE_DAYS: i64 = 92;

/// The two times, with what else tells one answer from another.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    pub(crate) as_of: Date,
    /// The instant that was asked; none for now.
    pub(crate) known_at: Option<Timestamp>,
    /// Whether each day is wanted as it was known at its own end.
    pub(crate) is_then: bool,
    /// The instant of the newest entry that is known.
    pub(crate) newest: Option<Timestamp>,
    /// The entries known.
    pub(crate) size: u64,
    /// The entries that were recorded later.
    pub(crate) later: u64,
    pub(crate) basis: Option<String>,
}

impl Times {
    /// What was asked, or else the present day of a ledger that is kept up, and the newest day of another. Over many days,
    /// each may be known at its own end.
    pub(crate) fn read(parameters: &Parameters, reader: &Reader, today: Date, has_days: bool) -> Result<Self, Problem> {
        let is_then = has_days && parameters.text("known_at") == Some(THEN);
        let known_at = if is_then { None } else { parameters.instant("known_at")? };
        let size = known_at.map_or(Ok(reader.size()), |at| reader.size_at(at)).map_err(Error::from)?;
        let newest = size.checked_sub(1).map(|seq| reader.recorded_at(seq)).transpose().map_err(Error::from)?;
        let usual = match newest.map(Timestamp::date) {
            Some(day) if today.signed_duration_since(day).num_days() > STALE_DAYS => day,
            Some(_) | None => today,
        };
        let as_of = parameters.day("as_of")?.unwrap_or(usual);
        parameters.basis()?;
        let basis = parameters.text("basis").map(str::to_owned);
        Ok(Self { as_of, known_at, is_then, newest, size, later: reader.size() - size, basis })
    }

    /// The times as parameters of an address.
    pub(crate) fn query(&self) -> String {
        query(&self.pairs(&[]))
    }

    /// The times as fields of a form that nobody sees, but for those that the form has itself.
    pub(crate) fn hidden(&self, but: &[&str]) -> Markup {
        html! { @for (name, value) in self.pairs(but) { input type="hidden" name=(name) value=(value); } }
    }

    /// The times that are said, by the names of their parameters, but for some.
    pub(crate) fn pairs(&self, but: &[&str]) -> Vec<(&'static str, String)> {
        let known_at = self.known_at.map(|at| at.to_string());
        let all = [("as_of", Some(self.as_of.to_string())), ("known_at", known_at), ("basis", self.basis.clone())];
        let said = all.into_iter().filter(|(name, _)| !but.contains(name));
        said.filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
