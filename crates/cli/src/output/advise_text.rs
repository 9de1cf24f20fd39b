//! Advice for people to read.

use std::collections::BTreeSet;

use app::ask::advise::Answer;
use app::text::{counted, plain};
use ledger::Month;
use num_rational::BigRational;
use projection::points::{Points, decimal_of, shown, shown_up};
use projection::rulebook::{Metric, Track};
use projection::{
    Candidate, CandidateReason, CandidateSubject, Change, ChangeUnit, ClassFigures, MetricChange, Obstacle, Plan,
    PlanCount, Quantity, Risk, RiskSubject,
};

use super::{Paint, names};

/// The lines of an advice.
pub(crate) fn lines(answer: &Answer, paint: Paint) -> Vec<String> {
    let score = &answer.advice.score;
    let (area, partner) = (names::area(score.area), plain(answer.partner.as_str()));
    let mut lines = vec![paint.bold(&format!("{area} of {partner} as of {}: {}", score.as_of, verdict(answer)))];
    lines.extend(answer.assumed.as_ref().map(names::assumed));
    lines.extend(class_line(answer));
    section(&mut lines, plan_lines(answer));
    section(&mut lines, answer.advice.impossible.iter().map(obstacle_line).collect());
    section(&mut lines, candidate_lines(answer, paint));
    section(&mut lines, risk_lines(answer, paint));
    lines
}

/// Adds lines behind an empty one, if there are any.
fn section(lines: &mut Vec<String>, more: Vec<String>) {
    if !more.is_empty() {
        lines.push(String::new());
        lines.extend(more);
    }
}

/// What there is and what is missing.
fn verdict(answer: &Answer) -> String {
    let track = &answer.advice.score.score;
    let (points, target) = (track.points.shown(), decimal_of(&answer.wish.target));
    if answer.advice.reached {
        return format!("{points} points, {target} is reached");
    }
    let missing = &answer.wish.target - track.points.exact();
    let missing = (missing > BigRational::default()).then(|| format!("{} missing to {target}", shown_up(&missing)));
    let zero = |metric: &&projection::MetricScore| metric.points.is_zero();
    let zeros = track.metrics.iter().filter(zero).map(|metric| format!("0 in {}", title(metric.metric)));
    let margin = answer.wish.margin.as_ref();
    let thin = track.metrics.iter().filter(|metric| !metric.points.is_zero());
    let thin = thin.filter(|metric| margin.is_some_and(|margin| metric.points.exact() < margin));
    let thin = thin.map(|metric| format!("{} in {}, below the margin", metric.points.shown(), title(metric.metric)));
    let why: Vec<String> = missing.into_iter().chain(zeros).chain(thin).collect();
    format!("{points} points, {}", why.join(", "))
}

/// A metric's name within a sentence.
fn title(metric: Metric) -> String {
    metric.title().to_lowercase()
}

/// The class, where another one is better.
fn class_line(answer: &Answer) -> Option<String> {
    let score = &answer.advice.score;
    let class = score.class.as_ref()?;
    let (track, other) = answer.other_track()?;
    if (other.qualified(), &other.points) <= (score.score.qualified(), &score.score.points) {
        return None;
    }
    let better = format!("On {} it would be {} points", names::track(*track), other.points.shown());
    if let Some(day) = class.held_until {
        return Some(format!("{better}, but an enrolment holds {} until {day}", names::track(class.track)));
    }
    let missing = class.figures.missing_classes();
    Some(match (&class.figures, missing) {
        (ClassFigures::SmbShare { .. }, Some(0)) => better,
        (ClassFigures::SmbShare { .. }, Some(missing)) => {
            format!(
                "{better}: {missing} of the customers without a class would have to be SMB, which costs but the entry"
            )
        }
        (ClassFigures::SmbShare { .. }, None) => format!("{better}; the classes of customers cannot bring that about"),
        (ClassFigures::LargePairs { pairs, pairs_bounds, .. }, _) => {
            let pairs = counted(*pairs, "large product");
            format!("{better}: customers have {pairs}, and enterprise takes {pairs_bounds}")
        }
    })
}

fn plan_lines(answer: &Answer) -> Vec<String> {
    let plans = answer.plans();
    let mut lines: Vec<String> = (1..).zip(plans).map(|(number, plan)| plan_line(number, plan, answer)).collect();
    let more = match answer.advice.count {
        PlanCount::Exactly(count) => {
            count.checked_sub(plans.len()).filter(|more| *more > 0).map(|more| counted(more, "plan"))
        }
        PlanCount::MoreThan(count) => Some(format!("more than {}", counted(count.saturating_sub(plans.len()), "plan"))),
    };
    lines.extend(more.map(|more| format!("and {more} more, which --limit shows")));
    lines
}

/// A plan in words: what is added, what that does to the metrics, and the total then.
fn plan_line(number: usize, plan: &Plan, answer: &Answer) -> String {
    let parts = plan.metrics.iter().map(|changed| {
        let added = plan.changes.iter().filter(|change| change.quantity.metric == changed.metric);
        let added: Vec<String> = added.map(amount).collect();
        let MetricChange { metric, now, then, is_narrow } = changed;
        let narrow = if *is_narrow { narrow(plan, *metric) } else { String::new() };
        format!("{} ({} {} -> {}{narrow})", added.join(" and "), title(*metric), now.shown(), then.shown())
    });
    let parts: Vec<String> = parts.collect();
    let track =
        if answer.advice.score.tracks.is_some() { format!(" on {}", names::track(plan.track)) } else { String::new() };
    format!("{number}. {}: {}{track}", parts.join("; "), plan.points.shown())
}

/// An amount in words.
fn amount(change: &Change) -> String {
    let Quantity { unit, suffix, .. } = &change.quantity;
    let amount = change.amount();
    let is_one = amount == "1";
    let number = if is_one { "one".to_owned() } else { amount.clone() };
    let noun = noun(*unit, is_one);
    match (unit, suffix) {
        (ChangeUnit::Usd | ChangeUnit::Mcv, _) => format!("{amount} {noun} more"),
        (ChangeUnit::Person, Some(step)) => format!("{number} {noun} more for step {step}"),
        (_, Some(option)) => format!("{number} {noun} more by {}", plain(option)),
        (_, None) => format!("{number} {noun} more"),
    }
}

/// A plan that is one thing, in few words; it may be on another track than that of the score.
pub(crate) fn one_thing(plan: &Plan, track: Track) -> Option<String> {
    let [change] = plan.changes.as_slice() else { return None };
    let Quantity { metric, unit, .. } = &change.quantity;
    let of = match unit {
        ChangeUnit::Person => format!(" of {}", title(*metric)),
        ChangeUnit::Usd => " of usage".to_owned(),
        ChangeUnit::Customer | ChangeUnit::Deployment | ChangeUnit::Mcv | ChangeUnit::User => String::new(),
    };
    let on = if plan.track == track { String::new() } else { format!(" on {}", names::track(plan.track)) };
    let is = if change.is_money() || change.amount() == "1" { "is" } else { "are" };
    Some(format!("{}{of} {is} enough{on}", amount(change)))
}

fn noun(unit: ChangeUnit, is_one: bool) -> &'static str {
    match (unit, is_one) {
        (ChangeUnit::Customer, true) => "customer",
        (ChangeUnit::Customer, false) => "customers",
        (ChangeUnit::Person, true) => "person",
        (ChangeUnit::Person, false) => "people",
        (ChangeUnit::Deployment, true) => "deployment",
        (ChangeUnit::Deployment, false) => "deployments",
        (ChangeUnit::User, true) => "user",
        (ChangeUnit::User, false) => "users",
        (ChangeUnit::Usd, _) => "USD",
        (ChangeUnit::Mcv, _) => "USD of consumption value",
    }
}

/// That a metric stands above 0 by its smallest step.
fn narrow(plan: &Plan, metric: Metric) -> String {
    let unit =
        plan.changes.iter().rev().find(|change| change.quantity.metric == metric).map(|change| change.quantity.unit);
    match unit {
        Some(unit) if unit.grains() == 1 => format!(", by one {} only", noun(unit, true)),
        Some(unit) => format!(", by 0.01 {} only", noun(unit, true)),
        None => String::new(),
    }
}

fn obstacle_line(obstacle: &Obstacle) -> String {
    let track = names::track(obstacle.track);
    let Some(metric) = obstacle.metric.map(Metric::title) else {
        return format!("Nothing that can be added reaches the target on {track}");
    };
    let why = names::obstacle(obstacle.reason);
    let until = obstacle.until.map(|month| format!("; from the measured month {month} on it has")).unwrap_or_default();
    format!("No plan on {track}: {metric}: {why}{until}")
}

/// Below each quantity of the plans who could supply it.
fn candidate_lines(answer: &Answer, paint: Paint) -> Vec<String> {
    let used: BTreeSet<&Quantity> =
        answer.plans().iter().flat_map(|plan| &plan.changes).map(|change| &change.quantity).collect();
    let mut lines = Vec::new();
    let mut last = None;
    for candidate in answer.advice.candidates.iter().filter(|candidate| used.contains(&candidate.quantity)) {
        if last.replace(&candidate.quantity) != Some(&candidate.quantity) {
            lines.push(paint.bold(&format!("Could supply {}:", supplied(&candidate.quantity))));
        }
        lines.push(format!("  {}", candidate_line(candidate, answer.advice.score.measured_month)));
    }
    lines
}

/// A quantity in words.
fn supplied(quantity: &Quantity) -> String {
    let noun = noun(quantity.unit, false);
    match (quantity.unit, &quantity.suffix) {
        (ChangeUnit::Person, Some(step)) => format!("{noun} for step {step} of {}", title(quantity.metric)),
        (_, Some(option)) => format!("{noun} by {} for {}", plain(option), title(quantity.metric)),
        (_, None) => format!("{noun} for {}", title(quantity.metric)),
    }
}

fn candidate_line(candidate: &Candidate, month: Month) -> String {
    let who = match &candidate.subject {
        CandidateSubject::Customer { customer, product: None } => customer.to_string(),
        CandidateSubject::Customer { customer, product: Some(product) } => format!("{customer}, {}", plain(product)),
        CandidateSubject::Person { person, .. } => plain(person.as_str()),
    };
    let certification = match &candidate.subject {
        CandidateSubject::Person { certification, .. } => plain(certification),
        CandidateSubject::Customer { .. } => String::new(),
    };
    let (figure, missing) = (candidate.figure.as_deref().unwrap_or("0"), candidate.missing.as_deref().unwrap_or("0"));
    let why = match candidate.reason {
        CandidateReason::BelowBound => format!("{missing} short up to {month}, at {figure}"),
        CandidateReason::AboveBound => format!("above the bounds up to {month}, at {figure}"),
        CandidateReason::NotAssociated => format!("{figure} up to {month}, without an association that counts"),
        CandidateReason::AssociationEnded => format!("{figure} up to {month}; the association has ended"),
        CandidateReason::Share => format!("{missing} active users short in {month}, at {figure}"),
        CandidateReason::Expired => format!("{certification} counted within the last year and no longer does"),
        CandidateReason::NotLinked => format!("{certification} is earned, and not linked to the partner"),
        CandidateReason::Prerequisite => format!("has the step before, by {certification}"),
    };
    format!("{who}: {why}")
}

fn risk_lines(answer: &Answer, paint: Paint) -> Vec<String> {
    let risks = &answer.advice.at_risk;
    if risks.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint.bold("The score rests on:")];
    lines.extend(risks.iter().map(|risk| format!("  {}", risk_line(risk))));
    lines
}

fn risk_line(Risk { subject, points, qualified, metrics }: &Risk) -> String {
    let who = match subject {
        RiskSubject::Customer(customer) => format!("customer {customer}"),
        RiskSubject::Person(person) => plain(person.as_str()),
    };
    let changes = metrics.iter().map(|(metric, change)| format!("{} {}", title(*metric), signed(change)));
    let qualified = if *qualified { "" } else { ", not qualified" };
    format!("{who}: {} without it{qualified} ({})", Points::shown(points), changes.collect::<Vec<String>>().join(", "))
}

fn signed(change: &BigRational) -> String {
    let sign = if *change > BigRational::default() { "+" } else { "" };
    format!("{sign}{}", shown(change))
}
