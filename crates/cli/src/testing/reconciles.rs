//! Published scores beside what follows, where something is wrong or missing.

use super::{PARTNER, World};

fn shown(area: &str, at: &str, points: &str) -> String {
    format!(
        r#"{{"type":"score_published","partner":"{PARTNER}","effective_at":"{at}","area":"{area}","points":"{points}"}}"#
    )
}

#[test]
fn days_in_the_wrong_order_are_wrong_usage_and_nobody_is_asked_about() {
    let world = World::with_events(&[shown("security", "2025-02-21", "0")]);
    let said = world.run(&format!("reconcile --partner {PARTNER} --from 2025-03-01 --to 2025-02-28"));
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("2025-02-28 lies before 2025-03-01"), "{said:?}");
    let same = world.run(&format!("reconcile --partner {PARTNER} --from 2025-02-21 --to 2025-02-21"));
    assert_eq!(same.code, 0, "{same:?}");
    assert!(same.stdout.contains("0 is shown, 0.0 follows: it agrees"), "{same:?}");
}

#[test]
fn a_partner_that_is_not_known_then_has_nothing_to_compare() {
    let world = World::with_events(&[shown("security", "2025-02-21", "0")]);
    for line in ["--partner nobody".to_owned(), format!("--partner {PARTNER} --known-at 2025-03-01")] {
        let said = world.run(&format!("reconcile {line} --format json"));
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains(r#""code":"unknown_partner""#), "{said:?}");
    }
}

#[test]
fn what_was_shown_before_the_programme_is_left_out_with_a_warning() {
    let events = ["2022-10-02", "2022-10-03", "2020-01-01"].map(|at| shown("security", at, "0"));
    let world = World::with_events(&events);
    let said = world.run(&format!("reconcile --partner {PARTNER} --format json"));
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.stdout.lines().count(), 1, "{said:?}");
    assert!(said.stdout.contains(r#""as_of":"2022-10-03""#), "{said:?}");
    assert!(said.stderr.contains("warning: 2 published scores of before the programme began are left out"), "{said:?}");
    let one = world.run(&format!("reconcile --partner {PARTNER} --to 2021-12-31"));
    assert!(one.stderr.contains("warning: 1 published score of before the programme began is left out"), "{one:?}");
}

#[test]
fn without_a_published_score_programs_get_no_object_and_people_are_told_how_to_record_one() {
    let world = World::with_events(&[shown("security", "2025-02-21", "0")]);
    let json = world.run(&format!("reconcile --partner {PARTNER} --area data_ai --format json"));
    assert_eq!((json.code, json.stdout.as_str()), (0, ""), "{json:?}");
    let text = world.run(&format!("reconcile --partner {PARTNER} --area data_ai"));
    assert!(text.stdout.contains("pcs record score-published"), "{text:?}");
}

#[test]
fn one_assumed_event_that_is_refused_refuses_all_with_its_line() {
    let world = World::with_events(&[shown("security", "2025-02-21", "0")]);
    world.write(
        "assumed.jsonl",
        &[shown("security", "2025-02-22", "1"), shown("security", "2025-02-22", "-1")].join("\n"),
    );
    let said = world.run(&format!("reconcile --partner {PARTNER} --assume assumed.jsonl --format json"));
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.contains(r#""code":"bad_value","line":2"#), "{said:?}");
    world.write("assumed.jsonl", &shown("security", "2025-02-22", "1"));
    let said = world.run(&format!("reconcile --partner {PARTNER} --assume assumed.jsonl --format json"));
    assert_eq!((said.code, said.stdout.lines().count()), (0, 2), "{said:?}");
    assert!(said.stdout.lines().all(|line| line.contains(r#""assumed":{"events":1,"#)), "{said:?}");
    assert!(said.stdout.contains(r#""seq":1,"as_of":"2025-02-22""#), "{said:?}");
    assert_eq!(world.run("export").stdout.lines().count(), 1, "nothing is appended");
}
