//! What a view asks: one list of options makes the question, its address for programs, and the command of the same answer.

use std::fmt::Display;
use std::io::Cursor;

use app::Session;
use axum::http::HeaderMap;
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use crate::answer::{Form, Produced, told_to};
use crate::entry_list;
use crate::exchange::Exchange;
use crate::parameters::{Parameters, encoded};
use crate::problem::Problem;
use crate::questions::{self, Read};

/// What can be asked.
pub(super) struct Kind {
    /// The path, with `{}` for whom or what it is about.
    path: &'static str,
    read: Read,
    /// The command of the same answer, with the option that says whom it is about.
    command: &'static str,
    /// The forms in which programs get the answer.
    forms: &'static [&'static str],
}

/// What no route answers.
const ALONE: Kind = Kind { path: "", read: questions::ledger, command: "", forms: &[] };
const ONE: &[&str] = &["json"];
const LINES: &[&str] = &["json", "jsonl"];
const TABLE: &[&str] = &["json", "jsonl", "csv"];
const CHART: &[&str] = &["json", "jsonl", "csv", "svg"];

/// The kinds, by what they are called below a view.
#[rustfmt::skip]
mod kinds {
    use super::{CHART, Kind, LINES, ONE, TABLE, entry_list, questions};

    pub(in crate::page) const SCORES: Kind = Kind { path: "/v1/partners/{}/scores", read: questions::scores, command: "score --partner", forms: TABLE };
    pub(in crate::page) const STATUS: Kind = Kind { path: "/v1/partners/{}/status", read: questions::status, command: "status --partner", forms: LINES };
    pub(in crate::page) const FINDINGS: Kind = Kind { path: "/v1/partners/{}/findings", read: questions::findings, command: "check --partner", forms: LINES };
    pub(in crate::page) const TIMELINE: Kind = Kind { path: "/v1/partners/{}/timeline", read: questions::timeline, command: "timeline --partner", forms: CHART };
    pub(in crate::page) const DIFF: Kind = Kind { path: "/v1/partners/{}/diff", read: questions::diff, command: "diff --partner", forms: LINES };
    pub(in crate::page) const FORECAST: Kind = Kind { path: "/v1/partners/{}/forecast", read: questions::forecast, command: "forecast --partner", forms: TABLE };
    pub(in crate::page) const ADVICE: Kind = Kind { path: "/v1/partners/{}/advice", read: questions::advice, command: "advise --partner", forms: ONE };
    pub(in crate::page) const ENTRIES: Kind = Kind { path: "/v1/partners/{}/entries", read: entry_list::of_partner, command: "export --partner", forms: LINES };
    pub(in crate::page) const ENTRY: Kind = Kind { path: "/v1/entries/{}", read: questions::entry, command: "export --from-seq", forms: LINES };
    pub(in crate::page) const PROOF: Kind = Kind { path: "/v1/proofs/{}", read: questions::entry_proof, command: "prove --seq", forms: ONE };
    pub(in crate::page) const CHECKPOINT: Kind = Kind { path: "/v1/checkpoint", read: questions::checkpoint, command: "checkpoint", forms: ONE };
    pub(in crate::page) const RULEBOOK: Kind = Kind { path: "/v1/rulebook", read: questions::rulebook, command: "rulebook show", forms: ONE };
}

pub(super) use kinds::*;

/// A question of a view.
pub(super) struct Asked {
    kind: &'static Kind,
    /// What it is called below the view.
    name: &'static str,
    of: String,
    options: Vec<(&'static str, String)>,
    /// Events that are assumed, a line each.
    events: String,
    /// The command, where the options do not make it.
    command: Option<String>,
}

impl Asked {
    pub(super) fn new(kind: &'static Kind, name: &'static str, of: impl Display) -> Self {
        Self { kind, name, of: of.to_string(), options: Vec::new(), events: String::new(), command: None }
    }

    /// A command of an answer that the view itself gives programs.
    pub(super) fn command_alone(command: String) -> Self {
        Self::new(&ALONE, "table", "").by(command)
    }

    /// The same with an option.
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.options.push((name, value.to_string()));
        self
    }

    /// The same with an option, if it has a value.
    pub(super) fn with_some(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same as it was known at the instant of a view, by the month that it measures.
    pub(super) fn known(self, visit: &Visit) -> Self {
        self.with_some("known_at", visit.times.known_at).on_basis(visit)
    }

    /// The same by the month that a view measures.
    pub(super) fn on_basis(self, visit: &Visit) -> Self {
        self.with_some("basis", visit.times.basis.as_ref())
    }

    /// The same with events that are assumed.
    pub(super) fn assuming(self, events: &str) -> Self {
        Self { events: events.to_owned(), ..self }
    }

    /// The same by a command of its own.
    pub(super) fn by(self, command: String) -> Self {
        Self { command: Some(command), ..self }
    }

    fn path(&self) -> String {
        self.kind.path.replacen("{}", &encoded(&self.of), 1)
    }

    fn query(&self) -> String {
        let options = self.options.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        options.collect::<Vec<_>>().join("&")
    }

    /// The address at which programs ask it.
    fn address(&self, base: &str, form: &str) -> String {
        let query = self.query();
        let and = if query.is_empty() { "" } else { "&" };
        format!("{base}{}?{query}{and}format={form}", self.path())
    }

    /// The command of the same answer.
    fn command(&self) -> String {
        if let Some(command) = &self.command {
            return command.clone();
        }
        let mut command = format!("pcs {}", self.kind.command);
        if self.kind.path.contains("{}") {
            command.extend([" ", &quoted(&self.of)]);
        }
        for (name, value) in &self.options {
            let option = name.replace('_', "-");
            match *name {
                "explain" => command.push_str(" --explain"),
                "area" => value.split(',').for_each(|area| command.extend([" --area ", area])),
                _ => command.extend([" --", &option, " ", &quoted(value)]),
            }
        }
        if !self.events.is_empty() {
            command.extend([" --assume - <<'EVENTS'\n", &self.events, "EVENTS"]);
        }
        command
    }

    /// Asks it.
    ///
    /// # Errors
    /// Those of the question, as whoever looks at the view may know them.
    pub(super) fn ask(&self, visit: &Visit, session: &mut Session<'_>) -> Result<Answered, Problem> {
        self.ask_for(Form::Json, visit, session)
    }

    /// The same, with the table or the picture of a form.
    pub(super) fn ask_for(&self, form: Form, visit: &Visit, session: &mut Session<'_>) -> Result<Answered, Problem> {
        let body = (!self.events.is_empty()).then(|| self.events.clone().into_bytes());
        let names: Vec<&str> = self.options.iter().map(|(name, _)| *name).collect();
        let parameters = Parameters::read(Some(&self.query()), &names, (visit.shared.today(), body.is_some()))?;
        let exchange = Exchange {
            shared: visit.shared.clone(),
            path: self.path(),
            headers: HeaderMap::new(),
            access: visit.access.clone(),
            body: None,
        };
        let question = (self.kind.read)(&exchange, &parameters)?;
        let asked = (question.ask)(session, &mut Cursor::new(body.unwrap_or_default()), form);
        let produced = asked.map_err(|error| told_to(error, &visit.access))?;
        let lines = produced.lines.iter().flat_map(|line| line.split('\n')).filter(|line| !line.is_empty());
        let items = lines.map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
        Ok(Answered { items, produced })
    }
}

/// What a question of a view comes to.
pub(super) struct Answered {
    /// The objects that the command prints.
    pub(super) items: Vec<Value>,
    /// The same as it is told.
    pub(super) produced: Produced,
}

impl Answered {
    /// The first of the objects.
    pub(super) fn first(self) -> Value {
        self.items.into_iter().next().unwrap_or_default()
    }
}

/// A word of a command as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:,=@+%".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The name of a form for people.
pub(super) fn form_name(form: &str) -> &'static str {
    match form {
        "json" => "JSON",
        "jsonl" => "JSON Lines",
        "csv" => "CSV",
        _ => "SVG",
    }
}

/// What a view asked, for programs and as commands.
pub(super) fn same(asked: &[Asked], base: &str) -> Markup {
    html! {
        @for (nth, asked) in asked.iter().enumerate() {
            @let command = asked.command();
            @let id = if nth == 0 { "command".to_owned() } else { format!("command-{}", nth + 1) };
            div.same {
                // What is assumed is in no address of programs: they send the events.
                @if asked.events.is_empty() && !asked.kind.forms.is_empty() {
                    p.exports {
                        "The " (asked.name) " for programs: "
                        @for form in asked.kind.forms { a href=(asked.address(base, form)) { (form_name(form)) } " " }
                    }
                }
                @if !command.is_empty() {
                    @if command.contains('\n') { pre tabindex="0" { code.command id=(id) { (command) } } }
                    @else { p { "The same by the command: " code.command id=(id) { (command) } } }
                    p.copies { button.copy type="button" data-copies=(id) hidden { "Copy" span.hidden { " the command of the " (asked.name) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, SCORES, quoted};

    #[test]
    fn a_question_is_an_address_and_a_command_of_the_same_options() {
        let asked =
            Asked::new(&SCORES, "score", "6034453").with("as_of", "2025-03-31").with("area", "security,data_ai");
        let asked = asked.with_some("known_at", None::<&str>).with("explain", true);
        assert_eq!(
            asked.address("/base", "csv"),
            "/base/v1/partners/6034453/scores?as_of=2025-03-31&area=security,data_ai&explain=true&format=csv"
        );
        assert_eq!(
            asked.command(),
            "pcs score --partner 6034453 --as-of 2025-03-31 --area security --area data_ai --explain"
        );
        let assumed = asked.assuming("{}\n").command();
        assert!(assumed.ends_with(" --explain --assume - <<'EVENTS'\n{}\nEVENTS"), "{assumed}");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, shown) in [
            ("2025-03-31T00:00:00.000000Z", "2025-03-31T00:00:00.000000Z"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm)", "'$(rm)'"),
            ("it's", r"'it'\''s'"),
            ("x\ny", "'x\ny'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
