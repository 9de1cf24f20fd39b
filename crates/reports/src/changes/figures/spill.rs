//! Figures beyond what memory should hold: sorted runs in a temporary file each, merged at the end.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use super::figure::{CompactKey, Figure};

/// Figures that are held in memory: some 80 MB.
pub(crate) const MOST_IN_MEMORY: usize = 200_000;

/// Figures by key, of which any number may come.
pub(super) struct Spill {
    figures: HashMap<CompactKey, Figure>,
    most: usize,
    runs: Vec<File>,
}

/// The figures in the order of their keys.
pub(super) struct MergedRuns {
    runs: Vec<SpillRun>,
    /// The next figure of each run, by its key and the run.
    heads: BTreeMap<(CompactKey, usize), Figure>,
}

/// The figures of a sorted run, in memory or in a file.
type SpillRun = Box<dyn Iterator<Item = io::Result<(CompactKey, Figure)>>>;

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
    pub(super) fn into_merged(self) -> io::Result<MergedRuns> {
        let mut runs: Vec<SpillRun> = Vec::with_capacity(self.runs.len() + 1);
        for mut file in self.runs {
            file.rewind()?;
            let mut file = BufReader::with_capacity(1 << 16, file);
            runs.push(Box::new(std::iter::from_fn(move || read_figure(&mut file).transpose())));
        }
        runs.push(Box::new(sorted(self.figures).into_iter().map(Ok)));
        let mut merged = MergedRuns { runs, heads: BTreeMap::new() };
        (0..merged.runs.len()).try_for_each(|place| merged.advance(place))?;
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
    pub(super) fn next(&mut self) -> io::Result<Option<(CompactKey, Figure)>> {
        let Some(((key, place), mut figure)) = self.heads.pop_first() else { return Ok(None) };
        self.advance(place)?;
        while let Some(same) = self.heads.first_entry().filter(|head| head.key().0 == key) {
            let ((_, place), further) = same.remove_entry();
            figure.merge(further);
            self.advance(place)?;
        }
        Ok(Some((key, figure)))
    }

    /// Makes the next figure of a run ready.
    fn advance(&mut self, place: usize) -> io::Result<()> {
        let next = self.runs.get_mut(place).and_then(Iterator::next).transpose()?;
        self.heads.extend(next.map(|(key, figure)| ((key, place), figure)));
        Ok(())
    }
}

/// The next figure of a file; `None` at its end.
fn read_figure(file: &mut impl Read) -> io::Result<Option<(CompactKey, Figure)>> {
    let mut length = [0; 4];
    match file.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?];
    file.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

fn sorted(figures: HashMap<CompactKey, Figure>) -> Vec<(CompactKey, Figure)> {
    let mut figures: Vec<(CompactKey, Figure)> = figures.into_iter().collect();
    figures.sort_unstable_by_key(|(key, _)| *key);
    figures
}
