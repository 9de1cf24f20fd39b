//! `salvage`: what is whole of a damaged ledger.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::proof::current_key;
use ledger::{Audience, Draft, Ledger, LedgerKey, Loss, Reader, Salvage};
use serde_json::json;

use crate::console::Console;
use app::Error;
use app::extends;
use app::keys::signing_key;
use app::target::{Target, occupied};
use app::text::{counted, plain};
use app::world::Unit;

/// Makes a ledger of what is whole of a damaged one, and says what is lost
///
/// The new ledger has the entries up to the first gap, in their bytes, so that its root is the one that the damaged
/// ledger had then. Entries behind the gap keep their bytes and their places too, and cannot follow: those that are whole
/// are written to a file as `export` prints entries, and their events can be recorded again, under new places and times.
///
/// The damaged ledger is left as it is. Exits with 3 when something is lost. A backup is better where there is one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The new ledger, a directory that is empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The file for whole entries behind a gap, which must not be there yet [default: that of --out with .rest.jsonl]
    #[arg(long, value_name = "FILE")]
    rest: Option<PathBuf>,
    /// The file of the ledger's signing key, when it is kept elsewhere or damaged
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// What became of it.
struct Done {
    root: String,
    /// Where the entries behind a gap are, if there are any.
    rest: Option<PathBuf>,
    /// Cosigned checkpoints that the new ledger does not continue.
    witnessed_left: usize,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let out = console.session.path(&self.out);
        let target = Target::of(&out, "salvaging")?;
        let rest = self.rest.clone().unwrap_or_else(|| with_ending(&self.out));
        if fs::symlink_metadata(console.session.path(&rest)).is_ok() {
            return Err(occupied(&rest, "something"));
        }
        let damaged = console.session.dir()?;
        let notes = damaged.witnessed().unwrap_or_else(|error| {
            tracing::warn!("cosigned checkpoints are left out: {error}");
            Vec::new()
        });
        let known_size = notes.iter().map(|note| note.checkpoint().size).max().unwrap_or(0);
        let salvage = Salvage::of(damaged, known_size)?;
        let key = match &self.key_file {
            Some(path) => LedgerKey::Here(signing_key(&console.session, path)?),
            None => damaged.key()?,
        };
        let id = console.session.new_id().0.simple().to_string();
        let building = target.begin(&id)?;
        let reader = build(console, building.dir(), &key, &salvage)?;
        let mut done = Done { root: STANDARD.encode(reader.root(reader.size())?), rest: None, witnessed_left: 0 };
        for note in &notes {
            let keys = extends::keys_of(key.verifier(), &reader)?;
            match extends::check_root(&reader, note, &keys) {
                Ok(()) => drop(reader.dir().keep_witnessed(note)?),
                Err(_) => done.witnessed_left += 1,
            }
        }
        if salvage.behind() > 0 {
            write_rest(&console.session.path(&rest), &salvage)?;
            let what = format!("the whole entries behind the gap are in {}", rest.display());
            console.session.done.add(what, "each of its lines is an entry");
            done.rest = Some(rest);
        }
        drop(reader);
        building.finish()?;
        let place = self.out.display();
        let what = format!("a ledger of {} was made in {place}", counted(salvage.size(), "entry"));
        console.session.done.add(what, format!("`pcs --ledger {place} verify` reads it"));
        self.tell(console, &salvage, &done)
    }

    fn tell(&self, console: &mut Console<'_>, salvage: &Salvage, done: &Done) -> Result<(), Error> {
        let lost: u64 = salvage.losses().iter().map(|loss| loss.end_seq_exclusive - loss.first_seq).sum();
        let rest = done.rest.as_ref().map(|path| path.display().to_string());
        if console.is_json() {
            let answer = json!({
                "ledger": self.out.display().to_string(), "size": salvage.size(), "root": done.root,
                "behind": salvage.behind(), "rest": rest, "lost": lost,
                "losses": salvage.losses().iter().map(loss_json).collect::<Vec<_>>(),
                "witnessed_left": done.witnessed_left,
            });
            console.line(&answer.to_string())?;
        } else {
            let size = counted(salvage.size(), "entry");
            console.line(&format!("salvaged {size}, root {}", done.root))?;
            for loss in salvage.losses() {
                console.line(&loss_text(loss))?;
            }
            if let Some(rest) = rest {
                let behind = counted(salvage.behind(), "whole entry");
                console.line(&format!("{behind} behind the gap in {}", plain(&rest)))?;
            }
            if done.witnessed_left > 0 {
                let left = counted(done.witnessed_left as u64, "cosigned checkpoint");
                console.say(&format!("left with the damaged ledger: {left} that these entries do not continue"));
            }
            console.say("not copied: people.secret, people.json, kept/, where the damaged ledger has them");
        }
        if lost == 0 {
            return Ok(());
        }
        console.answered()?;
        let what = format!("{lost} {} lost", if lost == 1 { "entry is" } else { "entries are" });
        Err(Error::disproved("incomplete", what)
            .hint("keep the damaged ledger, which is as it was, until everything is there again"))
    }
}

/// Makes the new ledger in a directory, and reads it again.
fn build(console: &mut Console<'_>, dir: &Path, key: &LedgerKey, salvage: &Salvage) -> Result<Reader, Error> {
    let now = console.session.now();
    let mut ledger = Ledger::create_with(dir, key)?;
    let bar = console.session.progress("salvaging", Unit::Entries);
    let mut batch = ledger.begin(now);
    let (mut pushed, mut done) = (Ok(()), 0);
    salvage.each_of_beginning(&mut |line| {
        pushed = batch.push_entry(line).map(drop).map_err(Error::from);
        done += 1;
        bar.at(done, Some(salvage.size()));
        if pushed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    bar.end();
    pushed?;
    batch.commit()?;
    let home = ledger.dir();
    drop(ledger);
    let reader = home.reader()?;
    let current = current_key(&key.verifier(), &reader.shared_entries(reader.size())?);
    if current != key.verifier() {
        tracing::warn!("by its entries the key is {current}: put its file in the place of `key`");
    }
    let bar = console.session.progress("verifying", Unit::Entries);
    let verified = home.verify(&mut |at| bar.at(at.done, Some(at.total)));
    bar.end();
    Ok(verified.map(|_| reader)?)
}

/// Writes what is whole behind the first gap.
fn write_rest(path: &Path, salvage: &Salvage) -> Result<(), Error> {
    let (draft, file) = Draft::create(path, Audience::Owner)?;
    let mut out = BufWriter::new(file);
    let mut written = Ok(());
    salvage.each_behind(&mut |line| {
        written = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n"));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.and_then(|()| out.flush()).map_err(Error::file("write", path))?;
    Ok(draft.publish(path)?)
}

fn loss_json(loss: &Loss) -> serde_json::Value {
    json!({
        "first_seq": loss.first_seq, "end_seq_exclusive": loss.end_seq_exclusive, "segment": loss.segment,
        "offset": loss.offset, "end_offset_exclusive": loss.end_offset_exclusive,
    })
}

fn loss_text(loss: &Loss) -> String {
    let last = loss.end_seq_exclusive - 1;
    let seqs = if last == loss.first_seq { format!("seq {last}") } else { format!("seq {} to {last}", loss.first_seq) };
    let end = loss.end_offset_exclusive.map_or_else(|| "on".to_owned(), |end| format!("to {end}"));
    format!("lost: {seqs}, segment {}, offset {} {end}", loss.segment, loss.offset)
}

/// The path of a directory with the ending of the file that stands beside it.
fn with_ending(dir: &Path) -> PathBuf {
    let mut name: OsString = dir.components().collect::<PathBuf>().into_os_string();
    name.push(".rest.jsonl");
    PathBuf::from(name)
}
