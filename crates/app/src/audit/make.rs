//! Makes a bundle from a ledger.

use std::path::PathBuf;

use ledger::proof::{SignedCheckpoint, SigningKey, VerifierKey};
use ledger::{Date, PartnerId, Reader, Timestamp};
use projection::adoption_in_force;

use super::Bundle;
use super::evidence::{Evidence, Rotated, each, joined};
use super::fold::{Facts, Origin, scores};
use super::keys::chain;
use super::link::Link;
use super::statement::{Asking, Ruled, Source, Statement};
use crate::ask::score::Options;
use crate::error::{ENTRIES_LOST, Error};
use crate::known::{Known, Rules};
use crate::session::Session;

/// What a bundle is made of.
pub struct Request<'a> {
    pub reader: Reader,
    pub key: &'a SigningKey,
    /// No earlier than anything in the ledger.
    pub made_at: Timestamp,
    pub partner: &'a PartnerId,
    pub as_of: Date,
    pub options: &'a Options,
    /// A checkpoint that whoever asks has kept, and that the ledger continues.
    pub kept: Option<&'a SignedCheckpoint>,
}

/// Makes the bundle that proves a score.
pub fn make(session: &Session<'_>, request: Request<'_>) -> Result<Bundle, Error> {
    let Request { reader, key, made_at, partner, as_of, options, kept } = request;
    let known = Known::of(reader, options.known_at)?;
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
    let is_last = checkpoint.claims.next.is_none() && checkpoint.claims.newest != Some(known.at);
    checkpoint.claims.closed = is_last.then_some(known.at);
    checkpoint.claims.answers = Some(Bundle::digest(&statement, &answers));
    let checkpoint = checkpoint.sign(key);
    let mut seqs: Vec<u64> = facts.partner.iter().chain(&facts.shared).map(|entry| entry.seq).collect();
    seqs.sort_unstable();
    let mut paths = reader.prove_partners(size, &[partner.as_str(), ""])?.into_iter();
    let mut path = || each(&paths.next().unwrap_or_default());
    let (rotations, rotated) = rotations_after(reader, key, size)?.unzip();
    let rotations = rotations.unwrap_or_default();
    let evidence = Evidence {
        key: key.verifier().to_string(),
        checkpoint: checkpoint.to_string(),
        partner_path: path(),
        shared_path: path(),
        between: joined(&reader.prove_entries(size, &seqs)?),
        rotations,
        rotated,
        kept: match kept.filter(|kept| !matches!(kept.checkpoint().size, 0) && kept.checkpoint().size != size) {
            Some(kept) => Some(Link::make(reader, size, kept)?),
            None => None,
        },
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

/// The changes of key behind the entries of the bundle, so that whoever trusts an older key can follow, and that they
/// are in the ledger.
fn rotations_after(reader: &Reader, key: &SigningKey, size: u64) -> Result<Option<(Vec<String>, Rotated)>, Error> {
    let shared = reader.shared_entries(reader.size())?;
    let own: VerifierKey = key.verifier();
    let seqs: Vec<u64> = chain(&own, &shared).iter().map(|entry| entry.seq).filter(|&seq| seq >= size).collect();
    if seqs.is_empty() {
        return Ok(None);
    }
    let later = reader.checkpoint(key.name(), reader.size())?.sign(key);
    let between = joined(&reader.prove_entries(reader.size(), &seqs)?);
    let rotated = Rotated { link: Link::make(reader, size, &later)?, between };
    let lines = seqs.iter().map(|&seq| reader.line(seq)).collect::<Result<_, _>>()?;
    Ok(Some((lines, rotated)))
}

/// The cosigned checkpoint that is nearest: the first that covers the entries, else the last before.
fn nearest_witnessed(reader: &Reader, size: u64) -> Result<Option<Link>, Error> {
    let mut kept = reader.dir().witnessed()?;
    kept.retain(|note| !note.cosignatures().is_empty());
    let nearest = kept.iter().find(|note| note.checkpoint().size >= size).or(kept.last());
    let Some(note) = nearest else { return Ok(None) };
    let seen = note.checkpoint().size;
    if seen > reader.size() {
        let what = format!("a cosigned checkpoint is of {seen} entries, and the ledger has {}", reader.size());
        return Err(Error::disproved(ENTRIES_LOST, what));
    }
    Ok(Some(Link::make(reader, size, note)?))
}

impl Bundle {
    /// The number of entries in it.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// The instant up to which it tells what was known.
    pub fn known_at(&self) -> Result<Timestamp, Error> {
        Ok(self.statement.asking()?.known_at)
    }
}
