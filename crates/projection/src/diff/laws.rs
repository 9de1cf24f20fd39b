//! Ways through random histories: behind every step the points are those that are computed anew, which
//! [`super::walk::Walk`] asserts in tests.

use fastrand::Rng;
use ledger::{Area, Entry, Month, parse_date};

use super::answer::{AreaDiff, Cause, Diff};
use super::moves::Moves;
use super::{Comparison, diff};
use crate::history::Carry;
use crate::question::{Basis, Question, Unmeasured};
use crate::rulebook::Rulebook;

fn pick<T: Clone>(dice: &mut Rng, of: &[T]) -> T {
    of[dice.usize(..of.len())].clone()
}

const CUSTOMERS: [&str; 3] = ["c0", "c1", "c2"];
const DAYS: [&str; 12] = [
    "2024-01-31",
    "2024-02-10",
    "2024-12-31",
    "2025-01-15",
    "2025-01-31",
    "2025-02-27",
    "2025-02-28",
    "2025-03-03",
    "2025-03-31",
    "2025-04-10",
    "2025-04-11",
    "2025-05-20",
];

fn id(kind: &str, number: usize) -> String {
    format!("4fdbff88-9d6b-42e0-{kind}-{number:012}")
}

fn event(dice: &mut Rng, seq: usize) -> String {
    let customer = format!(r#""customer":"{}""#, id("9713", dice.usize(..CUSTOMERS.len())));
    let association = format!(r#""association":"{}""#, id("9714", dice.usize(..5)));
    let person = format!(r#""person":"p{}""#, dice.usize(..3));
    let certification =
        format!(r#""certification":"{}""#, pick(dice, &["AZ-104", "AZ-305", "MS-700", "SC-200", "MB-330"]));
    let at = format!(r#""effective_at":"{}T{:02}:00:00.000000Z""#, pick(dice, &DAYS), dice.usize(..3) * 9);
    let terms = pick(
        dice,
        &[
            r#""mechanism":"csp","role":"direct_bill""#,
            r#""mechanism":"dpor","subscription":"s1""#,
            r#""mechanism":"dpor","subscription":"s2""#,
            r#""mechanism":"pal","principal":"p""#,
            r#""mechanism":"cpor","role":"osu","workload":"Exchange""#,
        ],
    );
    match dice.usize(..19) {
        0..=2 => format!(r#""type":"association_accepted",{at},{association},{customer},{terms}"#),
        3 => format!(r#""type":"association_requested",{at},{association},{customer},{terms}"#),
        4 => format!(r#""type":"association_revoked",{at},{association}"#),
        5 => {
            let areas = pick(dice, &["", r#","areas":["security"]"#, r#","areas":["infrastructure"]"#]);
            format!(r#""type":"customer_churned",{at},{customer}{areas}"#)
        }
        6 => {
            format!(
                r#""type":"customer_classified",{at},{customer},"segment":"{}""#,
                pick(dice, &["smb", "enterprise"])
            )
        }
        7..=10 => {
            let month = pick(dice, &["2024-01", "2024-02", "2024-12", "2025-01", "2025-02", "2025-03"]);
            let (product, metric) = pick(
                dice,
                &[
                    ("Virtual Machines", "acr_usd"),
                    ("Microsoft Sentinel", "acr_usd"),
                    ("Exchange", "paid_seats"),
                    ("Exchange", "active_users"),
                ],
            );
            let subscription = pick(dice, &["", r#","subscription":"s1""#, r#","subscription":"s2""#]);
            let value = pick(dice, &["0", "900", "2000", "100000"]);
            format!(
                r#""type":"usage_reported","month":"{month}",{customer},"product":"{product}","metric":"{metric}","value":"{value}"{subscription}"#
            )
        }
        11 | 12 => {
            let earned = pick(dice, &["", r#","earned_on":"2024-02-20""#, r#","expires_on":"2025-02-27""#]);
            format!(r#""type":"certification_linked",{at},{person},{certification}{earned}"#)
        }
        13 => {
            let what = pick(dice, &["", "all"]);
            let certification = if what.is_empty() { format!(",{certification}") } else { String::new() };
            format!(r#""type":"certification_unlinked",{at},{person}{certification}"#)
        }
        14 | 15 => {
            let area = pick(dice, &["infrastructure", "infrastructure", "data_ai", "security"]);
            let track = pick(dice, &["", r#","track":"smb""#, r#","track":"enterprise""#, r#","track":"enterprise""#]);
            let anniversary = pick(dice, &["2025-06-10", "2025-06-11", "2025-05-25", "2026-03-31"]);
            format!(r#""type":"designation_enrolled",{at},"area":"{area}","anniversary":"{anniversary}"{track}"#)
        }
        16 => pick(
            dice,
            &[
                format!(r#""type":"certification_earned",{at},{person},{certification},"earned_on":"2024-02-20""#),
                format!(r#""type":"score_published",{at},"area":"infrastructure","points":"63.42""#),
            ],
        ),
        _ if seq == 0 => format!(r#""type":"certification_linked",{at},{person},{certification}"#),
        // Near ones, so that there are retractions of retractions.
        _ => {
            let target = seq - 1 - dice.usize(..seq.min(6));
            format!(r#""type":"event_retracted",{at},"event":"{}","reason":"x""#, id("9715", target))
        }
    }
}

fn history(dice: &mut Rng, size: usize) -> Vec<Entry> {
    let entries = (0..size).map(|seq| {
        let event = event(dice, seq).replacen(',', r#","partner":"1","#, 1);
        let (id, at) = (id("9715", seq), format!("2025-06-01T00:{:02}:{:02}.000000Z", seq / 60, seq % 60));
        let line = format!(r#"{{"seq":{seq},"recorded_at":"{at}","event":{{"id":"{id}",{event}}}}}"#);
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    });
    entries.collect()
}

#[test]
fn what_is_kept_from_step_to_step_is_what_is_computed_from_the_start() {
    let adopted = Rulebook::builtin().text().replace("total_min = 70", "total_min = 60");
    let (mut changes, mut ended) = (0, 0);
    for seed in 0..80 {
        let mut dice = Rng::with_seed(seed);
        let size = 20 + dice.usize(..40);
        let mut entries = history(&mut dice, size);
        let mut shared = Vec::new();
        if seed % 4 == 0 {
            // One of the entries is an adoption instead.
            let seq = dice.usize(..size);
            let text = adopted.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let (at, recorded_at) = (pick(&mut dice, &DAYS), entries[seq].recorded_at);
            let line = format!(
                r#"{{"seq":{seq},"recorded_at":"{recorded_at}","event":{{"id":"{}","type":"rulebook_adopted","effective_at":"{at}T00:00:00.000000Z","rulebook":"{text}","name":"ours"}}}}"#,
                id("9716", seq)
            );
            shared.push(Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}")));
            entries.remove(seq);
        }
        for unmeasured in [Unmeasured::Exclude, Unmeasured::Include] {
            let basis = pick(&mut dice, &[Basis::Live, Basis::Published]);
            let question = |day: &str| {
                let as_of = parse_date(day).expect("a date");
                Question { as_of, basis, unmeasured, explain: false }
            };
            let (from, to) = (
                pick(&mut dice, &["2024-12-31", "2025-01-31", "2025-02-10", "2025-03-30"]),
                pick(&mut dice, &["2025-04-02", "2025-05-31", "2025-06-12"]),
            );
            let known_from = dice.usize(..=size) as u64;
            let own_end = dice.u64(known_from..=size as u64);
            let of = |month| Carry { from: Some(Month::parse(month).expect("a month")), own_end };
            let carries = [None, Some(Carry { from: None, own_end }), Some(of("2024-12")), Some(of("2025-02"))];
            let comparison = Comparison {
                entries: &entries,
                shared: &shared,
                from: (question(from), known_from),
                to: (question(to), size as u64),
                areas: Area::ALL,
                carry: pick(&mut dice, &carries),
            };
            let diff = diff(&comparison).expect("a diff");
            if known_from.is_multiple_of(4) {
                assert_tells_the_same(
                    comparison,
                    &diff,
                    if known_from.is_multiple_of(8) { Area::Security } else { Area::DataAi },
                );
            }
            let metrics = diff.areas.iter().flat_map(|area| &area.metrics);
            for contribution in metrics.flat_map(|metric| &metric.contributions) {
                changes += 1;
                ended += u32::from(contribution.cause == Cause::EnrolmentEnded);
            }
        }
    }
    assert!(changes > 500 && ended > 5, "{changes}, of which {ended} by an end of an enrolment");
}

/// Asserts that a diff of an area that tells what moved the points tells nothing else otherwise, and that a unit moved
/// wherever neither the rules changed nor another track can have been taken.
fn assert_tells_the_same(comparison: Comparison<'_>, without: &Diff, area: Area) {
    let (from, size) = comparison.from;
    let from = (Question { explain: true, ..from }, size);
    let mut told = diff(&Comparison { from, areas: &[area], ..comparison }).expect("a diff").areas;
    for contribution in told.iter_mut().flat_map(|area| &mut area.metrics).flat_map(|metric| &mut metric.contributions)
    {
        let Moves { units, .. } = std::mem::take(&mut contribution.moves);
        let needs_none = area != Area::Security || contribution.cause == Cause::RuleChange;
        assert!(needs_none || !units.is_empty(), "nothing moved: {contribution:?}");
    }
    let without: Vec<AreaDiff> = without.areas.iter().filter(|of| of.area() == area).cloned().collect();
    assert_eq!(told, without);
}
