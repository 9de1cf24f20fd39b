//! What `--explain` names: laws over random histories, and questions whose reasons are known.

use std::collections::BTreeSet;

use ledger::{Area, Entry, Fact, Timestamp, When};
use projection::rulebook::Rulebook;
use projection::{AreaScore, At, History, Measure, MetricScore, Question, TrackScore, Unit, UnitSubject, score};
use serde_json::{Value, json};

use crate::answers::{parsed, question};
use crate::histories::{entries, questions};
use crate::second_fold::size_of;
use crate::seeds;

/// Histories without `PCS_TEST_SEEDS`.
const HISTORIES: u64 = 50;

/// Every metric of every track of an answer.
fn metrics(score: &AreaScore) -> impl Iterator<Item = &MetricScore> {
    let tracks = score.tracks.iter().flatten().map(|(_, score)| score);
    std::iter::once(&score.score).chain(tracks).flat_map(|score| &score.metrics)
}

fn counted(metric: &MetricScore, at: At) -> impl Iterator<Item = &Unit> {
    metric.because.iter().filter(move |unit| unit.missed.is_none() && unit.at == at)
}

#[test]
fn every_counted_unit_is_shown_by_entries_that_are_visible_and_by_a_name_that_was_reported() {
    let asked = seeds::asked(HISTORIES);
    let seen = seeds::on_two_threads(&asked, |seed| {
        let values = entries(seed, size_of(seed));
        let history = parsed(&values);
        let mut seen = BTreeSet::new();
        for asked in questions(seed, &values) {
            let known_at = asked.known_at.as_ref().map(|instant| Timestamp::parse(instant).unwrap());
            let known = |entry: &&Entry| known_at.is_none_or(|known_at| entry.recorded_at <= known_at);
            let of_partner =
                |entry: &&Entry| entry.event.partner.as_ref().is_some_and(|partner| partner.as_str() == asked.partner);
            let own: Vec<&Entry> = history.iter().filter(known).filter(of_partner).collect();
            let folded = History::fold(own.iter().copied());
            for area in Area::ALL {
                let Ok(score) = score(&folded, Rulebook::builtin(), *area, &question(&asked, true)) else { continue };
                for metric in metrics(&score) {
                    let place = format!("seed {seed}, {asked:?}, {area}, {}", metric.metric);
                    for unit in &metric.because {
                        check_unit(unit, &own, &folded, Timestamp::end_of(asked.as_of), &place);
                    }
                    for at in [At::Now, At::Then] {
                        seen.extend(counted(metric, at).map(|_| (area.name(), metric.metric.name(), at)));
                        check_sum(*area, metric, at, &place);
                    }
                }
            }
        }
        seen
    });
    let seen: BTreeSet<_> = seen.into_iter().flatten().collect();
    for area in Area::ALL.iter().filter(|_| asked.len() as u64 >= HISTORIES) {
        for metric in ["net_customer_adds", "usage_growth", "deployments"] {
            assert!(seen.contains(&(area.name(), metric, At::Now)), "no unit of {area} counted in {metric}");
        }
    }
}

/// A unit names entries of the partner that are visible, the reports of its product among them.
fn check_unit(unit: &Unit, own: &[&Entry], folded: &History, end: Timestamp, place: &str) {
    assert!(unit.missed.is_some() || !unit.entries.is_empty(), "{place}: no entries are behind {unit:?}");
    assert!(unit.entries.is_sorted_by(|one, next| one < next), "{place}: {unit:?}");
    let find = |seq: &u64| own.iter().find(|entry| entry.seq == *seq);
    let mut products = BTreeSet::new();
    for seq in &unit.entries {
        let entry =
            find(seq).unwrap_or_else(|| panic!("{place}: entry {seq} is unknown, another's or later: {unit:?}"));
        assert!(!folded.is_retracted(*seq), "{place}: entry {seq} is retracted: {unit:?}");
        match (entry.event.when, &entry.event.fact) {
            (When::In(_), Fact::UsageReported(usage)) => drop(products.insert(usage.product.as_str())),
            (When::At(at), _) => assert!(at <= end, "{place}: entry {seq} is true later: {unit:?}"),
            (When::In(_), other) => panic!("{other:?} is of a month"),
        }
    }
    if let (None, UnitSubject::Pair { product, .. } | UnitSubject::Product { product }) = (&unit.missed, &unit.subject)
    {
        assert!(products.contains(product.as_str()), "{place}: {products:?} were reported: {unit:?}");
    }
}

/// The units that counted are as many, or of as much, as the metric says.
fn check_sum(area: Area, metric: &MetricScore, at: At, place: &str) {
    let is_now = at == At::Now;
    let sum = |part: Option<&str>| -> f64 {
        let of_part = |unit: &&Unit| match &unit.subject {
            UnitSubject::Customer { part: own, .. } | UnitSubject::Pair { part: own, .. } => {
                part.is_none() || own.as_deref() == part
            }
            UnitSubject::Product { .. } | UnitSubject::Person { .. } => true,
        };
        let figures = counted(metric, at).filter(of_part).filter_map(|unit| unit.figure.as_ref());
        figures.map(|figure| figure.parse::<f64>().unwrap()).sum()
    };
    let same = |said: &str, sum: f64| {
        let said: f64 = said.parse().unwrap();
        assert!((said - sum).abs() <= said.abs().max(1.0) * 1e-9, "{place}, {at:?}: {said} is said, {sum} shown");
    };
    match &metric.measure {
        Measure::Net { now, then, .. } => {
            let Some(said) = (if is_now { Some(*now) } else { *then }) else { return };
            // In Modern Work and Security a customer counts once in a part, whatever its products.
            let by_customer = [Area::ModernWork, Area::Security].contains(&area);
            let once = |unit: &Unit| {
                let subject = unit.subject.clone();
                let UnitSubject::Pair { customer, part, .. } = subject else { return subject };
                if by_customer { UnitSubject::Customer { customer, part } } else { unit.subject.clone() }
            };
            let units: BTreeSet<UnitSubject> = counted(metric, at).map(once).collect();
            assert_eq!(units.len(), usize::try_from(said).unwrap(), "{place}, {at:?}");
        }
        Measure::Difference { now, then, .. } | Measure::Percent { now, then, .. } => {
            same(if is_now { now } else { then }, sum(None));
        }
        Measure::Parts { now, then } => {
            let [azure, m365] = if is_now { now } else { then };
            same(azure, sum(Some("azure")));
            same(m365, sum(Some("m365")));
        }
        Measure::People { .. } => {}
    }
}

const CUSTOMER: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

/// Entries of a partner, one after the other.
fn recorded(events: &[Value]) -> Vec<Entry> {
    let recorded_at = Timestamp::parse("2026-06-01T00:00:00Z").unwrap();
    let entries = events.iter().zip(0..).map(|(event, seq)| {
        let mut event = event.clone();
        event["partner"] = "6034453".into();
        event["id"] = format!("00000000-0000-4000-8000-{seq:012}").into();
        Entry { seq, recorded_at, event: ledger::parse_event(&event.to_string(), || None).unwrap() }
    });
    entries.collect()
}

fn accepted(number: u32, mechanism: &str, fields: &Value) -> Value {
    let mut event = json!({
        "type": "association_accepted", "effective_at": "2024-06-01",
        "association": format!("00000000-0000-4000-9000-{number:012}"), "customer": CUSTOMER, "mechanism": mechanism,
    });
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

fn usage(month: &str, product: &str, metric: &str, value: &str) -> Value {
    json!({"type": "usage_reported", "month": month, "customer": CUSTOMER, "product": product, "metric": metric, "value": value})
}

fn explained(events: &[Value], area: Area) -> AreaScore {
    explained_as_of(events, area, "2025-02-28")
}

fn explained_as_of(events: &[Value], area: Area, as_of: &str) -> AreaScore {
    let history = History::fold(&recorded(events));
    let as_of = ledger::parse_date(as_of).unwrap();
    let question =
        Question { as_of, basis: projection::Basis::Live, unmeasured: projection::Unmeasured::Exclude, explain: true };
    score(&history, Rulebook::builtin(), area, &question).unwrap()
}

/// The product of a unit, and the part or option.
fn pair(unit: &Unit) -> Option<(&str, Option<&str>)> {
    match &unit.subject {
        UnitSubject::Pair { product, part, .. } => Some((product, part.as_deref())),
        UnitSubject::Product { product } => Some((product, None)),
        UnitSubject::Customer { .. } | UnitSubject::Person { .. } => None,
    }
}

/// The units of a metric that did not count, by option or part, with the reason.
fn missed<'a>(score: &'a TrackScore, metric: &str) -> Vec<(&'a str, &'a str)> {
    let metric = score.metrics.iter().find(|one| one.metric.name() == metric).unwrap();
    let missed = metric.because.iter().filter_map(|unit| Some((pair(unit)?.1?, unit.missed.as_deref()?)));
    missed.collect()
}

#[test]
fn where_no_option_has_points_the_reason_of_each_is_told_in_both_tracks() {
    for (mechanism, fields, seats, option, track) in [
        ("csp", json!({"role": "indirect_reseller"}), "210", "csp", 1),
        ("dpor", json!({"subscription": "s"}), "420", "dpor", 0),
    ] {
        let score = explained(
            &[
                accepted(1, mechanism, &fields),
                usage("2025-02", "Exchange", "paid_seats", seats),
                usage("2025-02", "Exchange", "active_users", "80"),
            ],
            Area::ModernWork,
        );
        let tracks = score.tracks.as_ref().unwrap();
        let (_, of_track) = &tracks[track];
        let reasons = missed(of_track, "deployments");
        let share = format!("80 active users of {seats} seats are below a share of 0.4");
        assert!(reasons.contains(&(option, share.as_str())), "{reasons:?}");
        let other = format!("an association by {mechanism} does not count here");
        assert!(reasons.contains(&("cpor", other.as_str())), "{reasons:?}");
        let (_, other) = &tracks[1 - track];
        let reasons = missed(other, "usage_growth");
        assert!(
            !reasons.is_empty()
                && reasons.iter().all(|(_, why)| why.contains("seats are not ") || why.contains("does not count here")),
            "{reasons:?}"
        );
    }
}

#[test]
fn an_association_that_does_not_count_is_the_one_that_would_cover_the_product() {
    let events = [
        accepted(1, "cpor", &json!({"role": "osu", "workload": "Exchange"})),
        accepted(2, "cpor", &json!({"role": "osu", "workload": "Teams"})),
        usage("2025-02", "Exchange", "paid_seats", "200"),
        usage("2025-02", "Exchange", "active_users", "80"),
    ];
    let score = explained(&events, Area::ModernWork);
    let reasons: Vec<(&str, &[u64])> = metrics(&score)
        .flat_map(|metric| &metric.because)
        .filter_map(|unit| Some((unit.missed.as_deref()?, unit.entries.as_slice())))
        .filter(|(why, _)| *why == "an association by cpor does not count here")
        .collect();
    assert!(
        !reasons.is_empty() && reasons.iter().all(|(_, entries)| entries.contains(&0) && !entries.contains(&1)),
        "{reasons:?}"
    );
}

#[test]
fn what_counts_by_another_option_than_the_answers_is_no_counted_unit() {
    let mut events = vec![
        accepted(1, "cpor", &json!({"role": "osu", "workload": "Exchange"})),
        accepted(2, "csp", &json!({"role": "indirect_reseller"})),
    ];
    for (product, users) in [("Exchange", "100"), ("Teams", "150")] {
        events
            .extend([usage("2025-02", product, "paid_seats", "200"), usage("2025-02", product, "active_users", users)]);
    }
    let score = explained(&events, Area::ModernWork);
    let (_, smb) = &score.tracks.as_ref().unwrap()[1];
    let growth = smb.metrics.iter().find(|metric| metric.metric.name() == "usage_growth").unwrap();
    let Measure::Difference { now, option, .. } = &growth.measure else { panic!("{growth:?}") };
    let (now, option) = (now.as_str(), option.as_str());
    let units = growth.because.iter().filter(|unit| unit.at == At::Now);
    let units = units.map(|unit| (pair(unit).unwrap(), unit.missed.as_deref()));
    let units: Vec<_> = units.collect();
    assert_eq!((now, option), ("100", "cpor"));
    assert_eq!(
        units,
        [
            (("Exchange", Some("cpor")), None),
            (("Teams", Some("cpor")), Some("the association is limited to another workload or subscription")),
            (("Teams", Some("csp")), Some("it counts by csp, and the answer is by cpor")),
        ]
    );
}

/// The products of the units of a metric now, as they are named.
fn products<'a>(score: &'a TrackScore, metric: &str) -> BTreeSet<&'a str> {
    let metric = score.metrics.iter().find(|one| one.metric.name() == metric).unwrap();
    let units = metric.because.iter().filter(|unit| unit.at == At::Now);
    units.filter_map(|unit| Some(pair(unit)?.0)).collect()
}

#[test]
fn a_product_has_the_name_by_which_it_was_reported_last() {
    let azure = [
        accepted(1, "pal", &json!({"principal": "p"})),
        usage("2025-01", "AZURE SQL Database", "acr_usd", "5"),
        usage("2025-02", "Azure SQL Database", "acr_usd", "5"),
        usage("2025-02", "Virtual Machines", "acr_usd", "5"),
        // Of a month that is not read.
        usage("2023-02", "virtual machines", "acr_usd", "5"),
    ];
    let score = explained(&azure, Area::Infrastructure);
    let named = BTreeSet::from(["Azure SQL Database", "Virtual Machines"]);
    assert_eq!(products(&score.score, "deployments"), named);

    // A product that was renamed: whichever name came last, for seats and for users.
    for [seats, users] in [["Exchange", "Exchange Online"], ["Exchange Online", "EXCHANGE"]] {
        let figure = |subscription: &str, product: &str, metric: &str| {
            let mut usage = usage("2026-03", product, metric, "50");
            usage["subscription"] = subscription.into();
            usage
        };
        let reports = [
            accepted(1, "csp", &json!({"role": "indirect_reseller"})),
            figure("a", users, "paid_seats"),
            figure("b", seats, "paid_seats"),
            figure("a", seats, "active_users"),
            figure("b", users, "active_users"),
        ];
        let score = explained_as_of(&reports, Area::ModernWork, "2026-03-31");
        let [_, (_, smb)] = score.tracks.as_ref().unwrap();
        let named = ["net_customer_adds", "deployments", "usage_growth"].map(|metric| products(smb, metric));
        assert_eq!(named, [seats, seats, users].map(|name| BTreeSet::from([name])));
    }
}
