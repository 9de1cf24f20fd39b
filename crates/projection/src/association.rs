//! Associations as they stand as of a day (scoring specification, section 3).

use std::collections::BTreeMap;

use ledger::{Area, AssociationId, AssociationTerms, CustomerId, Mechanism, Month, Role, Timestamp};

use crate::history::{Dated, History, Report, Step};
use crate::identity;
use crate::rulebook::{AssociationList, Products, Rulebook};
use crate::standpoint::Cut;

/// An association with a customer and a mechanism that has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Association<'a> {
    /// Which.
    pub(crate) id: AssociationId,
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The mechanism.
    pub(crate) mechanism: Mechanism,
    /// The role.
    pub(crate) role: Option<Role>,
    /// The workload to which it is limited, as it was written.
    pub(crate) workload: Option<&'a str>,
    /// The subscription to which it is limited.
    pub(crate) subscription: Option<&'a str>,
    /// When it started.
    pub(crate) start: Timestamp,
    /// The first instant at which it is no longer in force for the area.
    pub(crate) end_exclusive: Option<Timestamp>,
    /// The names by which association lists know it.
    names: Vec<&'a str>,
    /// The entries that made it: acceptance and request.
    pub(crate) made_by: Vec<u64>,
    /// The entry that ended it.
    pub(crate) ended_by: Option<u64>,
}

impl<'a> Association<'a> {
    /// The association of these steps, if it has started and has a customer and a mechanism.
    ///
    /// `area` limits the churns that end it; without one, only churns for all areas do.
    pub(crate) fn stand(
        history: &History,
        rulebook: &'a Rulebook,
        id: AssociationId,
        steps: impl Iterator<Item = &'a Dated<Step>> + Clone,
        area: Option<Area>,
        cut: Cut,
    ) -> Option<Self> {
        let (start, details) = Details::of(steps.clone())?;
        let (customer, mechanism) = (details.customer?, details.mechanism?);
        let requested = steps.clone().find(|step| terms(step, false).is_some());
        let mut made_by: Vec<u64> = std::iter::once(start).chain(requested).map(|step| step.seq).collect();
        made_by.sort_unstable();

        let closed = steps
            .filter(|step| matches!(step.fact, Step::Declined(_) | Step::Revoked(_)))
            .map(|step| (step.at, step.seq));
        let churned = history
            .churns(customer, cut)
            .filter(|churn| churn.fact.as_ref().is_none_or(|areas| area.is_some_and(|area| areas.contains(&area))))
            .map(|churn| (churn.at, churn.seq));
        let end = closed.chain(churned).filter(|(at, _)| *at >= start.at).min();
        Some(Self {
            id,
            customer,
            mechanism,
            role: details.role,
            workload: details.workload,
            subscription: details.subscription,
            start: start.at,
            end_exclusive: end.map(|(at, _)| at),
            names: names(rulebook, mechanism, details.role),
            made_by,
            ended_by: end.map(|(_, seq)| seq),
        })
    }

    /// Whether it is in force at the last instant of a month.
    pub(crate) fn in_force_at_end_of(&self, month: Month) -> bool {
        let instant = Timestamp::end_of(month.last_day());
        self.start <= instant && self.end_exclusive.is_none_or(|end| instant < end)
    }

    /// Whether an association list names it.
    pub(crate) fn counts_for(&self, list: &AssociationList) -> bool {
        self.names.iter().any(|name| list.contains(name))
    }
}

/// What an association is of: each detail by the earliest acceptance that has it, else by the earliest request.
#[derive(Debug, PartialEq, Eq)]
struct Details<'a> {
    customer: Option<CustomerId>,
    mechanism: Option<Mechanism>,
    role: Option<Role>,
    workload: Option<&'a str>,
    subscription: Option<&'a str>,
}

impl<'a> Details<'a> {
    /// The details by these steps, with the acceptance by which the association starts, if there is one.
    fn of(steps: impl Iterator<Item = &'a Dated<Step>> + Clone) -> Option<(&'a Dated<Step>, Self)> {
        let accepted = steps.clone().filter_map(|step| terms(step, true));
        let requested = steps.filter_map(|step| terms(step, false));
        let (start, _) = accepted.clone().next()?;
        let offers = || accepted.clone().chain(requested.clone()).map(|(_, terms)| terms);
        let details = Self {
            customer: offers().find_map(|terms| terms.customer),
            mechanism: offers().find_map(|terms| terms.mechanism),
            role: offers().find_map(|terms| terms.role),
            workload: offers().find_map(|terms| terms.workload.as_ref()).map(AsRef::as_ref),
            subscription: offers().find_map(|terms| terms.subscription.as_ref()).map(AsRef::as_ref),
        };
        Some((start, details))
    }
}

/// Whether every association is of the same from the instant on at which it starts, whatever was told of it for later.
///
/// Then it covers a month alike as of any day behind that month: what becomes true later can neither start it earlier,
/// nor end it within the month.
pub(crate) fn are_settled(history: &History) -> bool {
    history.associations(Cut::END).all(|(_, steps)| {
        let Some((start, details)) = Details::of(steps.clone()) else { return true };
        let at_start = Details::of(steps.filter(|step| step.at <= start.at));
        at_start.is_some_and(|(_, at_start)| at_start == details)
    })
}

/// The terms of a request or, if `accepted`, of an acceptance.
fn terms(step: &Dated<Step>, accepted: bool) -> Option<(&Dated<Step>, &AssociationTerms)> {
    match &step.fact {
        Step::Accepted(terms) if accepted => Some((step, terms)),
        Step::Requested(terms) if !accepted => Some((step, terms)),
        Step::Accepted(_) | Step::Requested(_) | Step::Declined(_) | Step::Revoked(_) => None,
    }
}

/// The names of a mechanism in its role; a mechanism without roles has its names whatever the role.
fn names(rulebook: &Rulebook, mechanism: Mechanism, role: Option<Role>) -> Vec<&str> {
    let rows = rulebook.mechanism_rows().iter().map(|row| &row.value);
    let rows = rows.filter(|row| row.mechanism == mechanism && (row.role.is_none() || row.role == role));
    let mut names: Vec<&str> = rows.flat_map(|row| row.names.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The associations of a partner as they stand for an area, by customer.
#[derive(Debug)]
pub(crate) struct Associations<'a> {
    by_customer: BTreeMap<CustomerId, Vec<Association<'a>>>,
}

impl<'a> Associations<'a> {
    /// Reads them from what the history has before a cut.
    pub(crate) fn stand(history: &'a History, rulebook: &'a Rulebook, area: Area, cut: Cut) -> Self {
        let mut by_customer: BTreeMap<CustomerId, Vec<Association<'a>>> = BTreeMap::new();
        for (id, steps) in history.associations(cut) {
            if let Some(association) = Association::stand(history, rulebook, id, steps, Some(area), cut) {
                by_customer.entry(association.customer).or_default().push(association);
            }
        }
        for associations in by_customer.values_mut() {
            associations.sort_by(|a, b| (a.start, &a.made_by).cmp(&(b.start, &b.made_by)));
        }
        Self { by_customer }
    }

    /// Those with a customer, the earliest first.
    pub(crate) fn with(&self, customer: CustomerId) -> &[Association<'a>] {
        self.by_customer.get(&customer).map_or(&[], Vec::as_slice)
    }

    /// The customers with an association of the list in force at the end of a month.
    pub(crate) fn customers(
        &self,
        list: &AssociationList,
        month: Month,
    ) -> impl Iterator<Item = (CustomerId, &Association<'a>)> {
        self.by_customer.iter().filter_map(move |(customer, associations)| {
            let mut counting = associations.iter().filter(|one| one.counts_for(list) && one.in_force_at_end_of(month));
            counting.next().map(|association| (*customer, association))
        })
    }

    /// The first association of a list that covers a report and is in force at the end of a month.
    pub(crate) fn cover(
        &self,
        list: &AssociationList,
        products: Option<&Products>,
        report: &Report<'_>,
        month: Month,
    ) -> Option<&Association<'a>> {
        self.with(report.customer).iter().find(|association| {
            association.counts_for(list)
                && association.in_force_at_end_of(month)
                && covers(association, products, report)
        })
    }
}

/// Whether an association's workload and subscription, where it has them, are the report's.
pub(crate) fn covers(association: &Association<'_>, products: Option<&Products>, report: &Report<'_>) -> bool {
    let workload = association.workload.is_none_or(|workload| match products {
        // A workload outside the list is no product that counts.
        Some(products) => {
            let product = products.find(report.product.as_str());
            product.is_some() && product == products.find(workload)
        }
        None => identity::is_product(workload, report.folded_product),
    });
    let subscription = match (association.subscription, report.subscription) {
        (Some(limit), Some(reported)) => limit == reported.as_str(),
        (None, _) | (_, None) => true,
    };
    workload && subscription
}
