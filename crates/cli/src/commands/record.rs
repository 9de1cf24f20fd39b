//! `record`: one event, typed by a person.

use app::Error;
use app::record::Request;
use clap::{Arg, ArgAction, ArgMatches, FromArgMatches};
use ledger::EventType;

use crate::commands::Run;
use crate::console::{Console, write_line};

/// The event, whose fields are options: clap is told of them by the table of kinds, so that the help stands below.
#[derive(Debug)]
pub(crate) struct Args(Request);

impl Run for Args {
    fn run(self, console: &mut Console<'_>) -> Result<(), Error> {
        let record = self.0.run(&mut console.session)?;
        write_line(console.stdout, &record.line)?;
        let said = if record.is_new { "recorded as" } else { "recorded already as" };
        console.say(&format!("{said} entry {}", record.seq));
        Ok(())
    }
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
                 the ledger keeps it. An event that contradicts what is known, or names a certification that the \
                 catalogue lacks, is refused unless forced; one that is not well formed always is.",
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
        for field in event_type.fields() {
            if let Some(values) = matches.get_many::<String>(field.name) {
                fields.push((field.name, values.cloned().collect()));
            }
        }
        Ok(Self(Request { event_type, fields, force: matches.get_flag("force") }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn subcommand(event_type: EventType) -> clap::Command {
    let options = event_type.fields().map(|field| {
        Arg::new(field.name)
            .long(field.name.replace('_', "-"))
            .value_name(field.sign)
            .help(field.help())
            .required(field.is_needed)
            .allow_hyphen_values(matches!(field.name, "value" | "points"))
            .action(if matches!(field.name, "areas" | "metrics") { ArgAction::Append } else { ArgAction::Set })
    });
    let name = event_type.name().replace('_', "-");
    let usage = format!("pcs record {name} [OPTIONS]");
    let command = clap::Command::new(name).alias(event_type.name()).about(event_type.about()).args(options);
    let command = command.override_usage(usage);
    command.arg(Arg::new("force").long("force").action(ArgAction::SetTrue).help(
        "Records it even if it contradicts what is known, names a certification that the catalogue lacks, or its \
             instant is more than a day ahead of the clock",
    ))
}
