//! The track that an enrolment holds.

use chrono::Days;
use ledger::{Area, Date, Entry, parse_date};

use super::answer::AreaScore;
use super::score;
use crate::desk::Desk;
use crate::history::History;
use crate::question::{Basis, Question, Unmeasured};
use crate::rulebook::{Rulebook, Track};

const CUSTOMER: &str = r#""customer":"4fdbff88-9d6b-42e0-9713-45c922ba8001""#;

/// The history of events such as `designation_enrolled 2025-06-10 "area":"data_ai","anniversary":"2026-06-10"`, of a
/// partner with one customer.
fn history(events: &[&str]) -> History {
    let association = r#"association_accepted 2024-01-01 "association":"5a000000-0000-4000-8000-000000000001",CUSTOMER,"mechanism":"csp","role":"direct_bill""#;
    let entries = (0..).zip(std::iter::once(&association).chain(events)).map(|(seq, event): (u64, &&str)| {
        let mut words = event.splitn(3, ' ');
        let [kind, at, fields] = [(); 3].map(|()| words.next().expect("a type, a day and fields"));
        let fields = fields.replace("CUSTOMER", CUSTOMER);
        let line = format!(
            r#"{{"seq":{seq},"recorded_at":"2027-06-01T00:00:00.{seq:06}Z","event":{{"id":"00000000-0000-0000-0000-{seq:012}","type":"{kind}","partner":"1","effective_at":"{at}T12:00:00.000000Z",{fields}}}}}"#
        );
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    });
    History::fold(&entries.collect::<Vec<_>>())
}

fn day(text: &str) -> Date {
    parse_date(text).expect("a date")
}

fn question(as_of: Date) -> Question {
    Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Include, explain: false }
}

fn ask(history: &History, area: Area, as_of: &str) -> AreaScore {
    score(history, Rulebook::builtin(), area, &question(day(as_of))).expect("the programme has begun")
}

/// Compares the track of a day of an area with the one that is expected.
fn assert_tracks(events: &[&str], area: Area, expected: &[(&str, Track)]) {
    let history = history(events);
    for (as_of, track) in expected {
        assert_eq!(ask(&history, area, as_of).track, *track, "{as_of} of {events:#?}");
    }
}

const SMB: &str = r#"designation_enrolled 2025-06-10 "area":"infrastructure","anniversary":"2026-06-10","track":"smb""#;
const ENTERPRISE: &str =
    r#"designation_enrolled 2025-09-01 "area":"infrastructure","anniversary":"2026-01-31","track":"enterprise""#;
const CLASSIFIED: &str = r#"customer_classified 2025-01-01 CUSTOMER,"segment":"smb""#;

#[test]
fn an_enrolment_holds_its_track_from_its_day_through_its_anniversary() {
    let expected = [
        ("2025-06-09", Track::Enterprise),
        ("2025-06-10", Track::Smb),
        ("2026-06-10", Track::Smb),
        ("2026-06-11", Track::Enterprise),
    ];
    assert_tracks(&[SMB], Area::Infrastructure, &expected);
}

#[test]
fn a_held_track_stands_against_the_class() {
    let expected = [("2025-08-31", Track::Smb), ("2025-09-01", Track::Enterprise), ("2026-02-01", Track::Smb)];
    assert_tracks(&[CLASSIFIED, ENTERPRISE], Area::Infrastructure, &expected);
}

#[test]
fn the_newest_enrolment_in_force_holds_and_behind_its_end_the_one_before_it() {
    let expected = [
        ("2025-08-31", Track::Smb),
        ("2025-09-01", Track::Enterprise),
        ("2026-01-31", Track::Enterprise),
        ("2026-02-01", Track::Smb),
        ("2026-06-11", Track::Enterprise),
    ];
    // Whichever was recorded first.
    assert_tracks(&[SMB, ENTERPRISE], Area::Infrastructure, &expected);
    assert_tracks(&[ENTERPRISE, SMB], Area::Infrastructure, &expected);
    // Of the same instant, the one that was recorded last.
    let same = ENTERPRISE.replace("2025-09-01", "2025-06-10");
    assert_tracks(&[SMB, &same], Area::Infrastructure, &[("2025-06-10", Track::Enterprise)]);
    assert_tracks(&[&same, SMB], Area::Infrastructure, &[("2025-06-10", Track::Smb)]);
}

#[test]
fn an_enrolment_without_a_track_holds_none_and_takes_none_away() {
    let none = ENTERPRISE.replace(r#","track":"enterprise""#, "");
    assert_tracks(&[SMB, &none], Area::Infrastructure, &[("2025-10-01", Track::Smb)]);
    assert_tracks(&[&none], Area::Infrastructure, &[("2025-10-01", Track::Enterprise)]);
}

#[test]
fn a_retracted_enrolment_holds_nothing() {
    let retracted =
        r#"event_retracted 2027-01-01 "event":"00000000-0000-0000-0000-000000000001","reason":"never bought""#;
    assert_tracks(&[SMB, retracted], Area::Infrastructure, &[("2025-10-01", Track::Enterprise)]);
}

#[test]
fn an_enrolment_holds_the_track_of_its_own_area_and_of_azure_alone() {
    assert_tracks(&[SMB], Area::DataAi, &[("2025-10-01", Track::Enterprise)]);
    for area in [Area::BusinessApplications, Area::ModernWork, Area::Security] {
        for track in ["smb", "enterprise"] {
            let enrolled = SMB.replace("infrastructure", area.name()).replace(r#""smb""#, &format!("{track:?}"));
            let (with, without) = (history(&[&enrolled]), history(&[]));
            for as_of in ["2025-10-01", "2026-06-10"] {
                assert_eq!(ask(&with, area, as_of), ask(&without, area, as_of), "{enrolled} as of {as_of}");
            }
        }
    }
}

#[test]
fn nothing_is_held_while_an_area_has_a_single_track() {
    let early = SMB.replace("2025-06-10", "2025-01-10");
    let expected = [("2025-01-10", Track::Single), ("2025-03-25", Track::Single), ("2025-03-26", Track::Smb)];
    assert_tracks(&[&early], Area::Infrastructure, &expected);
    assert_eq!(ask(&history(&[&early]), Area::Infrastructure, "2025-03-25").tracks, None);
}

#[test]
fn both_tracks_are_scored_and_shown_where_one_is_held() {
    let (held, free) = (ask(&history(&[SMB]), Area::Infrastructure, "2025-10-01"), {
        ask(&history(&[]), Area::Infrastructure, "2025-10-01")
    });
    assert_eq!((held.track, free.track), (Track::Smb, Track::Enterprise));
    assert_eq!(held.tracks, free.tracks);
    let [(_, enterprise), (_, smb)] = held.tracks.expect("both tracks");
    assert_eq!((held.score, free.score), (smb, enterprise));
}

#[test]
fn rows_that_would_have_decided_about_the_class_leave_no_notes_under_a_hold() {
    // The rows of the SMB track begin later, so that the earliest is assumed.
    let from = "key = \"azure.net_customer_adds\"\ntrack = \"smb\"\nfrom = 2025-03-26\nfrom_basis = \"bounds\"\n\
                not_before = 2023-10-24\nnot_after = 2025-03-26";
    let text = Rulebook::builtin().text();
    assert_eq!(text.matches(from).count(), 1);
    let later = from.replace("2025-03-26", "2026-06-15").replace("2023-10-24", "2026-06-01");
    let rulebook = Rulebook::parse(&text.replace(from, &later)).unwrap_or_else(|errors| panic!("{errors}"));
    let assumes = |events: &[&str]| {
        let answer = score(&history(events), &rulebook, Area::Infrastructure, &question(day("2026-06-10")));
        answer.expect("the programme has begun").notes.contains(&"assumed_rules")
    };
    let enterprise = ENTERPRISE.replace("2026-01-31", "2026-06-10");
    assert!(assumes(&[]), "the class is decided by the row");
    assert!(assumes(&[SMB]), "the row scores the track that is held");
    assert!(!assumes(&[&enterprise]), "nothing reads the row");
}

#[test]
fn a_desk_answers_every_day_around_the_ends_of_holds_as_the_score_does() {
    let early = SMB.replace("2025-06-10", "2025-01-10").replace("infrastructure", "data_ai");
    let history = history(&[SMB, ENTERPRISE, CLASSIFIED, &early]);
    let desk = Desk::new(&history, Rulebook::builtin());
    assert!(desk.keeps());
    for area in [Area::Infrastructure, Area::DataAi, Area::Security] {
        let from = question(day("2025-01-01"));
        let spans = desk.timeline(area, &from, day("2026-07-31")).expect("the programme has begun");
        for as_of in (0..577).map(|nth| day("2025-01-01") + Days::new(nth)) {
            let wanted = score(&history, Rulebook::builtin(), area, &question(as_of)).expect("the programme has begun");
            assert_eq!(desk.score(area, &question(as_of)).as_ref(), Ok(&wanted), "{as_of}");
            let span = spans.iter().find(|span| (span.first..=span.last).contains(&as_of)).expect("a span");
            assert_eq!(AreaScore { as_of, ..span.score.clone() }, wanted, "{as_of}");
        }
    }
}
