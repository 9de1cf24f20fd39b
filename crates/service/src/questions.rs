//! Questions: from the parameters of a request to what the command of the same name answers.

use std::ops::ControlFlow;

use app::ask::{advise, check, diff, forecast, partners, reconcile, rulebook, score, score_csv, status, timeline};
use app::chart::panels;
use app::known::Known;
use app::prove::{KeySource, checkpoint, key, proof};
use app::text::base64;
use app::{Error, Session};
use ledger::{EntryLine, Reader, Timestamp};
use serde_json::json;

use crate::access::Access;
use crate::answer::{Form, Produced};
use crate::exchange::Exchange;
use crate::parameter_table::parameter;
use crate::parameters::{Parameters, whole_number};
use crate::problem::Problem;

/// Asks a session; the bytes are what came with the request. Of tables and pictures, those of the form alone are made.
pub(crate) type Ask = Box<dyn FnOnce(&mut Session<'_>, &mut dyn std::io::Read, Form) -> Result<Produced, Error> + Send>;

/// A question that is read.
pub(crate) struct Question {
    pub(crate) ask: Ask,
    /// The parameters that say when what is asked was known.
    pub(crate) instants: &'static [&'static str],
    /// Whether it begins today, though nothing says so.
    pub(crate) begins_today: bool,
    /// So many entries alone are what the answer follows from, whatever is recorded behind them.
    pub(crate) follows_from: Option<u64>,
}

/// Reads a question from what was asked.
pub(crate) type Read = fn(&Exchange, &Parameters) -> Result<Question, Problem>;

/// The parameter of what depends on what was known at an instant.
pub(crate) const KNOWN_AT: &[&str] = &["known_at"];
/// Years of a timeline at most.
const MOST_YEARS: u32 = 10;

impl Question {
    /// A question whose answer depends on what was known at the instants of these parameters.
    pub(crate) fn new(instants: &'static [&'static str], ask: Ask) -> Self {
        Self { ask, instants, begins_today: false, follows_from: None }
    }
}

/// How many things are told, at most.
fn limit(exchange: &Exchange, parameters: &Parameters) -> Result<usize, Problem> {
    let limit = parameters.whole("limit")?.or_else(|| parameter(&exchange.path, "limit").usual());
    Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX))
}

/// A part of a list: how many, and behind what.
pub(crate) struct Part {
    pub(crate) limit: usize,
    pub(crate) after: Option<String>,
}

impl Part {
    pub(crate) fn read(exchange: &Exchange, parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: limit(exchange, parameters)?, after: parameters.text("after").map(str::to_owned) })
    }

    /// The things of the part, and behind what the next one begins, if there is one. They are in the order of their keys.
    fn of<T>(&self, things: impl IntoIterator<Item = T>, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let is_behind = |thing: &T| self.after.as_ref().is_none_or(|after| key(thing) > *after);
        let mut part: Vec<T> = things.into_iter().filter(is_behind).take(self.limit.saturating_add(1)).collect();
        let has_more = part.len() > self.limit;
        part.truncate(self.limit);
        let next = part.last().filter(|_| has_more).map(&key);
        (part, next)
    }
}

/// `/v1/ledger`
#[expect(clippy::unnecessary_wraps, reason = "every question is read in this way")]
pub(crate) fn ledger(exchange: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    let build = exchange.shared.settings.build.clone();
    Ok(Question::new(
        &[],
        Box::new(move |session, _, _| {
            let reader = session.reader()?;
            let size = reader.size();
            let newest = size.checked_sub(1).map(|seq| reader.recorded_at(seq)).transpose()?;
            let key = key::show(session)?.verifier_key;
            let object = json!({
                "origin": key::origin(session)?, "size": size, "root": base64(&reader.root(size)?),
                "newest": newest.map(|at| at.to_string()), "verifier_key": key, "build": build,
            });
            Ok(Produced::lines(vec![object.to_string()]))
        }),
    ))
}

/// `/v1/partners`
pub(crate) fn partners(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let (known_at, part) = (parameters.instant("known_at")?, Part::read(exchange, parameters)?);
    let (wanted, access) = (parameters.text("q").unwrap_or_default().to_lowercase(), exchange.access.clone());
    let ask: Ask = Box::new(move |session, _, form| {
        let mut known = partners::run(session, known_at)?;
        known.retain(|one| access.sees(&one.partner) && one.partner.as_str().to_lowercase().contains(&wanted));
        let (known, next) = part.of(known, |one| one.partner.to_string());
        let lines = known.iter().map(|one| serde_json::to_string(one).unwrap_or_default()).collect();
        let csv = (form == Form::Csv).then(|| partners::to_csv(&known));
        Ok(Produced { lines, csv, next, ..Produced::default() })
    });
    Ok(Question::new(KNOWN_AT, ask))
}

/// `/v1/partners/{p}/scores`
pub(crate) fn scores(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let request = score::Request {
        partner: Some(exchange.partner()?),
        as_of: parameters.needed_day("as_of")?,
        options: parameters.options()?,
        beyond: parameters.beyond()?,
        explain: parameters.is_set("explain")?,
        plans: false,
    };
    let ask: Ask = Box::new(move |session, stdin, form| {
        let (mut lines, mut csv) = (Vec::new(), (form == Form::Csv).then(score_csv::header));
        request.run(session, stdin, &mut |answer| {
            match &mut csv {
                Some(csv) => csv.push_str(&answer.to_csv()),
                None => lines.push(answer.to_json()),
            }
            Ok(())
        })?;
        Ok(Produced { lines, csv, ..Produced::default() })
    });
    Ok(Question::new(KNOWN_AT, ask))
}

/// `/v1/partners/{p}/timeline`
pub(crate) fn timeline(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let known_at = match parameters.text("known_at") {
        Some(timeline::THEN) => Some(timeline::DaysKnown::Then),
        _ => parameters.instant("known_at")?.map(|at| timeline::DaysKnown::At(Some(at))),
    };
    let (from, to) = (parameters.day("from")?, parameters.day("to")?);
    let (known_from, known_to) = (parameters.instant("known_from")?, parameters.instant("known_to")?);
    let days = [
        ("from", from, "to", to),
        ("known_from", known_from.map(Timestamp::date), "known_to", known_to.map(Timestamp::date)),
    ];
    for (first, from, last, to) in days {
        let end = from.and_then(|from| from.checked_add_months(chrono::Months::new(12 * MOST_YEARS)));
        if end.zip(to).is_some_and(|(end, to)| to > end) {
            let detail = format!("at most {MOST_YEARS} years behind `{first}` are told");
            return Err(Problem::parameter("bad_value", last, detail));
        }
    }
    let step = parameters.named("step", &timeline::STEPS, |name| timeline::STEPS.iter().find(|step| **step == name))?;
    let choice = timeline::AxisChoice {
        from,
        to,
        known_at,
        as_of: parameters.day("as_of")?,
        known_from,
        known_to,
        step: (*step.unwrap_or(&timeline::STEPS[0])).to_owned(),
    };
    let instants: &'static [&'static str] = if choice.as_of.is_some() { &["known_from", "known_to"] } else { KNOWN_AT };
    let request = timeline::Request {
        partner: exchange.partner()?,
        areas: parameters.areas()?,
        axis: choice.axis()?,
        basis: parameters.basis()?,
        unmeasured: parameters.unmeasured()?,
        beyond: parameters.beyond()?,
    };
    let ask: Ask = Box::new(move |session, stdin, form| {
        let answer = request.run(session, stdin)?;
        let svg = (form == Form::Svg).then(|| panels::svg(&answer));
        let summary = answer.areas.first().filter(|_| svg.is_some()).map(|area| panels::summary(&answer, area));
        let (lines, csv) = (vec![answer.to_json()], (form == Form::Csv).then(|| answer.to_csv()));
        Ok(Produced { lines, csv, svg, summary, ..Produced::default() })
    });
    Ok(Question::new(instants, ask))
}

/// `/v1/partners/{p}/diff`
pub(crate) fn diff(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let explain = parameters.is_set("explain")?;
    let end = |day: &str, known: &str| {
        let as_of = parameters.needed_day(day)?;
        Ok::<_, Problem>((parameters.question(as_of, explain)?, parameters.instant(known)?))
    };
    let request = diff::Request {
        partner: exchange.partner()?,
        from: end("from", "known_from")?,
        to: end("to", "known_to")?,
        areas: parameters.areas()?,
        assume: parameters.assumed(),
    };
    Ok(Question::new(
        &["known_from", "known_to"],
        Box::new(move |session, stdin, _| Ok(Produced::lines(vec![request.run(session, stdin)?.to_json()]))),
    ))
}

/// `/v1/partners/{p}/forecast`
pub(crate) fn forecast(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let request = forecast::Request {
        partner: exchange.partner()?,
        areas: parameters.areas()?,
        from: parameters.day("from")?,
        until: parameters.needed_day("until")?,
        known_at: parameters.instant("known_at")?,
        basis: parameters.basis()?,
        unmeasured: parameters.unmeasured()?,
        beyond: parameters.beyond()?,
    };
    let ask: Ask = Box::new(move |session, stdin, form| {
        let answer = request.run(session, stdin)?;
        let csv = (form == Form::Csv).then(|| answer.timeline.to_csv());
        Ok(Produced { lines: vec![answer.to_json()], csv, ..Produced::default() })
    });
    let begins_today = parameters.text("from").is_none();
    Ok(Question { begins_today, ..Question::new(KNOWN_AT, ask) })
}

/// `/v1/partners/{p}/status`
pub(crate) fn status(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let request = status::Request {
        partner: Some(exchange.partner()?),
        question: parameters.question(parameters.needed_day("as_of")?, false)?,
        anniversary: parameters.day("anniversary")?,
        areas: parameters.areas()?,
        known_at: parameters.instant("known_at")?,
        beyond: parameters.beyond()?,
    };
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, stdin, _| {
            let mut lines = Vec::new();
            request.run(session, stdin, &mut |answer| {
                lines.push(answer.to_json());
                Ok(())
            })?;
            Ok(Produced::lines(lines))
        }),
    ))
}

/// `/v1/partners/{p}/advice`
pub(crate) fn advice(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let [area] = parameters.areas()?[..] else {
        return Err(Problem::parameter("missing_field", "area", "one area is wanted"));
    };
    let units = projection::ChangeUnit::NAMES;
    let unit = |text: &str| {
        projection::ChangeUnit::from_name(text).ok_or_else(|| format!("{text:?} is none of {}", units.join(", ")))
    };
    let request = advise::Request {
        partner: exchange.partner()?,
        area,
        as_of: parameters.needed_day("as_of")?,
        known_at: parameters.instant("known_at")?,
        basis: parameters.basis()?,
        unmeasured: parameters.unmeasured()?,
        beyond: parameters.beyond()?,
        target: parameters.optional("target", advise::points)?,
        margin: parameters.optional("margin", advise::points)?,
        prices: parameters.list("price", advise::price)?.into_iter().collect(),
        without: parameters.list("without", unit)?.into_iter().collect(),
        limit: limit(exchange, parameters)?,
        events: None,
    };
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, stdin, _| Ok(Produced::lines(vec![request.run(session, stdin)?.to_json()]))),
    ))
}

/// `/v1/partners/{p}/reconciliation`
pub(crate) fn reconciliation(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let request = reconcile::Request {
        partner: exchange.partner()?,
        areas: parameters.areas()?,
        from: parameters.day("from")?,
        to: parameters.day("to")?,
        known_at: parameters.instant("known_at")?,
        unmeasured: parameters.unmeasured()?,
        assume: parameters.assumed(),
    };
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, stdin, _| Ok(Produced::lines(vec![request.run(session, stdin)?.to_json()]))),
    ))
}

/// `/v1/partners/{p}/findings`
pub(crate) fn findings(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let (partner, known_at) = (exchange.partner()?, parameters.instant("known_at")?);
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, _, _| {
            let mut lines = Vec::new();
            check::run(session, Some(&partner), known_at, &mut |answer| {
                lines.push(answer.to_json());
                Ok(())
            })?;
            Ok(Produced::lines(lines))
        }),
    ))
}

/// `/v1/partners/{p}/instants`: when entries of the partner were recorded, and how many.
pub(crate) fn instants(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let (partner, known_at) = (exchange.partner()?, parameters.instant("known_at")?);
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, _, _| {
            let known = Known::open(session, known_at)?;
            known.check(&partner)?;
            let mut instants: Vec<(Timestamp, u64)> = Vec::new();
            known.reader.scan_partner(partner.as_str(), (0, known.end), &mut |_, line| {
                let at = EntryLine::split(line).and_then(|line| line.recorded_at());
                match (at, instants.last_mut()) {
                    (Some(at), Some((last, count))) if *last == at => *count += 1,
                    (Some(at), _) => instants.push((at, 1)),
                    (None, _) => {}
                }
                ControlFlow::Continue(())
            })?;
            let line = |(at, entries): &(Timestamp, u64)| json!({"at": at.to_string(), "entries": entries}).to_string();
            Ok(Produced::lines(instants.iter().map(line).collect()))
        }),
    ))
}

/// `/v1/entries/{seq}`
pub(crate) fn entry(exchange: &Exchange, _: &Parameters) -> Result<Question, Problem> {
    let seq = whole_part(exchange, 2)?;
    let access = exchange.access.clone();
    Ok(Question::new(
        &[],
        Box::new(move |session, _, _| {
            let reader = session.reader()?;
            check_entry(&reader, seq, &access)?;
            Ok(Produced::lines(vec![reader.line(seq)?]))
        }),
    ))
}

/// Refuses an entry that is not there, or is of a partner who does not exist for whoever asks.
fn check_entry(reader: &Reader, seq: u64, access: &Access) -> Result<(), Error> {
    let is_there = seq < reader.size() && reader.entry(seq)?.event.partner.is_none_or(|partner| access.sees(&partner));
    if is_there {
        return Ok(());
    }
    let text = format!("the ledger has {} entries, and no entry {seq}", reader.size());
    Err(Error::new("out_of_range", text).hint("entries are counted from 0"))
}

/// `/v1/rulebook`
pub(crate) fn rulebook(_: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let (as_of, known_at, areas) =
        (parameters.needed_day("as_of")?, parameters.instant("known_at")?, parameters.areas()?);
    Ok(Question::new(
        KNOWN_AT,
        Box::new(move |session, _, _| {
            Ok(Produced::lines(vec![rulebook::on_day(session, &areas, Some(as_of), known_at, None)?.to_json()]))
        }),
    ))
}

/// `/v1/checkpoint`
pub(crate) fn checkpoint(_: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    let size = parameters.whole("size")?;
    Ok(Question::new(
        &[],
        Box::new(move |session, _, _| {
            let signed = checkpoint::run(session, &own_key(), size)?;
            Ok(Produced::lines(vec![checkpoint::to_json(&signed)]))
        }),
    ))
}

/// `/v1/proofs/{seq}`
pub(crate) fn entry_proof(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    prove(exchange, proof::Claim::Entry(whole_part(exchange, 2)?), parameters)
}

/// `/v1/proofs/from/{size}`
pub(crate) fn growth_proof(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    // Where the ledger had one entry less, the proof is the hash of the last one.
    exchange.access.check_all_partners()?;
    prove(exchange, proof::Claim::Growth(whole_part(exchange, 3)?), parameters)
}

fn prove(exchange: &Exchange, claim: proof::Claim, parameters: &Parameters) -> Result<Question, Problem> {
    let (size, access) = (parameters.whole("size")?, exchange.access.clone());
    Ok(Question::new(
        &[],
        Box::new(move |session, _, _| {
            if let proof::Claim::Entry(seq) = claim {
                check_entry(&session.reader()?, seq, &access)?;
            }
            let proof = proof::run(session, &own_key(), claim, size)?;
            Ok(Produced::lines(vec![serde_json::to_string(&proof).unwrap_or_default()]))
        }),
    ))
}

/// The key in the ledger's directory.
pub(crate) fn own_key() -> KeySource {
    KeySource { file: None, text: None }
}

/// A whole number that is a part of the path.
fn whole_part(exchange: &Exchange, nth: usize) -> Result<u64, Problem> {
    let text = exchange.part(nth)?;
    whole_number(&text)
        .ok_or_else(|| Problem::parameter("bad_value", "path", format!("{text:?} is no whole number from 0 on")))
}
