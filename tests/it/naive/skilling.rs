//! Certifications: which count for whom, steps and gates.

use super::answer::{Metric, exact};
use super::facts::Fact;
use super::rules::{Distinction, Row};
use super::scene::{Lasting, Scene};
use chrono::{Datelike, NaiveDate};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A skilling metric, with steps or without.
pub fn certifications(scene: &Scene, metric: &'static str, track: &str) -> Option<Metric> {
    let key = format!("{}.{metric}", scene.area);
    let rule = scene.row("skill", &key, Distinction::Track(track))?.row;
    Some(match rule.nested("steps") {
        Some(steps) => with_steps(scene, metric, rule, &steps),
        None => {
            let list = scene.row("certification_list", &key, Distinction::KeyAlone);
            let people = people(scene, &list.map_or_else(Vec::new, |chosen| chosen.row.texts("certifications")));
            let mut answer = Metric::linear(metric, rule, &BigRational::from_integer(people.into()));
            answer.put("people", json!(people));
            answer.put("notes", json!([]));
            answer
        }
    })
}

fn with_steps(scene: &Scene, metric: &'static str, rule: Row, steps: &[Row]) -> Metric {
    let max = rule.need("max");
    let mut points = BigRational::zero();
    let mut reached = true;
    let mut people_of_points_step = 0;
    let mut answers: Vec<Value> = Vec::new();
    for step in steps {
        let people = people(scene, &step.texts("certifications"));
        let is_gate = step.figure("min_people").is_some();
        let (met, granted) = if !reached {
            (false, BigRational::zero())
        } else if is_gate {
            let met = people >= step.count("min_people");
            (met, if met { step.need("points") } else { BigRational::zero() })
        } else {
            (people > 0, step_points(rule, *step, people).min(&max - &points))
        };
        points += &granted;
        if is_gate && !met {
            reached = false;
        }
        if !is_gate {
            people_of_points_step = people;
        }
        answers.push(json!({
            "step": step.count("step"), "people": people, "met": met, "points_exact": exact(&granted),
        }));
    }
    let mut answer = Metric::new(metric, &max, points);
    answer.put("people", json!(people_of_points_step));
    answer.put("steps", Value::Array(answers));
    answer.put("notes", json!([]));
    answer
}

/// What the people of a points step are worth, before the metric's max.
fn step_points(rule: Row, step: Row, people: i64) -> BigRational {
    let people = BigRational::from_integer(people.into());
    match step.figure("per_person") {
        Some(per_person) => per_person * people,
        None => rule.need("max") * people / rule.need("threshold"),
    }
}

/// Whether a certification of a list would count if it were earned on the day.
pub fn can_be_earned(scene: &Scene, list: &[&str]) -> bool {
    list.iter().any(|code| has_credit(scene, scene.rulebook.read_as(code), scene.as_of))
}

/// How many people have at least one certification of a list that counts.
fn people(scene: &Scene, list: &[&str]) -> i64 {
    let read = |certification| scene.rulebook.read_as(certification);
    let has_any = |person: &&&str| list.iter().any(|certification| counts(scene, person, read(certification)));
    everyone(scene).iter().filter(has_any).count() as i64
}

/// The newest link of a certification of a person, and what has become of it.
pub struct Holding {
    pub link: u64,
    /// The first unlinking since.
    pub unlink: Option<u64>,
    pub has_expired: bool,
    /// Whether the catalogue has it, and every limit of its credit holds.
    pub has_credit: bool,
}

impl Holding {
    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.unlink.is_none() && !self.has_expired && self.has_credit
    }

    /// That of a person at the day; none without a link.
    pub fn of(scene: &Scene, person: &str, certification: &str) -> Option<Holding> {
        // The facts stand in their order: the last link is the newest, and what follows it came since.
        let names = |fact: &Fact| fact.text("certification").map(|code| scene.rulebook.read_as(code).to_owned());
        let is_link = |fact: &Fact| {
            fact.kind() == "certification_linked"
                && fact.text("person") == Some(person)
                && names(fact).as_deref() == Some(certification)
        };
        let newest = scene.facts.iter().rposition(is_link)?;
        let is_unlink = |fact: &&Fact| {
            fact.kind() == "certification_unlinked"
                && fact.text("person") == Some(person)
                && names(fact).is_none_or(|code| code == certification)
        };
        let link = &scene.facts[newest];
        let known = scene.rulebook.certification(certification);
        let earned_on = link.date("earned_on").unwrap_or_else(|| link.effective_at().date_naive());
        let expires_on = link.date("expires_on").or_else(|| expires_on(known?, earned_on));
        Some(Holding {
            link: link.seq,
            unlink: scene.facts[newest + 1..].iter().find(is_unlink).map(|fact| fact.seq),
            has_expired: expires_on.is_some_and(|expires_on| expires_on < scene.as_of),
            has_credit: known.is_some() && has_credit(scene, certification, earned_on),
        })
    }
}

/// When a certification of the catalogue expires by itself; never, for fundamentals.
pub fn expires_on(known: Row, earned_on: NaiveDate) -> Option<NaiveDate> {
    if known.text("level") == Some("fundamentals") {
        return None;
    }
    Some(years_after(earned_on, known.figure("valid_years").map_or(1, |_| known.count("valid_years"))))
}

/// Whether a certification counts for a person at the day.
pub fn counts(scene: &Scene, person: &str, certification: &str) -> bool {
    let own = (person.to_owned(), certification.to_owned());
    let counts = Holding::of(scene, person, certification).is_some_and(|holding| holding.counts());
    match scene.lasting {
        Lasting::Certifications(all) => counts || all.contains(&own),
        Lasting::Turned(turned) => counts != (*turned == own),
        _ => counts,
    }
}

/// The people who have ever linked a certification.
pub fn everyone<'a>(scene: &Scene<'a>) -> BTreeSet<&'a str> {
    let links = scene.facts.iter().filter(|fact| fact.kind() == "certification_linked");
    links.filter_map(|link| link.text("person")).collect()
}

/// Whether every limit of the certification's end of credit holds.
pub fn has_credit(scene: &Scene, certification: &str, earned_on: NaiveDate) -> bool {
    let Some(end) = scene.rulebook.certification_end(certification) else {
        return true;
    };
    end.date("retired").is_none_or(|retired| earned_on <= retired)
        && end.date("not_eligible_from").is_none_or(|day| scene.as_of < day)
        && end.date("counts_through").is_none_or(|day| scene.as_of <= day)
}

/// The same day so many years later; 28 February where that year has no 29th.
pub fn years_after(day: NaiveDate, years: i64) -> NaiveDate {
    let year = day.year() + years as i32;
    day.with_year(year).unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 2, 28).expect("28 February exists"))
}
