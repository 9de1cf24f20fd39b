//! The state of an area in a track: its quantities, and how the points of each metric rise with them.

use ledger::Metric;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::{ChangeUnit, Quantity, nothing};
use crate::metrics::skilling::{Certified, certified};
use crate::metrics::way::{Need, Way};
use crate::metrics::{self, Sums};
use crate::rulebook::{Family, Rule, Track, metrics_of_skill};
use crate::scene::Scene;
use crate::score::Ground;
use crate::score::answer::MetricScore;

/// What a track comes to.
pub(super) struct TrackState<'s> {
    pub(super) track: Track,
    pub(super) scene: Scene<'s>,
    /// The metrics in the order of the answer.
    pub(super) metrics: Vec<MetricState<'s>>,
    /// The quantities in the order of the metrics.
    pub(super) quantities: Vec<Quantity>,
    /// The points that a unit of each quantity is worth, where that is its price.
    pub(super) worths: Vec<Option<BigRational>>,
}

/// What a metric comes to.
pub(super) struct MetricState<'s> {
    pub(super) score: MetricScore,
    /// The rule of a metric of usage, with what it adds up.
    pub(super) usage: Option<(&'s Rule, Sums)>,
    /// How the points rise: by each of the options.
    pub(super) ladders: Vec<Ladder>,
}

/// How the points of a metric rise with the amounts of some quantities: first by fixed rungs, then along a way.
pub(super) struct Ladder {
    /// The lowest is the metric as it is; each has more points than the one below.
    rungs: Vec<Rung>,
    run: Option<Run>,
}

/// Amounts of quantities, and the points of the metric with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rung {
    /// By the place of the quantity in the track; above 0.
    pub(super) amounts: Vec<(usize, BigInt)>,
    pub(super) points: BigRational,
}

/// What is above the fixed rungs: more and more of one quantity.
struct Run {
    /// The amounts of the others.
    foot: Vec<(usize, BigInt)>,
    quantity: usize,
    way: Way,
    /// The points that do not come from the way.
    offset: BigRational,
}

impl<'s> TrackState<'s> {
    pub(super) fn of(scene: Scene<'s>, ground: &Ground<'s>) -> Self {
        let mut state =
            Self { track: scene.track, scene, metrics: Vec::new(), quantities: Vec::new(), worths: Vec::new() };
        for metric in Metric::ALL {
            let found = state.usage_metric(*metric, ground).or_else(|| state.skill_metric(*metric, ground));
            state.metrics.extend(found);
        }
        state
    }

    /// The scores of the metrics of usage.
    pub(super) fn usage_metrics(&self) -> Vec<MetricScore> {
        self.metrics.iter().filter(|metric| metric.usage.is_some()).map(|metric| metric.score.clone()).collect()
    }

    /// The points of the metrics as they are.
    pub(super) fn points(&self) -> Vec<BigRational> {
        self.metrics.iter().map(|metric| metric.score.points.exact().clone()).collect()
    }

    fn quantity(
        &mut self,
        metric: Metric,
        unit: ChangeUnit,
        suffix: Option<String>,
        worth: Option<BigRational>,
    ) -> usize {
        self.quantities.push(Quantity { metric, unit, suffix });
        self.worths.push(worth);
        self.quantities.len() - 1
    }

    fn usage_metric(&mut self, metric: Metric, ground: &Ground<'s>) -> Option<MetricState<'s>> {
        Family::of(self.scene.area).metrics().find(|known| *known == metric)?;
        let chosen = ground.rulebook.rule(self.scene.area, metric, self.track, self.scene.standpoint.rules_on)?;
        let rule = &chosen.row.value;
        let sums = metrics::sums(&self.scene, metric, rule)?;
        let score = metrics::score_of(metric, rule, &sums, vec![]);
        let base = score.points.exact().clone();
        let ladders = metrics::ways(rule, &sums).into_iter().map(|way| {
            let worth = (metric == Metric::UsageGrowth).then(|| way.points_of_unit());
            let quantity = self.quantity(metric, way.unit, way.option.clone(), worth);
            let run = Run { foot: vec![], quantity, way, offset: BigRational::zero() };
            Ladder { rungs: vec![Rung::standing(base.clone())], run: Some(run) }
        });
        let ladders = ladders.collect();
        Some(MetricState { score, usage: Some((rule, sums)), ladders })
    }

    fn skill_metric(&mut self, metric: Metric, ground: &Ground<'s>) -> Option<MetricState<'s>> {
        metrics_of_skill().find(|known| *known == metric)?;
        let certified = certified(&self.scene, metric, &ground.people, &mut Vec::new())?;
        let open: Vec<bool> = certified.lists.iter().map(|list| self.scene.earnable(list).is_some()).collect();
        let has_steps = !certified.skill.steps.is_empty();
        let places: Vec<usize> = (1..=open.len())
            .map(|step| self.quantity(metric, ChangeUnit::Person, has_steps.then(|| step.to_string()), None))
            .collect();
        let score = certified.score(metric, vec![]);
        let ladder = Ladder::of_steps(&certified, &open, &places);
        Some(MetricState { score, usage: None, ladders: vec![ladder] })
    }
}

impl MetricState<'_> {
    /// Whether a metric that is at 0 has with such points the least that is more.
    pub(super) fn stands_by_least(&self, points: &BigRational) -> bool {
        let least = |ladder: &Ladder| ladder.first(&Need::above_zero(), &|_| false).map(|rung| rung.points);
        self.score.points.is_zero() && self.ladders.iter().filter_map(least).any(|least| least == *points)
    }
}

impl Rung {
    /// A metric as it is.
    fn standing(points: BigRational) -> Self {
        Self { amounts: Vec::new(), points }
    }
}

impl Ladder {
    /// The ladder of a certification metric: one gate after the other is filled, then the step that gives points. A list
    /// of which nobody can earn a certification ends it.
    fn of_steps(certified: &Certified<'_>, open: &[bool], places: &[usize]) -> Self {
        let mut added = vec![0_usize; places.len()];
        let points = |added: &[usize]| certified.points_with(added).exact().clone();
        let mut rungs = vec![Rung::standing(points(&added))];
        let amounts = |added: &[usize]| -> Vec<(usize, BigInt)> {
            let some = places.iter().zip(added).filter(|(_, added)| **added > 0);
            some.map(|(place, added)| (*place, BigInt::from(*added))).collect()
        };
        let gates = certified.skill.steps.iter().filter_map(|step| step.min_people);
        let lists = gates.zip(&certified.people).zip(open);
        for (nth, ((least, people), is_open)) in lists.enumerate() {
            let missing = (least as usize).saturating_sub(*people);
            if missing > 0 && !is_open {
                return Self { rungs, run: None };
            }
            if let Some(added) = added.get_mut(nth) {
                *added = missing;
            }
            let rung = Rung { amounts: amounts(&added), points: points(&added) };
            if rungs.last().is_some_and(|last| last.points < rung.points) {
                rungs.push(rung);
            }
        }
        let all = points(&added);
        let is_complete = all >= BigRational::from_integer(certified.skill.max.into());
        let run = places.last().zip(certified.way()).filter(|_| open.last() == Some(&true) && !is_complete);
        let run = run.map(|(quantity, way)| {
            let offset = all - way.points(&nothing()).exact();
            Run { foot: amounts(&added), quantity: *quantity, way, offset }
        });
        Self { rungs, run }
    }

    /// The lowest rung whose points meet a need, without amounts of the quantities that are shut.
    pub(super) fn first(&self, need: &Need, is_shut: &dyn Fn(usize) -> bool) -> Option<Rung> {
        let is_open = |amounts: &[(usize, BigInt)]| !amounts.iter().any(|(quantity, _)| is_shut(*quantity));
        let mut rungs = self.rungs.iter().take_while(|rung| is_open(&rung.amounts));
        if let Some(rung) = rungs.find(|rung| need.is_met(&rung.points)) {
            return Some(rung.clone());
        }
        let run = self.run.as_ref().filter(|run| !is_shut(run.quantity) && is_open(&run.foot))?;
        run.first(need)
    }

    /// Points that the ladder does not lead above, without amounts of the quantities that are shut.
    pub(super) fn top(&self, is_shut: &dyn Fn(usize) -> bool) -> BigRational {
        let is_open = |amounts: &[(usize, BigInt)]| !amounts.iter().any(|(quantity, _)| is_shut(*quantity));
        let run = self.run.as_ref().filter(|run| !is_shut(run.quantity) && is_open(&run.foot));
        if let Some(run) = run.filter(|run| run.way.closed.is_none()) {
            return BigRational::from_integer(run.way.max.into());
        }
        let last = self.rungs.iter().take_while(|rung| is_open(&rung.amounts)).last();
        last.map_or_else(BigRational::zero, |rung| rung.points.clone())
    }

    /// Why the way has no points, whatever is added.
    pub(super) fn note(&self) -> Option<&'static str> {
        self.run.as_ref()?.way.note()
    }
}

impl Run {
    /// The least amount with which the points meet a need.
    fn first(&self, need: &Need) -> Option<Rung> {
        let most = BigRational::from_integer(self.way.max.into());
        // The metric has its maximum at most, whatever the way gives beside the offset.
        if !need.is_met(&most) {
            return None;
        }
        let grains = self.way.least(&need.less(&self.offset))?;
        let points = (&self.offset + self.way.points(&grains).exact()).min(most);
        let mut amounts = self.foot.clone();
        amounts.extend(Some((self.quantity, grains)).filter(|(_, grains)| !grains.is_zero()));
        Some(Rung { amounts, points })
    }
}
