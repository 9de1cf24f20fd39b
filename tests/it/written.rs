//! Histories written by hand, asked of both scorers at once.

use chrono::{DateTime, Duration, NaiveDate};
use projection::rulebook::Rulebook;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answers::{answers, parsed};
use crate::naive::{self, Basis, Beyond, Question};

/// The partner of a written history.
pub const PARTNER: &str = "6034453";

/// Entries that a test writes one by one.
#[derive(Default)]
pub struct Script(Vec<Value>);

impl Script {
    /// A history of a partner that is known, and has nothing that scores.
    pub fn of_a_known_partner() -> Script {
        let mut written = Script::default();
        written.certify("nobody", "of no list", "2020-01-01");
        written
    }

    /// Appends an event; `fields` are those behind the partner. Returns its id.
    pub fn add(&mut self, kind: &str, fields: &Value) -> String {
        let seq = self.0.len();
        let id = Uuid::from_u64_pair(7, u64::try_from(seq).expect("a short history")).to_string();
        let recorded_at = DateTime::from_timestamp(1_600_000_000, 0).expect("an instant")
            + Duration::hours(i64::try_from(seq).expect("a short history"));
        let recorded_at = recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let mut event = json!({"id": id, "type": kind, "partner": PARTNER});
        for (field, value) in fields.as_object().expect("fields") {
            event[field] = value.clone();
        }
        self.0.push(json!({"seq": seq, "recorded_at": recorded_at, "event": event}));
        id
    }

    /// Links a certification to a person on a day.
    pub fn certify(&mut self, person: &str, certification: &str, day: &str) -> String {
        let fields = json!({"effective_at": start_of(day), "person": person, "certification": certification});
        self.add("certification_linked", &fields)
    }

    /// Links a person's certification, a letter a person.
    pub fn certify_each(&mut self, people: &str, certification: &str, day: &str) {
        for person in people.chars() {
            self.certify(&person.to_string(), certification, day);
        }
    }

    /// An association of a customer since 2020.
    pub fn associate(&mut self, customer: usize, mechanism: &str, role: Option<&str>) {
        self.associate_since("2020-01-01", customer, mechanism, role);
    }

    /// An association of a customer since a day, with what its mechanism needs.
    pub fn associate_since(&mut self, day: &str, customer: usize, mechanism: &str, role: Option<&str>) {
        let association = Uuid::from_u64_pair(8, self.0.len() as u64).to_string();
        let mut fields = json!({
            "effective_at": start_of(day), "association": association, "customer": tenant(customer),
            "mechanism": mechanism,
        });
        if let Some(role) = role {
            fields["role"] = json!(role);
        }
        match mechanism {
            "cpor" | "dpor" | "tpor" => fields["subscription"] = json!("S1"),
            "pal" => fields["principal"] = json!("P1"),
            _ => {}
        }
        self.add("association_accepted", &fields);
    }

    /// Reports a figure of a month.
    pub fn report(&mut self, customer: usize, month: &str, product: &str, metric: &str, value: &str) {
        let fields = json!({
            "month": month, "customer": tenant(customer), "product": product, "metric": metric, "value": value,
        });
        self.add("usage_reported", &fields);
    }

    /// The score of an area at the end of a day, in which both scorers agree.
    pub fn ask(&self, area: &str, as_of: &str, basis: Basis) -> Value {
        let question = Question {
            partner: PARTNER.to_owned(),
            as_of: day(as_of),
            known_at: None,
            basis,
            unmeasured_include: false,
            areas: vec![area.to_owned()],
            beyond: Beyond::default(),
        };
        let given = answers(&parsed(&self.0), &question, false).expect("a score");
        let wanted = naive::score(&self.0, Rulebook::builtin().text(), &question).expect("a score");
        assert_eq!(given, wanted, "the two scorers differ");
        given.into_iter().next().expect("one area was asked")
    }
}

/// A metric of the area's score, or of one of its tracks.
pub fn metric<'a>(answer: &'a Value, track: &str, name: &str) -> &'a Value {
    let tracks = answer["tracks"].as_array();
    let of_track = tracks.and_then(|tracks| tracks.iter().find(|own| own["track"] == track)).unwrap_or(answer);
    assert_eq!(of_track["track"], track);
    let metrics = of_track["metrics"].as_array().expect("metrics");
    metrics.iter().find(|metric| metric["metric"] == name).expect("the metric")
}

/// The tenant of a customer's number.
fn tenant(customer: usize) -> String {
    Uuid::from_u64_pair(9, customer as u64).to_string()
}

fn start_of(day: &str) -> String {
    format!("{day}T00:00:00.000000Z")
}

/// A day.
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}
