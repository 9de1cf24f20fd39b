//! Columns of text.

use super::width::width_of;

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
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths = vec![0; columns];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = width_of(cell).max(*width);
            }
        }
        let line = |row: &Vec<String>| {
            let space = |cell: &str, width: usize| " ".repeat(width.saturating_sub(width_of(cell)) + 2);
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", space(cell, *width)));
            format!("{indent}{}", cells.collect::<String>()).trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn cells_stand_in_columns() {
        let mut table = Table::default();
        table.row(["a", "long", "x"]);
        table.row(["ünï", "", ""]);
        table.row(["漢字", "b", "y"]);
        assert_eq!(table.lines("  "), ["  a     long  x", "  ünï", "  漢字  b     y"]);
    }
}
