//! The associations that a file shows, month by month, and what that changes.
//!
//! A report does not say when an association began or ended. What it proves: in this month the association was there.
//! So one that the ledger does not have begins on the day that the report gives for it, else on the first day of the
//! first month that shows it. One that the ledger knows to have ended and that a later month shows is a new one, since
//! an association never restarts. Only a snapshot proves an end: the first day of a month that no longer shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ledger::{
    AssociationId, AssociationTerms, CustomerId, Date, Event, EventId, Fact, Mechanism, Month, Name, PartnerId, Remark,
    Role, Source, Timestamp, When,
};

use super::context::{Context, KnownAssociation};
use super::ids::association_id;
use super::kind::Kind;
use super::origin::Origin;
use super::output::Output;

/// What a row shows of an association.
pub(super) struct Sighting<'a> {
    pub(super) line: u64,
    pub(super) partner: &'a PartnerId,
    pub(super) location: Option<&'a Name>,
    pub(super) customer: CustomerId,
    pub(super) mechanism: Mechanism,
    pub(super) role: Option<Role>,
    pub(super) workload: Option<&'a Name>,
    pub(super) subscription: Option<&'a Name>,
    pub(super) principal: Option<Name>,
    /// The claim, where claims have ids.
    pub(super) claim: Option<&'a str>,
    /// The day of association, where the report gives it.
    pub(super) since: Option<Date>,
    pub(super) month: Month,
}

/// The associations of one file.
#[derive(Default)]
pub(super) struct Sightings {
    seen: HashMap<AssociationId, Seen>,
    /// The months of which the file has rows, by partner.
    months: BTreeMap<PartnerId, BTreeSet<Month>>,
}

/// One association under way.
struct Seen {
    line: u64,
    partner: PartnerId,
    location: Option<Name>,
    terms: AssociationTerms,
    since: Option<Date>,
    months: BTreeMap<Month, u64>,
}

/// One life of an association: a later return is another.
#[derive(Clone, Copy)]
struct Life {
    id: AssociationId,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Sightings {
    /// Notes that the file has rows of a partner in a month, whatever they show.
    pub(super) fn cover(&mut self, partner: &PartnerId, month: Month) {
        match self.months.get_mut(partner.as_str()) {
            Some(months) => {
                months.insert(month);
            }
            None => {
                self.months.insert(partner.clone(), BTreeSet::from([month]));
            }
        }
    }

    /// Notes what a row shows.
    pub(super) fn add(&mut self, sighting: &Sighting<'_>) {
        let association = sighting.id();
        let seen = self.seen.entry(association).or_insert_with(|| Seen {
            line: sighting.line,
            partner: sighting.partner.clone(),
            location: sighting.location.cloned(),
            terms: sighting.terms(association),
            since: None,
            months: BTreeMap::new(),
        });
        seen.since = [seen.since, sighting.since].into_iter().flatten().min();
        seen.months.entry(sighting.month).or_insert(sighting.line);
    }

    /// Hands over what the file changes, in the order of first rows; then the ends that no row shows.
    pub(super) fn hand_over(self, context: &Context<'_>, kind: Kind, origin: &Origin, output: &mut Output<'_>) {
        let mut seen: Vec<(AssociationId, Seen)> = self.seen.into_iter().collect();
        seen.sort_unstable_by_key(|(id, seen)| (seen.line, *id));
        let mut lives = HashSet::new();
        for (id, seen) in &seen {
            let months = self.months.get(seen.partner.as_str()).cloned().unwrap_or_default();
            seen.hand_over(*id, &months, context, origin, &mut lives, output);
        }
        if context.snapshot {
            for (partner, months) in &self.months {
                end_unseen(partner, months, &lives, context, kind, origin, output);
            }
        }
    }
}

/// Ends the associations that earlier reports of the kind gave and no row of this one shows.
fn end_unseen(
    partner: &PartnerId,
    months: &BTreeSet<Month>,
    lives: &HashSet<AssociationId>,
    context: &Context<'_>,
    kind: Kind,
    origin: &Origin,
    output: &mut Output<'_>,
) {
    let reported = context.reported_associations.map_or_else(Vec::new, |list| list(partner, kind));
    for (id, known) in reported {
        let began_before = |month: &&Month| known.start < start_of(**month);
        if known.end.is_none()
            && !lives.contains(&id)
            && let Some(month) = months.iter().find(began_before)
        {
            output.event(0, revocation(partner, None, id, *month, origin));
        }
    }
}

impl Sighting<'_> {
    fn id(&self) -> AssociationId {
        let customer = self.customer.to_string();
        let text = |name: Option<&Name>| name.map_or_else(String::new, |name| name.as_str().to_owned());
        association_id(&[
            self.partner.as_str(),
            &customer,
            self.mechanism.name(),
            self.role.map_or("", Role::name),
            self.claim.unwrap_or(""),
            &text(self.workload).to_ascii_lowercase(),
            &text(self.subscription),
        ])
    }

    fn terms(&self, association: AssociationId) -> AssociationTerms {
        AssociationTerms {
            association,
            customer: Some(self.customer),
            mechanism: Some(self.mechanism),
            role: self.role,
            workload: self.workload.cloned(),
            subscription: self.subscription.cloned(),
            principal: self.principal.clone(),
        }
    }
}

impl Seen {
    fn hand_over(
        &self,
        id: AssociationId,
        months: &BTreeSet<Month>,
        context: &Context<'_>,
        origin: &Origin,
        lives: &mut HashSet<AssociationId>,
        output: &mut Output<'_>,
    ) {
        let mut life = Life::of(&self.partner, id, context);
        lives.insert(life.id);
        let (mut changed, mut since) = (false, self.since.map(Timestamp::start_of));
        for month in months {
            let first_instant = start_of(*month);
            while let Some(end) = life.end.filter(|end| first_instant >= *end) {
                life = Life::of(&self.partner, life.next(end), context);
                since = since.filter(|since| *since >= end);
                lives.insert(life.id);
            }
            if let Some(line) = self.months.get(month) {
                let start = since.unwrap_or(first_instant);
                if life.start.is_none_or(|known| start < known) {
                    let rule = if since.is_some() { "date of association" } else { "first month of attribution" };
                    output.event(*line, self.acceptance(life.id, start, origin.source(Some(*line), 0, rule)));
                    (life.start, changed) = (Some(start), true);
                }
            } else if context.snapshot && life.end.is_none() && life.start.is_some_and(|start| start < first_instant) {
                output.event(0, revocation(&self.partner, self.location.as_ref(), life.id, *month, origin));
                (life.end, changed) = (Some(first_instant), true);
            }
        }
        output.summary.known_associations += u64::from(!changed);
    }

    fn acceptance(&self, id: AssociationId, start: Timestamp, source: Option<Source>) -> Event {
        Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(self.partner.clone()),
            location: self.location.clone(),
            when: When::At(start),
            fact: Fact::AssociationAccepted(AssociationTerms { association: id, ..self.terms.clone() }),
            note: None,
            source,
        }
    }
}

impl Life {
    fn of(partner: &PartnerId, id: AssociationId, context: &Context<'_>) -> Self {
        match context.association(partner, id) {
            Some(KnownAssociation { start, end }) => Self { id, start: Some(start), end },
            None => Self { id, start: None, end: None },
        }
    }

    /// The id of the life after this one, which ended then.
    fn next(self, end: Timestamp) -> AssociationId {
        association_id(&["return", &self.id.to_string(), &end.to_string()])
    }
}

fn revocation(
    partner: &PartnerId,
    location: Option<&Name>,
    association: AssociationId,
    month: Month,
    origin: &Origin,
) -> Event {
    let reason = Remark::new(&format!("no longer in the report of {month}")).ok();
    Event {
        id: EventId(uuid::Uuid::nil()),
        partner: Some(partner.clone()),
        location: location.cloned(),
        when: When::At(start_of(month)),
        fact: Fact::AssociationRevoked { association, by: None, reason },
        note: None,
        source: origin.source(None, 0, "gone from the snapshot"),
    }
}

fn start_of(month: Month) -> Timestamp {
    Timestamp::start_of(month.first_day())
}
