//! The score over many days, or as it was known at many instants, and what changed it from one to the next.

use ledger::{Area, Entry};

use crate::diff::DiffError;
use crate::diff::answer::Contribution;
use crate::diff::journey::{Journey, Sources, Stop};
use crate::history::History;
use crate::question::Question;
use crate::rulebook::Metric;
use crate::score::answer::AreaScore;

/// A way over many stops, at each of which scores are taken.
///
/// It costs little more than the months that are measured on it, and what is learnt on it; the days between cost next to
/// nothing.
#[derive(Debug)]
pub struct Sweep<'e> {
    /// What is known of the partner at the first stop, with figures carried if they are.
    pub history: History,
    /// The partner's entries that become known on the way, in the order of their seq; and all before them, where one that
    /// becomes known is a retraction.
    pub entries: &'e [Entry],
    /// The entries that hold for all partners and are known at the last stop, in the order of their seq.
    pub shared: &'e [Entry],
    /// How the scores are asked; its day is not read.
    pub question: Question,
    /// The areas, each once.
    pub areas: &'e [Area],
    /// The stops, at least one; neither the day nor the size is ever less than at the stop before.
    pub stops: &'e [Stop],
    /// Whether stops that follow each other with the same answer are one stretch.
    pub merges: bool,
}

/// The stretches of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaSweep {
    /// The area.
    pub area: Area,
    /// The stretches in their order; every stop is in one of them.
    pub stretches: Vec<Stretch>,
    /// The notes of the scores at all stops, each once, in alphabetical order.
    pub notes: Vec<&'static str>,
}

/// Stops that follow each other, with the same track, the same points of every metric and the same shortcomings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The place of the first among the stops.
    pub first: usize,
    /// The place of the last one.
    pub last: usize,
    /// The score at the first.
    pub score: AreaScore,
    /// What changed the score from the last stop of the stretch before to the first of this one, metric by metric in the
    /// order of a score. It adds up exactly to the change of the points (P8).
    pub contributions: Vec<(Metric, Contribution)>,
}

impl Sweep<'_> {
    /// Goes over the stops; returns the stretches of the areas in the order in which they were asked, and what is known
    /// of the partner at the last stop.
    ///
    /// The scores are those of [`score`](crate::score), and the contributions those of [`diff`](crate::diff) (P7).
    ///
    /// # Errors
    /// [`DiffError`]: a day before the programme, a rulebook that does not load.
    pub fn run(self) -> Result<(Vec<AreaSweep>, History), DiffError> {
        let Self { history, entries, shared, question, areas, stops, merges } = self;
        let mut journey = Journey::begin(history, Sources { entries, shared, stops }, question, areas)?;
        let mut swept: Vec<AreaSweep> =
            areas.iter().map(|area| AreaSweep { area: *area, stretches: Vec::new(), notes: Vec::new() }).collect();
        for (nth, stop) in stops.iter().enumerate() {
            if nth > 0 {
                journey.go_to(*stop);
            }
            let (touched, mut contributions) = journey.arrive();
            for of_area in &mut swept {
                let area = of_area.area;
                if merges
                    && !touched.contains(&area)
                    && let Some(last) = of_area.stretches.last_mut()
                {
                    last.last = nth;
                    continue;
                }
                let Some(score) = journey.score(area) else { continue };
                of_area.add_notes(&score);
                if let Some(last) = of_area.stretches.last_mut().filter(|last| merges && is_same(&last.score, &score)) {
                    last.last = nth;
                } else {
                    let changed = Metric::ALL.iter().flat_map(|metric| {
                        let changed = contributions.remove(&(area, *metric)).unwrap_or_default();
                        changed.into_iter().map(|contribution| (*metric, contribution))
                    });
                    let contributions = changed.collect();
                    of_area.stretches.push(Stretch { first: nth, last: nth, score, contributions });
                }
            }
        }
        Ok((swept, journey.into_history()))
    }
}

impl AreaSweep {
    fn add_notes(&mut self, score: &AreaScore) {
        self.notes.extend(&score.notes);
        self.notes.sort_unstable();
        self.notes.dedup();
    }
}

/// Whether two scores are the same answer, whatever they were computed from.
fn is_same(one: &AreaScore, other: &AreaScore) -> bool {
    let points = |score: &AreaScore| -> Vec<_> {
        score.score.metrics.iter().map(|metric| (metric.metric, metric.points.clone())).collect()
    };
    one.track == other.track && one.score.below == other.score.below && points(one) == points(other)
}
