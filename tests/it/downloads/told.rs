//! What downloads tell of a closed month: mostly the same for ever, sometimes restated.

use crate::histories::Dice;

/// How a figure of a month is restated.
enum Restatement {
    Never,
    /// In percent.
    Changed(i64),
    Vanished,
    Appeared,
    Negative,
}

/// What the download of the month `at` tells of a figure of the month `of`, if anything.
pub fn told(seed: u64, what: &str, of: i32, at: i32, plain: i64, may_vanish: bool) -> Option<i64> {
    let mut dice = Dice::new(seed, &format!("told {what} {of}"));
    let restated = match dice.below(100) {
        0..=77 => Restatement::Never,
        78..=88 => Restatement::Changed(dice.range(60, 130)),
        89..=92 if may_vanish => Restatement::Vanished,
        93..=95 if may_vanish => Restatement::Appeared,
        96 | 97 => Restatement::Negative,
        _ => Restatement::Never,
    };
    let is_later = at > of + dice.below(6) as i32;
    match restated {
        Restatement::Changed(percent) if is_later => Some(plain * percent / 100),
        Restatement::Vanished if is_later => None,
        Restatement::Appeared if !is_later => None,
        Restatement::Negative if is_later => Some(-plain / 10),
        _ => Some(plain),
    }
}

/// A figure of a month, before it is restated.
pub fn plain(seed: u64, what: &str, of: i32, usual: i64, growth: i64) -> i64 {
    let mut dice = Dice::new(seed, &format!("plain {what} {of}"));
    let grown = usual + usual * growth * i64::from(of) / 1200;
    if dice.chance(30) { grown + grown * dice.range(-15, 15) / 100 } else { grown }
}
