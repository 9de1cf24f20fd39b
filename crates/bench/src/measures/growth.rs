//! How the time of an answer grows with each thing that can be many: the exponent over three sizes, of seconds of the
//! processor.

use std::hint::black_box;

use ledger::{Area, Ledger, PartnerId, Reader, parse_date};
use projection::rulebook::Rulebook;
use projection::{Basis, Claims, Comparison, History, Question, Unmeasured, diff, findings_beside, score};

use crate::Outcome;
use crate::events::{THINGS, Thing, event_of};
use crate::row::Measurement;
use crate::stores::NOW;
use crate::target::Target;
use crate::timing::worked;
use crate::workbench::Workbench;

/// Events of the largest size, of which a smaller bench has fewer; each smaller one has a quarter.
const LARGEST: u64 = 100_000;
/// The exponent that is to be reached: that of a linear time and a logarithm, and what caches add to it.
const EXPONENT: f64 = 1.3;
/// A question that took so many seconds is not asked of more events: four times as many could take sixteen times.
const SECONDS: f64 = 30.0;
/// What takes fewer seconds is measured again, and the fastest counts.
const SHORT: f64 = 0.2;
const AGAIN: usize = 3;

/// Asks something of a ledger.
type Ask = fn(&Reader) -> Outcome<()>;

/// What is asked, by name.
const QUESTIONS: [(&str, Ask); 4] = [
    ("score", |reader| scores(reader, false)),
    ("explain", |reader| scores(reader, true)),
    ("diff", difference),
    ("check", check),
];

/// Measures it thing by thing.
pub(super) fn run(bench: &mut Workbench) -> Outcome<Vec<Measurement>> {
    let largest = (bench.largest() / 10).min(LARGEST);
    let sizes = [largest / 16, largest / 4, largest];
    let mut rows = Vec::new();
    for thing in THINGS {
        bench.say(&format!("  {}", thing.name));
        rows.extend(measure(bench, *thing, sizes)?);
    }
    Ok(rows)
}

/// The exponents of one thing.
fn measure(bench: &Workbench, thing: Thing, sizes: [u64; 3]) -> Outcome<Vec<Measurement>> {
    let mut taken: Vec<(&str, Vec<(u64, f64)>)> = vec![("import", Vec::new())];
    taken.extend(QUESTIONS.iter().map(|(name, _)| (*name, Vec::new())));
    for size in sizes {
        let dir = bench.fresh("growth")?;
        let lines = thing.lines(size);
        let seconds = worked(|| import(&dir, &lines))?.0.as_secs_f64();
        let reader = Reader::open(&dir)?;
        for (name, times) in &mut taken {
            let Some((_, ask)) = QUESTIONS.iter().find(|(question, _)| question == name) else {
                times.push((size, seconds));
                continue;
            };
            if times.last().is_none_or(|(_, seconds)| *seconds < SECONDS) {
                times.push((size, fastest(|| ask(&reader))?));
            }
        }
    }
    let row = |(name, times): (&str, Vec<(u64, f64)>)| {
        let shown: Vec<String> = times.iter().map(|(size, seconds)| format!("{size} in {seconds:.3} s")).collect();
        let what = format!("{name} by {}, exponent", thing.name);
        let row =
            Measurement::new(what, "", exponent(&times)).of_samples(times.len()).reaching(Target::AtMost(EXPONENT));
        row.with_note(shown.join(", "))
    };
    Ok(taken.into_iter().map(row).collect())
}

/// The seconds that something takes, undisturbed.
fn fastest(run: impl Fn() -> Outcome<()>) -> Outcome<f64> {
    let mut seconds = worked(&run)?.0.as_secs_f64();
    for _ in 1..AGAIN {
        if seconds < SHORT {
            seconds = seconds.min(worked(&run)?.0.as_secs_f64());
        }
    }
    Ok(seconds)
}

/// The exponent of the power of the size that the times follow best, by least squares of their logarithms.
fn exponent(times: &[(u64, f64)]) -> f64 {
    let points: Vec<(f64, f64)> =
        times.iter().map(|(size, seconds)| ((*size as f64).ln(), seconds.max(1e-6).ln())).collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (size, time) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - size).powi(2)).sum();
    let slope: f64 = points.iter().map(|point| (point.0 - size) * (point.1 - time)).sum();
    if spread > 0.0 { slope / spread } else { 0.0 }
}

fn import(dir: &std::path::Path, lines: &[String]) -> Outcome<()> {
    let (mut ledger, _) = Ledger::create(dir, "bench.example")?;
    let mut batch = ledger.begin(NOW);
    for line in lines {
        batch.push(event_of(line)?)?;
    }
    batch.commit()?;
    Ok(())
}

/// The partner that is asked about.
const PARTNER: &str = "1";

fn question(day: &str, explain: bool) -> Outcome<Question> {
    Ok(Question { as_of: parse_date(day)?, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain })
}

/// From the entries in the log on, as the first question about a partner.
fn history(reader: &Reader, partner: &str) -> Outcome<History> {
    Ok(History::fold(&reader.entries(partner, reader.size())?))
}

fn scores(reader: &Reader, explain: bool) -> Outcome<()> {
    let history = history(reader, PARTNER)?;
    for area in Area::ALL {
        score(&history, Rulebook::builtin(), *area, &question("2025-02-28", explain)?)?;
    }
    Ok(())
}

fn difference(reader: &Reader) -> Outcome<()> {
    let size = reader.size();
    diff(&Comparison {
        entries: &reader.entries(PARTNER, size)?,
        shared: &[],
        from: (question("2022-11-01", false)?, size),
        to: (question("2025-02-28", false)?, size),
        areas: Area::ALL,
        carry: None,
    })?;
    Ok(())
}

fn check(reader: &Reader) -> Outcome<()> {
    let mut claims = Claims::default();
    let partners: Vec<PartnerId> = reader.partners(reader.size())?;
    for partner in &partners {
        claims.add(partner, &history(reader, partner.as_str())?, Rulebook::builtin());
    }
    let day = parse_date("2025-02-28")?;
    for partner in &partners {
        black_box(findings_beside(&history(reader, partner.as_str())?, partner, &claims, Rulebook::builtin(), day));
    }
    Ok(())
}
