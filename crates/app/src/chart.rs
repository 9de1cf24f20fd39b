//! Scores over time as a picture: lines of text, or a document of SVG. Nothing of it depends on anything but the panels.

pub mod panels;
mod sparkline;
mod svg;
mod text;
mod ticks;

use ledger::Date;
use projection::points::Points;

pub use sparkline::sparkline;
pub use svg::{STYLE, document};
pub use text::lines;

/// The scores of an area over the days of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// What is shown, for people: `Infrastructure`.
    pub title: String,
    /// The answer in a sentence, without a full stop.
    pub summary: String,
    /// The first day.
    pub from: Date,
    /// The last day, not before the first.
    pub to: Date,
    /// The points that there are, above 0.
    pub max: u32,
    /// The points that are needed.
    pub total_min: u32,
    /// The scores, ascending, within the range; between them may be days without a score.
    pub bars: Vec<Bar>,
    /// A day that is marked, with what it is called.
    pub mark: Option<(Date, String)>,
}

/// Days that follow each other, with the same points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The points.
    pub points: Points,
    /// Whether they are enough, in every metric too.
    pub qualified: bool,
}

impl Panel {
    /// The number of days.
    fn days(&self) -> u64 {
        self.place(self.to) + 1
    }

    /// How many days of the range lie before a day.
    fn place(&self, day: Date) -> u64 {
        u64::try_from((day - self.from).num_days()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
