//! What is known to end is all that counts on the eve and not on the day, and its points are those of a score in which
//! that one thing still counts: brought about by a further event, or by a rulebook in which a row begins a day later.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use ledger::{Area, Date, Entry, EventId, EventType, Fact, Month, Timestamp};
use num_rational::BigRational;
use projection::points::Points;
use projection::rulebook::Rulebook;
use projection::{
    AreaScore, Carry, End, EndSubject, History, Horizon, Question, UnitSubject, retracted, rulebook_in_force, score,
};
use serde_json::{Value, json};

use crate::answers::{self, lines, parsed};
use crate::histories::{Dice, entries, questions};
use crate::second_fold::size_of;
use crate::seeds;
use crate::session::Session;

/// The days of a horizon.
const DAYS: i64 = 70;
/// Histories that go through the command.
const SEEDS_BY_COMMAND: u64 = 10;

/// What is known, and how it is asked.
struct World {
    own: Vec<Entry>,
    shared: Vec<Entry>,
    size: u64,
    question: Question,
    carry: Option<Carry>,
}

/// How many ends of each kind were seen.
type Seen = BTreeMap<&'static str, usize>;

impl World {
    fn of(seed: u64, values: &[Value]) -> Self {
        let mut dice = Dice::new(seed, "forecasts");
        let questions = questions(seed, values);
        let asked = &questions[dice.below(questions.len())];
        let all = parsed(values);
        let is_own = |entry: &&Entry| entry.event.partner.as_ref().is_some_and(|one| one.as_str() == asked.partner);
        let size = values.len() as u64;
        Self {
            own: all.iter().filter(is_own).cloned().collect(),
            shared: all.iter().filter(|entry| entry.event.partner.is_none()).cloned().collect(),
            size,
            question: answers::question(asked, true),
            carry: dice.chance(50).then_some(Carry { from: None, own_end: size }),
        }
    }

    /// The history with further events; none where one of them is refused.
    fn history(&self, more: &[Value]) -> Option<History> {
        let mut history = History::fold(&self.own);
        let partner = self.own[0].event.partner.as_ref().expect("a partner").as_str();
        for (seq, fields) in (self.size..).zip(more) {
            let id = uuid::Uuid::from_u128(u128::from(seq)).to_string();
            let mut event = json!({"id": id, "type": fields["type"], "partner": partner});
            for (name, value) in fields.as_object()?.iter().filter(|(name, _)| *name != "type") {
                event[name] = value.clone();
            }
            let entry = json!({"seq": seq, "recorded_at": format!("2090-01-01T00:00:00.{seq:06}Z"), "event": event});
            history.extend([&Entry::parse(&entry.to_string()).ok()?]);
        }
        if let Some(carry) = self.carry {
            history.carry(carry);
        }
        Some(history)
    }

    fn rules(&self, day: Date) -> Rulebook {
        let adopted = rulebook_in_force(&self.shared, day).expect("valid rulebooks");
        adopted.map_or_else(|| Rulebook::builtin().clone(), |(_, rulebook)| rulebook)
    }

    fn score(&self, rules: &Rulebook, history: &History, area: Area, day: Date) -> AreaScore {
        score(history, rules, area, &Question { as_of: day, ..self.question }).expect("the programme has begun")
    }

    fn measured(&self, day: Date) -> Month {
        self.question.basis.measured_month(day, &self.rules(day))
    }

    /// The total of a day if what an end is about still counted, where that can be brought about in another way.
    fn otherwise(&self, area: Area, end: &End) -> Option<Points> {
        let (day, eve) = (end.day, end.day.pred_opt()?);
        let last_instant = format!("{day}T23:59:59.999999Z");
        let links = |codes: &dyn Fn(&str) -> bool| -> Vec<Value> {
            let linked = end.entries.iter().filter_map(|seq| self.own.iter().find(|entry| entry.seq == *seq));
            let linked = linked.filter_map(|entry| {
                let Fact::CertificationLinked { person, certification, .. } = &entry.event.fact else { return None };
                codes(certification.as_str()).then(|| {
                    json!({"type": "certification_linked", "effective_at": last_instant, "person": person.as_str(),
                        "certification": certification.as_str(), "earned_on": "2022-01-01", "expires_on": day.to_string()})
                })
            });
            linked.collect()
        };
        let rules = self.rules(day);
        let more = match &end.subject {
            EndSubject::Certification { certification, .. } => {
                // A link that is made now would not count where the credit of the certification ends as well.
                let limits = rules.cert_end(certification);
                if limits.is_some_and(|end| {
                    end.counts_through.is_some_and(|last| day > last)
                        || end.not_eligible_from.is_some_and(|from| day >= from)
                }) {
                    return None;
                }
                links(&|_| true)
            }
            EndSubject::Credit { .. } => return None,
            EndSubject::Association { association, customer } => {
                if self.measured(eve).plus(1) != self.measured(day) {
                    return None;
                }
                let gone = retracted(self.own.iter().filter_map(|entry| {
                    let Fact::EventRetracted { event, .. } = entry.event.fact else { return None };
                    Some((entry.event.id, event))
                }));
                let is_live = |id: EventId| !gone.contains_key(&id);
                let mut steps: Vec<(bool, Timestamp, u64, &ledger::AssociationTerms)> = Vec::new();
                for entry in self.own.iter().filter(|entry| is_live(entry.event.id)) {
                    let ledger::When::At(at) = entry.event.when else { continue };
                    let (Fact::AssociationAccepted(terms) | Fact::AssociationRequested(terms)) = &entry.event.fact
                    else {
                        continue;
                    };
                    let is_request = entry.event.fact.event_type() == EventType::AssociationRequested;
                    if at <= Timestamp::end_of(day) && terms.association == *association {
                        steps.push((is_request, at, entry.seq, terms));
                    }
                }
                steps.sort_by_key(|(is_request, at, seq, _)| (*is_request, *at, *seq));
                let first = |of: &dyn Fn(&ledger::AssociationTerms) -> Option<String>| {
                    steps.iter().find_map(|(.., terms)| of(terms))
                };
                let measured_end = format!("{}T23:59:59.999999Z", self.measured(day).last_day());
                let mut event = json!({"type": "association_accepted", "effective_at": measured_end,
                    "association": uuid::Uuid::from_u128(7).to_string(), "customer": customer.to_string()});
                let mechanism = first(&|terms| Some(terms.mechanism?.to_string()))?;
                event["mechanism"] = json!(mechanism);
                for (name, value) in [
                    (
                        "role",
                        first(&|terms| Some(terms.role?.to_string()))
                            .filter(|_| ["cpor", "csp"].contains(&mechanism.as_str())),
                    ),
                    ("workload", first(&|terms| Some(terms.workload.as_ref()?.to_string()))),
                    ("subscription", first(&|terms| Some(terms.subscription.as_ref()?.to_string()))),
                    ("principal", (mechanism == "pal").then(|| "p".to_owned())),
                ] {
                    if let Some(value) = value {
                        event[name] = json!(value);
                    }
                }
                vec![event]
            }
            EndSubject::Enrolment { track } => {
                let held = self.own.iter().find(|entry| entry.seq == end.entries[0])?;
                let ledger::When::At(at) = held.event.when else { return None };
                vec![json!({"type": "designation_enrolled", "effective_at": at.to_string(), "area": area.name(),
                    "anniversary": day.to_string(), "track": track.name()})]
            }
            EndSubject::Rules { key } => {
                if self.rules(eve).text() != rules.text() {
                    return None;
                }
                let later = begun_later(rules.text(), key, day);
                let later = Rulebook::parse(&later).unwrap_or_else(|errors| panic!("{key} from {day}: {errors:?}"));
                return Some(self.score(&later, &self.history(&[])?, area, day).score.points);
            }
        };
        Some(self.score(&rules, &self.history(&more)?, area, day).score.points)
    }
}

/// A rulebook in which the rows of a key that begin on a day begin on the next, and those that end on the eve end on the day.
fn begun_later(text: &str, key: &str, day: Date) -> String {
    let mut book: toml::Table = text.parse().expect("a rulebook is TOML");
    let date = |day: Date| toml::Value::Datetime(day.to_string().parse().expect("a date"));
    let (eve, next) = (day.pred_opt().unwrap(), day.succ_opt().unwrap());
    for table in ["track", "rule", "skill", "certification_list", "products"] {
        let rows = book.get_mut(table).and_then(toml::Value::as_array_mut).expect("rows");
        let mut shifted = Vec::new();
        for row in rows.iter_mut().filter_map(toml::Value::as_table_mut) {
            let (begins, ends) = (row.get("from") == Some(&date(day)), row.get("to") == Some(&date(eve)));
            let others: Vec<toml::Value> = match (row.get("key"), row.get("keys")) {
                (Some(one), _) if one.as_str() == Some(key) => Vec::new(),
                (None, Some(keys)) if keys.as_array().unwrap().iter().any(|one| one.as_str() == Some(key)) => {
                    keys.as_array().unwrap().iter().filter(|one| one.as_str() != Some(key)).cloned().collect()
                }
                _ => continue,
            };
            if !begins && !ends {
                continue;
            }
            let mut moved = row.clone();
            if begins {
                moved.insert("from".into(), date(next));
                if moved.contains_key("not_after") {
                    moved.insert("not_after".into(), date(next));
                }
            }
            if ends {
                moved.insert("to".into(), date(day));
            }
            if others.is_empty() {
                *row = moved;
            } else {
                row.insert("keys".into(), others.into());
                moved.insert("keys".into(), vec![toml::Value::from(key)].into());
                shifted.push(toml::Value::Table(moved));
            }
        }
        rows.append(&mut shifted);
    }
    book.to_string()
}

/// The certifications that count for the track of an area, and those that would but for their end.
fn certifications(score: &AreaScore) -> [BTreeSet<(String, String)>; 2] {
    let units = score.score.metrics.iter().flat_map(|metric| &metric.because);
    let mut all = [BTreeSet::new(), BTreeSet::new()];
    for unit in units {
        if let UnitSubject::Person { person, certification, .. } = &unit.subject {
            all[usize::from(unit.missed.is_some())].insert((person.clone(), certification.clone()));
        }
    }
    all
}

#[test]
fn what_is_known_to_end_takes_the_points_that_it_would_bring_if_it_lasted() {
    let seen = seeds::on_two_threads(&seeds::asked(60), |seed| {
        let values = entries(seed, size_of(seed));
        let world = World::of(seed, &values);
        if world.own.is_empty() { Seen::new() } else { check(seed, &world) }
    });
    let mut all = Seen::new();
    for (kind, count) in seen.into_iter().flatten() {
        *all.entry(kind).or_default() += count;
    }
    for kind in ["certification", "association", "rules"] {
        assert!(all.get(kind).is_some_and(|count| *count > 4), "{all:?}");
    }
}

/// Compares the ends of a horizon with scores; returns how many of each kind were compared.
fn check(seed: u64, world: &World) -> Seen {
    let from = (world.question.as_of - Duration::days(DAYS / 2)).max(Rulebook::builtin().program_start());
    let until = from + Duration::days(DAYS);
    let history = world.history(&[]).expect("nothing is refused");
    let horizon = Horizon { history: &history, shared: &world.shared, question: world.question, from, until };
    let mut dice = Dice::new(seed, "areas");
    let areas = [Area::ALL[dice.below(3)], Area::ALL[3 + dice.below(3)]];
    let mut compared = Seen::new();
    for (area, ends) in areas.iter().zip(horizon.ends(&areas).unwrap()) {
        assert!(
            ends.windows(2).all(|pair| (pair[0].day, &pair[0].subject) < (pair[1].day, &pair[1].subject)),
            "{ends:?}"
        );
        let scores: BTreeMap<Date, AreaScore> = from
            .iter_days()
            .take_while(|day| *day <= until)
            .map(|day| (day, world.score(&world.rules(day), &history, *area, day)))
            .collect();
        for end in &ends {
            let what = format!("seed {seed}, {area}: {end:?}");
            assert!(from < end.day && end.day <= until, "{what}");
            if let Some(points) = world.otherwise(*area, end) {
                let change: BigRational = points.missing_to(&scores[&end.day].score.points);
                assert_eq!(end.points, change, "{what}");
                *compared.entry(end.subject.kind()).or_default() += 1;
            }
        }
        for day in from.iter_days().skip(1).take_while(|day| *day <= until) {
            let [before, on] = [&scores[&day.pred_opt().unwrap()], &scores[&day]].map(certifications);
            let told: BTreeSet<(String, String)> =
                ends.iter().filter(|end| end.day == day).flat_map(ended_certifications(world)).collect();
            let over: BTreeSet<(String, String)> = before[0].intersection(&on[1]).cloned().collect();
            assert!(over.is_subset(&told), "seed {seed}, {area}, {day}: {over:?} {told:?}");
            assert!(told.is_subset(&before[0]) && told.is_disjoint(&on[0]), "seed {seed}, {area}, {day}: {told:?}");
        }
    }
    compared
}

/// The persons and certifications that an end is about.
fn ended_certifications(world: &World) -> impl Fn(&End) -> Vec<(String, String)> {
    |end| match &end.subject {
        EndSubject::Certification { person, certification } => vec![(person.to_string(), certification.clone())],
        EndSubject::Credit { certification } => {
            let linked = world.own.iter().filter(|entry| end.entries.contains(&entry.seq));
            let people = linked.filter_map(|entry| {
                let Fact::CertificationLinked { person, .. } = &entry.event.fact else { return None };
                Some((person.to_string(), certification.clone()))
            });
            people.collect()
        }
        EndSubject::Association { .. } | EndSubject::Enrolment { .. } | EndSubject::Rules { .. } => Vec::new(),
    }
}

fn object(session: &Session, line: &str) -> Value {
    let ran = session.run(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    serde_json::from_str(ran.stdout.trim_end()).expect("an object")
}

#[test]
fn a_forecast_is_the_timeline_of_its_days_with_crossings_and_ends() {
    for seed in seeds::asked(SEEDS_BY_COMMAND) {
        let values = entries(seed, size_of(seed));
        let world = World::of(seed, &values);
        let Some(first) = world.own.first() else { continue };
        let (session, partner) = (Session::new(), first.event.partner.clone().expect("a partner"));
        session.import_entries("l", &lines(&values));
        let from = world.question.as_of.max(Rulebook::builtin().program_start());
        let [from, until] = [from, from + Duration::days(150)].map(|day: Date| day.to_string());
        for carry in ["last", "none"] {
            let rest = format!("--ledger l --format json --partner {partner} --area infrastructure --carry {carry}");
            let timeline = object(&session, &format!("timeline --from {from} --to {until} {rest}"));
            let mut forecast = object(&session, &format!("forecast --from {from} --until {until} {rest}"));
            let fields: Vec<&str> = forecast.as_object().unwrap().keys().map(String::as_str).collect();
            let end = fields.len();
            assert_eq!(fields[end - 4..], ["spans", "crossings", "ends", "notes"]);
            let [crossings, ends] =
                ["crossings", "ends"].map(|name| forecast.as_object_mut().unwrap().remove(name).unwrap());
            assert_eq!(forecast, timeline, "seed {seed}");
            let spans = timeline["spans"].as_array().unwrap();
            let crossed = spans.windows(2).filter(|pair| pair[0]["qualified"] != pair[1]["qualified"]).map(|pair| {
                let span = &pair[1];
                json!({"day": span["first"], "qualified": span["qualified"], "points_exact": span["points_exact"]})
            });
            assert_eq!(crossings, Value::from(crossed.collect::<Vec<_>>()), "seed {seed}");
            for end in ends.as_array().unwrap() {
                assert!(
                    from.as_str() < end["day"].as_str().unwrap() && end["day"].as_str().unwrap() <= until.as_str(),
                    "{end}"
                );
            }
        }
    }
}
