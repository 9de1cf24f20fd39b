//! Where the designations of partners stand, and what comes next.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;
use std::sync::Arc;

use ledger::{Area, Date, Entry, PartnerId, Timestamp, When};
use projection::{AreaStatus, Basis, History, Question, RulesFrom, StatusDesk, adoption_in_force};

use super::json::{names, write_ground, write_points, write_verdict};
use super::score::{in_order, warn_of_age};
use crate::beyond::{Beyond, Carried, CarryChoice, MissingOfMany, MissingSaid, Subject};
use crate::error::Error;
use crate::known::{Known, Rules, rules_of};
use crate::session::Session;
use crate::text::json_string;
use crate::world::Unit;

/// Takes the answers one after the other: there may be too many to hold them all.
pub type OnAnswer<'a> = &'a mut dyn FnMut(&Answer<'_>) -> Result<(), Error>;

/// Which designations are asked about.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner; every one that is known without it.
    pub partner: Option<PartnerId>,
    /// The day as of which the status is asked, and what its scores are made of.
    pub question: Question,
    /// Up to when the designations were bought, whatever the enrolments say.
    pub anniversary: Option<Date>,
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
    /// What is taken to be known beyond what the ledger knows; without being asked, no figures are carried up to the day.
    pub beyond: Beyond,
}

/// The status of an area with what it was asked of.
pub struct Answer<'a> {
    /// The partner, and what is known of it.
    pub subject: &'a Subject<'a>,
    /// The area.
    pub area: Area,
    /// Which month is measured.
    pub basis: Basis,
    /// The rules in force on the day.
    pub rules: &'a Rules,
    /// The root of the tree of the entries known.
    pub root: [u8; 32],
    /// How figures are carried up to the day, where that was said.
    pub carry: Option<CarryChoice>,
    /// The status.
    pub status: &'a AreaStatus,
}

/// The status of designations of what is known, by the rules of each day.
struct Statuses<'a> {
    known: &'a Known,
    rules: &'a [(Date, Rules)],
    root: [u8; 32],
    areas: Vec<Area>,
    question: Question,
    anniversary: Option<Date>,
    said: Option<CarryChoice>,
    choice: CarryChoice,
}

impl Request {
    /// Hands over an answer for each partner and area; `stdin` is what `-` stands for among files.
    ///
    /// # Errors
    /// `unknown_partner` and `before_program`, when there is no score of the day to be had; `usage` and `bad_value` for a
    /// month to carry from; what is refused of assumed events.
    pub fn run(&self, session: &mut Session<'_>, stdin: &mut dyn Read, on_answer: OnAnswer<'_>) -> Result<(), Error> {
        let Self { question, beyond, .. } = self;
        let choice = beyond.choice(Carried::None)?;
        let mut known = Known::open(session, self.known_at)?;
        known.assume(session, stdin, &beyond.assume)?;
        let rules = rules_around(&known.shared()?, question.as_of)?;
        let statuses = Statuses {
            known: &known,
            rules: &rules,
            root: known.root()?,
            areas: in_order(&self.areas),
            question: *question,
            anniversary: self.anniversary,
            said: beyond.carry.map(|_| choice),
            choice,
        };
        warn_of_age(session, statuses.rules_of_day());
        choice.check(question.basis.measured_month(question.as_of, &statuses.rules_of_day().book))?;
        let session = &*session;
        let (mut said, mut of_many) = (MissingSaid::default(), MissingOfMany::default());
        let on_answer: OnAnswer<'_> = &mut |answer| {
            let missing = answer.subject.missing_figures(answer.area, answer.status.today.measured_month);
            match &self.partner {
                Some(_) => said.say(session, &missing),
                None => of_many.note(answer.subject.partner, &missing),
            }
            on_answer(answer)
        };
        known.say_later(session, self.partner.as_ref())?;
        match &self.partner {
            Some(partner) => statuses.of(partner, known.history(partner)?, on_answer),
            None => statuses.of_all(session, on_answer),
        }?;
        of_many.say(session);
        Ok(())
    }
}

impl Statuses<'_> {
    /// Answers for every partner. The log is scanned, as it is for their scores.
    fn of_all(&self, session: &Session<'_>, on_answer: OnAnswer<'_>) -> Result<(), Error> {
        let partners = self.known.partners()?;
        let bar = session.progress("scoring", Unit::Entries);
        let on_mark = |done, total| bar.at(done, Some(total));
        self.known
            .each_history(&partners, &|_| true, &on_mark, &mut |partner, history| self.of(partner, history, on_answer))
    }

    fn of(&self, partner: &PartnerId, history: impl Into<Arc<History>>, on_answer: OnAnswer<'_>) -> Result<(), Error> {
        let subject = Subject::new(self.known, partner, history, self.choice);
        let last = CarryChoice { carried: Carried::Last, from: None };
        let carried = last.carry(self.known.end).filter(|_| self.choice.carried == Carried::None).map(|carry| {
            let mut carried = History::clone(&subject.history);
            carried.carry(carry);
            carried
        });
        let rules: Vec<RulesFrom<'_>> =
            self.rules.iter().map(|(first, rules)| RulesFrom { first: *first, rulebook: &rules.book }).collect();
        let desk = StatusDesk::new(&subject.history, carried.as_ref().unwrap_or(&*subject.history), &rules);
        for area in &self.areas {
            let status = desk.status(*area, &self.question, self.anniversary)?;
            on_answer(&Answer {
                subject: &subject,
                area: *area,
                basis: self.question.basis,
                rules: self.rules_of_day(),
                root: self.root,
                carry: self.said,
                status: &status,
            })?;
        }
        Ok(())
    }

    fn rules_of_day(&self) -> &Rules {
        let in_force = self.rules.iter().rev().find(|(first, _)| *first <= self.question.as_of);
        &in_force.expect("the first rules hold from a day before the one that is asked about").1
    }
}

/// The rules in force on every day that the status of a day may depend on, each with their first day.
fn rules_around(shared: &[Entry], day: Date) -> Result<Vec<(Date, Rules)>, Error> {
    let (from, to) = StatusDesk::reach(day);
    let adopted_on = shared.iter().filter_map(|entry| match entry.event.when {
        When::At(at) => Some(at.date()),
        When::In(_) => None,
    });
    let days: BTreeSet<Date> = adopted_on.filter(|day| from < *day && *day <= to).chain([from]).collect();
    let (mut rules, mut before) = (Vec::new(), None);
    for day in days {
        let adopted = Some(adoption_in_force(shared, day).map(|adoption| adoption.seq));
        if adopted != before {
            rules.push((day, rules_of(shared, day)?));
            before = adopted;
        }
    }
    Ok(rules)
}

impl Answer<'_> {
    /// The object, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { subject, area, basis, rules, root, carry, status } = self;
        let AreaStatus { anniversary, window, days, today, best, qualifying, secured_until, next, notes, .. } = status;
        let Known { end, at, .. } = subject.known;
        let mut out = String::with_capacity(1_024);
        let partner = json_string(subject.partner.as_str());
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{area}\",\"as_of\":\"{}\",", today.as_of);
        let _ = write!(out, "\"known_at\":\"{at}\",\"basis\":\"{basis}\",");
        if let Some(anniversary) = anniversary {
            let _ = write!(out, "\"anniversary\":\"{anniversary}\",");
        }
        if let Some(carry) = carry {
            carry.write_json(&mut out);
        }
        write_ground(&mut out, rules, (*end, root), subject.known.assumed());
        let _ = write!(out, "\"status\":\"{}\",", status.status);
        let (kind, first, last) = (window.kind, window.first, window.last);
        let _ = write!(out, "\"window\":{{\"kind\":\"{kind}\",\"from\":\"{first}\",\"to\":\"{last}\"}},");
        let (asked, qualified, left) = (days.asked, days.qualified, days.left);
        let _ = write!(out, "\"days\":{{\"asked\":{asked},\"qualified\":{qualified},\"left\":{left}}},\"today\":{{");
        write_verdict(&mut out, &today.score, None);
        out.push_str("},\"best\":");
        match best {
            Some(best) => {
                let _ = write!(out, "{{\"day\":\"{}\",", best.day);
                write_points(&mut out, &best.points);
                let _ = write!(out, ",\"qualified\":{}}},", best.qualified);
            }
            None => out.push_str("null,"),
        }
        write_day(&mut out, "first_qualifying", qualifying.map(|(first, _)| first));
        write_day(&mut out, "last_qualifying", qualifying.map(|(_, last)| last));
        write_day(&mut out, "secured_until", *secured_until);
        match next {
            Some(next) => {
                let _ = write!(out, "\"next\":{{\"day\":\"{}\",\"status\":\"{}\"}},", next.day, next.status);
            }
            None => out.push_str("\"next\":null,"),
        }
        subject.write_reported_to(&mut out);
        let _ = write!(out, "\"notes\":{}}}", names(notes));
        out
    }
}

/// Writes a field with a day, or with none, and a comma behind it.
fn write_day(out: &mut String, name: &str, day: Option<Date>) {
    let _ = match day {
        Some(day) => write!(out, "\"{name}\":\"{day}\","),
        None => write!(out, "\"{name}\":null,"),
    };
}
