//! What the texts of reports stand for: certifications, products, attributions, segments, states, operations, accounts.
//!
//! The built-in mappings are the files of `crates/reports/maps`, each entry with its source. Files of the user have the same
//! tables and go before: the first file before the second, all before the built-in ones. Texts are compared without
//! case and without anything but letters and digits.
//!
//! Everything is looked up by indexes that are made once; a lookup of a text of up to 128 ASCII characters takes no
//! memory.

mod attribution;
mod entry;
mod error;
mod fields;
mod folded;
mod products;
mod read;
#[cfg(test)]
mod tests;
mod titles;

use std::sync::LazyLock;

use ledger::{Name, PartnerId, PersonId, Role, Segment};
use projection::rulebook::Rulebook;

pub(crate) use attribution::Attribution;
pub use attribution::Means;
pub use entry::{Confidence, Domain, Effect, Entry, MapKind, State, Text, Value, written};
pub use error::{MapError, MapErrors, MapProblem};
pub use read::{MapFile, entries_of};

use crate::rows::identifier;
use folded::{FoldedText, Index};
use products::Lists;
use titles::Titles;

/// The built-in files, in the order in which they are shown.
const BUILTIN: [MapFile<'static>; 6] = [
    MapFile { name: "certifications.toml", text: include_str!("../maps/certifications.toml") },
    MapFile { name: "products.toml", text: include_str!("../maps/products.toml") },
    MapFile { name: "attributions.toml", text: include_str!("../maps/attributions.toml") },
    MapFile { name: "segments.toml", text: include_str!("../maps/segments.toml") },
    MapFile { name: "states.toml", text: include_str!("../maps/states.toml") },
    MapFile { name: "operations.toml", text: include_str!("../maps/operations.toml") },
];

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = Vec::new();
    for file in BUILTIN {
        entries.extend(entries_of(file).expect("the built-in mappings are valid, as tests show"));
    }
    for entry in &mut entries {
        entry.file = None;
    }
    entries
});

static MAPS: LazyLock<Maps> =
    LazyLock::new(|| Maps::of(Rulebook::builtin(), &[]).expect("no file of the user is wrong"));

/// What the texts of reports stand for.
#[derive(Clone, Debug, Default)]
pub struct Maps {
    /// The entries of the user, in the order of the files.
    user: Vec<Entry>,
    titles: Titles,
    products: [Index<Name>; Domain::ALL.len()],
    attributions: [Index<Means>; Domain::ALL.len()],
    segments: Index<Segment>,
    states: Index<State>,
    operations: Index<(Effect, Role)>,
    accounts: Index<PartnerId>,
    persons: Index<PersonId>,
}

/// The name under which a product is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProductName<'a> {
    pub(crate) name: &'a str,
    /// Whether an entry or a product list has the text. In Azure it is always so: its metrics read every product.
    pub(crate) is_known: bool,
}

impl Maps {
    /// The built-in mappings under the built-in rulebook.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &MAPS
    }

    /// The built-in mappings and those of the user's files, under a rulebook: its catalogue of certifications, its lists
    /// of products.
    ///
    /// # Errors
    /// All that is wrong with the files; a code that is not in the catalogue too.
    pub fn of(rulebook: &Rulebook, files: &[MapFile<'_>]) -> Result<Self, MapErrors> {
        let (mut user, mut errors) = (Vec::new(), Vec::new());
        for &file in files {
            match entries_under(rulebook, file) {
                Ok(entries) => user.extend(entries),
                Err(found) => errors.extend(found.errors().iter().cloned()),
            }
        }
        MapErrors::check(errors)?;
        let builtin = ENTRIES.as_slice();
        let lists = Lists::of(rulebook);
        let mut maps = Self {
            titles: Titles::of(rulebook, &user, builtin),
            products: std::array::from_fn(|nth| match Domain::ALL.get(nth) {
                Some(&domain) => products::index(domain, &lists, &user, builtin),
                None => Index::default(),
            }),
            ..Self::default()
        };
        // An entry for few domains goes before one for all.
        let by_scope = |entries: &[Entry]| {
            let (all, few): (Vec<Entry>, Vec<Entry>) =
                entries.iter().cloned().partition(|entry| entry.domains.is_empty());
            [few, all].concat()
        };
        for entry in by_scope(&user).iter().chain(&by_scope(builtin)) {
            maps.add(entry);
        }
        maps.user = user;
        Ok(maps)
    }

    fn add(&mut self, entry: &Entry) {
        for text in entry.texts.iter().map(|text| text.text.as_str()) {
            match &entry.value {
                Value::Code(_) | Value::Prefix | Value::Product(..) => {}
                Value::Attribution(means) => {
                    for (&domain, index) in Domain::ALL.iter().zip(&mut self.attributions) {
                        if entry.holds_in(domain) {
                            index.add(text, means.clone());
                        }
                    }
                }
                Value::Segment(segment) => self.segments.add(text, *segment),
                Value::State(state) => self.states.add(text, *state),
                Value::Operation(effect, role) => self.operations.add(text, (*effect, *role)),
                Value::Account(partner) => {
                    let account = identifier::account(text).unwrap_or(text.into());
                    self.accounts.add(&account, partner.clone());
                }
                Value::Person(person) => self.persons.add(text, person.clone()),
            }
        }
    }

    /// The entries: the user's, then the built-in ones.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.user.iter().chain(ENTRIES.iter())
    }

    /// The code of the certification with this title; `None` for an exam and for what is not known.
    pub(crate) fn certification(&self, title: &str) -> Option<&Name> {
        self.titles.code(title)
    }

    /// The name under which a product is recorded; the text itself when it is not known.
    pub(crate) fn product<'a>(&'a self, domain: Domain, text: &'a str) -> ProductName<'a> {
        let known = self.products.get(domain as usize).and_then(|index| index.get(text));
        match known {
            Some(name) => ProductName { name: name.as_str(), is_known: true },
            None => ProductName { name: text.trim(), is_known: domain == Domain::Azure },
        }
    }

    /// What a row's attribution is. A blank admin type is taken as eligible, since not every report has the column; the
    /// sales channel tells the roles of CSP apart where it says "Indirect".
    pub(crate) fn attribution(
        &self,
        domain: Domain,
        text: &str,
        admin_type: Option<&str>,
        sales_channel: Option<&str>,
    ) -> Attribution {
        let means = self.attributions.get(domain as usize).and_then(|index| index.get(text));
        means.map_or(Attribution::Unknown, |means| means.read(admin_type, sales_channel))
    }

    /// The segment of a customer.
    pub(crate) fn segment(&self, text: &str) -> Option<Segment> {
        self.segments.get(text).copied()
    }

    /// Whether a subscription or customer in this state is active.
    pub(crate) fn state(&self, text: &str) -> Option<State> {
        self.states.get(text).copied()
    }

    /// What a webhook event or an audited operation means.
    pub(crate) fn operation(&self, text: &str) -> Option<(Effect, Role)> {
        self.operations.get(text).copied()
    }

    /// Why a webhook event or an audited operation proves nothing, where an entry says so.
    pub(crate) fn reason(&self, operation: &str) -> Option<&str> {
        let folded = FoldedText::of(operation);
        let is_it = |entry: &&Entry| {
            let mut texts = entry.texts.iter();
            entry.kind() == MapKind::Operation && texts.any(|text| FoldedText::of(&text.text).bytes() == folded.bytes())
        };
        self.entries().find(is_it)?.reason.as_deref()
    }

    /// The global account of a location or of a tenant of the partner.
    pub(crate) fn account(&self, location_or_tenant: &str) -> Option<&PartnerId> {
        self.accounts.get(location_or_tenant)
    }

    /// The person whose pseudonym this is too.
    pub(crate) fn person(&self, pseudonym: &PersonId) -> Option<&PersonId> {
        self.persons.get(pseudonym.as_str())
    }

    /// The global accounts that entries name, each as often as it is named.
    pub(crate) fn partners(&self) -> impl Iterator<Item = &PartnerId> {
        self.entries().filter_map(|entry| if let Value::Account(partner) = &entry.value { Some(partner) } else { None })
    }

    /// Products that an entry of the user names and no list of the rulebook has, unless it says so.
    #[must_use]
    pub fn unlisted<'a>(&'a self, rulebook: &Rulebook) -> Vec<&'a Entry> {
        let lists = Lists::of(rulebook);
        let is_unlisted = |entry: &&Entry| {
            let Value::Product(name, true) = &entry.value else { return false };
            !entry.domains.iter().any(|&domain| lists.has(domain, name.as_str()))
        };
        self.user.iter().filter(is_unlisted).collect()
    }
}

/// Reads a file whose codes must be in the catalogue.
fn entries_under(rulebook: &Rulebook, file: MapFile<'_>) -> Result<Vec<Entry>, MapErrors> {
    let entries = entries_of(file)?;
    let mut errors = Vec::new();
    for entry in &entries {
        if let Value::Code(code) = &entry.value
            && rulebook.certification(code.as_str()).is_none()
        {
            let problem = MapProblem::UnknownCode { code: code.as_str().to_owned() };
            errors.push(MapError { file: file.name.to_owned(), line: entry.line, problem });
        }
    }
    MapErrors::check(errors)?;
    Ok(entries)
}
