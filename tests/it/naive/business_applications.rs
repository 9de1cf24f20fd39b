//! Performance and customer success of Business Applications.

use super::answer::{Metric, net_adds, net_units, percent_growth};
use super::calendar::Month;
use super::rules::{Distinction, Row};
use super::scene::Scene;
use super::usage::{Figure, sum};
use num_rational::BigRational;
use num_traits::Zero;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A customer and a product.
type Pair = (Uuid, String);

/// The two parts of the consumption value, each with its own products and association list.
const PARTS: [(&str, &str); 2] =
    [("dynamics_365", "associations_dynamics_365"), ("power_platform", "associations_power_platform")];

/// (customer, product) pairs with enough revenue.
pub fn net_customer_adds(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("net_customer_adds", track)?;
    let list = rule.texts("associations");
    let products = scene.products("net_customer_adds", Distinction::KeyAlone);
    let eligible = |at: Month| {
        let mut revenue: BTreeMap<Pair, Vec<&Figure>> = BTreeMap::new();
        for figure in scene.reported("revenue_usd", at) {
            if let Some(product) = products.of_figure(figure)
                && scene.is_covered(figure, at, &list, &products)
            {
                revenue.entry((figure.customer, product)).or_default().push(figure);
            }
        }
        revenue.into_values().filter(|figures| rule.bounds("usd").hold(&sum(figures.iter().copied()))).count() as i64
    };
    let unmeasured = |at: Month| scene.unmeasured(at, &list, "revenue_usd", &[at]);
    Some(net_adds(scene, rule, eligible, unmeasured))
}

/// Growth of the consumption value from C to M, in percent.
pub fn usage_growth(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("usage_growth", track)?;
    let total = |at: Month| -> BigRational {
        consumption(scene, rule, "usage_growth", at).into_values().fold(BigRational::zero(), |sum, mcv| sum + mcv)
    };
    let (now, then) = (total(scene.measured), total(scene.compared));
    let has_minimum = rule.bounds("baseline_mcv").hold(&then);
    Some(percent_growth(rule, now, then, has_minimum))
}

/// (customer, product) pairs with enough consumption value.
pub fn deployments(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("deployments", track)?;
    let units = |at: Month| {
        let pairs = consumption(scene, rule, "deployments", at);
        pairs.values().filter(|mcv| rule.bounds("mcv").hold(mcv)).count() as i64
    };
    Some(net_units("deployments", rule, units(scene.measured), units(scene.compared), None, 0))
}

/// MCV of every pair that has counted units in a month.
fn consumption(scene: &Scene, rule: Row, metric: &str, at: Month) -> BTreeMap<Pair, BigRational> {
    let mut pairs = BTreeMap::new();
    for (part, associations) in PARTS {
        let list = rule.texts(associations);
        let products = scene.products(metric, Distinction::Part(part));
        for figure in scene.reported("active_units", at) {
            if let Some(product) = products.of_figure(figure)
                && scene.is_covered(figure, at, &list, &products)
            {
                let rate = products.rate(&product);
                *pairs.entry((figure.customer, product)).or_insert_with(BigRational::zero) += &figure.value * rate;
            }
        }
    }
    pairs
}
