//! What files change in segments, as a fold over months.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Month, Segment, Timestamp};

use super::changes;
use crate::facts::run::start_of;

fn month(number: u32) -> Month {
    Month::parse("2023-12").expect("a month").plus(i32::try_from(number).expect("small"))
}

#[derive(Default)]
struct Book {
    known: BTreeMap<Timestamp, Segment>,
    covered: BTreeSet<Month>,
}

impl Book {
    /// Imports months, each with `s` or `e`; how many changes that makes.
    fn import(&mut self, months: &[(u32, char)]) -> usize {
        let segment = |letter| if letter == 's' { Segment::Smb } else { Segment::Enterprise };
        let said = months.iter().map(|(number, letter)| (month(*number), segment(*letter))).collect();
        let made = changes(&mut self.known, &said, &self.covered).len();
        self.covered.extend(said.keys());
        made
    }

    /// The segments of the first months, `-` for none.
    fn text(&self, months: u32) -> String {
        let at = |number| match self.known.range(..=start_of(month(number))).next_back() {
            None => '-',
            Some((_, Segment::Smb)) => 's',
            Some((_, Segment::Enterprise)) => 'e',
        };
        (1..=months).map(at).collect()
    }
}

#[test]
fn only_what_differs_changes() {
    for (files, text, made) in [
        (&[&[(1, 's'), (2, 's'), (3, 'e')][..]][..], "sse", 2),
        (&[&[(2, 's')], &[(1, 's')]], "ss", 2),
        (&[&[(1, 's'), (2, 's'), (3, 's')], &[(2, 'e')]], "ses", 3),
        (&[&[(1, 's'), (2, 's'), (3, 's'), (4, 's')], &[(2, 'e'), (3, 'e')]], "sees", 3),
        (&[&[(1, 's'), (2, 's')], &[(1, 'e'), (2, 'e')]], "ee", 2),
        (&[&[(1, 's')], &[(1, 's')]], "s", 1),
        (&[&[(3, 'e')], &[(1, 's')], &[(2, 'e')]], "see", 3),
    ] {
        let mut book = Book::default();
        let changes: usize = files.iter().map(|file| book.import(file)).sum();
        assert_eq!((book.text(u32::try_from(text.len()).expect("small")).as_str(), changes), (text, made), "{files:?}");
        assert_eq!(files.last().map(|file| book.import(file)), Some(0), "{files:?} again");
    }
}

#[test]
fn monthly_files_give_the_same_segments_in_any_order() {
    for truth in 0..32_u32 {
        let letter = |number: u32| if truth >> number & 1 == 0 { 's' } else { 'e' };
        let expected: String = (0..5).map(letter).collect();
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 4, 0, 3, 2], [0, 2, 1, 4, 3]] {
            let mut book = Book::default();
            for number in order {
                book.import(&[(number + 1, letter(number))]);
            }
            assert_eq!(book.text(5), expected, "{order:?}");
            for number in order {
                assert_eq!(book.import(&[(number + 1, letter(number))]), 0, "{expected} {order:?} again");
            }
        }
    }
}
