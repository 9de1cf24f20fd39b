//! Options of `serve` that are not typed: from the environment, and from a file.
//!
//! What is typed goes first, then the variable, then the line of the file, then the default. The command line knows all
//! options with what they may be, so that a value from elsewhere is read as if it had been typed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use app::Error;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use toml::de::{DeTable, DeValue};

use crate::args;
use crate::env::Env;
use crate::run::usage_error;

/// The option that names the file, and its variable.
const FILE: (&str, &str) = ("config", "PCS_CONFIG");
/// Options of this command that are typed alone.
const TYPED: [&str; 5] = [FILE.0, "open", "check", "help", "version"];
/// The one option of all commands that can stand in the file. Its variable is read by every command.
const OF_ALL: &str = "ledger";
/// What `--check` needs to know.
const OF_CHECK: [&str; 4] = ["listen", "base-path", "tls-cert", "tls-key"];

/// A value that was not typed, and where it stands.
struct Value {
    place: String,
    texts: Vec<OsString>,
}

/// The arguments that come to those that were typed.
///
/// # Errors
/// Wrong usage, with the variable or the line: a key that is no option, a value that it does not take, a file that is no
/// TOML; a file that cannot be read.
pub(crate) fn further_arguments(typed: &ArgMatches, env: &Env) -> Result<Vec<OsString>, Error> {
    let file = typed.get_one::<PathBuf>(FILE.0).cloned().or_else(|| env.variable(FILE.1).map(PathBuf::from));
    let mut root = args::command();
    root.build();
    let serve = root.find_subcommand("serve").map(clap::Command::get_arguments).into_iter().flatten();
    let is_option = |arg: &&Arg| {
        arg.get_long().is_some_and(|name| if arg.is_global_set() { name == OF_ALL } else { !TYPED.contains(&name) })
    };
    let options: Vec<(&str, &Arg)> =
        serve.filter(is_option).filter_map(|arg| arg.get_long().map(|name| (name, arg))).collect();
    let mut lines = match file {
        Some(file) => lines(&env.dir.join(file), &options)?,
        None => Vec::new(),
    };
    let mut further = Vec::new();
    for (name, option) in options {
        let in_file = lines.iter().position(|(key, _)| key == name).map(|place| lines.swap_remove(place).1);
        let is_typed = typed.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
        let is_asked = !typed.get_flag("check") || OF_CHECK.contains(&name);
        if is_typed || !is_asked || (name == OF_ALL && env.variable("PCS_LEDGER").is_some()) {
            continue;
        }
        let variable = variable(name);
        // One that is set to nothing is read as well: nothing is what an option takes, or it does not.
        let value = match env.variables.get(&OsString::from(&variable)) {
            Some(text) => Some(Value { texts: split(text, option), place: variable }),
            None => in_file,
        };
        if let Some(value) = value {
            further.extend(arguments(name, option, &value)?);
        }
    }
    Ok(further)
}

/// The variable of an option.
pub(super) fn variable(option: &str) -> String {
    format!("PCS_{}", option.trim_start_matches('-').replace('-', "_").to_uppercase())
}

/// The values of a variable: of an option that can be repeated, several with commas between them.
fn split(text: &OsStr, option: &Arg) -> Vec<OsString> {
    match text.to_str() {
        Some(text) if is_repeated(option) => text.split(',').map(|part| part.trim().into()).collect(),
        _ => vec![text.to_owned()],
    }
}

fn is_repeated(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::Append)
}

/// A value as it would be typed.
fn arguments(name: &str, option: &Arg, value: &Value) -> Result<Vec<OsString>, Error> {
    let wrong = |why: &str| Error::usage(format!("{}: {why}", value.place));
    let mut typed: Vec<OsString> = Vec::new();
    for text in &value.texts {
        if option.get_action().takes_values() {
            let mut argument = OsString::from(format!("--{name}="));
            argument.push(text);
            typed.push(argument);
        } else {
            match text.to_str() {
                Some("true") => typed.push(format!("--{name}").into()),
                Some("false") => {}
                _ => return Err(wrong("true or false is wanted")),
            }
        }
    }
    if typed.len() > 1 && !is_repeated(option) {
        return Err(wrong("one value is wanted, and no list"));
    }
    let line = ["pcs", "serve"].into_iter().map(OsString::from).chain(typed.iter().cloned());
    match args::command().try_get_matches_from(line) {
        Ok(_) => Ok(typed),
        Err(error) => {
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            Err(usage_error(&format!("error: {}: {text}", value.place)))
        }
    }
}

/// The lines of the file: each key with its value.
fn lines(file: &Path, options: &[(&str, &Arg)]) -> Result<Vec<(String, Value)>, Error> {
    let text = std::fs::read_to_string(file).map_err(Error::file("read", file))?;
    let line_at = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let wrong = |offset: usize, why: &str| {
        Error::usage(format!("{}, line {}: {why}", file.display(), line_at(offset)))
            .hint("a line is `OPTION = VALUE`, as in `listen = \"127.0.0.1:8462\"`; `pcs help serve` has the options")
    };
    let document =
        DeTable::parse(&text).map_err(|error| wrong(error.span().unwrap_or_default().start, error.message()))?;
    let mut lines = Vec::new();
    for (key, value) in document.get_ref() {
        let offset = key.span().start;
        if !options.iter().any(|(name, _)| name == key.get_ref()) {
            return Err(wrong(offset, &format!("there is no option {:?}", key.get_ref())));
        }
        let not_taken = || wrong(offset, "a text, a number, true or false, or a list of texts is wanted");
        let texts = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| text_of(item.get_ref())).collect(),
            one @ (DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_)) => text_of(one).map(|one| vec![one]),
        };
        let place = format!("{}, line {}", file.display(), line_at(offset));
        lines.push((key.get_ref().to_string(), Value { texts: texts.ok_or_else(not_taken)?, place }));
    }
    Ok(lines)
}

fn text_of(value: &DeValue<'_>) -> Option<OsString> {
    match value {
        DeValue::String(text) => Some(text.as_ref().into()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().into()),
        DeValue::Boolean(flag) => Some(flag.to_string().into()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
