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
