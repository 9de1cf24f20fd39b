//! A ledger that is made for the first time.

use std::fs;

use super::World;

#[test]
fn a_ledger_that_could_not_be_made_is_made_by_the_next_attempt() {
    let world = World::empty();
    // Where `head` is to be, nothing can be written: the log is there by then.
    fs::create_dir_all(world.path("pcs-ledger/head/x")).unwrap();
    let said = world.run("init");
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    fs::remove_dir_all(world.path("pcs-ledger/head")).unwrap();
    let said = world.run("init");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(world.run("key show").stdout, said.stdout, "the key of the first attempt is left");
}

#[test]
fn a_place_where_something_else_stands_is_left_alone() {
    let world = World::empty();
    world.write("file", "");
    fs::create_dir_all(world.path("reports/log")).unwrap();
    world.write("reports/a.csv", "x");
    for place in ["file", "reports"] {
        let said = world.run(&format!("--ledger {place} init --format json"));
        assert_eq!((said.code, said.error()["code"].as_str()), (1, Some("occupied")), "{place}: {said:?}");
    }
    assert_eq!(fs::read_dir(world.path("reports")).unwrap().count(), 2, "nothing was made");
    fs::create_dir(world.path("empty")).unwrap();
    assert_eq!(world.run("--ledger empty init").code, 0);
    world.write("empty/a.csv", "x");
    let said = world.run("--ledger empty init --format json");
    assert_eq!(said.error()["code"], "ledger_exists", "{said:?}");
}
