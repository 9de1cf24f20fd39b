//! `/v1/scores`: the scores of all partners, a line for each area, in the order and with the statuses that are asked for.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use app::ask::score_csv;
use app::ask::{partners, score, status};
use app::beyond::Beyond;
use app::{Error, Session};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Datelike as _;
use ledger::{Area, Date, PartnerId, named};
use num_rational::BigRational;
use projection::Status;

use crate::answer::Produced;
use crate::exchange::Exchange;
use crate::parameters::{Parameters, one_of};
use crate::problem::Problem;
use crate::questions::{Ask, KNOWN_AT, Part, Question};

named! {
    /// By what the lines are put in order.
    pub(crate) enum SortKey {
        /// The partner.
        Partner = "partner",
        /// The points of the line.
        Points = "points",
        /// The day up to which the designation is held.
        SecuredUntil = "secured_until",
    }
}

/// What `sort` may be.
pub(crate) const SORTS: [&str; 6] = ["partner", "-partner", "points", "-points", "secured_until", "-secured_until"];

/// The order of the lines.
#[derive(Clone, Copy, Debug)]
struct Sort {
    key: SortKey,
    is_descending: bool,
}

/// The place of a line among all. Lines without a rank stand last, in whatever direction.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    rank: Option<BigRational>,
    partner: PartnerId,
    area: Area,
}

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
    let text = parameters.named("sort", &SORTS, |name| SORTS.iter().find(|sort| **sort == name))?;
    let sort = Sort::of(text.unwrap_or(&SORTS[0]));
    let Part { limit, after } = Part::read(exchange, parameters)?;
    let none = || "it continues no list of this order".to_owned();
    let place = |text: &str| Place::parse(text, sort).ok_or_else(none);
    let after = after.map(|text| place(&text)).transpose();
    let list = ScoreList {
        as_of: parameters.needed_day("as_of")?,
        options: parameters.options()?,
        sort,
        statuses: parameters.list("status", |text| one_of(text, Status::NAMES, Status::from_name))?,
        limit,
        after: after.map_err(|detail| Problem::parameter("bad_value", "after", detail))?,
    };
    let ask: Ask = Box::new(move |session, _, _| list.run(session));
    Ok(Question::new(KNOWN_AT, ask))
}

impl Sort {
    fn of(name: &str) -> Self {
        let key = SortKey::from_name(name.trim_start_matches('-')).unwrap_or(SortKey::Partner);
        Self { key, is_descending: name.starts_with('-') }
    }

    fn name(self) -> String {
        format!("{}{}", if self.is_descending { "-" } else { "" }, self.key)
    }

    fn turned(self, order: Ordering) -> Ordering {
        if self.is_descending { order.reverse() } else { order }
    }

    fn of_partners(self, one: &PartnerId, other: &PartnerId) -> Ordering {
        let order = one.cmp(other);
        if self.key == SortKey::Partner { self.turned(order) } else { order }
    }

    /// By rank; of the same rank by partner, and then by area.
    fn of_places(self, one: &Place, other: &Place) -> Ordering {
        let by_rank = match (&one.rank, &other.rank) {
            (Some(one), Some(other)) => self.turned(one.cmp(other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        by_rank.then_with(|| self.of_partners(&one.partner, &other.partner)).then(one.area.cmp(&other.area))
    }
}

impl Place {
    /// The place as an opaque text. It says where a line stood, so that it holds whatever lines come and go.
    fn text(&self, sort: Sort) -> String {
        let rank = self.rank.as_ref().map(ToString::to_string).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("{} {rank} {} {}", sort.name(), self.partner, self.area))
    }

    fn parse(text: &str, sort: Sort) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let [name, rank, partner, area] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
        let rank = Some(rank).filter(|rank| !rank.is_empty()).map(str::parse).transpose().ok()?;
        let place = Self { rank, partner: PartnerId::new(partner).ok()?, area: Area::from_name(area)? };
        (name == sort.name()).then_some(place)
    }
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
                    let rank = day.map(|day| BigRational::from_integer(day.num_days_from_ce().into()));
                    places.push(Place { rank, partner: answer.subject.partner.clone(), area: answer.area });
                }
                Ok(())
            })?;
            if !is_by_points {
                return Ok(places);
            }
        }
        if is_by_points {
            let wanted: BTreeSet<(PartnerId, Area)> =
                places.drain(..).map(|place| (place.partner, place.area)).collect();
            self.score(session, None, &self.options.areas, &mut |answer| {
                let (partner, area) = (answer.partner.clone(), answer.score.area);
                if self.statuses.is_empty() || wanted.contains(&(partner.clone(), area)) {
                    places.push(Place { rank: Some(answer.score.score.points.exact().clone()), partner, area });
                }
            })?;
            return Ok(places);
        }
        let places = partner.into_iter().flat_map(|partner| {
            self.options.areas().into_iter().map(move |area| Place { rank: None, partner: partner.clone(), area })
        });
        Ok(places.collect())
    }

    /// The lines at some places, and the table of them.
    fn lines(&self, session: &mut Session<'_>, part: &[Place]) -> Result<(Vec<String>, String), Error> {
        let mut areas: BTreeMap<&PartnerId, Vec<Area>> = BTreeMap::new();
        for place in part {
            areas.entry(&place.partner).or_default().push(place.area);
        }
        let mut scored = BTreeMap::new();
        for (partner, areas) in areas {
            self.score(session, Some(partner.clone()), &areas, &mut |answer| {
                scored.insert((partner, answer.score.area), (answer.to_json(), answer.to_csv()));
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

#[cfg(test)]
mod tests {
    use ledger::{Area, PartnerId};
    use num_rational::BigRational;

    use super::{Place, SORTS, Sort};

    fn place(rank: Option<i32>, partner: &str, area: Area) -> Place {
        let rank = rank.map(|rank| BigRational::new(rank.into(), 7.into()));
        Place { rank, partner: PartnerId::new(partner).unwrap(), area }
    }

    #[test]
    fn a_place_goes_through_its_text_and_is_of_its_order_alone() {
        let place = place(Some(400), "a-b_c", Area::Security);
        for name in SORTS {
            let sort = Sort::of(name);
            assert_eq!(sort.name(), name);
            let text = place.text(sort);
            assert_eq!(Place::parse(&text, sort), Some(place.clone()));
            let others = SORTS.iter().filter(|other| **other != name);
            assert!(others.map(|other| Place::parse(&text, Sort::of(other))).all(|read| read.is_none()));
        }
        for none in ["", "!", "YQ", "cG9pbnRzIDEvMCBhIHNlY3VyaXR5"] {
            assert_eq!(Place::parse(none, Sort::of("points")), None, "{none}");
        }
    }

    #[test]
    fn lines_without_a_rank_stand_last_and_those_of_one_rank_by_partner_and_area() {
        let mut places = [
            place(None, "a", Area::Security),
            place(Some(1), "b", Area::Security),
            place(Some(2), "b", Area::Infrastructure),
            place(Some(2), "a", Area::Security),
            place(Some(2), "a", Area::Infrastructure),
        ];
        let mut sorted = |name: &str| {
            places.sort_by(|one, other| Sort::of(name).of_places(one, other));
            let line = |place: &Place| format!("{} {}", place.partner, place.area);
            places.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            sorted("points"),
            ["b security", "a infrastructure", "a security", "b infrastructure", "a security"]
        );
        assert_eq!(
            sorted("-points"),
            ["a infrastructure", "a security", "b infrastructure", "b security", "a security"]
        );
        for place in &mut places {
            place.rank = None;
        }
        let mut sorted = |name: &str| {
            places.sort_by(|one, other| Sort::of(name).of_places(one, other));
            places.first().map(|place| place.partner.to_string())
        };
        assert_eq!((sorted("partner").as_deref(), sorted("-partner").as_deref()), (Some("a"), Some("b")));
    }
}
