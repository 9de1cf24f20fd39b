//! Whether `advise` tells every candidate: the text of the interface, by a look at every person, customer, product and
//! month.

use super::association::Association;
use super::calendar::Month;
use super::levers::AreaLevers;
use super::modern_work::{Pair, Seats};
use super::rules::{Bounds, Distinction, Row, decimal};
use super::scene::Scene;
use super::skilling::{Holding, counts, everyone, expires_on, has_credit, years_after};
use super::tracks::{METRICS, parts};
use super::usage::{Figure, Products, fold_case, sum};
use super::{Question, on_scenes, security};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many candidates of a quantity are told at most.
const TOLD: usize = 10;

/// One that could supply a quantity: a customer with a product, as the metric reads it, or a person with a certification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Supplier {
    who: String,
    what: Option<String>,
    reason: String,
    missing: Option<BigRational>,
}

/// What a unit lacks: the reason, and how much, where an amount helps.
type Lack = (&'static str, Option<BigRational>);

/// A customer and, where these are told, a product.
type Subject = (Uuid, Option<String>);

impl Supplier {
    fn customer((customer, product): Subject, (reason, missing): Lack) -> Supplier {
        Supplier { who: customer.to_string(), what: product, reason: reason.to_owned(), missing }
    }

    /// The order in which candidates are told.
    fn rank(&self) -> (bool, &Option<BigRational>, &str) {
        (self.missing.is_none(), &self.missing, &self.who)
    }
}

/// What is wrong with the candidates of an answer taken together, if anything is: one is none, or one is missing.
pub fn gap(
    entries: &[Value],
    builtin: &str,
    question: &Question,
    without: &BTreeSet<&'static str>,
    told: &[Value],
) -> Option<String> {
    let of_scene = |scene: &Scene, _| {
        let levers = AreaLevers::of(scene);
        let (track, metrics) = levers.tracks.into_iter().find(|(track, _)| *track == levers.winner)?;
        let open = metrics.iter().flat_map(|metric| &metric.levers).filter(|lever| !without.contains(lever.unit()));
        let quantities: Vec<&str> = open.map(|lever| lever.name.as_str()).collect();
        let unknown = told.iter().find(|one| !quantities.iter().any(|name| one["quantity"] == *name));
        unknown
            .map(|one| format!("no such quantity: {one}"))
            .or_else(|| quantities.into_iter().find_map(|quantity| Supply::new(scene, track, quantity).gap(told)))
    };
    on_scenes(entries, builtin, question, of_scene).expect("a score").swap_remove(0)
}

/// A quantity, and what it needs to be supplied.
struct Supply<'s> {
    scene: &'s Scene<'s>,
    track: &'static str,
    quantity: &'s str,
    metric: &'static str,
    /// What is added, and the option or step.
    unit: &'s str,
    suffix: &'s str,
}

impl<'s> Supply<'s> {
    fn new(scene: &'s Scene<'s>, track: &'static str, quantity: &'s str) -> Supply<'s> {
        let (metric, name) = quantity.split_once('.').expect("a metric and a quantity");
        let metric = METRICS.into_iter().find(|known| *known == metric).expect("a metric");
        let (unit, suffix) = name.split_once('_').unwrap_or((name, ""));
        Supply { scene, track, quantity, metric, unit, suffix }
    }

    fn gap(&self, told: &[Value]) -> Option<String> {
        let told: Vec<Supplier> =
            told.iter().filter(|one| one["quantity"] == self.quantity).map(|one| self.read(one)).collect();
        let all: BTreeSet<Supplier> = self.suppliers().into_iter().collect();
        if let Some(stranger) = told.iter().find(|one| !all.contains(one)) {
            return Some(format!("{}: {stranger:?} is none of {all:?}", self.quantity));
        }
        let last = told.last().filter(|_| told.len() == TOLD);
        let is_due = |one: &&Supplier| last.is_none_or(|last| one.rank() < last.rank());
        let missing = all.iter().filter(|one| !told.contains(one)).find(is_due)?;
        Some(format!("{}: {missing:?} is not told", self.quantity))
    }

    /// A candidate as it is told.
    fn read(&self, told: &Value) -> Supplier {
        let text = |field: &str| told[field].as_str().map(str::to_owned);
        let product = text("product").map(|product| {
            let readings = parts(self.scene.rule_area(), self.metric).iter();
            let mut readings = readings.map(|part| self.scene.products(self.metric, *part));
            let name = fold_case(&product);
            readings.find_map(|products| Some(products.read(&name)).filter(|read| products.has(read))).unwrap_or(name)
        });
        Supplier {
            who: text("customer").or(text("person")).expect("an id"),
            what: product.or(text("certification")),
            reason: text("reason").expect("a reason"),
            missing: told["missing"].as_str().map(decimal),
        }
    }

    fn suppliers(&self) -> Vec<Supplier> {
        if self.metric.ends_with("_certifications") {
            return self.people();
        }
        let rule = self.scene.rule(self.metric, self.track).expect("it has a rule");
        match (self.scene.rule_area(), self.metric) {
            ("azure", "net_customer_adds") => self.azure_customers(rule),
            ("azure", "usage_growth") => self.azure_growth(rule),
            ("azure", _) => self.azure_deployments(rule),
            ("business_applications", "net_customer_adds") => self.revenue(rule),
            ("business_applications", _) => self.consumption_value(rule),
            ("modern_work", _) => {
                let seats = Seats::of_modern_work(self.scene, rule, self.metric);
                let list = if self.suffix.is_empty() { rule.texts("associations") } else { vec![self.suffix] };
                self.pairs(&seats, &list, &rule.bounds("seats"), rule.figure("active_share_min"))
            }
            _ => {
                let seats = Seats::of_m365(self.scene, rule, self.metric);
                let (list, bounds) = (rule.texts("associations_m365"), rule.bounds("m365_seats"));
                let mut all = Vec::new();
                if self.unit != "users" {
                    all.extend(self.security_consumption(rule));
                }
                if self.unit != "usd" {
                    all.extend(self.pairs(&seats, &list, &bounds, rule.figure("m365_active_share_min")));
                }
                all
            }
        }
    }

    fn people(&self) -> Vec<Supplier> {
        let scene = self.scene;
        let key = format!("{}.{}", scene.area, self.metric);
        let skill = scene.row("skill", &key, Distinction::Track(self.track)).expect("a row").row;
        let lists: Vec<Vec<&str>> = match skill.nested("steps") {
            Some(steps) => steps.iter().map(|step| step.texts("certifications")).collect(),
            None => {
                let list = scene.row("certification_list", &key, Distinction::KeyAlone);
                vec![list.map_or_else(Vec::new, |chosen| chosen.row.texts("certifications"))]
            }
        };
        let nth = self.suffix.parse::<usize>().map_or(0, |step| step - 1);
        let before = nth.checked_sub(1).map_or(Vec::new(), |before| lists[before].clone());
        let earned = scene.facts.iter().filter(|fact| fact.kind() == "certification_earned");
        let mut persons = everyone(scene);
        persons.extend(earned.filter_map(|fact| fact.text("person")));
        let mut all = Vec::new();
        for person in persons {
            let first = |list: &[&str], has: &dyn Fn(&str) -> bool| {
                list.iter().map(|code| scene.rulebook.read_as(code)).find(|code| has(code)).map(str::to_owned)
            };
            let has_one = |code: &str| counts(scene, person, code);
            if first(&lists[nth], &has_one).is_some() {
                continue;
            }
            let found = [
                ("expired", first(&lists[nth], &|code| has_expired(scene, person, code))),
                ("not_linked", first(&lists[nth], &|code| is_not_linked(scene, person, code))),
                ("prerequisite", first(&before, &has_one)),
            ];
            if let Some((reason, code)) = found.into_iter().find(|(_, code)| code.is_some()) {
                all.push(Supplier { who: person.to_owned(), what: code, reason: reason.to_owned(), missing: None });
            }
        }
        all
    }

    /// The figures of some months, each with whether a list of associations covers it at the end of another month.
    fn figures<'f>(
        &'f self,
        (metric, rule): (&'f str, Row<'f>),
        (list, products): (&'f [&'f str], &'f Products),
        months: &[(Month, Month)],
    ) -> Vec<(&'f Figure, Month, bool)> {
        let mut all = Vec::new();
        for (month, judged) in months {
            for figure in self.scene.reported(metric, *month) {
                if products.of_figure(figure).is_some() && self.scene.offer_counts(figure, rule) {
                    all.push((figure, *month, self.scene.is_covered(figure, *judged, list, products)));
                }
            }
        }
        all
    }

    /// The last twelve months, each judged at its own end.
    fn year(&self) -> Vec<(Month, Month)> {
        self.scene.measured.trailing_twelve().into_iter().map(|month| (month, month)).collect()
    }

    /// Why no association of a list with a customer is in force at the end of the measured month; none where one is.
    fn unassociated(&self, customer: Uuid, list: &[&str]) -> Option<Lack> {
        let measured = self.scene.measured;
        if self.scene.associated(measured, list).contains(&customer) {
            return None;
        }
        let own = |one: &&Association| one.customer == Some(customer) && one.is_in(list, self.scene.rulebook);
        let mut own = self.scene.associations.iter().filter(own).peekable();
        // Where the newest begins later, it is not the end of an earlier one that is to be told.
        let has_ended = own.peek().is_some() && own.all(|one| one.has_started_at_end_of(measured));
        Some((if has_ended { "association_ended" } else { "not_associated" }, None))
    }

    /// What a customer lacks whose figures are partly covered, or not at all.
    fn lack(
        &self,
        customer: Uuid,
        list: &[&str],
        (covered, uncovered): (Option<BigRational>, Option<BigRational>),
        bounds: &Bounds,
    ) -> Option<Lack> {
        match (covered, uncovered) {
            (Some(figure), _) => out_of_bounds(&figure, bounds, 100),
            // Where nothing is consumed, nothing can be added to consumption.
            (None, Some(figure)) if ["usd", "mcv"].contains(&self.unit) && figure <= BigRational::zero() => None,
            (None, Some(figure)) if bounds.hold(&figure) => self.unassociated(customer, list),
            (None, _) => None,
        }
    }

    fn azure_customers(&self, rule: Row) -> Vec<Supplier> {
        let (list, every, bounds) = (rule.texts("associations"), Products::every(), rule.bounds("usd"));
        let months = (0..rule.count("months")).map(|back| self.scene.measured.plus(-back as i32));
        let months: Vec<(Month, Month)> = months.map(|month| (month, self.scene.measured)).collect();
        let figures = self.figures(("acr_usd", rule), (&list, &every), &months);
        let mut all = Vec::new();
        for customer in self.scene.customers() {
            let of_month = |month: Month, is_covered: bool| {
                total(figures.iter().filter(|(figure, at, covered)| {
                    figure.customer == customer && *at == month && *covered == is_covered
                }))
            };
            let [covered, uncovered] = [true, false].map(|is_covered| {
                months.iter().filter_map(|(month, _)| of_month(*month, is_covered)).collect::<Vec<BigRational>>()
            });
            if covered.iter().any(|usd| bounds.hold(usd)) {
                continue;
            }
            let largest = (covered.into_iter().max(), uncovered.into_iter().max());
            let lack = self.lack(customer, &list, largest, &bounds);
            all.extend(lack.map(|lack| Supplier::customer((customer, None), lack)));
        }
        all
    }

    fn azure_growth(&self, rule: Row) -> Vec<Supplier> {
        let (list, every) = (rule.texts("associations"), Products::every());
        let figures = self.figures(("acr_usd", rule), (&list, &every), &self.year());
        let mut all = Vec::new();
        for customer in self.scene.customers() {
            let of_month = |month: Month| {
                total(
                    figures
                        .iter()
                        .filter(|(figure, at, covered)| figure.customer == customer && *at == month && !covered),
                )
            };
            let largest = self.year().into_iter().filter_map(|(month, _)| of_month(month)).max();
            let lack = self.lack(customer, &list, (None, largest), &more_than_nothing());
            all.extend(lack.map(|lack| Supplier::customer((customer, None), lack)));
        }
        all
    }

    fn azure_deployments(&self, rule: Row) -> Vec<Supplier> {
        let (list, every) = (rule.texts("associations"), Products::every());
        let figures = self.figures(("acr_usd", rule), (&list, &every), &self.year());
        let excluded: Vec<String> = rule.texts("excluded_products").into_iter().map(fold_case).collect();
        let products: BTreeSet<&String> = figures.iter().map(|(figure, ..)| &figure.product).collect();
        let mut all = Vec::new();
        for product in products.into_iter().filter(|product| !excluded.contains(product)) {
            let own = |is_covered: bool| {
                figures.iter().filter(move |(figure, _, covered)| figure.product == *product && *covered == is_covered)
            };
            let deployed = total(own(true)).unwrap_or_else(BigRational::zero);
            if deployed > BigRational::zero() {
                continue;
            }
            for customer in self.scene.customers() {
                let [covered, uncovered] = [true, false]
                    .map(|is_covered| total(own(is_covered).filter(|(figure, ..)| figure.customer == customer)));
                let with_it = uncovered.as_ref().is_some_and(|usd| usd + &deployed > BigRational::zero());
                let lack = self.lack(customer, &list, (covered, uncovered), &more_than_nothing());
                let lack = match lack {
                    // All customers make a deployment together.
                    Some((reason, Some(_))) => Some((reason, Some(BigRational::new(1.into(), 100.into()) - &deployed))),
                    Some((_, None)) if !with_it => None,
                    other => other,
                };
                all.extend(lack.map(|lack| Supplier::customer((customer, Some(product.clone())), lack)));
            }
        }
        all
    }

    fn revenue(&self, rule: Row) -> Vec<Supplier> {
        let products = self.scene.products(self.metric, Distinction::KeyAlone);
        let list = rule.texts("associations");
        self.in_the_month(("revenue_usd", rule), (&list, &products), &rule.bounds("usd"), &|_| whole(1))
    }

    fn consumption_value(&self, rule: Row) -> Vec<Supplier> {
        let bounds = rule.bounds(if self.unit == "mcv" { "none" } else { "mcv" });
        let mut all = Vec::new();
        for part in ["dynamics_365", "power_platform"] {
            let list = rule.texts(&format!("associations_{part}"));
            let products = self.scene.products(self.metric, Distinction::Part(part));
            let rate = |product: &str| products.rate(product);
            all.extend(self.in_the_month(("active_units", rule), (&list, &products), &bounds, &rate));
        }
        all
    }

    /// The products of customers by a figure of the measured month, at a rate.
    fn in_the_month(
        &self,
        of: (&str, Row),
        (list, products): (&[&str], &Products),
        bounds: &Bounds,
        rate: &dyn Fn(&str) -> BigRational,
    ) -> Vec<Supplier> {
        let measured = self.scene.measured;
        let mut pairs: BTreeMap<Pair, [Option<BigRational>; 2]> = BTreeMap::new();
        for (figure, _, is_covered) in self.figures(of, (list, products), &[(measured, measured)]) {
            let product = products.of_figure(figure).expect("it is one of the products");
            let value = &figure.value * rate(&product);
            let sums = pairs.entry((figure.customer, product)).or_default();
            *sums[usize::from(!is_covered)].get_or_insert_with(BigRational::zero) += value;
        }
        let lacks = pairs.into_iter().filter_map(|((customer, product), [covered, uncovered])| {
            let lack = self.lack(customer, list, (covered, uncovered), bounds)?;
            Some(Supplier::customer((customer, Some(product)), lack))
        });
        lacks.collect()
    }

    fn security_consumption(&self, rule: Row) -> Vec<Supplier> {
        let list = rule.texts("associations_azure");
        let products = self.scene.products(self.metric, Distinction::Part("azure"));
        let figures = self.figures(("acr_usd", rule), (&list, &products), &self.year());
        let in_range = security::customers_in_range(self.scene, rule, self.metric);
        let mut all = Vec::new();
        for customer in self.scene.customers() {
            let [covered, uncovered] = [true, false].map(|is_covered| {
                total(
                    figures.iter().filter(|(figure, _, covered)| figure.customer == customer && *covered == is_covered),
                )
            });
            let lack = match (in_range.contains(&customer), self.unit) {
                (false, _) => self.lack(customer, &list, (covered, uncovered), &rule.bounds("azure_usd")),
                // It counts; what is not covered could be added to that.
                (true, "usd") => self.lack(customer, &list, (None, uncovered), &more_than_nothing()),
                (true, _) => None,
            };
            all.extend(lack.map(|lack| Supplier::customer((customer, None), lack)));
        }
        all
    }

    /// By seats and users: the products of customers that count neither as they are nor by another product.
    fn pairs(&self, seats: &Seats, list: &[&str], bounds: &Bounds, share_min: Option<BigRational>) -> Vec<Supplier> {
        let measured = self.scene.measured;
        let is_of_users = self.unit == "users";
        let figure = if is_of_users { "active_users" } else { "paid_seats" };
        let counted = if is_of_users { BTreeSet::new() } else { seats.customers(measured, list, share_min.as_ref()) };
        let mut all = Vec::new();
        for pair in seats.pairs() {
            let (customer, _) = pair;
            if counted.contains(&customer) || (self.unit == "deployments" && self.is_too_late(seats, customer, list)) {
                continue;
            }
            let reported = seats.of_pair(figure, &pair, measured);
            let is_covered = seats.covered(figure, &pair, measured, list).is_some();
            let has_share = share_min.as_ref().is_none_or(|min| seats.share_met(&pair, measured, min));
            let paid = sum(seats.of_pair("paid_seats", &pair, measured));
            let lack = match (is_covered, seats.in_band(&pair, measured)) {
                (true, false) => out_of_bounds(&paid, bounds, 1),
                (true, true) if !has_share && paid > BigRational::zero() => {
                    let wanted = share_min.as_ref().map(|min| min * &paid).expect("a share is asked for");
                    let users = sum(seats.of_pair("active_users", &pair, measured));
                    Some(("share", Some((wanted - users).ceil())))
                }
                (false, true) if has_share && !reported.is_empty() => self.unassociated(customer, list),
                _ => None,
            };
            all.extend(lack.map(|lack| Supplier::customer((customer, Some(pair.1)), lack)));
        }
        all
    }

    /// In Modern Work: whether the customer, active in the measured month, would have come deployed.
    fn is_too_late(&self, seats: &Seats, customer: Uuid, list: &[&str]) -> bool {
        if self.scene.area != "modern_work" {
            return false;
        }
        let share_min = self.scene.rule(self.metric, self.track).expect("a rule").need("active_share_min");
        match seats.first_covered(customer, list) {
            None => true,
            Some(first) if first <= self.scene.compared => false,
            Some(first) => {
                first == self.scene.measured || seats.customers(first, list, Some(&share_min)).contains(&customer)
            }
        }
    }
}

fn whole(number: i64) -> BigRational {
    BigRational::from_integer(number.into())
}

fn more_than_nothing() -> Bounds {
    Bounds { min: None, max: None, above: Some(BigRational::zero()), below: None }
}

/// The sum of figures; none of none.
fn total<'f>(figures: impl Iterator<Item = &'f (&'f Figure, Month, bool)>) -> Option<BigRational> {
    figures.map(|(figure, ..)| figure.value.clone()).reduce(|sum, value| sum + value)
}

/// What a figure that is covered lacks; nothing within the bounds.
fn out_of_bounds(figure: &BigRational, bounds: &Bounds, grains: i64) -> Option<Lack> {
    if bounds.hold(figure) {
        return None;
    }
    let grain = BigRational::new(1.into(), grains.into());
    let next = |bound: &BigRational| ((bound / &grain).floor() + whole(1)) * &grain;
    let least = bounds.min.iter().cloned().chain(bounds.above.as_ref().map(next)).max();
    let missing = least.filter(|least| figure < least).map(|least| least - figure);
    Some((if missing.is_some() { "below_bound" } else { "above_bound" }, missing))
}

/// Whether a certification that is still linked counted on a day of the year before, and no longer does.
fn has_expired(scene: &Scene, person: &str, code: &str) -> bool {
    let Some(holding) = Holding::of(scene, person, code).filter(|holding| holding.unlink.is_none()) else {
        return false;
    };
    let linked = scene.facts.iter().find(|fact| fact.seq == holding.link).expect("the link is a fact");
    let linked_on = linked.effective_at().date_naive();
    let days = years_after(scene.as_of, -1).iter_days().take_while(|day| *day < scene.as_of);
    let counted = |day| Holding::of(&scene.on(day), person, code).is_some_and(|holding| holding.counts());
    !holding.counts() && days.into_iter().any(|day| linked_on <= day && counted(day))
}

/// Whether a person earned a certification that would count if it were linked, and has no link of it.
fn is_not_linked(scene: &Scene, person: &str, code: &str) -> bool {
    if Holding::of(scene, person, code).is_some_and(|holding| holding.unlink.is_none()) {
        return false;
    }
    let Some(known) = scene.rulebook.certification(code) else { return false };
    scene.facts.iter().filter(|fact| fact.kind() == "certification_earned").any(|fact| {
        let earned_on = fact.date("earned_on").expect("it was earned on a day");
        let last = fact.date("expires_on").or_else(|| expires_on(known, earned_on));
        fact.text("person") == Some(person)
            && fact.text("certification").map(|code| scene.rulebook.read_as(code)) == Some(code)
            && last.is_none_or(|last| scene.as_of <= last)
            && has_credit(scene, code, earned_on)
    })
}
