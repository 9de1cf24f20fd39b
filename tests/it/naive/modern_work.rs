//! Performance and customer success of Modern Work; its seats and shares serve the part `m365` of Security too.

use super::answer::{Metric, amount, net_adds, net_units};
use super::calendar::Month;
use super::rules::{Bounds, Distinction, Row};
use super::scene::Scene;
use super::usage::{Figure, Products, sum};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A customer and a product.
pub type Pair = (Uuid, String);

/// The pairs of a metric, with the seats that put them in band.
pub struct Seats<'a> {
    scene: &'a Scene<'a>,
    products: Products,
    bounds: Bounds,
    /// Whether every pair is in band, with or without seats.
    every_pair: bool,
    promoted_tenant_stays: bool,
}

impl<'a> Seats<'a> {
    /// Those of Modern Work: a pair without seats is not in band.
    pub fn of_modern_work(scene: &'a Scene<'a>, rule: Row, metric: &str) -> Seats<'a> {
        let products = scene.products(metric, Distinction::KeyAlone);
        let promoted_tenant_stays = rule.flag("promoted_tenant_stays");
        Seats { scene, products, bounds: rule.bounds("seats"), every_pair: false, promoted_tenant_stays }
    }

    /// Those of the part `m365`: a row without bounds takes every pair.
    pub fn of_m365(scene: &'a Scene<'a>, rule: Row, metric: &str) -> Seats<'a> {
        let products = scene.products(metric, Distinction::Part("m365"));
        let bounds = rule.bounds("m365_seats");
        let every_pair = bounds.are_absent();
        Seats { scene, products, bounds, every_pair, promoted_tenant_stays: rule.flag("promoted_tenant_stays") }
    }

    /// Every pair of which there is any figure.
    pub fn pairs(&self) -> BTreeSet<Pair> {
        let pair = |figure: &Figure| Some((figure.customer, self.products.of_figure(figure)?));
        self.scene.figures.iter().filter_map(pair).collect()
    }

    /// The figures of a metric of a pair.
    pub fn of_pair(&self, metric: &str, pair: &Pair, at: Month) -> Vec<&Figure> {
        let is_own =
            |figure: &&Figure| figure.customer == pair.0 && self.products.of_figure(figure).as_ref() == Some(&pair.1);
        self.scene.reported(metric, at).into_iter().filter(is_own).collect()
    }

    /// All seats of a pair; none without a figure.
    fn seats(&self, pair: &Pair, at: Month) -> Option<BigRational> {
        let figures = self.of_pair("paid_seats", pair, at);
        (!figures.is_empty()).then(|| sum(figures))
    }

    fn seats_in_bounds(&self, pair: &Pair, at: Month) -> bool {
        self.every_pair || self.seats(pair, at).is_some_and(|seats| self.bounds.hold(&seats))
    }

    /// Whether a pair is in band.
    pub fn in_band(&self, pair: &Pair, at: Month) -> bool {
        let outgrew = || match (self.seats(pair, at), &self.bounds.max) {
            (Some(seats), Some(max)) => seats > *max,
            _ => false,
        };
        let stays = at == self.scene.measured
            && self.promoted_tenant_stays
            && outgrew()
            && self.seats_in_bounds(pair, self.scene.compared);
        self.seats_in_bounds(pair, at) || stays
    }

    /// Whether enough of a pair's seats are active.
    pub fn share_met(&self, pair: &Pair, at: Month, share_min: &BigRational) -> bool {
        match self.seats(pair, at) {
            Some(seats) if seats > BigRational::zero() => {
                sum(self.of_pair("active_users", pair, at)) / seats >= *share_min
            }
            _ => false,
        }
    }

    /// A pair's covered figure of a metric; none when the pair is not covered.
    pub fn covered(&self, metric: &str, pair: &Pair, at: Month, list: &[&str]) -> Option<BigRational> {
        let figures: Vec<&Figure> = self
            .of_pair(metric, pair, at)
            .into_iter()
            .filter(|figure| self.scene.is_covered(figure, at, list, &self.products))
            .collect();
        (!figures.is_empty()).then(|| sum(figures))
    }

    /// The customers with a pair that is in band and covered by its seats, and has the share, where one is asked.
    pub fn customers(&self, at: Month, list: &[&str], share_min: Option<&BigRational>) -> BTreeSet<Uuid> {
        self.pairs()
            .into_iter()
            .filter(|pair| self.in_band(pair, at))
            .filter(|pair| self.covered("paid_seats", pair, at, list).is_some())
            .filter(|pair| share_min.is_none_or(|share_min| self.share_met(pair, at, share_min)))
            .map(|pair| pair.0)
            .collect()
    }

    /// The first month ever in which a customer was covered by its seats of any product of the list.
    pub fn first_covered(&self, customer: Uuid, list: &[&str]) -> Option<Month> {
        let months: BTreeSet<Month> = self.scene.figures.iter().map(|figure| figure.month).collect();
        let pairs: Vec<Pair> = self.pairs().into_iter().filter(|pair| pair.0 == customer).collect();
        months
            .into_iter()
            .find(|month| pairs.iter().any(|pair| self.covered("paid_seats", pair, *month, list).is_some()))
    }
}

/// Customers with a pair in band.
pub fn net_customer_adds(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("net_customer_adds", track)?;
    let list = rule.texts("associations");
    let seats = Seats::of_modern_work(scene, rule, "net_customer_adds");
    let eligible = |at: Month| seats.customers(at, &list, None).len() as i64;
    let unmeasured = |at: Month| scene.unmeasured(at, &list, "paid_seats", &[at]);
    Some(net_adds(scene, rule, eligible, unmeasured))
}

/// Growth of active users; the better of the options.
pub fn usage_growth(scene: &Scene, track: &str) -> Option<Metric> {
    best(usage_options(scene, track)?.into_iter())
}

/// Growth of active users by each of the options.
pub fn usage_options(scene: &Scene, track: &str) -> Option<Vec<Metric>> {
    let rule = scene.rule("usage_growth", track)?;
    let seats = Seats::of_modern_work(scene, rule, "usage_growth");
    let options = rule.nested("options").expect("options").into_iter().map(|option| {
        let list = [option.text("association").expect("an option has an association")];
        let (now, then) = users(&seats, &list);
        let net = &now - &then;
        let mut metric = Metric::of_option("usage_growth", rule, option, &net);
        metric.put("now", json!(amount(&now)));
        metric.put("then", json!(amount(&then)));
        metric.put("net", json!(amount(&net)));
        metric.put("percent", Value::Null);
        metric.put("option", json!(list[0]));
        metric.put("notes", json!([]));
        metric
    });
    Some(options.collect())
}

/// Active users of an option's pairs, now and then.
fn users(seats: &Seats, list: &[&str]) -> (BigRational, BigRational) {
    let (measured, compared) = (seats.scene.measured, seats.scene.compared);
    let covered = |pair: &Pair, at: Month| seats.covered("active_users", pair, at, list);
    let (mut now, mut then) = (BigRational::zero(), BigRational::zero());
    for pair in seats.pairs() {
        let users_now = covered(&pair, measured).filter(|_| seats.in_band(&pair, measured));
        if let Some(users) = &users_now {
            now += users;
        }
        match covered(&pair, compared) {
            Some(users) if seats.in_band(&pair, compared) => then += users,
            Some(_) => {}
            None if users_now.is_some() => {
                let first = (1..=12).find_map(|months| covered(&pair, compared.plus(months)));
                then += first.expect("it is covered at the measured month");
            }
            None => {}
        }
    }
    (now, then)
}

/// Customers with a pair in band that is used enough; the better of the options.
pub fn deployments(scene: &Scene, track: &str) -> Option<Metric> {
    best(deployment_options(scene, track)?.into_iter())
}

/// The same by each of the options.
pub fn deployment_options(scene: &Scene, track: &str) -> Option<Vec<Metric>> {
    let rule = scene.rule("deployments", track)?;
    let seats = Seats::of_modern_work(scene, rule, "deployments");
    let share_min = rule.need("active_share_min");
    let options = rule.nested("options").expect("options").into_iter().map(|option| {
        let list = [option.text("association").expect("an option has an association")];
        let units = |at: Month| seats.customers(at, &list, Some(&share_min));
        let came_deployed = |customer: &Uuid| {
            let first = seats.first_covered(*customer, &list).expect("a unit is covered");
            first > scene.compared && units(first).contains(customer)
        };
        let now = units(scene.measured).iter().filter(|customer| !came_deployed(customer)).count() as i64;
        let then = units(scene.compared).len() as i64;
        net_units("deployments", rule, now, then, Some(option), 0)
    });
    Some(options.collect())
}

/// The metric with the most points; on equal points the first.
pub fn best(options: impl Iterator<Item = Metric>) -> Option<Metric> {
    options.reduce(|best, next| if next.points > best.points { next } else { best })
}
