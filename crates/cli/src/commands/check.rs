//! `check`: what contradicts.

use ledger::{PartnerId, Timestamp};
use projection::Finding;
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
        let partners = match &self.partner {
            Some(partner) => vec![partner.clone()],
            None => known.partners()?,
        };
        let rules = known.rules_of_findings()?;
        let mut count = 0;
        for partner in &partners {
            let findings = known.findings(partner, &known.history(partner)?, &rules.book)?;
            count += findings.len();
            for finding in findings {
                let line =
                    if session.is_json() { json(partner, &finding) } else { format!("{partner}  {}", text(&finding)) };
                session.line(&line)?;
            }
        }
        if !session.is_json() {
            let partners =
                if partners.len() == 1 { "1 partner".to_owned() } else { format!("{} partners", partners.len()) };
            let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
            session.say(&format!("{findings} in {partners}"));
        }
        Ok(())
    }
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
