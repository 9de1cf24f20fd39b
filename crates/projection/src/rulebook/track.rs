//! The tracks of an area: which it has, and which one a partner is on.

use super::bounds::Bounds;
use super::error::Problem;
use super::fields::{AmountForm, Fields};
use super::names::{Family, Track};

/// How the tracks of an area are scored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a rulebook has a handful of these, and matching is plainer without a box"
)]
pub enum TrackMode {
    /// There is one track.
    Single,
    /// The partner's class picks the track.
    Classified(ClassRule),
    /// The track with the higher total is the area's score.
    BothTakeHigher,
}

/// What decides the class of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassRule {
    /// SMB when both are within their bounds, else enterprise (Azure).
    SmbShare {
        /// The share of the customers that are classified as SMB.
        smb_share: Bounds,
        /// The consumed revenue of the twelve months, in US dollars.
        ttm_usd: Bounds,
    },
    /// Enterprise when the number of large pairs is within its bounds, else SMB (Business Applications).
    LargePairs {
        /// The number of pairs of customer and product that are large.
        pairs: Bounds,
        /// The revenue of a month that makes a pair large, in US dollars.
        usd: Bounds,
    },
}

impl TrackMode {
    /// The names in a rulebook.
    pub const NAMES: &[&str] = &["single", "classified", "both_take_higher"];

    /// The name in a rulebook.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Classified(_) => "classified",
            Self::BothTakeHigher => "both_take_higher",
        }
    }

    /// The tracks that are scored.
    #[must_use]
    pub fn tracks(&self) -> &'static [Track] {
        match self {
            Self::Single => &[Track::Single],
            Self::Classified(_) | Self::BothTakeHigher => &[Track::Enterprise, Track::Smb],
        }
    }

    /// Reads the mode; nothing if its name is missing or unknown.
    pub(super) fn read(fields: &mut Fields<'_, '_>, family: Family) -> Option<Self> {
        match fields.one_of("mode", "mode", Self::NAMES) {
            Some("single") => Some(Self::Single),
            Some("both_take_higher") => Some(Self::BothTakeHigher),
            Some("classified") => ClassRule::read(fields, family).map(Self::Classified),
            Some(_) | None => {
                fields.pass_over_all();
                None
            }
        }
    }
}

impl ClassRule {
    fn read(fields: &mut Fields<'_, '_>, family: Family) -> Option<Self> {
        let line = fields.line_of("class_by");
        let class_by = fields.one_of("class_by", "class", &["smb_share", "large_pairs"]);
        let of_family = match family {
            Family::Azure => Some("smb_share"),
            Family::BusinessApplications => Some("large_pairs"),
            Family::ModernWork | Family::Security => None,
        };
        if let Some(class_by) = class_by.filter(|_| class_by != of_family) {
            fields.inspection.add(line, Problem::WrongClass { class_by, key: family.name() });
            fields.pass_over_all();
            return None;
        }
        match class_by {
            Some("smb_share") => Some(Self::SmbShare {
                smb_share: binding(fields, "smb_share", AmountForm::Share),
                ttm_usd: fields.bounds("ttm_usd", AmountForm::Whole),
            }),
            Some("large_pairs") => Some(Self::LargePairs {
                pairs: binding(fields, "pairs", AmountForm::Whole),
                usd: binding(fields, "usd", AmountForm::Whole),
            }),
            Some(_) | None => {
                fields.pass_over_all();
                None
            }
        }
    }
}

/// Reads bounds of which at least one binds, as nothing would be decided otherwise.
fn binding(fields: &mut Fields<'_, '_>, field: &'static str, form: AmountForm) -> Bounds {
    let errors = fields.errors();
    let bounds = fields.bounds(field, form);
    if bounds.is_unbounded() && fields.are_sound_since(errors) {
        fields.refuse(Problem::UnboundedClass { field });
    }
    bounds
}
