//! Associations: from when to when, of what kind, and what they cover (section 3).

use super::calendar::Month;
use super::facts::Fact;
use super::rules::Rulebook;
use super::usage::{Figure, Products, fold_case};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An association that has started.
#[derive(Clone, Debug)]
pub struct Association {
    pub id: Uuid,
    /// The entry of the acceptance that started it.
    pub accepted_by: u64,
    /// None covers nothing.
    pub customer: Option<Uuid>,
    mechanism: Option<String>,
    role: Option<String>,
    workload: Option<String>,
    subscription: Option<String>,
    start: DateTime<Utc>,
    ends: Vec<End>,
}

/// Something that ends an association, if it is not before the start.
#[derive(Clone, Debug)]
struct End {
    seq: u64,
    at: DateTime<Utc>,
    /// None means all.
    areas: Option<Vec<String>>,
}

/// The associations of a partner, from its visible events.
pub fn associations(facts: &[Fact]) -> Vec<Association> {
    let accepted: BTreeSet<Uuid> = facts
        .iter()
        .filter(|fact| fact.kind() == "association_accepted")
        .filter_map(|fact| fact.uuid("association"))
        .collect();
    accepted.into_iter().map(|id| association(id, facts)).collect()
}

fn association(id: Uuid, facts: &[Fact]) -> Association {
    let of_kind = |kind: &'static str| {
        facts.iter().filter(move |fact| fact.kind() == kind && fact.uuid("association") == Some(id))
    };
    // The facts stand in their order, so the first that has a detail is the earliest.
    let detail = |field: &str| {
        of_kind("association_accepted").chain(of_kind("association_requested")).find_map(|fact| fact.text(field))
    };
    let customer = detail("customer").map(|text| Uuid::parse_str(text).expect("a UUID"));

    let own_ends = of_kind("association_revoked").chain(of_kind("association_declined"));
    let own_ends = own_ends.map(|fact| End { seq: fact.seq, at: fact.effective_at(), areas: None });
    let churns = facts
        .iter()
        .filter(|fact| fact.kind() == "customer_churned" && customer.is_some() && fact.uuid("customer") == customer)
        .map(|fact| End {
            seq: fact.seq,
            at: fact.effective_at(),
            areas: fact.texts("areas").map(|areas| areas.into_iter().map(str::to_owned).collect()),
        });

    let acceptance = of_kind("association_accepted").next().expect("it was accepted");
    Association {
        id,
        accepted_by: acceptance.seq,
        customer,
        mechanism: detail("mechanism").map(str::to_owned),
        role: detail("role").map(str::to_owned),
        workload: detail("workload").map(fold_case),
        subscription: detail("subscription").map(str::to_owned),
        start: acceptance.effective_at(),
        ends: own_ends.chain(churns).collect(),
    }
}

impl Association {
    /// One without limits, from `start` on, up to `end` if there is one.
    pub fn assumed(
        customer: Uuid,
        (mechanism, role): (&str, Option<&str>),
        (start, end): (DateTime<Utc>, Option<DateTime<Utc>>),
    ) -> Association {
        Association {
            id: Uuid::nil(),
            accepted_by: 0,
            customer: Some(customer),
            mechanism: Some(mechanism.to_owned()),
            role: role.map(str::to_owned),
            workload: None,
            subscription: None,
            start,
            ends: end.map(|at| End { seq: 0, at, areas: None }).into_iter().collect(),
        }
    }

    /// Whether the last instant of the month lies in `[start, end)`, for an area.
    pub fn in_force_at_end_of(&self, month: Month, area: &str) -> bool {
        let instant = month.last_instant();
        self.start <= instant && self.end(area).is_none_or(|end| instant < end.at)
    }

    /// Whether it began in the month or before.
    pub fn has_started_at_end_of(&self, month: Month) -> bool {
        self.start <= month.last_instant()
    }

    fn end(&self, area: &str) -> Option<&End> {
        self.ends
            .iter()
            .filter(|end| end.at >= self.start)
            .filter(|end| end.areas.as_ref().is_none_or(|areas| areas.iter().any(|name| name == area)))
            .min_by_key(|end| (end.at, end.seq))
    }

    /// The entry of what ends it, for an area.
    pub fn ended_by(&self, area: &str) -> Option<u64> {
        self.end(area).map(|end| end.seq)
    }

    /// Lets nothing end it.
    pub fn let_last(&mut self) {
        self.ends.clear();
    }

    /// Whether its mechanism, with its role, is in an association list.
    pub fn is_in(&self, list: &[&str], rulebook: &Rulebook) -> bool {
        let Some(mechanism) = &self.mechanism else {
            return false;
        };
        let names = rulebook.association_names(mechanism, self.role.as_deref());
        list.iter().any(|name| names.contains(name))
    }

    /// Whether it covers a figure, with the products of a metric.
    pub fn covers(&self, figure: &Figure, products: &Products) -> bool {
        let customer = self.customer == Some(figure.customer);
        let workload = self.workload.as_ref().is_none_or(|name| products.read(name) == products.read(&figure.product));
        let subscription = match (&self.subscription, &figure.subscription) {
            (Some(own), Some(reported)) => own == reported,
            _ => true,
        };
        self.mechanism.is_some() && customer && workload && subscription
    }
}
