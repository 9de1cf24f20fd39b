//! Timelines: what is refused, and what is written into files.

use std::fs;

use super::{PARTNER, World, churn};

const DAYS: &str = "--from 2025-01-01 --to 2025-01-31";
const KNOWN: &str = "--as-of 2025-01-31 --known-from 2025-01-01 --known-to 2026-01-01";

#[test]
fn what_cannot_be_answered_is_refused_with_its_code() {
    let world = World::with_events(&[churn(1)]);
    world.write("there.svg", "");
    world.write("bad.jsonl", "{}\n");
    let usage = |rest: &str| (rest.to_owned(), 2, "usage");
    for (rest, status, code) in [
        usage("--from 2025-02-01 --to 2025-01-31"),
        usage("--as-of 2025-01-31 --known-from 2026-01-02 --known-to 2026-01-01"),
        usage(""),
        usage("--from 2025-01-01"),
        usage(&format!("{DAYS} --as-of 2025-01-31")),
        usage(&format!("{DAYS} --step instant")),
        usage(&format!("{DAYS} --step week")),
        usage(&format!("{KNOWN} --step month")),
        usage(&format!("{KNOWN} --step day")),
        usage(&format!("{KNOWN} --known-at then")),
        usage(&format!("{KNOWN} --assume bad.jsonl")),
        usage(&format!("{DAYS} --known-at then --assume bad.jsonl")),
        usage(&format!("{DAYS} --carry none --carry-from 2025-01")),
        usage(&format!("{DAYS} --carry-from 2025-01")),
        usage(&format!("{DAYS} --carry most")),
        usage(&format!("{DAYS} --svg a --csv a")),
        usage(&format!("{DAYS} --svg - --csv -")),
        (format!("{DAYS} --carry last --carry-from 2025-06"), 1, "bad_value"),
        (format!("{DAYS} --known-at then --carry last --carry-from 2025-06"), 1, "bad_value"),
        (format!("{DAYS} --assume bad.jsonl"), 1, "missing_field"),
        (format!("{DAYS} --svg there.svg"), 1, "exists"),
        (format!("{DAYS} --csv there.svg"), 1, "exists"),
        (format!("{DAYS} --csv new.csv --svg there.svg"), 1, "exists"),
        ("--from 2022-10-02 --to 2025-01-31".to_owned(), 1, "before_program"),
        ("--from 2022-10-02 --to 2025-01-31 --known-at then".to_owned(), 1, "unknown_partner"),
        ("--as-of 2022-10-02 --known-from 2025-01-01 --known-to 2030-01-01".to_owned(), 1, "before_program"),
        (format!("{DAYS} --known-at 2020-01-01"), 1, "unknown_partner"),
        ("--as-of 2025-01-31 --known-from 2020-01-01 --known-to 2020-01-02".to_owned(), 1, "unknown_partner"),
    ] {
        let said = world.run(&format!("--format json timeline --partner {PARTNER} {rest}"));
        assert_eq!((said.code, said.stdout.as_str()), (status, ""), "{rest}: {said:?}");
        if status == 1 {
            assert_eq!(said.error()["code"], code, "{rest}");
        }
    }
    assert!(!world.path("new.csv").exists(), "nothing is left of a file beside one that is refused");
}

#[test]
fn a_chart_and_a_table_are_written_into_new_files_or_in_place_of_the_text() {
    let world = World::with_events(&[churn(1)]);
    let base = format!("timeline --partner {PARTNER} --area security {DAYS}");
    let said = world.run(&format!("{base} --svg a.svg --csv a.csv"));
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(said.stdout.starts_with("Security: 0.0 on 2025-01-31, below 70 all the time; qualified on 0 of 31 days"));
    let [svg, csv] = ["a.svg", "a.csv"].map(|name| fs::read_to_string(world.path(name)).expect("a file"));
    assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
    assert_eq!(
        csv,
        format!(
            "partner,area,first,last,track,points,points_exact,qualified,below\n\
             {PARTNER},security,2025-01-01,2025-01-31,single,0.0,0/1,false,total;net_customer_adds;\
             intermediate_certifications;usage_growth;deployments\n"
        )
    );
    assert_eq!(world.run(&format!("{base} --svg -")).stdout, svg);
    assert_eq!(world.run(&format!("{base} --csv -")).stdout, csv);
    let known = world.run(&format!("timeline --partner {PARTNER} --area security {KNOWN} --csv -")).stdout;
    assert!(known.starts_with("partner,area,known_from,known_to,track,"), "{known}");
}
