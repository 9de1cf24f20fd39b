//! A month of which nobody has reported figures: it is said with the newest month that is known.

use super::{CUSTOMER, PARTNER, World};

/// Figures of one month, and an association that covers them.
fn world() -> World {
    let common = format!(r#""partner":"{PARTNER}","customer":"{CUSTOMER}""#);
    World::with_events(&[
        format!(
            r#"{{"id":"00000000-0000-4000-8000-000000000001","type":"association_accepted",{common},"effective_at":"2024-01-01","association":"00000000-0000-4000-8000-000000000002","mechanism":"pal","principal":"x"}}"#
        ),
        format!(
            r#"{{"id":"00000000-0000-4000-8000-000000000003","type":"usage_reported",{common},"month":"2025-01","product":"Virtual Machines","metric":"acr_usd","value":"1500"}}"#
        ),
    ])
}

#[test]
fn a_score_of_a_month_without_reports_says_so_in_text_in_json_and_in_a_bundle() {
    let world = world();
    let asked = format!("--partner {PARTNER} --area infrastructure --as-of 2025-04-30");
    let missing = "no acr_usd of 2025-04 is known; the newest is of 2025-01";
    for (command, says) in [
        (format!("score {asked}"), true),
        (format!("score --format json {asked}"), false),
        (format!("audit export {asked} --out x.audit"), false),
    ] {
        let said = world.run(&command);
        assert_eq!((said.code, said.stderr.matches(missing).count()), (0, 1), "{said:?}");
        assert_eq!(said.stdout.contains(missing), says, "{said:?}");
    }
    let said = world.run("audit verify x.audit");
    assert!(said.code == 0 && said.stdout.contains(&format!("Note: {missing}")), "{said:?}");
    // The last month with reports is told apart from those behind it.
    let said = world.run(&format!("score --partner {PARTNER} --area infrastructure --as-of 2025-01-31"));
    assert!(!said.stderr.contains("is known") && !said.stdout.contains("is known"), "{said:?}");
}

#[test]
fn what_is_compared_before_the_first_report_is_told_in_text_and_in_a_bundle() {
    let world = world();
    let asked = format!("--partner {PARTNER} --area infrastructure --as-of 2025-01-31");
    let short = "acr_usd is reported from 2025-01 on, though what is compared begins in 2023-02: growth and net adds may be \
                 too high";
    let said = world.run(&format!("score {asked}"));
    assert!(said.code == 0 && said.stdout.contains(&format!("  Note: {short}\n")), "{said:?}");
    assert!(!world.run(&format!("score {asked} --format json")).stdout.contains("from 2025-01 on"));
    assert_eq!(world.run(&format!("audit export {asked} --out y.audit")).code, 0);
    assert!(world.run("audit verify y.audit").stdout.contains(short));
    for command in ["diff", "timeline"] {
        let asked = format!("{command} --partner {PARTNER} --from 2025-01-31 --to 2025-04-30");
        for areas in ["", "--area infrastructure"] {
            let said = world.run(&format!("{asked} {areas}"));
            assert_eq!((said.code, said.stdout.matches(&format!("Note: {short}\n")).count()), (0, 1), "{said:?}");
        }
        assert!(!world.run(&format!("{asked} --format json")).stdout.contains("from 2025-01 on"));
    }
    let same = world.run(&format!("diff --partner {PARTNER} --from 2025-01-31 --to 2025-01-31"));
    assert!(same.code == 0 && !same.stdout.contains("Note"), "nothing changed that it could explain: {same:?}");
    // Two years later the compared months begin with the first report.
    let later = format!("score --partner {PARTNER} --area infrastructure --as-of 2026-12-31");
    assert!(!world.run(&later).stdout.contains("from 2025-01 on"));
}

#[test]
fn what_is_lost_by_missing_reports_has_a_cause_of_its_own() {
    let world = world();
    let asked = format!("--partner {PARTNER} --area infrastructure --from 2025-01-31 --to 2025-04-30");
    let said = world.run(&format!("diff {asked}"));
    let why = "no acr_usd of 2025-03 is known, the newest is of 2025-01; months measured: 2025-03 in, 2025-01 out";
    assert!(said.stdout.contains("2025-03-31 not reported") && said.stdout.contains(why), "{said:?}");
    for command in ["diff", "timeline"] {
        let said = world.run(&format!("{command} --format json {asked}"));
        assert!(said.stdout.contains(r#""cause":"not_reported""#) && !said.stdout.contains("month_rolled"), "{said:?}");
        assert!(said.stderr.contains("the newest is of 2025-01"), "{said:?}");
    }
    // Figures that are carried are known.
    let said = world.run(&format!("timeline --carry last --format json {asked}"));
    assert!(!said.stdout.contains("not_reported"), "{said:?}");
}
