//! What to change so that an area reaches a target.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use ledger::{
    Amount, Area, Audience, Code, Date, DiskError, Draft, Event, PartnerId, ShownPoints, Timestamp, UsageMetric,
    canonical_event,
};
use num_rational::BigRational;
use projection::points::{decimal_of, fraction};
use projection::rulebook::Track;
use projection::{
    Advice, Basis, Candidate, CandidateSubject, ChangeUnit, ClassFigures, Events, Obstacle, Plan, PlanCount, Question,
    Risk, RiskSubject, TrackScore, Unmeasured, Wish, advise,
};
use uuid::Uuid;

use super::json::{list, write_ground, write_list, write_text};
use super::score_json::write_class;
use crate::beyond::{AssumedEvents, Beyond, Carried, CarryChoice, MissingSaid, Subject, write_reported_to};
use crate::error::Error;
use crate::known::{Known, Rules};
use crate::session::Session;
use crate::text::json_string;

/// How many plans are told unless another number is asked for.
pub const USUAL_LIMIT: usize = 10;

/// What is wanted of which area.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// The area.
    pub area: Area,
    /// The day at whose end (24:00Z) the score is asked.
    pub as_of: Date,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
    /// Which month is measured.
    pub basis: Basis,
    /// Whether customers with an association and without figures count.
    pub unmeasured: Unmeasured,
    /// What is taken to be known beyond what the ledger knows; without being asked, figures are carried.
    pub beyond: Beyond,
    /// The total to be reached; without it, that which qualifies.
    pub target: Option<BigRational>,
    /// The points that every metric is to have, at least.
    pub margin: Option<BigRational>,
    /// What a unit costs, where it is not what the rules make of it.
    pub prices: BTreeMap<ChangeUnit, BigRational>,
    /// The units of which nothing can be added.
    pub without: BTreeSet<ChangeUnit>,
    /// How many plans are told; all with 0.
    pub limit: usize,
    /// The number of a plan, from 1, and the file that its events are written to.
    pub events: Option<(usize, PathBuf)>,
}

/// Advice, with what it was asked of.
pub struct Answer {
    /// The partner.
    pub partner: PartnerId,
    /// The instant at which it was known.
    pub known_at: Timestamp,
    /// Which month is measured.
    pub basis: Basis,
    /// How figures are carried.
    pub carry: CarryChoice,
    /// The newest month of each figure that is reported.
    pub reported_to: BTreeMap<UsageMetric, ledger::Month>,
    /// The rules that it is computed by.
    pub rules: Rules,
    /// The number of entries known.
    pub size: u64,
    /// The root of their tree.
    pub root: [u8; 32],
    /// What is assumed, if anything is.
    pub assumed: Option<AssumedEvents>,
    /// What was wanted.
    pub wish: Wish,
    /// What to change.
    pub advice: Advice,
}

impl Request {
    /// Tells what to change, and writes the events of a plan where that is asked.
    ///
    /// # Errors
    /// `unknown_partner` and `before_program`, when there is no score to be had; wrong usage for a target out of reach of
    /// the rules, and for a plan that there is not; `exists` for a file of events that is there already; what is refused of
    /// assumed events.
    pub fn run(&self, session: &Session<'_>, stdin: &mut dyn Read) -> Result<Answer, Error> {
        let choice = self.beyond.choice(Carried::Last)?;
        let mut known = Known::open(session, self.known_at)?;
        known.assume(session, stdin, &self.beyond.assume)?;
        let subject = Subject::open(&known, &self.partner, choice)?;
        known.say_later(session, Some(&self.partner))?;
        let rules = known.rules_in_force(self.as_of)?;
        let measured = self.basis.measured_month(self.as_of, &rules.book);
        choice.check(measured)?;
        MissingSaid::default().say(session, &subject.missing_figures(self.area, measured));
        let wish = self.wish(&rules)?;
        let Self { as_of, basis, unmeasured, .. } = *self;
        let question = Question { as_of, basis, unmeasured, explain: false };
        // Another day, other facts or another wish make other ids.
        let root = known.root()?;
        let asked = format!("{} {} {as_of} {} {wish:?}", self.partner, self.area, hex::encode(root));
        let id_of = |number: usize| {
            move |place: usize| {
                Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("pcs plan {asked} {number} {place}").as_bytes())
            }
        };
        let number = self.events.as_ref().map(|(number, _)| *number);
        let id_of = id_of(number.unwrap_or(0));
        let events = Events { partner: &self.partner, next_seq: known.end_with_assumed(), id_of: &id_of };
        let advice =
            advise(&subject.history, &rules.book, self.area, &question, &wish, number.map(|number| (number, events)))?;
        if let Some((number, file)) = &self.events {
            write_events(session, (*number, file), &advice)?;
        }
        Ok(Answer {
            partner: self.partner.clone(),
            known_at: known.at,
            basis,
            carry: choice,
            reported_to: subject.reported_to,
            rules,
            size: known.end,
            root,
            assumed: known.assumed().cloned(),
            wish: Wish { limit: (self.limit > 0).then_some(self.limit), ..wish },
            advice,
        })
    }

    /// What is wanted, by the rules; so many plans that the one whose events are asked for is among them.
    fn wish(&self, rules: &Rules) -> Result<Wish, Error> {
        let most = rules.book.total_max();
        let qualifying = || rules.book.qualification(self.as_of).map_or(0, |chosen| chosen.row.value.total_min);
        let target = self.target.clone().unwrap_or_else(|| BigRational::from_integer(qualifying().into()));
        if target > BigRational::from_integer(most.into()) {
            let text = format!("the target {} is above {most}, the most that an area has", decimal_of(&target));
            return Err(Error::usage(text));
        }
        let number = self.events.as_ref().map_or(0, |(number, _)| *number);
        Ok(Wish {
            target,
            margin: self.margin.clone(),
            prices: self.prices.clone(),
            without: self.without.clone(),
            limit: (self.limit > 0).then(|| self.limit.max(number)),
        })
    }
}

/// Writes the events of a plan to a file that is not there yet.
fn write_events(session: &Session<'_>, (number, typed): (usize, &Path), advice: &Advice) -> Result<(), Error> {
    if number == 0 || number > advice.plans.len() {
        let text = format!("there is no plan {number}: there are {}", advice.plans.len());
        return Err(Error::usage(text).hint("without `--plan`, `pcs advise` lists the plans with their numbers"));
    }
    let Some(events) = &advice.events else {
        return Err(Error::new(Code::BadValue.name(), format!("no events can bring plan {number} about")));
    };
    let path = session.path(typed);
    let failed = |error: DiskError| Error::file("create", typed)(error.source);
    if std::fs::symlink_metadata(&path).is_ok() {
        return Err(Error::file("create", typed)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let (draft, mut file) = Draft::create(&path, Audience::Usual).map_err(failed)?;
    let lines: String = events.iter().map(|event: &Event| canonical_event(event) + "\n").collect();
    file.write_all(lines.as_bytes()).map_err(Error::file("write", typed))?;
    draft.publish_new(&path).map_err(failed)
}

impl Answer {
    /// The plans that were asked for.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        let plans = &self.advice.plans;
        plans.get(..self.wish.limit.unwrap_or(plans.len()).min(plans.len())).unwrap_or_default()
    }

    /// The track that is not the area's, where there are two.
    #[must_use]
    pub fn other_track(&self) -> Option<&(Track, TrackScore)> {
        let score = &self.advice.score;
        score.tracks.iter().flatten().find(|(track, _)| *track != score.track)
    }

    /// The object, without a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { known_at, basis, advice, .. } = self;
        let score = &advice.score;
        let mut out = String::with_capacity(4_096);
        let partner = json_string(self.partner.as_str());
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{}\",\"as_of\":\"{}\",", score.area, score.as_of);
        let _ = write!(out, "\"known_at\":\"{known_at}\",\"basis\":\"{basis}\",");
        let _ = write!(out, "\"measured_month\":\"{}\",", score.measured_month);
        self.carry.write_json(&mut out);
        write_reported_to(&self.reported_to, &mut out);
        write_ground(&mut out, &self.rules, (self.size, &self.root), self.assumed.as_ref());
        let _ = write!(out, "\"target\":\"{}\",", fraction(&self.wish.target));
        if let Some(margin) = &self.wish.margin {
            let _ = write!(out, "\"margin\":\"{}\",", fraction(margin));
        }
        let _ = write!(out, "\"track\":\"{}\",\"points_exact\":\"{}\",", score.track, score.score.points);
        let _ = write!(out, "\"reached\":{},\"plans\":", advice.reached);
        write_list(&mut out, self.plans(), write_plan);
        let _ = match advice.count {
            PlanCount::Exactly(count) => write!(out, ",\"count\":{count}"),
            PlanCount::MoreThan(count) => write!(out, ",\"count_at_least\":{count}"),
        };
        out.push_str(",\"impossible\":");
        write_list(&mut out, &advice.impossible, write_obstacle);
        out.push_str(",\"candidates\":");
        write_list(&mut out, &advice.candidates, write_candidate);
        out.push_str(",\"at_risk\":");
        write_list(&mut out, &advice.at_risk, write_risk);
        if let Some(class) = &score.class {
            out.push_str(",\"class\":");
            write_class(&mut out, class);
            if let Some((track, other)) = self.other_track() {
                let (points, qualified) = (&other.points, other.qualified());
                let _ = write!(
                    out,
                    ",\"other\":{{\"track\":\"{track}\",\"points_exact\":\"{points}\",\"qualified\":{qualified}}}"
                );
            }
            if matches!(class.figures, ClassFigures::SmbShare { .. }) {
                let missing =
                    class.figures.missing_classes().map_or_else(|| "null".to_owned(), |missing| missing.to_string());
                let _ = write!(out, ",\"missing\":{missing}");
            }
            out.push('}');
        }
        out.push('}');
        out
    }
}

fn write_plan(out: &mut String, plan: &Plan) {
    let _ = write!(out, "{{\"track\":\"{}\",\"cost\":\"{}\",\"changes\":{{", plan.track, fraction(&plan.cost));
    let changes = plan.changes.iter().map(|change| {
        let quote = if change.is_money() { "\"" } else { "" };
        format!("\"{}\":{quote}{}{quote}", change.quantity, change.amount())
    });
    out.push_str(&changes.collect::<Vec<String>>().join(","));
    let _ = write!(out, "}},\"points_exact\":\"{}\",\"metrics\":{{", plan.points);
    let metrics = plan.metrics.iter().map(|changed| format!("\"{}\":\"{}\"", changed.metric, changed.then));
    out.push_str(&metrics.collect::<Vec<String>>().join(","));
    out.push_str("}}");
}

fn write_obstacle(out: &mut String, obstacle: &Obstacle) {
    let _ = write!(out, "{{\"track\":\"{}\",", obstacle.track);
    if let Some(metric) = obstacle.metric {
        let _ = write!(out, "\"metric\":\"{metric}\",");
    }
    let _ = write!(out, "\"reason\":\"{}\"", obstacle.reason);
    if obstacle.has_until() {
        let until = obstacle.until.map_or_else(|| "null".to_owned(), |month| format!("\"{month}\""));
        let _ = write!(out, ",\"until\":{until}");
    }
    out.push('}');
}

fn write_candidate(out: &mut String, candidate: &Candidate) {
    let _ = write!(out, "{{\"quantity\":\"{}\",", candidate.quantity);
    match &candidate.subject {
        CandidateSubject::Customer { customer, product } => {
            let _ = write!(out, "\"customer\":\"{customer}\",");
            write_text(out, "product", product.as_deref());
        }
        CandidateSubject::Person { person, certification } => {
            write_text(out, "person", Some(person.as_str()));
            write_text(out, "certification", Some(certification));
        }
    }
    let or_null = |text: &Option<String>| text.as_ref().map_or_else(|| "null".to_owned(), |text| format!("\"{text}\""));
    let _ = write!(out, "\"figure\":{},\"missing\":{},", or_null(&candidate.figure), or_null(&candidate.missing));
    let _ = write!(out, "\"reason\":\"{}\",\"seqs\":{}}}", candidate.reason, list(&candidate.seqs));
}

fn write_risk(out: &mut String, risk: &Risk) {
    out.push('{');
    match &risk.subject {
        RiskSubject::Customer(customer) => {
            let _ = write!(out, "\"customer\":\"{customer}\",");
        }
        RiskSubject::Person(person) => write_text(out, "person", Some(person.as_str())),
    }
    let _ = write!(out, "\"points_exact\":\"{}\",\"qualified\":{},\"metrics\":{{", risk.points, risk.qualified);
    let metrics = risk.metrics.iter().map(|(metric, change)| format!("\"{metric}\":\"{}\"", fraction(change)));
    out.push_str(&metrics.collect::<Vec<String>>().join(","));
    out.push_str("}}");
}

/// Reads points above 0.
///
/// # Errors
/// Why they are none.
pub fn points(text: &str) -> Result<BigRational, String> {
    let points = ShownPoints::parse(text).map_err(|error| error.to_string())?;
    let points = ratio(points.amount());
    if points > ratio(Amount::from_micros(0)) { Ok(points) } else { Err("points are above 0".to_owned()) }
}

/// Reads a unit and its price, such as `customer=2.5`.
///
/// # Errors
/// Why it is none.
pub fn price(text: &str) -> Result<(ChangeUnit, BigRational), String> {
    let (name, price) = text.split_once('=').ok_or("a price is written as UNIT=X, such as customer=2.5")?;
    let unit = ChangeUnit::from_name(name);
    let unit = unit.ok_or_else(|| format!("{name:?} is no unit; units are {}", ChangeUnit::NAMES.join(", ")))?;
    let amount = Amount::parse(price).map_err(|error| error.to_string())?;
    if amount.micros() < 0 {
        return Err("a price is 0 or above".to_owned());
    }
    Ok((unit, ratio(amount)))
}

fn ratio(amount: Amount) -> BigRational {
    BigRational::new(amount.micros().into(), Amount::MICROS.into())
}
