//! Performance and customer success of Security: the parts `azure` and `m365`, added.

use super::answer::{Metric, amount, net_adds, net_units};
use super::calendar::Month;
use super::modern_work::Seats;
use super::rules::{Distinction, Row};
use super::scene::Scene;
use super::usage::{Figure, Products, sum};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};
use uuid::Uuid;

/// The part `azure` of a metric.
struct AzurePart<'a> {
    scene: &'a Scene<'a>,
    rule: Row<'a>,
    products: Products,
}

impl<'a> AzurePart<'a> {
    fn new(scene: &'a Scene<'a>, rule: Row<'a>, metric: &str) -> AzurePart<'a> {
        AzurePart { scene, rule, products: scene.products(metric, Distinction::Part("azure")) }
    }

    /// A(X, customer); none without a figure that counts.
    fn consumption(&self, at: Month, customer: Uuid) -> Option<BigRational> {
        let list = self.rule.texts("associations_azure");
        let counts = |figure: &&Figure| {
            figure.customer == customer
                && self.products.of_figure(figure).is_some()
                && self.scene.offer_counts(figure, self.rule)
                && self.scene.is_covered(figure, figure.month, &list, &self.products)
        };
        let months = at.trailing_twelve().into_iter();
        let counted: Vec<&Figure> =
            months.flat_map(|month| self.scene.reported("acr_usd", month)).filter(counts).collect();
        (!counted.is_empty()).then(|| sum(counted))
    }

    fn in_bounds(&self, at: Month, customer: Uuid) -> bool {
        self.consumption(at, customer).is_some_and(|usd| self.rule.bounds("azure_usd").hold(&usd))
    }

    fn in_range(&self, at: Month, customer: Uuid) -> bool {
        let outgrew = || match (self.consumption(at, customer), self.rule.figure("azure_usd_max")) {
            (Some(usd), Some(max)) => usd > max,
            _ => false,
        };
        let stays = at == self.scene.measured
            && self.rule.flag("promoted_tenant_stays")
            && outgrew()
            && self.in_bounds(self.scene.compared, customer);
        self.in_bounds(at, customer) || stays
    }

    /// The customers in range.
    fn customers(&self, at: Month) -> Vec<Uuid> {
        self.scene.customers().into_iter().filter(|customer| self.in_range(at, *customer)).collect()
    }

    /// A(X): the consumption of the customers in range.
    fn total(&self, at: Month) -> BigRational {
        self.customers(at).into_iter().filter_map(|customer| self.consumption(at, customer)).sum()
    }
}

/// The customers in range at the measured month.
pub fn customers_in_range(scene: &Scene, rule: Row, metric: &str) -> Vec<Uuid> {
    AzurePart::new(scene, rule, metric).customers(scene.measured)
}

/// Customers in range, and customers with a pair in band.
pub fn net_customer_adds(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("net_customer_adds", track)?;
    let azure = AzurePart::new(scene, rule, "net_customer_adds");
    let seats = Seats::of_m365(scene, rule, "net_customer_adds");
    let (list_azure, list_m365) = (rule.texts("associations_azure"), rule.texts("associations_m365"));
    let eligible = |at: Month| (azure.customers(at).len() + seats.customers(at, &list_m365, None).len()) as i64;
    let unmeasured = |at: Month| {
        scene.unmeasured(at, &list_azure, "acr_usd", &at.trailing_twelve())
            + scene.unmeasured(at, &list_m365, "paid_seats", &[at])
    };
    Some(net_adds(scene, rule, eligible, unmeasured))
}

/// Growth of consumption and of users, each by its own figure for a point.
pub fn usage_growth(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("usage_growth", track)?;
    let azure = AzurePart::new(scene, rule, "usage_growth");
    let seats = Seats::of_m365(scene, rule, "usage_growth");
    let list_m365 = rule.texts("associations_m365");
    let users = |at: Month| -> BigRational {
        seats
            .pairs()
            .into_iter()
            .filter(|pair| seats.in_band(pair, at))
            .filter_map(|pair| seats.covered("active_users", &pair, at, &list_m365))
            .sum()
    };
    let (azure_now, azure_then) = (azure.total(scene.measured), azure.total(scene.compared));
    let (users_now, users_then) = (users(scene.measured), users(scene.compared));
    let points = (&azure_now - &azure_then) / rule.need("azure_usd_per_point")
        + (&users_now - &users_then) / rule.need("m365_users_per_point");

    let max = rule.need("max");
    let mut metric = Metric::new("usage_growth", &max, points.clamp(BigRational::zero(), max.clone()));
    metric.put("now", json!({"azure": amount(&azure_now), "m365": amount(&users_now)}));
    metric.put("then", json!({"azure": amount(&azure_then), "m365": amount(&users_then)}));
    metric.put("percent", Value::Null);
    metric.put("notes", json!([]));
    Some(metric)
}

/// Customers in range, and customers with a pair in band that is used enough.
pub fn deployments(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("deployments", track)?;
    let azure = AzurePart::new(scene, rule, "deployments");
    let seats = Seats::of_m365(scene, rule, "deployments");
    let list_m365 = rule.texts("associations_m365");
    let share_min = rule.need("m365_active_share_min");
    let units =
        |at: Month| (azure.customers(at).len() + seats.customers(at, &list_m365, Some(&share_min)).len()) as i64;
    Some(net_units("deployments", rule, units(scene.measured), units(scene.compared), None, 0))
}
