//! Makes a bundle from a ledger.

use std::path::{Path, PathBuf};

use ledger::proof::SignedCheckpoint;
use ledger::{Date, Ledger, PartnerId, Reader, Timestamp};
use projection::adoption_in_force;
use serde::Serialize;

use super::Bundle;
use super::evidence::{Evidence, Rotated};
use super::fold::{BundleEntries, Origin, ReportedMonths, scores};
use super::keys::chain;
use super::link::Link;
use super::parts::{each, joined};
use super::statement::{Asking, RulebookSource, Ruled, Statement};
use super::verify::{self, Trust};
use crate::ask::score::Options;
use crate::beyond::MissingSaid;
use crate::error::{ENTRIES_LOST, Error};
use crate::file_kind::FileKind;
use crate::known::{Known, Rules};
use crate::prove::{KeySource, Signer, Size, extends, index_lies};
use crate::session::Session;
use crate::text::counted;

/// What is proved, and where to.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// The day at whose end the score is asked.
    pub as_of: Date,
    /// What else it is asked by.
    pub options: Options,
    /// The file of the bundle, which must not be there yet.
    pub out: PathBuf,
    /// The file of a checkpoint that the auditor kept.
    pub checkpoint: Option<PathBuf>,
    /// Where the key that signs is.
    pub key: KeySource,
    /// Closes the instant that was asked although that of the closing is far ahead of the clock.
    pub force: bool,
}

/// A bundle that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Exported {
    /// The file, as it was typed.
    pub file: String,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// The number of entries in it.
    pub entries: usize,
    /// The instant up to which it tells what was known.
    pub known_at: String,
    /// The key that checks it.
    pub verifier_key: String,
    /// Whether it may close the instant that was asked: that is behind the newest entry.
    #[serde(skip)]
    pub is_closing: bool,
}

impl Request {
    /// Writes the bundle that proves the score.
    ///
    /// # Errors
    /// `out_of_range` and `clock_ahead` for an instant that has not come; the ledger does not continue the checkpoint;
    /// there is no score to be had; `index_lies` when the bundle does not hold; failures of the key; the file cannot be
    /// written.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Exported, Error> {
        let now = session.now();
        let (signer, mut closing) = self.open(session, now)?;
        let kept = self.kept(session, &signer.reader)?;
        let made_at = newest(&signer.reader)?.map_or(now, |newest| newest.max(now));
        let bundle = make(session, &signer, self, made_at, kept.as_ref(), closing.is_some())?;
        let trust = Trust { key: Some(signer.verifier()), witnesses: Vec::new(), checkpoint: self.checkpoint.clone() };
        let check = |file: &Path| verify::run(session, file, &trust, false).map(drop).map_err(disproved);
        let bytes = bundle.write(session, &self.out, &check, closing.as_mut())?;
        let out = self.out.display();
        session.done.add(format!("the bundle is in {out}"), FileKind::Bundle.hint(&self.out));
        Ok(Exported {
            file: out.to_string(),
            bytes,
            entries: bundle.entries.len(),
            known_at: bundle.statement.asking()?.known_at.to_string(),
            verifier_key: signer.verifier().to_string(),
            is_closing: closing.is_some(),
        })
    }

    /// Opens the ledger with its key; as its writer, when the asked instant is behind the newest entry and so is closed.
    ///
    /// # Errors
    /// `out_of_range` when it has not come, `clock_ahead` when that cannot be told by the clock.
    fn open(&self, session: &mut Session<'_>, now: Timestamp) -> Result<(Signer, Option<Ledger>), Error> {
        let size: Size<'_> = &|reader| self.options.known_at.map_or(Ok(reader.size()), |at| Ok(reader.size_at(at)?));
        let Some(known_at) = self.known_behind(&session.reader()?)? else {
            return Ok((Signer::open(session, &self.key, size)?, None));
        };
        if known_at > now {
            let what = format!("{known_at} has not come, it is {now}: what will be known then cannot be proved");
            let hint = "leave `--known-at` out, or name an instant that has come";
            return Err(Error::new("out_of_range", what).hint(hint));
        }
        // Nothing is recorded up to it any more, so it counts as something that is written.
        let ledger = session.writing_at(self.force).and_then(|now| session.ledger_at(now))?;
        // What came meanwhile is in it, and nothing comes from here on.
        let signer = Signer::of(session, &ledger, &self.key, size)?;
        let is_behind = self.known_behind(&signer.reader)?.is_some();
        Ok((signer, is_behind.then_some(ledger)))
    }

    /// The instant that was asked, when it is behind the newest entry.
    fn known_behind(&self, reader: &Reader) -> Result<Option<Timestamp>, Error> {
        let newest = newest(reader)?;
        Ok(self.options.known_at.filter(|at| newest.is_none_or(|newest| newest < *at)))
    }

    /// The checkpoint that was kept, which the ledger must continue.
    fn kept(&self, session: &Session<'_>, reader: &Reader) -> Result<Option<SignedCheckpoint>, Error> {
        let Some(path) = &self.checkpoint else { return Ok(None) };
        let note = extends::read(session, path)?;
        extends::check(session, reader, &note, None)?;
        Ok(Some(note))
    }
}

/// A bundle that does not hold, and that nobody gets.
fn disproved(error: Error) -> Error {
    if error.exit_code() == 3 { index_lies("the bundle").because([error]) } else { error }
}

/// When the newest entry was recorded.
fn newest(reader: &Reader) -> Result<Option<Timestamp>, Error> {
    Ok(reader.size().checked_sub(1).map(|newest| reader.recorded_at(newest)).transpose()?)
}

/// Makes the bundle; `made_at` is no earlier than anything in the ledger, the ledger continues what was kept, and closes
/// the instant that was asked if `is_closing`.
fn make(
    session: &Session<'_>,
    signer: &Signer,
    request: &Request,
    made_at: Timestamp,
    kept: Option<&SignedCheckpoint>,
    is_closing: bool,
) -> Result<Bundle, Error> {
    let Request { partner, as_of, options, .. } = request;
    let as_of = *as_of;
    let reader = signer.reader.clone();
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
    let facts = BundleEntries { partner: own, shared: reader.shared_entries(size)? };

    let history = facts.history();
    let found = known.findings(partner, &history, &found_by.book)?.len();
    let scores = scores(&asking, &history, &rules.book)?;
    let (root, reported) = (known.root()?, ReportedMonths::of(&history));
    let origin = Origin { asking: &asking, rules: &rules, size, root, findings: found, reported: &reported };
    let mut said = MissingSaid::default();
    for score in &scores {
        said.say(session, &origin.answer(score).missing.figures);
    }
    let answers: Vec<String> = scores.iter().map(|score| origin.answer(score).to_json()).collect();
    let statement = Statement::new(made_at, &asking, ruled(&facts, as_of, &rules, options.rulebook.as_ref()));

    let mut checkpoint = signer.checkpoint();
    let is_last = checkpoint.claims.next.is_none() && checkpoint.claims.newest != Some(known.at);
    if is_last != is_closing {
        // Nothing is promised that the ledger would not keep.
        return Err(index_lies("the instant of the newest entry"));
    }
    checkpoint.claims.closed = is_last.then_some(known.at);
    checkpoint.claims.answers = Some(Bundle::digest(&statement, &answers));
    let checkpoint = signer.sign(session, checkpoint)?;
    let mut seqs: Vec<u64> = facts.partner.iter().chain(&facts.shared).map(|entry| entry.seq).collect();
    seqs.sort_unstable();
    let [partner_path, shared_path] = signer.told().partner_paths([partner.as_str(), ""]).map(|path| each(&path));
    let (rotations, rotated) = rotations_after(session, signer, size)?.unzip();
    let rotations = rotations.unwrap_or_default();
    let evidence = Evidence {
        key: signer.verifier().to_string(),
        checkpoint: checkpoint.to_string(),
        partner_path,
        shared_path,
        between: joined(&reader.prove_entries(size, &seqs)?),
        rotations,
        rotated,
        kept: match kept.filter(|kept| ![0, size].contains(&kept.checkpoint().size)) {
            Some(kept) => Some(Link::make(reader, size, kept)?),
            None => None,
        },
        witnessed: nearest_witnessed(reader, size)?,
    };
    let entries = seqs.iter().map(|&seq| reader.line(seq)).collect::<Result<_, _>>()?;
    Ok(Bundle { statement, answers, evidence, entries })
}

fn ruled(facts: &BundleEntries, as_of: Date, rules: &Rules, given: Option<&PathBuf>) -> Ruled {
    let adopted = adoption_in_force(&facts.shared, as_of).map(|entry| entry.seq);
    let (source, seq) = match (given, adopted) {
        (Some(_), _) => (RulebookSource::Given, None),
        (None, Some(seq)) => (RulebookSource::Adopted, Some(seq)),
        (None, None) => (RulebookSource::Builtin, None),
    };
    let text = seq.is_none().then(|| rules.book.text().to_owned());
    Ruled { source, seq, name: rules.name.clone(), sha256: rules.book.sha256().to_owned(), text }
}

/// The changes of key behind the entries of the bundle, so that whoever trusts an older key can follow, and that they
/// are in the ledger.
fn rotations_after(session: &Session<'_>, signer: &Signer, size: u64) -> Result<Option<(Vec<String>, Rotated)>, Error> {
    let reader = &signer.reader;
    let shared = reader.shared_entries(reader.size())?;
    let seqs: Vec<u64> =
        chain(&signer.verifier(), &shared).iter().map(|entry| entry.seq).filter(|&seq| seq >= size).collect();
    if seqs.is_empty() {
        return Ok(None);
    }
    let later = signer.signed_all(session)?;
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
        let what =
            format!("a cosigned checkpoint is of {}, and the ledger has {}", counted(seen, "entry"), reader.size());
        return Err(Error::disproved(ENTRIES_LOST, what));
    }
    Ok(Some(Link::make(reader, size, note)?))
}
