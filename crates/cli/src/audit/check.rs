//! Checks a bundle without a ledger.

use ledger::proof::{
    Claims, Cosignature, GrowthProof, PartnerEntries, SignedCheckpoint, VerifierKey, current_key, leaf_hash,
    root_of_entries,
};
use ledger::{Entry, Fact};
use projection::AreaScore;

use super::evidence::{note, read_each, split};
use super::fold::{Facts, Origin, scores};
use super::statement::{Asking, Source};
use super::{Bundle, bad, disproved};
use crate::error::Error;
use crate::known::Rules;
use crate::output::score_json::Answer;

/// A bundle that holds.
pub(crate) struct Checked {
    pub(crate) checkpoint: SignedCheckpoint,
    pub(crate) key: VerifierKey,
    pub(crate) source: Source,
    pub(crate) rules: Rules,
    /// Whether the rules are built into this program, too.
    pub(crate) is_builtin_here: bool,
    pub(crate) made_at: String,
    asking: Asking,
    scores: Vec<AreaScore>,
    pub(crate) entries: usize,
    /// The findings that the partner's own entries show.
    pub(crate) own_findings: usize,
    /// The findings that are stated; the others need other partners' entries.
    pub(crate) findings: usize,
    pub(crate) cosignatures: Vec<Cosignature>,
    pub(crate) witnessed: Option<u64>,
}

impl Checked {
    /// The answers, which are those that the bundle states.
    pub(crate) fn answers(&self) -> impl Iterator<Item = Answer<'_>> {
        let told = self.checkpoint.checkpoint();
        let (asking, rules, findings) = (&self.asking, &self.rules, self.findings);
        let origin = Origin { asking, rules, size: told.size, root: told.root, findings };
        self.scores.iter().map(move |score| origin.answer(score))
    }
}

/// Checks everything that a bundle says, and the key and the witnesses that are trusted.
///
/// # Errors
/// [`Error::Disproved`] with the first thing that does not hold.
pub(crate) fn check(
    bundle: &Bundle,
    trusted: Option<&VerifierKey>,
    witnesses: &[VerifierKey],
) -> Result<Checked, Error> {
    let asking = bundle.statement.asking()?;
    let checkpoint = note(&bundle.evidence.checkpoint)?;
    let entries = bundle.parse_entries()?;
    let keys = check_key(bundle, &entries, &checkpoint, trusted)?;
    check_claims(&checkpoint, &asking)?;
    check_tree(bundle, &entries, &checkpoint)?;
    let (size, root) = (checkpoint.checkpoint().size, checkpoint.checkpoint().root);
    let facts = Facts::of(entries, &asking.partner)?;
    check_complete(bundle, &facts, &checkpoint)?;

    let rules = facts.rules(&asking, &bundle.statement.rulebook)?;
    let history = facts.history();
    let own_findings = facts.own_findings(&asking, &history)?;
    let findings = stated_findings(&bundle.answers)?;
    if findings < own_findings {
        let what = format!("{findings} findings are stated, and the entries show {own_findings}");
        return Err(disproved("other_findings", what));
    }
    let scores = scores(&asking, &history, &rules.book).map_err(|error| disproved("other_score", error.to_string()))?;
    let origin = Origin { asking: &asking, rules: &rules, size, root, findings };
    for (score, stated) in scores.iter().zip(&bundle.answers) {
        if origin.answer(score).to_json() != *stated {
            let what = format!("the score of {} is not the one that the entries and the rules give", score.area);
            return Err(disproved("other_score", what));
        }
    }
    if checkpoint.checkpoint().claims.answers != Some(Bundle::digest(&bundle.statement, &bundle.answers)) {
        return Err(disproved("other_statement", "what the bundle states is not what the ledger's key signed"));
    }
    let (seen_size, cosignatures) = check_witnessed(bundle, &checkpoint, &keys, witnesses)?;
    Ok(Checked {
        key: bundle.evidence.key()?,
        source: bundle.statement.rulebook.source,
        is_builtin_here: rules.book.is_builtin(),
        rules,
        made_at: bundle.statement.made_at.clone(),
        scores,
        asking,
        entries: bundle.entries.len(),
        own_findings,
        findings,
        cosignatures,
        witnessed: seen_size,
        checkpoint,
    })
}

/// Checks who signed; returns the keys that the ledger has and had, as far as the bundle shows.
fn check_key(
    bundle: &Bundle,
    entries: &[Entry],
    checkpoint: &SignedCheckpoint,
    trusted: Option<&VerifierKey>,
) -> Result<Vec<VerifierKey>, Error> {
    let signer = bundle.evidence.key()?;
    let mut changes = entries.to_vec();
    changes.extend(bundle.evidence.rotations()?);
    if let Some(trusted) = trusted
        && *trusted != signer
        && current_key(trusted, &changes) != signer
    {
        return Err(disproved("other_key", format!("the bundle is signed by {signer}, and {trusted} is trusted")));
    }
    let current = current_key(&signer, &changes);
    if current != signer {
        let what = format!("the bundle is signed by {signer}, which was retired: {current} follows it");
        return Err(disproved("other_key", what));
    }
    if checkpoint.verify(&signer).is_err() {
        return Err(disproved("bad_signature", format!("the checkpoint is not signed by {signer}")));
    }
    let mut keys = vec![signer];
    for entry in changes.iter().rev() {
        if let Fact::KeyRotated(rotation) = &entry.event.fact
            && keys.contains(rotation.new_key())
        {
            keys.push(rotation.old_key().clone());
        }
    }
    Ok(keys)
}

/// Checks that the checkpoint is of the instant that was asked.
fn check_claims(checkpoint: &SignedCheckpoint, asking: &Asking) -> Result<(), Error> {
    let told = checkpoint.checkpoint();
    let Claims { partners: Some(_), newest: Some(newest), next, answers: Some(_), .. } = told.claims else {
        return Err(disproved("other_checkpoint", "the checkpoint was not made for an audit bundle"));
    };
    let known_at = asking.known_at;
    if newest > known_at {
        let what = format!("the checkpoint is later than what was asked: an entry of it was recorded at {newest}");
        return Err(disproved("later_checkpoint", what));
    }
    if let Some(at) = next.filter(|at| *at <= known_at) {
        let what = format!("the checkpoint is older than what was asked: an entry behind it was recorded at {at}");
        return Err(disproved("older_checkpoint", what));
    }
    Ok(())
}

/// Checks that the entries stand in the tree of the checkpoint.
fn check_tree(bundle: &Bundle, entries: &[Entry], checkpoint: &SignedCheckpoint) -> Result<(), Error> {
    let told = checkpoint.checkpoint();
    let leaves: Vec<(u64, [u8; 32])> =
        entries.iter().zip(&bundle.entries).map(|(entry, line)| (entry.seq, leaf_hash(line))).collect();
    if root_of_entries(told.size, &leaves, &split(&bundle.evidence.between)?) == Some(told.root) {
        return Ok(());
    }
    let what = "an entry was changed, moved, added or removed: the entries do not lead to the root of the checkpoint";
    Err(disproved("other_root", what))
}

/// Checks that no entry of the partner, and none that holds for all, was left out.
fn check_complete(bundle: &Bundle, facts: &Facts, checkpoint: &SignedCheckpoint) -> Result<(), Error> {
    let evidence = &bundle.evidence;
    let partner = bundle.statement.question.partner.as_str();
    if facts.partner.is_empty() {
        return Err(disproved("unknown_partner", format!("the bundle has no entry of the partner {partner}")));
    }
    for (name, entries, path) in
        [(partner, &facts.partner, &evidence.partner_path), ("", &facts.shared, &evidence.shared_path)]
    {
        let own = PartnerEntries::of(entries.iter().map(|entry| entry.seq));
        if own.root(name, &read_each(path)?) != checkpoint.checkpoint().claims.partners {
            let whose = if name.is_empty() { "that hold for all".to_owned() } else { format!("of the partner {name}") };
            let what = format!("the entries {whose} are not all that the ledger had");
            return Err(disproved("entries_left_out", what));
        }
    }
    Ok(())
}

/// The number of findings that the answers state, which is the same in all.
fn stated_findings(answers: &[String]) -> Result<usize, Error> {
    let first = answers.first().map(|answer| serde_json::from_str::<serde_json::Value>(answer));
    let stated = first.and_then(Result::ok).and_then(|answer| answer.get("findings")?.as_u64());
    stated.and_then(|stated| usize::try_from(stated).ok()).ok_or_else(|| bad("its answer has no findings"))
}

/// Checks the cosigned checkpoint, and that every trusted witness cosigned it.
fn check_witnessed(
    bundle: &Bundle,
    checkpoint: &SignedCheckpoint,
    keys: &[VerifierKey],
    witnesses: &[VerifierKey],
) -> Result<(Option<u64>, Vec<Cosignature>), Error> {
    let missing =
        |witness: &VerifierKey| disproved("not_witnessed", format!("{witness} cosigned no checkpoint of the bundle"));
    let Some(evidence) = &bundle.evidence.witnessed else {
        return witnesses.first().map_or(Ok((None, Vec::new())), |witness| Err(missing(witness)));
    };
    let seen = note(&evidence.checkpoint)?;
    if !keys.iter().any(|key| seen.verify(key).is_ok()) {
        return Err(disproved("bad_signature", "the cosigned checkpoint is not signed by the ledger"));
    }
    let size = seen.checkpoint().size;
    let (older, later) = if size < checkpoint.checkpoint().size { (&seen, checkpoint) } else { (checkpoint, &seen) };
    let from_size = older.checkpoint().size;
    let growth = GrowthProof { from_size, hashes: read_each(&evidence.growth)?, checkpoint: later.clone() };
    if growth.check(older.checkpoint()).is_err() {
        return Err(disproved("other_history", "the cosigned checkpoint is not of the same history"));
    }
    for witness in witnesses {
        seen.cosigned_by(witness).map_err(|_| missing(witness))?;
    }
    Ok((Some(size), seen.cosignatures()))
}
