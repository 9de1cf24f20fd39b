//! A panel as lines of text.

use super::Panel;
use super::ticks::ticks;
use projection::points::Points;

/// The rows of the plot.
const ROWS: u32 = 10;
/// The parts of a row that a character can fill.
const PARTS: u32 = 8;
/// The characters that fill so many parts of a row.
const FILLED: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The characters left of the plot.
const MARGIN: usize = 6;
/// The fewest columns of a plot.
const NARROWEST: usize = 10;
/// What stands below a column with a qualifying day.
const QUALIFIED: char = '*';
/// The line of the points that are needed.
const NEEDED: char = '┄';

/// What a column shows.
#[derive(Clone, Default)]
struct Column {
    highest: Option<Points>,
    qualified: bool,
}

/// The plot of a panel in lines of at most so many characters (30 at least), without its title.
///
/// A column stands for one or more days, and shows the highest of them. Below it stands `*` where one of them qualifies.
#[must_use]
pub fn lines(panel: &Panel, width: usize) -> Vec<String> {
    let days = usize::try_from(panel.days()).unwrap_or(usize::MAX);
    let columns = columns(panel, width.saturating_sub(MARGIN).max(NARROWEST).min(days));
    let parts: Vec<u32> = columns.iter().map(|column| parts(panel, column)).collect();
    let needed = needed_row(panel);
    let mut lines = Vec::new();
    for row in (0..ROWS).rev() {
        let label = match row {
            row if row == needed => panel.total_min.to_string(),
            row if row == ROWS - 1 => panel.max.to_string(),
            _ => String::new(),
        };
        let cells = parts.iter().map(|parts| {
            let filled = parts.saturating_sub(row * PARTS).min(PARTS);
            if filled == 0 && row == needed { NEEDED } else { FILLED.get(filled as usize).copied().unwrap_or('█') }
        });
        let edge = if row == needed { '┤' } else { '│' };
        lines.push(format!("{label:>4} {edge}{}", cells.collect::<String>()));
    }
    lines.push(format!("{:>4} └{}", 0, "─".repeat(columns.len())));
    let marks: String = columns.iter().map(|column| if column.qualified { QUALIFIED } else { ' ' }).collect();
    if !marks.trim().is_empty() {
        lines.push(format!("{:MARGIN$}{marks}", ""));
    }
    lines.extend(axis(panel, columns.len()));
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The highest score of each column's days, and whether one of them qualifies.
fn columns(panel: &Panel, count: usize) -> Vec<Column> {
    let (days, count_of_all) = (panel.days(), count as u64);
    let mut columns = vec![Column::default(); count];
    let column_of = |day| usize::try_from(panel.place(day) * count_of_all / days).unwrap_or(0);
    for bar in &panel.bars {
        let (first, last) = (column_of(bar.first), column_of(bar.last));
        for column in columns.iter_mut().take(last + 1).skip(first) {
            if column.highest.as_ref().is_none_or(|highest| *highest < bar.points) {
                column.highest = Some(bar.points.clone());
            }
            column.qualified |= bar.qualified;
        }
    }
    columns
}

/// The row at whose lower edge the points lie that are needed.
fn needed_row(panel: &Panel) -> u32 {
    (panel.total_min * ROWS / panel.max.max(1)).min(ROWS - 1)
}

/// How many parts of the rows a column fills; more than nothing where there are points. It reaches into the row of what
/// is needed exactly where that is reached.
fn parts(panel: &Panel, column: &Column) -> u32 {
    let Some(points) = column.highest.as_ref().filter(|points| !points.is_zero()) else { return 0 };
    let (filled, edge) = (points.filled(ROWS * PARTS, panel.max).max(1), needed_row(panel) * PARTS);
    if *points < Points::whole(panel.total_min) { filled.min(edge) } else { filled.max(edge + 1) }
}

/// The months below the plot, and the day that is marked.
fn axis(panel: &Panel, columns: usize) -> Vec<String> {
    let column_of = |place: u64| usize::try_from(place * columns as u64 / panel.days()).unwrap_or(0);
    let mut months = vec![' '; columns];
    let mut put = |at: usize, label: &str| {
        let end = at + label.chars().count();
        let is_free = months.get(at.saturating_sub(1)..end).is_some_and(|cells| cells.iter().all(|cell| *cell == ' '));
        if is_free {
            months.iter_mut().skip(at).zip(label.chars()).for_each(|(cell, character)| *cell = character);
        }
    };
    let ticks = ticks(panel, columns as u64, 5);
    ticks.iter().filter(|tick| tick.is_year).for_each(|tick| put(column_of(tick.place), &tick.label));
    ticks.iter().filter(|tick| !tick.is_year).for_each(|tick| put(column_of(tick.place), &tick.label));
    let indent = " ".repeat(MARGIN);
    let mut lines = vec![format!("{indent}{}", months.iter().collect::<String>())];
    let (from, to) = (panel.from.to_string(), panel.to.to_string());
    let apart = columns.saturating_sub(from.len() + to.len());
    lines.push(if apart == 0 || panel.from == panel.to {
        format!("{indent}{from}{}", if panel.from == panel.to { String::new() } else { format!(" to {to}") })
    } else {
        format!("{indent}{from}{}{to}", " ".repeat(apart))
    });
    if let Some((day, name)) = panel.mark.as_ref().filter(|(day, _)| (panel.from..=panel.to).contains(day)) {
        let at = column_of(panel.place(*day));
        let text = format!("{name} {day}");
        let before = at.checked_sub(text.chars().count() + 1).filter(|_| at + text.chars().count() + 2 > columns);
        lines.push(match before {
            Some(before) => format!("{indent}{}{text} ^", " ".repeat(before)),
            None => format!("{indent}{}^ {text}", " ".repeat(at)),
        });
    }
    lines
}
