//! `demo`: an example ledger, and what it is for.

mod files;
mod restated;

use std::path::{Path, PathBuf};

use ledger::{Area, Date, EventId, Ledger, OpenError, PartnerId, Timestamp, parse_date};
use projection::{Basis, Question, Unmeasured};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::console::Console;
use crate::output::score_text;
use crate::output::table::Table;
use app::Error;
use app::ask::score::Scores;
use app::import::BundledFile;
use app::known::Known;

const PARTNER: &str = "6034453";
const AREA: Area = Area::Infrastructure;
/// The day of the scores.
const AS_OF: &str = "2025-02-28";
/// Before and after the restatement.
const KNOWN: [&str; 2] = ["2025-03-10", "2025-04-30"];

/// Builds an example ledger from bundled reports and shows what the program is for
///
/// The reports are in the real formats, of partners that do not exist. The ledger stays, so that further commands can be
/// tried on it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the ledger is made [default: a new temporary directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// A new folder into which the bundled reports are written, to be imported by hand
    #[arg(long, value_name = "FOLDER")]
    reports: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let typed = self.dir.clone().unwrap_or_else(|| temporary(console));
        let dir = console.session.path(&typed);
        refuse_existing(&dir, &typed)?;
        let steps = files::plan();
        if let Some(typed) = &self.reports {
            write_reports(console, typed, &steps)?;
        }
        let (mut ledger, _) = Ledger::create(&dir, "demo")?;
        let place = typed.display();
        console
            .session
            .done
            .add(format!("an example ledger is in {place}"), format!("`pcs --ledger {place} stats` reads it"));
        app::keep::init::remember(&ledger.dir())?;
        let count = steps.len();
        for step in steps {
            import(console, &mut ledger, &step)?;
        }
        let known = Known::of(ledger.reader(), None)?;
        if console.is_json() {
            let partners: Vec<String> = known.partners()?.iter().map(ToString::to_string).collect();
            let answer =
                json!({"ledger": place.to_string(), "files": count, "entries": known.end, "partners": partners});
            return console.line(&answer.to_string());
        }
        let partners = known.partners()?.len();
        let end = known.end;
        console.line(&format!(
            "An example ledger is in {place}: {end} entries of {partners} partners, from {count} files."
        ))?;
        show(console, &ledger, &typed)
    }
}

/// Writes the reports into a new folder.
fn write_reports(console: &mut Console<'_>, typed: &Path, steps: &[files::Step]) -> Result<(), Error> {
    let folder = console.session.path(typed);
    std::fs::create_dir(&folder).map_err(Error::file("make the folder", typed))?;
    let place = typed.display();
    console
        .session
        .done
        .add(format!("the folder {place} was made"), format!("the reports of the example are in {place}"));
    for step in steps.iter().filter(|step| step.is_report()) {
        std::fs::write(folder.join(step.name), step.bytes).map_err(Error::file("write", &typed.join(step.name)))?;
    }
    Ok(())
}

/// A new directory for what may go away.
fn temporary(console: &mut Console<'_>) -> PathBuf {
    let name = format!("pcs-demo-{}", console.session.new_id());
    let place = console.variable("TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
    place.join(name)
}

fn refuse_existing(dir: &Path, typed: &Path) -> Result<(), Error> {
    let Ok(mut entries) = std::fs::read_dir(dir) else { return Ok(()) };
    if entries.next().is_none() {
        return Ok(());
    }
    if ledger::Reader::open(dir).is_ok() {
        return Err(OpenError::Exists(typed.to_owned()).into());
    }
    Err(Error::file("make a ledger in", typed)(std::io::ErrorKind::DirectoryNotEmpty.into()))
}

fn import(console: &Console<'_>, ledger: &mut Ledger, step: &files::Step) -> Result<(), Error> {
    let mut made = 0_u128;
    let file = BundledFile {
        name: step.name,
        bytes: step.bytes,
        now: step.now,
        new_id: &mut || {
            made += 1;
            EventId(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{} {made}", step.name).as_bytes()))
        },
        new_secret: &mut || Ok(secret()),
    };
    step.request.run_bundled(&console.session, ledger, file).map(drop)
}

/// The secret of the example's pseudonyms, the same in every example: its entries, and so its root, are to be the same
/// everywhere, and its persons do not exist.
fn secret() -> [u8; 32] {
    Sha256::digest(b"the persons of the example do not exist").into()
}

fn show(console: &mut Console<'_>, ledger: &Ledger, typed: &Path) -> Result<(), Error> {
    let partner = PartnerId::new(PARTNER).expect("the partner of the example is a partner's id");
    let as_of = day(AS_OF);
    let [earlier, later] = KNOWN.map(|known_at| Known::of(ledger.reader(), Some(Timestamp::end_of(day(known_at)))));
    let (earlier, later) = (earlier?, later?);
    heading(console, &format!("The score of {PARTNER} as of {AS_OF}, as known on {}", KNOWN[1]))?;
    scores(console, &later, &partner, as_of)?;
    console.line("")?;
    detail(console, &later, &partner, as_of)?;
    heading(console, &format!("The same day, as it was known on {}", KNOWN[0]))?;
    scores(console, &earlier, &partner, as_of)?;
    heading(console, "Why they differ")?;
    let measured = Basis::Live.measured_month(as_of, &later.rules_in_force(as_of)?.book);
    for line in restated::lines(&earlier.entries(&partner)?, &later.entries(&partner)?, measured) {
        console.line(&line)?;
    }
    heading(console, "What to type next")?;
    let pcs = format!("pcs --ledger {}", typed.display());
    for command in [
        format!("score --partner {PARTNER} --as-of {AS_OF} --area {AREA} --explain"),
        format!("score --partner {PARTNER} --as-of {AS_OF} --known-at {} --format json", KNOWN[0]),
        format!("diff --partner {PARTNER} --from {AS_OF} --to {AS_OF} --known-from {} --area {AREA}", KNOWN[0]),
        format!("score --all-partners --as-of {AS_OF}"),
        format!("log --partner {PARTNER} --type association_accepted"),
        "check".to_owned(),
        format!("replay --as-of {AS_OF}"),
        "verify".to_owned(),
    ] {
        console.line(&format!("  {pcs} {command}"))?;
    }
    Ok(())
}

fn day(text: &str) -> Date {
    parse_date(text).expect("the days of the example are dates")
}

fn heading(console: &mut Console<'_>, text: &str) -> Result<(), Error> {
    console.line("")?;
    let text = console.paint.bold(text);
    console.line(&text)?;
    console.line("")
}

/// A line for each area.
fn scores(console: &mut Console<'_>, known: &Known, partner: &PartnerId, as_of: Date) -> Result<(), Error> {
    let mut table = Table::default();
    let paint = console.paint;
    asked(known, as_of, &mut |scores| {
        scores.of(partner, Area::ALL, &mut |answer| {
            let [_, area, points, verdict] = score_text::cells(answer, paint);
            table.row([area, points, verdict]);
            Ok(())
        })
    })?;
    table.lines("  ").iter().try_for_each(|line| console.line(line))
}

/// One area in full.
fn detail(console: &mut Console<'_>, known: &Known, partner: &PartnerId, as_of: Date) -> Result<(), Error> {
    asked(known, as_of, &mut |scores| {
        scores.of(partner, &[AREA], &mut |answer| {
            let paint = console.paint;
            score_text::lines(answer, paint).iter().try_for_each(|line| console.line(line))
        })
    })
}

fn asked(known: &Known, as_of: Date, ask: &mut dyn FnMut(&Scores<'_>) -> Result<(), Error>) -> Result<(), Error> {
    let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
    ask(&Scores::in_force(known, question)?)
}
