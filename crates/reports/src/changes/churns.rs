//! The customers that have churned, as reports of subscriptions and of customers show it. Recorded with `--snapshot`
//! alone, else counted.
//!
//! A customer has churned when every row of a month says that it is not active, or when a month no longer has a customer
//! that the kind of report showed before, and nothing was used in that month, nor does the other report that tells states
//! show it active in it. It churns for all areas, on the first day of the month, and not again until there
//! is a sign of it since: an active month, a use, an association that began. Of months that a newer download has, an older
//! one says nothing.
//!
//! Monthly files give the same churns in any order, but for these: a use that is imported after a churn of its month does
//! not take the churn back; and whether a month no longer has a customer is known only once a file showed it
//! in an earlier month. Associations that rows show again begin anew after a churn (see [`crate::changes::runs`]); those that
//! another source told once, as a partner admin link, stay ended.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerId, Fact, Month, PartnerId, Remark, Timestamp, When};

use super::subject::Subject;
use crate::context::Context;
use crate::facts::customers::KnownCustomer;
use crate::facts::run::start_of;
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::rule::Rule;

/// What a file shows of customers.
pub(crate) struct Churns {
    kind: Kind,
    partners: BTreeMap<PartnerId, BTreeMap<CustomerId, CustomerMonths>>,
}

/// What a file shows of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CustomerMonths {
    months: BTreeMap<Month, MonthState>,
    used: BTreeSet<Month>,
}

/// What the rows of a month say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MonthState {
    is_active: bool,
    line: u64,
}

/// A churn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Churn {
    month: Month,
    /// The first row that says so; `None`: there is none.
    line: Option<u64>,
}

/// The churns that a file proves, by partner, customer and month.
pub(crate) struct ProvenChurns(Vec<(PartnerId, CustomerId, Churn)>);

impl Churns {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, partners: BTreeMap::new() }
    }

    /// Notes whether a row shows the customer active.
    pub(crate) fn see(&mut self, subject: &Subject, line: u64, is_active: bool) {
        let state = self.shown(subject).months.entry(subject.month).or_insert(MonthState { is_active, line });
        state.is_active |= is_active;
    }

    /// Notes that the customer used something in the row's month.
    pub(crate) fn use_in_month(&mut self, subject: &Subject) {
        self.shown(subject).used.insert(subject.month);
    }

    fn shown(&mut self, subject: &Subject) -> &mut CustomerMonths {
        self.partners.entry(subject.partner.clone()).or_default().entry(subject.customer).or_default()
    }

    /// The churns in the months of which the file is the whole truth, before anything else of it is learnt.
    pub(crate) fn settle(self, whole: &BTreeMap<PartnerId, BTreeSet<Month>>, context: &Context<'_>) -> ProvenChurns {
        let mut churned = Vec::new();
        self.each(whole, context, |partner, customer, _, found| {
            churned.extend(found.into_iter().map(|churn| (partner.clone(), customer, churn)));
        });
        ProvenChurns(churned)
    }

    /// How many customers of each partner would have churned by these months and are not back in them, if the file were
    /// the whole truth of them.
    pub(crate) fn gone(
        self,
        months: &BTreeMap<PartnerId, BTreeSet<Month>>,
        context: &Context<'_>,
    ) -> BTreeMap<PartnerId, u64> {
        let mut gone: BTreeMap<PartnerId, u64> = months.keys().map(|partner| (partner.clone(), 0)).collect();
        self.each(months, context, |partner, _, shown, found| {
            let Some(Churn { month, .. }) = found.last() else { return };
            let is_back = shown.months.range(month..).any(|(_, state)| state.is_active);
            *gone.entry(partner.clone()).or_default() += u64::from(!is_back);
        });
        gone
    }

    /// Finds the churns of each customer, with what the file shows of it.
    fn each(
        mut self,
        whole: &BTreeMap<PartnerId, BTreeSet<Month>>,
        context: &Context<'_>,
        mut take: impl FnMut(&PartnerId, CustomerId, &CustomerMonths, Vec<Churn>),
    ) {
        for (partner, months) in whole {
            let mut known = (context.known)(partner).ask(|facts| facts.customers(self.kind));
            let mut shown = self.partners.remove(partner.as_str()).unwrap_or_default();
            let customers: BTreeSet<CustomerId> = shown.keys().chain(known.keys()).copied().collect();
            for customer in customers {
                let shown = shown.remove(&customer).unwrap_or_default();
                let known = known.remove(&customer).unwrap_or_default();
                let found = churns(&shown, &known, months);
                take(partner, customer, &shown, found);
            }
        }
    }
}

/// The churns of a customer in the months of which a file is the whole truth.
fn churns(shown: &CustomerMonths, known: &KnownCustomer, whole: &BTreeSet<Month>) -> Vec<Churn> {
    let shown_since = shown.months.keys().next().copied().into_iter().chain(known.shown_since).min();
    let mut at = known.churns.clone();
    let mut found = Vec::new();
    for &month in whole {
        let line = match shown.months.get(&month) {
            Some(MonthState { is_active: true, .. }) => continue,
            Some(state) => Some(state.line),
            None if shown_since.is_some_and(|since| since < month) => None,
            None => continue,
        };
        let start = start_of(month);
        let is_there = [&shown.used, &known.used, &known.active_elsewhere].iter().any(|of| of.contains(&month));
        let last = at.range(..=start).next_back().copied();
        if !is_there && last.is_none_or(|last| has_sign(shown, known, last, month)) {
            at.insert(start);
            found.push(Churn { month, line });
        }
    }
    found
}

/// Whether the customer was seen alive after a churn and before a month.
fn has_sign(shown: &CustomerMonths, known: &KnownCustomer, churn: Timestamp, month: Month) -> bool {
    let of_churn = Month::of(churn.date());
    let since = if churn == start_of(of_churn) { of_churn } else { of_churn.plus(1) };
    let is_active = shown.months.range(since..).any(|(of, state)| *of < month && state.is_active);
    // A churn that is known may be later than the month.
    let is_used = [&shown.used, &known.used].iter().any(|used| used.range(since..).any(|of| *of < month));
    let has_begun = known.began.iter().any(|began| *began > churn && *began <= start_of(month));
    is_active || is_used || has_begun
}

impl ProvenChurns {
    /// Hands the churns over, by partner, customer and month.
    pub(crate) fn hand_over(self, origin: &Origin, output: &mut Output<'_>) {
        for (partner, customer, Churn { month, line }) in self.0 {
            let reason = match line {
                Some(_) => format!("no active subscription in the report of {month}"),
                None => format!("no longer in the report of {month}"),
            };
            let fact = Fact::CustomerChurned { customer, areas: None, reason: Remark::new(&reason).ok() };
            let (at, line, rule) = (start_of(month), line.unwrap_or(0), Rule::NoActiveSubscription);
            output.event(line, rule, origin.event(&partner, When::At(at), fact, (line, 0), rule));
        }
    }
}

#[cfg(test)]
mod tests;
