//! Figures of the service itself, as `OpenMetrics`. No partner, customer or person is in a label.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::process_figures::ProcessFigures;

/// The upper ends of a histogram, in seconds.
const ENDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Methods that are told apart: there are as many others as somebody cares to invent.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"];

/// The figures.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(&'static str, &'static str, u16), u64>,
    seconds: BTreeMap<&'static str, Histogram>,
    scores: BTreeMap<&'static str, Histogram>,
    appends: Histogram,
    kept: [u64; 2],
    refused: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Histogram {
    buckets: [u64; ENDS.len()],
    count: u64,
    sum: f64,
}

/// What the figures cannot count themselves.
pub(crate) struct Gauges<'a> {
    pub(crate) entries: u64,
    pub(crate) newest_seconds: Option<f64>,
    pub(crate) streams: usize,
    pub(crate) process: Option<ProcessFigures>,
    pub(crate) version: &'a str,
    pub(crate) build: &'a str,
}

impl Histogram {
    fn add(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.buckets.iter_mut().zip(ENDS).filter(|(_, end)| took <= *end).for_each(|(bucket, _)| *bucket += 1);
        self.count += 1;
        self.sum += took;
    }
}

impl Metrics {
    /// Counts a request by the pattern of its path.
    pub(crate) fn request(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let method = METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("other");
        self.with(|counts| {
            *counts.requests.entry((route, method, status.as_u16())).or_default() += 1;
            counts.seconds.entry(route).or_default().add(took);
        });
    }

    /// Counts the work on a question of a kind, from when it began to wait for its place.
    pub(crate) fn scored(&self, kind: &'static str, took: Duration) {
        self.with(|counts| counts.scores.entry(kind).or_default().add(took));
    }

    /// Counts events that were recorded, from when they were handed over to when they were durable.
    pub(crate) fn appended(&self, took: Duration) {
        self.with(|counts| counts.appends.add(took));
    }

    /// Counts an answer that was known, or was not.
    pub(crate) fn kept(&self, is_known: bool) {
        self.with(|counts| {
            let [hits, misses] = &mut counts.kept;
            *(if is_known { hits } else { misses }) += 1;
        });
    }

    /// Counts a request that was refused.
    pub(crate) fn refused(&self, code: &str) {
        self.with(|counts| *counts.refused.entry(code.to_owned()).or_default() += 1);
    }

    fn with<T>(&self, count: impl FnOnce(&mut Counts) -> T) -> T {
        count(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The figures as text.
    pub(crate) fn text(&self, gauges: &Gauges<'_>) -> String {
        let mut text = Text::default();
        self.with(|counts| {
            text.family("pcs_http_requests", "counter", "Requests that were answered.");
            for ((route, method, status), count) in &counts.requests {
                text.sample("_total", &[("route", route), ("method", method), ("status", &status.to_string())], count);
            }
            text.family("pcs_http_request_seconds", "histogram", "How long requests took, up to their headers.");
            counts.seconds.iter().for_each(|(route, seconds)| text.histogram(&[("route", route)], seconds));
            text.family("pcs_score_seconds", "histogram", "How long questions took that were not answered before.");
            counts.scores.iter().for_each(|(kind, seconds)| text.histogram(&[("kind", kind)], seconds));
            text.family("pcs_append_seconds", "histogram", "How long events took to be durable.");
            text.histogram(&[], &counts.appends);
            text.family("pcs_answers_kept", "counter", "Answers, by whether they were known from before.");
            for (hit, count) in ["true", "false"].into_iter().zip(counts.kept) {
                text.sample("_total", &[("hit", hit)], count);
            }
            text.family("pcs_refused", "counter", "Requests that were refused.");
            for (code, count) in &counts.refused {
                text.sample("_total", &[("code", code)], count);
            }
        });
        text.gauge("pcs_ledger_entries", "Entries of the ledger.", gauges.entries);
        if let Some(seconds) = gauges.newest_seconds {
            text.gauge("pcs_ledger_newest_seconds", "How long ago the newest entry was recorded.", seconds);
        }
        text.gauge("pcs_streams", "Streams that are open.", gauges.streams);
        text.family("pcs_build", "info", "The program.");
        text.sample("_info", &[("version", gauges.version), ("build", gauges.build)], 1);
        if let Some(process) = &gauges.process {
            text.process(process);
        }
        text.0.push_str("# EOF\n");
        text.0
    }
}

/// The text, and the family of samples at which it is.
#[derive(Default)]
struct Text(String, &'static str);

impl Text {
    /// Begins a family of samples. What its name ends with is its unit.
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.1 = name;
        let _ = writeln!(self.0, "# TYPE {name} {kind}");
        if let Some(unit) = ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(unit)) {
            let _ = writeln!(self.0, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.0, "# HELP {name} {help}");
    }

    fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{}{suffix}{labels} {value}", self.1);
    }

    fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample("", &[], value);
    }

    fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let Histogram { buckets, count, sum } = histogram;
        for (end, bucket) in ENDS.iter().zip(buckets) {
            self.sample("_bucket", &[labels, &[("le", &format!("{end:?}"))]].concat(), bucket);
        }
        self.sample("_bucket", &[labels, &[("le", "+Inf")]].concat(), count);
        self.sample("_count", labels, count);
        self.sample("_sum", labels, sum);
    }

    fn process(&mut self, process: &ProcessFigures) {
        self.family("process_cpu_seconds", "counter", "Seconds of a processor that the process took.");
        self.sample("_total", &[], process.cpu_seconds);
        self.gauge("process_resident_memory_bytes", "Memory that the process has.", process.resident_bytes);
        self.gauge("process_virtual_memory_bytes", "Addresses that the process has.", process.virtual_bytes);
        self.gauge("process_open_fds", "Files and connections that are open.", process.open_files);
        if let Some(most) = process.most_files {
            self.gauge("process_max_fds", "Files and connections that may be open.", most);
        }
        self.gauge("process_start_time_seconds", "When the process began, since 1970.", process.began_at);
    }
}

/// A value of a label, between quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
