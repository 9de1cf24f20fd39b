//! The certifications that a file lists, and what that changes.
//!
//! A link holds from the day of completion; the report does not say when the person was linked. What a snapshot no
//! longer lists is unlinked on the day of the download, which is that of the import unless the file's name or the command
//! tells another; what it lists again later is linked again on that day. Whoever was unlinked by hand stays so: reports
//! go on to list people for weeks after they have left.
//!
//! An older snapshot unlinks nothing that a newer list has, and what it alone lists is unlinked on the newer one's day.
//! A list without a day that the ledger has already is of the day on which it was imported first, and when another came
//! after it, it unlinks nothing: so lists that are imported once more change nothing.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Date, Event, EventId, Fact, Name, PartnerId, PersonId, Remark, Timestamp, When};

use super::context::Context;
use super::facts::KnownLink;
use super::kind::Kind;
use super::origin::Origin;
use super::output::Output;
use super::rule::Rule;

/// A row that lists a certification of a person.
pub(super) struct Listed {
    pub(super) line: u64,
    pub(super) partner: PartnerId,
    pub(super) location: Option<Name>,
    pub(super) person: PersonId,
    pub(super) certification: Name,
    pub(super) completed: Date,
    pub(super) expires_on: Option<Date>,
    pub(super) note: Option<Remark>,
}

/// The certifications that a file lists.
#[derive(Default)]
pub(super) struct Links {
    rows: Vec<Listed>,
    /// Persons with a title that is unknown, of whom nothing is unlinked.
    kept: BTreeSet<(PartnerId, PersonId)>,
    /// The partners of whom the file has rows, whatever they list.
    partners: BTreeSet<PartnerId>,
    /// The place of each certification and its day of completion among the rows.
    places: BTreeMap<(PartnerId, PersonId, Name, Date), usize>,
}

type Known = BTreeMap<(PersonId, Name), Vec<KnownLink>>;

impl Links {
    /// Notes that the file has a row of a partner, whatever it lists.
    pub(super) fn cover(&mut self, partner: &PartnerId) {
        if !self.partners.contains(partner.as_str()) {
            self.partners.insert(partner.clone());
        }
    }

    /// Notes that a title of a person is unknown: it may be that of a certification under a new name.
    pub(super) fn keep(&mut self, partner: PartnerId, person: Option<PersonId>) {
        self.kept.extend(person.map(|person| (partner, person)));
    }

    /// Adds a row; of rows that differ in the day of expiry alone, the latest day holds.
    pub(super) fn add(&mut self, row: Listed) {
        let key = (row.partner.clone(), row.person.clone(), row.certification.clone(), row.completed);
        let place = *self.places.entry(key).or_insert(self.rows.len());
        match self.rows.get_mut(place) {
            Some(known) if known.expires_on < row.expires_on => *known = row,
            Some(_) => {}
            None => self.rows.push(row),
        }
    }

    /// Hands over what the file changes, in the order of rows; then what it no longer lists.
    pub(super) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        let (as_of, is_replaced) = self.day(context, origin).unwrap_or((origin.as_of(), false));
        let origin = &origin.on(as_of);
        let mut known: BTreeMap<PartnerId, Known> = BTreeMap::new();
        let mut listed: BTreeMap<PartnerId, BTreeSet<(PersonId, Name)>> = BTreeMap::new();
        let mut fresh: BTreeSet<(PartnerId, PersonId, Name)> = BTreeSet::new();
        for row in self.rows {
            let facts = known
                .entry(row.partner.clone())
                .or_insert_with(|| context.facts(&row.partner).ask(|facts| facts.links().clone()));
            let holding = (row.person.clone(), row.certification.clone());
            listed.entry(row.partner.clone()).or_default().insert(holding.clone());
            let links = facts.entry(holding).or_default();
            match row.change(links, origin) {
                Change::None => output.summary.known_links += 1,
                Change::Older => output.summary.older_links += 1,
                Change::Link(at) => {
                    if links.is_empty() {
                        fresh.insert((row.partner.clone(), row.person.clone(), row.certification.clone()));
                    }
                    let told = origin.told(Kind::TrainingCompletions);
                    links.push(KnownLink { at, expires_on: row.expires_on, is_unlink: false, told: Some(told) });
                    row.hand_over(at, origin, output);
                }
            }
        }
        if is_replaced || !output.is_whole(context) {
            return;
        }
        for partner in self.partners {
            let facts = || context.facts(&partner).ask(|facts| facts.links().clone());
            let known = known.remove(&partner).unwrap_or_else(facts);
            let still = listed.remove(&partner).unwrap_or_default();
            let newer = context.facts(&partner).ask(|facts| facts.list_after(origin.as_of()));
            let day = newer.unwrap_or(origin.as_of());
            for ((person, certification), links) in known {
                let is_gone = match newer {
                    // The newer list would have it, if it were not gone.
                    Some(_) => fresh.contains(&(partner.clone(), person.clone(), certification.clone())),
                    None => !still.contains(&(person.clone(), certification.clone())),
                };
                let at = Timestamp::start_of(day);
                let is_linked = links.last().is_some_and(|last| !last.is_unlink && last.told.is_some() && last.at < at);
                let is_kept = self.kept.contains(&(partner.clone(), person.clone()));
                if is_gone && is_linked && !is_kept {
                    unlink(&partner, person, certification, day, origin, output);
                }
            }
        }
    }
}

impl Links {
    /// Of a list without a day that the ledger has: the day on which it was imported first, and whether another list
    /// came after it.
    fn day(&self, context: &Context<'_>, origin: &Origin) -> Option<(Date, bool)> {
        if context.is_dated() {
            return None;
        }
        self.partners.iter().find_map(|partner| context.facts(partner).ask(|facts| facts.list(origin.digest())))
    }
}

/// What a row changes.
enum Change {
    None,
    Older,
    Link(Timestamp),
}

impl Listed {
    fn change(&self, known: &[KnownLink], origin: &Origin) -> Change {
        let completed = Timestamp::start_of(self.completed);
        let unlinked = known.iter().rev().find(|link| link.is_unlink).filter(|unlink| unlink.at >= completed);
        let is_linked_since = |unlink: &KnownLink| known.iter().any(|link| !link.is_unlink && link.at > unlink.at);
        if let Some(unlink) = unlinked.filter(|unlink| !is_linked_since(unlink)) {
            let day = Timestamp::start_of(origin.as_of());
            return if unlink.told.is_some() && day > unlink.at { Change::Link(day) } else { Change::None };
        }
        let same = known.iter().rev().find(|link| !link.is_unlink && link.at == completed);
        let Some(known) = same else { return Change::Link(completed) };
        // A system query has no days of expiry: it takes none away, and any day is better than none.
        if known.expires_on == self.expires_on || self.expires_on.is_none() {
            return Change::None;
        }
        let told = known.told.map(|told| told.as_of).filter(|_| known.expires_on.is_some());
        // Of two downloads of one day the one with the later expiry: a renewal puts it off.
        let is_older = told.is_some_and(|told| (told, known.expires_on) > (origin.as_of(), self.expires_on));
        if is_older { Change::Older } else { Change::Link(completed) }
    }

    fn hand_over(self, at: Timestamp, origin: &Origin, output: &mut Output<'_>) {
        let Self { line, partner, location, person, certification, completed, expires_on, note } = self;
        let event = Event {
            id: EventId(uuid::Uuid::nil()),
            partner: Some(partner),
            location,
            when: When::At(at),
            fact: Fact::CertificationLinked { person, certification, earned_on: Some(completed), expires_on },
            note,
            source: origin.source(Some(line), 0, Rule::Completion),
        };
        output.event(line, Rule::Completion, event);
    }
}

fn unlink(
    partner: &PartnerId,
    person: PersonId,
    certification: Name,
    day: Date,
    origin: &Origin,
    output: &mut Output<'_>,
) {
    let reason = Remark::new(&format!("no longer listed as of {day}")).ok();
    let event = Event {
        id: EventId(uuid::Uuid::nil()),
        partner: Some(partner.clone()),
        location: None,
        when: When::At(Timestamp::start_of(day)),
        fact: Fact::CertificationUnlinked { person, certification: Some(certification), reason },
        note: None,
        source: origin.source(None, 0, Rule::CertificationGone),
    };
    output.event(0, Rule::CertificationGone, event);
}
