//! Runs a command: parses the arguments, resolves them, and turns an error into text and an exit code.

use std::ffi::OsString;
use std::io::Write;
use std::panic;
use std::thread;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, FromArgMatches as _};
use tracing::{Dispatch, Level};
use tracing_subscriber::fmt::time::uptime;

use crate::args::{self, Cli, Color, Format, Global};
use crate::commands::Run as _;
use crate::commands::serve::sources;
use crate::console::Console;
use crate::env::{Env, Stream};
use crate::given;
use crate::hints::Hints;
use crate::version;
use app::Error;

/// The exit code of a command that did what was asked but for a part, which it names.
const DONE_IN_PART: u8 = 4;

/// Options that take a verifier key. An error does not quote a text that is none: it may be part of a private key.
const OPTIONS_OF_KEYS: [&str; 2] = ["--key ", "--witness "];

/// Runs the command with its arguments, the first of which is its own name, and returns the exit code.
///
/// 0 done; 1 refused, not found or failed; 2 wrong usage; 3 verification failed; 4 done in part; 128 and the number of a
/// signal that ended an import.
pub fn run(args: impl IntoIterator<Item = OsString>, env: &mut Env) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // Before anything is read of it, for whatever refuses an argument shows it.
    if let Some(place) = given::secret_place(&args, env) {
        let format = if wants_json(&args) { Format::Json } else { Format::Text };
        return fail(secret_given(&place), format, &Hints::default(), env);
    }
    args::set_today(&args, env);
    let command = args::at_width(args::command().long_version(version::text(env.commit)), env.width);
    let mut matches = command.clone().try_get_matches_from(&args);
    if let Ok(Some(("serve", typed))) = matches.as_ref().map(ArgMatches::subcommand) {
        match sources::further_arguments(typed, env) {
            Ok(further) => matches = command.try_get_matches_from(args.iter().cloned().chain(further)),
            Err(error) => {
                let format = if wants_json(&args) { Format::Json } else { Format::Text };
                return fail(error, format, &Hints::default(), env);
            }
        }
    }
    let parsed = matches.and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut args::command()))?;
        Ok((command_words(&matches), cli))
    });
    let (words, Cli { global, command }) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(error, &args, env),
    };
    let hints = Hints::of(&words, global.ledger.as_deref());
    let log = log(&global, command.logs_json(), env);
    let format = global.format;
    let mut console = Console::new(&global, hints.clone(), env);
    let done = tracing::dispatcher::with_default(&log, || {
        let done = command.run(&mut console);
        let done = done.and(console.stdout.flush().map_err(Error::output));
        tracing::info!("the command is done");
        done
    });
    let ending = if console.is_partial { DONE_IN_PART } else { 0 };
    match (done, console.session.done) {
        (Ok(()), _) => ending,
        (Err(error), _) if error.is_broken_pipe() => ending,
        (Err(error), done) => fail(done.and_then(error), format, &hints, env),
    }
}

/// The words of the command, such as `audit verify`.
fn command_words(matches: &ArgMatches) -> String {
    let deeper = |matches: &ArgMatches| matches.subcommand().map(|(word, matches)| (word.to_owned(), matches.clone()));
    let words = std::iter::successors(deeper(matches), |(_, matches)| deeper(matches)).map(|(word, _)| word);
    words.collect::<Vec<String>>().join(" ")
}

/// The log: warnings, and what `-v` asks for with the seconds since the beginning; for programs, with the instant.
fn log(global: &Global, is_json: bool, env: &Env) -> Dispatch {
    let stderr: Stream = env.stderr.clone();
    let log = tracing_subscriber::fmt()
        .with_target(false)
        .with_ansi(global.color.is_used(env.stderr_is_terminal, env))
        .with_max_level(level(global))
        // Where nobody reads the log any more, there is nobody to tell; to try it ends in a panic.
        .log_internal_errors(false)
        .with_writer(move || stderr.clone());
    if is_json {
        return Dispatch::new(log.json().flatten_event(true).with_current_span(false).with_span_list(false).finish());
    }
    if global.verbose == 0 {
        return Dispatch::new(log.without_time().finish());
    }
    Dispatch::new(log.with_timer(uptime()).finish())
}

/// Leaves it to a warning to say what panics in the cache, because that ends nothing.
pub fn hide_panics_of_cache() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !thread::current().name().is_some_and(ledger::is_cache_thread) {
            usual(info);
        }
    }));
}

/// The error about a secret on the command line or in its environment.
fn secret_given(place: &str) -> Error {
    Error::usage(format!("{place} holds a secret, which is not shown and not used"))
        .hint(
            "`--key` and `--witness` take the verifier key, which `pcs key show` prints; the key that signs is read from \
             the file of `--key-file` or from PCS_KEY",
        )
        .hint("others may have read it here: a key that was shown is changed by `pcs key rotate`")
}

/// Writes an error, and returns its exit code.
fn fail(error: Error, format: Format, hints: &Hints, env: &mut Env) -> u8 {
    let error = error.map_hints(|hint| hints.completed(hint).into_owned());
    write_error(&error, format, &mut env.stderr);
    error.exit_code()
}

/// Writes an error. A failure to write it is ignored.
pub(crate) fn write_error(error: &Error, format: Format, stderr: &mut Stream) {
    match format {
        Format::Text => stderr.tell(&error.to_text()),
        Format::Json => {
            drop(stderr.write_all(error.to_json().as_bytes()));
            drop(stderr.flush());
        }
    }
}

/// Answers arguments that run no command: help and version on stdout, all else on stderr.
fn refuse(mut error: clap::Error, args: &[OsString], env: &mut Env) -> u8 {
    let of_key = |option: &str| OPTIONS_OF_KEYS.iter().any(|key| option.starts_with(key));
    if matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(option)) if of_key(option)) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("...".to_owned()));
    }
    // The types of events have two spellings, of which one is told.
    if let Some(ContextValue::Strings(names)) = error.remove(ContextKind::SuggestedSubcommand) {
        let mut told: Vec<String> = Vec::new();
        for name in names.iter().map(|name| name.replace('_', "-")) {
            if !told.contains(&name) {
                told.push(name);
            }
        }
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(told));
    }
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_answer {
        let text = rendered(&error, env.stdout_is_terminal, env);
        let written = env.stdout.write_all(text.as_bytes()).and_then(|()| env.stdout.flush());
        return match written.map_err(Error::output) {
            Err(error) if !error.is_broken_pipe() => fail(error, Format::Text, &Hints::default(), env),
            Ok(()) | Err(_) => 0,
        };
    }
    if wants_json(args) {
        return fail(usage_error(&error.render().to_string()), Format::Json, &Hints::default(), env);
    }
    env.stderr.tell(&rendered(&error, env.stderr_is_terminal, env));
    2
}

/// The error that a text of clap tells: its first paragraph on a line, and what may be typed instead as hints.
pub(crate) fn usage_error(text: &str) -> Error {
    let mut paragraphs = text.split("\n\n").map(|paragraph| paragraph.lines().map(str::trim));
    let mut first = paragraphs.next().into_iter().flatten();
    let head = first.next().unwrap_or_default();
    let (values, names): (Vec<&str>, Vec<&str>) = first.partition(|line| line.starts_with('['));
    let head = head.strip_prefix("error: ").unwrap_or(head);
    let message = if names.is_empty() { head.to_owned() } else { format!("{head} {}", names.join(", ")) };
    let values = values.iter().map(|line| line.trim_matches(['[', ']']));
    let tips = paragraphs.flatten().filter_map(|line| line.strip_prefix("tip: "));
    values.chain(tips).fold(Error::usage(message), Error::hint)
}

/// The text of an answer of clap, in colour where the stream shows it.
fn rendered(error: &clap::Error, is_terminal: bool, env: &Env) -> String {
    let text = error.render();
    if Color::Auto.is_used(is_terminal, env) { text.ansi().to_string() } else { text.to_string() }
}

/// Whether arguments that could not be read ask for JSON all the same.
fn wants_json(args: &[OsString]) -> bool {
    args.iter().any(|arg| arg == "--format=json")
        || args.windows(2).any(|pair| matches!(pair, [name, value] if name == "--format" && value == "json"))
}

fn level(global: &Global) -> Level {
    match (global.quiet, global.verbose) {
        (true, _) => Level::ERROR,
        (false, 0) => Level::WARN,
        (false, 1) => Level::INFO,
        (false, 2) => Level::DEBUG,
        (false, _) => Level::TRACE,
    }
}
