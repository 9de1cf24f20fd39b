//! `record`: one event, typed by a person.

mod fields;

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, FromArgMatches};
use ledger::{Entry, Event, EventType, Outcome, fields_of, parse_event};
use projection::History;

use super::check;
use crate::console::Console;
use crate::output::names;
use app::Error;
use app::known::Known;
use app::text::json_string;

/// Records one event
///
/// Each field of the event is an option of the same name. The entry is printed as the ledger keeps it. An event that
/// contradicts what is known is refused unless forced; so is one that is not well formed, always.
#[derive(Debug)]
pub(crate) struct Args {
    event_type: EventType,
    /// The fields that were given, in their order.
    fields: Vec<(&'static str, Vec<String>)>,
    force: bool,
}

impl Args {
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let now = console.session.writing_at(self.force)?;
        let event = self.event(console)?;
        if let Some(event) = event.partner.is_some().then(|| event.clone()).filter(|_| !self.force) {
            refuse_contradiction(console, event, now)?;
        }
        if let ledger::Fact::RulebookAdopted { rulebook, .. } = &event.fact {
            app::import::check_rulebook(rulebook)?;
        }
        let mut ledger = console.session.ledger_at(now)?;
        let mut batch = ledger.begin(now);
        let outcome = batch.push(event)?;
        let size = batch.commit()?.size;
        let (seq, said) = match outcome {
            Outcome::New { seq } => {
                console.session.done.recorded(1, size);
                (seq, "recorded as")
            }
            Outcome::Already { seq } => (seq, "recorded already as"),
        };
        let line = ledger.reader().line(seq)?;
        console.line(&line)?;
        console.say(&format!("{said} entry {seq}"));
        Ok(())
    }

    /// Reads the event from a line of JSON made of the options, so that every rule of events holds here too.
    fn event(&self, console: &mut Console<'_>) -> Result<Event, Error> {
        let mut line = format!("{{\"type\":{}", json_string(self.event_type.name()));
        for (name, values) in &self.fields {
            let _ = write!(line, ",{}:{}", json_string(name), json(console, name, values)?);
        }
        line.push('}');
        let new_id = console.session.new_id();
        parse_event(&line, || Some(new_id)).map_err(|refusal| ledger::Refusal { column: None, ..refusal }.into())
    }
}

/// The JSON of a field's values.
fn json(console: &mut Console<'_>, name: &str, values: &[String]) -> Result<String, Error> {
    if name == "areas" {
        let areas = values.iter().flat_map(|value| value.split(',')).map(|area| json_string(area.trim()));
        return Ok(format!("[{}]", areas.collect::<Vec<_>>().join(",")));
    }
    let value = values.first().map_or("", String::as_str);
    Ok(json_string(&match (name, value, value.strip_prefix('@')) {
        ("effective_at", "now", _) => console.session.now().to_string(),
        ("effective_at", "today", _) => console.session.now().date().to_string(),
        ("rulebook", _, Some(path)) => {
            std::fs::read_to_string(console.session.path(path.as_ref())).map_err(Error::file("read", path))?
        }
        _ => value.to_owned(),
    }))
}

/// Kinds of findings that tell of a gap, not of a contradiction: they are said, and refuse nothing.
const GAPS: &[&str] = &["counts_nowhere", "tpor_masked_by_dpor", "uncovered_usage", "unknown_certification"];

/// Refuses an event that gives a finding which the partner does not have without it.
fn refuse_contradiction(console: &mut Console<'_>, event: Event, now: ledger::Timestamp) -> Result<(), Error> {
    let Some(partner) = event.partner.clone() else { return Ok(()) };
    let known = Known::open(&console.session, None)?;
    let mut entries = known.reader.entries(partner.as_str(), known.end)?;
    if entries.iter().any(|entry| entry.event.id == event.id) {
        return Ok(());
    }
    let rules = known.rules_in_force(now.date())?;
    let before = known.findings(&partner, &History::fold(&entries), &rules.book)?;
    entries.push(Entry { seq: known.end, recorded_at: now, event });
    let mut new = known.findings(&partner, &History::fold(&entries), &rules.book)?;
    // Findings are sorted.
    new.retain(|finding| before.binary_search(finding).is_err());
    let (gaps, contradictions): (Vec<_>, Vec<_>) = new.iter().partition(|finding| GAPS.contains(&finding.code));
    if contradictions.is_empty() {
        for finding in gaps {
            console.say(&format!("note: {}", check::text(finding)));
        }
        return Ok(());
    }
    Err(Error::new("contradiction", "the event contradicts what is known")
        .because(contradictions.into_iter().map(check::text))
        .hint("record it all the same with `--force`"))
}

impl clap::Args for Args {
    fn augment_args(command: clap::Command) -> clap::Command {
        // A change of key is signed; `key rotate` makes it.
        let recorded = EventType::ALL.iter().filter(|event_type| **event_type != EventType::KeyRotated);
        let types = recorded.copied().map(subcommand);
        command
            .about("Records one event")
            .long_about(
                "Records one event\n\nEach field of the event is an option of the same name. The entry is printed as \
                 the ledger keeps it. An event that contradicts what is known is refused unless forced; one that is \
                 not well formed always is.",
            )
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_value_name("TYPE")
            .subcommand_help_heading("Types")
            .subcommands(types)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let event_type = EventType::from_name(&name.replace('-', "_")).ok_or_else(missing)?;
        let mut fields = Vec::new();
        for name in all_fields(event_type) {
            if let Some(values) = matches.get_many::<String>(name) {
                fields.push((name, values.cloned().collect()));
            }
        }
        Ok(Self { event_type, fields, force: matches.get_flag("force") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The fields of a type in their canonical order.
fn all_fields(event_type: EventType) -> Vec<&'static str> {
    let mut fields = vec!["id"];
    fields.extend((!event_type.is_shared()).then_some("partner"));
    fields.push("location");
    fields.push(if event_type == EventType::UsageReported { "month" } else { "effective_at" });
    fields.extend(fields_of(event_type));
    fields.extend(["note", "source"]);
    fields
}

fn subcommand(event_type: EventType) -> clap::Command {
    let mut command = clap::Command::new(names::event_command(event_type)).about(fields::about(event_type));
    for name in all_fields(event_type) {
        let argument = Arg::new(name)
            .long(name.replace('_', "-"))
            .value_name(fields::value_name(name))
            .help(fields::help(event_type, name))
            .required(fields::is_required(event_type, name))
            .allow_hyphen_values(name == "value")
            .action(if name == "areas" { ArgAction::Append } else { ArgAction::Set });
        command = command.arg(argument);
    }
    command.arg(
        Arg::new("force").long("force").action(ArgAction::SetTrue).help(
            "Records it even if it contradicts what is known, or its instant is more than a day ahead of the clock",
        ),
    )
}
