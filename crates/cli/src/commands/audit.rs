//! `audit`: a past score that proves itself.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use ledger::proof::{Cosignature, SignedCheckpoint, SigningKey, VerifierKey};
use ledger::{Date, Ledger, PartnerId, Reader, Timestamp};
use serde_json::json;

use crate::args;
use crate::args::Force;
use crate::asked::OptionArgs;
use crate::console::Console;
use crate::keys::KeyArgs;
use crate::output::{Paint, score_text};
use app::Error;
use app::audit::{Bundle, Checked, Request, Source, Trust, check, make};
use app::extends;
use app::text::{counted, plain};

/// Proves a past score to somebody without the ledger
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(Box<Export>),
    Verify(Verify),
}

/// Writes a bundle: a score with the entries, rules, proofs and the signature that show it
///
/// The bundle has every entry of the partner up to the asked instant, and those of rulebooks and changes of key; of other
/// partners' entries it has hashes alone. `audit verify` checks it anywhere. An instant that has not come cannot be
/// asked. One behind the newest entry is closed by that: whatever is recorded afterwards is recorded later than it, so
/// that the answer stays what it is.
#[derive(Debug, clap::Args)]
struct Export {
    /// The partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: PartnerId,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::date)]
    as_of: Date,
    #[command(flatten)]
    options: OptionArgs,
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A checkpoint that the auditor kept: the bundle shows that it is of the same history
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    force: Force,
}

/// Checks a bundle without any ledger: signature, proofs, completeness, and the score folded again
///
/// Exits with 3 and names what does not hold. Without --key the bundle is compared with the key that it names itself,
/// which anybody can have made.
#[derive(Debug, clap::Args)]
struct Verify {
    /// The bundle
    file: PathBuf,
    /// The ledger's verifier key, as it was given to you by somebody you trust
    #[arg(long, value_name = "VKEY", value_parser = VerifierKey::parse)]
    key: Option<VerifierKey>,
    /// The verifier key of a witness that must have cosigned; can be repeated
    #[arg(long = "witness", value_name = "VKEY", value_parser = VerifierKey::parse)]
    witnesses: Vec<VerifierKey>,
    /// A checkpoint of the ledger that you kept, of any size: the bundle must be of the same history
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        match &self.command {
            Command::Export(export) => export.run(console),
            Command::Verify(verify) => verify.run(console),
        }
    }
}

impl Export {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let now = console.session.now();
        let (reader, key, mut closing) = self.open(console, now)?;
        let kept = self.kept(console, &reader)?;
        let made_at = newest(&reader)?.map_or(now, |newest| newest.max(now));
        let options = &self.options.options();
        let (partner, as_of) = (&self.partner, self.as_of);
        let request = Request { reader, key: &key, made_at, partner, as_of, options, kept: kept.as_ref() };
        let bundle = make(&console.session, request)?;
        let bytes = bundle.write(&console.session, &self.out, closing.as_mut())?;
        let out = self.out.display();
        console.session.done.add(format!("the bundle is in {out}"), format!("`pcs audit verify {out}` checks it"));
        let (entries, known_at) = (bundle.entry_count(), bundle.known_at()?.to_string());
        let (file, key) = (self.out.display().to_string(), key.verifier().to_string());
        if console.is_json() {
            let answer =
                json!({"file": file, "bytes": bytes, "entries": entries, "known_at": known_at, "verifier_key": key});
            return console.line(&answer.to_string());
        }
        let entries = counted(entries as u64, "entry");
        console.line(&format!("{}: {bytes} bytes, {entries}, known at {known_at}", plain(&file)))?;
        if closing.is_some() {
            console.say(&format!("closed: what is recorded from here on is recorded after {known_at}"));
        }
        console.say(&format!("it is checked with: pcs audit verify {} --key {key}", plain(&file)));
        Ok(())
    }

    /// Opens the ledger with its key; as its writer, when the asked instant is behind the newest entry and so is closed.
    ///
    /// # Errors
    /// `out_of_range` when it has not come, `clock_ahead` when that cannot be told by the clock.
    fn open(&self, console: &mut Console<'_>, now: Timestamp) -> Result<(Reader, SigningKey, Option<Ledger>), Error> {
        let (reader, key) = self.key.source(console).open(&console.session)?;
        let Some(known_at) = self.known_behind(&reader)? else { return Ok((reader, key, None)) };
        if known_at > now {
            let what = format!("{known_at} has not come, it is {now}: what will be known then cannot be proved");
            let hint = "leave `--known-at` out, or name an instant that has come";
            return Err(Error::new("out_of_range", what).hint(hint));
        }
        // Nothing is recorded up to it any more, so it counts as something that is written.
        let ledger = console.session.writing_at(self.force.force).and_then(|now| console.session.ledger_at(now))?;
        // What came meanwhile is in it, and nothing comes from here on.
        let reader = ledger.reader();
        let key = self.key.source(console).signing_key(&console.session, &reader)?;
        let is_behind = self.known_behind(&reader)?.is_some();
        Ok((reader, key, is_behind.then_some(ledger)))
    }

    /// The instant that was asked, when it is behind the newest entry.
    fn known_behind(&self, reader: &Reader) -> Result<Option<Timestamp>, Error> {
        let newest = newest(reader)?;
        Ok(self.options.known_at.filter(|at| newest.is_none_or(|newest| newest < *at)))
    }

    /// The checkpoint that was kept, which the ledger must continue.
    fn kept(&self, console: &Console<'_>, reader: &Reader) -> Result<Option<SignedCheckpoint>, Error> {
        let Some(path) = &self.checkpoint else { return Ok(None) };
        let note = extends::read(&console.session, path)?;
        extends::check(&console.session, reader, &note, None)?;
        Ok(Some(note))
    }
}

/// When the newest entry was recorded.
fn newest(reader: &Reader) -> Result<Option<Timestamp>, Error> {
    Ok(reader.size().checked_sub(1).map(|newest| reader.recorded_at(newest)).transpose()?)
}

impl Verify {
    fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let bundle = Bundle::read(&console.session, &self.file)?;
        let kept = self.checkpoint.as_ref().map(|path| extends::read(&console.session, path)).transpose()?;
        let trust = Trust { key: self.key.as_ref(), witnesses: &self.witnesses, kept: kept.as_ref() };
        let checked = check(&bundle, &trust)?;
        let kept = kept.map(|kept| kept.checkpoint().size);
        if console.is_json() {
            return console.line(&self.json(&checked, kept));
        }
        for line in self.lines(&checked, kept, console.paint) {
            console.line(&line)?;
        }
        if self.key.is_none() {
            console.say("warning: the key was not compared with one of yours: `--key VKEY` does that");
        }
        Ok(())
    }

    /// Whether a cosignature is of a witness that had to be there, and so was checked.
    fn is_checked(&self, one: &Cosignature) -> bool {
        self.witnesses.iter().any(|key| (key.name(), key.id()) == (one.name.as_str(), one.id))
    }

    fn json(&self, checked: &Checked, kept: Option<u64>) -> String {
        let told = checked.checkpoint.checkpoint();
        let seen = checked.cosignatures.iter().map(|one| {
            json!({"witness": one.name, "key": format!("{:08x}", one.id), "seconds": one.seconds, "checked": self.is_checked(one)})
        });
        let seen: Vec<_> = seen.collect();
        let mut head = json!({
            "holds": true, "key": checked.key.to_string(), "key_is_trusted": self.key.is_some(), "origin": told.origin,
            "size": told.size, "root": STANDARD.encode(told.root), "made_at": checked.made_at, "entries": checked.entries,
            "rulebook": {
                "source": checked.source, "name": checked.rules.name, "sha256": checked.rules.book.sha256(),
                "builtin_here": checked.is_builtin_here,
            },
            "findings": {"stated": checked.findings, "shown": checked.own_findings},
            "witnessed_size": checked.witnessed, "cosignatures": seen,
        });
        if let Some(head) = head.as_object_mut() {
            head.extend(checked.is_closed.map(|is_closed| ("closed".to_owned(), is_closed.into())));
            head.extend(kept.map(|size| ("kept_size".to_owned(), size.into())));
        }
        let head = head.to_string();
        let open = head.strip_suffix('}').unwrap_or(&head);
        let answers: Vec<String> = checked.answers().map(|answer| answer.to_json()).collect();
        format!("{open},\"answers\":[{}]}}", answers.join(","))
    }

    fn lines(&self, checked: &Checked, kept: Option<u64>, paint: Paint) -> Vec<String> {
        let told = checked.checkpoint.checkpoint();
        let trust = if self.key.is_some() { "trusted" } else { "named by the bundle itself" };
        let mut lines = vec![
            format!("holds: signed by {}, which is {trust}", checked.key),
            format!(
                "  {} of {} are in the tree of {}, and none was left out",
                counted(checked.entries as u64, "entry"),
                told.size,
                plain(&told.origin)
            ),
        ];
        let rules = &checked.rules;
        let whose = match (checked.source, checked.is_builtin_here) {
            (Source::Adopted, _) => "adopted in the ledger",
            (Source::Given, _) => "given by the one who asked, not those in force",
            (Source::Builtin, true) => "built into this program too",
            (Source::Builtin, false) => "built into the program that made the bundle, another than this one has",
        };
        lines.push(format!("  rulebook {}, sha256 {}, {whose}", plain(&rules.name), rules.book.sha256()));
        let others = checked.findings - checked.own_findings;
        if others > 0 {
            let others = counted(others as u64, "finding");
            lines.push(format!(
                "  {others} across partners: signed, and not shown by the entries of this partner alone"
            ));
        }
        lines.extend(checked.is_closed.map(|is_closed| {
            let says = if is_closed {
                "the ledger has closed this instant: what it records later it knows later"
            } else {
                "the ledger has not closed this instant: it may have recorded more that was known at it"
            };
            format!("  {says}")
        }));
        lines.extend(
            kept.map(|size| format!("  of the same history as the {size} entries of the checkpoint that was kept")),
        );
        if let Some(size) = checked.witnessed {
            let seen = checked.cosignatures.iter().map(|one| {
                format!(
                    "{}{}",
                    plain(&one.name),
                    if self.is_checked(one) { "" } else { " (not checked: `--witness VKEY`)" }
                )
            });
            let seen: Vec<String> = seen.collect();
            lines.push(format!("  of the same history as the {size} entries that were seen by {}", seen.join(", ")));
        }
        for answer in checked.answers() {
            lines.push(String::new());
            lines.extend(score_text::lines(&answer, paint));
        }
        lines
    }
}
