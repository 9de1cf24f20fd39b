//! What is known to end in an area, day by day: the text of `forecast` in the interface, taken literally.

use super::answer::exact;
use super::days::Days;
use super::facts::Fact;
use super::rules::{Distinction, Row};
use super::scene::{Lasting, Scene};
use super::skilling::{Holding, everyone};
use super::tracks::{METRICS, Tracks, held, parts};
use super::{Question, on_scenes};
use chrono::{Days as Count, NaiveDate};
use num_rational::BigRational;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// All that ends behind a day and up to another, for the one area of a question.
pub fn ends(entries: &[Value], builtin: &str, days: &Days, (from, until): (NaiveDate, NaiveDate)) -> Vec<Value> {
    let days_behind = from.iter_days().skip(1).take_while(|day| *day <= until).filter(|day| days.may_change(*day));
    let of_day = |day: NaiveDate| -> Vec<Value> {
        let [eve, today]: [Question; 2] = [day - Count::new(1), day].map(|day| days.question(day));
        let of_eve = on_scenes(entries, builtin, &eve, |before, _| {
            on_scenes(entries, builtin, &today, |after, _| Turn { before, after }.ends()).expect("the day has a score")
        });
        of_eve.expect("the eve has a score").concat().concat()
    };
    days_behind.flat_map(of_day).collect()
}

/// An area on a day and on the day before.
struct Turn<'t> {
    before: &'t Scene<'t>,
    after: &'t Scene<'t>,
}

/// Persons, each with a certification.
type Holders = BTreeSet<(String, String)>;

/// What ends: the text by which it is told in order, its fields, its entries, and the total if it did not.
type Loss = (String, Value, BTreeSet<u64>, BigRational);

impl Turn<'_> {
    fn ends(&self) -> Vec<Value> {
        let total = Tracks::new(self.after).winner().points.clone();
        let track = Tracks::new(self.before).winner().track;
        let mut all = Vec::new();
        let (certifications, credits) = self.certifications(track);
        let kinds = [
            ("certification", certifications),
            ("credit", credits),
            ("association", self.associations(track)),
            ("enrolment", self.enrolment().into_iter().collect()),
            ("rules", self.rules(track)),
        ];
        for (kind, mut losses) in kinds {
            losses.sort_by(|one, other| one.0.cmp(&other.0));
            for (_, subject, entries, otherwise) in losses {
                let mut end = json!({"day": self.after.as_of.to_string(), "kind": kind});
                let fields = end.as_object_mut().expect("an object");
                fields.extend(subject.as_object().expect("an object").clone());
                fields.insert("points_exact".to_owned(), json!(exact(&(&total - otherwise))));
                fields.insert("entries".to_owned(), json!(entries));
                all.push(end);
            }
        }
        all
    }

    fn otherwise(&self, lasting: Lasting, association: Option<uuid::Uuid>) -> BigRational {
        Tracks::new(&self.after.with(lasting, association)).winner().points.clone()
    }

    /// The certifications that the track counts on the eve.
    fn listed(&self, track: &str) -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for metric in METRICS {
            let key = format!("{}.{metric}", self.before.area);
            let Some(skill) = self.before.row("skill", &key, Distinction::Track(track)) else { continue };
            match skill.row.nested("steps") {
                Some(steps) => codes.extend(steps.iter().flat_map(|step| step.texts("certifications"))),
                None => {
                    let list = self.before.row("certification_list", &key, Distinction::KeyAlone);
                    codes.extend(list.iter().flat_map(|chosen| chosen.row.texts("certifications")));
                }
            }
        }
        codes.into_iter().map(|code| self.before.rulebook.read_as(code).to_owned()).collect()
    }

    fn certifications(&self, track: &str) -> (Vec<Loss>, Vec<Loss>) {
        let mut of_persons = Vec::new();
        let mut of_rows: BTreeMap<String, (BTreeSet<u64>, Holders)> = BTreeMap::new();
        for code in self.listed(track) {
            for person in everyone(self.before) {
                let Some(was) = Holding::of(self.before, person, &code).filter(Holding::counts) else { continue };
                let read_as = self.after.rulebook.read_as(&code).to_owned();
                let Some(is) = Holding::of(self.after, person, &read_as).filter(|is| !is.counts()) else { continue };
                let entries: BTreeSet<u64> = [was.link, is.link].into_iter().chain(is.unlink).collect();
                let holder = (person.to_owned(), read_as);
                if is.unlink.is_none() && !is.has_expired {
                    let credit = of_rows.entry(code.clone()).or_default();
                    credit.0.extend(entries);
                    credit.1.insert(holder);
                    continue;
                }
                let otherwise = self.otherwise(Lasting::Certifications(&BTreeSet::from([holder])), None);
                let subject = json!({"person": person, "certification": code});
                of_persons.push((format!("{person}\n{code}"), subject, entries, otherwise));
            }
        }
        let of_rows = of_rows.into_iter().map(|(code, (entries, holders))| {
            let otherwise = self.otherwise(Lasting::Certifications(&holders), None);
            (code.clone(), json!({"certification": code}), entries, otherwise)
        });
        (of_persons, of_rows.collect())
    }

    fn associations(&self, track: &str) -> Vec<Loss> {
        let mut lists: BTreeSet<&str> = BTreeSet::new();
        for metric in METRICS {
            let Some(rule) = self.before.rule(metric, track) else { continue };
            for field in ["", "_azure", "_m365", "_dynamics_365", "_power_platform"] {
                lists.extend(rule.texts(&format!("associations{field}")));
            }
            lists.extend(rule.nested("options").into_iter().flatten().filter_map(|option| option.text("association")));
        }
        let lists: Vec<&str> = lists.into_iter().collect();
        let (was, is) = (self.before.measured, self.after.measured);
        let area = self.after.area;
        let mut losses = Vec::new();
        for one in self.before.associations.iter().filter(|one| one.in_force_at_end_of(was, area)) {
            let Some(customer) = one.customer.filter(|_| one.is_in(&lists, self.before.rulebook)) else { continue };
            let now = self.after.associations.iter().find(|other| other.id == one.id).expect("it was accepted");
            if was == is || now.in_force_at_end_of(is, area) {
                continue;
            }
            let entries = [now.accepted_by].into_iter().chain(now.ended_by(area)).collect();
            let subject = json!({"association": one.id.to_string(), "customer": customer.to_string()});
            losses.push((one.id.to_string(), subject, entries, self.otherwise(Lasting::Nothing, Some(one.id))));
        }
        losses
    }

    fn enrolment(&self) -> Option<Loss> {
        let track = |fact: Option<&Fact>| fact.and_then(|fact| fact.text("track")).map(str::to_owned);
        let was = held(self.before)?;
        let has_gone_by = was.date("anniversary").is_some_and(|anniversary| anniversary < self.after.as_of);
        if !has_gone_by || track(held(self.after)) == track(Some(was)) {
            return None;
        }
        let otherwise = self.otherwise(Lasting::Enrolment(self.before.as_of), None);
        Some((String::new(), json!({"track": track(Some(was))}), BTreeSet::from([was.seq]), otherwise))
    }

    /// What a key says to a track: its rows, its list and its products.
    fn terms<'s>(scene: &Scene<'s>, key: &str, track: &str) -> Vec<BTreeMap<&'s String, &'s toml::Value>> {
        let mut rows: Vec<Option<Row>> = vec![
            scene.row("track", key, Distinction::KeyAlone).map(|chosen| chosen.row),
            scene.row("rule", key, Distinction::Track(track)).map(|chosen| chosen.row),
            scene.row("skill", key, Distinction::Track(track)).map(|chosen| chosen.row),
        ];
        if rows.iter().all(Option::is_none) {
            return Vec::new();
        }
        rows.push(scene.row("certification_list", key, Distinction::KeyAlone).map(|chosen| chosen.row));
        let metric = key.split_once('.').map_or("", |(_, metric)| metric);
        for part in parts(scene.rule_area(), metric) {
            rows.push(scene.row("products", key, *part).map(|chosen| chosen.row));
        }
        rows.iter().map(|row| row.as_ref().map(Row::terms).unwrap_or_default()).collect()
    }

    fn rules(&self, track: &str) -> Vec<Loss> {
        let (before, after) = (self.before, self.after);
        let of_metric = |metric: &str| {
            let area = if metric.ends_with("_certifications") { before.area } else { before.rule_area() };
            format!("{area}.{metric}")
        };
        let keys = [before.rule_area().to_owned()].into_iter().chain(METRICS.map(of_metric));
        let mut losses = Vec::new();
        for key in keys {
            let was = Turn::terms(before, &key, track);
            if !was.is_empty() && was != Turn::terms(after, &key, track) {
                let otherwise = self.otherwise(Lasting::Rules(&key, before.rulebook, before.as_of), None);
                losses.push((key.clone(), json!({"key": key}), BTreeSet::new(), otherwise));
            }
        }
        losses
    }
}
