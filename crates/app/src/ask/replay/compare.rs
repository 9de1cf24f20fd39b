//! A question answered twice, and whether the answers are the same.

use std::fmt;

use ledger::{Area, PartnerId, Timestamp};
use projection::{AreaScore, Question, score};

use super::fold::Fold;
use crate::ask::score::{Missing, OnAnswer, Scores};
use crate::error::Error;
use crate::known::{Known, rules_of};

/// A question about a partner, in every area.
pub(super) struct PartnerQuestion {
    pub(super) partner: PartnerId,
    pub(super) known_at: Timestamp,
    pub(super) question: Question,
}

impl fmt::Display for PartnerQuestion {
    /// Writes the options that ask it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partner, known_at, question } = self;
        let (as_of, basis, unmeasured) = (question.as_of, question.basis, question.unmeasured);
        write!(f, "--partner {partner} --as-of {as_of} --known-at {known_at} --basis {basis} --unmeasured {unmeasured}")
    }
}

/// The ordinary answers about a partner, one an area.
pub(super) fn ordinary_answers(scores: &Scores<'_>, partner: &PartnerId) -> Result<Vec<String>, Error> {
    collect(|on_answer| scores.of(partner, Area::ALL, on_answer))
}

/// The answers about a partner by what was folded, one an area, each computed from the start.
pub(super) fn replayed_answers(scores: &Scores<'_>, fold: &Fold, partner: &PartnerId) -> Result<Vec<String>, Error> {
    let findings = fold.findings(partner, &scores.found_by.book, scores.known.at.date()).len();
    let history = fold.history(partner);
    let score = |area| score(history, &scores.rules.book, area, &scores.question);
    let missing = |_: &AreaScore| Ok(Missing::default());
    collect(|on_answer| scores.each((&score, &missing), partner, findings, Area::ALL, on_answer))
}

fn collect(ask: impl FnOnce(OnAnswer<'_>) -> Result<(), Error>) -> Result<Vec<String>, Error> {
    let mut answers = Vec::with_capacity(Area::ALL.len());
    ask(&mut |answer| {
        answers.push(answer.to_json());
        Ok(())
    })?;
    Ok(answers)
}

/// The scores by what was folded, up to what is known.
pub(super) fn replayed<'a>(known: &'a Known, fold: &Fold, question: Question) -> Result<Scores<'a>, Error> {
    let rules = rules_of(fold.shared(), question.as_of)?;
    let found_by = rules_of(fold.shared(), known.at.date())?;
    Ok(Scores { known, rules, found_by, root: fold.root(), question, carry: None, plans: false })
}

/// Compares answers to the byte.
///
/// # Errors
/// `differs`, which names the whole question.
pub(super) fn compare(asked: &PartnerQuestion, replayed: &[String], ordinary: &[String]) -> Result<(), Error> {
    let nth = |answers: &[String], nth: usize| answers.get(nth).cloned().unwrap_or_default();
    let longest = replayed.len().max(ordinary.len());
    let Some(differing) = (0..longest).find(|&at| replayed.get(at) != ordinary.get(at)) else { return Ok(()) };
    let area = Area::ALL.get(differing).map_or("no area", |area| area.name());
    let text = format!("the replayed score of {} in {area} is not the ordinary one", asked.partner);
    let (replayed, ordinary) = (nth(replayed, differing), nth(ordinary, differing));
    Err(Error::disproved("differs", text)
        .because([format!("replayed: {replayed}"), format!("ordinary: {ordinary}")])
        .hint(format!("`pcs replay {asked}` asks it again"))
        .hint(format!("`pcs score {asked} --explain --format json` asks it again")))
}

#[cfg(test)]
mod tests {
    use ledger::{PartnerId, Timestamp, parse_date};
    use projection::{Basis, Question, Unmeasured};

    use super::{PartnerQuestion, compare};

    #[test]
    fn a_difference_names_the_question_as_commands() {
        let asked = PartnerQuestion {
            partner: PartnerId::new("6034453").unwrap(),
            known_at: Timestamp::parse("2025-03-02T09:00:00Z").unwrap(),
            question: Question {
                as_of: parse_date("2025-02-28").unwrap(),
                basis: Basis::Published,
                unmeasured: Unmeasured::Include,
                explain: true,
            },
        };
        let answers = |last: &str| vec!["{}".to_owned(), last.to_owned()];
        compare(&asked, &answers("{}"), &answers("{}")).unwrap();
        let error = compare(&asked, &answers("{\"a\":1}"), &answers("{}")).unwrap_err();
        assert_eq!((error.exit_code(), error.code()), (3, "differs"));
        let options = "--partner 6034453 --as-of 2025-02-28 --known-at 2025-03-02T09:00:00.000000Z --basis published \
                       --unmeasured include";
        let text = format!(
            "error: the replayed score of 6034453 in infrastructure is not the ordinary one\n\
             caused by: replayed: {{\"a\":1}}\ncaused by: ordinary: {{}}\n\
             hint: `pcs replay {options}` asks it again\n\
             hint: `pcs score {options} --explain --format json` asks it again\n"
        );
        assert_eq!(error.to_text(), text);
        assert!(compare(&asked, &answers("{}"), &[]).is_err(), "an answer that is missing differs too");
    }
}
