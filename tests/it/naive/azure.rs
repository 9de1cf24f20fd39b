//! Performance and customer success of the three Azure areas.

use super::answer::{Metric, net_adds, percent_growth};
use super::calendar::Month;
use super::rules::Row;
use super::scene::Scene;
use super::usage::{Figure, Products, sum};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Customers with enough consumption in one of the last months.
pub fn net_customer_adds(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("net_customer_adds", track)?;
    let list = rule.texts("associations");
    let months = |at: Month| -> Vec<Month> { (0..rule.count("months")).map(|back| at.plus(-back as i32)).collect() };
    let eligible = |at: Month| {
        let counted: Vec<Vec<&Figure>> =
            months(at).into_iter().map(|month| counted(scene, rule, month, at, &list)).collect();
        let has_enough = |customer: &Uuid| {
            counted.iter().any(|covered| {
                let own: Vec<&Figure> = covered.iter().copied().filter(|figure| figure.customer == *customer).collect();
                !own.is_empty() && rule.bounds("usd").hold(&sum(own))
            })
        };
        scene.customers().iter().filter(|customer| has_enough(customer)).count() as i64
    };
    let unmeasured = |at: Month| scene.unmeasured(at, &list, "acr_usd", &months(at));
    Some(net_adds(scene, rule, eligible, unmeasured))
}

/// Growth of the trailing twelve months' consumption, in percent.
pub fn usage_growth(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("usage_growth", track)?;
    let now = total(scene, rule, scene.measured);
    let then = total(scene, rule, scene.compared);
    let has_minimum = rule.bounds("total_usd").hold(&now);
    Some(percent_growth(rule, now, then, has_minimum))
}

/// T(X): the consumption that counts, of the twelve months that end with X.
pub fn total(scene: &Scene, rule: Row, at: Month) -> BigRational {
    let list = rule.texts("associations");
    at.trailing_twelve().into_iter().map(|month| sum(counted(scene, rule, month, month, &list))).sum()
}

/// Distinct products with consumption in the trailing twelve months.
pub fn deployments(scene: &Scene, track: &str) -> Option<Metric> {
    let rule = scene.rule("deployments", track)?;
    let list = rule.texts("associations");
    let excluded: Vec<String> = rule.texts("excluded_products").into_iter().map(super::usage::fold_case).collect();
    let months = scene.measured.trailing_twelve();
    let counted: Vec<&Figure> =
        months.into_iter().flat_map(|month| counted(scene, rule, month, month, &list)).collect();
    let products: BTreeSet<&String> = counted.iter().map(|figure| &figure.product).collect();
    let deployed = |product: &&&String| {
        let own = counted.iter().copied().filter(|figure| figure.product == ***product);
        !excluded.contains(product) && sum(own) > BigRational::zero()
    };
    let now = products.iter().filter(deployed).count() as i64;

    let mut metric = Metric::linear("deployments", rule, &BigRational::from_integer(now.into()));
    metric.put("now", json!(now));
    metric.put("then", Value::Null);
    metric.put("net", json!(now));
    metric.put("unmeasured", json!(0));
    metric.put("notes", json!([]));
    Some(metric)
}

/// A month's consumption that counts, with the cover judged at the end of `at`.
fn counted<'a>(scene: &'a Scene, rule: Row, month: Month, at: Month, list: &[&str]) -> Vec<&'a Figure> {
    let every = Products::every();
    scene
        .reported("acr_usd", month)
        .into_iter()
        .filter(|figure| scene.offer_counts(figure, rule) && scene.is_covered(figure, at, list, &every))
        .collect()
}
