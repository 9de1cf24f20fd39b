//! Events that supply what a change adds: of customers, people and products that do not exist.

use ledger::{
    Amount, AssociationId, AssociationTerms, CustomerId, Event, EventId, Fact, Mechanism, Month, Name, PartnerId,
    PersonId, Role, Segment, Timestamp, Usage, UsageMetric, When,
};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use uuid::Uuid;

use crate::rulebook::{AssociationList, Band, Bounds};
use crate::scene::Scene;

/// The most that one report is made to say, in millionths: less than an event may say.
pub(super) const MOST: i128 = 100_000_000_000_000 * Amount::MICROS;
/// A cent, and one of what is counted, in millionths.
pub(super) const CENT: i128 = 10_000;
pub(super) const ONE: i128 = Amount::MICROS;

/// The events of a plan under way.
pub(crate) struct Supply<'a> {
    partner: &'a PartnerId,
    /// Makes the id of a place among those of the plan.
    id_of: &'a dyn Fn(usize) -> Uuid,
    /// The segment that new customers are put into.
    segment: Option<Segment>,
    ids: usize,
    pub(crate) events: Vec<Event>,
}

impl<'a> Supply<'a> {
    pub(crate) fn new(partner: &'a PartnerId, id_of: &'a dyn Fn(usize) -> Uuid, segment: Option<Segment>) -> Self {
        Self { partner, id_of, segment, ids: 0, events: Vec::new() }
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        (self.id_of)(self.ids)
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, when: When, fact: Fact) {
        let (id, partner) = (EventId(self.id()), Some(self.partner.clone()));
        self.events.push(Event { id, partner, location: None, when, fact, note: None, source: None });
    }

    /// A name that nothing has.
    pub(super) fn name(&mut self, what: &str) -> String {
        format!("{what} {}", self.id())
    }

    /// A customer that nobody knows, with an association of a list from the first instant of a month on.
    pub(super) fn customer(&mut self, scene: &Scene<'_>, list: &AssociationList, from: Month) -> Option<CustomerId> {
        let (mechanism, role) = mechanism_of(scene, list)?;
        let at = When::At(Timestamp::start_of(from.first_day()));
        let (association, customer) = (AssociationId(self.id()), CustomerId(self.id()));
        let needs_subscription = matches!(mechanism, Mechanism::Cpor | Mechanism::Dpor | Mechanism::Tpor);
        // A report without a subscription is covered whatever the subscription of the association.
        let subscription = if needs_subscription { Name::new("planned").ok() } else { None };
        let principal = if mechanism == Mechanism::Pal { Name::new("planned").ok() } else { None };
        let terms = AssociationTerms {
            association,
            customer: Some(customer),
            mechanism: Some(mechanism),
            role,
            workload: None,
            subscription,
            principal,
        };
        self.add(at, Fact::AssociationAccepted(terms));
        if let Some(segment) = self.segment {
            self.add(at, Fact::CustomerClassified { customer, segment });
        }
        Some(customer)
    }

    /// A report of a figure in millionths.
    pub(super) fn report(
        &mut self,
        (customer, product): (CustomerId, &str),
        metric: UsageMetric,
        month: Month,
        micros: i128,
    ) {
        let Ok(product) = Name::new(product) else { return };
        let value = Amount::from_micros(micros);
        let usage = Usage { customer, product, metric, value, subscription: None, offer: None };
        self.add(When::In(month), Fact::UsageReported(usage));
    }

    /// Reports that add up to a figure or more, each of another customer and within bounds.
    pub(super) fn customers_with(
        &mut self,
        scene: &Scene<'_>,
        (list, product): (&AssociationList, &str),
        (metric, bounds): (UsageMetric, &Bounds),
        micros: &BigInt,
    ) -> Option<()> {
        let (least, most) = (within(bounds, CENT, 0), most(bounds, CENT).min(MOST));
        let mut left = micros.clone();
        while left > BigInt::from(0) {
            let next = left.to_i128().map_or(most, |left| left.min(most)).max(least).max(1);
            let customer = self.customer(scene, list, scene.measured)?;
            self.report((customer, product), metric, scene.measured, next);
            left -= next;
        }
        Some(())
    }

    /// Customers with seats in band, covered from the month before without use, that have so many active users, in
    /// millionths and all together.
    pub(super) fn seat_holders(
        &mut self,
        scene: &Scene<'_>,
        (list, product): (&AssociationList, &str),
        band: &Band,
        (customers, users): (usize, i128),
    ) -> Option<()> {
        let seats = within(&band.seats, ONE, ONE);
        let before = scene.measured.plus(-1);
        for _ in 0..customers {
            let customer = self.customer(scene, list, before)?;
            let pair = (customer, product);
            self.report(pair, UsageMetric::PaidSeats, before, seats);
            self.report(pair, UsageMetric::PaidSeats, scene.measured, seats);
            self.report(pair, UsageMetric::ActiveUsers, before, 0);
            self.report(pair, UsageMetric::ActiveUsers, scene.measured, users);
        }
        Some(())
    }

    /// A person that nobody knows, with a certification from a day on.
    pub(crate) fn person(&mut self, at: Timestamp, certification: &str) -> Option<()> {
        let person = PersonId::new(&format!("planned:{}", self.id())).ok()?;
        let certification = Name::new(certification).ok()?;
        self.add(When::At(at), Fact::CertificationLinked { person, certification, earned_on: None, expires_on: None });
        Some(())
    }
}

/// The active users, in millionths, with which the share of a band is met at the least of its seats.
pub(super) fn active_users(band: &Band) -> i128 {
    let seats = within(&band.seats, ONE, ONE);
    let share = band.active_share_min.map_or(0, Amount::micros);
    let users = seats * share;
    let of_one = ONE * ONE;
    (users / of_one + i128::from(users % of_one != 0)) * ONE
}

/// The mechanism and the role of the first association of a list.
fn mechanism_of(scene: &Scene<'_>, list: &AssociationList) -> Option<(Mechanism, Option<Role>)> {
    let rows = || scene.rulebook.mechanism_rows().iter().map(|row| &row.value);
    let of_name = |name: &String| rows().find(|row| row.names.contains(name)).map(|row| (row.mechanism, row.role));
    list.names().iter().find_map(of_name)
}

/// The least figure within bounds, not below `least`, in steps where a bound itself is out of them.
pub(super) fn within(bounds: &Bounds, step: i128, least: i128) -> i128 {
    let figure = |step: i128| {
        let low = [bounds.min.map(Amount::micros), bounds.above.map(|above| above.micros() + step), Some(least)];
        low.into_iter().flatten().fold(i128::MIN, Ord::max)
    };
    let is_within = |micros: &i128| bounds.contains(Amount::from_micros(*micros));
    [step, 1].into_iter().map(figure).find(is_within).unwrap_or_else(|| figure(1).min(most(bounds, 1)))
}

/// The highest figure within bounds.
fn most(bounds: &Bounds, step: i128) -> i128 {
    let high = [bounds.max.map(Amount::micros), bounds.below.map(|below| below.micros() - step)];
    high.into_iter().flatten().fold(i128::MAX, Ord::min)
}
