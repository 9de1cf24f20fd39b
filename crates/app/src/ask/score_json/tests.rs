//! The examples of the interface specification, to the byte.

use std::borrow::Cow;

use ledger::{Amount, Area, CustomerId, PartnerId, Timestamp, parse_date};
use num_rational::BigRational;
use projection::points::Points;
use projection::rulebook::{Bounds, Metric, Rulebook, Track};
use projection::{AreaScore, Basis, Class, ClassFigures, Measure, MetricScore, StepScore, TrackScore};

use super::{Answer, Missing, Rules, write_class, write_metric};

fn ratio(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn points(n: i64, d: i64, max: u32) -> Points {
    Points::clamped(ratio(n, d), max)
}

fn metric(name: &str, category: &str, points: Points, max: u32, measure: Measure) -> MetricScore {
    let metric = Metric::from_name(name).expect("a metric");
    assert_eq!(metric.category(), category);
    MetricScore { metric, points, max, measure, notes: Vec::new(), because: Vec::new() }
}

fn net(now: i64, then: Option<i64>, option: Option<&str>) -> Measure {
    let net = now - then.unwrap_or(0);
    Measure::Net { now, then, net, option: option.map(str::to_owned), unmeasured: 0 }
}

fn step(step: u32, people: i64, points: Points) -> StepScore {
    StepScore { step, people, met: true, points }
}

#[test]
fn the_metrics_are_written_as_the_specification_shows_them() {
    let texts = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
    let (skilling, success) = ("skilling", "customer_success");
    for (metric, expected) in [
        (
            metric("net_customer_adds", "performance", points(10, 1, 30), 30, net(3, Some(2), None)),
            r#"{"metric":"net_customer_adds","category":"performance","points":10.0,"points_exact":"10/1","max":30,"now":3,"then":2,"net":1,"unmeasured":0,"notes":[]}"#,
        ),
        (
            metric(
                "intermediate_certifications",
                skilling,
                points(15, 2, 10),
                10,
                Measure::People { people: 3, steps: None },
            ),
            r#"{"metric":"intermediate_certifications","category":"skilling","points":7.5,"points_exact":"15/2","max":10,"people":3,"notes":[]}"#,
        ),
        (
            metric(
                "intermediate_certifications",
                skilling,
                points(12, 1, 20),
                20,
                Measure::People {
                    people: 2,
                    steps: Some(vec![step(1, 1, points(4, 1, 20)), step(2, 2, points(8, 1, 20))]),
                },
            ),
            r#"{"metric":"intermediate_certifications","category":"skilling","points":12.0,"points_exact":"12/1","max":20,"people":2,"steps":[{"step":1,"people":1,"met":true,"points_exact":"4/1"},{"step":2,"people":2,"met":true,"points_exact":"8/1"}],"notes":[]}"#,
        ),
        (
            metric(
                "usage_growth",
                success,
                points(247, 20, 20),
                20,
                Measure::Percent { now: "112350".to_owned(), then: "100000".to_owned(), percent: Some(ratio(247, 20)) },
            ),
            r#"{"metric":"usage_growth","category":"customer_success","points":12.35,"points_exact":"247/20","max":20,"now":"112350","then":"100000","percent":"247/20","notes":[]}"#,
        ),
        (
            metric(
                "usage_growth",
                success,
                points(15, 1, 30),
                30,
                Measure::Difference {
                    now: "1250".to_owned(),
                    then: "250".to_owned(),
                    net: "1000".to_owned(),
                    option: "csp".to_owned(),
                },
            ),
            r#"{"metric":"usage_growth","category":"customer_success","points":15.0,"points_exact":"15/1","max":30,"now":"1250","then":"250","net":"1000","percent":null,"option":"csp","notes":[]}"#,
        ),
        (
            metric(
                "usage_growth",
                success,
                points(20, 1, 20),
                20,
                Measure::Parts { now: texts("83134.15", "10390"), then: texts("0", "0") },
            ),
            r#"{"metric":"usage_growth","category":"customer_success","points":20.0,"points_exact":"20/1","max":20,"now":{"azure":"83134.15","m365":"10390"},"then":{"azure":"0","m365":"0"},"percent":null,"notes":[]}"#,
        ),
        (
            metric("deployments", success, points(8, 1, 10), 10, net(4, None, None)),
            r#"{"metric":"deployments","category":"customer_success","points":8.0,"points_exact":"8/1","max":10,"now":4,"then":null,"net":4,"unmeasured":0,"notes":[]}"#,
        ),
        (
            metric("deployments", success, points(15, 1, 25), 25, net(3, Some(0), Some("cpor"))),
            r#"{"metric":"deployments","category":"customer_success","points":15.0,"points_exact":"15/1","max":25,"now":3,"then":0,"net":3,"option":"cpor","unmeasured":0,"notes":[]}"#,
        ),
    ] {
        let mut out = String::new();
        write_metric(&mut out, &metric, false);
        assert_eq!(out, expected);
    }
}

#[test]
fn a_score_is_written_as_the_specification_shows_it() {
    let track = |points: Points, below: Vec<&'static str>| TrackScore { points, below, metrics: Vec::new() };
    let score = AreaScore {
        area: Area::Infrastructure,
        as_of: parse_date("2025-02-28").expect("a date"),
        measured_month: ledger::Month::parse("2025-02").expect("a month"),
        compared_month: ledger::Month::parse("2024-02").expect("a month"),
        max: 100,
        total_min: 70,
        track: Track::Smb,
        score: track(points(155, 2, 100), Vec::new()),
        notes: vec!["bounded_rules"],
        tracks: Some([
            (Track::Enterprise, track(points(25, 1, 100), vec!["total", "net_customer_adds"])),
            (Track::Smb, track(points(155, 2, 100), Vec::new())),
        ]),
        class: None,
    };
    let partner = PartnerId::new("6034453").expect("a partner");
    let rules = Rules { name: "builtin".to_owned(), book: Cow::Borrowed(Rulebook::builtin()) };
    let answer = Answer {
        partner: &partner,
        known_at: Timestamp::parse("2025-03-02").expect("an instant"),
        basis: Basis::Live,
        rules: &rules,
        size: 1842,
        root: [0; 32],
        findings: 0,
        explain: false,
        carry: None,
        assumed: None,
        missing: Missing::default(),
        score: &score,
    };
    let expected = concat!(
        r#"{"partner":"6034453","area":"infrastructure","as_of":"2025-02-28","#,
        r#""known_at":"2025-03-02T00:00:00.000000Z","basis":"live","measured_month":"2025-02","#,
        r#""compared_month":"2024-02","rulebook":{"name":"builtin","sha256":"ab"},"#,
        r#""ledger":{"size":1842,"root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"track":"smb","#,
        r#""points":77.5,"points_exact":"155/2","max":100,"qualified":true,"below":[],"metrics":[],"#,
        r#""notes":["bounded_rules"],"findings":0,"tracks":[{"track":"enterprise","points":25.0,"#,
        r#""points_exact":"25/1","qualified":false,"below":["total","net_customer_adds"],"metrics":[]},"#,
        r#"{"track":"smb","points":77.5,"points_exact":"155/2","qualified":true,"below":[],"metrics":[]}]}"#
    );
    assert_eq!(answer.to_json().replace(rules.book.sha256(), "ab"), expected);
}

#[test]
fn a_class_is_written_with_the_bounds_that_the_rules_have() {
    let amount = |text| Amount::parse(text).expect("an amount");
    let customer = CustomerId(uuid::Uuid::from_u128(7));
    let smb_share = Bounds { above: Some(amount("0.8")), ..Bounds::default() };
    let ttm_bounds = Bounds { below: Some(amount("1000000")), ..Bounds::default() };
    let of_share = |smb, of, ttm_bounds, unclassified| ClassFigures::SmbShare {
        smb,
        of,
        smb_share,
        ttm_usd: Some(amount("232551.11")),
        ttm_bounds,
        unclassified,
    };
    let pairs = ClassFigures::LargePairs {
        pairs: 3,
        pairs_bounds: Bounds { min: Some(amount("5")), ..Bounds::default() },
        usd: Bounds { above: Some(amount("5000")), ..Bounds::default() },
    };
    for (figures, track, held_until, expected) in [
        (
            of_share(1, 8, ttm_bounds, vec![customer]),
            Track::Enterprise,
            Some("2026-06-30"),
            r#"{"by":"smb_share","track":"enterprise","smb":1,"of":8,"share":"1/8","smb_share_above":"0.8","ttm_usd":"232551.11","ttm_usd_below":"1000000","unclassified":["00000000-0000-0000-0000-000000000007"],"held_until":"2026-06-30"}"#,
        ),
        (
            of_share(0, 0, Bounds::default(), Vec::new()),
            Track::Enterprise,
            None,
            r#"{"by":"smb_share","track":"enterprise","smb":0,"of":0,"share":null,"smb_share_above":"0.8","ttm_usd":"232551.11","unclassified":[]}"#,
        ),
        (pairs, Track::Smb, None, r#"{"by":"large_pairs","track":"smb","pairs":3,"pairs_min":5,"usd_above":"5000"}"#),
    ] {
        let held_until = held_until.map(|day| parse_date(day).expect("a date"));
        let mut out = String::new();
        write_class(&mut out, &Class { track, figures, held_until });
        out.push('}');
        assert_eq!(out, expected);
    }
}
