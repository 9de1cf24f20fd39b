//! The long way to a score, and whether it leads to the same answer.

mod compare;
mod dice;
mod fold;
pub mod sample;

use ledger::{Area, Date, PartnerId, Timestamp};
use projection::Question;
use serde_json::json;

pub use super::kept::Compared;
use super::{kept, score::Scores};
use crate::error::Error;
use crate::known::Known;
use crate::session::Session;
use crate::world::Unit;
use compare::{PartnerQuestion, compare, ordinary_answers, replayed, replayed_answers};
use fold::Fold;

/// Which scores are computed in both ways: those of all areas.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner; every one that is known without it.
    pub partner: Option<PartnerId>,
    /// The question about each.
    pub question: Question,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
}

/// How much was the same.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The number of partners.
    pub partners: u64,
    /// The number of scores that were compared.
    pub scores: u64,
    /// The number of entries that were folded.
    pub entries: u64,
    /// The day of the scores.
    pub as_of: Date,
    /// The instant at which they were known.
    pub known_at: Timestamp,
    /// What is kept of the partners, compared with the log.
    pub cached: Compared,
}

impl Request {
    /// Folds from the first entry, without index and cache, and compares with the ordinary answers.
    ///
    /// # Errors
    /// `differs`, which names the question, at the first answer that is not the same.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Answer, Error> {
        let known = Known::open(session, self.known_at)?;
        // The cache first: an ordinary answer may mend what it finds there.
        let cached = kept::compare(session, &known.reader, self.partner.as_ref())?;
        let partners = known.asked_or_all(self.partner.as_ref())?;
        let bar = session.progress("replaying", Unit::Entries);
        let (passes, in_a_pass) = known.passes(partners.len());
        // Without a partner the entries are read all the same: each is parsed, and hashed into the root.
        let nobody: &[PartnerId] = &[];
        let chunks = partners.chunks(in_a_pass).chain(partners.is_empty().then_some(nobody));
        let compared = (0..).zip(chunks).try_for_each(|(pass, partners)| {
            let mut fold = Fold::new(partners.iter().cloned());
            fold.advance(&known.reader, known.end, &|done| bar.at(pass * known.end + done, Some(passes * known.end)))?;
            compare_all(&known, &fold, partners, self.question)
        });
        drop(bar);
        compared?;
        let (partners, as_of) = (partners.len() as u64, self.question.as_of);
        let scores = partners * Area::ALL.len() as u64;
        Ok(Answer { partners, scores, entries: known.end, as_of, known_at: known.at, cached })
    }
}

/// Compares the answers about partners in every area.
fn compare_all(known: &Known, fold: &Fold, partners: &[PartnerId], question: Question) -> Result<(), Error> {
    let (ordinary, replayed) = (Scores::in_force(known, question)?, replayed(known, fold, question)?);
    for partner in partners {
        let ordinary = ordinary_answers(&ordinary, partner)?;
        let asked = PartnerQuestion { partner: partner.clone(), known_at: known.at, question };
        compare(&asked, &replayed_answers(&replayed, fold, partner)?, &ordinary)?;
    }
    Ok(())
}

impl Answer {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "same": true, "partners": self.partners, "scores": self.scores, "entries": self.entries,
            "as_of": self.as_of.to_string(), "known_at": self.known_at.to_string(), "cached_states": self.cached.states,
            "cached_facts": self.cached.facts,
        })
        .to_string()
    }
}
