//! What facts are about: those about one thing are told together.

use ledger::{
    Area, AssociationId, AssociationTerms, CustomerId, Entry, EventId, Fact, Month, PersonId, UsageMetric, When,
};

use crate::history::{History, Occurrence};
use crate::rulebook::{Family, Metric};

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// An association.
    Association(AssociationId),
    /// A customer: that it left, or how large it is.
    Customer(CustomerId),
    /// A person's certifications.
    Person(PersonId),
    /// The figures of a month.
    Figures(UsageMetric, Month),
    /// The enrolments that hold the track of an area.
    Enrolment(Area),
    /// What no score reads: certifications that are not linked, what the programme showed, other enrolments.
    Unscored,
    /// An earlier event.
    Event(EventId),
    /// The rules.
    Rules,
}

impl Topic {
    /// What an entry is about.
    pub(super) fn of(entry: &Entry) -> Self {
        match (&entry.event.fact, entry.event.when) {
            (Fact::UsageReported(usage), When::In(month)) => Self::Figures(usage.metric, month),
            (Fact::UsageReported(usage), When::At(at)) => Self::Figures(usage.metric, Month::of(at.date())),
            (
                Fact::AssociationRequested(AssociationTerms { association, .. })
                | Fact::AssociationAccepted(AssociationTerms { association, .. })
                | Fact::AssociationDeclined { association, .. }
                | Fact::AssociationRevoked { association, .. },
                _,
            ) => Self::Association(*association),
            (Fact::CustomerChurned { customer, .. } | Fact::CustomerClassified { customer, .. }, _) => {
                Self::Customer(*customer)
            }
            (Fact::CertificationLinked { person, .. } | Fact::CertificationUnlinked { person, .. }, _) => {
                Self::Person(person.clone())
            }
            (Fact::DesignationEnrolled { area, track: Some(_), .. }, _) if Family::of(*area).holds_track() => {
                Self::Enrolment(*area)
            }
            (Fact::CertificationEarned { .. } | Fact::DesignationEnrolled { .. } | Fact::ScorePublished { .. }, _) => {
                Self::Unscored
            }
            (Fact::EventRetracted { event, .. }, _) => Self::Event(*event),
            // A change of key is about no score, and never compared.
            (Fact::RulebookAdopted { .. } | Fact::KeyRotated(_), _) => Self::Rules,
        }
    }

    /// What a fact is about that becomes true.
    pub(super) fn told(fact: &Occurrence) -> Self {
        match fact {
            Occurrence::Step(association, _) => Self::Association(*association),
            Occurrence::Churn(customer, _) | Occurrence::Class(customer, _) => Self::Customer(*customer),
            Occurrence::Link(person, _) => Self::Person(person.clone()),
            Occurrence::Enrolment(area, _) => Self::Enrolment(*area),
            Occurrence::Unscored(_) => Self::Unscored,
        }
    }

    /// The subject in words, by what is known.
    pub(super) fn words(&self, history: &History) -> String {
        match self {
            Self::Association(association) => match history.customer_of(*association) {
                Some(customer) => format!("association {association} with customer {customer}"),
                None => format!("association {association}"),
            },
            Self::Customer(customer) => format!("customer {customer}"),
            Self::Person(person) => format!("certifications of {person}"),
            Self::Figures(metric, month) => format!("{metric} of {month}"),
            Self::Enrolment(area) => format!("enrolment in {area}"),
            Self::Unscored => "what no score reads".to_owned(),
            Self::Event(event) => format!("event {event}"),
            Self::Rules => "the rules".to_owned(),
        }
    }

    /// The areas whose scores read such facts.
    pub(super) fn areas(&self) -> Vec<Area> {
        let read = |area: &Area| match self {
            Self::Figures(figure, _) => Metric::ALL.iter().any(|metric| Family::of(*area).reads(*metric, *figure)),
            Self::Enrolment(enrolled) => enrolled == area,
            Self::Unscored => false,
            Self::Association(_) | Self::Customer(_) | Self::Person(_) | Self::Event(_) | Self::Rules => true,
        };
        Area::ALL.iter().copied().filter(read).collect()
    }
}
