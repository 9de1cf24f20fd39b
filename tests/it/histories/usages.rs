//! Usage: values at the thresholds, steady, new and lost customers.

use super::dice::Dice;
use super::draft::{Draft, Fields, ONE, near, spelling, usage, value};
use super::products::{OFFERS, RATED, SECURITY_AZURE, SUBSCRIPTIONS, products};
use super::stage::Stage;
use crate::naive::Month;

/// How a customer's figures of now and then differ.
#[derive(Clone, Copy, PartialEq)]
enum Course {
    Steady,
    New,
    Lost,
}

fn course(dice: &mut Dice) -> Course {
    dice.pick(&[Course::Steady, Course::Steady, Course::New, Course::New, Course::New, Course::Lost])
}

/// The reports of one customer.
struct Reporter<'a> {
    dice: &'a mut Dice,
    stage: &'a Stage,
    partner: &'a str,
    customer: &'a str,
    subscription: Option<&'static str>,
    offer: Option<&'static str>,
    drafts: Vec<Draft>,
}

impl<'a> Reporter<'a> {
    fn new(dice: &'a mut Dice, stage: &'a Stage, partner: &'a str, customer: &'a str) -> Reporter<'a> {
        Reporter { dice, stage, partner, customer, subscription: None, offer: None, drafts: Vec::new() }
    }

    /// Draws the subscription and offer of the next reports.
    fn draw_key(&mut self) {
        self.subscription = Some(self.dice.pick(&SUBSCRIPTIONS)).filter(|_| self.dice.chance(25));
        self.offer = Some(self.dice.pick(&OFFERS)).filter(|_| self.dice.chance(15));
    }

    fn report(&mut self, metric: &str, month: Month, product: &str, millionths: i128) {
        if self.dice.chance(4) {
            self.draw_key();
        }
        let (subscription, is_consumption) = (self.subscription, metric == "acr_usd");
        let offer = self.offer.filter(|_| is_consumption);
        let fields = Fields::default()
            .with("customer", self.customer)
            .with("product", spelling(self.dice, product))
            .with("metric", metric)
            .with("value", value(millionths))
            .with_some("subscription", subscription)
            .with_some("offer", offer);
        let draft = usage(self.dice, self.partner, month, fields);
        self.drafts.push(draft);
    }

    /// The value, now and then split in two reports that may be of two keys.
    fn report_split(&mut self, metric: &str, month: Month, product: &str, millionths: i128) {
        if self.dice.chance(12) {
            let part = millionths / 3;
            self.report(metric, month, product, part);
            self.draw_key();
            self.report(metric, month, product, millionths - part);
        } else {
            self.report(metric, month, product, millionths);
        }
    }

    /// Mostly the favourite product.
    fn product(&mut self, names: &[&'static str]) -> &'static str {
        if self.dice.chance(60) { names[self.stage.favourite] } else { self.dice.pick(names) }
    }

    fn grown(&mut self, millionths: i128) -> i128 {
        let percent = self.stage.growth + self.dice.range(-1, 1);
        millionths * i128::from(100 + percent) / 100
    }

    fn azure(&mut self) {
        let names = &products("infrastructure")[..1 + self.dice.below(8)];
        let course = course(self.dice);
        let (measured, compared) = (self.stage.measured, self.stage.compared);
        match course {
            Course::Steady => {
                let scale = self.dice.pick(&[300, 5_000, 20_000, 60_000]);
                for _ in 0..3 {
                    self.draw_key();
                    let back = self.dice.pick(&[0, 0, 1, 2, 5, 10, 11, 12]);
                    let product = self.dice.pick(names);
                    let amount = i128::from(self.dice.range(scale / 2, scale * 2)) * ONE;
                    self.report_split("acr_usd", compared.plus(-back), product, amount);
                    let grown = self.grown(amount);
                    self.report_split("acr_usd", measured.plus(-back), product, grown);
                }
            }
            Course::New | Course::Lost => {
                let end = if course == Course::New { measured } else { compared };
                for _ in 0..1 + self.dice.below(2) {
                    self.draw_key();
                    let back = self.dice.pick(&[0, 0, 1, 1, 2]);
                    let threshold = self.dice.pick(&[500, 500, 1_000, 1_000, 1]);
                    let amount = near(self.dice, threshold);
                    let product = self.dice.pick(names);
                    self.report_split("acr_usd", end.plus(-back), product, amount);
                }
            }
        }
        if self.dice.chance(10) {
            let amount = -i128::from(self.dice.range(1, 2_000_000_000));
            let month = measured.plus(-self.dice.pick(&[0, 1, 11, 12, 13]));
            let product = self.dice.pick(names);
            self.report("acr_usd", month, product, amount);
        }
        if self.dice.chance(8) {
            let threshold = self.dice.pick(&[1_000, 1_000_000, 1_000_000, 990_000]);
            let amount = near(self.dice, threshold);
            self.report("acr_usd", measured, "Storage", amount);
        }
    }

    fn business_applications(&mut self) {
        let names = products("business_applications");
        let (measured, compared) = (self.stage.measured, self.stage.compared);
        for _ in 0..1 + self.dice.below(2) {
            let course = course(self.dice);
            self.draw_key();
            let threshold = self.dice.pick(&[250, 1_500, 1_500, 2_000, 5_000, 6_000]);
            let product = self.product(names);
            if course != Course::Lost {
                let amount = near(self.dice, threshold);
                self.report_split("revenue_usd", measured, product, amount);
            }
            if course != Course::New {
                let amount = near(self.dice, threshold);
                self.report_split("revenue_usd", compared, product, amount);
            }
        }
        for _ in 0..1 + self.dice.below(2) {
            let course = course(self.dice);
            self.draw_key();
            let (product, small, large) = self.dice.pick(&RATED);
            if course == Course::Steady {
                let units = large * self.dice.pick(&[2, 3, 5]) * ONE;
                self.report_split("active_units", compared, product, units);
                let grown = self.grown(units);
                self.report_split("active_units", measured, product, grown);
            } else {
                let month = if course == Course::New { measured } else { compared };
                let threshold = self.dice.pick(&[small, large]);
                let units = near(self.dice, threshold);
                self.report_split("active_units", month, product, units);
            }
        }
    }

    fn modern_work(&mut self) {
        let names = products("modern_work");
        for _ in 0..1 + self.dice.below(2) {
            let product = self.product(names);
            let small = [11, 20, 100, 200, 299, 300];
            let large = [301, 305, 500, 1_200];
            self.seats_and_users(product, &small, &large, &[40, 41, 35]);
        }
    }

    fn security(&mut self) {
        let (measured, compared) = (self.stage.measured, self.stage.compared);
        if self.dice.chance(70) {
            let course = course(self.dice);
            self.draw_key();
            let threshold = self.dice.pick(&[100, 600, 750, 3_000, 12_000, 12_000]);
            let product = self.dice.pick(&SECURITY_AZURE);
            for end in [measured, compared] {
                if course != Course::Steady && (end == measured) != (course == Course::New) {
                    continue;
                }
                let amount = near(self.dice, threshold);
                let parts = self.dice.pick(&[1, 1, 2]);
                for part in 0..parts {
                    let back = self.dice.pick(&[0, 1, 6, 10, 11, 11, 12]);
                    let share = amount / parts + if part == 0 { amount % parts } else { 0 };
                    self.report("acr_usd", end.plus(-back), product, share);
                }
            }
        }
        if self.dice.chance(75) {
            let names = products("security");
            let product = self.product(names);
            self.seats_and_users(product, &[5, 20, 25, 100, 300], &[301, 400, 900], &[15, 16, 10, 40]);
        }
    }

    /// Seats in or out of band and users at a share, now and then and in the months between.
    fn seats_and_users(&mut self, product: &str, small: &[i128], large: &[i128], shares: &[i128]) {
        let course = course(self.dice);
        self.draw_key();
        let (measured, compared) = (self.stage.measured, self.stage.compared);
        let band = if self.dice.chance(55) { small } else { large };
        let months = match course {
            Course::Steady => vec![measured, compared],
            Course::Lost => vec![compared],
            Course::New => vec![measured, measured.plus(-self.dice.range(1, 11) as i32)],
        };
        for month in months {
            let is_promoted = month == measured && course == Course::Steady && self.dice.chance(25);
            let threshold = if is_promoted { large[0] } else { self.dice.pick(band) };
            let seats = near(self.dice, threshold);
            let share = self.dice.pick(shares);
            let users = seats * share / 100 + self.dice.pick(&[0, 0, 0, 1, -1, ONE]);
            let is_early = month != measured && self.dice.chance(60);
            let users = if is_early { users / 4 } else { users };
            if self.dice.chance(93) {
                self.report_split("paid_seats", month, product, seats);
            }
            if self.dice.chance(90) {
                self.report_split("active_users", month, product, users);
            }
        }
    }
}

/// Usage of one customer in one area.
pub fn use_products(dice: &mut Dice, stage: &Stage, partner: &str, customer: &str, area: &str) -> Vec<Draft> {
    let mut reporter = Reporter::new(dice, stage, partner, customer);
    match area {
        "business_applications" => reporter.business_applications(),
        "modern_work" => reporter.modern_work(),
        "security" => reporter.security(),
        _ => reporter.azure(),
    }
    reporter.drafts
}

/// So many pairs with a large revenue in both months, which makes a partner enterprise in Business Applications.
pub fn large_pairs(dice: &mut Dice, stage: &Stage, partner: &str) -> Vec<Draft> {
    let count = dice.pick(&[4, 5, 6]);
    let mut drafts = Vec::new();
    for pair in 0..count {
        let customer = &stage.customers[pair % 3];
        let product = products("business_applications")[pair];
        for month in [stage.measured, stage.compared] {
            let mut reporter = Reporter::new(dice, stage, partner, customer);
            let amount = 5_000 * ONE + reporter.dice.pick(&[1, 1, 1, 1, 0, ONE]);
            reporter.report("revenue_usd", month, product, amount);
            drafts.append(&mut reporter.drafts);
        }
    }
    drafts
}

/// An earlier report stated anew: the same key, perhaps in another case, with another value or offer.
pub fn restate(dice: &mut Dice, report: &Draft) -> Draft {
    let mut restated = report.clone();
    restated.event["id"] = dice.uuid().into();
    let product = spelling(dice, report.text("product").expect("a usage report has a product"));
    restated.event["product"] = product.into();
    let changed = match dice.below(8) {
        0 => value(0),
        1 => value(i128::from(dice.range(-500, 20_000)) * ONE),
        2 => value(near(dice, 1_000)),
        _ => report.text("value").expect("a usage report has a value").to_owned(),
    };
    restated.event["value"] = changed.into();
    if report.text("offer").is_some() && dice.chance(50) {
        restated.event["offer"] = dice.pick(&OFFERS).into();
    }
    restated.known_in_the_world += chrono::Duration::days(dice.range(1, 90));
    restated
}
