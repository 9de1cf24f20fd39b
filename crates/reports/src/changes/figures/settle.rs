//! What the figures of a file change in a ledger.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, Code, Event, Fact, Month, Name, PartnerId, Refusal, Remark, Usage, UsageMetric, When, counted};
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

impl Figures<'_> {
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
        let mut of_product = ProductFigures::default();
        while let Some((key, figure)) = figures.next().map_err(ReportError::Temporary)? {
            if to.output.is_stopped {
                return Ok(());
            }
            // A figure that is broken is found too, for it is not gone.
            if let Some(partner) = self.names.partners.value(key.partner)
                && let Some(missing) = missing.get_mut(partner.as_str())
                && let Some(found) = (to.context.known)(partner).ask(|facts| find(facts, &key, &figure, &self.names))
            {
                missing.remove(&found);
            }
            if of_product.first.is_some_and(|first| !first.is_of_product(&key)) {
                std::mem::take(&mut of_product).hand_over(to);
            }
            of_product.first.get_or_insert(key);
            of_product.subscriptions.insert(self.names.texts.value(key.subscription).cloned());
            of_product.whole.extend(WholeFigure::new(key, figure, &self.names, to.output));
        }
        of_product.hand_over(to);
        for (partner, missing) in missing {
            let mut gone: Vec<GoneFigure> = (to.context.known)(&partner).ask(|facts| {
                let figures = missing.into_iter().filter_map(|id| facts.figures.get(id));
                figures.map(|figure| GoneFigure::new(figure, Rule::FigureGone)).collect()
            });
            gone.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
            for gone in gone {
                gone.hand_over(&partner, 0, to);
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
    facts.figures.find(&about, names.texts.value(key.subscription))
}

/// The figures of a product of a customer in a month: one kind of report tells them, for all subscriptions.
#[derive(Default)]
struct ProductFigures {
    first: Option<CompactKey>,
    /// The subscriptions that the file has, those of broken figures included.
    subscriptions: BTreeSet<Option<Name>>,
    whole: Vec<WholeFigure>,
}

impl ProductFigures {
    fn hand_over(self, to: &mut FigureDestination<'_, '_>) {
        let Some(first) = self.whole.first() else { return };
        let about = first.about(&first.usage.product);
        let (is_told_by_higher, mut lower) = (to.context.known)(&first.partner).ask(|facts| {
            let own = to.kind.rank();
            // A claim that is gone says nothing of the use, which goes on; revenue that is gone from its report is none.
            let is_released = |figure: &KnownFigure<'_>| figure.is_gone && about.metric != UsageMetric::RevenueUsd;
            let is_higher = |figure: KnownFigure<'_>| to.rank(&figure) > own && !is_released(&figure);
            let lower = facts.figures(&about).filter(|figure| to.rank(figure) < own);
            let lower = lower.filter(|figure| !self.subscriptions.contains(&figure.subscription.cloned()));
            let lower = lower.map(|figure| GoneFigure::new(figure, Rule::ToldByAnotherReport));
            (facts.figures(&about).any(is_higher), lower.collect::<Vec<_>>())
        });
        if is_told_by_higher {
            to.output.summary.told_by_others += self.whole.len() as u64;
            return;
        }
        for figure in &self.whole {
            if figure.hand_over(to) {
                for gone in lower.drain(..) {
                    gone.hand_over(&figure.partner, figure.line, to);
                }
            }
        }
    }
}

impl FigureDestination<'_, '_> {
    /// The rank of the kind of report that told a figure. What was recorded by hand ranks like the file.
    fn rank(&self, figure: &KnownFigure<'_>) -> u8 {
        figure.told.map_or(self.kind.rank(), |told| told.kind.rank())
    }
}

/// A whole figure.
struct WholeFigure {
    partner: PartnerId,
    month: Month,
    usage: Usage,
    reported: BTreeSet<Name>,
    line: u64,
    rows: u64,
    location: Option<Name>,
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
            let message = format!("one figure, of {} from here on, comes to 10^15 or more", counted(rows, "row"));
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
            month: key.month(),
            usage: Usage {
                customer: key.customer(),
                product: name(figure.product)?,
                metric: key.metric()?,
                value,
                subscription: name(key.subscription),
                offer: only_excluded.or_else(|| name(counting.offer.agreed())),
            },
            reported: figure.reported.into_iter().filter_map(name).collect(),
            line: figure.line,
            rows: figure.rows,
            location: name(figure.location.agreed()),
            note,
        })
    }

    fn about<'a>(&self, product: &'a Name) -> FigureSubject<'a> {
        let Usage { customer, metric, .. } = self.usage;
        FigureSubject { customer, product: product.as_str(), metric, month: self.month }
    }

    /// Records the figure, unless the ledger has it or something that goes before it; whether it counts now.
    fn hand_over(&self, to: &mut FigureDestination<'_, '_>) -> bool {
        let known = (to.context.known)(&self.partner).ask(|facts| self.known(facts, to));
        if known.is_newer {
            to.output.summary.older_figures += 1;
            return false;
        }
        if known.is_unchanged {
            to.output.summary.unchanged_figures += 1;
        } else {
            self.record(to);
        }
        for gone in known.renamed {
            gone.hand_over(&self.partner, self.line, to);
        }
        true
    }

    /// What the ledger knows of the figure.
    fn known(&self, facts: &PartnerFacts, to: &FigureDestination<'_, '_>) -> LedgerFigure {
        let subscription = self.usage.subscription.as_ref();
        let find =
            |product| facts.figures.find(&self.about(product), subscription).and_then(|id| facts.figures.get(id));
        let same = find(&self.usage.product);
        let own = to.kind.rank();
        let renamed = self.reported.iter().filter_map(find);
        let renamed: Vec<KnownFigure<'_>> = renamed.filter(|figure| to.rank(figure) <= own).collect();
        let as_of = to.origin.as_of();
        let is_newer =
            |figure: &KnownFigure<'_>| figure.told.is_some_and(|told| told.kind == to.kind && told.as_of > as_of);
        // A newer download that had the month told the figure as it stands, or with a snapshot, that there is none.
        let is_told = |same: KnownFigure<'_>| same.told.is_some_and(|told| told.kind == to.kind);
        let is_judged = same.map_or(to.context.snapshot, is_told);
        let is_closed = is_judged && facts.newest_download(to.kind, self.month).is_some_and(|newest| newest > as_of);
        // A kind of report that goes before others says the same once more in its own name, so that they know.
        let is_own = |told: Option<Download>| told.map_or(own == 0, |told| told.kind == to.kind);
        LedgerFigure {
            is_newer: same.iter().chain(&renamed).any(is_newer) || is_closed,
            is_unchanged: same.is_some_and(|same| self.is_said_by(&same) && is_own(same.told)),
            renamed: renamed.into_iter().map(|figure| GoneFigure::new(figure, Rule::Renamed)).collect(),
        }
    }

    /// Whether the ledger's figure says the same (R3).
    fn is_said_by(&self, known: &KnownFigure<'_>) -> bool {
        let offer = |offer: Option<&Name>| offer.map(|offer| identity::offer(offer.as_str()));
        known.value == self.usage.value && offer(known.offer) == offer(self.usage.offer.as_ref())
    }

    fn record(&self, to: &mut FigureDestination<'_, '_>) {
        let (fact, rule) = (Fact::UsageReported(self.usage.clone()), Rule::FigureOfAMonth);
        let event = to.origin.event(&self.partner, When::In(self.month), fact, (self.line, self.rows - 1), rule);
        let event = Event { location: self.location.clone(), note: self.note.clone(), ..event };
        to.output.event(self.line, rule, event);
    }
}

/// What the ledger knows of a figure.
struct LedgerFigure {
    /// A newer download told it, or with snapshots, has the month without it.
    is_newer: bool,
    is_unchanged: bool,
    /// What stands under the names that reports give the product.
    renamed: Vec<GoneFigure>,
}

/// A figure, as it was, that is 0 from now on. One that was 0 before gives no event.
struct GoneFigure {
    month: Month,
    usage: Usage,
    rule: Rule,
}

impl GoneFigure {
    fn new(figure: KnownFigure<'_>, rule: Rule) -> Self {
        let usage = Usage {
            customer: figure.id.customer,
            product: figure.product.clone(),
            metric: figure.id.metric,
            value: figure.value,
            subscription: figure.subscription.cloned(),
            offer: None,
        };
        Self { month: figure.id.month, usage, rule }
    }

    /// What tells it from the other figures of its partner, in the order in which they are handed over.
    fn key(&self) -> impl Ord + '_ {
        let Usage { customer, product, metric, subscription, .. } = &self.usage;
        (self.month, customer, metric, product, subscription)
    }

    fn hand_over(self, partner: &PartnerId, line: u64, to: &mut FigureDestination<'_, '_>) {
        let Self { month, usage, rule } = self;
        if usage.value.micros() == 0 {
            return;
        }
        let fact = Fact::UsageReported(Usage { value: Amount::from_micros(0), ..usage });
        to.output.event(line, rule, to.origin.event(partner, When::In(month), fact, (line, 0), rule));
    }
}

fn note_of(sum: Exact, offers: &BTreeSet<Name>) -> Option<Remark> {
    let (amount, _) = sum.to_amount()?;
    let offers: Vec<&str> = offers.iter().map(Name::as_str).collect();
    let text = format!("without {amount} under the excluded offers: {}", offers.join(", "));
    Remark::new(&text.chars().take(NOTE_CHARACTERS).collect::<String>()).ok()
}
