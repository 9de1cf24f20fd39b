//! The certifications that a file lists, and what that changes.
//!
//! A link holds from the day of completion; the report does not say when the person was linked. What a snapshot no
//! longer lists is unlinked on the day of the download: that of the command, of the file's name, else the newest
//! completion; what it lists again later is linked again on that day. Whoever was unlinked by hand stays so: reports
//! go on to list people for weeks after they have left.
//!
//! An older snapshot unlinks nothing that a newer list has, and what it alone lists is unlinked on the newer one's day.
//! What it lists of a certification that a newer one unlinked is linked up to then.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Date, Event, Fact, Month, Name, PartnerId, PersonId, Remark, Timestamp, When};
use projection::SameAs;

use crate::changes::twins::Twins;
use crate::context::{Context, Part};
use crate::error::ReportError;
use crate::facts::KnownLink;
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::rule::Rule;
use crate::summary::GoneSubject;

/// A row that lists a certification of a person.
pub(crate) struct ListRow {
    pub(crate) line: u64,
    pub(crate) partner: PartnerId,
    pub(crate) location: Option<Name>,
    pub(crate) person: PersonId,
    pub(crate) certification: Name,
    pub(crate) completed: Date,
    pub(crate) expires_on: Option<Date>,
    pub(crate) note: Option<Remark>,
}

/// The certifications that a file lists.
#[derive(Default)]
pub(crate) struct Links {
    rows: Vec<ListRow>,
    /// Titles that are unknown, by person and day of completion: what the person earned that day is not unlinked. Where
    /// the person is unknown, nothing is unlinked that anybody earned that day.
    kept: BTreeMap<(PartnerId, Option<PersonId>, Date), String>,
    /// The partners of whom the file has rows, whatever they list.
    partners: BTreeSet<PartnerId>,
    /// Who shares what with whom.
    pub(crate) twins: Twins,
    /// The place of each certification and its day of completion among the rows.
    places: BTreeMap<(PartnerId, PersonId, Name, Date), usize>,
}

type KnownLinks = BTreeMap<(PersonId, Name), Vec<KnownLink>>;

/// A person's certification at a partner.
type Holding = (PartnerId, PersonId, Name);

/// Why a certification that is no longer listed is not unlinked.
const MAY_BE_KNOWN: &str =
    "may be what was completed on the same day and is not listed, which is therefore not unlinked";

/// Pairs of persons that an import names.
const SAID_PAIRS: usize = 20;

impl Links {
    /// Notes that the file has a row of a partner, whatever it lists.
    pub(crate) fn cover(&mut self, partner: &PartnerId) {
        if !self.partners.contains(partner.as_str()) {
            self.partners.insert(partner.clone());
        }
    }

    /// Whether the file has rows of somebody whose certifications it may no longer list.
    pub(crate) fn may_end(&self) -> bool {
        !self.partners.is_empty()
    }

    /// Notes that a title is unknown, or whose it is: it may be that of a certification, completed on that day.
    pub(crate) fn keep(&mut self, partner: PartnerId, person: Option<PersonId>, completed: Date, title: &str) {
        self.kept.entry((partner, person, completed)).or_insert_with(|| title.to_owned());
    }

    /// Adds a row; of rows that differ in the day of expiry alone, the latest day holds.
    pub(crate) fn add(&mut self, row: ListRow) {
        let key = (row.partner.clone(), row.person.clone(), row.certification.clone(), row.completed);
        let place = *self.places.entry(key).or_insert(self.rows.len());
        match self.rows.get_mut(place) {
            Some(known) if known.expires_on < row.expires_on => *known = row,
            Some(_) => {}
            None => self.rows.push(row),
        }
    }

    /// Refuses a list that is to be the whole truth of its day, when another file of the import has one of that day.
    pub(crate) fn refuse_parts(
        &self,
        context: &Context<'_>,
        origin: &Origin,
        output: &Output<'_>,
    ) -> Result<(), ReportError> {
        if !output.is_whole(context) {
            return Ok(());
        }
        let (kind, as_of) = (Kind::TrainingCompletions, origin.as_of());
        for partner in &self.partners {
            let part = Part { kind, partner: partner.clone(), month: Month::of(as_of), as_of };
            context.check_part(part)?;
        }
        Ok(())
    }

    /// Hands over what the file changes, in the order of rows; then what it no longer lists, which is counted where the
    /// file is no snapshot.
    ///
    /// Where sources are sealed, in the order of persons: that of rows would tell them.
    pub(crate) fn hand_over(self, context: &Context<'_>, origin: &Origin, output: &mut Output<'_>) {
        let mut known: BTreeMap<PartnerId, KnownLinks> = BTreeMap::new();
        let mut listed: BTreeMap<PartnerId, BTreeSet<(PersonId, Name)>> = BTreeMap::new();
        let mut fresh: BTreeSet<Holding> = BTreeSet::new();
        let newest = newest(&self.rows);
        let remarks = self.twins.remarks();
        say(&remarks, output);
        let mut events: Vec<(u64, Event)> = Vec::new();
        let mut standing: BTreeMap<PersonId, (Timestamp, ListRow)> = BTreeMap::new();
        for row in self.rows {
            let facts = known.entry(row.partner.clone()).or_insert_with(|| known_links(context, &row.partner));
            let holding = (row.person.clone(), row.certification.clone());
            listed.entry(row.partner.clone()).or_default().insert(holding.clone());
            let links = facts.entry(holding).or_default();
            let is_newest = newest.get(&row.holding()) == Some(&(row.completed, row.expires_on));
            match row.change(links, is_newest, origin) {
                unchanged @ (LinkChange::None | LinkChange::Older) => {
                    output.summary.known_links += u64::from(matches!(unchanged, LinkChange::None));
                    output.summary.older_links += u64::from(matches!(unchanged, LinkChange::Older));
                    let last = links.last().filter(|last| !last.is_unlink && last.told.is_some());
                    if let Some(last) = last.filter(|_| remarks.contains_key(&row.person)) {
                        let row = ListRow { completed: last.earned_on, expires_on: last.expires_on, ..row };
                        standing.entry(row.person.clone()).or_insert((last.at, row));
                    }
                }
                LinkChange::Link(at) => {
                    if links.is_empty() {
                        fresh.insert(row.holding());
                    }
                    let told = Some(origin.told(Kind::TrainingCompletions));
                    let (earned_on, expires_on) = (row.completed, row.expires_on);
                    let same_as = remarks.get(&row.person).into_iter().flatten().cloned().collect();
                    let link = KnownLink { at, earned_on, expires_on, is_unlink: false, told, same_as };
                    events.push(row.event(at, &link.same_as, origin));
                    let place = links.partition_point(|link| link.at <= at);
                    links.insert(place, link);
                }
            }
        }
        // What stands of a person is told again with the remarks that no entry has yet.
        let links =
            known.values().flatten().flat_map(|((person, _), links)| links.iter().map(move |link| (person, link)));
        let told: BTreeSet<(&PersonId, &SameAs)> =
            links.flat_map(|(person, link)| link.same_as.iter().map(move |remark| (person, remark))).collect();
        for (person, (at, row)) in standing {
            let remarks = remarks.get(&person).into_iter().flatten();
            if !remarks.clone().all(|remark| told.contains(&(&person, remark))) {
                events.push(row.event(at, remarks, origin));
            }
        }
        if origin.is_sealed() {
            events.sort_by(|(_, one), (_, other)| holding_of(one).cmp(&holding_of(other)));
        }
        for (line, event) in events {
            output.event(line, Rule::Completion, event);
        }
        if !output.has_every_row() {
            return;
        }
        for partner in self.partners {
            let mut unended = 0;
            let known = known.remove(&partner).unwrap_or_else(|| known_links(context, &partner));
            let still = listed.remove(&partner).unwrap_or_default();
            let newer = (context.known)(&partner).ask(|facts| facts.list_after(origin.as_of()));
            for ((person, certification), links) in known {
                let holding = (partner.clone(), person.clone(), certification.clone());
                let listed = if fresh.contains(&holding) {
                    Listing::Newly
                } else if still.contains(&(person.clone(), certification.clone())) {
                    Listing::AsBefore
                } else {
                    Listing::Not
                };
                let Some((last, day)) = gone(&links, listed, origin.as_of(), newer) else { continue };
                let mut kept = [Some(person.clone()), None].into_iter();
                match kept.find_map(|person| self.kept.get(&(partner.clone(), person, last.earned_on))) {
                    Some(title) if context.snapshot => output.summary.remark(MAY_BE_KNOWN, title),
                    None if context.snapshot => unlink(&partner, person, certification, day, origin, output),
                    Some(_) => {}
                    None => {
                        let is_of_earlier_list = last.told.is_some_and(|told| told.as_of < origin.as_of());
                        unended += u64::from(newer.is_none() && is_of_earlier_list);
                    }
                }
            }
            if !context.snapshot {
                output.summary.gone.insert((GoneSubject::Certification, partner), unended);
            }
        }
    }
}

/// What the ledger has of a partner's people, in the order of days.
fn known_links(context: &Context<'_>, partner: &PartnerId) -> KnownLinks {
    let mut known = (context.known)(partner).ask(|facts| facts.links().clone());
    for links in known.values_mut() {
        links.sort_by_key(|link| link.at);
    }
    known
}

/// Says who shares what with whom.
fn say(remarks: &BTreeMap<PersonId, BTreeSet<SameAs>>, output: &mut Output<'_>) {
    let all = remarks.iter().flat_map(|(person, all)| all.iter().map(move |remark| (person, remark)));
    for (nth, (person, SameAs { shared, other })) in all.enumerate() {
        let what = format!("two ids that share a {shared}, and count as two persons");
        if nth < SAID_PAIRS {
            let what = format!("{what}: `pcs map add FILE person {person} {other}` makes them one");
            output.summary.remark(&what, &format!("{person} and {other}"));
        } else {
            output.summary.remark(&format!("{what}: `pcs check` names them"), "further persons");
        }
    }
}

/// The newest completion of each certification, with its last day.
fn newest(rows: &[ListRow]) -> BTreeMap<Holding, (Date, Option<Date>)> {
    let mut newest = BTreeMap::new();
    for row in rows {
        let listed = (row.completed, row.expires_on);
        newest.entry(row.holding()).and_modify(|known| *known = listed.max(*known)).or_insert(listed);
    }
    newest
}

/// Whether a list has a certification.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Not,
    AsBefore,
    /// It is the first list that has it.
    Newly,
}

/// The link that a list ends, and the day on which it ends. That is the day of the list; for what this list alone has,
/// it is the day of the newer list.
fn gone(links: &[KnownLink], listed: Listing, as_of: Date, newer: Option<Date>) -> Option<(&KnownLink, Date)> {
    let linked_before = |links: &'_ [KnownLink], day: Date| {
        links.last().is_some_and(|last| !last.is_unlink && last.told.is_some() && last.at < Timestamp::start_of(day))
    };
    let (before, day) = match (listed, newer) {
        (Listing::AsBefore, _) | (Listing::Newly, None) => return None,
        (Listing::Newly, Some(newer)) => (links, newer),
        (Listing::Not, None) => (links, as_of),
        // It was gone before the list on whose day it is unlinked, if no other is known between them.
        (Listing::Not, Some(newer)) => {
            let place = links.partition_point(|link| link.at <= Timestamp::start_of(as_of));
            let (before, after) = links.split_at_checked(place)?;
            let next = after.first().filter(|next| next.is_unlink && next.told.is_some())?;
            (next.at.date() == newer).then_some((before, as_of))?
        }
    };
    linked_before(before, day).then(|| before.last().map(|last| (last, day)))?
}

/// What a row changes.
enum LinkChange {
    None,
    Older,
    Link(Timestamp),
}

impl ListRow {
    fn holding(&self) -> Holding {
        (self.partner.clone(), self.person.clone(), self.certification.clone())
    }

    /// What the row changes. Of several rows of a certification that comes back, only the newest links it again.
    fn change(&self, known: &[KnownLink], is_newest: bool, origin: &Origin) -> LinkChange {
        let completed = Timestamp::start_of(self.completed);
        let links = || known.iter().filter(|link| !link.is_unlink);
        let unlinked = known.iter().rev().find(|link| link.is_unlink).filter(|unlink| unlink.at >= completed);
        if let Some(unlink) = unlinked.filter(|unlink| links().all(|link| link.at <= unlink.at)) {
            let day = Timestamp::start_of(origin.as_of());
            match unlink.told {
                None => return LinkChange::None,
                Some(_) if day > unlink.at => return if is_newest { LinkChange::Link(day) } else { LinkChange::None },
                // An older list tells what was linked until then.
                Some(_) => {}
            }
        }
        let Some(known) = links().rfind(|link| link.earned_on == self.completed) else {
            // It comes after what was linked again of an earlier completion, so that the later completion decides.
            let earlier = links().filter(|link| link.earned_on < self.completed).map(|link| link.at);
            return LinkChange::Link(earlier.fold(completed, Timestamp::max));
        };
        // A system query has no days of expiry: it takes none away, and any day is better than none.
        if known.expires_on == self.expires_on || self.expires_on.is_none() {
            return LinkChange::None;
        }
        let told = known.told.map(|told| told.as_of).filter(|_| known.expires_on.is_some());
        // Of two downloads of one day the one with the later expiry: a renewal puts it off.
        let is_older = told.is_some_and(|told| (told, known.expires_on) > (origin.as_of(), self.expires_on));
        if is_older { LinkChange::Older } else { LinkChange::Link(known.at) }
    }

    fn event<'s>(self, at: Timestamp, same_as: impl IntoIterator<Item = &'s SameAs>, origin: &Origin) -> (u64, Event) {
        let Self { line, partner, location, person, certification, completed, expires_on, note } = self;
        let note = SameAs::note(note.as_ref().map(Remark::as_str), same_as);
        let fact = Fact::CertificationLinked { person, certification, earned_on: Some(completed), expires_on };
        let event = origin.event(&partner, When::At(at), fact, (line, 0), Rule::Completion);
        (line, Event { location, note: Remark::new(&note).ok().filter(|_| !note.is_empty()), ..event })
    }
}

/// Whose certification an event is about, and which.
fn holding_of(event: &Event) -> Option<(&PersonId, &Name)> {
    let Fact::CertificationLinked { person, certification, .. } = &event.fact else { return None };
    Some((person, certification))
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
    let fact = Fact::CertificationUnlinked { person, certification: Some(certification), reason };
    let (at, rule) = (Timestamp::start_of(day), Rule::CertificationGone);
    output.event(0, rule, origin.event(partner, When::At(at), fact, (0, 0), rule));
}
