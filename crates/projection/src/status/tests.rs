//! Windows, their edges, and what follows from a day that qualifies.

use ledger::{Area, Date, Entry, Month, parse_date};

use super::{AreaStatus, RulesFrom, Status, StatusDesk, WindowKind};
use crate::history::{Carry, History};
use crate::question::{Basis, Question, Unmeasured};
use crate::rulebook::Rulebook;

const AREA: Area = Area::DataAi;

fn day(text: &str) -> Date {
    parse_date(text).expect("a date")
}

/// The built-in rules with some texts replaced.
fn edited(edits: &[(&str, &str)]) -> Rulebook {
    let edit = |text: String, (from, to): &(&str, &str)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    Rulebook::parse(&edits.iter().fold(Rulebook::builtin().text().to_owned(), edit)).expect("a valid rulebook")
}

/// The built-in rules, by which an area qualifies with 10 points and without a metric at 0.
fn lenient() -> Rulebook {
    edited(&[("total_min = 70", "total_min = 10")])
}

/// Events such as `certification_linked 2025-01-10 "person":"ada","certification":"DP-300"`, in the order of the log.
fn history(events: &[String]) -> History {
    let entries = (0..).zip(events).map(|(seq, event): (u64, &String)| {
        let mut words = event.splitn(3, ' ');
        let [kind, at, fields] = [(); 3].map(|()| words.next().expect("a type, a time and fields"));
        let when = if at.len() == 7 { format!(r#""month":"{at}""#) } else { format!(r#""effective_at":"{at}T12:00:00.000000Z""#) };
        let line = format!(
            r#"{{"seq":{seq},"recorded_at":"2027-06-01T00:00:00.{seq:06}Z","event":{{"id":"00000000-0000-0000-0000-{seq:012}","type":"{kind}","partner":"1",{when},{fields}}}}}"#
        );
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    });
    History::fold(&entries.collect::<Vec<_>>())
}

/// What a partner has in Data & AI that lacks nothing but the last certification from the month on in which its customer
/// grows: figures from fourteen months before that month to the last one that is reported.
fn all_but_one(grown: &str, reported_to: &str) -> Vec<String> {
    let customer = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;
    let (grown, last) = (Month::parse(grown).expect("a month"), Month::parse(reported_to).expect("a month"));
    let mut events = vec![format!(
        r#"association_accepted 2020-01-01 "association":"5a000000-0000-4000-8000-000000000001",{customer},"mechanism":"csp","role":"direct_bill""#
    )];
    for month in (-26..200).map(|months| grown.plus(months)).take_while(|month| *month <= last) {
        let value = if month < grown { 400 } else { 5_000 };
        events.push(format!(
            r#"usage_reported {month} {customer},"product":"Storage","metric":"acr_usd","value":"{value}""#
        ));
    }
    for (person, code) in [("ada", "AZ-104"), ("ada", "AZ-305"), ("bob", "AZ-104"), ("bob", "AZ-305")] {
        events.push(link("2021-01-01", person, code, "2035-01-01"));
    }
    events
}

fn link(on: &str, person: &str, code: &str, expires_on: &str) -> String {
    format!(r#"certification_linked {on} "person":"{person}","certification":"{code}","expires_on":"{expires_on}""#)
}

fn enrolled(on: &str, area: &str, anniversary: &str) -> String {
    format!(r#"designation_enrolled {on} "area":"{area}","anniversary":"{anniversary}""#)
}

/// The status by some rules, each in force from a day on.
fn status_by(rules: &[(&str, &Rulebook)], events: &[String], as_of: &str, given: Option<&str>) -> AreaStatus {
    let (history, mut carried) = (history(events), history(events));
    carried.carry(Carry { from: None, own_end: u64::MAX });
    let rules: Vec<RulesFrom<'_>> =
        rules.iter().map(|(first, rulebook)| RulesFrom { first: day(first), rulebook }).collect();
    let desk = StatusDesk::new(&history, &carried, &rules);
    let question = Question { as_of: day(as_of), basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
    desk.status(AREA, &question, given.map(day)).expect("the programme has begun")
}

fn status(events: &[String], as_of: &str, given: Option<&str>) -> AreaStatus {
    status_by(&[("2020-01-01", &lenient())], events, as_of, given)
}

fn next(status: &AreaStatus) -> Option<(String, Status)> {
    status.next.map(|next| (next.day.to_string(), next.status))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be none")]
fn then(day: &str, status: Status) -> Option<(String, Status)> {
    Some((day.to_owned(), status))
}

#[test]
fn a_window_is_that_of_its_day_and_its_anniversary_and_is_scored_from_the_programme_up_to_the_day() {
    // As of, anniversary that is given: status, kind, first, last, asked, left.
    for (as_of, given, expected) in [
        ("2022-10-03", None, "in_progress not_enrolled 2022-10-03 2022-10-03 1 0"),
        ("2023-09-18", None, "in_progress not_enrolled 2023-09-18 2023-09-18 1 0"),
        ("2023-09-19", None, "in_progress not_enrolled 2023-04-19 2023-09-19 154 0"),
        ("2024-02-29", None, "in_progress not_enrolled 2023-09-29 2024-02-29 154 0"),
        ("2024-07-31", None, "in_progress not_enrolled 2024-02-29 2024-07-31 154 0"),
        ("2024-12-30", None, "in_progress not_enrolled 2024-07-30 2024-12-30 154 0"),
        ("2024-12-31", None, "in_progress not_enrolled 2024-07-01 2024-12-31 184 0"),
        ("2025-02-28", None, "in_progress not_enrolled 2024-09-01 2025-02-28 181 0"),
        ("2022-10-10", Some("2022-10-20"), "enrolled enrolled 2022-09-20 2022-10-20 8 10"),
        ("2023-01-10", Some("2023-01-20"), "enrolled enrolled 2022-12-21 2023-01-20 21 10"),
        ("2024-02-20", Some("2024-08-15"), "enrolled enrolled 2024-03-01 2024-08-31 0 184"),
        ("2024-02-29", Some("2024-08-15"), "enrolled enrolled 2024-03-01 2024-08-31 0 184"),
        ("2024-08-15", Some("2024-08-15"), "enrolled enrolled 2024-03-01 2024-08-31 168 16"),
        ("2024-08-16", Some("2024-08-15"), "renewal_due enrolled 2024-03-01 2024-08-31 169 15"),
        ("2024-09-14", Some("2024-08-15"), "renewal_due enrolled 2024-03-01 2024-08-31 184 0"),
        ("2024-09-15", Some("2024-08-15"), "in_progress not_enrolled 2024-04-15 2024-09-15 154 0"),
        ("2025-01-31", Some("2028-02-29"), "enrolled enrolled 2027-09-01 2028-02-29 0 182"),
    ] {
        let answer = status(&[], as_of, given);
        let (window, days) = (answer.window, answer.days);
        let said =
            format!("{} {} {} {} {} {}", answer.status, window.kind, window.first, window.last, days.asked, days.left);
        assert_eq!(said, expected, "{as_of}");
        assert_eq!(answer.anniversary.is_some(), window.kind == WindowKind::Enrolled);
        assert_eq!(answer.best.is_none(), days.asked == 0);
        assert!(answer.qualifying.is_none() && answer.secured_until.is_none() && days.qualified == 0);
    }
}

#[test]
fn a_day_that_qualified_is_enough_until_the_last_day_whose_window_holds_it() {
    let mut events = all_but_one("2024-11", "2025-02");
    events.push(link("2025-01-10", "ada", "DP-300", "2025-01-20"));
    let answer = status(&events, "2025-02-28", None);
    assert_eq!((answer.status, answer.days.qualified), (Status::Qualified, 11));
    assert_eq!(answer.qualifying, Some((day("2025-01-10"), day("2025-01-20"))));
    assert_eq!(answer.secured_until, Some(day("2025-06-30")));
    assert_eq!(next(&answer), then("2025-07-01", Status::InProgress));
    let best = answer.best.expect("days were scored");
    // All of them have the same total.
    assert!(best.qualified && best.day == day("2025-01-10"), "{best:?}");
    assert_eq!(status(&events, "2025-01-09", None).status, Status::InProgress);
    assert_eq!(next(&status(&events, "2025-06-30", None)), then("2025-07-01", Status::InProgress));
    assert_eq!(status(&events, "2025-07-01", None).status, Status::InProgress);
}

#[test]
fn days_behind_the_day_are_scored_with_the_newest_figures_carried_on() {
    let mut events = all_but_one("2024-11", "2025-02");
    events.push(link("2025-06-10", "ada", "DP-300", "2035-01-01"));
    let answer = status(&events, "2025-02-28", None);
    assert_eq!((answer.status, next(&answer)), (Status::InProgress, then("2025-06-10", Status::Qualified)));
    // Up to the day itself, nobody has reported the figures.
    let later = status(&events, "2025-06-10", None);
    assert_eq!((later.status, later.today.score.qualified()), (Status::InProgress, false));
    assert_eq!(next(&later), then("2025-06-11", Status::Qualified));
}

#[test]
fn the_next_status_is_looked_for_up_to_the_same_date_of_the_next_year() {
    let events = [enrolled("2024-01-01", "data_ai", "2025-02-27"), enrolled("2024-01-01", "security", "2024-06-01")];
    for (as_of, expected) in [
        ("2024-02-26", None),
        ("2024-02-27", None),
        ("2024-02-28", then("2025-02-28", Status::RenewalDue)),
        ("2024-02-29", then("2025-02-28", Status::RenewalDue)),
    ] {
        assert_eq!(next(&status(&events, as_of, None)), expected, "{as_of}");
    }
}

#[test]
fn the_newest_enrolment_that_is_seen_decides_until_its_renewal_is_over() {
    let mut events = all_but_one("2024-11", "2025-02");
    events.push(link("2025-01-10", "ada", "DP-300", "2025-01-20"));
    events.push(enrolled("2024-01-10", "data_ai", "2025-12-31"));
    events.push(enrolled("2024-02-20", "data_ai", "2025-02-19"));
    events.push(enrolled("2025-04-10", "data_ai", "2026-04-09"));
    let said = |as_of, given| {
        let answer = status(&events, as_of, given);
        let secured = answer.secured_until.map(|day| day.to_string());
        (answer.anniversary.map(|day| day.to_string()), answer.status, secured, next(&answer))
    };
    let (two, own) = (Some("2025-02-19".to_owned()), |text: &str| Some(text.to_owned()));
    // Before the renewal window opens, nothing is secured.
    assert_eq!(said("2024-03-01", None), (two.clone(), Status::Enrolled, None, then("2025-02-20", Status::RenewalDue)));
    let due = then("2025-02-20", Status::RenewalDue);
    assert_eq!(said("2025-02-19", None), (two.clone(), Status::Enrolled, own("2025-03-21"), due));
    let qualified = then("2025-03-22", Status::Qualified);
    assert_eq!(said("2025-03-21", None), (two, Status::RenewalDue, own("2025-03-21"), qualified));
    let renewed = then("2025-04-10", Status::Enrolled);
    assert_eq!(said("2025-03-22", None), (None, Status::Qualified, own("2025-06-30"), renewed));
    assert_eq!(said("2025-04-10", None).0, own("2026-04-09"));
    let given = (own("2025-03-25"), Status::Enrolled, own("2025-04-24"), then("2025-03-26", Status::RenewalDue));
    assert_eq!(said("2025-03-22", Some("2025-03-25")), given);
}

#[test]
fn a_window_that_reaches_further_back_from_tomorrow_on_finds_what_qualified_before() {
    let mut events = all_but_one("2023-04", "2023-08");
    events.push(link("2023-07-01", "ada", "DP-300", "2023-07-10"));
    let answer = status(&events, "2023-09-18", None);
    assert_eq!((answer.status, answer.days.asked), (Status::InProgress, 1));
    assert_eq!(next(&answer), then("2023-09-19", Status::Qualified));
    assert_eq!(status(&events, "2023-09-19", None).secured_until, Some(day("2023-12-10")));
}

#[test]
fn each_day_is_judged_by_the_rules_in_force_on_it() {
    let strict = edited(&[
        ("months_back = 5", "months_back = 1"),
        ("renewal_days_after_anniversary = 30", "renewal_days_after_anniversary = 3"),
    ]);
    let lenient = lenient();
    let rules = [("2020-01-01", &lenient), ("2025-03-10", &strict)];
    let mut events = all_but_one("2024-11", "2025-02");
    events.push(link("2025-01-10", "ada", "DP-300", "2035-01-01"));
    let before = status_by(&rules, &events, "2025-03-09", None);
    assert_eq!((before.status, before.secured_until), (Status::Qualified, Some(day("2025-04-30"))));
    assert_eq!(next(&before), then("2025-05-01", Status::InProgress));
    let after = status_by(&rules, &events, "2025-03-31", None);
    assert_eq!((after.days.asked, after.window.first), (59, day("2025-02-01")));
    assert_eq!(after.qualifying, Some((day("2025-02-01"), day("2025-03-09"))));
    let due = status_by(&rules, &events, "2025-03-14", Some("2025-03-11"));
    assert_eq!((due.status, due.secured_until), (Status::RenewalDue, Some(day("2025-03-14"))));
    assert_eq!(status_by(&rules, &events, "2025-03-15", Some("2025-03-11")).anniversary, None);
    assert_eq!(status_by(&rules, &events, "2025-03-09", Some("2025-03-01")).status, Status::RenewalDue);
}

#[test]
fn notes_are_those_of_every_day_of_the_window_of_the_day_itself_and_of_the_window_s_row() {
    for (as_of, expected) in [
        ("2022-10-03", vec!["assumed_rules"]),
        ("2023-07-01", vec![]),
        ("2023-10-23", vec!["assumed_rules"]),
        ("2024-09-01", vec!["bounded_rules"]),
    ] {
        assert_eq!(status(&[], as_of, None).notes, expected, "{as_of}");
    }
}
