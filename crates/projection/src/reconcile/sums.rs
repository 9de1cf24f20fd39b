//! The scores of areas from a standpoint, kept up to date while facts become known: what each part of the history adds is
//! computed again only when something of that part becomes known.

use std::collections::BTreeMap;

use ledger::{Area, CustomerId, Entry, Fact, Month, Timestamp, UsageMetric, When};

use super::parts::Part;
use crate::association::Associations;
use crate::history::History;
use crate::memory::Memory;
use crate::metrics::business_applications::large_pairs;
use crate::metrics::holders::Holders;
use crate::metrics::skilling::People;
use crate::metrics::{self, Sums};
use crate::question::Question;
use crate::rulebook::{ClassRule, Extent, Family, Metric, Rule, Rulebook, Track, TrackMode};
use crate::score::answer::AreaScore;
use crate::score::usage::Usage;
use crate::score::{Ground, score_on, share_sums};
use crate::standpoint::Standpoint;

/// What is known, part by part.
#[derive(Debug, Default)]
pub(super) struct PartHistories {
    /// By the customer that stands for a part.
    pub(super) customers: BTreeMap<CustomerId, History>,
    /// What is known of people and areas.
    pub(super) others: History,
}

/// The scores of areas that share their usage, from a standpoint, kept up to date.
pub(super) struct KeptScores<'r> {
    /// One of the areas.
    area: Area,
    question: Question,
    standpoint: Standpoint,
    rulebook: &'r Rulebook,
    mode: &'r TrackMode,
    /// The rules of usage, by track.
    rules: Vec<(Track, Vec<(Metric, &'r Rule)>)>,
    /// The figures and months that they read.
    reads: Vec<Extent>,
    by_part: BTreeMap<CustomerId, PartSums>,
    all: PartSums,
    holders: Holders,
}

/// What a part adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct PartSums {
    /// By track and metric of the rules; none where the rulebook lacks products.
    usage: Vec<Vec<Option<Sums>>>,
    /// The customers that are small and medium businesses, all that are classified, and the consumption that decides.
    share: [i128; 3],
    /// The products of customers with large revenue.
    large: usize,
}

impl PartSums {
    /// These sums with one share of them in place of another.
    fn with(&self, share: &Self, in_place_of: &Self) -> Self {
        let usage = self.usage.iter().zip(&share.usage).zip(&in_place_of.usage).map(|((all, share), before)| {
            let of_metric = all
                .iter()
                .zip(share)
                .zip(before)
                .map(|((all, share), before)| Some(all.as_ref()?.with(share.as_ref()?, before.as_ref()?)));
            of_metric.collect()
        });
        let mut shares = self.share;
        for ((all, share), before) in shares.iter_mut().zip(share.share).zip(in_place_of.share) {
            *all += share - before;
        }
        let large = (self.large + share.large).saturating_sub(in_place_of.large);
        Self { usage: usage.collect(), share: shares, large }
    }
}

impl<'r> KeptScores<'r> {
    /// The scores by what is known of all parts.
    pub(super) fn of(area: Area, question: Question, rulebook: &'r Rulebook, known: &PartHistories) -> Self {
        let standpoint = Standpoint::of(question, rulebook);
        let mode = rulebook.track(area, standpoint.rules_on).map_or(&TrackMode::Single, |chosen| &chosen.row.value);
        let rules_of = |track: &Track| {
            let rule = |metric| {
                let chosen = rulebook.rule(area, metric, *track, standpoint.rules_on)?;
                Some((metric, &chosen.row.value))
            };
            (*track, Family::of(area).metrics().filter_map(rule).collect())
        };
        let rules: Vec<(Track, Vec<(Metric, &Rule)>)> = mode.tracks().iter().map(rules_of).collect();
        let of_rules = rules.iter().flat_map(|(_, rules)| rules).flat_map(|(_, rule)| rule.reads());
        let reads = of_rules.chain(Family::of(area).reads_for_track().iter().copied()).collect();
        let holders = Holders::of(&known.others, rulebook, &standpoint);
        let (by_part, all) = (BTreeMap::new(), PartSums::default());
        let mut kept = Self { area, question, standpoint, rulebook, mode, rules, reads, by_part, all, holders };
        kept.all = kept.sums(&History::default());
        for (customer, history) in &known.customers {
            kept.read_again(*customer, history);
        }
        kept
    }

    /// Takes in what became known of a part by a fact that is told, taken back or restored; returns whether a score may be
    /// another.
    pub(super) fn learn(&mut self, part: &Part, fact: &Entry, known: &PartHistories) -> bool {
        match part {
            Part::Customer(customer) if self.reads_fact(fact) => {
                known.customers.get(customer).is_some_and(|history| self.read_again(*customer, history))
            }
            Part::Person(person) if self.reads_fact(fact) => {
                self.holders.read_again(&known.others, self.rulebook, &self.standpoint, person);
                true
            }
            Part::Area(area) => Family::of(*area) == Family::of(self.area),
            Part::Customer(_) | Part::Person(_) | Part::Nothing => false,
        }
    }

    /// Whether the score can depend on a fact.
    fn reads_fact(&self, fact: &Entry) -> bool {
        match (&fact.event.fact, fact.event.when) {
            (Fact::UsageReported(usage), When::In(month)) => self.reads_figure(usage.metric, month),
            (Fact::CustomerClassified { .. }, _) if !matches!(self.mode, TrackMode::Classified(_)) => false,
            (Fact::CustomerChurned { areas: Some(areas), .. }, _) if !areas.contains(&self.area) => false,
            (_, When::At(at)) => at <= Timestamp::end_of(self.question.as_of),
            (_, When::In(_)) => true,
        }
    }

    fn reads_figure(&self, figure: UsageMetric, month: Month) -> bool {
        let measured = self.standpoint.measured;
        let is_in = |extent: &Extent, last: Month| {
            (last.number() - extent.months.cast_signed() + 1..=last.number()).contains(&month.number())
        };
        self.reads.iter().filter(|extent| extent.figures.contains(&figure)).any(|extent| match figure {
            // When a customer was covered for the first time is asked of all months.
            UsageMetric::PaidSeats | UsageMetric::ActiveUsers => month <= measured,
            UsageMetric::AcrUsd | UsageMetric::RevenueUsd | UsageMetric::ActiveUnits => {
                is_in(extent, measured) || (extent.is_compared && is_in(extent, measured.plus(-12)))
            }
        })
    }

    /// Computes again what a part adds; returns whether that is something else.
    fn read_again(&mut self, customer: CustomerId, history: &History) -> bool {
        let now = self.sums(history);
        let before = self.by_part.remove(&customer).unwrap_or_else(|| self.sums(&History::default()));
        let changes = now != before;
        if changes {
            self.all = self.all.with(&now, &before);
        }
        self.by_part.insert(customer, now);
        changes
    }

    /// What the customers of a history add.
    fn sums(&self, history: &History) -> PartSums {
        let Self { area, question, standpoint, rulebook, .. } = *self;
        let associations = Associations::stand(history, rulebook, Some(area), standpoint.cut);
        let people = People::Listed(Vec::new());
        let ground = Ground { history, rulebook, associations: &associations, people, kept: None, usage: None };
        let scene = |track| ground.scene(area, track, question, standpoint);
        let usage = self.rules.iter().map(|(track, rules)| {
            let scene = scene(*track);
            rules.iter().map(|(metric, rule)| metrics::sums(&scene, *metric, rule)).collect()
        });
        let usage = usage.collect();
        let (mut share, mut large) = ([0; 3], 0);
        match self.mode {
            TrackMode::Classified(ClassRule::SmbShare { .. }) => {
                if let Some(((smb, all), total)) = share_sums(&scene(Track::Smb)) {
                    share = [smb, all, total];
                }
            }
            TrackMode::Classified(ClassRule::LargePairs { usd, .. }) => large = large_pairs(&scene(Track::Smb), usd),
            TrackMode::Single | TrackMode::BothTakeHigher => {}
        }
        PartSums { usage, share, large }
    }

    /// The score of one of the areas, by what is known of people and areas beside.
    pub(super) fn score(&self, area: Area, others: &History) -> AreaScore {
        let Self { question, standpoint, rulebook, .. } = *self;
        let (usage, kept) = (Usage::default(), Memory::default());
        for ((track, rules), sums) in self.rules.iter().zip(&self.all.usage) {
            let scores = rules.iter().zip(sums).filter_map(|((metric, rule), sums)| {
                Some(metrics::score_of(*metric, rule, sums.as_ref()?, Vec::new()))
            });
            usage.keep(standpoint.measured, (area, *track), scores.collect());
        }
        match self.mode {
            TrackMode::Classified(ClassRule::SmbShare { .. }) => {
                let [smb, all, total] = self.all.share;
                usage.keep_class(standpoint.measured, area, ((smb, all), total));
            }
            TrackMode::Classified(ClassRule::LargePairs { usd, .. }) => {
                kept.large.get_or(standpoint.measured, usd, || self.all.large);
            }
            TrackMode::Single | TrackMode::BothTakeHigher => {}
        }
        self.holders.compute(area);
        let ground = Ground {
            history: others,
            rulebook,
            associations: &Associations::default(),
            people: People::Counted(&self.holders),
            kept: Some(&kept),
            usage: Some(&usage),
        };
        score_on(&ground, area, question, standpoint)
    }
}
