//! Adding an entry to a file of mappings.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use ledger::parse_uuid;
use serde::Serialize;

use super::{rules_today, say_unlisted};
use crate::bounds;
use crate::error::Error;
use crate::file_kind::{FileKind, or_other_kind};
use crate::session::Session;
use crate::text::{for_shell, shown};
use reports::{Domain, Entry, MapErrors, MapFile, MapKind, MapProblem, Maps, entries_of, written};

/// The fields that options give.
const OPTIONS: [&str; 3] = ["domain", "role", "reason"];

/// An entry that is to be added.
#[derive(Debug)]
pub struct Addition {
    /// The file, as it was typed; it is made when it is not there.
    pub file: PathBuf,
    /// What is mapped.
    pub kind: MapKind,
    /// The text as reports write it.
    pub text: String,
    /// What it stands for.
    pub value: String,
    /// The reports in which it does, for a product or an attribution.
    pub domain: Option<String>,
    /// The partner's role, for an attribution or an operation.
    pub role: Option<String>,
    /// Why nothing is recorded, where the value is none.
    pub reason: Option<String>,
}

/// A text that is mapped.
#[derive(Debug, Serialize)]
pub struct Mapping {
    /// The file that maps it.
    pub file: String,
    /// What it is.
    #[serde(serialize_with = "shown")]
    pub kind: MapKind,
    /// The text.
    pub text: String,
}

impl Addition {
    /// Appends the entry to the file.
    ///
    /// # Errors
    /// `usage` for options that the kind has no use for, `mapped_already`, and what does not hold.
    pub fn run(&self, session: &mut Session<'_>) -> Result<Mapping, Error> {
        let fields = self.fields()?;
        let (path, typed) = (session.path(&self.file), self.file.display().to_string());
        let before = match bounds::read_text(&path, bounds::MAPPINGS) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(or_other_kind(session, &self.file, FileKind::Mappings)(Error::file("read", &self.file)(
                    error,
                )));
            }
        };
        let rules = rules_today(session)?;
        let known = entries_of(MapFile { name: &typed, text: &before })
            .map_err(|errors| or_other_kind(session, &self.file, FileKind::Mappings)(errors.into()))?;
        let table = written(self.kind, &fields);
        // The entry by itself first, so that an error is about it and not about a place in the file.
        let entry = MapFile { name: "the new entry", text: &table };
        let added = Maps::of(&rules.book, &[entry]).map_err(by_options)?;
        if let Some(entry) = added.entries().find(|entry| entry.file.is_some()) {
            self.refuse_mapped(&typed, &known, entry)?;
        }
        say_unlisted(session, &added, &rules.book);
        let gap = match before.as_str() {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let addition = format!("{gap}{table}");
        let after = format!("{before}{addition}");
        Maps::of(&rules.book, &[MapFile { name: &typed, text: &after }])?;
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut file| {
            file.write_all(addition.as_bytes())?;
            file.sync_all()
        });
        written.map_err(Error::file("write", &self.file))?;
        let look = format!("`pcs map check {}` reads the file", for_shell(&typed));
        session.done.add(format!("{typed} maps {:?}", self.text), look);
        Ok(Mapping { file: typed, kind: self.kind, text: self.text.clone() })
    }

    /// The fields of the entry.
    ///
    /// # Errors
    /// `usage` for options that the kind has no use for.
    fn fields(&self) -> Result<Vec<(&'static str, &str)>, Error> {
        let kind = self.kind;
        // The fields of the text and of its value, and whether there can be a domain and a role.
        let (text, value, has_domain, has_role) = match kind {
            MapKind::Certification => ("titles", Some("code"), false, false),
            MapKind::CertificationPrefix => ("texts", None, false, false),
            MapKind::Product => ("reported", Some("name"), true, false),
            MapKind::Attribution => ("texts", Some("mechanism"), true, true),
            MapKind::Segment => ("texts", Some("segment"), false, false),
            MapKind::State => ("texts", Some("state"), false, false),
            MapKind::Operation => ("texts", Some("effect"), false, true),
            MapKind::Account if parse_uuid(&self.text).is_some() => ("tenant", Some("partner"), false, false),
            MapKind::Account => ("location", Some("partner"), false, false),
            MapKind::Person => ("persons", Some("same_as"), false, false),
        };
        let usage = if self.domain.is_some() && !has_domain {
            format!("--domain is for a product or an attribution, not for a {kind}")
        } else if kind == MapKind::Product && self.domain.is_none() {
            format!("a product needs --domain: one of {}", Domain::WRITTEN.join(", "))
        } else if (self.role.is_some() || self.reason.is_some()) && !has_role {
            format!("--role and --reason are for an attribution or an operation, not for a {kind}")
        } else if self.reason.is_some() && self.value != "none" {
            "--reason is for the value none".to_owned()
        } else {
            let value = value.map(|name| (name, self.value.as_str()));
            let options = [("domain", &self.domain), ("role", &self.role), ("reason", &self.reason)];
            let options = options.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
            return Ok(std::iter::once((text, self.text.as_str())).chain(value).chain(options).collect());
        };
        Err(Error::usage(usage))
    }

    /// Refuses a text that the file maps already, in a place where the new entry would hold.
    fn refuse_mapped(&self, file: &str, known: &[Entry], new: &Entry) -> Result<(), Error> {
        let text = self.text.trim();
        let Some(line) = known.iter().find_map(|entry| entry.maps_as(new, text)) else { return Ok(()) };
        let what = format!("{file} maps {text:?} already, in line {line}");
        let hint = "change the entry in the file, or name another file: the first that is named goes before";
        Err(Error::new("mapped_already", what).on_line(Some(line as u64)).hint(hint))
    }
}

/// What is wrong with the new entry; a field that it needs is named by the option that gives it.
fn by_options(errors: MapErrors) -> Error {
    let option = errors.errors().iter().find_map(|error| {
        let MapProblem::MissingField { field, .. } = &error.problem else { return None };
        OPTIONS.contains(field).then_some(*field)
    });
    let error = Error::from(errors);
    match option {
        Some(option) => error.hint_alone(format!("`--{option}` gives it")),
        None => error,
    }
}
