//! How wide texts are, and how they are made to fit.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns of a terminal that a text takes. Colours take none.
pub(crate) fn width_of(text: &str) -> usize {
    plain_parts(text).map(UnicodeWidthStr::width).sum()
}

/// The parts of a text between the sequences that switch colours.
fn plain_parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('\u{1b}').enumerate();
    parts.map(|(nth, part)| if nth == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) })
}

/// A text cut to so many columns, with `…` where something is left out.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if kept.width() >= width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

/// A line as several that are no wider than so many columns. Those behind the first begin below its last column of text,
/// or stand in.
///
/// It breaks between words. What stands between backticks is a command to be copied, and stays whole, as a word does.
pub(crate) fn folded(line: &str, width: usize) -> Vec<String> {
    if width_of(line) <= width {
        return vec![line.to_owned()];
    }
    let hang = hang(line, width);
    let mut lines = vec![String::new()];
    for chunk in chunks(line) {
        let taken = width_of(chunk.trim_end());
        match lines.last_mut() {
            Some(last) if taken == 0 || last.trim().is_empty() || width_of(last) + taken <= width => {
                last.push_str(&chunk);
            }
            _ => lines.push(format!("{:1$}{chunk}", "", hang.min(width.saturating_sub(taken)))),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A cell as lines of so many columns, between words where that is possible. Each line of a painted one is painted.
pub(crate) fn folded_cell(cell: &str, width: usize) -> Vec<String> {
    let Some((before, text, behind)) = painted(cell).filter(|_| width_of(cell) > width) else {
        return vec![cell.to_owned()];
    };
    let indent = text.len() - text.trim_start().len();
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let taken = word.trim_end().width();
        let is_begun = lines.last().is_some_and(|last| !last.trim().is_empty());
        if is_begun && lines.last().is_some_and(|last| last.width() + taken > width) {
            lines.push(" ".repeat(indent.min(width.saturating_sub(taken))));
        }
        for letter in word.chars() {
            let is_full = lines.last().is_some_and(|last| last.width() + letter.width().unwrap_or(0) > width);
            match lines.last_mut().filter(|_| !is_full || letter == ' ') {
                Some(last) => last.push(letter),
                None => lines.push(letter.to_string()),
            }
        }
    }
    lines.iter().map(|line| format!("{before}{}{behind}", line.trim_end())).collect()
}

/// The columns that the longest word of a cell takes, with what the cell is indented by.
pub(crate) fn longest_word(cell: &str) -> usize {
    let Some((_, text, _)) = painted(cell) else { return width_of(cell) };
    let indent = text.len() - text.trim_start().len();
    indent + text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// The text of a cell, between what switches a colour on and off. `None` for one of which only a part is painted.
fn painted(cell: &str) -> Option<(&str, &str, &str)> {
    let Some(begun) = cell.strip_prefix('\u{1b}') else { return (!cell.contains('\u{1b}')).then_some(("", cell, "")) };
    let (before, rest) = cell.split_at_checked(begun.find('m')? + 2)?;
    let (text, behind) = rest.split_at_checked(rest.find('\u{1b}')?)?;
    (!behind.trim_start_matches('\u{1b}').contains('\u{1b}')).then_some((before, text, behind))
}

/// What stays together: words, options with their values, and commands between backticks; each with the space behind it.
fn chunks(line: &str) -> Vec<String> {
    let (mut chunks, mut is_quoted): (Vec<String>, bool) = (Vec::new(), false);
    for word in line.split_inclusive(' ') {
        let has_value =
            |chunk: &String| chunk.starts_with("--") && !chunk.trim_end().contains(' ') && !word.starts_with('-');
        match chunks.last_mut().filter(|chunk| is_quoted || has_value(chunk)) {
            Some(command) => command.push_str(word),
            None => chunks.push(word.to_owned()),
        }
        is_quoted ^= word.matches('`').count() % 2 == 1;
    }
    chunks
}

/// The column below which a line goes on: that of its last cell, where that is in the left half, else a little behind
/// its beginning.
fn hang(line: &str, width: usize) -> usize {
    let line: String = plain_parts(line).collect();
    let text = line.trim_start();
    let indent = line.width() - text.width();
    let number = text.split_once(". ").map_or("", |(number, _)| number);
    let is_numbered = !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit());
    let behind = if is_numbered { number.len() + 2 } else { 2 };
    let cell = text.rsplit_once("  ").map(|(cells, _)| indent + cells.width() + 2);
    cell.filter(|cell| cell * 2 <= width).unwrap_or(indent + behind).min(width / 2)
}

#[cfg(test)]
mod tests {
    use super::{cut, folded, width_of};

    #[test]
    fn a_line_is_folded_between_words_where_it_is_too_wide_and_nowhere_else() {
        let line = "Security  enrolled  until 2025-05-20; today 63.42";
        for (width, lines) in [
            (49, vec![line]),
            (48, vec!["Security  enrolled  until 2025-05-20; today", "                    63.42"]),
            (40, vec!["Security  enrolled  until 2025-05-20;", "                    today 63.42"]),
            (30, vec!["Security  enrolled  until", "  2025-05-20; today 63.42"]),
            (9, vec!["Security", " enrolled", "  until", "2025-05-20;", "  today", "  63.42"]),
        ] {
            assert_eq!(folded(line, width), lines, "{width}");
        }
    }

    #[test]
    fn what_follows_a_number_goes_on_below_it_and_a_command_stays_whole() {
        assert_eq!(folded("12. one customer more", 16), ["12. one customer", "    more"]);
        assert_eq!(folded("  Ask `pcs status` now", 16), ["  Ask", "    `pcs status`", "    now"]);
        assert_eq!(folded("Ask `pcs status --partner 1`", 9), ["Ask", "`pcs status --partner 1`"]);
        assert_eq!(folded("pcs log --ids --area security", 17), ["pcs log --ids", "  --area security"]);
        assert_eq!(folded("pcs log --area security", 16), ["pcs log", " --area security"]);
    }

    #[test]
    fn colours_take_no_column_and_some_letters_take_two() {
        assert_eq!(width_of("\u{1b}[1m漢字\u{1b}[0m ü"), 6);
        let bold = "\u{1b}[1mone two\u{1b}[0m";
        assert_eq!(folded(bold, 7), [bold]);
        assert_eq!(folded(bold, 6), ["\u{1b}[1mone", "  two\u{1b}[0m"]);
        assert_eq!(folded("漢字 漢字", 8), ["漢字", "  漢字"]);
    }

    #[test]
    fn long_texts_are_cut() {
        for (text, width, shown) in
            [("abc", 3, "abc"), ("äbcd", 3, "äb…"), ("漢字漢", 5, "漢字…"), ("漢字漢", 4, "漢…")]
        {
            assert_eq!(cut(text, width), shown);
        }
    }
}
