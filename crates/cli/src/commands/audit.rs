//! `audit`: a past score that proves itself.

use std::path::PathBuf;

use app::Error;
use app::ask::score::Options;
use app::audit::RulebookSource;
use app::audit::export::Request;
use app::audit::verify::{self, Checked, Trust};
use app::text::{ToJson as _, counted, for_shell, plain};
use ledger::proof::VerifierKey;
use ledger::{Date, PartnerId};

use super::{Run, commands};
use crate::args::{self, Force};
use crate::asked::OptionArgs;
use crate::console::Console;
use crate::keys::KeyArgs;
use crate::output::labels::Labels;
use crate::output::score_text::ScoreText;
use crate::output::{Paint, entry_text};

commands! {
    /// Proves a past score to somebody without the ledger
    enum Command {
        Export(Box<Export>),
        Verify(Verify),
    }
}

/// Writes a bundle: a score with the entries, rules, proofs and the signature that show it
///
/// The bundle has every entry of the partner up to the asked instant, and those of rulebooks and changes of key; of other
/// partners' entries it has hashes alone. `audit verify` checks it anywhere. An instant that has not come cannot be
/// asked. An instant behind the newest entry is closed by the bundle: whatever is recorded afterwards is recorded later
/// than it, so that the answer stays what it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: PartnerId,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Date,
    #[command(flatten)]
    options: OptionArgs,
    /// The file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A checkpoint that the auditor kept: the bundle shows that it is of the same history
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// A new file for the names of the partner and its customers: they are not signed, and no part of the bundle
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
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
pub(crate) struct Verify {
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
    /// Names the units that counted, or nearly counted, and the entries of the bundle that show it
    #[arg(long)]
    explain: bool,
}

impl Run for Export {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, as_of, options, out, checkpoint, names, key, force: Force { force } } = self;
        let (options, key) = (Options::from(options), key.source(console));
        let handed_on = (partner.clone(), options.known_at);
        let request = Request { partner, as_of, options, out, checkpoint, key, force };
        let done = request.run(&mut console.session)?;
        let (file, known_at) = (plain(&done.file), &done.known_at);
        console.answer(&done.to_json(), |_| {
            let entries = counted(done.entries, "entry");
            vec![format!("{file}: {} bytes, {entries}, known at {known_at}", done.bytes)]
        })?;
        if done.is_closing {
            console.remark(&format!("closed: what is recorded from here on is recorded after {known_at}"));
        }
        if let Some(names) = names {
            let (partner, known_at) = handed_on;
            let count = app::names::hand_on(&mut console.session, &partner, known_at, &names)?;
            let (file, count) = (plain(&names.display().to_string()), counted(count, "name"));
            console.remark(&format!("{file}: {count}, which nothing signs and the bundle does not hold"));
        }
        let bundle = for_shell(&done.file);
        console.remark(&format!("it is checked with: pcs audit verify {bundle} --key {}", done.verifier_key));
        Ok(())
    }
}

impl Run for Verify {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { file, key, witnesses, checkpoint, explain } = self;
        let checked = verify::run(&console.session, &file, &Trust { key, witnesses, checkpoint }, explain)?;
        let width = console.width;
        console.answer(&checked.to_json(), |paint| lines(&checked, width, paint))?;
        if !checked.is_key_trusted {
            console.remark("warning: the key was not compared with one of yours: `--key VKEY` does that");
        }
        Ok(())
    }
}

/// The lines about a bundle that holds.
fn lines(checked: &Checked, width: Option<usize>, paint: Paint) -> Vec<String> {
    let told = checked.checkpoint.checkpoint();
    let trust = match (checked.is_key_trusted, &checked.earlier_key) {
        (true, Some(_)) => "the successor of the one you trust",
        (true, None) => "trusted",
        (false, _) => "named by the bundle itself",
    };
    let mut lines = vec![format!("holds: signed by {}, which is {trust}", checked.key)];
    lines.extend(checked.earlier_key.iter().map(|earlier| {
        format!("  it follows the key {earlier}: each change is in the bundle, signed by the key before")
    }));
    lines.push(format!(
        "  {} of {} are in the tree of {}, and none was left out",
        counted(checked.entries, "entry"),
        told.size,
        plain(&told.origin)
    ));
    let rules = &checked.rules;
    let whose = match (checked.source, checked.is_builtin_here) {
        (RulebookSource::Adopted, _) => "adopted in the ledger",
        (RulebookSource::Given, _) => "given by the one who asked, not those in force",
        (RulebookSource::Builtin, true) => "built into this program too",
        (RulebookSource::Builtin, false) => "built into the program that made the bundle, another than this one has",
    };
    lines.push(format!("  rulebook {}, sha256 {}, {whose}", plain(&rules.name), rules.book.sha256()));
    let others = checked.findings - checked.own_findings;
    if others > 0 {
        let others = counted(others, "finding");
        lines.push(format!("  {others} across partners: signed, and not shown by the entries of this partner alone"));
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
        checked
            .kept_size
            .map(|size| counted(size, "entry"))
            .map(|size| format!("  of the same history as the {size} of the checkpoint that was kept")),
    );
    if let Some(size) = checked.witnessed {
        let seen = checked.cosignatures.iter().map(|(one, is_checked)| {
            let note = if *is_checked { "" } else { " (not checked: `--witness VKEY`)" };
            format!("{}{note}", plain(&one.name))
        });
        let seen: Vec<String> = seen.collect();
        let size = counted(size, "entry");
        lines.push(format!("  of the same history as the {size} seen by {}", seen.join(", ")));
    }
    let mut scores = ScoreText::new(paint, width);
    checked.answers().for_each(|answer| scores.add(&answer, &Labels::default()));
    lines.push(String::new());
    lines.extend(scores.lines());
    if !checked.behind.is_empty() {
        lines.extend([String::new(), paint.bold("The entries behind the points")]);
    }
    for (entry, _) in &checked.behind {
        let [seq, recorded, effective, _, kind, what] = entry_text::cells(entry, None);
        lines.push(format!("  #{seq} {effective} {kind}: {what}, recorded {recorded}"));
        lines.extend(entry.event.source.iter().map(|source| format!("      from {}", plain(source.as_str()))));
    }
    lines
}
