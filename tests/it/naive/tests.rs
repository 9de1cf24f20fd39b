//! Small tables of the parts.

use super::answer::{amount, shown};
use super::rules::decimal;
use super::usage::fold_offer;
use super::{Basis, Month, measured_month};

#[test]
fn days_measure_months() {
    let months = [
        ("2025-03-31", Basis::Live, "2025-03"),
        ("2025-03-30", Basis::Live, "2025-02"),
        ("2024-02-28", Basis::Live, "2024-01"),
        ("2024-02-29", Basis::Live, "2024-02"),
        ("2025-03-19", Basis::Published, "2025-01"),
        ("2025-03-20", Basis::Published, "2025-02"),
        ("2025-03-31", Basis::Published, "2025-02"),
        ("2025-01-19", Basis::Published, "2024-11"),
    ];
    for (as_of, basis, month) in months {
        assert_eq!(measured_month(as_of.parse().expect("a date"), basis, 20), Month::parse(month), "{as_of}");
    }
    assert_eq!(Month::parse("2024-01").plus(-1).to_string(), "2023-12");
    assert_eq!(Month::parse("2024-02").trailing_twelve().last(), Some(&Month::parse("2023-03")));
}

#[test]
fn numbers_are_printed_as_specified() {
    let points =
        [("58", "58.0"), ("7.5", "7.5"), ("13.335", "13.34"), ("13.3349", "13.33"), ("12.3", "12.3"), ("0", "0.0")];
    for (value, text) in points {
        assert_eq!(shown(&decimal(value)).to_string(), text);
    }
    for text in ["0", "-0.5", "1000.5", "-12", "0.0000002", "123456789012345.000001"] {
        assert_eq!(amount(&decimal(text)), text);
    }
    assert_eq!(amount(&decimal("1000.500")), "1000.5");
}

#[test]
fn offers_are_compared_by_letters_and_gaps() {
    for offer in ["Benefit Program", "benefit-program", "BENEFIT__PROGRAM", "benefit - Program"] {
        assert_eq!(fold_offer(offer), "benefit_program");
    }
    assert_ne!(fold_offer("BenefitProgram"), "benefit_program");
    assert_ne!(fold_offer(" benefit program"), "benefit_program");
}
