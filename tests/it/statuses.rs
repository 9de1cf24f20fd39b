//! The status of designations beside one that is computed day by day, from the scores of the naive fold.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Duration, Months, NaiveDate};
use ledger::Area;
use num_rational::BigRational;
use projection::rulebook::Rulebook;
use serde_json::{Value, json};

use crate::answers::{self, lines};
use crate::histories::{Dice, entries, questions};
use crate::laws;
use crate::naive::{self, Beyond, Days, Month, Question};
use crate::second_fold::{error_code, size_of};
use crate::seeds;
use crate::session::Session;

/// Histories without the variable.
const SEEDS: u64 = 12;

/// What is looked at of a day.
#[derive(Clone)]
struct Day {
    points: BigRational,
    is_qualified: bool,
    notes: Vec<String>,
    today: Value,
}

/// A question with all that it is answered from.
struct Asked<'a> {
    values: &'a [Value],
    question: &'a Question,
    given: Option<NaiveDate>,
    /// Whether it is said how figures are carried.
    says_carry: bool,
    /// The answers of the naive fold by area, of days behind the one that is asked about with figures carried.
    days: BTreeMap<(Area, bool), Days<'a>>,
    rules: BTreeMap<NaiveDate, naive::Rulebook>,
    anniversaries: BTreeMap<(Area, NaiveDate), Option<NaiveDate>>,
    scored: BTreeMap<(Area, NaiveDate), Option<Day>>,
}

#[test]
fn a_status_is_what_the_scores_of_single_days_say() {
    let reached: Vec<BTreeSet<String>> = seeds::on_two_threads(&seeds::asked(SEEDS), compare);
    let reached: BTreeSet<String> = reached.into_iter().flatten().collect();
    for what in ["in_progress", "qualified", "enrolled", "renewal_due", "secured", "next", "given"] {
        assert!(reached.contains(what) || seeds::asked(SEEDS).len() < 100, "no answer has {what}: {reached:?}");
    }
}

/// Compares the answers about a history; returns what they showed.
fn compare(seed: u64) -> BTreeSet<String> {
    let mut values = entries(seed, size_of(seed) / 2 + 20);
    let questions = questions(seed, &values);
    let mut dice = Dice::new(seed, "statuses");
    adopt(&mut dice, &mut values, questions[0].as_of);
    let assumed =
        if dice.chance(30) { values.split_off(values.len() - dice.below(values.len() / 3)) } else { Vec::new() };
    let session = Session::new();
    session.import_entries("pcs-ledger", &lines(&values));
    let events: String = assumed.iter().map(|entry| format!("{}\n", entry["event"])).collect();
    session.write("assumed.jsonl", events);
    let mut reached = BTreeSet::new();
    for plain in questions.iter().take(3).chain(questions.iter().skip(8)) {
        let known_at = plain.known_at.clone().filter(|_| assumed.is_empty() && dice.chance(30));
        let says_carry = dice.chance(40);
        let carries = says_carry && dice.chance(70);
        let near = Month::of(plain.as_of).plus(-i32::try_from(dice.below(14)).unwrap() - 2);
        let from = (carries && dice.chance(40)).then_some(near);
        let beyond = Beyond { carries, from, assumed: assumed.clone() };
        let question = &Question { known_at, beyond, ..plain.clone() };
        let given = dice.chance(30).then(|| question.as_of + Duration::days(dice.range(-40, 200)));
        let mut args = laws::command(question);
        "status".clone_into(&mut args[0]);
        args.push("--quiet".to_owned());
        args.extend(given.into_iter().flat_map(|day| ["--anniversary".to_owned(), day.to_string()]));
        if says_carry {
            args.extend(["--carry", if carries { "last" } else { "none" }].map(str::to_owned));
        }
        args.extend(from.into_iter().flat_map(|month| ["--carry-from".to_owned(), month.to_string()]));
        if !assumed.is_empty() {
            args.extend(["--assume", "assumed.jsonl"].map(str::to_owned));
        }
        let ran = session.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let place = format!("seed {seed}, {}", args.join(" "));
        match Asked::new(question, given, says_carry, &values).answers() {
            Ok(wanted) => {
                assert_eq!(ran.code, 0, "{place}: {}", ran.stderr);
                let found: Vec<&str> = ran.stdout.lines().collect();
                assert_eq!(found.len(), wanted.len(), "{place}");
                for (found, wanted) in found.iter().zip(&wanted) {
                    assert_eq!(*found, wanted.to_string(), "{place}");
                    reached.insert(wanted["status"].as_str().unwrap().to_owned());
                    let is_there = [("secured", "secured_until"), ("next", "next"), ("given", "anniversary")];
                    let there = is_there.iter().filter(|(_, field)| wanted[*field] != json!(null));
                    reached.extend(there.map(|(said, _)| (*said).to_owned()));
                }
            }
            Err(code) => {
                assert_eq!((ran.code, error_code(&ran.stderr)), (1, code.clone()), "{place}");
                reached.insert(code);
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

impl<'a> Asked<'a> {
    fn new(question: &'a Question, given: Option<NaiveDate>, says_carry: bool, values: &'a [Value]) -> Self {
        let days = answers::areas(question).into_iter().flat_map(|area| {
            [false, true].map(|is_behind| {
                let mut question = Question { areas: vec![area.name().to_owned()], ..question.clone() };
                question.beyond.carries |= is_behind;
                ((area, is_behind), Days::new(values, Rulebook::builtin().text(), question, false))
            })
        });
        Self {
            values,
            question,
            given,
            says_carry,
            days: days.collect(),
            rules: BTreeMap::new(),
            anniversaries: BTreeMap::new(),
            scored: BTreeMap::new(),
        }
    }

    fn answers(&mut self) -> Result<Vec<Value>, String> {
        let (as_of, areas) = (self.question.as_of, answers::areas(self.question));
        let today = self.days.get_mut(&(areas[0], false)).unwrap();
        if let Err(code) = today.on(as_of) {
            return Err(code.clone());
        }
        if let Some(code) = naive::carries_from_later(self.values, Rulebook::builtin().text(), self.question) {
            return Err(code);
        }
        Ok(areas.into_iter().map(|area| self.answer(area)).collect())
    }

    /// The first of the days that have the same facts and rules.
    fn first_alike(&self, day: NaiveDate) -> NaiveDate {
        self.days.values().next().expect("an area").first_alike(day)
    }

    fn rules(&mut self, day: NaiveDate) -> &naive::Rulebook {
        let first = self.first_alike(day);
        let question = Question { as_of: first, ..self.question.clone() };
        let values = self.values;
        self.rules.entry(first).or_insert_with(|| naive::rules(values, Rulebook::builtin().text(), &question))
    }

    /// A row of the rulebook of a day that holds on another, with its notes.
    fn row(&mut self, rules_of: NaiveDate, table: &str, on: NaiveDate) -> (toml::Table, BTreeSet<&'static str>) {
        naive::row_on(self.rules(rules_of), table, on)
    }

    /// The anniversary that counts on a day, with the last day of its renewal.
    fn anniversary(&mut self, area: Area, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.first_alike(day);
        let question = Question { as_of: first, ..self.question.clone() };
        let values = self.values;
        let newest = self
            .anniversaries
            .entry((area, first))
            .or_insert_with(|| naive::anniversary(values, &question, area.name()));
        let anniversary = self.given.or(*newest)?;
        let renewal =
            self.row(day, "membership", anniversary).0["renewal_days_after_anniversary"].as_integer().unwrap();
        let last = anniversary + Duration::days(renewal);
        (day <= last).then_some((anniversary, last))
    }

    /// The window of a day, of which the rows are those of that day.
    fn window(&mut self, area: Area, day: NaiveDate) -> (&'static str, NaiveDate, NaiveDate, BTreeSet<&'static str>) {
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
        let is_behind = day > self.question.as_of;
        let answer = self.days.get_mut(&(area, is_behind)).unwrap().on(day).as_ref().ok()?;
        let field = |name: &str| answer[name].clone();
        let [numerator, denominator] = {
            let exact = answer["points_exact"].as_str().unwrap().split_once('/').unwrap();
            [exact.0, exact.1].map(|digits| digits.parse::<num_bigint::BigInt>().unwrap())
        };
        let names = ["points", "points_exact", "qualified", "below"];
        let today: serde_json::Map<String, Value> =
            names.into_iter().map(|name| (name.to_owned(), field(name))).collect();
        let notes = answer["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned());
        Some(Day {
            points: BigRational::new(numerator, denominator),
            is_qualified: answer["qualified"] == true,
            notes: notes.collect(),
            today: Value::Object(today),
        })
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

    fn answer(&mut self, area: Area) -> Value {
        let as_of = self.question.as_of;
        let (kind, first, last, of_window) = self.window(area, as_of);
        let mut notes: BTreeSet<String> = of_window.into_iter().map(str::to_owned).collect();
        let today = self.day(area, as_of).cloned().expect("the programme has begun");
        notes.extend(today.notes.clone());
        let days: Vec<(NaiveDate, Day)> = first
            .iter_days()
            .take_while(|day| *day <= last.min(as_of))
            .filter_map(|day| Some((day, self.day(area, day)?.clone())))
            .collect();
        let mut best: Option<&(NaiveDate, Day)> = None;
        for day in &days {
            notes.extend(day.1.notes.clone());
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
        let text = |day: Option<&NaiveDate>| day.map(ToString::to_string);
        let (known_at, tree) = naive::ground(self.values, self.question);
        let mut answer = json!({
            "partner": self.question.partner,
            "area": area.name(),
            "as_of": as_of.to_string(),
            "known_at": known_at,
            "basis": format!("{:?}", self.question.basis).to_lowercase(),
        });
        let fields = answer.as_object_mut().unwrap();
        if let Some((anniversary, _)) = anniversary {
            fields.insert("anniversary".to_owned(), json!(anniversary.to_string()));
        }
        if self.says_carry {
            fields
                .extend(naive::said_of_carrying(self.question).into_iter().map(|(name, said)| (name.to_owned(), said)));
        }
        let rules = self.rules(as_of);
        fields.insert("rulebook".to_owned(), json!({"name": rules.name, "sha256": rules.sha256()}));
        fields.insert("ledger".to_owned(), tree);
        fields.extend(naive::assumed(self.question));
        let rest = json!({
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
            "reported_to": naive::reported_to(self.values, self.question),
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
}
