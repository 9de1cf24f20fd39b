//! Findings: facts of a ledger that contradict each other.

mod jumps;
pub(crate) mod merged;

use ledger::{Entry, PartnerId, Timestamp};
use projection::Finding;
use serde_json::json;

use crate::error::Error;
use crate::known::Known;
use crate::session::Session;
use crate::text::plain;

/// A finding, and the partner that it is about.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The partner; `None` if the finding is about the whole ledger.
    pub partner: Option<&'a PartnerId>,
    /// The finding.
    pub finding: &'a Finding,
    /// The newest entry behind a finding that says itself nothing of whom or what it concerns.
    pub entry: Option<&'a Entry>,
}

/// How much was found, and among how many.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// The number of findings.
    pub findings: u64,
    /// The number of partners that were looked at.
    pub partners: u64,
}

/// Hands over the findings about one partner; without one those about all partners and about the whole ledger.
///
/// # Errors
/// `unknown_partner` when nothing was known of the partner.
pub fn run(
    session: &mut Session<'_>,
    partner: Option<&PartnerId>,
    known_at: Option<Timestamp>,
    on_answer: &mut dyn FnMut(Answer<'_>) -> Result<(), Error>,
) -> Result<Counts, Error> {
    let known = Known::open(session, known_at)?;
    let partners = known.asked_or_all(partner)?;
    known.say_later(session, partner)?;
    let rules = known.rules_of_findings()?;
    let beside = |partner| session.location_partners().map(|kept| kept.beside(&known.reader, partner));
    let beside = partner.and_then(beside).transpose()?;
    let mut merged = merged::find(&known, beside.as_ref())?;
    let mut count = 0;
    for partner in &partners {
        let mut findings = known.findings(partner, &*known.history(partner)?, &rules.book)?;
        findings.extend(merged.remove(partner).unwrap_or_default());
        findings = findings.into_iter().map(|finding| as_seen(session, &known, finding)).collect::<Result<_, _>>()?;
        findings.sort();
        count += findings.len();
        for finding in &findings {
            let entry = entry_of(&known, finding)?;
            on_answer(Answer { partner: Some(partner), finding, entry: entry.as_ref() })?;
        }
    }
    // A question about one partner is not answered with findings about the whole ledger.
    if partner.is_none() {
        let jumps = jumps::find(&known, session.latest_clock())?;
        count += jumps.len();
        jumps.iter().try_for_each(|finding| on_answer(Answer { partner: None, finding, entry: None }))?;
    }
    Ok(Counts { findings: count as u64, partners: partners.len() as u64 })
}

/// A finding without the names and the entries of partners that do not exist for whoever asks.
fn as_seen(session: &Session<'_>, known: &Known, finding: Finding) -> Result<Finding, Error> {
    if session.seen().is_empty() {
        return Ok(finding);
    }
    let mut entries = Vec::with_capacity(finding.entries.len());
    for seq in finding.entries {
        let partner = known.reader.entry(seq)?.event.partner;
        if partner.is_none_or(|partner| session.sees(partner.as_str())) {
            entries.push(seq);
        }
    }
    let message = finding.message.seen_by(|partner| session.sees(partner.as_str()));
    Ok(Finding { entries, message, ..finding })
}

/// The newest entry behind a finding whose message names no customer and no association.
fn entry_of(known: &Known, finding: &Finding) -> Result<Option<Entry>, Error> {
    let Some(seq) = finding.entries.last().filter(|_| finding.code == "counts_nowhere") else { return Ok(None) };
    Ok(Entry::parse(&known.reader.line(*seq)?).ok())
}

impl Answer<'_> {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Finding { code, message, entries } = self.finding;
        let partner = self.partner.map(PartnerId::as_str);
        json!({"partner": partner, "code": code, "message": message.to_string(), "seqs": entries}).to_string()
    }
}

/// A finding on a line for people.
#[must_use]
pub fn text(finding: &Finding) -> String {
    let seqs: Vec<String> = finding.entries.iter().map(|seq| format!("#{seq}")).collect();
    let seqs = if seqs.is_empty() { String::new() } else { format!(" [{}]", seqs.join(" ")) };
    plain(&format!("{}: {}{seqs}", finding.code, finding.message))
}
