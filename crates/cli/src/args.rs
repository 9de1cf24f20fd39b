//! The arguments as they are typed.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory, Parser, ValueEnum};
use ledger::{Area, Date, TimeError, Timestamp, parse_date};

use crate::commands::Command;
use crate::env::Env;

/// The most columns that the help takes.
const HELP_WIDTH: usize = 100;

/// Keeps a ledger of partner associations and computes Partner Capability Scores from it.
///
/// Every fact is recorded once and never changed. A score is asked as of a day, and as it was known at an instant. A day is
/// a date, such as 2025-03-01, or `today`; an instant is one with its offset, or a day, which then means all of it.
#[derive(Debug, Parser)]
#[command(name = "pcs", version, max_term_width = HELP_WIDTH, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options that every command has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The directory of the ledger [env: `PCS_LEDGER`] [default: pcs-ledger]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
    /// How answers and errors are written
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Shows customers and partners by their ids alone, without names
    #[arg(long, global = true)]
    pub(crate) ids: bool,
    /// The present instant, instead of the clock's
    #[arg(long, global = true, value_name = "INSTANT", value_parser = Timestamp::parse)]
    pub(crate) now: Option<Timestamp>,
    /// Waits so many seconds for another process to be done with the ledger, before a command that writes is refused
    #[arg(long, global = true, value_name = "SECONDS", value_parser = whole::<u32>, default_value_t = 0, hide_default_value = true)]
    pub(crate) wait: u32,
    /// Says nothing but the answer and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Logs on stderr what is opened, read, folded and written, with the seconds since the beginning; twice: each step
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: Color,
}

/// How answers and errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object a line
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether colour is used for a stream that may be a terminal.
    pub(crate) fn is_used(self, is_terminal: bool, env: &Env) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && env.variable("NO_COLOR").is_none(),
        }
    }
}

/// The command line as clap knows it.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// A command whose help is no wider than so many columns, if the width is known: clap asks terminals, and not `COLUMNS`.
pub(crate) fn at_width(command: clap::Command, width: Option<usize>) -> clap::Command {
    match width {
        Some(width) => command.term_width(width.min(HELP_WIDTH)),
        None => command,
    }
}

thread_local! {
    /// The day that `today` stands for: clap reads a value by its text alone.
    static PRESENT_DAY: Cell<Date> = const { Cell::new(Date::MIN) };
}

/// Notes the day that `today` stands for among the values of options: that of `--now`, else of the clock.
pub(crate) fn set_today(args: &[OsString], env: &mut Env) {
    let mut texts = args.iter().map(|arg| arg.to_string_lossy());
    let mut said = None;
    while let Some(text) = texts.next() {
        let value =
            if text == "--now" { texts.next() } else { text.strip_prefix("--now=").map(|now| now.to_owned().into()) };
        said = value.and_then(|now| Timestamp::parse(&now).ok()).or(said);
    }
    PRESENT_DAY.set(said.unwrap_or_else(|| (env.now)()).date());
}

/// Reads a whole number.
pub(crate) fn whole<N: FromStr>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|_| "a whole number from 0 on is wanted, and none that is too large")
}

/// Reads a day: a date, or `today`.
pub(crate) fn day(text: &str) -> Result<Date, TimeError> {
    if text == "today" { Ok(PRESENT_DAY.get()) } else { parse_date(text) }
}

/// Reads an instant up to which something is known; a bare day means all of that day.
pub(crate) fn known_at(text: &str) -> Result<Timestamp, TimeError> {
    match day(text) {
        Ok(day) => Ok(Timestamp::end_of(day)),
        Err(_) => Timestamp::parse(text),
    }
}

/// Reads a value by its name, which is one of these.
pub(crate) fn one_of<T: Clone + Send + Sync + 'static>(
    names: impl IntoIterator<Item = impl Into<PossibleValue>>,
    from_name: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names)
        .map(move |name| from_name(&name).expect("the possible values are the names that have a value"))
}

/// Reads an area by its name.
pub(crate) fn area() -> impl TypedValueParser<Value = Area> {
    one_of(Area::NAMES, Area::from_name)
}

/// The option to write although the instant is ahead of the clock.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Force {
    /// Writes even if the instant is more than a day ahead of the system's clock
    #[arg(long)]
    pub(crate) force: bool,
}
