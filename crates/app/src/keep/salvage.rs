//! What is whole of a damaged ledger.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ledger::proof::current_key;
use ledger::{Audience, Draft, Ledger, LedgerKey, Loss, Reader, Salvage};
use serde::Serialize;

use super::target::{Target, occupied};
use crate::error::Error;
use crate::prove::{SignerMemory, extends, signing_key};
use crate::session::Session;
use crate::text::{base64, counted, for_shell};
use crate::world::Unit;

/// What is salvaged, and into what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The new ledger, a directory that is empty or not there yet.
    pub out: PathBuf,
    /// The file for whole entries behind a gap, which must not be there yet; beside the new ledger without it.
    pub rest: Option<PathBuf>,
    /// The file of the ledger's signing key, when it is kept elsewhere or damaged.
    pub key_file: Option<PathBuf>,
}

/// What became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Salvaged {
    /// The new ledger, as it was typed.
    pub ledger: String,
    /// The number of its entries.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// The number of whole entries behind the first gap.
    pub behind: u64,
    /// Where they are, if there are any.
    pub rest: Option<String>,
    /// The number of entries that are lost.
    pub lost: u64,
    /// Which these are.
    pub losses: Vec<Loss>,
    /// Cosigned checkpoints that the new ledger does not continue.
    pub witnessed_left: usize,
}

impl Request {
    /// Makes a ledger of what is whole; the damaged one is left as it is.
    ///
    /// # Errors
    /// There is something where it is to stand; nothing can be read; failures of the key.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Salvaged, Error> {
        let target = Target::of(&session.path(&self.out), "salvaging")?;
        let rest = self.rest.clone().unwrap_or_else(|| with_ending(&self.out));
        if fs::symlink_metadata(session.path(&rest)).is_ok() {
            return Err(occupied(&rest, "something"));
        }
        let damaged = session.dir()?;
        let notes = damaged.witnessed().unwrap_or_else(|error| {
            tracing::warn!("cosigned checkpoints are left out: {error}");
            Vec::new()
        });
        let known_size = notes.iter().map(|note| note.checkpoint().size).max().unwrap_or(0);
        let salvage = Salvage::of(damaged, known_size)?;
        let key = match &self.key_file {
            Some(path) => LedgerKey::Here(signing_key(session, path)?),
            None => damaged.key()?,
        };
        let building = target.begin(session.new_id())?;
        let reader = build(session, building.dir(), &key, &salvage)?;
        let mut salvaged = Salvaged {
            ledger: self.out.display().to_string(),
            size: salvage.size(),
            root: base64(&reader.root(reader.size())?),
            behind: salvage.behind(),
            rest: None,
            lost: salvage.losses().iter().map(|loss| loss.end_seq_exclusive - loss.first_seq).sum(),
            losses: salvage.losses().to_vec(),
            witnessed_left: 0,
        };
        for note in &notes {
            let keys = extends::keys_of(key.verifier(), &reader)?;
            match extends::check_root(&reader, note, &keys) {
                Ok(()) => drop(reader.dir().keep_witnessed(note)?),
                Err(_) => salvaged.witnessed_left += 1,
            }
        }
        if salvage.behind() > 0 {
            write_rest(&session.path(&rest), &salvage)?;
            let what = format!("the whole entries behind the gap are in {}", rest.display());
            session.done.add(what, "each of its lines is an entry");
            salvaged.rest = Some(rest.display().to_string());
        }
        drop(reader);
        building.finish()?;
        let place = self.out.display();
        let what = format!("a ledger of {} was made in {place}", counted(salvaged.size, "entry"));
        session.done.add(what, format!("`pcs --ledger {} verify` reads it", for_shell(&place.to_string())));
        Ok(salvaged)
    }
}

impl Salvaged {
    /// Whether everything is there.
    ///
    /// # Errors
    /// `incomplete`, which exits with 3, when something is lost.
    pub fn complete(&self) -> Result<(), Error> {
        let lost = self.lost;
        if lost == 0 {
            return Ok(());
        }
        let what = format!("{lost} {} lost", if lost == 1 { "entry is" } else { "entries are" });
        Err(Error::disproved("incomplete", what)
            .hint("keep the damaged ledger, which is as it was, until everything is there again"))
    }
}

/// Makes the new ledger in a directory, and reads it again.
fn build(session: &mut Session<'_>, dir: &Path, key: &LedgerKey, salvage: &Salvage) -> Result<Reader, Error> {
    let now = session.now();
    let mut ledger = Ledger::create_with(dir, key)?;
    let bar = session.progress("salvaging", Unit::Entries);
    let mut batch = ledger.begin(now);
    let (mut pushed, mut done) = (Ok(()), 0);
    salvage.each_of_beginning(&mut |line| {
        pushed = batch.push_entry(line).map(drop).map_err(Error::from);
        done += 1;
        bar.at(done, Some(salvage.size()));
        if pushed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    drop(bar);
    pushed?;
    batch.commit()?;
    let home = ledger.dir();
    drop(ledger);
    let reader = home.reader()?;
    let current = current_key(&key.verifier(), &reader.shared_entries(reader.size())?);
    match key {
        _ if current != key.verifier() => {
            tracing::warn!("by its entries the key is {current}: put its file in the place of `key`");
        }
        LedgerKey::Here(key) => SignerMemory::in_dir(&home)?.begin_at(session, &reader, key)?,
        LedgerKey::Elsewhere(_) => {}
    }
    session.verify(&home).map(|_| reader)
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

/// The path of a directory with the ending of the file that stands beside it.
fn with_ending(dir: &Path) -> PathBuf {
    let mut name: OsString = dir.components().collect::<PathBuf>().into_os_string();
    name.push(".rest.jsonl");
    PathBuf::from(name)
}
