//! Numbers with their nouns.

use std::fmt::Display;

/// Writes a number of things: `1 segment`, `2 segments`, `2 entries`, `2 days`, `2 people`.
#[must_use]
pub fn counted(number: impl Copy + Display + PartialEq + From<u8>, noun: &str) -> String {
    if number == 1.into() {
        return format!("1 {noun}");
    }
    if let Some(before) = noun.strip_suffix("person") {
        return format!("{number} {before}people");
    }
    match noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_noun_is_in_the_plural_unless_there_is_one() {
        for (number, noun, text) in [
            (1_i64, "entry", "1 entry"),
            (0, "further entry", "0 further entries"),
            (2, "day", "2 days"),
            (1, "person", "1 person"),
            (2, "person", "2 people"),
            (-1, "row", "-1 rows"),
        ] {
            assert_eq!(counted(number, noun), text);
        }
    }
}
