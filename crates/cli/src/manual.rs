//! The manual pages, made from what clap knows and from what stands here.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::command;
use app::Error;

/// The examples: a line that says what for, before one or more that say how.
const EXAMPLES: &str = include_str!("manual/examples.txt");
/// The most examples of a page.
const MOST_EXAMPLES: usize = 8;

/// The exit codes of all commands.
pub(crate) const EXIT_CODES: [(&str, &str); 4] = [
    ("0", "Done."),
    ("1", "Refused, not found or failed; with --format json the error has a code of its own."),
    ("2", "Wrong usage: nothing was done."),
    ("3", "A verification failed."),
];
/// The further exit codes of an import.
pub(crate) const EXIT_CODES_OF_IMPORT: [(&str, &str); 2] = [
    ("4", "Done in part: --skip-bad left lines or files out."),
    ("129, 130, 143", "Interrupted by SIGHUP, SIGINT or SIGTERM: nothing was recorded."),
];

/// The environment variables, each with the option that a command must have to read it, if not every one does.
const ENVIRONMENT: [(&str, Option<&str>, &str); 6] = [
    ("PCS_LEDGER", None, "The directory of the ledger, where --ledger names none."),
    ("PCS_KEY", Some("key_file"), "The text of the key that signs, where --key-file names none."),
    ("PCS_MAP", Some("maps"), "A file of mappings, behind those of --map."),
    ("PCS_LISTEN, PCS_TOKENS, ...", Some("listen"), "Each option has its variable: PCS_ and its name, with _."),
    ("COLUMNS", None, "The width of lines in characters, before that of the terminal."),
    ("NO_COLOR", None, "Set to anything: no colour, unless --color always asks for it."),
];

/// The files of a ledger's directory.
const FILES: [(&str, &str); 9] = [
    ("pcs-ledger/", "The directory of the ledger, unless --ledger or PCS_LEDGER names another."),
    ("pcs-ledger/log/", "The entries: the truth, of which everything else is derived but for the files below."),
    ("pcs-ledger/key", "The key that signs. Keep a copy elsewhere; key.signed beside it is what it signed last."),
    ("pcs-ledger/witnessed/", "Cosigned checkpoints."),
    ("pcs-ledger/people.secret", "The secret of the pseudonyms of persons. Keep a copy elsewhere."),
    ("pcs-ledger/people.json, pcs-ledger/names.json", "Names of persons and of customers, in no backup."),
    ("pcs-ledger/kept/", "Files that import --keep kept, in no backup."),
    ("pcs-ledger/lock", "Held by the one command that writes."),
    ("pcs-ledger/head, index/, states/, cache/, derived.secret", "Derived: made again when they are gone."),
];

/// A manual page.
pub(crate) struct Page {
    /// Its name, as `pcs-audit-verify`.
    pub(crate) name: String,
    /// Its source, for `man`.
    pub(crate) text: Vec<u8>,
}

/// The page of a command, which is named by its path or as its page is.
///
/// # Errors
/// `usage` when there is no such command.
pub(crate) fn page(path: &[String]) -> Result<Page, Error> {
    let asked = path.join("-");
    let is_asked = |command: &Command| {
        let name = name_of(command);
        name == asked || name.strip_prefix("pcs-").unwrap_or_default() == asked
    };
    match all().iter().find(|(_, command)| is_asked(command)) {
        Some((parent, command)) => render(parent.as_deref(), command),
        None => Err(Error::usage(format!("there is no command {:?}", path.join(" "))).hint("`pcs --help` lists them")),
    }
}

/// All pages: of the program, and of each command below it.
pub(crate) fn pages() -> Result<Vec<Page>, Error> {
    all().iter().map(|(parent, command)| render(parent.as_deref(), command)).collect()
}

/// Every command with the name of the page above it.
fn all() -> Vec<(Option<String>, Command)> {
    let mut root = command();
    root.build();
    let mut found = vec![(None, root)];
    let mut next = 0;
    while let Some((_, command)) = found.get(next) {
        let name = name_of(command);
        let below: Vec<_> = shown(command).map(|below| (Some(name.clone()), below.clone())).collect();
        found.extend(below);
        next += 1;
    }
    found
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

fn name_of(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn render(parent: Option<&str>, command: &Command) -> Result<Page, Error> {
    let name = name_of(command);
    let man = Man::new(command.clone().version(env!("CARGO_PKG_VERSION")))
        .manual("Partner Capability Scores")
        .source(concat!("pcs ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    let rendered = man
        .render_title(&mut text)
        .and_then(|()| man.render_name_section(&mut text))
        .and_then(|()| synopsis(command).to_writer(&mut text))
        .and_then(|()| man.render_description_section(&mut text))
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| if command.has_subcommands() { man.render_subcommands_section(&mut text) } else { Ok(()) });
    rendered.map_err(Error::output)?;
    let mut more = Roff::new();
    let codes = EXIT_CODES.iter().chain(EXIT_CODES_OF_IMPORT.iter().filter(|_| parent.is_none() || is_import(&name)));
    terms(&mut more, "EXIT STATUS", codes.map(|(code, what)| (*code, *what)));
    let is_read = |option: &str| parent.is_none() || command.get_arguments().any(|arg| arg.get_id() == option);
    let variables = ENVIRONMENT.iter().filter(|(_, option, _)| option.is_none_or(is_read));
    terms(&mut more, "ENVIRONMENT", variables.map(|(variable, _, what)| (*variable, *what)));
    let files = FILES.iter().take(if parent.is_none() { FILES.len() } else { 1 });
    terms(&mut more, "FILES", files.map(|(file, what)| (*file, *what)));
    examples(&mut more, command);
    see_also(&mut more, parent, command);
    text.extend_from_slice(more.to_roff().as_bytes());
    Ok(Page { name, text })
}

/// How the command is typed, as its help says it.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage);
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for line in usage.lines().map(str::trim).filter(|line| !line.is_empty()) {
        roff.control("PP", []).text([roman(line)]);
    }
    roff
}

fn is_import(name: &str) -> bool {
    name == "pcs-import"
}

/// A section of terms, each with what it means.
fn terms<'a>(roff: &mut Roff, title: &str, terms: impl Iterator<Item = (&'a str, &'a str)>) {
    roff.control("SH", [title]);
    for (term, what) in terms {
        roff.control("TP", []).text([bold(term)]).text([roman(what)]);
    }
}

fn examples(roff: &mut Roff, command: &Command) {
    let path = command.get_bin_name().unwrap_or_else(|| command.get_name());
    roff.control("SH", ["EXAMPLES"]);
    for (what, lines) in examples_of(path) {
        roff.control("PP", []).text([roman(what)]);
        roff.control("nf", []).control("RS", ["4"]);
        for line in lines {
            roff.text([bold(line)]);
        }
        roff.control("RE", []).control("fi", []);
    }
}

/// The first examples of a command, or of those below it: what for, and how. Those of the program itself are marked.
fn examples_of(path: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_taken = true;
    for line in EXAMPLES.lines() {
        match (line.strip_prefix("## "), line.strip_prefix("# ")) {
            (None, None) if is_taken => found.last_mut().into_iter().for_each(|(_, lines)| lines.push(line)),
            (None, None) => {}
            (marked, usual) => {
                is_taken = path != "pcs" || marked.is_some();
                found.extend(marked.or(usual).filter(|_| is_taken).map(|what| (what, Vec::new())));
            }
        }
    }
    found.retain(|(_, lines)| lines.iter().any(|line| is_of(line, path)));
    found.truncate(MOST_EXAMPLES);
    found
}

/// Whether a line runs a command, or one below it.
fn is_of(line: &str, path: &str) -> bool {
    line.split(" | ").any(|command| {
        let mut words = command.trim_start_matches("source <(").split(' ').peekable();
        let mut wanted = path.split(' ');
        let is_program = words.next() == wanted.next();
        while let Some(option) = words.next_if(|word| word.starts_with("--")) {
            // All others that stand before a command have a value.
            if option != "--quiet" {
                words.next();
            }
        }
        is_program && wanted.all(|name| words.next() == Some(name))
    })
}

/// Names the pages above and below.
fn see_also(roff: &mut Roff, parent: Option<&str>, command: &Command) {
    let above = parent.filter(|parent| *parent != "pcs").into_iter().map(str::to_owned);
    let root = parent.map(|_| "pcs".to_owned());
    let pages: Vec<String> = above.chain(root).chain(shown(command).map(name_of)).collect();
    let mut line = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        let end = if at + 1 == pages.len() { "(1)" } else { "(1), " };
        line.extend([bold(page.as_str()), roman(end)]);
    }
    roff.control("SH", ["SEE ALSO"]).text(line);
}
