//! Figures beyond what memory should hold: sorted runs in a temporary file each, merged at the end.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use super::figure::{CompactKey, Figure};

/// Figures that are held in memory: some 80 MB.
pub(super) const MOST_IN_MEMORY: usize = 200_000;

/// Figures by key, of which any number may come.
pub(super) struct Spill {
    figures: HashMap<CompactKey, Figure>,
    most: usize,
    runs: Vec<File>,
}

/// The figures in the order of their keys.
pub(super) struct MergedRuns {
    runs: Vec<SpillRun>,
    heads: BinaryHeap<Reverse<(CompactKey, usize)>>,
}

/// A sorted run, in memory or in a file, with its next figure.
struct SpillRun {
    rest: Rest,
    next: Option<Figure>,
}

enum Rest {
    Memory(std::vec::IntoIter<(CompactKey, Figure)>),
    File(BufReader<File>),
}

impl Spill {
    pub(super) fn new(most: usize) -> Self {
        Self { figures: HashMap::new(), most, runs: Vec::new() }
    }

    /// The figure of a key, for one more row.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub(super) fn figure(&mut self, key: CompactKey) -> io::Result<&mut Figure> {
        if self.figures.len() >= self.most && !self.figures.contains_key(&key) {
            self.write_run()?;
        }
        Ok(self.figures.entry(key).or_default())
    }

    /// Whether any figures had to leave memory.
    #[cfg(test)]
    pub(super) fn has_spilled(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Figures that are held in memory at most.
    #[cfg(test)]
    pub(super) fn limit(&self) -> usize {
        self.most
    }

    /// All figures in the order of their keys.
    ///
    /// # Errors
    /// A temporary file cannot be read.
    pub(super) fn into_merged(self) -> io::Result<MergedRuns> {
        let mut runs = Vec::with_capacity(self.runs.len() + 1);
        for mut file in self.runs {
            file.rewind()?;
            runs.push(SpillRun { rest: Rest::File(BufReader::with_capacity(1 << 16, file)), next: None });
        }
        runs.push(SpillRun { rest: Rest::Memory(sorted(self.figures).into_iter()), next: None });
        let mut merged = MergedRuns { runs, heads: BinaryHeap::new() };
        for place in 0..merged.runs.len() {
            merged.advance(place)?;
        }
        Ok(merged)
    }

    fn write_run(&mut self) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        for (key, figure) in sorted(std::mem::take(&mut self.figures)) {
            let bytes = postcard::to_stdvec(&(key, figure)).map_err(io::Error::other)?;
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            file.write_all(&length.to_le_bytes())?;
            file.write_all(&bytes)?;
        }
        self.runs.push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }
}

impl MergedRuns {
    /// The next figure, of all runs together.
    ///
    /// # Errors
    /// A temporary file cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<(CompactKey, Figure)>> {
        let Some(Reverse((key, place))) = self.heads.pop() else { return Ok(None) };
        let Some(mut figure) = self.take(place)? else { return Ok(None) };
        while let Some(Reverse((_, place))) = self.heads.peek().copied().filter(|Reverse((next, _))| *next == key) {
            self.heads.pop();
            if let Some(further) = self.take(place)? {
                figure.merge(further);
            }
        }
        Ok(Some((key, figure)))
    }

    /// The next figure of a run, behind which its following one is made ready.
    fn take(&mut self, place: usize) -> io::Result<Option<Figure>> {
        let figure = self.runs.get_mut(place).and_then(|run| run.next.take());
        self.advance(place)?;
        Ok(figure)
    }

    fn advance(&mut self, place: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(place) else { return Ok(()) };
        if let Some((key, figure)) = run.rest.next()? {
            run.next = Some(figure);
            self.heads.push(Reverse((key, place)));
        }
        Ok(())
    }
}

impl Rest {
    fn next(&mut self) -> io::Result<Option<(CompactKey, Figure)>> {
        let file = match self {
            Self::Memory(figures) => return Ok(figures.next()),
            Self::File(file) => file,
        };
        let mut length = [0; 4];
        match file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?];
        file.read_exact(&mut bytes)?;
        postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
    }
}

fn sorted(figures: HashMap<CompactKey, Figure>) -> Vec<(CompactKey, Figure)> {
    let mut figures: Vec<(CompactKey, Figure)> = figures.into_iter().collect();
    figures.sort_unstable_by_key(|(key, _)| *key);
    figures
}
