//! The reference of all commands, made from what clap knows.

use std::fmt::Write as _;

use clap::{Arg, Command};

use crate::args::command;
use crate::manual::{EXIT_CODES, EXIT_CODES_OF_IMPORT};

/// All commands with their options, as Markdown: the text of `docs/cli.md`.
#[must_use]
pub fn reference() -> String {
    let mut root = command();
    root.build();
    let mut out = String::from("# Commands\n\n");
    let _ = writeln!(out, "This page is made from the program: it says what `--help` says.\n");
    if let Some(about) = about_of(&root) {
        let _ = writeln!(out, "{about}\n");
    }
    out.push_str("| command | does |\n|---|---|\n");
    for sub in shown(&root) {
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(out, "| [`{0}`](#pcs-{0}) | {about} |", sub.get_name());
    }
    out.push_str("\n## Global options\n\n");
    options(&mut out, root.get_arguments().filter(|arg| arg.is_global_set()));
    out.push_str("\n## Exit codes\n\n");
    out.push_str("| code | means |\n|---|---|\n");
    for (code, what) in EXIT_CODES.iter().chain(&EXIT_CODES_OF_IMPORT) {
        let _ = writeln!(out, "| {code} | {what} |");
    }
    out.push_str(
        "\nWhen a command fails after it made something durable, its error says so, and how to see it: `the answer could \
         not be written; 1 entry was recorded`. With `--format json` the error has `done`, a list of such texts, before \
         `hints`. What is done need not be done again.\n",
    );
    for sub in shown(&root) {
        describe(&mut out, sub, &format!("pcs {}", sub.get_name()), 2);
    }
    out
}

fn describe(out: &mut String, command: &Command, path: &str, level: usize) {
    let _ = writeln!(out, "\n{} {path}\n", "#".repeat(level));
    if let Some(about) = about_of(command) {
        let _ = writeln!(out, "{about}\n");
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let _ = writeln!(out, "```text\n{usage}\n```");
    let own: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_global_set() && !is_help(arg)).collect();
    if !own.is_empty() {
        out.push('\n');
        options(out, own.into_iter());
    }
    for sub in shown(command) {
        describe(out, sub, &format!("{path} {}", sub.get_name()), level + 1);
    }
}

fn options<'a>(out: &mut String, args: impl Iterator<Item = &'a Arg>) {
    out.push_str("| option | meaning |\n|---|---|\n");
    for arg in args.filter(|arg| !is_help(arg)) {
        let mut meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        if !values.is_empty() && arg.get_action().takes_values() {
            let _ = write!(meaning, ": {}", values.join(", "));
        }
        let default: Vec<String> =
            arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        if !default.is_empty() && arg.get_action().takes_values() {
            let _ = write!(meaning, " (default `{}`)", default.join(" "));
        }
        if arg.is_required_set() {
            meaning.push_str(" (needed)");
        }
        let _ = writeln!(out, "| `{}` | {} |", name(arg), meaning.replace('|', "\\|"));
    }
}

fn name(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value = value.filter(|_| arg.get_action().takes_values());
    match (arg.get_long(), value) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, value) => value.unwrap_or_else(|| arg.get_id().to_string()),
    }
}

fn about_of(command: &Command) -> Option<String> {
    command.get_long_about().or(command.get_about()).map(ToString::to_string)
}

fn is_help(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set())
}
