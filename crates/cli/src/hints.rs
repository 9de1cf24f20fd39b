//! Commands in hints: each names the ledger that was asked, as it was typed.

use std::borrow::Cow;
use std::path::Path;

use app::text::for_shell;

/// The commands that ask no ledger, by their first words: they need none, or make another.
const WITHOUT_LEDGER: [&str; 9] =
    ["audit verify", "completions", "demo", "key make", "man", "map", "restore", "rulebook check", "rulebook diff"];
/// How a hint names a command, between backticks.
const PROGRAM: &str = "pcs ";
/// How hints name the option of the ledger, and how `demo` calls its own.
const OPTIONS: [&str; 2] = ["--ledger DIR", "--dir DIR"];
/// What a command has that needs no ledger to be added.
const SELF_CONTAINED: [&str; 2] = ["--ledger", "--help"];

/// How hints name the ledger that was asked. By default there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    has_ledger: bool,
    /// The ledger as the command line names it; else it is found without being named.
    named: Option<String>,
    is_demo: bool,
}

impl Hints {
    /// Those of a command, by its words such as `audit verify`, and the ledger that its options name.
    pub(crate) fn of(command: &str, named: Option<&Path>) -> Self {
        let is_demo = command == "demo";
        Self { is_demo, has_ledger: !needs_none(command), named: named.map(quoted) }
    }

    /// Those about a ledger at a path.
    pub(crate) fn about(ledger: &Path) -> Self {
        Self { has_ledger: true, named: Some(quoted(ledger)), is_demo: false }
    }

    /// A command that asks the same ledger, in backticks; none where there is no ledger.
    pub(crate) fn command(&self, rest: &str) -> Option<String> {
        self.has_ledger.then(|| self.completed(&format!("`{PROGRAM}{rest}`")).into_owned())
    }

    /// A hint whose commands, between backticks, name the ledger.
    pub(crate) fn completed<'t>(&self, hint: &'t str) -> Cow<'t, str> {
        let named = self.named.as_ref().filter(|_| self.has_ledger);
        if named.is_none() && !self.is_demo {
            return Cow::Borrowed(hint);
        }
        let parts = hint.split('`').enumerate().map(|(nth, part)| {
            let is_quoted = nth % 2 == 1;
            match (named, part.strip_prefix(PROGRAM)) {
                (Some(ledger), Some(rest)) if is_quoted && asks(rest) => format!("{PROGRAM}--ledger {ledger} {rest}"),
                _ if is_quoted && self.is_demo && part == OPTIONS[0] => OPTIONS[1].to_owned(),
                _ => part.to_owned(),
            }
        });
        Cow::Owned(parts.collect::<Vec<String>>().join("`"))
    }
}

/// Whether a command asks the ledger that was named.
fn asks(command: &str) -> bool {
    let is_complete = command.split_whitespace().any(|word| SELF_CONTAINED.contains(&word));
    !is_complete && !needs_none(command)
}

fn needs_none(command: &str) -> bool {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    WITHOUT_LEDGER.iter().any(|words| command.strip_prefix(words).is_some_and(is_end))
}

fn quoted(path: &Path) -> String {
    for_shell(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Hints, WITHOUT_LEDGER};
    use crate::args::command;

    #[test]
    fn commands_in_hints_name_the_ledger_that_was_asked() {
        let hints = Hints::of("score", Some(Path::new("my ledger")));
        for (hint, completed) in [
            ("`pcs stats` names the partners", "`pcs --ledger 'my ledger' stats` names the partners"),
            (
                "`pcs init` makes one; `--ledger DIR` another",
                "`pcs --ledger 'my ledger' init` makes one; `--ledger DIR` another",
            ),
            ("`pcs audit verify x` checks it", "`pcs audit verify x` checks it"),
            ("`pcs map check x`, `pcs mapping`", "`pcs map check x`, `pcs --ledger 'my ledger' mapping`"),
            ("`pcs --ledger DIR restore x` makes one", "`pcs --ledger DIR restore x` makes one"),
            ("`pcs restore` reads a backup", "`pcs restore` reads a backup"),
            ("`pcs import --help` lists them", "`pcs import --help` lists them"),
            ("pcs stats is no command here", "pcs stats is no command here"),
            ("delete `index/`", "delete `index/`"),
        ] {
            assert_eq!(hints.completed(hint), completed);
        }
        assert_eq!(hints.command("check").as_deref(), Some("`pcs --ledger 'my ledger' check`"));
    }

    #[test]
    fn a_ledger_that_was_not_named_or_that_there_is_not_is_in_no_hint() {
        let hint = "`pcs stats` names the partners";
        assert_eq!(Hints::of("score", None).completed(hint), hint);
        assert_eq!(Hints::of("score", None).command("check").as_deref(), Some("`pcs check`"));
        let hints = Hints::of("audit verify", Some(Path::new("x")));
        assert_eq!((&*hints.completed(hint), hints.command("check")), (hint, None));
        assert_eq!(Hints::default().command("check"), None);
    }

    #[test]
    fn demo_names_its_own_option() {
        let hints = Hints::of("demo", None);
        assert_eq!(hints.completed("`--ledger DIR` names another directory"), "`--dir DIR` names another directory");
    }

    #[test]
    fn every_command_without_a_ledger_is_a_command() {
        for words in WITHOUT_LEDGER {
            let mut found = Some(command());
            for word in words.split(' ') {
                found = found.and_then(|command| command.find_subcommand(word).cloned());
            }
            assert!(found.is_some(), "{words}");
        }
    }
}
