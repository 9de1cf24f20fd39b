//! What the figures of a file change in a ledger.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Amount, Code, CustomerId, Event, Fact, Month, Name, PartnerId, Refusal, Remark, Usage, UsageMetric, When,
};
use projection::identity;

use super::Figures;
use super::figure::{CompactKey, Figure};
use super::names::Names;
use crate::context::Context;
use crate::error::ReportError;
use crate::facts::PartnerFacts;
use crate::facts::figures::{FigureId, FigureSubject, KnownFigure};
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::Download;
use crate::provenance::rule::Rule;
use crate::rows::exact::Exact;
use crate::summary::Skip;

/// Characters of a note that names left out offers.
const NOTE_CHARACTERS: usize = 1_000;

/// Where the figures of a file go.
pub(crate) struct FigureDestination<'a, 'o> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) kind: Kind,
    pub(crate) origin: &'a Origin,
    pub(crate) output: &'a mut Output<'o>,
}

impl Figures {
    /// Hands over every whole figure that the ledger does not have already, by partner and month. A snapshot says 0 of
    /// the figures of its months (`whole`) that it no longer has.
    pub(crate) fn hand_over(
        mut self,
        whole: &BTreeMap<PartnerId, BTreeSet<Month>>,
        to: &mut FigureDestination<'_, '_>,
    ) -> Result<(), ReportError> {
        if let Some(error) = self.failure.take() {
            return Err(ReportError::Temporary(error));
        }
        let mut missing: BTreeMap<PartnerId, BTreeSet<FigureId>> =
            whole.iter().map(|(partner, months)| (partner.clone(), known(to, partner, months))).collect();
        let mut figures = self.spill.into_merged().map_err(ReportError::Temporary)?;
        while let Some((key, figure)) = figures.next().map_err(ReportError::Temporary)? {
            if to.output.is_stopped() {
                return Ok(());
            }
            // A figure that is broken is found too, for it is not gone.
            if let Some(partner) = self.names.partners.value(key.partner)
                && let Some(missing) = missing.get_mut(partner.as_str())
                && let Some(found) = (to.context.known)(partner).ask(|facts| find(facts, &key, &figure, &self.names))
            {
                missing.remove(&found);
            }
            let Some(settled) = WholeFigure::new(key, figure, &self.names, to.output) else { continue };
            settled.hand_over(to);
        }
        for (partner, missing) in missing {
            let mut gone: Vec<GoneFigure> = (to.context.known)(&partner).ask(|facts| {
                let figures = missing.into_iter().filter_map(|id| facts.figure(id));
                figures.map(|figure| GoneFigure::new(&partner, figure, Rule::FigureGone)).collect()
            });
            gone.sort_unstable();
            for gone in gone {
                gone.hand_over(0, to);
            }
        }
        Ok(())
    }
}

/// The figures that the ledger has of these months from the kind, unless a newer download told them.
fn known(to: &FigureDestination<'_, '_>, partner: &PartnerId, months: &BTreeSet<Month>) -> BTreeSet<FigureId> {
    let as_of = to.origin.as_of();
    let is_older = |figure: &KnownFigure<'_>| figure.told.is_some_and(|told| told.as_of <= as_of);
    (to.context.known)(partner)
        .ask(|facts| facts.figures_told(to.kind, months).filter(is_older).map(|figure| figure.id).collect())
}

/// What the ledger has of a figure of the file.
fn find(facts: &PartnerFacts, key: &CompactKey, figure: &Figure, names: &Names) -> Option<FigureId> {
    let product = names.texts.value(figure.product)?.as_str();
    let about = FigureSubject { customer: key.customer(), product, metric: key.metric()?, month: key.month() };
    facts.figure_of(&about, names.texts.value(key.subscription))
}

/// A whole figure.
struct WholeFigure {
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

impl WholeFigure {
    fn new(key: CompactKey, mut figure: Figure, names: &Names, output: &mut Output<'_>) -> Option<Self> {
        figure.settle_views();
        let name = |number| names.texts.value(number).cloned();
        let excluded = figure.excluded.unwrap_or_default();
        let counting = figure.counting;
        let Some(sum) = counting.sum.or(excluded.part.sum).filter(|_| !figure.is_broken) else {
            output.summary.broken_figures += 1;
            return None;
        };
        let Some((value, is_rounded)) = sum.to_amount().filter(|_| !figure.is_beyond) else {
            let rows = figure.rows;
            let message = format!("the {rows} rows of one figure that begins here add up to 10^15 or more");
            output.refuse(figure.line, Refusal::new(Code::BadValue, message).with_hint("correct the amounts"));
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
            partner: names.partners.value(key.partner)?.clone(),
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

    fn about<'a>(&self, product: &'a Name) -> FigureSubject<'a> {
        FigureSubject { customer: self.customer, product: product.as_str(), metric: self.metric, month: self.month }
    }

    fn hand_over(&self, to: &mut FigureDestination<'_, '_>) {
        let known = (to.context.known)(&self.partner).ask(|facts| self.known(facts, to));
        if known.is_told_by_higher {
            to.output.summary.told_by_others += 1;
            return;
        }
        if known.is_newer {
            to.output.summary.older_figures += 1;
            return;
        }
        if known.is_unchanged {
            to.output.summary.unchanged_figures += 1;
        } else {
            self.record(to);
        }
        for gone in known.replaced {
            gone.hand_over(self.line, to);
        }
    }

    /// What the ledger knows of the figure, of which nothing is copied but what counts here: a product of a month may
    /// have thousands of subscriptions.
    fn known(&self, facts: &PartnerFacts, to: &FigureDestination<'_, '_>) -> LedgerFigure {
        let about = self.about(&self.product);
        let is_same = |figure: &KnownFigure<'_>| figure.subscription == self.subscription.as_ref();
        let own = to.kind.rank();
        let rank = |figure: &KnownFigure<'_>| figure.told.map_or(own, |told| told.kind.rank());
        // A claim that is gone says nothing of the use, which goes on; revenue that is gone from its report is none.
        let is_released = |figure: &KnownFigure<'_>| figure.is_gone && self.metric != UsageMetric::RevenueUsd;
        let same = facts.figures(&about).find(is_same);
        let renamed = self.reported.iter().flat_map(|name| facts.figures(&self.about(name)));
        let renamed: Vec<KnownFigure<'_>> = renamed.filter(is_same).filter(|figure| rank(figure) <= own).collect();
        let as_of = to.origin.as_of();
        let is_newer =
            |figure: &KnownFigure<'_>| figure.told.is_some_and(|told| told.kind == to.kind && told.as_of > as_of);
        // A newer download that had the month told the figure as it stands, or with a snapshot, that there is none.
        let is_told = |same: KnownFigure<'_>| same.told.is_some_and(|told| told.kind == to.kind);
        let is_judged = same.map_or(to.context.snapshot, is_told);
        let is_closed = is_judged && facts.newest_download(to.kind, self.month).is_some_and(|newest| newest > as_of);
        // A kind of report that goes before others says the same once more in its own name, so that they know.
        let is_own = |told: Option<Download>| told.map_or(own == 0, |told| told.kind == to.kind);
        let lower = facts.figures(&about).filter(|figure| rank(figure) < own && !is_same(figure));
        let lower = lower.map(|figure| GoneFigure::new(&self.partner, figure, Rule::ToldByAnotherReport));
        let is_newer = same.iter().chain(&renamed).any(is_newer) || is_closed;
        let renamed = renamed.into_iter().map(|figure| GoneFigure::new(&self.partner, figure, Rule::Renamed));
        LedgerFigure {
            is_told_by_higher: facts.figures(&about).any(|figure| rank(&figure) > own && !is_released(&figure)),
            is_newer,
            is_unchanged: same.is_some_and(|same| self.is_said_by(&same) && is_own(same.told)),
            replaced: lower.chain(renamed).collect(),
        }
    }

    /// Whether the ledger's figure says the same (R3).
    fn is_said_by(&self, known: &KnownFigure<'_>) -> bool {
        let offer = |offer: Option<&Name>| offer.map(|offer| identity::offer(offer.as_str()));
        known.value == self.value && offer(known.offer) == offer(self.offer.as_ref())
    }

    fn record(&self, to: &mut FigureDestination<'_, '_>) {
        let fact = Fact::UsageReported(Usage {
            customer: self.customer,
            product: self.product.clone(),
            metric: self.metric,
            value: self.value,
            subscription: self.subscription.clone(),
            offer: self.offer.clone(),
        });
        let (row, rule) = ((Some(self.line), self.rows - 1), Rule::FigureOfAMonth);
        let event = to.origin.event(&self.partner, When::In(self.month), fact, row, rule);
        let event = Event { location: self.location.clone(), note: self.note.clone(), ..event };
        to.output.event(self.line, rule, event);
    }
}

/// What the ledger knows of a figure.
struct LedgerFigure {
    is_told_by_higher: bool,
    /// A newer download told it, or with snapshots, has the month without it.
    is_newer: bool,
    is_unchanged: bool,
    /// What lower kinds told of the product in other subscriptions, and what stands under the names that reports give
    /// the product.
    replaced: Vec<GoneFigure>,
}

/// A figure that is 0 from now on. One that was 0 before gives no event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GoneFigure {
    month: Month,
    customer: CustomerId,
    metric: UsageMetric,
    product: Name,
    subscription: Option<Name>,
    partner: PartnerId,
    was: Amount,
    rule: Rule,
}

impl GoneFigure {
    fn new(partner: &PartnerId, figure: KnownFigure<'_>, rule: Rule) -> Self {
        Self {
            month: figure.id.month,
            customer: figure.id.customer,
            metric: figure.id.metric,
            product: figure.product.clone(),
            subscription: figure.subscription.cloned(),
            partner: partner.clone(),
            was: figure.value,
            rule,
        }
    }

    fn hand_over(self, line: u64, to: &mut FigureDestination<'_, '_>) {
        if self.was.micros() == 0 {
            return;
        }
        let fact = Fact::UsageReported(Usage {
            customer: self.customer,
            product: self.product,
            metric: self.metric,
            value: Amount::from_micros(0),
            subscription: self.subscription,
            offer: None,
        });
        let row = ((line > 0).then_some(line), 0);
        let event = to.origin.event(&self.partner, When::In(self.month), fact, row, self.rule);
        to.output.event(line, self.rule, event);
    }
}

fn note_of(sum: Exact, offers: &BTreeSet<Name>) -> Option<Remark> {
    let (amount, _) = sum.to_amount()?;
    let offers: Vec<&str> = offers.iter().map(Name::as_str).collect();
    let text = format!("without {amount} under the excluded offers: {}", offers.join(", "));
    Remark::new(&text.chars().take(NOTE_CHARACTERS).collect::<String>()).ok()
}
