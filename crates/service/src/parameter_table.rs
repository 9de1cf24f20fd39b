//! What each parameter may be: requests are read by it, and the document of the API is made from it.

use std::path::Path;

use app::ask::timeline::{STEPS, THEN};
use app::beyond::Carried;
use ledger::{Area, EventType, Month, PartnerId};
use projection::{Basis, ChangeUnit, Status, Unmeasured};
use reports::Kind as Report;
use serde_json::{Value, json};

use crate::parameters::{Parameters, TODAY, one_of, whole_number};
use crate::problem::Problem;
use crate::sort::SORTS;
use crate::stream::Envelope;

/// What stands for whatever a report is recognised as.
pub(crate) const AUTO: &str = "auto";
/// Things in a part of a list at most.
const MOST: u64 = 1_000;
/// Characters of a text that is looked for, or names something, at most.
const MOST_TEXT: usize = 1_024;
/// Bytes of the name of a file at most.
const MOST_NAME: usize = 255;

/// A parameter.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    form: Form,
    pub(crate) about: &'static str,
}

/// The form of a parameter.
enum Form {
    Day,
    Instant,
    /// An instant, or each day as it was known at its own end.
    InstantOrThen,
    Month,
    Flag,
    /// A whole number: the least, the most, and what it is where it is left out.
    Whole(u64, u64, Option<u64>),
    /// One of some names; the first where it is left out, if that is said.
    Name(&'static [&'static str], Option<&'static str>),
    /// A list of names.
    Names(&'static [&'static str]),
    /// What a pattern tells, and what its command reads.
    Points,
    Prices,
    /// A kind of report, or whatever it is recognised as.
    Report,
    Uuid,
    Partner,
    /// The name of a file, without a path.
    FileName,
    Text,
}

/// A parameter of a form, and what is said of it.
const fn of(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, form, about }
}

/// Sizes and numbers of entries.
const SEQ: Form = Form::Whole(0, u64::MAX, None);

/// What stands in the place of a parameter on paths with an end.
const OWN: [(&str, Parameter); 3] = [
    ("/entries", of("after", SEQ, "goes on behind a part of the list: what `next` of that part says")),
    (
        "/timeline",
        of("known_at", Form::InstantOrThen, "up to when entries count; `then`: each day as it was known at its end"),
    ),
    ("/advice", of("limit", Form::Whole(1, MOST, Some(10)), "how many plans are told")),
];

/// All other parameters.
const PARAMETERS: [Parameter; 40] = [
    of("after", Form::Text, "goes on behind a part of the list: what `next` of that part says"),
    of("anniversary", Form::Day, "up to when the designation was bought, whatever the enrolments say"),
    of("area", Form::Names(Area::NAMES), "these areas alone"),
    of("as_of", Form::Day, "the day at whose end it is asked"),
    of("basis", Form::Name(Basis::NAMES, Some(Basis::Live.name())), "which month is measured"),
    of("build", Form::Text, "the build of the service; another one refuses the request (409)"),
    of("carry", Form::Name(Carried::NAMES, None), "which figures the months have that nobody has reported"),
    of("carry_from", Form::Month, "the month from which figures are carried"),
    of("customer", Form::Uuid, "of this customer alone"),
    of("downloaded", Form::Day, "the day on which the report was downloaded"),
    of("dry_run", Form::Flag, "tries it, and records nothing"),
    of("envelope", Form::Name(Envelope::NAMES, None), "each entry as an event of CloudEvents 1.0"),
    of("explain", Form::Flag, "the units behind the figures, too"),
    of("format", Form::Text, "the form of the answer, whatever the header `Accept` says"),
    of("from", Form::Day, "the first day"),
    of("from_seq", SEQ, "from this entry on"),
    of("kind", Form::Report, "the kind of the report"),
    of("known_at", Form::Instant, "up to when entries count; the newest entry without it"),
    of("known_from", Form::Instant, "the first instant up to which entries count"),
    of("known_to", Form::Instant, "the last instant up to which entries count"),
    of("limit", Form::Whole(1, MOST, Some(100)), "how many items are told"),
    of("margin", Form::Points, "points that no metric may be below"),
    of("name", Form::FileName, "the name of the file, without a path"),
    of("partner", Form::Partner, "the partner that the report is of, where it does not say so"),
    of("price", Form::Prices, "what a unit costs"),
    of("q", Form::Text, "a text that the id of the partner contains"),
    of("size", SEQ, "so many entries, from the first on; all without it"),
    of("snapshot", Form::Flag, "the report is all that there is of its month"),
    of("sort", Form::Name(&SORTS, Some("partner")), "by what the lines are put in order; `-` before it: descending"),
    of("status", Form::Names(Status::NAMES), "lines alone whose designation has one of these statuses"),
    of("step", Form::Name(&STEPS, Some("change")), "what has a span of its own"),
    of("target", Form::Points, "the points that are wanted; what qualifies without it"),
    of("to", Form::Day, "the last day"),
    of("to_seq", SEQ, "up to this entry"),
    of("type", Form::Name(EventType::NAMES, None), "events of this type alone"),
    of(
        "unmeasured",
        Form::Name(Unmeasured::NAMES, Some(Unmeasured::Exclude.name())),
        "whether customers without figures count",
    ),
    of("until", Form::Day, "the last day, at most 3 years later"),
    of("without", Form::Names(ChangeUnit::NAMES), "units that no plan adds"),
    of("seq", SEQ, "the number of an entry, from 0"),
    of("level", Form::Whole(0, 7, None), "the level of a tile: 0 has the hashes of entries"),
];

/// The parameter of a name on a path.
///
/// # Panics
/// The table of routes has a parameter that this table lacks; a test asks for all of them.
pub(crate) fn parameter(path: &str, name: &str) -> &'static Parameter {
    let own = OWN.iter().find(|(end, parameter)| path.ends_with(end) && parameter.name == name);
    let parameter = own.map(|(_, parameter)| parameter).or_else(|| PARAMETERS.iter().find(|one| one.name == name));
    parameter.expect("every parameter of a route is in the table")
}

/// Whether a parameter is a day, or an instant for which a day may stand.
pub(crate) fn is_day(name: &str) -> bool {
    PARAMETERS.iter().any(|one| one.name == name && matches!(one.form, Form::Day | Form::Instant))
}

impl Parameter {
    /// Refuses a value that is none.
    ///
    /// # Errors
    /// `bad_value`, with the name of the parameter.
    pub(crate) fn check(&self, parameters: &Parameters) -> Result<(), Problem> {
        let name = self.name;
        let in_list = |names: &'static [&'static str]| {
            let read = move |text: &str| one_of(text, names, |text| names.iter().find(|name| **name == text));
            parameters.list(name, read).map(drop)
        };
        match &self.form {
            Form::Day => parameters.day(name).map(drop),
            Form::InstantOrThen if parameters.text(name) == Some(THEN) => Ok(()),
            Form::Instant | Form::InstantOrThen => parameters.instant(name).map(drop),
            Form::Month => parameters.optional(name, Month::parse).map(drop),
            Form::Flag => parameters.is_set(name).map(drop),
            Form::Whole(least, most, _) => parameters.optional(name, |text| whole(text, *least, *most)).map(drop),
            Form::Name(names, _) => {
                parameters.named(name, names, |text| names.iter().find(|name| **name == text)).map(drop)
            }
            Form::Names(names) => in_list(names),
            Form::Points => parameters.optional(name, app::ask::advise::points).map(drop),
            Form::Prices => parameters.list(name, app::ask::advise::price).map(drop),
            Form::Report => {
                let names = kinds();
                parameters.named(name, &names, |text| names.iter().find(|name| **name == text)).map(drop)
            }
            Form::Uuid => parameters.optional(name, uuid).map(drop),
            Form::Partner => parameters.optional(name, PartnerId::new).map(drop),
            Form::FileName => parameters.optional(name, file_name).map(drop),
            Form::Text => parameters.optional(name, short).map(drop),
        }
    }

    /// What it is where it is left out, if it is a number.
    pub(crate) fn usual(&self) -> Option<u64> {
        if let Form::Whole(_, _, usual) = self.form { usual } else { None }
    }

    /// The values that it may have, as JSON Schema.
    pub(crate) fn schema(&self) -> Value {
        let instant = || vec![json!({"enum": [TODAY]}), json!({"format": "date"}), json!({"format": "date-time"})];
        match &self.form {
            Form::Day => json!({"type": "string", "anyOf": [{"enum": [TODAY]}, {"format": "date"}]}),
            Form::Instant => json!({"type": "string", "anyOf": instant()}),
            Form::InstantOrThen => {
                let any: Vec<Value> = [vec![json!({"enum": [THEN]})], instant()].concat();
                json!({"type": "string", "anyOf": any})
            }
            Form::Month => json!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
            Form::Flag => json!({"type": "boolean", "default": false}),
            Form::Whole(least, most, usual) => {
                let mut schema = json!({"type": "integer", "minimum": least, "maximum": most});
                with_default(&mut schema, usual.map(Value::from));
                schema
            }
            Form::Name(names, usual) => {
                let mut schema = json!({"type": "string", "enum": names});
                with_default(&mut schema, usual.map(Value::from));
                schema
            }
            Form::Names(names) => json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}}),
            Form::Points => json!({"type": "string", "pattern": POINTS}),
            Form::Prices => {
                let pattern = format!("^({})=(0|[1-9][0-9]{{0,14}})(\\.[0-9]{{1,6}})?$", ChangeUnit::NAMES.join("|"));
                json!({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": pattern}})
            }
            Form::Report => json!({"type": "string", "enum": kinds(), "default": AUTO}),
            Form::Uuid => json!({"type": "string", "format": "uuid"}),
            Form::Partner => json!({"type": "string", "pattern": PARTNER}),
            Form::FileName => json!({"type": "string", "maxLength": MOST_NAME, "pattern": "^[^/\\u0000]+$"}),
            Form::Text => json!({"type": "string", "maxLength": MOST_TEXT}),
        }
    }

    /// Whether it is a list with commas between its values.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.form, Form::Names(_) | Form::Prices)
    }
}

/// What points are like: above 0, at most 100, with at most two decimals.
const POINTS: &str = "^(100(\\.0{1,2})?|[1-9][0-9]?(\\.[0-9]{1,2})?|0\\.(0[1-9]|[1-9][0-9]?))$";

/// What the id of a partner is like.
pub(crate) const PARTNER: &str = "^[A-Za-z0-9_-]{1,64}$";

fn with_default(schema: &mut Value, usual: Option<Value>) {
    if let (Some(fields), Some(usual)) = (schema.as_object_mut(), usual) {
        fields.insert("default".to_owned(), usual);
    }
}

/// What a report may be read as.
pub(crate) fn kinds() -> Vec<&'static str> {
    Report::NAMES.iter().copied().chain([AUTO]).collect()
}

fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    whole_number(text).filter(|number| (least..=most).contains(number)).ok_or_else(|| match most {
        u64::MAX => format!("a whole number from {least} on is wanted"),
        most => format!("{least} to {most} is wanted"),
    })
}

fn uuid(text: &str) -> Result<uuid::Uuid, &'static str> {
    ledger::parse_uuid(text).ok_or("a UUID in the hyphenated form is wanted")
}

fn file_name(text: &str) -> Result<(), String> {
    let is_name = Path::new(text).file_name().is_some_and(|own| own == text) && !text.contains('\0');
    let is_short = text.len() <= MOST_NAME;
    (is_name && is_short)
        .then_some(())
        .ok_or_else(|| format!("the name of a file is wanted, without a path, of at most {MOST_NAME} bytes"))
}

fn short(text: &str) -> Result<(), String> {
    let is_short = text.chars().count() <= MOST_TEXT;
    is_short.then_some(()).ok_or_else(|| format!("at most {MOST_TEXT} characters are wanted"))
}
