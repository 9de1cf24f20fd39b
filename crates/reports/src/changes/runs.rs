//! The runs of an association, month by month: from when to when it was there, and what a file changes in them.
//!
//! A run never restarts: what comes back is a run of its own. A run that a file shows and the ledger does not have
//! begins on the report's own day, else with the month. Only a file that is the whole truth of its months proves an
//! end. Whatever the order in which files come, the months that the runs cover are the same. A churn of the customer
//! ends runs too; what a month shows after it is a run of its own.

use std::collections::BTreeSet;

use ledger::{AssociationId, Month, Timestamp};

use crate::facts::run::{AssociationRun, after_churn, start_of};

/// What a file shows of an association.
pub(crate) struct RunEvidence<'a> {
    /// The months that show it.
    pub(crate) months: &'a BTreeSet<Month>,
    /// The day that the report gives.
    pub(crate) since: Option<Timestamp>,
    /// Where the file is the whole truth of its months.
    pub(crate) whole: Option<&'a WholeMonths>,
    /// When the customer churned, which ends every run that began then or earlier.
    pub(crate) churns: &'a BTreeSet<Timestamp>,
}

/// The months of which everything is known.
pub(crate) struct WholeMonths {
    /// The months of the file, but for those that a newer download has.
    pub(crate) file: BTreeSet<Month>,
    /// The months of which the ledger has reports of the kind.
    pub(crate) ledger: BTreeSet<Month>,
}

impl RunEvidence<'_> {
    /// Whether the customer churned from one instant on and before another.
    fn is_churned(&self, from: Timestamp, until: Timestamp) -> bool {
        self.churns.iter().any(|at| from <= *at && *at < until)
    }
}

/// What a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunChange {
    /// A run begins, or begins earlier; the month shows it.
    Begin { id: AssociationId, start: Timestamp, month: Month, is_stated: bool },
    /// A run ends; the month no longer shows it.
    End { id: AssociationId, at: Timestamp, month: Month },
}

/// Applies what a file shows to the runs of one association, and returns the changes. `new_id` makes the id of a run
/// that begins at an instant; it is asked again while the id is in use.
pub(crate) fn changes(
    runs: &mut Vec<AssociationRun>,
    shown: &RunEvidence<'_>,
    new_id: &dyn Fn(Timestamp, u32) -> AssociationId,
) -> Vec<RunChange> {
    runs.sort_unstable_by_key(|run| (run.start, run.end, run.id));
    let mut fold = Fold { runs, shown, new_id, changes: Vec::new() };
    let whole = shown.whole.map(|whole| &whole.file);
    let months: BTreeSet<Month> = shown.months.iter().chain(whole.into_iter().flatten()).copied().collect();
    for month in months {
        if shown.months.contains(&month) {
            fold.begin(month);
        } else {
            fold.end(month);
        }
    }
    fold.changes
}

struct Fold<'a> {
    runs: &'a mut Vec<AssociationRun>,
    shown: &'a RunEvidence<'a>,
    new_id: &'a dyn Fn(Timestamp, u32) -> AssociationId,
    changes: Vec<RunChange>,
}

impl Fold<'_> {
    /// The month shows it.
    fn begin(&mut self, month: Month) {
        let since = self.shown.since;
        let ended = self.runs.iter().filter_map(|run| run.end).filter(|end| *end <= start_of(month)).max();
        let since = since.filter(|since| ended.is_none_or(|end| *since >= end));
        if let Some(run) = self.runs.iter_mut().find(|run| run.is_in(month)) {
            let is_earlier = |since: &Timestamp| *since < run.start && !self.shown.is_churned(*since, run.start);
            let earlier = since.filter(is_earlier);
            let shown_later = Some(run.first_shown).filter(|first| self.shown.whole.is_some() && month < *first);
            run.start = earlier.unwrap_or(run.start);
            if earlier.is_some() || shown_later.is_some() {
                run.first_shown = run.first_shown.min(month);
                self.changes.push(RunChange::Begin { id: run.id, start: run.start, month, is_stated: true });
            }
            let run = *run;
            if let Some(first_shown) = shown_later {
                self.part(run, month, first_shown);
            }
            return;
        }
        let first = after_churn(start_of(month), self.shown.churns);
        let since = since.filter(|since| !self.shown.is_churned(*since, first));
        let start = since.unwrap_or(first);
        let is_stated = since.is_some();
        let next = self.runs.iter().position(|run| run.start > start_of(month) && !run.is_empty());
        let until = self.next_unshown(month, next.and_then(|next| self.runs.get(next)).map(|next| next.start));
        let is_parted = |run: &AssociationRun| until.is_some() || self.shown.is_churned(start, run.start);
        match next.and_then(|next| self.runs.get_mut(next)).filter(|next| !is_parted(next)) {
            Some(next) => {
                (next.start, next.first_shown) = (start, month);
                self.changes.push(RunChange::Begin { id: next.id, start, month, is_stated });
            }
            None => self.add(start, until.map(|until| (start_of(until), until)), month, is_stated),
        }
    }

    /// A run that began on a stated day was shown in a month and again from another on: it ends with the first month
    /// between them that is known not to show it, and goes on in the other as a run of its own.
    fn part(&mut self, run: AssociationRun, month: Month, again: Month) {
        let Some(unshown) = self.next_unshown(month, Some(start_of(again))) else { return };
        let at = start_of(unshown);
        self.runs.iter_mut().filter(|one| one.id == run.id).for_each(|one| one.end = Some(at));
        self.changes.push(RunChange::End { id: run.id, at, month: unshown });
        let until = run.end.map(|end| (end, Month::of(end.date())));
        self.add(after_churn(start_of(again), self.shown.churns), until, again, false);
    }

    /// The month, of which everything is known, does not show it.
    fn end(&mut self, month: Month) {
        let Some(run) = self.runs.iter_mut().find(|run| run.is_in(month) && run.first_shown <= month) else { return };
        let at = start_of(month).max(run.start);
        let end = run.end.replace(at);
        let id = run.id;
        self.changes.push(RunChange::End { id, at, month });
        let Some(whole) = self.shown.whole else { return };
        let goes_on = |later: &&Month| end.is_none_or(|end| start_of(**later) < end);
        let mut later = whole.ledger.range(month.plus(1)..).filter(|later| !whole.file.contains(later));
        if let Some(later) = later.find(goes_on).copied() {
            self.add(
                after_churn(start_of(later), self.shown.churns),
                end.map(|end| (end, Month::of(end.date()))),
                later,
                false,
            );
        }
    }

    /// The first month after this one that is known not to show it, before the next run begins.
    fn next_unshown(&self, month: Month, next: Option<Timestamp>) -> Option<Month> {
        let whole = self.shown.whole?;
        let later = |months: &BTreeSet<Month>| {
            months.range(month.plus(1)..).find(|later| !self.shown.months.contains(later)).copied()
        };
        let first = [later(&whole.file), later(&whole.ledger)].into_iter().flatten().min()?;
        next.is_none_or(|next| start_of(first) < next).then_some(first)
    }

    fn add(&mut self, start: Timestamp, until: Option<(Timestamp, Month)>, month: Month, is_stated: bool) {
        let mut ids = (0..).map(|count| (self.new_id)(start, count));
        let Some(id) = ids.find(|id| self.runs.iter().all(|run| run.id != *id)) else { return };
        self.changes.push(RunChange::Begin { id, start, month, is_stated });
        if let Some((at, month)) = until {
            self.changes.push(RunChange::End { id, at, month });
        }
        let churn = self.shown.churns.range(start..).next().copied();
        let end = until.map(|(at, _)| at).into_iter().chain(churn).min();
        self.runs.push(AssociationRun { id, start, end, first_shown: month });
        self.runs.sort_unstable_by_key(|run| (run.start, run.end, run.id));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ledger::{AssociationId, Month, Timestamp};
    use uuid::Uuid;

    use super::{AssociationRun, RunChange, RunEvidence, WholeMonths, changes, start_of};

    /// Months of 2024 by their numbers.
    fn months(numbers: &[u32]) -> BTreeSet<Month> {
        numbers.iter().map(|number| month(*number)).collect()
    }

    fn month(number: u32) -> Month {
        Month::parse("2023-12").expect("a month").plus(i32::try_from(number).expect("small"))
    }

    fn new_id(start: Timestamp, count: u32) -> AssociationId {
        AssociationId(Uuid::from_u128(u128::from(start.micros().unsigned_abs()) << 8 | u128::from(count)))
    }

    /// The months that are covered at their ends.
    fn covered(runs: &[AssociationRun]) -> Vec<u32> {
        let in_force = |number: &u32| {
            let last = start_of(month(*number + 1)).micros() - 1;
            runs.iter().any(|run| run.start.micros() <= last && run.end.is_none_or(|end| end.micros() > last))
        };
        (1..=12).filter(in_force).collect()
    }

    struct Book {
        runs: Vec<AssociationRun>,
        months: BTreeSet<Month>,
        churns: BTreeSet<Timestamp>,
    }

    impl Book {
        fn new() -> Self {
            Self { runs: Vec::new(), months: BTreeSet::new(), churns: BTreeSet::new() }
        }

        fn import(&mut self, file: &[u32], seen: &[u32], snapshot: bool) -> usize {
            self.import_since(None, file, seen, snapshot)
        }

        fn import_since(&mut self, since: Option<&str>, file: &[u32], seen: &[u32], snapshot: bool) -> usize {
            let whole = snapshot.then(|| WholeMonths { file: months(file), ledger: self.months.clone() });
            let since = since.map(|since| Timestamp::parse(since).expect("a date"));
            let shown = RunEvidence { months: &months(seen), since, whole: whole.as_ref(), churns: &self.churns };
            let made = changes(&mut self.runs, &shown, &new_id).len();
            self.months.extend(months(file));
            made
        }
    }

    #[test]
    fn a_file_that_is_not_the_whole_truth_ends_nothing() {
        let mut book = Book::new();
        assert_eq!(book.import(&[1, 2, 3, 4, 5], &[2, 5], false), 1);
        assert_eq!(book.import(&[1, 2, 3, 4, 5], &[2, 5], false), 0);
        assert_eq!(covered(&book.runs), (2..=12).collect::<Vec<_>>());
        assert_eq!(book.import(&[1], &[1], false), 1, "it began earlier");
        assert_eq!((covered(&book.runs).len(), book.runs.len()), (12, 1));
    }

    #[test]
    fn a_snapshot_ends_what_it_no_longer_shows_and_a_return_is_a_new_run() {
        let mut book = Book::new();
        assert_eq!(book.import(&[1, 2, 3, 4, 5, 6], &[2, 3, 6], true), 3);
        assert_eq!(covered(&book.runs), [2, 3, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(book.import(&[1, 2, 3, 4, 5, 6], &[2, 3, 6], true), 0, "the same file again");
        assert_eq!(book.runs.len(), 2);
        assert_eq!(book.import(&[6], &[], true), 1, "the month was restated");
        assert_eq!(covered(&book.runs), [2, 3]);
        assert_eq!(book.import(&[6], &[6], true), 1, "and again");
        assert_eq!(covered(&book.runs).first(), Some(&2));
        assert!(covered(&book.runs).contains(&6));
    }

    #[test]
    fn a_date_of_association_goes_before_the_first_month() {
        let mut runs = Vec::new();
        let since = Timestamp::parse("2023-10-14").ok();
        let whole = WholeMonths { file: months(&[5, 6, 7]), ledger: BTreeSet::new() };
        let seen = months(&[7]);
        let shown = RunEvidence { months: &seen, since, whole: Some(&whole), churns: &BTreeSet::new() };
        let made = changes(&mut runs, &shown, &new_id);
        assert!(matches!(made.as_slice(), [RunChange::Begin { start, is_stated: true, .. }] if Some(*start) == since));
        let whole = WholeMonths { file: months(&[5, 6, 7]), ledger: months(&[5, 6, 7]) };
        let shown = RunEvidence { months: &seen, since, whole: Some(&whole), churns: &BTreeSet::new() };
        assert_eq!(changes(&mut runs, &shown, &new_id), [], "months before the first that shows it end nothing");
        let gone = WholeMonths { file: months(&[8]), ledger: months(&[5, 6, 7]) };
        let shown = RunEvidence { months: &BTreeSet::new(), since: None, whole: Some(&gone), churns: &BTreeSet::new() };
        assert!(matches!(changes(&mut runs, &shown, &new_id).as_slice(), [RunChange::End { .. }]));
    }

    #[test]
    fn what_a_month_shows_after_a_churn_is_a_new_run() {
        let all: Vec<u32> = (1..=12).collect();
        let without = |month: u32| all.iter().copied().filter(|other| *other != month).collect::<Vec<_>>();
        for (churn, files, runs, cover) in [
            ("2024-03-01", &[1, 2, 3, 4][..], 2, all.clone()),
            ("2024-03-01", &[1, 2, 4], 2, without(3)),
            ("2024-03-01", &[3], 1, (3..=12).collect()),
            ("2024-03-01", &[1, 2], 1, vec![1, 2]),
            ("2024-03-15", &[1, 2, 4], 2, without(3)),
        ] {
            let backwards: Vec<u32> = files.iter().rev().copied().collect();
            for order in [files, &backwards] {
                let mut book = Book::new();
                book.churns.insert(Timestamp::parse(churn).expect("a date"));
                for file in order {
                    book.import(&[*file], &[*file], false);
                }
                assert_eq!((book.runs.len(), covered(&book.runs)), (runs, cover.clone()), "{churn} {order:?}");
                assert_eq!(book.import(files, files, false), 0, "{churn} {order:?} again: {:?}", book.runs);
            }
        }
    }

    #[test]
    fn a_day_of_association_before_a_churn_does_not_count_after_it() {
        let churns = BTreeSet::from([Timestamp::parse("2024-03-01").expect("a date")]);
        let (seen, mut runs) = (months(&[4]), Vec::new());
        let shown =
            RunEvidence { months: &seen, since: Timestamp::parse("2023-10-14").ok(), whole: None, churns: &churns };
        assert_eq!(changes(&mut runs, &shown, &new_id).len(), 1);
        assert_eq!(covered(&runs).first(), Some(&4));
        assert_eq!(changes(&mut runs, &shown, &new_id), [], "once more");
    }

    /// On the day that a report states an association began, whatever earlier reports did not show; from the first
    /// month that shows it, as any other.
    #[test]
    fn snapshots_of_a_month_each_with_a_stated_day_cover_the_same_months_in_any_order() {
        for truth in 0..64_u32 {
            let shows = |month: &u32| truth >> (month - 1) & 1 == 1;
            let first = (1..=6).find(shows);
            let expected: Vec<u32> =
                (1..=6).filter(|month| first.is_some_and(|first| *month <= first) || shows(month)).collect();
            for order in orders() {
                let mut book = Book::new();
                for again in [false, true] {
                    for file in &order {
                        let seen: Vec<u32> = [*file].into_iter().filter(shows).collect();
                        let made = book.import_since(Some("2023-10-14"), &[*file], &seen, true);
                        assert!(!again || made == 0, "{file} again, of {truth:06b} in the order {order:?}");
                    }
                }
                let known: Vec<u32> = covered(&book.runs).into_iter().filter(|month| *month <= 6).collect();
                assert_eq!(known, expected, "{truth:06b} in the order {order:?}: {:?}", book.runs);
            }
        }
    }

    /// All orders of six months.
    fn orders() -> Vec<Vec<u32>> {
        let mut orders = vec![Vec::new()];
        for month in 1..=6 {
            let with = |order: &Vec<u32>| {
                (0..=order.len()).map(|at| [&order[..at], &[month], &order[at..]].concat()).collect::<Vec<_>>()
            };
            orders = orders.iter().flat_map(with).collect();
        }
        orders
    }

    #[test]
    fn snapshots_of_a_month_each_cover_the_same_months_in_any_order() {
        let mut random = fastrand::Rng::with_seed(12_345);
        for _ in 0..3_000 {
            let truth: Vec<u32> = (1..=6).filter(|_| random.bool()).collect();
            let mut order: Vec<u32> = (1..=6).collect();
            random.shuffle(&mut order);
            let mut book = Book::new();
            for file in &order {
                let seen: Vec<u32> = truth.iter().filter(|month| *month == file).copied().collect();
                book.import(&[*file], &seen, true);
            }
            let known: Vec<u32> = covered(&book.runs).into_iter().filter(|month| *month <= 6).collect();
            assert_eq!(known, truth, "in the order {order:?}: {:?}", book.runs);
            for file in &order {
                let seen: Vec<u32> = truth.iter().filter(|month| *month == file).copied().collect();
                assert_eq!(book.import(&[*file], &seen, true), 0, "{file} again, in the order {order:?}");
            }
        }
    }
}
