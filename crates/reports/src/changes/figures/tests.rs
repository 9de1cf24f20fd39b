use ledger::{CustomerId, Month, Name, PartnerId, UsageMetric};
use uuid::Uuid;

use super::{FigureRow, Figures};
use crate::changes::subject::Subject;
use crate::rows::decimals::Decimals;
use crate::rows::exact::Exact;

/// Adds many rows of a few keys; the figures by key: rows, first line and sum.
fn settled(mut figures: Figures<'_>, rows: u64) -> Vec<(i32, String, u64, u64, String)> {
    let partner = PartnerId::new("6034453").expect("a partner");
    for row in 0..rows {
        let number = row * 7 % 50;
        let product = Name::new(if row % 3 == 0 { "storage" } else { "Storage" }).expect("a name");
        let subject = Subject {
            partner: partner.clone(),
            location: None,
            customer: CustomerId(Uuid::from_u128(u128::from(number))),
            month: Month::from_number(24_000 + i32::try_from(number % 12).expect("small")),
        };
        let figure = FigureRow {
            line: row + 2,
            subject: &subject,
            product: &product,
            reported: None,
            metric: UsageMetric::AcrUsd,
            subscription: None,
            value: Exact::parse(&format!("{row}.25"), Decimals::Point),
        };
        figures.add(&figure, None, false);
    }
    assert_eq!(figures.spill.has_spilled(), rows > 100 && figures.spill_limit() < 50);
    let mut merged = figures.spill.into_merged().expect("temporary files can be read");
    let mut all = Vec::new();
    while let Some((key, figure)) = merged.next().expect("temporary files can be read") {
        let (sum, _) = figure.counting.sum.and_then(Exact::to_amount).expect("a sum");
        all.push((key.month, key.customer.to_string(), figure.line, figure.rows, sum.to_string()));
    }
    all
}

#[test]
fn figures_are_the_same_however_few_are_held_in_memory() {
    let in_memory = settled(Figures::holding(super::MOST_IN_MEMORY), 1_000);
    assert_eq!(in_memory.len(), 50);
    assert!(in_memory.is_sorted());
    for most in [1, 2, 7, 49] {
        assert_eq!(settled(Figures::holding(most), 1_000), in_memory, "{most} in memory");
    }
}
