//! By which rule a report proves an event, and how sure that is.

ledger::named! {
    /// Why an event follows from a report, in a few words.
    Rule {
        /// The sum of the rows of a key.
        FigureOfAMonth = "figure of a month",
        /// Another kind of report tells the figure better.
        ToldByAnotherReport = "told by another report",
        /// The figure stands under the name that the maps give the product.
        Renamed = "renamed by the maps",
        /// The rows of a figure are gone from a snapshot.
        FigureGone = "figure gone from the snapshot",
        /// The report gives the day of the association.
        DateOfAssociation = "date of association",
        /// The first month that shows the attribution.
        FirstMonthOfAttribution = "first month of attribution",
        /// A snapshot no longer shows the attribution.
        AttributionGone = "gone from the snapshot",
        /// All subscriptions of the customer are inactive, or none is left.
        NoActiveSubscription = "no active subscription",
        /// The customer's segment.
        CustomerSegment = "segment of the customer",
        /// The customer's segment of a month that an earlier one, told later, would change.
        SegmentKept = "segment told before",
        /// A certification and the day of its completion.
        Completion = "date of completion",
        /// A snapshot no longer lists the certification.
        CertificationGone = "no longer listed",
        /// A certification and the day on which it was awarded.
        Award = "date of the award",
        /// A score and the day on which it was shown.
        ScoreShown = "shown by the programme",
        /// A partner admin link and the instant of its last change.
        LinkUpdated = "last change of the link",
        /// A partner admin link that is deleted, or names another partner.
        LinkEnded = "end of the link",
        /// A partner admin link that was there when it was attested.
        LinkAttested = "attested link",
        /// The customer accepted the relationship.
        RelationshipAccepted = "relationship accepted",
        /// The relationship was ended.
        RelationshipEnded = "relationship ended",
        /// An order of the partner for the customer.
        OrderPlaced = "order placed",
    }
}

ledger::named! {
    /// How sure a rule is.
    Sureness {
        /// The report gives the fact and its date.
        Stated = "stated",
        /// It was there in that month or at that instant: it began then or earlier.
        Seen = "seen",
        /// It follows from an absence, or from another fact.
        Inferred = "inferred",
    }
}

impl Rule {
    /// The rule with its sureness, as people and sources are told it.
    #[must_use]
    pub fn phrase(self) -> String {
        format!("{self} ({})", self.sureness())
    }

    /// Reads what [`Rule::phrase`] wrote.
    pub(crate) fn from_phrase(text: &str) -> Option<Self> {
        let (name, sureness) = text.strip_suffix(')')?.split_once(" (")?;
        Self::from_name(name).filter(|rule| rule.sureness().name() == sureness)
    }

    /// How sure it is.
    #[must_use]
    pub fn sureness(self) -> Sureness {
        match self {
            Self::FigureOfAMonth
            | Self::DateOfAssociation
            | Self::CustomerSegment
            | Self::Completion
            | Self::Award
            | Self::ScoreShown
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
