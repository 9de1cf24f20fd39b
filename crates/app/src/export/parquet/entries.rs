//! The entries of a ledger as a table: a row an entry, a column a field.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::{Entry, Event, EventType, Reader, When};

use super::batch::Cell;
use super::file::{GROUP_ROWS, Rows, write};
use super::table::{Table, day, with_cell};
use super::{Origin, Written};
use crate::error::Error;
use crate::export;
use crate::scan::FirstError;
use crate::session::Session;
use crate::world::Unit;

/// The columns, but for `line`. Fields of the same name have the same column, whatever the type of the event. A rulebook's
/// text, which may be of any length, and what a change of key says are in `line` alone.
const COLUMNS: &str = "
    required int64 seq;
    required int64 recorded_at (TIMESTAMP(MICROS,true));
    required fixed_len_byte_array(16) id (UUID);
    required binary type (STRING);
    optional binary partner (STRING);
    optional binary location (STRING);
    optional int64 effective_at (TIMESTAMP(MICROS,true));
    optional int32 month (DATE);
    optional fixed_len_byte_array(16) association (UUID);
    optional fixed_len_byte_array(16) customer (UUID);
    optional binary mechanism (STRING);
    optional binary role (STRING);
    optional binary workload (STRING);
    optional binary subscription (STRING);
    optional binary principal (STRING);
    optional binary product (STRING);
    optional binary metric (STRING);
    optional fixed_len_byte_array(9) value (DECIMAL(21,6));
    optional binary offer (STRING);
    optional binary segment (STRING);
    optional binary areas (STRING);
    optional binary by (STRING);
    optional binary person (STRING);
    optional binary certification (STRING);
    optional int32 earned_on (DATE);
    optional int32 expires_on (DATE);
    optional binary area (STRING);
    optional binary track (STRING);
    optional binary points (STRING);
    optional binary metrics (STRING);
    optional int32 anniversary (DATE);
    optional fixed_len_byte_array(16) event (UUID);
    optional binary name (STRING);
    optional binary reason (STRING);
    optional binary note (STRING);
    optional binary source (STRING);
";
/// The column that `--line` adds.
const LINE_COLUMN: &str = "required binary line (STRING);";
/// The columns whose values ascend.
const ASCENDING: &[&str] = &["seq", "recorded_at"];
/// The columns whose values seldom come twice.
const UNIQUE: &[&str] = &["id", "event", "note", "line"];

/// Which entries go into which file.
#[derive(Clone, Debug)]
pub struct Request {
    /// The entries.
    pub wanted: export::Request,
    /// Whether the bytes of each entry, which are its leaf in the tree of hashes, are a column too.
    pub line: bool,
    /// The file, which must not be there yet.
    pub out: PathBuf,
}

impl Request {
    /// Writes the file; the entries go through memory some thousands at a time.
    ///
    /// # Errors
    /// Wrong usage when the last entry lies before the first; `unknown_partner`; `exists`; a ledger that cannot be read;
    /// the file cannot be written.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Written, Error> {
        self.run_in_groups(session, GROUP_ROWS)
    }

    pub(super) fn run_in_groups(&self, session: &mut Session<'_>, group_rows: usize) -> Result<Written, Error> {
        let export::Request { from_seq, to_seq, .. } = &self.wanted;
        if let Some(last) = to_seq.filter(|last| last < from_seq) {
            return Err(Error::reversed(
                "`--from-seq` names the first entry, `--to-seq` the last one",
                from_seq,
                &last,
            ));
        }
        let (reader, end) = self.wanted.open(session)?;
        let origin = Origin::of(session, &reader, reader.size())?;
        let table = table(self.line);
        write(session, &self.out, (&table, group_rows), &origin, |session, rows| {
            let places = Places::of(&table);
            let bar = session.progress("exporting", Unit::Entries);
            let mut done = 0;
            let (start, total) = (self.wanted.from_seq.min(end), end.saturating_sub(self.wanted.from_seq));
            self.each(&reader, start, end, &mut |entry, line| {
                done += 1;
                bar.at(done, Some(total));
                places.put(rows, &entry, line.as_deref())
            })
        })
    }

    /// Hands the entries over, each with its line if that is wanted, until one fails.
    fn each(
        &self,
        reader: &Reader,
        start: u64,
        end: u64,
        take: &mut dyn FnMut(Entry, Option<String>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut failure = FirstError::default();
        let Some(partner) = &self.wanted.partner else {
            let read = |_, line: &str| Entry::read(line).map(|entry| (entry, self.line.then(|| line.to_owned())));
            reader.map(start, end, &read, &mut |row| {
                failure.flow(row.map_err(Error::from).and_then(|(entry, line)| take(entry, line)))
            })?;
            return failure.end();
        };
        let mut has_failed = false;
        reader.each_entry(partner.as_str(), start, end, &mut |entry| {
            if !has_failed {
                let line = self.line.then(|| reader.line(entry.seq)).transpose();
                let row = line.map_err(Error::from).and_then(|line| take(entry, line));
                has_failed = failure.flow(row).is_break();
            }
        })?;
        failure.end()
    }
}

/// The table, with the column of the lines or without it.
pub(super) fn table(line: bool) -> Table {
    let line = if line { LINE_COLUMN } else { "" };
    Table::new(&format!("message entries {{ {COLUMNS} {line} }}"), ASCENDING, UNIQUE)
}

/// Where each field of an entry stands in the table.
struct Places {
    seq: usize,
    recorded_at: usize,
    id: usize,
    event_type: usize,
    partner: usize,
    location: usize,
    effective_at: usize,
    month: usize,
    note: usize,
    source: usize,
    line: Option<usize>,
    /// Those of the fields that a type has of its own, in their canonical order.
    own: BTreeMap<EventType, Vec<Option<usize>>>,
}

impl Places {
    fn of(table: &Table) -> Self {
        let place = |name| table.place(name).expect("the table has the columns that every entry has");
        let own = |kind: EventType| kind.own_fields().map(|field| table.place(field.name)).collect();
        Self {
            seq: place("seq"),
            recorded_at: place("recorded_at"),
            id: place("id"),
            event_type: place("type"),
            partner: place("partner"),
            location: place("location"),
            effective_at: place("effective_at"),
            month: place("month"),
            note: place("note"),
            source: place("source"),
            line: table.place("line"),
            own: EventType::ALL.iter().map(|&kind| (kind, own(kind))).collect(),
        }
    }

    /// Makes the row of an entry.
    fn put(&self, rows: &mut Rows<'_>, entry: &Entry, line: Option<&str>) -> Result<(), Error> {
        let Entry { seq, recorded_at, event: Event { id, partner, location, when, fact, note, source } } = entry;
        rows.put(self.seq, Cell::Int64(seq.cast_signed()));
        rows.put(self.recorded_at, Cell::Int64(recorded_at.micros()));
        rows.put(self.id, Cell::Bytes(id.0.as_bytes()));
        rows.put(self.event_type, Cell::Bytes(fact.event_type().name().as_bytes()));
        match when {
            When::At(instant) => rows.put(self.effective_at, Cell::Int64(instant.micros())),
            When::In(month) => rows.put(self.month, day(month.first_day())),
        }
        let mut own = self.own.get(&fact.event_type()).into_iter().flatten();
        fact.each_value(&mut |value| {
            if let (Some(&Some(column)), Some(value)) = (own.next(), value) {
                with_cell(&value, |cell| rows.put(column, cell));
            }
        });
        for (column, text) in [
            (Some(self.partner), partner.as_ref().map(AsRef::as_ref)),
            (Some(self.location), location.as_ref().map(AsRef::as_ref)),
            (Some(self.note), note.as_ref().map(AsRef::as_ref)),
            (Some(self.source), source.as_ref().map(AsRef::as_ref)),
            (self.line, line),
        ] {
            if let (Some(column), Some(text)) = (column, text) {
                rows.put(column, Cell::Bytes(str::as_bytes(text)));
            }
        }
        rows.end_row()
    }
}
