//! What a reader must know beside the report.

use std::cell::RefCell;
use std::rc::Rc;

use ledger::{Amount, CustomerId, Date, Event, Month, Name, PartnerId, PersonId, UsageMetric};

use crate::error::ReportError;
use crate::facts::PartnerFacts;
use crate::kind::Kind;
use crate::maps::{MapKind, Maps};
use crate::provenance::as_of::{NewestPeriod, as_of};
use crate::provenance::seal::Seal;
use crate::rows::notation::Notation;

/// Where the report comes from, what the command says, and what the ledger and the rulebook know.
pub struct Context<'a> {
    /// The name of the file without its directory, `-` for standard input.
    pub file_name: &'a str,
    /// The SHA-256 of the file in hexadecimal, where the input is only a part of it, such as a file in a zip. Otherwise
    /// the digest is taken while the input is read.
    pub sha256: Option<&'a str>,
    /// `--partner`: the global account, needed where the report has no column for it.
    pub partner: Option<PartnerId>,
    /// The global accounts of location accounts; `None` where none are known.
    pub accounts: Option<&'a Accounts<'a>>,
    /// Whether the file is the whole truth of its months: what it no longer shows has ended.
    pub snapshot: bool,
    /// `--downloaded`: the day of the download.
    pub downloaded: Option<Date>,
    /// The day of the file, as the answer names it; `None` where only its rows tell it.
    pub as_of: Option<Date>,
    /// The day of the import, for what is known from then on alone.
    pub today: Date,
    /// How the file writes its dates and amounts.
    pub notation: Notation,
    /// What the texts of the report stand for.
    pub maps: &'a Maps,
    /// Whether no rule of the rulebook counts Azure consumption under this offer.
    pub excluded_offer: &'a dyn Fn(&str) -> bool,
    /// The pseudonym of a person: the only thing of a person that an event may hold. `None` when there cannot be one,
    /// which counts as a row without a person.
    pub pseudonym: &'a dyn Fn(&Person<'_>) -> Option<PersonId>,
    /// The pseudonym of an identity that is linked in a customer's tenant, such as a user. What is a pseudonym already
    /// stays as it is. `None` when there cannot be one.
    pub principal: &'a dyn Fn(&Name) -> Option<Name>,
    /// Told what a report calls a customer, each time. No event has a name of a customer.
    pub customer_name: &'a dyn Fn(CustomerId, &str),
    /// What seals the sources of a file with this SHA-256. `None` when nothing can.
    pub seal: &'a dyn Fn(&str) -> Option<Seal>,
    /// `--sealed-sources`: whether the sources of what is said of persons are sealed.
    pub sealed: bool,
    /// Names the other file of the same import that has this part of a snapshot too. Where there is none, notes that
    /// this file has it.
    pub other_part: &'a dyn Fn(Part) -> Option<String>,
    /// What the ledger knows of a partner.
    pub known: &'a dyn Fn(&PartnerId) -> SharedFacts,
    /// Told each row that is added to a figure, where somebody asks.
    pub figure_row: Option<&'a dyn Fn(&FigurePart<'_>)>,
}

/// What a row adds to a figure, for whoever follows an entry back to its rows.
#[derive(Clone, Copy, Debug)]
pub struct FigurePart<'a> {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The partner.
    pub partner: &'a PartnerId,
    /// The month.
    pub month: Month,
    /// The customer.
    pub customer: CustomerId,
    /// The product, under the name that the mappings give it.
    pub product: &'a Name,
    /// What is measured.
    pub metric: UsageMetric,
    /// The subscription.
    pub subscription: Option<&'a Name>,
    /// What the row says, rounded to six decimals; `None` where it cannot be read.
    pub value: Option<Amount>,
    /// Whether it stands under an excluded offer, and so counts only where no other row of the figure does.
    pub is_excluded: bool,
}

/// Finds the global account of a location account.
pub type Accounts<'a> = dyn Fn(&str) -> Option<PartnerId> + 'a;

impl<'a> Context<'a> {
    /// A context that knows the file's name, the built-in mappings and nothing else.
    #[must_use]
    pub fn of_file(file_name: &'a str) -> Self {
        Self {
            file_name,
            sha256: None,
            partner: None,
            accounts: None,
            snapshot: false,
            downloaded: None,
            as_of: None,
            today: Date::default(),
            notation: Notation::default(),
            maps: Maps::builtin(),
            excluded_offer: &|_| false,
            pseudonym: &|_| None,
            principal: &|_| None,
            customer_name: &|_, _| {},
            seal: &|_| None,
            sealed: false,
            other_part: &|_| None,
            known: &|_| SharedFacts::default(),
            figure_row: None,
        }
    }

    /// Whether a row can have a partner when the file has no column of the global account.
    pub(crate) fn tells_partners(&self) -> bool {
        let maps_tell = || self.maps.entries().any(|entry| entry.kind() == MapKind::Account);
        self.partner.is_some() || self.accounts.is_some() || maps_tell()
    }

    /// The global account of a location, by the mappings, else by the files of the import.
    pub(crate) fn account_of(&self, location: &str) -> Option<PartnerId> {
        let mapped = self.maps.account(location).cloned();
        mapped.or_else(|| self.accounts.and_then(|account_of| account_of(location)))
    }

    /// Refuses a part of a snapshot that another file of the same import has too.
    pub(crate) fn check_part(&self, part: Part) -> Result<(), ReportError> {
        let (partner, month) = (part.partner.clone(), part.month);
        let refuse = |other| Err(ReportError::SnapshotInParts { other, partner, month });
        (self.other_part)(part).map_or(Ok(()), refuse)
    }

    /// The day of the download, where something tells it: that which the answer says, else what follows from the newest
    /// month or day that was read.
    pub(crate) fn told_day(&self, newest: Option<NewestPeriod>) -> Option<Date> {
        self.as_of.or_else(|| as_of(self.downloaded, self.file_name, newest))
    }

    /// The day of the download; the day of the import when nothing tells it.
    pub(crate) fn as_of(&self, newest: Option<NewestPeriod>) -> Date {
        self.told_day(newest).unwrap_or(self.today)
    }
}

/// What one file alone may be the whole truth of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The kind of report.
    pub kind: Kind,
    /// The partner.
    pub partner: PartnerId,
    /// The month.
    pub month: Month,
    /// The day of the download.
    pub as_of: Date,
}

/// What a report says of a person. It goes to [`Context::pseudonym`] and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// Who it is, the same in every report: `mcp:` and the id of the certification account, else `aad:` and the id of
    /// the work account in lower case, else `learn:` and the id of the profile on Learn.
    pub identity: String,
    /// The id of the work account in its directory.
    pub directory_id: Option<String>,
    /// The first name.
    pub first_name: Option<&'a str>,
    /// The last name.
    pub last_name: Option<&'a str>,
    /// The address of the certification account.
    pub email: Option<&'a str>,
    /// The address of the work account.
    pub work_email: Option<&'a str>,
}

/// What is known of a partner, while events are added to it.
#[derive(Clone, Debug, Default)]
pub struct SharedFacts(Rc<RefCell<PartnerFacts>>);

impl SharedFacts {
    /// Shares facts.
    #[must_use]
    pub fn new(facts: PartnerFacts) -> Self {
        Self(Rc::new(RefCell::new(facts)))
    }

    /// Adds what an event says.
    pub fn learn(&self, event: &Event) {
        self.0.borrow_mut().learn(event);
    }

    /// Asks the facts. Nothing may be learnt while the question runs.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&PartnerFacts) -> T) -> T {
        question(&self.0.borrow())
    }
}
