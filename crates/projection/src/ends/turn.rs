//! What ends in an area from one day to the next.

use std::collections::BTreeSet;

use ledger::{Area, Date, Month, Timestamp};

use super::credits::CreditEnd;
use super::{End, EndSubject, Office};
use crate::association::{Association, Associations, Life};
use crate::history::History;
use crate::memory::Memory;
use crate::metrics::skilling::{Holding, People, held};
use crate::points::Points;
use crate::question::{BeforeProgram, Question};
use crate::rulebook::{AssociationList, Family, RuleKey, Rulebook, Track, TrackMode, metrics_of_skill};
use crate::score::{Ground, enrolment_in_force, score_on};
use crate::standpoint::{Cut, Standpoint};

/// The step from one day to the next, in an area.
pub(super) struct Turn<'t, 'e> {
    pub(super) history: &'t History,
    pub(super) area: Area,
    pub(super) question: Question,
    pub(super) eve: Date,
    pub(super) day: Date,
    pub(super) before: &'t Office<'e>,
    pub(super) after: &'t Office<'e>,
    /// The certifications that end for every area.
    pub(super) credits: &'t [CreditEnd],
}

/// Something that ends, the entries that say so, and the total of the area if it did not.
type Loss = (EndSubject, Vec<u64>, Points);

impl Turn<'_, '_> {
    /// What ends, in order.
    pub(super) fn ends(&self) -> Result<Vec<End>, BeforeProgram> {
        if !self.may_end() {
            return Ok(Vec::new());
        }
        let track = self.before.desk.score(self.area, &self.question_of(self.eve))?.track;
        let points = self.after.desk.score(self.area, &self.question_of(self.day))?.score.points;
        let own;
        let standing = if self.after.desk.keeps() {
            self.after.desk.standing(self.area)
        } else {
            own = Associations::stand(self.history, self.after.rulebook, Some(self.area), Cut::end_of(self.day));
            &own
        };
        let mut losses = self.certifications(track, standing);
        losses.extend(self.associations(track, standing));
        losses.extend(self.enrolment(standing));
        losses.extend(self.rules(track, standing));
        losses.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let end = |(subject, entries, without): Loss| End {
            day: self.day,
            subject,
            points: without.missing_to(&points),
            entries,
        };
        Ok(losses.into_iter().map(end).collect())
    }

    /// Whether anything may end at all: else nothing is computed.
    fn may_end(&self) -> bool {
        let [before, after] = self.measured();
        !self.credits.is_empty()
            || before != after
            || self.is_another_rulebook()
            || self.after.changes.contains(&self.day)
            || self.ended_enrolment().is_some()
    }

    fn is_another_rulebook(&self) -> bool {
        !std::ptr::eq(self.before.rulebook, self.after.rulebook)
    }

    fn question_of(&self, day: Date) -> Question {
        Question { as_of: day, explain: false, ..self.question }
    }

    fn standpoints(&self) -> [Standpoint; 2] {
        [(self.eve, self.before), (self.day, self.after)]
            .map(|(day, office)| Standpoint::of(self.question_of(day), office.rulebook))
    }

    fn measured(&self) -> [Month; 2] {
        self.standpoints().map(|standpoint| standpoint.measured)
    }

    /// The total on the day, by what is handed in.
    fn total(
        &self,
        (rulebook, standing, kept): (&Rulebook, &Associations<'_>, Option<&Memory>),
        people: Vec<Holding<'_>>,
        standpoint: Standpoint,
    ) -> Points {
        let ground = Ground {
            history: self.history,
            rulebook,
            associations: standing,
            people: People::Listed(people),
            kept,
            usage: None,
        };
        score_on(&ground, self.area, self.question_of(self.day), standpoint).score.points
    }

    /// The people with their certifications as of the day.
    fn people(&self) -> Vec<Holding<'_>> {
        let [_, standpoint] = self.standpoints();
        held(self.history, self.after.rulebook, &standpoint)
    }

    /// Certifications of a list of the area's track: of single persons, and those that end for everybody.
    fn certifications(&self, track: Track, standing: &Associations<'_>) -> Vec<Loss> {
        let lists = self.certification_lists(track);
        let counting = self.credits.iter().filter(|end| lists.iter().any(|code| **code == end.certification));
        let (by_row, by_person): (Vec<&CreditEnd>, Vec<&CreditEnd>) = counting.partition(|end| end.by_row);
        let mut groups: Vec<(EndSubject, Vec<&CreditEnd>)> = Vec::new();
        for end in by_person {
            let (person, certification) = (end.person.clone(), end.certification.clone());
            groups.push((EndSubject::Certification { person, certification }, vec![end]));
        }
        for end in by_row {
            let subject = EndSubject::Credit { certification: end.certification.clone() };
            match groups.iter_mut().find(|(grouped, _)| *grouped == subject) {
                Some((_, ends)) => ends.push(end),
                None => groups.push((subject, vec![end])),
            }
        }
        if groups.is_empty() {
            return Vec::new();
        }
        let ([_, standpoint], people) = (self.standpoints(), self.people());
        let loss = |(subject, ends): (EndSubject, Vec<&CreditEnd>)| {
            let is_one = |held: &Holding<'_>| {
                ends.iter().any(|end| *held.person == end.person && held.certification == end.read_as)
            };
            let mut people = people.clone();
            people.iter_mut().filter(|held| is_one(held)).for_each(|held| held.missed = None);
            let mut entries: Vec<u64> = ends.iter().flat_map(|end| end.entries.iter().copied()).collect();
            entries.sort_unstable();
            let kept = self.after.desk.kept();
            (subject, entries, self.total((self.after.rulebook, standing, kept), people, standpoint))
        };
        groups.into_iter().map(loss).collect()
    }

    /// The codes that the track of the area counts on the eve.
    fn certification_lists(&self, track: Track) -> Vec<&String> {
        let (rulebook, area, eve) = (self.before.rulebook, self.area, self.eve);
        let of_metric = |metric| {
            let skill = &rulebook.skill(area, metric, track, eve)?.row.value;
            let list = rulebook.certification_list(area, metric, eve).filter(|_| skill.steps.is_empty());
            let list = list.into_iter().flat_map(|chosen| &chosen.row.value);
            Some(skill.steps.iter().flat_map(|step| &step.certifications).chain(list).collect::<Vec<_>>())
        };
        metrics_of_skill().filter_map(of_metric).flatten().collect()
    }

    /// Associations of a list of the area's rules that are not in force any more in the measured month.
    fn associations(&self, track: Track, standing: &Associations<'_>) -> Vec<Loss> {
        let [was, is] = self.measured();
        if was == is {
            return Vec::new();
        }
        let lists = self.association_lists(track);
        let measured_end = Timestamp::end_of(is.last_day());
        let has_ended = |one: &&Association<'_>| {
            one.in_force_at_end_of(was)
                && one.end_exclusive.is_some_and(|end| end <= measured_end)
                && lists.iter().any(|list| one.counts_for(list))
        };
        let ended: Vec<&Association<'_>> = standing.all().filter(has_ended).collect();
        if ended.is_empty() {
            return Vec::new();
        }
        let (history, rulebook, cut) = (self.history, self.after.rulebook, Cut::end_of(self.day));
        let mut lasting = Associations::stand(history, rulebook, Some(self.area), cut);
        let ([_, standpoint], people) = (self.standpoints(), self.people());
        let loss = |one: &Association<'_>| {
            let (customer, id) = (one.customer, one.id);
            let end = lasting.let_end(customer, id, None);
            let forget = || {
                if let Some(end) = end {
                    let from = Month::of(end.date());
                    self.after.lasting.borrow_mut().forget_associations(from, Some(&BTreeSet::from([customer])));
                }
            };
            forget();
            let points = {
                let kept = self.after.lasting.borrow();
                let kept = self.after.desk.keeps().then_some(&*kept);
                self.total((rulebook, &lasting, kept), people.clone(), standpoint)
            };
            forget();
            lasting.let_end(customer, id, end);
            let life: Life<&str> = Life::of(history.steps_of(id, cut));
            let mut entries: Vec<u64> = life.start.map(|(_, seq)| seq).into_iter().chain(one.ended_by).collect();
            entries.sort_unstable();
            (EndSubject::Association { association: id, customer }, entries, points)
        };
        ended.into_iter().map(loss).collect()
    }

    /// The lists of associations that the track of the area counts by on the eve.
    fn association_lists(&self, track: Track) -> Vec<AssociationList> {
        let rules = Family::of(self.area)
            .metrics()
            .filter_map(|metric| self.before.rulebook.rule(self.area, metric, track, self.eve));
        rules.flat_map(|chosen| chosen.row.value.lists()).collect()
    }

    /// The enrolment that held a track of the area up to the eve, with its seq, if no other holds that on.
    fn ended_enrolment(&self) -> Option<(EndSubject, u64)> {
        if !self.history.has_enrolments() {
            return None;
        }
        let [before, after] = self.standpoints().map(|at| enrolment_in_force(self.history, self.area, at));
        let (seq, held) = before.filter(|(_, held)| held.anniversary < self.day)?;
        let mode = &self.before.rulebook.track(self.area, self.eve)?.row.value;
        let goes_on = after.is_some_and(|(_, next)| next.track == held.track);
        let has_tracks = *mode != TrackMode::Single;
        held.track.filter(|_| has_tracks && !goes_on).map(|track| (EndSubject::Enrolment { track }, seq))
    }

    fn enrolment(&self, standing: &Associations<'_>) -> Option<Loss> {
        let (subject, seq) = self.ended_enrolment()?;
        let [_, standpoint] = self.standpoints();
        let ground = (self.after.rulebook, standing, self.after.desk.kept());
        let points = self.total(ground, self.people(), Standpoint { enrolled_on: self.eve, ..standpoint });
        Some((subject, vec![seq], points))
    }

    /// The keys of the area that say something else to its track.
    fn rules(&self, track: Track, standing: &Associations<'_>) -> Vec<Loss> {
        let (before, after) = (self.before.rulebook, self.after.rulebook);
        let is_another = |key: &RuleKey| {
            let was = before.terms(*key, track, self.eve);
            was.is_used() && was != after.terms(*key, track, self.day)
        };
        let [_, standpoint] = self.standpoints();
        let loss = |key: RuleKey| {
            let kept = after.keeping(before, key, self.eve);
            let points = self.total((&kept, standing, self.after.desk.kept()), self.people(), standpoint);
            (EndSubject::Rules { key: key.name() }, Vec::new(), points)
        };
        RuleKey::of(self.area).filter(is_another).map(loss).collect()
    }
}
