//! The page about the format is true.

use super::BUILTIN;
use crate::rulebook::Rulebook;
use crate::rulebook::metric::RuleKind;

const PAGE: &str = include_str!("../../../../../docs/rulebook.md");

#[test]
fn the_example_of_the_page_is_taken() {
    let (_, rest) = PAGE.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let rulebook = Rulebook::parse(&format!("{BUILTIN}\n{example}")).expect("an example that the format allows");
    assert_eq!(rulebook.rows().len(), Rulebook::builtin().rows().len() + 1);
}

#[test]
fn the_page_names_every_table_and_field_of_the_built_in_rulebook() {
    let tables = BUILTIN.lines().filter(|line| line.starts_with('['));
    let fields = BUILTIN.lines().filter_map(|line| Some(line.split_once(" = ")?.0));
    let fields = fields
        .filter(|field| field.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
    let bound = |field: &str| {
        let (value, bound) = field.rsplit_once('_')?;
        (["min", "max", "above", "below"].contains(&bound)).then(|| value.to_owned())
    };
    for name in tables.chain(fields) {
        let names = [Some(name.to_owned()), bound(name)];
        assert!(names.iter().flatten().any(|name| PAGE.contains(&format!("`{name}`"))), "{name} is not on the page");
    }
}

#[test]
fn the_page_and_the_newest_rulebook_have_every_rule() {
    for kind in RuleKind::ALL {
        assert!(PAGE.contains(&format!("\n| `{kind}` | ")), "{kind} is not on the page");
        assert!(BUILTIN.contains(&format!("\n[[rule]]\nkey = \"{kind}\"\n")), "{kind} is not in the rulebook");
    }
}
