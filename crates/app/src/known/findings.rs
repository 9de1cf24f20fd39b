//! What contradicts in the entries of a partner, and in what others claim.

use std::collections::BTreeSet;

use ledger::{EntryLine, EventType, PartnerId};
use projection::rulebook::Rulebook;
use projection::{Claims, Finding, History, exclusive_keys, findings_beside};

use super::Known;
use crate::error::Error;

/// Up to this many other partners' histories are read one by one, however few partners there are.
const MANY_BESIDE: usize = 64;

/// Up to this many other partners of one question are read one by one.
const FEW_BESIDE: usize = 8;

impl Known {
    /// What contradicts in the partner's entries, as of the day of the instant.
    pub fn findings(&self, partner: &PartnerId, history: &History, rulebook: &Rulebook) -> Result<Vec<Finding>, Error> {
        let day = self.at.date();
        if !self.assumed.seen.is_empty() {
            return self.findings_of_seen(partner, history, rulebook);
        }
        if let Some(claims) = self.claims.get() {
            return Ok(findings_beside(history, partner, claims, rulebook, day));
        }
        let others = self.claimants_beside(partner, history, rulebook)?;
        // One question reads each partner once at the most; questions about many would read each again and again.
        self.beside.set(self.beside.get() + others.len());
        if self.beside.get() > MANY_BESIDE && self.beside.get() > self.partners()?.len() {
            let claims = self.gather_claims(&self.partners()?, rulebook)?;
            return Ok(findings_beside(history, partner, self.claims.get_or_init(|| claims), rulebook, day));
        }
        self.findings_beside_some(partner, history, others, rulebook)
    }

    /// How many findings there are by the rules for them.
    pub(crate) fn count_findings(
        &self,
        partner: &PartnerId,
        history: &History,
        rulebook: &Rulebook,
    ) -> Result<usize, Error> {
        let count = || self.findings(partner, history, rulebook).map(|findings| findings.len());
        let key = || Ok::<_, Error>((partner.clone(), self.root()?));
        self.kept_folds().map_or_else(count, |folds| folds.count(key()?, self.at.date(), count))
    }

    /// The same for somebody who assumes events, and for whom some partners do not exist. What those claim is compared with
    /// what is recorded alone: else the answer would tell whether they claim what is assumed.
    fn findings_of_seen(
        &self,
        partner: &PartnerId,
        history: &History,
        rulebook: &Rulebook,
    ) -> Result<Vec<Finding>, Error> {
        let recorded: History = self.reader.folded(partner.as_str(), self.end)?.unwrap_or_default();
        let mut seen = self.claimants_beside(partner, history, rulebook)?;
        seen.retain(|other| self.assumed.seen.contains(other));
        let mut unseen = self.claimants_beside(partner, &recorded, rulebook)?;
        unseen.retain(|other| !self.assumed.seen.contains(other));
        let mut all = self.findings_beside_some(partner, history, seen, rulebook)?;
        let alone = self.findings_beside_some(partner, &recorded, BTreeSet::new(), rulebook)?;
        let beside = self.findings_beside_some(partner, &recorded, unseen, rulebook)?;
        // Findings are sorted.
        all.extend(beside.into_iter().filter(|finding| alone.binary_search(finding).is_err()));
        all.sort();
        Ok(all)
    }

    /// The other partners that may claim the same as one.
    fn claimants_beside(
        &self,
        partner: &PartnerId,
        history: &History,
        rulebook: &Rulebook,
    ) -> Result<BTreeSet<PartnerId>, Error> {
        let mut seqs = BTreeSet::new();
        for key in exclusive_keys(history, rulebook) {
            seqs.extend(self.reader.find(key, self.end)?.into_iter().filter(|seq| !history.has(*seq)));
        }
        let mut others = BTreeSet::new();
        for seq in seqs {
            others.extend(self.reader.entry(seq)?.event.partner.filter(|other| other != partner));
        }
        others.extend(self.assumed.partners().filter(|other| *other != partner).cloned());
        Ok(others)
    }

    /// What contradicts in a partner's entries, and in what some others claim.
    fn findings_beside_some(
        &self,
        partner: &PartnerId,
        history: &History,
        others: BTreeSet<PartnerId>,
        rulebook: &Rulebook,
    ) -> Result<Vec<Finding>, Error> {
        let others: Vec<PartnerId> = others.into_iter().collect();
        let claims = if others.len() > FEW_BESIDE {
            // To read each by itself may unpack most of the log for each.
            self.gather_claims(&others, rulebook)?
        } else {
            let mut claims = Claims::default();
            for other in &others {
                claims.add(other, &self.folded(other)?.unwrap_or_default(), rulebook);
            }
            claims
        };
        Ok(findings_beside(history, partner, &claims, rulebook, self.at.date()))
    }

    /// What some partners claim, by a scan of the log. Usage is left out, because it claims nothing.
    fn gather_claims(&self, partners: &[PartnerId], rulebook: &Rulebook) -> Result<Claims, Error> {
        let mut claims = Claims::default();
        let is_read = |line: EntryLine<'_>| line.event_type() != Some(EventType::UsageReported);
        self.each_history(partners, &is_read, &|_, _| {}, &mut |partner, history| {
            claims.add(partner, &history, rulebook);
            Ok(())
        })?;
        Ok(claims)
    }
}
