//! When customers have churned, month by month.

use std::collections::BTreeSet;

use ledger::{Month, Timestamp};

use super::{CustomerMonths, MonthState, churns};
use crate::facts::customers::KnownCustomer;
use crate::facts::run::start_of;

fn month(number: u32) -> Month {
    Month::parse("2023-12").expect("a month").plus(i32::try_from(number).expect("small"))
}

/// What months show: `a` active, `i` inactive, `-` nothing, a space where the file has no month.
fn shown(text: &str) -> (CustomerMonths, BTreeSet<Month>) {
    let (mut shown, mut whole) = (CustomerMonths::default(), BTreeSet::new());
    for (number, letter) in (1..).zip(text.chars()) {
        if letter != ' ' {
            whole.insert(month(number));
        }
        if matches!(letter, 'a' | 'i') {
            shown.months.insert(month(number), MonthState { is_active: letter == 'a', line: u64::from(number) });
        }
    }
    (shown, whole)
}

fn numbers(file: &str, known: &KnownCustomer) -> Vec<(u32, bool)> {
    let (shown, whole) = shown(file);
    let number = |of: Month| (1..=12).find(|number| month(*number) == of).expect("of 2024");
    churns(&shown, known, &whole).iter().map(|churn| (number(churn.month), churn.line.is_some())).collect()
}

#[test]
fn a_customer_churns_when_its_months_are_inactive_or_gone() {
    for (file, churned) in [
        ("aaa", &[][..]),
        ("aai", &[(3, true)]),
        ("iii", &[(1, true)]),
        ("a--", &[(2, false)]),
        ("---", &[]),
        ("-a-", &[(3, false)]),
        ("aiai", &[(2, true), (4, true)]),
        ("ai-i", &[(2, true)]),
        ("a i", &[(3, true)]),
    ] {
        assert_eq!(numbers(file, &KnownCustomer::default()), churned, "{file:?}");
    }
}

#[test]
fn what_is_known_counts() {
    let at = |text: &str| Timestamp::parse(text).expect("a date");
    for (file, since, used, churn, began, churned) in [
        ("  -", Some(1), None, None, None, &[(3, false)][..]),
        ("  -", Some(3), None, None, None, &[]),
        ("  i", None, Some(3), None, None, &[]),
        ("  i", None, Some(4), None, None, &[(3, true)]),
        ("  i", None, Some(2), None, None, &[(3, true)]),
        ("  i", None, None, Some("2024-03-01"), None, &[]),
        ("  i", None, None, Some("2024-02-01"), None, &[]),
        ("  i", None, None, Some("2024-02-01"), Some("2024-02-01"), &[]),
        ("  i", None, None, Some("2024-02-01"), Some("2024-02-10"), &[(3, true)]),
        ("  i", None, None, Some("2024-02-01"), Some("2024-03-10"), &[]),
        ("  i", None, Some(2), Some("2024-02-01"), None, &[(3, true)]),
        ("  i", None, Some(2), Some("2024-02-10"), None, &[]),
        ("  i", None, None, Some("2024-04-01"), None, &[(3, true)]),
        ("aai", None, None, Some("2024-02-01"), None, &[(3, true)]),
    ] {
        let known = KnownCustomer {
            shown_since: since.map(month),
            used: used.map(month).into_iter().collect(),
            churns: churn.map(at).into_iter().collect(),
            began: began.map(at).into_iter().collect(),
            active_elsewhere: BTreeSet::new(),
        };
        assert_eq!(numbers(file, &known), churned, "{file:?} {known:?}");
    }
}

#[test]
fn a_month_in_which_the_other_report_shows_the_customer_active_is_no_churn() {
    for (file, active, churned) in
        [("aai", 3, &[][..]), ("a--", 2, &[(3, false)]), ("aaii", 3, &[(4, true)]), ("aai", 2, &[(3, true)])]
    {
        let known = KnownCustomer { active_elsewhere: BTreeSet::from([month(active)]), ..KnownCustomer::default() };
        assert_eq!(numbers(file, &known), churned, "{file:?} {active}");
    }
}

/// The first churn of a run of inactive months ends what there was, so it alone must be the same.
#[test]
fn monthly_files_give_the_same_first_churns_in_any_order() {
    for truth in 0..64_u32 {
        let text: String = (0..6).map(|number| if truth >> number & 1 == 0 { 'a' } else { 'i' }).collect();
        let expected: Vec<u32> = numbers(&text, &KnownCustomer::default()).iter().map(|(number, _)| *number).collect();
        for order in [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [3, 1, 5, 2, 6, 4]] {
            let mut known = KnownCustomer::default();
            for _ in 0..2 {
                for number in order {
                    let letter = text.chars().nth(number - 1).expect("one of six");
                    let file = format!("{}{letter}", " ".repeat(number - 1));
                    for (churned, _) in numbers(&file, &known) {
                        known.churns.insert(start_of(month(churned)));
                    }
                    if letter == 'a' {
                        known.began.insert(start_of(month(u32::try_from(number).expect("small"))));
                    }
                }
            }
            let found: BTreeSet<Timestamp> = known.churns.clone();
            for number in &expected {
                assert!(found.contains(&start_of(month(*number))), "{text} {order:?}: {found:?}");
            }
            for at in &found {
                let is_inactive = (1..).zip(text.chars()).any(|(number, l)| l == 'i' && start_of(month(number)) == *at);
                assert!(is_inactive, "{text} {order:?}: {found:?}");
            }
        }
    }
}
