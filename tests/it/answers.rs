//! The projection's answers in the shape of section 4 of the interface, without what is not scoring.

use ledger::{Area, Entry, Month, PartnerId, Timestamp};
use projection::points::{Points, fraction};
use projection::rulebook::Rulebook;
use projection::{
    AreaScore, BeforeProgram, Carry, History, Measure, MetricScore, StepScore, TrackScore, rulebook_in_force, score,
};
use serde_json::{Value, json};

use crate::naive;

/// Entries as they are exported.
pub fn lines(entries: &[Value]) -> Vec<String> {
    entries.iter().map(Value::to_string).collect()
}

/// Entries as the ledger hands them over.
pub fn parsed(entries: &[Value]) -> Vec<Entry> {
    lines(entries).iter().map(|line| Entry::parse(line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))).collect()
}

/// The projection's question that corresponds to one of the other fold.
pub fn question(asked: &naive::Question, explain: bool) -> projection::Question {
    projection::Question {
        as_of: asked.as_of,
        basis: match asked.basis {
            naive::Basis::Live => projection::Basis::Live,
            naive::Basis::Published => projection::Basis::Published,
        },
        unmeasured: if asked.unmeasured_include {
            projection::Unmeasured::Include
        } else {
            projection::Unmeasured::Exclude
        },
        explain,
    }
}

/// The areas that are asked, in their order.
pub fn areas(asked: &naive::Question) -> Vec<Area> {
    let is_asked = |area: &&Area| asked.areas.is_empty() || asked.areas.iter().any(|name| name == area.name());
    Area::ALL.iter().filter(is_asked).copied().collect()
}

/// What the projection answers, an object an area, or the code of the refusal.
pub fn answers(entries: &[Entry], asked: &naive::Question, explain: bool) -> Result<Vec<Value>, String> {
    let newest = || entries.last().map(|entry| entry.recorded_at);
    let known_at = asked.known_at.as_ref().map(|instant| Timestamp::parse(instant).unwrap()).or_else(newest);
    let known_at = known_at.ok_or("unknown_partner")?;
    let assumed = parsed(&asked.beyond.assumed);
    let known = || entries.iter().filter(|entry| entry.recorded_at <= known_at).chain(&assumed);
    let partner = PartnerId::new(&asked.partner).unwrap();
    let own: Vec<&Entry> = known().filter(|entry| entry.event.partner.as_ref() == Some(&partner)).collect();
    if own.is_empty() {
        return Err("unknown_partner".to_owned());
    }
    let shared: Vec<Entry> = known().filter(|entry| entry.event.partner.is_none()).cloned().collect();
    let adopted = rulebook_in_force(&shared, asked.as_of).expect("a history adopts valid rulebooks");
    let (name, rulebook) = match &adopted {
        Some((name, rulebook)) => (name.as_str(), rulebook),
        None => (Rulebook::builtin().name(), Rulebook::builtin()),
    };
    let mut history = History::fold(own);
    if asked.beyond.carries {
        let from = asked.beyond.from.map(|month| Month::parse(&month.to_string()).unwrap());
        history.carry(Carry { from, own_end: assumed.first().map_or(u64::MAX, |entry| entry.seq) });
    }
    let question = question(asked, explain);
    let answer = |area| -> Result<Value, String> {
        let score = score(&history, rulebook, area, &question).map_err(|BeforeProgram { .. }| "before_program")?;
        Ok(object(&asked.partner, known_at, question.basis, name, &score))
    };
    areas(asked).into_iter().map(answer).collect()
}

fn object(partner: &str, known_at: Timestamp, basis: projection::Basis, rulebook: &str, score: &AreaScore) -> Value {
    let mut object = json!({
        "partner": partner,
        "area": score.area.name(),
        "as_of": score.as_of.to_string(),
        "known_at": known_at.to_string(),
        "basis": basis.name(),
        "measured_month": score.measured_month.to_string(),
        "compared_month": score.compared_month.to_string(),
        "rulebook": {"name": rulebook},
        "track": score.track.name(),
        "points": number(&score.score.points),
        "points_exact": score.score.points.to_string(),
        "max": score.max,
        "qualified": score.score.qualified(),
        "below": score.score.below,
        "metrics": metrics(&score.score),
        "notes": score.notes,
    });
    if let Some(tracks) = &score.tracks {
        let track = |(track, score): &(projection::rulebook::Track, TrackScore)| {
            json!({
                "track": track.name(),
                "points": number(&score.points),
                "points_exact": score.points.to_string(),
                "qualified": score.qualified(),
                "below": score.below,
                "metrics": metrics(score),
            })
        };
        object["tracks"] = tracks.iter().map(track).collect();
    }
    object
}

fn metrics(score: &TrackScore) -> Value {
    score.metrics.iter().map(metric).collect()
}

fn metric(score: &MetricScore) -> Value {
    let mut object = json!({
        "metric": score.metric.name(),
        "category": score.metric.category(),
        "points": number(&score.points),
        "points_exact": score.points.to_string(),
        "max": score.max,
    });
    match &score.measure {
        Measure::Net { now, then, net, option, unmeasured } => {
            object["now"] = json!(now);
            object["then"] = json!(then);
            object["net"] = json!(net);
            if let Some(option) = option {
                object["option"] = json!(option);
            }
            object["unmeasured"] = json!(unmeasured);
        }
        Measure::People { people, steps } => {
            object["people"] = json!(people);
            if let Some(steps) = steps {
                object["steps"] = steps.iter().map(step).collect();
            }
        }
        Measure::Percent { now, then, percent } => {
            object["now"] = json!(now);
            object["then"] = json!(then);
            object["percent"] = json!(percent.as_ref().map(fraction));
        }
        Measure::Difference { now, then, net, option } => {
            object["now"] = json!(now);
            object["then"] = json!(then);
            object["net"] = json!(net);
            object["percent"] = Value::Null;
            object["option"] = json!(option);
        }
        Measure::Parts { now: [azure, m365], then: [azure_then, m365_then] } => {
            object["now"] = json!({"azure": azure, "m365": m365});
            object["then"] = json!({"azure": azure_then, "m365": m365_then});
            object["percent"] = Value::Null;
        }
    }
    object["notes"] = json!(score.notes);
    object
}

fn step(score: &StepScore) -> Value {
    json!({"step": score.step, "people": score.people, "met": score.met, "points_exact": score.points.to_string()})
}

fn number(points: &Points) -> Value {
    serde_json::from_str(&points.shown()).expect("shown points are a number")
}
