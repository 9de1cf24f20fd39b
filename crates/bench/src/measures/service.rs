//! `pcs serve`, asked by clients on this machine: requests a second, and how long what is live takes.

mod client;
mod process;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use ledger::{Appender, Event, Ledger};

use super::append;
use super::producers::append_all;
use crate::Outcome;
use crate::events::{Layout, event_of, write_file};
use crate::row::Measurement;
use crate::stores::NOW;
use crate::target::Target;
use crate::timing::{in_turns, millis, percentile, rate, timed};
use crate::workbench::Workbench;
use client::{Client, at_once};
use process::{Nginx, Service};

/// Connections that ask at once.
const CONNECTIONS: usize = 32;
/// Entries of the partner that is asked about.
const ENTRIES: u64 = 1_000;
/// Clients that each record an event at a time.
const WRITERS: usize = 64;
/// Streams that are open at once.
const STREAMS: usize = 256;
/// Partners that are asked about where memory is measured.
const PARTNERS: u64 = 100;
/// The month whose last days are asked about: the last one that has figures.
const MONTH: &str = "2025-06";
/// When everything is recorded, and a day on which that is known.
const RECORDED: &str = "2025-07-01T00:00:00Z";
const KNOWN_AT: &str = "2025-07-02";

/// What is to be reached: of what nginx serves, of what processes answer, and of what the library appends.
const OF_NGINX: f64 = 0.5;
const OF_PROCESSES: f64 = 20.0;
const OF_LIBRARY: f64 = 0.6;
/// In milliseconds, for 99 in a hundred.
const DRAG: f64 = 5.0;
const LIVE: f64 = 50.0;
const LIVE_OF_OTHERS: f64 = 300.0;
/// In MiB.
const MEMORY: f64 = 256.0;
const MEMORY_OF_REFUSED: f64 = 1.0;

/// Measures it.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    if !bench.pcs.exists() {
        return Ok(vec![Measurement::without_figure("pcs serve", "").with_note(Workbench::WITHOUT_PCS)]);
    }
    let (dir, file) = (bench.fresh("served")?, bench.fresh("served.jsonl")?);
    let layout = Layout::even(1, ENTRIES.min(bench.largest()));
    // The events that are posted later have ids of the usual seed.
    write_file(&file, bench.seed.wrapping_add(1), &layout)?;
    pcs(bench, &dir, &["init"])?;
    pcs(bench, &dir, &["--now", RECORDED, "import", &file.display().to_string()])?;
    let partner = layout.partners().first().ok_or("a partner")?.account();
    let service = Service::start(&bench.pcs, &dir)?;
    let mut rows = answers(bench, &service, &dir, &partner)?;
    rows.push(drag(bench, &service, &partner)?);
    rows.push(writes(bench, &service)?);
    rows.extend(live(bench, &service, &dir)?);
    drop(service);
    rows.extend(memory(bench)?);
    Ok(rows)
}

/// Runs a command on a ledger; its answer is thrown away.
fn pcs(bench: &Workbench, ledger: &Path, args: &[&str]) -> Outcome<()> {
    let mut command = Command::new(&bench.pcs);
    command.arg("--quiet").arg("--ledger").arg(ledger).args(args).stdout(Stdio::null());
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

fn wanted(status: u16, wanted: u16) -> Outcome<()> {
    if status == wanted { Ok(()) } else { Err(format!("the status is {status}, not {wanted}").into()) }
}

/// Answers that are known by their tag, that are kept, and that are computed.
fn answers(bench: &Workbench, service: &Service, dir: &Path, partner: &str) -> Outcome<Vec<Measurement>> {
    let path = format!("/v1/partners/{partner}/scores?as_of={MONTH}-30&known_at={KNOWN_AT}");
    let reply = Client::connect(&service.host)?.get(&path, &service.token)?;
    wanted(reply.status, 200)?;
    let tag = reply.header("etag").ok_or("no tag")?.to_owned();
    let known = format!("{}If-None-Match: {tag}\r\n", service.token);
    let each = usize::try_from(bench.scaled(2_000))?;
    let nginx = Nginx::start(&bench.fresh("nginx")?, &reply.body)?;
    let repeat = |host: &str, path: &str, headers: &str, status: u16| {
        let took = at_once(host, CONNECTIONS, each, &|client, _| wanted(client.get(path, headers)?.status, status))?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(rate((CONNECTIONS * each) as u64, took))
    };
    let turns = usize::try_from(bench.scaled(5))?;
    let figures = in_turns(turns, &["known", "kept", "nginx"], |what| match (*what, &nginx) {
        ("known", _) => repeat(&service.host, &path, &known, 304),
        ("kept", _) => repeat(&service.host, &path, &service.token, 200),
        (_, Some(nginx)) => repeat(&nginx.host, Nginx::FILE, "", 200),
        (_, None) => Ok(0.0),
    })?;
    let [of_tag, kept, theirs] = &figures[..] else { return Err("three things were measured".into()) };
    let row = |what: String, ours: &[f64]| {
        let row = match &nginx {
            Some(_) => Measurement::in_turns(what, "a second", ours, "nginx, a file of that size", theirs),
            None => Measurement::median(what, "a second", ours).with_note("no nginx is installed"),
        };
        row.reaching(Target::RatioAtLeast(OF_NGINX))
    };
    let mut rows = vec![
        row(format!("answers known by their tag, {CONNECTIONS} connections"), of_tag),
        row(format!("answers that are kept, {CONNECTIONS} connections"), kept),
    ];
    // Each is of an instant of its own, so that none is known.
    let (each, mut round) = (usize::try_from(bench.scaled(100))?, 0);
    let processes = bench.scaled(40);
    let figures = in_turns(turns, &[true, false], |is_service| {
        if *is_service {
            round += 1;
            let asked = |nth: usize| format!("{path}T00:00:00.{:06}Z", round * 100_000 + nth);
            let ask = |client: &mut Client, nth: usize| wanted(client.get(&asked(nth), &service.token)?.status, 200);
            return Ok(rate((CONNECTIONS * each) as u64, at_once(&service.host, CONNECTIONS, each, &ask)?));
        }
        let as_of = format!("{MONTH}-30");
        let args = ["--format", "json", "score", "--partner", partner, "--as-of", &as_of, "--known-at", KNOWN_AT];
        let (took, ()) = timed(|| (0..processes).try_for_each(|_| pcs(bench, dir, &args)))?;
        Ok(rate(processes, took))
    })?;
    let [ours, theirs] = &figures[..] else { return Err("two things were measured".into()) };
    let what = format!("answers that are computed, {CONNECTIONS} connections");
    let row = Measurement::in_turns(what, "a second", ours, "pcs score, a process each", theirs);
    rows.push(row.reaching(Target::RatioAtLeast(OF_PROCESSES)));
    Ok(rows)
}

/// The view of an area while somebody drags its slider: a day after the other.
fn drag(bench: &Workbench, service: &Service, partner: &str) -> Outcome<Measurement> {
    let mut client = Client::connect(&service.host)?;
    let mut times = Vec::new();
    for nth in 0..bench.scaled(300) {
        let (month, day) = (1 + nth / 28 % 6, 1 + nth % 28);
        let path = format!("/p/{partner}/infrastructure?as_of=2025-{month:02}-{day:02}");
        let (took, reply) = timed(|| client.get(&path, &service.token))?;
        wanted(reply.status, 200)?;
        times.push(millis(took));
    }
    let row = Measurement::new("p99 of a view while its slider is dragged", "ms", percentile(&times, 99));
    Ok(row.of_samples(times.len()).reaching(Target::AtMost(DRAG)))
}

/// Events of many clients at once, one a request, beside the library's producers.
fn writes(bench: &mut Workbench, service: &Service) -> Outcome<Measurement> {
    let (each, turns) = (usize::try_from(bench.scaled(200))?, usize::try_from(bench.scaled(5))?);
    let lines = append::take(bench, WRITERS * each * turns)?;
    let each = (lines.len() / turns / WRITERS).max(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let appender = Appender::start(Ledger::create(&bench.fresh("appended")?, "bench.example")?.0, || NOW)?;
    let headers = format!("{}Content-Type: application/jsonl\r\n", service.token);
    let mut rounds = [lines.chunks(each * WRITERS), lines.chunks(each * WRITERS)];
    let figures = in_turns(turns, &[0, 1], |nth| {
        let round = rounds.get_mut(*nth).and_then(Iterator::next).unwrap_or_default();
        let each = round.len() / WRITERS;
        let count = (each * WRITERS) as u64;
        if *nth == 0 {
            let post = |client: &mut Client, nth: usize| {
                wanted(client.post("/v1/events", &headers, round.get(nth).ok_or("an event")?)?.status, 200)
            };
            return Ok(rate(count, at_once(&service.host, WRITERS, each, &post)?));
        }
        let of_one = |lines: &[String]| lines.iter().map(|line| event_of(line)).collect();
        let events: Vec<Vec<Event>> = round.chunks(each.max(1)).take(WRITERS).map(of_one).collect::<Outcome<_>>()?;
        Ok(rate(count, runtime.block_on(append_all(&appender, events))?))
    })?;
    let [ours, theirs] = &figures[..] else { return Err("two things were measured".into()) };
    let what = format!("POST of one event, {WRITERS} clients");
    let row = Measurement::in_turns(what, "events/s", ours, "the library's group commit", theirs);
    Ok(row.reaching(Target::RatioAtLeast(OF_LIBRARY)))
}

/// From when an append is durable to its event on every stream.
fn live(bench: &Workbench, service: &Service, dir: &Path) -> Outcome<Vec<Measurement>> {
    let (own, others) = (bench.scaled(40), bench.scaled(20));
    let total = usize::try_from(own + others)?;
    let (sender, seen) = mpsc::channel::<Instant>();
    let headers = format!("{}Content-Type: application/jsonl\r\n", service.token);
    let churned = |nth: u64| {
        format!(
            r#"{{"id":"00000000-0000-4000-9000-{nth:012}","type":"customer_churned","partner":"live","effective_at":"2025-06-01","customer":"00000000-0000-4000-a000-{nth:012}"}}"#
        )
    };
    std::thread::scope(|scope| {
        for _ in 0..STREAMS {
            let (client, sender) = (Client::connect(&service.host)?, sender.clone());
            scope.spawn(move || {
                let (mut has_begun, mut entries) = (false, 0);
                let ended = client.each_line("/v1/stream", &service.token, &mut |line| {
                    let is_entry = line == "event: entry";
                    // The first event says up to where all was looked at: the stream has begun.
                    let is_told = is_entry || (line == "event: at" && !std::mem::replace(&mut has_begun, true));
                    entries += usize::from(is_entry);
                    (!is_told || sender.send(Instant::now()).is_ok()) && entries < total
                });
                drop(ended);
            });
        }
        drop(sender);
        (0..STREAMS).try_for_each(|_| seen.recv().map(drop))?;
        let mut client = Client::connect(&service.host)?;
        let (mut of_own, mut of_others) = (Vec::new(), Vec::new());
        for nth in 0..own + others {
            let is_own = nth < own;
            if is_own {
                wanted(client.post("/v1/events", &headers, &churned(nth))?.status, 200)?;
            } else {
                let file = dir.with_extension("live.jsonl");
                std::fs::write(&file, churned(nth))?;
                pcs(bench, dir, &["--wait", "5", "import", &file.display().to_string()])?;
            }
            let durable = Instant::now();
            let times = if is_own { &mut of_own } else { &mut of_others };
            for _ in 0..STREAMS {
                times.push(millis(seen.recv()?.saturating_duration_since(durable)));
            }
        }
        let row = |what: &str, times: &[f64], most: f64| {
            let row = Measurement::new(format!("p99 of {what} at {STREAMS} streams"), "ms", percentile(times, 99));
            row.of_samples(times.len()).reaching(Target::AtMost(most))
        };
        Ok(vec![
            row("an event that was posted,", &of_own, LIVE),
            row("an event that another process recorded,", &of_others, LIVE_OF_OTHERS),
        ])
    })
}

/// Memory with the largest ledger, many partners asked, and streams open; and what refused requests add to it.
fn memory(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let events = bench.largest();
    let dir = bench.ledger(events)?;
    let service = Service::start(&bench.pcs, &dir)?;
    let layout = bench.layout(events);
    // Nobody reads them to their end: they are open as long as the clients are.
    let mut streams: Vec<Client> = (0..STREAMS).map(|_| Client::connect(&service.host)).collect::<Outcome<_>>()?;
    streams.iter_mut().try_for_each(|client| client.begin("/v1/stream", &service.token))?;
    let mut client = Client::connect(&service.host)?;
    let mut asked = 0;
    for partner in layout.partners().iter().take(usize::try_from(PARTNERS)?) {
        let path = format!("/v1/partners/{}/scores?as_of={MONTH}-30&explain=true", partner.account());
        wanted(client.get(&path, &service.token)?.status, 200)?;
        asked += 1;
    }
    let peak = service.peak()?;
    let what = format!("peak memory, ledger of {events}, {STREAMS} streams, {asked} partners asked");
    for _ in 0..bench.scaled(10_000) {
        wanted(client.get("/v1/ledger", "Authorization: Bearer pcs_no\r\n")?.status, 401)?;
    }
    let more = service.peak()? - peak;
    drop(streams);
    Ok(vec![
        Measurement::new(what, "MiB", peak).reaching(Target::AtMost(MEMORY)),
        Measurement::new("memory that refused requests add", "MiB", more).reaching(Target::AtMost(MEMORY_OF_REFUSED)),
    ])
}
