//! `score`: the score of a partner, or of all.

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::Months;
use clap::ValueEnum;
use ledger::{Area, Date, PartnerId, Timestamp};
use projection::{AreaScore, Basis, BeforeProgram, Desk, History, Question, Unmeasured};

use crate::args;
use crate::error::Error;
use crate::known::{Known, Rules};
use crate::output::score_json::Answer;
use crate::output::score_text;
use crate::output::table::Table;
use crate::session::Session;

/// Shows the score as of a day, as it was known at an instant
///
/// With --format json one object a partner and area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = args::partner, required_unless_present = "all_partners")]
    partner: Option<PartnerId>,
    /// Every partner known
    #[arg(long, conflicts_with = "partner")]
    all_partners: bool,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::date)]
    as_of: Date,
    #[command(flatten)]
    options: Options,
    /// Names the units that counted, or nearly counted, with their entries, by every track and option
    #[arg(long)]
    explain: bool,
}

/// What a score is asked by, beside partner and day.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    pub(crate) areas: Vec<Area>,
    /// As it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    pub(crate) known_at: Option<Timestamp>,
    /// Which month is measured
    #[arg(long, value_enum, default_value_t)]
    pub(crate) basis: BasisArg,
    /// Whether customers with an association and without figures count
    #[arg(long, value_enum, default_value_t)]
    pub(crate) unmeasured: UnmeasuredArg,
    /// Scores by the rules of this file, or the built-in ones of this name, instead of those in force
    #[arg(long, value_name = "FILE")]
    pub(crate) rulebook: Option<PathBuf>,
}

/// Which month is measured.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum BasisArg {
    /// The last month that has ended by the end of the day
    #[default]
    Live,
    /// The month that the programme had published by the day
    Published,
}

/// Whether customers without figures count.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum UnmeasuredArg {
    /// They do not count
    #[default]
    Exclude,
    /// They count
    Include,
}

impl From<BasisArg> for Basis {
    fn from(basis: BasisArg) -> Self {
        match basis {
            BasisArg::Live => Self::Live,
            BasisArg::Published => Self::Published,
        }
    }
}

impl From<UnmeasuredArg> for Unmeasured {
    fn from(unmeasured: UnmeasuredArg) -> Self {
        match unmeasured {
            UnmeasuredArg::Exclude => Self::Exclude,
            UnmeasuredArg::Include => Self::Include,
        }
    }
}

/// The scores of partners on a day, by the same rules.
pub(crate) struct Scores<'a> {
    pub(crate) known: &'a Known,
    pub(crate) rules: &'a Rules,
    pub(crate) found_by: &'a Rules,
    pub(crate) root: [u8; 32],
    pub(crate) question: Question,
}

impl Args {
    pub(crate) fn run(&self, session: &mut Session<'_>) -> Result<(), Error> {
        let known = Known::open(session, self.options.known_at)?;
        let rules = known.rules(session, self.as_of, self.options.rulebook.as_deref())?;
        if self.options.rulebook.is_none() {
            warn_of_age(session, &rules);
        }
        let found_by = known.rules_of_findings()?;
        let question = self.options.question(self.as_of, self.explain);
        let scores = Scores { known: &known, rules: &rules, found_by: &found_by, root: known.root()?, question };
        let areas = self.options.areas();
        match &self.partner {
            Some(partner) => one(session, &scores, partner, &areas),
            None => all(session, &scores, &areas),
        }
    }
}

impl Options {
    pub(crate) fn question(&self, as_of: Date, explain: bool) -> Question {
        Question { as_of, basis: self.basis.into(), unmeasured: self.unmeasured.into(), explain }
    }

    /// The areas in their order, each once.
    pub(crate) fn areas(&self) -> Vec<Area> {
        let is_asked = |area: &&Area| self.areas.is_empty() || self.areas.contains(area);
        Area::ALL.iter().filter(is_asked).copied().collect()
    }
}

impl Scores<'_> {
    /// Scores the areas of a partner by its history, and hands over each answer.
    fn each(
        &self,
        partner: &PartnerId,
        history: &History,
        findings: usize,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let desk = Desk::new(history, &self.rules.book);
        let score = |area| desk.score(area, &self.question);
        self.each_by(&score, partner, findings, areas, on_answer)
    }

    /// Hands over the answer of each area of a partner, scored in some way.
    pub(crate) fn each_by(
        &self,
        score: &dyn Fn(Area) -> Result<AreaScore, BeforeProgram>,
        partner: &PartnerId,
        findings: usize,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for area in areas {
            let score = score(*area)?;
            on_answer(&Answer {
                partner,
                known_at: self.known.at,
                basis: self.question.basis,
                rulebook_name: &self.rules.name,
                rulebook_sha256: self.rules.book.sha256(),
                size: self.known.end,
                root: self.root,
                findings,
                explain: self.question.explain,
                score: &score,
            })?;
        }
        Ok(())
    }

    /// Scores the areas of a partner by what the ledger knows.
    pub(crate) fn of(
        &self,
        partner: &PartnerId,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&Answer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let history = self.known.history(partner)?;
        let findings = self.known.findings(partner, &history, &self.found_by.book)?.len();
        self.each(partner, &history, findings, areas, on_answer)
    }
}

/// Says when the built-in rules were last looked after more than a year before the present instant.
fn warn_of_age(session: &mut Session<'_>, rules: &Rules) {
    let (Cow::Borrowed(book), today) = (&rules.book, session.now().date()) else { return };
    let Some(date) = book.latest_evidence() else { return };
    if date.checked_add_months(Months::new(12)).is_some_and(|last| today > last) {
        session.say(&format!(
            "warning: the built-in rules {} know the programme up to {date}, more than a year ago: \
             a newer version of pcs, or `pcs rulebook adopt FILE`, brings newer ones",
            rules.name
        ));
    }
}

fn one(session: &mut Session<'_>, scores: &Scores<'_>, partner: &PartnerId, areas: &[Area]) -> Result<(), Error> {
    let mut is_first = true;
    scores.of(partner, areas, &mut |answer| {
        if session.is_json() {
            return session.line(&answer.to_json());
        }
        if !std::mem::take(&mut is_first) {
            session.line("")?;
        }
        let paint = session.paint;
        score_text::lines(answer, &scores.rules.book, paint).iter().try_for_each(|line| session.line(line))
    })
}

/// Scores every partner. Reading them one by one would unpack most frames of the log for each; so the log is scanned,
/// once for so many entries that their histories fit into memory.
fn all(session: &mut Session<'_>, scores: &Scores<'_>, areas: &[Area]) -> Result<(), Error> {
    let known = scores.known;
    let partners = known.partners()?;
    let bar = session.progress("scoring", crate::progress::Unit::Entries);
    let mut table = Table::default();
    let (passes, in_a_pass) = known.passes(partners.len());
    for (pass, partners) in (0..).zip(partners.chunks(in_a_pass)) {
        let on_mark = |seq| bar.at(pass * known.end + seq, Some(passes * known.end));
        for (partner, history) in known.histories(partners, &on_mark)? {
            let findings = known.findings(&partner, &history, &scores.found_by.book)?.len();
            scores.each(&partner, &history, findings, areas, &mut |answer| {
                if session.is_json() {
                    return session.line(&answer.to_json());
                }
                table.row(score_text::cells(answer, session.paint));
                Ok(())
            })?;
        }
    }
    bar.end();
    table.lines("").iter().try_for_each(|line| session.line(line))
}
