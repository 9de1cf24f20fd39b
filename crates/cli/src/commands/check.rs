//! `check`: what contradicts.

use ledger::{PartnerId, Timestamp};
use projection::rulebook::Rulebook;
use projection::{Claims, Finding, findings_beside};
use serde_json::json;

use crate::args;
use crate::error::Error;
use crate::known::Known;
use crate::output::plain;
use crate::session::Session;

/// Lists what contradicts in the facts of one partner, or of all
///
/// The ledger records what the world says, also when it contradicts itself. A finding changes no score by itself and is
/// no failure of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: Option<PartnerId>,
    /// As it was known at this instant, or at the end of this day
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_at: Option<Timestamp>,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let known = Known::open(session, self.known_at)?;
        let rules = known.rules_of_findings()?;
        let (partners, count) = match &self.partner {
            Some(partner) => {
                let findings = known.findings(partner, &known.history(partner)?, &rules.book)?;
                (1, lines(session, partner, &findings)?)
            }
            None => check_all(session, &known, &rules.book)?,
        };
        if !session.is_json() {
            let partners =
                if partners == 1 { "1 partner".to_owned() } else { format!("{partners} partners") };
            let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
            session.say(&format!("{findings} in {partners}"));
        }
        Ok(())
    }
}

/// Lists what contradicts in the facts of all partners: how many partners there are, and how many findings.
///
/// What each claims is gathered at first, so that many that claim the same are not compared each with each.
fn check_all(session: &mut Session<'_>, known: &Known, rulebook: &Rulebook) -> Result<(usize, usize), Error> {
    let partners = known.partners()?;
    let (_, at_a_time) = known.passes(partners.len());
    let mut claims = Claims::default();
    let mut held = None;
    for some in partners.chunks(at_a_time) {
        let histories = known.histories(some, &|_| {})?;
        for (partner, history) in &histories {
            claims.add(partner, history, rulebook);
        }
        held = (some.len() == partners.len()).then_some(histories);
    }
    let mut count = 0;
    for some in partners.chunks(at_a_time) {
        let histories = held.take().map_or_else(|| known.histories(some, &|_| {}), Ok)?;
        for (partner, history) in &histories {
            count += lines(session, partner, &findings_beside(history, partner, &claims, rulebook))?;
        }
    }
    Ok((partners.len(), count))
}

/// Writes findings; how many there are.
fn lines(session: &mut Session<'_>, partner: &PartnerId, findings: &[Finding]) -> Result<usize, Error> {
    for finding in findings {
        let line = if session.is_json() { json(partner, finding) } else { format!("{partner}  {}", text(finding)) };
        session.line(&line)?;
    }
    Ok(findings.len())
}

/// A finding on a line for people.
pub(crate) fn text(finding: &Finding) -> String {
    let seqs: Vec<String> = finding.entries.iter().map(|seq| format!("#{seq}")).collect();
    plain(&format!("{}: {} [{}]", finding.code, finding.message, seqs.join(" ")))
}

fn json(partner: &PartnerId, finding: &Finding) -> String {
    json!({
        "partner": partner.as_str(),
        "code": finding.code,
        "message": finding.message,
        "seqs": finding.entries,
    })
    .to_string()
}
