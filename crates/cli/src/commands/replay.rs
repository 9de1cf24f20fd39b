//! `replay`: the long way, and whether it leads to the same answer.

mod fold;

use ledger::{Area, Date, PartnerId, Timestamp};
use projection::{Basis, Question, Unmeasured};
use serde_json::json;

use super::score::Scores;
use crate::args;
use crate::error::Error;
use crate::known::{Known, rules_of};
use crate::output::counted;
use crate::output::score_json::Answer;
use crate::progress::Unit;
use crate::session::Session;
use fold::Fold;

/// Folds from the first entry, without index and cache, and compares with the ordinary answer
///
/// The scores of all areas, of one partner or of all, are compared to the byte, root and findings included. Exits with 3
/// when they differ.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
    /// The day of the scores [default: today]
    #[arg(long, value_name = "D", value_parser = args::date)]
    as_of: Option<Date>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let as_of = self.as_of.unwrap_or_else(|| session.now().date());
        let known = Known::open(session, self.known_at)?;
        let bar = session.progress("replaying", Unit::Entries);
        let mut fold = Fold::new(self.partner.clone());
        let scanned = fold.scan(&known, &|done| bar.at(done, Some(known.end)));
        bar.end();
        scanned?;
        let partners = match &self.partner {
            Some(partner) => vec![partner.clone()],
            None => known.partners()?,
        };
        let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: true };
        let (rules, found_by) = (known.rules_in_force(as_of)?, known.rules_of_findings()?);
        let ordinary = Scores { known: &known, rules: &rules, found_by: &found_by, root: known.root()?, question };
        let (rules, found_by) = (rules_of(fold.shared(), as_of)?, rules_of(fold.shared(), known.at.date())?);
        let replayed = Scores { known: &known, rules: &rules, found_by: &found_by, root: fold.root(), question };
        for partner in &partners {
            compare(&fold, &replayed, &ordinary, partner)?;
        }
        report(session, &fold, &known, partners.len(), as_of)
    }
}

/// Compares the answers of a partner in every area.
fn compare(fold: &Fold, replayed: &Scores<'_>, ordinary: &Scores<'_>, partner: &PartnerId) -> Result<(), Error> {
    let mut ordinary_answers = Vec::new();
    ordinary.of(partner, Area::ALL, &mut |answer| {
        ordinary_answers.push(answer.to_json());
        Ok(())
    })?;
    let history = fold.history(partner);
    let findings = fold.findings(partner, &replayed.found_by.book).len();
    let mut ordinary_answers = ordinary_answers.into_iter();
    replayed.each(partner, &history, findings, Area::ALL, &mut |answer: &Answer<'_>| {
        let (replayed, ordinary) = (answer.to_json(), ordinary_answers.next().unwrap_or_default());
        if replayed == ordinary {
            return Ok(());
        }
        Err(Error::ReplayDiffers { partner: partner.clone(), area: answer.score.area.name(), replayed, ordinary })
    })
}

fn report(session: &mut Session<'_>, fold: &Fold, known: &Known, partners: usize, as_of: Date) -> Result<(), Error> {
    let (scores, known_at) = (partners * Area::ALL.len(), known.at.to_string());
    if session.is_json() {
        let answer = json!({
            "same": true, "partners": partners, "scores": scores, "entries": fold.entries(),
            "as_of": as_of.to_string(), "known_at": known_at,
        });
        return session.line(&answer.to_string());
    }
    session.line(&format!(
        "the same: {} of {} as of {as_of}, folded from {} known at {known_at}",
        counted(scores as u64, "score"),
        counted(partners as u64, "partner"),
        if fold.entries() == 1 { "1 entry".to_owned() } else { format!("{} entries", fold.entries()) }
    ))
}
