//! The status of designations beside one that is computed day by day, from the public score alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Duration, Months, NaiveDate};
use ledger::{Area, Entry, Timestamp};
use projection::points::Points;
use projection::rulebook::Rulebook;
use projection::{Carry, History, adoption_in_force, score};
use serde_json::{Value, json};

use crate::answers::{self, lines, parsed};
use crate::histories::{Dice, entries, questions};
use crate::laws;
use crate::naive::Question;
use crate::second_fold::{error_code, size_of};
use crate::seeds;
use crate::session::Session;

/// Histories without the variable.
const SEEDS: u64 = 12;

/// What is looked at of a day.
#[derive(Clone)]
struct Day {
    points: Points,
    is_qualified: bool,
    notes: Vec<&'static str>,
    today: Value,
}

/// Rules with the name under which they are in force, and their text as tables.
struct Rules {
    name: String,
    rulebook: Rulebook,
    tables: toml::Table,
}

/// A question with all that it is answered from.
struct Asked<'a> {
    values: Vec<&'a Value>,
    histories: [History; 2],
    shared: Vec<Entry>,
    rulebooks: BTreeMap<Option<u64>, Rules>,
    question: &'a Question,
    given: Option<NaiveDate>,
    scored: BTreeMap<(Area, NaiveDate), Option<Day>>,
}

#[test]
fn a_status_is_what_the_scores_of_single_days_say() {
    let reached: Vec<BTreeSet<String>> = seeds::on_two_threads(&seeds::asked(SEEDS), compare);
    let reached: BTreeSet<String> = reached.into_iter().flatten().collect();
    for what in ["in_progress", "qualified", "enrolled", "renewal_due", "secured", "next", "given"] {
        assert!(reached.contains(what) || seeds::asked(SEEDS).len() < 12, "no answer has {what}: {reached:?}");
    }
}

/// Compares the answers about a history; returns what they showed.
fn compare(seed: u64) -> BTreeSet<String> {
    let mut values = entries(seed, size_of(seed) / 2 + 20);
    let questions = questions(seed, &values);
    let mut dice = Dice::new(seed, "statuses");
    adopt(&mut dice, &mut values, questions[0].as_of);
    let all = parsed(&values);
    let session = Session::new();
    session.import_entries("pcs-ledger", &lines(&values));
    let mut reached = BTreeSet::new();
    for question in questions.iter().take(3).chain(questions.iter().skip(8)) {
        let question =
            &Question { known_at: question.known_at.clone().filter(|_| dice.chance(30)), ..question.clone() };
        let given = dice.chance(30).then(|| question.as_of + Duration::days(dice.range(-40, 200)));
        let mut args = laws::command(question);
        "status".clone_into(&mut args[0]);
        args.extend(given.into_iter().flat_map(|day| ["--anniversary".to_owned(), day.to_string()]));
        let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let known_at = question.known_at.as_ref().map(|instant| Timestamp::parse(instant).unwrap());
        match Asked::new(question, given, &values, &all, known_at)
            .answers(known_at.unwrap_or(all.last().unwrap().recorded_at))
        {
            Ok(wanted) => {
                assert_eq!(ran.code, 0, "seed {seed}, {question:?}: {}", ran.stderr);
                let found: Vec<Value> = ran.stdout.lines().map(without_ground).collect();
                for (found, wanted) in found.iter().zip(&wanted) {
                    assert_eq!(found.to_string(), wanted.to_string(), "seed {seed}, {question:?}, {given:?}");
                    reached.insert(found["status"].as_str().unwrap().to_owned());
                    let is_there = [("secured", "secured_until"), ("next", "next"), ("given", "anniversary")];
                    reached.extend(
                        is_there
                            .iter()
                            .filter(|(_, field)| found[*field] != json!(null))
                            .map(|(said, _)| (*said).to_owned()),
                    );
                }
                assert_eq!(found.len(), wanted.len());
            }
            Err(code) => {
                assert_eq!((ran.code, error_code(&ran.stderr)), (1, code.to_owned()), "seed {seed}, {question:?}");
                reached.insert(code.to_owned());
            }
        }
    }
    reached
}

/// Adopts rules under which more qualifies, and with other windows and renewals, from a day near another.
fn adopt(dice: &mut Dice, values: &mut Vec<Value>, near: NaiveDate) {
    let mut text = Rulebook::builtin().text().replace("total_min = 70", "total_min = 4");
    if dice.chance(60) {
        text = text.replace("months_back = 5", dice.pick(&["months_back = 2", "months_back = 7", "months_back = 0"]));
        text = text.replace("anniversary = 30", dice.pick(&["anniversary = 9", "anniversary = 0", "anniversary = 45"]));
    }
    let days = dice.pick(&[-400, -400, -90, -5, 1, 60]);
    let recorded: chrono::DateTime<chrono::Utc> =
        values.last().unwrap()["recorded_at"].as_str().unwrap().parse().unwrap();
    let event = json!({
        "id": dice.uuid(),
        "type": "rulebook_adopted",
        "effective_at": format!("{}T00:00:00.000000Z", near + Duration::days(days)),
        "rulebook": text,
        "name": "lenient",
    });
    let recorded_at = crate::naive::canonical_instant(recorded + Duration::seconds(1));
    values.push(json!({"seq": values.len(), "recorded_at": recorded_at, "event": event}));
}

/// An answer without what is no status.
fn without_ground(line: &str) -> Value {
    let mut answer: Value = serde_json::from_str(line).expect("an object a line");
    assert!(answer.as_object_mut().expect("an object").shift_remove("ledger").is_some(), "{line}");
    answer["rulebook"] = answer["rulebook"]["name"].clone();
    answer
}

impl<'a> Asked<'a> {
    fn new(
        question: &'a Question,
        given: Option<NaiveDate>,
        values: &'a [Value],
        all: &[Entry],
        known_at: Option<Timestamp>,
    ) -> Self {
        let known: Vec<&Entry> = all.iter().filter(|entry| known_at.is_none_or(|at| entry.recorded_at <= at)).collect();
        let own = || {
            known
                .iter()
                .filter(|entry| entry.event.partner.as_ref().is_some_and(|own| own.as_str() == question.partner))
        };
        let mut histories = [History::fold(own().copied()), History::fold(own().copied())];
        histories[1].carry(Carry { from: None, own_end: known.len() as u64 });
        Self {
            values: values
                .iter()
                .take(known.len())
                .filter(|value| value["event"]["partner"] == question.partner.as_str())
                .collect(),
            histories,
            shared: known.iter().filter(|entry| entry.event.partner.is_none()).copied().cloned().collect(),
            rulebooks: BTreeMap::new(),
            question,
            given,
            scored: BTreeMap::new(),
        }
    }

    fn answers(&mut self, known_at: Timestamp) -> Result<Vec<Value>, &'static str> {
        let as_of = self.question.as_of;
        if self.values.is_empty() {
            return Err("unknown_partner");
        }
        if as_of < self.rules(as_of).rulebook.program_start() {
            return Err("before_program");
        }
        Ok(answers::areas(self.question).into_iter().map(|area| self.answer(area, known_at)).collect())
    }

    fn rules(&mut self, day: NaiveDate) -> &Rules {
        let adopted = adoption_in_force(&self.shared, day);
        self.rulebooks.entry(adopted.map(|adopted| adopted.seq)).or_insert_with(|| {
            let (name, rulebook) = match adopted {
                Some(adopted) => (adopted.name.to_string(), Rulebook::parse(adopted.text.as_str()).unwrap()),
                None => (Rulebook::builtin().name().to_owned(), Rulebook::builtin().clone()),
            };
            let tables = rulebook.text().parse().unwrap();
            Rules { name, rulebook, tables }
        })
    }

    /// A row of the rulebook of a day that holds on another, with its notes.
    fn row(&mut self, rules_of: NaiveDate, table: &str, on: NaiveDate) -> (toml::Table, Vec<&'static str>) {
        let tables = &self.rules(rules_of).tables;
        let date =
            |row: &toml::Table, field: &str| row.get(field).map(|date| date.to_string().parse::<NaiveDate>().unwrap());
        let mut rows: Vec<toml::Table> =
            tables[table].as_array().unwrap().iter().map(|row| row.as_table().unwrap().clone()).collect();
        rows.sort_by_key(|row| date(row, "from"));
        let begun = rows.iter().rposition(|row| date(row, "from") <= Some(on));
        let next = rows.get(begun.map_or(0, |nth| nth + 1));
        let is_bounded = next.is_some_and(|next| date(next, "not_before").is_some_and(|first| first <= on));
        let notes = [(begun.is_none(), "assumed_rules"), (is_bounded, "bounded_rules")];
        let notes = notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect();
        (rows[begun.unwrap_or(0)].clone(), notes)
    }

    /// The anniversary that counts on a day, with the last day of its renewal.
    fn anniversary(&mut self, area: Area, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let is_retracted = |value: &Value| self.histories[0].is_retracted(value["seq"].as_u64().unwrap());
        let newest = self.values.iter().filter(|value| {
            let event = &value["event"];
            let is_it = event["type"] == "designation_enrolled" && event["area"] == area.name();
            is_it && !is_retracted(value) && &event["effective_at"].as_str().unwrap()[..10] <= day.to_string().as_str()
        });
        let newest = newest.max_by_key(|value| (value["event"]["effective_at"].to_string(), value["seq"].as_u64()));
        let newest = newest.map(|value| value["event"]["anniversary"].as_str().unwrap().parse().unwrap());
        let anniversary = self.given.or(newest)?;
        let renewal =
            self.row(day, "membership", anniversary).0["renewal_days_after_anniversary"].as_integer().unwrap();
        let last = anniversary + Duration::days(renewal);
        (day <= last).then_some((anniversary, last))
    }

    /// The window of a day, of which the rows are those of that day.
    fn window(&mut self, area: Area, day: NaiveDate) -> (&'static str, NaiveDate, NaiveDate, Vec<&'static str>) {
        let (row, notes) = self.row(day, "window", day);
        let figure = |name: &str| u32::try_from(row[name].as_integer().unwrap()).unwrap();
        let back = |day: NaiveDate, months: u32| day - Months::new(months);
        let (kind, first, last) = match self.anniversary(area, day) {
            Some((anniversary, _)) if row["enrolled"].as_str() == Some("days_before") => {
                ("enrolled", anniversary - Duration::days(figure("days").into()), anniversary)
            }
            Some((anniversary, _)) => {
                let first = back(anniversary, figure("months_back")).with_day(1).unwrap();
                ("enrolled", first, anniversary.with_day(1).unwrap() + Months::new(1) - Duration::days(1))
            }
            None => match row["not_enrolled"].as_str().unwrap() {
                "day" => ("not_enrolled", day, day),
                "same_day" => ("not_enrolled", back(day, figure("months_back")), day),
                _ => ("not_enrolled", back(day, figure("months_back")).with_day(1).unwrap(), day),
            },
        };
        (kind, first, last, notes)
    }

    /// The score of a day; none before the programme.
    fn day(&mut self, area: Area, day: NaiveDate) -> Option<&Day> {
        if !self.scored.contains_key(&(area, day)) {
            let scored = self.score(area, day);
            self.scored.insert((area, day), scored);
        }
        self.scored[&(area, day)].as_ref()
    }

    fn score(&mut self, area: Area, day: NaiveDate) -> Option<Day> {
        let asked = projection::Question { as_of: day, ..answers::question(self.question, false) };
        self.rules(day);
        let adopted = adoption_in_force(&self.shared, day).map(|adopted| adopted.seq);
        let history = &self.histories[usize::from(day > self.question.as_of)];
        let answer = score(history, &self.rulebooks[&adopted].rulebook, area, &asked).ok()?;
        let (points, below) = (answer.score.points.clone(), answer.score.below.clone());
        let shown: Value = serde_json::from_str(&points.shown()).unwrap();
        let exact = points.to_string();
        let today = json!({"points": shown, "points_exact": exact, "qualified": below.is_empty(), "below": below});
        Some(Day { points, is_qualified: below.is_empty(), notes: answer.notes, today })
    }

    fn status(&mut self, area: Area, day: NaiveDate) -> &'static str {
        if let Some((anniversary, _)) = self.anniversary(area, day) {
            return if day <= anniversary { "enrolled" } else { "renewal_due" };
        }
        let (_, first, last, _) = self.window(area, day);
        let is_qualified = first
            .iter_days()
            .take_while(|day| *day <= last)
            .any(|day| self.day(area, day).is_some_and(|day| day.is_qualified));
        if is_qualified { "qualified" } else { "in_progress" }
    }

    fn answer(&mut self, area: Area, known_at: Timestamp) -> Value {
        let as_of = self.question.as_of;
        let (kind, first, last, mut notes) = self.window(area, as_of);
        let today = self.day(area, as_of).cloned().expect("the programme has begun");
        notes.extend(&today.notes);
        let days: Vec<(NaiveDate, Day)> = first
            .iter_days()
            .take_while(|day| *day <= last.min(as_of))
            .filter_map(|day| Some((day, self.day(area, day)?.clone())))
            .collect();
        let mut best: Option<&(NaiveDate, Day)> = None;
        for day in &days {
            notes.extend(&day.1.notes);
            best = best.filter(|best| best.1.points >= day.1.points).or(Some(day));
        }
        let qualifying: Vec<NaiveDate> = days.iter().filter(|(_, day)| day.is_qualified).map(|(day, _)| *day).collect();
        let anniversary = self.anniversary(area, as_of);
        let secured_until = qualifying.last().map(|qualifying| {
            if let Some((_, last)) = anniversary {
                return last;
            }
            let mut until = as_of;
            while self.open(until + Duration::days(1)) <= *qualifying {
                until += Duration::days(1);
            }
            until
        });
        let status = self.status(area, as_of);
        let until = as_of + Months::new(12);
        let next = as_of.iter_days().skip(1).take_while(|day| *day <= until).find_map(|day| {
            let next = self.status(area, day);
            (next != status).then(|| json!({"day": day.to_string(), "status": next}))
        });
        let left = first.max(as_of + Duration::days(1)).iter_days().take_while(|day| *day <= last).count();
        notes.sort_unstable();
        notes.dedup();
        let text = |day: Option<&NaiveDate>| day.map(ToString::to_string);
        let mut answer = json!({
            "partner": self.question.partner,
            "area": area.name(),
            "as_of": as_of.to_string(),
            "known_at": known_at.to_string(),
            "basis": format!("{:?}", self.question.basis).to_lowercase(),
        });
        let fields = answer.as_object_mut().unwrap();
        if let Some((anniversary, _)) = anniversary {
            fields.insert("anniversary".to_owned(), json!(anniversary.to_string()));
        }
        let rest = json!({
            "rulebook": self.rules(as_of).name,
            "status": status,
            "window": {"kind": kind, "from": first.to_string(), "to": last.to_string()},
            "days": {"asked": days.len(), "qualified": qualifying.len(), "left": left},
            "today": today.today,
            "best": best.map(|(day, best)| json!({
                "day": day.to_string(), "points": best.today["points"], "points_exact": best.today["points_exact"],
                "qualified": best.is_qualified,
            })),
            "first_qualifying": text(qualifying.first()),
            "last_qualifying": text(qualifying.last()),
            "secured_until": text(secured_until.as_ref()),
            "next": next,
            "reported_to": self.reported_to(),
            "notes": notes,
        });
        fields.extend(rest.as_object().unwrap().clone());
        answer
    }

    /// The first day of the window of a partner that is not enrolled.
    fn open(&mut self, day: NaiveDate) -> NaiveDate {
        let row = self.row(day, "window", day).0;
        let months = Months::new(
            row.get("months_back").map_or(0, |months| u32::try_from(months.as_integer().unwrap()).unwrap()),
        );
        match row["not_enrolled"].as_str().unwrap() {
            "day" => day,
            "same_day" => day - months,
            _ => (day - months).with_day(1).unwrap(),
        }
    }

    fn reported_to(&self) -> Value {
        let mut newest = json!({});
        for metric in ["acr_usd", "revenue_usd", "paid_seats", "active_users", "active_units"] {
            let of_metric = self.values.iter().filter(|value| value["event"]["metric"] == metric);
            let live = of_metric.filter(|value| !self.histories[0].is_retracted(value["seq"].as_u64().unwrap()));
            if let Some(month) = live.map(|value| value["event"]["month"].as_str().unwrap()).max() {
                newest[metric] = json!(month);
            }
        }
        newest
    }
}
