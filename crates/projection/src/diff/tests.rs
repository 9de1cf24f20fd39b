//! One case for each kind of cause, by its entries, its day and its exact points.

use ledger::{Amount, Area, Entry, Month, parse_date};

use super::answer::{Cause, Diff, Moment};
use super::moves::{CrossedBound, FigureMove, Moves};
use super::{Comparison, DiffError, diff};
use crate::question::{Basis, Question, Unmeasured};
use crate::rulebook::Rulebook;
use crate::score::answer::{Unit, UnitSubject};

const CUSTOMER: &str = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;

/// The entry of a type, a time and the fields behind it; the nth is recorded on the nth day of June 2025.
pub(crate) fn entry(seq: u64, event: &str) -> Entry {
    let (kind, rest) = event.split_once(' ').expect("a type");
    let (time, fields) = rest.split_once(' ').expect("a time");
    let partner = if kind == "rulebook_adopted" { "" } else { r#""partner":"6034453","# };
    let when = match time.len() {
        7 => format!(r#""month":"{time}""#),
        _ => format!(r#""effective_at":"{time}T00:00:00.000000Z""#),
    };
    let fields = fields.replace("CUSTOMER", CUSTOMER);
    let line = format!(
        r#"{{"seq":{seq},"recorded_at":"2025-06-{:02}T00:00:00.000000Z","event":{{"id":"00000000-0000-0000-0000-{seq:012}","type":"{kind}",{partner}{when},{fields}}}}}"#,
        seq + 1
    );
    Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
}

pub(crate) fn question(day: &str) -> Question {
    let as_of = parse_date(day).expect("a date");
    Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false }
}

/// The diff of what was known at first, the rest of the events coming later.
fn ask(events: &[String], known_from: u64, from: &str, to: &str, area: Area) -> Result<Diff, DiffError> {
    ask_why(events, known_from, [from, to], area, false)
}

/// The same, with what moved the points where that is asked for.
fn ask_why(
    events: &[String],
    known_from: u64,
    [from, to]: [&str; 2],
    area: Area,
    explain: bool,
) -> Result<Diff, DiffError> {
    let all: Vec<Entry> = (0..).zip(events).map(|(seq, event)| entry(seq, event)).collect();
    let (entries, shared): (Vec<Entry>, Vec<Entry>) = all.into_iter().partition(|entry| entry.event.partner.is_some());
    let known_to = u64::try_from(events.len()).expect("a short history");
    diff(&Comparison {
        entries: &entries,
        shared: &shared,
        from: (Question { explain, ..question(from) }, known_from),
        to: (question(to), known_to),
        areas: &[area],
        carry: None,
    })
}

/// What changed: metric, cause, when, subject, entries, points.
fn changes(diff: &Diff) -> Vec<String> {
    let metrics = diff.areas.iter().flat_map(|area| &area.metrics);
    let all = metrics.flat_map(|metric| metric.contributions.iter().map(move |one| (metric.metric, one)));
    let texts = all.map(|(metric, one)| {
        let when = match one.when {
            Moment::Recorded(first, last) => format!("{}..{}", first.date(), last.date()),
            Moment::Day(day) => day.to_string(),
        };
        format!("{metric} {} {when} {} {:?} {}", one.cause.name(), one.subject, one.entries, one.points)
    });
    texts.collect()
}

const LINK: &str = r#"certification_linked 2025-03-10 "person":"ada","certification":"MS-700""#;
const PAL: &str = r#"association_accepted 2024-05-01 "association":"5a000000-0000-4000-8000-000000000001",CUSTOMER,"mechanism":"pal","principal":"P""#;

/// What a held enterprise track gives and takes of the net customer adds of an SMB with one customer.
const NET_ADDS_LESS: &str = "net_customer_adds WHEN enrolment in data_ai [4] -10";
const NET_ADDS_MORE: &str = "net_customer_adds WHEN enrolment in data_ai [4] 10";

fn usage(month: &str, value: &str) -> String {
    format!(r#"usage_reported {month} CUSTOMER,"product":"Storage","metric":"acr_usd","value":"{value}""#)
}

fn retract(seq: u64) -> String {
    format!(r#"event_retracted 2025-06-01 "event":"00000000-0000-0000-0000-{seq:012}","reason":"wrong""#)
}

pub(crate) fn adopt(day: &str, from: &str, to: &str) -> String {
    let text = Rulebook::builtin().text().replace(from, to);
    assert_ne!(text, Rulebook::builtin().text());
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!(r#"rulebook_adopted {day} "rulebook":"{text}","name":"ours""#)
}

/// Asks, and compares all that changed and all that changed nothing.
fn assert_changes(events: &[String], known_from: u64, days: [&str; 2], area: Area, expected: &[&str], idle: &[u64]) {
    let diff = ask(events, known_from, days[0], days[1], area).expect("a diff");
    assert_eq!(changes(&diff), expected);
    assert_eq!(diff.without_effect, idle);
}

#[test]
fn a_fact_becomes_true_on_its_day() {
    let expected = ["intermediate_certifications became_true 2025-03-10 certifications of ada [0] 5"];
    assert_changes(&[LINK.into()], 1, ["2025-03-01", "2025-03-31"], Area::ModernWork, &expected, &[]);
}

#[test]
fn a_fact_of_earlier_days_becomes_known() {
    let other = r#"certification_linked 2025-03-10 "person":"bob","certification":"of no list""#.to_owned();
    let expected = ["intermediate_certifications late_fact 2025-06-02..2025-06-02 certifications of ada [1] 5"];
    assert_changes(&[other, LINK.into()], 1, ["2025-03-31"; 2], Area::ModernWork, &expected, &[]);
}

#[test]
fn a_retraction_takes_back_what_an_entry_gave() {
    let expected =
        ["intermediate_certifications retraction 2025-06-02..2025-06-02 certifications of ada, entry 0 [1] -5"];
    assert_changes(&[LINK.into(), retract(0)], 1, ["2025-03-31"; 2], Area::ModernWork, &expected, &[]);
}

#[test]
fn what_is_recorded_and_taken_back_in_between_is_told_twice() {
    let events = [PAL.to_owned(), LINK.into(), retract(1), usage("2025-03", "5")];
    let expected = [
        "intermediate_certifications late_fact 2025-06-02..2025-06-02 certifications of ada [1] 5",
        "intermediate_certifications retraction 2025-06-03..2025-06-03 certifications of ada, entry 1 [2] -5",
    ];
    assert_changes(&events, 1, ["2025-03-31"; 2], Area::ModernWork, &expected, &[3]);
}

#[test]
fn a_retraction_of_a_later_fact_waits_for_it() {
    let events = [PAL.to_owned(), LINK.into(), retract(1)];
    assert_changes(&events, 1, ["2025-03-01", "2025-03-31"], Area::ModernWork, &[], &[1, 2]);
}

#[test]
fn the_time_of_a_certification_ends() {
    let link = LINK.replace("2025-03-10", "2024-04-10");
    let expected = ["intermediate_certifications expiry 2025-04-11 MS-700 of ada [0] -5"];
    assert_changes(&[link], 1, ["2025-03-31", "2025-04-30"], Area::ModernWork, &expected, &[]);
}

#[test]
fn a_figure_is_restated() {
    let events = [PAL.to_owned(), usage("2025-01", "900"), usage("2025-01", "1400"), usage("2025-02", "300")];
    let expected = ["net_customer_adds restatement 2025-06-03..2025-06-03 acr_usd of 2025-01 [2] 10"];
    assert_changes(&events, 2, ["2025-02-28"; 2], Area::Infrastructure, &expected, &[3]);
}

#[test]
fn figures_of_a_month_are_late_together() {
    let more = usage("2025-02", "800").replace("Storage", "Key Vault");
    let events = [PAL.to_owned(), usage("2025-02", "700"), LINK.into(), more];
    let expected = [
        "net_customer_adds late_fact 2025-06-02..2025-06-04 acr_usd of 2025-02 [1, 3] 10",
        "deployments late_fact 2025-06-02..2025-06-04 acr_usd of 2025-02 [1, 3] 4",
    ];
    assert_changes(&events, 1, ["2025-02-28"; 2], Area::Infrastructure, &expected, &[2]);
}

#[test]
fn other_months_are_measured() {
    let events = [PAL.to_owned(), usage("2025-01", "1400"), usage("2025-02", "500"), usage("2025-03", "500")];
    let adds = "net_customer_adds month_rolled 2025-03-31 \
                months measured: 2025-03 in, 2025-01 out; compared: 2024-03 in, 2024-01 out [1, 3] -10";
    assert_changes(&events, 4, ["2025-02-28", "2025-03-31"], Area::Infrastructure, &[adds], &[]);
}

#[test]
fn a_month_of_which_no_figures_are_known_is_a_cause_of_its_own() {
    let mut events = vec![PAL.to_owned(), usage("2025-01", "1400"), usage("2025-02", "500")];
    let adds = "net_customer_adds not_reported 2025-03-31 no acr_usd of 2025-03 is known, the newest is of 2025-02; \
                months measured: 2025-03 in, 2025-01 out; compared: 2024-03 in, 2024-01 out [1] -10";
    assert_changes(&events, 3, ["2025-02-28", "2025-03-31"], Area::Infrastructure, &[adds], &[]);
    let deployments = "deployments not_reported 2026-02-28 no acr_usd of 2026-02 is known, the newest is of 2025-02; \
                       months measured: 2026-02 in, 2025-02 out [2] -2";
    assert_changes(&events, 3, ["2026-02-27", "2026-02-28"], Area::Infrastructure, &[deployments], &[]);
    // A month between two that are reported is one as well.
    events.push(usage("2025-04", "500"));
    let adds = adds.replace("newest is of 2025-02", "newest is of 2025-04");
    assert_changes(&events, 4, ["2025-02-28", "2025-03-31"], Area::Infrastructure, &[&adds], &[]);
}

#[test]
fn an_association_begins_to_count_with_the_month() {
    let events = [PAL.replace("2024-05-01", "2025-03-05"), usage("2025-03", "1400")];
    let expected = [
        "net_customer_adds month_rolled 2025-03-31 \
         months measured: 2025-03 in, 2025-01 out; compared: 2024-03 in, 2024-01 out [0, 1] 10",
        "deployments month_rolled 2025-03-31 months measured: 2025-03 in, 2024-03 out [0, 1] 2",
    ];
    assert_changes(&events, 2, ["2025-02-28", "2025-03-31"], Area::Infrastructure, &expected, &[]);
}

#[test]
fn other_rows_hold() {
    let link = LINK.replace("2025-03-10", "2026-01-10").replace("MS-700", "AB-900");
    let diff = ask(&[link], 1, "2026-02-03", "2026-02-04", Area::ModernWork).expect("a diff");
    let changes = changes(&diff);
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    let start =
        "intermediate_certifications rule_change 2026-02-04 rules of 2026-02-04: certification_list modern_work";
    assert!(change.starts_with(start) && change.ends_with(" [] 5"), "{change}");
}

#[test]
fn another_rulebook_is_adopted_or_becomes_known() {
    let list = [r#""MS-700", "MS-203""#, r#""MS-203""#];
    let events = [LINK.to_owned(), adopt("2025-03-20", list[0], list[1])];
    let expected = ["intermediate_certifications rule_change 2025-03-20 rulebook ours [1] -5"];
    assert_changes(&events, 2, ["2025-03-10", "2025-03-31"], Area::ModernWork, &expected, &[]);
    assert_changes(&events, 1, ["2025-03-10", "2025-03-31"], Area::ModernWork, &expected, &[]);
    let expected = ["intermediate_certifications rule_change 2025-06-02..2025-06-02 rulebook ours [1] -5"];
    assert_changes(&events, 1, ["2025-03-31"; 2], Area::ModernWork, &expected, &[]);
}

#[test]
fn facts_of_one_day_are_taken_in_their_order() {
    let unlink = r#"certification_unlinked 2025-03-10 "person":"ada""#.to_owned();
    let other = LINK.replace("ada", "bob");
    let expected = [
        "intermediate_certifications became_true 2025-03-10 certifications of ada [0] 5",
        "intermediate_certifications became_true 2025-03-10 certifications of bob [1] 5",
        "intermediate_certifications became_true 2025-03-10 certifications of ada [2] -5",
    ];
    assert_changes(&[LINK.into(), other, unlink], 3, ["2025-03-01", "2025-03-31"], Area::ModernWork, &expected, &[]);
}

#[test]
fn a_class_that_comes_to_decide_by_the_consumption_reads_it() {
    // Large enough a consumption keeps the enterprise track, whatever the share is from the classification on.
    let events = [
        PAL.to_owned(),
        usage("2025-04", "1000000"),
        r#"customer_classified 2025-05-02 CUSTOMER,"segment":"smb""#.to_owned(),
    ];
    assert_changes(&events, 3, ["2025-05-01", "2025-05-03"], Area::DataAi, &[], &[2]);
}

/// A partner whose only customer makes it an SMB by its class. The customer is large enough for that track alone.
fn enrolled(enrolments: &[&str]) -> Vec<String> {
    let classified = r#"customer_classified 2024-05-01 CUSTOMER,"segment":"smb""#.to_owned();
    let enrolments = enrolments.iter().map(|enrolled| format!("designation_enrolled {enrolled}"));
    [PAL.to_owned(), usage("2025-04", "600"), usage("2025-05", "600"), classified]
        .into_iter()
        .chain(enrolments)
        .collect()
}

const HELD: &str = r#"2025-05-10 "area":"data_ai","anniversary":"2025-06-10","track":"enterprise""#;

#[test]
fn an_enrolment_that_holds_the_other_track_becomes_true_and_ends() {
    let events = enrolled(&[HELD]);
    let begins = NET_ADDS_LESS.replace("WHEN", "became_true 2025-05-10");
    let ends = NET_ADDS_MORE.replace("WHEN", "enrolment_ended 2025-06-11");
    let days = ["2025-05-09", "2025-06-11"];
    assert_changes(&events, 5, days, Area::DataAi, &[&begins, &ends], &[]);
    assert_changes(&events, 5, ["2025-05-10", "2025-06-10"], Area::DataAi, &[], &[]);
    assert_changes(&events, 5, ["2025-06-10", "2025-06-11"], Area::DataAi, &[&ends], &[]);
    // No other area is about it, and none that enrolments hold no track of.
    assert_changes(&events, 5, days, Area::Infrastructure, &[], &[4]);
    let other = HELD.replace("data_ai", "security");
    assert_changes(&enrolled(&[&other]), 5, days, Area::Security, &[], &[4]);
    let without_track = HELD.replace(r#","track":"enterprise""#, "");
    assert_changes(&enrolled(&[&without_track]), 5, days, Area::DataAi, &[], &[4]);
}

#[test]
fn an_enrolment_becomes_known_late_and_is_retracted() {
    let mut events = enrolled(&[HELD]);
    let late = NET_ADDS_LESS.replace("WHEN", "late_fact 2025-06-05..2025-06-05");
    assert_changes(&events, 4, ["2025-05-31"; 2], Area::DataAi, &[&late], &[]);
    assert_changes(&events, 4, ["2025-06-11"; 2], Area::DataAi, &[], &[4]);
    events.push(retract(4));
    let retracted = NET_ADDS_MORE
        .replace("WHEN", "retraction 2025-06-06..2025-06-06")
        .replace("data_ai [4]", "data_ai, entry 4 [5]");
    assert_changes(&events, 5, ["2025-05-31"; 2], Area::DataAi, &[&retracted], &[]);
    // Retracted before it ends, it does not end.
    assert_changes(&events, 6, ["2025-05-09", "2025-06-11"], Area::DataAi, &[], &[]);
}

#[test]
fn a_hold_that_another_enrolment_goes_on_with_ends_without_a_change() {
    let next = HELD.replace("2025-06-10", "2026-06-10").replace("2025-05-10", "2025-06-11");
    let longer = HELD.replace("2025-06-10", "2025-08-01").replace("2025-05-10", "2025-05-05");
    let days = ["2025-06-10", "2025-06-11"];
    assert_changes(&enrolled(&[&longer, HELD]), 6, days, Area::DataAi, &[], &[]);
    // The end comes before what becomes true on the day.
    let ends = NET_ADDS_MORE.replace("WHEN", "enrolment_ended 2025-06-11");
    let begins = NET_ADDS_LESS.replace("WHEN", "became_true 2025-06-11").replace("[4]", "[5]");
    assert_changes(&enrolled(&[HELD, &next]), 6, days, Area::DataAi, &[&ends, &begins], &[]);
}

#[test]
fn what_no_score_reads_is_behind_no_change() {
    let earned = r#"certification_earned 2025-03-10 "person":"ada","certification":"MS-700","earned_on":"2025-03-01""#;
    let shown = r#"score_published 2025-03-10 "area":"modern_work","points":"5.00""#;
    let events = [LINK.to_owned(), earned.to_owned(), shown.to_owned()];
    let became = ["intermediate_certifications became_true 2025-03-10 certifications of ada [0] 5"];
    assert_changes(&events, 3, ["2025-03-01", "2025-03-31"], Area::ModernWork, &became, &[1, 2]);
    let late = ["intermediate_certifications late_fact 2025-06-01..2025-06-01 certifications of ada [0] 5"];
    assert_changes(&events, 0, ["2025-03-31"; 2], Area::ModernWork, &late, &[1, 2]);
}

#[test]
fn nothing_lies_between_a_score_and_itself() {
    let events = [PAL.to_owned(), LINK.into(), usage("2025-02", "1400")];
    assert_changes(&events, 3, ["2025-03-31"; 2], Area::ModernWork, &[], &[]);
}

#[test]
fn ends_in_the_wrong_order_and_days_before_the_programme_are_refused() {
    let events = [LINK.to_owned()];
    let ask = |known_from, from, to| ask(&events, known_from, from, to, Area::Security);
    assert!(matches!(ask(1, "2025-03-02", "2025-03-01"), Err(DiffError::DaysReversed { .. })));
    assert_eq!(ask(2, "2025-03-01", "2025-03-01"), Err(DiffError::KnowledgeReversed { from: 2, to: 1 }));
    assert!(matches!(ask(1, "2022-10-02", "2025-03-01"), Err(DiffError::BeforeProgram(_))));
}

#[test]
fn a_rulebook_that_cannot_be_read_matters_where_it_is_in_force() {
    let events = [LINK.to_owned(), r#"rulebook_adopted 2025-03-20 "rulebook":"[","name":"broken""#.to_owned()];
    let ask = |from, to| ask(&events, 2, from, to, Area::Security);
    assert!(matches!(ask("2025-03-01", "2025-03-31"), Err(DiffError::Rulebook(_))));
    assert!(ask("2025-03-01", "2025-03-19").is_ok());
}

#[test]
fn causes_have_the_names_of_the_interface() {
    let names = [
        "retraction",
        "restatement",
        "late_fact",
        "rule_change",
        "month_rolled",
        "not_reported",
        "expiry",
        "enrolment_ended",
        "became_true",
    ];
    assert_eq!(Cause::ALL.iter().map(|cause| cause.name()).collect::<Vec<_>>(), names);
}

/// What moved the points of each contribution: figures, then units with their figures and the bound that they crossed.
fn moves(events: &[String], known_from: u64, days: [&str; 2], area: Area) -> Vec<String> {
    let diff = ask_why(events, known_from, days, area, true).expect("a diff");
    let mut without = diff.clone();
    let contributions = |diff: &mut Diff| {
        let metrics = diff.areas.iter_mut().flat_map(|area| &mut area.metrics);
        metrics.flat_map(|metric| &mut metric.contributions).for_each(|one| one.moves = Moves::default());
    };
    contributions(&mut without);
    assert_eq!(Ok(without), ask(events, known_from, days[0], days[1], area), "nothing else is told otherwise");
    let metrics = diff.areas.iter().flat_map(|area| &area.metrics);
    let all = metrics.flat_map(|metric| metric.contributions.iter().map(move |one| (metric.metric, one)));
    let texts = all.flat_map(|(metric, one)| {
        let figure = |value: Option<Amount>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let of_figures = one.moves.figures.iter().map(move |moved| {
            let FigureMove { month, metric: of, product, from, to, .. } = moved;
            format!("{metric}: {of} {product} {month} {} -> {}", figure(*from), figure(*to))
        });
        let of_units = one.moves.units.iter().map(move |moved| {
            let side = |(month, unit): &(Month, Option<Unit>)| {
                let figure = unit.as_ref().and_then(|unit| unit.figure.as_deref()).unwrap_or("-");
                let counts = unit.as_ref().is_some_and(|unit| unit.missed.is_none());
                format!("{figure} of {month}{}", if counts { " counts" } else { "" })
            };
            let crossed = moved.crossed().map_or_else(String::new, |CrossedBound { name, value, is_held }| {
                format!(", {} {name} {value}", if is_held { "holds" } else { "lost" })
            });
            let what = match &moved.subject {
                UnitSubject::Customer { .. } => "customer".to_owned(),
                UnitSubject::Pair { product, .. } | UnitSubject::Product { product } => product.clone(),
                UnitSubject::Person { person, certification, .. } => format!("{certification} of {person}"),
            };
            format!("{metric}: {} {what}: {} -> {}{crossed}", moved.at.name(), side(&moved.from), side(&moved.to))
        });
        of_figures.chain(of_units).collect::<Vec<_>>()
    });
    texts.collect()
}

#[test]
fn a_restatement_tells_both_values_and_the_bound_that_was_crossed() {
    let events = [PAL.to_owned(), usage("2025-02", "1040.25"), usage("2025-02", "962.4")];
    let expected = [
        "net_customer_adds: acr_usd Storage 2025-02 1040.25 -> 962.4",
        "net_customer_adds: now customer: 1040.25 of 2025-02 counts -> 962.4 of 2025-02, lost min 1000",
    ];
    assert_eq!(moves(&events, 2, ["2025-02-28"; 2], Area::DataAi), expected);
}

#[test]
fn a_retraction_tells_what_is_left_and_a_late_fact_what_there_is_now() {
    let events = [PAL.to_owned(), usage("2025-02", "1200"), retract(1)];
    let expected = [
        "net_customer_adds: acr_usd Storage 2025-02 1200 -> -",
        "net_customer_adds: now customer: 1200 of 2025-02 counts -> - of 2025-02, lost min 1000",
        "deployments: acr_usd Storage 2025-02 1200 -> -",
        "deployments: now Storage: 1200 of 2025-02 counts -> - of 2025-02, lost above 0",
    ];
    assert_eq!(moves(&events, 2, ["2025-02-28"; 2], Area::DataAi), expected);
    let expected = [
        "net_customer_adds: acr_usd Storage 2025-02 - -> 1200",
        "net_customer_adds: now customer: - of 2025-02 -> 1200 of 2025-02 counts, holds min 1000",
        "deployments: acr_usd Storage 2025-02 - -> 1200",
        "deployments: now Storage: - of 2025-02 -> 1200 of 2025-02 counts, holds above 0",
    ];
    assert_eq!(moves(&events[..2], 1, ["2025-02-28"; 2], Area::DataAi), expected);
}

#[test]
fn a_month_that_rolled_tells_the_months_of_both_values() {
    let events = [PAL.to_owned(), usage("2025-01", "1200"), usage("2025-02", "800"), usage("2025-03", "700")];
    let told = moves(&events, 4, ["2025-01-31", "2025-03-31"], Area::DataAi);
    let expected =
        "net_customer_adds: now customer: 1200 of 2025-02 counts -> 700 of 2025-03, lost min 1000".to_owned();
    assert_eq!(told, [expected]);
}

#[test]
fn a_certification_that_expires_is_named_with_its_person() {
    let expiring = LINK.replace("\"MS-700\"", "\"MS-700\",\"expires_on\":\"2025-03-20\"");
    let told = moves(&[expiring], 1, ["2025-03-15", "2025-03-31"], Area::ModernWork);
    let expected = "intermediate_certifications: now MS-700 of ada: - of 2025-02 counts -> - of 2025-02".to_owned();
    assert_eq!(told, [expected]);
}
