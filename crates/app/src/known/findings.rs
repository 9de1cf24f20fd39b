//! What contradicts in the entries of a partner, and in what others claim.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::{EntryLine, EventType, PartnerId};
use projection::rulebook::Rulebook;
use projection::{Claims, Finding, History, exclusive_keys, findings_beside};

use super::Known;
use crate::error::Error;

/// How many times as long it takes to read an entry of a partner by itself as one of the whole log.
const SCATTERED: u64 = 4;

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
        for other in &others {
            let count = self.reader.count(other.as_str(), self.end)? as u64;
            self.beside.set(self.beside.get() + count);
            if self.beside.get().saturating_mul(SCATTERED) > self.end {
                let claims = self.all_claims(rulebook)?;
                return Ok(findings_beside(history, partner, self.claims.get_or_init(|| claims), rulebook, day));
            }
        }
        self.findings_beside_some(partner, history, others, rulebook)
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

    /// How many findings there are by the rules for them: for a question that counts them alone.
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
        let mut claims = Claims::default();
        for other in others {
            claims.add(&other, &self.folded(&other)?.unwrap_or_default(), rulebook);
        }
        Ok(findings_beside(history, partner, &claims, rulebook, self.at.date()))
    }

    /// What all partners claim.
    fn all_claims(&self, rulebook: &Rulebook) -> Result<Arc<Claims>, Error> {
        let gather = || self.gather_claims(rulebook);
        match self.kept_folds() {
            Some(folds) => folds.claims((self.root()?, rulebook.sha256().to_owned()), gather),
            None => gather().map(Arc::new),
        }
    }

    /// The same, by a scan of the log. Usage is left out, because it claims nothing.
    fn gather_claims(&self, rulebook: &Rulebook) -> Result<Claims, Error> {
        let mut claims = Claims::default();
        let is_read = |line: EntryLine<'_>| line.event_type() != Some(EventType::UsageReported);
        self.each_history(&self.partners()?, &is_read, &|_, _| {}, &mut |partner, history| {
            claims.add(partner, &history, rulebook);
            Ok(())
        })?;
        Ok(claims)
    }
}
