//! `demo`: an example ledger, and what it is for.

mod ahead;
mod files;
mod restated;

use files::{DemoStep, STEPS};
use std::path::{Path, PathBuf};

use ledger::{Area, Date, EventId, Ledger, OpenError, PartnerId, Timestamp, parse_date};
use projection::{Basis, Question, Unmeasured};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Run;
use crate::console::Console;
use crate::output::labels::Labels;
use crate::output::score_text::{self, ScoreText};
use crate::output::table::Table;
use crate::output::width::folded;
use app::Error;
use app::ask::score::Scores;
use app::import::{AskedKind, BundledFile, Request};
use app::known::Known;
use app::names::Names;
use app::text::for_shell;

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

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let typed = self.dir.unwrap_or_else(|| temporary(console));
        let dir = console.session.path(&typed);
        refuse_existing(&dir, &typed)?;
        if let Some(typed) = &self.reports {
            write_reports(console, typed)?;
        }
        let (mut ledger, _) = Ledger::create(&dir, "demo")?;
        console.session.ledger_dir = dir;
        let (place, pcs) = (typed.display(), pcs(&typed));
        console.session.done.add(format!("an example ledger is in {place}"), format!("`{pcs} stats` reads it"));
        app::keep::init::remember(&ledger.dir())?;
        STEPS.iter().try_for_each(|step| import(console, &mut ledger, step))?;
        console.show(&typed, &Names::read(&ledger.dir())?);
        let known = Known::of(ledger.reader(), None)?;
        let (files, entries, partners) = (STEPS.len(), known.end, known.partners()?);
        if console.is_json() {
            let partners: Vec<&str> = partners.iter().map(PartnerId::as_str).collect();
            let answer = json!({"ledger": place.to_string(), "files": files, "entries": entries, "partners": partners});
            return console.line(&answer.to_string());
        }
        let partners = partners.len();
        console.line(&format!(
            "An example ledger is in {place}: {entries} entries of {partners} partners, from {files} files."
        ))?;
        show(console, &ledger, &typed)
    }
}

/// Writes the reports into a new folder.
fn write_reports(console: &mut Console<'_>, typed: &Path) -> Result<(), Error> {
    let folder = console.session.path(typed);
    std::fs::create_dir(&folder).map_err(Error::file("make the folder", typed))?;
    let place = typed.display();
    console
        .session
        .done
        .add(format!("the folder {place} was made"), format!("the reports of the example are in {place}"));
    for step in STEPS.iter().filter(|step| step.report.is_some()) {
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
    Err(Error::new("occupied", format!("there is a directory that is not empty at {}", typed.display()))
        .hint("`--dir DIR` names another directory"))
}

/// How the program is called for a ledger.
fn pcs(ledger: &Path) -> String {
    format!("pcs --ledger {}", for_shell(&ledger.display().to_string()))
}

fn import(console: &Console<'_>, ledger: &mut Ledger, step: &DemoStep) -> Result<(), Error> {
    let mut made = 0_u128;
    let file = BundledFile {
        name: step.name,
        bytes: step.bytes,
        now: Timestamp::parse(step.now).expect("the instants of the example are instants"),
        new_id: &mut || {
            made += 1;
            EventId(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{} {made}", step.name).as_bytes()))
        },
        new_secret: &mut || Ok(secret()),
    };
    let (kind, partner) = step.report.map(|(kind, partner)| (AskedKind::Report(kind), id(partner))).unzip();
    Request { kind, partner, ..Request::default() }.run_bundled(&console.session, ledger, file).map(drop)
}

/// The secret of the example's pseudonyms, the same in every example: its entries, and so its root, are to be the same
/// everywhere, and its persons do not exist.
fn secret() -> [u8; 32] {
    Sha256::digest(b"the persons of the example do not exist").into()
}

fn id(partner: &str) -> PartnerId {
    PartnerId::new(partner).expect("the partners of the example have ids of partners")
}

fn show(console: &mut Console<'_>, ledger: &Ledger, typed: &Path) -> Result<(), Error> {
    let (partner, as_of) = (id(PARTNER), day(AS_OF));
    let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
    let [earlier, later] = KNOWN.map(|known_at| Known::of(ledger.reader(), Some(Timestamp::end_of(day(known_at)))));
    let (earlier, later) = (earlier?, later?);
    let (labels, width) = (console.labels(), console.width);
    let scores = Scores::in_force(&later, question)?.with_plans();
    heading(console, &format!("The score of {PARTNER} as of {AS_OF}, as known on {}", KNOWN[1]))?;
    overview(console, &scores, &partner)?;
    console.line("")?;
    let mut text = ScoreText::new(console.paint, width);
    scores.of(&partner, &[AREA], &mut |answer| {
        text.add(answer, &labels);
        Ok(())
    })?;
    console.lines(&text.lines())?;
    heading(console, &format!("The same day, as it was known on {}", KNOWN[0]))?;
    overview(console, &Scores::in_force(&earlier, question)?, &partner)?;
    heading(console, "Why they differ")?;
    let measured = Basis::Live.measured_month(as_of, &later.rules_in_force(as_of)?.book);
    console.lines(&restated::lines(&earlier.entries(&partner)?, &later.entries(&partner)?, measured, &labels))?;
    ahead::show(console, later.at)?;
    heading(console, "What to type next")?;
    let pcs = pcs(typed);
    let scores = [
        format!("score --partner {PARTNER} --as-of {AS_OF} --area {AREA} --explain"),
        format!("score --partner {PARTNER} --as-of {AS_OF} --known-at {} --format json", KNOWN[0]),
        format!("diff --partner {PARTNER} --from {AS_OF} --to {AS_OF} --known-from {} --area {AREA}", KNOWN[0]),
        format!("score --all-partners --as-of {AS_OF}"),
    ];
    let others = [
        format!("log --partner {PARTNER} --type association_accepted"),
        "check".to_owned(),
        format!("replay --as-of {AS_OF}"),
        "verify".to_owned(),
    ];
    for command in scores.into_iter().chain(ahead::commands()).chain(others) {
        // As a shell reads it, in one line or in several.
        let lines =
            folded(&format!("  {pcs} {command}"), console.width.map_or(usize::MAX, |width| width.saturating_sub(2)));
        if let [first @ .., last] = lines.as_slice() {
            first.iter().try_for_each(|line| console.line(&format!("{line} \\")))?;
            console.line(last)?;
        }
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
fn overview(console: &mut Console<'_>, scores: &Scores<'_>, partner: &PartnerId) -> Result<(), Error> {
    let mut table = Table::default();
    scores.of(partner, Area::ALL, &mut |answer| {
        let [_, area, points, verdict] = score_text::cells(answer, &Labels::default(), console.paint);
        table.row([area, points, verdict]);
        Ok(())
    })?;
    console.lines(&table.lines_within("  ", console.width))
}
