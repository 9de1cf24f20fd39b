//! The figures of one file: rows of the same key become one figure.
//!
//! The ledger's key of a figure has no offer, so a key that has rows of several offers in one month must still become
//! one figure. Rows under an excluded offer never count, so beside counting rows they are left out and the event's note
//! says how much they were. A key that has nothing but excluded offers keeps its amount under one of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use ledger::{Amount, Code, Event, EventId, Fact, Name, Refusal, Remark, Usage, When};

use super::agreement::Agreement;
use super::context::{Context, CurrentFigure, UsageKey};
use super::exact::Exact;
use super::origin::Origin;
use super::output::Output;
use super::summary::Skip;

/// Characters of a note that names left out offers.
const NOTE_CHARACTERS: usize = 1_000;

/// The figures of one file by key. Products differ by more than the case of A-Z.
#[derive(Default)]
pub(super) struct Figures {
    figures: HashMap<UsageKey, Figure>,
    names: HashSet<Name>,
}

/// What one row says of a figure, or `None` when it could not be read.
pub(super) struct Reading<'a> {
    pub(super) line: u64,
    pub(super) location: Option<&'a Name>,
    pub(super) offer: Option<&'a Name>,
    pub(super) value: Option<Exact>,
}

/// One figure under way.
#[derive(Default)]
struct Figure {
    line: u64,
    rows: u64,
    broken: bool,
    product: Option<Name>,
    location: Agreement,
    /// The rows under counting offers.
    counting: Part,
    /// The rows under excluded offers, which are rare.
    excluded: Option<Box<Excluded>>,
}

/// The sum of some rows, and the offer on which they agree.
#[derive(Default)]
struct Part {
    sum: Option<Exact>,
    offer: Agreement,
}

/// The rows under excluded offers.
#[derive(Default)]
struct Excluded {
    part: Part,
    rows: u64,
    offers: BTreeSet<Name>,
}

impl Figures {
    /// Adds a row to the sum of its key.
    pub(super) fn add(&mut self, key: UsageKey, reading: &Reading<'_>, context: &Context<'_>) {
        let figure = self.figure(key, reading);
        let part = match reading.offer.filter(|offer| (context.excluded_offer)(offer.as_str())) {
            None => &mut figure.counting,
            Some(offer) => {
                let excluded = figure.excluded.get_or_insert_default();
                excluded.rows += 1;
                excluded.offers.insert(offer.clone());
                &mut excluded.part
            }
        };
        let sum = reading.value.and_then(|value| part.sum.unwrap_or_default().plus(value));
        figure.broken |= sum.is_none();
        part.sum = sum.or(part.sum);
        part.offer.add(reading.offer);
    }

    /// Adds a row that states the whole figure of its key; whether it is the first.
    ///
    /// # Errors
    /// Another row of the file states another figure of the same key.
    pub(super) fn state(&mut self, key: UsageKey, reading: &Reading<'_>, column: &str) -> Result<bool, Refusal> {
        let figure = self.figure(key, reading);
        let part = &mut figure.counting;
        match (reading.value, part.sum) {
            (Some(value), None) => part.sum = Some(value),
            (Some(value), Some(stated)) if value == stated => return Ok(false),
            (Some(_), Some(_)) => {
                figure.broken = true;
                let message = format!("`{column}` is not what line {} says of the same month", figure.line);
                return Err(Refusal::new(Code::BadValue, message)
                    .with_hint("keep the row that is right: the two cannot be told apart"));
            }
            (None, _) => figure.broken = true,
        }
        Ok(true)
    }

    fn figure(&mut self, mut key: UsageKey, reading: &Reading<'_>) -> &mut Figure {
        let product = self.interned(&key.product);
        key.product = self.folded(&key.product);
        key.subscription = key.subscription.map(|subscription| self.interned(&subscription));
        let figure = self.figures.entry(key).or_default();
        if figure.rows == 0 {
            figure.line = reading.line;
        }
        figure.rows += 1;
        figure.location.add(reading.location);
        if figure.product.as_ref().is_none_or(|first| product < *first) {
            figure.product = Some(product);
        }
        figure
    }

    fn folded(&mut self, product: &Name) -> Name {
        let folded = product.as_str().to_ascii_lowercase();
        Name::new(&folded).map_or_else(|_| product.clone(), |folded| self.interned(&folded))
    }

    /// The same name, kept once.
    fn interned(&mut self, name: &Name) -> Name {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        self.names.insert(name.clone());
        name.clone()
    }

    /// Hands over every whole figure that the ledger does not have already, in the order of their first rows.
    pub(super) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        let mut figures: Vec<(UsageKey, Figure)> = self.figures.into_iter().collect();
        figures.sort_unstable_by_key(|(key, figure)| (figure.line, key.metric));
        for (key, figure) in figures {
            if output.is_stopped() {
                return;
            }
            figure.hand_over(key, context, origin, output);
        }
    }
}

impl Figure {
    fn hand_over(self, mut key: UsageKey, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        if self.broken {
            output.summary.broken_figures += 1;
            return;
        }
        key.product = self.product.unwrap_or(key.product);
        let (counting, excluded) = (self.counting, self.excluded.unwrap_or_default());
        let left_out = counting.sum.and(excluded.part.sum);
        let Some((value, rounded)) = counting.sum.or(excluded.part.sum).and_then(Exact::to_amount) else {
            output.summary.broken_figures += 1;
            return;
        };
        if left_out.is_some() {
            *output.summary.skipped.entry(Skip::ExcludedOffer).or_default() += excluded.rows;
        }
        output.summary.rounded_figures += u64::from(rounded);
        let note = left_out.and_then(|sum| note_of(sum, &excluded.offers));
        let only_excluded = excluded.offers.into_iter().next().filter(|_| counting.sum.is_none());
        let offer = only_excluded.or_else(|| counting.offer.into_agreed());
        if is_current(&key, value, offer.as_ref(), context) {
            output.summary.unchanged_figures += 1;
            return;
        }
        let fact = Fact::UsageReported(Usage {
            customer: key.customer,
            product: key.product,
            metric: key.metric,
            value,
            subscription: key.subscription,
            offer,
        });
        let event = Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(key.partner),
            location: self.location.into_agreed(),
            when: When::In(key.month),
            fact,
            note,
            source: origin.source(Some(self.line), self.rows - 1, "figure of a month"),
        };
        output.event(self.line, event);
    }
}

/// Whether the ledger's newest figure of the key says the same (R3).
fn is_current(key: &UsageKey, value: Amount, offer: Option<&Name>, context: &Context<'_>) -> bool {
    let current = context.current.and_then(|current| current(key));
    current.is_some_and(|CurrentFigure { value: known, offer: known_offer }| {
        known == value && folded_offer(known_offer.as_ref()) == folded_offer(offer)
    })
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
