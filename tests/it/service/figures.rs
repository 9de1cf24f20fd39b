//! The figures of the service, read as strictly as the format is written, and what they count.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{request, sent};
use super::{PARTNER, Service, demo};
use crate::processes::events;

/// A sample: its name, its labels and its value.
type Sample = (String, Vec<(String, String)>, f64);

/// What is told of a family of samples.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    samples: Vec<Sample>,
}

/// Reads figures as `OpenMetrics` 1.0 has them, and refuses whatever it does not allow.
fn families(text: &str) -> BTreeMap<String, Family> {
    let body = text.strip_suffix("# EOF\n").expect("the text ends with its end");
    assert!(!body.contains("# EOF"));
    let mut all: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    for line in body.lines() {
        if let Some(told) = line.strip_prefix("# ") {
            let (what, rest) = told.split_once(' ').expect("a keyword");
            let (name, value) = rest.split_once(' ').expect("a name and a value");
            match what {
                "TYPE" => {
                    assert!(["counter", "gauge", "histogram", "info"].contains(&value), "{line}");
                    let family = Family { kind: value.to_owned(), ..Family::default() };
                    assert!(all.insert(name.to_owned(), family).is_none(), "{line} is there twice");
                    name.clone_into(&mut current);
                }
                "UNIT" => assert!(name == current && name.ends_with(&format!("_{value}")), "{line}"),
                "HELP" => assert!(name == current && value.ends_with('.'), "{line}"),
                other => panic!("{other} is no keyword"),
            }
            assert!(all[&current].samples.is_empty(), "{line} stands behind samples");
            continue;
        }
        let (named, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = named.split_once('{').map_or((named, ""), |(name, labels)| (name, labels));
        let labels: Vec<(String, String)> = match labels.strip_suffix('}') {
            None => Vec::new(),
            Some(labels) => labels
                .split("\",")
                .map(|label| label.trim_end_matches('"').split_once("=\"").expect("a label"))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        let family = all.get_mut(&current).expect("a type comes first");
        let suffix = name.strip_prefix(&current).unwrap_or_else(|| panic!("{line} is not of {current}"));
        let allowed: &[&str] = match family.kind.as_str() {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_count", "_sum"],
            "info" => &["_info"],
            _ => &[""],
        };
        assert!(allowed.contains(&suffix), "{line}");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line} has no number"));
        assert!(family.kind == "gauge" || value >= 0.0, "{line}");
        family.samples.push((suffix.to_owned(), labels, value));
    }
    for (name, family) in &all {
        let distinct: BTreeSet<String> =
            family.samples.iter().map(|(suffix, labels, _)| format!("{suffix}{labels:?}")).collect();
        assert_eq!(distinct.len(), family.samples.len(), "{name} has a sample twice");
        if family.kind == "histogram" {
            check_histogram(name, family);
        }
    }
    all
}

/// The buckets of a histogram are in order, grow, and end with all; the count is that of the last.
fn check_histogram(name: &str, family: &Family) {
    let mut ends: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (suffix, labels, value) in &family.samples {
        let (le, others): (Vec<_>, Vec<_>) = labels.iter().partition(|(name, _)| name == "le");
        let group = format!("{others:?}");
        match suffix.as_str() {
            "_bucket" => {
                let end = if le[0].1 == "+Inf" { f64::INFINITY } else { le[0].1.parse().expect("a number") };
                ends.entry(group).or_default().push((end, *value));
            }
            "_count" => {
                let (end, all) = *ends[&group].last().expect("buckets come first");
                assert!(end.is_infinite() && (all - value).abs() < f64::EPSILON, "{name}{group}");
            }
            _ => assert!(le.is_empty(), "{name}{group}"),
        }
    }
    for (group, ends) in &ends {
        assert!(ends.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{name}{group}: {ends:?}");
    }
}

#[test]
fn the_figures_are_of_the_format_and_count_what_is_done() {
    let dir = demo();
    let service = Service::start(dir.path(), &["--write"]);
    let lines = ("Content-Type", "application/jsonl");
    let score = format!("/v1/partners/{PARTNER}/scores?as_of=2025-02-28");
    for path in
        [&score, &score, "/v1/scores?as_of=2025-02-28", "/v1/entries/7", "/p/6034453?as_of=2025-02-28", "/nowhere"]
    {
        service.get(path);
    }
    assert_eq!(service.ask("POST", "/v1/events", &[lines], events(1, 3).as_bytes()).status, 200);
    // Names that somebody invents are no figures of their own.
    for number in 0..3 {
        let text = format!("M{number} /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address);
        assert_eq!(sent(&service.address, text.as_bytes()).status, 405);
    }
    let figures = service.get("/metrics");
    assert_eq!(figures.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let all = families(figures.text());
    let value = |family: &str, suffix: &str, labels: &[(&str, &str)]| {
        let has =
            |own: &[(String, String)]| labels.iter().all(|(n, v)| own.contains(&((*n).to_owned(), (*v).to_owned())));
        let found: Vec<f64> = all[family]
            .samples
            .iter()
            .filter(|(own, labels, _)| own == suffix && has(labels))
            .map(|(.., value)| *value)
            .collect();
        assert!(!found.is_empty(), "{family}{suffix} {labels:?}: {all:?}");
        found.iter().sum::<f64>()
    };
    let is = |value: f64, wanted: f64| assert!((value - wanted).abs() < 1e-9, "{value}, and not {wanted}");
    let asked = [("route", "/v1/partners/{partner}/scores"), ("method", "GET"), ("status", "200")];
    is(value("pcs_http_requests", "_total", &asked), 2.0);
    is(value("pcs_http_requests", "_total", &[("method", "other"), ("status", "405")]), 3.0);
    is(value("pcs_http_requests", "_total", &[("route", "none"), ("status", "404")]), 1.0);
    is(value("pcs_http_request_seconds", "_count", &[("route", "/v1/partners/{partner}/scores")]), 2.0);
    // The second answer was there already, and nothing was scored for it; the other list is a kind of its own.
    is(value("pcs_score_seconds", "_count", &[("kind", "scores")]), 2.0);
    is(value("pcs_score_seconds", "_count", &[("kind", "entries")]), 1.0);
    is(value("pcs_score_seconds", "_count", &[("kind", "page")]), 1.0);
    is(value("pcs_append_seconds", "_count", &[]), 1.0);
    is(value("pcs_answers_kept", "_total", &[("hit", "true")]), 1.0);
    is(value("pcs_refused", "_total", &[("code", "malformed")]), 3.0);
    is(value("pcs_ledger_entries", "", &[]), 735.0);
    is(value("pcs_streams", "", &[]), 0.0);
    is(value("pcs_build", "_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    assert!(value("process_cpu_seconds", "_total", &[]) > 0.0);
    assert!(value("process_resident_memory_bytes", "", &[]) > 1e6);
    assert!(value("process_virtual_memory_bytes", "", &[]) >= value("process_resident_memory_bytes", "", &[]));
    let open = value("process_open_fds", "", &[]);
    assert!((3.0..value("process_max_fds", "", &[])).contains(&open), "{open}");
    let date = request(&service.address, "GET", "/healthz", &[], b"").header("date").unwrap().to_owned();
    #[expect(clippy::cast_precision_loss, reason = "seconds are few")]
    let now = chrono::DateTime::parse_from_rfc2822(&date).unwrap().timestamp() as f64;
    let began = value("process_start_time_seconds", "", &[]);
    assert!((now - 600.0..now + 2.0).contains(&began), "{began} and {now}");
    for secret in [PARTNER, &service.token] {
        assert!(!figures.text().contains(secret));
    }
}

#[test]
fn a_question_that_fails_is_counted_by_how_long_it_took() {
    let dir = demo();
    let service = Service::start(dir.path(), &[]);
    assert_eq!(service.get("/v1/partners/1/scores?as_of=2025-02-28").status, 404);
    assert_eq!(service.get("/entries/732").status, 404);
    let text = service.get("/metrics").text().to_owned();
    let counted = |kind: &str| text.contains(&format!("\npcs_score_seconds_count{{kind=\"{kind}\"}} 1\n"));
    assert!(counted("scores") && counted("page"), "{text}");
}
