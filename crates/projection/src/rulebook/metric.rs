//! The metrics: their names, and the rules of those that are computed from usage.
//!
//! Each area has a file with its rules, in which a rule says what it reads: fields of the rulebook, figures in months,
//! associations. The table here names all rules. How a rule is computed stands in the file of the same area in
//! `crate::metrics`, for which the compiler asks.

/// A rule: the figures and months that it reads, the parts of its products, and its fields, each read as its type says
/// or by the function behind it.
macro_rules! rule {
    (@read $fields:ident $field:ident) => {
        Field::read($fields, stringify!($field))
    };
    (@read $fields:ident $field:ident $read:expr) => {
        $read($fields)
    };
    (
        $(#[$doc:meta])*
        $name:ident reads $reads:expr, in $parts:expr, by {
            $($(#[$field_doc:meta])* $field:ident: $type:ty $(= $read:expr)?,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl UsageRule for $name {
            const READS: &'static [Extent] = &$reads;
            const PARTS: &'static [Part] = &$parts;

            fn read(fields: &mut Fields<'_, '_>) -> Self {
                Self { $($field: rule!(@read fields $field $($read)?),)+ }
            }

            fn lists(&self) -> Vec<AssociationList> {
                [$(self.$field.lists(),)+].concat()
            }

            fn months(&self) -> Option<u32> {
                [$(self.$field.months(),)+].into_iter().flatten().next()
            }

            fn threshold(&self, option: Option<&str>) -> Option<u32> {
                [$(self.$field.threshold(stringify!($field), option),)+].into_iter().flatten().next()
            }
        }
    };
}

pub mod azure;
pub mod business_applications;
pub mod modern_work;
pub mod security;

use std::fmt;

use ledger::{Amount, Metric, UsageMetric};

use super::bounds::Bounds;
use super::fields::{AmountForm, Fields};
use super::mechanism::{AssociationList, AssociationOption};
use super::names::{Family, Part};
use super::table::Table;

/// The most months that a rule may look at.
const MAX_MONTHS: u32 = 120;

/// The table of a metric's rows.
const fn table_of(metric: Metric) -> Table {
    match metric {
        Metric::NetCustomerAdds | Metric::UsageGrowth | Metric::Deployments => Table::Rule,
        Metric::Intermediate | Metric::Advanced => Table::Skill,
    }
}

/// Whether areas need rows of a metric: one that came later is not in old rulebooks, which are read for ever.
pub(super) fn is_needed(metric: Metric) -> bool {
    metric != Metric::Advanced
}

/// The metrics that are computed from certifications.
pub(crate) fn metrics_of_skill() -> impl Iterator<Item = Metric> {
    Metric::ALL.iter().copied().filter(|metric| table_of(*metric) == Table::Skill)
}

/// Hands the table of all rules to a macro: the variant of [`Rule`] with its type, its family and its metric.
macro_rules! each_rule {
    ($then:ident) => {
        $then! {
            AzureNetCustomerAdds(azure::NetCustomerAdds) = Azure.NetCustomerAdds,
            AzureUsageGrowth(azure::UsageGrowth) = Azure.UsageGrowth,
            AzureDeployments(azure::Deployments) = Azure.Deployments,
            BusinessNetCustomerAdds(business_applications::NetCustomerAdds) = BusinessApplications.NetCustomerAdds,
            BusinessUsageGrowth(business_applications::UsageGrowth) = BusinessApplications.UsageGrowth,
            BusinessDeployments(business_applications::Deployments) = BusinessApplications.Deployments,
            ModernWorkNetCustomerAdds(modern_work::NetCustomerAdds) = ModernWork.NetCustomerAdds,
            ModernWorkUsageGrowth(modern_work::UsageGrowth) = ModernWork.UsageGrowth,
            ModernWorkDeployments(modern_work::Deployments) = ModernWork.Deployments,
            SecurityNetCustomerAdds(security::NetCustomerAdds) = Security.NetCustomerAdds,
            SecurityUsageGrowth(security::UsageGrowth) = Security.UsageGrowth,
            SecurityDeployments(security::Deployments) = Security.Deployments,
        }
    };
}
pub(crate) use each_rule;

/// What is asked of a rule, whatever its metric and its area.
trait UsageRule {
    /// The figures that it reads, and of which months.
    const READS: &'static [Extent];
    /// The parts into which its products are divided; none where they are one list.
    const PARTS: &'static [Part];

    /// Reads its fields, in their order.
    fn read(fields: &mut Fields<'_, '_>) -> Self;

    /// The lists of the associations that count.
    fn lists(&self) -> Vec<AssociationList>;

    /// How many months it reads, where a field says so.
    fn months(&self) -> Option<u32>;

    /// What gives the maximum, by an option where it has some.
    fn threshold(&self, option: Option<&str>) -> Option<u32>;
}

/// Figures, and the months of them that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) figures: &'static [UsageMetric],
    /// How many months are read, of which the measured one is the last.
    pub(crate) months: u32,
    /// Whether as many are read up to the compared month.
    pub(crate) is_compared: bool,
}

impl Extent {
    /// The measured month and the compared one.
    const fn month(figures: &'static [UsageMetric]) -> Self {
        Self { figures, months: 1, is_compared: true }
    }

    /// The twelve months up to the measured one and up to the compared one.
    const fn year(figures: &'static [UsageMetric]) -> Self {
        Self { figures, months: 12, is_compared: true }
    }
}

/// The rules of a metric of a family of areas: what is known of them before a row is read.
pub(super) struct RuleKind {
    pub(super) family: Family,
    pub(super) metric: Metric,
    pub(super) read: fn(&mut Fields<'_, '_>) -> Rule,
    pub(super) parts: &'static [Part],
    reads: &'static [Extent],
}

macro_rules! define_rules {
    ($($variant:ident($type:path) = $family:ident.$metric:ident,)+) => {
        /// The rule of a metric of usage.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant is documented by its type")]
        pub enum Rule {
            $($variant($type),)+
        }

        impl Rule {
            /// The points that can be reached.
            #[must_use]
            pub fn max(&self) -> u32 {
                match self {
                    $(Self::$variant(rule) => rule.max,)+
                }
            }

            /// The lists of the associations that count.
            #[must_use]
            pub fn lists(&self) -> Vec<AssociationList> {
                match self {
                    $(Self::$variant(rule) => rule.lists(),)+
                }
            }

            /// What gives the maximum, by an option where the rule has some: a difference, or a growth in percent. None
            /// of a rule that gives points for each unit.
            #[must_use]
            pub fn threshold(&self, option: Option<&str>) -> Option<u32> {
                match self {
                    $(Self::$variant(rule) => rule.threshold(option),)+
                }
            }

            /// The figures that it reads, and of which months.
            pub(crate) fn reads(&self) -> Vec<Extent> {
                let (reads, months) = match self {
                    $(Self::$variant(rule) => (<$type>::READS, rule.months()),)+
                };
                reads.iter().map(|extent| Extent { months: months.unwrap_or(extent.months), ..*extent }).collect()
            }
        }

        impl RuleKind {
            /// All of them, in the order in which their keys are listed.
            pub(super) const ALL: &[Self] = &[$(Self {
                family: Family::$family,
                metric: Metric::$metric,
                read: |fields| Rule::$variant(<$type>::read(fields)),
                reads: <$type>::READS,
                parts: <$type>::PARTS,
            },)+];
        }
    };
}
each_rule!(define_rules);

impl RuleKind {
    /// The kinds of a family, in the order of their metrics.
    pub(super) fn of_family(family: Family) -> impl Iterator<Item = &'static Self> {
        Self::ALL.iter().filter(move |kind| kind.family == family)
    }

    /// The kind with this key.
    pub(super) fn from_name(key: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| kind.to_string() == key)
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.family, self.metric)
    }
}

impl Family {
    /// The metrics of the family that are computed from usage, in the order of an answer.
    pub fn metrics(self) -> impl Iterator<Item = Metric> {
        RuleKind::of_family(self).map(|kind| kind.metric)
    }

    /// Whether a metric of the family reads a figure.
    #[must_use]
    pub fn reads(self, metric: Metric, figure: UsageMetric) -> bool {
        let mut kinds = RuleKind::of_family(self).filter(|kind| kind.metric == metric);
        kinds.any(|kind| kind.reads.iter().any(|extent| extent.figures.contains(&figure)))
    }

    /// How many months up to the compared one are read of a figure, by the metric that reads most; none where no metric
    /// compares it.
    #[must_use]
    pub fn months_compared(self, figure: UsageMetric) -> Option<u32> {
        let extents = RuleKind::of_family(self).flat_map(|kind| kind.reads);
        let compared = extents.filter(|extent| extent.is_compared && extent.figures.contains(&figure));
        compared.map(|extent| extent.months).max()
    }

    /// What is read to choose between the tracks of an area of the family.
    pub(crate) fn reads_for_track(self) -> &'static [Extent] {
        use UsageMetric::{AcrUsd, ActiveUsers, PaidSeats, RevenueUsd};
        match self {
            Self::Azure => const { &[Extent::year(&[AcrUsd])] },
            Self::BusinessApplications => const { &[Extent::month(&[RevenueUsd])] },
            Self::ModernWork => const { &[Extent::month(&[PaidSeats, ActiveUsers])] },
            Self::Security => const { &[Extent::year(&[AcrUsd]), Extent::month(&[PaidSeats, ActiveUsers])] },
        }
    }
}

impl Part {
    /// The parts into which the products of a metric are divided; none where they are one list.
    #[must_use]
    pub fn of(family: Family, metric: Metric) -> &'static [Self] {
        RuleKind::of_family(family).find(|kind| kind.metric == metric).map_or(&[], |kind| kind.parts)
    }
}

/// A type that a field of a rule may have.
trait Field {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self;

    /// The lists of associations that count by the field.
    fn lists(&self) -> Vec<AssociationList> {
        Vec::new()
    }

    /// How many months the field lets the rule read.
    fn months(&self) -> Option<u32> {
        None
    }

    /// What gives the maximum by the field of this name.
    fn threshold(&self, _name: &str, _option: Option<&str>) -> Option<u32> {
        None
    }
}

impl Field for u32 {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self {
        fields.positive(name)
    }

    fn threshold(&self, name: &str, _option: Option<&str>) -> Option<u32> {
        (name == "threshold").then_some(*self)
    }
}

impl Field for Bounds {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self {
        fields.bounds(name, AmountForm::Whole)
    }
}

/// Names that are left out.
impl Field for Vec<String> {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self {
        fields.excluded(name)
    }
}

impl Field for AssociationList {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self {
        Self::read(fields, name)
    }

    fn lists(&self) -> Vec<AssociationList> {
        vec![self.clone()]
    }
}

impl Field for Vec<AssociationOption> {
    fn read(fields: &mut Fields<'_, '_>, _: &'static str) -> Self {
        AssociationOption::read_all(fields)
    }

    fn lists(&self) -> Vec<AssociationList> {
        self.iter().map(AssociationOption::list).collect()
    }

    fn threshold(&self, _name: &str, option: Option<&str>) -> Option<u32> {
        let chosen = self.iter().find(|known| Some(known.association.as_str()) == option)?;
        Some(chosen.threshold)
    }
}

/// A number of months, the measured one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months(pub u32);

impl Field for Months {
    fn read(fields: &mut Fields<'_, '_>, name: &'static str) -> Self {
        Self(fields.figure(name, 1..=MAX_MONTHS))
    }

    fn months(&self) -> Option<u32> {
        Some(self.0)
    }
}

/// The pairs of customer and product that count by their seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The paid seats with which a pair is in band; without bounds, every pair is.
    pub seats: Bounds,
    /// The share of active users among the seats that a pair must reach, 0 to 1; only deployments ask for one.
    pub active_share_min: Option<Amount>,
    /// Whether a customer that has grown above the bounds stays in them.
    pub promoted_tenant_stays: bool,
}

impl Band {
    /// Reads the seats and, where it has a name, the share.
    fn of(fields: &mut Fields<'_, '_>, seats: &'static str, active_share_min: Option<&str>) -> Self {
        Self {
            seats: fields.bounds(seats, AmountForm::Whole),
            active_share_min: active_share_min.map(|name| fields.share(name)),
            promoted_tenant_stays: fields.optional_flag("promoted_tenant_stays").unwrap_or(false),
        }
    }
}

/// The band of Modern Work.
impl Field for Band {
    fn read(fields: &mut Fields<'_, '_>, _: &'static str) -> Self {
        Self::of(fields, "seats", None)
    }
}
