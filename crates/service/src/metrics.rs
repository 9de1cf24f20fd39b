//! Figures of the service itself, as `OpenMetrics`. No partner, customer or person is in a label.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

/// The upper ends of the histogram, in seconds.
const ENDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The figures.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(&'static str, String, u16), u64>,
    seconds: BTreeMap<&'static str, ([u64; ENDS.len()], u64, f64)>,
    kept: [u64; 2],
    refused: BTreeMap<String, u64>,
}

/// What the figures cannot count themselves.
pub(crate) struct Gauges<'a> {
    pub(crate) entries: u64,
    pub(crate) newest_seconds: Option<f64>,
    pub(crate) streams: usize,
    pub(crate) version: &'a str,
    pub(crate) build: &'a str,
}

impl Metrics {
    /// Counts a request by the pattern of its path.
    pub(crate) fn request(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests.entry((route, method.to_string(), status.as_u16())).or_default() += 1;
        let (buckets, count, sum) = counts.seconds.entry(route).or_default();
        let took = took.as_secs_f64();
        buckets.iter_mut().zip(ENDS).filter(|(_, end)| took <= *end).for_each(|(bucket, _)| *bucket += 1);
        *count += 1;
        *sum += took;
    }

    /// Counts an answer that was known, or was not.
    pub(crate) fn kept(&self, is_known: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [hits, misses] = &mut counts.kept;
        *(if is_known { hits } else { misses }) += 1;
    }

    /// Counts a request that was refused.
    pub(crate) fn refused(&self, code: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.refused.entry(code.to_owned()).or_default() += 1;
    }

    /// The figures as text.
    pub(crate) fn text(&self, gauges: &Gauges<'_>) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        out.push_str("# TYPE pcs_http_requests counter\n");
        for ((route, method, status), count) in &counts.requests {
            let _ = writeln!(
                out,
                "pcs_http_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}"
            );
        }
        out.push_str("# TYPE pcs_http_request_seconds histogram\n# UNIT pcs_http_request_seconds seconds\n");
        for (route, (buckets, count, sum)) in &counts.seconds {
            for (end, bucket) in ENDS.iter().zip(buckets) {
                let _ = writeln!(out, "pcs_http_request_seconds_bucket{{route=\"{route}\",le=\"{end:?}\"}} {bucket}");
            }
            let _ = writeln!(out, "pcs_http_request_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(out, "pcs_http_request_seconds_count{{route=\"{route}\"}} {count}");
            let _ = writeln!(out, "pcs_http_request_seconds_sum{{route=\"{route}\"}} {sum}");
        }
        let [hits, misses] = counts.kept;
        out.push_str("# TYPE pcs_answers_kept counter\n");
        let _ = writeln!(out, "pcs_answers_kept_total{{hit=\"true\"}} {hits}");
        let _ = writeln!(out, "pcs_answers_kept_total{{hit=\"false\"}} {misses}");
        out.push_str("# TYPE pcs_refused counter\n");
        for (code, count) in &counts.refused {
            let _ = writeln!(out, "pcs_refused_total{{code=\"{code}\"}} {count}");
        }
        let Gauges { entries, newest_seconds, streams, version, build } = gauges;
        let _ = writeln!(out, "# TYPE pcs_ledger_entries gauge\npcs_ledger_entries {entries}");
        if let Some(seconds) = newest_seconds {
            let _ = writeln!(out, "# TYPE pcs_ledger_newest_seconds gauge\n# UNIT pcs_ledger_newest_seconds seconds");
            let _ = writeln!(out, "pcs_ledger_newest_seconds {seconds}");
        }
        let _ = writeln!(out, "# TYPE pcs_streams gauge\npcs_streams {streams}");
        let _ = writeln!(out, "# TYPE pcs_build info\npcs_build_info{{version=\"{version}\",build=\"{build}\"}} 1");
        out.push_str("# EOF\n");
        out
    }
}
