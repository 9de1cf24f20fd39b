//! What the figures of a file change in a ledger.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Event, EventId, Fact, Month, Name, PartnerId, Remark, Usage, UsageMetric, When};

use super::Figures;
use super::figure::{Figure, Key};
use super::names::Names;
use crate::reports::Kind;
use crate::reports::context::Context;
use crate::reports::error::ReportError;
use crate::reports::exact::Exact;
use crate::reports::facts::{About, KnownFigure, PartnerFacts};
use crate::reports::origin::{Origin, Told};
use crate::reports::output::Output;
use crate::reports::rule::Rule;
use crate::reports::summary::Skip;

/// Characters of a note that names left out offers.
const NOTE_CHARACTERS: usize = 1_000;

/// Where the figures of a file go.
pub(in crate::reports) struct Destination<'a, 'o> {
    pub(in crate::reports) context: &'a Context<'a>,
    pub(in crate::reports) kind: Kind,
    pub(in crate::reports) origin: &'a Origin,
    pub(in crate::reports) output: &'a mut Output<'o>,
}

/// A figure that a snapshot may no longer have.
type Missing = BTreeMap<Gap, KnownFigure>;

/// The key of a figure as a snapshot looks for it, with the product without the case of A-Z.
type Gap = (CustomerId, UsageMetric, Month, String, Option<Name>);

impl Figures {
    /// Hands over every whole figure that the ledger does not have already, by partner and month. A snapshot says 0 of
    /// the figures of its months (`whole`) that it no longer has.
    pub(in crate::reports) fn hand_over(
        mut self,
        whole: &BTreeMap<PartnerId, BTreeSet<Month>>,
        to: &mut Destination<'_, '_>,
    ) -> Result<(), ReportError> {
        if let Some(error) = self.failure.take() {
            return Err(ReportError::Temporary(error));
        }
        let mut missing: BTreeMap<PartnerId, Missing> =
            whole.iter().map(|(partner, months)| (partner.clone(), known(to, partner, months))).collect();
        let mut figures = self.spill.into_merged().map_err(ReportError::Temporary)?;
        while let Some((key, figure)) = figures.next().map_err(ReportError::Temporary)? {
            if to.output.is_stopped() {
                return Ok(());
            }
            // Also where it cannot be told: it is not gone.
            if let Some(missing) =
                self.names.partner_of(key.partner).and_then(|partner| missing.get_mut(partner.as_str()))
                && let Some(gap) = gap_of(&key, &figure, &self.names)
            {
                missing.remove(&gap);
            }
            let Some(settled) = Settled::new(key, figure, &self.names, to.output) else { continue };
            settled.hand_over(to);
        }
        for (partner, missing) in missing {
            for ((customer, metric, month, ..), figure) in missing {
                let gone = Gone { partner: &partner, customer, metric, month, rule: Rule::FigureGone };
                gone.hand_over(&figure, 0, to);
            }
        }
        Ok(())
    }
}

/// The figures that the ledger has of these months from the kind, unless a newer download told them.
fn known(to: &Destination<'_, '_>, partner: &PartnerId, months: &BTreeSet<Month>) -> Missing {
    let figures = to.context.facts(partner).ask(|facts| facts.figures_told(to.kind, months));
    let as_of = to.origin.as_of();
    let older = figures.into_iter().filter(|(.., figure)| figure.told.is_some_and(|told| told.as_of <= as_of));
    older
        .map(|(customer, metric, month, figure)| {
            let product = figure.product.as_str().to_ascii_lowercase();
            ((customer, metric, month, product, figure.subscription.clone()), figure)
        })
        .collect()
}

fn gap_of(key: &Key, figure: &Figure, names: &Names) -> Option<Gap> {
    let product = names.name(figure.product)?.as_str().to_ascii_lowercase();
    Some((key.customer(), key.metric()?, key.month(), product, names.name(key.subscription).cloned()))
}

/// A whole figure.
struct Settled {
    partner: PartnerId,
    customer: CustomerId,
    product: Name,
    reported: BTreeSet<Name>,
    metric: UsageMetric,
    month: Month,
    subscription: Option<Name>,
    line: u64,
    rows: u64,
    location: Option<Name>,
    value: Amount,
    offer: Option<Name>,
    note: Option<Remark>,
}

impl Settled {
    fn new(key: Key, mut figure: Figure, names: &Names, output: &mut Output<'_>) -> Option<Self> {
        figure.settle_views();
        let name = |number| names.name(number).cloned();
        let excluded = figure.excluded.unwrap_or_default();
        let counting = figure.counting;
        let sum = counting.sum.or(excluded.part.sum).filter(|_| !figure.is_broken);
        let Some((value, is_rounded)) = sum.and_then(Exact::to_amount) else {
            output.summary.broken_figures += 1;
            return None;
        };
        let offers: BTreeSet<Name> = excluded.offers.iter().filter_map(|number| name(*number)).collect();
        let left_out = counting.sum.and(excluded.part.sum);
        if left_out.is_some() {
            *output.summary.skipped.entry(Skip::ExcludedOffer).or_default() += excluded.rows;
        }
        output.summary.rounded_figures += u64::from(is_rounded);
        let note = left_out.and_then(|sum| note_of(sum, &offers));
        let only_excluded = offers.into_iter().next().filter(|_| counting.sum.is_none());
        Some(Self {
            partner: names.partner_of(key.partner)?.clone(),
            customer: key.customer(),
            product: name(figure.product)?,
            reported: figure.reported.into_iter().filter_map(name).collect(),
            metric: key.metric()?,
            month: key.month(),
            subscription: name(key.subscription),
            line: figure.line,
            rows: figure.rows,
            location: name(figure.location.agreed()),
            value,
            offer: only_excluded.or_else(|| name(counting.offer.agreed())),
            note,
        })
    }

    fn about<'a>(&self, product: &'a Name) -> About<'a> {
        About { customer: self.customer, product: product.as_str(), metric: self.metric, month: self.month }
    }

    fn hand_over(&self, to: &mut Destination<'_, '_>) {
        let known = to.context.facts(&self.partner).ask(|facts| self.known(facts, to));
        if known.is_told_by_higher {
            to.output.summary.told_by_others += 1;
            return;
        }
        if known.is_newer {
            to.output.summary.older_figures += 1;
            return;
        }
        // A kind that others give way to says the same in its own name, so that they know.
        let is_own = |told: Option<Told>| told.map_or(to.kind.rank() == 0, |told| told.kind == to.kind);
        let is_unchanged = |same: &KnownFigure| self.is_said_by(same) && is_own(same.told);
        if known.same.as_ref().is_some_and(is_unchanged) {
            to.output.summary.unchanged_figures += 1;
        } else {
            self.record(to);
        }
        let gone = |rule| Gone {
            partner: &self.partner,
            customer: self.customer,
            metric: self.metric,
            month: self.month,
            rule,
        };
        for figure in &known.lower {
            gone(Rule::ToldByAnotherReport).hand_over(figure, self.line, to);
        }
        for figure in &known.renamed {
            gone(Rule::Renamed).hand_over(figure, self.line, to);
        }
    }

    /// What the ledger knows of the figure, of which nothing is copied but what counts here: a product of a month may
    /// have thousands of subscriptions.
    fn known(&self, facts: &PartnerFacts, to: &Destination<'_, '_>) -> Known {
        let figures = facts.figures(&self.about(&self.product));
        let is_same = |figure: &&KnownFigure| figure.subscription == self.subscription;
        let own = to.kind.rank();
        let rank = |figure: &KnownFigure| figure.told.map_or(own, |told| told.kind.rank());
        // A claim that is gone says nothing of the use, which goes on; revenue that is gone from its report is none.
        let is_released = |figure: &KnownFigure| figure.is_gone && self.metric != UsageMetric::RevenueUsd;
        let same = figures.iter().find(is_same).cloned();
        let renamed = self.reported.iter().flat_map(|name| facts.figures(&self.about(name)));
        let renamed: Vec<KnownFigure> = renamed.filter(is_same).filter(|figure| rank(figure) <= own).cloned().collect();
        let as_of = to.origin.as_of();
        let is_newer =
            |figure: &KnownFigure| figure.told.is_some_and(|told| told.kind == to.kind && told.as_of > as_of);
        // A newer download that had the month told the figure as it stands, or with a snapshot, that there is none.
        let is_told = |same: &KnownFigure| same.told.is_some_and(|told| told.kind == to.kind);
        let is_judged = same.as_ref().map_or(to.context.snapshot, is_told);
        let is_closed = is_judged && facts.newest_download(to.kind, self.month).is_some_and(|newest| newest > as_of);
        Known {
            is_told_by_higher: figures.iter().any(|figure| rank(figure) > own && !is_released(figure)),
            is_newer: same.iter().chain(&renamed).any(is_newer) || is_closed,
            lower: figures.iter().filter(|figure| rank(figure) < own && !is_same(figure)).cloned().collect(),
            same,
            renamed,
        }
    }

    /// Whether the ledger's figure says the same (R3).
    fn is_said_by(&self, known: &KnownFigure) -> bool {
        known.value == self.value && folded_offer(known.offer.as_ref()) == folded_offer(self.offer.as_ref())
    }

    fn record(&self, to: &mut Destination<'_, '_>) {
        let fact = Fact::UsageReported(Usage {
            customer: self.customer,
            product: self.product.clone(),
            metric: self.metric,
            value: self.value,
            subscription: self.subscription.clone(),
            offer: self.offer.clone(),
        });
        let event = Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(self.partner.clone()),
            location: self.location.clone(),
            when: When::In(self.month),
            fact,
            note: self.note.clone(),
            source: to.origin.source(Some(self.line), self.rows - 1, Rule::FigureOfAMonth),
        };
        to.output.event(self.line, Rule::FigureOfAMonth, event);
    }
}

/// What the ledger knows of a figure.
struct Known {
    is_told_by_higher: bool,
    /// A newer download told it, or with snapshots, has the month without it.
    is_newer: bool,
    same: Option<KnownFigure>,
    /// What lower kinds told of the product in other subscriptions.
    lower: Vec<KnownFigure>,
    /// What stands under the names that reports give the product.
    renamed: Vec<KnownFigure>,
}

/// A figure that is none any more.
struct Gone<'a> {
    partner: &'a PartnerId,
    customer: CustomerId,
    metric: UsageMetric,
    month: Month,
    rule: Rule,
}

impl Gone<'_> {
    fn hand_over(&self, figure: &KnownFigure, line: u64, to: &mut Destination<'_, '_>) {
        if figure.value.micros() == 0 {
            return;
        }
        let fact = Fact::UsageReported(Usage {
            customer: self.customer,
            product: figure.product.clone(),
            metric: self.metric,
            value: Amount::from_micros(0),
            subscription: figure.subscription.clone(),
            offer: None,
        });
        let event = Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(self.partner.clone()),
            location: None,
            when: When::In(self.month),
            fact,
            note: None,
            source: to.origin.source((line > 0).then_some(line), 0, self.rule),
        };
        to.output.event(line, self.rule, event);
    }
}

/// An offer as the ledger compares offers: without case, every run of spaces, hyphens and underscores alike.
fn folded_offer(offer: Option<&Name>) -> Option<String> {
    let mut folded = String::new();
    for character in offer?.as_str().chars() {
        let joins = matches!(character, ' ' | '-' | '_');
        if !(joins && folded.ends_with('_')) {
            folded.push(if joins { '_' } else { character.to_ascii_lowercase() });
        }
    }
    Some(folded)
}

fn note_of(sum: Exact, offers: &BTreeSet<Name>) -> Option<Remark> {
    let (amount, _) = sum.to_amount()?;
    let offers: Vec<&str> = offers.iter().map(Name::as_str).collect();
    let text = format!("without {amount} under the excluded offers: {}", offers.join(", "));
    Remark::new(&text.chars().take(NOTE_CHARACTERS).collect::<String>()).ok()
}
