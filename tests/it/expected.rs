//! Output as it is expected: line by line, `...` for any lines, `[..]` for anything within a line.

/// Whether output is as expected; blank lines at the end do not count.
pub fn matches(expected: &[String], given: &[String]) -> bool {
    lines_match(trimmed(expected), trimmed(given))
}

/// Lines without the blank ones at the end.
pub fn trimmed(lines: &[String]) -> &[String] {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    &lines[..end]
}

fn lines_match(expected: &[String], given: &[String]) -> bool {
    match (expected.split_first(), given.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == "..." => {
            (0..=given.len()).any(|skipped| lines_match(rest, &given[skipped..]))
        }
        (Some((line, rest)), Some((given, given_rest))) => line_matches(line, given) && lines_match(rest, given_rest),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn line_matches(expected: &str, given: &str) -> bool {
    match expected.split_once("[..]") {
        None => expected.trim_end() == given.trim_end(),
        Some((start, rest)) => given.strip_prefix(start).is_some_and(|given| {
            let ends = given.char_indices().map(|(place, _)| place).chain([given.len()]);
            ends.into_iter().any(|end| line_matches(rest, &given[end..]))
        }),
    }
}

#[test]
fn dots_stand_for_lines_and_for_parts_of_lines() {
    let lines = |text: &str| -> Vec<String> { text.split('|').map(str::to_owned).collect() };
    let table = [
        ("a|b", "a|b", true),
        ("a|b", "a|b|", true),
        ("a", "a|b", false),
        ("a|...", "a|b|c", true),
        ("a|...|c", "a|c", true),
        ("a|...|c", "a|b|b|c", true),
        ("a|...|c", "a|b|d", false),
        ("key [..]+[..]!", "key 1+2!", true),
        ("key [..]+[..]!", "key 12!", false),
        ("a [..]", "a ", true),
    ];
    for (expected, given, is_match) in table {
        assert_eq!(matches(&lines(expected), &lines(given)), is_match, "{expected} {given}");
    }
}
