//! Who could supply a quantity: the units that are known and do not count.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Months;
use ledger::{CustomerId, PersonId};
use num_bigint::BigInt;

use super::ladder::TrackState;
use super::{ChangeUnit, Quantity};
use crate::history::{Achievement, DatedFact};
use crate::metrics::credit::{Credit, spans};
pub use crate::metrics::near::CandidateReason;
use crate::metrics::near::{self, Near};
use crate::metrics::{self, skilling};
use crate::question::Question;
use crate::rulebook::Metric;
use crate::scene::Scene;

/// How many are told of each quantity, at most.
const TOLD: usize = 10;

/// A unit that could supply a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it could supply.
    pub quantity: Quantity,
    /// Who.
    pub subject: CandidateSubject,
    /// The figure by which it is judged, as an exact decimal: the larger of the months that the metric reads.
    pub figure: Option<String>,
    /// What it lacks, as an exact decimal; none where no amount helps.
    pub missing: Option<String>,
    /// Why it does not count.
    pub reason: CandidateReason,
    /// The entries that show it, ascending, each once.
    pub seqs: Vec<u64>,
}

/// Who could supply a quantity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateSubject {
    /// A customer, with a product of it where these are counted.
    Customer {
        /// The customer.
        customer: CustomerId,
        /// The product.
        product: Option<String>,
    },
    /// A person.
    Person {
        /// The person.
        person: PersonId,
        /// The certification: of the list, or, for a prerequisite, of the step before.
        certification: String,
    },
}

impl CandidateSubject {
    /// The id, and what stands behind it, as they are written.
    fn id(&self) -> (String, &str) {
        match self {
            Self::Customer { customer, product } => (customer.to_string(), product.as_deref().unwrap_or_default()),
            Self::Person { person, certification } => (person.to_string(), certification),
        }
    }
}

/// The candidates of the quantities of a track, but for those of some units.
pub(super) fn candidates(state: &TrackState<'_>, without: &BTreeSet<ChangeUnit>) -> Vec<Candidate> {
    let scene = Scene {
        question: Question { explain: true, ..state.scene.question },
        kept: None,
        ..state.scene.at(state.scene.measured)
    };
    let mut by_quantity: BTreeMap<&Quantity, Vec<(Option<BigInt>, Candidate)>> = BTreeMap::new();
    let mut add = |quantity: Quantity, missing: Option<BigInt>, candidate: Candidate| {
        if let Some(known) = state.quantities.iter().find(|known| **known == quantity) {
            by_quantity.entry(known).or_default().push((missing, candidate));
        }
    };
    for metric in &state.metrics {
        let name = metric.score.metric;
        if let Some((rule, _)) = &metric.usage {
            for Near { unit, option, customer, product, figure, missing, reason, seqs } in
                metrics::near(&scene, name, rule)
            {
                let quantity = Quantity { metric: name, unit, suffix: option };
                let subject = CandidateSubject::Customer { customer, product };
                let (figure, lacking) = (Some(near::shown(&figure)), missing.as_ref().map(near::shown));
                let candidate =
                    Candidate { quantity: quantity.clone(), subject, figure, missing: lacking, reason, seqs };
                add(quantity, missing, candidate);
            }
            continue;
        }
        for candidate in people(&scene, state, name) {
            add(candidate.quantity.clone(), None, candidate);
        }
    }
    let mut told = Vec::new();
    for quantity in state.quantities.iter().filter(|quantity| !without.contains(&quantity.unit)) {
        let mut some = by_quantity.remove(quantity).unwrap_or_default();
        some.sort_by_cached_key(|(missing, candidate)| {
            let (id, behind) = candidate.subject.id();
            (missing.is_none(), missing.clone(), id, behind.to_owned(), candidate.reason)
        });
        told.extend(some.into_iter().take(TOLD).map(|(_, candidate)| candidate));
    }
    told
}

/// What is known of the certifications of people.
struct Certificates<'h> {
    /// Of each person the certifications that count, and those that counted within a year and no longer do.
    counting: BTreeMap<&'h PersonId, BTreeMap<String, u64>>,
    expired: BTreeMap<&'h PersonId, BTreeMap<String, u64>>,
    /// Those that are earned and not linked.
    unlinked: BTreeMap<&'h PersonId, BTreeMap<String, u64>>,
}

impl<'h> Certificates<'h> {
    fn of(scene: &Scene<'h>) -> Self {
        let day = scene.standpoint.certified_on;
        let year_before = day.checked_sub_months(Months::new(12)).unwrap_or(day);
        let mut found = Self { counting: BTreeMap::new(), expired: BTreeMap::new(), unlinked: BTreeMap::new() };
        let mut linked: BTreeSet<(&PersonId, String)> = BTreeSet::new();
        for (person, links) in scene.history.people(scene.standpoint.cut) {
            for (code, spans) in spans(scene.rulebook, links) {
                let Some((link, None)) = spans.last() else { continue };
                linked.insert((person, code.to_owned()));
                let Some(credit) = Credit::of(scene.rulebook, link) else { continue };
                if credit.why_over(day).is_none() {
                    found.counting.entry(person).or_default().insert(code.to_owned(), link.seq);
                } else if credit.retired_before().is_none()
                    && credit.ends().min().is_some_and(|end| end > year_before && end > link.at.date())
                {
                    found.expired.entry(person).or_default().insert(code.to_owned(), link.seq);
                }
            }
        }
        for (person, DatedFact { seq, fact, .. }) in scene.history.earned(scene.standpoint.cut) {
            let Achievement { certification, earned_on, expires_on, .. } = fact;
            let code = scene.rulebook.code_of(certification.as_str());
            let mut credit = Credit::earned(scene.rulebook, code, *earned_on);
            credit.expires_on = expires_on.or(credit.expires_on);
            if credit.why_over(day).is_none() && !linked.contains(&(person, code.to_owned())) {
                found.unlinked.entry(person).or_default().insert(code.to_owned(), *seq);
            }
        }
        found
    }
}

/// The first certification of a list that a person has.
fn of_list(held: &BTreeMap<String, u64>, list: &[String]) -> Option<(String, u64)> {
    list.iter().find_map(|code| held.get_key_value(code)).map(|(code, seq)| (code.clone(), *seq))
}

/// The people who could supply the quantities of a certification metric.
fn people(scene: &Scene<'_>, state: &TrackState<'_>, metric: Metric) -> Vec<Candidate> {
    let nobody = skilling::People::Listed(vec![]);
    let Some(certified) = skilling::certified(scene, metric, &nobody, &mut Vec::new()) else { return Vec::new() };
    let known = Certificates::of(scene);
    let quantities = state.quantities.iter().filter(|quantity| quantity.metric == metric);
    let mut before: Option<&[String]> = None;
    let mut found = Vec::new();
    for (quantity, list) in quantities.zip(&certified.lists) {
        let mut told: BTreeSet<&PersonId> = BTreeSet::new();
        let counts = |person: &PersonId| known.counting.get(person).is_some_and(|held| of_list(held, list).is_some());
        let earlier = before.replace(list).unwrap_or_default();
        let ways = [
            (CandidateReason::Expired, &known.expired, *list),
            (CandidateReason::NotLinked, &known.unlinked, *list),
            (CandidateReason::Prerequisite, &known.counting, earlier),
        ];
        for (reason, held, list) in ways {
            for (person, held) in held {
                let Some((certification, seq)) = of_list(held, list) else { continue };
                if counts(person) || !told.insert(person) {
                    continue;
                }
                let subject = CandidateSubject::Person { person: (*person).clone(), certification };
                let quantity = quantity.clone();
                found.push(Candidate { quantity, subject, figure: None, missing: None, reason, seqs: vec![seq] });
            }
        }
    }
    found
}
