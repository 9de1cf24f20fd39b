//! Checks a bundle without a ledger.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ledger::Entry;
use ledger::proof::{Claims, Cosignature, PartnerEntries, SignedCheckpoint, VerifierKey};
use projection::rulebook::Rulebook;
use projection::{AreaScore, History};
use serde_json::json;

use super::fold::{BundleEntries, Origin, ReportedMonths, scores};
use super::keys::check_key;
use super::link::check_one_history;
use super::parts::{lead_to, note, read_each};
use super::statement::{Asking, RulebookSource};
use super::times::check_times;
use super::{Bundle, bad};
use crate::ask::score_json::Answer;
use crate::error::{Error, OTHER_ROOT};
use crate::known::Rules;
use crate::prove::{Keyring, extends};
use crate::session::Session;
use crate::text::{base64, counted};

/// What an auditor trusts beforehand.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The ledger's key; `None` to believe the key that the bundle names.
    pub key: Option<VerifierKey>,
    /// Those who must have cosigned.
    pub witnesses: Vec<VerifierKey>,
    /// The file of a checkpoint that was kept, of which the history must be.
    pub checkpoint: Option<PathBuf>,
}

/// A bundle that holds.
pub struct Checked {
    /// The checkpoint of the instant that was asked.
    pub checkpoint: SignedCheckpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    /// Whether the auditor trusts this key; otherwise only the bundle says that it is the ledger's.
    pub is_key_trusted: bool,
    /// The key that the auditor trusts, where it is an earlier one that the ledger changed to this key.
    pub earlier_key: Option<VerifierKey>,
    /// Where the rules come from.
    pub source: RulebookSource,
    /// The rules.
    pub rules: Rules,
    /// Whether the rules are built into this program, too.
    pub is_builtin_here: bool,
    /// When the bundle was made.
    pub made_at: String,
    /// Whether the ledger has closed the instant that was asked; `None` if an entry was recorded then or later.
    pub is_closed: Option<bool>,
    asking: Asking,
    scores: Vec<AreaScore>,
    /// The entries behind the points, with their lines, ascending; none unless they were asked for.
    pub behind: Vec<(Entry, String)>,
    /// The number of entries in it.
    pub entries: usize,
    reported: ReportedMonths,
    /// The findings that the partner's own entries show.
    pub own_findings: usize,
    /// The findings that are stated; the others need other partners' entries.
    pub findings: usize,
    /// The cosignatures in it, each with whether it is of a witness that had to be there, and so was checked.
    pub cosignatures: Vec<(Cosignature, bool)>,
    /// The number of entries that the witnesses saw.
    pub witnessed: Option<u64>,
    /// The number of entries of the checkpoint that the auditor kept.
    pub kept_size: Option<u64>,
}

impl Checked {
    /// The answers, which are those that the bundle states.
    pub fn answers(&self) -> impl Iterator<Item = Answer<'_>> {
        let told = self.checkpoint.checkpoint();
        let Self { asking, rules, findings, reported, .. } = self;
        let origin = Origin { asking, rules, size: told.size, root: told.root, findings: *findings, reported };
        self.scores.iter().map(move |score| origin.answer(score))
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let told = self.checkpoint.checkpoint();
        let seen = |(one, is_checked): &(Cosignature, bool)| {
            let key = format!("{:08x}", one.id);
            json!({"witness": one.name, "key": key, "seconds": one.seconds, "checked": is_checked})
        };
        let seen: Vec<_> = self.cosignatures.iter().map(seen).collect();
        let mut head = json!({
            "holds": true, "key": self.key.to_string(), "key_is_trusted": self.is_key_trusted, "origin": told.origin,
            "size": told.size, "root": base64(&told.root), "made_at": self.made_at, "entries": self.entries,
            "rulebook": {
                "source": self.source, "name": self.rules.name, "sha256": self.rules.book.sha256(),
                "builtin_here": self.is_builtin_here,
            },
            "findings": {"stated": self.findings, "shown": self.own_findings},
            "witnessed_size": self.witnessed, "cosignatures": seen,
        });
        if let Some(head) = head.as_object_mut() {
            head.extend(self.is_closed.map(|is_closed| ("closed".to_owned(), is_closed.into())));
            head.extend(self.kept_size.map(|size| ("kept_size".to_owned(), size.into())));
        }
        let head = head.to_string();
        let open = head.strip_suffix('}').unwrap_or(&head);
        let answers: Vec<String> = self.answers().map(|answer| answer.to_json()).collect();
        let behind: Vec<&str> = self.behind.iter().map(|(_, line)| line.as_str()).collect();
        let behind = if self.asking.question.explain {
            format!(",\"entries_behind\":[{}]", behind.join(","))
        } else {
            String::new()
        };
        format!("{open},\"answers\":[{}]{behind}}}", answers.join(","))
    }
}

/// Checks everything that the bundle in a file says, and the key and the witnesses that are trusted; `explain` asks for
/// the units behind the scores, too.
///
/// # Errors
/// The first thing that does not hold, which exits with 3.
pub fn run(session: &Session<'_>, file: &Path, trust: &Trust, explain: bool) -> Result<Checked, Error> {
    let bundle = &Bundle::read(session, file)?;
    let own_kept = trust.checkpoint.as_ref().map(|path| extends::read(session, path)).transpose()?;
    let mut asking = bundle.statement.asking()?;
    let checkpoint = note(&bundle.evidence.checkpoint)?;
    let entries = bundle.parse_entries()?;
    let (keys, later) = check_key(bundle, &entries, &checkpoint, trust.key.as_ref())?;
    let is_closed = check_claims(&checkpoint, &asking)?;
    check_tree(bundle, &entries, &checkpoint)?;
    let (size, root) = (checkpoint.checkpoint().size, checkpoint.checkpoint().root);
    let facts = BundleEntries::of(entries, &asking.partner)?;
    check_complete(bundle, &facts, &checkpoint)?;

    let rules = facts.rules(&asking, &bundle.statement.rulebook)?;
    let history = facts.history();
    let own_findings = facts.own_findings(&asking, &history)?;
    let findings = stated_findings(&bundle.answers)?;
    if findings < own_findings {
        let what = format!("the bundle states {}, and the entries show {own_findings}", counted(findings, "finding"));
        return Err(Error::disproved("other_findings", what));
    }
    let scores = scores_of(&asking, &history, &rules.book)?;
    let reported = ReportedMonths::of(&history);
    let origin = Origin { asking: &asking, rules: &rules, size, root, findings, reported: &reported };
    check_answers(bundle, &origin, &scores, &checkpoint)?;
    let kept = match &bundle.evidence.kept {
        Some(link) => Some(link.check(&checkpoint, &keys, "a checkpoint of another size")?),
        None => None,
    };
    if kept.as_ref().is_some_and(|kept| kept.checkpoint().size == size) {
        return Err(bad("it links a checkpoint of its own size"));
    }
    let seen = check_witnessed(bundle, &checkpoint, &keys, &trust.witnesses)?;
    let others: Vec<&SignedCheckpoint> = [&later, &kept, &seen].into_iter().flatten().collect();
    let rotations = bundle.evidence.rotations()?;
    let told = facts.partner.iter().chain(&facts.shared).chain(&rotations);
    check_times(&bundle.statement, &asking, told, &checkpoint, &others)?;
    if let Some(kept) = &own_kept {
        check_kept(kept, &checkpoint, &keys, &others)?;
    }
    let is_checked =
        |one: &Cosignature| trust.witnesses.iter().any(|key| (key.name(), key.id()) == (one.name.as_str(), one.id));
    let (scores, behind) = if explain {
        asking.question.explain = true;
        let scores = scores_of(&asking, &history, &rules.book)?;
        let behind = behind(&scores, facts, &bundle.entries);
        (scores, behind)
    } else {
        (scores, Vec::new())
    };
    let cosignatures = seen.as_ref().map(SignedCheckpoint::cosignatures).unwrap_or_default();
    let key = bundle.evidence.key()?;
    Ok(Checked {
        earlier_key: trust.key.clone().filter(|trusted| *trusted != key),
        key,
        is_key_trusted: trust.key.is_some(),
        source: bundle.statement.rulebook.source,
        is_builtin_here: rules.book.is_builtin(),
        rules,
        made_at: bundle.statement.made_at.clone(),
        scores,
        behind,
        asking,
        entries: bundle.entries.len(),
        reported,
        own_findings,
        findings,
        is_closed,
        cosignatures: cosignatures.into_iter().map(|one| (one.clone(), is_checked(&one))).collect(),
        witnessed: seen.as_ref().map(|seen| seen.checkpoint().size),
        kept_size: own_kept.map(|kept| kept.checkpoint().size),
        checkpoint,
    })
}

/// Checks that the stated answers are those that follow, and that what is stated was signed.
fn check_answers<'a>(
    bundle: &Bundle,
    origin: &Origin<'a>,
    scores: &'a [AreaScore],
    checkpoint: &SignedCheckpoint,
) -> Result<(), Error> {
    for (score, stated) in scores.iter().zip(&bundle.answers) {
        let computed = origin.answer(score).to_json();
        if computed != *stated {
            let what = format!("the score of {} is not the one that the entries and the rules give", score.area);
            return Err(Error::disproved("other_score", what).of_differences(stated, &computed));
        }
    }
    if checkpoint.checkpoint().claims.answers != Some(Bundle::digest(&bundle.statement, &bundle.answers)) {
        return Err(Error::disproved("other_statement", "what the bundle states is not what the ledger's key signed"));
    }
    Ok(())
}

fn scores_of(asking: &Asking, history: &History, book: &Rulebook) -> Result<Vec<AreaScore>, Error> {
    scores(asking, history, book).map_err(|error| Error::disproved("other_score", error.to_string()))
}

/// The entries that the units of scores name, by every track; `lines` are those of all entries of the bundle, in the
/// order of their seqs.
fn behind(scores: &[AreaScore], facts: BundleEntries, lines: &[String]) -> Vec<(Entry, String)> {
    let tracks = scores.iter().flat_map(|score| {
        let others = score.tracks.iter().flatten().map(|(_, track)| track);
        std::iter::once(&score.score).chain(others)
    });
    let units = tracks.flat_map(|track| &track.metrics).flat_map(|metric| &metric.because);
    let named: BTreeSet<u64> = units.flat_map(|unit| unit.entries.iter().copied()).collect();
    let mut entries: Vec<Entry> = facts.partner.into_iter().chain(facts.shared).collect();
    entries.sort_by_key(|entry| entry.seq);
    let lines = entries.into_iter().zip(lines.iter().cloned());
    lines.filter(|(entry, _)| named.contains(&entry.seq)).collect()
}

/// Checks that the checkpoint is of the instant that was asked; returns whether that is closed, when no entry shows it.
fn check_claims(checkpoint: &SignedCheckpoint, asking: &Asking) -> Result<Option<bool>, Error> {
    let told = checkpoint.checkpoint();
    let Claims { partners: Some(_), newest: Some(newest), next, closed, answers: Some(_), next_key: None } =
        told.claims
    else {
        return Err(Error::disproved("other_checkpoint", "the checkpoint was not made for an audit bundle"));
    };
    let known_at = asking.known_at;
    if newest > known_at {
        let what = format!("the checkpoint is later than what was asked: an entry of it was recorded at {newest}");
        return Err(Error::disproved("later_checkpoint", what));
    }
    if let Some(at) = next.filter(|at| *at <= known_at) {
        let what = format!("the checkpoint is older than what was asked: an entry behind it was recorded at {at}");
        return Err(Error::disproved("older_checkpoint", what));
    }
    let is_shown = next.is_some() || newest == known_at;
    if closed.is_some_and(|closed| is_shown || closed != known_at) {
        return Err(Error::disproved(
            "other_checkpoint",
            "the checkpoint closes another instant than the one that was asked",
        ));
    }
    Ok((!is_shown).then_some(closed.is_some()))
}

/// Checks that the entries stand in the tree of the checkpoint.
fn check_tree(bundle: &Bundle, entries: &[Entry], checkpoint: &SignedCheckpoint) -> Result<(), Error> {
    if lead_to(checkpoint.checkpoint(), entries, &bundle.entries, &bundle.evidence.between)? {
        return Ok(());
    }
    let what = "an entry was changed, moved, added or removed: the entries do not lead to the root of the checkpoint";
    Err(Error::disproved(OTHER_ROOT, what))
}

/// Checks that no entry of the partner, and none that holds for all, was left out.
fn check_complete(bundle: &Bundle, facts: &BundleEntries, checkpoint: &SignedCheckpoint) -> Result<(), Error> {
    let evidence = &bundle.evidence;
    let partner = bundle.statement.question.partner.as_str();
    if facts.partner.is_empty() {
        return Err(Error::disproved("unknown_partner", format!("the bundle has no entry of the partner {partner}")));
    }
    for (name, entries, path) in
        [(partner, &facts.partner, &evidence.partner_path), ("", &facts.shared, &evidence.shared_path)]
    {
        let own = PartnerEntries::of(entries.iter().map(|entry| entry.seq));
        if own.root(name, &read_each(path)?) != checkpoint.checkpoint().claims.partners {
            let whose = if name.is_empty() { "that hold for all".to_owned() } else { format!("of the partner {name}") };
            let what = format!("the entries {whose} are not all that the ledger had");
            return Err(Error::disproved("entries_left_out", what));
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
    keys: &Keyring,
    witnesses: &[VerifierKey],
) -> Result<Option<SignedCheckpoint>, Error> {
    let missing = |witness: &VerifierKey| {
        Error::disproved("not_witnessed", format!("{witness} cosigned no checkpoint of the bundle"))
    };
    let Some(link) = &bundle.evidence.witnessed else {
        return witnesses.first().map_or(Ok(None), |witness| Err(missing(witness)));
    };
    let seen = link.check(checkpoint, keys, "the cosigned checkpoint")?;
    if seen.cosignatures().is_empty() {
        return Err(bad("its cosigned checkpoint has no cosignature"));
    }
    for witness in witnesses {
        seen.cosigned_by(witness).map_err(|_| missing(witness))?;
    }
    Ok(Some(seen))
}

/// Checks that a checkpoint that the auditor kept is of the same history, by one of those in the bundle.
fn check_kept(
    kept: &SignedCheckpoint,
    own: &SignedCheckpoint,
    keys: &Keyring,
    others: &[&SignedCheckpoint],
) -> Result<(), Error> {
    const WHAT: &str = "the checkpoint that was kept";
    keys.check(kept, WHAT)?;
    let size = kept.checkpoint().size;
    if size == own.checkpoint().size || size == 0 {
        return check_one_history(own, kept, &[], WHAT);
    }
    let linked = others.iter().find(|other| other.checkpoint().size == size);
    let Some(linked) = linked else {
        let entries = counted(size, "entry");
        let what = format!("the bundle does not show that it is of the same history as the {entries} of {WHAT}");
        return Err(Error::disproved("not_linked", what)
            .hint("ask for a bundle that was made with the checkpoint: `pcs audit export --checkpoint FILE`"));
    };
    check_one_history(linked, kept, &[], WHAT)
}
