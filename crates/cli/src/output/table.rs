//! Columns of text.

use super::width::{folded_cell, longest_word, width_of};

/// The columns between two cells.
const GAP: usize = 2;
/// The least room of a column whose words must be broken.
const LEAST: usize = 8;

/// Lines whose cells stand in columns; the last column is not padded.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table that begins with the names of its columns.
    pub(crate) fn headed<const N: usize>(columns: [&str; N]) -> Self {
        Self { rows: vec![columns.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, two spaces between the columns, without trailing spaces.
    pub(crate) fn lines(&self, indent: &str) -> Vec<String> {
        self.lines_within(indent, None)
    }

    /// The lines, which are no wider than so many columns where that is known.
    pub(crate) fn lines_within(&self, indent: &str, width: Option<usize>) -> Vec<String> {
        self.rows_within(indent, width).into_iter().flatten().collect()
    }

    /// The lines of each row. A cell that has no room is folded in its column, and nothing of it is lost.
    pub(crate) fn rows_within(&self, indent: &str, width: Option<usize>) -> Vec<Vec<String>> {
        let mut widths = self.most(width_of);
        if let Some(width) = width {
            let gaps = GAP * widths.len().saturating_sub(1);
            narrow(&mut widths, &self.most(longest_word), width.saturating_sub(width_of(indent) + gaps));
        }
        let line = |cells: Vec<&str>| {
            let space = |cell: &str, width: usize| " ".repeat(width.saturating_sub(width_of(cell)) + GAP);
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", space(cell, *width)));
            format!("{indent}{}", cells.collect::<String>()).trim_end().to_owned()
        };
        let lines = |row: &Vec<String>| {
            let cells: Vec<Vec<String>> =
                row.iter().zip(&widths).map(|(cell, width)| folded_cell(cell, *width)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            let nth = |nth: usize| cells.iter().map(|cell| cell.get(nth).map_or("", String::as_str)).collect();
            (0..height).map(|at| line(nth(at))).collect()
        };
        self.rows.iter().map(lines).collect()
    }

    /// The most that the cells of each column come to.
    fn most(&self, of: impl Fn(&str) -> usize) -> Vec<usize> {
        let mut most = vec![0; self.rows.iter().map(Vec::len).max().unwrap_or(0)];
        for row in &self.rows {
            for (most, cell) in most.iter_mut().zip(row) {
                *most = of(cell).max(*most);
            }
        }
        most
    }
}

/// Takes room from the widest columns until all fit, as long as no word must be broken for it; then breaks words.
fn narrow(widths: &mut [usize], words: &[usize], room: usize) {
    for is_breaking in [false, true] {
        while widths.iter().sum::<usize>() > room {
            let least = |word: &usize| if is_breaking { LEAST.min(*word) } else { *word };
            let columns = widths.iter_mut().zip(words).filter(|(width, word)| **width > least(word));
            let Some((widest, _)) = columns.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::output::Paint;

    #[test]
    fn cells_stand_in_columns() {
        let mut table = Table::default();
        table.row(["a", "long", "x"]);
        table.row(["ünï", "", ""]);
        table.row(["漢字", "b", "y"]);
        assert_eq!(table.lines("  "), ["  a     long  x", "  ünï", "  漢字  b     y"]);
    }

    #[test]
    fn a_cell_without_room_is_folded_in_its_column() {
        let mut table = Table::headed(["id", "a year before", "who"]);
        table.row(["4fdbff88-9d6b", "12", "one, two, three"]);
        table.row(["b", "3", "one"]);
        let folded = [
            "id             a year    who",
            "               before",
            "4fdbff88-9d6b  12        one,",
            "                         two,",
            "                         three",
            "b              3         one",
        ];
        assert_eq!(table.lines_within("", Some(32)), folded);
        assert_eq!(table.lines_within("", Some(80)), table.lines(""));
    }

    #[test]
    fn a_word_is_broken_where_nothing_else_makes_room_and_no_letter_is_lost() {
        let mut table = Table::default();
        table.row(["0123456789abcdef", "x"]);
        assert_eq!(table.lines_within("", Some(12)), ["012345678  x", "9abcdef"]);
    }

    #[test]
    fn each_line_of_a_painted_cell_is_painted_by_itself() {
        let mut table = Table::default();
        table.row([Paint::new(true).bold("one two"), "x".to_owned()]);
        let folded = ["\u{1b}[1mone\u{1b}[0m  x", "\u{1b}[1mtwo\u{1b}[0m"];
        assert_eq!(table.lines_within("", Some(6)), folded);
    }
}
