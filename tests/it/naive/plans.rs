//! All minimal changes of an area and nothing else, found by trying every choice of amounts: the text of `advise` in the
//! interface, taken literally.

use super::answer::{amount, exact};
use super::levers::{AreaLevers, MetricLevers};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More choices than these are not tried one by one.
const MOST_CHOICES: usize = 40_000;

/// Amounts by quantity, in the least amounts; those that are used.
type Amounts = BTreeMap<String, BigInt>;

/// What is wished for; units by their names.
#[derive(Clone, Debug)]
pub struct Wish {
    pub target: BigRational,
    pub margin: Option<BigRational>,
    pub prices: BTreeMap<&'static str, BigRational>,
    pub without: BTreeSet<&'static str>,
    /// How many plans are told; all with 0.
    pub limit: usize,
}

/// What can be done about an area.
pub struct Plans {
    pub reached: bool,
    /// All of them, in their order.
    pub all: Vec<Value>,
    /// The tracks that have none, though they could be the area's.
    pub without_plan: Vec<&'static str>,
}

impl Plans {
    /// Those of an area; none where there are too many choices to try.
    pub fn of(levers: &AreaLevers, wish: &Wish) -> Option<Plans> {
        let mut found: Vec<(Rank, Value)> = Vec::new();
        let (mut reached, mut without_plan) = (false, Vec::new());
        for (track, metrics) in &levers.tracks {
            if !levers.takes_higher && *track != levers.winner {
                continue;
            }
            let other = levers.tracks.iter().find(|(other, _)| levers.takes_higher && other != track);
            let trial = Trial { track, metrics, other: other.map(|(_, metrics)| standing(metrics)), levers, wish };
            let changes = trial.run()?;
            reached |= changes.contains(&Amounts::new());
            if changes.is_empty() {
                without_plan.push(*track);
            }
            found.extend(changes.iter().map(|change| trial.plan(change)));
        }
        if reached {
            return Some(Plans { reached, all: Vec::new(), without_plan: Vec::new() });
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Some(Plans { reached, all: found.into_iter().map(|(_, plan)| plan).collect(), without_plan })
    }
}

/// The place of a plan among others: its cost, how many quantities it uses, which and how much of each, and its track.
type Rank = (BigRational, usize, Vec<(usize, BigInt)>, bool);

/// The points of metrics as they are.
fn standing(metrics: &[MetricLevers]) -> Vec<BigRational> {
    metrics.iter().map(|metric| (metric.points)(&vec![BigInt::zero(); metric.levers.len()])).collect()
}

/// One amount for each quantity of each metric.
type Choice = Vec<Vec<BigInt>>;

/// All changes of a track.
struct Trial<'t> {
    track: &'t str,
    metrics: &'t [MetricLevers],
    other: Option<Vec<BigRational>>,
    levers: &'t AreaLevers,
    wish: &'t Wish,
}

impl Trial<'_> {
    fn run(&self) -> Option<BTreeSet<Amounts>> {
        let tables: Vec<Vec<Vec<BigInt>>> = self.metrics.iter().map(|metric| self.choices(metric)).collect();
        let size: usize = tables.iter().map(Vec::len).product();
        if size > MOST_CHOICES {
            return None;
        }
        let growth = self.metrics.iter().position(|metric| metric.metric == "usage_growth").expect("there is growth");
        let points: Vec<Vec<BigRational>> = self
            .metrics
            .iter()
            .zip(&tables)
            .map(|(metric, table)| table.iter().map(|amounts| (metric.points)(amounts)).collect())
            .collect();
        let mut found = BTreeSet::new();
        let mut least: BTreeMap<(usize, BigRational), Option<BigInt>> = BTreeMap::new();
        let mut places = vec![0_usize; tables.len()];
        'choices: loop {
            let of_places: Vec<BigRational> =
                places.iter().zip(&points).map(|(place, points)| points[*place].clone()).collect();
            let choice: Choice = places.iter().zip(&tables).map(|(place, table)| table[*place].clone()).collect();
            if self.reaches(&of_places) {
                self.keep(&choice, &mut found);
            } else {
                let others: BigRational =
                    of_places.iter().enumerate().filter(|(nth, _)| *nth != growth).map(|(_, points)| points).sum();
                for lever in 0..self.metrics[growth].levers.len() {
                    if self.is_shut(growth, lever) {
                        continue;
                    }
                    let amount =
                        least.entry((lever, others.clone())).or_insert_with(|| self.least(growth, lever, &others));
                    if let Some(amount) = amount {
                        let mut choice = choice.clone();
                        choice[growth][lever].clone_from(amount);
                        if self.reaches(&self.points(&choice)) {
                            self.keep(&choice, &mut found);
                        }
                    }
                }
            }
            for (place, table) in places.iter_mut().zip(&tables) {
                *place += 1;
                if *place < table.len() {
                    continue 'choices;
                }
                *place = 0;
            }
            return Some(found);
        }
    }

    fn is_shut(&self, metric: usize, lever: usize) -> bool {
        self.wish.without.contains(self.metrics[metric].levers[lever].unit())
    }

    /// All amounts of a metric that can matter; of growth none but nothing.
    fn choices(&self, metric: &MetricLevers) -> Vec<Vec<BigInt>> {
        let of = self.metrics.iter().position(|other| other.metric == metric.metric).expect("it is there");
        let mut choices = vec![vec![BigInt::zero(); metric.levers.len()]];
        for (nth, lever) in metric.levers.iter().enumerate() {
            let cap = lever.cap.filter(|_| !self.is_shut(of, nth)).unwrap_or(0);
            for choice in choices.clone() {
                if metric.one_at_most && choice.iter().any(|amount| !amount.is_zero()) {
                    continue;
                }
                for amount in 1..=cap {
                    let mut choice = choice.clone();
                    choice[nth] = amount.into();
                    choices.push(choice);
                }
            }
        }
        choices
    }

    fn points(&self, choice: &Choice) -> Vec<BigRational> {
        self.metrics.iter().zip(choice).map(|(metric, amounts)| (metric.points)(amounts)).collect()
    }

    /// A change as it is told, with its place among others.
    fn plan(&self, change: &Amounts) -> (Rank, Value) {
        let (mut cost, mut total, mut used) = (BigRational::zero(), BigRational::zero(), Vec::new());
        let (mut changes, mut metrics) = (Map::new(), Map::new());
        let mut place = 0;
        for (metric, before) in self.metrics.iter().zip(standing(self.metrics)) {
            let mut amounts = Vec::new();
            for lever in &metric.levers {
                let grains = change.get(&lever.name).cloned().unwrap_or_else(BigInt::zero);
                if !grains.is_zero() {
                    let units = BigRational::new(grains.clone(), lever.grains().into());
                    let price = self.wish.prices.get(lever.unit()).unwrap_or(&lever.worth);
                    cost += &units * price;
                    let is_money = lever.grains() > 1;
                    let said = if is_money {
                        json!(amount(&units))
                    } else {
                        serde_json::from_str(&grains.to_string()).expect("a number")
                    };
                    changes.insert(lever.name.clone(), said);
                    used.push((place, grains.clone()));
                }
                amounts.push(grains);
                place += 1;
            }
            let then = (metric.points)(&amounts);
            if then != before {
                metrics.insert(metric.metric.to_owned(), json!(exact(&then)));
            }
            total += then;
        }
        let told = json!({
            "track": self.track, "cost": exact(&cost), "changes": changes, "points_exact": exact(&total),
            "metrics": metrics,
        });
        ((cost, used.len(), used, self.track == "smb"), told)
    }

    /// Whether the points of all metrics reach the target in the track.
    fn reaches(&self, points: &[BigRational]) -> bool {
        let zero = BigRational::zero();
        let total: BigRational = points.iter().sum();
        let margin = self.wish.margin.clone().unwrap_or_else(BigRational::zero);
        if total < self.wish.target || points.iter().any(|points| *points <= zero || *points < margin) {
            return false;
        }
        let Some(other) = &self.other else { return true };
        let other_total: BigRational = other.iter().sum();
        let other_qualifies = other_total >= self.levers.total_min && other.iter().all(|points| *points > zero);
        let qualifies = total >= self.levers.total_min;
        let is_smb = self.track == "smb";
        match total.cmp(&other_total) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal if is_smb => qualifies && !other_qualifies,
            std::cmp::Ordering::Equal => qualifies || !other_qualifies,
        }
    }

    /// The least amount of growth that reaches, with so many points of the other metrics: found by halving.
    fn least(&self, growth: usize, lever: usize, others: &BigRational) -> Option<BigInt> {
        let metric = &self.metrics[growth];
        let reaches = |amount: &BigInt| {
            let mut amounts = vec![BigInt::zero(); metric.levers.len()];
            amounts[lever].clone_from(amount);
            // The other metrics are judged apart: here the total alone counts, and growth itself.
            let own = (metric.points)(&amounts);
            let margin = self.wish.margin.clone().unwrap_or_else(BigRational::zero);
            let alone = [own.clone()];
            own > BigRational::zero() && own >= margin && self.total_reaches(&(others + &alone[0]))
        };
        let mut high = BigInt::one();
        while !reaches(&high) {
            high *= 2;
            if high > BigInt::from(10).pow(24) {
                return None;
            }
        }
        let mut low = BigInt::zero();
        while &high - &low > BigInt::one() {
            let middle: BigInt = (&low + &high) / 2;
            if reaches(&middle) { high = middle } else { low = middle }
        }
        Some(high)
    }

    fn total_reaches(&self, total: &BigRational) -> bool {
        // One metric with all the points: the same rules, none of them at 0.
        let margin = self.wish.margin.clone().unwrap_or_else(BigRational::zero);
        *total >= margin && self.reaches(std::slice::from_ref(total))
    }

    /// Keeps a change that reaches, if it no longer does with any one amount smaller by the least there is.
    fn keep(&self, choice: &Choice, found: &mut BTreeSet<Amounts>) {
        for (metric, amounts) in choice.iter().enumerate() {
            for (lever, amount) in amounts.iter().enumerate().filter(|(_, amount)| !amount.is_zero()) {
                let mut less = choice.clone();
                less[metric][lever] = amount - 1;
                if self.reaches(&self.points(&less)) {
                    return;
                }
            }
        }
        let amounts = self.metrics.iter().zip(choice).flat_map(|(metric, amounts)| metric.levers.iter().zip(amounts));
        let used = amounts.filter(|(_, amount)| !amount.is_zero());
        found.insert(used.map(|(lever, amount)| (lever.name.clone(), amount.clone())).collect());
    }
}
