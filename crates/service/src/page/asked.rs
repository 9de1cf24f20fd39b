//! What a view asks: one list of options makes the question, its address for programs, and the command of the same answer.

use std::fmt::Display;
use std::io::Cursor;

use app::Session;
use app::text::for_shell;
use axum::http::HeaderMap;
use maud::{Markup, html};
use serde_json::Value;

use super::Visit;
use crate::answer::{Form, Produced, told_to};
use crate::exchange::Exchange;
use crate::parameters::{Parameters, encoded, query};
use crate::problem::Problem;
use crate::route_table::{ROUTES, Route};

/// What can be asked: the path of a route, and the command of the same answer up to the option that says whom it is about.
pub(super) struct Kind {
    path: &'static str,
    command: &'static str,
}

#[rustfmt::skip]
mod kinds {
    use super::Kind;

    pub(in crate::page) const SCORES: Kind = Kind { path: "/v1/partners/{partner}/scores", command: "score --partner" };
    pub(in crate::page) const STATUS: Kind = Kind { path: "/v1/partners/{partner}/status", command: "status --partner" };
    pub(in crate::page) const FINDINGS: Kind = Kind { path: "/v1/partners/{partner}/findings", command: "check --partner" };
    pub(in crate::page) const TIMELINE: Kind = Kind { path: "/v1/partners/{partner}/timeline", command: "timeline --partner" };
    pub(in crate::page) const DIFF: Kind = Kind { path: "/v1/partners/{partner}/diff", command: "diff --partner" };
    pub(in crate::page) const FORECAST: Kind = Kind { path: "/v1/partners/{partner}/forecast", command: "forecast --partner" };
    pub(in crate::page) const ADVICE: Kind = Kind { path: "/v1/partners/{partner}/advice", command: "advise --partner" };
    pub(in crate::page) const ENTRIES: Kind = Kind { path: "/v1/partners/{partner}/entries", command: "export --partner" };
    pub(in crate::page) const ENTRY: Kind = Kind { path: "/v1/entries/{seq}", command: "export --from-seq" };
    pub(in crate::page) const PROOF: Kind = Kind { path: "/v1/proofs/{seq}", command: "prove --seq" };
    pub(in crate::page) const CHECKPOINT: Kind = Kind { path: "/v1/checkpoint", command: "checkpoint" };
    pub(in crate::page) const RULEBOOK: Kind = Kind { path: "/v1/rulebook", command: "rulebook show" };
}

pub(super) use kinds::*;

impl Kind {
    fn route(&self) -> &'static Route {
        ROUTES.iter().find(|route| route.path == self.path).expect("a test looks for the route of each kind")
    }
}

/// A question of a view.
pub(super) struct Asked {
    /// None where the view itself gives programs the answer, and there is a command alone.
    kind: Option<&'static Kind>,
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
        let of = of.to_string();
        Self { kind: Some(kind), name, of, options: Vec::new(), events: String::new(), command: None }
    }

    /// A command of an answer that the view itself gives programs.
    pub(super) fn command_alone(command: String) -> Self {
        let (of, options, events, command) = (String::new(), Vec::new(), String::new(), Some(command));
        Self { kind: None, name: "table", of, options, events, command }
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

    /// The forms in which programs get the answer.
    fn forms(&self) -> &'static [Form] {
        self.kind.map_or(&[], |kind| kind.route().forms)
    }

    fn path(&self) -> String {
        filled(self.kind.map_or("", |kind| kind.path), &self.of)
    }

    /// The address at which programs ask it.
    fn address(&self, base: &str, form: Form) -> String {
        let format = [("format", form.name().to_owned())];
        format!("{base}{}?{}", self.path(), query(self.options.iter().chain(&format)))
    }

    /// The command of the same answer.
    fn command(&self) -> String {
        if let Some(command) = &self.command {
            return command.clone();
        }
        let mut command = format!("pcs {}", self.kind.map_or("", |kind| kind.command));
        if !self.of.is_empty() {
            command.extend([" ", &for_shell(&self.of)]);
        }
        for (name, value) in &self.options {
            let option = name.replace('_', "-");
            match *name {
                "explain" => command.push_str(" --explain"),
                "area" => value.split(',').for_each(|area| command.extend([" --area ", area])),
                _ => command.extend([" --", &option, " ", &for_shell(value)]),
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
        let parameters = Parameters::read(Some(&query(&self.options)), &names, (visit.shared.today(), body.is_some()))?;
        let exchange = Exchange {
            shared: visit.shared.clone(),
            path: self.path(),
            headers: HeaderMap::new(),
            access: visit.access.clone(),
            body: None,
        };
        let route = self.kind.expect("what is a command alone is not asked").route();
        let question = (route.read)(&exchange, &parameters)?;
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

/// A path with something in the place of its part in braces.
pub(super) fn filled(path: &str, part: &str) -> String {
    let parts = path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)));
    parts.map_or_else(|| path.to_owned(), |(before, behind)| format!("{before}{}{behind}", encoded(part)))
}

/// The name of a form for people.
pub(super) fn form_name(form: Form) -> &'static str {
    match form {
        Form::Json => "JSON",
        Form::JsonLines => "JSON Lines",
        Form::Csv => "CSV",
        Form::Svg => "SVG",
        Form::File(media_type) => media_type,
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
                @if asked.events.is_empty() && !asked.forms().is_empty() {
                    p.exports {
                        "The " (asked.name) " for programs: "
                        @for form in asked.forms() { a href=(asked.address(base, *form)) { (form_name(*form)) } " " }
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
    use super::*;

    #[test]
    fn a_question_is_an_address_and_a_command_of_the_same_options() {
        let asked =
            Asked::new(&SCORES, "score", "6034453").with("as_of", "2025-03-31").with("area", "security,data_ai");
        let asked = asked.with_some("known_at", None::<&str>).with("explain", true);
        assert_eq!(
            asked.address("/base", Form::Csv),
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
    fn each_kind_has_a_route_that_names_whom_it_is_about_where_the_command_does() {
        for kind in
            [SCORES, STATUS, FINDINGS, TIMELINE, DIFF, FORECAST, ADVICE, ENTRIES, ENTRY, PROOF, CHECKPOINT, RULEBOOK]
        {
            assert_eq!(kind.route().path.contains('{'), kind.command.contains("--"), "{}", kind.path);
        }
    }
}
