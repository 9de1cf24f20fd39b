//! Columns of text.

/// Lines whose cells stand in columns; the last column is not padded.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [impl Into<String>; N]) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines, two spaces between the columns, without trailing spaces.
    pub(crate) fn lines(&self, indent: &str) -> Vec<String> {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            for (nth, cell) in row.iter().enumerate() {
                let width = cell.chars().count();
                match widths.get_mut(nth) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        let mut lines = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut line = indent.to_owned();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', 2 + width - cell.chars().count()));
            }
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

/// A text cut to so many characters, with `…` where something is left out.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::{Table, cut};

    #[test]
    fn cells_stand_in_columns() {
        let mut table = Table::default();
        table.row(["a", "long", "x"]);
        table.row(["ünï", "", ""]);
        assert_eq!(table.lines("  "), ["  a    long  x", "  ünï"]);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!((cut("abc", 3), cut("äbcd", 3)), ("abc".to_owned(), "äb…".to_owned()));
    }
}
