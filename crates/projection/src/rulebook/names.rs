//! The names that rows are filed under: families and metrics, tracks, parts.

use std::fmt;

use ledger::Area;
pub(super) use ledger::named;

named! {
    /// The areas that share their rules of performance and customer success, and their tracks.
    Family {
        /// `data_ai`, `infrastructure` and `digital_app`.
        Azure = "azure",
        /// `business_applications` alone.
        BusinessApplications = "business_applications",
        /// `modern_work` alone.
        ModernWork = "modern_work",
        /// `security` alone.
        Security = "security",
    }
}

impl Family {
    /// The family of an area.
    #[must_use]
    pub fn of(area: Area) -> Self {
        match area {
            Area::DataAi | Area::Infrastructure | Area::DigitalApp => Self::Azure,
            Area::BusinessApplications => Self::BusinessApplications,
            Area::ModernWork => Self::ModernWork,
            Area::Security => Self::Security,
        }
    }

    /// The areas of the family.
    #[must_use]
    pub fn areas(self) -> &'static [Area] {
        match self {
            Self::Azure => &[Area::DataAi, Area::Infrastructure, Area::DigitalApp],
            Self::BusinessApplications => &[Area::BusinessApplications],
            Self::ModernWork => &[Area::ModernWork],
            Self::Security => &[Area::Security],
        }
    }
}

named! {
    /// The metrics that are computed from usage; the rules of `[[rule]]`.
    Metric {
        /// Performance: customers (or pairs) won, less those lost.
        NetCustomerAdds = "net_customer_adds",
        /// Customer success: growth of usage.
        UsageGrowth = "usage_growth",
        /// Customer success: products or customers deployed.
        Deployments = "deployments",
    }
}

named! {
    /// The metrics that are computed from certifications; the rules of `[[skill]]`.
    SkillMetric {
        /// Intermediate certifications; every area has them.
        Intermediate = "intermediate_certifications",
        /// Advanced certifications; some areas have them.
        Advanced = "advanced_certifications",
    }
}

named! {
    /// A track on which an area is scored.
    Track {
        /// The only track of an area without tracks.
        Single = "single",
        /// The enterprise track.
        Enterprise = "enterprise",
        /// The track for small and medium businesses.
        Smb = "smb",
    }
}

/// The tracks that a row serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrackScope {
    /// Every track (`all`).
    All,
    /// One track.
    One(Track),
}

impl TrackScope {
    /// The names in a rulebook.
    pub const NAMES: &[&str] = &["single", "enterprise", "smb", "all"];

    /// The name in a rulebook.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::One(track) => track.name(),
        }
    }

    /// The scope with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == Self::All.name() { Some(Self::All) } else { Track::from_name(name).map(Self::One) }
    }

    /// Whether rows of this scope are rows of the track.
    #[must_use]
    pub fn serves(self, track: Track) -> bool {
        match self {
            Self::All => true,
            Self::One(own) => own == track,
        }
    }
}

impl fmt::Display for TrackScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

named! {
    /// A part of a metric that has products, rates or associations of its own.
    Part {
        /// Business Applications: products that count through `associations_dynamics_365`.
        Dynamics365 = "dynamics_365",
        /// Business Applications: products that count through `associations_power_platform`.
        PowerPlatform = "power_platform",
        /// Security: products measured by consumed revenue.
        Azure = "azure",
        /// Security: products measured by seats and users.
        M365 = "m365",
    }
}

impl Part {
    /// The parts into which the products of a metric are divided; none where they are one list.
    #[must_use]
    pub fn of(family: Family, metric: Metric) -> &'static [Self] {
        match (family, metric) {
            (Family::Security, Metric::NetCustomerAdds | Metric::UsageGrowth | Metric::Deployments) => {
                &[Self::Azure, Self::M365]
            }
            (Family::BusinessApplications, Metric::UsageGrowth | Metric::Deployments) => {
                &[Self::Dynamics365, Self::PowerPlatform]
            }
            (Family::BusinessApplications, Metric::NetCustomerAdds)
            | (
                Family::Azure | Family::ModernWork,
                Metric::NetCustomerAdds | Metric::UsageGrowth | Metric::Deployments,
            ) => &[],
        }
    }

    /// Whether the products of the part have rates, from which the consumption value (MCV) is computed.
    #[must_use]
    pub fn has_rates(self) -> bool {
        match self {
            Self::Dynamics365 | Self::PowerPlatform => true,
            Self::Azure | Self::M365 => false,
        }
    }
}
