//! The events that should be true after some downloads, whatever the order in which they were imported.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::kind::{KINDS, Kind};
use super::read::{Earned, Key, ReportFacts, ShownAssociation};
use crate::naive::Month;

/// A download that was read: its day and its kind.
pub struct ReadDownload<'a> {
    pub day: NaiveDate,
    pub kind: Kind,
    pub read: &'a ReportFacts,
}

/// What an independent reader makes of rows that allow two readings.
pub struct Reading {
    /// A report is the whole truth of its months.
    pub is_snapshot: bool,
    /// A figure that a snapshot no longer shows for a month that it covers is 0.
    pub vanished_is_zero: bool,
    /// A certification ends on the day of the first snapshot that does not list it.
    pub leavers_end: bool,
}

/// The events, as `export` would print them, all recorded at one instant.
pub fn events(account: &str, known: &[ReadDownload], reading: &Reading) -> Vec<Value> {
    let mut events = Vec::new();
    let mut told: BTreeMap<Group, (usize, Vec<Value>)> = BTreeMap::new();
    for (rank, kind) in RANKS.into_iter().enumerate() {
        for (key, value) in figures(&of_kind(known, kind), reading) {
            let group = (key.customer.clone(), key.product.to_ascii_lowercase(), key.metric, key.month);
            let owner = told.entry(group).or_insert((rank, Vec::new()));
            if owner.0 == rank {
                owner.1.push(figure(&key, value));
            }
        }
    }
    events.extend(told.into_values().flat_map(|(_, events)| events));
    let mut made = 0;
    for kind in KINDS {
        let reads = of_kind(known, kind);
        for (shown, runs) in runs(&reads, reading) {
            for run in runs {
                made += 1;
                events.extend(association(account, Uuid::from_u64_pair(1, made), &shown, run));
            }
        }
    }
    if reading.is_snapshot {
        events.extend(churned(known));
    }
    events.extend(segments(&of_kind(known, Kind::CustomersAndTenants)));
    events.extend(certifications(&of_kind(known, Kind::TrainingCompletions), reading));
    let entry = |(seq, mut event): (usize, Value)| {
        event["id"] = json!(Uuid::from_u64_pair(2, seq as u64).to_string());
        event["partner"] = json!(account);
        json!({"seq": seq, "recorded_at": "2020-01-01T00:00:00.000000Z", "event": event})
    };
    events.into_iter().enumerate().map(entry).collect()
}

/// Figures of which one kind tells the truth: customer, product, metric, month.
type Group = (String, String, &'static str, Month);

/// Kinds that tell the same figures, the one that owns them first.
const RANKS: [Kind; 7] = [
    Kind::AzureUsage,
    Kind::CporM365Usage,
    Kind::OfficeUsage,
    Kind::EmsUsage,
    Kind::BizappsRevenue,
    Kind::BizappsUsage,
    Kind::SeatsAndRevenue,
];

/// The downloads of a kind, the oldest first.
fn of_kind<'a>(known: &[ReadDownload<'a>], kind: Kind) -> Vec<(NaiveDate, &'a ReportFacts)> {
    let mut reads: Vec<_> = known.iter().filter(|it| it.kind == kind).map(|it| (it.day, it.read)).collect();
    reads.sort_by_key(|(day, _)| *day);
    reads
}

fn figures(reads: &[(NaiveDate, &ReportFacts)], reading: &Reading) -> BTreeMap<Key, i64> {
    let mut figures: BTreeMap<Key, i64> = BTreeMap::new();
    for (_, read) in reads {
        if reading.is_snapshot && reading.vanished_is_zero {
            let covered = figures.iter_mut().filter(|(key, _)| read.months.contains(&key.month));
            covered.for_each(|(_, value)| *value = 0);
        }
        figures.extend(read.figures.iter().map(|(key, value)| (key.clone(), *value)));
    }
    figures
}

/// From which day to which an association is in force.
type Run = (NaiveDate, Option<NaiveDate>);

fn runs(reads: &[(NaiveDate, &ReportFacts)], reading: &Reading) -> BTreeMap<ShownAssociation, Vec<Run>> {
    let mut newest: BTreeMap<Month, &ReportFacts> = BTreeMap::new();
    let mut months: BTreeMap<&ShownAssociation, BTreeSet<Month>> = BTreeMap::new();
    for (_, read) in reads {
        newest.extend(read.months.iter().map(|month| (*month, *read)));
        for (shown, month) in &read.shown {
            months.entry(shown).or_default().insert(*month);
        }
    }
    let start = |shown: &ShownAssociation, month: Month| shown.began.unwrap_or(month.first_day());
    let mut all = BTreeMap::new();
    for (shown, months) in months {
        let mut runs: Vec<Run> = Vec::new();
        if reading.is_snapshot {
            let mut open: Option<NaiveDate> = None;
            for (month, read) in &newest {
                let is_seen = read.shown.contains(&(shown.clone(), *month));
                match (open, is_seen) {
                    (None, true) => open = Some(start(shown, *month)),
                    (Some(from), false) => {
                        runs.push((from, Some(month.first_day())));
                        open = None;
                    }
                    _ => {}
                }
            }
            runs.extend(open.map(|from| (from, None)));
        } else {
            let first = months.first().expect("it was seen");
            runs.push((start(shown, *first), None));
        }
        all.insert(shown.clone(), runs);
    }
    all
}

fn figure(key: &Key, value: i64) -> Value {
    let mut event = json!({
        "type": "usage_reported",
        "month": key.month.to_string(),
        "customer": key.customer,
        "product": key.product,
        "metric": key.metric,
        "value": decimal(value),
    });
    if let Some(subscription) = &key.subscription {
        event["subscription"] = json!(subscription);
    }
    event
}

/// Hundredths as the ledger writes them.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    match rest {
        0 => format!("{sign}{whole}"),
        rest if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        rest => format!("{sign}{whole}.{rest:02}"),
    }
}

fn midnight(day: NaiveDate) -> String {
    format!("{day}T00:00:00.000000Z")
}

fn association(account: &str, id: Uuid, shown: &ShownAssociation, (start, end): Run) -> Vec<Value> {
    let mut accepted = json!({
        "type": "association_accepted",
        "effective_at": midnight(start),
        "association": id.to_string(),
        "customer": shown.customer,
        "mechanism": shown.mechanism,
    });
    for (field, text) in [
        ("role", shown.role.map(str::to_owned)),
        ("workload", shown.workload.clone()),
        ("subscription", shown.subscription.clone()),
        ("principal", (shown.mechanism == "pal").then(|| format!("report:{account}"))),
    ] {
        if let Some(text) = text {
            accepted[field] = json!(text);
        }
    }
    let revoked = end.map(
        |day| json!({"type": "association_revoked", "effective_at": midnight(day), "association": id.to_string()}),
    );
    [accepted].into_iter().chain(revoked).collect()
}

/// The newest report of each kind about each month.
fn newest_of_each<'a>(known: &[ReadDownload<'a>]) -> BTreeMap<(Kind, Month), &'a ReportFacts> {
    let mut newest = BTreeMap::new();
    for kind in KINDS {
        for (_, read) in of_kind(known, kind) {
            newest.extend(read.months.iter().map(|month| ((kind, *month), read)));
        }
    }
    newest
}

/// A customer has churned when a report of customers or of subscriptions says that nothing of it is active, and no
/// other report shows anything active.
fn churned(known: &[ReadDownload]) -> Vec<Value> {
    let newest = newest_of_each(known);
    let is_active = |customer: &str, month: Month| {
        let key = (customer.to_owned(), month);
        newest.iter().any(|((_, of), read)| *of == month && read.active.contains(&key))
    };
    let mut churned = BTreeSet::new();
    for ((kind, month), read) in &newest {
        let before = month.plus(-1);
        let listed_before = newest.get(&(*kind, before)).into_iter().flat_map(|read| &read.active);
        let gone = listed_before.filter(|(_, of)| *of == before).map(|(customer, _)| customer);
        let ended = read.ended.iter().filter(|(_, of)| of == month).map(|(customer, _)| customer);
        let says: Vec<&String> = match kind {
            Kind::CustomersAndTenants | Kind::SeatsAndRevenue => gone.chain(ended).collect(),
            _ => Vec::new(),
        };
        for customer in says {
            if is_active(customer, before) && !is_active(customer, *month) {
                churned.insert((customer, *month));
            }
        }
    }
    let event = |(customer, month): (&String, Month)| json!({"type": "customer_churned", "effective_at": midnight(month.first_day()), "customer": customer});
    churned.into_iter().map(event).collect()
}

fn segments(reads: &[(NaiveDate, &ReportFacts)]) -> Vec<Value> {
    let mut newest: BTreeMap<&(String, Month), &str> = BTreeMap::new();
    for (_, read) in reads {
        newest.extend(read.segments.iter().map(|(key, segment)| (key, *segment)));
    }
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut events = Vec::new();
    for ((customer, month), segment) in newest {
        if before.insert(customer, segment) != Some(segment) {
            events.push(json!({
                "type": "customer_classified",
                "effective_at": midnight(month.first_day()),
                "customer": customer,
                "segment": segment,
            }));
        }
    }
    events
}

fn certifications(reads: &[(NaiveDate, &ReportFacts)], reading: &Reading) -> Vec<Value> {
    let mut listed: BTreeMap<Earned, NaiveDate> = BTreeMap::new();
    let mut gone: BTreeMap<(String, &str), NaiveDate> = BTreeMap::new();
    for (day, read) in reads {
        if reading.is_snapshot && reading.leavers_end {
            let before: BTreeSet<_> = listed.keys().map(|(person, code, _)| (person.clone(), *code)).collect();
            let now: BTreeSet<_> =
                read.certifications.keys().map(|(person, code, _)| (person.clone(), *code)).collect();
            for lost in before.difference(&now) {
                gone.entry(lost.clone()).or_insert(*day);
            }
        }
        listed.extend(read.certifications.iter().map(|(earned, expires)| (earned.clone(), *expires)));
    }
    let mut events = Vec::new();
    for ((person, code, earned), expires) in listed {
        events.push(json!({
            "type": "certification_linked",
            "effective_at": midnight(earned),
            "person": person,
            "certification": code,
            "earned_on": earned.to_string(),
            "expires_on": expires.to_string(),
        }));
    }
    for ((person, code), day) in gone {
        events.push(json!({
            "type": "certification_unlinked",
            "effective_at": midnight(day),
            "person": person,
            "certification": code,
        }));
    }
    events
}
