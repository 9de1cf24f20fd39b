//! What moved the points of a contribution, for people to read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ledger::{Amount, CustomerId, Month, UsageMetric};
use projection::{At, CrossedBound, FigureMove, FigureUnit, Moves, Unit, UnitMove, UnitSubject};

use super::figure_text::{figure, grouped, money};
use super::names;
use app::text::plain;

/// The units, or the figures behind one of them, that are named unless all are asked for.
const NAMED: usize = 3;

/// The lines of what moved, each unit with the figures behind it; all of them, or the first few.
pub(crate) fn lines(moves: &Moves, is_all: bool) -> Vec<String> {
    let most = if is_all { usize::MAX } else { NAMED };
    let (by_place, mut lines) = (by_place(&moves.figures), Vec::new());
    for unit in moves.units.iter().take(most) {
        // Days that pass change no figure: other months are read.
        let behind =
            place_of(&unit.subject).and_then(|place| by_place.get(&place)).filter(|_| unit.from.0 == unit.to.0);
        let behind = behind.map_or(&[] as &[_], Vec::as_slice);
        match behind {
            [one] if is_all_of(one, unit) => lines.push(format!("{}{}", figure_text(one, is_all), outcome(unit))),
            behind => {
                lines.push(format!("{}{}", unit_text(unit), outcome(unit)));
                lines.extend(some(behind, most, |figure| format!("  {}", figure_text(figure, is_all))));
            }
        }
    }
    if moves.units.len() > most {
        lines.push(format!("and {} more, which `--explain` names", moves.units.len() - most));
    }
    if moves.units.is_empty() {
        lines.extend(some(&moves.figures.iter().collect::<Vec<_>>(), most, |figure| figure_text(figure, is_all)));
    }
    lines.iter().map(|line| plain(line)).collect()
}

/// The first few figures, and how many there are beside.
fn some(figures: &[&FigureMove], most: usize, text: impl Fn(&FigureMove) -> String) -> Vec<String> {
    let more = figures.len().saturating_sub(most);
    let more = (more > 0).then(|| format!("  and {more} more, which `--explain` names"));
    figures.iter().take(most).map(|figure| text(figure)).chain(more).collect()
}

/// A customer, a product, or a product of a customer.
type Place = (Option<CustomerId>, Option<String>);

/// The figures of each customer, of each product, and of each product of a customer.
fn by_place(figures: &[FigureMove]) -> BTreeMap<Place, Vec<&FigureMove>> {
    let mut by_place: BTreeMap<Place, Vec<&FigureMove>> = BTreeMap::new();
    for figure in figures {
        let (customer, product) = (Some(figure.customer), Some(figure.product.as_str().to_lowercase()));
        for place in [(customer, None), (None, product.clone()), (customer, product)] {
            by_place.entry(place).or_default().push(figure);
        }
    }
    by_place
}

/// Whose figures a unit is made of.
fn place_of(subject: &UnitSubject) -> Option<Place> {
    match subject {
        UnitSubject::Customer { customer, .. } => Some((Some(*customer), None)),
        UnitSubject::Pair { customer, product, .. } => Some((Some(*customer), Some(product.to_lowercase()))),
        UnitSubject::Product { product } => Some((None, Some(product.to_lowercase()))),
        UnitSubject::Person { .. } => None,
    }
}

/// Whether a unit has no other figure than one, so that one line says all.
fn is_all_of(figure: &FigureMove, unit: &UnitMove) -> bool {
    let is_same = |(_, unit): &(_, Option<Unit>), value: Option<Amount>| {
        let shown = unit.as_ref().and_then(|unit| unit.figure.clone());
        shown.is_none() || shown == value.map(|value| value.to_string())
    };
    is_same(&unit.from, figure.from) && is_same(&unit.to, figure.to)
}

/// A figure of a report before and behind; with its subscription, if that is wanted.
fn figure_text(moved: &FigureMove, has_subscription: bool) -> String {
    let FigureMove { month, metric, customer, product, subscription, from, to } = moved;
    let shown = |value: &Option<Amount>| {
        let text = value.as_ref().map(ToString::to_string)?;
        Some(match metric {
            UsageMetric::AcrUsd | UsageMetric::RevenueUsd => money(&text),
            UsageMetric::PaidSeats | UsageMetric::ActiveUsers | UsageMetric::ActiveUnits => grouped(&text),
        })
    };
    let unit = match metric {
        UsageMetric::AcrUsd | UsageMetric::RevenueUsd => "USD",
        UsageMetric::PaidSeats => "seats",
        UsageMetric::ActiveUsers => "users",
        UsageMetric::ActiveUnits => "units",
    };
    let subscription = subscription.as_ref().filter(|_| has_subscription);
    let of = subscription.map_or_else(String::new, |subscription| format!(", subscription {subscription}"));
    format!("{product} of customer {customer}{of}, {month}: {}", change(shown(from), shown(to), unit))
}

/// Two values with an arrow between them.
fn change(from: Option<String>, to: Option<String>, unit: &str) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from == to => format!("{to} {unit}"),
        (Some(from), Some(to)) => format!("{from} -> {to} {unit}"),
        (Some(from), None) => format!("{from} {unit} -> nothing"),
        (None, Some(to)) => format!("nothing -> {to} {unit}"),
        (None, None) => "nothing".to_owned(),
    }
}

/// A unit with its figures before and behind.
fn unit_text(moved: &UnitMove) -> String {
    let of = |part: &Option<String>| part.as_ref().map_or_else(String::new, |part| format!(" ({part})"));
    let mut text = match &moved.subject {
        UnitSubject::Customer { customer, part } => format!("customer {customer}{}", of(part)),
        UnitSubject::Pair { customer, product, part } => format!("{product} of customer {customer}{}", of(part)),
        UnitSubject::Product { product } => product.clone(),
        UnitSubject::Person { person, certification, step: 0 } => return format!("{certification} of {person}"),
        UnitSubject::Person { person, certification, step } => {
            return format!("{certification} of {person}, for step {step}");
        }
    };
    let ((_, before), (_, behind), [month_before, month]) = (&moved.from, &moved.to, moved.figure_months());
    let shown = |unit: &Option<Unit>| Some(figure(unit.as_ref()?.figure.as_ref()?, moved.measured_in));
    let unit = match moved.measured_in {
        Some(FigureUnit::Usd) => "USD",
        Some(FigureUnit::Mcv) => "USD of consumption value",
        Some(FigureUnit::Seats) => "seats",
        Some(FigureUnit::Users) => "users",
        None => "",
    };
    let summed = if moved.months == 1 { String::new() } else { format!("{} months to ", moved.months) };
    if moved.at == At::Then {
        // Growth of what was associated later has its baseline in a month of its own.
        let _ = write!(text, ", a year before: {}", change(shown(before), shown(behind), unit));
    } else if month_before == month {
        let _ = write!(text, ", {summed}{month}: {}", change(shown(before), shown(behind), unit));
    } else {
        let told = |side: &Option<Unit>, month: Month| match shown(side) {
            Some(figure) => format!("{figure} {unit} in {summed}{month}"),
            None => format!("nothing in {summed}{month}"),
        };
        let _ = write!(text, ": {} -> {}", told(before, month_before), told(behind, month));
    }
    text
}

/// What became of a unit: the bound that it crossed, or why it no longer counts, or did not before.
fn outcome(moved: &UnitMove) -> String {
    if let Some(crossed) = moved.crossed() {
        return format!(", {}", crossed_text(crossed, moved));
    }
    let missed = |unit: &Option<Unit>| unit.as_ref().and_then(|unit| unit.missed.clone());
    let counts = |unit: &Option<Unit>| unit.as_ref().is_some_and(|unit| unit.missed.is_none());
    match (counts(&moved.from.1), counts(&moved.to.1)) {
        (true, false) => match missed(&moved.to.1) {
            Some(why) => format!(", no longer counts: {why}"),
            None => ", no longer counts".to_owned(),
        },
        (false, true) => match missed(&moved.from.1) {
            Some(why) => format!(", counts now; before: {why}"),
            None => ", counts now".to_owned(),
        },
        (true, true) | (false, false) => String::new(),
    }
}

fn crossed_text(CrossedBound { name, value, is_held }: CrossedBound, moved: &UnitMove) -> String {
    let who = match &moved.subject {
        UnitSubject::Customer { .. } => "a customer",
        UnitSubject::Pair { .. } | UnitSubject::Product { .. } => "a product",
        UnitSubject::Person { .. } => "a person",
    };
    let value = if value.micros() == 0 { "0".to_owned() } else { figure(&value.to_string(), moved.measured_in) };
    names::crossed_bound(name, is_held, &value, who)
}
