//! What the programme showed, what was earned and enrolled: how it comes in, and what the rules refuse.

use projection::rulebook::Rulebook;

use super::{PARTNER, Said, World};

/// A published score by its number, with further fields.
fn shown(number: u32, day: &str, points: &str, more: &str) -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"score_published","partner":"{PARTNER}","effective_at":"{day}","area":"data_ai","points":{points}{more}}}"#
    )
}

/// The adoption of the built-in rules with another total.
fn adoption(number: u32, day: &str, total_max: u32) -> String {
    let text = Rulebook::builtin().text();
    let other = text.replacen("total_max = 100", &format!("total_max = {total_max}"), 1);
    assert_ne!(other, text);
    let rulebook = serde_json::to_string(&other).unwrap();
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","type":"rulebook_adopted","effective_at":"{day}","rulebook":{rulebook},"name":"r{total_max}"}}"#
    )
}

fn import(world: &World, lines: &[String]) -> Said {
    world.run_with("import -", lines.join("\n").as_bytes())
}

fn assert_refused(said: &Said, line: u32, text: &str) {
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains(&format!("line {line}")) && said.stderr.contains(text), "{}", said.stderr);
}

#[test]
fn points_go_up_to_the_total_of_the_rulebook_in_force_at_their_place() {
    let world = World::with_ledger();
    assert_eq!(import(&world, &[shown(1, "2025-01-10", "\"100.00\"", "")]).code, 0);
    assert_refused(
        &import(&world, &[shown(2, "2025-01-10", "100.01", "")]),
        1,
        "bad_value: `points`: 100.01 is more than 100, the `total_max` of builtin-2026-11",
    );
    // An adoption earlier in the batch counts, for days from its own on.
    let told = [adoption(3, "2025-02-01", 120), shown(4, "2025-02-01", "120", ""), shown(5, "2025-01-31", "120", "")];
    assert_refused(&import(&world, &told), 3, "more than 100");
    assert_eq!(import(&world, &told[..2]).code, 0);
    // What the ledger has was judged when it came.
    assert_eq!(import(&world, &[adoption(6, "2025-01-01", 90)]).code, 0);
    assert!(import(&world, &[shown(1, "2025-01-10", "\"100.00\"", "")]).stdout.starts_with("0 new, 1 already"));
    assert_refused(&import(&world, &[shown(7, "2025-02-01", "90.01", "")]), 1, "more than 90, the `total_max`");
    // Entries are judged in their places, so that an export goes into a fresh ledger.
    let exported = world.run("export").stdout;
    let fresh = World::with_ledger();
    let forged = exported.replacen("\"100.00\"", "\"100.01\"", 1);
    let said = fresh.run_with("import --entries -", forged.as_bytes());
    assert!(said.code == 1 && said.stderr.contains("2 lines (1, 3): bad_value: `points`: 100.01"), "{}", said.stderr);
    assert_eq!(fresh.run_with("import --entries -", exported.as_bytes()).code, 0);
    assert_eq!(fresh.run("export").stdout, exported);
}

#[test]
fn metrics_are_those_of_the_area_and_no_more_than_the_total() {
    let world = World::with_ledger();
    let metrics = |metrics: &str| import(&world, &[shown(1, "2025-01-10", "8", &format!(",\"metrics\":{metrics}"))]);
    let said = metrics(r#"{"advanced_certifications":4}"#);
    assert_refused(
        &said,
        1,
        "`metrics` names advanced_certifications, for which builtin-2026-11 has no rows in data_ai",
    );
    assert!(said.stderr.contains("the metrics of data_ai are net_customer_adds, intermediate_certifications, "));
    assert_refused(&metrics(r#"{"deployments":"100.5"}"#), 1, "`metrics` of deployments: 100.5 is more than 100");
    assert_eq!(metrics(r#"{"deployments":"100"}"#).code, 0);
}

#[test]
fn a_score_is_recorded_with_its_metrics() {
    let world = World::with_ledger();
    let record = |rest: &str| {
        world.run(&format!(
            "record score-published --partner {PARTNER} --effective-at 2025-03-01 --area infrastructure {rest}"
        ))
    };
    let said = record("--points 62.50 --metrics usage_growth=1.0,net_customer_adds=20 --metrics deployments=0");
    assert!(
        said.stdout.contains(
            r#""points":"62.50","metrics":{"net_customer_adds":"20","usage_growth":"1.0","deployments":"0"}}"#
        ),
        "{said:?}"
    );
    let log = world.run("log").stdout;
    assert!(log.contains("Infrastructure shows 62.50, Net customer adds 20, Usage growth 1.0, Deployments 0"), "{log}");
    for (rest, text) in [
        ("--points 101", "bad_value: `points`: 101 is more than 100"),
        ("--points -1", "\"-1\" is not a decimal without a sign"),
        ("--points 1 --metrics total=1", "bad_value: `metrics` \"total\" is no metric"),
        ("--points 1 --metrics deployments", "`metrics` of deployments is wrong: \"\""),
        ("--points 1 --metrics deployments=1,deployments=2", "malformed: `metrics` names \"deployments\" twice"),
    ] {
        let said = record(rest);
        assert!(said.code == 1 && said.stderr.contains(text), "{rest}: {}", said.stderr);
    }
}

#[test]
fn what_was_enrolled_earned_and_declined_is_recorded_and_read() {
    let world = World::with_ledger();
    let of = format!("--partner {PARTNER} --effective-at 2025-03-01");
    let id = "4fdbff88-9d6b-42e0-9713-45c922ba8002";
    for (line, text) in [
        (
            format!("designation-enrolled {of} --area data_ai --anniversary 2026-03-01 --track smb"),
            "Data & AI enrolled until 2026-03-01 on the smb track",
        ),
        (
            format!("certification-earned {of} --person ada --certification AZ-305 --earned-on 2025-02-28"),
            "ada holds AZ-305, earned 2025-02-28, and is not linked",
        ),
        (format!("association-declined {of} --association {id} --reason late --force"), "8002: late"),
    ] {
        let said = world.run(&format!("record {line}"));
        assert_eq!(said.code, 0, "{said:?}");
        let log = world.run("log").stdout;
        assert!(log.contains(text), "{text}: {log}");
    }
    let said = world.run(&format!("record designation-enrolled {of} --area data_ai --anniversary 2025-03-01"));
    assert!(said.code == 1 && said.stderr.contains("is not after 2025-03-01"), "{}", said.stderr);
}

const LEARN: &str = "tenantId,userId,awardReason,awardType,awardUid,SourceType,SourceUid,AwardedOn\n\
    60d5c4bb-f78a-4200-a002-953d7cc1f5f8,user-1,x,Badge,x,Module,learn.intro,2023-05-04T10:11:12Z\n\
    60d5c4bb-f78a-4200-a002-953d7cc1f5f8,user-1,x,Badge,x,Certification,AZ-305,2023-05-04T10:11:12Z\n";

#[test]
fn achievements_of_learn_are_recognised_and_recorded_once_under_a_pseudonym() {
    let world = World::with_ledger();
    world.write("learn.csv", LEARN);
    let auto = format!("import --kind auto learn.csv --partner {PARTNER}");
    let said = world.run(&format!("{auto} --dry-run"));
    assert!(said.stdout.starts_with("would be 1 new") && said.stdout.contains("certification_earned"), "{said:?}");
    assert!(said.stdout.contains("AZ-305") && said.stdout.contains("1 row skipped: no certification"), "{said:?}");
    assert!(world.run(&auto).stdout.starts_with("1 new, 0 already"), "{said:?}");
    assert!(world.run(&auto).stdout.starts_with("0 new"));
    let exported = world.run("export").stdout;
    assert!(exported.contains("\"earned_on\":\"2023-05-04\"") && !exported.contains("user-1"), "{exported}");
    assert!(exported.contains("\"source\":\"learn-achievements learn.csv line 3, date of the award (stated), as of "));
    let sealed = World::with_ledger();
    sealed.write("learn.csv", LEARN);
    assert_eq!(sealed.run(&format!("{auto} --sealed-sources")).code, 0);
    assert!(sealed.run("export").stdout.contains("\"source\":\"learn-achievements sealed row "));
}

#[test]
fn published_scores_are_recognised_judged_and_recorded_once() {
    let world = World::with_ledger();
    world
        .write("scores.csv", "day,area,total,deployments\n2025-03-21,infrastructure,62.0,8\n2025-03-21,security,50,\n");
    let auto = format!("import --kind auto scores.csv --partner {PARTNER}");
    let said = world.run(&format!("{auto} --dry-run"));
    assert!(said.stdout.starts_with("would be 2 new") && said.stdout.contains("score_published"), "{said:?}");
    assert!(world.run(&auto).stdout.starts_with("2 new, 0 already"));
    assert!(world.run(&auto).stdout.contains("2 rows skipped: score known already"));
    world.write(
        "high.csv",
        "day,area,total,advanced_certifications\n2025-03-22,security,101,\n2025-03-22,data_ai,9,4\n",
    );
    let said = world.run(&format!("import --kind published-scores high.csv --partner {PARTNER}"));
    assert_refused(&said, 2, "101 is more than 100");
    assert_refused(&said, 3, "advanced_certifications, for which builtin-2026-11 has no rows in data_ai");
    assert_eq!(world.run("export").stdout.lines().count(), 2);
}
