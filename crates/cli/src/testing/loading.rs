//! The past of one's own data: what a ledger says of the time before it was filled.

use super::{PARTNER, World, churn};

/// Commands that ask about a partner at an instant, which stands for `{}`.
fn questions() -> Vec<String> {
    [
        "score --as-of 2025-01-31 --known-at {}",
        "status --as-of 2025-01-31 --known-at {}",
        "advise --area security --as-of 2025-01-31 --known-at {}",
        "timeline --from 2025-01-01 --to 2025-01-31 --known-at {}",
        "timeline --as-of 2025-01-31 --known-from 2020-01-01 --known-to {}",
        "forecast --from 2025-01-01 --until 2025-01-31 --known-at {}",
        "reconcile --known-at {}",
        "check --known-at {}",
        "replay --as-of 2025-01-31 --known-at {}",
        "diff --from 2025-01-31 --to 2025-01-31 --known-from {}",
        "audit export --as-of 2025-01-31 --known-at {} --out x.audit",
    ]
    .map(|command| format!("{command} --partner {PARTNER}"))
    .into()
}

#[test]
fn before_the_first_entry_every_question_says_when_that_was_recorded() {
    let world = World::with_events(&[churn(1), churn(2)]);
    for question in questions() {
        let said = world.run(&question.replace("{}", "2024-06-30"));
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{question}: {said:?}");
        let text = format!("error: nothing of partner {PARTNER} was recorded by 2024-06-30T23:59:59.999999Z\n");
        assert!(said.stderr.contains(&text), "{question}: {said:?}");
        assert!(
            said.stderr.contains("the first of its 2 entries was recorded at 2025-03-02T09:00:00.000000Z"),
            "{said:?}"
        );
        assert!(said.stderr.contains("docs/loading-history.md"), "{said:?}");
        assert!(!said.stderr.contains("knows no partner") && !said.stderr.contains("1970"), "{said:?}");
        let error = world.run(&format!("--format json {}", question.replace("{}", "2024-06-30")));
        let error = serde_json::from_str::<serde_json::Value>(error.stderr.lines().last().unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "unknown_partner", "{question}");
    }
}

#[test]
fn an_empty_ledger_and_an_unknown_partner_are_told_from_that() {
    let world = World::with_ledger();
    for question in questions().iter().filter(|question| !question.contains("--known-to")) {
        let said = world.run(&question.replace("--known-at {}", "").replace("--known-from {}", ""));
        assert_eq!(said.code, 1, "{question}: {said:?}");
        assert!(said.stderr.contains(&format!("the ledger knows no partner {PARTNER}: it has no entries")), "{said:?}");
        assert!(!said.stderr.contains("1970"), "{question}: {said:?}");
    }
    let said = World::with_events(&[churn(1)]).run("score --partner nobody --as-of 2025-01-31");
    assert!(said.stderr.starts_with("error: the ledger knows no partner nobody at 2025-03-02T09"), "{said:?}");
}

#[test]
fn where_most_came_later_a_note_says_so() {
    let mut world = World::with_events(&[churn(1)]);
    world.clock = "2025-03-20T09:00:00Z";
    world.write("more.jsonl", &[churn(2), churn(3)].join("\n"));
    assert_eq!(world.run("import more.jsonl").code, 0);
    let note = format!(
        "note: the first entry of {PARTNER} was recorded at 2025-03-02T09:00:00.000000Z; of 3 entries, 2 were recorded \
         after the instant asked (docs/loading-history.md)\n"
    );
    for question in questions().iter().filter(|question| !question.contains("replay") && !question.contains("audit")) {
        let said = world.run(&question.replace("{}", "2025-03-10"));
        let is_said = said.stderr.contains(&note) || question.contains("--known-to");
        assert!(said.code == 0 && is_said, "{question}: {said:?}");
        let said = world.run(&question.replace("{}", "2025-03-31"));
        assert!(!said.stderr.contains("after the instant asked"), "{question}: {said:?}");
    }
}

#[test]
fn all_partners_at_a_time_before_the_ledger_are_not_silence() {
    let world = World::with_events(&[churn(1)]);
    for command in ["score --as-of 2025-01-31", "status --as-of 2025-01-31"] {
        let said = world.run(&format!("{command} --all-partners --known-at 2024-06-30"));
        assert_eq!(said.code, 0, "{said:?}");
        let note = "note: the first entry of the ledger was recorded at 2025-03-02T09:00:00.000000Z; of 1 entry, 1 was recorded";
        assert!(said.stderr.starts_with(note), "{said:?}");
    }
}

#[test]
fn a_timeline_that_begins_before_the_first_entry_says_where_it_begins() {
    let world = World::with_events(&[churn(1)]);
    let then = "timeline --from 2025-02-01 --to 2025-03-31 --known-at then";
    let known = "timeline --as-of 2025-01-31 --known-from 2025-01-01 --known-to 2025-03-31";
    for command in [then, known] {
        let said = world.run(&format!("{command} --partner {PARTNER}"));
        assert_eq!(said.code, 0, "{said:?}");
        let note = format!("note: nothing of {PARTNER} was recorded before 2025-03-02T09:00:00.000000Z");
        assert!(said.stderr.contains(&note), "{said:?}");
    }
}
