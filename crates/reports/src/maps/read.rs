//! Reads a file of mappings.

use std::collections::BTreeMap;

use ledger::{Mechanism, Name, PartnerId, PersonId, Role, Segment, parse_uuid};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::attribution::Means;
use super::entry::{Confidence, Domain, Effect, Entry, MapKind, State, Text, Value};
use super::error::{MapErrors, MapProblem};
use super::fields::{Fields, MapText};
use super::folded::FoldedText;

/// A file of mappings.
#[derive(Clone, Copy, Debug)]
pub struct MapFile<'a> {
    /// The file as it was typed.
    pub name: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Reads the entries of a file alone, without a rulebook, in the order of their lines.
///
/// # Errors
/// All that is wrong with the text: no TOML, an unknown table, field or value, a text that is mapped twice.
pub fn entries_of(file: MapFile<'_>) -> Result<Vec<Entry>, MapErrors> {
    let mut reading = MapText::new(file.name, file.text);
    let (document, syntax) = DeTable::parse_recoverable(file.text);
    for error in syntax {
        let line = error.span().map_or(1, |span| reading.line(span.start));
        if reading.errors.last().is_none_or(|last| last.line != line) {
            reading.refuse(line, MapProblem::Syntax { message: error.message().to_owned() });
        }
    }
    MapErrors::check(std::mem::take(&mut reading.errors))?;
    let mut entries = Vec::new();
    for (name, value) in document.into_inner() {
        if let Some(kind) = MapKind::from_name(name.get_ref()) {
            read_tables(kind, value, &mut reading, &mut entries);
        } else {
            let problem = MapProblem::UnknownTable { table: name.get_ref().to_string(), allowed: MapKind::NAMES };
            reading.refuse(reading.line(name.span().start), problem);
        }
    }
    entries.sort_by_key(|entry| entry.line);
    find_repeated(&entries, &mut reading);
    reading.errors.sort_by_key(|error| error.line);
    MapErrors::check(reading.errors)?;
    Ok(entries)
}

fn read_tables(kind: MapKind, value: Spanned<DeValue<'_>>, reading: &mut MapText<'_>, entries: &mut Vec<Entry>) {
    let line = reading.line(value.span().start);
    let DeValue::Array(items) = value.into_inner() else {
        return reading.refuse(line, MapProblem::NotTables { table: kind.name().to_owned() });
    };
    for item in items {
        let line = reading.line(item.span().start);
        let DeValue::Table(table) = item.into_inner() else {
            reading.refuse(line, MapProblem::NotTables { table: kind.name().to_owned() });
            continue;
        };
        let mut fields = Fields::new(table, kind.name(), line, reading);
        entries.extend(read_entry(kind, &mut fields));
        fields.finish();
    }
}

/// What a person must be in a mapping.
const PSEUDONYM: &str = "it must be a pseudonym, as `pcs people list` shows it";

/// Reads one entry; `None` when its value is wrong.
fn read_entry(kind: MapKind, fields: &mut Fields<'_, '_, '_>) -> Option<Entry> {
    let texts = match kind {
        MapKind::Certification => fields.texts("titles"),
        MapKind::Product => fields.texts("reported"),
        MapKind::Account => account_texts(fields),
        MapKind::Person => persons(fields),
        MapKind::CertificationPrefix
        | MapKind::Attribution
        | MapKind::Segment
        | MapKind::State
        | MapKind::Operation => fields.texts("texts"),
    };
    let has_domains = matches!(kind, MapKind::Product | MapKind::Attribution);
    let domains = if has_domains { domains(kind, fields) } else { Vec::new() };
    let value = match kind {
        MapKind::Certification => fields.parsed("code", Name::new).map(Value::Code),
        MapKind::CertificationPrefix => Some(Value::Prefix),
        MapKind::Product => {
            let is_listed = fields.flag("listed").unwrap_or(true);
            fields.parsed("name", Name::new).map(|name| Value::Product(name, is_listed))
        }
        MapKind::Attribution => attribution(fields).map(Value::Attribution),
        MapKind::Segment => fields.needed_one_of("segment", Segment::NAMES, Segment::from_name).map(Value::Segment),
        MapKind::State => fields.needed_one_of("state", State::NAMES, State::from_name).map(Value::State),
        MapKind::Operation => operation(fields),
        MapKind::Account => fields.parsed("partner", PartnerId::new).map(Value::Account),
        MapKind::Person => fields.parsed("same_as", |text| other_person(text, &texts)).map(Value::Person),
    };
    let is_none =
        matches!(&value, Some(Value::Attribution(Means { mechanism: None, .. }) | Value::Operation(Effect::None, _)));
    let reason = if is_none { fields.needed("reason") } else { None };
    let source = fields.optional("source").map(|text| text.text);
    let sure = fields.one_of("sure", Confidence::NAMES, Confidence::from_name).unwrap_or(Confidence::Stated);
    let (file, line, reason) = (Some(fields.reading.file.to_owned()), fields.line, reason.map(|text| text.text));
    Some(Entry { texts, domains, value: value?, reason, source, sure, file, line })
}

/// The location or the tenant of an account.
fn account_texts(fields: &mut Fields<'_, '_, '_>) -> Vec<Text> {
    let location = fields.optional("location");
    let is_there = location.is_some() || fields.has("tenant");
    let tenant = fields.optional("tenant");
    if !is_there {
        fields.lacks("location");
    }
    if let Some(tenant) = tenant.as_ref().filter(|tenant| parse_uuid(&tenant.text).is_none()) {
        fields.reading.refuse_text("tenant", tenant, "it must be a UUID");
    }
    location.into_iter().chain(tenant).collect()
}

/// The pseudonyms of persons who are another.
fn persons(fields: &mut Fields<'_, '_, '_>) -> Vec<Text> {
    let persons = fields.texts("persons");
    for person in persons.iter().filter(|person| !is_pseudonym(&person.text)) {
        fields.reading.refuse_text("persons", person, PSEUDONYM);
    }
    persons
}

/// The pseudonym of somebody who is none of the persons.
fn other_person(text: &str, persons: &[Text]) -> Result<PersonId, String> {
    if persons.iter().any(|person| person.text == text) {
        return Err("it must be another person".to_owned());
    }
    let person = PersonId::new(text).ok().filter(|_| is_pseudonym(text));
    person.ok_or_else(|| PSEUDONYM.to_owned())
}

/// Whether a text is a person's pseudonym as an import makes them.
fn is_pseudonym(text: &str) -> bool {
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let parts = text.strip_prefix('p').and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(secret, person)| is_hex(secret, 4) && is_hex(person, 24))
}

fn domains(kind: MapKind, fields: &mut Fields<'_, '_, '_>) -> Vec<Domain> {
    if kind == MapKind::Product && !fields.has("domain") {
        fields.lacks("domain");
    }
    let mut domains = Vec::new();
    for text in fields.list("domain") {
        if let Some(written) = Domain::written(&text.text) {
            domains.extend(written);
        } else {
            let allowed = Domain::WRITTEN.to_vec();
            let problem = MapProblem::UnknownValue { field: "domain", found: text.text, allowed };
            fields.reading.refuse(text.line, problem);
        }
    }
    domains
}

fn attribution(fields: &mut Fields<'_, '_, '_>) -> Option<Means> {
    let names: Vec<&'static str> = Mechanism::NAMES.iter().copied().chain(["none"]).collect();
    let mechanism = fields.needed_one_of("mechanism", &names, |name| match name {
        "none" => Some(None),
        name => Mechanism::from_name(name).map(Some),
    })?;
    let mut means = Means { mechanism, role: None, indirect_role: None, not_as: Vec::new(), is_eligible: true };
    let roles = mechanism.map_or(&[] as &[Role], Mechanism::roles);
    if !roles.is_empty() {
        means.role = Some(role(fields, roles)?);
        if mechanism == Some(Mechanism::Csp) {
            means.indirect_role = fields.one_of("indirect_role", &names_of(roles), |name| role_of(name, roles));
        }
    }
    if mechanism == Some(Mechanism::Pal) {
        means.not_as = fields.list("not_as").into_iter().map(|text| text.text).collect();
        means.is_eligible = fields.flag("eligible").unwrap_or(true);
    }
    Some(means)
}

fn operation(fields: &mut Fields<'_, '_, '_>) -> Option<Value> {
    let effect = fields.needed_one_of("effect", Effect::NAMES, Effect::from_name)?;
    // An order does not say in which role it was placed; an indirect reseller places none itself.
    let says_role = effect == Effect::CspAccepted;
    let role = if says_role { role(fields, Mechanism::Csp.roles())? } else { Role::DirectBill };
    Some(Value::Operation(effect, role))
}

/// One of some roles, which must be there.
fn role(fields: &mut Fields<'_, '_, '_>, roles: &[Role]) -> Option<Role> {
    fields.needed_one_of("role", &names_of(roles), |name| role_of(name, roles))
}

fn names_of(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

fn role_of(name: &str, roles: &[Role]) -> Option<Role> {
    Role::from_name(name).filter(|role| roles.contains(role))
}

/// Refuses texts that the file maps twice in the same place.
fn find_repeated(entries: &[Entry], reading: &mut MapText<'_>) {
    let mut known = BTreeMap::new();
    for entry in entries {
        for text in &entry.texts {
            let folded = FoldedText::of(&text.text);
            let mut first = None;
            for domain in Domain::ALL.iter().filter(|domain| entry.holds_in(**domain)) {
                // An entry for one domain may stand beside one for all.
                let place = (entry.kind(), domain, entry.domains.is_empty(), folded.bytes().to_owned());
                first = first.or(known.get(&place).copied());
                known.entry(place).or_insert(text.line);
            }
            if let Some(first) = first {
                reading.refuse(text.line, MapProblem::RepeatedText { text: text.text.clone(), first });
            }
        }
    }
}
