//! By which rule a report proves an event, and how sure that is.

use std::fmt;

use ledger::Source;

/// Why an event follows from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The sum of the rows of a key.
    FigureOfAMonth,
    /// Another kind of report tells the figure better.
    ToldByAnotherReport,
    /// The figure stands under the name that the maps give the product.
    Renamed,
    /// The rows of a figure are gone from a snapshot.
    FigureGone,
    /// The report gives the day of the association.
    DateOfAssociation,
    /// The first month that shows the attribution.
    FirstMonthOfAttribution,
    /// A snapshot no longer shows the attribution.
    AttributionGone,
    /// All subscriptions of the customer are inactive, or none is left.
    NoActiveSubscription,
    /// The customer's segment.
    CustomerSegment,
    /// The customer's segment of a month that an earlier one, told later, would change.
    SegmentKept,
    /// A certification and the day of its completion.
    Completion,
    /// A snapshot no longer lists the certification.
    CertificationGone,
    /// A partner admin link and the instant of its last change.
    LinkUpdated,
    /// A partner admin link that is deleted, or names another partner.
    LinkEnded,
    /// A partner admin link that was there when it was attested.
    LinkAttested,
    /// The customer accepted the relationship.
    RelationshipAccepted,
    /// The relationship was ended.
    RelationshipEnded,
    /// An order of the partner for the customer.
    OrderPlaced,
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// The report gives the fact and its date.
    Stated,
    /// It was there in that month or at that instant: it began then or earlier.
    Seen,
    /// It follows from an absence, or from another fact.
    Inferred,
}

impl Rule {
    /// The rule in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::FigureOfAMonth => "figure of a month",
            Self::ToldByAnotherReport => "told by another report",
            Self::Renamed => "renamed by the maps",
            Self::FigureGone => "figure gone from the snapshot",
            Self::DateOfAssociation => "date of association",
            Self::FirstMonthOfAttribution => "first month of attribution",
            Self::AttributionGone => "gone from the snapshot",
            Self::NoActiveSubscription => "no active subscription",
            Self::CustomerSegment => "segment of the customer",
            Self::SegmentKept => "segment told before",
            Self::Completion => "date of completion",
            Self::CertificationGone => "no longer listed",
            Self::LinkUpdated => "last change of the link",
            Self::LinkEnded => "end of the link",
            Self::LinkAttested => "attested link",
            Self::RelationshipAccepted => "relationship accepted",
            Self::RelationshipEnded => "relationship ended",
            Self::OrderPlaced => "order placed",
        }
    }

    /// Whether a source names this rule.
    pub(super) fn is_of(self, source: Option<&Source>) -> bool {
        source.is_some_and(|source| source.as_str().contains(&format!(", {self}, as of ")))
    }

    /// How sure it is.
    #[must_use]
    pub fn sureness(self) -> Sureness {
        match self {
            Self::FigureOfAMonth
            | Self::DateOfAssociation
            | Self::CustomerSegment
            | Self::Completion
            | Self::LinkUpdated
            | Self::LinkEnded
            | Self::RelationshipAccepted
            | Self::RelationshipEnded => Sureness::Stated,
            Self::FirstMonthOfAttribution | Self::LinkAttested | Self::OrderPlaced => Sureness::Seen,
            Self::ToldByAnotherReport
            | Self::Renamed
            | Self::FigureGone
            | Self::AttributionGone
            | Self::NoActiveSubscription
            | Self::SegmentKept
            | Self::CertificationGone => Sureness::Inferred,
        }
    }
}

impl Sureness {
    /// The word for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Seen => "seen",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text(), self.sureness().text())
    }
}
