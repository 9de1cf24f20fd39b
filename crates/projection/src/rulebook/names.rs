//! The names that rows are filed under: families, tracks, parts.

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

    /// Whether an enrolment holds the track of an area of the family, where the area has tracks.
    pub(crate) fn holds_track(self) -> bool {
        match self {
            Self::Azure => true,
            Self::BusinessApplications | Self::ModernWork | Self::Security => false,
        }
    }

    /// The areas of the family.
    pub fn areas(self) -> impl Iterator<Item = Area> {
        Area::ALL.iter().copied().filter(move |area| Self::of(*area) == self)
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

named! {
    /// The tracks that a row serves.
    TrackScope {
        /// The only track of an area without tracks.
        Single = "single",
        /// The enterprise track.
        Enterprise = "enterprise",
        /// The track for small and medium businesses.
        Smb = "smb",
        /// Every track.
        All = "all",
    }
}

impl TrackScope {
    /// Whether rows of this scope are rows of the track.
    #[must_use]
    pub fn serves(self, track: Track) -> bool {
        self == Self::All || self.name() == track.name()
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
    /// Whether the products of the part have rates, from which the consumption value (MCV) is computed.
    #[must_use]
    pub fn has_rates(self) -> bool {
        match self {
            Self::Dynamics365 | Self::PowerPlatform => true,
            Self::Azure | Self::M365 => false,
        }
    }
}
