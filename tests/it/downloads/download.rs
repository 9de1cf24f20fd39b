//! Downloads of a seed: one a month, a file a kind.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};

use super::dials::Dials;
use super::imports::is_long;
use super::kind::Kind;
use super::read::{ReportFacts, read};
use super::reports::rows;
use super::row::Row;
use super::world::{BEFORE, DOWNLOADS, World};
use super::wrapping::Wrapping;
use super::written::{PlainFile, Style};
use crate::histories::Dice;

/// A file that was downloaded.
pub struct Download {
    /// Its month, counted from the world's first.
    pub at: i32,
    /// The day on which it was downloaded.
    pub day: NaiveDate,
    pub kind: Kind,
    /// What its rows say.
    pub read: ReportFacts,
    pub written: PlainFile,
    pub wrapping: Wrapping,
    pub name: String,
    /// Whether the name says the day.
    pub names_day: bool,
}

impl Download {
    /// The file as it is handed over.
    pub fn bytes(&self) -> Vec<u8> {
        self.wrapping.pack(&self.inner_name(), &self.written.bytes())
    }

    /// The name of what is packed.
    pub fn inner_name(&self) -> String {
        self.name.trim_end_matches(".gz").trim_end_matches(".zip").to_owned()
    }
}

/// The downloads of a world, in order; a report without rows is not among them. The short form takes every third
/// month's.
pub fn downloads(world: &World, dials: &Dials) -> Vec<Download> {
    let codes: BTreeMap<&str, &'static str> = world
        .people
        .iter()
        .flat_map(|person| person.certifications.iter().map(|(title, code, _)| (*title, *code)))
        .collect();
    let mut downloads = Vec::new();
    for at in (BEFORE..BEFORE + DOWNLOADS).step_by(if is_long() { 1 } else { 3 }) {
        let mut dice = Dice::new(world.seed, &format!("download {at}"));
        let day = world.month(at + 1).first_day() + Duration::days(dice.range(2, 9));
        let mut kinds = dials.kinds.clone();
        if dials.mixes_kinds {
            dice.shuffle(&mut kinds);
        }
        for kind in &kinds {
            let rows = rows(world, *kind, at);
            if !rows.is_empty() {
                downloads.push(download(world, dials, *kind, &rows, (at, day), &codes));
            }
        }
    }
    downloads
}

fn download(
    world: &World,
    dials: &Dials,
    kind: Kind,
    rows: &[Row],
    (at, day): (i32, NaiveDate),
    codes: &BTreeMap<&str, &'static str>,
) -> Download {
    let mut dice = Dice::new(world.seed, &format!("file {kind:?} {at}"));
    let read = read(kind, rows, codes);
    let written = PlainFile::new(kind, rows, Style::random(&mut dice, dials));
    let wrapping = dice.pick(&dials.wrappings);
    // A file that ends with its month need not say its day.
    let names_day = !read.months.contains(&world.month(at)) || dice.chance(70);
    let stem = match (names_day, dice.chance(50)) {
        (false, _) => format!("{} ({at})", kind.file()),
        (true, true) => format!("{}{}", day.format("%Y%m%d"), kind.file()),
        (true, false) => format!("{}_{day}", kind.file()),
    };
    let name = wrapping.name(&format!("{stem}.{}", written.form().extension()));
    Download { at, day, kind, read, written, wrapping, name, names_day }
}
