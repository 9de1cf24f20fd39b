//! One row of the table: a figure of ours, beside one of a peer.

use serde_json::{Value, json};

use crate::target::Target;
use crate::timing::{median, ratio};

/// One row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Measurement {
    /// What was measured.
    what: String,
    /// The unit of both figures.
    unit: &'static str,
    /// Our figure.
    ours: Option<f64>,
    /// The peer, by name, and its figure.
    peer: Option<(String, f64)>,
    /// Our figure divided by the peer's: of what was measured in turns, the median of the ratios.
    ratio: Option<f64>,
    /// What is to be reached.
    target: Option<Target>,
    /// Measurements behind each figure.
    samples: usize,
    /// What has to be said beside.
    note: Option<String>,
}

impl Measurement {
    /// A figure of ours.
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self { ours: Some(ours), ..Self::without_figure(what, unit) }
    }

    /// The median of figures of ours.
    pub(crate) fn median(what: impl Into<String>, unit: &'static str, ours: &[f64]) -> Self {
        Self::new(what, unit, median(ours)).of_samples(ours.len())
    }

    /// A row whose figure could not be had; the note says why.
    pub(crate) fn without_figure(what: impl Into<String>, unit: &'static str) -> Self {
        Self { what: what.into(), unit, ours: None, peer: None, ratio: None, target: None, samples: 1, note: None }
    }

    /// Puts a peer beside it.
    pub(crate) fn beside(mut self, peer: impl Into<String>, figure: f64) -> Self {
        self.ratio = self.ours.filter(|_| figure > 0.0).map(|ours| ours / figure);
        self.peer = Some((peer.into(), figure));
        self
    }

    /// The medians of figures of ours and of a peer's that were measured in turns, and that of their ratios.
    pub(crate) fn in_turns(
        what: impl Into<String>,
        unit: &'static str,
        ours: &[f64],
        peer: impl Into<String>,
        theirs: &[f64],
    ) -> Self {
        Self { ratio: Some(ratio(ours, theirs)), ..Self::median(what, unit, ours).beside(peer, median(theirs)) }
    }

    /// Says what is to be reached.
    pub(crate) fn reaching(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// Says how many measurements are behind each figure.
    pub(crate) fn of_samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    /// Says something beside.
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn holds(&self) -> Option<bool> {
        self.target.and_then(|target| target.holds(self.ours, self.ratio))
    }

    /// The row of a measure as JSON, with a fixed order of fields.
    pub(crate) fn to_json(&self, measure: &str) -> Value {
        json!({
            "measure": measure,
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer.as_ref().map(|(name, _)| name),
            "peers": self.peer.as_ref().map(|(_, figure)| figure),
            "ratio": self.ratio,
            "target": self.target.map(|target| target.to_string()),
            "reached": self.holds(),
            "samples": self.samples,
            "note": self.note,
        })
    }

    /// The names of the columns of [`Measurement::cells`].
    pub(crate) const COLUMNS: [&str; 9] =
        ["measure", "what", "ours", "unit", "peer", "peer's", "ours/peer", "target", "reached"];

    /// The row of a measure as text; the note, if any, is a line of its own.
    pub(crate) fn cells(&self, measure: &str) -> [String; 9] {
        let reached = match self.holds() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        [
            measure.to_owned(),
            self.what.clone(),
            self.ours.map_or_else(|| "-".to_owned(), figure),
            self.unit.to_owned(),
            self.peer.as_ref().map_or_else(String::new, |(name, _)| name.clone()),
            self.peer.as_ref().map_or_else(String::new, |(_, theirs)| figure(*theirs)),
            self.ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            self.target.map_or_else(String::new, |target| target.to_string()),
            reached.to_owned(),
        ]
    }

    /// What has to be said beside.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// A figure with as many places as it has meaning.
fn figure(figure: f64) -> String {
    if figure >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.3}") }
}
