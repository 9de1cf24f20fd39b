//! Forecasts: what is refused, and what is answered first.

use std::fs;

use super::{PARTNER, World, churn};

/// The clock of these tests shows a day before this.
const UNTIL: &str = "--until 2027-01-31";

#[test]
fn what_cannot_be_forecast_is_refused_with_its_code() {
    let world = World::with_events(&[churn(1)]);
    world.write("there.svg", "");
    world.write("bad.jsonl", "{}\n");
    let usage = |rest: &str| (rest.to_owned(), 2, "usage");
    for (rest, status, code) in [
        usage(""),
        usage("--from 2025-02-01 --until 2025-01-31"),
        usage("--until 2020-01-31"),
        usage("--from 2025-01-31 --until 2028-02-01"),
        usage("--until 2099-01-31"),
        usage(&format!("{UNTIL} --step day")),
        usage(&format!("{UNTIL} --known-at then")),
        usage(&format!("{UNTIL} --as-of 2025-01-31")),
        usage(&format!("{UNTIL} --to 2025-01-31")),
        usage(&format!("{UNTIL} --carry none --carry-from 2025-01")),
        usage(&format!("{UNTIL} --carry most")),
        usage(&format!("{UNTIL} --svg a --csv a")),
        ("--from 2025-01-01 --until 2025-01-31 --carry-from 2025-06".to_owned(), 1, "bad_value"),
        (format!("{UNTIL} --assume bad.jsonl"), 1, "missing_field"),
        (format!("{UNTIL} --svg there.svg"), 1, "exists"),
        ("--from 2022-10-02 --until 2025-01-31".to_owned(), 1, "before_program"),
        (format!("{UNTIL} --known-at 2020-01-01"), 1, "unknown_partner"),
    ] {
        let said = world.run(&format!("--format json --now 2026-01-31 forecast --partner {PARTNER} {rest}"));
        assert_eq!((said.code, said.stdout.as_str()), (status, ""), "{rest}: {said:?}");
        if status == 1 {
            assert_eq!(said.error()["code"], code, "{rest}");
        }
    }
}

#[test]
fn three_years_are_forecast_and_no_day_more() {
    let world = World::with_events(&[churn(1)]);
    let run = |until: &str| {
        world.run(&format!("forecast --partner {PARTNER} --area security --from 2024-02-29 --until {until}"))
    };
    assert_eq!(run("2027-02-28").code, 0);
    assert_eq!(run("2027-03-01").code, 2);
}

#[test]
fn a_forecast_begins_today_and_its_first_line_answers() {
    let world = World::with_events(&[churn(1)]);
    let base = format!("--now 2026-01-31 forecast --partner {PARTNER} --area security {UNTIL}");
    let said = world.run(&base);
    assert!(said.stdout.starts_with("Security: 0.0 today; stays below 70 until 2027-01-31\n"), "{said:?}");
    let json = world.run(&format!("--format json {base}")).stdout;
    assert!(json.contains(r#""from":"2026-01-31","to":"2027-01-31","step":"change""#), "{json}");
    assert!(json.contains(r#""carry":"last""#), "{json}");
    let svg = world.run(&format!("{base} --svg a.svg"));
    assert_eq!((svg.code, svg.stderr.as_str()), (0, ""));
    assert!(fs::read_to_string(world.path("a.svg")).expect("a file").contains("today"));
}

#[test]
fn the_first_line_says_when_an_area_begins_to_qualify_and_when_it_ceases_and_why() {
    let world = World::empty();
    assert_eq!(world.run("demo --dir example").code, 0);
    let first = |now: &str| {
        let said = world.run(&format!(
            "--ledger example --now {now} forecast --partner {PARTNER} --area infrastructure --until 2025-06-30"
        ));
        said.stdout.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        first("2024-10-15"),
        "Infrastructure: 52.34 today; qualifies from 2024-12-01 on (Intermediate certifications +4.0: became true); \
         falls below 70 on 2024-12-31"
    );
    assert_eq!(
        first("2024-12-10"),
        "Infrastructure: 70.1 today; falls below 70 on 2024-12-31 (association b4518dbb-ef51-5038-bef5-7376b8f6c101 \
         with customer Tailwind Traders (45c44870) ends)"
    );
}
