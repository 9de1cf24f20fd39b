//! The score over time as JSON, but for what changed between spans: the text of `timeline` in the interface, taken
//! literally.

use super::days::{Days, at_end_of};
use super::facts::{instant, recorded_at};
use super::known::{ground, reported_to, rules, said_of_carrying};
use super::{Basis, Question, canonical_instant, measured_month, score};
use chrono::{DateTime, Datelike, Days as Count, Duration, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Along what scores are asked.
#[derive(Clone, Debug)]
pub enum Axis {
    Days { from: NaiveDate, to: NaiveDate, step: &'static str, known_then: bool },
    Known { from: String, to: String, step: &'static str },
}

/// An answer at a place of the axis.
type Stop = (String, Value);

/// The object about the one area of a question, whose spans lack their contributions; or the codes that are right.
pub fn timeline(entries: &[Value], builtin: &str, question: &Question, axis: &Axis) -> Result<Value, Vec<String>> {
    let (last, stops, rulebooks) = match axis {
        Axis::Days { .. } => along_days(entries, builtin, question, axis)?,
        Axis::Known { .. } => along_knowledge(entries, builtin, question, axis)?,
    };
    let mut object = json!({"partner": question.partner, "area": question.areas[0]});
    let fields = object.as_object_mut().expect("an object");
    let (known_at, tree) = ground(entries, &last);
    match axis {
        Axis::Days { from, to, step, known_then } => {
            fields.insert("from".to_owned(), json!(from.to_string()));
            fields.insert("to".to_owned(), json!(to.to_string()));
            fields.insert("step".to_owned(), json!(step));
            fields.insert("known_at".to_owned(), json!(if *known_then { "then".to_owned() } else { known_at }));
        }
        Axis::Known { from, to, step } => {
            fields.insert("as_of".to_owned(), json!(question.as_of.to_string()));
            fields.insert("known_from".to_owned(), json!(from));
            fields.insert("known_to".to_owned(), json!(to));
            fields.insert("step".to_owned(), json!(step));
        }
    }
    let basis = if question.basis == Basis::Live { "live" } else { "published" };
    fields.insert("basis".to_owned(), json!(basis));
    fields.extend(said_of_carrying(question).into_iter().map(|(name, value)| (name.to_owned(), value)));
    fields.insert("reported_to".to_owned(), reported_to(entries, &last));
    fields.insert("rulebooks".to_owned(), rulebooks);
    fields.insert("ledger".to_owned(), tree);
    fields.extend(assumed(question));
    let notes: BTreeSet<String> = stops.iter().flat_map(|(_, answer)| texts(&answer["notes"])).collect();
    fields.insert("spans".to_owned(), spans(stops, axis));
    fields.insert("notes".to_owned(), json!(notes));
    Ok(object)
}

/// What an answer says of the events that are assumed, if any are.
pub fn assumed(question: &Question) -> Map<String, Value> {
    let events = &question.beyond.assumed;
    let lines: String = events.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    let said = json!({"assumed": {"events": events.len(), "sha256": hex::encode(Sha256::digest(lines))}});
    if events.is_empty() { Map::new() } else { said.as_object().expect("an object").clone() }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The last question, the answers, and the rulebooks.
type Found = (Question, Vec<Stop>, Value);

fn along_days(entries: &[Value], builtin: &str, question: &Question, axis: &Axis) -> Result<Found, Vec<String>> {
    let Axis::Days { from, to, step, known_then } = axis else { unreachable!() };
    let mut days = Days::new(entries, builtin, question.clone(), *known_then);
    let all: Vec<NaiveDate> = from.iter_days().take_while(|day| day <= to).collect();
    let is_asked = |day: &NaiveDate| *step != "month" || day == to || (*day + Count::new(1)).day() == 1;
    let mut stops = Vec::new();
    let mut code = None;
    for day in all.iter().copied().filter(is_asked) {
        match days.on(day) {
            Ok(answer) => stops.push((day.to_string(), answer.clone())),
            Err(refusal) => code = Some(refusal.clone()),
        }
    }
    let late = carries_from_later(entries, builtin, &days.question(*from));
    let nobody = if stops.is_empty() { code } else { None };
    let codes: Vec<String> = late.into_iter().chain(nobody).collect();
    if !codes.is_empty() {
        return Err(codes);
    }
    let known: Vec<NaiveDate> = all.into_iter().skip_while(|day| days.on(*day).is_err()).collect();
    let first = known.first().copied();
    let changing = known.into_iter().filter(|day| days.may_change(*day) || Some(*day) == first);
    let books = changing.map(|day| (day.to_string(), rules(entries, builtin, &days.question(day))));
    let rulebooks = rulebooks("from", books);
    Ok((days.question(*to), stops, rulebooks))
}

fn along_knowledge(entries: &[Value], builtin: &str, question: &Question, axis: &Axis) -> Result<Found, Vec<String>> {
    let Axis::Known { from, to, step } = axis else { unreachable!() };
    let [first, last] = [from, to].map(|text| instant(text));
    let mut instants: BTreeSet<DateTime<Utc>> = BTreeSet::from([first]);
    let recorded = entries.iter().map(recorded_at);
    instants.extend(recorded.filter(|at| first < *at && *at <= last).map(|at| match *step {
        "instant" => at,
        _ => at_end_of(at.date_naive()).min(last),
    }));
    let asked = |at: DateTime<Utc>| Question { known_at: Some(canonical_instant(at)), ..question.clone() };
    let mut stops = Vec::new();
    let mut books = Vec::new();
    let mut code = None;
    for at in instants {
        match score(entries, builtin, &asked(at)) {
            Ok(mut answers) => {
                stops.push((canonical_instant(at), answers.swap_remove(0)));
                books.push((canonical_instant(at), rules(entries, builtin, &asked(at))));
            }
            Err(refusal) => code = Some(refusal),
        }
    }
    let late = carries_from_later(entries, builtin, &asked(first));
    let nobody = if stops.is_empty() { code } else { None };
    let codes: Vec<String> = late.into_iter().chain(nobody).collect();
    if !codes.is_empty() {
        return Err(codes);
    }
    Ok((asked(last), stops, rulebooks("known_from", books.into_iter())))
}

/// The refusal of a month to carry from that is later than the measured one.
pub fn carries_from_later(entries: &[Value], builtin: &str, question: &Question) -> Option<String> {
    let rules = rules(entries, builtin, question);
    let refresh_day = super::known::row_on(&rules, "refresh", question.as_of).0["day_of_month"].as_integer()?;
    let measured = measured_month(question.as_of, question.basis, refresh_day as u32);
    question.beyond.from.filter(|from| *from > measured).map(|_| "bad_value".to_owned())
}

/// Rulebooks by the places from which on they are in use.
fn rulebooks(name: &str, places: impl Iterator<Item = (String, super::rules::Rulebook)>) -> Value {
    let mut all: Vec<Value> = Vec::new();
    let mut newest = None;
    for (place, rules) in places {
        if newest != Some(rules.adopted_by) {
            newest = Some(rules.adopted_by);
            let mut one = json!({ name: place });
            one["name"] = json!(rules.name);
            one["sha256"] = json!(rules.sha256());
            all.push(one);
        }
    }
    json!(all)
}

/// Places that follow each other with the same track, the same points of every metric and the same `below`.
fn spans(stops: Vec<Stop>, axis: &Axis) -> Value {
    let (names, merges) = match axis {
        Axis::Days { step, .. } => (["first", "last"], *step == "change"),
        Axis::Known { .. } => (["known_from", "known_to"], true),
    };
    let mut spans: Vec<Value> = Vec::new();
    for (place, answer) in stops {
        let metrics = answer["metrics"].as_array().expect("a list").iter();
        let metrics: Map<String, Value> = metrics
            .map(|metric| (metric["metric"].as_str().expect("a name").to_owned(), metric["points_exact"].clone()))
            .collect();
        let span = json!({
            names[0]: place, names[1]: place, "measured_month": answer["measured_month"], "track": answer["track"],
            "points": answer["points"], "points_exact": answer["points_exact"], "qualified": answer["qualified"],
            "below": answer["below"], "metrics": metrics,
        });
        let same = |name: &str| spans.last().is_some_and(|last| last[name] == span[name]);
        if merges && ["track", "below", "metrics"].into_iter().all(same) {
            spans.last_mut().expect("a span")[names[1]] = span[names[1]].clone();
        } else {
            spans.push(span);
        }
    }
    if let Axis::Known { to, .. } = axis {
        let starts: Vec<Value> = spans.iter().skip(1).map(|span| span["known_from"].clone()).collect();
        let ends = starts
            .iter()
            .map(|start| canonical_instant(instant(start.as_str().expect("an instant")) - Duration::microseconds(1)));
        let ends: Vec<String> = ends.chain([to.clone()]).collect();
        spans.iter_mut().zip(ends).for_each(|(span, end)| span["known_to"] = json!(end));
    }
    json!(spans)
}
