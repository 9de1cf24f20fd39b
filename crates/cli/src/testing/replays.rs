//! The long way: with what is kept beside it, and asked at random.

use super::folders::AZURE;
use super::{Said, World, files};

/// Many entries of one partner.
fn many() -> World {
    World::with_events(&(1..=2_100).map(super::churn).collect::<Vec<_>>())
}

fn ok(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout
}

/// How many states were compared, and of how many partners the facts.
fn compared(world: &World) -> [serde_json::Value; 2] {
    let answer: serde_json::Value =
        serde_json::from_str(&ok(world.run("replay --as-of 2025-02-28 --format json"))).unwrap();
    [answer["cached_states"].clone(), answer["cached_facts"].clone()]
}

fn counts(states: u64, facts: u64) -> [serde_json::Value; 2] {
    [states.into(), facts.into()]
}

/// Asks what is known of the partner.
fn import(world: &World) {
    world.write("a.csv", AZURE);
    ok(world.run("import a.csv --kind azure-usage --dry-run"));
}

#[test]
fn what_is_kept_is_compared_and_counted() {
    let world = many();
    assert_eq!(compared(&world), counts(0, 0), "nothing was asked before");
    assert!(!world.path("pcs-ledger/cache").exists(), "looking at the cache made one");
    assert_eq!(compared(&world), counts(1, 0));
    let said = ok(world.run("replay --as-of 2025-02-28"));
    assert!(said.ends_with("; 1 state compared\n"), "{said}");
    import(&world);
    assert_eq!(compared(&world), counts(1, 1));
    let said = ok(world.run("replay --as-of 2025-02-28"));
    assert!(said.ends_with("; 1 state and the facts of 1 partner compared\n"), "{said}");
    std::fs::remove_dir_all(world.path("pcs-ledger/cache")).unwrap();
    std::fs::remove_dir_all(world.path("pcs-ledger/states")).unwrap();
    assert_eq!(compared(&world), counts(0, 0));
}

#[test]
fn what_was_tampered_with_is_not_answered_from() {
    let world = many();
    import(&world);
    assert_eq!((compared(&world), compared(&world)), (counts(0, 1), counts(1, 1)));
    for kept in ["cache", "states"] {
        for (path, mut bytes) in files(&world.path(&format!("pcs-ledger/{kept}"))) {
            for at in (0..bytes.len()).step_by(89) {
                bytes[at] ^= 0x55;
            }
            std::fs::write(path, bytes).unwrap();
        }
    }
    assert_eq!(compared(&world), counts(0, 0), "both are begun anew");
    import(&world);
    assert_eq!(compared(&world), counts(1, 1));

    // What a ledger keeps that differs in one of the facts.
    let mut events: Vec<String> = (1..=2_100).map(super::churn).collect();
    events[3] = events[3].replace("\"customer\"", "\"note\":\"another\",\"customer\"");
    let other = World::with_ledger();
    other.write("events.jsonl", &events.join("\n"));
    ok(other.run("import events.jsonl"));
    import(&other);
    assert_eq!(compared(&other), counts(0, 1));
    for kept in ["cache", "states"] {
        let own = world.path(&format!("pcs-ledger/{kept}"));
        std::fs::remove_dir_all(&own).unwrap();
        std::fs::rename(other.path(&format!("pcs-ledger/{kept}")), &own).unwrap();
    }
    assert_eq!(compared(&world), counts(0, 0), "they are of another ledger");
    import(&world);
    assert_eq!(compared(&world), counts(1, 1), "and were made again");
}

/// Folds nothing, in the form of a history.
#[derive(Default)]
struct Liar;

impl ledger::Fold for Liar {
    const FORM: u32 = <projection::History as ledger::Fold>::FORM;

    fn push(&mut self, _: &ledger::Entry) {}

    fn to_bytes(&self) -> Vec<u8> {
        ledger::Fold::to_bytes(&projection::History::default())
    }

    fn from_bytes(_: Vec<u8>) -> Option<Self> {
        None
    }
}

#[test]
fn a_state_that_is_believed_and_not_what_the_log_folds_to_differs() {
    let world = many();
    let reader = ledger::Reader::open(&world.path("pcs-ledger")).unwrap();
    reader.folded::<Liar>(super::PARTNER, reader.size()).unwrap();
    for command in ["replay --as-of 2025-02-28", "verify"] {
        let error = world.run(&format!("{command} --format json --quiet")).error();
        assert_eq!(error["code"], "differs", "{error}");
        let said = world.run(&format!("{command} --quiet"));
        assert_eq!(
            (said.code, &*said.stderr),
            (
                3,
                "error: what was kept of 6034453 is not what the log folds to: that of the first 2100 entries differs\n\
                 hint: the ledger's directory `states` can be deleted at any time, and is made again\n"
            )
        );
    }
    std::fs::remove_dir_all(world.path("pcs-ledger/states")).unwrap();
    assert_eq!(compared(&world), counts(0, 0));
    ok(world.run("verify"));
}

#[test]
fn a_state_that_was_not_written_with_the_secret_is_named() {
    let world = many();
    compared(&world);
    let (path, mut bytes) = files(&world.path("pcs-ledger/states")).pop_first().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    for command in ["verify", "replay --as-of 2025-02-28"] {
        let said = world.run(&format!("{command} --quiet"));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(said.code == 3 && said.stderr.contains(&format!("{name} is not what was kept")), "{said:?}");
        assert!(
            said.stderr
                .ends_with("hint: the ledger's directory `states` can be deleted at any time, and is made again\n")
        );
        assert_eq!(world.run(&format!("{command} --format json --quiet")).error()["code"], "corrupt");
    }
    ok(world.run("score --partner 6034453 --as-of 2025-02-28"));
    ok(world.run("verify"));
}

#[test]
fn facts_that_are_believed_and_not_what_the_log_folds_to_differ_in_verify_too() {
    let world = many();
    import(&world);
    let reader = ledger::Reader::open(&world.path("pcs-ledger")).unwrap();
    let form =
        format!("facts {} by {}", reports::PartnerFacts::FORM, projection::rulebook::Rulebook::builtin().sha256());
    let (folds, parts) = (reader.folds(), [(u32::MAX, Some(b"nothing".to_vec()))].into());
    folds.keep(super::PARTNER, &form, ledger::FoldToKeep { size: reader.size(), parts, before: None });
    drop(folds);
    for command in ["replay --as-of 2025-02-28", "verify"] {
        let said = world.run(&format!("{command} --quiet"));
        assert!(said.code == 3 && said.stderr.contains("directory `cache` can be deleted"), "{said:?}");
    }
    std::fs::remove_dir_all(world.path("pcs-ledger/cache")).unwrap();
    ok(world.run("verify"));
}

#[test]
fn a_sample_is_the_same_again_by_its_seed() {
    let world = World::empty();
    ok(world.run("demo --dir d"));
    let said = world.run("--ledger d replay --sample 40");
    let seed = said.stderr.strip_prefix("seed ").unwrap().trim_end();
    assert!(said.stdout.starts_with("the same: 240 scores of 40 questions, folded from "), "{said:?}");
    assert!(said.stdout.ends_with(&format!(", seed {seed}\n")), "{said:?}");
    let again = world.run(&format!("--ledger d replay --sample 40 --seed {seed}"));
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (0, said.stdout.as_str(), ""));
    let json = ok(world.run("--ledger d replay --sample 40 --seed 5 --format json"));
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&answer["questions"], &answer["scores"], &answer["seed"]), (&40.into(), &240.into(), &5.into()));
    assert_eq!(
        ok(world.run("--ledger d replay --partner 6099001 --sample 7 --seed 1")).matches("7 questions").count(),
        1
    );
    for seed in 0..4 {
        ok(world.run(&format!("--ledger d replay --sample 60 --seed {seed}")));
    }
}

#[test]
fn a_sample_of_nothing_asks_nothing_and_an_unknown_partner_is_refused() {
    let world = World::with_ledger();
    assert_eq!(
        ok(world.run("replay --sample 3 --seed 1")),
        "the same: 0 scores of 0 questions, folded from 0 entries, seed 1\n"
    );
    assert_eq!(world.run("replay --sample 3 --partner x --format json --quiet").error()["code"], "unknown_partner");
    for usage in ["--seed 1", "--sample 0", "--sample 3 --as-of 2025-01-31", "--sample 3 --basis live"] {
        assert_eq!(world.run(&format!("replay {usage}")).code, 2, "{usage}");
    }
}
