//! The offers whose Azure consumption some rule leaves out.

use std::collections::BTreeSet;

use ledger::Area;
use projection::identity;
use projection::rulebook::{Metric, Rule, Rulebook, Track};

/// The offers that some rule excludes, as they are compared.
pub(super) struct ExcludedOffers(BTreeSet<String>);

impl ExcludedOffers {
    /// The offers excluded by the growth rules of Azure and Security, whichever the day.
    pub(super) fn of(rulebook: &Rulebook) -> Self {
        let days: BTreeSet<_> = rulebook.rows().iter().map(|row| row.from).collect();
        let mut offers = BTreeSet::new();
        for day in days {
            for area in [Area::Infrastructure, Area::Security] {
                for track in [Track::Single, Track::Enterprise, Track::Smb] {
                    let chosen = rulebook.rule(area, Metric::UsageGrowth, track, day);
                    let excluded = match chosen.map(|chosen| &chosen.row.value) {
                        Some(Rule::AzureUsageGrowth(rule)) => rule.excluded_offers.as_slice(),
                        Some(Rule::SecurityUsageGrowth(rule)) => rule.parts.excluded_offers.as_slice(),
                        Some(_) | None => &[],
                    };
                    offers.extend(excluded.iter().map(|offer| identity::offer(offer)));
                }
            }
        }
        Self(offers)
    }

    pub(super) fn contains(&self, offer: &str) -> bool {
        self.0.contains(&identity::offer(offer))
    }
}

#[cfg(test)]
mod tests {
    use projection::rulebook::Rulebook;

    use super::ExcludedOffers;

    #[test]
    fn the_built_in_rules_exclude_four_offers_however_they_are_written() {
        let offers = ExcludedOffers::of(Rulebook::builtin());
        for offer in ["Support", "internal", "Benefit Program", "benefit_program", "BENEFIT - PROGRAM", "Trial"] {
            assert!(offers.contains(offer), "{offer}");
        }
        assert!(!offers.contains("Pay As You Go") && !offers.contains("BenefitProgram"));
    }
}
