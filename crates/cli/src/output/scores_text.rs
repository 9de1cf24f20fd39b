//! The scores of all partners for people to read: one table, and what they all share once.

use std::collections::BTreeSet;

use app::ask::score::Answer;
use app::beyond::{Carried, CarryChoice};
use app::text::{counted, plain};
use ledger::PartnerId;
use projection::Basis;

use super::labels::Labels;
use super::names::short_instant;
use super::score_text::cells;
use super::table::Table;
use super::{Paint, names};

/// What the scores come to.
#[derive(Default)]
pub(crate) struct Overview {
    table: Table,
    /// The lines that all scores share, before the table.
    shared: Vec<String>,
    partners: BTreeSet<PartnerId>,
    /// Those with an area that qualifies.
    qualified: BTreeSet<PartnerId>,
    /// Those about whom something contradicts.
    contradicted: BTreeSet<PartnerId>,
    areas: u64,
    qualified_areas: u64,
}

impl Overview {
    /// Takes in one score.
    pub(crate) fn add(&mut self, answer: &Answer<'_>, labels: &Labels, paint: Paint) {
        if self.partners.is_empty() {
            self.table.row(["partner", "area", "points", "standing"].map(|name| paint.faint(name)));
            self.shared = shared(answer, paint);
        }
        let partner = answer.partner;
        self.partners.insert(partner.clone());
        self.areas += 1;
        if answer.score.score.qualified() {
            self.qualified.insert(partner.clone());
            self.qualified_areas += 1;
        }
        if answer.findings > 0 {
            self.contradicted.insert(partner.clone());
        }
        self.table.row(cells(answer, labels, paint));
    }

    /// Whether there is no score.
    pub(crate) fn is_empty(&self) -> bool {
        self.partners.is_empty()
    }

    /// The lines for a width.
    pub(crate) fn lines(&self, labels: &Labels, width: Option<usize>) -> Vec<String> {
        let mut lines = self.shared.clone();
        lines.extend(self.table.lines_within("", width));
        if !self.is_empty() {
            lines.push(String::new());
            let (partners, qualified) = (counted(self.partners.len(), "partner"), self.qualified.len());
            let areas = format!("{} of {} areas qualify", self.qualified_areas, self.areas);
            lines.push(format!("{partners}, of which {qualified} qualify in one area or more; {areas}"));
        }
        if !self.contradicted.is_empty() {
            let partners = counted(self.contradicted.len(), "partner");
            let lists = labels.command("check").map_or_else(String::new, |check| format!(": {check} lists it"));
            lines.push(format!("Something contradicts in the facts of {partners}{lists}"));
        }
        lines
    }
}

/// What is asked of all of them.
fn shared(answer: &Answer<'_>, paint: Paint) -> Vec<String> {
    let score = answer.score;
    let known_at = short_instant(&answer.known_at.to_string());
    let basis = match answer.basis {
        Basis::Live => "live",
        Basis::Published => "as published",
    };
    let mut lines = vec![
        paint.bold(&format!("All partners as of {}, as known at {known_at}", score.as_of)),
        format!(
            "Measured {} against {} ({basis}), rulebook {}",
            score.measured_month,
            score.compared_month,
            plain(&answer.rules.name)
        ),
    ];
    lines.extend(answer.assumed.map(names::assumed));
    if let Some(CarryChoice { carried: Carried::Last, from }) = answer.carry {
        let from = from.map_or_else(String::new, |from| format!(", of reports up to {from}"));
        lines.push(format!("Carried: later months have the figures of the newest month that is reported{from}"));
    }
    lines.push(String::new());
    lines
}
