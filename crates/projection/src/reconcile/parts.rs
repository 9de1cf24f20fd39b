//! A partner's history falls into parts of which each adds to the sums of metrics by itself: customers, as far as no
//! association ties them together, and beside them what is told of people and of areas.

use std::collections::{BTreeMap, HashMap};

use ledger::{Area, AssociationId, AssociationTerms, CustomerId, Entry, EventId, Fact, PersonId};

/// What an entry changes something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A customer, with all that are tied to it by associations that name several.
    Customer(CustomerId),
    /// A person.
    Person(PersonId),
    /// An area.
    Area(Area),
    /// Nothing that a score reads.
    Nothing,
}

/// The parts of a history, and which of its entries belongs to which.
pub(super) struct Parts<'e> {
    /// The customer that an association names first.
    of_association: BTreeMap<AssociationId, CustomerId>,
    /// Customers that are tied to another one.
    tied_to: BTreeMap<CustomerId, CustomerId>,
    by_id: HashMap<EventId, &'e Entry>,
}

impl<'e> Parts<'e> {
    pub(super) fn of(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let mut parts = Self { of_association: BTreeMap::new(), tied_to: BTreeMap::new(), by_id: HashMap::new() };
        for entry in entries {
            parts.by_id.insert(entry.event.id, entry);
            if let Fact::AssociationRequested(terms) | Fact::AssociationAccepted(terms) = &entry.event.fact
                && let Some(customer) = terms.customer
            {
                let first = *parts.of_association.entry(terms.association).or_insert(customer);
                let (one, other) = (parts.settle(first), parts.settle(customer));
                if one != other {
                    parts.tied_to.insert(other, one);
                }
            }
        }
        for customer in parts.tied_to.keys().copied().collect::<Vec<_>>() {
            parts.settle(customer);
        }
        parts
    }

    /// The head of a customer, to which all that lie between are tied from now on.
    fn settle(&mut self, customer: CustomerId) -> CustomerId {
        let head = self.head(customer);
        let mut at = customer;
        while at != head {
            at = self.tied_to.insert(at, head).unwrap_or(head);
        }
        head
    }

    /// The customer that stands for all that are tied together.
    fn head(&self, customer: CustomerId) -> CustomerId {
        let mut head = customer;
        while let Some(next) = self.tied_to.get(&head) {
            head = *next;
        }
        head
    }

    /// The fact that an entry tells, or that it takes back or restores; none where that is no fact about the partner.
    pub(super) fn fact(&self, entry: &'e Entry) -> Option<&'e Entry> {
        let mut fact = entry;
        while let Fact::EventRetracted { event, .. } = &fact.event.fact {
            fact = self.by_id.get(event).copied().filter(|target| target.seq < fact.seq)?;
        }
        Some(fact)
    }

    /// The part that a fact belongs to.
    pub(super) fn part(&self, fact: &Entry) -> Part {
        let customer = |customer: &CustomerId| Part::Customer(self.head(*customer));
        match &fact.event.fact {
            Fact::AssociationRequested(AssociationTerms { association, .. })
            | Fact::AssociationAccepted(AssociationTerms { association, .. })
            | Fact::AssociationDeclined { association, .. }
            | Fact::AssociationRevoked { association, .. } => {
                self.of_association.get(association).map_or(Part::Nothing, customer)
            }
            Fact::CustomerChurned { customer: of, .. } | Fact::CustomerClassified { customer: of, .. } => customer(of),
            Fact::UsageReported(usage) => customer(&usage.customer),
            Fact::CertificationLinked { person, .. } | Fact::CertificationUnlinked { person, .. } => {
                Part::Person(person.clone())
            }
            Fact::DesignationEnrolled { area, .. } => Part::Area(*area),
            Fact::CertificationEarned { .. }
            | Fact::ScorePublished { .. }
            | Fact::EventRetracted { .. }
            | Fact::RulebookAdopted { .. }
            | Fact::KeyRotated(_) => Part::Nothing,
        }
    }
}
