//! Which ways of the things in doubt are tried: all, where they are few, else the extreme ones and random ones.

use fastrand::Rng;

/// The choices to try, each a way for each doubt; `doubts` says how many ways there are, the last being as written.
///
/// All of them when they are no more than `most`. Else nothing and everything; each doubt alone on the disk, and alone
/// missing; everything up to a place and nothing behind it, and the other way round; then random ones.
pub(super) fn choices(doubts: &[usize], most: usize, numbers: &mut Rng) -> Vec<Vec<usize>> {
    let total = doubts.iter().try_fold(1_usize, |total, ways| total.checked_mul(*ways));
    if let Some(total) = total.filter(|&total| total <= most) {
        return (0..total).map(|number| nth(doubts, number)).collect();
    }
    let mut tried: Vec<Vec<usize>> = systematic(doubts);
    // The systematic ones are many where much is in doubt: a random choice of them then, the first two always.
    while tried.len() > most.max(2) {
        let at = 2 + numbers.usize(..tried.len() - 2);
        tried.swap_remove(at);
    }
    while tried.len() < most {
        let chance = [10, 50, 90][numbers.usize(..3)];
        let choice =
            doubts.iter().map(|&ways| if numbers.usize(..100) < chance { ways - 1 } else { numbers.usize(..ways) });
        tried.push(choice.collect());
    }
    tried
}

fn nth(doubts: &[usize], mut number: usize) -> Vec<usize> {
    let digits = doubts.iter().map(|&ways| {
        let digit = number % ways;
        number /= ways;
        digit
    });
    digits.collect()
}

fn systematic(doubts: &[usize]) -> Vec<Vec<usize>> {
    let nothing = vec![0; doubts.len()];
    let everything: Vec<usize> = doubts.iter().map(|ways| ways - 1).collect();
    let mut tried = vec![nothing.clone(), everything.clone()];
    for at in 0..doubts.len() {
        let (mut alone, mut missing) = (nothing.clone(), everything.clone());
        alone[at] = everything[at];
        missing[at] = 0;
        let (mut first, mut last) = (everything.clone(), everything.clone());
        first[at..].fill(0);
        last[..at].fill(0);
        tried.extend([alone, missing, first, last]);
    }
    tried
}

#[test]
fn few_doubts_are_tried_in_every_way_and_many_at_their_ends() {
    let mut numbers = Rng::with_seed(1);
    let all = choices(&[2, 3, 2], 12, &mut numbers);
    let mut distinct = all.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((all.len(), distinct.len()), (12, 12));
    let some = choices(&[2; 40], 50, &mut numbers);
    assert_eq!(some.len(), 50);
    assert!(some.contains(&vec![0; 40]) && some.contains(&vec![1; 40]));
}
