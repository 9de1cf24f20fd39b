//! Whether the histories reach what is worth comparing.

use super::{entries, questions};
use crate::naive::score;
use projection::rulebook::Rulebook;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: u64 = 200;

/// How often a metric's points were zero, between, at the max.
#[derive(Default)]
struct Tally([usize; 3]);

impl Tally {
    fn add(&mut self, metric: &Value) {
        let place = match metric["points_exact"].as_str().expect("points_exact") {
            "0/1" => 0,
            exact if exact == format!("{}/1", metric["max"]) => 2,
            _ => 1,
        };
        self.0[place] += 1;
    }
}

#[test]
fn histories_reach_every_metric_track_and_note() {
    let mut points: BTreeMap<(String, String, String), Tally> = BTreeMap::new();
    let mut winners: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let entries = entries(seed, 40 + (seed as usize % 5) * 20);
        for question in questions(seed, &entries) {
            let answers = match score(&entries, Rulebook::builtin().text(), &question) {
                Ok(answers) => answers,
                Err(code) => {
                    *seen.entry(format!("error {code}")).or_default() += 1;
                    continue;
                }
            };
            for answer in &answers {
                tally(answer, &mut points, &mut winners, &mut seen);
            }
        }
    }

    let mut by_metric: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for ((area, metric, _), tally) in &points {
        *by_metric.entry((area, metric)).or_default() += tally.0[1];
    }
    for (metric, between) in by_metric {
        assert!(between >= 20, "{metric:?} was between 0 and max only {between} times");
    }
    for note in ["assumed_rules", "bounded_rules", "no_baseline", "below_minimum", "unmeasured", "qualified"] {
        assert!(seen.get(note).is_some_and(|times| *times >= 20), "{note} occurs too seldom");
    }
    for (area, track) in [("data_ai", "single"), ("data_ai", "smb"), ("security", "single"), ("security", "smb")] {
        assert!(winners.contains_key(&(area.to_owned(), track.to_owned())), "{area} {track} never wins");
    }
}

fn tally(
    answer: &Value,
    points: &mut BTreeMap<(String, String, String), Tally>,
    winners: &mut BTreeMap<(String, String), usize>,
    seen: &mut BTreeMap<String, usize>,
) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let area = text(&answer["area"]);
    *winners.entry((area.clone(), text(&answer["track"]))).or_default() += 1;
    let mut see = |what: String| *seen.entry(what).or_default() += 1;
    if answer["qualified"] == true {
        see("qualified".to_owned());
    }
    if text(&answer["rulebook"]["name"]) != "builtin-2026-08" {
        see("adopted rulebook".to_owned());
    }
    for note in list(&answer["notes"]) {
        see(text(&note));
    }
    let tracks = answer.get("tracks").map_or_else(|| vec![answer.clone()], list);
    if tracks.len() == 2 && tracks[0]["points_exact"] == tracks[1]["points_exact"] && tracks[0]["points"] != 0.0 {
        see("equal totals above 0".to_owned());
    }
    for track in &tracks {
        for metric in list(&track["metrics"]) {
            let name = text(&metric["metric"]);
            points.entry((area.clone(), name.clone(), text(&track["track"]))).or_default().add(&metric);
            for note in list(&metric["notes"]) {
                see(text(&note));
            }
            if metric["unmeasured"].as_i64().is_some_and(|count| count > 0) {
                see("unmeasured".to_owned());
            }
            if metric["net"].as_i64().is_some_and(|net| net < 0) {
                see(format!("negative net {name}"));
            }
            if let Some(option) = metric.get("option").filter(|_| metric["points"] != 0.0) {
                see(format!("{name} by {option}"));
            }
        }
    }
}

#[test]
fn histories_keep_what_the_ledger_enforces() {
    for seed in 0..300 {
        let entries = entries(seed, 100);
        let mut partner_of: BTreeMap<String, String> = BTreeMap::new();
        let mut requested: BTreeSet<(String, String)> = BTreeSet::new();
        let mut newest = String::new();
        for (seq, entry) in entries.iter().enumerate() {
            let event = &entry["event"];
            let text = |field: &str| event.get(field).and_then(Value::as_str).map(str::to_owned);
            assert_eq!(entry["seq"], seq, "seed {seed}");
            let recorded_at = entry["recorded_at"].as_str().expect("recorded_at").to_owned();
            assert!(recorded_at > newest, "seed {seed}, seq {seq}");
            newest = recorded_at;
            let partner = text("partner").unwrap_or_default();
            if let Some(target) = text("event") {
                assert_eq!(partner_of.get(&target), Some(&partner), "seed {seed}, seq {seq}");
            }
            assert!(partner_of.insert(text("id").expect("id"), partner.clone()).is_none(), "seed {seed}");
            let kind = text("type").expect("type");
            let Some(association) = text("association") else {
                continue;
            };
            if kind == "association_requested" {
                requested.insert((partner.clone(), association.clone()));
            }
            if kind == "association_requested" || kind == "association_accepted" {
                let has_role = text("role").is_some();
                let is_whole = text("customer").is_some() && text("mechanism").is_some();
                let holds = match text("mechanism").as_deref() {
                    Some("cpor") => has_role && (text("workload").is_some() || text("subscription").is_some()),
                    Some("csp") => has_role,
                    Some("pal") => !has_role && text("principal").is_some(),
                    Some(_) => !has_role && text("subscription").is_some(),
                    None => !has_role,
                };
                assert!(holds, "seed {seed}, seq {seq}");
                assert!(is_whole || requested.contains(&(partner, association)), "seed {seed}, seq {seq}");
            }
        }
    }
}
