//! Associations as they stand as of a day (scoring specification, section 3).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use ledger::{Area, AssociationId, AssociationTerms, CustomerId, Mechanism, Month, Role, Timestamp};

use crate::history::{Dated, History, Report, Step};
use crate::identity;
use crate::limited::Limited;
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
    pub(crate) fn stand(
        churned: &Churned,
        rulebook: &'a Rulebook,
        id: AssociationId,
        steps: impl Iterator<Item = &'a Dated<Step>> + Clone,
    ) -> Option<Self> {
        let (start, details) = Details::of(steps.clone())?;
        let (customer, mechanism) = (details.customer?, details.mechanism?);
        let requested = steps.clone().find(|step| terms(step, false).is_some());
        let mut made_by: Vec<u64> = std::iter::once(start).chain(requested).map(|step| step.seq).collect();
        made_by.sort_unstable();

        let closed = steps
            .filter(|step| matches!(step.fact, Step::Declined(_) | Step::Revoked(_)))
            .map(|step| (step.at, step.seq));
        let closed = closed.filter(|(at, _)| *at >= start.at);
        let end = closed.chain(churned.first_from(customer, start.at)).min();
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
    let rows = rulebook.mechanism_rows().iter().map(|row| &row.value).filter(|row| row.is_of(mechanism, role));
    let mut names: Vec<&str> = rows.flat_map(|row| row.names.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// When customers churned, by customer in the order of (`effective_at`, seq).
pub(crate) struct Churned(BTreeMap<CustomerId, Vec<(Timestamp, u64)>>);

impl Churned {
    /// The churns before a cut that end associations for an area; without one, only those for all areas.
    pub(crate) fn of(history: &History, area: Option<Area>, cut: Cut) -> Self {
        let mut by_customer: BTreeMap<CustomerId, Vec<(Timestamp, u64)>> = BTreeMap::new();
        for (customer, churn) in history.all_churns().filter(|(_, churn)| cut.shows(churn.at, churn.seq)) {
            if churn.fact.as_ref().is_none_or(|areas| area.is_some_and(|area| areas.contains(&area))) {
                by_customer.entry(customer).or_default().push((churn.at, churn.seq));
            }
        }
        Self(by_customer)
    }

    /// The first churn of a customer at an instant or behind it.
    pub(crate) fn first_from(&self, customer: CustomerId, instant: Timestamp) -> Option<(Timestamp, u64)> {
        let churns = self.0.get(&customer)?;
        churns.get(churns.partition_point(|(at, _)| *at < instant)).copied()
    }
}

/// The associations of a partner as they stand, by customer.
#[derive(Debug, Default)]
pub(crate) struct Associations<'a> {
    by_customer: BTreeMap<CustomerId, OfCustomer<'a>>,
}

/// The associations with a customer, the earliest first.
#[derive(Debug)]
struct OfCustomer<'a> {
    all: Vec<Association<'a>>,
    /// By what they are limited to, where there are many.
    limited: OnceCell<Limited>,
}

/// So many associations with a customer are not looked at one by one for every report.
const MANY: usize = 16;

impl OfCustomer<'_> {
    fn limited(&self) -> Option<&Limited> {
        (self.all.len() >= MANY).then(|| self.limited.get_or_init(|| Limited::of(&self.all)))
    }
}

impl<'a> Associations<'a> {
    /// Reads them from what the history has before a cut; an area limits the churns that end them, as in
    /// [`Churned::of`].
    pub(crate) fn stand(history: &'a History, rulebook: &'a Rulebook, area: Option<Area>, cut: Cut) -> Self {
        let churned = Churned::of(history, area, cut);
        let mut by_customer: BTreeMap<CustomerId, Vec<Association<'a>>> = BTreeMap::new();
        for (id, steps) in history.associations(cut) {
            if let Some(association) = Association::stand(&churned, rulebook, id, steps) {
                by_customer.entry(association.customer).or_default().push(association);
            }
        }
        let by_customer = by_customer.into_iter().map(|(customer, mut all)| {
            all.sort_by(|a, b| (a.start, &a.made_by).cmp(&(b.start, &b.made_by)));
            (customer, OfCustomer { all, limited: OnceCell::new() })
        });
        Self { by_customer: by_customer.collect() }
    }

    /// Those with a customer, the earliest first.
    pub(crate) fn with(&self, customer: CustomerId) -> &[Association<'a>] {
        self.by_customer.get(&customer).map_or(&[], |of_customer| &of_customer.all)
    }

    /// The customers with an association of the list in force at the end of a month.
    pub(crate) fn customers(
        &self,
        list: &AssociationList,
        month: Month,
    ) -> impl Iterator<Item = (CustomerId, &Association<'a>)> {
        self.by_customer.iter().filter_map(move |(customer, of_customer)| {
            let counts = |one: &&Association<'a>| one.counts_for(list) && one.in_force_at_end_of(month);
            of_customer.all.iter().find(counts).map(|association| (*customer, association))
        })
    }

    /// The first association, of a list if there is one, that covers a report and is in force at the end of a month.
    pub(crate) fn cover(
        &self,
        list: Option<&AssociationList>,
        products: Option<&Products>,
        report: &Report<'_>,
        month: Month,
    ) -> Option<&Association<'a>> {
        let of_customer = self.by_customer.get(&report.customer)?;
        if let Some(limited) = of_customer.limited() {
            return of_customer.all.get(limited.cover(&of_customer.all, list, products, report, month)?);
        }
        of_customer.all.iter().find(|association| {
            list.is_none_or(|list| association.counts_for(list))
                && association.in_force_at_end_of(month)
                && covers(association, products, report)
        })
    }

    /// The newest association of a list with a customer, and the first of it that is in force at the end of a month.
    pub(crate) fn newest_and_first(
        &self,
        list: &AssociationList,
        customer: CustomerId,
        month: Month,
    ) -> (Option<&Association<'a>>, Option<&Association<'a>>) {
        let Some(of_customer) = self.by_customer.get(&customer) else { return (None, None) };
        let all = &of_customer.all;
        if let Some(limited) = of_customer.limited() {
            let [newest, first] = [limited.newest(all, list), limited.first(all, list, month)];
            return (newest.and_then(|place| all.get(place)), first.and_then(|place| all.get(place)));
        }
        let mut counting = all.iter().filter(|one| one.counts_for(list));
        (counting.clone().next_back(), counting.find(|one| one.in_force_at_end_of(month)))
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
