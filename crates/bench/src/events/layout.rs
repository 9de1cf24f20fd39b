//! Which partners a file has, and how many events each.

use std::ops::Range;

use super::chance::chance;

/// The months of a file.
pub(crate) const MONTHS: u64 = 60;
/// The first of them, July 2020, as months since January of the year 0.
pub(crate) const FIRST_MONTH: i32 = 2020 * 12 + 6;
/// The events of the partners that questions are asked about.
const ASKED: [u64; 4] = [100, 1_000, 10_000, 100_000];
/// The account of the first partner.
const FIRST_ACCOUNT: u64 = 6_000_000;
/// The fewest events of the other partners; the most are 64 times as many.
const FEWEST: u64 = 20;

/// The partners of a file: those that are asked about, and others of many sizes.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    partners: Vec<Partner>,
    asked: usize,
}

/// A partner and its events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Partner {
    /// Its place.
    pub(crate) number: u64,
    /// How many events it has.
    pub(crate) events: u64,
}

impl Layout {
    /// The partners of a file of so many events.
    ///
    /// Partners that are asked about have at most half of the events each; the same seed gives them the same events
    /// in files of every size.
    pub(crate) fn of(seed: u64, events: u64) -> Self {
        let mut partners: Vec<Partner> = Vec::new();
        let mut left = events;
        for (number, &asked) in (0..).zip(&ASKED) {
            if asked * 2 <= events {
                partners.push(Partner { number, events: asked });
                left -= asked;
            }
        }
        let asked = partners.len();
        let mut number = ASKED.len() as u64;
        while left > 0 {
            let events = left.min(FEWEST << (chance(&[seed, number]) % 7));
            partners.push(Partner { number, events });
            left -= events;
            number += 1;
        }
        Self { partners, asked }
    }

    /// So many partners with so many events each.
    pub(crate) fn even(partners: u64, events: u64) -> Self {
        Self { partners: (0..partners).map(|number| Partner { number, events }).collect(), asked: 0 }
    }

    /// Every partner.
    pub(crate) fn partners(&self) -> &[Partner] {
        &self.partners
    }

    /// Those that questions are asked about, from the smallest.
    pub(crate) fn asked(&self) -> &[Partner] {
        self.partners.get(..self.asked).unwrap_or_default()
    }

    /// The others.
    pub(crate) fn others(&self) -> &[Partner] {
        self.partners.get(self.asked..).unwrap_or_default()
    }
}

impl Partner {
    /// Its global account.
    pub(crate) fn account(self) -> String {
        (FIRST_ACCOUNT + self.number).to_string()
    }

    /// Which of its events it hands in in a month.
    pub(crate) fn nths(self, month: u64) -> Range<u64> {
        self.events * month / MONTHS..self.events * (month + 1) / MONTHS
    }
}
