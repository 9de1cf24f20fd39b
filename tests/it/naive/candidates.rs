//! Whether what `advise` says of a candidate is true: with what is missing, or with an association or a certification, the
//! quantity is larger, and with less than what is missing it is not.

use super::association::Association;
use super::calendar::first_instant;
use super::modern_work;
use super::rules::{Distinction, Row, decimal};
use super::scene::Scene;
use super::skilling::can_be_earned;
use super::tracks::{Tracks, parts, score};
use super::usage::{Figure, Products, fold_case};
use super::{Question, on_scenes};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::Value;
use uuid::Uuid;

/// What is wrong with a candidate, if anything is.
pub fn doubt(entries: &[Value], builtin: &str, question: &Question, candidate: &Value) -> Option<String> {
    let of_scene = |scene: &Scene, _| {
        let track = Tracks::new(scene).winner().track;
        let quantity = candidate["quantity"].as_str().expect("a quantity");
        let (metric, name) = quantity.split_once('.').expect("a metric and a quantity");
        let metric = super::tracks::METRICS.into_iter().find(|known| *known == metric).expect("a metric");
        let of = Candidate { scene, track, metric, name, told: candidate };
        if metric.ends_with("_certifications") { of.doubt_about_a_person() } else { of.doubt_about_a_customer() }
    };
    on_scenes(entries, builtin, question, of_scene).expect("a score").swap_remove(0)
}

struct Candidate<'c> {
    scene: &'c Scene<'c>,
    track: &'static str,
    metric: &'static str,
    name: &'c str,
    told: &'c Value,
}

impl Candidate<'_> {
    fn text(&self, field: &str) -> Option<&str> {
        self.told[field].as_str()
    }

    /// How much of the quantity there is at the measured month.
    fn amount(&self, scene: &Scene) -> BigRational {
        let (unit, suffix) = self.name.split_once('_').unwrap_or((self.name, ""));
        let object = match (scene.area, self.metric) {
            ("modern_work", "usage_growth") => option(modern_work::usage_options(scene, self.track), suffix),
            ("modern_work", "deployments") => option(modern_work::deployment_options(scene, self.track), suffix),
            _ => score(scene, self.metric, self.track).expect("it is scored").object,
        };
        let number = |value: &Value| decimal(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
        match unit {
            "people" if suffix.is_empty() => number(&object["people"]),
            "people" => number(&object["steps"][suffix.parse::<usize>().expect("a step") - 1]["people"]),
            "usd" if object["now"].is_object() => number(&object["now"]["azure"]),
            "users" if object["now"].is_object() => number(&object["now"]["m365"]),
            _ => number(&object["now"]),
        }
    }

    /// A link that is made on the day.
    fn doubt_about_a_person(&self) -> Option<String> {
        let key = format!("{}.{}", self.scene.area, self.metric);
        let skill = self.scene.row("skill", &key, Distinction::Track(self.track)).expect("a row").row;
        let list: Vec<&str> = match skill.nested("steps") {
            Some(steps) => {
                let step: usize = self.name.rsplit('_').next().and_then(|step| step.parse().ok()).expect("a step");
                steps[step - 1].texts("certifications")
            }
            None => {
                let list = self.scene.row("certification_list", &key, Distinction::KeyAlone);
                list.map_or_else(Vec::new, |chosen| chosen.row.texts("certifications"))
            }
        };
        let code = list.into_iter().find(|code| can_be_earned(self.scene, &[code]))?;
        let person = self.text("person").expect("a person").to_owned();
        let earned = std::collections::BTreeSet::from([(person, self.scene.rulebook.read_as(code).to_owned())]);
        let facts = self.scene.facts.iter().filter(|fact| fact.kind() == "certification_linked");
        let is_known = facts.clone().any(|fact| fact.text("person") == self.text("person"));
        let then = self.scene.with(super::scene::Lasting::Certifications(&earned), None);
        // Who never linked anything is nobody to the naive fold.
        let is_more = !is_known || self.amount(&then) > self.amount(self.scene);
        (!is_more).then(|| format!("{code} changes nothing"))
    }

    fn doubt_about_a_customer(&self) -> Option<String> {
        let missing = self.text("missing").map(decimal);
        let zero = BigRational::zero();
        match self.text("reason").expect("a reason") {
            // Growth comes with what is used: how much that is, nobody is told.
            _ if self.metric == "usage_growth" && self.scene.rule_area() != "azure" => None,
            "above_bound" => missing.map(|_| "an amount helps above a bound".to_owned()),
            "below_bound" | "share" => {
                let missing = missing.filter(|missing| *missing > zero);
                let Some(missing) = missing else { return Some("nothing is missing".to_owned()) };
                let least = BigRational::new(1.into(), if self.metric_of_seats() { 1 } else { 100 }.into());
                let before = self.amount(self.scene);
                let enough = self.with_more(&missing).is_some_and(|then| self.amount(&then) > before);
                let less = self.with_more(&(&missing - least)).is_some_and(|then| self.amount(&then) > before);
                (!enough || less).then(|| format!("enough: {enough}, with less too: {less}"))
            }
            _ => {
                let before = self.amount(self.scene);
                let is_more_by = |name: &&str| self.associated(name).iter().any(|then| self.amount(then) > before);
                let is_more = self.lists().iter().flatten().any(is_more_by);
                (!is_more || missing.is_some()).then(|| "an association changes nothing".to_owned())
            }
        }
    }

    fn metric_of_seats(&self) -> bool {
        self.scene.area == "modern_work" || (self.scene.area == "security" && self.text("product").is_some())
    }

    fn rule(&self) -> Row<'_> {
        self.scene.rule(self.metric, self.track).expect("it has a rule")
    }

    /// The lists of associations by which the metric counts.
    fn lists(&self) -> Vec<Vec<&str>> {
        let rule = self.rule();
        let suffix = self.name.split_once('_').map_or("", |(_, suffix)| suffix);
        let options = rule.nested("options").into_iter().flatten().filter_map(|option| option.text("association"));
        let options: Vec<Vec<&str>> = options.filter(|name| *name == suffix).map(|name| vec![name]).collect();
        let fields = ["", "_azure", "_m365", "_dynamics_365", "_power_platform"];
        let lists = fields.iter().map(|field| rule.texts(&format!("associations{field}")));
        lists.chain(options).filter(|list| !list.is_empty()).collect()
    }

    /// The same scene with an association of the customer that counts by a name, from when on it can count; and where
    /// what counts adds up over months, with one that lasts for one of them: a month of negative figures takes away what
    /// another gives.
    fn associated(&self, name: &str) -> Vec<Scene<'_>> {
        let customer = Uuid::parse_str(self.text("customer").expect("a customer")).expect("a UUID");
        let rows = self.scene.rulebook.mechanisms();
        let (mechanism, role) = rows
            .into_iter()
            .find(|(.., names)| names.contains(&name))
            .map(|(mechanism, role, _)| (mechanism, role))
            .expect("a mechanism");
        // Consumption counts by what was in force in its own month.
        let is_consumption =
            self.scene.rule_area() == "azure" || (self.scene.area == "security" && self.text("product").is_none());
        let begin = |back: i32| first_instant(self.scene.measured.plus(-back).first_day());
        let mut times = vec![(begin(if is_consumption { 12 } else { 0 }), None)];
        if is_consumption || self.metric == "usage_growth" {
            times.extend((0..12).map(|back| (begin(back), Some(begin(back - 1)))));
        }
        let with = |time| {
            let mut then = self.scene.with(super::scene::Lasting::Nothing, None);
            then.associations.push(Association::assumed(customer, (mechanism, role), time));
            then
        };
        times.into_iter().map(with).collect()
    }

    /// The same scene with so much more in a figure of the customer that counts.
    fn with_more(&self, more: &BigRational) -> Option<Scene<'_>> {
        let mut then = self.scene.with(super::scene::Lasting::Nothing, None);
        let customer = Uuid::parse_str(self.text("customer").expect("a customer")).expect("a UUID");
        let figure = match (self.scene.rule_area(), self.text("reason"), self.text("product")) {
            (_, Some("share"), _) => "active_users",
            ("modern_work", ..) => "paid_seats",
            ("security", _, Some(_)) => "paid_seats",
            ("business_applications", ..) if self.metric == "net_customer_adds" => "revenue_usd",
            ("business_applications", ..) => "active_units",
            _ => "acr_usd",
        };
        let all: Vec<Products> = parts(self.scene.rule_area(), self.metric)
            .iter()
            .map(|part| self.scene.products(self.metric, *part))
            .collect();
        let wanted = self.text("product").map(fold_case);
        let is_of = |one: &&Figure| {
            one.customer == customer
                && all.iter().any(|products| {
                    let read = products.of_figure(one);
                    read.is_some() && wanted.as_ref().is_none_or(|wanted| read.as_ref() == Some(&products.read(wanted)))
                })
        };
        let is_it = |one: &&Figure| one.metric == figure && is_of(one);
        let here = |one: &&Figure| one.month == self.scene.measured && is_of(one);
        let of_pair = self.scene.figures.iter().find(here).cloned();
        if let Some(pair) = of_pair.clone().filter(|_| figure == "paid_seats" && self.metric == "deployments") {
            // What is missing is told of the seats alone, whether enough of them are active or not.
            let (metric, subscription) = ("active_users".to_owned(), Some("more".to_owned()));
            then.figures.push(Figure { metric, subscription, value: decimal("1000000"), ..pair });
        }
        // The largest of the months that the metric reads: where it is a sum, any of them.
        let measured = self.scene.measured;
        let months = match figure {
            "acr_usd" => measured.trailing_twelve(),
            _ => vec![measured],
        };
        let before = self.amount(self.scene);
        let figures: Vec<&Figure> =
            self.scene.figures.iter().filter(|one| months.contains(&one.month)).filter(is_it).collect();
        // One of them is covered: the one with which it is enough.
        let mut best = None;
        for chosen in &figures {
            let rate = if figure == "active_units" {
                let products = all.iter().find(|products| products.of_figure(chosen).is_some())?;
                products.rate(&products.of_figure(chosen)?)
            } else {
                BigRational::from_integer(1.into())
            };
            let place = self.scene.figures.iter().position(|one| std::ptr::eq(one, *chosen))?;
            then.figures[place].value += more / &rate;
            if self.amount(&then) > before {
                return Some(then);
            }
            then.figures[place].value -= more / &rate;
            best = Some(());
        }
        if best.is_none() || figure == "active_users" {
            let pair = of_pair?;
            let (metric, subscription) = (figure.to_owned(), Some("more".to_owned()));
            let new = Figure { metric, subscription, value: more.clone(), offer: None, ..pair };
            then.figures.push(new);
        }
        Some(then)
    }
}

fn option(options: Option<Vec<super::answer::Metric>>, name: &str) -> serde_json::Map<String, Value> {
    let options = options.expect("there are options");
    options.into_iter().find(|option| option.object["option"] == name).expect("the option").object
}
