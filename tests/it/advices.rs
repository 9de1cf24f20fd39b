//! The plans of `advise` are all minimal changes and nothing else, by an enumeration that shares no code with it, and
//! their events bring them about.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Entry, PartnerId, Timestamp};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use projection::rulebook::Rulebook;
use projection::{
    Advice, ChangeUnit, Events, History, ObstacleReason, Plan, PlanCount, Wish, advise, cheapest_plan,
    rulebook_in_force, score,
};
use serde_json::Value;
use uuid::Uuid;

use crate::answers::{self, parsed};
use crate::histories::{Dice, entries, questions};
use crate::naive::{self, AreaLevers, MetricLevers};
use crate::second_fold::size_of;
use crate::seeds;

/// Histories without the variable.
const SEEDS: u64 = 20;
/// More choices than these are not tried one by one.
const MOST_CHOICES: usize = 40_000;
/// Plans of each advice whose events are tried.
const TRIED: usize = 6;

/// Amounts by quantity, in the least amounts; those that are used.
type Amounts = BTreeMap<String, BigInt>;

/// What is known of a partner, and a question about it.
struct Case {
    values: Vec<Value>,
    asked: naive::Question,
    partner: PartnerId,
    history: History,
    rulebook: Rulebook,
    size: u64,
}

/// The questions of a seed that have an answer.
fn cases(seed: u64) -> Vec<Case> {
    let values = entries(seed, size_of(seed));
    let all = parsed(&values);
    let case = |asked: naive::Question| {
        let newest = || all.last().map(|entry| entry.recorded_at);
        let known_at = asked.known_at.as_ref().map(|instant| Timestamp::parse(instant).unwrap()).or_else(newest)?;
        let known = || all.iter().filter(|entry| entry.recorded_at <= known_at);
        let partner = PartnerId::new(&asked.partner).unwrap();
        let own: Vec<&Entry> = known().filter(|entry| entry.event.partner.as_ref() == Some(&partner)).collect();
        if own.is_empty() {
            return None;
        }
        let shared: Vec<Entry> = known().filter(|entry| entry.event.partner.is_none()).cloned().collect();
        let adopted = rulebook_in_force(&shared, asked.as_of).unwrap().map(|(_, rulebook)| rulebook);
        let rulebook = adopted.unwrap_or_else(|| Rulebook::builtin().clone());
        if asked.as_of < rulebook.program_start() {
            return None;
        }
        let history = History::fold(own);
        Some(Case { values: values.clone(), asked, partner, history, rulebook, size: all.len() as u64 })
    };
    questions(seed, &values).into_iter().filter_map(case).collect()
}

impl Case {
    fn advise(&self, area: Area, wish: &Wish, number: Option<usize>) -> Advice {
        let question = answers::question(&self.asked, false);
        let id_of = |place: usize| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("plan {place}").as_bytes());
        let events = Events { partner: &self.partner, next_seq: self.size, id_of: &id_of };
        advise(&self.history, &self.rulebook, area, &question, wish, number.map(|number| (number, events))).unwrap()
    }
}

/// Something to wish for: mostly the plain target.
fn wish(dice: &mut Dice) -> Wish {
    let whole = |number: i64| BigRational::from_integer(number.into());
    let target = dice.pick(&[70, 70, 70, 55, 30, 90]);
    let margin = dice.pick(&[0, 0, 0, 1, 5, 16]);
    let without = if dice.chance(25) { BTreeSet::from([dice.pick(ChangeUnit::ALL)]) } else { BTreeSet::new() };
    let prices = if dice.chance(25) {
        BTreeMap::from([(dice.pick(ChangeUnit::ALL), BigRational::new(dice.pick(&[0, 1, 7]).into(), 2.into()))])
    } else {
        BTreeMap::new()
    };
    Wish { target: whole(target), margin: (margin > 0).then(|| whole(margin)), prices, without, limit: None }
}

#[test]
fn the_plans_are_all_minimal_changes_and_nothing_else() {
    let compared = seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let mut dice = Dice::new(seed, "wishes");
        let mut compared = 0;
        for case in cases(seed) {
            let Ok(levers) = naive::levers(&case.values, Rulebook::builtin().text(), &case.asked) else { continue };
            for levers in levers {
                let wish = wish(&mut dice);
                let Some(wanted) = minimal(&levers, &wish) else { continue };
                let area = Area::from_name(&levers.area).unwrap();
                let advice = case.advise(area, &wish, None);
                let place = format!("seed {seed}, {area}, {:?}, {wish:?}", case.asked);
                compared += compare(&advice, &wanted, &place);
                assert_cheapest_first(&case, area, &wish, &advice, &place);
            }
        }
        compared
    });
    let compared: usize = compared.into_iter().sum();
    assert!(compared > 300, "hardly anything was compared: {compared}");
}

/// Compares the plans with those that were wanted; returns how many there are.
fn compare(advice: &Advice, wanted: &BTreeMap<&str, BTreeSet<Amounts>>, place: &str) -> usize {
    let nothing = wanted.values().any(|changes| changes.contains(&Amounts::new()));
    assert_eq!(advice.reached, nothing, "{place}");
    if nothing {
        assert!(advice.plans.is_empty() && advice.impossible.is_empty(), "{place}");
        return 0;
    }
    let mut given: BTreeMap<&str, BTreeSet<Amounts>> = BTreeMap::new();
    for plan in &advice.plans {
        let amounts = plan.changes.iter().map(|change| (change.quantity.to_string(), change.grains.clone()));
        assert!(
            given.entry(plan.track.name()).or_default().insert(amounts.collect()),
            "{place}: {plan:?} stands twice"
        );
    }
    for (track, wanted) in wanted {
        let given = given.remove(track).unwrap_or_default();
        let (missing, extra): (Vec<_>, Vec<_>) =
            (wanted.difference(&given).collect(), given.difference(wanted).collect());
        assert!(missing.is_empty() && extra.is_empty(), "{place}, {track}\nmissing: {missing:?}\nextra: {extra:?}");
        let obstacles = advice.impossible.iter().filter(|obstacle| obstacle.track.name() == *track);
        assert_eq!(obstacles.count() == 0, !wanted.is_empty(), "{place}: {:?}", advice.impossible);
    }
    assert!(given.is_empty(), "{place}: plans of other tracks");
    let count = wanted.values().map(BTreeSet::len).sum();
    assert_eq!(advice.count, PlanCount::Exactly(count), "{place}");
    count
}

/// The order is that of cost, and fewer plans are the first of all.
fn assert_cheapest_first(case: &Case, area: Area, wish: &Wish, all: &Advice, place: &str) {
    let rank = |plan: &Plan| (plan.cost.clone(), plan.changes.len());
    assert!(all.plans.is_sorted_by_key(rank), "{place}");
    let few = case.advise(area, &Wish { limit: Some(3), ..wish.clone() }, None);
    assert_eq!(few.plans[..], all.plans[..all.plans.len().min(3)], "{place}");
    assert_eq!(few.count, all.count, "{place}");
    if wish.margin.is_none() && wish.prices.is_empty() && wish.without.is_empty() {
        let question = answers::question(&case.asked, false);
        let first = cheapest_plan(&case.history, &case.rulebook, area, &question, wish.target.clone()).unwrap();
        assert_eq!(first.as_ref(), all.plans.first(), "{place}");
    }
}

/// The minimal changes of each track that can be the area's; none where there are too many choices to try.
fn minimal<'l>(levers: &'l AreaLevers, wish: &Wish) -> Option<BTreeMap<&'l str, BTreeSet<Amounts>>> {
    let mut found = BTreeMap::new();
    for (track, metrics) in &levers.tracks {
        if !levers.takes_higher && *track != levers.winner {
            continue;
        }
        let other = levers.tracks.iter().find(|(other, _)| levers.takes_higher && other != track);
        let trial = Trial { track, metrics, other: other.map(|(_, metrics)| standing(metrics)), levers, wish };
        found.insert(*track, trial.run()?);
    }
    Some(found)
}

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
        let name = &self.metrics[metric].levers[lever].name;
        let (_, name) = name.split_once('.').unwrap();
        let unit = match name.split('_').next().unwrap() {
            "customers" => ChangeUnit::Customer,
            "people" => ChangeUnit::Person,
            "deployments" => ChangeUnit::Deployment,
            "users" => ChangeUnit::User,
            "usd" => ChangeUnit::Usd,
            _ => ChangeUnit::Mcv,
        };
        self.wish.without.contains(&unit)
    }

    /// All amounts of a metric that can matter; of growth none but nothing.
    fn choices(&self, metric: &MetricLevers) -> Vec<Vec<BigInt>> {
        let of = self.metrics.iter().position(|other| other.metric == metric.metric).unwrap();
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

#[test]
fn the_events_of_a_plan_bring_it_about() {
    let tried = seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let mut dice = Dice::new(seed, "wishes for events");
        let mut tried = BTreeMap::new();
        for case in cases(seed) {
            for area in answers::areas(&case.asked) {
                let wish = Wish { limit: Some(200), ..wish(&mut dice) };
                let plans = case.advise(area, &wish, None).plans.len();
                let numbers: BTreeSet<usize> = (0..TRIED.min(plans)).map(|_| 1 + dice.below(plans)).collect();
                for number in numbers {
                    bring_about(&case, area, &wish, number);
                    *tried.entry(area).or_insert(0) += 1;
                }
            }
        }
        tried
    });
    let mut all: BTreeMap<Area, usize> = BTreeMap::new();
    for (area, tried) in tried.into_iter().flatten() {
        *all.entry(area).or_default() += tried;
    }
    assert!(
        all.len() + 1 >= Area::ALL.len() && all.values().sum::<usize>() > 100,
        "hardly anything was tried: {all:?}"
    );
}

/// Assumes the events of a plan, and scores.
fn bring_about(case: &Case, area: Area, wish: &Wish, number: usize) {
    let advice = case.advise(area, wish, Some(number));
    let plan = &advice.plans[number - 1];
    let place = format!("{area}, {:?}, {wish:?}, {plan:?}", case.asked);
    let events = advice.events.as_ref().unwrap_or_else(|| panic!("no events: {place}"));
    let entry = |(seq, event): (u64, &ledger::Event)| Entry {
        seq,
        recorded_at: Timestamp::from_micros(0),
        event: event.clone(),
    };
    let assumed: Vec<Entry> = (case.size..).zip(events).map(entry).collect();
    for entry in &assumed {
        ledger::parse_event(&ledger::canonical_event(&entry.event), || None)
            .unwrap_or_else(|refusal| panic!("{refusal}: {place}"));
    }
    let mut history = case.history.clone();
    history.extend(&assumed);
    let answer = score(&history, &case.rulebook, area, &answers::question(&case.asked, false)).unwrap();
    let tracks = answer.tracks.iter().flatten().map(|(track, score)| (*track, score));
    let own = tracks.chain([(answer.track, &answer.score)]).find(|(track, _)| *track == plan.track);
    let (_, score) = own.unwrap_or_else(|| panic!("the track is not scored: {place}"));
    assert!(*score.points.exact() >= wish.target, "{} points: {place}\n{score:?}", score.points);
    for metric in &score.metrics {
        let is_enough = wish.margin.as_ref().is_none_or(|margin| metric.points.exact() >= margin);
        assert!(!metric.points.is_zero() && is_enough, "{metric:?}: {place}");
    }
}

#[test]
fn an_area_without_a_plan_says_why() {
    let mut seen = BTreeSet::new();
    for reasons in seeds::on_two_threads(&seeds::asked(SEEDS), |seed| {
        let mut dice = Dice::new(seed, "wishes out of reach");
        let mut seen = BTreeSet::new();
        for case in cases(seed) {
            for area in answers::areas(&case.asked) {
                let advice = case.advise(area, &Wish { limit: Some(1), ..wish(&mut dice) }, None);
                seen.extend(advice.impossible.iter().map(|obstacle| obstacle.reason));
            }
        }
        seen
    }) {
        seen.extend(reasons);
    }
    for reason in [ObstacleReason::NoBaseline, ObstacleReason::Margin, ObstacleReason::Without] {
        assert!(seen.contains(&reason), "{reason} was not met: {seen:?}");
    }
}
