//! `diff`: why the score changed.

use ledger::{Area, Date, PartnerId, Timestamp};
use projection::{Comparison, diff};

use crate::args;
use crate::asked::{BasisArg, UnmeasuredArg};
use crate::console::Console;
use crate::output::diff_text;
use app::Error;
use app::ask::diff_json::Answer;
use app::ask::score::Options;
use app::error::{EARLIER_DAY, EARLIER_KNOWLEDGE};
use app::known::{Known, unknown_partner};

/// Tells why the score changed from one day to another, and from what was known then to what is known now
///
/// For each metric, the change of the points is split into contributions that add up to it exactly, each with its cause
/// and its entries. First comes what became known between the two instants, as of the first day: retractions,
/// restatements and facts that came late. Then the days pass: rules change, other months are measured, certifications
/// expire, and facts become true. What a cause contributes is the score behind it less the score before it.
///
/// With --format json one object an area, a line each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = args::partner)]
    partner: PartnerId,
    /// The earlier day
    #[arg(long, value_name = "D", value_parser = args::date)]
    from: Date,
    /// The later day; may be the same
    #[arg(long, value_name = "D", value_parser = args::date)]
    to: Date,
    /// The earlier score as it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_from: Option<Timestamp>,
    /// The later score as it was known at this instant, or at the end of this day [default: now]
    #[arg(long, value_name = "K", value_parser = args::known_at)]
    known_to: Option<Timestamp>,
    /// Only this area; can be repeated [default: all]
    #[arg(long = "area", value_name = "A", value_parser = args::area())]
    areas: Vec<Area>,
    /// Which month is measured
    #[arg(long, value_enum, default_value_t)]
    basis: BasisArg,
    /// Whether customers with an association and without figures count
    #[arg(long, value_enum, default_value_t)]
    unmeasured: UnmeasuredArg,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        if self.to < self.from {
            return Err(Error::reversed(EARLIER_DAY, &self.from, &self.to));
        }
        let reader = console.session.reader()?;
        let earlier = Known::of(reader.clone(), self.known_from)?;
        let later = Known::of(reader, self.known_to)?;
        if later.at < earlier.at {
            return Err(Error::reversed(EARLIER_KNOWLEDGE, &earlier.at, &later.at));
        }
        if !earlier.reader.knows(self.partner.as_str(), earlier.end)? {
            return Err(unknown_partner(&self.partner, earlier.at));
        }
        let options = self.options();
        let difference = diff(&Comparison {
            entries: &later.entries(&self.partner)?,
            shared: &later.reader.shared_entries(later.end)?,
            from: (options.question(self.from, false), earlier.end),
            to: (options.question(self.to, false), later.end),
            areas: &options.areas(),
        })?;
        let answer = Answer { partner: &self.partner, known: [earlier.at, later.at], diff: &difference };
        let lines = if console.is_json() { answer.to_json() } else { diff_text::lines(&answer, console.paint) };
        lines.iter().try_for_each(|line| console.line(line))
    }

    /// What a score is asked by.
    fn options(&self) -> Options {
        Options {
            areas: self.areas.clone(),
            basis: self.basis.into(),
            unmeasured: self.unmeasured.into(),
            ..Options::default()
        }
    }
}
