//! Whether the histories reach what is worth comparing, and keep what the ledger enforces.

use super::entries;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What some answers showed, and how often.
#[derive(Default)]
pub struct Coverage(BTreeMap<String, usize>);

impl Coverage {
    /// Adds a refusal.
    pub fn add_code(&mut self, code: &str) {
        self.see(format!("error {code}"));
    }

    /// Adds what another has.
    pub fn merge(&mut self, other: Coverage) {
        for (what, times) in other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    fn see(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Adds the answer about an area.
    pub fn add(&mut self, answer: &Value) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let area = text(&answer["area"]);
        self.see(format!("{area} by {}", text(&answer["track"])));
        if answer["qualified"] == true {
            self.see("qualified".to_owned());
        }
        if text(&answer["rulebook"]["name"]).starts_with("edited") {
            self.see("adopted rulebook".to_owned());
        }
        for note in list(&answer["notes"]) {
            self.see(text(&note));
        }
        let tracks = answer.get("tracks").map_or_else(|| vec![answer.clone()], list);
        if let [one, other] = &tracks[..]
            && one["points_exact"] == other["points_exact"]
            && one["qualified"] != other["qualified"]
        {
            self.see("equal totals, one qualified".to_owned());
        }
        for track in tracks {
            for metric in list(&track["metrics"]) {
                self.add_metric(&area, &metric);
            }
        }
    }

    fn add_metric(&mut self, area: &str, metric: &Value) {
        let name = metric["metric"].as_str().expect("a name");
        let exact = metric["points_exact"].as_str().expect("points_exact");
        let place = if exact == "0/1" {
            "none"
        } else if exact == format!("{}/1", metric["max"]) {
            "all"
        } else {
            "some"
        };
        self.see(format!("{area} {name}: {place}"));
        for note in metric["notes"].as_array().expect("a list") {
            self.see(note.as_str().expect("a text").to_owned());
        }
        if metric["unmeasured"].as_i64().is_some_and(|count| count > 0) {
            self.see("unmeasured".to_owned());
        }
        if metric["net"].as_i64().is_some_and(|net| net < 0) {
            self.see("negative net".to_owned());
        }
        if let Some(option) = metric["option"].as_str().filter(|_| exact != "0/1") {
            self.see(format!("by {option}"));
        }
    }

    /// Checks that everything worth comparing was reached, and every metric had no points, and some.
    pub fn check(&self) {
        let notes = ["assumed_rules", "bounded_rules", "no_baseline", "below_minimum"];
        let others = [
            "unmeasured",
            "qualified",
            "equal totals, one qualified",
            "adopted rulebook",
            "negative net",
            "by cpor",
            "by csp",
            "by dpor",
        ];
        let tracks = ["data_ai by single", "data_ai by smb", "security by single", "security by smb"];
        for what in notes.into_iter().chain(others).chain(tracks) {
            assert!(self.0.contains_key(what), "{what} is not reached: {:#?}", self.0);
        }
        let metrics: BTreeSet<&str> = self.0.keys().filter_map(|what| Some(what.split_once(": ")?.0)).collect();
        assert_eq!(metrics.len(), 28, "{metrics:?}");
        for metric in metrics {
            for place in ["none", "some"] {
                assert!(self.0.contains_key(&format!("{metric}: {place}")), "{metric} never has {place} of its points");
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
