//! The table and the file of JSON.

use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::machine;
use crate::row::Measurement;

/// Columns whose cells stand to the right: those of figures.
const RIGHT: [usize; 3] = [2, 5, 6];

/// Prints the rows, each with the name of its measure, as a table, and below it what has to be said beside them.
pub(crate) fn print(rows: &[(String, Measurement)]) {
    let cells = rows.iter().map(|(measure, row)| row.cells(measure));
    let lines: Vec<[String; 9]> = std::iter::once(Measurement::COLUMNS.map(str::to_owned)).chain(cells).collect();
    let widths: Vec<usize> = (0..Measurement::COLUMNS.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    for (place, line) in lines.iter().enumerate() {
        let cells: Vec<String> = (0..)
            .zip(line.iter().zip(&widths))
            .map(
                |(column, (cell, width))| {
                    if RIGHT.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                },
            )
            .collect();
        println!("{}", cells.join("  ").trim_end());
        if let Some(note) = place.checked_sub(1).and_then(|row| rows.get(row)).and_then(|(_, row)| row.note()) {
            println!("{:>width$}  {note}", "", width = widths.first().copied().unwrap_or_default());
        }
    }
}

/// Writes the rows as one object, with what the machine is and what was asked.
pub(crate) fn write_json(file: &Path, seed: u64, rows: &[(String, Measurement)]) -> Outcome<()> {
    let rows: Vec<Value> = rows.iter().map(|(measure, row)| row.to_json(measure)).collect();
    let command: Vec<String> = std::env::args().skip(1).collect();
    let object = json!({ "machine": machine::facts(), "command": command, "seed": seed, "rows": rows });
    std::fs::write(file, format!("{object:#}\n"))?;
    Ok(())
}
