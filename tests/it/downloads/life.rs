//! When something is there: months, counted from the first of the world.

use crate::histories::Dice;

/// Closed-open runs of months, in order and apart from each other.
#[derive(Clone, Debug, Default)]
pub struct Life(Vec<(i32, i32)>);

impl Life {
    /// A life from here to there.
    pub fn of(start: i32, end_exclusive: i32) -> Life {
        Life(if start < end_exclusive { vec![(start, end_exclusive)] } else { Vec::new() })
    }

    /// A life that begins, and may end and return, before `end`.
    pub fn random(dice: &mut Dice, end: i32, returns: bool) -> Life {
        let start = if dice.chance(45) { 0 } else { dice.range(0, i64::from(end) - 2) as i32 };
        if dice.chance(55) {
            return Life::of(start, end);
        }
        let first_end = dice.range(i64::from(start) + 1, i64::from(end)) as i32;
        let again = first_end + dice.range(1, 6) as i32;
        let mut life = Life::of(start, first_end);
        if returns && dice.chance(50) && again < end {
            life.0.push((again, end));
        }
        life
    }

    /// Whether a month is in it.
    pub fn has(&self, month: i32) -> bool {
        self.0.iter().any(|(start, end)| (*start..*end).contains(&month))
    }

    /// The months that are in both.
    pub fn within(&self, other: &Life) -> Life {
        let mut runs = Vec::new();
        for (start, end) in &self.0 {
            for (from, to) in &other.0 {
                let (start, end) = (*start.max(from), *end.min(to));
                if start < end {
                    runs.push((start, end));
                }
            }
        }
        runs.sort_unstable();
        Life(runs)
    }

    /// Its first run alone.
    pub fn first_run(&self) -> Life {
        Life(self.0.iter().copied().take(1).collect())
    }

    /// The runs, in order.
    pub fn runs(&self) -> &[(i32, i32)] {
        &self.0
    }

    /// The month after its last one.
    pub fn end(&self) -> Option<i32> {
        self.0.last().map(|(_, end)| *end)
    }
}
