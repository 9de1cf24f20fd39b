//! What a bundle states beside its answers: what was asked, and by which rules it was answered.

use ledger::{Area, Date, PartnerId, Timestamp, parse_date};
use projection::{Basis, Question, Unmeasured};
use serde::{Deserialize, Serialize};

use super::bad;
use crate::error::Error;
use crate::formats::later_format;

const FORMAT: &str = "pcs-audit";
pub(crate) const VERSION: u32 = 1;

/// The first line of a bundle.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    format: String,
    version: u32,
    /// When the bundle was made.
    pub made_at: String,
    pub question: Asked,
    pub rulebook: Ruled,
}

/// What was asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub partner: String,
    as_of: String,
    known_at: String,
    basis: String,
    unmeasured: String,
    pub areas: Vec<String>,
}

/// The rules by which it was answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ruled {
    pub source: RulebookSource,
    /// The entry of an adopted rulebook, which has its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    pub name: String,
    pub sha256: String,
    /// The text of any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where a rulebook comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RulebookSource {
    /// Of the program that made the bundle.
    Builtin,
    /// Of the ledger.
    Adopted,
    /// Given by the one who asked, in place of those in force.
    Given,
}

/// What was asked, in the types that are computed with.
pub(super) struct Asking {
    pub partner: PartnerId,
    pub known_at: Timestamp,
    pub areas: Vec<Area>,
    pub question: Question,
}

impl Statement {
    pub(super) fn new(made_at: Timestamp, asking: &Asking, rulebook: Ruled) -> Self {
        let question = Asked {
            partner: asking.partner.to_string(),
            as_of: asking.question.as_of.to_string(),
            known_at: asking.known_at.to_string(),
            basis: asking.question.basis.name().to_owned(),
            unmeasured: asking.question.unmeasured.name().to_owned(),
            areas: asking.areas.iter().map(|area| area.name().to_owned()).collect(),
        };
        Self { format: FORMAT.to_owned(), version: VERSION, made_at: made_at.to_string(), question, rulebook }
    }

    pub(super) fn check_form(&self) -> Result<(), Error> {
        if self.format != FORMAT {
            return Err(bad("its format is another"));
        }
        if self.version > VERSION {
            return Err(later_format("the bundle", &self.version, VERSION.into()).disproving());
        }
        if self.version != VERSION {
            return Err(bad("its version is 0"));
        }
        self.made_at()?;
        self.asking().map(|_| ())
    }

    /// When the bundle was made.
    pub(super) fn made_at(&self) -> Result<Timestamp, Error> {
        let written = Timestamp::parse(&self.made_at).ok().filter(|at| at.to_string() == self.made_at);
        written.ok_or_else(|| bad("`made_at` is no instant"))
    }

    /// What was asked. Values that are written in another way than [`Statement::new`] writes them are refused.
    pub(super) fn asking(&self) -> Result<Asking, Error> {
        let Asked { partner, as_of, known_at, basis, unmeasured, areas } = &self.question;
        let wrong = |field: &str| bad(&format!("`{field}` of its question is no value of it"));
        let is_written_so = |at: &Timestamp| at.to_string() == *known_at;
        let as_of: Date = parse_date(as_of).map_err(|_| wrong("as_of"))?;
        let named: Option<Vec<Area>> = areas.iter().map(|name| Area::from_name(name)).collect();
        let named = named.filter(|areas| !areas.is_empty() && areas.is_sorted_by(|one, next| one < next));
        Ok(Asking {
            partner: PartnerId::new(partner).map_err(|_| wrong("partner"))?,
            known_at: Timestamp::parse(known_at).ok().filter(is_written_so).ok_or_else(|| wrong("known_at"))?,
            areas: named.ok_or_else(|| wrong("areas"))?,
            question: Question {
                as_of,
                basis: Basis::from_name(basis).ok_or_else(|| wrong("basis"))?,
                unmeasured: Unmeasured::from_name(unmeasured).ok_or_else(|| wrong("unmeasured"))?,
                explain: false,
            },
        })
    }
}
