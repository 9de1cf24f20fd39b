//! Periods in which partners claim something. Those that overlap another are found in the order of their start, without
//! a look at the others.

use std::sync::OnceLock;

use ledger::Timestamp;

/// Later than every instant.
pub(super) const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A time from its start to its end, which is not part of it, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Period<T> {
    pub(super) start: Timestamp,
    pub(super) end_exclusive: Timestamp,
    /// The number of the partner.
    pub(super) partner: usize,
    pub(super) what: T,
}

/// The periods in which one thing is claimed.
#[derive(Debug)]
pub(super) struct Periods<T> {
    told: Vec<Period<T>>,
    order: OnceLock<StartOrder>,
}

/// Periods in the order of their start.
#[derive(Debug)]
struct StartOrder {
    places: Vec<usize>,
    /// A complete binary tree over the places: for each node the latest end below it, and the latest of another partner.
    latest: Vec<[End; 2]>,
    leaves: usize,
}

/// An end, and whose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct End(Option<(Timestamp, usize)>);

impl<T> Default for Periods<T> {
    fn default() -> Self {
        Self { told: Vec::new(), order: OnceLock::new() }
    }
}

impl<T> Periods<T> {
    pub(super) fn push(&mut self, time: Period<T>) {
        self.order.take();
        self.told.push(time);
    }

    /// The periods of other partners that overlap one, the one with the earliest start first.
    pub(super) fn overlapping(
        &self,
        start: Timestamp,
        end_exclusive: Timestamp,
        partner: Option<usize>,
    ) -> impl Iterator<Item = &Period<T>> {
        let order = self.order.get_or_init(|| StartOrder::of(&self.told));
        let mut from = 0;
        std::iter::from_fn(move || {
            let nth = order.next(1, 0, order.leaves, from, (start, partner))?;
            from = nth + 1;
            self.told.get(*order.places.get(nth)?)
        })
        .take_while(move |time| time.start < end_exclusive)
    }
}

impl StartOrder {
    fn of<T>(told: &[Period<T>]) -> Self {
        let mut places: Vec<usize> = (0..told.len()).collect();
        places.sort_by_key(|place| told.get(*place).map(|time| time.start));
        let leaves = places.len().next_power_of_two();
        let mut latest = vec![[End::default(); 2]; 2 * leaves];
        let ends = places.iter().map(|place| told.get(*place).map(|time| (time.end_exclusive, time.partner)));
        for (leaf, end) in latest.iter_mut().skip(leaves).zip(ends) {
            *leaf = [End(end), End(None)];
        }
        for node in (1..leaves).rev() {
            let below = [latest.get(2 * node), latest.get(2 * node + 1)];
            let joined = join(below.into_iter().flatten().flatten().copied());
            if let Some(node) = latest.get_mut(node) {
                *node = joined;
            }
        }
        Self { places, latest, leaves }
    }

    /// The first place from `from` on, of those below a node, whose end lies behind an instant and is not a partner's.
    fn next(
        &self,
        node: usize,
        first: usize,
        width: usize,
        from: usize,
        (start, partner): (Timestamp, Option<usize>),
    ) -> Option<usize> {
        let others = |End(end): &End| end.filter(|(_, whose)| Some(*whose) != partner);
        let latest = self.latest.get(node)?.iter().find_map(others);
        if first + width <= from || latest.is_none_or(|(end, _)| end <= start) {
            return None;
        }
        if width == 1 {
            return Some(first);
        }
        let half = width / 2;
        self.next(2 * node, first, half, from, (start, partner))
            .or_else(|| self.next(2 * node + 1, first + half, half, from, (start, partner)))
    }
}

/// The latest of some ends, and the latest of another partner.
fn join(ends: impl Iterator<Item = End> + Clone) -> [End; 2] {
    let latest = ends.clone().max().unwrap_or_default();
    let whose = latest.0.map(|(_, partner)| partner);
    let other = ends.filter(|End(end)| end.map(|(_, partner)| partner) != whose).max().unwrap_or_default();
    [latest, other]
}

#[cfg(test)]
mod tests {
    use ledger::Timestamp;

    use super::{Period, Periods};

    #[test]
    fn what_overlaps_is_what_looking_at_each_finds() {
        let mut numbers = fastrand::Rng::with_seed(7);
        let mut below = |bound: u64| numbers.u64(..bound);
        let instant = |number: u64| Timestamp::from_micros(i64::try_from(number).expect("a small number"));
        for size in 0..60 {
            let mut times = Periods::default();
            let mut all = Vec::new();
            for what in 0..size {
                let start = below(40);
                let (end, partner) = (start + below(12), usize::try_from(below(4)).expect("a small number"));
                all.push((start, end, partner, what));
                times.push(Period { start: instant(start), end_exclusive: instant(end), partner, what });
            }
            for _ in 0..20 {
                let start = below(40);
                let (end, partner) = (start + 1 + below(12), Some(below(5)).filter(|partner| *partner < 4));
                let partner = partner.map(|partner| usize::try_from(partner).expect("a small number"));
                let found = times.overlapping(instant(start), instant(end), partner).map(|time| time.what);
                let mut found: Vec<u64> = found.collect();
                found.sort_unstable();
                let is_found = |(other, other_end, whose, _): &&(u64, u64, usize, u64)| {
                    *other < end && start < *other_end && Some(*whose) != partner
                };
                let naive: Vec<u64> = all.iter().filter(is_found).map(|(.., what)| *what).collect();
                assert_eq!(found, naive, "{start}..{end} {partner:?} of {all:?}");
            }
        }
    }
}
