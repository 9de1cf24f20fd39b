//! The rows of a kept report from which an entry was taken, and what they add up to.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ledger::{Amount, Entry, Fact};
use reports::{Member, Provenance, RowTexts, Rule};
use serde_json::{Value, json};

use super::rows::{Open, find_rows};
use super::shelf::Shelf;
use super::zipped::ZipFile;
use super::{KeptFile, ZIP};
use crate::error::Error;
use crate::import::{RetoldReport, RowPart};
use crate::known::{Known, entry_at};
use crate::maps::MapFiles;
use crate::people::sealed_row;
use crate::session::Session;
use crate::text::without_nulls;

/// Characters that a source keeps of a file's name: a name of as many may be cut.
const NAME_CHARACTERS: usize = 60;

/// The entry whose rows are wanted.
#[derive(Debug)]
pub struct RequestOfEntry {
    /// The entry.
    pub seq: u64,
    /// The file in a zip, where the source does not tell it from others.
    pub file: Option<String>,
    /// The files of mappings of the import, as they were typed.
    pub maps: Vec<PathBuf>,
}

/// The rows behind an entry.
pub struct RowsBehind {
    /// The entry.
    pub entry: Entry,
    /// By which rule the report proves it.
    pub rule: Option<Rule>,
    /// The kept file.
    pub kept: KeptFile,
    /// The name of the file in a zip.
    pub member: Option<String>,
    /// The rows, in the order of the file; none where the entry follows from what the file does not show.
    pub texts: RowTexts,
    /// What each of several rows adds to the figure of the entry.
    pub parts: Vec<RowPart>,
}

/// What the source of an entry says of its rows.
struct SourceRows<'a> {
    provenance: &'a Provenance<'a>,
    /// The line of the first row, and the number of further ones.
    line: Option<u64>,
    further: u64,
}

impl RequestOfEntry {
    /// Finds the rows.
    ///
    /// # Errors
    /// `out_of_range` for an entry that is not there or that no report told, `unknown_file` where the file is not kept,
    /// `unknown_rows` where the rows cannot be told, and as [`super::Request::run`].
    pub fn run(&self, session: &Session<'_>) -> Result<RowsBehind, Error> {
        let known = Known::open(session, None)?;
        let entry = entry_at(&known.reader, self.seq)?;
        let source = entry.event.source.clone();
        let provenance = Provenance::of(source.as_ref()).filter(|provenance| provenance.digest.is_some());
        let Some((provenance, digest)) = provenance.as_ref().and_then(|told| Some((told, told.digest.as_deref()?)))
        else {
            let text = format!("entry {} names no report as its source", self.seq);
            return Err(Error::new("out_of_range", text).hint("`pcs log` shows what it says of its source"));
        };
        let shelf = Shelf::open(session.dir()?)?;
        let rule = provenance.rule;
        let Some((name, line, further)) = provenance.place.rows() else {
            let found = sealed_row(&shelf, &entry)?;
            let (kept, member, texts) = (found.kept, found.member, found.texts);
            return Ok(RowsBehind { entry, rule, kept, member, texts, parts: Vec::new() });
        };
        let kept = shelf.find(digest)?.clone();
        let source = SourceRows { provenance, line, further };
        let maps = MapFiles::read(session, &self.maps)?;
        let (member, (texts, parts)) = if kept.kind == ZIP {
            let zip = ZipFile::new(&shelf, &kept)?;
            let member = self.member(&zip, name)?;
            let mut open = || zip.open(member).map_err(Error::into_other);
            (Some(member.name.clone()), source.find(&known, &entry, (&kept, Some(member)), &maps, &mut open)?)
        } else {
            shelf.verify(&kept)?;
            (None, source.find(&known, &entry, (&kept, None), &maps, &mut || shelf.bytes(&kept))?)
        };
        Ok(RowsBehind { entry, rule, kept, member, texts, parts })
    }

    /// The file in a zip that a source names: the name may be cut there.
    fn member<'z>(&self, zip: &'z ZipFile, named: &str) -> Result<&'z Member, Error> {
        if self.file.is_some() {
            return zip.member(self.file.as_deref());
        }
        let is_cut = named.chars().count() == NAME_CHARACTERS;
        let is_named = |member: &&Member| {
            let mut ends = named.match_indices('/').filter_map(|(at, _)| named.get(at + 1..));
            ends.any(|end| end == member.name || (is_cut && member.name.starts_with(end)))
        };
        let mut found = zip.members.iter().filter(is_named);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            _ => zip.member(None),
        }
    }
}

impl SourceRows<'_> {
    /// The rows, and what each of several adds to a figure.
    fn find(
        &self,
        known: &Known,
        entry: &Entry,
        (kept, member): (&KeptFile, Option<&Member>),
        maps: &MapFiles,
        open: &mut Open<'_>,
    ) -> Result<(RowTexts, Vec<RowPart>), Error> {
        let name = member.map_or_else(|| kept.name.clone(), |member| format!("{}/{}", kept.name, member.name));
        let Some(line) = self.line else { return Ok((RowTexts::default(), Vec::new())) };
        let mut lines = BTreeSet::from([line]);
        let mut parts = Vec::new();
        if let Fact::UsageReported(usage) = &entry.event.fact
            && self.further > 0
        {
            let told = self.provenance.told;
            let zip = member.map(|_| kept.sha256.as_str());
            let report = RetoldReport { name: &name, kind: told.kind, as_of: told.as_of, zip, maps };
            parts = report.parts(known, (entry, usage), (line, self.further), open)?;
            lines.extend(parts.iter().map(|part| part.line));
        }
        Ok((find_rows(&name, open, &lines)?, parts))
    }
}

impl RowsBehind {
    /// Whether a row of a figure is left out: it stands under an excluded offer, and others do not.
    #[must_use]
    pub fn is_left_out(&self, part: &RowPart) -> bool {
        part.is_excluded && self.parts.iter().any(|part| !part.is_excluded)
    }

    /// What the rows of a figure add up to, those that are left out aside; `None` where there are not several.
    #[must_use]
    pub fn sum(&self) -> Option<Amount> {
        let counted = self.parts.iter().filter(|part| !self.is_left_out(part));
        (!self.parts.is_empty()).then(|| Amount::from_micros(counted.map(|part| part.value.micros()).sum()))
    }

    /// The figure of the entry, where it has one.
    #[must_use]
    pub fn figure(&self) -> Option<Amount> {
        if let Fact::UsageReported(usage) = &self.entry.event.fact { Some(usage.value) } else { None }
    }

    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |row: &[u8]| String::from_utf8_lossy(row).into_owned();
        let rows = self.texts.rows.iter().map(|(line, row)| {
            let part = self.parts.iter().find(|part| part.line == *line);
            without_nulls(json!({
                "line": line, "value": part.map(|part| part.value.to_string()),
                "left_out": part.map(|part| self.is_left_out(part)), "text": text(row),
            }))
        });
        without_nulls(json!({
            "seq": self.entry.seq, "rule": self.rule.map(Rule::phrase), "sha256": self.kept.sha256,
            "name": self.kept.name, "file": self.member, "columns": self.texts.columns.as_deref().map(text),
            "rows": rows.collect::<Vec<Value>>(), "sum": self.sum().map(|sum| sum.to_string()),
            "value": self.figure().map(|value| value.to_string()),
        }))
        .to_string()
    }
}
