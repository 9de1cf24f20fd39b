//! `check`: what contradicts.

mod merged;

use ledger::{PartnerId, Timestamp};
use projection::Finding;
use serde_json::json;

use crate::args;
use crate::console::Console;
use app::Error;
use app::clock;
use app::known::Known;
use app::text::plain;

/// Lists what contradicts in the facts of one partner, or of all
///
/// The ledger records what the world says, also when it contradicts itself. A finding changes no score by itself and is
/// no failure of the command.
///
/// Without --partner it names the instants too that no right clock gave: of an entry that was recorded more than five
/// years after the one before, or more than a day ahead of the system's clock.
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
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let known = Known::open(&console.session, self.known_at)?;
        let partners = match &self.partner {
            Some(partner) => vec![partner.clone()],
            None => known.partners()?,
        };
        let rules = known.rules_of_findings()?;
        let mut merged = merged::find(&known)?;
        let mut count = 0;
        for partner in &partners {
            let mut findings = known.findings(partner, &known.history(partner)?, &rules.book)?;
            findings.extend(merged.remove(partner).unwrap_or_default());
            findings.sort();
            count += findings.len();
            for finding in findings {
                let line = if console.is_json() {
                    json(Some(partner), &finding)
                } else {
                    format!("{partner}  {}", text(&finding))
                };
                console.line(&line)?;
            }
        }
        // What is about the whole ledger is about no partner, and is not counted where a partner's are.
        let jumps =
            if self.partner.is_none() { clock::jumps(&known, console.session.latest_clock())? } else { Vec::new() };
        count += jumps.len();
        for jump in jumps {
            let line = if console.is_json() { json(None, &jump) } else { format!("the ledger  {}", text(&jump)) };
            console.line(&line)?;
        }
        if !console.is_json() {
            let partners =
                if partners.len() == 1 { "1 partner".to_owned() } else { format!("{} partners", partners.len()) };
            let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
            console.say(&format!("{findings} in {partners}"));
        }
        Ok(())
    }
}

/// A finding on a line for people.
pub(crate) fn text(finding: &Finding) -> String {
    let seqs: Vec<String> = finding.entries.iter().map(|seq| format!("#{seq}")).collect();
    plain(&format!("{}: {} [{}]", finding.code, finding.message, seqs.join(" ")))
}

fn json(partner: Option<&PartnerId>, finding: &Finding) -> String {
    json!({
        "partner": partner.map(PartnerId::as_str),
        "code": finding.code,
        "message": finding.message,
        "seqs": finding.entries,
    })
    .to_string()
}
