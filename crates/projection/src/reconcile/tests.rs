//! What would explain a difference, case by case.

use ledger::{Area, Entry, Metric, ShownMetrics, ShownPoints, Timestamp};
use num_rational::BigRational;

use super::{Evidence, Explanation, Reconciliation, Screen, UnitExplanation, is_shown_as, reconcile};
use crate::history::{History, Published};
use crate::question::Unmeasured;
use crate::rulebook::Rulebook;
use crate::score::answer::{At, UnitSubject};

const CUSTOMER: &str = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;
const CSP: &str = r#"association_accepted 2022-05-01 "association":"5a000000-0000-4000-8000-000000000001",CUSTOMER,"mechanism":"csp","role":"direct_bill""#;

/// The entry of a type, a time and the fields behind it; the nth is recorded in the nth second of June 2025.
fn entry(seq: u64, event: &str) -> Entry {
    let (kind, rest) = event.split_once(' ').expect("a type");
    let (time, fields) = rest.split_once(' ').expect("a time");
    let when = match time.len() {
        7 => format!(r#""month":"{time}""#),
        _ => format!(r#""effective_at":"{time}T00:00:00.000000Z""#),
    };
    let fields = fields.replace("CUSTOMER", CUSTOMER);
    let line = format!(
        r#"{{"seq":{seq},"recorded_at":"2025-06-01T00:00:{seq:02}.000000Z","event":{{"id":"00000000-0000-0000-0000-{seq:012}","type":"{kind}","partner":"1",{when},{fields}}}}}"#
    );
    Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
}

fn usage(month: &str, product: &str, metric: &str, value: &str) -> String {
    format!(r#"usage_reported {month} CUSTOMER,"product":"{product}","metric":"{metric}","value":"{value}""#)
}

fn link(person: &str, certification: &str) -> String {
    format!(r#"certification_linked 2025-01-10 "person":"{person}","certification":"{certification}""#)
}

fn shown(text: &str) -> ShownPoints {
    ShownPoints::parse(text).expect("points")
}

/// What would explain a total on a day, and perhaps a metric.
fn explained(
    events: &[String],
    (area, day): (Area, &str),
    total: &str,
    metric: Option<(Metric, &str)>,
) -> Reconciliation {
    let entries: Vec<Entry> = (0..).zip(events).map(|(seq, event)| entry(seq, event)).collect();
    let metrics = metric.and_then(|(metric, points)| ShownMetrics::new([(metric, shown(points))].into()));
    let published = Published { points: shown(total), metrics };
    let at = Timestamp::end_of(ledger::parse_date(day).expect("a day"));
    let screen = Screen { area, at, seq: 99, shown: &published, rulebook: Rulebook::builtin() };
    let history = History::fold(&entries);
    let own_end = entries.len() as u64;
    let evidence = Evidence { history: &history, own: &entries, assumed: &[], shared: &[], own_end };
    let mut found = reconcile(&evidence, Unmeasured::Exclude, &[screen]).expect("rules that load");
    found.pop().expect("a day of the programme")
}

/// The units among the explanations: metric, side, what, whether it counts then, the total then.
fn units(found: &Reconciliation) -> Vec<String> {
    let units = found.explained_by.iter().filter_map(|one| match one {
        Explanation::Unit(unit) => Some(unit),
        Explanation::Basis(_)
        | Explanation::Unmeasured(_)
        | Explanation::Track(_)
        | Explanation::KnownAt(_)
        | Explanation::Rules(_) => None,
    });
    let texts = units.map(|UnitExplanation { metric, at, subject, counted, points }| {
        let what = match subject {
            UnitSubject::Customer { .. } => "customer".to_owned(),
            UnitSubject::Pair { product, .. } | UnitSubject::Product { product } => product.clone(),
            UnitSubject::Person { person, certification, .. } => format!("{person} {certification}"),
        };
        let side = match at {
            At::Now => "now",
            At::Then => "then",
        };
        format!("{metric} {side} {what} {} {points}", if *counted { "in" } else { "out" })
    });
    texts.collect()
}

#[test]
fn a_figure_agrees_up_to_half_of_its_last_shown_place_on_both_sides() {
    for (text, thousandths, agrees) in [
        ("62", 61_500, true),
        ("62", 62_500, true),
        ("62", 62_501, false),
        ("62", 61_499, false),
        ("62.0", 62_050, true),
        ("62.0", 61_949, false),
        ("62.00", 62_005, true),
        ("62.00", 62_006, false),
        ("0", 500, true),
    ] {
        let value = BigRational::new(thousandths.into(), 1_000.into());
        assert_eq!(is_shown_as(&shown(text), &value), agrees, "{text} beside {value}");
    }
}

#[test]
fn a_certification_counts_in_all_steps_of_its_metric_or_in_none() {
    let events = [link("ada", "AZ-104"), link("ada", "AZ-700"), link("bob", "AZ-104"), link("bob", "AZ-700")];
    let ask = |total| explained(&events, (Area::Infrastructure, "2025-03-25"), total, None);
    assert!(ask("8").agrees);
    // The gate needs two people: without one of them nobody behind it gives points.
    let metric = "intermediate_certifications now";
    assert_eq!(units(&ask("0")), ["ada AZ-104", "bob AZ-104"].map(|who| format!("{metric} {who} out 0/1")));
    assert_eq!(units(&ask("4")), ["ada AZ-700", "bob AZ-700"].map(|who| format!("{metric} {who} out 4/1")));
}

#[test]
fn a_customer_without_an_association_counts_with_the_figures_that_it_has() {
    let events = [usage("2025-02", "Storage", "acr_usd", "1500"), usage("2024-02", "Storage", "acr_usd", "1000")];
    let found = explained(&events, (Area::DataAi, "2025-03-25"), "10", Some((Metric::NetCustomerAdds, "10")));
    assert_eq!(units(&found), ["net_customer_adds now customer in 10/1"]);
    // A year before it has figures, too: without these there is no baseline, and with them alone no growth.
    let found = explained(&events, (Area::DataAi, "2025-03-25"), "2", None);
    assert_eq!(units(&found), ["deployments now Storage in 2/1"]);
    assert!(!found.agrees);
}

#[test]
fn growth_without_one_of_its_customers_is_that_of_the_others() {
    let events = [
        CSP.to_owned(),
        usage("2024-02", "Storage", "acr_usd", "10000"),
        usage("2025-02", "Storage", "acr_usd", "11000"),
    ];
    let now = explained(&events, (Area::DataAi, "2025-03-25"), "0", None);
    assert!(!now.agrees && units(&now).is_empty(), "{now:?}");
    let growth = now.metrics.iter().find(|one| one.metric == Metric::UsageGrowth).expect("growth");
    let less = now.score.score.points.exact() - growth.points.exact();
    let text = crate::points::shown(&less);
    let found = explained(&events, (Area::DataAi, "2025-03-25"), &text, Some((Metric::UsageGrowth, "0")));
    let without = crate::points::fraction(&less);
    let sides = ["now", "then"].map(|side| format!("usage_growth {side} customer out {without}"));
    assert_eq!(units(&found), sides);
}

#[test]
fn products_of_one_customer_are_one_customer_where_customers_are_counted() {
    let seats = |product, seats| usage("2025-02", product, "paid_seats", seats);
    let all = [CSP.to_owned(), seats("Exchange", "100"), seats("Teams", "100")];
    let points = explained(&all, (Area::ModernWork, "2025-03-25"), "0", None);
    let zero = units(&points);
    assert!(zero.iter().all(|unit| !unit.starts_with("net_customer_adds now")), "either product is enough: {zero:?}");
    let one = [CSP.to_owned(), seats("Exchange", "100")];
    let found = explained(&one, (Area::ModernWork, "2025-03-25"), "0", None);
    // A year before, the customer has an association and no figures: it would be one of those that nearly counted.
    assert_eq!(units(&found), ["net_customer_adds then customer in 0/1", "net_customer_adds now Exchange out 0/1"]);
}

#[test]
fn the_newest_entry_with_which_it_agreed_is_told_though_later_ones_changed_nothing() {
    let events = [
        CSP.to_owned(),
        usage("2025-02", "Storage", "acr_usd", "1500"),
        link("ada", "MS-700"),
        usage("2025-02", "Storage", "acr_usd", "10"),
        usage("2025-02", "Storage", "acr_usd", "5"),
    ];
    let found = explained(&events, (Area::DataAi, "2025-03-25"), "12", Some((Metric::NetCustomerAdds, "10")));
    let known_at = Timestamp::parse("2025-06-01T00:00:02Z").expect("an instant");
    assert!(found.explained_by.contains(&Explanation::KnownAt(known_at)), "{found:?}");
}
