//! Associations: every mechanism and role, told in every way.

use super::dice::Dice;
use super::draft::{Draft, Fields, dated, moment, spelling};
use super::products::{SUBSCRIPTIONS, products};
use super::stage::Stage;
use chrono::{DateTime, Duration, Utc};

/// A mechanism with its role.
type Mechanism = (&'static str, Option<&'static str>);

const EVERY: [Mechanism; 9] = [
    ("cpor", Some("osu")),
    ("cpor", Some("osa")),
    ("cpor", Some("revrec")),
    ("dpor", None),
    ("pal", None),
    ("csp", Some("direct_bill")),
    ("csp", Some("indirect_provider")),
    ("csp", Some("indirect_reseller")),
    ("tpor", None),
];

/// The mechanisms that mostly count in an area, as places in [`EVERY`].
fn usual(area: &str) -> &'static [usize] {
    match area {
        "business_applications" => &[0, 1, 2, 3, 4, 4, 5, 6, 7],
        "modern_work" => &[0, 0, 1, 2, 3, 3, 5, 6, 7],
        "security" => &[0, 0, 1, 4, 4, 4, 5, 7],
        _ => &[3, 4, 5, 6, 7],
    }
}

/// The details of an association; absent ones are left out.
#[derive(Clone, Default)]
struct Details {
    customer: Option<String>,
    mechanism: Option<Mechanism>,
    workload: Option<String>,
    subscription: Option<String>,
    principal: Option<String>,
}

impl Details {
    /// Details that are complete for their mechanism.
    fn whole(dice: &mut Dice, stage: &Stage, area: &str, customer: &str) -> Details {
        let usual = usual(area);
        let place = if dice.chance(90) { usual[dice.below(usual.len())] } else { dice.below(EVERY.len()) };
        let mechanism = EVERY[place];
        let place = if dice.chance(75) { stage.favourite } else { dice.below(products(area).len()) };
        let product = products(area)[place];
        let workload = Some(spelling(dice, product));
        let subscription = Some(dice.pick(&SUBSCRIPTIONS).to_owned());
        let mut details =
            Details { customer: Some(customer.to_owned()), mechanism: Some(mechanism), ..Details::default() };
        match mechanism.0 {
            "cpor" => match dice.below(5) {
                0 => details.subscription = subscription,
                1 => (details.workload, details.subscription) = (workload, subscription),
                _ => details.workload = workload,
            },
            "dpor" | "tpor" => {
                details.subscription = subscription;
                details.workload = workload.filter(|_| dice.chance(10));
            }
            "pal" => details.principal = Some(format!("principal-{}", dice.below(3))),
            _ => {
                details.subscription = subscription.filter(|_| dice.chance(30));
                details.workload = workload.filter(|_| dice.chance(10));
            }
        }
        details
    }

    /// The same with some left out. What a mechanism needs stays with it.
    fn partial(&self, dice: &mut Dice) -> Details {
        let mut partial = self.clone();
        if dice.chance(50) {
            partial.customer = None;
        }
        if dice.chance(60) {
            partial.mechanism = None;
            partial.workload = partial.workload.filter(|_| dice.chance(50));
            partial.subscription = partial.subscription.filter(|_| dice.chance(50));
            partial.principal = partial.principal.filter(|_| dice.chance(50));
        }
        partial
    }

    fn fields(&self, association: &str) -> Fields {
        Fields::default()
            .with("association", association)
            .with_some("customer", self.customer.clone())
            .with_some("mechanism", self.mechanism.map(|mechanism| mechanism.0))
            .with_some("role", self.mechanism.and_then(|mechanism| mechanism.1))
            .with_some("workload", self.workload.clone())
            .with_some("subscription", self.subscription.clone())
            .with_some("principal", self.principal.clone())
    }
}

/// When an association starts: mostly before everything that is compared.
fn start(dice: &mut Dice, stage: &Stage) -> DateTime<Utc> {
    let (measured, compared) = (stage.measured, stage.compared);
    let months = match dice.below(if stage.is_strong { 14 } else { 20 }) {
        0..=10 => return moment(dice, compared.plus(-13)),
        11 => -dice.range(0, 11) as i32,
        12 | 13 => dice.range(1, 12) as i32,
        14 | 15 => 0,
        16 | 17 => dice.range(9, 12) as i32,
        18 => return moment(dice, measured),
        _ => 13,
    };
    moment(dice, compared.plus(months))
}

/// One association of a customer, from request to end.
pub fn associate(dice: &mut Dice, stage: &Stage, partner: &str, customer: &str, area: &str) -> Vec<Draft> {
    let association = dice.uuid();
    let start = start(dice, stage);
    let details = Details::whole(dice, stage, area, customer);
    let requested_at = start - Duration::days(if dice.chance(85) { dice.range(0, 40) } else { -dice.range(1, 60) });
    let mut drafts = Vec::new();

    let way = dice.below(20);
    if way >= 7 {
        drafts.push(dated(dice, "association_requested", Some(partner), requested_at, details.fields(&association)));
    }
    let request = drafts.first().and_then(|draft| draft.text("id")).map(str::to_owned);
    let stated = match way {
        0..=11 => details.clone(),
        12..=15 => Details::default(),
        16..=18 => details.partial(dice),
        _ => Details::whole(dice, stage, area, customer),
    };
    let after = request.clone().filter(|_| (12..=18).contains(&way));
    let accepted = dated(dice, "association_accepted", Some(partner), start, stated.fields(&association));
    drafts.push(Draft { after, ..accepted });

    if dice.chance(8) {
        let again = Details::whole(dice, stage, area, customer);
        let again = if request.is_some() && dice.chance(30) { Details::default() } else { again };
        let at = start + Duration::days(dice.range(-40, 300));
        let accepted = dated(dice, "association_accepted", Some(partner), at, again.fields(&association));
        drafts.push(Draft { after: request, ..accepted });
    }
    if dice.chance(16) {
        drafts.push(end(dice, stage, partner, &association, start));
    }
    drafts
}

/// A revocation or a decline: near the measured months, at the start, or before it.
pub fn end(dice: &mut Dice, stage: &Stage, partner: &str, association: &str, start: DateTime<Utc>) -> Draft {
    let at = match dice.below(10) {
        0 => start,
        1 => start - Duration::microseconds(1),
        2 => start - Duration::days(dice.range(1, 100)),
        3 => start + Duration::microseconds(1),
        4 | 5 => moment(dice, stage.compared),
        6 | 7 => moment(dice, stage.measured),
        8 => moment(dice, stage.measured.plus(1)),
        _ => start + Duration::days(dice.range(1, 500)),
    };
    let own = Fields::default().with("association", association);
    let by = ["customer", "program", "partner"][dice.below(3)];
    if dice.chance(50) {
        let reason = dice.chance(40).then_some("the customer chose another");
        dated(
            dice,
            "association_declined",
            Some(partner),
            at,
            own.with_some("by", Some(by).filter(|_| at < start)).with_some("reason", reason),
        )
    } else {
        dated(dice, "association_revoked", Some(partner), at, own.with("by", by).with("reason", "moved"))
    }
}

/// A customer that leaves, in all areas or in some.
pub fn churn(dice: &mut Dice, stage: &Stage, partner: &str, customer: &str) -> Draft {
    let month = dice.pick(&[stage.measured, stage.compared, stage.measured.plus(1), stage.compared.plus(3)]);
    let at = moment(dice, month);
    let areas: Vec<&str> = crate::naive::AREAS
        .into_iter()
        .filter(|area| if stage.areas.contains(area) { dice.chance(60) } else { dice.chance(20) })
        .collect();
    let areas = Some(areas).filter(|areas| !areas.is_empty() && dice.chance(60));
    let own = Fields::default().with("customer", customer).with_some("areas", areas);
    dated(dice, "customer_churned", Some(partner), at, own)
}

/// A customer's segment.
pub fn classify(dice: &mut Dice, stage: &Stage, partner: &str, customer: &str) -> Draft {
    let months = dice.range(-20, 2) as i32;
    let at = moment(dice, stage.measured.plus(months));
    let segment = if dice.chance(stage.smb) { "smb" } else { "enterprise" };
    let own = Fields::default().with("customer", customer).with("segment", segment);
    dated(dice, "customer_classified", Some(partner), at, own)
}
