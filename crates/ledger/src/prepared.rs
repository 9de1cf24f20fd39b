//! All that can be made of an event before its place is known, on any thread.

use crate::admission::check_form;
use crate::canonical::canonical_event;
use crate::entry::{Keys, keys_of};
use crate::event::{AssociationTerms, Event, Fact};
use crate::ids::{AssociationId, EventId, PartnerId};
use crate::refusal::Refusal;

/// An event that was checked and written in its canonical form, to be appended.
///
/// This is the work that needs no ledger: it is done on the thread of whoever hands the event in, so that the one
/// writer has less to do.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) id: EventId,
    pub(crate) partner: Option<PartnerId>,
    pub(crate) canonical: String,
    pub(crate) keys: Keys,
    /// The association that it requests.
    pub(crate) requests: Option<AssociationId>,
    pub(crate) leans_on: Option<Box<LeansOn>>,
}

/// What must have come before an event.
#[derive(Clone, Debug)]
pub(crate) enum LeansOn {
    /// The event that it retracts.
    Event(EventId),
    /// The request of the association that it accepts, for this field is missing.
    Request(AssociationTerms, &'static str),
    /// So many entries and no more.
    Size(u64),
}

impl Prepared {
    /// Checks an event and writes its canonical form.
    ///
    /// # Errors
    /// A [`Refusal`] of an event that was put together by hand and that no line could have said.
    pub fn new(event: &Event) -> Result<Self, Refusal> {
        check_form(event)?;
        let requests = if let Fact::AssociationRequested(terms) = &event.fact { Some(terms.association) } else { None };
        Ok(Self {
            id: event.id,
            partner: event.partner.clone(),
            canonical: canonical_event(event),
            keys: keys_of(event),
            requests,
            leans_on: LeansOn::of(&event.fact).map(Box::new),
        })
    }

    /// The name of the partner; empty for none.
    pub(crate) fn partner(&self) -> &str {
        self.partner.as_ref().map_or("", PartnerId::as_str)
    }
}

impl LeansOn {
    /// What must have come before; `None` where nothing must.
    pub(crate) fn of(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::EventRetracted { event, .. } => Some(Self::Event(*event)),
            Fact::AssociationAccepted(terms) => terms.missing().map(|missing| Self::Request(terms.clone(), missing)),
            Fact::KeyRotated(rotation) => Some(Self::Size(rotation.checkpoint().checkpoint().size)),
            Fact::AssociationRequested(_)
            | Fact::AssociationDeclined { .. }
            | Fact::AssociationRevoked { .. }
            | Fact::CustomerChurned { .. }
            | Fact::CustomerClassified { .. }
            | Fact::UsageReported(_)
            | Fact::CertificationLinked { .. }
            | Fact::CertificationUnlinked { .. }
            | Fact::RulebookAdopted { .. } => None,
        }
    }
}
