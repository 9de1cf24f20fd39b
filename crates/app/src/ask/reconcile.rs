//! What the programme showed, beside what follows from the facts.

use std::collections::{BTreeMap, btree_map};
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use ledger::{Area, Date, Entry, PartnerId, Timestamp};
use projection::{
    Evidence, Explanation, MetricReconciliation, Published, Reconciliation, Screen, UnitExplanation, Unmeasured,
    adoption_in_force, reconcile,
};

use super::json::{write_ground, write_list, write_points};
use super::score::in_order;
use super::score_json::write_subject;
use crate::beyond::{AssumedEvents, CarryChoice, MissingSaid, Subject};
use crate::error::{EARLIER_DAY, Error};
use crate::known::{Known, Rules, rules_of};
use crate::session::Session;
use crate::text::{counted, json_string};

/// Which published scores are compared.
#[derive(Clone, Debug)]
pub struct Request {
    /// The partner.
    pub partner: PartnerId,
    /// Only these areas; all when there is none.
    pub areas: Vec<Area>,
    /// The first day on which they were shown; from the first of all without it.
    pub from: Option<Date>,
    /// The last day on which they were shown; to the last of all without it.
    pub to: Option<Date>,
    /// As it was known at this instant; now without it.
    pub known_at: Option<Timestamp>,
    /// Whether customers with an association and without figures count.
    pub unmeasured: Unmeasured,
    /// The files of events that are assumed, as they were typed; `-` for what is handed over beside the request.
    pub assume: Vec<PathBuf>,
}

/// Published scores, each beside what follows from the facts.
pub struct Answer {
    /// The partner.
    pub partner: PartnerId,
    /// The instant at which it was known.
    pub known_at: Timestamp,
    /// The number of entries known, and the root of their tree.
    pub ledger: (u64, [u8; 32]),
    /// What is assumed, if anything is.
    pub assumed: Option<AssumedEvents>,
    /// By area, then in the order of what was shown.
    pub reconciliations: Vec<Reconciliation>,
    rules: RulesByDay,
}

/// The rules in force on days, each read once.
#[derive(Default)]
struct RulesByDay {
    /// The entry that adopted them; none for the built-in ones.
    adopted_by: BTreeMap<Date, Option<u64>>,
    read: BTreeMap<Option<u64>, Rules>,
}

impl RulesByDay {
    fn read(&mut self, shared: &[Entry], day: Date) -> Result<(), Error> {
        let adopted_by = adoption_in_force(shared, day).map(|adoption| adoption.seq);
        if let btree_map::Entry::Vacant(place) = self.read.entry(adopted_by) {
            place.insert(rules_of(shared, day)?);
        }
        self.adopted_by.insert(day, adopted_by);
        Ok(())
    }

    fn on(&self, day: Date) -> &Rules {
        let adopted_by = self.adopted_by.get(&day);
        adopted_by.and_then(|adopted_by| self.read.get(adopted_by)).expect("the rules of each day shown were read")
    }
}

impl Request {
    /// Compares what was shown with what follows; `stdin` is what `-` stands for among files. Warns of scores that were
    /// shown before the programme began, which are left out, and of figures that are not known.
    ///
    /// # Errors
    /// `usage` where the days are in the wrong order; `unknown_partner`; what is refused of assumed events.
    pub fn run(&self, session: &Session<'_>, stdin: &mut dyn Read) -> Result<Answer, Error> {
        let Self { partner, areas, from, to, known_at, unmeasured, assume } = self;
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(Error::reversed(EARLIER_DAY, from, to));
        }
        let mut known = Known::open(session, *known_at)?;
        known.assume(session, stdin, assume)?;
        let subject = Subject::open(&known, partner, CarryChoice::NOTHING)?;
        known.say_later(session, Some(partner))?;
        let is_asked = |day: Date| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to);
        let shown = in_order(areas)
            .into_iter()
            .flat_map(|area| subject.history.published(area).map(move |(at, seq, shown)| (area, at, seq, shown)));
        let shown: Vec<(Area, Timestamp, u64, &Published)> = shown.filter(|(_, at, ..)| is_asked(at.date())).collect();
        let (shared, mut rules) = (known.shared()?, RulesByDay::default());
        for (_, at, ..) in &shown {
            rules.read(&shared, at.date())?;
        }
        let screens: Vec<Screen<'_>> = shown
            .iter()
            .map(|&(area, at, seq, shown)| Screen { area, at, seq, shown, rulebook: &rules.on(at.date()).book })
            .collect();
        let entries = if screens.is_empty() { Vec::new() } else { known.entries(partner)? };
        let (own, assumed) = entries.split_at(entries.partition_point(|entry| entry.seq < known.end));
        let (history, own_end) = (&*subject.history, known.end);
        let evidence = Evidence { history, own, assumed, shared: &shared, own_end };
        let reconciliations = reconcile(&evidence, *unmeasured, &screens)?;
        warn(session, &subject, &reconciliations, shown.len());
        let ledger = (known.end, known.root()?);
        let assumed = known.assumed().cloned();
        Ok(Answer { partner: partner.clone(), known_at: known.at, ledger, assumed, reconciliations, rules })
    }
}

/// Warns of what was left out and of what is not known.
fn warn(session: &Session<'_>, subject: &Subject<'_>, reconciliations: &[Reconciliation], shown: usize) {
    let left_out = shown.saturating_sub(reconciliations.len());
    if left_out > 0 {
        let (what, are) = (counted(left_out, "published score"), if left_out == 1 { "is" } else { "are" });
        session.say(&format!("warning: {what} of before the programme began {are} left out"));
    }
    let mut said = MissingSaid::default();
    for Reconciliation { score, .. } in reconciliations {
        said.say(session, &subject.missing_figures(score.area, score.measured_month));
    }
}

impl Answer {
    /// The objects for programs: one a published score, on a line each.
    #[must_use]
    pub fn to_json(&self) -> String {
        let objects: Vec<String> = self.reconciliations.iter().map(|one| self.object(one)).collect();
        objects.join("\n")
    }

    fn object(&self, reconciliation: &Reconciliation) -> String {
        let Reconciliation { shown_at, seq, shown, score, agrees, metrics, explained_by } = reconciliation;
        let (area, as_of, measured_month) = (score.area, score.as_of, score.measured_month);
        let (partner, known_at) = (json_string(self.partner.as_str()), self.known_at);
        let mut out = String::with_capacity(1_024);
        let _ = write!(out, "{{\"partner\":{partner},\"area\":\"{area}\",\"shown_at\":\"{shown_at}\",\"seq\":{seq},");
        let _ = write!(out, "\"as_of\":\"{as_of}\",\"known_at\":\"{known_at}\",\"basis\":\"published\",");
        let _ = write!(out, "\"measured_month\":\"{measured_month}\",");
        let (size, root) = &self.ledger;
        write_ground(&mut out, self.rules.on(as_of), (*size, root), self.assumed.as_ref());
        let _ = write!(out, "\"shown\":\"{shown}\",");
        write_points(&mut out, &score.score.points);
        let _ = write!(out, ",\"agrees\":{agrees},\"metrics\":");
        write_list(&mut out, metrics, write_metric);
        out.push_str(",\"explained_by\":");
        write_list(&mut out, explained_by, write_explanation);
        out.push('}');
        out
    }
}

fn write_metric(out: &mut String, metric: &MetricReconciliation) {
    let MetricReconciliation { metric, shown, points } = metric;
    let (shown, agrees) = match shown {
        Some((shown, agrees)) => (format!("\"{shown}\""), agrees.to_string()),
        None => ("null".to_owned(), "null".to_owned()),
    };
    let _ = write!(out, "{{\"metric\":\"{metric}\",\"shown\":{shown},\"points_exact\":\"{points}\",");
    let _ = write!(out, "\"agrees\":{agrees}}}");
}

fn write_explanation(out: &mut String, explanation: &Explanation) {
    let mut of_kind = |kind: &str, value: &str| {
        let _ = write!(out, "{{\"kind\":\"{kind}\",{value}}}");
    };
    match explanation {
        Explanation::Basis(basis) => of_kind("basis", &format!("\"basis\":\"{}\"", basis.name())),
        Explanation::Unmeasured(unmeasured) => {
            of_kind("unmeasured", &format!("\"unmeasured\":\"{}\"", unmeasured.name()));
        }
        Explanation::Track(track) => of_kind("track", &format!("\"track\":\"{}\"", track.name())),
        Explanation::KnownAt(known_at) => of_kind("known_at", &format!("\"known_at\":\"{known_at}\"")),
        Explanation::Rules(key) => of_kind("rules", &format!("\"key\":\"{key}\"")),
        Explanation::Unit(UnitExplanation { metric, at: _, subject, counted, points }) => {
            let mut fields = format!("\"metric\":\"{metric}\",");
            write_subject(&mut fields, subject);
            let _ = write!(fields, "\"counted\":{counted},\"points_exact\":\"{points}\"");
            of_kind("unit", &fields);
        }
    }
}
