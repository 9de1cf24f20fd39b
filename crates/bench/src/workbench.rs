//! What measures share: files of events and what was made of them, each made once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::events::{self, Layout};
use crate::machine::bytes_below;
use crate::step::{Step, StepCost};
use crate::stores::Kind;

/// Below so many events the run only shows that it works.
const TINY: u64 = 20_000;

/// What measures share.
pub(crate) struct Workbench {
    /// The number that everything follows from.
    pub(crate) seed: u64,
    /// The command that is measured.
    pub(crate) pcs: PathBuf,
    /// How often each of two imports of one row is measured.
    pub(crate) pairs: u64,
    sizes: Vec<u64>,
    imported: BTreeMap<(Kind, u64), ImportCost>,
    dir: tempfile::TempDir,
}

/// What an import took, and left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportCost {
    /// What it took.
    pub(crate) took: StepCost,
    /// The bytes of the store afterwards.
    pub(crate) bytes: u64,
}

impl Workbench {
    /// What is said where the command is needed and not there.
    pub(crate) const WITHOUT_PCS: &str = "no pcs beside this program: cargo build --release makes it";

    /// An empty bench for ledgers of these sizes, ascending, in a directory of its own below `dir`.
    pub(crate) fn new(seed: u64, sizes: Vec<u64>, pairs: u64, pcs: Option<&Path>, dir: Option<&Path>) -> Outcome<Self> {
        let dir = dir.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
        let pcs = pcs.map_or(std::env::current_exe()?.with_file_name("pcs"), Path::to_path_buf);
        Ok(Self { seed, pcs, pairs, sizes, imported: BTreeMap::new(), dir })
    }

    /// Says what is being done.
    #[expect(clippy::unused_self, reason = "whoever says something has a bench")]
    pub(crate) fn say(&self, text: &str) {
        eprintln!("{text}");
    }

    /// The events of the ledgers, ascending.
    pub(crate) fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The events of the smallest ledger.
    pub(crate) fn smallest(&self) -> u64 {
        self.sizes.first().copied().unwrap_or_default()
    }

    /// The events of the largest ledger.
    pub(crate) fn largest(&self) -> u64 {
        self.sizes.last().copied().unwrap_or_default()
    }

    /// A number of measurements: a small part of it where the run only shows that it works.
    pub(crate) fn scaled(&self, count: u64) -> u64 {
        if self.largest() < TINY { count.div_ceil(40) } else { count }
    }

    /// How often something is done that takes longer the more events there are.
    pub(crate) fn rounds(&self, events: u64) -> usize {
        match events {
            _ if self.largest() < TINY => 1,
            0..500_000 => 3,
            500_000..5_000_000 => 2,
            _ => 1,
        }
    }

    /// The partners of a file of so many events.
    pub(crate) fn layout(&self, events: u64) -> Layout {
        Layout::of(self.seed, events)
    }

    /// The path of a directory that is not there yet.
    pub(crate) fn fresh(&self, name: &str) -> Outcome<PathBuf> {
        let path = self.dir.path().join(name);
        remove(&path)?;
        Ok(path)
    }

    /// A file of so many events.
    pub(crate) fn file(&self, events: u64) -> Outcome<PathBuf> {
        let path = self.dir.path().join(format!("{events}.jsonl"));
        if !path.exists() {
            self.say(&format!("  writing a file of {events} events"));
            events::write_file(&path, self.seed, &self.layout(events))?;
        }
        Ok(path)
    }

    /// Imports a file into an empty store, in a process of its own. The ledger stays, other stores are removed.
    pub(crate) fn import(&mut self, kind: Kind, events: u64) -> Outcome<ImportCost> {
        let file = self.file(events)?;
        let dir = self.fresh(&format!("{kind:?}-{events}"))?;
        let took = Step::Import { kind, file, dir: dir.clone() }.run_apart()?;
        if took.events != events {
            return Err(format!("{} took in {} of {events} events", kind.name(), took.events).into());
        }
        let imported = ImportCost { took, bytes: bytes_below(&dir)? };
        self.imported.insert((kind, events), imported);
        if kind != Kind::Ours {
            remove(&dir)?;
        }
        Ok(imported)
    }

    /// What the newest import of a file took; it is imported if it was not.
    pub(crate) fn imported(&mut self, kind: Kind, events: u64) -> Outcome<ImportCost> {
        match self.imported.get(&(kind, events)) {
            Some(imported) => Ok(*imported),
            None => self.import(kind, events),
        }
    }

    /// The directory of a ledger of so many events.
    pub(crate) fn ledger(&mut self, events: u64) -> Outcome<PathBuf> {
        self.imported(Kind::Ours, events)?;
        Ok(self.dir.path().join(format!("{:?}-{events}", Kind::Ours)))
    }
}

fn remove(dir: &Path) -> Outcome<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
}
