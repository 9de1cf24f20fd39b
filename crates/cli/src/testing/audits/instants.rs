//! When a bundle was made, what it is known at, and that an instant stays closed.

use ledger::proof::Checkpoint;
use ledger::{Ledger, Timestamp};

use super::histories::{re_signed, signing_key};
use super::{EVIDENCE, ONE_AREA, PARTNER, STATEMENT, export, judged, key, lines, replace, seal, world};
use crate::testing::{World, churn, files};

/// Asked behind the newest entry, and before the present.
const BEHIND: &str = "--as-of 2025-02-28 --known-at 2025-02-20 --area modern_work";

fn code(world: &World, line: &str) -> (u8, String) {
    let said = world.run(&format!("{line} --format json"));
    (said.code, said.error()["code"].as_str().unwrap().to_owned())
}

#[test]
fn an_instant_that_has_not_come_is_not_proved() {
    let world = world();
    for (known_at, now) in
        [("2025-12-31", "2025-04-05"), ("2025-03-02", "2025-03-02T09:00:00Z"), ("2025-02-10T00:00:01Z", "2025-02-10")]
    {
        let line = format!(
            "audit export --partner {PARTNER} --as-of 2025-02-28 --known-at {known_at} --now {now} --out b.audit"
        );
        assert_eq!(code(&world, &line), (1, "out_of_range".to_owned()), "{known_at}");
        let said = world.run(&line);
        assert!(said.stderr.contains("has not come") && said.stderr.contains("hint: leave `--known-at`"), "{said:?}");
    }
    assert!(!world.path("b.audit").exists() && !world.path("pcs-ledger/witnessed").exists(), "nothing is closed");
    // The clock of the one who asks may be behind the newest entry, at which everything is known.
    export(&world, PARTNER, "--as-of 2025-02-28 --now 2025-01-01", "late.audit");
    assert!(lines(&world, "late.audit")[STATEMENT].contains("\"made_at\":\"2025-02-03T09:00:00.000002Z\""));
    assert_eq!(judged(&world, "late.audit", ""), "holds");
}

#[test]
fn a_bundle_that_was_made_before_what_it_tells_is_refused() {
    let world = world();
    export(&world, PARTNER, BEHIND, "b.audit");
    export(&world, PARTNER, ONE_AREA, "c.audit");
    let made = |file: &str, at: &str| {
        let mut changed = lines(&world, file);
        replace(&mut changed[STATEMENT], "2025-03-02T09:00:00.000000Z", at);
        seal(&world, "d.audit", &re_signed(&world, changed, &|_| {}));
        judged(&world, "d.audit", &format!("--key {}", key(&world)))
    };
    assert_eq!(made("b.audit", "2025-02-20T23:59:59.999999Z"), "holds");
    assert_eq!(made("b.audit", "2025-02-20T23:59:59.999998Z"), "made_earlier", "what is asked had not come");
    assert_eq!(made("c.audit", "2025-02-03T09:00:00.000000Z"), "holds");
    assert_eq!(
        made("c.audit", "2025-02-03T08:59:59.999994Z"),
        "holds",
        "six entries may be ahead of the clock so much"
    );
    assert_eq!(made("c.audit", "2025-02-03T08:59:59.999993Z"), "made_earlier", "the entry behind came later");
    assert_eq!(made("c.audit", "2025-02-01T12:00:00.000000Z"), "made_earlier", "entries came later");
}

#[test]
fn what_is_recorded_after_a_bundle_does_not_make_it_false_even_when_the_clock_goes_back() {
    let world = world();
    export(&world, PARTNER, BEHIND, "b.audit");
    let said = world.run(&format!("audit export --partner {PARTNER} {BEHIND} --out again.audit"));
    assert!(said.stderr.starts_with("closed: what is recorded from here on"), "{said:?}");
    assert_eq!(files(&world.path("pcs-ledger/witnessed")).len(), 1, "the same instant is closed once");
    assert_eq!(world.run("witness list").stdout, "no checkpoint is cosigned\n", "no witness saw it");
    assert_eq!(world.run("verify").stderr, "");
    let asked = format!("score --partner {PARTNER} {BEHIND} --format json");
    let before = world.run(&asked).stdout;
    // A restored ledger keeps the promise too.
    assert_eq!(world.run("backup --out b.pcs").code, 0);
    assert_eq!(world.run("--ledger restored restore b.pcs --key-file pcs-ledger/key").code, 0);
    world.write("more.jsonl", &churn(70));
    for ledger in ["pcs-ledger", "restored"] {
        assert_eq!(world.run(&format!("--ledger {ledger} import more.jsonl --now 2025-02-10")).code, 0);
        let newest = world.run(&format!("--ledger {ledger} export --from-seq 9")).stdout;
        assert!(newest.contains("\"recorded_at\":\"2025-02-21T00:00:00.000000Z\""), "{ledger}: {newest}");
        assert_eq!(world.run(&format!("--ledger {ledger} {asked}")).stdout, before, "{ledger}");
        assert_eq!(world.run(&format!("--ledger {ledger} verify")).code, 0);
    }
    let said = world.run(&format!("audit verify b.audit --key {}", key(&world)));
    assert!(said.stdout.contains("the ledger has closed this instant"), "{said:?}");
    // The entry behind it shows now that nothing came in between, and no promise is needed.
    export(&world, PARTNER, BEHIND, "c.audit");
    assert!(!lines(&world, "c.audit")[EVIDENCE].contains("\\nclosed "));
    assert_eq!(judged(&world, "c.audit", ""), "holds");
}

#[test]
fn a_ledger_that_breaks_its_promise_is_found_by_verify() {
    let world = world();
    export(&world, PARTNER, BEHIND, "b.audit");
    let kept = files(&world.path("pcs-ledger/witnessed")).into_iter().next().unwrap();
    std::fs::remove_file(&kept.0).unwrap();
    world.write("more.jsonl", &churn(70));
    assert_eq!(world.run("import more.jsonl --now 2025-02-10").code, 0);
    world.write("promise", std::str::from_utf8(&kept.1).unwrap());
    assert_eq!(code(&world, "verify --checkpoint promise"), (3, "other_claims".to_owned()));
    std::fs::write(&kept.0, &kept.1).unwrap();
    assert_eq!(code(&world, "verify"), (3, "other_claims".to_owned()));
}

#[test]
fn an_instant_is_closed_by_the_writer_alone() {
    let world = world();
    let writer = Ledger::open(&world.path("pcs-ledger"), &mut |_| {}).unwrap();
    let line = format!("audit export --partner {PARTNER} {BEHIND} --out b.audit");
    assert_eq!(code(&world, &line), (1, "locked".to_owned()));
    export(&world, PARTNER, ONE_AREA, "c.audit");
    drop(writer);
    world.write("b.audit", "mine");
    assert_eq!(world.run(&line).code, 1);
    assert!(!world.path("pcs-ledger/witnessed").exists(), "a bundle that is not made closes nothing");
}

#[test]
fn a_bundle_says_whether_its_instant_is_closed() {
    let world = world();
    export(&world, PARTNER, BEHIND, "b.audit");
    let changed = |change: &dyn Fn(&mut Checkpoint)| {
        seal(&world, "c.audit", &re_signed(&world, lines(&world, "b.audit"), change));
        judged(&world, "c.audit", "")
    };
    let until = |at: &str| Some(Timestamp::parse(at).unwrap());
    // As programs made it that closed nothing.
    assert_eq!(changed(&|told| told.claims.closed = None), "holds");
    let said = world.run("audit verify c.audit --format json");
    assert!(said.stdout.contains("\"closed\":false"), "{said:?}");
    assert!(world.run("audit verify c.audit").stdout.contains("the ledger has not closed this instant"));
    assert!(world.run("audit verify b.audit --format json").stdout.contains("\"closed\":true"));
    assert_eq!(changed(&|told| told.claims.closed = until("2025-02-21")), "other_checkpoint");
    assert_eq!(changed(&|told| told.claims.closed = until("2025-02-19")), "other_checkpoint");
    let next_key = signing_key(&world).verifier();
    assert_eq!(changed(&|told| told.claims.next_key = Some(next_key.clone())), "other_checkpoint");
    assert_eq!(changed(&|told| told.origin = "other".to_owned()), "bad_signature");
}
