//! By what the track of a classified area is chosen (scoring specification, section 6, tracks).

use ledger::{Amount, CustomerId, Date, Segment};

use super::{is_smb, smb_growth, smb_list};
use crate::history::Enrolment;
use crate::metrics::{azure, business_applications};
use crate::rulebook::{Bounds, ClassRule, Track};
use crate::scene::Scene;

/// By what the track of a classified area is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The track: by class, or the one that an enrolment holds.
    pub track: Track,
    /// What decides about the class.
    pub figures: ClassFigures,
    /// The last day on which an enrolment holds the track, where one does.
    pub held_until: Option<Date>,
}

/// What decides about the class of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassFigures {
    /// The share of small and medium businesses (Azure).
    SmbShare {
        /// How many of the customers are classified as SMB.
        smb: i128,
        /// The number of customers.
        of: i128,
        /// The bounds of the share in which the partner is SMB.
        smb_share: Bounds,
        /// The consumption of the twelve months, in US dollars; none without a rule that counts it.
        ttm_usd: Option<Amount>,
        /// The bounds of the consumption in which the partner is SMB.
        ttm_bounds: Bounds,
        /// The customers without a class, ascending.
        unclassified: Vec<CustomerId>,
    },
    /// The number of large pairs of customer and product (Business Applications).
    LargePairs {
        /// How many there are.
        pairs: usize,
        /// The bounds of the number in which the partner is enterprise.
        pairs_bounds: Bounds,
        /// The bounds of the revenue of a month that makes a pair large, in US dollars.
        usd: Bounds,
    },
}

impl ClassFigures {
    /// The name that the rulebook has for what decides (`class_by`).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SmbShare { .. } => "smb_share",
            Self::LargePairs { .. } => "large_pairs",
        }
    }

    /// How many customers without a class would have to be SMB, for the partner to be SMB; 0 when it is already. `None`
    /// where not even all of them are enough, another bound forbids it, or classes do not decide.
    #[must_use]
    pub fn missing_classes(&self) -> Option<usize> {
        let Self::SmbShare { smb, of, smb_share, ttm_usd, ttm_bounds, unclassified } = self else { return None };
        let is_allowed = ttm_bounds.is_unbounded() || ttm_usd.is_some_and(|usd| ttm_bounds.contains(usd));
        let more = |more: &usize| smb_share.contains_ratio(smb + *more as i128, *of);
        (0..=unclassified.len()).find(more).filter(|_| is_allowed)
    }
}

/// By what the track is chosen; `scene` is one of the SMB track of its own, whose notes nobody reads.
pub(crate) fn class(scene: &Scene<'_>, by: &ClassRule, held: Option<&Enrolment>) -> Class {
    let is_smb = held.and_then(|held| held.track).map_or_else(|| is_smb(scene, by, None), |held| held == Segment::Smb);
    let track = if is_smb { Track::Smb } else { Track::Enterprise };
    Class { track, figures: figures(scene, by), held_until: held.map(|held| held.anniversary) }
}

fn figures(scene: &Scene<'_>, by: &ClassRule) -> ClassFigures {
    match by {
        ClassRule::SmbShare { smb_share, ttm_usd: ttm_bounds } => {
            let list = smb_list(scene);
            let (smb, of) = list.map_or((0, 0), |list| scene.share_of_smb(list));
            let customers = list.into_iter().flat_map(|list| scene.classes(list)).map(|(customer, _)| customer);
            let is_unclassified =
                |customer: &CustomerId| scene.history.segment(*customer, scene.standpoint.cut).is_none();
            ClassFigures::SmbShare {
                smb,
                of,
                smb_share: *smb_share,
                ttm_usd: smb_growth(scene).map(|rule| Amount::from_micros(azure::total(scene, rule, scene.measured))),
                ttm_bounds: *ttm_bounds,
                unclassified: customers.filter(is_unclassified).collect(),
            }
        }
        ClassRule::LargePairs { pairs, usd } => ClassFigures::LargePairs {
            pairs: business_applications::large_pairs(scene, usd),
            pairs_bounds: *pairs,
            usd: *usd,
        },
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Amount, CustomerId};
    use uuid::Uuid;

    use super::ClassFigures;
    use crate::rulebook::Bounds;

    #[test]
    fn as_many_customers_have_to_be_smb_as_the_share_takes_and_no_more() {
        let amount = |text| Some(Amount::parse(text).expect("an amount"));
        let above = Bounds { above: amount("0.8"), ..Bounds::default() };
        let at_least = Bounds { min: amount("0.8"), ..Bounds::default() };
        let (open, small) = (Bounds::default(), Bounds { below: amount("1000000"), ..Bounds::default() });
        for (smb, of, unclassified, smb_share, ttm_bounds, missing) in [
            (9, 10, 1, above, small, Some(0)),
            (8, 10, 2, above, small, Some(1)),
            (8, 10, 2, at_least, open, Some(0)),
            (1, 8, 7, above, open, Some(6)),
            (1, 8, 5, above, open, None),
            (0, 0, 0, at_least, open, None),
            (9, 10, 1, above, Bounds { below: amount("5"), ..Bounds::default() }, None),
        ] {
            let unclassified = vec![CustomerId(Uuid::nil()); unclassified];
            let figures =
                ClassFigures::SmbShare { smb, of, smb_share, ttm_usd: amount("500000"), ttm_bounds, unclassified };
            assert_eq!(figures.missing_classes(), missing, "{figures:?}");
        }
    }
}
