//! The contributions of a diff add up exactly (P8), over random histories.

use std::collections::BTreeSet;

use chrono::Duration;
use ledger::{Area, Entry, Month};
use num_rational::BigRational;
use num_traits::Zero;
use projection::rulebook::Rulebook;
use projection::{
    AreaScore, Carry, Cause, Comparison, Diff, History, MetricDiff, Question, diff, rulebook_in_force, score,
};

use crate::answers::{self, parsed};
use crate::histories::{Dice, entries, questions};
use crate::second_fold::size_of;
use crate::seeds;

/// Inquiry of questions to each history.
const PAIRS: usize = 5;

/// A history, and pairs of questions to it.
struct Inquiry {
    own: Vec<Entry>,
    shared: Vec<Entry>,
    pairs: Vec<[(Question, u64); 2]>,
}

/// How figures are carried between two questions, if they are: what the later one knows more may be assumed.
fn carry(from: (Question, u64), to: (Question, u64), dice: &mut Dice) -> Option<Carry> {
    let own_end = from.1 + dice.below(usize::try_from(to.1 - from.1).unwrap() + 1) as u64;
    let near = Month::of(from.0.as_of).plus(-i32::try_from(dice.below(15)).unwrap());
    let from = dice.chance(50).then_some(near);
    dice.chance(60).then_some(Carry { from, own_end })
}

/// The history of a seed, and pairs of questions to it, the earlier one first.
fn asked(seed: u64) -> Inquiry {
    let values = entries(seed, size_of(seed));
    let all = parsed(&values);
    let mut dice = Dice::new(seed, "differences");
    let questions = questions(seed, &values);
    let partner = &questions[0].partner;
    let own = all.iter().filter(|entry| entry.event.partner.as_ref().is_some_and(|one| one.as_str() == partner));
    let shared = all.iter().filter(|entry| entry.event.partner.is_none());
    let size = u64::try_from(all.len()).unwrap();
    let pairs = (0..PAIRS).map(|_| {
        let question = answers::question(&questions[dice.below(questions.len())], false);
        let days = Duration::days(dice.pick(&[0, 0, 1, 7, 31, 45, 100, 400]));
        let later = Question { as_of: question.as_of + days, ..question };
        let sizes = [0, 0].map(|_| if dice.chance(25) { size } else { dice.below(all.len() + 1) as u64 });
        [(question, sizes[0].min(sizes[1])), (later, sizes[0].max(sizes[1]))]
    });
    let pairs = pairs.filter(|[(question, _), _]| question.as_of >= Rulebook::builtin().program_start()).collect();
    Inquiry { own: own.cloned().collect(), shared: shared.cloned().collect(), pairs }
}

/// The ordinary scores of all areas, as whoever asked when the ledger had so many entries got them.
fn ordinary(asked: &Inquiry, (question, size): (Question, u64), carry: Option<Carry>) -> Vec<AreaScore> {
    let known = |entries: &[Entry]| entries.iter().filter(|entry| entry.seq < size).cloned().collect::<Vec<Entry>>();
    let adopted = rulebook_in_force(&known(&asked.shared), question.as_of).unwrap();
    let rulebook = adopted.as_ref().map_or(Rulebook::builtin(), |(_, rulebook)| rulebook);
    let mut history = History::fold(&known(&asked.own));
    if let Some(carry) = carry {
        history.carry(carry);
    }
    Area::ALL.iter().map(|area| score(&history, rulebook, *area, &question).unwrap()).collect()
}

#[test]
fn p8_contributions_add_up_exactly_to_the_change_between_the_ordinary_scores() {
    let seen = seeds::on_two_threads(&seeds::asked(seeds::USUAL), |seed| {
        let (asked, mut dice) = (asked(seed), Dice::new(seed, "carries"));
        let mut seen = BTreeSet::new();
        for [from, to] in &asked.pairs {
            let carry = carry(*from, *to, &mut dice);
            let Inquiry { own: entries, shared, .. } = &asked;
            let comparison = Comparison { entries, shared, from: *from, to: *to, areas: Area::ALL, carry };
            let diff = diff(&comparison).unwrap();
            let ends = |end: fn(&projection::AreaDiff) -> &AreaScore| -> Vec<AreaScore> {
                diff.areas.iter().map(end).cloned().collect()
            };
            let place = format!("seed {seed}, {from:?} to {to:?}, {carry:?}");
            assert_eq!(ends(|area| &area.from), ordinary(&asked, *from, carry), "{place}");
            assert_eq!(ends(|area| &area.to), ordinary(&asked, *to, carry), "{place}");
            assert_adds_up(&diff, &place);
            assert_names_what_is_there(&diff, &asked, to.1, &place);
            if from == to {
                assert!(diff.areas.iter().all(projection::AreaDiff::is_empty), "{place}");
                assert!(diff.without_effect.is_empty(), "{place}");
            }
            let metrics = diff.areas.iter().flat_map(|area| &area.metrics);
            seen.extend(metrics.flat_map(|metric| &metric.contributions).map(|contribution| contribution.cause));
        }
        seen
    });
    let seen: BTreeSet<Cause> = seen.into_iter().flatten().collect();
    if seeds::asked(seeds::USUAL).len() as u64 >= seeds::USUAL {
        assert_eq!(seen, Cause::ALL.iter().copied().collect(), "not every cause was met");
    }
}

/// The contributions of each metric add up to its change, and those of an area's metrics to the area's.
fn assert_adds_up(diff: &Diff, place: &str) {
    for area in &diff.areas {
        let mut total = BigRational::zero();
        for metric in &area.metrics {
            let sum: BigRational = metric.contributions.iter().map(|contribution| &contribution.points).sum();
            let points = |score: &AreaScore| {
                let own = score.score.metrics.iter().find(|own| own.metric == metric.metric);
                own.map_or_else(BigRational::zero, |own| own.points.exact().clone())
            };
            assert_eq!(sum, points(&area.to) - points(&area.from), "{place}: {} of {}", metric.metric, area.area());
            assert_eq!(sum, MetricDiff::change(metric), "{place}: {} of {}", metric.metric, area.area());
            assert!(metric.contributions.iter().all(|contribution| !contribution.points.is_zero()), "{place}");
            total += sum;
        }
        let change = area.to.score.points.exact() - area.from.score.points.exact();
        assert_eq!((&total, &area.change()), (&change, &change), "{place}: {}", area.area());
    }
}

/// Every entry that is named exists, was known, and is the partner's or holds for all.
fn assert_names_what_is_there(diff: &Diff, asked: &Inquiry, size: u64, place: &str) {
    let known: BTreeSet<u64> =
        asked.own.iter().chain(&asked.shared).map(|entry| entry.seq).filter(|seq| *seq < size).collect();
    let mut named = BTreeSet::new();
    for metric in diff.areas.iter().flat_map(|area| &area.metrics) {
        for contribution in &metric.contributions {
            let entries = &contribution.entries;
            assert!(entries.is_sorted_by(|one, next| one < next), "{place}: {entries:?}");
            let may_be_bare = matches!(contribution.cause, Cause::RuleChange | Cause::MonthRolled | Cause::NotReported);
            assert!(may_be_bare || !entries.is_empty(), "{place}: {contribution:?}");
            named.extend(entries.iter().copied());
        }
    }
    assert!(named.is_subset(&known), "{place}");
    let without_effect: BTreeSet<u64> = diff.without_effect.iter().copied().collect();
    assert!(without_effect.is_subset(&known) && without_effect.is_disjoint(&named), "{place}");
}
