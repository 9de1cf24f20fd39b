//! Makes a bundle from a ledger.

use std::path::PathBuf;

use ledger::proof::SigningKey;
use ledger::{Date, Fact, PartnerId, Reader, Timestamp};
use projection::adoption_in_force;

use super::evidence::{Evidence, Witnessed, each, joined};
use super::fold::{Facts, Origin, scores};
use super::statement::{Asking, Ruled, Source, Statement};
use super::{Bundle, disproved};
use crate::commands::score::Options;
use crate::error::Error;
use crate::known::{Known, Rules};
use crate::session::Session;

/// Makes the bundle that proves a score.
pub(crate) fn make(
    session: &mut Session<'_>,
    partner: &PartnerId,
    as_of: Date,
    options: &Options,
    key: &SigningKey,
) -> Result<Bundle, Error> {
    let made_at = session.now();
    let known = Known::open(session, options.known_at)?;
    let asking = Asking {
        partner: partner.clone(),
        known_at: known.at,
        areas: options.areas(),
        question: options.question(as_of, false),
    };
    let (reader, size) = (&known.reader, known.end);
    let own = known.entries(partner)?;
    let rules = known.rules(session, as_of, options.rulebook.as_deref())?;
    let found_by = known.rules_of_findings()?;
    let facts = Facts { partner: own, shared: reader.shared_entries(size)? };

    let history = facts.history();
    let found = known.findings(partner, &history, &found_by.book)?.len();
    let scores = scores(&asking, &history, &rules.book)?;
    let origin = Origin { asking: &asking, rules: &rules, size, root: known.root()?, findings: found };
    let answers: Vec<String> = scores.iter().map(|score| origin.answer(score).to_json()).collect();
    let statement = Statement::new(made_at, &asking, ruled(&facts, as_of, &rules, options.rulebook.as_ref()));

    let mut checkpoint = reader.checkpoint(key.name(), size)?;
    checkpoint.claims.answers = Some(Bundle::digest(&statement, &answers));
    let checkpoint = checkpoint.sign(key);
    let mut seqs: Vec<u64> = facts.partner.iter().chain(&facts.shared).map(|entry| entry.seq).collect();
    seqs.sort_unstable();
    let mut paths = reader.prove_partners(size, &[partner.as_str(), ""])?.into_iter();
    let mut path = || each(&paths.next().unwrap_or_default());
    let evidence = Evidence {
        key: key.verifier().to_string(),
        checkpoint: checkpoint.to_string(),
        partner_path: path(),
        shared_path: path(),
        between: joined(&reader.prove_entries(size, &seqs)?),
        rotations: rotations_after(reader, size)?,
        witnessed: nearest_witnessed(reader, size)?,
    };
    let entries = seqs.iter().map(|&seq| reader.line(seq)).collect::<Result<_, _>>()?;
    Ok(Bundle { statement, answers, evidence, entries })
}

fn ruled(facts: &Facts, as_of: Date, rules: &Rules, given: Option<&PathBuf>) -> Ruled {
    let adopted = adoption_in_force(&facts.shared, as_of).map(|entry| entry.seq);
    let (source, seq) = match (given, adopted) {
        (Some(_), _) => (Source::Given, None),
        (None, Some(seq)) => (Source::Adopted, Some(seq)),
        (None, None) => (Source::Builtin, None),
    };
    let text = seq.is_none().then(|| rules.book.text().to_owned());
    Ruled { source, seq, name: rules.name.clone(), sha256: rules.book.sha256().to_owned(), text }
}

/// The changes of key behind the entries of the bundle, so that whoever trusts an older key can follow.
fn rotations_after(reader: &Reader, size: u64) -> Result<Vec<String>, Error> {
    let shared = reader.shared_entries(reader.size())?.into_iter();
    let later = shared.filter(|entry| entry.seq >= size && matches!(entry.event.fact, Fact::KeyRotated(_)));
    Ok(later.map(|entry| reader.line(entry.seq)).collect::<Result<_, _>>()?)
}

/// The cosigned checkpoint that is nearest: the first that covers the entries, else the last before.
fn nearest_witnessed(reader: &Reader, size: u64) -> Result<Option<Witnessed>, Error> {
    let kept = reader.dir().witnessed()?;
    let nearest = kept.iter().find(|note| note.checkpoint().size >= size).or(kept.last());
    let Some(note) = nearest else { return Ok(None) };
    let seen = note.checkpoint().size;
    if seen > reader.size() {
        let what = format!("a cosigned checkpoint is of {seen} entries, and the ledger has {}", reader.size());
        return Err(disproved("entries_lost", what));
    }
    let (smaller, larger) = (seen.min(size), seen.max(size));
    let growth = if smaller == larger || smaller == 0 { Vec::new() } else { reader.prove_growth(larger, smaller)? };
    Ok(Some(Witnessed { checkpoint: note.to_string(), growth: each(&growth) }))
}

impl Bundle {
    /// The number of entries in it.
    pub(crate) fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// The instant up to which it tells what was known.
    pub(crate) fn known_at(&self) -> Result<Timestamp, Error> {
        Ok(self.statement.asking()?.known_at)
    }
}
