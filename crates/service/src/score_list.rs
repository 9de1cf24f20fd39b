//! `/v1/scores`: the scores of all partners, a line for each area, in the order and with the statuses that are asked for.

use std::collections::{BTreeMap, BTreeSet};

use app::ask::score_csv;
use app::ask::{partners, score, status};
use app::beyond::Beyond;
use app::{Error, Session};
use ledger::{Area, Date, PartnerId};
use projection::Status;

use crate::answer::Produced;
use crate::exchange::Exchange;
use crate::parameters::{Parameters, one_of};
use crate::problem::Problem;
use crate::questions::{Ask, KNOWN_AT, Part, Question};
use crate::sort::{Place, SORTS, Sort, SortKey, day_rank};

/// A part of the lines.
struct ScoreList {
    as_of: Date,
    options: score::Options,
    sort: Sort,
    /// The statuses of the lines; any when there is none.
    statuses: Vec<Status>,
    limit: usize,
    /// The line behind which the part begins.
    after: Option<Place>,
}

/// A question for a part of the lines of all partners.
///
/// # Errors
/// `forbidden` to those who see some partners alone; a parameter that cannot be read.
pub(crate) fn question(exchange: &Exchange, parameters: &Parameters) -> Result<Question, Problem> {
    exchange.access.check_all_partners()?;
    let sort = parameters.named("sort", &SORTS, Sort::from_name)?.unwrap_or_default();
    let limit = Part::read(exchange, parameters)?.limit;
    let list = ScoreList {
        as_of: parameters.needed_day("as_of")?,
        options: parameters.options()?,
        sort,
        statuses: parameters.list("status", |text| one_of(text, Status::NAMES, Status::from_name))?,
        limit,
        after: parameters.optional("after", |text| Place::parse(text, sort))?,
    };
    let ask: Ask = Box::new(move |session, _, _| list.run(session));
    Ok(Question::new(KNOWN_AT, ask))
}

impl ScoreList {
    fn run(self, session: &mut Session<'_>) -> Result<Produced, Error> {
        let is_behind =
            |place: &Place| self.after.as_ref().is_none_or(|after| self.sort.of_places(place, after).is_gt());
        let mut part = Vec::new();
        if self.sort.key == SortKey::Partner {
            let known = partners::run(session, self.options.known_at)?;
            let mut known: Vec<PartnerId> = known.into_iter().map(|one| one.partner).collect();
            known.sort_by(|one, other| self.sort.of_partners(one, other));
            if let Some(after) = &self.after {
                known.retain(|partner| self.sort.of_partners(partner, &after.partner).is_ge());
            }
            // Only what the part shows is scored.
            for partner in known {
                part.extend(self.places(session, Some(partner))?.into_iter().filter(is_behind));
                if part.len() > self.limit {
                    break;
                }
            }
        } else {
            part.extend(self.places(session, None)?.into_iter().filter(is_behind));
            part.sort_by(|one, other| self.sort.of_places(one, other));
        }
        let has_more = part.len() > self.limit;
        part.truncate(self.limit);
        let next = part.last().filter(|_| has_more).map(|place| place.text(self.sort));
        let (lines, csv) = self.lines(session, &part)?;
        Ok(Produced { lines, csv: Some(csv), next, ..Produced::default() })
    }

    /// The places of the lines that are asked for: of a partner in the order of areas, or of all partners.
    fn places(&self, session: &mut Session<'_>, partner: Option<PartnerId>) -> Result<Vec<Place>, Error> {
        let mut places: Vec<Place> = Vec::new();
        let is_by_points = self.sort.key == SortKey::Points;
        if self.sort.key == SortKey::SecuredUntil || !self.statuses.is_empty() {
            let question = self.options.question(self.as_of, false);
            let (areas, known_at) = (self.options.areas.clone(), self.options.known_at);
            let partner = partner.clone();
            let request =
                status::Request { partner, question, anniversary: None, areas, known_at, beyond: Beyond::default() };
            request.run(session, &mut std::io::empty(), &mut |answer| {
                if self.statuses.is_empty() || self.statuses.contains(&answer.status.status) {
                    let day = answer.status.secured_until.filter(|_| self.sort.key == SortKey::SecuredUntil);
                    let partner = answer.subject.partner.clone();
                    places.push(Place { rank: day.map(day_rank), partner, area: Some(answer.area) });
                }
                Ok(())
            })?;
            if !is_by_points {
                return Ok(places);
            }
        }
        if is_by_points {
            let wanted: BTreeSet<(PartnerId, Option<Area>)> =
                places.drain(..).map(|place| (place.partner, place.area)).collect();
            self.score(session, None, &self.options.areas, &mut |answer| {
                let (partner, area) = (answer.partner.clone(), Some(answer.score.area));
                if self.statuses.is_empty() || wanted.contains(&(partner.clone(), area)) {
                    places.push(Place { rank: Some(answer.score.score.points.exact().clone()), partner, area });
                }
            })?;
            return Ok(places);
        }
        let places = partner.into_iter().flat_map(|partner| {
            self.options.areas().into_iter().map(move |area| Place {
                rank: None,
                partner: partner.clone(),
                area: Some(area),
            })
        });
        Ok(places.collect())
    }

    /// The lines at some places, and the table of them.
    fn lines(&self, session: &mut Session<'_>, part: &[Place]) -> Result<(Vec<String>, String), Error> {
        let mut areas: BTreeMap<&PartnerId, Vec<Area>> = BTreeMap::new();
        for place in part {
            areas.entry(&place.partner).or_default().extend(place.area);
        }
        let mut scored = BTreeMap::new();
        for (partner, areas) in areas {
            self.score(session, Some(partner.clone()), &areas, &mut |answer| {
                scored.insert((partner, Some(answer.score.area)), (answer.to_json(), answer.to_csv()));
            })?;
        }
        let (mut lines, mut csv) = (Vec::new(), score_csv::header());
        for place in part {
            if let Some((line, row)) = scored.remove(&(&place.partner, place.area)) {
                lines.push(line);
                csv.push_str(&row);
            }
        }
        Ok((lines, csv))
    }

    fn score(
        &self,
        session: &mut Session<'_>,
        partner: Option<PartnerId>,
        areas: &[Area],
        on_answer: &mut dyn FnMut(&score::Answer<'_>),
    ) -> Result<(), Error> {
        let options = score::Options { areas: areas.to_vec(), ..self.options.clone() };
        let beyond = Beyond::default();
        let request = score::Request { partner, as_of: self.as_of, options, beyond, explain: false, plans: false };
        request.run(session, &mut std::io::empty(), &mut |answer| {
            on_answer(answer);
            Ok(())
        })
    }
}
