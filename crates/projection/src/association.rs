//! Associations as they stand as of a day (scoring specification, section 3).

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, AssociationId, AssociationTerms, CustomerId, Mechanism, Month, Name, Role, Timestamp};

use crate::history::{AssociationStep, DatedFact, History, Report};
use crate::identity;
use crate::limits::Limits;
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
    workload: Option<Cow<'a, str>>,
    subscription: Option<Cow<'a, str>>,
    /// When it started.
    pub(crate) start: Timestamp,
    /// The first instant at which it is no longer in force for the area.
    pub(crate) end_exclusive: Option<Timestamp>,
    /// The names by which association lists know it.
    names: Vec<Cow<'a, str>>,
    /// The entries that made it: acceptance and request.
    pub(crate) made_by: Vec<u64>,
    /// The entry that ended it.
    pub(crate) ended_by: Option<u64>,
}

impl<'a> Association<'a> {
    /// The association of these steps, if it has started and has a customer and a mechanism.
    pub(crate) fn stand(
        churned: &Churns,
        rulebook: &'a Rulebook,
        id: AssociationId,
        steps: impl Iterator<Item = &'a DatedFact<AssociationStep>>,
    ) -> Option<Self> {
        let life: Life<&'a str> = Life::of(steps);
        let (start, seq) = life.start?;
        let Details { customer, mechanism, role, workload, subscription } = life.details();
        let (customer, mechanism) = (customer?, mechanism?);
        let mut made_by: Vec<u64> = std::iter::once(seq).chain(life.requested_by).collect();
        made_by.sort_unstable();
        let end = life.end.into_iter().chain(churned.first_from(customer, start)).min();
        Some(Self {
            id,
            customer,
            mechanism,
            role,
            workload: workload.map(Cow::Borrowed),
            subscription: subscription.map(Cow::Borrowed),
            start,
            end_exclusive: end.map(|(at, _)| at),
            names: names(rulebook, mechanism, role).into_iter().map(Cow::Borrowed).collect(),
            made_by,
            ended_by: end.map(|(_, seq)| seq),
        })
    }

    /// The workload to which it is limited, as it was written.
    pub(crate) fn workload(&self) -> Option<&str> {
        self.workload.as_deref()
    }

    /// The subscription to which it is limited.
    pub(crate) fn subscription(&self) -> Option<&str> {
        self.subscription.as_deref()
    }

    /// The same, with texts of its own.
    fn into_owned(self) -> Association<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Association {
            workload: owned(self.workload),
            subscription: owned(self.subscription),
            names: self.names.into_iter().map(|name| Cow::Owned(name.into_owned())).collect(),
            id: self.id,
            customer: self.customer,
            mechanism: self.mechanism,
            role: self.role,
            start: self.start,
            end_exclusive: self.end_exclusive,
            made_by: self.made_by,
            ended_by: self.ended_by,
        }
    }

    /// Whether it is in force at the last instant of a month.
    pub(crate) fn in_force_at_end_of(&self, month: Month) -> bool {
        self.in_force_at(Timestamp::end_of(month.last_day()))
    }

    fn in_force_at(&self, instant: Timestamp) -> bool {
        self.start <= instant && self.end_exclusive.is_none_or(|end| instant < end)
    }

    /// Whether an association list names it.
    pub(crate) fn counts_for(&self, list: &AssociationList) -> bool {
        self.names.iter().any(|name| list.contains(name))
    }
}

/// What the steps of an association come to, taken in the order of (`effective_at`, seq). Churns are looked at apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life<T> {
    /// The first acceptance.
    pub(crate) start: Option<(Timestamp, u64)>,
    /// The first end at the start or behind it.
    pub(crate) end: Option<(Timestamp, u64)>,
    /// The first end at the newest instant before the start: it ends what starts at that instant.
    end_before: Option<(Timestamp, u64)>,
    /// The first request.
    requested_by: Option<u64>,
    accepted: Details<T>,
    requested: Details<T>,
}

/// What an association is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details<T> {
    pub(crate) customer: Option<CustomerId>,
    pub(crate) mechanism: Option<Mechanism>,
    role: Option<Role>,
    workload: Option<T>,
    subscription: Option<T>,
}

impl<'s, T: Clone + Default + From<&'s str>> Life<T> {
    pub(crate) fn of(steps: impl Iterator<Item = &'s DatedFact<AssociationStep>>) -> Self {
        let mut life = Self::default();
        for DatedFact { at, seq, fact } in steps {
            match fact {
                AssociationStep::Requested(terms) => life.request(*seq, terms),
                AssociationStep::Accepted(terms) => life.accept((*at, *seq), terms),
                AssociationStep::Declined(_) | AssociationStep::Revoked(_) => life.end((*at, *seq)),
            }
        }
        life
    }

    pub(crate) fn request(&mut self, seq: u64, terms: &'s AssociationTerms) {
        self.requested_by.get_or_insert(seq);
        self.requested.fill(terms);
    }

    pub(crate) fn accept(&mut self, at: (Timestamp, u64), terms: &'s AssociationTerms) {
        if self.start.is_none() {
            (self.start, self.end) = (Some(at), self.end_before.filter(|(end, _)| *end == at.0));
        }
        self.accepted.fill(terms);
    }

    pub(crate) fn end(&mut self, at: (Timestamp, u64)) {
        if self.start.is_some() {
            self.end.get_or_insert(at);
        } else if self.end_before.is_none_or(|(end, _)| end < at.0) {
            self.end_before = Some(at);
        }
    }

    /// Each detail by the earliest acceptance that has it, else by the earliest request.
    pub(crate) fn details(&self) -> Details<T> {
        self.accepted.clone().or(self.requested.clone())
    }
}

impl<'s, T: Default + From<&'s str>> Details<T> {
    fn fill(&mut self, terms: &'s AssociationTerms) {
        let text = |name: Option<&'s Name>| name.map(|name| T::from(name.as_str()));
        *self = std::mem::take(self).or(Self {
            customer: terms.customer,
            mechanism: terms.mechanism,
            role: terms.role,
            workload: text(terms.workload.as_ref()),
            subscription: text(terms.subscription.as_ref()),
        });
    }

    fn or(self, other: Self) -> Self {
        Self {
            customer: self.customer.or(other.customer),
            mechanism: self.mechanism.or(other.mechanism),
            role: self.role.or(other.role),
            workload: self.workload.or(other.workload),
            subscription: self.subscription.or(other.subscription),
        }
    }
}

/// Whether every association is settled.
pub(crate) fn are_settled(history: &History) -> bool {
    history.associations(Cut::END).all(|(_, steps)| is_settled(steps))
}

/// Whether the details of the association of these steps stay the same from its start on, whatever was told of it for later.
///
/// Then it covers a month alike as of any day behind that month: what becomes true later can neither start it earlier,
/// nor end it within the month.
pub(crate) fn is_settled<'s>(steps: impl Iterator<Item = &'s DatedFact<AssociationStep>> + Clone) -> bool {
    let life: Life<&str> = Life::of(steps.clone());
    life.start.is_none_or(|(start, _)| {
        let at_start: Life<&str> = Life::of(steps.filter(|step| step.at <= start));
        at_start.details() == life.details()
    })
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
pub(crate) struct Churns(BTreeMap<CustomerId, Vec<(Timestamp, u64)>>);

impl Churns {
    /// The churns before a cut that end associations for an area; without one, only those for all areas.
    pub(crate) fn of(history: &History, area: Option<Area>, cut: Cut) -> Self {
        Self::among(history.all_churns(), area, cut)
    }

    fn among<'h>(
        churns: impl Iterator<Item = (CustomerId, &'h DatedFact<Option<Vec<Area>>>)>,
        area: Option<Area>,
        cut: Cut,
    ) -> Self {
        let mut by_customer: BTreeMap<CustomerId, Vec<(Timestamp, u64)>> = BTreeMap::new();
        for (customer, churn) in churns.filter(|(_, churn)| cut.shows(churn.at, churn.seq)) {
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
    by_customer: BTreeMap<CustomerId, CustomerAssociations<'a>>,
}

/// The associations with a customer, the earliest first.
#[derive(Debug)]
struct CustomerAssociations<'a> {
    all: Vec<Association<'a>>,
    /// By what they are limited to, where there are many.
    limits: OnceCell<Limits>,
}

/// So many associations with a customer, or more, are not looked at one by one for every report.
const MANY: usize = 16;

impl<'a> CustomerAssociations<'a> {
    fn of(mut all: Vec<Association<'a>>) -> Self {
        all.sort_by(|a, b| (a.start, &a.made_by).cmp(&(b.start, &b.made_by)));
        Self { all, limits: OnceCell::new() }
    }

    fn limits(&self) -> Option<&Limits> {
        (self.all.len() >= MANY).then(|| self.limits.get_or_init(|| Limits::of(&self.all)))
    }
}

impl<'a> Associations<'a> {
    /// Reads them from what the history has before a cut; an area limits the churns that end them, as in
    /// [`Churns::of`].
    pub(crate) fn stand(history: &'a History, rulebook: &'a Rulebook, area: Option<Area>, cut: Cut) -> Self {
        let churned = Churns::of(history, area, cut);
        let mut by_customer: BTreeMap<CustomerId, Vec<Association<'a>>> = BTreeMap::new();
        for (id, steps) in history.associations(cut) {
            if let Some(association) = Association::stand(&churned, rulebook, id, steps) {
                by_customer.entry(association.customer).or_default().push(association);
            }
        }
        let by_customer = by_customer.into_iter().map(|(customer, all)| (customer, CustomerAssociations::of(all)));
        Self { by_customer: by_customer.collect() }
    }

    /// Reads again those with some customers, as [`Associations::stand`] does, where something became known of these, or of
    /// associations whose customers they are.
    pub(crate) fn stand_again(
        &mut self,
        (history, rulebook): (&History, &Rulebook),
        (area, cut): (Option<Area>, Cut),
        (customers, learnt): (&BTreeSet<CustomerId>, &BTreeSet<AssociationId>),
    ) {
        let churned = Churns::among(customers.iter().flat_map(|one| history.churns_of(*one)), area, cut);
        let before = customers.iter().filter_map(|customer| self.by_customer.remove(customer));
        let before = before.flat_map(|of_customer| of_customer.all).map(|association| association.id);
        let ids: BTreeSet<AssociationId> = before.chain(learnt.iter().copied()).collect();
        let mut by_customer: BTreeMap<CustomerId, Vec<Association<'a>>> = BTreeMap::new();
        for id in ids {
            if let Some(association) = Association::stand(&churned, rulebook, id, history.steps_of(id, cut)) {
                by_customer.entry(association.customer).or_default().push(association.into_owned());
            }
        }
        let by_customer = by_customer.into_iter().map(|(customer, all)| (customer, CustomerAssociations::of(all)));
        self.by_customer.extend(by_customer);
    }

    /// The same, for keeping beside a history that goes on.
    pub(crate) fn into_owned(self) -> Associations<'static> {
        let owned = |of_customer: CustomerAssociations<'_>| CustomerAssociations {
            all: of_customer.all.into_iter().map(Association::into_owned).collect(),
            limits: of_customer.limits,
        };
        let by_customer = self.by_customer.into_iter().map(|(customer, all)| (customer, owned(all)));
        Associations { by_customer: by_customer.collect() }
    }

    /// All of them, by customer.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Association<'a>> {
        self.by_customer.values().flat_map(|of_customer| &of_customer.all)
    }

    /// Lets one of those with a customer end at another instant, or never; returns when it ended.
    pub(crate) fn let_end(
        &mut self,
        customer: CustomerId,
        id: AssociationId,
        end_exclusive: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let of_customer = self.by_customer.get_mut(&customer)?;
        of_customer.limits = OnceCell::new();
        let association = of_customer.all.iter_mut().find(|association| association.id == id)?;
        std::mem::replace(&mut association.end_exclusive, end_exclusive)
    }

    /// The customers with one in force at the end of a month.
    pub(crate) fn in_force_at_end_of(&self, month: Month) -> impl Iterator<Item = CustomerId> {
        let is_in_force = move |of_customer: &CustomerAssociations<'_>| {
            of_customer.all.iter().any(|association| association.in_force_at_end_of(month))
        };
        self.by_customer.iter().filter(move |(_, all)| is_in_force(all)).map(|(customer, _)| *customer)
    }

    /// Those with one customer, as they would stand if it had churned at an instant, where one is given.
    pub(crate) fn alone(&self, customer: CustomerId, churned: Option<Timestamp>) -> Self {
        let mut all = self.with(customer).to_vec();
        for association in &mut all {
            let end = churned.filter(|churned| association.start <= *churned);
            association.end_exclusive = association.end_exclusive.into_iter().chain(end).min();
        }
        Self { by_customer: BTreeMap::from([(customer, CustomerAssociations { all, limits: OnceCell::new() })]) }
    }

    /// Those with a customer, the earliest first.
    pub(crate) fn with(&self, customer: CustomerId) -> &[Association<'a>] {
        self.by_customer.get(&customer).map_or(&[], |of_customer| &of_customer.all)
    }

    /// Whether there is an association of the list with a customer in force at the end of a month.
    pub(crate) fn has_customer(&self, list: &AssociationList, month: Month, customer: CustomerId) -> bool {
        self.with(customer).iter().any(|one| one.counts_for(list) && one.in_force_at_end_of(month))
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
        if let Some(limits) = of_customer.limits() {
            return of_customer.all.get(limits.cover(&of_customer.all, list, products, report, month)?);
        }
        // Texts are compared last: that takes the longest.
        let instant = Timestamp::end_of(month.last_day());
        of_customer.all.iter().find(|association| {
            association.in_force_at(instant)
                && list.is_none_or(|list| association.counts_for(list))
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
        if let Some(limits) = of_customer.limits() {
            let [newest, first] = [limits.newest(all, list), limits.first(all, list, month)];
            return (newest.and_then(|place| all.get(place)), first.and_then(|place| all.get(place)));
        }
        let mut counting = all.iter().filter(|one| one.counts_for(list));
        (counting.clone().next_back(), counting.find(|one| one.in_force_at_end_of(month)))
    }
}

/// Whether an association's workload and subscription, where it has them, are the report's.
pub(crate) fn covers(association: &Association<'_>, products: Option<&Products>, report: &Report<'_>) -> bool {
    let workload = association.workload().is_none_or(|workload| match products {
        // A workload outside the list is no product that counts.
        Some(products) => {
            let product = products.find(report.product.as_str());
            product.is_some() && product == products.find(workload)
        }
        None => identity::is_product(workload, report.folded_product),
    });
    let subscription = match (association.subscription(), report.subscription) {
        (Some(limit), Some(reported)) => limit == reported.as_str(),
        (None, _) | (_, None) => true,
    };
    workload && subscription
}
