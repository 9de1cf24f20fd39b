//! What a reader must know beside the report.

use ledger::{Amount, AssociationId, CustomerId, Month, Name, PartnerId, PersonId, Timestamp, UsageMetric};

use super::Kind;

/// Where the report comes from, what the command says, and what the ledger and the rulebook know.
pub struct Context<'a> {
    /// The name of the file without its directory, `-` for standard input.
    pub file_name: &'a str,
    /// `--partner`: the global account, needed where the report has no column for it.
    pub partner: Option<PartnerId>,
    /// Whether the file is the whole truth of its months: what it no longer shows has ended.
    pub snapshot: bool,
    /// The code of a certification, by its code, name or old name.
    pub certifications: &'a dyn Fn(&str) -> Option<String>,
    /// Whether Azure consumption under this offer counts in no rule, by the rulebook.
    pub excluded_offer: &'a dyn Fn(&str) -> bool,
    /// The pseudonym of a person: the only thing of a person that an event may hold. `None` when there cannot be one,
    /// which counts as a row without a person.
    pub pseudonym: &'a dyn Fn(&Person<'_>) -> Option<PersonId>,
    /// The newest figure of a key in the ledger that is not retracted; `None`: nothing is known.
    pub current: Option<&'a CurrentFigures<'a>>,
    /// What the ledger knows of a partner's association; `None`: nothing is known.
    pub known_association: Option<&'a KnownAssociations<'a>>,
    /// The associations of a partner that the ledger took from reports of this kind: those of which an acceptance
    /// has a `source` that begins with the kind's name and a space. Needed with `snapshot` alone.
    pub reported_associations: Option<&'a ReportedAssociations<'a>>,
}

/// Finds the newest figure of a key.
pub type CurrentFigures<'a> = dyn Fn(&UsageKey) -> Option<CurrentFigure> + 'a;
/// Finds an association of a partner by its id.
pub type KnownAssociations<'a> = dyn Fn(&PartnerId, AssociationId) -> Option<KnownAssociation> + 'a;
/// Lists the associations of a partner that reports of a kind gave.
pub type ReportedAssociations<'a> = dyn Fn(&PartnerId, Kind) -> Vec<(AssociationId, KnownAssociation)> + 'a;

impl<'a> Context<'a> {
    /// A context that knows the file's name and nothing else.
    #[must_use]
    pub fn of_file(file_name: &'a str) -> Self {
        Self {
            file_name,
            partner: None,
            snapshot: false,
            certifications: &|_| None,
            excluded_offer: &|_| false,
            pseudonym: &|_| None,
            current: None,
            known_association: None,
            reported_associations: None,
        }
    }

    /// What the ledger knows of a partner's association.
    pub(super) fn association(&self, partner: &PartnerId, id: AssociationId) -> Option<KnownAssociation> {
        self.known_association.and_then(|known| known(partner, id))
    }
}

/// What a report says of a person. It goes to [`Context::pseudonym`] and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// Who it is, the same in every report: `mcp:` and the id of the certification account, else `aad:` and the id of
    /// the work account in lower case.
    pub identity: String,
    /// The first name.
    pub first_name: Option<&'a str>,
    /// The last name.
    pub last_name: Option<&'a str>,
    /// The address of the certification account.
    pub email: Option<&'a str>,
    /// The address of the work account.
    pub work_email: Option<&'a str>,
}

/// The ledger's key of a figure: a newer report of the same key replaces the older one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsageKey {
    /// The partner's global account.
    pub partner: PartnerId,
    /// The customer's tenant.
    pub customer: CustomerId,
    /// The product under a name that the report gives; compare it without regard to the case of A-Z.
    pub product: Name,
    /// What was measured.
    pub metric: UsageMetric,
    /// The month.
    pub month: Month,
    /// The subscription, if the report has it.
    pub subscription: Option<Name>,
}

/// The newest figure of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentFigure {
    /// How much.
    pub value: Amount,
    /// The kind of offer.
    pub offer: Option<Name>,
}

/// An association that the ledger holds an acceptance of, one that is not retracted: in force in `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAssociation {
    /// The earliest acceptance.
    pub start: Timestamp,
    /// Its end by a revocation, a decline, or a churn of its customer for all areas.
    pub end: Option<Timestamp>,
}
