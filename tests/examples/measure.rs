//! Measures the ledger and the score, side by side with a raw file where there is a peer.
//!
//! `cargo run --release -p tests --example measure -- [EVENTS] [DIR]` (default: 1000000, a temporary directory)
//!
//! Machines are noisy: read the ratios, and run it more than once.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for developers, which prints and may panic")]

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use ledger::{Appender, Area, Entry, Event, EventId, Ledger, Reader, Timestamp, parse_event};
use projection::rulebook::Rulebook;
use projection::{Basis, History, Question, Unmeasured, score};
use uuid::Uuid;

const PARTNERS: u64 = 1_000;
const SINGLE_APPENDS: u64 = 4_000;
const BATCHED_APPENDS: u64 = 300_000;
const NOW: i64 = 1_750_000_000_000_000;

fn main() {
    let mut args = std::env::args().skip(1);
    let events = args.next().map_or(1_000_000, |text| text.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let dir = args.next().map_or_else(|| temporary.path().to_owned(), Into::into);
    std::fs::create_dir_all(&dir).unwrap();

    let raw = raw_appends(&dir.join("raw"));
    row("raw pre-allocated file, fdatasync each", SINGLE_APPENDS, raw, None);
    let single = appends(&dir.join("single"), 1, SINGLE_APPENDS);
    row("durable appends, one at a time", SINGLE_APPENDS, single, Some(raw));
    for batch in [64, 512, 4_096] {
        let time = appends(&dir.join(format!("b{batch}")), batch, BATCHED_APPENDS);
        row(&format!("durable appends in batches of {batch}"), BATCHED_APPENDS, time, None);
    }
    row("64 producers that share commits", SINGLE_APPENDS, producers(&dir.join("producers")), Some(raw));

    let ledger = dir.join("ledger");
    row("import: parse, check, write, index, one commit", events, import(&ledger, events), None);
    println!("{:<52} {:>12}", "peak memory so far, KiB", peak_memory());
    let stats = Reader::open(&ledger).unwrap().stats().unwrap();
    println!("{:<52} {:>12.1}", "bytes an event in the log", per(stats.log_bytes, events));
    println!("{:<52} {:>12.1}", "bytes an event in the index", per(stats.index_bytes, events));
    scores("score of six areas, from the log", &ledger, 100, false);
    scores("score of six areas, cache being filled", &ledger, 100, true);
    scores("score of six areas, from the cache", &ledger, 100, true);
    row("replay: read, check, parse and fold all", events, replay(&ledger), None);
    println!("{:<52} {:>12}", "peak memory, KiB", peak_memory());
}

fn row(what: &str, count: u64, time: Duration, peer: Option<Duration>) {
    let mut line = format!("{what:<52} {:>12.0} /s", per(count, 1) / time.as_secs_f64());
    if let Some(peer) = peer {
        let _ = write!(line, "   {:.2} of the raw file", peer.as_secs_f64() / time.as_secs_f64());
    }
    println!("{line}");
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn per(count: u64, of: u64) -> f64 {
    count as f64 / of as f64
}

/// The physical limit: nothing but writes into blocks that exist, each made durable.
fn raw_appends(path: &Path) -> Duration {
    let line = line_of(0);
    let file = File::create(path).unwrap();
    file.write_all_at(&vec![1; 512 * usize::try_from(SINGLE_APPENDS).unwrap()], 0).unwrap();
    file.sync_all().unwrap();
    let start = Instant::now();
    let mut offset = 0;
    for _ in 0..SINGLE_APPENDS {
        file.write_all_at(line.as_bytes(), offset).unwrap();
        file.sync_data().unwrap();
        offset += line.len() as u64;
    }
    start.elapsed()
}

fn appends(dir: &Path, batch: u64, count: u64) -> Duration {
    let (mut ledger, _) = Ledger::create(dir, "measure").unwrap();
    let mut appending = Duration::ZERO;
    for first in (0..count).step_by(usize::try_from(batch).unwrap()) {
        let events: Vec<Event> = (first..count.min(first + batch)).map(event).collect();
        let start = Instant::now();
        ledger.append(&events, Timestamp::from_micros(NOW)).unwrap();
        appending += start.elapsed();
    }
    appending
}

fn producers(dir: &Path) -> Duration {
    let (ledger, _) = Ledger::create(dir, "measure").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let appender = Appender::start(ledger, || Timestamp::from_micros(NOW));
        let start = Instant::now();
        let each = SINGLE_APPENDS / 64;
        let producers = (0..64).map(|producer| {
            let appender = appender.clone();
            tokio::spawn(async move {
                for nth in 0..each {
                    appender.append(vec![event(producer * each + nth)]).await.unwrap();
                }
            })
        });
        for producer in producers.collect::<Vec<_>>() {
            producer.await.unwrap();
        }
        start.elapsed().mul_f64(per(SINGLE_APPENDS, each * 64))
    })
}

fn import(dir: &Path, events: u64) -> Duration {
    let (mut ledger, _) = Ledger::create(dir, "measure").unwrap();
    let lines: Vec<String> = (0..events.min(200_000)).map(line_of).collect();
    let start = Instant::now();
    let mut batch = ledger.begin(Timestamp::from_micros(NOW));
    let mut making_lines = Duration::ZERO;
    for nth in 0..events {
        let made;
        let line = if let Some(line) = usize::try_from(nth).ok().and_then(|nth| lines.get(nth)) {
            line
        } else {
            let began = Instant::now();
            made = line_of(nth);
            making_lines += began.elapsed();
            &made
        };
        batch.push(parse_event(line, || None).unwrap()).unwrap();
    }
    batch.commit().unwrap();
    start.elapsed().saturating_sub(making_lines)
}

fn scores(what: &str, dir: &Path, partners: u64, cached: bool) {
    let reader = Reader::open(dir).unwrap();
    let question = Question {
        as_of: ledger::parse_date("2025-06-30").unwrap(),
        basis: Basis::Live,
        unmeasured: Unmeasured::Exclude,
        explain: false,
    };
    let mut times: Vec<Duration> = (0..partners)
        .map(|partner| {
            let start = Instant::now();
            let partner = partner_of(partner * 7 % PARTNERS);
            let entries = if cached {
                reader.entries(&partner, reader.size())
            } else {
                reader.entries_uncached(&partner, reader.size())
            };
            let history = History::fold(&entries.unwrap());
            for area in Area::ALL {
                score(&history, Rulebook::builtin(), *area, &question).unwrap();
            }
            start.elapsed()
        })
        .collect();
    times.sort();
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!("{what:<52} p50 {:>8.2} ms   p99 {:>8.2} ms", at(50), at(99));
}

fn replay(dir: &Path) -> Duration {
    let start = Instant::now();
    let reader = Reader::open(dir).unwrap();
    let mut histories = std::collections::BTreeMap::<String, History>::new();
    let mut folded = 0_u64;
    reader
        .scan(0, reader.size(), &mut |_, line| {
            let entry = Entry::parse(line).unwrap();
            let partner = entry.event.partner.as_ref().map(ToString::to_string).unwrap_or_default();
            histories.entry(partner).or_default().extend([&entry]);
            folded += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(folded, reader.size());
    start.elapsed()
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim_matches(|c: char| !c.is_ascii_digit()).to_owned())
}

fn event(nth: u64) -> Event {
    let line = line_of(nth);
    parse_event(&line, || Some(EventId(Uuid::nil()))).unwrap()
}

fn partner_of(partner: u64) -> String {
    format!("{}", 6_000_000 + partner)
}

/// The nth of the events that are measured with: usage for the most part, associations, certifications.
fn line_of(nth: u64) -> String {
    let mut state = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |below: u64| {
        state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(nth);
        (state >> 20) % below
    };
    let id = Uuid::from_u64_pair((nth << 16) ^ 0x4000, 0x8000_0000_0000_0000 | next(1 << 60));
    let partner = next(PARTNERS);
    let customer = Uuid::from_u64_pair(partner, 0x8000_0000_0000_0000 | next(20));
    let head = format!(r#"{{"id":"{id}","partner":"{}","#, partner_of(partner));
    match next(100) {
        0..3 => format!(
            r#"{head}"type":"association_accepted","effective_at":"2023-{:02}-01","association":"{}","customer":"{customer}","mechanism":"pal","principal":"principal-{nth}"}}"#,
            1 + next(12),
            Uuid::from_u64_pair(nth, 0x8000_0000_0000_0001)
        ),
        3..5 => format!(
            r#"{head}"type":"certification_linked","effective_at":"2025-{:02}-03","person":"mcp:{partner}-{}","certification":"{}"}}"#,
            1 + next(6),
            next(50),
            ["AZ-104", "AZ-305", "AZ-700", "AZ-140"].get(usize::try_from(next(4)).unwrap()).unwrap()
        ),
        _ => format!(
            r#"{head}"type":"usage_reported","month":"{}-{:02}","customer":"{customer}","product":"Service {}","metric":"acr_usd","value":"{}.{:02}","subscription":"subscription-{}"}}"#,
            2023 + next(3),
            1 + next(12),
            next(12),
            next(3_000),
            next(100),
            next(5)
        ),
    }
}
