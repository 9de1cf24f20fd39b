//! `advise`: what to change so that an area reaches a target.

use std::path::PathBuf;

use app::Error;
use app::ask::advise::{Request, USUAL_LIMIT, points, price};
use app::text::{counted, plain};
use clap::builder::TypedValueParser;
use ledger::{Area, Date, PartnerId};
use num_rational::BigRational;
use projection::ChangeUnit;

use crate::args;
use crate::asked::FactsArgs;
use crate::commands::Run;
use crate::console::Console;
use crate::output::advise_text;

/// Tells what to change so that an area reaches a target, cheapest first, and on whom the score rests
///
/// The plans are all minimal changes: with less of anything in it, a plan no longer reaches the target with points in
/// every metric. Below them stand the customers and people that could supply what the plans need. A customer, a person
/// and a deployment cost 1 each, growth what it is worth in points, unless --price says otherwise.
///
/// Figures of months that nobody has reported yet are carried from the newest that is, unless --carry none is given. With
/// --format json one object.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The partner
    #[arg(long, value_name = "P", value_parser = PartnerId::new)]
    partner: PartnerId,
    /// The area
    #[arg(long, value_name = "A", value_parser = args::area())]
    area: Area,
    /// The day at whose end (24:00Z) the score is asked
    #[arg(long, value_name = "D", value_parser = args::day)]
    as_of: Date,
    /// The total to be reached [default: that which qualifies]
    #[arg(long, value_name = "T", value_parser = points)]
    target: Option<BigRational>,
    /// The points that every metric is to have, at least [default: more than none]
    #[arg(long, value_name = "POINTS", value_parser = points)]
    margin: Option<BigRational>,
    #[command(flatten)]
    facts: FactsArgs,
    /// What one of a unit costs: customer, person, deployment, usd, mcv or user; can be repeated
    #[arg(long = "price", value_name = "UNIT=X", value_parser = price)]
    prices: Vec<(ChangeUnit, BigRational)>,
    /// Adds none of this unit; can be repeated
    #[arg(long, value_name = "UNIT", value_parser = unit())]
    without: Vec<ChangeUnit>,
    /// How many plans are shown; 0 for all
    #[arg(long, value_name = "N", value_parser = args::whole::<usize>, default_value_t = USUAL_LIMIT)]
    limit: usize,
    /// The number of the plan whose events are written
    #[arg(long, value_name = "N", value_parser = args::whole::<usize>, requires = "events")]
    plan: Option<usize>,
    /// Writes events that bring the plan about to this file, which must not be there yet; --assume takes them
    #[arg(long, value_name = "FILE", requires = "plan")]
    events: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let Self { partner, area, as_of, target, margin, facts: FactsArgs { known_at, figures, beyond }, .. } = self;
        let (basis, unmeasured) = figures.choices();
        let request = Request {
            partner,
            area,
            as_of,
            known_at,
            basis,
            unmeasured,
            beyond: beyond.into(),
            target,
            margin,
            prices: self.prices.into_iter().collect(),
            without: self.without.into_iter().collect(),
            limit: self.limit,
            events: self.plan.zip(self.events),
        };
        let answer = request.run(&console.session, console.stdin)?;
        if let (Some((number, file)), Some(events)) = (&request.events, &answer.advice.events) {
            let (events, file) = (counted(events.len(), "event"), plain(&file.display().to_string()));
            console.remark(&format!("plan {number} is in {file}: {events}"));
        }
        console.answer(&answer.to_json(), |paint| advise_text::lines(&answer, paint))
    }
}

fn unit() -> impl TypedValueParser<Value = ChangeUnit> {
    args::one_of(ChangeUnit::NAMES, ChangeUnit::from_name)
}
